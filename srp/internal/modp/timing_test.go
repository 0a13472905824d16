package modp

import (
	"crypto/rand"
	"testing"

	"github.com/cognitomfa/cognitomfa/internal/measure/dudect"
)

// sink keeps what is computed from being left out.
var sink [Size]byte

func randomExponent() (e [hash]byte) {
	rand.Read(e[:])
	return e
}

// TestTiming asks whether the time of the exponentiations depends on the secret
// exponents, with one that has a single bit set against random ones. To run it:
//
//	COGNITOMFA_TIMING=20s go test -count=1 -run '^TestTiming$' -v ./srp/internal/modp
func TestTiming(t *testing.T) {
	budget := dudect.Budget(t)
	if !Native {
		t.Skip("the exponentiations are math/big's here, which makes no promise")
	}
	PowG(make([]byte, hash)) // makes the comb
	one := [hash]byte{hash - 1: 1}
	u, server := randomExponent(), [Size]byte{}
	rand.Read(server[1:])

	t.Run("2^a", func(t *testing.T) {
		dudect.Constant(t, dudect.Measure(dudect.Subject[[hash]byte]{
			Fixed: one, Random: randomExponent, Run: func(e *[hash]byte) { sink = PowG(e[:]) },
		}, budget))
	})
	type secrets struct{ a, x [hash]byte }
	t.Run("premaster secret", func(t *testing.T) {
		dudect.Constant(t, dudect.Measure(dudect.Subject[secrets]{
			Fixed:  secrets{one, one},
			Random: func() secrets { return secrets{randomExponent(), randomExponent()} },
			Run:    func(s *secrets) { sink = Premaster(&server, s.a[:], &u, &s.x) },
		}, budget))
	})
	t.Run("control: a window that skips zeros", func(t *testing.T) {
		dudect.Leaky(t, dudect.Measure(dudect.Subject[[hash]byte]{
			Fixed: one, Random: randomExponent, Run: func(e *[hash]byte) { sink = skippingPower(e) },
		}, budget))
	})
	t.Run("control: math/big", func(t *testing.T) {
		dudect.Leaky(t, dudect.Measure(dudect.Subject[[hash]byte]{
			Fixed: one, Random: randomExponent, Run: func(e *[hash]byte) { sink = bigPowG(e[:]) },
		}, budget))
	})
}

// skippingPower is 2^e by the window of pow, with the saving that suggests itself:
// no multiplication by 2^0.
func skippingPower(e *[hash]byte) [Size]byte {
	var words [hash / 8]uint64
	setWords(words[:], e[:])
	var table [1 << window]element
	table[0], table[1] = one, two
	var w *work
	for i := 2; i < len(table); i++ {
		w.mul(&table[i], &table[i-1], &two)
	}
	z, factor := one, one
	for i := 8 * hash / window; i >= 0; i-- {
		for range window {
			w.square(&z, &z)
		}
		if d := digit(words[:], i); d != 0 {
			w.lookup(&factor, table[:], d)
			w.mul(&z, &z, &factor)
		}
	}
	return toBytes(&z)
}

// The control is wrong in its time alone.
func TestSkippingPower(t *testing.T) {
	t.Parallel()
	for _, e := range exponents() {
		if skippingPower(&e) != PowG(e[:]) {
			t.Errorf("2^%x is wrong", e)
		}
	}
}
