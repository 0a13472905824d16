package totp_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pquerna/otp"

	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
	"github.com/cognitomfa/cognitomfa/totp"
)

// labels are issuers and accounts that something on the way to an authenticator
// app is known to damage.
var labels = []string{
	"Example", "Example Ltd", "a+b", "a&b=c", "50%", "%41", "a/b", "/", "..", "a?b#c", "#", "\\", `"<>"`, "'",
	"alice@example.com", "+49 170 1234567", "d1f0c0de-0000-4000-8000-00000000beef", "Müller & Söhne", "東京",
	"🔐", "a;b,c", "secret=x&issuer=y", "~-._", "%", "%zz", "é", "\u200b",
}

func TestEnrollURI(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ issuer, account, label, param string }{
		{"Example", "alice", "Example:alice", "Example"},
		{"Example Ltd", "alice@example.com", "Example%20Ltd:alice%40example.com", "Example%20Ltd"},
		{" Example\t", "\nalice ", "Example:alice", "Example"},
		{"a+b&c", "50%/d", "a%2Bb%26c:50%25%2Fd", "a%2Bb%26c"},
		{"Ä", "東", "%C3%84:%E6%9D%B1", "%C3%84"},
		{"~-._", "a?b#c=d", "~-._:a%3Fb%23c%3Dd", "~-._"},
	} {
		e, err := totp.Enroll(strings.ToLower(rfcSecret), tc.issuer, tc.account)
		want := "otpauth://totp/" + tc.label + "?secret=" + rfcSecret + "&issuer=" + tc.param
		if err != nil || e.URI() != want || e.Secret() != rfcSecret {
			t.Errorf("Enroll(%q, %q)\n got %s, %v\nwant %s", tc.issuer, tc.account, e.URI(), err, want)
		}
	}
}

// roundTrip reads the URI back by two parsers that apps use in kind: one that
// decodes the label and splits it at the first colon, and one that splits first.
func roundTrip(t *testing.T, e totp.Enrollment, secret, issuer, account string) {
	t.Helper()
	key, err := otp.NewKeyFromURL(e.URI())
	if err != nil {
		t.Fatalf("%q, %q: the URI does not parse", issuer, account)
	}
	if key.Type() != "totp" || key.Issuer() != issuer || key.AccountName() != account || key.Secret() != secret {
		t.Errorf("%q, %q came back as %q, %q", issuer, account, key.Issuer(), key.AccountName())
	}
	if key.Digits() != totp.Digits || key.Period() != uint64(totp.Period.Seconds()) || key.Algorithm() != otp.AlgorithmSHA1 {
		t.Errorf("%q, %q: not six digits in 30 seconds by SHA-1", issuer, account)
	}
	label, query, _ := strings.Cut(strings.TrimPrefix(e.URI(), "otpauth://totp/"), "?")
	first, second, _ := strings.Cut(label, ":")
	for raw, want := range map[string]string{first: issuer, second: account} {
		if got, err := url.PathUnescape(raw); err != nil || got != want {
			t.Errorf("%q is read as %q, %v, want %q", raw, got, err, want)
		}
	}
	if strings.ContainsAny(label+query, "+ ") {
		t.Errorf("%q, %q: a space or plus is left in the URI", issuer, account)
	}
}

func TestEnrollRoundTrip(t *testing.T) {
	t.Parallel()
	for _, issuer := range labels {
		for _, account := range labels {
			e, err := totp.Enroll(rfcSecret, issuer, account)
			if err != nil {
				t.Errorf("Enroll(%q, %q): %v", issuer, account, err)
				continue
			}
			roundTrip(t, e, rfcSecret, issuer, account)
		}
	}
}

func TestEnrollRefusesLabels(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]string{
		"empty": "", "only spaces": " \t ", "a colon": "a:b", "control character": "a\nb", "NUL": "a\x00b",
		"not UTF-8": "a\xffb", "too long": strings.Repeat("x", 2000), "too long escaped": strings.Repeat("東", 300),
	} {
		_, asIssuer := totp.Enroll(rfcSecret, bad, "alice")
		_, asAccount := totp.Enroll(rfcSecret, "Example", bad)
		for _, err := range []error{asIssuer, asAccount} {
			if !errors.Is(err, totp.ErrLabel) || strings.Contains(err.Error(), rfcSecret) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// The longest username Cognito allows, 128 characters, can be enrolled.
func TestEnrollLongestUsername(t *testing.T) {
	t.Parallel()
	account := strings.Repeat("東", 128)
	e, err := totp.Enroll(totp.NewSecret(), "Example", account)
	if err != nil {
		t.Fatal(err)
	}
	roundTrip(t, e, e.Secret(), "Example", account)
	if _, err := e.PNG(512); err != nil {
		t.Error(err)
	}
}

func TestEnrollmentNeverPrints(t *testing.T) {
	t.Parallel()
	e, err := totp.Enroll(rfcSecret, "Example", "alice")
	if err != nil {
		t.Fatal(err)
	}
	redacttest.Check(t, e, e.Secret())
	redacttest.Check(t, e, e.URI())
	text, err := json.Marshal(e)
	if err != nil || string(text) != `"[redacted]"` {
		t.Errorf("JSON is %s, %v", text, err)
	}
}

func TestZeroEnrollment(t *testing.T) {
	t.Parallel()
	var e totp.Enrollment
	if e.Secret() != "" || e.URI() != "" {
		t.Error("the zero Enrollment is not empty")
	}
	_, pngErr := e.PNG(320)
	_, termErr := e.Terminal()
	if !errors.Is(pngErr, totp.ErrNoEnrollment) || !errors.Is(termErr, totp.ErrNoEnrollment) {
		t.Errorf("PNG: %v, Terminal: %v", pngErr, termErr)
	}
}

func FuzzEnroll(f *testing.F) {
	if len(labels) == 0 || len(secretDeviations) == 0 {
		f.Fatal("no seeds")
	}
	for i, l := range labels {
		f.Add(rfcSecret, l, labels[len(labels)-1-i])
	}
	for _, tc := range secretDeviations {
		f.Add(tc.secret, "Example", "alice")
	}
	f.Add(rfcSecret, "a:b", "c\nd")
	f.Fuzz(func(t *testing.T, secret, issuer, account string) {
		e, err := totp.Enroll(secret, issuer, account)
		if err != nil {
			if e != (totp.Enrollment{}) || !errors.Is(err, totp.ErrSecret) && !errors.Is(err, totp.ErrLabel) {
				t.Errorf("refused with %v and a value", err)
			}
			return
		}
		if !utf8.ValidString(issuer + account) {
			t.Error("accepted what is not UTF-8")
		}
		want := strings.ToUpper(strings.TrimRight(secret, "="))
		if e.Secret() != want {
			t.Error("the secret has changed")
		}
		roundTrip(t, e, want, strings.TrimSpace(issuer), strings.TrimSpace(account))
		if _, err := e.Terminal(); err != nil {
			t.Errorf("no QR code: %v", err)
		}
	})
}
