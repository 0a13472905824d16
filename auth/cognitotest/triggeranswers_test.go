package cognitotest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

const (
	lambdaRefused  = "UserLambdaValidationException"
	lambdaOutput   = "InvalidLambdaResponseException"
	unrecognizable = "Unrecognizable lambda output"
)

// What each trigger refuses, the client is told with the name of the trigger and
// the function's own words.
func TestTriggersRefuse(t *testing.T) {
	t.Parallel()
	var j journal
	d := drive(t, cognitotest.Config{Triggers: j.all(), MFA: types.UserPoolMfaTypeOptional, SMS: true})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: map[string]string{
		"email": "ann@example.com", "email_verified": "true",
	}})
	d.pool.AddUser(cognitotest.User{Username: "tom", Password: password, Attributes: map[string]string{"phone_number": "+15555551234"},
		Preferred: types.ChallengeNameTypeSmsMfa})
	tokens := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)).AuthenticationResult
	forgot := func() error {
		_, err := d.sdk.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{ClientId: &d.client.ID, Username: ptr("ann")})
		return err
	}
	signIn := func(name, password string) func() error {
		return func() error { _, err := d.byPassword(name, password); return err }
	}
	for _, row := range []struct {
		source, trigger string
		do              func() error
	}{
		{"PreSignUp_SignUp", "PreSignUp", func() error { _, err := d.signUpWith("eve"); return err }},
		{"PreSignUp_AdminCreateUser", "PreSignUp", func() error {
			_, err := d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("eve")})
			return err
		}},
		{"PreAuthentication_Authentication", "PreAuthentication", signIn("ann", password)},
		{"PreAuthentication_Authentication", "PreAuthentication", signIn("ann", wrongPassword)},
		{"PreAuthentication_Authentication", "PreAuthentication", signIn("nobody", password)},
		{"PostAuthentication_Authentication", "PostAuthentication", signIn("ann", password)},
		{"TokenGeneration_Authentication", "PreTokenGeneration", signIn("ann", password)},
		{"TokenGeneration_RefreshTokens", "PreTokenGeneration", func() error {
			_, err := d.sdk.GetTokensFromRefreshToken(t.Context(), &cip.GetTokensFromRefreshTokenInput{
				ClientId: &d.client.ID, RefreshToken: tokens.RefreshToken,
			})
			return err
		}},
		{"CustomMessage_ForgotPassword", "CustomMessage", forgot},
		{"CustomMessage_Authentication", "CustomMessage", signIn("tom", password)},
		{"UserMigration_Authentication", "UserMigration", signIn("nobody", password)},
	} {
		j.fail(row.source, "not today")
		err := row.do()
		if err == nil {
			t.Errorf("%s: not refused", row.source)
			continue
		}
		wantError(t, err, lambdaRefused, row.trigger+" failed with error not today.")
		j.fail(row.source, "")
	}
	// Nothing was left behind.
	if _, err := d.pool.Outbox().Last("tom"); err {
		t.Error("a code was sent that the trigger refused")
	}
	for _, name := range []string{"eve", "nobody"} {
		if _, err := d.sdk.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: ptr(d.pool.ID()), Username: &name}); err == nil {
			t.Errorf("%s exists", name)
		}
	}
	// A refresh that was refused has not used the token up, and everybody can
	// still do what was refused.
	if _, err := d.sdk.GetTokensFromRefreshToken(t.Context(), &cip.GetTokensFromRefreshTokenInput{
		ClientId: &d.client.ID, RefreshToken: tokens.RefreshToken,
	}); err != nil {
		t.Error(err)
	}
	if err := errors.Join(forgot(), signIn("ann", password)()); err != nil {
		t.Error(err)
	}
}

