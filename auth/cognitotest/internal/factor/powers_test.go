package factor

import (
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"testing"
)

// edges are exponents at the ends of the rows and columns.
func edges() (all [][sha256.Size]byte) {
	for bit := range 8 * sha256.Size {
		var one, below [sha256.Size]byte
		n := new(big.Int).Lsh(big.NewInt(1), uint(bit))
		n.FillBytes(one[:])
		n.Sub(n, big.NewInt(1)).FillBytes(below[:])
		all = append(all, one, below)
	}
	var most [sha256.Size]byte
	for i := range most {
		most[i] = 0xff
	}
	return append(all, most)
}

func TestPower(t *testing.T) {
	t.Parallel()
	exponents := edges()
	for range 200 {
		var x [sha256.Size]byte
		rand.Read(x[:])
		exponents = append(exponents, x)
	}
	for _, x := range exponents {
		want := new(big.Int).Exp(big.NewInt(2), new(big.Int).SetBytes(x[:]), prime)
		if got := power(x); got.Cmp(want) != 0 {
			t.Errorf("2^%x: got %x, want %x", x, got, want)
		}
	}
}

func BenchmarkPower(b *testing.B) {
	var x [sha256.Size]byte
	rand.Read(x[:])
	b.Run("comb", func(b *testing.B) {
		for b.Loop() {
			power(x)
		}
	})
	b.Run("big.Int.Exp", func(b *testing.B) {
		for b.Loop() {
			new(big.Int).Exp(generator, new(big.Int).SetBytes(x[:]), prime)
		}
	})
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
