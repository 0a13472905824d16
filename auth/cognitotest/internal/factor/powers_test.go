package factor

import (
	"crypto/sha256"
	"math/big"
	"strconv"
	"sync"
	"testing"
)

// However many ask, the cache stays in its bounds and its answers right.
func TestPowerCache(t *testing.T) {
	t.Parallel()
	const most = 8
	c := newPowerCache(most)
	want := make(map[[sha256.Size]byte]*big.Int)
	for i := range 3 * most {
		x := sha256.Sum256([]byte(strconv.Itoa(i)))
		want[x] = new(big.Int).Exp(big.NewInt(2), new(big.Int).SetBytes(x[:]), prime)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for x, v := range want {
				if c.of(x).Cmp(v) != 0 {
					t.Errorf("g^%x is wrong", x)
				}
			}
		})
	}
	all.Wait()
	if n := len(c.values); n != most {
		t.Errorf("%d values are kept, want %d", n, most)
	}
}

// A device's verifier agrees with no password: nobody here knows its exponent.
func TestDeviceVerifierIsNoPassword(t *testing.T) {
	t.Parallel()
	ver, err := DeviceVerifier("AQ==", "Ag==")
	if err != nil {
		t.Fatal(err)
	}
	ver.x = ver.exponent("pool", "user", "password")
	if ver.Check("pool", "user", "password") {
		t.Error("a device's verifier took a password")
	}
}
