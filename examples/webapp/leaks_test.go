package main

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/redact/leaktest"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// Every world of these tests has a listener: between the site and the pool, where
// it learns the secrets, and in front of the site, where it hears each reply. So
// there is no test of its own that walks through the pages; all do.

// displayed are the secrets that pages are for, and where.
var displayed = map[string][]string{
	"SecretCode":                 {"GET /challenge", "GET /account/totp"}, // of an authenticator that is set up
	"auth_url":                   {"GET /challenge"},                      // a link to another site, for this browser alone,
	"state":                      {"GET /challenge"},                      // which has these two in it
	"private nonce":              {"GET /challenge"},
	"CREDENTIAL_REQUEST_OPTIONS": {"GET /challenge"},
}

// listen returns a listener that fails the test if a secret got out. The pages may
// show those that are named.
func listen(t *testing.T, mayShow ...string) *leaktest.Listener {
	t.Helper()
	ear := new(leaktest.Listener)
	ear.Learn("sealing key", string(sharedKey[:]))
	derived, err := hkdf.Key(sha256.New, sharedKey[:], nil, "webapp cookies", 32)
	if err != nil {
		t.Fatal(err)
	}
	ear.Learn("cookie key", string(derived))
	t.Cleanup(func() { // after all servers are closed, since this was the first
		for _, leak := range leaks(ear, mayShow...) {
			t.Error(leak)
		}
		if secrets, outputs := ear.Counts(); secrets <= 3 || outputs == 0 {
			t.Errorf("it learnt %d secrets and heard %d outputs", secrets, outputs)
		}
	})
	return ear
}

func leaks(ear *leaktest.Listener, mayShow ...string) []string {
	return ear.Leaks(func(name, where string) bool {
		return slices.Contains(displayed[name], where) || slices.Contains(mayShow, name) && where != "log"
	})
}

// logger logs to the listener.
func logger(ear *leaktest.Listener) *slog.Logger {
	return slog.New(slog.NewTextHandler(ear.Writer("log"), &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "duration" { // whose digits may be a code's
				return slog.Attr{}
			}
			return a
		},
	}))
}

// learnsDevice learns the password of the browser, which no request carries.
func (v *visitor) learnsDevice() {
	v.t.Helper()
	s, err := challenge.NewSealer(sharedKey)
	if err != nil {
		v.t.Fatal(err)
	}
	s.Now = v.world.pool.Clock().Now
	_, sealed, _ := strings.Cut(v.cookie(deviceCookie).Value, ".")
	opened, err := wire.OpenDevice(s, sealed, wire.Binding{
		PoolID: v.world.pool.ID(), ClientID: v.world.pool.Client().ID, Value: v.cookie(browserCookie).Value,
	})
	if err != nil || opened.Password == "" {
		v.t.Fatalf("the device cannot be opened: %v", err)
	}
	v.world.ear.Learn("device password", opened.Password)
}

// learnPrivate learns what a trigger has for itself and its kind: nonces, tickets
// of codes, marks.
func (w world) learnPrivate(answer []byte) {
	var event struct {
		Response struct {
			Private  map[string]string `json:"privateChallengeParameters"`
			Metadata string            `json:"challengeMetadata"`
		}
	}
	if json.Unmarshal(answer, &event) != nil {
		return // the pool says what is wrong with it
	}
	w.ear.Learn("challengeMetadata", event.Response.Metadata)
	for _, name := range []string{"nonce", "pkce_verifier", "cognitomfa"} {
		w.ear.Learn("private "+name, event.Response.Private[name])
	}
}

// What the tests would miss, they would have to miss here: a site that lets out
// what it was sent, and what it learnt from the pool, in one form after another.
func TestListenerHearsTheSite(t *testing.T) {
	t.Parallel()
	for form, leak := range map[string]func(w http.ResponseWriter, ear *leaktest.Listener, secret string){
		"a page": func(w http.ResponseWriter, _ *leaktest.Listener, secret string) {
			io.WriteString(w, "<!-- "+html.EscapeString(secret)+" -->")
		},
		"a cookie": func(w http.ResponseWriter, _ *leaktest.Listener, secret string) {
			http.SetCookie(w, &http.Cookie{Name: "kept", Value: base64.RawURLEncoding.EncodeToString([]byte(`{"kept":"` + secret + `"}`))})
		},
		"a header": func(w http.ResponseWriter, _ *leaktest.Listener, secret string) {
			w.Header().Add("X-Debug", hex.EncodeToString([]byte(secret)))
		},
		"a redirect": func(w http.ResponseWriter, _ *leaktest.Listener, secret string) {
			w.Header().Add("X-Next", "/?error="+url.QueryEscape(secret))
		},
		"the log": func(_ http.ResponseWriter, ear *leaktest.Listener, secret string) {
			logger(ear).Debug("form", "values", url.Values{"secret": {secret}})
		},
	} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			ear, front := new(leaktest.Listener), newFront()
			var at *site
			var typed string
			front.leaky = func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					body, err := io.ReadAll(r.Body)
					if err != nil {
						t.Error(err)
					}
					r.Body = io.NopCloser(bytes.NewReader(body))
					if sent, err := url.ParseQuery(string(body)); err == nil && sent.Has("password") {
						typed = sent.Get("password")
					}
					return
				}
				if in, err := at.opened(r); err == nil {
					leak(w, ear, typed)
					leak(w, ear, in.Refresh())
				}
			}
			w := startWorld(t, ear, front, cognitotest.Config{}, 1, func(_ *options, s *site) { at = s })
			w.addUser(cognitotest.User{Username: username, Password: password})
			v := w.visitor(t)
			v.signsIn()
			v.is("/account", "Your account")
			got := strings.Join(leaks(ear), "\n")
			if !strings.Contains(got, "password at ") || !strings.Contains(got, "RefreshToken at ") {
				t.Errorf("heard %q", got)
			}
		})
	}
}
