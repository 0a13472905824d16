package cognitotest_test

import (
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// passwordless is a pool whose users may begin with codes too.
var passwordless = cognitotest.Config{FirstFactors: []types.AuthFactorType{"PASSWORD", "EMAIL_OTP", "SMS_OTP"}}

// byAdmin begins a flow as an administrator.
func byAdmin(cfg cognitotest.Config, flow types.AuthFlowType, pairs ...string) act {
	return func(start startPool) (any, error) {
		d := start(cfg, ann)
		return d.sdk.AdminInitiateAuth(d.t.Context(), &cip.AdminInitiateAuthInput{
			AuthFlow: flow, ClientId: &d.client.ID, UserPoolId: ptr(d.pool.ID()), AuthParameters: params(pairs...),
		})
	}
}

// chosen begins USER_AUTH.
func chosen(cfg cognitotest.Config, u cognitotest.User, preferred types.ChallengeNameType, pairs ...string) act {
	return func(start startPool) (any, error) {
		return start(cfg, u).choose("ann", preferred, params(pairs...))
	}
}

var flowActs = map[string]act{
	"USER_SRP_AUTH":                                    begun(cognitotest.Config{}, "USER_SRP_AUTH", "USERNAME", "ann", "SRP_A", srpA),
	"USER_SRP_AUTH with CHALLENGE_NAME":                begun(cognitotest.Config{}, "USER_SRP_AUTH", "USERNAME", "ann", "SRP_A", srpA, "CHALLENGE_NAME", "SRP_A"),
	"USER_SRP_AUTH by AdminInitiateAuth":               byAdmin(cognitotest.Config{}, "USER_SRP_AUTH", "USERNAME", "ann", "SRP_A", srpA),
	"USER_SRP_AUTH without SRP_A":                      begun(cognitotest.Config{}, "USER_SRP_AUTH", "USERNAME", "ann"),
	"USER_SRP_AUTH without USERNAME":                   begun(cognitotest.Config{}, "USER_SRP_AUTH", "SRP_A", srpA),
	"USER_PASSWORD_AUTH":                               begun(cognitotest.Config{}, "USER_PASSWORD_AUTH", "USERNAME", "ann", "PASSWORD", password),
	"USER_PASSWORD_AUTH without PASSWORD":              begun(cognitotest.Config{}, "USER_PASSWORD_AUTH", "USERNAME", "ann"),
	"USER_PASSWORD_AUTH in a pool that tracks devices": begun(cognitotest.Config{Devices: cognitotest.DevicesAlways}, "USER_PASSWORD_AUTH", "USERNAME", "ann", "PASSWORD", password),
	"ADMIN_USER_PASSWORD_AUTH":                         byAdmin(cognitotest.Config{}, "ADMIN_USER_PASSWORD_AUTH", "USERNAME", "ann", "PASSWORD", password),
	"ADMIN_USER_PASSWORD_AUTH by InitiateAuth":         begun(cognitotest.Config{}, "ADMIN_USER_PASSWORD_AUTH", "USERNAME", "ann", "PASSWORD", password),
	"ADMIN_NO_SRP_AUTH":                                byAdmin(cognitotest.Config{}, "ADMIN_NO_SRP_AUTH", "USERNAME", "ann", "PASSWORD", password),
	"ADMIN_NO_SRP_AUTH with the legacy setting":        byAdmin(only("ADMIN_NO_SRP_AUTH"), "ADMIN_NO_SRP_AUTH", "USERNAME", "ann", "PASSWORD", password),
	"CUSTOM_AUTH":                                      begun(cognitotest.Config{Triggers: riddle()}, "CUSTOM_AUTH", "USERNAME", "ann"),
	"CUSTOM_AUTH with CHALLENGE_NAME CUSTOM_CHALLENGE": begun(cognitotest.Config{Triggers: riddle()}, "CUSTOM_AUTH", "USERNAME", "ann", "CHALLENGE_NAME", "CUSTOM_CHALLENGE"),
	"CUSTOM_AUTH with SRP":                             begun(cognitotest.Config{Triggers: riddle()}, "CUSTOM_AUTH", "USERNAME", "ann", "CHALLENGE_NAME", "SRP_A", "SRP_A", srpA),
	"USER_AUTH without a preference":                   chosen(passwordless, mailbox, ""),
	"USER_AUTH preferring EMAIL_OTP":                   chosen(passwordless, mailbox, "EMAIL_OTP"),
	"USER_AUTH preferring PASSWORD, with it":           chosen(passwordless, mailbox, "PASSWORD", "PASSWORD", password),
	"USER_AUTH preferring PASSWORD_SRP, with SRP_A":    chosen(passwordless, mailbox, "PASSWORD_SRP", "SRP_A", srpA),
	"USER_AUTH preferring what is not available":       chosen(cognitotest.Config{}, ann, "EMAIL_OTP"),
	"USER_AUTH without ALLOW_USER_PASSWORD_AUTH":       chosen(only("ALLOW_USER_AUTH"), ann, "PASSWORD", "PASSWORD", password),
	"USER_AUTH with a temporary password, preferring EMAIL_OTP": func(start startPool) (any, error) {
		u := has("email", "ann@example.com", "email_verified", "true")
		u.Temporary = true
		return start(passwordless, u).choose("ann", "EMAIL_OTP", nil)
	},
	"USER_AUTH with the session of ConfirmSignUp": func(start startPool) (any, error) {
		d := start(cognitotest.Config{})
		return d.afterSignUp("ann", d.confirmed("ann"))
	},
	"REFRESH_TOKEN_AUTH": func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, ann)
		return d.initiate("REFRESH_TOKEN_AUTH", params("REFRESH_TOKEN", *d.at().AuthenticationResult.RefreshToken))
	},
	"REFRESH_TOKEN": func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, ann)
		return d.initiate("REFRESH_TOKEN", params("REFRESH_TOKEN", *d.at().AuthenticationResult.RefreshToken))
	},
	"REFRESH_TOKEN_AUTH without the device of the sign-in": func(start startPool) (any, error) {
		d := start(cognitotest.Config{Devices: cognitotest.DevicesAlways}, ann)
		return d.initiate("REFRESH_TOKEN_AUTH", params("REFRESH_TOKEN", *d.at().AuthenticationResult.RefreshToken))
	},
}

