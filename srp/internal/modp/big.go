package modp

import "math/big"

// The math/big implementation. Its time depends on the exponents and the
// values, so it is only the fall-back.
var (
	bigN, bigK = fromHex(nHex), fromHex(kHex)
	bigG       = big.NewInt(2)
)

func fromHex(s string) *big.Int {
	n, _ := new(big.Int).SetString(s, 16)
	return n
}

func bigPowG(e []byte) (z [Size]byte) {
	new(big.Int).Exp(bigG, new(big.Int).SetBytes(e), bigN).FillBytes(z[:])
	return z
}

func bigPremaster(b *[Size]byte, a []byte, u, x *[hash]byte) (z [Size]byte) {
	private := new(big.Int).SetBytes(x[:])
	base := new(big.Int).Exp(bigG, private, bigN)
	base.Mul(base, bigK)
	base.Sub(new(big.Int).SetBytes(b[:]), base)
	base.Mod(base, bigN)
	exponent := new(big.Int).SetBytes(u[:])
	exponent.Mul(exponent, private)
	exponent.Add(exponent, new(big.Int).SetBytes(a))
	base.Exp(base, exponent, bigN).FillBytes(z[:])
	return z
}

// ServerPublic returns the server's B = k·v + 2^b mod N for the verifier v.
func ServerPublic(v *[Size]byte, b []byte) (z [Size]byte) {
	sum := new(big.Int).Mul(bigK, new(big.Int).SetBytes(v[:]))
	sum.Add(sum, new(big.Int).Exp(bigG, new(big.Int).SetBytes(b), bigN))
	sum.Mod(sum, bigN).FillBytes(z[:])
	return z
}

// ServerPremaster returns the server's (A·v^u)^b mod N.
func ServerPremaster(a, v *[Size]byte, u, b []byte) (z [Size]byte) {
	base := new(big.Int).Exp(new(big.Int).SetBytes(v[:]), new(big.Int).SetBytes(u), bigN)
	base.Mul(base, new(big.Int).SetBytes(a[:]))
	base.Exp(base, new(big.Int).SetBytes(b), bigN).FillBytes(z[:])
	return z
}
