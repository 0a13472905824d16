package cognitotest_test

import (
	"encoding/json"
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/totp"
)

// A person answers what a script asks.
type person struct {
	t       *testing.T
	pool    *cognitotest.Pool
	name    string
	secret  string // of the authenticator
	answers []answer
}

// An answer is what a person types when asked; about is what is shown with the
// question.
type answer func(p *person, about map[string]any) any

func (p *person) reply(question string, about map[string]any) any {
	p.t.Helper()
	if len(p.answers) == 0 {
		p.t.Fatalf("nobody answers %q", question)
	}
	next := p.answers[0]
	p.answers = p.answers[1:]
	return next(p, about)
}

// typed is an answer that needs no thought.
func typed(text string) answer { return func(*person, map[string]any) any { return text } }

// byApp reads the authenticator, which a question about its set-up gives a secret
// first. Half a minute has passed since the last time, so the code is a new one.
func byApp(p *person, about map[string]any) any {
	p.t.Helper()
	if secret, ok := about["secret"].(string); ok {
		p.secret = secret
	}
	p.pool.Clock().Advance(30 * time.Second)
	return must[string](p.t)(totp.Code(p.secret, p.pool.Clock().Now()))
}

// byMail reads the newest message, by SMS or e-mail.
func byMail(p *person, _ map[string]any) any {
	p.t.Helper()
	message, ok := p.pool.Outbox().Last(p.name)
	if !ok {
		p.t.Fatal("the outbox is empty")
	}
	return message.Code
}

// forgetDevices is not of the user: an administrator forgets every device.
func forgetDevices(p *person, _ map[string]any) any {
	p.t.Helper()
	sdk, pool := p.pool.SDK(), ptr(p.pool.ID())
	list := must[*cip.AdminListDevicesOutput](p.t)(sdk.AdminListDevices(p.t.Context(), &cip.AdminListDevicesInput{UserPoolId: pool, Username: &p.name}))
	if len(list.Devices) == 0 {
		p.t.Error("there is no device to forget")
	}
	for _, d := range list.Devices {
		must[*cip.AdminForgetDeviceOutput](p.t)(sdk.AdminForgetDevice(p.t.Context(), &cip.AdminForgetDeviceInput{
			UserPoolId: pool, Username: &p.name, DeviceKey: d.DeviceKey,
		}))
	}
	return "done"
}

// mistyped gets another answer.
func mistyped(right answer) answer {
	return func(p *person, about map[string]any) any {
		code := right(p, about).(string)
		return code[:len(code)-1] + string('0'+(code[len(code)-1]-'0'+1)%10)
	}
}

// address is an answer to Amplify, which asks for what is to be set up.
const address = "ann@example.com"

// passkeys is a device of the user's, at the site of the pool.
func passkeys() (create, use answer) {
	key := &cognitotest.Authenticator{Origin: "https://app.example"}
	with := func(do func([]byte) (json.RawMessage, error)) answer {
		return func(p *person, about map[string]any) any {
			p.t.Helper()
			options, err := json.Marshal(about["options"])
			if err != nil {
				p.t.Fatal(err)
			}
			return must[json.RawMessage](p.t)(do(options))
		}
	}
	return with(key.Create), with(key.Get)
}

// all is for every client.
func all(rows ...string) byClient { return byClient{"": rows} }

// What a user sees of a refusal, whatever the client.
const (
	refusedCode   = "refused: CodeMismatchException: Invalid code or auth state for the user."
	refusedTOTP   = "refused: CodeMismatchException: Invalid code received for user"
	refusedSetUp  = "refused: EnableSoftwareTokenMFAException: Code mismatch"
	refusedProof  = "refused: CodeMismatchException: Invalid verification code provided, please try again."
	refusedPolicy = "refused: InvalidPasswordException: Password did not conform with policy: Password not long enough"
	refusedToken  = "refused: NotAuthorizedException: Access Token has been revoked"
	endedToken    = "ended by NotAuthorizedException: Access Token has been revoked"
	endedPassword = "ended by NotAuthorizedException: Incorrect username or password."
	endedRevoked  = "ended by NotAuthorizedException: Refresh Token has been revoked"
	endedStatus   = "ended by UserNotConfirmedException: User is not confirmed."
)

