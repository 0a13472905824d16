package srp

import (
	"crypto/rand"
	"encoding/base64"
	"time"

	"github.com/cognitomfa/cognitomfa/internal/redact"
	"github.com/cognitomfa/cognitomfa/srp/internal/modp"
)

// exponentSize is the length of the private exponent a in bytes. RFC 5054
// section 2.6 asks for at least 256 bits. Cognito's other clients take 1024,
// which adds no security: the group's own strength is below 2^128.
const exponentSize = 32

// A Handshake is the client's half of one SRP exchange. It holds the private
// exponent a, which prints nowhere. It is safe for use by several goroutines.
// The zero Handshake is not usable: its A is empty and its proofs are errors.
type Handshake struct {
	keys redact.Box[keyPair]
}

// keyPair is a and A = 2^a mod N, big-endian.
type keyPair struct {
	private [exponentSize]byte
	public  [modp.Size]byte
}

// New makes a handshake with a fresh private exponent. Use one per sign-in: its
// A may serve the user's proof and the device's proof of the same sign-in.
func New() *Handshake {
	var a [exponentSize]byte
	rand.Read(a[:]) // never fails: crypto/rand ends the program instead
	return newHandshake(a)
}

// newHandshake takes a. That A = 2^a is no multiple of N, which RFC 5054 has the
// server check, needs no test here: N is prime.
func newHandshake(a [exponentSize]byte) *Handshake {
	return &Handshake{redact.New(keyPair{a, modp.PowG(a[:])})}
}

// A returns SRP_A, the public value to send to InitiateAuth or in answer to
// DEVICE_SRP_AUTH: lower-case hexadecimal without leading zeros.
func (h *Handshake) A() string {
	if h == nil {
		return ""
	}
	keys := h.keys.Reveal() // of a zero Handshake A is 0, which formats as ""
	return formatHex(&keys.public)
}

// A Challenge holds the ChallengeParameters of PASSWORD_VERIFIER or
// DEVICE_PASSWORD_VERIFIER as Cognito sent them.
type Challenge struct {
	UserID      string // USER_ID_FOR_SRP: the name to hash, not the alias the user typed
	Salt        string // SALT, hexadecimal
	B           string // SRP_B, hexadecimal
	SecretBlock string // SECRET_BLOCK, base64; goes back unchanged as PASSWORD_CLAIM_SECRET_BLOCK
}

// A Proof shows that the client knows the password. Both values go into the same
// answer: the signature covers the timestamp.
type Proof struct {
	Signature string // PASSWORD_CLAIM_SIGNATURE, base64
	Timestamp string // TIMESTAMP
}

// Prove answers PASSWORD_VERIFIER for the user that c names. PoolName is what
// [PoolName] returns; now is the time to sign, in any zone. A parameter that no
// correct server sends gives a [*ParameterError]. A wrong password gives a proof
// like any other: only Cognito can tell.
func (h *Handshake) Prove(poolName, password string, c Challenge, now time.Time) (Proof, error) {
	if err := checkName("pool name", poolName); err != nil {
		return Proof{}, err
	}
	if err := checkName("USER_ID_FOR_SRP", c.UserID); err != nil {
		return Proof{}, err
	}
	return h.prove(identity{poolName, c.UserID, password}, c, now)
}

// ProveDevice answers DEVICE_PASSWORD_VERIFIER for a remembered device: the keys
// are those of NewDeviceMetadata, devicePassword is [DeviceSecret.Password].
// c.UserID is not used. Errors are those of [Handshake.Prove].
func (h *Handshake) ProveDevice(groupKey, deviceKey, devicePassword string, c Challenge, now time.Time) (Proof, error) {
	if err := checkDevice(groupKey, deviceKey); err != nil {
		return Proof{}, err
	}
	return h.prove(identity{groupKey, deviceKey, devicePassword}, c, now)
}

// prove is the exchange after A, the same for users and devices.
func (h *Handshake) prove(id identity, c Challenge, now time.Time) (Proof, error) {
	if h == nil || h.keys.IsZero() {
		return Proof{}, &ParameterError{"Handshake", "was not made by New"}
	}
	keys := h.keys.Reveal()
	return id.prove(keys.private[:], &keys.public, c, now)
}

// prove takes the private exponent in any length that package modp takes, for the
// test vectors of clients with longer ones.
func (id identity) prove(a []byte, public *[modp.Size]byte, c Challenge, now time.Time) (Proof, error) {
	salt, err := parseHex("SALT", c.Salt)
	if err != nil {
		return Proof{}, err
	}
	b, err := parseB(c.B)
	if err != nil {
		return Proof{}, err
	}
	u, x := scrambler(public, &b), id.privateKey(&salt)
	s, err := premaster(&b, a, &u, &x)
	if err != nil {
		return Proof{}, err
	}
	return id.sign(sessionKey(&s, &u), c.SecretBlock, now)
}

// sign makes the proof. The timestamp is the tail of the signed message.
func (id identity) sign(key [keySize]byte, secretBlock string, now time.Time) (Proof, error) {
	var buffer [4096]byte // enough for Cognito's secret blocks; append goes beyond
	message := append(append(buffer[:0], id.realm...), id.name...)
	message, err := appendSecretBlock(message, secretBlock)
	if err != nil {
		return Proof{}, err
	}
	start := len(message)
	message = appendTimestamp(message, now)
	sum := hmacSHA256(key[:], message)
	var signature [44]byte // the base64 of 32 bytes
	base64.StdEncoding.Encode(signature[:], sum[:])
	return Proof{Signature: string(signature[:]), Timestamp: string(message[start:])}, nil
}
