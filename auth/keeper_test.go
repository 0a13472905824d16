package auth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
)

// rotating is a TokenAPI that rotates: each refresh token works once, and gives
// the next.
type rotating struct {
	auth.TokenAPI
	mu       sync.Mutex
	calls    int
	current  string
	issued   []string
	fail     func(call int) error // before the change, if not nil
	lose     func(call int) bool  // the reply, after the change
	noRotate bool
	gate     chan struct{} // if not nil, each call waits for it
	last     *cip.GetTokensFromRefreshTokenInput
}

func (r *rotating) GetTokensFromRefreshToken(_ context.Context, in *cip.GetTokensFromRefreshTokenInput, _ ...func(*cip.Options)) (*cip.GetTokensFromRefreshTokenOutput, error) {
	if r.gate != nil {
		<-r.gate
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	r.last = in
	if r.fail != nil {
		if err := r.fail(r.calls); err != nil {
			return nil, err
		}
	}
	// Within the grace period the token before the current one works too.
	grace := len(r.issued) > 1 && *in.RefreshToken == r.issued[len(r.issued)-2]
	if *in.RefreshToken != r.current && !grace {
		return nil, &types.RefreshTokenReuseException{}
	}
	result := &types.AuthenticationResultType{
		AccessToken: aws.String(fmt.Sprint("access ", r.calls)), IdToken: aws.String("id"), ExpiresIn: 300,
	}
	if !r.noRotate {
		r.current = fmt.Sprint("refresh ", r.calls)
		r.issued = append(r.issued, r.current)
		result.RefreshToken = &r.current
	}
	if r.lose != nil && r.lose(r.calls) {
		return nil, io.ErrUnexpectedEOF
	}
	return &cip.GetTokensFromRefreshTokenOutput{AuthenticationResult: result}, nil
}

func newRotating() *rotating { return &rotating{current: "refresh 0", issued: []string{"refresh 0"}} }

// clock is a clock that tests set.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func newKeeper(t *testing.T, api auth.TokenAPI, store func(context.Context, *auth.Tokens) error) (*auth.Keeper, *clock) {
	t.Helper()
	c := &clock{t: time.Unix(1_900_000_000, 0)}
	r, err := auth.NewRefresher(api, testClient, auth.ClientSecret("client-secret"), func(o *auth.Options) { o.Now = c.now })
	if err != nil {
		t.Fatal(err)
	}
	k, err := auth.NewKeeper(r, auth.StoredTokens("refresh 0", "device"), func(o *auth.KeeperOptions) { o.Store = store })
	if err != nil {
		t.Fatal(err)
	}
	return k, c
}

