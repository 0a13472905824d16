package cognitotest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/totp"
)

const (
	selectOne   = types.ChallengeNameTypeSelectChallenge
	byPlain     = types.ChallengeNameTypePassword
	bySRP       = types.ChallengeNameTypePasswordSrp
	smsCode     = types.ChallengeNameTypeSmsOtp
	verifier    = types.ChallengeNameTypePasswordVerifier
	newPassword = types.ChallengeNameTypeNewPasswordRequired

	invalidParameter = "InvalidParameterException"
	codeMismatch     = "CodeMismatchException"
	codeWrong        = "Invalid code or auth state for the user."
)

// withCodes is what a pool allows that offers all but passkeys.
var withCodes = []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp, types.AuthFactorTypeSmsOtp}

var proven = map[string]string{
	"email": "ann@example.com", "email_verified": "true",
	"phone_number": "+15555551234", "phone_number_verified": "true",
}

// choose begins USER_AUTH.
func (d *driver) choose(username string, preferred types.ChallengeNameType, more map[string]string) (*cip.InitiateAuthOutput, error) {
	params := map[string]string{"USERNAME": username}
	if preferred != "" {
		params["PREFERRED_CHALLENGE"] = string(preferred)
	}
	for k, v := range more {
		params[k] = v
	}
	return d.initiate(types.AuthFlowTypeUserAuth, d.signed(params))
}

// answer answers a challenge of USER_AUTH.
func (d *driver) answer(challenge types.ChallengeNameType, session *string, username string, pairs ...string) (*cip.RespondToAuthChallengeOutput, error) {
	responses := map[string]string{"USERNAME": username}
	for i := 0; i < len(pairs); i += 2 {
		responses[pairs[i]] = pairs[i+1]
	}
	return d.respond(challenge, session, d.signed(responses))
}

// lastCode is the newest code that went to a user.
func (d *driver) lastCode(username string) string {
	d.t.Helper()
	message, ok := d.pool.Outbox().Last(username)
	if !ok {
		d.t.Fatalf("nothing was sent to %s", username)
	}
	return message.Code
}