// PostConfirmation cannot undo: its refusal reaches the client, and the user is
// confirmed.
func TestPostConfirmationRefuses(t *testing.T) {
	t.Parallel()
	var j journal
	d := drive(t, cognitotest.Config{Triggers: j.all()})
	must[*cip.SignUpOutput](t)(d.signUpWith("ann", "email", "ann@example.com"))
	j.fail("PostConfirmation_ConfirmSignUp", "name 'x' is not defined")
	wantError(t, d.confirmWith("ann", d.last("ann").Code), lambdaRefused, "PostConfirmation failed with error name 'x' is not defined.")
	if _, err := d.byPassword("ann", password); err != nil {
		t.Error(err)
	}
}

// What PreSignUp can do for a user.
func TestPreSignUp(t *testing.T) {
	t.Parallel()
	both := []string{"email", "ann@example.com", "phone_number", "+15555551234"}
	for name, row := range map[string]struct {
		response   string
		attributes []string
		code       string // of the refusal
		confirmed  bool
		verified   []string
		sources    []string
	}{
		"nothing": {`{"autoConfirmUser":false,"autoVerifyEmail":false,"autoVerifyPhone":false}`, both, "", false, nil,
			[]string{"PreSignUp_SignUp", "CustomMessage_SignUp"}},
		"nulls": {`{"autoConfirmUser":null,"autoVerifyEmail":null}`, both, "", false, nil, []string{"PreSignUp_SignUp", "CustomMessage_SignUp"}},
		"confirms": {`{"autoConfirmUser":true}`, both, "", true, nil,
			[]string{"PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"}},
		"confirms and verifies": {`{"autoConfirmUser":true,"autoVerifyEmail":true,"autoVerifyPhone":true}`, both, "", true,
			[]string{"email_verified", "phone_number_verified"}, []string{"PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"}},
		"verifies": {`{"autoVerifyPhone":true}`, both, "", false, []string{"phone_number_verified"},
			[]string{"PreSignUp_SignUp", "CustomMessage_SignUp"}},
		"verifies nothing":   {`{"autoVerifyPhone":true}`, both[:2], lambdaOutput, false, nil, []string{"PreSignUp_SignUp"}},
		"a string":           {`{"autoConfirmUser":"true"}`, both, lambdaOutput, false, nil, []string{"PreSignUp_SignUp"}},
		"a number":           {`{"autoConfirmUser":1}`, both, lambdaOutput, false, nil, []string{"PreSignUp_SignUp"}},
		"a list":             {`[]`, both, lambdaOutput, false, nil, []string{"PreSignUp_SignUp"}},
		"another name":       {`{"AutoConfirmUser":true}`, both, "", false, nil, []string{"PreSignUp_SignUp", "CustomMessage_SignUp"}},
		"no response at all": {`null`, both, lambdaOutput, false, nil, []string{"PreSignUp_SignUp"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var j journal
			d := drive(t, cognitotest.Config{Triggers: j.all()})
			j.set("PreSignUp_SignUp", row.response)
			out, err := d.signUpWith("ann", row.attributes...)
			if diff := cmp.Diff(row.sources, sources(t, j.take())); diff != "" {
				t.Errorf("the triggers that ran (-want +got):\n%s", diff)
			}
			if row.code != "" {
				wantError(t, err, row.code, unrecognizable)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if out.UserConfirmed != row.confirmed || (out.CodeDeliveryDetails == nil) != row.confirmed || (out.Session == nil) != row.confirmed {
				t.Errorf("got %+v", out)
			}
			for _, flag := range []string{"email_verified", "phone_number_verified"} {
				want := ""
				for _, v := range row.verified {
					if v == flag {
						want = "true"
					}
				}
				if got := d.attribute("ann", flag); got != want {
					t.Errorf("%s is %q, want %q", flag, got, want)
				}
			}
			_, err = d.byPassword("ann", password)
			if row.confirmed && err != nil {
				t.Error(err)
			} else if !row.confirmed {
				wantError(t, err, "UserNotConfirmedException", "User is not confirmed.")
			}
		})
	}
}

// An address that PreSignUp vouches for is taken from the user who had it.
func TestPreSignUpTakesAlias(t *testing.T) {
	t.Parallel()
	var j journal
	d := drive(t, cognitotest.Config{Triggers: j.all(), AliasAttributes: []types.AliasAttributeType{"email"}})
	address := map[string]string{"email": "ann@example.com", "email_verified": "true"}
	d.pool.AddUser(cognitotest.User{Username: "tom", Password: password, Attributes: address})
	j.set("PreSignUp_SignUp", `{"autoConfirmUser":true,"autoVerifyEmail":true}`)
	must[*cip.SignUpOutput](t)(d.signUpWith("ann", "email", "ann@example.com"))
	if challenge, _ := d.verifier("ann@example.com", password); challenge.ChallengeParameters["USERNAME"] != "ann" {
		t.Errorf("the address signs %s in", challenge.ChallengeParameters["USERNAME"])
	}
	if got := d.attribute("tom", "email_verified"); got != "false" {
		t.Errorf("tom's address: email_verified is %q", got)
	}
	// What PreSignUp answers to AdminCreateUser is ignored.
	j.set("PreSignUp_AdminCreateUser", `{"autoConfirmUser":true,"autoVerifyEmail":true}`)
	out := must[*cip.AdminCreateUserOutput](t)(d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
		UserPoolId: ptr(d.pool.ID()), Username: ptr("eve"), UserAttributes: []types.AttributeType{{Name: ptr("email"), Value: ptr("eve@example.com")}},
	}))
	if out.User.UserStatus != types.UserStatusTypeForceChangePassword || d.attribute("eve", "email_verified") == "true" {
		t.Errorf("got %+v", out.User)
	}
}

