package modp

import (
	"bytes"
	"crypto/rand"
	"math/big"
	"testing"
)

// exponents are those in which a table index, a carry or a row is extreme.
func exponents() [][hash]byte {
	list := make([][hash]byte, 7)
	list[1][hash-1] = 1
	list[2][0] = 0x80
	for i := range hash {
		list[3][i] = 0xff
		list[4][i] = 0x55
		list[5][i] = 0xaa
	}
	rand.Read(list[6][:])
	return list
}

// TestPremaster crosses extreme exponents with extreme B, in both
// implementations and whatever the platform.
func TestPremaster(t *testing.T) {
	t.Parallel()
	var bs [][Size]byte
	for _, n := range []*big.Int{big.NewInt(1), offset(bigN, -1), one.number()} {
		var b [Size]byte
		n.FillBytes(b[:])
		bs = append(bs, b)
	}
	list := exponents()
	for i, a := range list {
		for j, u := range list {
			x := list[(i+j)%len(list)]
			long := bytes.Repeat(a[:], MaxExponent/hash)
			b := &bs[(i+2*j)%len(bs)]
			for _, a := range [][]byte{a[:], long} {
				want := bigPremaster(b, a, &u, &x)
				if got := (*work)(nil).premaster(b, a, &u, &x); got != want {
					t.Errorf("premaster of a = %x, u = %x, x = %x is wrong", a, u, x)
				}
				if got := Premaster(b, a, &u, &x); got != want {
					t.Errorf("Premaster of a = %x, u = %x, x = %x is wrong", a, u, x)
				}
			}
		}
	}
}

func TestPowG(t *testing.T) {
	t.Parallel()
	for _, e := range exponents() {
		for _, e := range [][]byte{e[:], bytes.Repeat(e[:], MaxExponent/hash)} {
			want := bigPowG(e)
			if got := (*work)(nil).publicKey(e); got != want {
				t.Errorf("publicKey of %x is wrong", e)
			}
			if got := PowG(e); got != want {
				t.Errorf("PowG of %x is wrong", e)
			}
		}
	}
}

// TestServer lets the two halves of the exchange meet.
func TestServer(t *testing.T) {
	t.Parallel()
	var a, b, u, x [hash]byte
	for _, p := range [][]byte{a[:], b[:], u[:], x[:]} {
		rand.Read(p)
	}
	v, public := PowG(x[:]), PowG(a[:])
	serverPublic := ServerPublic(&v, b[:])
	if Premaster(&serverPublic, a[:], &u, &x) != ServerPremaster(&public, &v, u[:], b[:]) {
		t.Error("client and server do not agree")
	}
}

// TestWork shows that the work of an exponentiation does not depend on its
// exponent or base: multiplications, squarings and table reads are counted where
// they are made, for extreme and for random secrets.
func TestWork(t *testing.T) {
	t.Parallel()
	list := exponents()
	b := [Size]byte{Size - 1: 1}
	count := func(e *[hash]byte) (public, secret work) {
		public.publicKey(e[:])
		secret.premaster(&b, e[:], e, e)
		return public, secret
	}
	wantPublic, wantSecret := count(&list[0])
	if want := (work{multiplications: 51, squarings: 12, reads: 52 * 32}); wantPublic != want {
		t.Errorf("a power of 2 takes %+v, want %+v", wantPublic, want)
	}
	// The power of 2 and its factor k, the form of B; the table; 103 digits of
	// which the first is only looked up.
	want := work{
		multiplications: 51 + 2 + 15 + 102,
		squarings:       12 + 15 + 5*102,
		reads:           52*32 + 103*32,
	}
	if wantSecret != want {
		t.Errorf("a premaster secret takes %+v, want %+v", wantSecret, want)
	}
	for _, e := range list {
		public, secret := count(&e)
		if public != wantPublic || secret != wantSecret {
			t.Errorf("exponent %x: %+v and %+v, for 0 it is %+v and %+v", e, public, secret, wantPublic, wantSecret)
		}
	}
	for _, base := range []*big.Int{new(big.Int), one.number(), offset(bigN, -1)} {
		var w work
		var z element
		e := elementOf(base)
		if w.pow(&z, &e, make([]uint64, 9), 513); w.squarings != 15+510 || w.multiplications != 15+102 || w.reads != 103*32 {
			t.Errorf("base %x: %+v", base, w)
		}
	}
}

// FuzzPremaster compares whole exchanges with math/big.
func FuzzPremaster(f *testing.F) {
	list := exponents()
	if len(list) < 7 {
		f.Fatal("the seeds are missing")
	}
	for i, e := range list {
		f.Add(bigN.Bytes()[i:], e[:], list[6][:], e[:])
	}
	f.Fuzz(func(t *testing.T, bBytes, aBytes, uBytes, xBytes []byte) {
		var b [Size]byte
		var a, u, x [hash]byte
		clip(bBytes).FillBytes(b[:])
		copy(a[:], aBytes)
		copy(u[:], uBytes)
		copy(x[:], xBytes)
		if (*work)(nil).premaster(&b, a[:], &u, &x) != bigPremaster(&b, a[:], &u, &x) {
			t.Error("the implementations disagree")
		}
		if (*work)(nil).publicKey(a[:]) != bigPowG(a[:]) {
			t.Error("the powers of 2 disagree")
		}
	})
}
