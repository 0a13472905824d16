package auth_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
)

// A forgotten password, with an app client without a secret and one with: wrong
// code, refused password, right, and the code a second time.
func TestForgotPassword(t *testing.T) {
	t.Parallel()
	for _, secret := range []bool{false, true} {
		cfg := everything()
		cfg.Client = cognitotest.ClientConfig{Secret: secret}
		s := newSelf(t, cfg, proven)
		ctx := t.Context()
		wantReason(t, s.accounts.ConfirmForgotPassword(ctx, username, "123456", "Another-Horse-8"), auth.ErrCodeExpired)
		sent, err := s.accounts.ForgotPassword(ctx, username)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&auth.Delivery{Destination: "a***@e***", Medium: "EMAIL", Attribute: "email"}, sent); diff != "" {
			t.Errorf("delivery (-want +got):\n%s", diff)
		}
		code := s.message(t, "ann")
		wantReason(t, s.accounts.ConfirmForgotPassword(ctx, username, wrong(code), "Another-Horse-8"), auth.ErrCode)
		wantReason(t, s.accounts.ConfirmForgotPassword(ctx, username, code, "short"), auth.ErrNewPassword)
		if err := s.accounts.ConfirmForgotPassword(ctx, username, code, "Another-Horse-8"); err != nil {
			t.Fatal(err)
		}
		s.byPassword(t, "Another-Horse-8")
		_, _, err = s.client.Begin(ctx, auth.SRP(username, password))
		wantReason(t, err, auth.ErrCredentials)
		wantReason(t, s.accounts.ConfirmForgotPassword(ctx, username, code, "Another-Horse-9"), auth.ErrCodeExpired)
	}
}

// What keeps a password from being reset.
func TestForgotPasswordRefused(t *testing.T) {
	t.Parallel()
	phoneOnly := map[string]string{"phone_number": phone, "phone_number_verified": "true"}
	tests := map[string]struct {
		pool   cognitotest.Config
		user   cognitotest.User
		reason error // where the app client does not hide who exists
	}{
		"administrators only": {cognitotest.Config{Recovery: types.RecoveryOptionNameTypeAdminOnly}, cognitotest.User{Attributes: proven}, auth.ErrDenied},
		"no address":          {cognitotest.Config{}, cognitotest.User{}, auth.ErrDenied},
		"unverified address":  {cognitotest.Config{}, cognitotest.User{Attributes: map[string]string{"email": email}}, auth.ErrDenied},
		"temporary password":  {cognitotest.Config{}, cognitotest.User{Attributes: proven, Temporary: true}, auth.ErrDenied},
		"disabled":            {cognitotest.Config{}, cognitotest.User{Attributes: proven, Disabled: true}, auth.ErrDenied},
		"the channel is the preferred factor": {
			cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, SMS: true},
			cognitotest.User{Attributes: phoneOnly, Preferred: types.ChallengeNameTypeSmsMfa}, auth.ErrDenied,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.pool.Client.PreventUserExistenceErrors = types.PreventUserExistenceErrorTypesLegacy
			w := newWorld(t, tt.pool, !admin)
			tt.user.Username, tt.user.Password = username, password
			w.AddUser(tt.user)
			_, err := w.accounts.ForgotPassword(t.Context(), username)
			wantReason(t, err, tt.reason)
		})
	}
}