// What is offered depends on the pool and on the state of the user.
func TestAvailableChallenges(t *testing.T) {
	t.Parallel()
	secret := totp.NewSecret()
	const on, optional = types.UserPoolMfaTypeOn, types.UserPoolMfaTypeOptional
	passwords := []types.ChallengeNameType{bySRP, byPlain}
	for name, row := range map[string]struct {
		cfg  cognitotest.Config
		user cognitotest.User
		want []types.ChallengeNameType
	}{
		"the default":         {cognitotest.Config{}, cognitotest.User{Password: password, Attributes: proven}, passwords},
		"everything":          {cognitotest.Config{FirstFactors: withCodes}, cognitotest.User{Password: password, Attributes: proven}, append(passwords, email, smsCode)},
		"no password":         {cognitotest.Config{FirstFactors: withCodes}, cognitotest.User{Attributes: proven}, []types.ChallengeNameType{email, smsCode}},
		"nothing verified":    {cognitotest.Config{FirstFactors: withCodes}, cognitotest.User{Password: password, Attributes: both}, passwords},
		"verified but absent": {cognitotest.Config{FirstFactors: withCodes}, cognitotest.User{Password: password, Attributes: map[string]string{"email_verified": "true"}}, passwords},
		"temporary password":  {cognitotest.Config{FirstFactors: withCodes}, cognitotest.User{Password: password, Temporary: true, Attributes: proven}, passwords},
		"MFA on":              {cognitotest.Config{FirstFactors: withCodes, MFA: on, TOTP: true}, cognitotest.User{Password: password, Attributes: proven}, passwords},
		"MFA optional":        {cognitotest.Config{FirstFactors: withCodes, MFA: optional, TOTP: true}, cognitotest.User{Password: password, Attributes: proven}, append(passwords, email, smsCode)},
		"MFA configured":      {cognitotest.Config{FirstFactors: withCodes, MFA: optional, TOTP: true}, cognitotest.User{Password: password, Attributes: proven, TOTPSecret: secret}, passwords},
		"nobody can go on":    {cognitotest.Config{FirstFactors: withCodes, MFA: on, SMS: true}, cognitotest.User{Password: password, Attributes: map[string]string{"email": "ann@example.com", "email_verified": "true"}}, passwords},
		"MFA off again":       {cognitotest.Config{FirstFactors: withCodes, TOTP: true}, cognitotest.User{Password: password, Attributes: proven, TOTPSecret: secret}, append(passwords, email, smsCode)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, row.cfg)
			row.user.Username = "ann"
			d.pool.AddUser(row.user)
			// A preference that is not available is the same as none.
			for _, preferred := range []types.ChallengeNameType{"", types.ChallengeNameTypeWebAuthn} {
				out := must[*cip.InitiateAuthOutput](t)(d.choose("ann", preferred, nil))
				if out.ChallengeName != selectOne || len(out.ChallengeParameters) != 0 || out.Session == nil {
					t.Errorf("preferring %q: got %s %v", preferred, out.ChallengeName, out.ChallengeParameters)
				}
				if diff := cmp.Diff(row.want, out.AvailableChallenges); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// A preference that is available is gone to at once; what is available is said
// all the same. The client needs no other flow, and no lower one covers it.
func TestPreferredChallenge(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		preferred types.ChallengeNameType
		inline    func(d *driver) map[string]string
		want      types.ChallengeNameType // empty: tokens
		session   bool
	}{
		"password":            {byPlain, nil, byPlain, true},
		"password, inline":    {byPlain, func(*driver) map[string]string { return map[string]string{"PASSWORD": password} }, "", false},
		"SRP":                 {bySRP, nil, bySRP, true},
		"SRP, inline":         {bySRP, func(d *driver) map[string]string { return d.stock("ann", password).GetAuthParams() }, verifier, false},
		"code by e-mail":      {email, nil, email, true},
		"code by SMS":         {smsCode, nil, smsCode, true},
		"what cannot be used": {types.ChallengeNameTypeWebAuthn, nil, selectOne, true},
	} {
		for _, admin := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d := drive(t, cognitotest.Config{FirstFactors: withCodes, Client: cognitotest.ClientConfig{
					Secret: true, Flows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserAuth},
				}})
				d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: proven})
				params := d.signed(map[string]string{"USERNAME": "ann", "PREFERRED_CHALLENGE": string(row.preferred)})
				if row.inline != nil {
					for k, v := range row.inline(d) {
						params[k] = v
					}
				}
				var out *cip.InitiateAuthOutput
				var err error
				if admin {
					var reply *cip.AdminInitiateAuthOutput
					reply, err = d.sdk.AdminInitiateAuth(t.Context(), &cip.AdminInitiateAuthInput{
						UserPoolId: ptr(d.pool.ID()), ClientId: &d.client.ID, AuthFlow: types.AuthFlowTypeUserAuth, AuthParameters: params,
					})
					out = (*cip.InitiateAuthOutput)(reply)
				} else {
					out, err = d.initiate(types.AuthFlowTypeUserAuth, params)
				}
				if err != nil {
					t.Fatal(err)
				}
				if out.ChallengeName != row.want || (out.AuthenticationResult != nil) != (row.want == "") || (out.Session != nil) != row.session {
					t.Fatalf("got %q, want %q", out.ChallengeName, row.want)
				}
				if offered := len(out.AvailableChallenges); (offered == 4) != (row.want != "") {
					t.Errorf("%d challenges are available", offered)
				}
			})
		}
	}
}

func TestUserAuthRefuses(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{FirstFactors: withCodes, MFA: types.UserPoolMfaTypeOptional, TOTP: true})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: proven})
	d.pool.AddUser(cognitotest.User{Username: "new", Password: password, Unconfirmed: true})
	d.pool.AddUser(cognitotest.User{Username: "out", Password: password, Disabled: true})
	d.pool.AddUser(cognitotest.User{Username: "mute"})
	only := func(f ...types.ExplicitAuthFlowsType) cognitotest.ClientConfig {
		return cognitotest.ClientConfig{Flows: f, PreventUserExistenceErrors: types.PreventUserExistenceErrorTypesLegacy}
	}
	without := d.as(d.pool.AddClient(only(types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowUserSrpAuth)))
	frank := d.as(d.pool.AddClient(only(types.ExplicitAuthFlowsTypeAllowUserAuth)))
	for name, row := range map[string]struct {
		d                *driver
		username         string
		preferred        types.ChallengeNameType
		with             map[string]string
		code, message    string
		passwordIsEnough bool
	}{
		"flow not enabled":   {d: without, username: "ann", code: invalidParameter, message: "USER_AUTH is not enabled for the client."},
		"unconfirmed":        {d: d, username: "new", code: "UserNotConfirmedException", message: "User is not confirmed."},
		"disabled":           {d: d, username: "out", code: notAuthorized, message: "User is disabled."},
		"nobody":             {d: frank, username: "nobody", code: "UserNotFoundException", message: "User does not exist."},
		"nothing to offer":   {d: d, username: "mute", code: invalidParameter, message: "No first factor is available to the user."},
		"not a first factor": {d: d, username: "ann", preferred: app, code: invalidParameter, message: "PREFERRED_CHALLENGE is not a first factor."},
		"no name":            {d: d, username: "", code: invalidParameter, message: "Missing required parameter USERNAME"},
		"wrong password":     {d: d, username: "ann", preferred: byPlain, with: map[string]string{"PASSWORD": wrongPassword}, code: notAuthorized, message: incorrect},
		"bad SRP_A":          {d: d, username: "ann", preferred: bySRP, with: map[string]string{"SRP_A": "0"}, code: invalidParameter, message: "SRP_A is not a valid value."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row.d = &driver{t, row.d.pool, row.d.sdk, row.d.client}
			_, err := row.d.choose(row.username, row.preferred, row.with)
			wantError(t, err, row.code, row.message)
		})
	}
}