// A thousand callers at the moment of expiry make one call, and the store saw
// the tokens before any of them.
func TestKeeperIsSingleFlight(t *testing.T) {
	t.Parallel()
	const callers = 1000
	api := newRotating()
	api.gate = make(chan struct{})
	var mu sync.Mutex
	var stored []string
	k, c := newKeeper(t, api, func(_ context.Context, tokens *auth.Tokens) error {
		mu.Lock()
		defer mu.Unlock()
		stored = append(stored, tokens.Refresh())
		return nil
	})
	for round := 1; round <= 3; round++ {
		var wg, ready sync.WaitGroup
		ready.Add(callers)
		for range callers {
			wg.Go(func() {
				ready.Done()
				tokens, err := k.Tokens(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if len(stored) != round || stored[round-1] != tokens.Refresh() {
					t.Errorf("round %d: %q is in hand, and the store saw %q", round, tokens.Refresh(), stored)
				}
			})
		}
		ready.Wait()
		api.gate <- struct{}{}
		wg.Wait()
		if api.calls != round {
			t.Fatalf("round %d: %d calls", round, api.calls)
		}
		c.advance(5 * time.Minute)
	}
	if in := api.last; aws.ToString(in.ClientSecret) != "client-secret" || aws.ToString(in.DeviceKey) != "device" || *in.ClientId != testClient {
		t.Error("the call lacks the secret, the device or the client")
	}
}

// Faults of every kind at every place: no refresh token that reached the process
// is lost, and the store saw each before anybody got it.
func TestKeeperLosesNothing(t *testing.T) {
	t.Parallel()
	for seed := range 200 {
		api := newRotating()
		var known []string // every refresh token that reached the process, by the store
		down := false
		store := func(_ context.Context, tokens *auth.Tokens) error {
			known = append(known, tokens.Refresh())
			if down {
				return errors.New("store is down")
			}
			return nil
		}
		n := 0
		random := func(of int) bool { n++; return (seed*31+n*17)%of == 0 }
		api.fail = func(int) error {
			if random(5) {
				return &types.TooManyRequestsException{}
			}
			return nil
		}
		api.lose = func(int) bool { return random(7) }
		k, c := newKeeper(t, api, store)
		for range 30 {
			down = random(3)
			tokens, err := k.Tokens(t.Context())
			var unsaved *auth.StoreError
			switch {
			case errors.As(err, &unsaved):
				tokens = unsaved.Tokens
				if !down {
					t.Fatalf("seed %d: %v", seed, err)
				}
			case errors.Is(err, auth.ErrTokenReused):
				t.Fatalf("seed %d: a token was lost: %v", seed, err)
			case err != nil:
				continue
			}
			if known[len(known)-1] != tokens.Refresh() {
				t.Fatalf("seed %d: %q is in hand, and the store saw %q", seed, tokens.Refresh(), known)
			}
			if random(2) {
				c.advance(5 * time.Minute)
			}
		}
	}
}

func TestKeeperKeepsWhatIsValid(t *testing.T) {
	t.Parallel()
	api := newRotating()
	k, c := newKeeper(t, api, nil)
	first, err := k.Tokens(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := k.Tokens(t.Context()); again != first || err != nil || api.calls != 1 {
		t.Errorf("%v after %d calls", err, api.calls)
	}
	// In the last minute it refreshes, and a passing failure does not matter.
	c.advance(4*time.Minute + time.Second)
	api.fail = func(int) error { return &types.TooManyRequestsException{} }
	if again, err := k.Tokens(t.Context()); again != first || err != nil {
		t.Errorf("valid tokens, passing failure: %v", err)
	}
	// After it, it does.
	c.advance(time.Minute)
	_, err = k.Tokens(t.Context())
	wantReason(t, err, auth.ErrBackOff)
	// A revoked token is revoked, valid access token or not.
	api.fail = func(int) error { return &types.NotAuthorizedException{Message: aws.String("Invalid Refresh Token")} }
	_, err = k.Tokens(t.Context())
	wantReason(t, err, auth.ErrToken)
	api.fail = nil
	if next, err := k.Tokens(t.Context()); err != nil || next.Refresh() == first.Refresh() {
		t.Errorf("%v", err)
	}
}

// A caller that leaves takes nothing with it.
func TestKeeperOutlivesItsCaller(t *testing.T) {
	t.Parallel()
	api := newRotating()
	api.gate = make(chan struct{})
	stored := make(chan string, 1)
	k, _ := newKeeper(t, api, func(_ context.Context, tokens *auth.Tokens) error { stored <- tokens.Refresh(); return nil })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.Tokens(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	api.gate <- struct{}{}
	want := <-stored
	if tokens, err := k.Tokens(t.Context()); err != nil || tokens.Refresh() != want || api.calls != 1 {
		t.Errorf("%v after %d calls", err, api.calls)
	}
}

func TestKeeperStoreFails(t *testing.T) {
	t.Parallel()
	api := newRotating()
	cause := errors.New("store is down")
	down, tries := true, 0
	k, _ := newKeeper(t, api, func(context.Context, *auth.Tokens) error {
		if tries++; down {
			return cause
		}
		return nil
	})
	for range 2 {
		tokens, err := k.Tokens(t.Context())
		var unsaved *auth.StoreError
		if tokens != nil || !errors.As(err, &unsaved) || !errors.Is(err, cause) || unsaved.Tokens.Refresh() != "refresh 1" {
			t.Errorf("%v, %v", tokens, err)
		}
		redacttest.Check(t, err, "refresh 1")
		redacttest.Check(t, k, "refresh 1")
	}
	down = false
	tokens, err := k.Tokens(t.Context())
	if err != nil || tokens.Refresh() != "refresh 1" || api.calls != 1 || tries != 3 {
		t.Errorf("%v after %d calls and %d tries at storing", err, api.calls, tries)
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	api := newRotating()
	r, err := auth.NewRefresher(api, testClient)
	if err != nil {
		t.Fatal(err)
	}
	// The reply is lost: once more.
	api.lose = func(call int) bool { return call == 1 }
	tokens, err := r.Refresh(t.Context(), auth.StoredTokens("refresh 0", ""))
	if err != nil || api.calls != 2 || tokens.Refresh() != "refresh 2" {
		t.Errorf("%v after %d calls", err, api.calls)
	}
	// Twice lost is lost.
	api.lose = func(int) bool { return true }
	_, err = r.Refresh(t.Context(), tokens)
	wantReason(t, err, auth.ErrOutcomeUnknown)
	if api.calls != 4 {
		t.Errorf("%d calls", api.calls)
	}
	api.lose = nil
	_, err = r.Refresh(t.Context(), auth.StoredTokens("refresh 0", ""))
	wantReason(t, err, auth.ErrTokenReused)
	// Without rotation the token stays.
	still := &rotating{current: "kept", issued: []string{"kept"}, noRotate: true}
	if r, err = auth.NewRefresher(still, testClient); err != nil {
		t.Fatal(err)
	}
	if tokens, err = r.Refresh(t.Context(), auth.StoredTokens("kept", "")); err != nil || tokens.Refresh() != "kept" {
		t.Errorf("%v", err)
	}
	_, err = r.Refresh(t.Context(), auth.StoredTokens("", ""))
	wantReason(t, err, auth.ErrToken)
	_, err = r.Refresh(t.Context(), nil)
	wantReason(t, err, auth.ErrToken)
	wantReason(t, r.Revoke(t.Context(), nil), auth.ErrToken)
	_, err = new(auth.Refresher).Refresh(t.Context(), tokens)
	wantReason(t, err, auth.ErrConfig)
	wantReason(t, new(auth.Refresher).SignOutEverywhere(t.Context(), tokens), auth.ErrConfig)
}

func TestNewRefresherAndKeeperRefuse(t *testing.T) {
	t.Parallel()
	_, err := auth.NewRefresher(nil, testClient)
	wantReason(t, err, auth.ErrConfig)
	_, err = auth.NewRefresher(newRotating(), "")
	wantReason(t, err, auth.ErrConfig)
	r, err := auth.NewRefresher(newRotating(), testClient)
	if err != nil {
		t.Fatal(err)
	}
	_, err = auth.NewKeeper(nil, auth.StoredTokens("x", ""))
	wantReason(t, err, auth.ErrConfig)
	_, err = auth.NewKeeper(r, nil)
	wantReason(t, err, auth.ErrConfig)
}

func TestTokenSource(t *testing.T) {
	t.Parallel()
	k, _ := newKeeper(t, newRotating(), nil)
	token, err := k.TokenSource(t.Context()).Token()
	if err != nil || token.AccessToken != "access 1" || token.Extra("id_token") != "id" || token.Type() != "Bearer" || token.Expiry.IsZero() {
		t.Errorf("%v", err)
	}
	api := newRotating()
	api.fail = func(int) error { return &types.NotAuthorizedException{} }
	k, _ = newKeeper(t, api, nil)
	if token, err := k.TokenSource(t.Context()).Token(); token != nil || !errors.Is(err, auth.ErrToken) {
		t.Errorf("%v", err)
	}
}
