package cognitotest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
	"github.com/cognitomfa/cognitomfa/totp"
)

func Example() {
	pool, err := cognitotest.New(cognitotest.Config{}) // in a test: Start(t, ...)
	if err != nil {
		panic(err)
	}
	defer pool.Close()
	pool.AddUser(cognitotest.User{Username: "ann", Password: "Correct-Horse-1"})

	out, err := pool.SDK().InitiateAuth(context.Background(), &cip.InitiateAuthInput{
		AuthFlow:       types.AuthFlowTypeUserPasswordAuth,
		ClientId:       aws.String(pool.Client().ID),
		AuthParameters: map[string]string{"USERNAME": "ann", "PASSWORD": "Correct-Horse-1"},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(out.AuthenticationResult.ExpiresIn)
	// Output: 3600
}

// go-oidc, which knows nothing of Cognito, finds the keys by discovery and
// verifies the tokens.
func TestTokens(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{
		CustomAttributes: []string{"team"}, Clock: &cognitotest.Clock{},
		Client: cognitotest.ClientConfig{IDTokenValidity: 10 * time.Minute, AccessTokenValidity: 20 * time.Minute},
	})
	d.pool.AddUser(cognitotest.User{Username: "Ann", Password: password, Attributes: map[string]string{
		"email": "ann@example.com", "email_verified": "true", "custom:team": "1",
	}})
	sub := d.attribute("ann", "sub")
	tokens := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)).AuthenticationResult
	if tokens.ExpiresIn != 1200 || *tokens.TokenType != "Bearer" || !strings.HasPrefix(*tokens.RefreshToken, "eyJ") {
		t.Errorf("ExpiresIn %d, TokenType %s", tokens.ExpiresIn, *tokens.TokenType)
	}
	provider, err := oidc.NewProvider(t.Context(), d.pool.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	idToken, err := provider.Verifier(&oidc.Config{ClientID: d.client.ID}).Verify(t.Context(), *tokens.IdToken)
	if err != nil {
		t.Fatal(err)
	}
	accessToken, err := provider.Verifier(&oidc.Config{SkipClientIDCheck: true}).Verify(t.Context(), *tokens.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	var id, access map[string]any
	if err := idToken.Claims(&id); err != nil {
		t.Fatal(err)
	}
	if err := accessToken.Claims(&access); err != nil {
		t.Fatal(err)
	}
	check := func(claims map[string]any, want map[string]any, absent ...string) {
		t.Helper()
		for name, value := range want {
			if claims[name] != value {
				t.Errorf("%s token: %s is %v, want %v", claims["token_use"], name, claims[name], value)
			}
		}
		for _, name := range absent {
			if claims[name] != nil {
				t.Errorf("%s token has %s", claims["token_use"], name)
			}
		}
	}
	check(id, map[string]any{
		"sub": sub, "aud": d.client.ID, "token_use": "id", "iss": d.pool.Issuer(), "cognito:username": "ann",
		"email": "ann@example.com", "email_verified": true, "custom:team": "1",
		"exp": id["iat"].(float64) + 600, "auth_time": id["iat"], "origin_jti": access["origin_jti"],
	}, "client_id", "username", "scope")
	check(access, map[string]any{
		"sub": sub, "client_id": d.client.ID, "token_use": "access", "iss": d.pool.Issuer(), "username": "ann",
		"scope": "aws.cognito.signin.user.admin", "exp": access["iat"].(float64) + 1200,
	}, "aud", "email", "cognito:username")
	if id["jti"] == access["jti"] || id["jti"] == "" {
		t.Error("the two tokens share a jti")
	}
	for name, foreign := range map[string]*string{"ID": tokens.IdToken, "refresh": tokens.RefreshToken} {
		_, err := d.sdk.GetUser(t.Context(), &cip.GetUserInput{AccessToken: foreign})
		if err == nil {
			t.Errorf("the %s token passes for an access token", name)
			continue
		}
		wantError(t, err, notAuthorized, "Invalid Access Token")
	}
	d.pool.Clock().Advance(20 * time.Minute)
	_, err = d.sdk.GetUser(t.Context(), &cip.GetUserInput{AccessToken: tokens.AccessToken})
	wantError(t, err, notAuthorized, "Access Token has expired")
}

func TestIssuer(t *testing.T) {
	t.Parallel()
	const issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example"
	pool := cognitotest.Start(t, cognitotest.Config{Region: "eu-west-1", Issuer: issuer})
	if pool.Issuer() != issuer || !strings.HasPrefix(pool.ID(), "eu-west-1_") {
		t.Errorf("issuer %s of pool %s", pool.Issuer(), pool.ID())
	}
	aws := cognitotest.Start(t, cognitotest.Config{Issuer: "https://cognito-idp.us-east-1.amazonaws.com/{poolId}"})
	if want := "https://cognito-idp.us-east-1.amazonaws.com/" + aws.ID(); aws.Issuer() != want {
		t.Errorf("issuer %s, want %s", aws.Issuer(), want)
	}
	if !strings.HasPrefix(pool.URL(), "http://127.0.0.1:") {
		t.Errorf("listens on %s", pool.URL())
	}
}

// A pool that ends up in a log shows none of what it guards.
func TestPoolNeverPrints(t *testing.T) {
	t.Parallel()
	secret := totp.NewSecret()
	d := drive(t, cognitotest.Config{
		MFA: types.UserPoolMfaTypeOn, TOTP: true, Client: cognitotest.ClientConfig{Secret: true},
	})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, TOTPSecret: secret})
	must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
	must[*cip.AdminCreateUserOutput](t)(d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
		UserPoolId: ptr(d.pool.ID()), Username: ptr("bob"),
		UserAttributes: []types.AttributeType{{Name: ptr("phone_number"), Value: ptr("+15555551234")}},
	}))
	message, _ := d.pool.Outbox().Last("bob")
	for _, s := range []string{password, secret, d.client.Secret, message.Code} {
		redacttest.Check(t, d.pool, s)
	}
}