const (
	annTokens   = "tokens of ann"
	sent        = "code sent to a***@e***"
	secondHorse = "Second-Horse-2"
)

// Pools and users that several flows have.
var (
	plain     = cognitotest.User{Password: password}
	enrolled  = cognitotest.User{Password: password, TOTPSecret: totp.NewSecret()}
	withEmail = cognitotest.User{Password: password, Attributes: map[string]string{"email": address, "email_verified": "true"}}
	withPhone = cognitotest.User{Password: password, Attributes: map[string]string{"phone_number": "+15555551234", "phone_number_verified": "true"}}
	withBoth  = cognitotest.User{
		Password: password, Attributes: withPhone.Attributes,
		TOTPSecret: totp.NewSecret(), Factors: []types.ChallengeNameType{types.ChallengeNameTypeSmsMfa},
	}
	byTOTP  = cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true}
	riddled = cognitotest.Config{Triggers: riddle()}
	choices = cognitotest.Config{
		FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp, types.AuthFactorTypeWebAuthn},
		WebAuthn:     types.WebAuthnConfigurationType{RelyingPartyId: ptr("app.example")},
	}
	createPasskey, usePasskey = passkeys()
)

// stockFlows are the flows by name. The calls are named by the flow that was begun
// or the challenge that was answered, or else by the operation.
var stockFlows = map[string]stockFlow{
	"SRP": {
		flow: "signIn", user: plain,
		story: all(annTokens),
		calls: all("USER_SRP_AUTH", "PASSWORD_VERIFIER"),
	},
	"SRP, wrong password": {
		flow: "signIn", user: plain, typing: wrongPassword,
		story: all(endedPassword),
		calls: all("USER_SRP_AUTH", "PASSWORD_VERIFIER: NotAuthorizedException"),
	},
	"SRP, nobody": {
		flow:  "signIn",
		story: all(endedPassword),
		calls: all("USER_SRP_AUTH", "PASSWORD_VERIFIER: NotAuthorizedException"),
	},
	"SRP, e-mail address as username": {
		flow: "signIn", cfg: cognitotest.Config{UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail}},
		user:  cognitotest.User{Username: address, Password: password},
		story: all("tokens of a sub"),
		calls: all("USER_SRP_AUTH", "PASSWORD_VERIFIER"),
	},
	"SRP, client with a secret": {
		flow: "signIn", cfg: cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, Client: cognitotest.ClientConfig{Secret: true}}, user: enrolled,
		answers: []answer{byApp},
		story:   all("totp?", annTokens),
		calls:   all("USER_SRP_AUTH", "PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA"),
		only:    []string{"sdk", "go"}, // the others are for browsers, which keep no secret
	},
	"password": {
		flow: "password", user: plain,
		story: all(annTokens),
		calls: all("USER_PASSWORD_AUTH"),
	},
	"password, wrong": {
		flow: "password", user: plain, typing: wrongPassword,
		story: all(endedPassword),
		calls: all("USER_PASSWORD_AUTH: NotAuthorizedException"),
	},
	"password, endpoint from the environment": {
		flow: "environment", user: plain,
		story: all(annTokens),
		calls: all("USER_PASSWORD_AUTH"),
		only:  []string{"sdk"},
	},
	"unconfirmed": {
		flow: "signIn", user: cognitotest.User{Password: password, Unconfirmed: true},
		story: byClient{"": {endedStatus}, "amplify": {"ended by Error: no answer to CONFIRM_SIGN_UP"}},
		calls: all("USER_SRP_AUTH", "PASSWORD_VERIFIER: UserNotConfirmedException"),
	},
	"totp": {
		flow: "signIn", cfg: byTOTP, user: enrolled,
		answers: []answer{mistyped(byApp), byApp},
		story:   all("totp?", refusedTOTP, "totp?", annTokens),
		calls:   all("USER_SRP_AUTH", "PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA: CodeMismatchException", "SOFTWARE_TOKEN_MFA"),
	},
	"set up totp": {
		flow: "signIn", cfg: byTOTP, user: plain,
		answers: []answer{mistyped(byApp), byApp},
		story:   all("set up totp?", refusedSetUp, "set up totp?", annTokens),
		calls: all("USER_SRP_AUTH", "PASSWORD_VERIFIER", "AssociateSoftwareToken",
			"VerifySoftwareToken: EnableSoftwareTokenMFAException", "VerifySoftwareToken", "MFA_SETUP"),
	},
	"sms": {
		flow: "signIn", cfg: cognitotest.Config{MFA: types.UserPoolMfaTypeOn, SMS: true}, user: withPhone,
		answers: []answer{mistyped(byMail), byMail},
		story:   all("sms?", refusedCode, "sms?", annTokens),
		calls:   all("USER_SRP_AUTH", "PASSWORD_VERIFIER", "SMS_MFA: CodeMismatchException", "SMS_MFA"),
	},
	"email": {
		flow: "signIn", cfg: cognitotest.Config{MFA: types.UserPoolMfaTypeOn, Email: true}, user: withEmail,
		answers: []answer{mistyped(byMail), byMail},
		story:   all("email?", refusedCode, "email?", annTokens),
		calls:   all("USER_SRP_AUTH", "PASSWORD_VERIFIER", "EMAIL_OTP: CodeMismatchException", "EMAIL_OTP"),
		only:    []string{"sdk", "amplify", "go"}, // identity does not know EMAIL_OTP
	},
	"set up email": {
		flow: "signIn", cfg: cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, Email: true}, user: plain,
		answers: []answer{typed("EMAIL_OTP"), typed(address), byMail},
		story:   all("choose set-up?", "address?", "email?", annTokens),
		calls:   all("USER_SRP_AUTH", "PASSWORD_VERIFIER", "MFA_SETUP", "EMAIL_OTP"),
		only:    []string{"amplify"},
	},
	"choose": {
		flow: "signIn", cfg: cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, TOTP: true, SMS: true}, user: withBoth,
		answers: []answer{typed("SOFTWARE_TOKEN_MFA"), byApp},
		story:   all("choose?", "totp?", annTokens),
		calls:   all("USER_SRP_AUTH", "PASSWORD_VERIFIER", "SELECT_MFA_TYPE", "SOFTWARE_TOKEN_MFA"),
	},
	"new password": {
		flow: "signIn", cfg: cognitotest.Config{RequiredAttributes: []string{"given_name"}},
		user:    cognitotest.User{Password: password, Temporary: true},
		answers: []answer{typed("Short-1"), typed(secondHorse)},
		story:   all("new password?", refusedPolicy, "new password?", annTokens),
		calls:   all("USER_SRP_AUTH", "PASSWORD_VERIFIER", "NEW_PASSWORD_REQUIRED: InvalidPasswordException", "NEW_PASSWORD_REQUIRED"),
	},
	"custom": {
		flow: "customAuth", cfg: riddled, user: plain,
		answers: []answer{typed("41"), typed("42")},
		story:   all("custom?", "custom?", annTokens),
		calls:   all("CUSTOM_AUTH", "CUSTOM_CHALLENGE", "CUSTOM_CHALLENGE"),
	},
	"custom after SRP": {
		flow: "customSRP", cfg: riddled, user: plain,
		answers: []answer{typed("41"), typed("42")},
		story:   all("custom?", "custom?", annTokens),
		calls:   all("CUSTOM_AUTH", "PASSWORD_VERIFIER", "CUSTOM_CHALLENGE", "CUSTOM_CHALLENGE"),
	},
	"device, always": {
		flow: "device", cfg: cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, Devices: cognitotest.DevicesAlways}, user: enrolled,
		answers: []answer{byApp},
		story:   all("totp?", annTokens, annTokens),
		calls: byClient{
			"": {"USER_SRP_AUTH", "PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA", "ConfirmDevice",
				"USER_SRP_AUTH", "PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"},
			"amplify": {"USER_SRP_AUTH", "PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA", "ConfirmDevice", "RevokeToken",
				"USER_SRP_AUTH", "PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"},
		},
		only: []string{"identity", "sdk", "amplify"}, // cognito-srp has no devices
	},
	"device, opt-in": {
		flow: "device", cfg: cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, Devices: cognitotest.DevicesOptIn}, user: enrolled,
		answers: []answer{byApp},
		story:   all("totp?", annTokens, "device remembered", annTokens),
		calls: byClient{
			"": {"USER_SRP_AUTH", "PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA", "ConfirmDevice", "UpdateDeviceStatus",
				"USER_SRP_AUTH", "PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"},
			"amplify": {"USER_SRP_AUTH", "PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA", "ConfirmDevice", "UpdateDeviceStatus", "RevokeToken",
				"USER_SRP_AUTH", "PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"},
		},
		only: []string{"identity", "sdk", "amplify"}, // cognito-srp has no devices
	},
	"device, forgotten meanwhile": {
		flow: "forgottenDevice", cfg: cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, Devices: cognitotest.DevicesAlways}, user: enrolled,
		answers: []answer{byApp, forgetDevices, byApp},
		story:   all("totp?", annTokens, "forget the device?", "totp?", annTokens),
		calls: byClient{
			"identity": {"USER_SRP_AUTH", "PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA", "ConfirmDevice", "AdminListDevices", "AdminForgetDevice",
				"USER_SRP_AUTH", "PASSWORD_VERIFIER: ResourceNotFoundException", "PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA", "ConfirmDevice"},
			"amplify": {"USER_SRP_AUTH", "PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA", "ConfirmDevice", "RevokeToken", "AdminListDevices", "AdminForgetDevice",
				"USER_SRP_AUTH", "PASSWORD_VERIFIER: ResourceNotFoundException", "PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA", "ConfirmDevice"},
		},
		only: []string{"identity", "amplify"},
	},
	"authenticator of a user who is signed in": {
		flow: "enrol", cfg: cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, TOTP: true}, user: plain,
		answers: []answer{mistyped(byApp), byApp, byApp},
		story:   all(annTokens, "set up totp?", refusedSetUp, "set up totp?", "prefers SOFTWARE_TOKEN_MFA", "totp?", annTokens),
		calls: byClient{
			"identity": {"USER_SRP_AUTH", "PASSWORD_VERIFIER", "AssociateSoftwareToken", "VerifySoftwareToken: EnableSoftwareTokenMFAException",
				"VerifySoftwareToken", "SetUserMFAPreference", "GetUser", "USER_SRP_AUTH", "PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA"},
			"amplify": {"USER_SRP_AUTH", "PASSWORD_VERIFIER", "AssociateSoftwareToken", "VerifySoftwareToken: EnableSoftwareTokenMFAException",
				"VerifySoftwareToken", "SetUserMFAPreference", "GetUser", "RevokeToken", "USER_SRP_AUTH", "PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA"},
		},
		only: []string{"identity", "amplify"},
	},
	"account": {
		flow: "account", user: plain,
		answers: []answer{typed(wrongPassword), typed(password), mistyped(byMail), byMail},
		story: all(annTokens, "old password?", "refused: NotAuthorizedException: Incorrect username or password.", "old password?",
			"address code?", refusedProof, "address code?", "email verified: true", "deleted", endedPassword),
		calls: byClient{
			"identity": {"USER_SRP_AUTH", "PASSWORD_VERIFIER", "ChangePassword: NotAuthorizedException", "ChangePassword", "UpdateUserAttributes", "GetUser",
				"VerifyUserAttribute: CodeMismatchException", "VerifyUserAttribute", "GetUser", "DeleteUser",
				"USER_SRP_AUTH", "PASSWORD_VERIFIER: NotAuthorizedException"},
			"amplify": {"USER_SRP_AUTH", "PASSWORD_VERIFIER", "ChangePassword: NotAuthorizedException", "ChangePassword", "UpdateUserAttributes",
				"VerifyUserAttribute: CodeMismatchException", "VerifyUserAttribute", "GetUser", "DeleteUser", "RevokeToken",
				"USER_SRP_AUTH", "PASSWORD_VERIFIER: NotAuthorizedException"},
		},
		only: []string{"identity", "amplify"},
	},
	"refresh": {
		flow: "refresh", user: plain,
		story: all(annTokens, annTokens),
		calls: byClient{
			"":         {"USER_SRP_AUTH", "PASSWORD_VERIFIER", "GetTokensFromRefreshToken"},
			"identity": {"USER_SRP_AUTH", "PASSWORD_VERIFIER", "REFRESH_TOKEN_AUTH"},
		},
	},
	"refresh, rotated": {
		flow: "refresh", cfg: cognitotest.Config{Client: cognitotest.ClientConfig{RefreshTokenRotation: true}}, user: plain,
		story: all(annTokens, annTokens),
		calls: all("USER_SRP_AUTH", "PASSWORD_VERIFIER", "GetTokensFromRefreshToken"),
		only:  []string{"sdk", "amplify", "go"}, // identity refreshes by REFRESH_TOKEN_AUTH
	},
	"sign-out everywhere": {
		flow: "signOut", user: plain,
		story: byClient{
			"":         {annTokens, "signed out", refusedToken, endedRevoked},
			"amplify":  {annTokens, "signed out", refusedToken, "ended by Error: no tokens"}, // it drops them when a refresh is refused
			"identity": {annTokens, "signed out", endedToken},
		},
		calls: byClient{
			"":         {"USER_SRP_AUTH", "PASSWORD_VERIFIER", "GlobalSignOut", "GetUser: NotAuthorizedException", "REFRESH_TOKEN_AUTH: NotAuthorizedException"},
			"amplify":  {"USER_SRP_AUTH", "PASSWORD_VERIFIER", "GlobalSignOut", "GetUser: NotAuthorizedException", "GetTokensFromRefreshToken: NotAuthorizedException"},
			"identity": {"USER_SRP_AUTH", "PASSWORD_VERIFIER", "GlobalSignOut", "GetUser: NotAuthorizedException"},
		},
	},
	"forgotten password": {
		flow: "forgot", user: withEmail,
		answers: []answer{typed(secondHorse), mistyped(byMail), byMail},
		story:   all(sent, "new password?", "reset code?", refusedProof, "reset code?", annTokens),
		calls: all("ForgotPassword", "ConfirmForgotPassword: CodeMismatchException", "ConfirmForgotPassword",
			"USER_SRP_AUTH", "PASSWORD_VERIFIER"),
	},
	"sign-up": {
		flow:    "signUp",
		answers: []answer{mistyped(byMail), byMail},
		story:   all("not confirmed, "+sent, "confirmation code?", refusedProof, "confirmation code?", annTokens),
		calls:   all("SignUp", "ConfirmSignUp: CodeMismatchException", "ConfirmSignUp", "USER_SRP_AUTH", "PASSWORD_VERIFIER"),
	},
	"sign-up, signed in by the confirmation": {
		flow: "autoSignIn", cfg: cognitotest.Config{UnaskedSession: true},
		answers: []answer{byMail},
		story:   all("not confirmed, "+sent, "confirmation code?", annTokens),
		calls:   all("SignUp", "ConfirmSignUp", "USER_AUTH"),
		only:    []string{"amplify"},
	},
	"choice, email": {
		flow: "choice", cfg: choices, user: withEmail,
		answers: []answer{typed("EMAIL_OTP"), mistyped(byMail), byMail},
		story:   all("first factor?", "email?", refusedCode, "email?", annTokens),
		calls:   all("USER_AUTH", "SELECT_CHALLENGE", "EMAIL_OTP: CodeMismatchException", "EMAIL_OTP"),
		only:    []string{"sdk", "amplify", "go"},
	},
	"choice, password by SRP": {
		flow: "choice", cfg: choices, user: withEmail,
		answers: []answer{typed("PASSWORD_SRP"), typed(password)},
		story:   all("first factor?", "password?", annTokens),
		calls:   all("USER_AUTH", "SELECT_CHALLENGE", "PASSWORD_VERIFIER"),
		only:    []string{"amplify"},
	},
	"choice, passkey": {
		flow: "passkey", cfg: choices, user: withEmail,
		answers: []answer{createPasskey, usePasskey},
		story:   all(annTokens, "create passkey?", "passkey registered", "use passkey?", annTokens),
		calls: all("USER_SRP_AUTH", "PASSWORD_VERIFIER", "StartWebAuthnRegistration", "CompleteWebAuthnRegistration",
			"RevokeToken", "USER_AUTH", "WEB_AUTHN"),
		only: []string{"amplify"},
	},
}
