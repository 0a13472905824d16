package cognitotest_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A journal keeps the events that the triggers of a pool are given, and answers
// with the response that is set for a source, or with the event as it is.
type journal struct {
	mu        sync.Mutex
	events    []string
	responses map[string]string // by triggerSource
	errors    map[string]error
}

func (j *journal) trigger(_ context.Context, event []byte) ([]byte, error) {
	var whole map[string]json.RawMessage
	var source string
	if err := errors.Join(json.Unmarshal(event, &whole), json.Unmarshal(whole["triggerSource"], &source)); err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, string(event))
	if err := j.errors[source]; err != nil {
		return nil, err
	}
	if response := j.responses[source]; response != "" {
		whole["response"] = json.RawMessage(response)
		return json.Marshal(whole)
	}
	return event, nil
}

// all is a pool's triggers but for those of custom challenges, all of them this
// journal.
func (j *journal) all() cognitotest.Triggers {
	return cognitotest.Triggers{
		PreSignUp: j.trigger, PostConfirmation: j.trigger, PreAuthentication: j.trigger, PostAuthentication: j.trigger,
		PreTokenGeneration: j.trigger, UserMigration: j.trigger, CustomMessage: j.trigger,
	}
}

// take returns the events so far, and forgets them.
func (j *journal) take() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	events := j.events
	j.events = nil
	return events
}

// set makes the journal answer a source so.
func (j *journal) set(source, response string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.responses == nil {
		j.responses = make(map[string]string)
	}
	j.responses[source] = response
}

func (j *journal) fail(source, text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.errors == nil {
		j.errors = make(map[string]error)
	}
	j.errors[source] = nil
	if text != "" {
		j.errors[source] = errors.New(text)
	}
}

func sourceOf(t *testing.T, event string) string {
	t.Helper()
	return fieldOf(t, event, "triggerSource")
}

// fieldOf is a text at the top of an event.
func fieldOf(t *testing.T, event, name string) string {
	t.Helper()
	var e map[string]any
	if err := json.Unmarshal([]byte(event), &e); err != nil {
		t.Fatal(err)
	}
	text, _ := e[name].(string)
	return text
}

func sources(t *testing.T, events []string) (list []string) {
	t.Helper()
	for _, e := range events {
		list = append(list, sourceOf(t, e))
	}
	return list
}

