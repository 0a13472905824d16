package websdk2

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Why [Keys.Verify] refuses a response. None of them says more about it.
var (
	// ErrMalformed: it is not two cookies of three fields each.
	ErrMalformed = errors.New("websdk2: the response is malformed")
	// ErrSignature: a part was not signed with these keys, or was changed.
	ErrSignature = errors.New("websdk2: the response was not signed with these keys")
	// ErrExpired: a part is out of date. Ask again.
	ErrExpired = errors.New("websdk2: the response has expired")
	// ErrForeign: its parts name different users, or another integration.
	ErrForeign = errors.New("websdk2: the parts of the response do not belong together")
)

// The prefixes of the cookies, and how long the two of a request live. Source:
// duo_python, DUO_EXPIRE and APP_EXPIRE.
const (
	prefixRequest     = "TX"
	prefixApplication = "APP"
	prefixResponse    = "AUTH"

	requestValidity     = 5 * time.Minute
	applicationValidity = time.Hour
)

// maxResponse is far above what two cookies of a Cognito username, which has 128
// characters, can take.
const maxResponse = 4096

// cookies are strict: other base64 of the same bytes is another text, and the
// signature is over the text.
var cookieBase64 = base64.StdEncoding.Strict()

// Sign makes the sig_request for a user, to be answered within five minutes of
// now. The error is [ErrUsername], or that of zero Keys.
//
// The result may be shown to the user's browser, where Duo's script reads it.
func (k Keys) Sign(username string, now time.Time) (string, error) {
	keys := k.keys.Reveal()
	if err := keys.check(); err != nil {
		return "", err
	}
	if !fieldOK(username) {
		return "", ErrUsername
	}
	return keys.sign(keys.secret, prefixRequest, username, now.Add(requestValidity)) + ":" +
		keys.sign(keys.application, prefixApplication, username, now.Add(applicationValidity)), nil
}

// sign makes one cookie.
func (k keys) sign(key, prefix, username string, expires time.Time) string {
	value := username + "|" + k.integration + "|" + strconv.FormatInt(expires.Unix(), 10)
	signed := prefix + "|" + cookieBase64.EncodeToString([]byte(value))
	return signed + "|" + mac(key, signed)
}

func mac(key, text string) string {
	h := hmac.New(sha1.New, []byte(key))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// Verify checks a sig_response and returns the user that Duo let in. The caller
// must still compare that with the user it asked for: a response of somebody
// else is a good response. The error is [ErrMalformed], [ErrSignature],
// [ErrExpired], [ErrForeign], or that of zero Keys.
//
// A response stays good until it expires; whoever must take it only once has to
// remember it.
func (k Keys) Verify(response string, now time.Time) (username string, err error) {
	keys := k.keys.Reveal()
	if err := keys.check(); err != nil {
		return "", err
	}
	duo, application, err := split(response)
	if err != nil {
		return "", err
	}
	username, err = keys.verify(keys.secret, prefixResponse, duo, now)
	if err != nil {
		return "", err
	}
	asked, err := keys.verify(keys.application, prefixApplication, application, now)
	if err != nil {
		return "", err
	}
	if !hmac.Equal([]byte(username), []byte(asked)) {
		return "", ErrForeign
	}
	return username, nil
}

// split parts the two cookies of a request or a response.
func split(signed string) (first, application string, err error) {
	first, application, found := strings.Cut(signed, ":")
	if !found || strings.Contains(application, ":") || len(signed) > maxResponse {
		return "", "", ErrMalformed
	}
	return first, application, nil
}

// verify checks one cookie and returns the user in it.
func (k keys) verify(key, prefix, cookie string, now time.Time) (username string, err error) {
	parts := strings.Split(cookie, "|")
	if len(parts) != 3 {
		return "", ErrMalformed
	}
	// The signature first: nothing of an unsigned text is worth reading.
	if !hmac.Equal([]byte(mac(key, parts[0]+"|"+parts[1])), []byte(parts[2])) {
		return "", ErrSignature
	}
	if parts[0] != prefix {
		return "", ErrMalformed
	}
	// The decoder skips line breaks even when it is strict.
	if strings.ContainsAny(parts[1], "\r\n") {
		return "", ErrMalformed
	}
	value, err := cookieBase64.DecodeString(parts[1])
	if err != nil {
		return "", ErrMalformed
	}
	fields := strings.Split(string(value), "|")
	if len(fields) != 3 || !fieldOK(fields[0]) {
		return "", ErrMalformed
	}
	expires, ok := parseSeconds(fields[2])
	switch {
	case !ok:
		return "", ErrMalformed
	case fields[1] != k.integration:
		return "", ErrForeign
	case now.Unix() >= expires:
		return "", ErrExpired
	}
	return fields[0], nil
}

// parseSeconds reads digits alone: ParseInt would take a sign, which Duo never
// writes.
func parseSeconds(s string) (int64, bool) {
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err == nil
}

// LegacyText returns the text that Duo's own SDKs return in place of a
// sig_request, for a front end that looks for "ERR|": of [ErrUsername],
// [ErrIntegrationKey], [ErrSecretKey] and [ErrApplicationKey] theirs, of any
// other error that of an unknown one, and "" of nil.
// Source: duo_python, ERR_USER and the following.
func LegacyText(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrUsername):
		return "ERR|The username passed to sign_request() is invalid."
	case errors.Is(err, ErrIntegrationKey):
		return "ERR|The Duo integration key passed to sign_request() is invalid."
	case errors.Is(err, ErrSecretKey):
		return "ERR|The Duo secret key passed to sign_request() is invalid."
	case errors.Is(err, ErrApplicationKey):
		return "ERR|The application secret key passed to sign_request() must be at least 40 characters."
	}
	return "ERR|An unknown error has occurred."
}