// Names: what signs a user in, and who the canonical username is then.
func TestNames(t *testing.T) {
	t.Parallel()
	proven := map[string]string{"email": "Ann@example.com", "email_verified": "true", "phone_number": "+15555551234"}
	byEmail := []types.UsernameAttributeType{types.UsernameAttributeTypeEmail}
	aliases := []types.AliasAttributeType{types.AliasAttributeTypeEmail, types.AliasAttributeTypePhoneNumber}
	for name, row := range map[string]struct {
		cfg            cognitotest.Config
		user           cognitotest.User
		signIn, refuse []string
		canonical      string // empty: the sub
	}{
		"usernames": {cognitotest.Config{}, cognitotest.User{Username: "Ann", Attributes: proven},
			[]string{"ann", "ANN"}, []string{"ann@example.com", "+15555551234"}, "ann"},
		"case-sensitive": {cognitotest.Config{CaseSensitive: true}, cognitotest.User{Username: "Ann"},
			[]string{"Ann"}, []string{"ann"}, "Ann"},
		"aliases, if proven": {cognitotest.Config{AliasAttributes: aliases}, cognitotest.User{Username: "Ann", Attributes: proven},
			[]string{"ann", "ANN@example.com"}, []string{"+15555551234"}, "ann"},
		"addresses": {cognitotest.Config{UsernameAttributes: byEmail}, cognitotest.User{Username: "Ann@example.com"},
			[]string{"ann@example.com", "ANN@EXAMPLE.COM"}, []string{"ann"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, row.cfg)
			row.user.Password = password
			canonical := d.pool.AddUser(row.user)
			want := row.canonical
			if want == "" {
				want = d.attribute(canonical, "sub")
				row.signIn = append(row.signIn, want)
			}
			if canonical != want {
				t.Errorf("the canonical username is %s, want %s", canonical, want)
			}
			for _, name := range row.signIn {
				challenge, responses := d.verifier(name, password)
				if got := challenge.ChallengeParameters["USER_ID_FOR_SRP"]; got != canonical {
					t.Errorf("%s: USER_ID_FOR_SRP is %s", name, got)
				}
				if _, err := d.respond(challenge.ChallengeName, nil, responses); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			for _, name := range row.refuse {
				_, err := d.byPassword(name, password)
				wantError(t, err, notAuthorized, incorrect)
			}
		})
	}
}