// golden compares an event with its file, in which the ids that differ from run
// to run have names.
func (d *driver) golden(name, event string) {
	d.t.Helper()
	ids := []string{d.pool.ID(), "POOL", d.client.ID, "CLIENT"}
	if u, err := d.sdk.AdminGetUser(d.t.Context(), &cip.AdminGetUserInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("ann")}); err == nil {
		for _, a := range u.UserAttributes {
			if *a.Name == "sub" {
				ids = append(ids, *a.Value, "SUB")
			}
		}
	}
	var value any
	if err := json.Unmarshal([]byte(strings.NewReplacer(ids...).Replace(event)), &value); err != nil {
		d.t.Fatal(err)
	}
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		d.t.Fatal(err)
	}
	file := filepath.Join("testdata", "events", strings.ReplaceAll(name, " ", ".")+".json")
	if *update {
		if err := os.WriteFile(file, append(text, '\n'), 0o666); err != nil {
			d.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		d.t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(string(want)), string(text)); diff != "" {
		d.t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

var metadata = map[string]string{"trace": "7"}

func (d *driver) signUpWith(name string, attributes ...string) (*cip.SignUpOutput, error) {
	in := &cip.SignUpInput{
		ClientId: &d.client.ID, Username: &name, Password: ptr(password), ClientMetadata: metadata,
		ValidationData: []types.AttributeType{{Name: ptr("captcha"), Value: ptr("x")}},
	}
	for i := 0; i < len(attributes); i += 2 {
		in.UserAttributes = append(in.UserAttributes, types.AttributeType{Name: &attributes[i], Value: &attributes[i+1]})
	}
	return d.sdk.SignUp(d.t.Context(), in)
}

func (d *driver) confirmWith(name, code string) error {
	_, err := d.sdk.ConfirmSignUp(d.t.Context(), &cip.ConfirmSignUpInput{
		ClientId: &d.client.ID, Username: &name, ConfirmationCode: &code, ClientMetadata: metadata,
	})
	return err
}

func (d *driver) last(name string) cognitotest.Message {
	d.t.Helper()
	m, ok := d.pool.Outbox().Last(name)
	if !ok {
		d.t.Fatalf("nothing was sent to %s", name)
	}
	return m
}

// Every source that there is, by the call that leads to it and the whole event.
// What a call runs besides is checked too: nothing runs that should not.
func TestEvents(t *testing.T) {
	t.Parallel()
	var j journal
	d := drive(t, cognitotest.Config{Triggers: j.all(), Devices: cognitotest.DevicesAlways})
	var tokens *types.AuthenticationResultType
	step := func(name string, err error, want ...string) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		events := j.take()
		if diff := cmp.Diff(want, sources(t, events)); diff != "" {
			t.Errorf("%s runs other triggers (-want +got):\n%s", name, diff)
		}
		seen := make(map[string]bool)
		for _, e := range events {
			if s := sourceOf(t, e); !seen[s] {
				seen[s] = true
				d.golden(name+" "+s, e)
			}
		}
	}
	_, err := d.signUpWith("Ann", "email", "ann@example.com")
	step("SignUp", err, "PreSignUp_SignUp", "CustomMessage_SignUp")
	_, err = d.sdk.ResendConfirmationCode(t.Context(), &cip.ResendConfirmationCodeInput{
		ClientId: &d.client.ID, Username: ptr("ann"), ClientMetadata: metadata,
	})
	step("ResendConfirmationCode", err, "CustomMessage_ResendCode")
	step("ConfirmSignUp", d.confirmWith("ann", d.last("ann").Code), "PostConfirmation_ConfirmSignUp")
	_, err = d.sdk.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{
		ClientId: &d.client.ID, Username: ptr("ann"), ClientMetadata: metadata,
	})
	step("ForgotPassword", err, "CustomMessage_ForgotPassword")
	_, err = d.sdk.ConfirmForgotPassword(t.Context(), &cip.ConfirmForgotPasswordInput{
		ClientId: &d.client.ID, Username: ptr("ann"), ConfirmationCode: ptr(d.last("ann").Code), Password: ptr(password), ClientMetadata: metadata,
	})
	step("ConfirmForgotPassword", err, "PostConfirmation_ConfirmForgotPassword")
	in, err := d.sdk.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
		AuthFlow: types.AuthFlowTypeUserPasswordAuth, ClientId: &d.client.ID, ClientMetadata: metadata,
		AuthParameters: map[string]string{"USERNAME": "ann", "PASSWORD": password},
	})
	step("InitiateAuth", err, "PreAuthentication_Authentication", "PostAuthentication_Authentication", "TokenGeneration_Authentication")
	tokens = in.AuthenticationResult

	srp, responses := d.verifier("ann", password)
	step("InitiateAuth with SRP", nil, "PreAuthentication_Authentication")
	_, err = d.sdk.RespondToAuthChallenge(t.Context(), &cip.RespondToAuthChallengeInput{
		ChallengeName: srp.ChallengeName, ClientId: &d.client.ID, ChallengeResponses: responses, ClientMetadata: metadata,
	})
	step("RespondToAuthChallenge", err, "PostAuthentication_Authentication", "TokenGeneration_Authentication")

	_, err = d.sdk.GetTokensFromRefreshToken(t.Context(), &cip.GetTokensFromRefreshTokenInput{
		ClientId: &d.client.ID, RefreshToken: tokens.RefreshToken, DeviceKey: tokens.NewDeviceMetadata.DeviceKey, ClientMetadata: metadata,
	})
	step("GetTokensFromRefreshToken", err, "TokenGeneration_RefreshTokens")
	_, err = d.sdk.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
		AuthFlow: types.AuthFlowTypeRefreshTokenAuth, ClientId: &d.client.ID, ClientMetadata: metadata,
		AuthParameters: map[string]string{"REFRESH_TOKEN": *tokens.RefreshToken, "DEVICE_KEY": *tokens.NewDeviceMetadata.DeviceKey},
	})
	step("InitiateAuth with a refresh token", err, "TokenGeneration_RefreshTokens")

	_, err = d.sdk.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{
		AccessToken: tokens.AccessToken, ClientMetadata: metadata,
		UserAttributes: []types.AttributeType{{Name: ptr("email"), Value: ptr("ann@example.org")}},
	})
	step("UpdateUserAttributes", err, "CustomMessage_UpdateUserAttribute")
	_, err = d.sdk.GetUserAttributeVerificationCode(t.Context(), &cip.GetUserAttributeVerificationCodeInput{
		AccessToken: tokens.AccessToken, AttributeName: ptr("email"), ClientMetadata: metadata,
	})
	step("GetUserAttributeVerificationCode", err, "CustomMessage_VerifyUserAttribute")
	_, err = d.sdk.VerifyUserAttribute(t.Context(), &cip.VerifyUserAttributeInput{
		AccessToken: tokens.AccessToken, AttributeName: ptr("email"), Code: ptr(d.last("ann").Code),
	})
	step("VerifyUserAttribute", err)
	_, err = d.sdk.AdminResetUserPassword(t.Context(), &cip.AdminResetUserPasswordInput{
		UserPoolId: ptr(d.pool.ID()), Username: ptr("ann"), ClientMetadata: metadata,
	})
	step("AdminResetUserPassword", err, "CustomMessage_ForgotPassword")
	_, err = d.sdk.AdminDeleteUser(t.Context(), &cip.AdminDeleteUserInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("ann")})
	step("AdminDeleteUser", err)

	_, err = d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
		UserPoolId: ptr(d.pool.ID()), Username: ptr("ann"), ClientMetadata: metadata, DesiredDeliveryMediums: []types.DeliveryMediumType{"EMAIL"},
		UserAttributes: []types.AttributeType{{Name: ptr("email"), Value: ptr("ann@example.com")}},
		ValidationData: []types.AttributeType{{Name: ptr("captcha"), Value: ptr("x")}},
	})
	step("AdminCreateUser", err, "PreSignUp_AdminCreateUser", "CustomMessage_AdminCreateUser")
	in = must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", d.last("ann").Code))
	j.take()
	_, err = d.respond(in.ChallengeName, in.Session, map[string]string{"USERNAME": "ann", "NEW_PASSWORD": password})
	step("NEW_PASSWORD_REQUIRED", err, "PostAuthentication_Authentication", "TokenGeneration_NewPasswordChallenge")

	must[*cip.AdminDeleteUserOutput](t)(d.sdk.AdminDeleteUser(t.Context(), &cip.AdminDeleteUserInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("ann")}))
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Unconfirmed: true})
	_, err = d.sdk.AdminConfirmSignUp(t.Context(), &cip.AdminConfirmSignUpInput{
		UserPoolId: ptr(d.pool.ID()), Username: ptr("ann"), ClientMetadata: metadata,
	})
	step("AdminConfirmSignUp", err, "PostConfirmation_ConfirmSignUp")
}

