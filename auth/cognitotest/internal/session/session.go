// Package session keeps what the pool must remember between two calls of one
// sign-in, by giving it to the client: sealed, so that it can be neither read
// nor changed, and usable once. The pool itself remembers only which ones are
// spent.
package session

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A State is where a sign-in stands: the challenge that was given, to whom, and
// what its answer is held against. The fields of other challenges are empty.
type State struct {
	ID        string
	Pool      string
	Client    string
	Name      string // the username as it was typed; all there is of a simulated user
	Sub       string // empty for a simulated user
	Flow      types.AuthFlowType
	Device    string // the DEVICE_KEY that was sent; empty: none
	Challenge types.ChallengeNameType
	Expires   time.Time

	Handshake *factor.Handshake         // PASSWORD_VERIFIER
	Code      string                    // SMS_MFA, EMAIL_OTP: what was sent
	NewEmail  string                    // EMAIL_OTP during set-up: becomes the user's address
	First     bool                      // EMAIL_OTP, SMS_OTP: a first factor
	Passkey   *factor.Ceremony          // WEB_AUTHN
	Options   []types.ChallengeNameType // SELECT_MFA_TYPE, SELECT_CHALLENGE
	Verified  bool                      // MFA_SETUP: the authenticator was verified in this sign-in
	Rounds    []Round                   // CUSTOM_AUTH: the finished ones
	Private   map[string]string         // CUSTOM_CHALLENGE: privateChallengeParameters
	Metadata  *string                   // CUSTOM_CHALLENGE: challengeMetadata

	Kept bool // the rest is in the box: it is too long to travel
}

// A Round is a finished challenge as the triggers see it.
type Round struct {
	Challenge types.ChallengeNameType `json:"challengeName"`
	Result    bool                    `json:"challengeResult"`
	Metadata  *string                 `json:"challengeMetadata"`
}

// A Form is one of the two ways a State travels. They do not pass for each
// other.
type Form string

// Session is the member of that name, PASSWORD_VERIFIER's secret block the
// other: that challenge is answered without a Session.
const (
	Session     Form = "session"
	SecretBlock Form = "secret block"
)

// header begins every session, so that it starts with "AYABe" as real ones do.
var header = []byte{0x01, 0x80, 0x01, 0x78}

// leastPlain pads short states: all sessions but the longest have the length of
// real ones, about 1,550 characters, so that none tells what it holds.
const leastPlain = 1120

// mostPlain is what fits into the longest Session of the API, 4096 characters
// (API reference, RespondToAuthChallenge). Only the parameters of a custom
// challenge are ever longer.
const mostPlain = 3000

// A Box seals states and opens them again.
type Box struct {
	aead cipher.AEAD

	mu    sync.Mutex
	spent map[string]end   // by State.ID
	kept  map[string]State // the long ones, by ID
	sweep int              // how many of both are worth a look for expired ones
}

// leastSweep is the first value of Box.sweep. It grows with what is left, so
// that looking costs next to nothing for each call.
const leastSweep = 1024

// An end is why a state cannot be used again, and when it can be forgotten.
type end struct {
	reason  *wire.Error
	expires time.Time
}

// NewBox makes a box with a key of its own.
func NewBox() *Box {
	key := make([]byte, 32)
	rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the block size of GCM
	}
	return &Box{aead: aead, spent: make(map[string]end), kept: make(map[string]State), sweep: leastSweep}
}

// Seal gives the state an id and returns it as text.
func (b *Box) Seal(form Form, s State) string {
	s.ID = rand.Text()
	plain := encode(s)
	if len(plain) > mostPlain {
		b.mu.Lock()
		b.kept[s.ID] = s
		b.mu.Unlock()
		plain = encode(State{ID: s.ID, Expires: s.Expires, Kept: true})
	}
	for len(plain) < leastPlain {
		plain = append(plain, ' ') // which JSON ignores
	}
	return form.encoding().EncodeToString(b.aead.Seal(header[:len(header):len(header)], nil, plain, []byte(form)))
}

func encode(s State) []byte {
	plain, err := json.Marshal(s)
	if err != nil {
		panic(err) // nothing in the type can fail
	}
	return plain
}

func (f Form) encoding() *base64.Encoding {
	if f == SecretBlock {
		return base64.StdEncoding
	}
	return base64.RawURLEncoding
}

// Raw returns the bytes of a secret block, which SRP signs; nil if it is not
// base64.
func (f Form) Raw(text string) []byte {
	raw, err := f.encoding().Strict().DecodeString(text)
	if err != nil {
		return nil
	}
	return raw
}

// Open reads a state that is neither altered nor expired nor spent.
func (b *Box) Open(form Form, text string, now time.Time) (State, error) {
	raw := form.Raw(text)
	if !bytes.HasPrefix(raw, header) {
		return State{}, wire.SessionInvalid
	}
	plain, err := b.aead.Open(nil, nil, raw[len(header):], []byte(form))
	if err != nil {
		return State{}, wire.SessionInvalid
	}
	var s State
	if err := json.Unmarshal(plain, &s); err != nil {
		return State{}, wire.Internal(err)
	}
	if !now.Before(s.Expires) {
		return State{}, wire.SessionExpired
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, ok := b.spent[s.ID]; ok {
		return State{}, e.reason
	}
	if s.Kept {
		s = b.kept[s.ID] // there until it is spent or expired
	}
	return s, nil
}

// Spend uses a state up. Of two calls that answer it at the same time, one
// gets an error.
func (b *Box) Spend(s State, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, ok := b.spent[s.ID]; ok {
		return e.reason
	}
	if len(b.spent)+len(b.kept) >= b.sweep {
		b.forget(now)
	}
	b.spent[s.ID] = end{wire.SessionUsed, s.Expires}
	delete(b.kept, s.ID)
	return nil
}

// Restore takes Spend back, for a state that travels whole.
func (b *Box) Restore(s State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.spent, s.ID)
}

// forget drops what has expired: Open refuses that by its date.
func (b *Box) forget(now time.Time) {
	for id, e := range b.spent {
		if !now.Before(e.expires) {
			delete(b.spent, id)
		}
	}
	for id, s := range b.kept {
		if !now.Before(s.Expires) {
			delete(b.kept, id)
		}
	}
	b.sweep = max(leastSweep, 2*(len(b.spent)+len(b.kept)))
}

// Expire ends a state before its time.
func (b *Box) Expire(form Form, text string, now time.Time) {
	s, err := b.Open(form, text, now)
	if err != nil {
		return // it cannot be used as it is
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent[s.ID] = end{wire.SessionExpired, s.Expires}
	delete(b.kept, s.ID)
}

// Kill makes a spent state invalid altogether, which is what becomes of a
// session in which a trigger failed.
func (b *Box) Kill(s State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent[s.ID] = end{wire.SessionInvalid, s.Expires}
}