func TestSignUpRefuses(t *testing.T) {
	t.Parallel()
	const invalid = "InvalidParameterException"
	attrs := func(pairs ...string) (list []types.AttributeType) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, types.AttributeType{Name: &pairs[i], Value: &pairs[i+1]})
		}
		return list
	}
	byEmail := cognitotest.Config{UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail}}
	byEither := cognitotest.Config{UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail, types.UsernameAttributeTypePhoneNumber}}
	alias := cognitotest.Config{AliasAttributes: []types.AliasAttributeType{types.AliasAttributeTypeEmail}}
	for name, row := range map[string]struct {
		cfg           cognitotest.Config
		in            cip.SignUpInput
		code, message string
	}{
		"exists":         {cognitotest.Config{}, cip.SignUpInput{Username: ptr("TAKEN")}, "UsernameExistsException", "User already exists"},
		"address exists": {byEmail, cip.SignUpInput{Username: ptr("Taken@example.com")}, "UsernameExistsException", "User already exists"},
		"no address":     {byEmail, cip.SignUpInput{Username: ptr("ann")}, invalid, "Username should be an email."},
		"neither":        {byEither, cip.SignUpInput{Username: ptr("ann")}, invalid, "Username should be either an email or a phone number."},
		"like an alias":  {alias, cip.SignUpInput{Username: ptr("ann@example.com")}, invalid, "Username cannot be of email format, since user pool is configured for email alias."},
		"weak password":  {cognitotest.Config{}, cip.SignUpInput{Password: ptr("weak")}, "InvalidPasswordException", "Password did not conform with policy: Password not long enough"},
		"own policy": {cognitotest.Config{PasswordPolicy: types.PasswordPolicyType{MinimumLength: ptr(int32(20))}},
			cip.SignUpInput{}, "InvalidPasswordException", "Password did not conform with policy: Password not long enough"},
		"attribute missing": {cognitotest.Config{RequiredAttributes: []string{"email"}}, cip.SignUpInput{},
			invalid, "Attributes did not conform to the schema: email: The attribute is required"},
		"attribute unknown": {cognitotest.Config{CustomAttributes: []string{"team"}}, cip.SignUpInput{UserAttributes: attrs("custom:role", "x")},
			invalid, "Attributes did not conform to the schema: Type for attribute {custom:role} could not be determined"},
		"vouches for itself": {cognitotest.Config{}, cip.SignUpInput{UserAttributes: attrs("email_verified", "true")},
			notAuthorized, "A client attempted to write unauthorized attribute"},
		"chooses its sub": {cognitotest.Config{}, cip.SignUpInput{UserAttributes: attrs("sub", "x")},
			invalid, "Attributes did not conform to the schema: Type for attribute {sub} could not be determined"},
		"bad address":    {cognitotest.Config{}, cip.SignUpInput{UserAttributes: attrs("email", "x")}, invalid, "Invalid email address format."},
		"bad number":     {cognitotest.Config{}, cip.SignUpInput{UserAttributes: attrs("phone_number", "x")}, invalid, "Invalid phone number format."},
		"unknown client": {cognitotest.Config{}, cip.SignUpInput{ClientId: ptr("nobody")}, "ResourceNotFoundException", "User pool client nobody does not exist."},
		"two violations": {cognitotest.Config{}, cip.SignUpInput{ClientId: ptr("no body"), Username: ptr("a b")}, invalid,
			`2 validation errors detected: Value at 'clientId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+]+; ` +
				`Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+`},
		"nothing wrong": {cognitotest.Config{}, cip.SignUpInput{UserAttributes: attrs("custom:x", "")[:0]}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, row.cfg)
			taken := "taken"
			if row.cfg.UsernameAttributes != nil {
				taken += "@example.com"
			}
			if name == "exists" || name == "address exists" {
				d.pool.AddUser(cognitotest.User{Username: taken, Password: password})
			}
			in := row.in
			for _, fill := range []struct {
				field **string
				value string
			}{{&in.ClientId, d.client.ID}, {&in.Username, "ann"}, {&in.Password, password}} {
				if *fill.field == nil {
					*fill.field = &fill.value
				}
			}
			_, err := d.sdk.SignUp(t.Context(), &in)
			if row.code != "" {
				wantError(t, err, row.code, row.message)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestConfirmSignUpRefuses(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	must[*cip.SignUpOutput](t)(d.sdk.SignUp(t.Context(), &cip.SignUpInput{
		ClientId: &d.client.ID, Username: ptr("ann"), Password: ptr(password),
		UserAttributes: []types.AttributeType{{Name: ptr("email"), Value: ptr("ann@example.com")}},
	}))
	confirm := func(username, code string) error {
		_, err := d.sdk.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{
			ClientId: &d.client.ID, Username: &username, ConfirmationCode: &code,
		})
		return err
	}
	const lapsed = "Invalid code provided, please request a code again."
	first, _ := d.pool.Outbox().Last("ann")
	wantError(t, confirm("ann", another(first.Code)), "CodeMismatchException", "Invalid verification code provided, please try again.")
	wantError(t, confirm("nobody", first.Code), "ExpiredCodeException", lapsed)
	d.pool.Clock().Advance(24 * time.Hour)
	wantError(t, confirm("ann", first.Code), "ExpiredCodeException", lapsed)
	must[*cip.ResendConfirmationCodeOutput](t)(d.sdk.ResendConfirmationCode(t.Context(), &cip.ResendConfirmationCodeInput{
		ClientId: &d.client.ID, Username: ptr("ann"),
	}))
	if n := len(d.pool.Outbox().All("ann")); n != 2 {
		t.Fatalf("%d messages, want 2", n)
	}
	second, _ := d.pool.Outbox().Last("ann")
	if err := confirm("ann", second.Code); err != nil {
		t.Fatal(err)
	}
	wantError(t, confirm("ann", second.Code), notAuthorized, "User cannot be confirmed. Current status is CONFIRMED")
}

// Two users may claim one address as an alias; the first to prove it has it,
// until another takes it by force.
func TestAliasExists(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{AliasAttributes: []types.AliasAttributeType{types.AliasAttributeTypeEmail}})
	const address = "ann@example.com"
	confirm := func(name string, force bool) error {
		must[*cip.SignUpOutput](t)(d.sdk.SignUp(t.Context(), &cip.SignUpInput{
			ClientId: &d.client.ID, Username: &name, Password: ptr(password),
			UserAttributes: []types.AttributeType{{Name: ptr("email"), Value: ptr(address)}},
		}))
		message, _ := d.pool.Outbox().Last(name)
		_, err := d.sdk.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{
			ClientId: &d.client.ID, Username: &name, ConfirmationCode: &message.Code, ForceAliasCreation: force,
		})
		return err
	}
	owner := func(want string) {
		t.Helper()
		if challenge, _ := d.verifier(address, password); challenge.ChallengeParameters["USERNAME"] != want {
			t.Errorf("the address signs %s in, want %s", challenge.ChallengeParameters["USERNAME"], want)
		}
	}
	if err := confirm("ann", false); err != nil {
		t.Fatal(err)
	}
	wantError(t, confirm("eve", false), "AliasExistsException", "An account with the email already exists.")
	owner("ann")
	if err := confirm("tom", true); err != nil {
		t.Fatal(err)
	}
	owner("tom")
	if d.attribute("ann", "email_verified") != "false" {
		t.Error("ann's address is still called proven")
	}
	must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)) // by username as before
	must[*cip.AdminCreateUserOutput](t)(d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
		UserPoolId: ptr(d.pool.ID()), Username: ptr("kim"), ForceAliasCreation: true, TemporaryPassword: ptr(password),
		UserAttributes: []types.AttributeType{{Name: ptr("email"), Value: ptr(address)}, {Name: ptr("email_verified"), Value: ptr("true")}},
	}))
	owner("kim")
}