// selected answers SELECT_CHALLENGE.
func selected(u cognitotest.User, pairs ...string) act {
	return func(start startPool) (any, error) {
		d := start(passwordless, u)
		return d.answerTo(must[*cip.InitiateAuthOutput](d.t)(d.choose("ann", "", nil)), pairs...)
	}
}

var challengeActs = map[string]act{
	"PASSWORD_VERIFIER answered":                                   func(start startPool) (any, error) { return start(cognitotest.Config{}, ann).srp("ann", password) },
	"PASSWORD_VERIFIER answered with a device that does not exist": withoutDevice(false),
	"the same answer again without the device":                     withoutDevice(true),
	"NEW_PASSWORD_REQUIRED":                                        passwordIs(cognitotest.Config{}, cognitotest.User{Username: "ann", Password: password, Temporary: true}, "ann", password),
	"SMS_MFA":                                                      passwordIs(bySMS, phone, "ann", password),
	"SMS_MFA answered":                                             answered(bySMS, phone, "SMS_MFA_CODE", newest),
	"EMAIL_OTP as second factor":                                   passwordIs(cognitotest.Config{MFA: on, Email: true}, mailbox, "ann", password),
	"EMAIL_OTP answered":                                           answered(cognitotest.Config{MFA: on, Email: true}, mailbox, "EMAIL_OTP_CODE", newest),
	"EMAIL_OTP as first factor":                                    chosen(passwordless, mailbox, "EMAIL_OTP"),
	"SMS_OTP":                                                      chosen(passwordless, factors(""), "SMS_OTP"),
	"SOFTWARE_TOKEN_MFA":                                           passwordIs(byApp2, withApp(), "ann", password),
	"SOFTWARE_TOKEN_MFA answered":                                  answered(byApp2, withApp(), "SOFTWARE_TOKEN_MFA_CODE", func(d *driver) string { return d.code(app32) }),
	"SELECT_MFA_TYPE":                                              passwordIs(mfa(on), all3(), "ann", password),
	"SELECT_MFA_TYPE answered":                                     answered(mfa(on), all3(), "ANSWER", func(*driver) string { return "SOFTWARE_TOKEN_MFA" }),
	"MFA_SETUP":                                                    passwordIs(byApp2, ann, "ann", password),
	"MFA_SETUP answered with EMAIL":                                answered(cognitotest.Config{MFA: on, Email: true}, ann, "EMAIL", func(*driver) string { return "ann@example.com" }),
	"SELECT_CHALLENGE answered with EMAIL_OTP":                     selected(mailbox, "ANSWER", "EMAIL_OTP"),
	"SELECT_CHALLENGE answered with PASSWORD and it":               selected(mailbox, "ANSWER", "PASSWORD", "PASSWORD", password),
	"SELECT_CHALLENGE answered with PASSWORD_SRP and SRP_A":        selected(mailbox, "ANSWER", "PASSWORD_SRP", "SRP_A", srpA),
	"PASSWORD":                                                     chosen(cognitotest.Config{}, ann, "PASSWORD"),
	"PASSWORD_SRP":                                                 chosen(cognitotest.Config{}, ann, "PASSWORD_SRP"),
	"WEB_AUTHN": func(start startPool) (any, error) {
		d := start(withPasskeys(), ann)
		d.register(d.at().AuthenticationResult.AccessToken, newAuthenticator())
		return d.choose("ann", "WEB_AUTHN", nil)
	},
	"WEB_AUTHN answered": func(start startPool) (any, error) {
		d := start(withPasskeys(), ann)
		key := newAuthenticator()
		d.register(d.at().AuthenticationResult.AccessToken, key)
		return d.byKey(must[*cip.InitiateAuthOutput](d.t)(d.choose("ann", "WEB_AUTHN", nil)), "ann", key)
	},
	"CUSTOM_CHALLENGE after SRP": func(start startPool) (any, error) {
		return start(cognitotest.Config{Triggers: riddle()}, ann).customSRP("ann", password)
	},
	"CUSTOM_CHALLENGE answered": func(start startPool) (any, error) {
		d := start(cognitotest.Config{Triggers: riddle()}, ann)
		return d.answerTo(then(must[*cip.RespondToAuthChallengeOutput](d.t)(d.customSRP("ann", password))), "ANSWER", "42")
	},
	"DEVICE_SRP_AUTH":                   atDevice(0),
	"DEVICE_SRP_AUTH answered":          atDevice(1),
	"DEVICE_PASSWORD_VERIFIER answered": atDevice(2),
	"ADMIN_NO_SRP_AUTH answered": func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, ann)
		return d.respond("ADMIN_NO_SRP_AUTH", nil, params("USERNAME", "ann"))
	},
}

