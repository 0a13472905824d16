package auth_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/totp"
)

const (
	username = "Ann"
	password = "Correct-Horse-7"
	email    = "ann@example.com"
	phone    = "+15551231234"
)

// A world is a pool, its clock, and a client and accounts of its first app
// client.
type world struct {
	*cognitotest.Pool
	client   *auth.Client
	accounts *auth.Accounts
}

// admin makes the client use the Admin operations.
const admin = true

// newWorld starts a pool whose clock stands still, at a time near the real one.
func newWorld(t *testing.T, cfg cognitotest.Config, asAdmin bool) world {
	t.Helper()
	cfg.Clock = cognitotest.NewClock(time.Now())
	pool := cognitotest.Start(t, cfg)
	app := pool.Client()
	options := func(o *auth.Options) {
		o.Now = pool.Clock().Now
		if app.Secret != "" {
			auth.ClientSecret(app.Secret)(o)
		}
		if asAdmin {
			o.Admin = pool.SDK()
		}
	}
	client, err := auth.New(pool.SDK(), pool.ID(), app.ID, options)
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := auth.NewAccounts(pool.SDK(), app.ID, options)
	if err != nil {
		t.Fatal(err)
	}
	return world{pool, client, accounts}
}

// calls lists the operations since the n-th.
func (w world) calls(n int) []string {
	var ops []string
	for _, c := range w.Calls()[n:] {
		ops = append(ops, c.Operation)
	}
	return ops
}