// The limits of an hour, and that an hour ends them.
func TestHourlyLimits(t *testing.T) {
	t.Parallel()
	s := newSelf(t, everything(), proven)
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"ForgotPassword": func() error { _, err := s.accounts.ForgotPassword(ctx, username); return err },
		"ConfirmForgotPassword": func() error {
			return s.accounts.ConfirmForgotPassword(ctx, username, wrong(s.message(t, "ann")), "Another-Horse-8")
		},
		"ChangePassword": func() error { return s.accounts.ChangePassword(ctx, s.tokens, "Wrong-Horse-7", "Another-Horse-8") },
		"SendAttributeCode": func() error {
			_, err := s.accounts.SendAttributeCode(ctx, s.tokens, "email")
			return err
		},
	} {
		if name == "ConfirmForgotPassword" {
			if _, err := s.SDK().ForgotPassword(ctx, &cip.ForgotPasswordInput{ClientId: aws.String(s.Client().ID), Username: aws.String(username)}); err != nil {
				continue // the row of ForgotPassword came first and used its number up
			}
		}
		first := call()
		for range 4 {
			if err := call(); (err == nil) != (first == nil) {
				t.Errorf("%s: %v after %v", name, err, first)
			}
		}
		wantReason(t, call(), auth.ErrLockedOut)
		s.Clock().Advance(time.Hour)
		s.tokens = s.byPassword(t, password)
		if err := call(); (err == nil) != (first == nil) {
			t.Errorf("%s after an hour: %v", name, err)
		}
		s.Clock().Advance(time.Hour)
		s.tokens = s.byPassword(t, password)
	}
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	s := newSelf(t, everything(), proven)
	ctx := t.Context()
	wantReason(t, s.accounts.ChangePassword(ctx, s.tokens, "Wrong-Horse-7", "Another-Horse-8"), auth.ErrCredentials)
	wantReason(t, s.accounts.ChangePassword(ctx, s.tokens, password, "short"), auth.ErrNewPassword)
	if err := s.accounts.ChangePassword(ctx, s.tokens, password, "Another-Horse-8"); err != nil {
		t.Fatal(err)
	}
	s.byPassword(t, "Another-Horse-8")

	// A user without a password gets one.
	passwordless := newWorld(t, cognitotest.Config{FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp}}, !admin)
	passwordless.AddUser(cognitotest.User{Username: username, Attributes: proven})
	c := as[challenge.Code](t, passwordless.begin(t, auth.UserAuth(username, auth.PreferEmailCode())))
	tokens := passwordless.done(t, c.Answer(passwordless.message(t, "ann")))
	if err := passwordless.accounts.ChangePassword(ctx, tokens, "", password); err != nil {
		t.Fatal(err)
	}
	passwordless.byPassword(t, password)
}

// Attributes are changed, proved and removed; the SDK alone is the witness.
func TestAttributes(t *testing.T) {
	t.Parallel()
	cfg := everything()
	cfg.CustomAttributes, cfg.AutoVerified = []string{"team"}, []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail}
	s := newSelf(t, cfg, nil)
	ctx := t.Context()
	want := func(names ...string) {
		t.Helper()
		got, _, _ := s.witness(t)
		delete(got, "sub")
		expected := make(map[string]string)
		for i := 0; i < len(names); i += 2 {
			expected[names[i]] = names[i+1]
		}
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Errorf("attributes (-want +got):\n%s", diff)
		}
	}
	_, err := s.accounts.SendAttributeCode(ctx, s.tokens, "email")
	wantReason(t, err, auth.ErrInput)
	wantReason(t, s.accounts.VerifyAttribute(ctx, s.tokens, "email", "123456"), auth.ErrCodeExpired)
	sent, err := s.accounts.UpdateAttributes(ctx, s.tokens, map[string]string{"email": email, "custom:team": "blue", "phone_number": phone})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]auth.Delivery{{Destination: "a***@e***", Medium: "EMAIL", Attribute: "email"}}, sent); diff != "" {
		t.Errorf("deliveries (-want +got):\n%s", diff)
	}
	want("email", email, "email_verified", "false", "custom:team", "blue", "phone_number", phone, "phone_number_verified", "false")
	code := s.message(t, "ann")
	wantReason(t, s.accounts.VerifyAttribute(ctx, s.tokens, "email", wrong(code)), auth.ErrCode)
	if err := s.accounts.VerifyAttribute(ctx, s.tokens, "email", code); err != nil {
		t.Fatal(err)
	}
	delivery, err := s.accounts.SendAttributeCode(ctx, s.tokens, "phone_number")
	if err != nil || delivery.Medium != "SMS" {
		t.Fatal(delivery, err)
	}
	s.Clock().Advance(time.Minute)
	if err := s.accounts.VerifyAttribute(ctx, s.tokens, "phone_number", s.message(t, "ann")); err != nil {
		t.Fatal(err)
	}
	want("email", email, "email_verified", "true", "custom:team", "blue", "phone_number", phone, "phone_number_verified", "true")

	for name, attributes := range map[string]map[string]string{
		"no address": {"email": "no address"}, "unknown": {"custom:other": "x"},
	} {
		if _, err := s.accounts.UpdateAttributes(ctx, s.tokens, attributes); err == nil {
			t.Errorf("%s: accepted", name)
		} else {
			wantReason(t, err, auth.ErrInput)
		}
	}
	if _, err = s.accounts.UpdateAttributes(ctx, s.tokens, map[string]string{"email_verified": "true"}); err == nil {
		t.Error("a user vouches for an own address")
	}
	if err := s.accounts.DeleteAttributes(ctx, s.tokens, "custom:team", "phone_number"); err != nil {
		t.Fatal(err)
	}
	want("email", email, "email_verified", "true")
	wantReason(t, s.accounts.DeleteAttributes(ctx, s.tokens, "custom:other"), auth.ErrInput)
}

