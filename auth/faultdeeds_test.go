package auth_test

import (
	"context"
	"errors"
	"testing"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// The deeds of the flows that are no sign-ins, each one call of this package.

// doing makes a deed that needs no test.
func doing(again error, do func(context.Context, *play) error) deed {
	return deed{again: again, do: func(ctx context.Context, _ *testing.T, p *play) error {
		p.turn(false, false)
		return do(ctx, p)
	}}
}

const newEmail = "ann@example.org"

// Accounts.
var (
	signUp = doing(auth.ErrUserExists, func(ctx context.Context, p *play) (err error) {
		p.signedUp, err = p.accounts.SignUp(ctx, username, password, reachable1)
		return err
	})
	resend = doing(nil, func(ctx context.Context, p *play) error {
		_, err := p.accounts.ResendConfirmationCode(ctx, username)
		return err
	})
	confirm = deed{again: auth.ErrUserExists, do: func(ctx context.Context, t *testing.T, p *play) (err error) {
		p.turn(false, false)
		p.confirmed, err = p.accounts.ConfirmSignUp(ctx, username, p.message(t, "ann"), func(o *auth.CallOptions) {
			if p.signedUp != nil { // a lost reply had the session
				o.SignUpSession = p.signedUp.Session()
			}
		})
		return err
	}}
	forgot = doing(nil, func(ctx context.Context, p *play) error {
		_, err := p.accounts.ForgotPassword(ctx, username)
		return err
	})
	reset = deed{again: auth.ErrCodeExpired, do: func(ctx context.Context, t *testing.T, p *play) error {
		p.turn(false, false)
		return p.accounts.ConfirmForgotPassword(ctx, username, p.message(t, "ann"), newSecret)
	}}
	changePassword = doing(auth.ErrCredentials, func(ctx context.Context, p *play) error {
		return p.accounts.ChangePassword(ctx, p.tokens, password, newSecret)
	})
	profile = doing(nil, func(ctx context.Context, p *play) error {
		_, err := p.accounts.GetUser(ctx, p.tokens)
		return err
	})
	changeEmail = doing(nil, func(ctx context.Context, p *play) error {
		_, err := p.accounts.UpdateAttributes(ctx, p.tokens, map[string]string{"email": newEmail})
		return err
	})
	sendCode = doing(nil, func(ctx context.Context, p *play) error {
		_, err := p.accounts.SendAttributeCode(ctx, p.tokens, "email")
		return err
	})
	verifyEmail = deed{again: auth.ErrCodeExpired, do: func(ctx context.Context, t *testing.T, p *play) error {
		p.turn(false, false)
		return p.accounts.VerifyAttribute(ctx, p.tokens, "email", p.message(t, "ann"))
	}}
	dropPhone = doing(nil, func(ctx context.Context, p *play) error {
		return p.accounts.DeleteAttributes(ctx, p.tokens, "phone_number")
	})
	leave = doing(auth.ErrCredentials, func(ctx context.Context, p *play) error {
		return p.accounts.Delete(ctx, p.tokens)
	})
)

var reachable1 = map[string]string{"email": email}

// Devices. One that came with an error is kept, as the documentation says.
var (
	remember = doing(auth.ErrConfig, func(ctx context.Context, p *play) error {
		device, err := p.devices.Remember(ctx, p.tokens, "laptop")
		if !device.IsZero() {
			p.device = device
		}
		if errors.Is(err, auth.ErrOutcomeUnknown) && device.IsZero() {
			return errors.New("no device comes with an unknown outcome")
		}
		return err
	})
	forget = doing(nil, func(ctx context.Context, p *play) error {
		return p.devices.Forget(ctx, p.tokens, p.device.Key())
	})
)

// Tokens.
var (
	refresh = deed{do: func(ctx context.Context, t *testing.T, p *play) error {
		p.turn(false, false)
		fresh, err := p.refresher.Refresh(ctx, p.tokens)
		if err == nil {
			p.verified(t, fresh)
			p.tokens = fresh
		}
		return err
	}}
	revoke = doing(nil, func(ctx context.Context, p *play) error { return p.refresher.Revoke(ctx, p.tokens) })

	signOut = doing(auth.ErrToken, func(ctx context.Context, p *play) error { return p.refresher.SignOutEverywhere(ctx, p.tokens) })
)

// Factors.
var (
	enroll = doing(nil, func(ctx context.Context, p *play) error {
		enrollment, err := p.factors.EnrollTOTP(ctx, p.tokens, "s", "a")
		if err == nil {
			p.secret = enrollment.Secret()
		}
		return err
	})
	verify = deed{again: auth.ErrNotSetUp, do: func(ctx context.Context, t *testing.T, p *play) error {
		p.turn(false, false)
		return p.factors.VerifyTOTP(ctx, p.tokens, p.totp(t, p.secret), "phone")
	}}
	turnOn = doing(nil, func(ctx context.Context, p *play) error {
		return p.factors.SetMFA(ctx, p.tokens, auth.MFAChanges{TOTP: auth.MFAPreferred})
	})
	list = doing(nil, func(ctx context.Context, p *play) error {
		_, err := p.factors.List(ctx, p.tokens)
		return err
	})
	adminTurnOn = doing(nil, func(ctx context.Context, p *play) error {
		return p.admins.SetMFA(ctx, username, auth.MFAChanges{SMS: auth.MFAPreferred})
	})

	// passkey is the two halves of a registration.
	passkey = deed{do: func(ctx context.Context, t *testing.T, p *play) error {
		if err := startPasskey.do(ctx, t, p); err != nil {
			return err
		}
		return completePasskey.do(ctx, t, p)
	}}
	startPasskey = doing(nil, func(ctx context.Context, p *play) (err error) {
		p.options, err = p.factors.StartPasskey(ctx, p.tokens)
		return err
	})
	completePasskey = deed{again: auth.ErrStartOver, do: func(ctx context.Context, t *testing.T, p *play) error {
		p.key = &cognitotest.Authenticator{Origin: site}
		credential, err := p.key.Create(p.options)
		if err != nil {
			t.Fatal(err)
		}
		p.turn(false, false)
		return p.factors.CompletePasskey(ctx, p.tokens, credential)
	}}
	listPasskeys = doing(nil, func(ctx context.Context, p *play) error {
		for k, err := range p.factors.Passkeys(ctx, p.tokens) {
			if err != nil {
				return err
			}
			p.keyID = k.ID
		}
		return nil
	})
	deletePasskey = doing(auth.ErrInput, func(ctx context.Context, p *play) error {
		return p.factors.DeletePasskey(ctx, p.tokens, p.keyID)
	})
)
