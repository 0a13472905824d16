package cognitotest_test

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

const (
	nextPassword = "Another-Horse-2"
	wrongCode    = "Invalid verification code provided, please try again."
	noCode       = "Invalid code provided, please request a code again."
	noTarget     = "Cannot reset password for the user as there is no registered/verified email or phone_number"
)

// but is the same with some changed, in pairs.
func but(attributes map[string]string, pairs ...string) map[string]string {
	changed := maps.Clone(attributes)
	for i := 0; i < len(pairs); i += 2 {
		changed[pairs[i]] = pairs[i+1]
	}
	return changed
}

func (d *driver) hashed(username string) *string {
	if d.client.Secret == "" {
		return nil
	}
	return ptr(d.hash(username))
}

func (d *driver) forgot(username string) (*types.CodeDeliveryDetailsType, error) {
	out, err := d.sdk.ForgotPassword(d.t.Context(), &cip.ForgotPasswordInput{
		ClientId: &d.client.ID, Username: &username, SecretHash: d.hashed(username),
	})
	if err != nil {
		return nil, err
	}
	return out.CodeDeliveryDetails, nil
}

func (d *driver) confirmForgot(username, code, password string) error {
	_, err := d.sdk.ConfirmForgotPassword(d.t.Context(), &cip.ConfirmForgotPasswordInput{
		ClientId: &d.client.ID, Username: &username, ConfirmationCode: &code, Password: &password, SecretHash: d.hashed(username),
	})
	return err
}

// codeFor is the newest code to a user, which must have been sent for a purpose.
func (d *driver) codeFor(username string, purpose cognitotest.Purpose) string {
	d.t.Helper()
	message, ok := d.pool.Outbox().Last(username)
	if !ok || message.Purpose != purpose {
		d.t.Fatalf("the last message is %+v, want one for %s", message, purpose)
	}
	return message.Code
}

// A user who forgot the password gets a new one by a code, which counts once.
func TestForgotPassword(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{
		AliasAttributes: []types.AliasAttributeType{types.AliasAttributeTypeEmail},
		Client:          cognitotest.ClientConfig{Secret: true},
	})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: but(proven, "phone_number_verified", "false")})
	wantError(t, d.confirmForgot("ann", "123456", nextPassword), "ExpiredCodeException", noCode)
	details := must[*types.CodeDeliveryDetailsType](t)(d.forgot("ann@example.com"))
	if *details.AttributeName != "email" || details.DeliveryMedium != types.DeliveryMediumTypeEmail || *details.Destination != "a***@e***" {
		t.Errorf("sent to %s, %s by %s", *details.AttributeName, *details.Destination, details.DeliveryMedium)
	}
	old := d.codeFor("ann", cognitotest.PurposePasswordReset)
	must[*types.CodeDeliveryDetailsType](t)(d.forgot("ann"))
	code := d.codeFor("ann", cognitotest.PurposePasswordReset)
	d.signedIn("ann") // the old password is good until it is replaced

	if old != code {
		wantError(t, d.confirmForgot("ann", old, nextPassword), codeMismatch, wrongCode)
	}
	wantError(t, d.confirmForgot("ann", code, "weak"), "InvalidPasswordException", "Password did not conform with policy: Password not long enough")
	d.pool.Clock().Advance(time.Hour - time.Second)
	if err := d.confirmForgot("ann", code, nextPassword); err != nil {
		t.Fatal(err)
	}
	wantError(t, d.confirmForgot("ann", code, nextPassword), "ExpiredCodeException", noCode)
	_, err := d.byPassword("ann", password)
	wantError(t, err, notAuthorized, incorrect)
	must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", nextPassword))

	d.pool.Clock().Advance(time.Hour)
	// A code that went to an address which is the user's no more.
	must[*types.CodeDeliveryDetailsType](t)(d.forgot("ann"))
	code = d.codeFor("ann", cognitotest.PurposePasswordReset)
	if err := d.update("ann", "email", "moved@example.com", "email_verified", "true"); err != nil {
		t.Fatal(err)
	}
	wantError(t, d.confirmForgot("ann", code, password), "ExpiredCodeException", noCode)

	must[*types.CodeDeliveryDetailsType](t)(d.forgot("ann"))
	code = d.codeFor("ann", cognitotest.PurposePasswordReset)
	d.pool.Clock().Advance(time.Hour)
	wantError(t, d.confirmForgot("ann", code, password), "ExpiredCodeException", noCode)
}