// totp is the code that an authenticator shows now.
func (w world) totp(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.Code(secret, w.Clock().Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// wrong is a code of the same form that is not right.
func wrong(code string) string {
	return string('0'+(code[0]-'0'+5)%10) + code[1:]
}

// wrongTOTP is a code of an authenticator that is not right at any time near the
// present: the pool takes the codes before and after this one too.
func wrongTOTP(t *testing.T, secret string, now time.Time) string {
	t.Helper()
	near := map[string]bool{}
	for step := range 5 {
		code, err := totp.Code(secret, now.Add(time.Duration(step-2)*totp.Period))
		if err != nil {
			t.Fatal(err)
		}
		near[code] = true
	}
	for n := 271828; ; n++ {
		if code := fmt.Sprintf("%06d", n); !near[code] {
			return code
		}
	}
}

// wrongTOTP is a wrong code now.
func (w world) wrongTOTP(t *testing.T, secret string) string {
	t.Helper()
	return wrongTOTP(t, secret, w.Clock().Now())
}

// message is the code that was sent to the user last.
func (w world) message(t *testing.T, username string) string {
	t.Helper()
	m, ok := w.Outbox().Last(username)
	if !ok {
		t.Fatalf("no message for %s", username)
	}
	return m.Code
}

// begin is Begin, and next and done are its results and Respond's where the test
// goes on with them.
func (w world) begin(t *testing.T, f auth.FirstFactor) challenge.Challenge {
	t.Helper()
	tokens, c, err := w.client.Begin(t.Context(), f)
	return expect(t, tokens, c, err)
}

func (w world) next(t *testing.T, a challenge.Answer) challenge.Challenge {
	t.Helper()
	tokens, c, err := w.client.Respond(t.Context(), a)
	return expect(t, tokens, c, err)
}

func expect(t *testing.T, tokens *auth.Tokens, c challenge.Challenge, err error) challenge.Challenge {
	t.Helper()
	exactlyOne(t, tokens, c, err)
	if err != nil {
		t.Fatal(err)
	}
	if c == nil {
		t.Fatal("tokens came where a challenge was expected")
	}
	return c
}

// done answers, expects tokens, and verifies them against the pool's keys.
func (w world) done(t *testing.T, a challenge.Answer) *auth.Tokens {
	t.Helper()
	tokens, c, err := w.client.Respond(t.Context(), a)
	exactlyOne(t, tokens, c, err)
	if err != nil {
		t.Fatal(err)
	}
	if tokens == nil {
		t.Fatalf("%v came where tokens were expected", c)
	}
	w.verified(t, tokens)
	return tokens
}

func (w world) verified(t *testing.T, tokens *auth.Tokens) {
	t.Helper()
	v, err := auth.NewVerifier(w.Issuer(), []string{w.Client().ID}, func(o *auth.VerifierOptions) { o.Now = w.Clock().Now })
	if err != nil {
		t.Fatal(err)
	}
	id, err := v.ID(t.Context(), tokens.ID())
	if err != nil {
		t.Fatal(err)
	}
	access, err := v.Access(t.Context(), tokens.Access())
	if err != nil {
		t.Fatal(err)
	}
	if id.Username != tokens.Username() || access.Username != tokens.Username() {
		t.Errorf("the tokens are for %q and %q, and Tokens says %q", id.Username, access.Username, tokens.Username())
	}
	// A token's exp has whole seconds.
	if early := tokens.Expires().Sub(access.Expires); tokens.Refresh() == "" || early < 0 || early >= time.Second {
		t.Errorf("refresh token: %v; expires %v, by the token %v", tokens.Refresh() != "", tokens.Expires(), access.Expires)
	}
}

// refused answers and expects an error that holds the challenge, or does not.
func (w world) refused(t *testing.T, a challenge.Answer, reason error, holds bool) {
	t.Helper()
	tokens, c, err := w.client.Respond(t.Context(), a)
	exactlyOne(t, tokens, c, err)
	if e := wantReason(t, err, reason); (e.Challenge != nil) != holds {
		t.Errorf("holds its challenge: %v, want %v", e.Challenge != nil, holds)
	}
}

// as asserts the type of a challenge.
func as[C challenge.Challenge](t *testing.T, c challenge.Challenge) C {
	t.Helper()
	typed, ok := c.(C)
	if !ok {
		t.Fatalf("the challenge is a %T", c)
	}
	return typed
}

// everyClient runs a test with the public operations and the Admin ones, and
// with an app client that has a secret.
func everyClient(t *testing.T, test func(t *testing.T, asAdmin bool, client cognitotest.ClientConfig)) {
	for name, tt := range map[string]struct {
		admin  bool
		client cognitotest.ClientConfig
	}{
		"public":            {!admin, cognitotest.ClientConfig{}},
		"public and secret": {!admin, cognitotest.ClientConfig{Secret: true}},
		"admin":             {admin, cognitotest.ClientConfig{}},
		"admin and secret":  {admin, cognitotest.ClientConfig{Secret: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, tt.admin, tt.client)
		})
	}
}

// The whole of a user's first days, with every kind of client; and how many
// calls each part makes, which the package documentation and the README say.
func TestSRPAndTOTP(t *testing.T) {
	t.Parallel()
	everyClient(t, func(t *testing.T, asAdmin bool, app cognitotest.ClientConfig) {
		w := newWorld(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, Client: app}, asAdmin)
		signedUp, err := w.accounts.SignUp(t.Context(), username, password, map[string]string{"email": email})
		if err != nil {
			t.Fatal(err)
		}
		if signedUp.Confirmed || signedUp.Sub == "" || signedUp.Delivery == nil || signedUp.Delivery.Medium != "EMAIL" {
			t.Errorf("%+v", signedUp)
		}
		if _, err := w.accounts.ConfirmSignUp(t.Context(), username, w.message(t, "ann")); err != nil {
			t.Fatal(err)
		}

		before := len(w.Calls())
		setUp := as[*challenge.SetUpTOTP](t, w.begin(t, auth.SRP(username, password)))
		enrolled, err := setUp.Enrollment("Service", email)
		if err != nil {
			t.Fatal(err)
		}
		code := w.totp(t, enrolled.Secret())
		w.done(t, setUp.Answer(code, "phone"))
		prefix := ""
		if asAdmin {
			prefix = "Admin"
		}
		want := []string{prefix + "InitiateAuth", prefix + "RespondToAuthChallenge", "AssociateSoftwareToken", "VerifySoftwareToken", prefix + "RespondToAuthChallenge"}
		if diff := cmp.Diff(want, w.calls(before)); diff != "" {
			t.Errorf("calls of the set-up (-want +got):\n%s", diff)
		}

		before = len(w.Calls())
		ask := as[*challenge.TOTPCode](t, w.begin(t, auth.SRP(username, password)))
		if ask.DeviceName() != "phone" {
			t.Errorf("DeviceName() = %q", ask.DeviceName())
		}
		w.Clock().Advance(totp.Period)
		w.done(t, ask.Answer(w.totp(t, enrolled.Secret())))
		want = []string{prefix + "InitiateAuth", prefix + "RespondToAuthChallenge", prefix + "RespondToAuthChallenge"}
		if diff := cmp.Diff(want, w.calls(before)); diff != "" {
			t.Errorf("calls of the sign-in (-want +got):\n%s", diff)
		}
	})
}

