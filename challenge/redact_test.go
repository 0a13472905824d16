package challenge_test

import (
	"fmt"
	"testing"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
)

func TestChallengesPrintNothing(t *testing.T) {
	t.Parallel()
	every(t, func(t *testing.T, kind string, c challenge.Challenge) {
		if got, want := fmt.Sprintf("%v %s %d %+v", c, c, c, c), "challenge("+c.Name()+")"; got != want+" "+want+" "+want+" "+want {
			t.Errorf("prints as %s", got)
		}
		checkBoth(t, c, canary)
		if kind == "set_up_totp" {
			checkBoth(t, c, secret)
		}
	})
}

// checkBoth checks a challenge as what it usually is, a pointer in an interface,
// and as the struct that somebody dereferenced.
func checkBoth(t *testing.T, c challenge.Challenge, hidden string) {
	t.Helper()
	redacttest.Check(t, c, hidden)
	switch c := c.(type) {
	case *challenge.TOTPCode:
		redacttest.Check(t, *c, hidden)
	case *challenge.SMSCode:
		redacttest.Check(t, *c, hidden)
	case *challenge.EmailCode:
		redacttest.Check(t, *c, hidden)
	case *challenge.SelectMFA:
		redacttest.Check(t, *c, hidden)
		redacttest.Check(t, c.Options(), hidden)
	case *challenge.SetUpMFA:
		redacttest.Check(t, *c, hidden)
		redacttest.Check(t, c.Options(), hidden)
	case *challenge.SelectFirstFactor:
		redacttest.Check(t, *c, hidden)
		redacttest.Check(t, c.Options(), hidden)
	case *challenge.Password:
		redacttest.Check(t, *c, hidden)
	case *challenge.Passkey:
		redacttest.Check(t, *c, hidden)
	case *challenge.PasswordVerifier:
		redacttest.Check(t, *c, hidden)
	case *challenge.SetUpTOTP:
		redacttest.Check(t, *c, hidden)
	case *challenge.SetUpEmail:
		redacttest.Check(t, *c, hidden)
	case *challenge.NewPassword:
		redacttest.Check(t, *c, hidden)
	case *challenge.Custom:
		redacttest.Check(t, *c, hidden)
	case *challenge.Unknown:
		redacttest.Check(t, *c, hidden)
	default:
		t.Errorf("%T is not checked", c)
	}
}

// An answer holds the challenge too, and what the user gave.
func TestAnswersPrintNothing(t *testing.T) {
	t.Parallel()
	const typed = "918273"
	made := map[string]func(challenge.Challenge) challenge.Answer{
		"totp_code": code(typed), "sms_code": code(typed), "email_code": code(typed),
		"select_mfa": choose(0), "set_up_mfa": chooseSetUp(challenge.FactorTOTP),
		"set_up_totp":  func(c challenge.Challenge) challenge.Answer { return c.(*challenge.SetUpTOTP).Answer(typed, canary) },
		"set_up_email": address("new-" + email),
		"new_password": newPassword(password, with("email", "new-"+email)),
		"select_first_factor": func(c challenge.Challenge) challenge.Answer {
			return c.(*challenge.SelectFirstFactor).Options()[0].Answer()
		},
		"password":          firstPassword(password),
		"passkey":           passkey(`{"id":"` + canary + `"}`),
		"password_verifier": proof(canary, canary),
		"custom":            custom(password),
		"unknown":           unknown(map[string]string{"PASSWORD": password, "CODE": typed}),
	}
	every(t, func(t *testing.T, kind string, c challenge.Challenge) {
		a := made[kind](c)
		if got, want := fmt.Sprintf("%v %s %d %+v", a, a, a, a), "answer("+c.Name()+")"; got != want+" "+want+" "+want+" "+want {
			t.Errorf("prints as %s", got)
		}
		for _, hidden := range []string{typed, canary} {
			redacttest.Check(t, a, hidden)
		}
	})
}

// What was refused is as secret as what is sent: a mistyped code is often the
// right one but for a digit.
func TestRefusedAnswersPrintNothing(t *testing.T) {
	t.Parallel()
	redacttest.Check(t, ask[challenge.Code](t, "totp_code").Answer("9182735"), "9182735")
	redacttest.Check(t, ask[*challenge.SetUpEmail](t, "set_up_email").Answer("address-canary"), "address-canary")
	redacttest.Check(t, ask[*challenge.NewPassword](t, "new_password").Answer(password, nil), password)
	redacttest.Check(t, new(challenge.Unknown).Answer(map[string]string{"PASSWORD": password}), password)
}
