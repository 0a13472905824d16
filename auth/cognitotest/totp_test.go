package cognitotest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	stocktotp "github.com/pquerna/otp/totp"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/totp"
)

// code is what an authenticator app would show, by a library that is not the
// pool's.
func (d *driver) code(secret string) string {
	return must[string](d.t)(stocktotp.GenerateCode(secret, d.pool.Clock().Now()))
}

// wrongCode is what an authenticator shows neither now nor at any time near.
func (d *driver) wrongCode(secret string) string {
	near := map[string]bool{}
	for step := range 5 {
		now := d.pool.Clock().Now().Add(time.Duration(step-2) * 30 * time.Second)
		near[must[string](d.t)(stocktotp.GenerateCode(secret, now))] = true
	}
	for n := 271828; ; n++ {
		if code := fmt.Sprintf("%06d", n); !near[code] {
			return code
		}
	}
}

// another is a code of the right form that is not the one that was sent.
func another(code string) string {
	return code[:5] + string('0'+(code[5]-'0'+1)%10)
}

func (d *driver) adminPassword(flow types.AuthFlowType, username string) (*cip.AdminInitiateAuthOutput, error) {
	return d.sdk.AdminInitiateAuth(d.t.Context(), &cip.AdminInitiateAuthInput{
		AuthFlow: flow, UserPoolId: ptr(d.pool.ID()), ClientId: &d.client.ID,
		AuthParameters: d.signed(map[string]string{"USERNAME": username, "PASSWORD": password}),
	})
}

// answerTOTP answers SOFTWARE_TOKEN_MFA.
func (d *driver) answerTOTP(session *string, username, code string) (*cip.RespondToAuthChallengeOutput, error) {
	return d.respond(types.ChallengeNameTypeSoftwareTokenMfa, session, d.signed(map[string]string{
		"USERNAME": username, "SOFTWARE_TOKEN_MFA_CODE": code,
	}))
}

// The published walk-through of TOTP in sign-up and sign-in, server side: the
// user signs in by e-mail address, and ends set-up without a second sign-in.
func TestTOTPWalkThrough(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{
		MFA: types.UserPoolMfaTypeOn, TOTP: true,
		UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail},
		Client:             cognitotest.ClientConfig{Flows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAdminNoSrpAuth}},
	})
	const email = "ann@example.com"
	up := must[*cip.SignUpOutput](t)(d.sdk.SignUp(t.Context(), &cip.SignUpInput{
		ClientId: &d.client.ID, Username: ptr(email), Password: ptr(password),
	}))
	mail, _ := d.pool.Outbox().Last(email)
	must[*cip.ConfirmSignUpOutput](t)(d.sdk.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{
		ClientId: &d.client.ID, Username: ptr(email), ConfirmationCode: &mail.Code,
	}))

	setUp := must[*cip.AdminInitiateAuthOutput](t)(d.adminPassword(types.AuthFlowTypeAdminNoSrpAuth, email))
	if setUp.ChallengeName != types.ChallengeNameTypeMfaSetup ||
		setUp.ChallengeParameters["MFAS_CAN_SETUP"] != `["SOFTWARE_TOKEN_MFA"]` ||
		setUp.ChallengeParameters["USER_ID_FOR_SRP"] != *up.UserSub {
		t.Fatalf("got %s %v", setUp.ChallengeName, setUp.ChallengeParameters)
	}
	associated := must[*cip.AssociateSoftwareTokenOutput](t)(d.sdk.AssociateSoftwareToken(t.Context(),
		&cip.AssociateSoftwareTokenInput{Session: setUp.Session}))
	if n := len(*associated.SecretCode); n != 52 || strings.ContainsAny(*associated.SecretCode, "=abc") {
		t.Errorf("SecretCode has %d characters, want 52 of base32", n)
	}
	code := d.code(*associated.SecretCode)
	verify := func(code string) (*cip.VerifySoftwareTokenOutput, error) {
		return d.sdk.VerifySoftwareToken(t.Context(), &cip.VerifySoftwareTokenInput{
			Session: associated.Session, UserCode: &code, FriendlyDeviceName: ptr("my phone"),
		})
	}
	_, err := verify(d.wrongCode(*associated.SecretCode))
	wantError(t, err, "EnableSoftwareTokenMFAException", "Code mismatch")
	verified := must[*cip.VerifySoftwareTokenOutput](t)(verify(code)) // the same session, after a wrong code
	if verified.Status != types.VerifySoftwareTokenResponseTypeSuccess {
		t.Errorf("Status is %s", verified.Status)
	}
	finished := must[*cip.AdminRespondToAuthChallengeOutput](t)(d.sdk.AdminRespondToAuthChallenge(t.Context(),
		&cip.AdminRespondToAuthChallengeInput{
			UserPoolId: ptr(d.pool.ID()), ClientId: &d.client.ID, ChallengeName: types.ChallengeNameTypeMfaSetup,
			Session: verified.Session, ChallengeResponses: map[string]string{"USERNAME": *up.UserSub},
		}))
	if finished.AuthenticationResult == nil {
		t.Fatal("no tokens at the end of set-up")
	}

	// The next sign-in asks for the authenticator, and the code that set it up
	// counts as used.
	again := must[*cip.AdminInitiateAuthOutput](t)(d.adminPassword(types.AuthFlowTypeAdminNoSrpAuth, email))
	if again.ChallengeName != types.ChallengeNameTypeSoftwareTokenMfa ||
		again.ChallengeParameters["FRIENDLY_DEVICE_NAME"] != "my phone" {
		t.Fatalf("got %s %v", again.ChallengeName, again.ChallengeParameters)
	}
	_, err = d.answerTOTP(again.Session, email, code)
	wantError(t, err, "ExpiredCodeException", "Your software token has already been used once.")
	d.pool.Clock().Advance(30 * time.Second)
	code = d.code(*associated.SecretCode)
	_, err = d.answerTOTP(again.Session, email, d.wrongCode(*associated.SecretCode))
	wantError(t, err, "CodeMismatchException", "Invalid code received for user")
	out := must[*cip.RespondToAuthChallengeOutput](t)(d.answerTOTP(again.Session, email, code))
	if out.AuthenticationResult == nil {
		t.Error("no tokens after the right code")
	}
	_, err = d.answerTOTP(again.Session, email, code)
	wantError(t, err, notAuthorized, "Invalid session for the user, session can only be used once.")

	want := []string{
		"SignUp  ", "ConfirmSignUp  ", "AdminInitiateAuth ADMIN_NO_SRP_AUTH ", "AssociateSoftwareToken  ",
		"VerifySoftwareToken  EnableSoftwareTokenMFAException", "VerifySoftwareToken  ",
		"AdminRespondToAuthChallenge MFA_SETUP ", "AdminInitiateAuth ADMIN_NO_SRP_AUTH ",
		"RespondToAuthChallenge SOFTWARE_TOKEN_MFA ExpiredCodeException",
		"RespondToAuthChallenge SOFTWARE_TOKEN_MFA CodeMismatchException",
		"RespondToAuthChallenge SOFTWARE_TOKEN_MFA ",
		"RespondToAuthChallenge SOFTWARE_TOKEN_MFA NotAuthorizedException",
	}
	calls := d.pool.Calls()
	if len(calls) != len(want) {
		t.Fatalf("%d calls, want %d", len(calls), len(want))
	}
	for i, c := range calls {
		if got := c.Operation + " " + c.Step + " " + c.Code; got != want[i] || c.RequestID == "" {
			t.Errorf("call %d is %q, want %q", i, got, want[i])
		}
	}
}

