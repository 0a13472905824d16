package auth_test

import (
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// refresherOf returns a Refresher for the world's app client.
func (w world) refresher(t *testing.T, optFns ...func(*auth.Options)) *auth.Refresher {
	t.Helper()
	app := w.Client()
	r, err := auth.NewRefresher(w.SDK(), app.ID, append([]func(*auth.Options){func(o *auth.Options) {
		o.Now = w.Clock().Now
		if app.Secret != "" {
			auth.ClientSecret(app.Secret)(o)
		}
	}}, optFns...)...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// signedIn returns the tokens of a user without a second factor.
func (w world) signedIn(t *testing.T) *auth.Tokens {
	t.Helper()
	tokens, c, err := w.client.Begin(t.Context(), auth.SRP(username, password))
	if exactlyOne(t, tokens, c, err); tokens == nil {
		t.Fatal(c, err)
	}
	return tokens
}

func TestRevocation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{Client: cognitotest.ClientConfig{Secret: true}}, !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password})
	r := w.refresher(t)
	one, other := w.signedIn(t), w.signedIn(t)

	if err := r.Revoke(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	_, err := r.Refresh(t.Context(), one)
	wantReason(t, err, auth.ErrToken)
	wantReason(t, r.SignOutEverywhere(t.Context(), one), auth.ErrToken) // its access token is revoked with it
	if other, err = r.Refresh(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if err := r.SignOutEverywhere(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	_, err = r.Refresh(t.Context(), other)
	wantReason(t, err, auth.ErrToken)
	w.Clock().Advance(31 * 24 * time.Hour)
	_, err = r.Refresh(t.Context(), other)
	wantReason(t, err, auth.ErrToken)
}

// In a pool that tracks devices a refresh gives the device of the sign-in.
func TestRefreshFromADevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{Devices: cognitotest.DevicesAlways}, !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password})
	r, tokens := w.refresher(t), w.signedIn(t)
	for range 2 {
		next, err := r.Refresh(t.Context(), tokens)
		if err != nil {
			t.Fatal(err)
		}
		w.verified(t, next)
		tokens = next
	}
	if _, err := r.Refresh(t.Context(), auth.StoredTokens(tokens.Refresh(), tokens.DeviceKey())); err != nil {
		t.Error(err)
	}
	_, err := r.Refresh(t.Context(), auth.StoredTokens(tokens.Refresh(), ""))
	wantReason(t, err, auth.ErrToken)
}
