package auth_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
)

// campaignVariable is how many runs of each campaign there are:
//
//	COGNITOMFA_CAMPAIGN=10000 go test -count=1 -timeout 30m -run TestCampaign ./auth
const campaignVariable = "COGNITOMFA_CAMPAIGN"

// campaign runs something with one seed after the other, in parallel tests of a
// hundred. A failure names its seed, which does the same again but for the times
// at which the pool's replies arrive.
//
// A run reports whether there was in it what the campaign is about, and in a
// third of the runs there has to be.
func campaign(t *testing.T, usual int, run func(t *testing.T, seed uint64, rng *rand.Rand) bool) {
	t.Parallel()
	runs := usual
	if text := os.Getenv(campaignVariable); text != "" {
		var err error
		if runs, err = strconv.Atoi(text); err != nil || runs < 1 {
			t.Fatalf("%s is %q, want a number of runs", campaignVariable, text)
		}
	}
	var counted atomic.Int64
	t.Cleanup(func() {
		if n := counted.Load(); !t.Failed() && n < int64(runs)/3 {
			t.Errorf("%d of %d runs were about something", n, runs)
		}
	})
	const share = 100
	for first := 0; first < runs; first += share {
		t.Run(fmt.Sprint("from ", first), func(t *testing.T) {
			t.Parallel()
			for seed := first; seed < min(first+share, runs); seed++ {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					if run(t, uint64(seed), rand.New(rand.NewPCG(uint64(seed), 0))) {
						counted.Add(1)
					}
				})
			}
		})
	}
}

// campaignEffects are the faults of a campaign; the one that is left out ends no
// request.
var campaignEffects = []cognitotest.Effect{
	cognitotest.Throttled, cognitotest.LimitExceeded, cognitotest.InternalError, cognitotest.InternalErrorAfter,
	cognitotest.CutBefore, cognitotest.CutAfter, cognitotest.Unreadable, cognitotest.SessionExpired,
}

// plant lets one to three faults lie in wait for the requests of a flow.
func (p *play) plant(rng *rand.Rand, operations []string) (remove func() (struck bool)) {
	var planted []*cognitotest.Planted
	for range 1 + rng.IntN(3) {
		operation := "" // any
		if rng.IntN(3) == 0 {
			operation = operations[rng.IntN(len(operations))]
		}
		planted = append(planted, p.Plant(cognitotest.Fault{
			Operation: operation, Skip: rng.IntN(3), Times: 1 + rng.IntN(3),
			Probability: 0.2 + 0.8*rng.Float64(), Seed: rng.Uint64(), Effect: campaignEffects[rng.IntN(len(campaignEffects))],
		}))
	}
	return func() (struck bool) {
		for _, fault := range planted {
			fault.Remove()
			struck = struck || fault.Struck() > 0
		}
		return struck
	}
}

var flowNames = slices.Sorted(maps.Keys(flowsUnderFault))

// Any flow, with up to three faults in any of its requests: an error has its
// class; no function of this package has an answer applied twice; and who goes on
// gets to the end when the faults are over.
func TestCampaignOfFaults(t *testing.T) {
	campaign(t, 150, func(t *testing.T, seed uint64, rng *rand.Rand) bool {
		name := flowNames[rng.IntN(len(flowNames))]
		f := flowsUnderFault[name]
		asAdmin := f.ways()[rng.IntN(len(f.ways()))]
		p := f.start(t, asAdmin)
		remove := p.plant(rng, operationsOfFlows)
		for try := range 10 {
			if try == 4 {
				remove()
			}
			err := p.run(t.Context(), t)
			p.appliedOnce(t)
			if err == nil {
				return remove()
			}
			failure, before := classed(t, err), p.password
			if p.heed(failure); p.password != before {
				p.proposed = before // if that one is wrong, the other is right
			}
			p.Clock().Advance(time.Second)
		}
		t.Errorf("seed %d, %s, by Admin %v: no end", seed, name, asAdmin)
		return false
	})
}

// operationsOfFlows are what the flows call.
var operationsOfFlows = append([]string{
	"InitiateAuth", "AdminInitiateAuth", "ConfirmDevice", "UpdateDeviceStatus", "GetTokensFromRefreshToken", "RevokeToken",
}, spending...)

