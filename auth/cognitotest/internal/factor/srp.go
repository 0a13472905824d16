// Package factor checks what a user proves: a password by SRP, an
// authenticator's code, a delivered code, the rules a password follows. It
// knows no user and no pool.
package factor

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"time"
)

// The server's half of Cognito's SRP-6a, written over math/big and without a
// look at the module's own client, so that the two cannot share a mistake.

// prime is the 3072-bit group of RFC 5054, appendix A; its generator there is
// 5, but Cognito takes 2, as RFC 3526 does.
var prime, _ = new(big.Int).SetString(strings.Join([]string{
	"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74",
	"020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437",
	"4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED",
	"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05",
	"98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB",
	"9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B",
	"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718",
	"3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33",
	"A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7",
	"ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864",
	"D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2",
	"08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
}, ""), 16)

var (
	generator  = big.NewInt(2)
	multiplier = hashInt(signed(prime), signed(generator)) // k
)

// A Verifier is what a pool keeps instead of a password. Of a password it is the
// salt and SRP's exponent x, 48 bytes, from which the verifier g^x is made when
// somebody signs in by SRP: a pool of a million users is filled in seconds.
// Neither is a slow hash: against somebody who reads the memory of a test, it would
// protect nothing.
type Verifier struct {
	salt string // the bytes of a number, without leading zeros
	x    [sha256.Size]byte
	v    *big.Int // of a device, whose x nobody here knows
	none bool     // the user has no password
}

// NewVerifier makes the verifier of a password under a fresh salt. pool is the
// part of the pool id after "_"; user the canonical username.
func NewVerifier(pool, user, password string) Verifier {
	return verifier(pool, user, password, randomBytes(16))
}

// DeviceVerifier reads the verifier that a client made for its device: salt and
// g^x, in base64, both in the form that [signed] gives. Another form would be
// hashed as other bytes, so that the device could never prove itself.
func DeviceVerifier(salt, verifier string) (Verifier, error) {
	s, errSalt := unsigned(salt, maxDeviceSalt)
	v, errVerifier := unsigned(verifier, len(prime.Bytes())+1)
	if err := errors.Join(errSalt, errVerifier); err != nil {
		return Verifier{}, err
	}
	// 1 is what any password gives whose exponent is zero, and N is out of the group.
	if v.Cmp(big.NewInt(1)) <= 0 || v.Cmp(prime) >= 0 {
		return Verifier{}, errors.New("the verifier is not a value of the group")
	}
	return Verifier{salt: string(s.Bytes()), v: v}, nil
}

// maxDeviceSalt is above what any client sends: 16 bytes and one for the sign.
const maxDeviceSalt = 64

// unsigned reads a positive number in base64 of the form that signed gives.
func unsigned(text string, most int) (*big.Int, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) > most {
		return nil, errors.New("not base64 of a number of that size")
	}
	n := new(big.Int).SetBytes(raw)
	if n.Sign() == 0 || !bytes.Equal(signed(n), raw) {
		return nil, errors.New("not the shortest form of a positive number")
	}
	return n, nil
}

// A keptVerifier is what a file has of a [Verifier].
type keptVerifier struct {
	Salt, X []byte
	V       *big.Int `json:",omitempty"`
	None    bool     `json:",omitempty"`
}