// Every choice can be made with its input or without, and leads to tokens.
func TestSelectChallenge(t *testing.T) {
	t.Parallel()
	code := func(key string) func(*driver, *cip.RespondToAuthChallengeOutput) (*cip.RespondToAuthChallengeOutput, error) {
		return func(d *driver, in *cip.RespondToAuthChallengeOutput) (*cip.RespondToAuthChallengeOutput, error) {
			return d.answer(in.ChallengeName, in.Session, "ann", key, d.lastCode("ann"))
		}
	}
	type step = func(*driver, *cip.RespondToAuthChallengeOutput) (*cip.RespondToAuthChallengeOutput, error)
	for name, row := range map[string]struct {
		answer string
		inline bool
		steps  []step // after the choice
	}{
		"password, inline": {"PASSWORD", true, nil},
		"password": {"PASSWORD", false, []step{func(d *driver, in *cip.RespondToAuthChallengeOutput) (*cip.RespondToAuthChallengeOutput, error) {
			return d.answer(byPlain, in.Session, "ann", "PASSWORD", password)
		}}},
		"SRP, inline": {"PASSWORD_SRP", true, nil},
		"SRP":         {"PASSWORD_SRP", false, nil},
		"e-mail":      {"EMAIL_OTP", false, []step{code("EMAIL_OTP_CODE")}},
		"SMS":         {"SMS_OTP", false, []step{code("SMS_OTP_CODE")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{FirstFactors: withCodes, Client: cognitotest.ClientConfig{Secret: true}})
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: proven})
			began := must[*cip.InitiateAuthOutput](t)(d.choose("ann", "", nil))
			srp := d.stock("ann", password)
			pairs := []string{"ANSWER", row.answer}
			if row.inline {
				pairs = append(pairs, "PASSWORD", password, "SRP_A", srp.GetAuthParams()["SRP_A"])
			}
			out := must[*cip.RespondToAuthChallengeOutput](t)(d.answer(selectOne, began.Session, "ann", pairs...))
			if out.ChallengeName == bySRP {
				out = must[*cip.RespondToAuthChallengeOutput](t)(d.answer(bySRP, out.Session, "ann", "SRP_A", srp.GetAuthParams()["SRP_A"]))
			}
			if out.ChallengeName == verifier {
				if out.Session != nil {
					t.Error("PASSWORD_VERIFIER has a session")
				}
				out = must[*cip.RespondToAuthChallengeOutput](t)(d.respond(verifier, nil, d.claim(srp, out.ChallengeParameters)))
			}
			for _, next := range row.steps {
				out = must[*cip.RespondToAuthChallengeOutput](t)(next(d, out))
			}
			if out.AuthenticationResult == nil {
				t.Fatalf("got %s, want tokens", out.ChallengeName)
			}
			_, err := d.answer(selectOne, began.Session, "ann", pairs...)
			wantError(t, err, notAuthorized, sessionUsed)
		})
	}
}

