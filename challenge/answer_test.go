package challenge_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// answers makes an answer of each kind, and says what package auth reads in it:
// everything but Challenge and Step, which are those of the challenge.
var answers = map[string]struct {
	kind   string
	answer func(challenge.Challenge) challenge.Answer
	want   wire.Reply
}{
	"TOTP":                        {"totp_code", code("123456"), wire.Reply{Responses: map[string]string{"SOFTWARE_TOKEN_MFA_CODE": "123456"}}},
	"SMS":                         {"sms_code", code("123456"), wire.Reply{Responses: map[string]string{"SMS_MFA_CODE": "123456"}}},
	"SMS, a code of eight digits": {"sms_code", code("12345678"), wire.Reply{Responses: map[string]string{"SMS_MFA_CODE": "12345678"}}},
	"e-mail":                      {"email_code", code("123456"), wire.Reply{Responses: map[string]string{"EMAIL_OTP_CODE": "123456"}}},
	"first choice":                {"select_mfa", choose(0), wire.Reply{Responses: map[string]string{"ANSWER": "SMS_MFA"}}},
	"last choice":                 {"select_mfa", choose(2), wire.Reply{Responses: map[string]string{"ANSWER": "EMAIL_OTP"}}},
	"choice by name": {"select_mfa", func(c challenge.Challenge) challenge.Answer {
		option, _ := c.(*challenge.SelectMFA).Option(challenge.FactorTOTP)
		return option.Answer()
	}, wire.Reply{Responses: map[string]string{"ANSWER": "SOFTWARE_TOKEN_MFA"}}},
	"set-up of TOTP":   {"set_up_mfa", chooseSetUp(challenge.FactorTOTP), wire.Reply{Call: wire.Associate}},
	"set-up of e-mail": {"set_up_mfa", chooseSetUp(challenge.FactorEmail), wire.Reply{Call: wire.Ask}},
	"TOTP proved": {"set_up_totp", func(c challenge.Challenge) challenge.Answer {
		return c.(*challenge.SetUpTOTP).Answer(" 123 456\n", "Ann's phone")
	}, wire.Reply{Call: wire.Verify, Code: "123456", DeviceName: "Ann's phone"}},
	"TOTP proved, no device name": {"set_up_totp", func(c challenge.Challenge) challenge.Answer {
		return c.(*challenge.SetUpTOTP).Answer("123456", "")
	}, wire.Reply{Call: wire.Verify, Code: "123456"}},
	"TOTP not proved": {"set_up_totp", func(c challenge.Challenge) challenge.Answer {
		return c.(*challenge.SetUpTOTP).Answer("12345", "Ann's phone")
	}, wire.Reply{Call: wire.Verify, Refused: refused(wire.BadCode)}},
	"address":                 {"set_up_email", address(" ann@example.com\n"), wire.Reply{Responses: map[string]string{"EMAIL": "ann@example.com"}}},
	"address, none":           {"set_up_email", address(""), wire.Reply{Refused: refused(wire.BadInput)}},
	"address without @":       {"set_up_email", address("example.com"), wire.Reply{Refused: refused(wire.BadInput)}},
	"first factor":            {"select_first_factor", chooseFirst("EMAIL_OTP"), wire.Reply{Responses: map[string]string{"ANSWER": "EMAIL_OTP"}}},
	"passkey chosen":          {"select_first_factor", chooseFirst("WEB_AUTHN"), wire.Reply{Responses: map[string]string{"ANSWER": "WEB_AUTHN"}}},
	"password chosen":         {"select_first_factor", chooseFirst("PASSWORD"), wire.Reply{Call: wire.Ask}},
	"password for SRP chosen": {"select_first_factor", chooseFirst("PASSWORD_SRP"), wire.Reply{Call: wire.Ask}},
	"password for SRP":        {"password", firstPassword(password), wire.Reply{Call: wire.Prove, Responses: map[string]string{"ANSWER": "PASSWORD_SRP"}, Password: password}},
	"no password":             {"password", firstPassword(""), wire.Reply{Refused: refused(wire.BadInput)}},
	"passkey":                 {"passkey", passkey(`{"id":"x"}`), wire.Reply{Responses: map[string]string{"CREDENTIAL": `{"id":"x"}`}}},
	"passkey, null":           {"passkey", passkey(`null`), wire.Reply{Refused: refused(wire.BadInput)}},
	"passkey, nothing":        {"passkey", passkey(``), wire.Reply{Refused: refused(wire.BadInput)}},
	"passkey, a string":       {"passkey", passkey(`"{}"`), wire.Reply{Refused: refused(wire.BadInput)}},
	"passkey, two":            {"passkey", passkey(`{}{}`), wire.Reply{Refused: refused(wire.BadInput)}},
	"proof":                   {"password_verifier", proof("c2ln", "now"), wire.Reply{Responses: map[string]string{"PASSWORD_CLAIM_SECRET_BLOCK": "c2VjcmV0", "PASSWORD_CLAIM_SIGNATURE": "c2ln", "TIMESTAMP": "now"}}},
	"proof without signature": {"password_verifier", proof("", "now"), wire.Reply{Refused: refused(wire.BadInput)}},
	"proof without time":      {"password_verifier", proof("c2ln", ""), wire.Reply{Refused: refused(wire.BadInput)}},
	"custom":                  {"custom", custom("blue"), wire.Reply{Responses: map[string]string{"ANSWER": "blue"}}},
	"custom, as it is":        {"custom", custom(" a\x00\n{}\xff "), wire.Reply{Responses: map[string]string{"ANSWER": " a\x00\n{}\xff "}}},
	"custom, empty":           {"custom", custom(""), wire.Reply{Responses: map[string]string{"ANSWER": ""}}},
	"unknown":                 {"unknown", unknown(map[string]string{"ANSWER": "a"}), wire.Reply{Responses: map[string]string{"ANSWER": "a"}}},
	"unknown, nothing":        {"unknown", unknown(nil), wire.Reply{}},
	"unknown, who it is":      {"unknown", unknown(map[string]string{"A": "a", "USERNAME": "mallory", "SECRET_HASH": "h"}), wire.Reply{Responses: map[string]string{"A": "a"}}},
	"unknown, only that":      {"unknown", unknown(map[string]string{"USERNAME": "mallory"}), wire.Reply{}},
	"password":                {"new_password", newPassword(password, required), wire.Reply{Responses: responses(nil)}},
	"password, empty":         {"new_password", newPassword("", required), wire.Reply{Refused: refused(wire.BadNewPassword)}},
	"password, as it is":      {"new_password", newPassword(" \x00pässword\n ", required), wire.Reply{Responses: responses(map[string]string{"NEW_PASSWORD": " \x00pässword\n "})}},
	"optional attribute":      {"new_password", newPassword(password, with("locale", "cy")), wire.Reply{Responses: responses(map[string]string{"userAttributes.locale": "cy"})}},
	"empty optional one":      {"new_password", newPassword(password, with("locale", "")), wire.Reply{Responses: responses(map[string]string{"userAttributes.locale": ""})}},
	"attribute in prefix":     {"new_password", newPassword(password, with("userAttributes.locale", "cy")), wire.Reply{Responses: responses(map[string]string{"userAttributes.locale": "cy"})}},
	"all in prefix": {"new_password", newPassword(password, map[string]string{"userAttributes.given_name": "Ann", "userAttributes.custom:team": "red"}),
		wire.Reply{Responses: responses(nil)}},
	"no attributes":        {"new_password", newPassword(password, nil), wire.Reply{Responses: map[string]string{"NEW_PASSWORD": password}, Refused: refused(wire.BadNewPassword)}},
	"one is missing":       {"new_password", newPassword(password, map[string]string{"given_name": "Ann"}), wire.Reply{Responses: map[string]string{"NEW_PASSWORD": password, "userAttributes.given_name": "Ann"}, Refused: refused(wire.BadNewPassword)}},
	"a required one empty": {"new_password", newPassword(password, with("given_name", "")), wire.Reply{Responses: responses(map[string]string{"userAttributes.given_name": ""}), Refused: refused(wire.BadNewPassword)}},
	// Which of the two would be sent must not depend on the order of a map.
	"one given twice": {"new_password", newPassword(password, with("userAttributes.given_name", "Eve")), wire.Reply{Refused: refused(wire.Misuse)}},
	// An attribute must not reach the password's own key.
	"attribute called NEW_PASSWORD": {"new_password", newPassword(password, with("NEW_PASSWORD", "x")), wire.Reply{Responses: responses(map[string]string{"userAttributes.NEW_PASSWORD": "x"})}},
}

