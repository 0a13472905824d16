package cognitotest_test

import (
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// Which flow an app client may begin, by which operation.
func TestFlows(t *testing.T) {
	t.Parallel()
	type flows = []types.ExplicitAuthFlowsType
	const (
		srpOff      = "USER_SRP_AUTH is not enabled for the client."
		passwordOff = "USER_PASSWORD_AUTH flow not enabled for this client"
		adminOff    = "Auth flow not enabled for this client"
		wrongAPI    = "Initiate Auth method not supported."
	)
	for name, row := range map[string]struct {
		flows flows
		admin bool
		begin types.AuthFlowType
		want  string // the text; empty: admitted
	}{
		"SRP":                           {nil, false, "USER_SRP_AUTH", ""},
		"SRP, admin":                    {nil, true, "USER_SRP_AUTH", ""},
		"SRP, off":                      {flows{"ALLOW_USER_PASSWORD_AUTH"}, false, "USER_SRP_AUTH", srpOff},
		"password":                      {nil, false, "USER_PASSWORD_AUTH", ""},
		"password, legacy name":         {flows{"USER_PASSWORD_AUTH"}, false, "USER_PASSWORD_AUTH", ""},
		"password, off":                 {flows{"ALLOW_USER_SRP_AUTH"}, false, "USER_PASSWORD_AUTH", passwordOff},
		"password, to the admin":        {nil, true, "USER_PASSWORD_AUTH", wrongAPI},
		"admin password":                {nil, true, "ADMIN_USER_PASSWORD_AUTH", ""},
		"admin password, legacy name":   {nil, true, "ADMIN_NO_SRP_AUTH", ""},
		"admin password, legacy client": {flows{"ADMIN_NO_SRP_AUTH"}, true, "ADMIN_USER_PASSWORD_AUTH", ""},
		"admin password, off":           {flows{"ALLOW_USER_SRP_AUTH"}, true, "ADMIN_USER_PASSWORD_AUTH", adminOff},
		"admin password, to the public": {nil, false, "ADMIN_USER_PASSWORD_AUTH", wrongAPI},
		"custom, off":                   {flows{"ALLOW_USER_SRP_AUTH"}, false, "CUSTOM_AUTH", "CUSTOM_AUTH is not enabled for the client."},
		"custom, legacy name":           {flows{"CUSTOM_AUTH_FLOW_ONLY"}, false, "CUSTOM_AUTH", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{Triggers: riddle(), Client: cognitotest.ClientConfig{Flows: row.flows}})
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
			params := map[string]string{"USERNAME": "ann", "PASSWORD": password, "SRP_A": "abcdef"}
			var err error
			if row.admin {
				_, err = d.sdk.AdminInitiateAuth(t.Context(), &cip.AdminInitiateAuthInput{
					AuthFlow: row.begin, ClientId: &d.client.ID, UserPoolId: ptr(d.pool.ID()), AuthParameters: params,
				})
			} else {
				_, err = d.initiate(row.begin, params)
			}
			if row.want != "" {
				wantError(t, err, "InvalidParameterException", row.want)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// A secret hash is over the username of the same call, in every call.
func TestSecretHash(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{
		UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail},
		Client:             cognitotest.ClientConfig{Secret: true},
	})
	const address = "ann@example.com"
	sub := d.pool.AddUser(cognitotest.User{Username: address, Password: password})
	missing := "Client " + d.client.ID + " is configured with secret but SECRET_HASH was not received"
	wrong := "Unable to verify secret hash for client " + d.client.ID
	for hash, want := range map[string]string{"": missing, "made up": wrong, d.hash(sub): wrong} {
		_, err := d.initiate(types.AuthFlowTypeUserPasswordAuth, map[string]string{
			"USERNAME": address, "PASSWORD": password, "SECRET_HASH": hash,
		})
		wantError(t, err, notAuthorized, want)
		_, err = d.sdk.SignUp(t.Context(), &cip.SignUpInput{
			ClientId: &d.client.ID, Username: ptr(address), Password: ptr(password), SecretHash: &hash,
		})
		wantError(t, err, notAuthorized, want)
	}
	// The answer may name the user by the canonical username or by the address,
	// as long as the hash does too.
	for _, name := range []string{sub, address} {
		challenge, responses := d.verifier(address, password)
		responses["USERNAME"], responses["SECRET_HASH"] = name, d.hash(address)
		if name == sub {
			_, err := d.respond(challenge.ChallengeName, nil, responses)
			wantError(t, err, notAuthorized, wrong)
			responses["SECRET_HASH"] = d.hash(sub)
		}
		must[*cip.RespondToAuthChallengeOutput](t)(d.respond(challenge.ChallengeName, nil, responses))
	}
	open := d.as(d.pool.AddClient(cognitotest.ClientConfig{}))
	_, err := open.initiate(types.AuthFlowTypeUserPasswordAuth, map[string]string{
		"USERNAME": address, "PASSWORD": password, "SECRET_HASH": d.hash(address),
	})
	wantError(t, err, "InvalidParameterException", "App client "+open.client.ID+" is not configured for secret but secret hash was received")
}

// Users that do not exist, for clients that hide them and clients that do not.
func TestUnknownUser(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	legacy := d.as(d.pool.AddClient(cognitotest.ClientConfig{
		PreventUserExistenceErrors: types.PreventUserExistenceErrorTypesLegacy,
	}))
	const notFound = "UserNotFoundException"
	_, err := legacy.byPassword("nobody", password)
	wantError(t, err, notFound, "User does not exist.")
	_, err = legacy.initiate(types.AuthFlowTypeUserSrpAuth, legacy.stock("nobody", password).GetAuthParams())
	wantError(t, err, notFound, "User does not exist.")
	_, err = legacy.byPassword(d.attribute("ann", "sub"), password) // a sub is no username here
	wantError(t, err, notFound, "User does not exist.")

	_, err = d.byPassword("nobody", password)
	wantError(t, err, notAuthorized, incorrect)
	first, responses := d.verifier("nobody", password)
	_, err = d.respond(first.ChallengeName, nil, responses)
	wantError(t, err, notAuthorized, incorrect)
	second, _ := d.verifier("Nobody", password)
	other, _ := d.verifier("somebody", password)
	for _, stable := range []string{"SALT", "USER_ID_FOR_SRP"} {
		if first.ChallengeParameters[stable] != second.ChallengeParameters[stable] {
			t.Errorf("%s of a simulated user changes", stable)
		}
		if first.ChallengeParameters[stable] == other.ChallengeParameters[stable] {
			t.Errorf("%s is the same for all simulated users", stable)
		}
	}
	if id := first.ChallengeParameters["USER_ID_FOR_SRP"]; len(id) != 36 {
		t.Errorf("USER_ID_FOR_SRP is %s, want a UUID", id)
	}
	real, _ := d.verifier("ann", password)
	for name := range real.ChallengeParameters {
		if first.ChallengeParameters[name] == "" {
			t.Errorf("a simulated challenge lacks %s", name)
		}
	}
	if _, err := d.sdk.ResendConfirmationCode(t.Context(), &cip.ResendConfirmationCodeInput{
		ClientId: &d.client.ID, Username: ptr("nobody"),
	}); err != nil {
		t.Errorf("resending to nobody tells that there is nobody: %v", err)
	}
}

// Five wrong tries are free; then the lock doubles, holds against the right
// password too, and is the same for a name nobody has.
func TestLockout(t *testing.T) {
	t.Parallel()
	const locked = "Password attempts exceeded"
	for _, username := range []string{"ann", "nobody"} {
		d := drive(t, cognitotest.Config{})
		d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
		try := func(password, want string) {
			t.Helper()
			_, err := d.byPassword(username, password)
			wantError(t, err, notAuthorized, want)
		}
		for range 5 {
			try(wrongPassword, incorrect)
		}
		try(password, locked)
		d.pool.Clock().Advance(time.Second)
		try(wrongPassword, incorrect) // the sixth failure: two seconds
		d.pool.Clock().Advance(2*time.Second - 1)
		try(password, locked)
		_, err := d.srp(username, password)
		wantError(t, err, notAuthorized, locked)
		d.pool.Clock().Advance(1)
		if username != "ann" {
			try(password, incorrect)
			continue
		}
		must[*cip.InitiateAuthOutput](t)(d.byPassword(username, password)) // forgets everything
		for range 5 {
			try(wrongPassword, incorrect)
		}
		for range 10 { // locks of 2, 4, ... 512 seconds, and at last of 15 minutes
			d.pool.Clock().Advance(10 * time.Minute)
			try(wrongPassword, incorrect)
		}
		d.pool.Clock().Advance(15*time.Minute - 1)
		try(password, locked)
		d.pool.Clock().Advance(1) // quiet minutes forget everything too
		for range 5 {
			try(wrongPassword, incorrect)
		}
		try(password, locked)
	}
	free := drive(t, cognitotest.Config{NoLockout: true})
	free.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	for range 7 {
		_, err := free.byPassword("ann", wrongPassword)
		wantError(t, err, notAuthorized, incorrect)
	}
}

// Codes lock like passwords do, but apart from them: a password that is known
// does not buy fresh guesses at the code.
func TestCodeLockout(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, SMS: true})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: phoneOnly})
	guess := func(right bool) error {
		in := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
		message, _ := d.pool.Outbox().Last("ann")
		code := message.Code
		if !right {
			code = another(code)
		}
		_, err := d.respond(sms, in.Session, map[string]string{"USERNAME": "ann", "SMS_MFA_CODE": code})
		return err
	}
	for range 5 {
		wantError(t, guess(false), "CodeMismatchException", "Invalid code or auth state for the user.")
	}
	wantError(t, guess(true), notAuthorized, "Password attempts exceeded")
	d.pool.Clock().Advance(time.Second)
	if err := guess(true); err != nil {
		t.Error(err)
	}
}