func TestSelectChallengeRefuses(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{FirstFactors: withCodes, MFA: types.UserPoolMfaTypeOptional, SMS: true})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: proven})
	began := must[*cip.InitiateAuthOutput](t)(d.choose("ann", "", nil))
	const notOffered = "ANSWER must be one of the available challenges."
	for _, answer := range []string{"WEB_AUTHN", "SMS_MFA", "x"} {
		_, err := d.answer(selectOne, began.Session, "ann", "ANSWER", answer)
		wantError(t, err, invalidParameter, notOffered)
	}
	_, err := d.answer(selectOne, began.Session, "ann")
	wantError(t, err, invalidParameter, "Missing required parameter ANSWER")

	// What became available since was not offered.
	d.pool.AddUser(cognitotest.User{Username: "bob", Password: password, Attributes: map[string]string{"email": "bob@example.com"}})
	early := must[*cip.InitiateAuthOutput](t)(d.choose("bob", "", nil))
	if err := d.update("bob", "email_verified", "true"); err != nil {
		t.Fatal(err)
	}
	_, err = d.answer(selectOne, early.Session, "bob", "ANSWER", "EMAIL_OTP")
	wantError(t, err, invalidParameter, notOffered)

	// A factor that is enabled in between forbids what goes without a password.
	sent := must[*cip.RespondToAuthChallengeOutput](t)(
		d.answer(selectOne, must[*cip.InitiateAuthOutput](t)(d.choose("ann", "", nil)).Session, "ann", "ANSWER", "EMAIL_OTP"))
	must[*cip.AdminSetUserMFAPreferenceOutput](t)(d.sdk.AdminSetUserMFAPreference(t.Context(), &cip.AdminSetUserMFAPreferenceInput{
		UserPoolId: ptr(d.pool.ID()), Username: ptr("ann"), SMSMfaSettings: &types.SMSMfaSettingsType{Enabled: true},
	}))
	_, err = d.answer(selectOne, began.Session, "ann", "ANSWER", "EMAIL_OTP")
	wantError(t, err, invalidParameter, notOffered)
	_, err = d.answer(email, sent.Session, "ann", "EMAIL_OTP_CODE", d.lastCode("ann"))
	wantError(t, err, codeMismatch, codeWrong)

	// The password still goes, and the second factor follows it; a wrong one is
	// the end.
	out := must[*cip.RespondToAuthChallengeOutput](t)(d.answer(selectOne, began.Session, "ann", "ANSWER", "PASSWORD", "PASSWORD", password))
	if out.ChallengeName != sms {
		t.Errorf("got %s, want SMS_MFA", out.ChallengeName)
	}
	asked := must[*cip.InitiateAuthOutput](t)(d.choose("ann", byPlain, nil))
	_, err = d.answer(byPlain, asked.Session, "ann", "PASSWORD", wrongPassword)
	wantError(t, err, notAuthorized, incorrect)
	_, err = d.answer(byPlain, asked.Session, "ann", "PASSWORD", password)
	wantError(t, err, notAuthorized, sessionUsed)
}

// A first factor's code has eight digits, names no user, may be tried again
// without end and counts once.
func TestFirstCode(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		challenge         types.ChallengeNameType
		key, medium, mask string
	}{
		{email, "EMAIL_OTP_CODE", "EMAIL", "a***@e***"},
		{smsCode, "SMS_OTP_CODE", "SMS", "+*******1234"},
	} {
		t.Run(string(row.challenge), func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{FirstFactors: withCodes})
			d.pool.AddUser(cognitotest.User{Username: "ann", Attributes: proven})
			in := must[*cip.InitiateAuthOutput](t)(d.choose("ann", row.challenge, nil))
			want := map[string]string{"CODE_DELIVERY_DELIVERY_MEDIUM": row.medium, "CODE_DELIVERY_DESTINATION": row.mask}
			if diff := cmp.Diff(want, in.ChallengeParameters); in.ChallengeName != row.challenge || diff != "" {
				t.Fatalf("got %s\n%s", in.ChallengeName, diff)
			}
			code := d.lastCode("ann")
			if len(code) != 8 {
				t.Errorf("the code is %s", code)
			}
			for range 8 {
				_, err := d.answer(row.challenge, in.Session, "ann", row.key, another(code))
				wantError(t, err, codeMismatch, codeWrong)
			}
			out := must[*cip.RespondToAuthChallengeOutput](t)(d.answer(row.challenge, in.Session, "ann", row.key, code))
			if out.AuthenticationResult == nil {
				t.Fatalf("got %s, want tokens", out.ChallengeName)
			}
			_, err := d.answer(row.challenge, in.Session, "ann", row.key, code)
			wantError(t, err, notAuthorized, sessionUsed)

			old := must[*cip.InitiateAuthOutput](t)(d.choose("ann", row.challenge, nil))
			d.pool.Clock().Advance(3 * time.Minute)
			_, err = d.answer(row.challenge, old.Session, "ann", row.key, d.lastCode("ann"))
			wantError(t, err, notAuthorized, sessionExpired)
		})
	}
}