// MarshalJSON writes what proofs are verified with, for files of this pool's own.
func (ver Verifier) MarshalJSON() ([]byte, error) {
	return json.Marshal(keptVerifier{[]byte(ver.salt), ver.x[:], ver.v, ver.none})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (ver *Verifier) UnmarshalJSON(text []byte) error {
	var kept keptVerifier
	if err := json.Unmarshal(text, &kept); err != nil {
		return err
	}
	if len(kept.X) != len(ver.x) {
		return errors.New("a verifier's exponent does not have 32 bytes")
	}
	*ver = Verifier{string(kept.Salt), [sha256.Size]byte(kept.X), kept.V, kept.None}
	return nil
}

// SimulatedVerifier makes one that no known password fits, the same for the
// same seed: somebody who asks twice for a user that does not exist must not
// see the salt change.
func SimulatedVerifier(seed []byte) Verifier {
	part := func(label string) []byte {
		mac := hmac.New(sha256.New, seed)
		mac.Write([]byte(label))
		return mac.Sum(nil)
	}
	return verifier("", "", string(part("password")), part("salt")[:16])
}

// NoPassword makes the verifier of a user who has no password. Like that of a
// user who does not exist, it can be asked and never agrees.
func NoPassword() Verifier {
	ver := SimulatedVerifier(randomBytes(32))
	ver.none = true
	return ver
}

// None tells whether the user has no password.
func (ver Verifier) None() bool { return ver.none }

func verifier(pool, user, password string, salt []byte) Verifier {
	ver := Verifier{salt: string(new(big.Int).SetBytes(salt).Bytes())}
	ver.x = ver.exponent(pool, user, password)
	return ver
}

// exponent is x = H(salt | H(pool user ":" password)); the inner hash enters as
// its 32 bytes.
func (ver Verifier) exponent(pool, user, password string) [sha256.Size]byte {
	inner := sha256.Sum256([]byte(pool + user + ":" + password))
	return hash(signed(ver.saltNumber()), inner[:])
}

// Check tells whether the password is the one. A device's verifier has no x, and
// agrees with none.
func (ver Verifier) Check(pool, user, password string) bool {
	x := ver.exponent(pool, user, password)
	return ver.v == nil && hmac.Equal(x[:], ver.x[:])
}

// value is v = g^x.
func (ver Verifier) value() *big.Int {
	if ver.v != nil {
		return ver.v
	}
	return power(ver.x)
}

func (ver Verifier) saltNumber() *big.Int { return new(big.Int).SetBytes([]byte(ver.salt)) }

// Salt returns the salt as the service writes it: hexadecimal of an integer.
func (ver Verifier) Salt() string { return ver.saltNumber().Text(16) }

// A Handshake is the server's side of one SRP sign-in between the challenge and
// its answer. Its fields are exported to be sealed into a secret block.
type Handshake struct {
	A, B      *big.Int // the public values
	Ephemeral *big.Int // b, the server's secret
}

// maxA bounds SRP_A, in hexadecimal digits: N has 768, and clients send some
// sign or padding.
const maxA = 1024

// errPublic hides which check SRP_A failed; the service has one text too.
var errPublic = errors.New("SRP_A is not a public value")

// Begin answers a client's SRP_A. A multiple of N is refused: the shared secret
// would be zero whatever the password (RFC 5054, section 2.5.4).
func (ver Verifier) Begin(srpA string) (Handshake, error) {
	if len(srpA) == 0 || len(srpA) > maxA || strings.Trim(srpA, "0123456789abcdefABCDEF") != "" {
		return Handshake{}, errPublic
	}
	a, ok := new(big.Int).SetString(srpA, 16)
	if !ok || new(big.Int).Mod(a, prime).Sign() == 0 {
		return Handshake{}, errPublic
	}
	// 256 bits, as RFC 5054 asks for at least.
	b := [sha256.Size]byte(randomBytes(sha256.Size))
	return Handshake{A: a, B: ver.public(power(b)), Ephemeral: new(big.Int).SetBytes(b[:])}, nil
}

// public is B = k v + g^b.
func (ver Verifier) public(gb *big.Int) *big.Int {
	kv := new(big.Int).Mul(multiplier, ver.value())
	return kv.Add(kv, gb).Mod(kv, prime)
}

// key is what both sides share if the client knew the password.
func (ver Verifier) key(h Handshake) []byte {
	u := hashInt(signed(h.A), signed(h.B))
	s := new(big.Int).Exp(ver.value(), u, prime)
	s.Mul(s, h.A)
	s.Exp(s.Mod(s, prime), h.Ephemeral, prime)
	key, err := hkdf.Key(sha256.New, signed(s), signed(u), "Caldera Derived Key", 16)
	if err != nil {
		panic(err) // the length is far below HKDF's limit
	}
	return key
}

// CheckClaim tells whether a signature, in base64, proves the password.
func (ver Verifier) CheckClaim(h Handshake, pool, user string, block []byte, timestamp, signature string) bool {
	got, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, ver.key(h))
	mac.Write([]byte(pool + user))
	mac.Write(block)
	mac.Write([]byte(timestamp))
	return hmac.Equal(got, mac.Sum(nil))
}

// timestampLayout is Java's "EEE MMM d HH:mm:ss z yyyy".
const timestampLayout = "Mon Jan 2 15:04:05 MST 2006"

// Timestamp reads a TIMESTAMP and returns how the service writes that instant,
// which differs for a wrong weekday, a padded day or another time zone.
func Timestamp(text string) (at time.Time, canonical string, err error) {
	at, err = time.Parse(timestampLayout, text)
	return at, at.UTC().Format(timestampLayout), err
}

// signed returns n as Java's BigInteger.toByteArray does: the shortest form
// with a zero byte before a set top bit. It is not RFC 5054's PAD.
func signed(n *big.Int) []byte {
	b := n.Bytes()
	if len(b) == 0 || b[0] >= 0x80 {
		b = append([]byte{0}, b...)
	}
	return b
}

func hashInt(parts ...[]byte) *big.Int {
	h := hash(parts...)
	return new(big.Int).SetBytes(h[:])
}

func hash(parts ...[]byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(sum[:0])
	return sum
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: crypto/rand ends the process instead
	return b
}
