package modp

import "testing"

func BenchmarkMul(b *testing.B) {
	z := rSquared
	for b.Loop() {
		(*work)(nil).mul(&z, &z, &rSquared)
	}
}

func BenchmarkSquare(b *testing.B) {
	z := rSquared
	for b.Loop() {
		(*work)(nil).square(&z, &z)
	}
}

func BenchmarkLookup(b *testing.B) {
	var table [1 << window]element
	var z element
	for b.Loop() {
		(*work)(nil).lookup(&z, table[:], 3)
	}
}
