package auth_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/totp"
)

// An authenticator is set up after the sign-in: not begun, a wrong code, the right
// one; the next sign-in asks for it by the name of the device. Another takes its
// place, and does not before it is verified.
func TestEnrollTOTP(t *testing.T) {
	t.Parallel()
	s := newSelf(t, everything(), nil)
	ctx := t.Context()
	enroll := func() string {
		t.Helper()
		e, err := s.factors.EnrollTOTP(ctx, s.tokens, "My Service", "ann")
		if err != nil {
			t.Fatal(err)
		}
		return e.Secret()
	}
	wantReason(t, s.factors.VerifyTOTP(ctx, s.tokens, "123456", "phone"), auth.ErrNotSetUp)
	wantReason(t, s.factors.SetMFA(ctx, s.tokens, auth.MFAChanges{TOTP: auth.MFAPreferred}), auth.ErrNotSetUp)
	first := enroll()
	wantReason(t, s.factors.SetMFA(ctx, s.tokens, auth.MFAChanges{TOTP: auth.MFAPreferred}), auth.ErrNotSetUp)
	wantReason(t, s.factors.VerifyTOTP(ctx, s.tokens, s.wrongTOTP(t, first), "phone"), auth.ErrCode)
	if err := s.factors.VerifyTOTP(ctx, s.tokens, s.totp(t, first), "phone"); err != nil {
		t.Fatal(err)
	}
	s.byPassword(t, password) // not turned on yet
	if err := s.factors.SetMFA(ctx, s.tokens, auth.MFAChanges{TOTP: auth.MFAPreferred}); err != nil {
		t.Fatal(err)
	}
	// What is pending does not count yet.
	second := enroll()
	ask := as[*challenge.TOTPCode](t, s.begin(t, auth.SRP(username, password)))
	if ask.DeviceName() != "phone" {
		t.Errorf("the device is %q", ask.DeviceName())
	}
	s.refused(t, ask.Answer(s.totp(t, first)), auth.ErrCode, true) // used up by VerifyTOTP
	s.Clock().Advance(totp.Period)
	s.done(t, ask.Answer(s.totp(t, first)))
	if err := s.factors.VerifyTOTP(ctx, s.tokens, s.totp(t, second), "tablet"); err != nil {
		t.Fatal(err)
	}
	s.Clock().Advance(totp.Period)
	ask = as[*challenge.TOTPCode](t, s.begin(t, auth.SRP(username, password)))
	s.refused(t, ask.Answer(s.totp(t, first)), auth.ErrCode, true)
	s.done(t, ask.Answer(s.totp(t, second)))
	if ask.DeviceName() != "tablet" {
		t.Errorf("the device is %q", ask.DeviceName())
	}
}

// A pool without TOTP, labels that no app shows, and codes that are none.
func TestEnrollTOTPRefuses(t *testing.T) {
	t.Parallel()
	s := newSelf(t, cognitotest.Config{}, nil)
	ctx := t.Context()
	_, err := s.factors.EnrollTOTP(ctx, s.tokens, "My Service", "ann")
	wantReason(t, err, auth.ErrConfig)
	before := len(s.Calls())
	for _, label := range []string{"", "a:b", "a\nb"} {
		_, err := s.factors.EnrollTOTP(ctx, s.tokens, label, "ann")
		if wantReason(t, err, auth.ErrConfig); !errors.Is(err, totp.ErrLabel) {
			t.Errorf("issuer %q: %v", label, err)
		}
	}
	for _, code := range []string{"", "12345", "1234567", "12345x", "１２３４５６"} {
		wantReason(t, s.factors.VerifyTOTP(ctx, s.tokens, code, ""), auth.ErrCode)
	}
	if calls := s.calls(before); len(calls) > 0 {
		t.Errorf("calls were made: %v", calls)
	}
}