// The sources that only users whom the pool does not have lead to, and those whose
// sign-in is more than one factor.
func TestEventsMore(t *testing.T) {
	t.Parallel()
	var j journal
	d := drive(t, cognitotest.Config{Triggers: j.all(), MFA: types.UserPoolMfaTypeOptional, SMS: true})
	in := &cip.InitiateAuthInput{
		AuthFlow: types.AuthFlowTypeUserPasswordAuth, ClientId: &d.client.ID, ClientMetadata: metadata,
		AuthParameters: map[string]string{"USERNAME": "Ann", "PASSWORD": password},
	}
	check := func(name string, want ...string) {
		t.Helper()
		events := j.take()
		if diff := cmp.Diff(want, sources(t, events)); diff != "" {
			t.Errorf("%s runs other triggers (-want +got):\n%s", name, diff)
		}
		for _, e := range events {
			d.golden(name+" "+sourceOf(t, e), e)
		}
	}
	_, err := d.sdk.InitiateAuth(t.Context(), in)
	wantError(t, err, notAuthorized, incorrect)
	check("unknown user", "UserMigration_Authentication", "PreAuthentication_Authentication")
	_, err = d.sdk.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{
		ClientId: &d.client.ID, Username: ptr("Ann"), ClientMetadata: metadata,
	})
	if err != nil {
		t.Error(err)
	}
	check("unknown user forgets", "UserMigration_ForgotPassword")
	_, err = d.initiate(types.AuthFlowTypeUserSrpAuth, d.stock("ann", password).GetAuthParams())
	if err != nil {
		t.Error(err)
	}
	check("unknown user with SRP", "PreAuthentication_Authentication")

	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: map[string]string{"phone_number": "+15555551234"},
		Preferred: types.ChallengeNameTypeSmsMfa})
	out := must[*cip.InitiateAuthOutput](t)(d.sdk.InitiateAuth(t.Context(), in))
	check("MFA", "PreAuthentication_Authentication", "CustomMessage_Authentication")
	_, err = d.respond(out.ChallengeName, out.Session, map[string]string{"USERNAME": "ann", "SMS_MFA_CODE": d.last("ann").Code})
	if err != nil {
		t.Error(err)
	}
	check("MFA answered", "PostAuthentication_Authentication", "TokenGeneration_Authentication")

	// A client that does not hide users gives no event a userNotFound.
	legacy := d.as(d.pool.AddClient(cognitotest.ClientConfig{PreventUserExistenceErrors: types.PreventUserExistenceErrorTypesLegacy}))
	_, err = legacy.initiate(types.AuthFlowTypeUserSrpAuth, legacy.stock("bob", password).GetAuthParams())
	wantError(t, err, "UserNotFoundException", "User does not exist.")
	if got := j.take(); len(got) > 0 {
		t.Errorf("triggers ran for a user that does not exist: %s", got)
	}
	must[*cip.InitiateAuthOutput](t)(legacy.initiate(types.AuthFlowTypeUserSrpAuth, legacy.stock("ann", password).GetAuthParams()))
	if got := j.take(); len(got) != 1 || strings.Contains(got[0], "userNotFound") {
		t.Errorf("events %s", got)
	}
}

