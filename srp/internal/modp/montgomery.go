package modp

import (
	"encoding/binary"
	"math/bits"
)

//go:generate go run ./gen

// limbs is the length of N in 64-bit words; block is how many of them the
// generated code treats at a time.
const (
	limbs = 48
	block = 8
)

// An element is a number modulo N, lowest limb first: x·2^3072 mod N for the
// number x, Montgomery's form, in which the product of two numbers is reduced
// from below by additions and shifts instead of by division.
//
// constants_gen.go has, in this form, one, two and Cognito's multiplier k; and as
// they are N and rSquared = 2^6144 mod N, multiplying by which makes the form.
type element [limbs]uint64

// A work counts the steps of an exponentiation, so that a test can show that
// their number depends on no secret. The library passes nil and counts nothing.
// Every step goes through the three methods of work that count.
type work struct{ multiplications, squarings, reads int }

// mul sets z = x·y; the three may be the same.
func (w *work) mul(z, x, y *element) {
	if w != nil {
		w.multiplications++
	}
	var t [2 * limbs]uint64
	all := (*[limbs]uint64)(y)
	mulRow((*[limbs + block]uint64)(t[:]), (*[block]uint64)(x[:]), all, 0)
	for i := block; i < limbs; i += block {
		mulAddRow((*[limbs + block]uint64)(t[i:]), (*[block]uint64)(x[i:]), all, 0)
	}
	reduce(z, &t)
}

// square sets z = x²; both may be the same. It takes three quarters of the time
// of mul: the products of different blocks are computed once and doubled.
func (w *work) square(z, x *element) {
	if w != nil {
		w.squarings++
	}
	var t [2 * limbs]uint64
	all := (*[limbs]uint64)(x)
	mulRow((*[limbs + block]uint64)(t[:]), (*[block]uint64)(x[:]), all, block)
	for i := block; i < limbs-block; i += block {
		mulAddRow((*[limbs + block]uint64)(t[i:]), (*[block]uint64)(x[i:]), all, uint(i+block))
	}
	squareDiagonal(&t, (*[limbs]uint64)(x))
	reduce(z, &t)
}

// lookup sets z = table[index]. It reads the whole table and keeps one entry by a
// mask, so that neither the addresses nor the branches tell the index.
func (w *work) lookup(z *element, table []element, index uint64) {
	var sum element
	for i := 0; i < len(table); i += 2 { // by pairs, which halves the sums' traffic
		if w != nil {
			w.reads += 2
		}
		even, odd := &table[i], &table[i+1]
		keepEven, keepOdd := equal(uint64(i), index), equal(uint64(i+1), index)
		for j := 0; j < limbs; j += 4 {
			sum[j] |= even[j]&keepEven | odd[j]&keepOdd
			sum[j+1] |= even[j+1]&keepEven | odd[j+1]&keepOdd
			sum[j+2] |= even[j+2]&keepEven | odd[j+2]&keepOdd
			sum[j+3] |= even[j+3]&keepEven | odd[j+3]&keepOdd
		}
	}
	*z = sum
}

// equal returns all ones if a = b, else zero.
func equal(a, b uint64) uint64 {
	d := a ^ b
	return (d|-d)>>63 - 1
}

// reduce sets z = t/2^3072 mod N for t < N·2^3072. The blocks leave less than
// 2N, so one subtraction is enough; it is always made and kept by a mask.
func reduce(z *element, t *[2 * limbs]uint64) {
	var carry uint64
	for i := 0; i < limbs; i += block {
		carry = reduceBlock((*[limbs + block]uint64)(t[i:]), (*[limbs]uint64)(&prime), carry)
	}
	high := (*element)(t[limbs:])
	var less element
	borrow := subtract(&less, high, &prime)
	_, borrow = bits.Sub64(carry, 0, borrow)
	keep := -borrow // all ones if the number was below N already
	for i := range z {
		z[i] = less[i] ^ keep&(less[i]^high[i])
	}
}

// sub sets z = x - y, adding N under a mask if that is negative.
func sub(z, x, y *element) {
	var borrow, carry uint64
	for i := range z {
		z[i], borrow = bits.Sub64(x[i], y[i], borrow)
	}
	mask := -borrow
	for i := range z {
		z[i], carry = bits.Add64(z[i], prime[i]&mask, carry)
	}
}

// setBytes sets z to the number b < N, in Montgomery form.
func (w *work) setBytes(z *element, b *[Size]byte) {
	var plain element
	setWords(plain[:], b[:])
	w.mul(z, &plain, &rSquared)
}

// toBytes takes the number out of Montgomery form.
func toBytes(x *element) (b [Size]byte) {
	var t [2 * limbs]uint64
	copy(t[:], x[:])
	var plain element
	reduce(&plain, &t)
	for i, word := range plain {
		binary.BigEndian.PutUint64(b[Size-8-8*i:], word)
	}
	return b
}

// setWords reads a big-endian number of whole words into words, lowest first.
func setWords(words []uint64, b []byte) {
	for i := 0; 8*i < len(b); i++ {
		words[i] = binary.BigEndian.Uint64(b[len(b)-8-8*i:])
	}
}
