package auth_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// keptBy returns a Keeper of tokens of the world's user, whose requests are sent
// once, so that a test says what happens to each.
func (w world) keptBy(t *testing.T, tokens *auth.Tokens, store func(context.Context, *auth.Tokens) error) *auth.Keeper {
	t.Helper()
	r, err := auth.NewRefresher(w.SDK(func(o *cip.Options) { o.Retryer = aws.NopRetryer{} }), w.Client().ID, func(o *auth.Options) {
		o.Now = w.Clock().Now
		o.RotationGrace = time.Minute
	})
	if err != nil {
		t.Fatal(err)
	}
	k, err := auth.NewKeeper(r, tokens, func(o *auth.KeeperOptions) { o.Store = store })
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// A thousand callers at the moment of expiry, some of whom leave: the pool counts
// one refresh, and whoever stayed has what the store has.
func TestKeeperAtThePool(t *testing.T) {
	t.Parallel()
	const callers, leaving = 1000, 100
	w := rotatingWorld(t, true, 0, false)
	var mu sync.Mutex
	var disk string
	k := w.keptBy(t, w.signedIn(t), func(_ context.Context, tokens *auth.Tokens) error {
		mu.Lock()
		defer mu.Unlock()
		disk = tokens.Refresh()
		return nil
	})
	for round := range 3 {
		w.Clock().Advance(time.Hour)
		gate := make(chan struct{})
		held := w.Plant(cognitotest.Fault{
			Operation: "GetTokensFromRefreshToken", Effect: cognitotest.Delayed, Hold: func(context.Context) { <-gate },
		})
		before := len(w.Calls())
		gone, leave := context.WithCancel(t.Context())
		var left, stayed sync.WaitGroup
		for i := range callers {
			if i < leaving {
				left.Go(func() {
					if _, err := k.Tokens(gone); !errors.Is(err, context.Canceled) {
						t.Errorf("who left got %v", err)
					}
				})
				continue
			}
			stayed.Go(func() {
				tokens, err := k.Tokens(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if tokens.Refresh() != disk {
					t.Error("the store has not seen what is in hand")
				}
			})
		}
		leave()
		left.Wait() // at once: the pool has not answered
		close(gate)
		stayed.Wait()
		if calls := w.calls(before); len(calls) != 1 || held.Struck() != 1 {
			t.Fatalf("round %d: %v", round, calls)
		}
	}
}

// A program that is killed anywhere between reply, store and use, while replies
// are lost, the pool is down and the store fails: the next one finds on the disk
// what refreshes. It is the grace period that makes this so for what did not
// get to the disk, and the order of store and use for what did.
func TestKeeperIsKilled(t *testing.T) {
	t.Parallel()
	effects := []cognitotest.Effect{
		cognitotest.Throttled, cognitotest.InternalError, cognitotest.CutBefore,
		cognitotest.CutAfter, cognitotest.InternalErrorAfter, cognitotest.Unreadable,
	}
	happened := make(map[string]int)
	for seed := range uint64(8) {
		chance := rand.New(rand.NewPCG(seed, 1))
		w := rotatingWorld(t, true, time.Minute, false)
		first := w.signedIn(t)
		disk := first.Refresh() // what survives the program
		killed := false         // the program of this moment has ended
		down, killAt := false, ""
		store := func(_ context.Context, tokens *auth.Tokens) error {
			switch {
			case killAt == "before the store":
				killed = true
				return errors.New("nobody is there to see this")
			case down:
				return errors.New("the store is down")
			}
			disk = tokens.Refresh()
			killed = killAt == "after the store"
			return nil
		}
		k := w.keptBy(t, auth.StoredTokens(disk, ""), store)
		for step := range 40 {
			var fault *cognitotest.Planted
			if chance.IntN(2) == 0 {
				effect := effects[chance.IntN(len(effects))]
				fault = w.Plant(cognitotest.Fault{Operation: "GetTokensFromRefreshToken", Effect: effect, Times: 1 + chance.IntN(2)})
				happened[string(effect)]++
			}
			down = chance.IntN(4) == 0
			killAt = []string{"", "", "before the store", "after the store"}[chance.IntN(4)]
			tokens, err := k.Tokens(t.Context())
			if fault != nil {
				fault.Remove()
			}
			if killed {
				// Whatever it got, it did nothing with it.
				happened[killAt]++
				killed, killAt = false, ""
				k = w.keptBy(t, auth.StoredTokens(disk, ""), store)
				continue
			}
			var unsaved *auth.StoreError
			switch {
			case err == nil:
				if tokens.Refresh() != disk {
					t.Fatalf("seed %d, step %d: in use before it was stored", seed, step)
				}
				happened["success"]++
				w.Clock().Advance(time.Hour) // and no replaced token works any more
			case errors.As(err, &unsaved):
				if !down || unsaved.Tokens.Refresh() == disk {
					t.Fatalf("seed %d, step %d: %v", seed, step, err)
				}
				happened["unsaved"]++
			case errors.Is(err, auth.ErrBackOff), errors.Is(err, auth.ErrOutcomeUnknown):
				happened["passing"]++
			default:
				t.Fatalf("seed %d, step %d: a token is lost: %v", seed, step, err)
			}
		}
	}
	t.Log(happened)
	for _, what := range append([]string{"success", "unsaved", "passing", "before the store", "after the store"}, texts(effects)...) {
		if happened[what] == 0 {
			t.Errorf("%s never happened", what)
		}
	}
}

func texts[S ~string](list []S) []string {
	var all []string
	for _, s := range list {
		all = append(all, fmt.Sprint(s))
	}
	return all
}

// What the Keeper makes of each end of a refresh token: an error for all who
// wait, once the tokens in hand are no longer good.
func TestKeeperAtTheEnd(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		end  func(t *testing.T, w world, tokens *auth.Tokens) error
		want error
	}{
		"signed out": {func(t *testing.T, w world, tokens *auth.Tokens) error {
			return w.refresher(t).SignOutEverywhere(t.Context(), tokens)
		}, auth.ErrToken},
		"revoked": {func(t *testing.T, w world, tokens *auth.Tokens) error {
			return w.refresher(t).Revoke(t.Context(), tokens)
		}, auth.ErrToken},
		"used by another": {func(t *testing.T, w world, tokens *auth.Tokens) error {
			_, err := w.refresher(t).Refresh(t.Context(), tokens)
			w.Clock().Advance(time.Minute)
			return err
		}, auth.ErrTokenReused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := rotatingWorld(t, true, time.Minute, false)
			tokens := w.signedIn(t)
			k := w.keptBy(t, tokens, nil)
			if err := tt.end(t, w, tokens); err != nil {
				t.Fatal(err)
			}
			w.Clock().Advance(time.Hour)
			_, err := k.Tokens(t.Context())
			wantReason(t, err, tt.want)
			_, err = k.TokenSource(t.Context()).Token()
			wantReason(t, err, tt.want)
		})
	}
}
