package totp

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// ErrLabel means that an issuer or account cannot be written in the Key URI
// Format: it is empty, contains a colon or a control character, is not UTF-8,
// or is too long for a QR code. Both are only what the app displays, so pass
// something shorter or plainer, such as an e-mail address for the account.
var ErrLabel = errors.New("totp: the authenticator app cannot show this issuer or account; pass a plainer one")

// ErrNoEnrollment means that an [Enrollment] is the zero value. Make one with
// [Enroll].
var ErrNoEnrollment = errors.New("totp: the enrollment is empty; make one with Enroll")

// maxURI bounds the URI, in bytes. A QR code of the lowest correction level
// holds 2953; nothing near that can be scanned from a screen.
const maxURI = 2048

// An Enrollment is a secret in the forms in which an authenticator app takes it:
// to be typed ([Enrollment.Secret]), to be opened ([Enrollment.URI]) and to be
// scanned ([Enrollment.PNG], [Enrollment.Terminal]).
//
// It prints as a placeholder in fmt, slog and encoding/json. The zero
// Enrollment is empty.
type Enrollment struct {
	box redact.Box[details]
}

type details struct{ secret, uri string }

// Enroll prepares secret, the SecretCode of AssociateSoftwareToken, for an
// authenticator app, which will list it under issuer (the service) and account
// (the user). Surrounding spaces of both are dropped.
//
// Neither may contain a colon: the format puts one between them and forbids it
// inside, escaped or not, because apps decode the label before they split it.
// An issuer is required, since without one some apps let a second service's
// account of the same name overwrite the first.
//
// Errors: [ErrSecret], [ErrLabel]. Neither holds the secret.
func Enroll(secret, issuer, account string) (Enrollment, error) {
	secret, err := canonical(secret)
	if err != nil {
		return Enrollment{}, err
	}
	if issuer, err = label("issuer", issuer); err != nil {
		return Enrollment{}, err
	}
	if account, err = label("account", account); err != nil {
		return Enrollment{}, err
	}
	// Algorithm, digits and period are left out: Cognito's are the format's
	// defaults, some apps ignore them, and a shorter URI is a coarser QR code.
	uri := "otpauth://totp/" + issuer + ":" + account + "?secret=" + secret + "&issuer=" + issuer
	if len(uri) > maxURI {
		return Enrollment{}, fmt.Errorf("%w (together they are too long)", ErrLabel)
	}
	return Enrollment{redact.New(details{secret, uri})}, nil
}

// label checks and escapes one half of the label.
func label(name, s string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "", fmt.Errorf("%w (the %s is empty)", ErrLabel, name)
	case !utf8.ValidString(s):
		return "", fmt.Errorf("%w (the %s is not UTF-8)", ErrLabel, name)
	case strings.Contains(s, ":"):
		return "", fmt.Errorf("%w (the %s contains a colon)", ErrLabel, name)
	case strings.ContainsFunc(s, unicode.IsControl):
		return "", fmt.Errorf("%w (the %s contains a control character)", ErrLabel, name)
	}
	return escape(s), nil
}

// escape percent-encodes all but RFC 3986's unreserved characters, so that one
// form is right in the path and in the query. A space must not become "+", the
// query's other form: many apps show that plus.
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// Secret returns the secret for typing into an app: base32, upper case, without
// padding.
func (e Enrollment) Secret() string { return e.box.Reveal().secret }

// URI returns the enrolment in the Key URI Format,
//
//	otpauth://totp/ISSUER:ACCOUNT?secret=SECRET&issuer=ISSUER
//
// with everything but letters, digits and "-._~" percent-encoded, a space as
// %20. On a phone it is a link that opens the authenticator app.
func (e Enrollment) URI() string { return e.box.Reveal().uri }

// Format prints a placeholder for every verb of fmt.
func (e Enrollment) Format(f fmt.State, verb rune) { e.box.Format(f, verb) }

// LogValue logs a placeholder.
func (e Enrollment) LogValue() slog.Value { return e.box.LogValue() }

// MarshalText makes every text encoding, JSON among them, show a placeholder.
func (e Enrollment) MarshalText() ([]byte, error) { return e.box.MarshalText() }
