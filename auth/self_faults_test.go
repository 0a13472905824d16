package auth_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// A chore is one call about an account, made ready so that it would succeed.
type chore struct {
	operation string
	spends    bool  // a request that was applied may not be sent again
	limit     error // what LimitExceededException means; ErrLockedOut if nil
	ready     func(t *testing.T, s self) func(context.Context) error
}

// chores are all functions of Accounts, Factors and AdminFactors but for those of
// the sign-up that send nothing else.
var chores = map[string]chore{
	"SignUp": {"SignUp", true, nil, func(t *testing.T, s self) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := s.accounts.SignUp(ctx, "bob", password, map[string]string{"email": "bob@example.com"})
			return err
		}
	}},
	"ConfirmSignUp": {"ConfirmSignUp", true, nil, func(t *testing.T, s self) func(context.Context) error {
		s.signUpBob(t)
		return func(ctx context.Context) error {
			_, err := s.accounts.ConfirmSignUp(ctx, "bob", s.message(t, "bob"))
			return err
		}
	}},
	"ResendConfirmationCode": {"ResendConfirmationCode", false, nil, func(t *testing.T, s self) func(context.Context) error {
		s.signUpBob(t)
		return func(ctx context.Context) error { _, err := s.accounts.ResendConfirmationCode(ctx, "bob"); return err }
	}},
	"ForgotPassword": {"ForgotPassword", false, nil, func(t *testing.T, s self) func(context.Context) error {
		return func(ctx context.Context) error { _, err := s.accounts.ForgotPassword(ctx, username); return err }
	}},
	"ConfirmForgotPassword": {"ConfirmForgotPassword", true, nil, func(t *testing.T, s self) func(context.Context) error {
		if _, err := s.accounts.ForgotPassword(t.Context(), username); err != nil {
			t.Fatal(err)
		}
		return func(ctx context.Context) error {
			return s.accounts.ConfirmForgotPassword(ctx, username, s.message(t, "ann"), "Another-Horse-8")
		}
	}},
	"ChangePassword": {"ChangePassword", true, nil, func(t *testing.T, s self) func(context.Context) error {
		return func(ctx context.Context) error {
			return s.accounts.ChangePassword(ctx, s.tokens, password, "Another-Horse-8")
		}
	}},
	"UpdateAttributes": {"UpdateUserAttributes", true, nil, func(t *testing.T, s self) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := s.accounts.UpdateAttributes(ctx, s.tokens, map[string]string{"email": "ann2@example.com"})
			return err
		}
	}},
	"DeleteAttributes": {"DeleteUserAttributes", false, nil, func(t *testing.T, s self) func(context.Context) error {
		return func(ctx context.Context) error { return s.accounts.DeleteAttributes(ctx, s.tokens, "nickname") }
	}},
	"SendAttributeCode": {"GetUserAttributeVerificationCode", false, nil, func(t *testing.T, s self) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := s.accounts.SendAttributeCode(ctx, s.tokens, "email")
			return err
		}
	}},
	"VerifyAttribute": {"VerifyUserAttribute", true, nil, func(t *testing.T, s self) func(context.Context) error {
		if _, err := s.accounts.SendAttributeCode(t.Context(), s.tokens, "email"); err != nil {
			t.Fatal(err)
		}
		return func(ctx context.Context) error {
			return s.accounts.VerifyAttribute(ctx, s.tokens, "email", s.message(t, "ann"))
		}
	}},
	"GetUser": {"GetUser", false, nil, func(t *testing.T, s self) func(context.Context) error {
		return func(ctx context.Context) error { _, err := s.accounts.GetUser(ctx, s.tokens); return err }
	}},
	"Delete": {"DeleteUser", true, nil, func(t *testing.T, s self) func(context.Context) error {
		return func(ctx context.Context) error { return s.accounts.Delete(ctx, s.tokens) }
	}},
	"EnrollTOTP": {"AssociateSoftwareToken", true, nil, func(t *testing.T, s self) func(context.Context) error {
		return func(ctx context.Context) error { _, err := s.factors.EnrollTOTP(ctx, s.tokens, "S", "ann"); return err }
	}},
	"VerifyTOTP": {"VerifySoftwareToken", true, nil, func(t *testing.T, s self) func(context.Context) error {
		e, err := s.factors.EnrollTOTP(t.Context(), s.tokens, "S", "ann")
		if err != nil {
			t.Fatal(err)
		}
		return func(ctx context.Context) error {
			return s.factors.VerifyTOTP(ctx, s.tokens, s.totp(t, e.Secret()), "phone")
		}
	}},
	"List": {"GetUserAuthFactors", false, nil, func(t *testing.T, s self) func(context.Context) error {
		return func(ctx context.Context) error { _, err := s.factors.List(ctx, s.tokens); return err }
	}},
	"SetMFA": {"SetUserMFAPreference", false, nil, func(t *testing.T, s self) func(context.Context) error {
		return func(ctx context.Context) error {
			return s.factors.SetMFA(ctx, s.tokens, auth.MFAChanges{Email: auth.MFAPreferred})
		}
	}},
	"Admin SetMFA": {"AdminSetUserMFAPreference", false, nil, func(t *testing.T, s self) func(context.Context) error {
		factors, err := auth.NewAdminFactors(s.sdk(), s.ID())
		if err != nil {
			t.Fatal(err)
		}
		return func(ctx context.Context) error {
			return factors.SetMFA(ctx, username, auth.MFAChanges{Email: auth.MFAOn})
		}
	}},
	"StartPasskey": {"StartWebAuthnRegistration", false, auth.ErrInput, func(t *testing.T, s self) func(context.Context) error {
		return func(ctx context.Context) error { _, err := s.factors.StartPasskey(ctx, s.tokens); return err }
	}},
	"CompletePasskey": {"CompleteWebAuthnRegistration", true, auth.ErrInput, func(t *testing.T, s self) func(context.Context) error {
		credential := s.create(t, &cognitotest.Authenticator{Origin: site})
		return func(ctx context.Context) error { return s.factors.CompletePasskey(ctx, s.tokens, credential) }
	}},
	"Passkeys": {"ListWebAuthnCredentials", false, nil, func(t *testing.T, s self) func(context.Context) error {
		return func(ctx context.Context) error {
			for _, err := range s.factors.Passkeys(ctx, s.tokens) {
				return err
			}
			return nil
		}
	}},
	"DeletePasskey": {"DeleteWebAuthnCredential", true, nil, func(t *testing.T, s self) func(context.Context) error {
		s.register(t, s.tokens)
		id := s.list(t)[0].ID
		return func(ctx context.Context) error { return s.factors.DeletePasskey(ctx, s.tokens, id) }
	}},
}

