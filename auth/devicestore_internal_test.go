package auth

import (
	"slices"
	"testing"
)

// FuzzDeviceFile reads any file: it is refused, or it reads the same after it
// was written again.
func FuzzDeviceFile(f *testing.F) {
	good, err := encodeDevices([]storedDevice{{Pool: "us-east-1_abc", Username: "ann", GroupKey: "-g", Key: "us-east-1_1", Password: "p"}})
	if err != nil {
		f.Fatal(err)
	}
	seeds := 0
	for _, text := range []string{string(good), `{"version":1}`, `{"version":2,"devices":[]}`, `[]`, `{"version":1,"devices":[{"pool":"p"}]}`, ""} {
		f.Add([]byte(text))
		seeds++
	}
	if seeds < 6 {
		f.Fatal("the seeds are gone")
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		devices, ok := decodeDevices(text)
		if !ok {
			return
		}
		written, err := encodeDevices(devices)
		if err != nil {
			t.Fatal(err)
		}
		if len(written) > maxDeviceFile {
			return // change refuses to write it
		}
		if again, ok := decodeDevices(written); !ok || !slices.Equal(again, devices) {
			t.Fatalf("%v: %v and %v", ok, devices, again)
		}
	})
}
