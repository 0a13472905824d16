package cognitotest_test

import (
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// signUp makes an unconfirmed user with an address.
func (d *driver) signUp(username string) *cip.SignUpOutput {
	d.t.Helper()
	in := &cip.SignUpInput{
		ClientId: &d.client.ID, Username: &username, Password: ptr(password),
		UserAttributes: []types.AttributeType{{Name: ptr("email"), Value: ptr(username + "@example.com")}},
	}
	if d.client.Secret != "" {
		in.SecretHash = ptr(d.hash(username))
	}
	return must[*cip.SignUpOutput](d.t)(d.sdk.SignUp(d.t.Context(), in))
}

func (d *driver) confirm(username, code string, session *string) (*cip.ConfirmSignUpOutput, error) {
	in := &cip.ConfirmSignUpInput{ClientId: &d.client.ID, Username: &username, ConfirmationCode: &code, Session: session}
	if d.client.Secret != "" {
		in.SecretHash = ptr(d.hash(username))
	}
	return d.sdk.ConfirmSignUp(d.t.Context(), in)
}

// confirmed signs a user up and returns the session of the confirmation.
func (d *driver) confirmed(username string) *string {
	d.t.Helper()
	session := d.signUp(username).Session
	return must[*cip.ConfirmSignUpOutput](d.t)(d.confirm(username, d.lastCode(username), session)).Session
}

func (d *driver) afterSignUp(username string, session *string) (*cip.InitiateAuthOutput, error) {
	return d.sdk.InitiateAuth(d.t.Context(), &cip.InitiateAuthInput{
		AuthFlow: types.AuthFlowTypeUserAuth, ClientId: &d.client.ID, Session: session,
		AuthParameters: d.signed(map[string]string{"USERNAME": username}),
	})
}

// The session of a confirmation signs in without a challenge, once; a wrong code
// leaves the session of the sign-up usable.
func TestSignInAfterSignUp(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{Client: cognitotest.ClientConfig{Secret: true}})
	session := d.signUp("ann").Session
	code := d.lastCode("ann")
	_, err := d.confirm("ann", another(code), session)
	wantError(t, err, codeMismatch, "Invalid verification code provided, please try again.")
	out := must[*cip.ConfirmSignUpOutput](t)(d.confirm("ann", code, session))
	in := must[*cip.InitiateAuthOutput](t)(d.afterSignUp("ann", out.Session))
	if in.AuthenticationResult == nil || in.ChallengeName != "" {
		t.Fatalf("got %q, want tokens", in.ChallengeName)
	}
	_, err = d.afterSignUp("ann", out.Session)
	wantError(t, err, notAuthorized, sessionUsed)
	_, err = d.confirm("ann", code, session)
	wantError(t, err, notAuthorized, sessionUsed)

	// The Admin operation takes it too.
	admin := must[*cip.AdminInitiateAuthOutput](t)(d.sdk.AdminInitiateAuth(t.Context(), &cip.AdminInitiateAuthInput{
		UserPoolId: ptr(d.pool.ID()), ClientId: &d.client.ID, AuthFlow: types.AuthFlowTypeUserAuth,
		Session: d.confirmed("bob"), AuthParameters: d.signed(map[string]string{"USERNAME": "bob"}),
	}))
	if admin.AuthenticationResult == nil {
		t.Errorf("got %q, want tokens", admin.ChallengeName)
	}
}

