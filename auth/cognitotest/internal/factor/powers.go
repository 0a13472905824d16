package factor

import (
	"crypto/sha256"
	"math/big"
	"sync"
)

// The powers of the generator are made by the comb of Lim and Lee ("More flexible
// exponentiation with precomputation", CRYPTO '94): the exponent's bits are written
// in rows, one below the other, and each column is one multiplication by an entry
// of a table. That takes a third of the time of [big.Int.Exp], so that nobody's
// verifier has to be kept: the thousandth sign-in of a user costs what the first
// does, and a pool of a million users takes no more than one of ten.
const (
	combRows    = 8
	combColumns = 8 * sha256.Size / combRows
)

// comb has for each column of bits, the lowest row's bit being the lowest, the
// product of what the rows stand for: row i for g^(2^(i·combColumns)). It takes
// 100 KiB, and is made when somebody first signs in by SRP.
var comb = sync.OnceValue(func() []big.Int {
	table := make([]big.Int, 1<<combRows)
	table[0].SetInt64(1)
	row := new(big.Int).Set(generator)
	for i := range combRows {
		for lower := range 1 << i {
			timesMod(&table[1<<i|lower], &table[lower], row)
		}
		for range combColumns {
			timesMod(row, row, row)
		}
	}
	return table
})

// power is g^x, whose time depends on x: it is that of a pool for tests.
func power(x [sha256.Size]byte) *big.Int {
	table, exponent := comb(), new(big.Int).SetBytes(x[:])
	v := big.NewInt(1)
	for column := combColumns - 1; column >= 0; column-- {
		bits := uint(0)
		for i := combRows - 1; i >= 0; i-- {
			bits = bits<<1 | exponent.Bit(i*combColumns+column)
		}
		timesMod(v, v, v)
		timesMod(v, v, &table[bits])
	}
	return v
}

// timesMod sets z to a·b mod N.
func timesMod(z, a, b *big.Int) { z.Rem(z.Mul(a, b), prime) }
