package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cognitomfa/cognitomfa/srp"
	"github.com/cognitomfa/cognitomfa/totp"
)

// A reply has what the sign-ins here need of the service's.
type reply struct {
	ChallengeName        string
	ChallengeParameters  map[string]string
	Session              string
	AuthenticationResult *struct{ AccessToken, IdToken, RefreshToken string }
}

func (r reply) check() error {
	if a := r.AuthenticationResult; a == nil || a.AccessToken == "" || a.IdToken == "" || a.RefreshToken == "" {
		return fmt.Errorf("no tokens, but %q", r.ChallengeName)
	}
	return nil
}

func byPassword(ctx context.Context, t target, username string) error {
	var r reply
	err := call(ctx, t, "InitiateAuth", map[string]any{
		"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": t.ClientID,
		"AuthParameters": map[string]string{"USERNAME": username, "PASSWORD": password},
	}, &r)
	if err != nil {
		return err
	}
	return r.check()
}

// prove signs in by SRP, as far as the proof of the password goes.
func prove(ctx context.Context, t target, username string) (r reply, err error) {
	pool, err := srp.PoolName(t.PoolID)
	if err != nil {
		return r, err
	}
	h := srp.New()
	if err := call(ctx, t, "InitiateAuth", map[string]any{
		"AuthFlow": "USER_SRP_AUTH", "ClientId": t.ClientID,
		"AuthParameters": map[string]string{"USERNAME": username, "SRP_A": h.A()},
	}, &r); err != nil {
		return r, err
	}
	p := r.ChallengeParameters
	proof, err := h.Prove(pool, password, srp.Challenge{
		UserID: p["USER_ID_FOR_SRP"], Salt: p["SALT"], B: p["SRP_B"], SecretBlock: p["SECRET_BLOCK"],
	}, time.Now())
	if err != nil {
		return r, err
	}
	err = respond(ctx, t, "PASSWORD_VERIFIER", &r, map[string]string{
		"USERNAME": username, "PASSWORD_CLAIM_SECRET_BLOCK": p["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE": proof.Signature, "TIMESTAMP": proof.Timestamp,
	})
	return r, err
}

func bySRP(ctx context.Context, t target, username string) error {
	r, err := prove(ctx, t, username)
	if err != nil {
		return err
	}
	return r.check()
}

// bySRPAndTOTP signs in with a proof of the password and a code.
func bySRPAndTOTP(ctx context.Context, t target, u enrolled, code string) error {
	r, err := prove(ctx, t, u.name)
	if err != nil {
		return err
	}
	if err := respond(ctx, t, "SOFTWARE_TOKEN_MFA", &r, map[string]string{
		"USERNAME": u.name, "SOFTWARE_TOKEN_MFA_CODE": code,
	}); err != nil {
		return err
	}
	return r.check()
}

func respond(ctx context.Context, t target, challenge string, r *reply, responses map[string]string) error {
	input := map[string]any{"ChallengeName": challenge, "ClientId": t.ClientID, "ChallengeResponses": responses}
	if r.Session != "" {
		input["Session"] = r.Session
	}
	*r = reply{}
	return call(ctx, t, "RespondToAuthChallenge", input, r)
}

// signInsByPassword has workers sign in for a while, and returns how many sign-ins
// a second there were, and how many in all: one of each worker at least.
func signInsByPassword(ctx context.Context, t target, workers int, d time.Duration) (float64, int, error) {
	begin := time.Now()
	return work(workers, func(worker, i int) (bool, error) {
		if i > 0 && time.Since(begin) >= d {
			return false, nil
		}
		return true, byPassword(ctx, t, passwordUser((worker+i)%10))
	})
}

// signInsWithTOTP has workers sign each user in twice: with the code of the period
// in which it begins, and then with the next, because a code is good for one
// sign-in. The pool takes both for half a minute at least.
func signInsWithTOTP(ctx context.Context, t target, users []enrolled, workers int) (float64, int, error) {
	begin := time.Now()
	var next atomic.Int64
	return work(workers, func(int, int) (bool, error) {
		n := int(next.Add(1)) - 1
		if n >= 2*len(users) {
			return false, nil
		}
		round, u := n/len(users), users[n%len(users)]
		code, err := totp.Code(u.secret, begin.Add(time.Duration(round)*30*time.Second))
		if err != nil {
			return false, err
		}
		return true, bySRPAndTOTP(ctx, t, u, code)
	})
}

// work calls do in each worker, with the worker's number and a count, until it
// says that there is no more, and returns the rate and the number of what it did.
func work(workers int, do func(worker, i int) (bool, error)) (float64, int, error) {
	var group sync.WaitGroup
	var count atomic.Int64
	errs := make([]error, workers)
	begin := time.Now()
	for w := range workers {
		group.Go(func() {
			for i := 0; ; i++ {
				more, err := do(w, i)
				if err != nil || !more {
					errs[w] = err
					return
				}
				count.Add(1)
			}
		})
	}
	group.Wait()
	n := int(count.Load())
	return float64(n) / time.Since(begin).Seconds(), n, errors.Join(errs...)
}

// A crowd is a pool and how many users it has.
type crowd struct {
	target
	users int
}

// medians are those of so many sign-ins to each pool, one after the other and by
// turns, so that what else the machine does falls on all pools. Each is of a user
// drawn from the whole pool, whom in a large one it finds as nobody has left it.
func medians(ctx context.Context, rounds int, signIn func(context.Context, target, string) error, pools ...crowd) ([]time.Duration, error) {
	took := make([][]time.Duration, len(pools))
	for range rounds {
		for i, p := range pools {
			begin := time.Now()
			if err := signIn(ctx, p.target, passwordUser(rand.IntN(p.users))); err != nil {
				return nil, err
			}
			took[i] = append(took[i], time.Since(begin))
		}
	}
	var middle []time.Duration
	for _, all := range took {
		slices.Sort(all)
		middle = append(middle, all[len(all)/2])
	}
	return middle, nil
}
