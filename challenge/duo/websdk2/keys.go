package websdk2

import (
	"crypto/rand"
	"errors"
	"unicode/utf8"

	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// What NewKeys and [Keys.Sign] refuse.
var (
	// ErrUsername: it is empty, not UTF-8, or contains "|", which separates the
	// fields of a cookie. Source: duo_python's ERR_USER and ERR_USER_ENCODING.
	ErrUsername = errors.New("websdk2: the username is empty, is not UTF-8 or contains a vertical bar")
	// ErrIntegrationKey: it does not have 20 characters, or contains "|".
	ErrIntegrationKey = errors.New("websdk2: the integration key must have 20 characters: copy it from Duo's admin panel")
	// ErrSecretKey: it does not have 40 characters.
	ErrSecretKey = errors.New("websdk2: the secret key must have 40 characters: copy it from Duo's admin panel")
	// ErrApplicationKey: it is shorter than 40 characters, or equal to Duo's
	// secret key.
	ErrApplicationKey = errors.New("websdk2: the application key must have at least 40 characters and differ from the secret key: generate a random one")
)

// Keys are the three keys of an application. They do not print. The zero Keys
// are refused with [ErrIntegrationKey].
type Keys struct {
	keys redact.Box[keys]
}

type keys struct{ integration, secret, application string }

// The lengths that Duo gives its keys. Source: duo_python, IKEY_LEN, SKEY_LEN
// and AKEY_LEN.
const (
	integrationLen    = 20
	secretLen         = 40
	minApplicationLen = 40
)

// NewKeys takes Duo's integration key (20 characters) and secret key (40), and
// the application's own key (40 or more), which is made up once and never given
// to Duo: whoever has Duo's keys alone cannot forge a response. Keys are used as
// text; none is decoded. The error is [ErrIntegrationKey], [ErrSecretKey] or
// [ErrApplicationKey].
func NewKeys(integration, secret, application string) (Keys, error) {
	k := keys{integration, secret, application}
	if err := k.check(); err != nil {
		return Keys{}, err
	}
	return Keys{redact.New(k)}, nil
}

// decoy returns keys of the same application that sign nothing of value.
func (k Keys) decoy() Keys {
	keys := k.keys.Reveal()
	keys.secret = (rand.Text() + rand.Text())[:secretLen]
	keys.application = (rand.Text() + rand.Text())[:minApplicationLen]
	return Keys{redact.New(keys)}
}

func (k keys) check() error {
	switch {
	case len(k.integration) != integrationLen || !fieldOK(k.integration):
		return ErrIntegrationKey
	case len(k.secret) != secretLen:
		return ErrSecretKey
	case len(k.application) < minApplicationLen || k.application == k.secret:
		return ErrApplicationKey
	}
	return nil
}

// fieldOK reports whether a text can be a field of a cookie.
func fieldOK(s string) bool {
	for _, r := range s {
		if r == '|' {
			return false
		}
	}
	return s != "" && utf8.ValidString(s)
}