func TestGetUser(t *testing.T) {
	t.Parallel()
	s := newSelf(t, everything(), map[string]string{"email": email, "email_verified": "true", "phone_number": phone, "nickname": "A"})
	ctx := t.Context()
	if err := s.factors.SetMFA(ctx, s.tokens, auth.MFAChanges{SMS: auth.MFAOn, Email: auth.MFAPreferred}); err != nil {
		t.Fatal(err)
	}
	p, err := s.accounts.GetUser(ctx, s.tokens)
	if err != nil {
		t.Fatal(err)
	}
	attributes, _, _ := s.witness(t)
	if diff := cmp.Diff(attributes, p.Attributes()); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	address, verified := p.Email()
	number, numberVerified := p.PhoneNumber()
	if p.Username() != "ann" || p.Sub() != attributes["sub"] || address != email || !verified || number != phone || numberVerified || p.Attribute("nickname") != "A" {
		t.Errorf("%q %q %q %v %q %v", p.Username(), p.Sub(), address, verified, number, numberVerified)
	}
	if diff := cmp.Diff([]challenge.Factor{challenge.FactorSMS, challenge.FactorEmail}, p.MFA()); diff != "" || p.PreferredMFA() != challenge.FactorEmail {
		t.Errorf("prefers %q of (-want +got):\n%s", p.PreferredMFA(), diff)
	}
	p.Attributes()["nickname"] = "B"
	p.MFA()[0] = "X"
	if p.Attribute("nickname") != "A" || p.MFA()[0] != challenge.FactorSMS {
		t.Error("a profile can be changed")
	}
	var none auth.Profile
	if none.Username() != "" || len(none.Attributes()) != 0 || len(none.MFA()) != 0 || none.PreferredMFA() != "" {
		t.Error("the zero profile is somebody's")
	}
}

// An account that is deleted is gone, with its tokens.
func TestDelete(t *testing.T) {
	t.Parallel()
	s := newSelf(t, everything(), proven)
	if err := s.accounts.Delete(t.Context(), s.tokens); err != nil {
		t.Fatal(err)
	}
	_, err := s.SDK().AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: aws.String(s.ID()), Username: aws.String(username)})
	if err == nil {
		t.Error("the user is still there")
	}
	_, err = s.accounts.GetUser(t.Context(), s.tokens)
	wantReason(t, err, auth.ErrCredentials)
}

// An address that two users claim is the alias of the one who proved it first,
// unless the other takes it.
func TestForceAliasCreation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{AliasAttributes: []types.AliasAttributeType{types.AliasAttributeTypeEmail}}, !admin)
	w.AddUser(cognitotest.User{Username: "bob", Password: password, Attributes: proven})
	ctx := t.Context()
	if _, err := w.accounts.SignUp(ctx, username, password, map[string]string{"email": email}); err != nil {
		t.Fatal(err)
	}
	code := w.message(t, "ann")
	_, err := w.accounts.ConfirmSignUp(ctx, username, code)
	wantReason(t, err, auth.ErrUserExists)
	_, err = w.accounts.ConfirmSignUp(ctx, username, code, func(o *auth.CallOptions) { o.ForceAliasCreation = true })
	if err != nil {
		t.Fatal(err)
	}
	tokens, _, err := w.client.Begin(ctx, auth.SRP(email, password))
	if err != nil || tokens.Username() != "ann" {
		t.Errorf("the address is that of %q, %v", tokens.Username(), err)
	}
}

// Tokens that are none, and tokens that are not valid any more.
func TestSelfNeedsTokens(t *testing.T) {
	t.Parallel()
	s := newSelf(t, everything(), proven)
	for name, call := range s.selfCalls() {
		for kind, tokens := range map[string]*auth.Tokens{"nil": nil, "zero": {}, "stored": auth.StoredTokens("refresh", "")} {
			before := len(s.Calls())
			err := call(t.Context(), tokens)
			if wantReason(t, err, auth.ErrToken); len(s.Calls()) != before {
				t.Errorf("%s with %s tokens: sent", name, kind)
			}
		}
	}
	s.Clock().Advance(2 * time.Hour)
	for name, call := range s.selfCalls() {
		if err := call(t.Context(), s.tokens); err == nil {
			t.Errorf("%s takes an expired token", name)
		} else {
			wantReason(t, err, auth.ErrToken)
		}
	}
}