// A preferred username needs no proof, so force does not take it.
func TestPreferredUsername(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{AliasAttributes: []types.AliasAttributeType{types.AliasAttributeTypePreferredUsername}})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: map[string]string{"preferred_username": "Annie"}})
	must[*cip.InitiateAuthOutput](t)(d.byPassword("annie", password))
	_, err := d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
		UserPoolId: ptr(d.pool.ID()), Username: ptr("eve"), ForceAliasCreation: true,
		UserAttributes: []types.AttributeType{{Name: ptr("preferred_username"), Value: ptr("annie")}},
	})
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "AliasExistsException" {
		// The model gives AdminCreateUser no such exception, its documentation does.
		t.Errorf("got %v", err)
	}
}

// An operation that needs credentials is refused to a client without them.
func TestUnsigned(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	anonymous := d.pool.SDK(func(o *cip.Options) { o.Credentials = aws.AnonymousCredentials{} })
	_, err := anonymous.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("ann")})
	wantError(t, err, "MissingAuthenticationTokenException", "Missing Authentication Token")
	_, err = d.sdk.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: ptr("us-east-1_other"), Username: ptr("ann")})
	wantError(t, err, "ResourceNotFoundException", "User pool us-east-1_other does not exist.")
	_, err = d.sdk.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("ann")})
	wantError(t, err, "UserNotFoundException", "User does not exist.")
	_, err = d.sdk.ListIdentityProviders(t.Context(), &cip.ListIdentityProvidersInput{UserPoolId: ptr(d.pool.ID())})
	wantError(t, err, "UnknownOperationException", "cognitotest has no operation ListIdentityProviders.")
}

