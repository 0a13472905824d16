package cognitotest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// An Authenticator is the passkey of a test: what a browser and a security key do
// together, in software. [Authenticator.Create] stands for
// navigator.credentials.create, [Authenticator.Get] for
// navigator.credentials.get. It makes ES256 keys, without attestation.
//
// It signs whatever it is asked to. A browser would refuse a relying party that
// is not the origin's; here the pool is to show that it does. Set the fields
// before the first use. The methods are safe for concurrent use.
type Authenticator struct {
	// Origin is the site that the browser shows, such as
	// "https://app.example". It is required.
	Origin string
	// Unverified finds the user present but asks for no finger and no PIN.
	Unverified bool

	mu      sync.Mutex
	passkey []*passkey
}

// A passkey is one key on an authenticator. The key itself is behind a function,
// where no print finds it.
type passkey struct {
	id, user []byte
	party    string
	public   *ecdsa.PublicKey
	sign     func(digest []byte) ([]byte, error)
	counter  uint32
}

// bits of the flags in authenticator data (WebAuthn, section 6.1).
const (
	userPresent     = 1 << 0
	userVerified    = 1 << 2
	attestedKeyData = 1 << 6
)

// Clone returns a copy with the same keys, as a thief would have it: once the two
// were used side by side, the pool tells by the counters.
func (a *Authenticator) Clone() *Authenticator {
	a.mu.Lock()
	defer a.mu.Unlock()
	clone := &Authenticator{Origin: a.Origin, Unverified: a.Unverified}
	for _, p := range a.passkey {
		q := *p
		clone.passkey = append(clone.passkey, &q)
	}
	return clone
}

// The parts of options: a credential or a user, and a kind of key.
type (
	descriptor struct {
		ID string `json:"id"`
	}
	algorithm struct {
		Alg int `json:"alg"`
	}
)

// es256 is ECDSA over P-256 with SHA-256 (RFC 9053, section 2.1).
const es256 = -7