// Steps of a user's settings, as the plain SDK sees them afterwards.
func TestSetMFA(t *testing.T) {
	t.Parallel()
	s := newSelf(t, everything(), map[string]string{"email": email, "phone_number": phone})
	ctx := t.Context()
	e, err := s.factors.EnrollTOTP(ctx, s.tokens, "S", "ann")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.factors.VerifyTOTP(ctx, s.tokens, s.totp(t, e.Secret()), ""); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		changes   auth.MFAChanges
		preferred string
		list      []string
	}{
		{auth.MFAChanges{SMS: auth.MFAOn}, "", []string{"SMS_MFA"}},
		{auth.MFAChanges{TOTP: auth.MFAPreferred, Email: auth.MFAOn}, "SOFTWARE_TOKEN_MFA", []string{"SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}},
		{auth.MFAChanges{Email: auth.MFAPreferred}, "EMAIL_OTP", []string{"SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}},
		{auth.MFAChanges{Email: auth.MFAOn}, "", []string{"SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}},
		{auth.MFAChanges{SMS: auth.MFAPreferred, TOTP: auth.MFAOff}, "SMS_MFA", []string{"SMS_MFA", "EMAIL_OTP"}},
		{auth.MFAChanges{SMS: auth.MFAOff}, "", []string{"EMAIL_OTP"}},
		{auth.MFAChanges{Email: auth.MFAOff}, "", nil},
	} {
		if err := s.factors.SetMFA(ctx, s.tokens, step.changes); err != nil {
			t.Fatalf("%+v: %v", step.changes, err)
		}
		_, preferred, list := s.witness(t)
		if diff := cmp.Diff(step.list, list); diff != "" || preferred != step.preferred {
			t.Errorf("after %+v: prefers %q of (-want +got):\n%s", step.changes, preferred, diff)
		}
		factors, err := s.factors.List(ctx, s.tokens)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(factors.MFA) != fmt.Sprint(list) || string(factors.Preferred) != preferred {
			t.Errorf("listed as %+v", factors)
		}
	}
}

// The traps: each is refused, with the reason, and nothing is changed.
func TestSetMFARefuses(t *testing.T) {
	t.Parallel()
	s := newSelf(t, everything(), nil)
	noFactors := newSelf(t, cognitotest.Config{}, map[string]string{"email": email, "phone_number": phone})
	for name, tt := range map[string]struct {
		who     self
		changes auth.MFAChanges
		reason  error
		sent    bool
	}{
		"SMS without a number":         {s, auth.MFAChanges{SMS: auth.MFAOn}, auth.ErrNotSetUp, true},
		"e-mail without an address":    {s, auth.MFAChanges{Email: auth.MFAPreferred}, auth.ErrNotSetUp, true},
		"TOTP before it is enrolled":   {s, auth.MFAChanges{TOTP: auth.MFAOn}, auth.ErrNotSetUp, true},
		"TOTP off before enrolment":    {s, auth.MFAChanges{TOTP: auth.MFAOff}, auth.ErrNotSetUp, true},
		"passkey, pool of one factor":  {s, auth.MFAChanges{Passkey: auth.PasskeyMFAOn}, auth.ErrNotSetUp, true},
		"SMS, pool without":            {noFactors, auth.MFAChanges{SMS: auth.MFAOn}, auth.ErrNotSetUp, true},
		"e-mail, pool without":         {noFactors, auth.MFAChanges{Email: auth.MFAOn}, auth.ErrNotSetUp, true},
		"two preferred":                {s, auth.MFAChanges{SMS: auth.MFAPreferred, Email: auth.MFAPreferred}, auth.ErrConfig, false},
		"nothing":                      {s, auth.MFAChanges{}, auth.ErrConfig, false},
		"a setting of no constant":     {s, auth.MFAChanges{SMS: 4}, auth.ErrConfig, false},
		"a passkey's, of no constant":  {s, auth.MFAChanges{Passkey: 3}, auth.ErrConfig, false},
		"one of two, the other unmet ": {s, auth.MFAChanges{Email: auth.MFAOn, SMS: auth.MFAOn}, auth.ErrNotSetUp, true},
	} {
		before := len(tt.who.Calls())
		err := tt.who.factors.SetMFA(t.Context(), tt.who.tokens, tt.changes)
		if wantReason(t, err, tt.reason); (len(tt.who.Calls()) > before) != tt.sent {
			t.Errorf("%s: calls %v", name, tt.who.calls(before))
		}
		if _, preferred, list := tt.who.witness(t); preferred != "" || len(list) > 0 {
			t.Errorf("%s: prefers %q of %v", name, preferred, list)
		}
	}
}

// Only what changes is sent.
func TestSetMFASendsChangesAlone(t *testing.T) {
	t.Parallel()
	api := &preferences{}
	factors, err := auth.NewAdminFactors(api, testPool)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		changes auth.MFAChanges
		want    cip.AdminSetUserMFAPreferenceInput
	}{
		{auth.MFAChanges{SMS: auth.MFAOff}, cip.AdminSetUserMFAPreferenceInput{SMSMfaSettings: &types.SMSMfaSettingsType{}}},
		{auth.MFAChanges{TOTP: auth.MFAPreferred}, cip.AdminSetUserMFAPreferenceInput{SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: true, PreferredMfa: true}}},
		{auth.MFAChanges{Email: auth.MFAOn}, cip.AdminSetUserMFAPreferenceInput{EmailMfaSettings: &types.EmailMfaSettingsType{Enabled: true}}},
		{auth.MFAChanges{Passkey: auth.PasskeyMFAOn}, cip.AdminSetUserMFAPreferenceInput{WebAuthnMfaSettings: &types.WebAuthnMfaSettingsType{Enabled: true}}},
		{auth.MFAChanges{Passkey: auth.PasskeyMFAOff}, cip.AdminSetUserMFAPreferenceInput{WebAuthnMfaSettings: &types.WebAuthnMfaSettingsType{}}},
	} {
		if err := factors.SetMFA(t.Context(), "ann", tt.changes); err != nil {
			t.Fatal(err)
		}
		got, want := api.got, tt.want
		if *got.UserPoolId != testPool || *got.Username != "ann" {
			t.Errorf("pool %q, user %q", *got.UserPoolId, *got.Username)
		}
		for _, pair := range [][2]any{
			{want.SMSMfaSettings, got.SMSMfaSettings}, {want.SoftwareTokenMfaSettings, got.SoftwareTokenMfaSettings},
			{want.EmailMfaSettings, got.EmailMfaSettings}, {want.WebAuthnMfaSettings, got.WebAuthnMfaSettings},
		} {
			if fmt.Sprintf("%+v", pair[0]) != fmt.Sprintf("%+v", pair[1]) {
				t.Errorf("%+v: sent %+v, want %+v", tt.changes, pair[1], pair[0])
			}
		}
	}
}

// An administrator turns a lost authenticator off.
func TestAdminFactors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everything(), !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password, TOTPSecret: flowSecret})
	as[*challenge.TOTPCode](t, w.begin(t, auth.SRP(username, password)))
	factors, err := auth.NewAdminFactors(w.SDK(), w.ID())
	if err != nil {
		t.Fatal(err)
	}
	off := auth.MFAChanges{TOTP: auth.MFAOff}
	if err := factors.SetMFA(t.Context(), username, off); err != nil {
		t.Fatal(err)
	}
	w.signedIn(t)
	wantReason(t, factors.SetMFA(t.Context(), "nobody", off), auth.ErrCredentials)
	wantReason(t, factors.SetMFA(t.Context(), "", off), auth.ErrInput)
	wantReason(t, factors.SetMFA(t.Context(), username, auth.MFAChanges{}), auth.ErrConfig)
	wantReason(t, factors.SetMFA(t.Context(), username, auth.MFAChanges{SMS: auth.MFAOn}), auth.ErrNotSetUp)
	unsigned, err := auth.NewAdminFactors(sdkFor(w.URL()), w.ID())
	if err != nil {
		t.Fatal(err)
	}
	wantReason(t, unsigned.SetMFA(t.Context(), username, off), auth.ErrConfig)
}