// classed is an error with one class, and no other.
func classed(t *testing.T, err error) *auth.Error {
	t.Helper()
	var e *auth.Error
	if !errors.As(err, &e) {
		t.Fatalf("the error is a %T: %v", err, err)
	}
	return wantReason(t, err, e.Reason)
}

// appliedOnce checks that no call of this package had Cognito apply two answers
// to the same question. Begin may begin again, without a device that is gone.
func (p *play) appliedOnce(t *testing.T) {
	t.Helper()
	calls := p.Calls()
	for i, turn := range p.turns {
		end := len(calls)
		if i+1 < len(p.turns) {
			end = p.turns[i+1].calls
		}
		applied := make(map[[2]string]int)
		for _, c := range calls[turn.calls:end] {
			if c.Handled && c.Code == "" && slices.Contains(spending, c.Operation) {
				applied[[2]string{c.Operation, c.Step}]++
			}
		}
		for call, n := range applied {
			if n > 1 && (turn.answers || !turn.signIn) {
				t.Errorf("%v was applied %d times", call, n)
			}
		}
	}
}

// Who gives a wrong answer to each question that has one gets no tokens, whatever
// goes wrong on the way.
func TestCampaignOfLiars(t *testing.T) {
	campaign(t, 100, func(t *testing.T, seed uint64, rng *rand.Rand) bool {
		name := flowNames[rng.IntN(len(flowNames))]
		f := flowsUnderFault[name]
		if f.deeds != nil || f.once {
			return false
		}
		asAdmin := f.ways()[rng.IntN(len(f.ways()))]
		p := f.start(t, asAdmin)
		remove := p.plant(rng, operationsOfFlows)
		defer remove()
		ever := false
		for range 4 {
			tokens, lied := p.lie(t.Context(), t)
			if tokens != nil && lied {
				t.Fatalf("seed %d, %s, by Admin %v: tokens for a wrong factor", seed, name, asAdmin)
			}
			ever = ever || lied
		}
		return ever
	})
}

// lie signs in with a wrong answer to every question that has one.
func (p *play) lie(ctx context.Context, t *testing.T) (tokens *auth.Tokens, lied bool) {
	t.Helper()
	tokens, next, err := p.client.Begin(ctx, p.first(p), with1(p.device))
	for range 8 {
		exactlyOne(t, tokens, next, err)
		if err != nil {
			if next = classed(t, err).Challenge; next == nil {
				return nil, lied
			}
		}
		if tokens != nil {
			return tokens, lied
		}
		var answer challenge.Answer
		if wrong := showings[reflect.TypeOf(next).Elem().Name()].wrong; wrong != nil {
			lied, answer = true, wrong(p, t, next)
		} else {
			answer = p.solve(t, next)
		}
		tokens, next, err = p.client.Respond(ctx, answer, with1(p.device))
	}
	return nil, lied
}

// Tokens are refreshed and rotated again and again, and requests and the store
// fail: what reached the program is never lost. What Tokens gives is what the
// store has, and when the faults are over there are tokens.
func TestCampaignOfRotation(t *testing.T) {
	campaign(t, 60, func(t *testing.T, seed uint64, rng *rand.Rand) (struck bool) {
		p := &play{world: rotatingWorld(t, true, time.Minute, false)}
		var disk string
		broken := false
		k := p.keptBy(t, p.signedIn(t), func(_ context.Context, tokens *auth.Tokens) error {
			if broken {
				return errors.New("the disk is full")
			}
			disk = tokens.Refresh()
			return nil
		})
		for round := range 4 {
			p.Clock().Advance(time.Hour)
			remove := p.plant(rng, []string{"GetTokensFromRefreshToken"})
			broken = rng.IntN(3) == 0
			for range 3 {
				tokens, err := k.Tokens(t.Context())
				var unsaved *auth.StoreError
				switch {
				case err == nil && tokens.Refresh() != disk:
					t.Fatalf("seed %d, round %d: the tokens in use are not those in the store", seed, round)
				case errors.As(err, &unsaved):
					if unsaved.Tokens.Refresh() == disk {
						t.Errorf("seed %d, round %d: a StoreError holds what is stored", seed, round)
					}
				case err != nil:
					classed(t, err)
				}
			}
			struck = remove() || struck
			broken = false
			tokens, err := k.Tokens(t.Context())
			if err != nil || tokens.Refresh() != disk {
				t.Fatalf("seed %d, round %d: the faults are over, and the tokens are lost: %v", seed, round, err)
			}
		}
		return struck
	})
}