// A code of the step before or after is accepted, one further away is not, and
// none that is not newer than the last.
func TestTOTPWindow(t *testing.T) {
	t.Parallel()
	secret := totp.NewSecret()
	for name, row := range map[string]struct {
		skew          time.Duration
		code, message string
	}{
		"now":         {0, "", ""},
		"step before": {-30 * time.Second, "", ""},
		"step after":  {30 * time.Second, "", ""},
		"too old":     {-60 * time.Second, "CodeMismatchException", "Invalid code received for user"},
		"too early":   {60 * time.Second, "CodeMismatchException", "Invalid code received for user"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, TOTP: true})
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, TOTPSecret: secret})
			in := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
			code := must[string](t)(stocktotp.GenerateCode(secret, d.pool.Clock().Now().Add(row.skew)))
			_, err := d.answerTOTP(in.Session, "ann", code)
			if row.code != "" {
				wantError(t, err, row.code, row.message)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			in = must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
			_, err = d.answerTOTP(in.Session, "ann", code)
			wantError(t, err, "ExpiredCodeException", "Your software token has already been used once.")
		})
	}
}

// Enrolment after sign-in: neither call returns a session, and with MFA
// OPTIONAL the factor counts only once it is enabled.
func TestTOTPByAccessToken(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, TOTP: true})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	tokens := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)).AuthenticationResult
	enable := func() error {
		_, err := d.sdk.SetUserMFAPreference(t.Context(), &cip.SetUserMFAPreferenceInput{
			AccessToken:              tokens.AccessToken,
			SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: true, PreferredMfa: true},
		})
		return err
	}
	wantError(t, enable(), "InvalidParameterException", "User has not set up software token mfa")
	associated := must[*cip.AssociateSoftwareTokenOutput](t)(d.sdk.AssociateSoftwareToken(t.Context(),
		&cip.AssociateSoftwareTokenInput{AccessToken: tokens.AccessToken}))
	wantError(t, enable(), "InvalidParameterException", "User has not verified software token mfa")
	verified := must[*cip.VerifySoftwareTokenOutput](t)(d.sdk.VerifySoftwareToken(t.Context(), &cip.VerifySoftwareTokenInput{
		AccessToken: tokens.AccessToken, UserCode: ptr(d.code(*associated.SecretCode)),
	}))
	if associated.Session != nil || verified.Session != nil {
		t.Error("a session came with an access token")
	}
	_, err := d.sdk.VerifySoftwareToken(t.Context(), &cip.VerifySoftwareTokenInput{
		AccessToken: tokens.AccessToken, UserCode: ptr(d.code(*associated.SecretCode)),
	})
	wantError(t, err, "SoftwareTokenMFANotFoundException", "Software Token MFA does not exist for the user.")
	if out := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)); out.AuthenticationResult == nil {
		t.Errorf("verified but not enabled, and %s is asked for", out.ChallengeName)
	}
	if err := enable(); err != nil {
		t.Fatal(err)
	}
	user := must[*cip.GetUserOutput](t)(d.sdk.GetUser(t.Context(), &cip.GetUserInput{AccessToken: tokens.AccessToken}))
	if *user.PreferredMfaSetting != "SOFTWARE_TOKEN_MFA" || len(user.UserMFASettingList) != 1 {
		t.Errorf("settings are %v, preferred %s", user.UserMFASettingList, *user.PreferredMfaSetting)
	}
	out := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
	if out.ChallengeName != types.ChallengeNameTypeSoftwareTokenMfa {
		t.Errorf("got %s after enabling", out.ChallengeName)
	}
}

