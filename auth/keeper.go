package auth

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// A Keeper holds the tokens of one user and keeps them fresh: whoever asks gets
// tokens that are valid for a while yet. However many ask at once, it refreshes
// once. It is safe for concurrent use.
//
// It works within one process. Where several processes hold the same refresh
// token and the app client rotates, give the app client a grace period, within
// which the old token still works. The same grace period saves a sign-in whose
// program ended between Cognito's reply and the store, if the program is back
// in time.
type Keeper struct {
	refresher *Refresher
	store     func(context.Context, *Tokens) error
	early     time.Duration

	mu      sync.Mutex
	tokens  *Tokens
	unsaved bool     // the store has not taken tokens yet
	flight  *renewal // what is under way; nil if nothing is
}

// KeeperOptions are what [NewKeeper] takes beside its arguments.
type KeeperOptions struct {
	// Store is called with each new set of tokens before anybody gets them, so
	// that a rotated refresh token is never only in memory. If it fails, it is
	// called again at the next use. Its context ends after half a minute; it must
	// not ask the Keeper for tokens, which wait for it. Default: nothing is
	// stored.
	Store func(context.Context, *Tokens) error
	// Early is how long before their expiry tokens are refreshed. Default: one
	// minute.
	Early time.Duration
}

const (
	defaultEarly = time.Minute
	// renewalTimeout bounds a refresh and the storing of what it gave, which goes
	// on when those who wait for it have left: a rotated token that is on its way must not be lost.
	renewalTimeout = 30 * time.Second
)

// NewKeeper returns a Keeper of a user's tokens, which may be [StoredTokens]. It
// makes no call. The error matches [ErrConfig]: a nil Refresher, or no tokens.
func NewKeeper(r *Refresher, t *Tokens, optFns ...func(*KeeperOptions)) (*Keeper, error) {
	o := KeeperOptions{Early: defaultEarly}
	for _, fn := range optFns {
		fn(&o)
	}
	if o.Store == nil {
		o.Store = func(context.Context, *Tokens) error { return nil }
	}
	switch {
	case r == nil || r.now == nil:
		return nil, misconfigured("NewKeeper", "there is no Refresher", nil)
	case t == nil:
		return nil, misconfigured("NewKeeper", "there are no tokens", nil)
	}
	return &Keeper{refresher: r, store: o.Store, early: o.Early, tokens: t}, nil
}

// A StoreError says that new tokens could not be stored. They are in it, and in
// the Keeper: they can be used, but a rotated refresh token is lost if the
// process ends now.
type StoreError struct {
	Tokens *Tokens // the tokens that are not stored
	Err    error   // what Store returned
}

// Error does not quote Store's error.
func (e *StoreError) Error() string { return "auth: the new tokens could not be stored" }

// Unwrap returns Store's error.
func (e *StoreError) Unwrap() error { return e.Err }

// A renewal is a refresh, or a new try at storing, for which callers wait.
type renewal struct {
	done chan struct{}
	err  error
}

// Tokens returns tokens that are valid for a while yet, after a refresh if need
// be. The error is [Refresher.Refresh]'s, [StoreError], or the context's if it
// ends first; the refresh then goes on without this caller. While the present
// tokens are valid, a refresh that fails for the moment (ErrBackOff,
// ErrOutcomeUnknown) is no error: the next caller tries again.
func (k *Keeper) Tokens(ctx context.Context) (*Tokens, error) {
	k.mu.Lock()
	if k.flight == nil {
		if !k.unsaved && k.fresh(k.early) {
			defer k.mu.Unlock()
			return k.tokens, nil
		}
		k.flight = &renewal{done: make(chan struct{})}
		go k.renew(context.WithoutCancel(ctx), k.flight)
	}
	flight := k.flight
	k.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-flight.done:
		return k.after(flight)
	}
}

// after returns what a renewal means for those who waited for it.
func (k *Keeper) after(flight *renewal) (*Tokens, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	passing := errors.Is(flight.err, ErrBackOff) || errors.Is(flight.err, ErrOutcomeUnknown)
	if flight.err == nil || passing && k.fresh(0) {
		return k.tokens, nil
	}
	return nil, flight.err
}

// fresh reports whether the tokens are valid for longer than d. It is called
// with the lock held.
func (k *Keeper) fresh(d time.Duration) bool {
	return k.tokens.Access() != "" && k.refresher.now().Add(d).Before(k.tokens.Expires())
}

// renew refreshes the tokens if they need it, and stores them.
func (k *Keeper) renew(ctx context.Context, flight *renewal) {
	ctx, cancel := context.WithTimeout(ctx, renewalTimeout)
	defer cancel()
	k.mu.Lock()
	current, refresh := k.tokens, !k.fresh(k.early)
	k.mu.Unlock()
	if refresh {
		next, err := k.refresher.Refresh(ctx, current)
		if err != nil {
			k.land(flight, current, false, err)
			return
		}
		current = next
	}
	if err := k.store(ctx, current); err != nil {
		k.land(flight, current, true, &StoreError{Tokens: current, Err: err})
		return
	}
	k.land(flight, current, false, nil)
}

// land ends a renewal.
func (k *Keeper) land(flight *renewal, t *Tokens, unsaved bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err == nil || unsaved {
		k.tokens, k.unsaved = t, unsaved
	}
	flight.err = err
	k.flight = nil
	close(flight.done)
}

// TokenSource adapts the Keeper to package oauth2: an access token as Bearer,
// with the id token as Extra("id_token"). Note that oauth2.Token prints its
// secrets.
func (k *Keeper) TokenSource(ctx context.Context) oauth2.TokenSource { return tokenSource{ctx, k} }

// tokenSource has a context because oauth2's interface has none to pass.
type tokenSource struct {
	ctx    context.Context
	keeper *Keeper
}

// Token implements [oauth2.TokenSource].
func (s tokenSource) Token() (*oauth2.Token, error) {
	t, err := s.keeper.Tokens(s.ctx)
	if err != nil {
		return nil, err
	}
	token := &oauth2.Token{AccessToken: t.Access(), TokenType: "Bearer", RefreshToken: t.Refresh(), Expiry: t.Expires()}
	return token.WithExtra(map[string]any{"id_token": t.ID()}), nil
}
