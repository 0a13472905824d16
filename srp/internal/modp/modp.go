// Package modp computes in the 3072-bit MODP group of RFC 3526 section 5
// (group 15, also in RFC 5054 appendix A), the only group Amazon Cognito uses
// for SRP: the prime N below and the generator 2.
//
// Numbers go in and out as big-endian bytes, so that a caller sees neither of
// the two implementations: Montgomery arithmetic on 64-bit limbs, and math/big
// where the compiler has no 64-bit multiplication (see word64.go).
package modp

import (
	"bytes"
	"encoding/hex"
)

// Size is the length of N in bytes.
const Size = 384

// MaxExponent is the longest private exponent a, in bytes. The library itself
// makes 32-byte ones; 128 is what all other clients make, and so what published
// test vectors hold.
const MaxExponent = 128

// hash is the length of u and x in bytes, which are SHA-256 sums.
const hash = 32

// nHex is N as RFC 3526 section 5 prints it.
const nHex = "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74" +
	"020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437" +
	"4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed" +
	"ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05" +
	"98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb" +
	"9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b" +
	"e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf695581718" +
	"3995497cea956ae515d2261898fa051015728e5a8aaac42dad33170d04507a33" +
	"a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7" +
	"abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864" +
	"d87602733ec86a64521f2b18177b200cbbe117577a615d6c770988c0bad946e2" +
	"08e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2caffffffffffffffff"

// kHex is Cognito's multiplier k = SHA-256(00 ‖ N ‖ 02). N has its top bit set,
// hence the 00 of the padding rule; RFC 5054 would pad g to N's length instead.
const kHex = "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6"

var modulus = func() (n [Size]byte) {
	hex.Decode(n[:], []byte(nHex))
	return n
}()

// InRange reports whether 0 < b < N. It takes the time it takes: what a server
// sent is no secret.
func InRange(b *[Size]byte) bool {
	return bytes.Compare(b[:], modulus[:]) < 0 && *b != [Size]byte{}
}

// PowG returns 2^e mod N for an exponent of at most [MaxExponent] bytes, in whole
// words of eight.
func PowG(e []byte) [Size]byte {
	if Native {
		return (*work)(nil).publicKey(e)
	}
	return bigPowG(e)
}

// Premaster returns the client's (B - k·2^x)^(a + u·x) mod N, RFC 5054 section
// 2.6. B must be [InRange], a an exponent as for [PowG]; u and x are hashes.
func Premaster(b *[Size]byte, a []byte, u, x *[hash]byte) [Size]byte {
	if Native {
		return (*work)(nil).premaster(b, a, u, x)
	}
	return bigPremaster(b, a, u, x)
}