// What a user may begin a sign-in with.
func TestListFactors(t *testing.T) {
	t.Parallel()
	cfg := everything()
	cfg.FirstFactors = append(cfg.FirstFactors, types.AuthFactorTypeEmailOtp)
	s := newSelf(t, cfg, proven)
	s.register(t, s.tokens)
	got, err := s.factors.List(t.Context(), s.tokens)
	if err != nil {
		t.Fatal(err)
	}
	want := auth.UserFactors{Username: "ann", First: []challenge.Factor{challenge.FactorPassword, challenge.FactorEmail, challenge.FactorPasskey}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("factors (-want +got):\n%s", diff)
	}
}

func TestNewFactorsRefuses(t *testing.T) {
	t.Parallel()
	_, err := auth.NewFactors(nil)
	wantReason(t, err, auth.ErrConfig)
	_, err = auth.NewAdminFactors(nil, testPool)
	wantReason(t, err, auth.ErrConfig)
	_, err = auth.NewAdminFactors(&preferences{}, "no pool")
	wantReason(t, err, auth.ErrConfig)
	wantReason(t, new(auth.Factors).SetMFA(t.Context(), nil, auth.MFAChanges{}), auth.ErrConfig)
	wantReason(t, new(auth.AdminFactors).SetMFA(t.Context(), "u", auth.MFAChanges{}), auth.ErrConfig)
	_, err = new(auth.Accounts).GetUser(t.Context(), nil)
	wantReason(t, err, auth.ErrConfig)
	_, err = new(auth.Accounts).ForgotPassword(t.Context(), "u")
	wantReason(t, err, auth.ErrConfig)
}

