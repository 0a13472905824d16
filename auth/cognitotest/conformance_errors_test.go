package cognitotest_test

import (
	"context"
	"errors"
	"maps"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/totp"
)

// app32 is the secret of the authenticator that withApp gives ann.
var app32 = totp.NewSecret()

func withApp() cognitotest.User {
	u := ann
	u.TOTPSecret = app32
	return u
}

// passwordIs is a situation in which a password is sent.
func passwordIs(cfg cognitotest.Config, u cognitotest.User, name, password string) act {
	return func(start startPool) (any, error) {
		return start(cfg, u).byPassword(name, password)
	}
}

// begun is a situation in which a flow is begun with these parameters.
func begun(cfg cognitotest.Config, flow types.AuthFlowType, pairs ...string) act {
	return func(start startPool) (any, error) {
		return start(cfg, ann).initiate(flow, params(pairs...))
	}
}

// srpA is a public value that nobody has the other half of.
const srpA = "28afc59b10103d2a84e2c1fd16a0b550"

func throws(text string) cognitotest.Trigger {
	return func(context.Context, []byte) ([]byte, error) { return nil, errors.New(text) }
}

// mistypes is a situation in which a code is answered wrongly.
func mistypes(cfg cognitotest.Config, u cognitotest.User, name string) act {
	return func(start startPool) (any, error) {
		d := start(cfg, u)
		in := d.at()
		return d.answerTo(in, name, another(d.last("ann").Code))
	}
}

