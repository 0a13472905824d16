package cognitotest_test

import (
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

const (
	optional = types.UserPoolMfaTypeOptional
	on       = types.UserPoolMfaTypeOn
)

// factors is ann with what every second factor needs and these enabled.
func factors(preferred types.ChallengeNameType, enabled ...types.ChallengeNameType) cognitotest.User {
	u := has("email", "ann@example.com", "email_verified", "true", "phone_number", "+15555551234", "phone_number_verified", "true")
	u.Factors, u.Preferred = enabled, preferred
	return u
}

func mfa(mode types.UserPoolMfaType) cognitotest.Config {
	return cognitotest.Config{MFA: mode, TOTP: true, SMS: true, Email: true}
}

// all3 is ann with a verified authenticator, a phone and a mailbox.
func all3() cognitotest.User {
	u := factors("")
	u.TOTPSecret = app32
	return u
}

var decisionActs = map[string]act{
	"MFA off":                                         passwordIs(cognitotest.Config{TOTP: true}, withApp(), "ann", password),
	"MFA optional, none enabled":                      passwordIs(mfa(optional), factors(""), "ann", password),
	"MFA optional, one enabled":                       passwordIs(mfa(optional), factors("", "SMS_MFA"), "ann", password),
	"MFA optional, two enabled":                       passwordIs(mfa(optional), factors("", "SMS_MFA", "EMAIL_OTP"), "ann", password),
	"MFA optional, one preferred":                     passwordIs(mfa(optional), factors("EMAIL_OTP", "SMS_MFA"), "ann", password),
	"MFA on, one preferred":                           passwordIs(mfa(on), factors("SMS_MFA", "EMAIL_OTP"), "ann", password),
	"MFA on, authenticator alone":                     passwordIs(byApp2, withApp(), "ann", password),
	"MFA on, authenticator and addresses":             passwordIs(mfa(on), all3(), "ann", password),
	"MFA on, unverified phone number":                 passwordIs(bySMS, phone, "ann", password),
	"MFA on, mailbox":                                 passwordIs(cognitotest.Config{MFA: on, Email: true}, mailbox, "ann", password),
	"MFA on, phone number and mailbox":                passwordIs(cognitotest.Config{MFA: on, SMS: true, Email: true}, factors(""), "ann", password),
	"MFA on, phone number and mailbox, which recover": passwordIs(cognitotest.Config{MFA: on, SMS: true, Email: true, Recovery: "verified_email"}, factors(""), "ann", password),
	"MFA on, nothing usable":                          passwordIs(cognitotest.Config{MFA: on, TOTP: true, SMS: true}, ann, "ann", password),
	"MFA on, remembered device": func(start startPool) (any, error) {
		d := start(cognitotest.Config{MFA: on, TOTP: true, Devices: cognitotest.DevicesAlways}, withApp())
		m, _ := d.confirmDevice(d.withCode(app32, nil))
		return d.initiate(types.AuthFlowTypeUserPasswordAuth, params("USERNAME", "ann", "PASSWORD", password, "DEVICE_KEY", m.key))
	},
	"temporary password": passwordIs(byApp2, cognitotest.User{Username: "ann", Password: password, Temporary: true, TOTPSecret: app32}, "ann", password),
	"temporary password replaced, MFA due": func(start startPool) (any, error) {
		d := start(byApp2, cognitotest.User{Username: "ann", Password: password, Temporary: true, TOTPSecret: app32})
		return d.answerTo(d.at(), "NEW_PASSWORD", "Correct-Horse-2")
	},
}

// wrongThenRight answers with a wrong value, and then with the right one in the
// same session.
func wrongThenRight(cfg cognitotest.Config, u cognitotest.User, name string, right func(*driver) string) act {
	return func(start startPool) (any, error) {
		d := start(cfg, u)
		in := d.at()
		code := right(d)
		wrong := another(code)
		if name == "SOFTWARE_TOKEN_MFA_CODE" {
			wrong = d.wrongCode(app32)
		}
		if _, err := d.answerTo(in, name, wrong); err == nil {
			return "the wrong one was right", nil
		}
		return d.answerTo(in, name, code)
	}
}

func newest(d *driver) string { return d.last("ann").Code }

// twice answers right two times.
func twice(start startPool) (any, error) {
	d := start(bySMS, phone)
	in := d.at()
	must[*cip.RespondToAuthChallengeOutput](d.t)(d.answerTo(in, "SMS_MFA_CODE", newest(d)))
	return d.answerTo(in, "SMS_MFA_CODE", newest(d))
}

// after answers a code when that much time has passed.
func after(wait time.Duration) act {
	return func(start startPool) (any, error) {
		d := start(bySMS, phone)
		in := d.at()
		d.pool.Clock().Advance(wait)
		return d.answerTo(in, "SMS_MFA_CODE", newest(d))
	}
}

var sessionActs = map[string]act{
	"answered within three minutes":         after(3*time.Minute - time.Second),
	"answered after three minutes":          after(3 * time.Minute),
	"answered a second time":                twice,
	"SMS code, wrong, then right":           wrongThenRight(bySMS, phone, "SMS_MFA_CODE", newest),
	"e-mail code, wrong, then right":        wrongThenRight(cognitotest.Config{MFA: on, Email: true}, mailbox, "EMAIL_OTP_CODE", newest),
	"authenticator code, wrong, then right": wrongThenRight(byApp2, withApp(), "SOFTWARE_TOKEN_MFA_CODE", func(d *driver) string { return d.code(app32) }),
	"e-mail code as first factor, wrong, then right": func(start startPool) (any, error) {
		d := start(cognitotest.Config{FirstFactors: []types.AuthFactorType{"PASSWORD", "EMAIL_OTP"}}, mailbox)
		in := must[*cip.InitiateAuthOutput](d.t)(d.choose("ann", "EMAIL_OTP", nil))
		for range 6 {
			if _, err := d.answerTo(in, "EMAIL_OTP_CODE", another(newest(d))); err == nil {
				return "the wrong one was right", nil
			}
		}
		return d.answerTo(in, "EMAIL_OTP_CODE", newest(d))
	},
	"weak new password, then a good one": func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, cognitotest.User{Username: "ann", Password: password, Temporary: true})
		in := d.at()
		if _, err := d.answerTo(in, "NEW_PASSWORD", "weak"); err == nil {
			return "the weak one was taken", nil
		}
		return d.answerTo(in, "NEW_PASSWORD", "Correct-Horse-2")
	},
	"wrong password proof, then a right one": func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, ann)
		in, responses := d.verifier("ann", password)
		d.respond(in.ChallengeName, nil, but(responses, "PASSWORD_CLAIM_SIGNATURE", "AAAA"))
		return d.respond(in.ChallengeName, nil, responses)
	},
	"custom challenge, wrong": func(start startPool) (any, error) {
		d := start(cognitotest.Config{Triggers: riddle()}, ann)
		out := must[*cip.RespondToAuthChallengeOutput](d.t)(d.customSRP("ann", password))
		return d.answerCustom(out.Session, "ann", "1")
	},
	"custom challenge, old session after a wrong answer": func(start startPool) (any, error) {
		d := start(cognitotest.Config{Triggers: riddle()}, ann)
		out := must[*cip.RespondToAuthChallengeOutput](d.t)(d.customSRP("ann", password))
		must[*cip.RespondToAuthChallengeOutput](d.t)(d.answerCustom(out.Session, "ann", "1"))
		return d.answerCustom(out.Session, "ann", "42")
	},
	"session after a trigger failed": func(start startPool) (any, error) {
		triggers := riddle()
		triggers.VerifyAuthChallengeResponse = throws("no such table")
		d := start(cognitotest.Config{Triggers: triggers}, ann)
		out := must[*cip.RespondToAuthChallengeOutput](d.t)(d.customSRP("ann", password))
		d.answerCustom(out.Session, "ann", "42")
		return d.answerCustom(out.Session, "ann", "42")
	},
	"altered session": func(start startPool) (any, error) {
		d := start(bySMS, phone)
		in := d.at()
		in.Session = ptr("AYABeAAAA" + (*in.Session)[9:])
		return d.answerTo(in, "SMS_MFA_CODE", newest(d))
	},
	"no session": func(start startPool) (any, error) {
		d := start(bySMS, phone)
		in := d.at()
		in.Session = nil
		return d.answerTo(in, "SMS_MFA_CODE", newest(d))
	},
	"enrolment, wrong code, then right, then MFA_SETUP": func(start startPool) (any, error) {
		d := start(byApp2, ann)
		in := d.at()
		a := must[*cip.AssociateSoftwareTokenOutput](d.t)(d.sdk.AssociateSoftwareToken(d.t.Context(), &cip.AssociateSoftwareTokenInput{Session: in.Session}))
		verify := func(code string) (*cip.VerifySoftwareTokenOutput, error) {
			return d.sdk.VerifySoftwareToken(d.t.Context(), &cip.VerifySoftwareTokenInput{Session: a.Session, UserCode: &code})
		}
		if _, err := verify(d.wrongCode(*a.SecretCode)); err == nil {
			return "the wrong one was right", nil
		}
		in.Session = must[*cip.VerifySoftwareTokenOutput](d.t)(verify(d.code(*a.SecretCode))).Session
		return d.answerTo(in, "SOFTWARE_TOKEN_MFA_CODE", "123456") // extra responses are ignored
	},
}