// Replies that are not what Cognito's are.
func TestFactorsMalformed(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]string{"no secret": `{}`, "no base32": `{"SecretCode":"1"}`} {
		url, _ := cognitoWith(t, map[string]fault{"AssociateSoftwareToken": answers(200, reply)})
		_, err := scriptedFactors(t, url).EnrollTOTP(t.Context(), scriptedTokens(t), "S", "ann")
		if err == nil {
			t.Fatalf("%s: accepted", name)
		}
		wantReason(t, err, auth.ErrMalformed)
	}
	url, _ := cognitoWith(t, map[string]fault{"VerifySoftwareToken": answers(200, `{"Status":"ERROR"}`), "GetUser": answers(200, `{"UserAttributes":[{},{"Name":"a"}]}`)})
	wantReason(t, scriptedFactors(t, url).VerifyTOTP(t.Context(), scriptedTokens(t), "123456", ""), auth.ErrCode)
	accounts, err := auth.NewAccounts(sdkFor(url), testClient)
	if err != nil {
		t.Fatal(err)
	}
	_, err = accounts.GetUser(t.Context(), scriptedTokens(t))
	wantReason(t, err, auth.ErrMalformed)
}

func scriptedFactors(t *testing.T, url string) *auth.Factors {
	t.Helper()
	factors, err := auth.NewFactors(sdkFor(url))
	if err != nil {
		t.Fatal(err)
	}
	return factors
}

// scriptedTokens are tokens whose access token is [canary].
func scriptedTokens(t *testing.T) *auth.Tokens {
	t.Helper()
	api := &script{initiate: func(*cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
		return &cip.InitiateAuthOutput{AuthenticationResult: &types.AuthenticationResultType{AccessToken: aws.String(canary), ExpiresIn: 60}}, nil
	}}
	tokens, _, err := newClient(t, api).Begin(t.Context(), auth.Password("u", "p"))
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}