var errorActs = map[string]act{
	"wrong password": passwordIs(cognitotest.Config{}, ann, "ann", wrongPassword),
	"wrong password proof by SRP": func(start startPool) (any, error) {
		return start(cognitotest.Config{}, ann).srp("ann", wrongPassword)
	},
	"altered secret block": func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, ann)
		in, responses := d.verifier("ann", password)
		responses["PASSWORD_CLAIM_SECRET_BLOCK"] = "AAAA" + responses["PASSWORD_CLAIM_SECRET_BLOCK"][4:]
		return d.respond(in.ChallengeName, nil, responses)
	},
	"unknown user, password": passwordIs(cognitotest.Config{}, ann, "bob", password),
	"unknown user, SRP": func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, ann)
		return d.initiate(types.AuthFlowTypeUserSrpAuth, d.stock("bob", password).GetAuthParams())
	},
	"unknown user, SRP, second step": func(start startPool) (any, error) { return start(cognitotest.Config{}, ann).srp("bob", password) },
	"unknown user, EMAIL_OTP as first factor": func(start startPool) (any, error) {
		d := start(cognitotest.Config{FirstFactors: []types.AuthFactorType{"PASSWORD", "EMAIL_OTP"}}, ann)
		return d.choose("bob@example.com", "EMAIL_OTP", nil)
	},
	"unknown user, password, PreventUserExistenceErrors LEGACY": passwordIs(cognitotest.Config{Client: legacy}, ann, "bob", password),
	"unknown user, SRP, PreventUserExistenceErrors LEGACY":      begun(cognitotest.Config{Client: legacy}, types.AuthFlowTypeUserSrpAuth, "USERNAME", "bob", "SRP_A", srpA),
	"sub for a username, PreventUserExistenceErrors LEGACY": func(start startPool) (any, error) {
		d := start(cognitotest.Config{Client: legacy}, ann)
		return d.byPassword(d.attribute("ann", "sub"), password)
	},
	"unconfirmed user":                     passwordIs(cognitotest.Config{}, cognitotest.User{Username: "ann", Password: password, Unconfirmed: true}, "ann", password),
	"unconfirmed user with wrong password": passwordIs(cognitotest.Config{}, cognitotest.User{Username: "ann", Password: password, Unconfirmed: true}, "ann", wrongPassword),
	"disabled user":                        passwordIs(cognitotest.Config{}, cognitotest.User{Username: "ann", Password: password, Disabled: true}, "ann", password),
	"password must be reset": func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, mailbox)
		must[*cip.AdminResetUserPasswordOutput](d.t)(d.sdk.AdminResetUserPassword(d.t.Context(), &cip.AdminResetUserPasswordInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("ann")}))
		return d.byPassword("ann", password)
	},
	"temporary password expired": func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, cognitotest.User{Username: "ann", Password: password, Temporary: true})
		d.pool.Clock().Advance(7 * 24 * time.Hour)
		return d.byPassword("ann", password)
	},
	"right password during lockout": func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, ann)
		for range 5 {
			d.byPassword("ann", wrongPassword)
		}
		return d.byPassword("ann", password)
	},
	"no secret hash for a client with a secret": begun(cognitotest.Config{Client: secured}, types.AuthFlowTypeUserPasswordAuth, "USERNAME", "ann", "PASSWORD", password),
	"wrong secret hash":                         begun(cognitotest.Config{Client: secured}, types.AuthFlowTypeUserPasswordAuth, "USERNAME", "ann", "PASSWORD", password, "SECRET_HASH", "AAAA"),
	"wrong secret hash at a refresh": func(start startPool) (any, error) {
		d := start(cognitotest.Config{Client: secured}, ann)
		return d.initiate(types.AuthFlowTypeRefreshTokenAuth, params("REFRESH_TOKEN", *d.at().AuthenticationResult.RefreshToken, "SECRET_HASH", "AAAA"))
	},
	"USER_PASSWORD_AUTH not enabled": begun(only("ALLOW_REFRESH_TOKEN_AUTH"), types.AuthFlowTypeUserPasswordAuth, "USERNAME", "ann", "PASSWORD", password),
	"USER_SRP_AUTH not enabled":      begun(only("ALLOW_REFRESH_TOKEN_AUTH"), types.AuthFlowTypeUserSrpAuth, "USERNAME", "ann", "SRP_A", srpA),
	"ADMIN_USER_PASSWORD_AUTH not enabled": func(start startPool) (any, error) {
		return start(only("ALLOW_REFRESH_TOKEN_AUTH"), ann).adminPassword(types.AuthFlowTypeAdminUserPasswordAuth, "ann")
	},
	"USER_PASSWORD_AUTH by AdminInitiateAuth": func(start startPool) (any, error) {
		return start(cognitotest.Config{}, ann).adminPassword(types.AuthFlowTypeUserPasswordAuth, "ann")
	},
	"CUSTOM_AUTH without triggers": begun(cognitotest.Config{}, types.AuthFlowTypeCustomAuth, "USERNAME", "ann"),
	"unknown client": func(start startPool) (any, error) {
		return start(cognitotest.Config{}, ann).as(cognitotest.AppClient{ID: "nobody"}).byPassword("ann", password)
	},
	"wrong SMS code":    mistypes(bySMS, phone, "SMS_MFA_CODE"),
	"wrong e-mail code": mistypes(cognitotest.Config{MFA: types.UserPoolMfaTypeOn, Email: true}, mailbox, "EMAIL_OTP_CODE"),
	"wrong authenticator code": func(start startPool) (any, error) {
		d := start(byApp2, withApp())
		return d.answerTo(d.at(), "SOFTWARE_TOKEN_MFA_CODE", d.wrongCode(app32))
	},
	"authenticator code used again": func(start startPool) (any, error) {
		d := start(byApp2, withApp())
		for range 2 {
			if out, err := d.answerTo(d.at(), "SOFTWARE_TOKEN_MFA_CODE", d.code(app32)); err != nil {
				return out, err
			}
		}
		return "used twice", nil
	},
	"wrong authenticator code at enrolment": func(start startPool) (any, error) {
		d := start(byApp2, ann)
		a := must[*cip.AssociateSoftwareTokenOutput](d.t)(d.sdk.AssociateSoftwareToken(d.t.Context(), &cip.AssociateSoftwareTokenInput{Session: d.at().Session}))
		return d.sdk.VerifySoftwareToken(d.t.Context(), &cip.VerifySoftwareTokenInput{Session: a.Session, UserCode: ptr(d.wrongCode(*a.SecretCode))})
	},
	"enrolment in a pool without TOTP": func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, ann)
		return d.sdk.AssociateSoftwareToken(d.t.Context(), &cip.AssociateSoftwareTokenInput{AccessToken: d.at().AuthenticationResult.AccessToken})
	},
	"authenticator verified that was never associated": func(start startPool) (any, error) {
		d := start(cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, TOTP: true}, ann)
		return d.sdk.VerifySoftwareToken(d.t.Context(), &cip.VerifySoftwareTokenInput{AccessToken: d.at().AuthenticationResult.AccessToken, UserCode: ptr("123456")})
	},
	"TOTP preferred before it was associated": preferApp(false),
	"TOTP preferred before it was verified":   preferApp(true),
	"wrong sign-up code": func(start startPool) (any, error) {
		d := start(cognitotest.Config{})
		d.signUp("ann")
		return d.confirm("ann", another(d.last("ann").Code), nil)
	},
	"expired sign-up code": func(start startPool) (any, error) {
		d := start(cognitotest.Config{})
		d.signUp("ann")
		d.pool.Clock().Advance(24 * time.Hour)
		return d.confirm("ann", d.last("ann").Code, nil)
	},
	"reset code that nobody asked for": func(start startPool) (any, error) {
		return nil, start(cognitotest.Config{}, mailbox).confirmForgot("ann", "123456", password)
	},
	"too many resets": func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, mailbox)
		for range 5 {
			must[*types.CodeDeliveryDetailsType](d.t)(d.forgot("ann"))
		}
		return d.forgot("ann")
	},
	"throttled": func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, ann)
		d.pool.Plant(cognitotest.Fault{Operation: "InitiateAuth", Effect: cognitotest.Throttled, Times: -1})
		d.sdk = once(d.pool)
		return d.byPassword("ann", password)
	},
	"sign-up of a name that is taken": func(start startPool) (any, error) { return start(cognitotest.Config{}, ann).signUpWith("ann") },
	"confirmation of an address that is another's alias": func(start startPool) (any, error) {
		d := start(cognitotest.Config{AliasAttributes: []types.AliasAttributeType{"email"}}, cognitotest.User{
			Username: "tom", Password: password, Attributes: params("email", "ann@example.com", "email_verified", "true"),
		})
		d.signUp("ann")
		return d.confirm("ann", d.last("ann").Code, nil)
	},
	"ForgotPassword of an unknown user, PreventUserExistenceErrors LEGACY": func(start startPool) (any, error) {
		return start(cognitotest.Config{Client: legacy}, ann).forgot("bob")
	},
	"ForgotPassword with a temporary password": func(start startPool) (any, error) {
		u := has("email", "ann@example.com", "email_verified", "true")
		u.Temporary = true
		return start(cognitotest.Config{}, u).forgot("ann")
	},
	"ForgotPassword without a verified address, PreventUserExistenceErrors LEGACY": func(start startPool) (any, error) {
		return start(cognitotest.Config{Client: legacy}, has("email", "ann@example.com")).forgot("ann")
	},
	"refresh token that is none": begun(cognitotest.Config{}, types.AuthFlowTypeRefreshTokenAuth, "REFRESH_TOKEN", "eyJ"),
	"expired refresh token": func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, ann)
		token := d.at().AuthenticationResult.RefreshToken
		d.pool.Clock().Advance(30 * 24 * time.Hour)
		return d.renew(token)
	},
	"revoked refresh token": func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, ann)
		token := d.at().AuthenticationResult.RefreshToken
		must[*cip.RevokeTokenOutput](d.t)(d.sdk.RevokeToken(d.t.Context(), &cip.RevokeTokenInput{ClientId: &d.client.ID, Token: token}))
		return d.renew(token)
	},
	"access token after GlobalSignOut": func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, ann)
		token := d.at().AuthenticationResult.AccessToken
		must[*cip.GlobalSignOutOutput](d.t)(d.sdk.GlobalSignOut(d.t.Context(), &cip.GlobalSignOutInput{AccessToken: token}))
		return nil, d.getUser(token)
	},
	"password against the policy": func(start startPool) (any, error) {
		d := start(cognitotest.Config{})
		return d.sdk.SignUp(d.t.Context(), &cip.SignUpInput{ClientId: &d.client.ID, Username: ptr("ann"), Password: ptr("weak")})
	},
	"trigger that throws": passwordIs(cognitotest.Config{Triggers: cognitotest.Triggers{PreAuthentication: throws("name 'x' is not defined")}}, ann, "ann", password),
	"trigger whose output is unusable": passwordIs(cognitotest.Config{Triggers: cognitotest.Triggers{
		PreAuthentication: func(context.Context, []byte) ([]byte, error) { return []byte("null"), nil },
	}}, ann, "ann", password),
	"trigger that may not be invoked": func(start startPool) (any, error) {
		d := start(cognitotest.Config{})
		must[*cip.UpdateUserPoolOutput](d.t)(d.sdk.UpdateUserPool(d.t.Context(), &cip.UpdateUserPoolInput{
			UserPoolId: ptr(d.pool.ID()), LambdaConfig: &types.LambdaConfigType{PreSignUp: ptr(arn + "nobody")},
		}))
		return d.signUpWith("ann")
	},
	"malformed SRP timestamp":         claimWith("TIMESTAMP", "2026-02-03T09:04:05Z"),
	"SRP timestamp with a padded day": claimWith("TIMESTAMP", "Tue Feb 03 09:04:05 UTC 2026"),
}

// claimWith changes one response of a password proof.
func claimWith(name, value string) act {
	return func(start startPool) (any, error) {
		d := start(cognitotest.Config{}, ann)
		in, responses := d.verifier("ann", password)
		maps.Copy(responses, params(name, value))
		return d.respond(in.ChallengeName, nil, responses)
	}
}

// preferApp prefers an authenticator that is not verified, or not even there.
func preferApp(associated bool) act {
	return func(start startPool) (any, error) {
		d := start(cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, TOTP: true}, ann)
		token := d.at().AuthenticationResult.AccessToken
		if associated {
			must[*cip.AssociateSoftwareTokenOutput](d.t)(d.sdk.AssociateSoftwareToken(d.t.Context(), &cip.AssociateSoftwareTokenInput{AccessToken: token}))
		}
		return d.sdk.SetUserMFAPreference(d.t.Context(), &cip.SetUserMFAPreferenceInput{
			AccessToken: token, SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: true, PreferredMfa: true},
		})
	}
}