// What does not end in a verified authenticator does not end set-up.
func TestSetUpRefuses(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	begin := func() *string { return must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)).Session }
	finish := func(session *string) error {
		_, err := d.respond(types.ChallengeNameTypeMfaSetup, session, map[string]string{"USERNAME": "ann"})
		return err
	}
	wantError(t, finish(nil), "InvalidParameterException", "Missing required parameter Session")
	wantError(t, finish(begin()), "InvalidParameterException", "User has not verified software token mfa")

	_, err := d.sdk.VerifySoftwareToken(t.Context(), &cip.VerifySoftwareTokenInput{Session: begin(), UserCode: ptr("123456")})
	wantError(t, err, "SoftwareTokenMFANotFoundException", "Software Token MFA does not exist for the user.")

	session := begin()
	associated := must[*cip.AssociateSoftwareTokenOutput](t)(d.sdk.AssociateSoftwareToken(t.Context(),
		&cip.AssociateSoftwareTokenInput{Session: session}))
	wantError(t, finish(associated.Session), "InvalidParameterException", "User has not verified software token mfa")
	_, err = d.sdk.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{Session: session})
	wantError(t, err, notAuthorized, "Invalid session for the user, session can only be used once.")
	_, err = d.sdk.VerifySoftwareToken(t.Context(), &cip.VerifySoftwareTokenInput{Session: associated.Session, UserCode: ptr("abcdef")})
	wantError(t, err, "InvalidParameterException",
		"1 validation error detected: Value at 'userCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9]+")

	_, err = d.sdk.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{
		Session: session, AccessToken: ptr("both"),
	})
	wantError(t, err, "InvalidParameterException", "Exactly one of AccessToken and Session is required.")

	// Only a sign-in that stands at MFA_SETUP may enrol: anywhere else it would
	// let somebody with the password alone replace the second factor.
	d.pool.AddUser(cognitotest.User{Username: "bob", Password: password, TOTPSecret: totp.NewSecret()})
	asked := must[*cip.InitiateAuthOutput](t)(d.byPassword("bob", password))
	_, err = d.sdk.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{Session: asked.Session})
	wantError(t, err, notAuthorized, sessionInvalid)
	_, err = d.sdk.VerifySoftwareToken(t.Context(), &cip.VerifySoftwareTokenInput{Session: asked.Session, UserCode: ptr("123456")})
	wantError(t, err, notAuthorized, sessionInvalid)

	_, err = d.sdk.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{AccessToken: ptr("made.up.token")})
	wantError(t, err, notAuthorized, "Invalid Access Token")

	off := drive(t, cognitotest.Config{})
	off.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	tokens := must[*cip.InitiateAuthOutput](t)(off.byPassword("ann", password)).AuthenticationResult
	_, err = off.sdk.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{AccessToken: tokens.AccessToken})
	wantError(t, err, "SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool")
	// Both pools sign with the keys of this process; the other's tokens are
	// foreign all the same.
	foreign := &cip.AssociateSoftwareTokenInput{AccessToken: tokens.AccessToken}
	_, err = d.sdk.AssociateSoftwareToken(t.Context(), foreign)
	wantError(t, err, notAuthorized, "Invalid Access Token")
}