// Messages: whose words go out, and with what in them.
func TestCustomMessage(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 140)
	for name, row := range map[string]struct {
		response      string
		email         bool // to a mailbox and not a phone
		text, subject string
		refused       bool
	}{
		"none":             {`{}`, true, "Your confirmation code is CODE.", "Your verification code", false},
		"nulls":            {`{"smsMessage":null,"emailMessage":null,"emailSubject":null}`, true, "Your confirmation code is CODE.", "Your verification code", false},
		"an e-mail":        {`{"emailMessage":"<b>{####}</b>, twice {####}","emailSubject":"Hello"}`, true, "<b>CODE</b>, twice CODE", "Hello", false},
		"an SMS":           {`{"smsMessage":"{####} it is","emailMessage":"not this {####}","emailSubject":"nor this"}`, false, "CODE it is", "", false},
		"without the code": {`{"emailMessage":"Hello","emailSubject":"Hello"}`, true, "Your confirmation code is CODE.", "Hello", false},
		"empty":            {`{"emailMessage":"","emailSubject":""}`, true, "Your confirmation code is CODE.", "Your verification code", false},
		"longest SMS":      {`{"smsMessage":"{####}` + long[:134] + `"}`, false, "CODE" + long[:134], "", false},
		"too long an SMS":  {`{"smsMessage":"{####}` + long + `"}`, false, "", "", true},
		"too long":         {`{"emailMessage":"{####}` + strings.Repeat(long, 150) + `"}`, true, "", "", true},
		"a number":         {`{"emailMessage":1}`, true, "", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var j journal
			d := drive(t, cognitotest.Config{Triggers: j.all(), AutoVerified: []types.VerifiedAttributeType{"email", "phone_number"}})
			j.set("CustomMessage_SignUp", row.response)
			attributes := []string{"phone_number", "+15555551234"}
			if row.email {
				attributes = []string{"email", "ann@example.com"}
			}
			_, err := d.signUpWith("ann", attributes...)
			if row.refused {
				wantError(t, err, lambdaOutput, unrecognizable)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			m := d.last("ann")
			if m.Code == "" || strings.ReplaceAll(m.Text, m.Code, "CODE") != row.text || m.Subject != row.subject {
				t.Errorf("got %q: %q", m.Subject, m.Text)
			}
		})
	}
}

