// Package oracle is Cognito's SRP once more, as plainly as math/big and the
// standard library allow: no speed, no checks, no code in common with
// package srp. The published test vectors are made with it, and the tests of
// package srp compare the library with it.
package oracle

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// N and g are group 15 of RFC 3526; k is computed from them.
var (
	N = Hex("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74" +
		"020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437" +
		"4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED" +
		"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05" +
		"98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB" +
		"9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B" +
		"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718" +
		"3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33" +
		"A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7" +
		"ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864" +
		"D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2" +
		"08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF")
	g = big.NewInt(2)
	K = hashNumber(Pad(N), Pad(g))
)

// Hex reads a number that this module itself wrote.
func Hex(s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 16)
	if !ok {
		panic("oracle: not a hexadecimal number")
	}
	return n
}

// Pad is Java's BigInteger.toByteArray for numbers that are not negative.
func Pad(n *big.Int) []byte {
	text := fmt.Sprintf("%x", n)
	if len(text)%2 == 1 {
		text = "0" + text
	}
	if strings.ContainsRune("89abcdef", rune(text[0])) {
		text = "00" + text
	}
	var out []byte
	fmt.Sscanf(text, "%x", &out)
	return out
}

func hashNumber(parts ...[]byte) *big.Int {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return new(big.Int).SetBytes(h.Sum(nil))
}

// Public returns g^e mod N.
func Public(e *big.Int) *big.Int { return new(big.Int).Exp(g, e, N) }

// U returns the scrambling parameter.
func U(a, b *big.Int) *big.Int { return hashNumber(Pad(a), Pad(b)) }

// X returns the private key of a user in a pool or of a device in a group.
func X(realm, name, password string, salt *big.Int) *big.Int {
	inner := sha256.Sum256([]byte(realm + name + ":" + password))
	return hashNumber(Pad(salt), inner[:])
}

// ClientS returns (B - k·g^x)^(a + u·x) mod N.
func ClientS(b, a, u, x *big.Int) *big.Int {
	base := new(big.Int).Sub(b, new(big.Int).Mul(K, Public(x)))
	e := new(big.Int).Add(a, new(big.Int).Mul(u, x))
	return base.Exp(base.Mod(base, N), e, N)
}

// ServerB returns k·v + g^b mod N, and ServerS (A·v^u)^b mod N.
func ServerB(v, b *big.Int) *big.Int {
	sum := new(big.Int).Add(new(big.Int).Mul(K, v), Public(b))
	return sum.Mod(sum, N)
}

func ServerS(a, v, u, b *big.Int) *big.Int {
	base := new(big.Int).Mul(a, new(big.Int).Exp(v, u, N))
	return base.Exp(base, b, N)
}

// Key returns the signing key.
func Key(s, u *big.Int) []byte {
	key, err := hkdf.Key(sha256.New, Pad(s), Pad(u), "Caldera Derived Key", 16)
	if err != nil {
		panic(err) // only for lengths beyond 255 hashes
	}
	return key
}

// Signature returns PASSWORD_CLAIM_SIGNATURE.
func Signature(key []byte, realm, name string, secretBlock []byte, timestamp string) string {
	return HMAC(key, []byte(realm), []byte(name), secretBlock, []byte(timestamp))
}

// HMAC returns the base64 of HMAC-SHA256 over the parts.
func HMAC(key []byte, parts ...[]byte) string {
	mac := hmac.New(sha256.New, key)
	for _, p := range parts {
		mac.Write(p)
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Timestamp spells t as Java does, without package time's layouts.
func Timestamp(t time.Time) string {
	t = t.UTC()
	return fmt.Sprintf("%s %s %d %02d:%02d:%02d UTC %d", t.Weekday().String()[:3], t.Month().String()[:3],
		t.Day(), t.Hour(), t.Minute(), t.Second(), t.Year())
}