// chosen are the answers that put a choice into the step, and what it is.
var chosen = map[string]string{
	"set-up of TOTP": "SOFTWARE_TOKEN_MFA", "set-up of e-mail": "EMAIL_OTP",
	"password chosen": "PASSWORD", "password for SRP chosen": "PASSWORD_SRP",
}

var required = map[string]string{"given_name": "Ann", "custom:team": "red"}

func with(name, value string) map[string]string {
	m := maps.Clone(required)
	m[name] = value
	return m
}

// responses are those to NEW_PASSWORD_REQUIRED, with some changes.
func responses(changes map[string]string) map[string]string {
	m := map[string]string{"NEW_PASSWORD": password, "userAttributes.given_name": "Ann", "userAttributes.custom:team": "red"}
	maps.Copy(m, changes)
	return m
}

func refused(kind wire.RefusalKind) *wire.Refusal { return &wire.Refusal{Kind: kind} }

func code(typed string) func(challenge.Challenge) challenge.Answer {
	return func(c challenge.Challenge) challenge.Answer { return c.(challenge.Code).Answer(typed) }
}

func choose(i int) func(challenge.Challenge) challenge.Answer {
	return func(c challenge.Challenge) challenge.Answer { return c.(*challenge.SelectMFA).Options()[i].Answer() }
}