// Where a reset code goes, and when it goes nowhere.
func TestRecoveryWay(t *testing.T) {
	t.Parallel()
	const email, sms = types.DeliveryMediumTypeEmail, types.DeliveryMediumTypeSms
	byEmail, bySMS := types.RecoveryOptionNameTypeVerifiedEmail, types.RecoveryOptionNameTypeVerifiedPhoneNumber
	for name, row := range map[string]struct {
		recovery      types.RecoveryOptionNameType
		user          cognitotest.User
		medium        types.DeliveryMediumType
		code, message string
	}{
		"legacy, both":              {"", cognitotest.User{Attributes: proven}, sms, "", ""},
		"legacy, number unproven":   {"", cognitotest.User{Attributes: but(proven, "phone_number_verified", "false")}, email, "", ""},
		"legacy, both unproven":     {"", cognitotest.User{Attributes: but(proven, "phone_number_verified", "false", "email_verified", "false")}, "", invalidParameter, noTarget},
		"legacy, none":              {"", cognitotest.User{}, "", invalidParameter, noTarget},
		"legacy, prefers SMS":       {"", cognitotest.User{Attributes: proven, Preferred: types.ChallengeNameTypeSmsMfa}, email, "", ""},
		"e-mail":                    {byEmail, cognitotest.User{Attributes: proven}, email, "", ""},
		"e-mail, unproven":          {byEmail, cognitotest.User{Attributes: but(proven, "email_verified", "false")}, "", invalidParameter, noTarget},
		"e-mail, prefers it as MFA": {byEmail, cognitotest.User{Attributes: proven, Preferred: types.ChallengeNameTypeEmailOtp}, "", invalidParameter, noTarget},
		"e-mail, enabled as MFA":    {byEmail, cognitotest.User{Attributes: proven, Factors: []types.ChallengeNameType{types.ChallengeNameTypeEmailOtp}}, email, "", ""},
		"SMS":                       {bySMS, cognitotest.User{Attributes: proven}, sms, "", ""},
		"SMS, prefers it as MFA":    {bySMS, cognitotest.User{Attributes: proven, Preferred: types.ChallengeNameTypeSmsMfa}, "", invalidParameter, noTarget},
		"admin only": {types.RecoveryOptionNameTypeAdminOnly, cognitotest.User{Attributes: proven}, "",
			notAuthorized, "Contact administrator to reset password."},
		"temporary password": {"", cognitotest.User{Attributes: proven, Temporary: true}, "",
			notAuthorized, "User password cannot be reset in the current state."},
		"disabled": {"", cognitotest.User{Attributes: proven, Disabled: true}, "", notAuthorized, "User is disabled."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{
				MFA: types.UserPoolMfaTypeOptional, SMS: true, Email: true, Recovery: row.recovery,
				Client: cognitotest.ClientConfig{PreventUserExistenceErrors: types.PreventUserExistenceErrorTypesLegacy},
			})
			row.user.Username, row.user.Password = "ann", password
			d.pool.AddUser(row.user)
			details, err := d.forgot("ann")
			if row.code != "" {
				wantError(t, err, row.code, row.message)
				if sent := d.pool.Outbox().All("ann"); len(sent) != 0 {
					t.Errorf("sent %+v", sent)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if message, _ := d.pool.Outbox().Last("ann"); details.DeliveryMedium != row.medium || message.Medium != row.medium {
				t.Errorf("told %s, sent by %s, want %s", details.DeliveryMedium, message.Medium, row.medium)
			}
		})
	}
}

