package main

import (
	"fmt"
	"log"
	"math/big"
)

// constants writes N, and in Montgomery form (times 2^3072) the numbers that the
// exponentiations start from.
func constants(s *source) {
	n := prime()
	r := new(big.Int).Lsh(big.NewInt(1), 64*limbs)
	k, _ := new(big.Int).SetString("538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6", 16)
	s.line("// What the constants are for stands in montgomery.go.")
	s.line("var (")
	s.element("prime", n)
	s.element("rSquared", mod(new(big.Int).Mul(r, r), n))
	s.element("one", mod(r, n))
	s.element("two", mod(new(big.Int).Lsh(r, 1), n))
	s.element("multiplier", mod(new(big.Int).Mul(k, r), n))
	s.line(")")
}

// prime computes N from its definition, RFC 3526 section 5:
// 2^3072 - 2^3008 - 1 + 2^64·(floor(2^2942·π) + 1690314).
func prime() *big.Int {
	n := floorPi(2942)
	n.Add(n, big.NewInt(1690314))
	n.Lsh(n, 64)
	n.Add(n, new(big.Int).Lsh(big.NewInt(1), 3072))
	n.Sub(n, new(big.Int).Lsh(big.NewInt(1), 3008))
	n.Sub(n, big.NewInt(1))
	if !n.ProbablyPrime(20) || n.BitLen() != 64*limbs {
		log.Fatal("N is not a prime of 3072 bits")
	}
	if n.Uint64() != ^uint64(0) {
		log.Fatal("reduceBlock needs the lowest limb of N to be 2^64-1")
	}
	return n
}

// floorPi returns floor(2^bits·π) by Machin's formula,
// π = 16·arctan(1/5) - 4·arctan(1/239), with 64 bits to spare for the rounding.
func floorPi(bits uint) *big.Int {
	pi := new(big.Int).Mul(big.NewInt(16), arctan(5, bits+64))
	pi.Sub(pi, new(big.Int).Mul(big.NewInt(4), arctan(239, bits+64)))
	return pi.Rsh(pi, 64)
}

// arctan returns 2^bits·arctan(1/x), each term of the series rounded down.
func arctan(x int64, bits uint) *big.Int {
	power := new(big.Int).Lsh(big.NewInt(1), bits)
	power.Div(power, big.NewInt(x))
	sum := new(big.Int)
	for i := int64(1); power.Sign() > 0; i += 2 {
		term := new(big.Int).Div(power, big.NewInt(i))
		if i%4 == 1 {
			sum.Add(sum, term)
		} else {
			sum.Sub(sum, term)
		}
		power.Div(power, big.NewInt(x*x))
	}
	return sum
}

func mod(x, n *big.Int) *big.Int { return new(big.Int).Mod(x, n) }

func (s *source) element(name string, x *big.Int) {
	s.line("%s = element{", name)
	for i := range limbs {
		word := new(big.Int).Rsh(x, uint(64*i)).Uint64()
		end := "\n"
		if i%4 != 3 {
			end = " "
		}
		fmt.Fprintf(s, "0x%016x,%s", word, end)
	}
	s.line("}")
}