// selfCalls are the functions for a signed-in user, with arguments that pass.
func (s self) selfCalls() map[string]func(context.Context, *auth.Tokens) error {
	return map[string]func(context.Context, *auth.Tokens) error{
		"ChangePassword": func(ctx context.Context, t *auth.Tokens) error {
			return s.accounts.ChangePassword(ctx, t, password, "Another-Horse-8")
		},
		"UpdateAttributes": func(ctx context.Context, t *auth.Tokens) error {
			_, err := s.accounts.UpdateAttributes(ctx, t, map[string]string{"nickname": "A"})
			return err
		},
		"DeleteAttributes": func(ctx context.Context, t *auth.Tokens) error {
			return s.accounts.DeleteAttributes(ctx, t, "nickname")
		},
		"SendAttributeCode": func(ctx context.Context, t *auth.Tokens) error {
			_, err := s.accounts.SendAttributeCode(ctx, t, "email")
			return err
		},
		"VerifyAttribute": func(ctx context.Context, t *auth.Tokens) error {
			return s.accounts.VerifyAttribute(ctx, t, "email", "123456")
		},
		"GetUser": func(ctx context.Context, t *auth.Tokens) error { _, err := s.accounts.GetUser(ctx, t); return err },
		"Delete":  func(ctx context.Context, t *auth.Tokens) error { return s.accounts.Delete(ctx, t) },
		"EnrollTOTP": func(ctx context.Context, t *auth.Tokens) error {
			_, err := s.factors.EnrollTOTP(ctx, t, "S", "ann")
			return err
		},
		"VerifyTOTP": func(ctx context.Context, t *auth.Tokens) error {
			return s.factors.VerifyTOTP(ctx, t, "123456", "phone")
		},
		"List": func(ctx context.Context, t *auth.Tokens) error { _, err := s.factors.List(ctx, t); return err },
		"SetMFA": func(ctx context.Context, t *auth.Tokens) error {
			return s.factors.SetMFA(ctx, t, auth.MFAChanges{Email: auth.MFAOn})
		},
		"StartPasskey": func(ctx context.Context, t *auth.Tokens) error { _, err := s.factors.StartPasskey(ctx, t); return err },
		"CompletePasskey": func(ctx context.Context, t *auth.Tokens) error {
			return s.factors.CompletePasskey(ctx, t, []byte(`{}`))
		},
		"Passkeys": func(ctx context.Context, t *auth.Tokens) error {
			for _, err := range s.factors.Passkeys(ctx, t) {
				return err
			}
			return nil
		},
		"DeletePasskey": func(ctx context.Context, t *auth.Tokens) error { return s.factors.DeletePasskey(ctx, t, "AAAA") },
	}
}

// What is refused without a call, each with the reason of its kind.
func TestSelfRefusesWithoutACall(t *testing.T) {
	t.Parallel()
	s := newSelf(t, everything(), proven)
	ctx, before := t.Context(), len(s.Calls())
	confirm := func(username, code, password string) error {
		return s.accounts.ConfirmForgotPassword(ctx, username, code, password)
	}
	second := func(_ any, err error) error { return err }
	for name, tt := range map[string]struct{ err, reason error }{
		"ForgotPassword, no username":           {second(s.accounts.ForgotPassword(ctx, "")), auth.ErrInput},
		"ConfirmForgotPassword, no username":    {confirm("", "123456", password), auth.ErrInput},
		"ConfirmForgotPassword, no code":        {confirm(username, "", password), auth.ErrCode},
		"ConfirmForgotPassword, a code in two":  {confirm(username, "123 456", password), auth.ErrCode},
		"ConfirmForgotPassword, no password":    {confirm(username, "123456", ""), auth.ErrNewPassword},
		"ConfirmSignUp, a code with a new line": {second(s.accounts.ConfirmSignUp(ctx, username, "123456\n")), auth.ErrCode},
		"ChangePassword, no password":           {s.accounts.ChangePassword(ctx, s.tokens, password, ""), auth.ErrNewPassword},
		"UpdateAttributes, none":                {second(s.accounts.UpdateAttributes(ctx, s.tokens, nil)), auth.ErrInput},
		"DeleteAttributes, none":                {s.accounts.DeleteAttributes(ctx, s.tokens), auth.ErrInput},
		"SendAttributeCode, no name":            {second(s.accounts.SendAttributeCode(ctx, s.tokens, "")), auth.ErrInput},
		"VerifyAttribute, no name":              {s.accounts.VerifyAttribute(ctx, s.tokens, "", "123456"), auth.ErrInput},
		"VerifyAttribute, no code":              {s.accounts.VerifyAttribute(ctx, s.tokens, "email", ""), auth.ErrCode},
		"DeletePasskey, no id":                  {s.factors.DeletePasskey(ctx, s.tokens, ""), auth.ErrInput},
	} {
		if tt.err == nil {
			t.Errorf("%s: accepted", name)
		} else {
			wantReason(t, tt.err, tt.reason)
		}
	}
	if calls := s.calls(before); len(calls) > 0 {
		t.Errorf("calls were made: %v", calls)
	}
}