// The rows of the table in the package documentation and the README.
func TestCallsPerFlow(t *testing.T) {
	t.Parallel()
	secret := totp.NewSecret()
	on := cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true}
	finish := func(t *testing.T, w world, c challenge.Challenge) {
		switch c := c.(type) {
		case *challenge.TOTPCode:
			w.done(t, c.Answer(w.totp(t, secret)))
		case *challenge.SetUpTOTP:
			e, err := c.Enrollment("s", "a")
			if err != nil {
				t.Fatal(err)
			}
			w.done(t, c.Answer(w.totp(t, e.Secret()), ""))
		case *challenge.SelectMFA:
			option, ok := c.Option(challenge.FactorTOTP)
			if !ok {
				t.Fatal("TOTP is not offered")
			}
			w.done(t, as[*challenge.TOTPCode](t, w.next(t, option.Answer())).Answer(w.totp(t, secret)))
		case *challenge.NewPassword:
			next := w.next(t, c.Answer("Another-Horse-8", nil))
			w.done(t, as[*challenge.TOTPCode](t, next).Answer(w.totp(t, secret)))
		}
	}
	withTOTP := cognitotest.User{Username: username, Password: password, TOTPSecret: secret}
	temporary := withTOTP
	temporary.Temporary = true
	choice := withTOTP
	choice.Attributes = map[string]string{"phone_number": phone, "phone_number_verified": "true"}
	choice.Factors = []types.ChallengeNameType{types.ChallengeNameTypeSmsMfa}
	optional := cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, TOTP: true, SMS: true}

	tests := map[string]struct {
		config cognitotest.Config
		user   cognitotest.User
		first  auth.FirstFactor
		calls  int
	}{
		"SRP":                     {cognitotest.Config{}, cognitotest.User{Username: username, Password: password}, auth.SRP(username, password), 2},
		"Password":                {cognitotest.Config{}, cognitotest.User{Username: username, Password: password}, auth.Password(username, password), 1},
		"SRP and TOTP":            {on, withTOTP, auth.SRP(username, password), 3},
		"SRP and set-up":          {on, cognitotest.User{Username: username, Password: password}, auth.SRP(username, password), 5},
		"Password and TOTP":       {on, withTOTP, auth.Password(username, password), 2},
		"Password and set-up":     {on, cognitotest.User{Username: username, Password: password}, auth.Password(username, password), 4},
		"SRP, choice and TOTP":    {optional, choice, auth.SRP(username, password), 4},
		"SRP, new password, TOTP": {on, temporary, auth.SRP(username, password), 4},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.config, !admin)
			w.AddUser(tt.user)
			tokens, c, err := w.client.Begin(t.Context(), tt.first)
			exactlyOne(t, tokens, c, err)
			if err != nil {
				t.Fatal(err)
			}
			if c != nil {
				finish(t, w, c)
			} else {
				w.verified(t, tokens)
			}
			if got := w.calls(0); len(got) != tt.calls {
				t.Errorf("%d calls, want %d: %v", len(got), tt.calls, got)
			}
		})
	}
}

