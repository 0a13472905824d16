package auth_test

import (
	"context"
	"errors"
	"testing"

	"github.com/cognitomfa/cognitomfa/auth"
)

// The deeds that are no sign-ins, each one call of this package; those about
// accounts and factors that a sign-in does not need are chores.

// doing makes a deed that needs no test.
func doing(again error, do func(context.Context, *play) error) deed {
	return deed{again: again, do: func(ctx context.Context, _ *testing.T, p *play) error {
		p.turn(false, false)
		return do(ctx, p)
	}}
}

// Accounts.
var (
	signUp = doing(auth.ErrUserExists, func(ctx context.Context, p *play) (err error) {
		p.signedUp, err = p.accounts.SignUp(ctx, username, password, map[string]string{"email": email})
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
)

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
	listed = doing(nil, func(ctx context.Context, p *play) error {
		for _, err := range p.devices.List(ctx, p.tokens) {
			return err
		}
		return errors.New("there is no device")
	})
	forget = doing(auth.ErrDevice, func(ctx context.Context, p *play) error {
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
	refreshByFlow = deed{do: func(ctx context.Context, t *testing.T, p *play) error {
		r, err := auth.NewRefresher(p.sdk(), p.Client().ID, func(o *auth.Options) { o.Now, o.RefreshBy = p.Clock().Now, p.client })
		if err != nil {
			t.Fatal(err)
		}
		p.refresher = r
		return refresh.do(ctx, t, p)
	}}
	revoke = doing(nil, func(ctx context.Context, p *play) error { return p.refresher.Revoke(ctx, p.tokens) })

	signOutByAdmin = doing(nil, func(ctx context.Context, p *play) error {
		return auth.AdminSignOutEverywhere(ctx, p.sdk(), p.ID(), username)
	})
	signOut = doing(auth.ErrToken, func(ctx context.Context, p *play) error { return p.refresher.SignOutEverywhere(ctx, p.tokens) })
)

// passkey registers one, by the SDK alone.
var passkey = deed{do: func(_ context.Context, t *testing.T, p *play) error {
	p.key = p.register(t, p.tokens)
	return nil
}}