// Each row is a session that is none for this sign-in.
func TestSignInAfterSignUpRefuses(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		spoil   func(d *driver, session *string) (*driver, string, *string)
		message string
	}{
		"nothing": {func(d *driver, s *string) (*driver, string, *string) { return d, "ann", s }, ""},
		"last second": {func(d *driver, s *string) (*driver, string, *string) {
			d.pool.Clock().Advance(3*time.Minute - time.Second)
			return d, "ann", s
		}, ""},
		"expired": {func(d *driver, s *string) (*driver, string, *string) {
			d.pool.Clock().Advance(3 * time.Minute)
			return d, "ann", s
		}, sessionExpired},
		"not the first sign-in": {func(d *driver, s *string) (*driver, string, *string) {
			must[*cip.InitiateAuthOutput](d.t)(d.byPassword("ann", password))
			return d, "ann", s
		}, sessionInvalid},
		"of the sign-up": {func(d *driver, _ *string) (*driver, string, *string) {
			return d, "bob", d.signUp("bob").Session
		}, sessionInvalid},
		"of a challenge": {func(d *driver, _ *string) (*driver, string, *string) {
			return d, "ann", must[*cip.InitiateAuthOutput](d.t)(d.choose("ann", "", nil)).Session
		}, sessionInvalid},
		"another user": {func(d *driver, s *string) (*driver, string, *string) {
			d.confirmed("bob")
			return d, "bob", s
		}, sessionInvalid},
		"nobody": {func(d *driver, s *string) (*driver, string, *string) { return d, "nobody", s }, sessionInvalid},
		"another client": {func(d *driver, s *string) (*driver, string, *string) {
			return d.as(d.pool.AddClient(cognitotest.ClientConfig{})), "ann", s
		}, sessionInvalid},
		"disabled": {func(d *driver, s *string) (*driver, string, *string) {
			must[*cip.AdminDisableUserOutput](d.t)(d.sdk.AdminDisableUser(d.t.Context(), &cip.AdminDisableUserInput{
				UserPoolId: ptr(d.pool.ID()), Username: ptr("ann"),
			}))
			return d, "ann", s
		}, "User is disabled."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{})
			d, username, session := row.spoil(d, d.confirmed("ann"))
			out, err := d.afterSignUp(username, session)
			if row.message != "" {
				wantError(t, err, notAuthorized, row.message)
			} else if err != nil || out.AuthenticationResult == nil {
				t.Errorf("the good case failed: %v", err)
			}
		})
	}
}

// Which sessions ConfirmSignUp takes. A refused one leaves the code usable.
func TestConfirmSignUpSession(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	ann, bob := d.signUp("ann").Session, d.signUp("bob").Session
	_, err := d.confirm("ann", d.lastCode("ann"), bob)
	wantError(t, err, notAuthorized, sessionInvalid)
	_, err = d.as(d.pool.AddClient(cognitotest.ClientConfig{})).confirm("ann", d.lastCode("ann"), ann)
	wantError(t, err, notAuthorized, sessionInvalid)
	d.pool.Clock().Advance(3 * time.Minute)
	_, err = d.confirm("ann", d.lastCode("ann"), ann)
	wantError(t, err, notAuthorized, sessionExpired)
	if out := must[*cip.ConfirmSignUpOutput](t)(d.confirm("ann", d.lastCode("ann"), nil)); out.Session != nil {
		t.Error("ConfirmSignUp without a session returned one")
	}
	lenient := drive(t, cognitotest.Config{UnaskedSession: true})
	lenient.signUp("ann")
	unasked := must[*cip.ConfirmSignUpOutput](t)(lenient.confirm("ann", lenient.lastCode("ann"), nil)).Session
	if in := must[*cip.InitiateAuthOutput](t)(lenient.afterSignUp("ann", unasked)); in.AuthenticationResult == nil {
		t.Errorf("got %q of an unasked session, want tokens", in.ChallengeName)
	}
	srpOnly := d.as(d.pool.AddClient(cognitotest.ClientConfig{
		Flows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserSrpAuth},
	}))
	if srpOnly.signUp("eve").Session != nil {
		t.Error("SignUp of a client without USER_AUTH returned a session")
	}
}

// The confirmation takes the place of the first factor only.
func TestSignInAfterSignUpMFA(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, Email: true})
	in := must[*cip.InitiateAuthOutput](t)(d.afterSignUp("ann", d.confirmed("ann")))
	if in.ChallengeName != email || in.AuthenticationResult != nil {
		t.Errorf("got %q, want EMAIL_OTP", in.ChallengeName)
	}
}