// The walk-through that people follow to add TOTP to a sign-up by the Admin
// operations, step for step, over this package.
func TestAdminWalkThrough(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{
		MFA: types.UserPoolMfaTypeOn, TOTP: true, UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail},
		Client: cognitotest.ClientConfig{Flows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAdminNoSrpAuth}},
	}, admin)
	if _, err := w.accounts.SignUp(t.Context(), email, password, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := w.accounts.ConfirmSignUp(t.Context(), email, w.message(t, email)); err != nil {
		t.Fatal(err)
	}
	setUp := as[*challenge.SetUpTOTP](t, w.begin(t, auth.AdminNoSRP(email, password)))
	enrolled, err := setUp.Enrollment("Service", email)
	if err != nil {
		t.Fatal(err)
	}
	tokens := w.done(t, setUp.Answer(w.totp(t, enrolled.Secret()), ""))
	if tokens.Username() == email || len(tokens.Username()) != 36 {
		t.Errorf("the canonical username is %q", tokens.Username())
	}
	ask := as[*challenge.TOTPCode](t, w.begin(t, auth.AdminNoSRP(email, password)))
	w.Clock().Advance(totp.Period)
	w.done(t, ask.Answer(w.totp(t, enrolled.Secret())))
}

func TestTOTPWrongUsedRight(t *testing.T) {
	t.Parallel()
	secret := totp.NewSecret()
	w := newWorld(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true}, !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password, TOTPSecret: secret})
	first := as[*challenge.TOTPCode](t, w.begin(t, auth.SRP(username, password)))
	code := w.totp(t, secret)
	w.refused(t, first.Answer(w.wrongTOTP(t, secret)), auth.ErrCode, true)
	w.refused(t, first.Answer("12 34"), auth.ErrCode, true)
	w.done(t, first.Answer(code[:3]+" "+code[3:]))
	w.refused(t, first.Answer(code), auth.ErrStartOver, false) // the session is spent

	second := as[*challenge.TOTPCode](t, w.begin(t, auth.SRP(username, password)))
	w.refused(t, second.Answer(code), auth.ErrCode, true) // the code is used
	w.Clock().Advance(totp.Period)
	w.done(t, second.Answer(w.totp(t, secret)))

	third := as[*challenge.TOTPCode](t, w.begin(t, auth.SRP(username, password)))
	w.Clock().Advance(3*time.Minute + time.Second)
	if !third.Expires().Before(w.Clock().Now()) {
		t.Errorf("Expires() = %v", third.Expires())
	}
	w.refused(t, third.Answer(w.totp(t, secret)), auth.ErrStartOver, false)
}

func TestSetUpWrongThenRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, SMS: true}, !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password})
	setUp := as[*challenge.SetUpTOTP](t, w.begin(t, auth.SRP(username, password)))
	enrolled, err := setUp.Enrollment("s", "a")
	if err != nil {
		t.Fatal(err)
	}
	code := w.totp(t, enrolled.Secret())
	w.refused(t, setUp.Answer(w.wrongTOTP(t, enrolled.Secret()), ""), auth.ErrCode, true)
	w.done(t, setUp.Answer(code, ""))
	again := as[*challenge.TOTPCode](t, w.begin(t, auth.SRP(username, password)))
	w.refused(t, again.Answer(code), auth.ErrCode, true) // the code of the enrolment counts as used
}

