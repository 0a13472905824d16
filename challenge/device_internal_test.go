package challenge

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/internal/wire"
)

var (
	goodDevice = wire.Device{
		GroupKey: "-wt2ha1Zd", Key: "us-east-1_11111111-2222-3333-4444-555555555555",
		Password: base64.StdEncoding.EncodeToString(make([]byte, 40)),
	}
	goodBinding = wire.Binding{PoolID: "us-east-1_abc", ClientID: "client", Value: "ann"}
	sealedAt    = time.Unix(1_900_000_000, 0)
)

func deviceSealer(t testing.TB, keys ...byte) *Sealer {
	t.Helper()
	var all [][32]byte
	for _, k := range keys {
		all = append(all, [32]byte{k})
	}
	s, err := NewSealer(all...)
	if err != nil {
		t.Fatal(err)
	}
	s.Now = func() time.Time { return sealedAt }
	return s
}

func sealDevice(t testing.TB, s *Sealer, d wire.Device, to wire.Binding) string {
	t.Helper()
	token, err := wire.SealDevice(s, d, to)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestSealedDevice(t *testing.T) {
	t.Parallel()
	s := deviceSealer(t, 1)
	token := sealDevice(t, s, goodDevice, goodBinding)
	t.Logf("a sealed device has %d characters", len(token))
	if len(token) > 200 {
		t.Errorf("%d characters", len(token))
	}
	got, err := wire.OpenDevice(s, token, goodBinding)
	if diff := cmp.Diff(goodDevice, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if again := sealDevice(t, s, goodDevice, goodBinding); again == token {
		t.Error("sealed twice to the same token")
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || strings.Contains(string(raw), goodDevice.Key) || strings.Contains(string(raw), "client") {
		t.Errorf("the token shows the device: %v", err)
	}
}

// Every way to hold a token that is not to be opened.
func TestOpenDeviceRefuses(t *testing.T) {
	t.Parallel()
	s := deviceSealer(t, 1)
	token := sealDevice(t, s, goodDevice, goodBinding)
	to := func(change func(*wire.Binding)) wire.Binding {
		b := goodBinding
		change(&b)
		return b
	}
	later := func(d time.Duration) *Sealer {
		s := deviceSealer(t, 1)
		s.Now = func() time.Time { return sealedAt.Add(d) }
		return s
	}
	short := later(time.Hour + time.Second)
	short.DeviceValidity = time.Hour
	step := steps()[0]
	step.Name, step.Parameters, step.Arrived = wire.SoftwareTokenMFA, nil, sealedAt
	c, err := parse(step)
	if err != nil {
		t.Fatal(err)
	}
	ofChallenge, err := s.Seal(c, goodBinding.Value)
	if err != nil {
		t.Fatal(err)
	}
	flipped := []byte(token)
	flipped[20] ^= 1
	for name, tt := range map[string]struct {
		s     *Sealer
		token string
		to    wire.Binding
	}{
		"another pool":        {s, token, to(func(b *wire.Binding) { b.PoolID += "d" })},
		"another app client":  {s, token, to(func(b *wire.Binding) { b.ClientID = "other" })},
		"another value":       {s, token, to(func(b *wire.Binding) { b.Value = "bob" })},
		"moved between parts": {s, token, to(func(b *wire.Binding) { b.PoolID += "c"; b.ClientID = b.ClientID[1:] })},
		"another key":         {deviceSealer(t, 2), token, goodBinding},
		"after the default":   {later(30*24*time.Hour + time.Second), token, goodBinding},
		"after the validity":  {short, token, goodBinding},
		"a challenge":         {s, ofChallenge, goodBinding},
		"a bit of it changed": {s, string(flipped), goodBinding},
		"cut":                 {s, token[:len(token)-4], goodBinding},
		"empty":               {s, "", goodBinding},
		"a megabyte and more": {s, strings.Repeat("A", 2<<20), goodBinding},
	} {
		if d, err := wire.OpenDevice(tt.s, tt.token, tt.to); err != ErrOpen || d != (wire.Device{}) {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
	// The other way round, and what does open: the last second, and a rotated key.
	if c, err := s.Open(token, goodBinding.Value); c != nil || err != ErrOpen {
		t.Errorf("a device opens as a challenge: %v", err)
	}
	short.Now = func() time.Time { return sealedAt.Add(time.Hour) }
	for name, s := range map[string]*Sealer{"in the last second": later(30 * 24 * time.Hour), "within the validity": short, "key rotated": deviceSealer(t, 2, 1)} {
		if _, err := wire.OpenDevice(s, token, goodBinding); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNoSealerForADevice(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]any{"nil": nil, "nil pointer": (*Sealer)(nil), "zero": new(Sealer), "something else": 7} {
		if token, err := wire.SealDevice(s, goodDevice, goodBinding); token != "" || err != errNoSealer {
			t.Errorf("%s: %q, %v", name, token, err)
		}
		if _, err := wire.OpenDevice(s, "AQ", goodBinding); err != errNoSealer {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMalformedDevices(t *testing.T) {
	t.Parallel()
	good := marshalDevice(goodDevice, sealedAt)
	field := func(tag byte, value string) []byte {
		return append(binary.AppendUvarint([]byte{tag}, uint64(len(value))), value...)
	}
	for name, b := range map[string][]byte{
		"empty":             nil,
		"no time":           good[:len(good)-len(field(tagDeviceSealed, "12345"))],
		"cut":               good[:len(good)-1],
		"a field twice":     append(field(tagDeviceKey, "other"), good...),
		"an empty field":    append(field(tagDeviceKey, ""), good...),
		"an unknown tag":    append(field(9, "x"), good...),
		"no group":          marshalDevice(wire.Device{Key: "k", Password: "p"}, sealedAt),
		"no key":            marshalDevice(wire.Device{GroupKey: "g", Password: "p"}, sealedAt),
		"no password":       marshalDevice(wire.Device{GroupKey: "g", Key: "k"}, sealedAt),
		"a time and a byte": append(marshalDevice(goodDevice, sealedAt)[:len(good)-7], field(tagDeviceSealed, "\x00\x00")...),
		"a step":            marshalStep(steps()[0]),
	} {
		if d, _, err := unmarshalDevice(b); err == nil || d != (wire.Device{}) {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
		// The same, authenticated.
		s := deviceSealer(t, 1)
		token, err := s.seal(b, sealedFor("device", goodBinding))
		if err != nil {
			t.Fatal(err)
		}
		if d, err := wire.OpenDevice(s, token, goodBinding); err != ErrOpen || d != (wire.Device{}) {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}

// FuzzOpenDevice opens any token, and any text under the right key: ErrOpen, or a
// device that seals to what opens as the same.
func FuzzOpenDevice(f *testing.F) {
	s := deviceSealer(f, 1)
	seeds := 0
	for _, plain := range [][]byte{marshalDevice(goodDevice, sealedAt), marshalDevice(wire.Device{GroupKey: "g", Key: "k", Password: "p"}, sealedAt), marshalStep(steps()[0])} {
		f.Add(plain, sealDevice(f, s, goodDevice, goodBinding), goodBinding.Value)
		seeds++
	}
	if seeds < 3 {
		f.Fatal("the seeds are gone")
	}
	f.Fuzz(func(t *testing.T, plain []byte, token, value string) {
		to := goodBinding
		to.Value = value
		if d, err := wire.OpenDevice(s, token, to); err == nil && (value != goodBinding.Value || d != goodDevice) || err != nil && err != ErrOpen {
			t.Fatalf("opened for %q: %v", value, err)
		}
		made, err := s.seal(plain, sealedFor("device", to))
		if err != nil {
			return
		}
		d, err := wire.OpenDevice(s, made, to)
		if err != nil {
			if err != ErrOpen {
				t.Fatal(err)
			}
			return
		}
		if again, err := wire.OpenDevice(s, sealDevice(t, s, d, to), to); err != nil || again != d {
			t.Fatalf("%v", err)
		}
	})
}
