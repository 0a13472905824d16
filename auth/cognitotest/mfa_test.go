package cognitotest_test

import (
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/totp"
)

const (
	sms    = types.ChallengeNameTypeSmsMfa
	email  = types.ChallengeNameTypeEmailOtp
	app    = types.ChallengeNameTypeSoftwareTokenMfa
	choose = types.ChallengeNameTypeSelectMfaType
	setUp  = types.ChallengeNameTypeMfaSetup
)

var (
	phoneOnly = map[string]string{"phone_number": "+15555551234"}
	emailOnly = map[string]string{"email": "ann@example.com"}
	both      = map[string]string{"phone_number": "+15555551234", "email": "ann@example.com"}
)

// What follows a right password, row by row of the developer guide's list.
func TestSecondFactorDecision(t *testing.T) {
	t.Parallel()
	const (
		off      = types.UserPoolMfaTypeOff
		optional = types.UserPoolMfaTypeOptional
		on       = types.UserPoolMfaTypeOn
	)
	secret := totp.NewSecret()
	all := cognitotest.Config{TOTP: true, SMS: true, Email: true}
	messages := cognitotest.Config{SMS: true, Email: true}
	recovering := cognitotest.Config{SMS: true, Email: true, Recovery: types.RecoveryOptionNameTypeVerifiedEmail}
	for name, row := range map[string]struct {
		mode    types.UserPoolMfaType
		pool    cognitotest.Config
		user    cognitotest.User
		want    types.ChallengeNameType // empty: tokens
		options string                  // MFAS_CAN_CHOOSE or MFAS_CAN_SETUP
	}{
		"off":                           {off, cognitotest.Config{}, cognitotest.User{Attributes: both}, "", ""},
		"optional, none enabled":        {optional, all, cognitotest.User{Attributes: both}, "", ""},
		"optional, one enabled":         {optional, all, cognitotest.User{Attributes: both, Factors: []types.ChallengeNameType{email}}, email, ""},
		"optional, preferred":           {optional, all, cognitotest.User{Attributes: both, TOTPSecret: secret, Preferred: sms}, sms, ""},
		"optional, two, none preferred": {optional, all, cognitotest.User{Attributes: both, TOTPSecret: secret, Factors: []types.ChallengeNameType{sms}}, choose, `["SMS_MFA","SOFTWARE_TOKEN_MFA"]`},
		"on, preferred":                 {on, all, cognitotest.User{Attributes: both, TOTPSecret: secret, Preferred: app}, app, ""},
		"on, authenticator alone":       {on, all, cognitotest.User{TOTPSecret: secret}, app, ""},
		"on, authenticator and phone":   {on, all, cognitotest.User{Attributes: phoneOnly, TOTPSecret: secret}, choose, `["SMS_MFA","SOFTWARE_TOKEN_MFA"]`},
		"on, everything":                {on, all, cognitotest.User{Attributes: both, TOTPSecret: secret}, choose, `["SMS_MFA","SOFTWARE_TOKEN_MFA","EMAIL_OTP"]`},
		"on, unverified phone":          {on, all, cognitotest.User{Attributes: phoneOnly}, sms, ""},
		"on, email":                     {on, all, cognitotest.User{Attributes: emailOnly}, email, ""},
		"on, phone and email":           {on, messages, cognitotest.User{Attributes: both}, choose, `["SMS_MFA","EMAIL_OTP"]`},
		"on, email resets the password": {on, recovering, cognitotest.User{Attributes: both}, sms, ""},
		"on, email is all there is":     {on, recovering, cognitotest.User{Attributes: emailOnly}, email, ""},
		"on, nothing usable":            {on, all, cognitotest.User{}, setUp, `["SMS_MFA","SOFTWARE_TOKEN_MFA","EMAIL_OTP"]`},
		"on, phone without SMS":         {on, cognitotest.Config{TOTP: true}, cognitotest.User{Attributes: phoneOnly}, setUp, `["SOFTWARE_TOKEN_MFA"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row.pool.MFA = row.mode
			d := drive(t, row.pool)
			row.user.Username, row.user.Password = "ann", password
			d.pool.AddUser(row.user)
			out := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
			if out.ChallengeName != row.want || (row.want == "") != (out.AuthenticationResult != nil) {
				t.Fatalf("got %q, want %q", out.ChallengeName, row.want)
			}
			options := out.ChallengeParameters["MFAS_CAN_CHOOSE"] + out.ChallengeParameters["MFAS_CAN_SETUP"]
			if options != row.options {
				t.Errorf("options %s, want %s", options, row.options)
			}
			if row.want != "" && (len(*out.Session) < 1400 || len(*out.Session) > 2048) {
				t.Errorf("the session has %d characters", len(*out.Session))
			}
		})
	}
}

func TestNobodyCanGoOn(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, SMS: true})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	_, err := d.byPassword("ann", password)
	wantError(t, err, "InvalidParameterException", "User does not have delivery config set to turn on SMS_MFA")
}

// Codes by SMS and e-mail: a wrong one leaves the session usable, a right one
// uses it up and proves the address.
func TestDeliveredCode(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		challenge               types.ChallengeNameType
		attributes              map[string]string
		key, medium, mask, flag string
	}{
		{sms, phoneOnly, "SMS_MFA_CODE", "SMS", "+*******1234", "phone_number_verified"},
		{email, emailOnly, "EMAIL_OTP_CODE", "EMAIL", "a***@e***", "email_verified"},
	} {
		t.Run(string(row.challenge), func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, SMS: true, Email: true})
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: row.attributes})
			in := must[*cip.RespondToAuthChallengeOutput](t)(d.srp("ann", password))
			if in.ChallengeName != row.challenge ||
				in.ChallengeParameters["CODE_DELIVERY_DELIVERY_MEDIUM"] != row.medium ||
				in.ChallengeParameters["CODE_DELIVERY_DESTINATION"] != row.mask ||
				in.ChallengeParameters["USER_ID_FOR_SRP"] != "ann" {
				t.Fatalf("got %s %v", in.ChallengeName, in.ChallengeParameters)
			}
			message, _ := d.pool.Outbox().Last("ann")
			if len(message.Code) != 6 || string(message.Medium) != row.medium || message.Purpose != cognitotest.PurposeAuthentication {
				t.Fatalf("sent %+v", message)
			}
			answer := func(code string) (*cip.RespondToAuthChallengeOutput, error) {
				return d.respond(row.challenge, in.Session, map[string]string{"USERNAME": "ann", row.key: code})
			}
			_, err := answer(another(message.Code))
			wantError(t, err, "CodeMismatchException", "Invalid code or auth state for the user.")
			tokens := must[*cip.RespondToAuthChallengeOutput](t)(answer(message.Code)).AuthenticationResult
			_, err = answer(message.Code)
			wantError(t, err, notAuthorized, "Invalid session for the user, session can only be used once.")
			user := must[*cip.GetUserOutput](t)(d.sdk.GetUser(t.Context(), &cip.GetUserInput{AccessToken: tokens.AccessToken}))
			if attribute(user.UserAttributes, row.flag) != "true" {
				t.Errorf("%s is not set", row.flag)
			}
		})
	}
}

func TestSelectMFAType(t *testing.T) {
	t.Parallel()
	secret := totp.NewSecret()
	d := drive(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, TOTP: true, SMS: true, Email: true})
	d.pool.AddUser(cognitotest.User{
		Username: "ann", Password: password, Attributes: both, TOTPSecret: secret, Factors: []types.ChallengeNameType{sms},
	})
	in := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
	pick := func(session *string, choice types.ChallengeNameType) (*cip.RespondToAuthChallengeOutput, error) {
		return d.respond(choose, session, map[string]string{"USERNAME": "ann", "ANSWER": string(choice)})
	}
	_, err := pick(in.Session, email) // usable, but not offered
	wantError(t, err, "InvalidParameterException", "ANSWER must be one of the offered MFA types.")
	picked := must[*cip.RespondToAuthChallengeOutput](t)(pick(in.Session, app))
	if picked.ChallengeName != app || *picked.Session == *in.Session {
		t.Fatalf("got %s, or the same session", picked.ChallengeName)
	}
	if _, ok := picked.ChallengeParameters["USER_ID_FOR_SRP"]; ok {
		t.Error("the chosen challenge names the user again")
	}
	_, err = pick(in.Session, app)
	wantError(t, err, notAuthorized, "Invalid session for the user, session can only be used once.")
	out := must[*cip.RespondToAuthChallengeOutput](t)(d.answerTOTP(picked.Session, "ann", d.code(secret)))
	if out.AuthenticationResult == nil {
		t.Error("no tokens")
	}
}

// MFA_SETUP with an address: it becomes the user's when its code is proven, not
// before.
func TestSetUpEmail(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, Email: true})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	in := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
	answer := func(address string) (*cip.RespondToAuthChallengeOutput, error) {
		return d.respond(setUp, in.Session, map[string]string{"USERNAME": "ann", "EMAIL": address})
	}
	_, err := answer("not an address")
	wantError(t, err, "InvalidParameterException", "Invalid email address format.")
	out := must[*cip.RespondToAuthChallengeOutput](t)(answer("new@example.com"))
	if out.ChallengeName != email || out.ChallengeParameters["CODE_DELIVERY_DESTINATION"] != "n***@e***" {
		t.Fatalf("got %s %v", out.ChallengeName, out.ChallengeParameters)
	}
	if got := d.attribute("ann", "email"); got != "" {
		t.Errorf("the unproven address %s is the user's", got)
	}
	message, _ := d.pool.Outbox().Last("ann")
	done := must[*cip.RespondToAuthChallengeOutput](t)(d.respond(email, out.Session, map[string]string{
		"USERNAME": "ann", "EMAIL_OTP_CODE": message.Code,
	}))
	if done.AuthenticationResult == nil || d.attribute("ann", "email") != "new@example.com" || d.attribute("ann", "email_verified") != "true" {
		t.Error("the proven address is not the user's")
	}
}

// attribute asks the pool for one attribute of a user.
func (d *driver) attribute(username, name string) string {
	d.t.Helper()
	user := must[*cip.AdminGetUserOutput](d.t)(d.sdk.AdminGetUser(d.t.Context(), &cip.AdminGetUserInput{
		UserPoolId: ptr(d.pool.ID()), Username: &username,
	}))
	return attribute(user.UserAttributes, name)
}

// A temporary password must be replaced first, by one that the policy allows,
// together with what the pool requires; then comes what would have come.
func TestNewPassword(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{
		MFA: types.UserPoolMfaTypeOn, TOTP: true, RequiredAttributes: []string{"email", "given_name"},
	})
	must[*cip.AdminCreateUserOutput](t)(d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
		UserPoolId: ptr(d.pool.ID()), Username: ptr("ann"),
		DesiredDeliveryMediums: []types.DeliveryMediumType{types.DeliveryMediumTypeEmail},
		UserAttributes: []types.AttributeType{
			{Name: ptr("email"), Value: ptr("ann@example.com")}, {Name: ptr("email_verified"), Value: ptr("true")},
		},
	}))
	invitation, _ := d.pool.Outbox().Last("ann")
	in := must[*cip.RespondToAuthChallengeOutput](t)(d.srp("ann", invitation.Code))
	want := map[string]string{
		"USER_ID_FOR_SRP":    "ann",
		"requiredAttributes": `["userAttributes.given_name"]`,
		"userAttributes":     `{"email":"ann@example.com","email_verified":"true"}`,
	}
	if in.ChallengeName != types.ChallengeNameTypeNewPasswordRequired {
		t.Fatalf("got %s", in.ChallengeName)
	}
	for name, value := range want {
		if in.ChallengeParameters[name] != value {
			t.Errorf("%s is %s, want %s", name, in.ChallengeParameters[name], value)
		}
	}
	answer := func(changes map[string]string) (*cip.RespondToAuthChallengeOutput, error) {
		responses := map[string]string{"USERNAME": "ann", "NEW_PASSWORD": password, "userAttributes.given_name": "Ann"}
		for k, v := range changes {
			responses[k] = v
		}
		return d.respond(types.ChallengeNameTypeNewPasswordRequired, in.Session, responses)
	}
	for _, row := range []struct{ name, value, code, message string }{
		{"NEW_PASSWORD", "Short-1", "InvalidPasswordException", "Password did not conform with policy: Password not long enough"},
		{"NEW_PASSWORD", "lower-case-1", "InvalidPasswordException", "Password did not conform with policy: Password must have uppercase characters"},
		{"NEW_PASSWORD", "UPPER-CASE-1", "InvalidPasswordException", "Password did not conform with policy: Password must have lowercase characters"},
		{"NEW_PASSWORD", "No-Number", "InvalidPasswordException", "Password did not conform with policy: Password must have numeric characters"},
		{"NEW_PASSWORD", "NoSymbol1", "InvalidPasswordException", "Password did not conform with policy: Password must have symbol characters"},
		{"NEW_PASSWORD", "", "InvalidParameterException", "Missing required parameter NEW_PASSWORD"},
		{"userAttributes.given_name", "", "InvalidParameterException", "Invalid attributes given, given_name is missing"},
		{"userAttributes.email", "eve@example.com", notAuthorized, "Cannot modify an already provided email"},
		{"userAttributes.email_verified", "true", notAuthorized, "A client attempted to write unauthorized attribute"},
		{"userAttributes.nonsense", "x", "InvalidParameterException", "Attributes did not conform to the schema: Type for attribute {nonsense} could not be determined"},
	} {
		_, err := answer(map[string]string{row.name: row.value})
		wantError(t, err, row.code, row.message)
	}
	out := must[*cip.RespondToAuthChallengeOutput](t)(answer(nil)) // the same session still
	if out.ChallengeName != setUp {
		t.Errorf("got %s after the new password, want the second factor", out.ChallengeName)
	}
	_, err := answer(nil)
	wantError(t, err, notAuthorized, "Invalid session for the user, session can only be used once.")
	_, err = d.byPassword("ann", invitation.Code)
	wantError(t, err, notAuthorized, incorrect)
	must[*cip.RespondToAuthChallengeOutput](t)(d.srp("ann", password))
}

func TestTemporaryPasswordExpires(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Temporary: true})
	d.pool.Clock().Advance(7*24*time.Hour - time.Second)
	must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
	d.pool.Clock().Advance(time.Second)
	_, err := d.byPassword("ann", password)
	wantError(t, err, notAuthorized, "Temporary password has expired and must be reset by an administrator.")
	must[*cip.AdminSetUserPasswordOutput](t)(d.sdk.AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{
		UserPoolId: ptr(d.pool.ID()), Username: ptr("ann"), Password: ptr(password), Permanent: true,
	}))
	if out := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)); out.AuthenticationResult == nil {
		t.Errorf("got %s after the password was set for good", out.ChallengeName)
	}
}