// Codes by SMS and e-mail, and the choice between them.
func TestDeliveredCodes(t *testing.T) {
	t.Parallel()
	everyClient(t, func(t *testing.T, asAdmin bool, app cognitotest.ClientConfig) {
		w := newWorld(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, SMS: true, Email: true, Client: app}, asAdmin)
		w.AddUser(cognitotest.User{
			Username: username, Password: password,
			Attributes: map[string]string{"email": email, "email_verified": "true", "phone_number": phone, "phone_number_verified": "true"},
			Factors:    []types.ChallengeNameType{types.ChallengeNameTypeSmsMfa, types.ChallengeNameTypeEmailOtp},
		})
		for _, factor := range []challenge.Factor{challenge.FactorSMS, challenge.FactorEmail} {
			choose := as[*challenge.SelectMFA](t, w.begin(t, auth.SRP(username, password)))
			if _, ok := choose.Option(challenge.FactorTOTP); ok || len(choose.Options()) != 2 {
				t.Errorf("the options are %v", choose.Options())
			}
			option, ok := choose.Option(factor)
			if !ok {
				t.Fatalf("%s is not offered", factor)
			}
			next := w.next(t, option.Answer())
			code, ok := next.(challenge.Code)
			if !ok {
				t.Fatalf("the challenge is a %T", next)
			}
			switch c := next.(type) {
			case *challenge.SMSCode:
				if factor != challenge.FactorSMS || !strings.HasSuffix(c.Destination(), "1234") || strings.Contains(c.Destination(), phone) {
					t.Errorf("%s went to %q", factor, c.Destination())
				}
			case *challenge.EmailCode:
				if factor != challenge.FactorEmail || !strings.Contains(c.Destination(), "***") {
					t.Errorf("%s went to %q", factor, c.Destination())
				}
			}
			sent := w.message(t, "ann")
			w.refused(t, code.Answer(wrong(sent)), auth.ErrCode, true)
			w.done(t, code.Answer(sent))
			w.refused(t, code.Answer(sent), auth.ErrStartOver, false)
		}
	})
}

func TestNewPassword(t *testing.T) {
	t.Parallel()
	everyClient(t, func(t *testing.T, asAdmin bool, app cognitotest.ClientConfig) {
		w := newWorld(t, cognitotest.Config{RequiredAttributes: []string{"given_name"}, Client: app, MFA: types.UserPoolMfaTypeOn, TOTP: true}, asAdmin)
		w.AddUser(cognitotest.User{Username: username, Password: password, Temporary: true, Attributes: map[string]string{"email": email}})
		c := as[*challenge.NewPassword](t, w.begin(t, auth.SRP(username, password)))
		if diff := cmp.Diff([]string{"given_name"}, c.RequiredAttributes()); diff != "" {
			t.Errorf("required attributes (-want +got):\n%s", diff)
		}
		if c.Attributes()["email"] != email {
			t.Errorf("attributes: %v", c.Attributes())
		}
		name := map[string]string{"given_name": "Ann"}
		before := len(w.Calls())
		w.refused(t, c.Answer("Another-Horse-8", nil), auth.ErrNewPassword, true)
		w.refused(t, c.Answer("", name), auth.ErrNewPassword, true)
		if got := w.calls(before); len(got) != 0 {
			t.Errorf("answers that cannot be right were sent: %v", got)
		}
		w.refused(t, c.Answer("weak", name), auth.ErrNewPassword, true)
		setUp := as[*challenge.SetUpTOTP](t, w.next(t, c.Answer("Another-Horse-8", name)))
		enrolled, err := setUp.Enrollment("s", "a")
		if err != nil {
			t.Fatal(err)
		}
		w.done(t, setUp.Answer(w.totp(t, enrolled.Secret()), ""))

		_, _, err = w.client.Begin(t.Context(), auth.SRP(username, password))
		wantReason(t, err, auth.ErrCredentials) // the temporary password is gone
		as[*challenge.TOTPCode](t, w.begin(t, auth.SRP(username, "Another-Horse-8")))
	})
}

func TestChoiceOfSetUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, Email: true, SMS: true}, !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password})

	choose := as[*challenge.SetUpMFA](t, w.begin(t, auth.SRP(username, password)))
	if len(choose.Options()) != 2 {
		t.Errorf("the options are %v", choose.Options())
	}
	byEmail, ok := choose.Option(challenge.FactorEmail)
	if !ok {
		t.Fatal("e-mail is not offered")
	}
	before := len(w.Calls())
	address := as[*challenge.SetUpEmail](t, w.next(t, byEmail.Answer()))
	w.refused(t, address.Answer("no address"), auth.ErrInput, true)
	if got := w.calls(before); len(got) != 0 {
		t.Errorf("calls: %v", got)
	}
	code := as[*challenge.EmailCode](t, w.next(t, address.Answer(email)))
	w.done(t, code.Answer(w.message(t, "ann")))

	w.AddUser(cognitotest.User{Username: "bob", Password: password})
	choose = as[*challenge.SetUpMFA](t, w.begin(t, auth.SRP("bob", password)))
	byTOTP, ok := choose.Option(challenge.FactorTOTP)
	if !ok {
		t.Fatal("TOTP is not offered")
	}
	setUp := as[*challenge.SetUpTOTP](t, w.next(t, byTOTP.Answer()))
	enrolled, err := setUp.Enrollment("s", "a")
	if err != nil {
		t.Fatal(err)
	}
	w.done(t, setUp.Answer(w.totp(t, enrolled.Secret()), ""))
}

// However the user writes the name, the canonical one signs in.
func TestWaysToWriteAName(t *testing.T) {
	t.Parallel()
	secret := totp.NewSecret()
	verified := map[string]string{"email": email, "email_verified": "true"}
	tests := map[string]struct {
		config cognitotest.Config
		user   string
		typed  []string
	}{
		"username": {cognitotest.Config{}, username, []string{"Ann", "ann", "ANN"}},
		"alias":    {cognitotest.Config{AliasAttributes: []types.AliasAttributeType{types.AliasAttributeTypeEmail}}, username, []string{"ann", email, "Ann@Example.com"}},
		"e-mail":   {cognitotest.Config{UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail}}, email, []string{email, "ANN@example.com"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyClient(t, func(t *testing.T, asAdmin bool, app cognitotest.ClientConfig) {
				config := tt.config
				config.Client, config.MFA, config.TOTP = app, types.UserPoolMfaTypeOn, true
				w := newWorld(t, config, asAdmin)
				canonical := w.AddUser(cognitotest.User{Username: tt.user, Password: password, Attributes: verified, TOTPSecret: secret})
				for _, typed := range tt.typed {
					for _, first := range []auth.FirstFactor{auth.SRP(typed, password), auth.Password(typed, password)} {
						ask := as[*challenge.TOTPCode](t, w.begin(t, first))
						tokens := w.done(t, ask.Answer(w.totp(t, secret)))
						if tokens.Username() != canonical {
							t.Errorf("%s signed in as %q, not as %q", typed, tokens.Username(), canonical)
						}
						w.Clock().Advance(totp.Period)
					}
				}
			})
		})
	}
}

func TestRefusedFirstFactors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{Client: cognitotest.ClientConfig{
		Flows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserSrpAuth},
	}}, !admin)
	w.AddUser(cognitotest.User{Username: "ann", Password: password})
	w.AddUser(cognitotest.User{Username: "new", Password: password, Unconfirmed: true})
	w.AddUser(cognitotest.User{Username: "gone", Password: password, Disabled: true})
	for name, tt := range map[string]struct {
		first  auth.FirstFactor
		reason error
	}{
		"wrong password": {auth.SRP("ann", "Wrong-Horse-7"), auth.ErrCredentials},
		"unknown user":   {auth.SRP("nobody", password), auth.ErrCredentials},
		"unconfirmed":    {auth.SRP("new", password), auth.ErrNotConfirmed},
		"disabled":       {auth.SRP("gone", password), auth.ErrDenied},
		"flow disabled":  {auth.Password("ann", password), auth.ErrConfig},
		"no triggers":    {auth.Custom("ann"), auth.ErrConfig},
	} {
		t.Run(name, func(t *testing.T) {
			tokens, c, err := w.client.Begin(t.Context(), tt.first)
			exactlyOne(t, tokens, c, err)
			wantReason(t, err, tt.reason)
		})
	}
}

