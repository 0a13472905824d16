package totp

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
)

// ErrSecret means that a secret is not one an authenticator app can use: not
// base32 (RFC 4648 section 6), shorter than 16 characters, which is the least
// Cognito's API page allows, or longer than 256. The error never holds the
// secret. Use the SecretCode of AssociateSoftwareToken as it came.
var ErrSecret = errors.New("totp: malformed secret; use the SecretCode exactly as Cognito sent it")

const (
	secretBytes = 32 // what Cognito hands out: 52 characters
	minSecret   = 16 // characters, from the API page
	maxSecret   = 256
)

// base32NoPadding is the form authenticator apps expect: some refuse "=".
var base32NoPadding = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret makes a secret of 256 random bits: 52 characters of base32, upper
// case, without padding, which is the form of Cognito's SecretCode. RFC 4226
// section 4 asks for at least 128 bits.
func NewSecret() string {
	var b [secretBytes]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base32NoPadding.EncodeToString(b[:])
}

// canonical returns secret in upper case without padding, or [ErrSecret].
//
// Either case and the padding are accepted because secrets are passed on by
// hand. The rest is checked here and not left to encoding/base32, which skips
// line ends and ignores a last character too many, so that different strings
// would be one secret.
func canonical(secret string) (string, error) {
	secret = strings.TrimRight(secret, "=")
	n := len(secret)
	if n < minSecret || n > maxSecret {
		return "", fmt.Errorf("%w (%d characters, not %d to %d)", ErrSecret, n, minSecret, maxSecret)
	}
	b := []byte(secret)
	for i, c := range b {
		switch {
		case 'a' <= c && c <= 'z':
			b[i] = c - 'a' + 'A'
		case 'A' <= c && c <= 'Z', '2' <= c && c <= '7':
		default:
			return "", fmt.Errorf("%w (character %d is not base32)", ErrSecret, i+1)
		}
	}
	// Five bytes make eight characters; one to four bytes make 2, 4, 5 or 7.
	if r := n % 8; r == 1 || r == 3 || r == 6 {
		return "", fmt.Errorf("%w (base32 is never %d characters long)", ErrSecret, n)
	}
	return string(b), nil
}