func chooseSetUp(f challenge.Factor) func(challenge.Challenge) challenge.Answer {
	return func(c challenge.Challenge) challenge.Answer {
		option, _ := c.(*challenge.SetUpMFA).Option(f)
		return option.Answer()
	}
}

func chooseFirst(f challenge.Factor) func(challenge.Challenge) challenge.Answer {
	return func(c challenge.Challenge) challenge.Answer {
		option, _ := c.(*challenge.SelectFirstFactor).Option(f)
		return option.Answer()
	}
}

func address(typed string) func(challenge.Challenge) challenge.Answer {
	return func(c challenge.Challenge) challenge.Answer { return c.(*challenge.SetUpEmail).Answer(typed) }
}

func custom(answer string) func(challenge.Challenge) challenge.Answer {
	return func(c challenge.Challenge) challenge.Answer { return c.(*challenge.Custom).Answer(answer) }
}

func unknown(responses map[string]string) func(challenge.Challenge) challenge.Answer {
	return func(c challenge.Challenge) challenge.Answer { return c.(*challenge.Unknown).Answer(responses) }
}

func newPassword(password string, attributes map[string]string) func(challenge.Challenge) challenge.Answer {
	return func(c challenge.Challenge) challenge.Answer {
		return c.(*challenge.NewPassword).Answer(password, attributes)
	}
}

var sameChallenge = gocmp.FilterPath(func(p gocmp.Path) bool { return p.String() == "Challenge" }, gocmp.Ignore())

func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, tt := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := ask[challenge.Challenge](t, tt.kind)
			got := wire.ReadAnswer(tt.answer(c))
			if got.Challenge != any(c) {
				t.Errorf("answers %v", got.Challenge)
			}
			want := tt.want
			want.Challenge, want.Step = got.Challenge, goodStep(tt.kind)
			if want.Responses == nil {
				want.Responses = map[string]string{} // auth adds to it
			}
			want.Step.Chosen = cmp.Or(chosen[name], want.Step.Chosen)
			if got.Refused != nil && want.Refused != nil {
				if got.Refused.Reason == "" {
					t.Error("no reason is given")
				}
				// Responses of what is not sent do not matter.
				want.Refused.Reason, want.Responses = got.Refused.Reason, got.Responses
			}
			if diff := gocmp.Diff(want, got, sameChallenge); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// The reason of a refusal goes into an error's text, so it must not repeat what