func TestLockout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{}, !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password})
	var last error
	for range 10 {
		_, _, last = w.client.Begin(t.Context(), auth.SRP(username, "Wrong-Horse-7"))
	}
	wantReason(t, last, auth.ErrLockedOut)
	_, _, err := w.client.Begin(t.Context(), auth.SRP(username, password))
	wantReason(t, err, auth.ErrLockedOut)
	w.Clock().Advance(15 * time.Minute)
	tokens, _, err := w.client.Begin(t.Context(), auth.SRP(username, password))
	if err != nil {
		t.Fatal(err)
	}
	w.verified(t, tokens)
}

// Another secret than the app client's, or none, in every function.
func TestSecretHash(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{Client: cognitotest.ClientConfig{Secret: true}}, !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password})
	for name, option := range map[string]func(*auth.Options){
		"wrong":  auth.ClientSecret("wrong"),
		"absent": func(*auth.Options) {},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := auth.New(w.SDK(), w.ID(), w.Client().ID, option)
			if err != nil {
				t.Fatal(err)
			}
			accounts, err := auth.NewAccounts(w.SDK(), w.Client().ID, option)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = client.Begin(t.Context(), auth.SRP(username, password))
			wantReason(t, err, auth.ErrConfig)
			_, _, err = client.Begin(t.Context(), auth.Password(username, password))
			wantReason(t, err, auth.ErrConfig)
			_, err = accounts.SignUp(t.Context(), "bob", password, map[string]string{"email": email})
			wantReason(t, err, auth.ErrConfig)
			_, err = accounts.ConfirmSignUp(t.Context(), "bob", "123456")
			wantReason(t, err, auth.ErrConfig)
			_, err = accounts.ResendConfirmationCode(t.Context(), "bob")
			wantReason(t, err, auth.ErrConfig)
		})
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{}, !admin)
	ctx := context.Background()
	attributes := map[string]string{"email": email}
	if _, err := w.accounts.SignUp(ctx, username, password, attributes); err != nil {
		t.Fatal(err)
	}
	_, _, err := w.client.Begin(ctx, auth.SRP(username, password))
	wantReason(t, err, auth.ErrNotConfirmed)
	_, err = w.accounts.SignUp(ctx, username, password, attributes)
	wantReason(t, err, auth.ErrUserExists)
	_, err = w.accounts.SignUp(ctx, "bob", "weak", attributes)
	wantReason(t, err, auth.ErrNewPassword)
	_, err = w.accounts.SignUp(ctx, "", password, attributes)
	wantReason(t, err, auth.ErrInput)

	first := w.message(t, "ann")
	delivery, err := w.accounts.ResendConfirmationCode(ctx, username)
	if err != nil || delivery == nil || delivery.Medium != "EMAIL" || delivery.Attribute != "email" || !strings.Contains(delivery.Destination, "***") {
		t.Fatalf("%+v, %v", delivery, err)
	}
	second := w.message(t, "ann")
	_, err = w.accounts.ConfirmSignUp(ctx, username, "")
	wantReason(t, err, auth.ErrCode)
	_, err = w.accounts.ConfirmSignUp(ctx, username, wrong(second))
	wantReason(t, err, auth.ErrCode)
	w.Clock().Advance(25 * time.Hour)
	_, err = w.accounts.ConfirmSignUp(ctx, username, second)
	wantReason(t, err, auth.ErrCodeExpired)
	if _, err := w.accounts.ResendConfirmationCode(ctx, username); err != nil {
		t.Fatal(err)
	}
	if _, err := w.accounts.ConfirmSignUp(ctx, username, w.message(t, "ann")); err != nil {
		t.Fatal(err, first)
	}
	tokens, _, err := w.client.Begin(ctx, auth.SRP(username, password))
	if err != nil {
		t.Fatal(err)
	}
	w.verified(t, tokens)
}