func (s self) signUpBob(t *testing.T) {
	t.Helper()
	if _, err := s.accounts.SignUp(t.Context(), "bob", password, map[string]string{"email": "bob@example.com"}); err != nil {
		t.Fatal(err)
	}
}

// sdk is an SDK client with its own retryer, that does not pause, and with
// credentials.
func (w world) sdk() *cip.Client {
	return sdkFor(w.URL(), func(o *cip.Options) { o.Credentials = credentials.NewStaticCredentialsProvider("AKID", "secret", "") })
}

// Every call meets every trouble: how often it is sent, that it is applied once if
// it spends something, and the reason.
func TestSelfFaults(t *testing.T) {
	t.Parallel()
	for choreName, c := range chores {
		for name, tr := range troubles {
			if name == "session expired" {
				continue // these have no session
			}
			t.Run(choreName+"/"+name, func(t *testing.T) {
				t.Parallel()
				verdict := tr.free
				if c.spends {
					verdict = tr.spends
				}
				want, reason := verdict.sent, verdict.reason
				if name == "limit exceeded" && c.limit != nil {
					reason = c.limit
				}
				if name == "unreadable" && c.operation == "DeleteUser" {
					reason = nil // it has no reply, so there is nothing to read
				}
				s := newSelf(t, everything(), map[string]string{"email": email, "email_verified": "true", "nickname": "A"})
				call := c.ready(t, s)
				before := s.sent(c.operation)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				fault := cognitotest.Fault{Operation: c.operation, Times: tr.times, Effect: tr.effect}
				if tr.cancel {
					fault.Hold = func(ctx context.Context) { cancel(); <-ctx.Done() }
				}
				planted := s.Plant(fault)
				err := call(ctx)
				if planted.Struck() == 0 {
					t.Fatal("the fault did not strike")
				}
				if reason == nil {
					if err != nil {
						t.Errorf("want success in the end, got %v", err)
					}
				} else if e := wantReason(t, err, reason); e.Challenge != nil {
					t.Error("the error holds a challenge")
				}
				if err := planted.Wait(t.Context()); err != nil { // of what was cancelled the pool may be told late
					t.Fatal(err)
				}
				if n := s.sent(c.operation) - before; n != want {
					t.Errorf("sent %d times, want %d", n, want)
				}
				if applied := s.applied(c.operation); c.spends && applied > 1 {
					t.Errorf("applied %d times", applied)
				}
			})
		}
	}
}