// An invitation needs the name as well: without it the function's text gives way
// to the usual one.
func TestCustomInvitation(t *testing.T) {
	t.Parallel()
	for response, want := range map[string]string{
		`{"emailMessage":"{username} / {####}"}`: "ann@example.com / CODE",
		`{"emailMessage":"{####}"}`:              "Your username is ann@example.com and temporary password is CODE.",
		`{}`:                                     "Your username is ann@example.com and temporary password is CODE.",
	} {
		var j journal
		d := drive(t, cognitotest.Config{Triggers: j.all(), UsernameAttributes: []types.UsernameAttributeType{"email"}})
		j.set("CustomMessage_AdminCreateUser", response)
		must[*cip.AdminCreateUserOutput](t)(d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
			UserPoolId: ptr(d.pool.ID()), Username: ptr("ann@example.com"), DesiredDeliveryMediums: []types.DeliveryMediumType{"EMAIL"},
		}))
		m := d.last("ann@example.com")
		if got := strings.ReplaceAll(m.Text, m.Code, "CODE"); got != want {
			t.Errorf("%s: got %q", response, got)
		}
	}
}

// What UserMigration can make of a user, and what the sign-in comes to.
func TestUserMigration(t *testing.T) {
	t.Parallel()
	const confirmed = `"finalUserStatus":"CONFIRMED","messageAction":"SUPPRESS"`
	for name, row := range map[string]struct {
		response      string
		code, message string // empty: tokens
		welcome       bool
		exists        bool
	}{
		"nothing":         {`{}`, notAuthorized, incorrect, false, false},
		"nulls":           {`{"userAttributes":null,"finalUserStatus":null}`, notAuthorized, incorrect, false, false},
		"confirmed":       {`{"userAttributes":{"email":"ann@example.com","email_verified":"true"},` + confirmed + `}`, "", "", false, true},
		"welcomed":        {`{"userAttributes":{"phone_number":"+15555551234"},"finalUserStatus":"CONFIRMED"}`, "", "", true, true},
		"to be reset":     {`{"userAttributes":{"email":"ann@example.com"},"messageAction":"SUPPRESS"}`, "PasswordResetRequiredException", "Password reset required for the user", false, true},
		"explicitly so":   {`{"userAttributes":{"email":"ann@example.com"},"finalUserStatus":"RESET_REQUIRED","messageAction":"SUPPRESS"}`, "PasswordResetRequiredException", "Password reset required for the user", false, true},
		"another status":  {`{"userAttributes":{"email":"ann@example.com"},"finalUserStatus":"HAPPY"}`, "UserNotFoundException", "Exception migrating user in app client CLIENT", false, false},
		"another action":  {`{"userAttributes":{"email":"ann@example.com"},"messageAction":"RESEND"}`, "UserNotFoundException", "Exception migrating user in app client CLIENT", false, false},
		"a list":          {`[]`, "UserNotFoundException", "Exception migrating user in app client CLIENT", false, false},
		"unknown attr":    {`{"userAttributes":{"custom:x":"1"},` + confirmed + `}`, "InvalidParameterException", "Attributes did not conform to the schema: Type for attribute {custom:x} could not be determined", false, false},
		"SMS without MFA": {`{"userAttributes":{"email":"ann@example.com"},"enableSMSMFA":true,` + confirmed + `}`, "InvalidParameterException", "User does not have delivery config set to turn on SMS_MFA", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var j journal
			d := drive(t, cognitotest.Config{Triggers: j.all()})
			j.set("UserMigration_Authentication", row.response)
			// The function's word goes for any password.
			out, err := d.byPassword("ann", "weak")
			switch {
			case row.code != "":
				wantError(t, err, row.code, strings.ReplaceAll(row.message, "CLIENT", d.client.ID))
			case err != nil:
				t.Fatal(err)
			case out.AuthenticationResult == nil:
				t.Errorf("got %s", out.ChallengeName)
			}
			m, sent := d.pool.Outbox().Last("ann")
			if sent != row.welcome || sent && (m.Purpose != cognitotest.PurposeWelcome || m.Text != "Your username is ann.") {
				t.Errorf("sent %+v", m)
			}
			j.take()
			_, err = d.byPassword("ann", "weak") // a second time without the trigger
			if ran := j.take(); row.exists && (len(ran) == 0 || sourceOf(t, ran[0]) == "UserMigration_Authentication") {
				t.Errorf("a user who exists is migrated: %v", err)
			}
			if _, err := d.srp("ann", "weak"); (err == nil) != (row.code == "") {
				t.Errorf("by SRP: %v", err)
			}
		})
	}
}