// A temporary password is replaced, and MFA follows, in this flow too.
func TestUserAuthGoesOn(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{FirstFactors: withCodes, MFA: types.UserPoolMfaTypeOn, Email: true})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Temporary: true, Attributes: proven})
	in := must[*cip.InitiateAuthOutput](t)(d.choose("ann", byPlain, map[string]string{"PASSWORD": password}))
	if in.ChallengeName != newPassword {
		t.Fatalf("got %s", in.ChallengeName)
	}
	out := must[*cip.RespondToAuthChallengeOutput](t)(d.answer(newPassword, in.Session, "ann", "NEW_PASSWORD", "Another-Horse-2"))
	if out.ChallengeName != email || out.ChallengeParameters["USER_ID_FOR_SRP"] != "ann" || len(d.lastCode("ann")) != 6 {
		t.Fatalf("got %s %v", out.ChallengeName, out.ChallengeParameters)
	}
	out = must[*cip.RespondToAuthChallengeOutput](t)(d.answer(email, out.Session, "ann", "EMAIL_OTP_CODE", d.lastCode("ann")))
	if out.AuthenticationResult == nil {
		t.Errorf("got %s, want tokens", out.ChallengeName)
	}
}

// A user that does not exist looks like one that does, whatever is asked for,
// and gets nothing.
func TestUserAuthHidesUsers(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{
		FirstFactors: withCodes, UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail, types.UsernameAttributeTypePhoneNumber},
	})
	d.pool.AddUser(cognitotest.User{Username: "ann@example.com", Password: password, Attributes: proven})
	shape := func(out *cip.InitiateAuthOutput) []string {
		keys := []string{string(out.ChallengeName)}
		for k := range out.ChallengeParameters {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		if out.Session != nil {
			keys = append(keys, "session", string(rune(len(*out.Session))))
		}
		for _, c := range out.AvailableChallenges {
			keys = append(keys, string(c))
		}
		return keys
	}
	srpA := d.stock("eve@example.org", password).GetAuthParams()["SRP_A"]
	for preferred, key := range map[types.ChallengeNameType]string{
		"": "", byPlain: "PASSWORD", bySRP: "SRP_A", email: "EMAIL_OTP_CODE", smsCode: "SMS_OTP_CODE",
	} {
		real := must[*cip.InitiateAuthOutput](t)(d.choose("ann@example.com", preferred, nil))
		fake := must[*cip.InitiateAuthOutput](t)(d.choose("eve@example.org", preferred, nil))
		if diff := cmp.Diff(shape(real), shape(fake)); diff != "" {
			t.Errorf("%s: %s", preferred, diff)
		}
		switch preferred {
		case email:
			if mask := fake.ChallengeParameters["CODE_DELIVERY_DESTINATION"]; mask != "e***@e***" {
				t.Errorf("the mask is %s", mask)
			}
			fallthrough
		case smsCode:
			_, err := d.answer(preferred, fake.Session, "eve@example.org", key, "12345678")
			wantError(t, err, codeMismatch, codeWrong)
			again := must[*cip.InitiateAuthOutput](t)(d.choose("eve@example.org", preferred, nil))
			if diff := cmp.Diff(fake.ChallengeParameters, again.ChallengeParameters); diff != "" {
				t.Errorf("asked twice: %s", diff)
			}
		case byPlain:
			_, err := d.answer(preferred, fake.Session, "eve@example.org", key, password)
			wantError(t, err, notAuthorized, incorrect)
		case bySRP:
			out := must[*cip.RespondToAuthChallengeOutput](t)(d.answer(preferred, fake.Session, "eve@example.org", key, srpA))
			_, err := d.respond(verifier, nil, map[string]string{
				"USERNAME": out.ChallengeParameters["USERNAME"], "TIMESTAMP": "Tue Feb 3 09:04:05 UTC 2026",
				"PASSWORD_CLAIM_SECRET_BLOCK": out.ChallengeParameters["SECRET_BLOCK"], "PASSWORD_CLAIM_SIGNATURE": "AAAA",
			})
			wantError(t, err, notAuthorized, incorrect)
		case "":
			out := must[*cip.RespondToAuthChallengeOutput](t)(d.answer(selectOne, fake.Session, "eve@example.org", "ANSWER", "EMAIL_OTP"))
			if out.ChallengeName != email {
				t.Errorf("got %s", out.ChallengeName)
			}
		}
	}
	if sent := d.pool.Outbox().All("eve@example.org"); len(sent) != 0 {
		t.Errorf("sent %d messages to nobody", len(sent))
	}
	number := must[*cip.InitiateAuthOutput](t)(d.choose("+15555559876", smsCode, nil))
	if mask := number.ChallengeParameters["CODE_DELIVERY_DESTINATION"]; mask != "+*******9876" {
		t.Errorf("the mask is %s", mask)
	}
}