// What becomes of users who do not exist or cannot be reached: errors where they
// may be told, and otherwise the same answer as for everybody.
func TestRecoveryHidesUsers(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	legacy := d.as(d.pool.AddClient(cognitotest.ClientConfig{PreventUserExistenceErrors: types.PreventUserExistenceErrorTypesLegacy}))
	d.pool.AddUser(cognitotest.User{Username: "disabled", Password: password, Attributes: proven, Disabled: true})
	d.pool.AddUser(cognitotest.User{Username: "unproven", Password: password})

	const combination = "Username/client id combination not found."
	_, err := legacy.forgot("nobody")
	wantError(t, err, "UserNotFoundException", combination)
	wantError(t, legacy.confirmForgot("nobody", "123456", nextPassword), "UserNotFoundException", combination)

	mask := regexp.MustCompile(`^[^*]\*\*\*@[^*]\*\*\*$`)
	for _, name := range []string{"nobody", "nobody@example.com", "disabled", "unproven"} {
		first := must[*types.CodeDeliveryDetailsType](t)(d.forgot(name))
		again := must[*types.CodeDeliveryDetailsType](t)(d.forgot(name))
		if first.DeliveryMedium != types.DeliveryMediumTypeEmail || *first.AttributeName != "email" || !mask.MatchString(*first.Destination) {
			t.Errorf("%s: %s to %s", name, first.DeliveryMedium, *first.Destination)
		}
		if *again.Destination != *first.Destination {
			t.Errorf("%s: first %s, then %s", name, *first.Destination, *again.Destination)
		}
		if sent := d.pool.Outbox().All(name); len(sent) != 0 {
			t.Errorf("%s: sent %+v", name, sent)
		}
	}
	if phone := must[*types.CodeDeliveryDetailsType](t)(d.forgot("+15555550000")); phone.DeliveryMedium != types.DeliveryMediumTypeSms ||
		*phone.Destination != "+*******0000" {
		t.Errorf("%s to %s", phone.DeliveryMedium, *phone.Destination)
	}
	wantError(t, legacy.confirmForgot("disabled", "123456", nextPassword), notAuthorized, "User is disabled.")
	for name, code := range map[string]string{
		"nobody": codeMismatch, "disabled": codeMismatch, "unproven": "ExpiredCodeException",
	} {
		message := map[string]string{codeMismatch: wrongCode, "ExpiredCodeException": noCode}[code]
		wantError(t, d.confirmForgot(name, "123456", nextPassword), code, message)
	}
}

// No code of a sign-up goes to a disabled user; the answer is that for everybody
// where it is not told who exists.
func TestResendToDisabledUser(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	legacy := d.as(d.pool.AddClient(cognitotest.ClientConfig{PreventUserExistenceErrors: types.PreventUserExistenceErrorTypesLegacy}))
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: map[string]string{"email": "ann@example.com"}, Unconfirmed: true, Disabled: true})
	resend := func(d *driver) (*cip.ResendConfirmationCodeOutput, error) {
		return d.sdk.ResendConfirmationCode(t.Context(), &cip.ResendConfirmationCodeInput{ClientId: &d.client.ID, Username: ptr("ann")})
	}
	if out := must[*cip.ResendConfirmationCodeOutput](t)(resend(d)); out.CodeDeliveryDetails == nil {
		t.Error("no delivery is simulated")
	}
	_, err := resend(legacy)
	wantError(t, err, notAuthorized, "User is disabled.")
	if sent := d.pool.Outbox().All("ann"); len(sent) != 0 {
		t.Errorf("sent %+v", sent)
	}
}

