package challenge_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

const browser = "browser-session-id"

var arrived = expires.Add(-3 * time.Minute)

func newKey() (key [32]byte) {
	rand.Read(key[:])
	return key
}

func newSealer(t testing.TB, keys ...[32]byte) *challenge.Sealer {
	t.Helper()
	s, err := challenge.NewSealer(keys...)
	if err != nil {
		t.Fatal(err)
	}
	s.Now = func() time.Time { return arrived }
	return s
}

// sealedStep has a session as long as Cognito's are.
func sealedStep(kind string) wire.Step {
	s := goodStep(kind)
	raw := make([]byte, 1200)
	rand.Read(raw)
	s.Session = base64.RawURLEncoding.EncodeToString(raw)
	s.Arrived = arrived
	return s
}

func seal(t testing.TB, s *challenge.Sealer, c challenge.Challenge, bind string) string {
	t.Helper()
	token, err := s.Seal(c, bind)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	s := newSealer(t, newKey())
	for _, kind := range kinds {
		step := sealedStep(kind)
		c := askStep[challenge.Challenge](t, step)
		token := seal(t, s, c, browser)
		if again := seal(t, s, c, browser); again == token {
			t.Errorf("%s: sealed twice to the same token", kind)
		}
		for _, leak := range []string{step.Session[:40], username, "client-id", secret, "Cognito", c.Name()} {
			if raw, _ := base64.RawURLEncoding.DecodeString(token); strings.Contains(token, leak) || strings.Contains(string(raw), leak) {
				t.Errorf("%s: the token shows %q", kind, leak)
			}
		}
		opened, err := s.Open(token, browser)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if got, want := fmt.Sprintf("%T", opened), fmt.Sprintf("%T", c); got != want {
			t.Errorf("%s: opened as %s, sealed as %s", kind, got, want)
		}
		want, _ := json.Marshal(c)
		if got, _ := json.Marshal(opened); string(got) != string(want) {
			t.Errorf("%s: opened as %s, sealed as %s", kind, got, want)
		}
	}
}

// An opened challenge answers as the sealed one would have.
func TestOpenedChallengeAnswers(t *testing.T) {
	t.Parallel()
	s := newSealer(t, newKey())
	step := sealedStep("totp_code")
	opened, err := s.Open(seal(t, s, askStep[challenge.Challenge](t, step), browser), browser)
	if err != nil {
		t.Fatal(err)
	}
	reply := wire.ReadAnswer(opened.(challenge.Code).Answer("123456"))
	if diff := cmp.Diff(step, reply.Step); diff != "" {
		t.Errorf("the step changed (-want +got):\n%s", diff)
	}
	if reply.Refused != nil || reply.Responses[wire.KeySoftwareTokenCode] != "123456" {
		t.Errorf("the answer is %+v", reply)
	}
}

