package cognitotest_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

func (d *driver) update(username string, pairs ...string) error {
	in := &cip.AdminUpdateUserAttributesInput{UserPoolId: ptr(d.pool.ID()), Username: &username}
	for i := 0; i < len(pairs); i += 2 {
		in.UserAttributes = append(in.UserAttributes, types.AttributeType{Name: &pairs[i], Value: &pairs[i+1]})
	}
	_, err := d.sdk.AdminUpdateUserAttributes(d.t.Context(), in)
	return err
}

// An address that changes is no longer proven unless the same call says so; an
// empty value removes an attribute.
func TestAdminUpdateUserAttributes(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: map[string]string{
		"email": "ann@example.com", "email_verified": "true", "nickname": "A",
	}})
	for _, step := range []struct {
		pairs           []string
		email, verified string
	}{
		{[]string{"email", "ann@example.com"}, "ann@example.com", "true"},
		{[]string{"email", "new@example.com"}, "new@example.com", "false"},
		{[]string{"email_verified", "true", "email", "third@example.com"}, "third@example.com", "true"},
		{[]string{"nickname", ""}, "third@example.com", "true"},
	} {
		if err := d.update("ann", step.pairs...); err != nil {
			t.Fatal(err)
		}
		if e, v := d.attribute("ann", "email"), d.attribute("ann", "email_verified"); e != step.email || v != step.verified {
			t.Errorf("after %v: %s, verified %s", step.pairs, e, v)
		}
	}
	if got := d.attribute("ann", "nickname"); got != "" {
		t.Errorf("the nickname is still %s", got)
	}
	if got := d.attribute(d.attribute("ann", "sub"), "email"); got != "third@example.com" {
		t.Error("an administrator cannot name a user by sub")
	}
	wantError(t, d.update("ann", "email", "x"), "InvalidParameterException", "Invalid email address format.")
	wantError(t, d.update("nobody", "email", "x"), "UserNotFoundException", "User does not exist.")
}

// A name that is given up no longer signs in, and is free for another.
func TestNameGivenUp(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail}})
	d.pool.AddUser(cognitotest.User{Username: "ann@example.com", Password: password, Attributes: map[string]string{"email_verified": "true"}})
	if err := d.update("ann@example.com", "email", "new@example.com", "email_verified", "true"); err != nil {
		t.Fatal(err)
	}
	_, err := d.byPassword("ann@example.com", password)
	wantError(t, err, notAuthorized, incorrect)
	must[*cip.InitiateAuthOutput](t)(d.byPassword("new@example.com", password))
	d.pool.AddUser(cognitotest.User{Username: "ann@example.com", Password: password})
	wantError(t, d.update("ann@example.com", "email", "new@example.com"),
		"AliasExistsException", "An account with the email already exists.")
	_, err = d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{ // there are no aliases to take here
		UserPoolId: ptr(d.pool.ID()), Username: ptr("new@example.com"), ForceAliasCreation: true,
		UserAttributes: []types.AttributeType{{Name: ptr("email_verified"), Value: ptr("true")}},
	})
	wantError(t, err, "UsernameExistsException", "User account already exists")
}