// What the documentation says of an unknown outcome: how to find out, or what the
// second try says.
func TestSelfOutcomeUnknown(t *testing.T) {
	t.Parallel()
	gone := func(t *testing.T, c chore) (self, error) {
		t.Helper()
		s := newSelf(t, everything(), map[string]string{"email": email, "email_verified": "true"})
		call := c.ready(t, s)
		s.Plant(cognitotest.Fault{Operation: c.operation, Effect: cognitotest.CutAfter})
		wantReason(t, call(t.Context()), auth.ErrOutcomeUnknown)
		return s, call(t.Context())
	}
	for name, reason := range map[string]error{
		"SignUp": auth.ErrUserExists, "ConfirmSignUp": auth.ErrUserExists, "ConfirmForgotPassword": auth.ErrCodeExpired,
		"ChangePassword": auth.ErrCredentials, "VerifyAttribute": auth.ErrCodeExpired, "Delete": auth.ErrCredentials,
		"VerifyTOTP": auth.ErrNotSetUp, "CompletePasskey": auth.ErrStartOver, "DeletePasskey": auth.ErrInput,
		"UpdateAttributes": nil, "EnrollTOTP": nil,
	} {
		if !chores[name].spends {
			t.Fatalf("%s spends nothing", name)
		}
		s, err := gone(t, chores[name])
		if reason == nil {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil {
			t.Fatalf("%s: accepted again", name)
		}
		wantReason(t, err, reason)
		switch name {
		case "CompletePasskey":
			if len(s.list(t)) != 1 {
				t.Error("the passkey is not there")
			}
		case "ConfirmForgotPassword", "ChangePassword":
			s.byPassword(t, "Another-Horse-8")
		}
	}
}

// sent and applied count the requests of an operation.
func (w world) sent(operation string) (n int) {
	for _, c := range w.Calls() {
		if c.Operation == operation {
			n++
		}
	}
	return n
}

func (w world) applied(operation string) (n int) {
	for _, c := range w.Calls() {
		if c.Operation == operation && c.Handled && c.Code == "" {
			n++
		}
	}
	return n
}

// A context that has ended sends nothing; one chore stands for all, which have one
// way to Cognito.
func TestSelfEndedContext(t *testing.T) {
	t.Parallel()
	s := newSelf(t, everything(), proven)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	before := len(s.Calls())
	_, err := s.accounts.GetUser(ctx, s.tokens)
	if wantReason(t, err, auth.ErrBackOff); !errors.Is(err, context.Canceled) || len(s.Calls()) != before {
		t.Errorf("%v, %v", err, s.calls(before))
	}
	secrets := func(o *auth.Options) {
		o.ClientSecret = func(context.Context) (string, error) { return "", errors.New("no vault") }
	}
	accounts, err := auth.NewAccounts(s.SDK(), s.Client().ID, secrets)
	if err != nil {
		t.Fatal(err)
	}
	_, err = accounts.ForgotPassword(t.Context(), username)
	if wantReason(t, err, auth.ErrBackOff); len(s.Calls()) != before {
		t.Errorf("sent without the secret: %v", s.calls(before))
	}
}

// An older kind of retryer is asked in the same way.
func TestSelfOlderRetryer(t *testing.T) {
	t.Parallel()
	s := newSelf(t, everything(), proven)
	sdk := sdkFor(s.URL(), func(o *cip.Options) { o.Retryer = older{o.Retryer} })
	accounts, err := auth.NewAccounts(sdk, s.Client().ID)
	if err != nil {
		t.Fatal(err)
	}
	s.Plant(cognitotest.Fault{Operation: "GetUser", Effect: cognitotest.InternalError})
	if _, err := accounts.GetUser(t.Context(), s.tokens); err != nil || s.sent("GetUser") != 2 {
		t.Errorf("sent %d times: %v", s.sent("GetUser"), err)
	}
	s.Plant(cognitotest.Fault{Operation: "DeleteUser", Effect: cognitotest.InternalError})
	wantReason(t, accounts.Delete(t.Context(), s.tokens), auth.ErrOutcomeUnknown)
	if n := s.sent("DeleteUser"); n != 1 {
		t.Errorf("sent %d times", n)
	}
}

// older hides the method that newer retryers have.
type older struct{ aws.Retryer }
