package modp

import (
	"math/bits"
	"sync"
)

// The comb (Lim and Lee, CRYPTO '94) raises the fixed base 2. The 260 bits of an
// exponent are written as teeth rows of span bits, each row cut into tables
// pieces of columns bits. One lookup then covers a bit of each row at once, and
// the tables share the squarings: 12 squarings and 51 multiplications, where a
// window needs 255 and 51. More teeth do not pay, for a lookup reads its whole
// table.
const (
	teeth   = 5
	tables  = 4
	columns = 13
	span    = tables * columns
)

// comb has in table v at index i the product of 2^(2^(r·span + v·columns)) over
// the bits r of i: 48 KiB, made at the first use in under a millisecond.
var comb = sync.OnceValue(func() *[tables][1 << teeth]element {
	var w *work
	var power [teeth * tables]element // 2^(2^(i·columns))
	power[0] = two
	for i := 1; i < len(power); i++ {
		power[i] = power[i-1]
		for range columns {
			w.square(&power[i], &power[i])
		}
	}
	t := new([tables][1 << teeth]element)
	for v := range t {
		t[v][0] = one
		for r := range teeth {
			for i := range 1 << r {
				w.mul(&t[v][1<<r|i], &t[v][i], &power[r*tables+v])
			}
		}
	}
	return t
})

// powG sets z = 2^e for an exponent of 256 bits.
func (w *work) powG(z *element, e *[4]uint64) {
	table := comb()
	var padded [5]uint64 // the highest row ends at bit 260
	copy(padded[:], e[:])
	var factor element
	for c := columns - 1; c >= 0; c-- {
		if c < columns-1 {
			w.square(z, z)
		}
		for v := range tables {
			var index uint64
			for r := range teeth {
				bit := r*span + v*columns + c
				index |= padded[bit/64] >> (bit % 64) & 1 << r
			}
			if c == columns-1 && v == 0 {
				w.lookup(z, table[v][:], index)
				continue
			}
			w.lookup(&factor, table[v][:], index)
			w.mul(z, z, &factor)
		}
	}
}

// window is how many bits of an exponent pow takes at a time. With 4 or 6 the
// multiplications saved and the table made are about the same; 5 leaves 12 KiB on
// the stack.
const window = 5

// pow sets z = base^e for the given number of bits of e. What it does depends on
// that number alone.
func (w *work) pow(z, base *element, e []uint64, length int) {
	var table [1 << window]element // base^0, base^1, ...
	table[0], table[1] = one, *base
	for i := 2; i < len(table); i += 2 {
		w.square(&table[i], &table[i/2])
		w.mul(&table[i+1], &table[i], base)
	}
	digits := (length + window - 1) / window
	var factor element
	w.lookup(z, table[:], digit(e, digits-1))
	for i := digits - 2; i >= 0; i-- {
		for range window {
			w.square(z, z)
		}
		w.lookup(&factor, table[:], digit(e, i))
		w.mul(z, z, &factor)
	}
}

// digit returns the i-th group of window bits; which words it reads depends on i.
func digit(e []uint64, i int) uint64 {
	at, shift := i*window/64, uint(i*window%64)
	d := e[at] >> shift
	if shift > 64-window && at+1 < len(e) {
		d |= e[at+1] << (64 - shift)
	}
	return d & (1<<window - 1)
}

// An exponent has room for a + u·x with the longest a.
type exponent [MaxExponent/8 + 1]uint64

// setSum sets e = a + u·x and returns its greatest possible length in bits.
func (e *exponent) setSum(a []byte, u, x *[hash]byte) (length int) {
	var uWords, xWords [hash / 8]uint64
	setWords(uWords[:], u[:])
	setWords(xWords[:], x[:])
	setWords(e[:], a)
	for i, uWord := range uWords {
		var carry uint64
		for j, xWord := range xWords {
			hi, lo := bits.Mul64(uWord, xWord)
			var c uint64
			lo, c = bits.Add64(lo, carry, 0)
			hi += c
			e[i+j], c = bits.Add64(e[i+j], lo, 0)
			carry = hi + c
		}
		for j := i + len(xWords); j < len(e); j++ {
			e[j], carry = bits.Add64(e[j], carry, 0)
		}
	}
	return 8*max(len(a), 2*hash) + 1
}

func (w *work) premaster(b *[Size]byte, a []byte, u, x *[hash]byte) [Size]byte {
	var base, verifier element
	var words [hash / 8]uint64
	setWords(words[:], x[:])
	w.powG(&verifier, &words)
	w.mul(&verifier, &verifier, &multiplier)
	w.setBytes(&base, b)
	sub(&base, &base, &verifier)
	var e exponent
	length := e.setSum(a, u, x)
	var s element
	w.pow(&s, &base, e[:], length)
	return toBytes(&s)
}

// publicKey returns 2^e: by the comb for the exponents of this library, by the
// window for the longer ones of others.
func (w *work) publicKey(e []byte) [Size]byte {
	var z element
	if len(e) == hash {
		var words [hash / 8]uint64
		setWords(words[:], e)
		w.powG(&z, &words)
	} else {
		var words exponent
		setWords(words[:], e)
		w.pow(&z, &two, words[:], 8*len(e))
	}
	return toBytes(&z)
}
