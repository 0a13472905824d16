package srp

import (
	"crypto/sha256"

	"github.com/cognitomfa/cognitomfa/srp/internal/modp"
)

// keySize is the length of the key that signs, in bytes: Cognito cuts the output
// of HKDF to 128 bits.
const keySize = 16

// keyInfo is the HKDF info string of Cognito, with HKDF's block counter 1 behind
// it: 16 bytes come from the first block (RFC 5869 section 2.3).
const keyInfo = "Caldera Derived Key\x01"

// An identity is who proves what: a user in a pool with a password, or a device
// in a device group with the device's password.
type identity struct{ realm, name, password string }

// privateKey returns x = H(pad(salt) ‖ H(realm ‖ name ‖ ":" ‖ password)). The
// inner hash goes in as its 32 bytes, not as a padded number.
func (id identity) privateKey(salt *[modp.Size]byte) [sha256.Size]byte {
	var buffer [512]byte
	inner := append(append(buffer[:0], id.realm...), id.name...)
	inner = append(append(inner, ':'), id.password...)
	sum := sha256.Sum256(inner)
	var outer [modp.Size + 1 + sha256.Size]byte
	return sha256.Sum256(append(appendPadded(outer[:0], salt[:]), sum[:]...))
}

// scrambler returns u = H(pad(A) ‖ pad(B)).
func scrambler(a, b *[modp.Size]byte) [sha256.Size]byte {
	var buffer [2 * (modp.Size + 1)]byte
	return sha256.Sum256(appendPadded(appendPadded(buffer[:0], a[:]), b[:]))
}

// premaster returns S. With u = 0 the password would drop out of the exponent,
// and whoever stole the verifier could sign in with it (SRP-6a's abort rule).
func premaster(b *[modp.Size]byte, a []byte, u, x *[sha256.Size]byte) ([modp.Size]byte, error) {
	if *u == [sha256.Size]byte{} {
		return [modp.Size]byte{}, &ParameterError{"SRP_B", "scrambles to zero"}
	}
	return modp.Premaster(b, a, u, x), nil
}

// sessionKey returns HKDF-SHA256 with salt pad(u), key material pad(S) and the
// info above, cut to [keySize].
func sessionKey(s *[modp.Size]byte, u *[sha256.Size]byte) (key [keySize]byte) {
	var salt [sha256.Size + 1]byte
	var material [modp.Size + 1]byte
	prk := hmacSHA256(appendPadded(salt[:0], u[:]), appendPadded(material[:0], s[:]))
	block := hmacSHA256(prk[:], []byte(keyInfo))
	copy(key[:], block[:])
	return key
}

// hmacSHA256 is HMAC (RFC 2104) for keys of at most one block, which all keys of
// a handshake are. crypto/hmac allocates six times per sum, and a handshake
// needs three sums; there are tests that both agree.
func hmacSHA256(key, message []byte) [sha256.Size]byte {
	var pad [sha256.BlockSize + sha256.Size]byte
	copy(pad[:sha256.BlockSize], key)
	for i := range sha256.BlockSize {
		pad[i] ^= 0x36
	}
	inner := sha256.New()
	inner.Write(pad[:sha256.BlockSize])
	inner.Write(message)
	for i := range sha256.BlockSize {
		pad[i] ^= 0x36 ^ 0x5c
	}
	inner.Sum(pad[:sha256.BlockSize])
	return sha256.Sum256(pad[:])
}