// A fakeTB stands in for a test that fails.
type fakeTB struct {
	errors  []string
	cleanup []func()
}

func (f *fakeTB) Helper() {}
func (f *fakeTB) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}
func (f *fakeTB) Fatalf(format string, args ...any) { f.Errorf(format, args...) }
func (f *fakeTB) Cleanup(c func())                  { f.cleanup = append(f.cleanup, c) }

// What no SDK sends fails the test that sent it, and gets a JSON error.
func TestMalformedRequest(t *testing.T) {
	t.Parallel()
	const target = "AWSCognitoIdentityProviderService.InitiateAuth"
	const json11 = "application/x-amz-json-1.1"
	good := `{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"x"}`
	for name, row := range map[string]struct {
		method, path, target, contentType, body string
		failed                                  bool
		status                                  int
		answer                                  string
	}{
		"well-formed": {"POST", "/", target, json11, good, false, 400,
			`{"__type":"ResourceNotFoundException","message":"User pool client x does not exist."}`},
		"charset": {"POST", "/", target, json11 + "; charset=utf-8", good, false, 400,
			`{"__type":"ResourceNotFoundException","message":"User pool client x does not exist."}`},
		"nothing required": {"POST", "/", target, json11, "{}", false, 400,
			`{"__type":"InvalidParameterException","message":"2 validation errors detected: Value null at 'authFlow' failed to satisfy constraint: Member must not be null; Value null at 'clientId' failed to satisfy constraint: Member must not be null"}`},
		"not JSON":        {"POST", "/", target, json11, "{", true, 400, `{"__type":"SerializationException","message":"InitiateAuth: the body is not a JSON object"}`},
		"null":            {"POST", "/", target, json11, "null", true, 400, `{"__type":"SerializationException","message":"InitiateAuth: the body is not a JSON object"}`},
		"two bodies":      {"POST", "/", target, json11, good + good, true, 400, `{"__type":"SerializationException","message":"InitiateAuth: the body goes on after its JSON object"}`},
		"number for text": {"POST", "/", target, json11, `{"ClientId":1,"AuthFlow":"CUSTOM_AUTH"}`, true, 400, `{"__type":"SerializationException","message":"InitiateAuth: clientId is not a string"}`},
		"list for map":    {"POST", "/", target, json11, `{"ClientId":"x","AuthFlow":"CUSTOM_AUTH","AuthParameters":[]}`, true, 400, `{"__type":"SerializationException","message":"InitiateAuth: authParameters is not a map"}`},
		"content type":    {"POST", "/", target, "application/json", good, true, 400, `{"__type":"SerializationException","message":"InitiateAuth: the content type must be application/x-amz-json-1.1"}`},
		"another service": {"POST", "/", "DynamoDB_20120810.GetItem", json11, good, true, 400, `{"__type":"UnknownOperationException","message":"no operation is named: POST / with X-Amz-Target AWSCognitoIdentityProviderService.*"}`},
		"another path":    {"POST", "/x", target, json11, good, true, 400, `{"__type":"UnknownOperationException","message":"no operation is named: POST / with X-Amz-Target AWSCognitoIdentityProviderService.*"}`},
		"unknown":         {"POST", "/", target + "2", json11, good, false, 400, `{"__type":"UnknownOperationException","message":"cognitotest has no operation InitiateAuth2."}`},
		"endless":         {"POST", "/", target, json11, strings.Repeat(" ", 1<<20+1), false, 400, `{"__type":"RequestEntityTooLargeException","message":"The body is larger than 1048576 bytes."}`},
		"no document":     {"GET", "/favicon.ico", "", "", "", false, 404, "404 page not found\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var tb fakeTB
			pool := cognitotest.Start(&tb, cognitotest.Config{})
			r, err := http.NewRequest(row.method, pool.URL()+row.path, strings.NewReader(row.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Amz-Target", row.target)
			r.Header.Set("Content-Type", row.contentType)
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err != nil || answer.StatusCode != row.status || string(body) != row.answer {
				t.Errorf("answered %d %s", answer.StatusCode, body)
			}
			code, _, _ := strings.Cut(strings.TrimPrefix(row.answer, `{"__type":"`), `"`)
			if row.method == "POST" && (answer.Header.Get("x-amzn-ErrorType") != code+":" || answer.Header.Get("x-amzn-requestid") == "") {
				t.Errorf("headers are %v", answer.Header)
			}
			for _, c := range tb.cleanup {
				c()
			}
			if failed := len(tb.errors) > 0; failed != row.failed {
				t.Errorf("the test failed: %v, want %v: %q", failed, row.failed, tb.errors)
			}
		})
	}
}

// Configurations and users that AWS would refuse stop the test.
func TestMisuse(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]cognitotest.Config{
		"MFA without a factor": {MFA: types.UserPoolMfaTypeOn},
		"unknown MFA":          {MFA: "MAYBE"},
		"two kinds of names":   {UsernameAttributes: types.UsernameAttributeType("").Values(), AliasAttributes: types.AliasAttributeType("").Values()},
		"unknown attribute":    {RequiredAttributes: []string{"shoe_size"}},
		"short session":        {Client: cognitotest.ClientConfig{SessionValidity: time.Minute}},
		"long token":           {Client: cognitotest.ClientConfig{AccessTokenValidity: 25 * time.Hour}},
		"mixed flows":          {Client: cognitotest.ClientConfig{Flows: []types.ExplicitAuthFlowsType{"ALLOW_USER_SRP_AUTH", "ADMIN_NO_SRP_AUTH"}}},
		"unknown flow":         {Client: cognitotest.ClientConfig{Flows: []types.ExplicitAuthFlowsType{"ALLOW_ALL"}}},
		"unknown prevention":   {Client: cognitotest.ClientConfig{PreventUserExistenceErrors: "PERHAPS"}},
	} {
		if pool, err := cognitotest.New(cfg); err == nil {
			pool.Close()
			t.Errorf("%s: accepted", name)
		}
		var tb fakeTB
		if cognitotest.Start(&tb, cfg) != nil || len(tb.errors) != 1 || len(tb.cleanup) != 0 {
			t.Errorf("%s: Start reported %q", name, tb.errors)
		}
	}
	for name, user := range map[string]cognitotest.User{
		"weak password":    {Username: "ann", Password: "weak"},
		"no name":          {Password: password},
		"unknown flag":     {Username: "ann", Password: password, Attributes: map[string]string{"x": "y"}},
		"bad secret":       {Username: "ann", Password: password, TOTPSecret: "!"},
		"factor not there": {Username: "ann", Password: password, Preferred: sms},
		"no phone":         {Username: "ann", Password: password, Factors: []types.ChallengeNameType{sms}},
		"contradiction":    {Username: "ann", Password: password, Temporary: true, Unconfirmed: true},
		"exists":           {Username: "TAKEN", Password: password},
	} {
		var tb fakeTB
		pool := cognitotest.Start(&tb, cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, TOTP: true, SMS: name == "no phone"})
		pool.AddUser(cognitotest.User{Username: "taken", Password: password})
		pool.AddUser(user)
		if len(tb.errors) != 1 || !strings.HasPrefix(tb.errors[0], "cognitotest: AddUser: ") {
			t.Errorf("%s: reported %q", name, tb.errors)
		}
		pool.Close()
	}
	pool, err := cognitotest.New(cognitotest.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	defer func() {
		if recover() == nil {
			t.Error("AddClient without a test did not panic")
		}
	}()
	pool.AddClient(cognitotest.ClientConfig{Flows: []types.ExplicitAuthFlowsType{"x"}})
}