// Who may not sign in whatever they prove, seen with a right and a wrong
// password.
func TestStatus(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "new", Password: password, Unconfirmed: true})
	d.pool.AddUser(cognitotest.User{Username: "gone", Password: password, Disabled: true})
	for _, p := range []string{password, wrongPassword} {
		_, err := d.byPassword("new", p)
		wantError(t, err, "UserNotConfirmedException", "User is not confirmed.")
		_, err = d.byPassword("gone", p)
		wantError(t, err, notAuthorized, "User is disabled.")
	}
	id := ptr(d.pool.ID())
	must[*cip.AdminConfirmSignUpOutput](t)(d.sdk.AdminConfirmSignUp(t.Context(), &cip.AdminConfirmSignUpInput{UserPoolId: id, Username: ptr("new")}))
	must[*cip.AdminEnableUserOutput](t)(d.sdk.AdminEnableUser(t.Context(), &cip.AdminEnableUserInput{UserPoolId: id, Username: ptr("gone")}))
	for _, name := range []string{"new", "gone"} {
		must[*cip.InitiateAuthOutput](t)(d.byPassword(name, password))
	}
}

func TestSRPFreshness(t *testing.T) {
	t.Parallel()
	for limit, refused := range map[time.Duration]bool{0: false, time.Hour: true, 24 * time.Hour: false} {
		// In the afternoon the stock client's timestamp is twelve hours old.
		clock := cognitotest.NewClock(morning.Add(6 * time.Hour))
		d := drive(t, cognitotest.Config{SRPFreshness: limit, Clock: clock})
		d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
		_, err := d.srp("ann", password)
		if refused {
			wantError(t, err, notAuthorized, incorrect)
		} else if err != nil {
			t.Errorf("limit %s: %v", limit, err)
		}
	}
}