// The sizes that the documentation states, with a session of 1,600 characters.
func TestTokenSizes(t *testing.T) {
	t.Parallel()
	const code, cookie = 2600, 4000
	s := newSealer(t, newKey())
	for _, kind := range kinds {
		n := len(seal(t, s, askStep[challenge.Challenge](t, sealedStep(kind)), browser))
		t.Logf("%-14s %d", kind, n)
		limit := cookie
		if strings.HasSuffix(kind, "_code") {
			limit = code
		}
		if n >= limit {
			t.Errorf("%s: %d characters, want under %d", kind, n, limit)
		}
	}
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	old, current := newKey(), newKey()
	c := askStep[challenge.Challenge](t, sealedStep("sms_code"))
	before, during, after := newSealer(t, old), newSealer(t, current, old), newSealer(t, current)
	for name, tt := range map[string]struct {
		by, opener *challenge.Sealer
		ok         bool
	}{
		"old token, both keys":    {before, during, true},
		"old token, key is gone":  {before, after, false},
		"new token, both keys":    {during, during, true},
		"new token, old key left": {during, before, false},
		"new token, new key":      {during, after, true},
	} {
		got, err := tt.opener.Open(seal(t, tt.by, c, browser), browser)
		if tt.ok != (err == nil) || tt.ok != (got != nil) || !tt.ok && err != challenge.ErrOpen {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// Whatever is wrong with a token, the error is the same.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	key := newKey()
	s := newSealer(t, key)
	step := sealedStep("email_code")
	good := seal(t, s, askStep[challenge.Challenge](t, step), browser)
	raw, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	flip := func(i int) string {
		b := append([]byte(nil), raw...)
		b[i] ^= 1
		return encode(b)
	}
	// Sealed under the same key for another purpose.
	block, err := aes.NewCipher(key[:])
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	foreign := func(plain string) string {
		return encode(append([]byte{1}, aead.Seal(nil, nil, []byte(plain), []byte(browser))...))
	}
	late := sealedStep("email_code")
	late.Arrived = arrived.Add(-15*time.Minute - time.Second)
	tokens := map[string]struct{ token, bind string }{
		"another browser":      {good, "another"},
		"no browser":           {good, ""},
		"empty":                {"", browser},
		"one byte":             {"AQ", browser},
		"no base64":            {good[:len(good)-1] + "!", browser},
		"padded":               {good + "=", browser},
		"line break":           {good[:10] + "\n" + good[10:], browser},
		"truncated":            {good[:len(good)-4], browser},
		"header only":          {encode(raw[:13]), browser},
		"extended":             {good + "AAAA", browser},
		"version changed":      {flip(0), browser},
		"nonce changed":        {flip(1), browser},
		"text changed":         {flip(40), browser},
		"tag changed":          {flip(len(raw) - 1), browser},
		"for another purpose":  {foreign("x"), browser},
		"a megabyte and more":  {strings.Repeat("A", 2<<20), browser},
		"older than 15 min":    {seal(t, s, askStep[challenge.Challenge](t, late), browser), browser},
		"sealed with its text": {foreign(string(raw)), browser},
	}
	for name, tt := range tokens {
		if c, err := s.Open(tt.token, tt.bind); c != nil || err != challenge.ErrOpen {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
	// Not yet too old, to the second.
	late.Arrived = arrived.Add(-15 * time.Minute)
	if _, err := s.Open(seal(t, s, askStep[challenge.Challenge](t, late), browser), browser); err != nil {
		t.Errorf("at 15 minutes: %v", err)
	}
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	s := newSealer(t, newKey())
	large := goodStep("custom")
	large.Parameters["a"] = strings.Repeat("x", 1<<20-1000)
	for name, tt := range map[string]struct {
		s *challenge.Sealer
		c challenge.Challenge
	}{
		"nil":         {s, nil},
		"zero":        {s, new(challenge.SMSCode)},
		"zero Sealer": {new(challenge.Sealer), ask[challenge.Challenge](t, "sms_code")},
	} {
		if token, err := tt.s.Seal(tt.c, browser); token != "" || err == nil || errors.Is(err, challenge.ErrOpen) {
			t.Errorf("%s: %q, %v", name, token, err)
		}
	}
	if c, err := new(challenge.Sealer).Open("AQ", browser); c != nil || err != challenge.ErrOpen {
		t.Errorf("a zero Sealer opens: %v, %v", c, err)
	}
	if _, err := challenge.NewSealer(); err == nil {
		t.Error("a Sealer without keys")
	}
	if _, err := challenge.NewSealer(newKey(), [32]byte{}); err == nil {
		t.Error("a Sealer with a key that is all zero")
	}
}

func TestSealerDoesNotPrint(t *testing.T) {
	t.Parallel()
	var key [32]byte
	copy(key[:], "canary-key-canary-key-canary-key")
	s, err := challenge.NewSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	redacttest.Check(t, s, "canary-key")
	redacttest.Check(t, *s, "canary-key")
}

func FuzzOpen(f *testing.F) {
	var key [32]byte
	key[0] = 1
	s := newSealer(f, key)
	seeds := 0
	for _, kind := range kinds {
		step := goodStep(kind)
		step.Arrived = arrived
		c, err := parse(step)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seal(f, s, c, browser), browser)
		seeds++
	}
	if seeds != len(good) {
		f.Fatal("the seeds are gone")
	}
	f.Add("", "")
	f.Fuzz(func(t *testing.T, token, bind string) {
		c, err := s.Open(token, bind)
		if (c == nil) != (err == challenge.ErrOpen) {
			t.Fatalf("%v, %v", c, err)
		}
		// Only what this fuzz target sealed itself opens.
		if c != nil && bind != browser {
			t.Fatalf("opened with bind %q", bind)
		}
	})
}

func BenchmarkSealAndOpen(b *testing.B) {
	s := newSealer(b, newKey())
	c := askStep[challenge.Challenge](b, sealedStep("totp_code"))
	b.ReportAllocs()
	for b.Loop() {
		token, err := s.Seal(c, browser)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Open(token, browser); err != nil {
			b.Fatal(err)
		}
	}
}