func TestAdminCreateUser(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	create := func(action types.MessageActionType, temporary *string) (*cip.AdminCreateUserOutput, error) {
		return d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
			UserPoolId: ptr(d.pool.ID()), Username: ptr("Ann"), MessageAction: action, TemporaryPassword: temporary,
			UserAttributes: []types.AttributeType{{Name: ptr("phone_number"), Value: ptr("+15555551234")}},
		})
	}
	_, err := create("RESEND", nil)
	wantError(t, err, "UserNotFoundException", "User does not exist.")
	_, err = create("", ptr("weak"))
	wantError(t, err, "InvalidPasswordException", "Password did not conform with policy: Password not long enough")
	out := must[*cip.AdminCreateUserOutput](t)(create("SUPPRESS", ptr(password)))
	if *out.User.Username != "ann" || out.User.UserStatus != types.UserStatusTypeForceChangePassword || !out.User.Enabled ||
		!out.User.UserCreateDate.Equal(morning) {
		t.Errorf("got %+v", out.User)
	}
	if n := len(d.pool.Outbox().All("ann")); n != 0 {
		t.Errorf("%d messages in spite of SUPPRESS", n)
	}
	_, err = create("", nil)
	wantError(t, err, "UsernameExistsException", "User account already exists")
	must[*cip.AdminCreateUserOutput](t)(create("RESEND", nil))
	message, _ := d.pool.Outbox().Last("ANN")
	if message.Medium != types.DeliveryMediumTypeSms || message.Purpose != cognitotest.PurposeInvitation || !message.Time.Equal(morning) {
		t.Errorf("sent %+v", message)
	}
	_, err = d.byPassword("ann", password) // replaced by the one that was sent
	wantError(t, err, notAuthorized, incorrect)
	if in := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", message.Code)); in.ChallengeName != types.ChallengeNameTypeNewPasswordRequired {
		t.Errorf("got %s", in.ChallengeName)
	}
	must[*cip.AdminSetUserPasswordOutput](t)(d.sdk.AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{
		UserPoolId: ptr(d.pool.ID()), Username: ptr("ann"), Password: ptr(password), Permanent: true,
	}))
	_, err = create("RESEND", nil)
	wantError(t, err, "UnsupportedUserStateException", "Resend not possible. ann status is not FORCE_CHANGE_PASSWORD")
}

// Preferences: one is preferred at most, and disabling it un-prefers it.
func TestMFAPreference(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, SMS: true, Email: true})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: phoneOnly})
	tokens := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)).AuthenticationResult
	set := func(sms *types.SMSMfaSettingsType, email *types.EmailMfaSettingsType, app *types.SoftwareTokenMfaSettingsType) error {
		_, err := d.sdk.SetUserMFAPreference(t.Context(), &cip.SetUserMFAPreferenceInput{
			AccessToken: tokens.AccessToken, SMSMfaSettings: sms, EmailMfaSettings: email, SoftwareTokenMfaSettings: app,
		})
		return err
	}
	check := func(preferred string, list ...string) {
		t.Helper()
		user := must[*cip.GetUserOutput](t)(d.sdk.GetUser(t.Context(), &cip.GetUserInput{AccessToken: tokens.AccessToken}))
		if aws.ToString(user.PreferredMfaSetting) != preferred || len(user.UserMFASettingList) != len(list) {
			t.Errorf("got %v, preferred %q", user.UserMFASettingList, aws.ToString(user.PreferredMfaSetting))
		}
	}
	type smsSet = types.SMSMfaSettingsType
	type emailSet = types.EmailMfaSettingsType
	check("")
	wantError(t, set(nil, &emailSet{Enabled: true}, nil), "InvalidParameterException", "User does not have delivery config set to turn on EMAIL_OTP")
	wantError(t, set(nil, nil, &types.SoftwareTokenMfaSettingsType{Enabled: true}), "InvalidParameterException", "User has not set up software token mfa")
	wantError(t, set(nil, nil, &types.SoftwareTokenMfaSettingsType{}), "InvalidParameterException", "User has not set up software token mfa")
	if err := d.update("ann", "email", "ann@example.com"); err != nil {
		t.Fatal(err)
	}
	wantError(t, set(&smsSet{Enabled: true, PreferredMfa: true}, &emailSet{Enabled: true, PreferredMfa: true}, nil),
		"InvalidParameterException", "Only one MFA type can be the preferred one.")
	check("") // all or nothing
	for _, step := range []struct {
		sms       *smsSet
		email     *emailSet
		preferred string
		list      []string
	}{
		{&smsSet{Enabled: true, PreferredMfa: true}, nil, "SMS_MFA", []string{"SMS_MFA"}},
		{nil, &emailSet{Enabled: true, PreferredMfa: true}, "EMAIL_OTP", []string{"SMS_MFA", "EMAIL_OTP"}},
		{nil, &emailSet{Enabled: true}, "", []string{"SMS_MFA", "EMAIL_OTP"}},
		{&smsSet{Enabled: true, PreferredMfa: true}, nil, "SMS_MFA", []string{"SMS_MFA", "EMAIL_OTP"}},
		{&smsSet{PreferredMfa: true}, nil, "", []string{"EMAIL_OTP"}},
	} {
		if err := set(step.sms, step.email, nil); err != nil {
			t.Fatal(err)
		}
		check(step.preferred, step.list...)
	}
	must[*cip.AdminSetUserMFAPreferenceOutput](t)(d.sdk.AdminSetUserMFAPreference(t.Context(), &cip.AdminSetUserMFAPreferenceInput{
		UserPoolId: ptr(d.pool.ID()), Username: ptr("ann"), EmailMfaSettings: &emailSet{},
	}))
	check("")
	must[*cip.AdminDisableUserOutput](t)(d.sdk.AdminDisableUser(t.Context(), &cip.AdminDisableUserInput{
		UserPoolId: ptr(d.pool.ID()), Username: ptr("ann"),
	}))
	wantError(t, set(&smsSet{Enabled: true}, nil, nil), notAuthorized, "User is disabled.")
}