// The source of a sign-in that a remembered device has ended.
func TestEventsOfDevice(t *testing.T) {
	t.Parallel()
	var j journal
	d := drive(t, cognitotest.Config{Triggers: j.all(), Devices: cognitotest.DevicesAlways})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	first := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
	m, _ := d.confirmDevice(first.AuthenticationResult)
	in := must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeUserPasswordAuth, map[string]string{
		"USERNAME": "ann", "PASSWORD": password, "DEVICE_KEY": m.key,
	}))
	out := must[*cip.RespondToAuthChallengeOutput](t)(d.startDevice(in.Session, "ann", m))
	j.take()
	must[*cip.RespondToAuthChallengeOutput](t)(d.respond(out.ChallengeName, nil, d.proof(out.ChallengeParameters, m)))
	events := j.take()
	want := []string{"PostAuthentication_Authentication", "TokenGeneration_AuthenticateDevice"}
	if diff := cmp.Diff(want, sources(t, events)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	for _, e := range events {
		d.golden("device "+sourceOf(t, e), e)
	}
}

// Golden events without a test would go on being true for ever.
func TestGoldenEventsAreUsed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "events", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no golden events", err)
	}
	seen := make(map[string]bool)
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".json")
		seen[name[strings.LastIndex(name, ".")+1:]] = true
	}
	want := []string{
		"CustomMessage_AdminCreateUser", "CustomMessage_Authentication", "CustomMessage_ForgotPassword", "CustomMessage_ResendCode",
		"CustomMessage_SignUp", "CustomMessage_UpdateUserAttribute", "CustomMessage_VerifyUserAttribute",
		"PostAuthentication_Authentication", "PostConfirmation_ConfirmForgotPassword", "PostConfirmation_ConfirmSignUp",
		"PreAuthentication_Authentication", "PreSignUp_AdminCreateUser", "PreSignUp_SignUp",
		"TokenGeneration_AuthenticateDevice", "TokenGeneration_Authentication", "TokenGeneration_NewPasswordChallenge", "TokenGeneration_RefreshTokens",
		"UserMigration_Authentication", "UserMigration_ForgotPassword",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(seen))); diff != "" {
		t.Errorf("the sources with a golden event (-want +got):\n%s", diff)
	}
}
