package challenge

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// A Sealer turns challenges into opaque tokens and back, so that a sign-in can
// wait in a cookie, in a queue or in a database, and go on in another process
// on another machine. It is the only way to store a challenge: nobody keeps one
// in plain text by accident.
//
// A token is encrypted and authenticated (AES-256-GCM). It tells its holder
// nothing but its length, and can be opened only with a key of the Sealer and
// with the value that it was bound to. Who has both can answer the challenge,
// so a token belongs to one browser or one machine, like a session cookie; bind
// it to that.
//
// Opening a token does not spend it. Cognito's sessions are spent by being
// answered; that is what keeps a copied token from being of use twice.
//
// It seals remembered devices and the tokens of signed-in users too, for cookies
// that outlive the sign-in: see SealDevice and SealTokens of auth.Client. None of
// the three opens as another.
//
// The form of tokens may change between releases of this module: an upgrade
// may cost those who are in the middle of a sign-in a new start, those who have
// a remembered device a second factor, and no more.
type Sealer struct {
	// Now is the clock. Default: time.Now. It must not be changed while the
	// Sealer is in use.
	Now func() time.Time

	// DeviceValidity is for how long a device opens after it was sealed; sealed
	// anew at each sign-in, it is for how long the device may be out of use.
	// Cognito itself remembers a device until somebody has it forgotten.
	// Default: 30 days. It must not be changed while the Sealer is in use.
	DeviceValidity time.Duration

	ciphers redact.Box[[]cipher.AEAD]
}

// ErrOpen is the error of [Sealer.Open], whatever the reason: a token that is
// older than 15 minutes, of another browser, under a key that is gone, damaged
// or made up. The sign-in has to start over.
var ErrOpen = errors.New("challenge: the token cannot be opened: start over")

// maxTokenAge is the longest that Cognito keeps a session: the upper bound of
// AuthSessionValidity in the API reference of CreateUserPoolClient.
const maxTokenAge = 15 * time.Minute

// maxToken bounds what Open looks at. The largest challenge that parse lets
// through is larger, and Seal refuses it: no cookie or URL holds so much.
const maxToken = 1 << 20

// tokenVersion is the first byte of a token, and part of what is authenticated.
const tokenVersion = 1

// NewSealer returns a Sealer. The first key seals, all keys open: to rotate, put
// a new key first and drop the old one 15 minutes later, or DeviceValidity later
// if it has sealed devices. Keys are 32 random
// bytes, as crypto/rand.Read gives them. One key must not seal more than 2^32
// challenges, since the nonces are random. The error tells that there is no
// key, or one that is all zero.
func NewSealer(keys ...[32]byte) (*Sealer, error) {
	if len(keys) == 0 {
		return nil, errors.New("challenge: a Sealer needs a key")
	}
	ciphers := make([]cipher.AEAD, len(keys))
	for i, key := range keys {
		if key == ([32]byte{}) {
			return nil, errors.New("challenge: a key of the Sealer is all zero")
		}
		block, err := aes.NewCipher(key[:])
		if err != nil {
			return nil, fmt.Errorf("challenge: %w", err)
		}
		if ciphers[i], err = cipher.NewGCMWithRandomNonce(block); err != nil {
			return nil, fmt.Errorf("challenge: %w", err)
		}
	}
	return &Sealer{ciphers: redact.New(ciphers)}, nil
}

// Seal makes a token of a challenge: URL-safe base64 text, of some 1,900
// characters for a code challenge with a session of Cognito's usual 1,600. A
// cookie holds about 4,000; above that, split it or keep the token on the
// server. The token can be opened only together with the same bind, such as
// the id of the browser's session, which is authenticated and not stored. The
// error tells that c is nil or a zero value, that the Sealer is, or that the
// challenge is too large.
func (s *Sealer) Seal(c Challenge, bind string) (string, error) {
	if c == nil || c.Name() == "" {
		return "", errors.New("challenge: nothing to seal: only package auth makes challenges")
	}
	return s.seal(marshalStep(c.sealed()), boundTo(bind))
}

// seal makes a token that opens only with the same associated data.
func (s *Sealer) seal(plain, data []byte) (string, error) {
	ciphers := s.ciphers.Reveal()
	if len(ciphers) == 0 {
		return "", errNoSealer
	}
	token := append([]byte{tokenVersion}, ciphers[0].Seal(nil, nil, plain, data)...)
	if len(token) > maxToken {
		return "", errors.New("challenge: too large to seal")
	}
	return base64.RawURLEncoding.EncodeToString(token), nil
}

// Open makes the challenge of a token again. The error is [ErrOpen].
func (s *Sealer) Open(token, bind string) (Challenge, error) {
	plain, err := s.unseal(token, boundTo(bind))
	if err != nil {
		return nil, err
	}
	return s.reopen(plain)
}

// unseal undoes seal. The error is ErrOpen.
func (s *Sealer) unseal(token string, data []byte) ([]byte, error) {
	// The decoder skips line breaks, and a token has one form only.
	if len(token) > base64.RawURLEncoding.EncodedLen(maxToken) || strings.ContainsAny(token, "\r\n") {
		return nil, ErrOpen
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(sealed) == 0 || sealed[0] != tokenVersion {
		return nil, ErrOpen
	}
	for _, c := range s.ciphers.Reveal() {
		if plain, err := c.Open(nil, nil, sealed[1:], data); err == nil {
			return plain, nil
		}
	}
	return nil, ErrOpen
}

// reopen makes the challenge of what a token holds.
func (s *Sealer) reopen(plain []byte) (Challenge, error) {
	step, err := unmarshalStep(plain)
	if err != nil || s.now().Sub(step.Arrived) > maxTokenAge {
		return nil, ErrOpen
	}
	c, err := parse(step)
	if err != nil {
		return nil, ErrOpen
	}
	return c, nil
}

func (s *Sealer) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// boundTo is the data that is authenticated beside the challenge: the purpose of
// the key's use, so that nothing else sealed under the same key opens as a
// challenge, and the caller's value.
func boundTo(bind string) []byte {
	return []byte("cognitomfa challenge " + string(rune('0'+tokenVersion)) + "\x00" + bind)
}

const sealerText = "sealer"

// Format prints "sealer", for every verb.
func (s Sealer) Format(f fmt.State, _ rune) { io.WriteString(f, sealerText) }

// LogValue logs "sealer".
func (s Sealer) LogValue() slog.Value { return slog.StringValue(sealerText) }

// MarshalText makes encodings show "sealer".
func (s Sealer) MarshalText() ([]byte, error) { return []byte(sealerText), nil }