// answered answers the challenge after the password.
func answered(cfg cognitotest.Config, u cognitotest.User, name string, value func(*driver) string) act {
	return func(start startPool) (any, error) {
		d := start(cfg, u)
		in := d.at()
		return d.answerTo(in, name, value(d))
	}
}

// withoutDevice proves the password from a device that the pool does not have, and
// then, if again, sends the same proof without it.
func withoutDevice(again bool) act {
	return func(start startPool) (any, error) {
		d := start(cognitotest.Config{Devices: cognitotest.DevicesAlways}, ann)
		in, responses := d.verifier("ann", password)
		responses["DEVICE_KEY"] = "us-east-1_11111111-2222-3333-4444-555555555555"
		out, err := d.respond(in.ChallengeName, nil, responses)
		if !again {
			return out, err
		}
		delete(responses, "DEVICE_KEY")
		return d.respond(in.ChallengeName, nil, responses)
	}
}

// atDevice signs in from a remembered device, and answers so many of its challenges.
func atDevice(answers int) act {
	return func(start startPool) (any, error) {
		d := start(cognitotest.Config{Devices: cognitotest.DevicesAlways}, ann)
		m, _ := d.confirmDevice(d.at().AuthenticationResult)
		in, err := d.initiate("USER_PASSWORD_AUTH", params("USERNAME", "ann", "PASSWORD", password, "DEVICE_KEY", m.key))
		if answers == 0 || err != nil {
			return in, err
		}
		out, err := d.startDevice(nil, "ann", m)
		if answers == 1 || err != nil {
			return out, err
		}
		return d.respond(out.ChallengeName, nil, d.proof(out.ChallengeParameters, m))
	}
}
