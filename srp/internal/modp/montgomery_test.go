package modp

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"slices"
	"testing"
)

// number reads a limb array as it is, Montgomery form or not.
func (e *element) number() *big.Int {
	n := new(big.Int)
	for _, word := range slices.Backward(e[:]) {
		n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(word))
	}
	return n
}

// elementOf writes a number below 2^3072 as it is.
func elementOf(n *big.Int) (e element) {
	var b [Size]byte
	setWords(e[:], n.FillBytes(b[:]))
	return e
}

func offset(n *big.Int, d int64) *big.Int { return new(big.Int).Add(n, big.NewInt(d)) }

func power(e uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), e) }

// edges are where carries run through all limbs or stop at the seams of blocks,
// reduced modulo N.
func edges() []*big.Int {
	list := []*big.Int{
		new(big.Int), big.NewInt(1), big.NewInt(2), offset(bigN, -1), offset(bigN, -2),
		new(big.Int).Rsh(bigN, 1), new(big.Int).Sub(power(3072), bigN), offset(power(3071), -1), offset(power(3008), -1),
		rSquared.number(), one.number(), offset(one.number(), -1),
	}
	for _, bit := range []uint{63, 64, 128, 64 * block, 128 * block, 192 * block, 64 * 24, 3071} {
		list = append(list, power(bit), offset(power(bit), -1), new(big.Int).Sub(bigN, power(bit)))
	}
	alternating := new(big.Int)
	for i := 0; i < 48; i += 2 {
		alternating.Or(alternating, new(big.Int).Lsh(offset(power(64), -1), uint(64*i)))
	}
	list = append(list, alternating, new(big.Int).Rsh(alternating, 64))
	for i, n := range list {
		list[i] = new(big.Int).Mod(n, bigN)
	}
	return list
}

// The generator computes N from π, modp.go has it from the RFC.
func TestConstants(t *testing.T) {
	t.Parallel()
	mod := func(n *big.Int) *big.Int { return n.Mod(n, bigN) }
	r := power(3072)
	for name, c := range map[string]struct {
		got  element
		want *big.Int
	}{
		"prime":      {prime, bigN},
		"rSquared":   {rSquared, mod(power(6144))},
		"one":        {one, mod(power(3072))},
		"two":        {two, mod(power(3073))},
		"multiplier": {multiplier, mod(r.Mul(r, bigK))},
	} {
		if c.got.number().Cmp(c.want) != 0 {
			t.Errorf("%s is wrong", name)
		}
	}
	k := sha256.Sum256(append(append([]byte{0}, bigN.Bytes()...), 2))
	if !bytes.Equal(k[:], bigK.Bytes()) {
		t.Error("k is not SHA-256(00 ‖ N ‖ 02)")
	}
	if !bytes.Equal(modulus[:], bigN.Bytes()) {
		t.Error("modulus is not N")
	}
	if !bigN.ProbablyPrime(4) || !new(big.Int).Rsh(bigN, 1).ProbablyPrime(4) {
		t.Error("N is not a safe prime")
	}
}

// TestEdgeProducts takes every pair of edges through mul, square and sub.
func TestEdgeProducts(t *testing.T) {
	t.Parallel()
	list := edges()
	for i, x := range list {
		for j, y := range list {
			if !checkArithmetic(t, x, y) {
				t.Fatalf("edges %d and %d", i, j)
			}
		}
	}
}

// TestRandomProducts finds the carries that dense numbers make in the middle of a
// column and sparse ones do not: 500 pairs meet each of them many times.
func TestRandomProducts(t *testing.T) {
	t.Parallel()
	for range 500 {
		var x, y [Size]byte
		rand.Read(x[:])
		rand.Read(y[:])
		if !checkArithmetic(t, clip(x[:]), clip(y[:])) {
			return // the values are in the message
		}
	}
}

var rInverse = new(big.Int).ModInverse(power(3072), bigN)

// checkArithmetic compares all operations on two numbers below N with math/big.
func checkArithmetic(t *testing.T, x, y *big.Int) bool {
	t.Helper()
	var w *work
	ex, ey := elementOf(x), elementOf(y)
	good := true
	check := func(what string, got *element, want *big.Int) {
		t.Helper()
		if got.number().Cmp(want.Mod(want, bigN)) != 0 {
			t.Errorf("%s of %x and %x is %x, want %x", what, x, y, got.number(), want)
			good = false
		}
	}
	product := func(a, b *big.Int) *big.Int { p := new(big.Int).Mul(a, b); return p.Mul(p, rInverse) }
	var z element
	w.mul(&z, &ex, &ey)
	check("mul", &z, product(x, y))
	z = ex
	w.mul(&z, &z, &ey)
	check("mul in place", &z, product(x, y))
	w.square(&z, &ex)
	check("square", &z, product(x, x))
	z = ex
	w.square(&z, &z)
	check("square in place", &z, product(x, x))
	sub(&z, &ex, &ey)
	check("sub", &z, new(big.Int).Sub(x, y))
	var b [Size]byte
	x.FillBytes(b[:])
	w.setBytes(&z, &b)
	check("setBytes", &z, new(big.Int).Mul(x, power(3072)))
	if back := toBytes(&z); back != b {
		t.Errorf("toBytes does not undo setBytes for %x", x)
		good = false
	}
	return good
}

func TestReduceCarry(t *testing.T) {
	t.Parallel()
	for _, high := range []*big.Int{new(big.Int), offset(bigN, -1), one.number()} {
		for _, low := range []*big.Int{new(big.Int), big.NewInt(1), offset(power(3072), -1), bigN} {
			n := new(big.Int).Lsh(high, 3072)
			n.Add(n, low)
			if n.Cmp(new(big.Int).Lsh(bigN, 3072)) >= 0 {
				continue
			}
			var wide [2 * limbs]uint64
			var b [2 * Size]byte
			setWords(wide[:], n.FillBytes(b[:]))
			var z element
			reduce(&z, &wide)
			if want := n.Mul(n, rInverse); z.number().Cmp(want.Mod(want, bigN)) != 0 {
				t.Errorf("reduce of high %x, low %x is %x", high, low, z.number())
			}
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	var table [1 << window]element
	for i := range table {
		for j := range table[i] {
			table[i][j] = ^uint64(0) - uint64(i*limbs+j)
		}
	}
	for i := range table {
		var z element
		if (*work)(nil).lookup(&z, table[:], uint64(i)); z != table[i] {
			t.Errorf("entry %d is not found", i)
		}
	}
}

func TestInRange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n    *big.Int
		want bool
	}{
		{new(big.Int), false}, {big.NewInt(1), true}, {offset(bigN, -1), true}, {bigN, false},
		{offset(bigN, 1), false}, {offset(power(3072), -1), false},
	} {
		var b [Size]byte
		if c.n.FillBytes(b[:]); InRange(&b) != c.want {
			t.Errorf("InRange(%x) = %t", c.n, !c.want)
		}
	}
}

// FuzzArithmetic compares the field arithmetic with math/big. It takes limbs as
// they come, so that a fuzzer can set them to edges.
func FuzzArithmetic(f *testing.F) {
	list := edges()
	for i, x := range list {
		f.Add(x.Bytes(), list[len(list)-1-i].Bytes())
	}
	if len(list) < 30 {
		f.Fatal("the seeds are missing")
	}
	f.Fuzz(func(t *testing.T, x, y []byte) {
		checkArithmetic(t, clip(x), clip(y))
	})
}

func clip(b []byte) *big.Int {
	n := new(big.Int).SetBytes(b[:min(len(b), Size)])
	return n.Mod(n, bigN)
}
