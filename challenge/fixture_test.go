package challenge_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// What must not come out of a challenge or an answer, in whatever form it is
// printed. Each has canary in it, so that one search finds all but the secret,
// which is in capitals.
const (
	canary   = "canary"
	session  = "AYABe-session-canary"
	username = "username-canary-4711"
	email    = "attribute-canary@example.com"
	password = "Password-canary-1"
	secret   = "CANARYCANARYCANARYCANARYCANARY22" // base32
)

var expires = time.Date(2030, time.January, 2, 3, 4, 5, 0, time.UTC)

// good has a well-formed step for each type of challenge, by the type's name in
// the public view. Tests deviate from a copy: see goodStep.
var good = map[string]wire.Step{
	"totp_code":    {Name: wire.SoftwareTokenMFA, Parameters: map[string]string{"USER_ID_FOR_SRP": username, "FRIENDLY_DEVICE_NAME": "Ann's phone"}},
	"sms_code":     {Name: wire.SMSMFA, Parameters: delivered("SMS", "+*******1234")},
	"email_code":   {Name: wire.EmailOTP, Parameters: delivered("EMAIL", "t***@e***")},
	"select_mfa":   {Name: wire.SelectMFAType, Parameters: map[string]string{"USER_ID_FOR_SRP": username, "MFAS_CAN_CHOOSE": `["SMS_MFA","SOFTWARE_TOKEN_MFA","EMAIL_OTP"]`}},
	"set_up_mfa":   {Name: wire.MFASetup, Parameters: map[string]string{"USER_ID_FOR_SRP": username, "MFAS_CAN_SETUP": `["SMS_MFA","SOFTWARE_TOKEN_MFA","EMAIL_OTP"]`}},
	"set_up_totp":  {Name: wire.MFASetup, Chosen: wire.SoftwareTokenMFA, SecretCode: secret},
	"set_up_email": {Name: wire.MFASetup, Chosen: wire.EmailOTP},
	"new_password": {Name: wire.NewPasswordRequired, Parameters: map[string]string{
		"USER_ID_FOR_SRP":    username,
		"requiredAttributes": `["userAttributes.given_name","userAttributes.custom:team"]`,
		"userAttributes":     `{"email":"` + email + `","email_verified":"true"}`,
	}},
	"select_first_factor": {Name: wire.SelectChallenge, Available: []string{"PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "WEB_AUTHN"}},
	"password":            {Name: wire.SelectChallenge, Chosen: wire.PasswordSRP, Available: []string{"PASSWORD_SRP", "PASSWORD"}},
	"passkey":             {Name: wire.WebAuthn, Parameters: map[string]string{"CREDENTIAL_REQUEST_OPTIONS": credentialRequest}},
	"password_verifier": {Name: wire.PasswordVerifier, Parameters: map[string]string{
		"USERNAME": username, "USER_ID_FOR_SRP": "ann", "SALT": "f1e2", "SRP_B": "abcdef", "SECRET_BLOCK": "c2VjcmV0", "TOMORROW": "a hint",
	}},
	"custom":  {Name: wire.CustomChallenge, Parameters: map[string]string{"USERNAME": username, "question": "What is blue?"}},
	"unknown": {Name: "TOMORROW", Parameters: map[string]string{"USERNAME": username, "HINT": "a hint"}},
}

const credentialRequest = `{"challenge":"Y2hhbGxlbmdl","rpId":"example.com"}`

// kinds are the keys of good, in order.
var kinds = slices.Sorted(maps.Keys(good))

func delivered(medium, destination string) map[string]string {
	return map[string]string{
		"USER_ID_FOR_SRP": username, "CODE_DELIVERY_DELIVERY_MEDIUM": medium, "CODE_DELIVERY_DESTINATION": destination,
	}
}

// goodStep returns a step that a test may change.
func goodStep(kind string) wire.Step {
	s := good[kind]
	s.Session, s.Username, s.ClientID, s.Expires = session, username, "client-id", expires
	s.Parameters, s.Available = maps.Clone(s.Parameters), slices.Clone(s.Available)
	if s.Parameters == nil {
		s.Parameters = make(map[string]string)
	}
	return s
}

// nameOf is what the good challenge of a kind is called.
func nameOf(kind string) string {
	if kind == "password" {
		return "PASSWORD_SRP" // SELECT_CHALLENGE, once that is chosen
	}
	return good[kind].Name
}

// parse makes the challenge of a step, as package auth does.
func parse(s wire.Step) (challenge.Challenge, error) {
	c, err := wire.NewChallenge(s)
	if err != nil {
		return nil, err
	}
	return c.(challenge.Challenge), nil
}

// ask makes a good challenge of a given type.
func ask[C challenge.Challenge](t testing.TB, kind string) C {
	t.Helper()
	return askStep[C](t, goodStep(kind))
}

func askStep[C challenge.Challenge](t testing.TB, s wire.Step) C {
	t.Helper()
	c, err := parse(s)
	if err != nil {
		t.Fatal(err)
	}
	typed, ok := c.(C)
	if !ok {
		t.Fatalf("%s makes a %T", s.Name, c)
	}
	return typed
}

// every calls f with each good challenge.
func every(t *testing.T, f func(t *testing.T, kind string, c challenge.Challenge)) {
	t.Helper()
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			f(t, kind, ask[challenge.Challenge](t, kind))
		})
	}
}