// A forgotten password brings the user over too, without asking for the password,
// and the reset goes on. SRP, which hides the password, never does.
func TestUserMigrationForgotten(t *testing.T) {
	t.Parallel()
	var j journal
	d := drive(t, cognitotest.Config{Triggers: j.all(), AliasAttributes: []types.AliasAttributeType{"email"}})
	j.set("UserMigration_ForgotPassword", `{"userAttributes":{"username":"Ann","email":"ann@example.com","email_verified":"true"},"messageAction":"SUPPRESS"}`)
	if _, err := d.srp("ann@example.com", password); err == nil || strings.Contains(strings.Join(sources(t, j.take()), " "), "Migration") {
		t.Errorf("SRP: %v", err)
	}
	out, err := d.sdk.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{ClientId: &d.client.ID, Username: ptr("ann@example.com")})
	if err != nil || *out.CodeDeliveryDetails.Destination != "a***@e***" {
		t.Fatalf("got %+v, %v", out, err)
	}
	if _, err := d.sdk.ConfirmForgotPassword(t.Context(), &cip.ConfirmForgotPasswordInput{
		ClientId: &d.client.ID, Username: ptr("ann@example.com"), ConfirmationCode: ptr(d.last("ann").Code), Password: ptr(password),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.srp("ann", password); err != nil {
		t.Error(err)
	}
	// Somebody else's alias is taken only by force.
	for force, code := range map[string]string{"false": "InvalidParameterException", "true": ""} {
		j.set("UserMigration_Authentication", `{"userAttributes":{"email":"ann@example.com","email_verified":"true"},"finalUserStatus":"CONFIRMED","messageAction":"SUPPRESS","forceAliasCreation":`+force+`}`)
		_, err := d.byPassword("tom"+force, password)
		if code == "" && err != nil {
			t.Error(err)
		} else if code != "" {
			wantError(t, err, code, "An account with the email already exists.")
		}
	}
}

// A try is over when the test moves the clock, and a function that was late twice
// is asked a third time, and no more.
func TestTriggerTimeByTheClock(t *testing.T) {
	t.Parallel()
	for _, late := range []int{2, 3} {
		asked, waiting := 0, make(chan struct{})
		d := drive(t, cognitotest.Config{TriggerTimeout: time.Hour, Triggers: cognitotest.Triggers{
			PreAuthentication: func(ctx context.Context, event []byte) ([]byte, error) {
				if asked++; asked > late {
					return event, nil
				}
				waiting <- struct{}{}
				<-ctx.Done()
				return nil, ctx.Err()
			},
		}})
		d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
		done := make(chan error, 1)
		go func() { _, err := d.byPassword("ann", password); done <- err }()
		for range late {
			<-waiting
			d.pool.Clock().Advance(59 * time.Minute)
			d.pool.Clock().Advance(time.Minute)
		}
		err := <-done
		if asked != 3 {
			t.Errorf("asked %d times", asked)
		}
		var refused smithy.APIError
		if late == 2 && err != nil || late == 3 && !errors.As(err, &refused) {
			t.Errorf("late %d times: %v", late, err)
		} else if late == 3 {
			wantError(t, err, "UnexpectedLambdaException", "PreAuthentication invocation failed due to error Socket timeout while invoking Lambda function.")
		}
	}
}