// The client of an Admin operation must be one of the pool that it names.
func TestAdminForeignClient(t *testing.T) {
	t.Parallel()
	d, other := drive(t, cognitotest.Config{}), drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	foreign := d.as(other.client)
	_, err := foreign.adminPassword(types.AuthFlowTypeAdminUserPasswordAuth, "ann")
	wantError(t, err, "ResourceNotFoundException", "User pool client "+other.client.ID+" does not exist.")
	_, err = d.sdk.AdminRespondToAuthChallenge(t.Context(), &cip.AdminRespondToAuthChallengeInput{
		UserPoolId: ptr("us-east-1_other"), ClientId: &d.client.ID, ChallengeName: app,
	})
	wantError(t, err, "ResourceNotFoundException", "User pool us-east-1_other does not exist.")
	out := must[*cip.AdminInitiateAuthOutput](t)(d.adminPassword(types.AuthFlowTypeAdminUserPasswordAuth, "ann"))
	if out.AuthenticationResult == nil {
		t.Errorf("got %s", out.ChallengeName)
	}
}

// A trigger may call the pool: no lock is held while it runs.
func TestTriggerCallsPool(t *testing.T) {
	t.Parallel()
	var d *driver
	triggers := riddle()
	create := triggers.CreateAuthChallenge
	triggers.CreateAuthChallenge = func(ctx context.Context, event []byte) ([]byte, error) {
		if err := d.update("ann", "nickname", "called"); err != nil {
			return nil, err
		}
		return create(ctx, event)
	}
	d = drive(t, cognitotest.Config{Triggers: triggers})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeCustomAuth, map[string]string{"USERNAME": "ann"}))
	if d.attribute("ann", "nickname") != "called" {
		t.Error("the call of the trigger did nothing")
	}
}

// The zero clock is the machine's, and moves when told to.
func TestClock(t *testing.T) {
	t.Parallel()
	var real cognitotest.Clock
	if d := time.Since(real.Now()).Abs(); d > time.Minute {
		t.Errorf("the zero clock is %s off", d)
	}
	real.Advance(time.Hour)
	if d := time.Until(real.Now()); d < 59*time.Minute {
		t.Errorf("advanced by an hour, it is %s ahead", d)
	}
	still := cognitotest.NewClock(morning)
	still.Advance(-time.Second)
	if !still.Now().Equal(morning.Add(-time.Second)) {
		t.Errorf("it is %s", still.Now())
	}
}