// the user typed.
func TestRefusalsQuoteNothing(t *testing.T) {
	t.Parallel()
	const typed = "canary-typed"
	refusals := map[string]challenge.Answer{
		"code":      ask[challenge.Code](t, "sms_code").Answer(typed),
		"TOTP":      ask[challenge.Code](t, "totp_code").Answer(typed),
		"set-up":    ask[*challenge.SetUpTOTP](t, "set_up_totp").Answer(typed, typed),
		"address":   ask[*challenge.SetUpEmail](t, "set_up_email").Answer(typed),
		"attribute": ask[*challenge.NewPassword](t, "new_password").Answer(typed, map[string]string{"given_name": typed}),
		"password":  ask[*challenge.Passkey](t, "passkey").Answer([]byte(typed)),
		"twice":     ask[*challenge.NewPassword](t, "new_password").Answer(typed, map[string]string{typed: typed, "userAttributes." + typed: typed}),
	}
	for name, a := range refusals {
		r := wire.ReadAnswer(a).Refused
		if r == nil || r.Reason == "" {
			t.Errorf("%s: not refused, or without reason: %+v", name, r)
		} else if strings.Contains(r.Reason, typed) {
			t.Errorf("%s: the reason quotes the value: %s", name, r.Reason)
		}
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	sel := ask[*challenge.SelectMFA](t, "select_mfa")
	for i, want := range []challenge.Factor{challenge.FactorSMS, challenge.FactorTOTP, challenge.FactorEmail} {
		option, ok := sel.Option(want)
		if !ok || option != sel.Options()[i] || option.Factor() != want || option.String() != string(want) {
			t.Errorf("Option(%s) = %v, %v; Options()[%d] = %v", want, option, ok, i, sel.Options()[i])
		}
	}
	// Cognito lists SMS, which a sign-in cannot set up.
	setUp := ask[*challenge.SetUpMFA](t, "set_up_mfa")
	for i, want := range []challenge.Factor{challenge.FactorTOTP, challenge.FactorEmail} {
		option, ok := setUp.Option(want)
		if !ok || option != setUp.Options()[i] || option.Factor() != want || option.String() != string(want) {
			t.Errorf("Option(%s) = %v, %v; Options()[%d] = %v", want, option, ok, i, setUp.Options()[i])
		}
	}
	for _, f := range []challenge.Factor{"", "PALM_READING", "sms_mfa", challenge.FactorSMS} {
		if option, ok := setUp.Option(f); ok || option != (challenge.SetUpOption{}) {
			t.Errorf("SetUpMFA offers %q", f)
		}
		if option, ok := sel.Option(f); f != challenge.FactorSMS && (ok || option != (challenge.MFAOption{})) {
			t.Errorf("SelectMFA offers %q", f)
		}
	}
	first := ask[*challenge.SelectFirstFactor](t, "select_first_factor")
	for i, want := range []challenge.Factor{challenge.FactorPasswordSRP, challenge.FactorPassword, challenge.FactorEmail, challenge.FactorPasskey} {
		option, ok := first.Option(want)
		if !ok || option != first.Options()[i] || option.Factor() != want || option.String() != string(want) {
			t.Errorf("Option(%s) = %v, %v; Options()[%d] = %v", want, option, ok, i, first.Options()[i])
		}
	}
	for _, option := range []any{sel.Options()[2], setUp.Options()[1], first.Options()[2]} {
		text, err := json.Marshal(option)
		if printed := fmt.Sprintf("%v %d %s", option, option, text); err != nil || printed != `EMAIL_OTP EMAIL_OTP "EMAIL_OTP"` {
			t.Errorf("%T prints as %s, %v", option, printed, err)
		}
	}
	smsOnly := goodStep("set_up_mfa")
	smsOnly.Parameters["MFAS_CAN_SETUP"] = `["SMS_MFA"]`
	if got := askStep[*challenge.SetUpMFA](t, smsOnly).Options(); len(got) != 0 {
		t.Errorf("SMS alone: options %v", got)
	}
	tomorrow := goodStep("select_mfa")
	tomorrow.Parameters["MFAS_CAN_CHOOSE"] = `["PALM_READING"]`
	option := askStep[*challenge.SelectMFA](t, tomorrow).Options()[0]
	if got := wire.ReadAnswer(option.Answer()).Responses["ANSWER"]; got != "PALM_READING" {
		t.Errorf("a factor of tomorrow is answered with %q", got)
	}
}

// A password and a code by SMS are asked for under several names, and each has
// keys of its own.
func TestKeysFollowTheName(t *testing.T) {
	t.Parallel()
	raised := func(name, chosen string) *challenge.Password {
		s := goodStep("password")
		s.Name, s.Chosen = name, chosen
		return askStep[*challenge.Password](t, s)
	}
	sms := goodStep("sms_code")
	sms.Name = "SMS_OTP"
	for name, tt := range map[string]struct {
		answer challenge.Answer
		want   wire.Reply
	}{
		"PASSWORD, raised":     {raised("PASSWORD", "").Answer("p"), wire.Reply{Responses: map[string]string{"PASSWORD": "p"}}},
		"PASSWORD, chosen":     {raised("SELECT_CHALLENGE", "PASSWORD").Answer("p"), wire.Reply{Responses: map[string]string{"ANSWER": "PASSWORD", "PASSWORD": "p"}}},
		"PASSWORD_SRP, raised": {raised("PASSWORD_SRP", "").Answer("p"), wire.Reply{Call: wire.Prove, Responses: map[string]string{}, Password: "p"}},
		"SMS_OTP":              {askStep[challenge.Code](t, sms).Answer("12345678"), wire.Reply{Responses: map[string]string{"SMS_OTP_CODE": "12345678"}}},
	} {
		got := wire.ReadAnswer(tt.answer)
		tt.want.Challenge, tt.want.Step = got.Challenge, got.Step
		if diff := gocmp.Diff(tt.want, got, sameChallenge); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// ADMIN_NO_SRP_AUTH stands in Cognito's list of challenges and cannot be
// answered.
func TestAdminNoSRPAuthIsRefused(t *testing.T) {
	t.Parallel()
	s := goodStep("unknown")
	s.Name = "ADMIN_NO_SRP_AUTH"
	a := askStep[*challenge.Unknown](t, s).Answer(map[string]string{"PASSWORD": "p"})
	if r := wire.ReadAnswer(a).Refused; r == nil || r.Kind != wire.Misuse {
		t.Errorf("refused: %+v", r)
	}
}

// An answer is what it was when it was made, whatever the caller does with the
// map it was made of, and whatever auth adds to the map it reads.
func TestAnswersDoNotAlias(t *testing.T) {
	t.Parallel()
	given := map[string]string{"given_name": "Ann", "custom:team": "red"}
	for name, tt := range map[string]struct {
		answer challenge.Answer
		want   map[string]string
	}{
		"NewPassword": {ask[*challenge.NewPassword](t, "new_password").Answer(password, given), responses(nil)},
		"Unknown":     {ask[*challenge.Unknown](t, "unknown").Answer(given), maps.Clone(given)},
		"Custom":      {ask[*challenge.Custom](t, "custom").Answer("blue"), map[string]string{"ANSWER": "blue"}},
	} {
		given["given_name"] = "Eve"
		read := wire.ReadAnswer(tt.answer)
		read.Responses["USERNAME"] = "added by auth"
		again := wire.ReadAnswer(tt.answer)
		if diff := gocmp.Diff(tt.want, again.Responses); diff != "" {
			t.Errorf("%s: the answer changed (-want +got):\n%s", name, diff)
		}
		given["given_name"] = "Ann"
	}
}

// One answer may be sent from two goroutines: a double click must not crash the
// program. The race detector judges.
func TestAnswersAreReadConcurrently(t *testing.T) {
	t.Parallel()
	a := ask[challenge.Code](t, "sms_code").Answer("123456")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { wire.ReadAnswer(a).Responses["USERNAME"] = username })
	}
	wg.Wait()
}

// Metadata is the answer's own: adding some leaves the answer it is added to, and
// the caller's map, as they were. It does not print, and makes no answer of a
// zero value.
func TestWithClientMetadata(t *testing.T) {
	t.Parallel()
	plain := ask[*challenge.Custom](t, "custom").Answer("blue")
	given := map[string]string{"action": "canary-resend", "device": "canary-kiosk"}
	first := plain.WithClientMetadata(given)
	second := first.WithClientMetadata(map[string]string{"action": "canary-choose"})
	given["action"] = "changed"
	redacttest.Check(t, second, "canary")
	for name, tc := range map[string]struct {
		answer challenge.Answer
		want   map[string]string
	}{
		"none":    {plain, nil},
		"some":    {first, map[string]string{"action": "canary-resend", "device": "canary-kiosk"}},
		"more":    {second, map[string]string{"action": "canary-choose", "device": "canary-kiosk"}},
		"of nil":  {plain.WithClientMetadata(nil), map[string]string{}},
		"of zero": {challenge.Answer{}.WithClientMetadata(given), nil},
	} {
		got := wire.ReadAnswer(tc.answer)
		if diff := gocmp.Diff(tc.want, got.ClientMetadata); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if refused := got.Refused != nil; refused != (name == "of zero") || !refused && got.Responses["ANSWER"] != "blue" {
			t.Errorf("%s: the reply is %v", name, got.Responses)
		}
	}
}