// An administrator's reset makes the password worthless at once.
func TestAdminResetUserPassword(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	reset := func(username string) error {
		_, err := d.sdk.AdminResetUserPassword(t.Context(), &cip.AdminResetUserPasswordInput{UserPoolId: ptr(d.pool.ID()), Username: &username})
		return err
	}
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: proven})
	d.pool.AddUser(cognitotest.User{Username: "bob", Password: password})
	if err := reset("ann"); err != nil {
		t.Fatal(err)
	}
	_, err := d.byPassword("ann", password)
	wantError(t, err, "PasswordResetRequiredException", "Password reset required for the user")
	if err := d.confirmForgot("ann", d.codeFor("ann", cognitotest.PurposePasswordReset), nextPassword); err != nil {
		t.Fatal(err)
	}
	must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", nextPassword))
	wantError(t, reset("bob"), invalidParameter, noTarget)
	d.signedIn("bob") // nothing has changed
	wantError(t, reset("nobody"), "UserNotFoundException", "User does not exist.")

	d = drive(t, cognitotest.Config{Recovery: types.RecoveryOptionNameTypeAdminOnly})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: proven})
	wantError(t, reset("ann"), invalidParameter, noTarget)
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp}})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	access := d.signedIn("ann").AccessToken
	change := func(access *string, previous *string, proposed string) error {
		_, err := d.sdk.ChangePassword(t.Context(), &cip.ChangePasswordInput{
			AccessToken: access, PreviousPassword: previous, ProposedPassword: &proposed,
		})
		return err
	}
	wantError(t, change(access, ptr(wrongPassword), nextPassword), notAuthorized, incorrect)
	wantError(t, change(access, nil, nextPassword), notAuthorized, incorrect)
	wantError(t, change(access, ptr(password), "weak"), "InvalidPasswordException", "Password did not conform with policy: Password not long enough")
	d.signedIn("ann")
	if err := change(access, ptr(password), nextPassword); err != nil {
		t.Fatal(err)
	}
	_, err := d.byPassword("ann", password)
	wantError(t, err, notAuthorized, incorrect)
	must[*cip.RespondToAuthChallengeOutput](t)(d.srp("ann", nextPassword))

	// A user who has none, and signs in by a code, has nothing to prove.
	d.pool.AddUser(cognitotest.User{Username: "cyd", Attributes: map[string]string{"email": "cyd@example.com", "email_verified": "true"}})
	begun := must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeUserAuth, map[string]string{
		"USERNAME": "cyd", "PREFERRED_CHALLENGE": "EMAIL_OTP",
	}))
	in := must[*cip.RespondToAuthChallengeOutput](t)(d.respond(begun.ChallengeName, begun.Session, map[string]string{
		"USERNAME": "cyd", "EMAIL_OTP_CODE": d.codeFor("cyd", cognitotest.PurposeAuthentication),
	}))
	if err := change(in.AuthenticationResult.AccessToken, nil, nextPassword); err != nil {
		t.Fatal(err)
	}
	must[*cip.InitiateAuthOutput](t)(d.byPassword("cyd", nextPassword))
	wantError(t, change(in.AuthenticationResult.AccessToken, nil, password), notAuthorized, incorrect)
}

// factorsOf is what a signed-in user may begin USER_AUTH with.
func (d *driver) factorsOf(access *string) string {
	d.t.Helper()
	out := must[*cip.GetUserAuthFactorsOutput](d.t)(d.sdk.GetUserAuthFactors(d.t.Context(), &cip.GetUserAuthFactorsInput{AccessToken: access}))
	return fmt.Sprintf("%s %v, MFA %v, preferred %q", *out.Username, out.ConfiguredUserAuthFactors, out.UserMFASettingList, aws.ToString(out.PreferredMfaSetting))
}

