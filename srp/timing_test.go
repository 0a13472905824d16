//go:build unix

package srp

import (
	"crypto/rand"
	"math/big"
	"math/bits"
	"testing"

	"github.com/cognitomfa/cognitomfa/internal/measure/dudect"
	"github.com/cognitomfa/cognitomfa/srp/internal/modp"
	"github.com/cognitomfa/cognitomfa/srp/internal/oracle"
)

// TestTiming asks whether the time of a proof depends on the password, with one
// against random ones of its length. To run it:
//
//	COGNITOMFA_TIMING=20s go test -count=1 -run '^TestTiming$' -v ./srp
func TestTiming(t *testing.T) {
	budget := dudect.Budget(t)
	if !modp.Native {
		t.Skip("the exponentiations are math/big's here, which makes no promise")
	}
	type password [16]byte
	random := func() (p password) { copy(p[:], rand.Text()); return p }
	h := New()
	prove := func(p *password) {
		if _, err := h.Prove(benchPool, string(p[:]), benchChallenge, benchTime); err != nil {
			t.Fatal(err)
		}
	}
	// The exponent x of the fixed password has few bits set, for the control; a good
	// exponentiation has the same work with it as with any other.
	salt, err := parseHex("SALT", benchChallenge.Salt)
	if err != nil {
		t.Fatal(err)
	}
	exponent := func(p password) [32]byte {
		return identity{benchPool, benchChallenge.UserID, string(p[:])}.privateKey(&salt)
	}
	fixed, least := random(), 256
	for range 10_000 {
		p := random()
		set := 0
		for _, b := range exponent(p) {
			set += bits.OnesCount8(b)
		}
		if set < least {
			fixed, least = p, set
		}
	}
	t.Run("Prove", func(t *testing.T) {
		dudect.Constant(t, dudect.Measure(dudect.Subject[password]{Fixed: fixed, Random: random, Run: prove}, budget))
	})
	t.Run("control: 2^x by a multiplication for each bit that is set", func(t *testing.T) {
		powers := squares()
		dudect.Leaky(t, dudect.Measure(dudect.Subject[password]{
			Fixed: fixed, Random: random,
			Run: func(p *password) {
				x := exponent(*p)
				multiplySet(powers, x[:])
			},
		}, budget))
	})
}

// squares are 2^(2^i) for each bit of an exponent.
func squares() (list [256]*big.Int) {
	list[0] = big.NewInt(2)
	for i := 1; i < len(list); i++ {
		list[i] = new(big.Int).Mul(list[i-1], list[i-1])
		list[i].Mod(list[i], oracle.N)
	}
	return list
}

// multiplySet is 2^e by a multiplication for each bit that is set.
func multiplySet(powers [256]*big.Int, e []byte) *big.Int {
	z := big.NewInt(1)
	for i, power := range powers {
		if e[len(e)-1-i/8]>>(i%8)&1 == 1 {
			z.Mul(z, power).Mod(z, oracle.N)
		}
	}
	return z
}

// The control is wrong in its time alone.
func TestMultiplySet(t *testing.T) {
	t.Parallel()
	var e [32]byte
	rand.Read(e[:])
	want := modp.PowG(e[:])
	if multiplySet(squares(), e[:]).Cmp(new(big.Int).SetBytes(want[:])) != 0 {
		t.Errorf("2^%x is wrong", e)
	}
}