// Users without a password: who may be made, and that no password fits.
func TestPasswordless(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{FirstFactors: withCodes})
	make := func(username, temporary string) types.UserStatusType {
		in := &cip.AdminCreateUserInput{UserPoolId: ptr(d.pool.ID()), Username: &username}
		if temporary != "" {
			in.TemporaryPassword = &temporary
		}
		return must[*cip.AdminCreateUserOutput](t)(d.sdk.AdminCreateUser(t.Context(), in)).User.UserStatus
	}
	if status := make("bob", ""); status != types.UserStatusTypeConfirmed {
		t.Errorf("without a password the user is %s", status)
	}
	if status := make("tom", password); status != types.UserStatusTypeForceChangePassword {
		t.Errorf("with a temporary password the user is %s", status)
	}
	_, err := d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("bob")})
	wantError(t, err, "UsernameExistsException", "User account already exists")
	must[*cip.SignUpOutput](t)(d.sdk.SignUp(t.Context(), &cip.SignUpInput{
		ClientId: &d.client.ID, Username: ptr("eve"),
		UserAttributes: []types.AttributeType{{Name: ptr("email"), Value: ptr("eve@example.com")}},
	}))
	must[*cip.ConfirmSignUpOutput](t)(d.sdk.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{
		ClientId: &d.client.ID, Username: ptr("eve"), ConfirmationCode: ptr(d.lastCode("eve")),
	}))
	out := must[*cip.InitiateAuthOutput](t)(d.choose("eve", "", nil))
	if !slices.Equal(out.AvailableChallenges, []types.ChallengeNameType{email}) {
		t.Errorf("available are %v", out.AvailableChallenges)
	}
	for _, guess := range []string{password, " "} {
		_, err := d.byPassword("eve", guess)
		wantError(t, err, notAuthorized, incorrect)
	}
	_, err = d.srp("eve", password)
	wantError(t, err, notAuthorized, incorrect)
	_, err = d.choose("eve", "PALM", nil)
	wantError(t, err, invalidParameter, "PREFERRED_CHALLENGE is not a first factor.")
}

// Either kind of code makes a pool work without passwords; a passkey, which
// nobody has to begin with, does not.
func TestPasswordlessPools(t *testing.T) {
	t.Parallel()
	for factor, want := range map[types.AuthFactorType]bool{
		types.AuthFactorTypeEmailOtp: true, types.AuthFactorTypeSmsOtp: true, types.AuthFactorTypeWebAuthn: false,
	} {
		var tb fakeTB
		pool := cognitotest.Start(&tb, cognitotest.Config{FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, factor}})
		pool.AddUser(cognitotest.User{Username: "ann"})
		if (len(tb.errors) == 0) != want {
			t.Errorf("%s: reported %q", factor, tb.errors)
		}
		pool.Close()
	}
}

func TestFirstFactorsMisuse(t *testing.T) {
	t.Parallel()
	for name, factors := range map[string][]types.AuthFactorType{
		"none":        {},
		"no password": {types.AuthFactorTypeEmailOtp},
		"unknown":     {types.AuthFactorTypePassword, "PALM"},
	} {
		if pool, err := cognitotest.New(cognitotest.Config{FirstFactors: factors}); err == nil {
			pool.Close()
			t.Errorf("%s: accepted", name)
		} else if !strings.Contains(err.Error(), "AllowedFirstAuthFactors") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, user := range map[string]cognitotest.User{
		"no password, temporary": {Username: "ann", Temporary: true},
		"no password":            {Username: "ann"},
	} {
		var tb fakeTB
		var cfg cognitotest.Config
		if user.Temporary {
			cfg.FirstFactors = withCodes
		}
		pool := cognitotest.Start(&tb, cfg)
		pool.AddUser(user)
		if len(tb.errors) != 1 {
			t.Errorf("%s: reported %q", name, tb.errors)
		}
		pool.Close()
	}
}