func TestGetUserAuthFactors(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{
		MFA: types.UserPoolMfaTypeOptional, SMS: true,
		FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp},
	})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: proven})
	access := d.signedIn("ann").AccessToken
	if got, want := d.factorsOf(access), `ann [PASSWORD EMAIL_OTP], MFA [], preferred ""`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	must[*cip.SetUserMFAPreferenceOutput](t)(d.sdk.SetUserMFAPreference(t.Context(), &cip.SetUserMFAPreferenceInput{
		AccessToken: access, SMSMfaSettings: &types.SMSMfaSettingsType{Enabled: true, PreferredMfa: true},
	}))
	if got, want := d.factorsOf(access), `ann [PASSWORD], MFA [SMS_MFA], preferred "SMS_MFA"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A new address is proven by a code that is sent to it, at once if the pool
// verifies it and on demand if not.
func TestUpdateAndVerifyAttributes(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{
		AliasAttributes: []types.AliasAttributeType{types.AliasAttributeTypeEmail}, RequiredAttributes: []string{"name"}, CustomAttributes: []string{"team"},
	})
	d.pool.AddUser(cognitotest.User{Username: "bob", Password: password, Attributes: map[string]string{
		"name": "Bob", "email": "bob@example.com", "email_verified": "true",
	}})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: but(proven, "name", "Ann", "custom:team", "1")})
	access := d.signedIn("ann").AccessToken
	update := func(pairs ...string) ([]types.CodeDeliveryDetailsType, error) {
		in := &cip.UpdateUserAttributesInput{AccessToken: access}
		for i := 0; i < len(pairs); i += 2 {
			in.UserAttributes = append(in.UserAttributes, types.AttributeType{Name: &pairs[i], Value: &pairs[i+1]})
		}
		out, err := d.sdk.UpdateUserAttributes(t.Context(), in)
		if err != nil {
			return nil, err
		}
		return out.CodeDeliveryDetailsList, nil
	}
	verify := func(attribute, code string) error {
		_, err := d.sdk.VerifyUserAttribute(t.Context(), &cip.VerifyUserAttributeInput{AccessToken: access, AttributeName: &attribute, Code: &code})
		return err
	}
	send := func(attribute string) error {
		_, err := d.sdk.GetUserAttributeVerificationCode(t.Context(), &cip.GetUserAttributeVerificationCodeInput{AccessToken: access, AttributeName: &attribute})
		return err
	}
	for _, refused := range []struct{ name, value, code, message string }{
		{"email_verified", "true", notAuthorized, "A client attempted to write unauthorized attribute"},
		{"sub", "1", invalidParameter, "Attributes did not conform to the schema: Type for attribute {sub} could not be determined"},
		{"email", "nowhere", invalidParameter, "Invalid email address format."},
		{"name", "", invalidParameter, "Attributes did not conform to the schema: name: The attribute is required"},
	} {
		_, err := update("nickname", "lost", refused.name, refused.value)
		wantError(t, err, refused.code, refused.message)
	}
	if sent := must[[]types.CodeDeliveryDetailsType](t)(update("nickname", "Annie", "email", "ann@example.com")); len(sent) != 0 {
		t.Errorf("%d codes for an address that is the same", len(sent))
	}
	sent := must[[]types.CodeDeliveryDetailsType](t)(update("email", "new@example.com", "phone_number", "+15555559999", "custom:team", ""))
	if len(sent) != 1 || *sent[0].Destination != "n***@e***" {
		t.Errorf("sent to %+v, want the e-mail address, which alone is verified by the pool", sent)
	}
	for name, want := range map[string]string{
		"email": "new@example.com", "email_verified": "false", "phone_number_verified": "false", "nickname": "Annie", "custom:team": "",
	} {
		if got := d.attribute("ann", name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	code := d.codeFor("ann", cognitotest.PurposeVerification)
	if m, _ := d.pool.Outbox().Last("ann"); m.Destination != "new@example.com" {
		t.Errorf("sent to %s", m.Destination)
	}
	wantError(t, verify("nickname", code), invalidParameter, "Only email and phone_number can be verified.")
	wantError(t, verify("phone_number", code), "ExpiredCodeException", noCode)
	wantError(t, verify("email", another(code)), codeMismatch, wrongCode)
	d.pool.Clock().Advance(time.Hour - time.Second) // the token's
	if err := verify("email", code); err != nil {
		t.Fatal(err)
	}
	wantError(t, verify("email", code), "ExpiredCodeException", noCode)
	must[*cip.InitiateAuthOutput](t)(d.byPassword("new@example.com", password)) // an alias now

	access = d.signedIn("ann").AccessToken
	wantError(t, send("nickname"), invalidParameter, "Only email and phone_number can be verified.")
	if err := send("phone_number"); err != nil {
		t.Fatal(err)
	}
	code = d.codeFor("ann", cognitotest.PurposeVerification)
	must[[]types.CodeDeliveryDetailsType](t)(update("phone_number", "+15555558888")) // the code was for another number
	wantError(t, verify("phone_number", code), "ExpiredCodeException", noCode)

	// An alias that somebody else has proven.
	must[[]types.CodeDeliveryDetailsType](t)(update("email", "bob@example.com"))
	wantError(t, verify("email", d.codeFor("ann", cognitotest.PurposeVerification)), "AliasExistsException", "An account with the email already exists.")

	// The last second of a code's day.
	if err := send("phone_number"); err != nil {
		t.Fatal(err)
	}
	code = d.codeFor("ann", cognitotest.PurposeVerification)
	d.pool.Clock().Advance(24 * time.Hour)
	access = d.signedIn("ann").AccessToken
	wantError(t, verify("phone_number", code), "ExpiredCodeException", noCode)
}

func TestDeleteUserAttributes(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{RequiredAttributes: []string{"name"}})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: but(proven, "name", "Ann", "nickname", "Annie")})
	access := d.signedIn("ann").AccessToken
	remove := func(names ...string) error {
		_, err := d.sdk.DeleteUserAttributes(t.Context(), &cip.DeleteUserAttributesInput{AccessToken: access, UserAttributeNames: names})
		return err
	}
	wantError(t, remove("nickname", "name"), invalidParameter, "Attributes did not conform to the schema: name: The attribute is required")
	wantError(t, remove("email_verified"), notAuthorized, "A client attempted to write unauthorized attribute")
	wantError(t, remove("sub"), invalidParameter, "Attributes did not conform to the schema: Type for attribute {sub} could not be determined")
	if err := remove("nickname", "email", "picture"); err != nil {
		t.Fatal(err)
	}
	user := must[*cip.GetUserOutput](t)(d.sdk.GetUser(t.Context(), &cip.GetUserInput{AccessToken: access}))
	var left []string
	for _, a := range user.UserAttributes {
		left = append(left, *a.Name)
	}
	if got := strings.Join(left, " "); got != "name phone_number phone_number_verified sub" {
		t.Errorf("left are %s", got)
	}
	_, err := d.sdk.GetUserAttributeVerificationCode(t.Context(), &cip.GetUserAttributeVerificationCodeInput{AccessToken: access, AttributeName: ptr("email")})
	wantError(t, err, invalidParameter, "User has no email to verify.")
}

// Whoever was deleted is gone, with tokens and sessions; the name is free.
func TestDeleteUser(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(d *driver, in *tokens) error{
		"DeleteUser": func(d *driver, in *tokens) error {
			_, err := d.sdk.DeleteUser(d.t.Context(), &cip.DeleteUserInput{AccessToken: in.AccessToken})
			return err
		},
		"AdminDeleteUser": func(d *driver, _ *tokens) error {
			_, err := d.sdk.AdminDeleteUser(d.t.Context(), &cip.AdminDeleteUserInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("ann")})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{})
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
			in := d.signedIn("ann")
			challenge, responses := d.verifier("ann", password)
			if err := remove(d, in); err != nil {
				t.Fatal(err)
			}
			wantError(t, d.getUser(in.AccessToken), "UserNotFoundException", "User does not exist.")
			_, err := d.refresh(in.RefreshToken)
			wantError(t, err, notAuthorized, invalidRefresh)
			_, err = d.byPassword("ann", password)
			wantError(t, err, notAuthorized, incorrect)
			_, err = d.sdk.AdminDeleteUser(t.Context(), &cip.AdminDeleteUserInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("ann")})
			wantError(t, err, "UserNotFoundException", "User does not exist.")
			// Another of the same name takes over nothing.
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
			_, err = d.respond(challenge.ChallengeName, nil, responses)
			wantError(t, err, notAuthorized, incorrect)
			wantError(t, d.getUser(in.AccessToken), "UserNotFoundException", "User does not exist.")
		})
	}
}

// Every operation of a signed-in user checks the token first, whatever else is
// wrong with the call.
func TestAccessTokenIsChecked(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	revoked := d.signedIn("ann").AccessToken
	must[*cip.GlobalSignOutOutput](t)(d.sdk.GlobalSignOut(t.Context(), &cip.GlobalSignOutInput{AccessToken: revoked}))
	key, attribute, text := ptr("us-east-1_0a"), ptr("email"), ptr("x")
	for name, call := range map[string]func(access *string) error{
		"ConfirmDevice": func(access *string) error {
			_, err := d.sdk.ConfirmDevice(t.Context(), &cip.ConfirmDeviceInput{AccessToken: access, DeviceKey: key})
			return err
		},
		"UpdateDeviceStatus": func(access *string) error {
			_, err := d.sdk.UpdateDeviceStatus(t.Context(), &cip.UpdateDeviceStatusInput{AccessToken: access, DeviceKey: key})
			return err
		},
		"ForgetDevice": func(access *string) error {
			_, err := d.sdk.ForgetDevice(t.Context(), &cip.ForgetDeviceInput{AccessToken: access, DeviceKey: key})
			return err
		},
		"GetDevice": func(access *string) error {
			_, err := d.sdk.GetDevice(t.Context(), &cip.GetDeviceInput{AccessToken: access, DeviceKey: key})
			return err
		},
		"ListDevices": func(access *string) error {
			_, err := d.sdk.ListDevices(t.Context(), &cip.ListDevicesInput{AccessToken: access})
			return err
		},
		"GlobalSignOut": func(access *string) error {
			_, err := d.sdk.GlobalSignOut(t.Context(), &cip.GlobalSignOutInput{AccessToken: access})
			return err
		},
		"ChangePassword": func(access *string) error {
			_, err := d.sdk.ChangePassword(t.Context(), &cip.ChangePasswordInput{AccessToken: access, ProposedPassword: text})
			return err
		},
		"GetUserAttributeVerificationCode": func(access *string) error {
			_, err := d.sdk.GetUserAttributeVerificationCode(t.Context(), &cip.GetUserAttributeVerificationCodeInput{AccessToken: access, AttributeName: attribute})
			return err
		},
		"VerifyUserAttribute": func(access *string) error {
			_, err := d.sdk.VerifyUserAttribute(t.Context(), &cip.VerifyUserAttributeInput{AccessToken: access, AttributeName: attribute, Code: text})
			return err
		},
		"UpdateUserAttributes": func(access *string) error {
			_, err := d.sdk.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{AccessToken: access, UserAttributes: []types.AttributeType{{Name: text}}})
			return err
		},
		"DeleteUserAttributes": func(access *string) error {
			_, err := d.sdk.DeleteUserAttributes(t.Context(), &cip.DeleteUserAttributesInput{AccessToken: access, UserAttributeNames: []string{"x"}})
			return err
		},
		"DeleteUser": func(access *string) error {
			_, err := d.sdk.DeleteUser(t.Context(), &cip.DeleteUserInput{AccessToken: access})
			return err
		},
		"GetUserAuthFactors": func(access *string) error {
			_, err := d.sdk.GetUserAuthFactors(t.Context(), &cip.GetUserAuthFactorsInput{AccessToken: access})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantError(t, call(ptr("a.b.c")), notAuthorized, "Invalid Access Token")
			wantError(t, call(revoked), notAuthorized, "Access Token has been revoked")
		})
	}
}

// Each operation has its limit for one user and hour.
func TestHourlyLimits(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		most int
		call func(d *driver, access *string) error // some are refused for another reason, and count
	}{
		"ForgotPassword":             {5, func(d *driver, _ *string) error { _, err := d.forgot("ann"); return err }},
		"ForgotPassword of nobody":   {5, func(d *driver, _ *string) error { _, err := d.forgot("nobody"); return err }},
		"ConfirmForgotPassword":      {5, func(d *driver, _ *string) error { return d.confirmForgot("ann", "x", nextPassword) }},
		"ConfirmForgotPassword, ANN": {5, func(d *driver, _ *string) error { return d.confirmForgot("ANN", "x", nextPassword) }},
		"ResendConfirmationCode": {5, func(d *driver, _ *string) error {
			_, err := d.sdk.ResendConfirmationCode(d.t.Context(), &cip.ResendConfirmationCodeInput{ClientId: &d.client.ID, Username: ptr("ann")})
			return err
		}},
		"ConfirmSignUp": {15, func(d *driver, _ *string) error {
			_, err := d.sdk.ConfirmSignUp(d.t.Context(), &cip.ConfirmSignUpInput{ClientId: &d.client.ID, Username: ptr("ann"), ConfirmationCode: ptr("x")})
			return err
		}},
		"ChangePassword": {5, func(d *driver, access *string) error {
			_, err := d.sdk.ChangePassword(d.t.Context(), &cip.ChangePasswordInput{AccessToken: access, PreviousPassword: ptr(wrongPassword), ProposedPassword: ptr(nextPassword)})
			return err
		}},
		"GetUserAttributeVerificationCode": {5, func(d *driver, access *string) error {
			_, err := d.sdk.GetUserAttributeVerificationCode(d.t.Context(), &cip.GetUserAttributeVerificationCodeInput{AccessToken: access, AttributeName: ptr("email")})
			return err
		}},
	} {
		for _, lifted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, lifted %v", name, lifted), func(t *testing.T) {
				t.Parallel()
				d := drive(t, cognitotest.Config{NoLimits: lifted, Client: cognitotest.ClientConfig{AccessTokenValidity: 24 * time.Hour}})
				d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: proven})
				access := d.signedIn("ann").AccessToken
				// The SDK would wait and ask again, as if that helped.
				d.sdk = d.pool.SDK(func(o *cip.Options) { o.RetryMaxAttempts = 1 })
				refused := func() bool {
					err := row.call(d, access)
					if err == nil || !strings.Contains(err.Error(), "LimitExceededException") {
						return false
					}
					wantError(t, err, "LimitExceededException", "Attempt limit exceeded, please try after some time.")
					return true
				}
				for i := range row.most {
					if refused() {
						t.Fatalf("call %d is refused", i+1)
					}
				}
				if got := refused(); got == lifted {
					t.Errorf("one more is refused: %v", got)
				}
				d.pool.Clock().Advance(time.Hour)
				if refused() {
					t.Error("refused after an hour")
				}
			})
		}
	}
}
