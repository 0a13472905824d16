package challenge_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/challenge"
)

// views is the public view of each good challenge. Front ends read it, so a
// change here that is not an addition breaks them.
var views = map[string]string{
	"totp_code":           `{"type":"totp_code","name":"SOFTWARE_TOKEN_MFA","expires":"2030-01-02T03:04:05Z","deviceName":"Ann's phone"}`,
	"sms_code":            `{"type":"sms_code","name":"SMS_MFA","expires":"2030-01-02T03:04:05Z","medium":"SMS","destination":"+*******1234"}`,
	"email_code":          `{"type":"email_code","name":"EMAIL_OTP","expires":"2030-01-02T03:04:05Z","medium":"EMAIL","destination":"t***@e***"}`,
	"select_mfa":          `{"type":"select_mfa","name":"SELECT_MFA_TYPE","expires":"2030-01-02T03:04:05Z","options":["SMS_MFA","SOFTWARE_TOKEN_MFA","EMAIL_OTP"]}`,
	"set_up_mfa":          `{"type":"set_up_mfa","name":"MFA_SETUP","expires":"2030-01-02T03:04:05Z","options":["SOFTWARE_TOKEN_MFA","EMAIL_OTP"]}`,
	"set_up_totp":         `{"type":"set_up_totp","name":"MFA_SETUP","expires":"2030-01-02T03:04:05Z"}`,
	"set_up_email":        `{"type":"set_up_email","name":"MFA_SETUP","expires":"2030-01-02T03:04:05Z"}`,
	"new_password":        `{"type":"new_password","name":"NEW_PASSWORD_REQUIRED","expires":"2030-01-02T03:04:05Z","requiredAttributes":["given_name","custom:team"]}`,
	"select_first_factor": `{"type":"select_first_factor","name":"SELECT_CHALLENGE","expires":"2030-01-02T03:04:05Z","options":["PASSWORD_SRP","PASSWORD","EMAIL_OTP","WEB_AUTHN"]}`,
	"password":            `{"type":"password","name":"PASSWORD_SRP","expires":"2030-01-02T03:04:05Z"}`,
	"passkey":             `{"type":"passkey","name":"WEB_AUTHN","expires":"2030-01-02T03:04:05Z","credentialRequest":` + credentialRequest + `}`,
	// Whoever makes the proof needs these four, and none that may come.
	"password_verifier": `{"type":"password_verifier","name":"PASSWORD_VERIFIER","expires":"2030-01-02T03:04:05Z","parameters":{"SALT":"f1e2","SECRET_BLOCK":"c2VjcmV0","SRP_B":"abcdef","USER_ID_FOR_SRP":"ann"}}`,
	"custom":            `{"type":"custom","name":"CUSTOM_CHALLENGE","expires":"2030-01-02T03:04:05Z","parameters":{"question":"What is blue?"}}`,
	"unknown":           `{"type":"unknown","name":"TOMORROW","expires":"2030-01-02T03:04:05Z"}`,
}

func TestPublicView(t *testing.T) {
	t.Parallel()
	every(t, func(t *testing.T, kind string, c challenge.Challenge) {
		got, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != views[kind] {
			t.Errorf("view\n%s, want\n%s", got, views[kind])
		}
		for _, hidden := range []string{canary, secret, "a hint"} {
			if strings.Contains(string(got), hidden) {
				t.Errorf("the view shows %q", hidden)
			}
		}
	})
}

// Fields that have nothing to say are left out, and nothing takes their place.
func TestSparseViews(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ kind, want string }{
		"no device name": {"totp_code", `{"type":"totp_code","name":"SOFTWARE_TOKEN_MFA","expires":"2030-01-02T03:04:05Z"}`},
		"no delivery":    {"sms_code", `{"type":"sms_code","name":"SMS_MFA","expires":"2030-01-02T03:04:05Z"}`},
		"none required":  {"new_password", `{"type":"new_password","name":"NEW_PASSWORD_REQUIRED","expires":"2030-01-02T03:04:05Z"}`},
		"no parameters":  {"custom", `{"type":"custom","name":"CUSTOM_CHALLENGE","expires":"2030-01-02T03:04:05Z"}`},
	}
	for name, tt := range tests {
		s := goodStep(tt.kind)
		s.Parameters = nil
		if got, err := json.Marshal(askStep[challenge.Challenge](t, s)); err != nil || string(got) != tt.want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

// The package comment lists the fields and calls them stable; this keeps the
// list complete.
func TestPackageCommentListsTheFields(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, fields, found := strings.Cut(string(doc), "with the fields\n")
	fields, _, _ = strings.Cut(fields, "These fields are stable")
	if !found || fields == "" {
		t.Fatal("the package comment has no list of fields")
	}
	words := make(map[string]bool)
	for _, w := range strings.FieldsFunc(fields, func(r rune) bool { return strings.ContainsRune(" \t\n,/", r) }) {
		words[w] = true
	}
	for kind, view := range views {
		var v map[string]any
		if err := json.Unmarshal([]byte(view), &v); err != nil {
			t.Fatal(err)
		}
		for field := range v {
			if !words[field] {
				t.Errorf("%s: the package comment does not list %q", kind, field)
			}
			if field != "type" && field != "name" && field != "expires" && !words[kind] {
				t.Errorf("the package comment does not say which fields %q has", kind)
			}
		}
	}
}

// JSON makes no challenge and changes none: only package auth makes them.
func TestViewCannotBeReadBack(t *testing.T) {
	t.Parallel()
	every(t, func(t *testing.T, kind string, c challenge.Challenge) {
		before := describe(t, c)
		// Whether it is an error does not matter: it must have no effect.
		_ = json.Unmarshal([]byte(`{"type":"custom","name":"FORGED","Name":"FORGED","asked":{},"step":{},"options":["X"],"parameters":{"a":"b"}}`), c)
		if diff := cmp.Diff(before, describe(t, c)); diff != "" {
			t.Errorf("JSON changed the challenge (-before +after):\n%s", diff)
		}
	})
	var a challenge.Answer
	//lint:ignore SA9005 that nothing can be unmarshalled into it is what is tested
	if err := json.Unmarshal([]byte(`"answer(SMS_MFA)"`), &a); err == nil {
		t.Error("an answer was made of JSON")
	}
}