// Create makes a passkey as the options ask for, which are the JSON of
// StartWebAuthnRegistration's CredentialCreationOptions, and returns the JSON of
// CompleteWebAuthnRegistration's Credential. It refuses options that exclude one
// of its keys or do not allow ES256.
func (a *Authenticator) Create(options []byte) (json.RawMessage, error) {
	var o struct {
		Challenge string `json:"challenge"`
		Party     struct {
			ID string `json:"id"`
		} `json:"rp"`
		User               descriptor   `json:"user"`
		ExcludeCredentials []descriptor `json:"excludeCredentials"`
		PubKeyCredParams   []algorithm  `json:"pubKeyCredParams"`
	}
	if err := json.Unmarshal(options, &o); err != nil {
		return nil, fmt.Errorf("cognitotest: the creation options: %w", err)
	}
	user, err := base64.RawURLEncoding.DecodeString(o.User.ID)
	if err != nil || o.Challenge == "" || o.Party.ID == "" {
		return nil, errors.New("cognitotest: the creation options lack a challenge, a relying party or a user")
	}
	if !slices.Contains(o.PubKeyCredParams, algorithm{es256}) {
		return nil, errors.New("cognitotest: the creation options do not allow ES256")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.find(o.Party.ID, o.ExcludeCredentials) != nil {
		return nil, errors.New("cognitotest: the authenticator holds a passkey already that the creation options exclude")
	}
	p, err := newPasskey(o.Party.ID, user)
	if err != nil {
		return nil, err
	}
	a.passkey = append(a.passkey, p)
	return a.response(p, map[string]any{
		"clientDataJSON":    a.clientData("webauthn.create", o.Challenge),
		"attestationObject": encode64(attestation(a.data(p, attestedKeyData))),
		"transports":        []string{"internal"},
	})
}

// Get signs as the options ask for, which are the JSON of WEB_AUTHN's
// CREDENTIAL_REQUEST_OPTIONS, and returns the JSON of its CREDENTIAL.
func (a *Authenticator) Get(options []byte) (json.RawMessage, error) {
	var o struct {
		Challenge        string       `json:"challenge"`
		Party            string       `json:"rpId"`
		AllowCredentials []descriptor `json:"allowCredentials"`
	}
	if err := json.Unmarshal(options, &o); err != nil {
		return nil, fmt.Errorf("cognitotest: the request options: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.find(o.Party, o.AllowCredentials)
	if p == nil {
		return nil, errors.New("cognitotest: the authenticator has none of the passkeys that the request options allow")
	}
	p.counter++
	clientData := a.clientData("webauthn.get", o.Challenge)
	raw, err := base64.RawURLEncoding.DecodeString(clientData)
	if err != nil {
		return nil, err
	}
	data, hash := a.data(p, 0), sha256.Sum256(raw)
	digest := sha256.Sum256(slices.Concat(data, hash[:]))
	signature, err := p.sign(digest[:])
	if err != nil {
		return nil, err
	}
	return a.response(p, map[string]any{
		"clientDataJSON":    clientData,
		"authenticatorData": encode64(data),
		"signature":         encode64(signature),
		"userHandle":        encode64(p.user),
	})
}

// Format prints the origin, whatever the verb.
func (a *Authenticator) Format(f fmt.State, _ rune) { io.WriteString(f, "authenticator at "+a.Origin) }

func newPasskey(party string, user []byte) (*passkey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	id := make([]byte, 16)
	rand.Read(id)
	return &passkey{
		id: id, user: user, party: party, public: &key.PublicKey,
		sign: func(digest []byte) ([]byte, error) { return key.Sign(rand.Reader, digest, crypto.SHA256) },
	}, nil
}

// find returns the first passkey for a relying party that is in a list.
func (a *Authenticator) find(party string, list []descriptor) *passkey {
	for _, p := range a.passkey {
		for _, d := range list {
			if p.party == party && encode64(p.id) == d.ID {
				return p
			}
		}
	}
	return nil
}

// response is the PublicKeyCredential that a browser hands to a page, as JSON
// (WebAuthn, section 5.1.8).
func (a *Authenticator) response(p *passkey, response map[string]any) (json.RawMessage, error) {
	return json.Marshal(map[string]any{
		"id": encode64(p.id), "rawId": encode64(p.id), "type": "public-key",
		"authenticatorAttachment": "platform", "clientExtensionResults": map[string]any{},
		"response": response,
	})
}

func (a *Authenticator) clientData(ceremony, challenge string) string {
	text, err := json.Marshal(map[string]any{
		"type": ceremony, "challenge": challenge, "origin": a.Origin, "crossOrigin": false,
	})
	if err != nil {
		panic(err) // strings cannot fail
	}
	return encode64(text)
}

// data is the authenticator data that gets signed (WebAuthn, section 6.1), with
// the public key if it is to be attested.
func (a *Authenticator) data(p *passkey, flags byte) []byte {
	flags |= userPresent
	if !a.Unverified {
		flags |= userVerified
	}
	party := sha256.Sum256([]byte(p.party))
	data := binary.BigEndian.AppendUint32(append(party[:], flags), p.counter)
	if flags&attestedKeyData == 0 {
		return data
	}
	data = append(data, make([]byte, 16)...) // the model: none
	data = binary.BigEndian.AppendUint16(data, uint16(len(p.id)))
	return append(append(data, p.id...), p.cose()...)
}

// cose writes the public key as CBOR: the map {1: 2, 3: -7, -1: 1, -2: x, -3: y}
// (RFC 9053, section 7.1.1).
func (p *passkey) cose() []byte {
	point, err := p.public.Bytes() // 4, x, y
	if err != nil {
		panic(err) // the key was made here
	}
	const bytes32 = "\x58\x20"
	x, y := point[1:33], point[33:]
	return slices.Concat([]byte("\xa5\x01\x02\x03\x26\x20\x01\x21"+bytes32), x, []byte("\x22"+bytes32), y)
}

// attestation writes {"fmt": "none", "attStmt": {}, "authData": data} as CBOR.
func attestation(data []byte) []byte {
	var out bytes.Buffer
	out.WriteString("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58")
	out.WriteByte(byte(len(data))) // 148 bytes, with ids of 16
	out.Write(data)
	return out.Bytes()
}

func encode64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
