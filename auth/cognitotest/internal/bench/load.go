package main

import (
	"context"
	"errors"
	"fmt"
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

// bySRP signs in with a proof of the password and a code.
func bySRP(ctx context.Context, t target, u enrolled, code string) error {
	pool, err := srp.PoolName(t.PoolID)
	if err != nil {
		return err
	}
	h := srp.New()
	var r reply
	if err := call(ctx, t, "InitiateAuth", map[string]any{
		"AuthFlow": "USER_SRP_AUTH", "ClientId": t.ClientID,
		"AuthParameters": map[string]string{"USERNAME": u.name, "SRP_A": h.A()},
	}, &r); err != nil {
		return err
	}
	p := r.ChallengeParameters
	proof, err := h.Prove(pool, password, srp.Challenge{
		UserID: p["USER_ID_FOR_SRP"], Salt: p["SALT"], B: p["SRP_B"], SecretBlock: p["SECRET_BLOCK"],
	}, time.Now())
	if err != nil {
		return err
	}
	if err := respond(ctx, t, "PASSWORD_VERIFIER", &r, map[string]string{
		"USERNAME": u.name, "PASSWORD_CLAIM_SECRET_BLOCK": p["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE": proof.Signature, "TIMESTAMP": proof.Timestamp,
	}); err != nil {
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
// a second there were, and how many in all.
func signInsByPassword(ctx context.Context, t target, workers int, d time.Duration) (float64, int, error) {
	begin := time.Now()
	return work(workers, func(worker, i int) (bool, error) {
		if time.Since(begin) >= d {
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
		return true, bySRP(ctx, t, u, code)
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

// medianSignIn is the median of a hundred sign-ins by password, one after the
// other.
func medianSignIn(ctx context.Context, t target) (time.Duration, error) {
	var took []time.Duration
	for i := range 100 {
		begin := time.Now()
		if err := byPassword(ctx, t, passwordUser(i%10)); err != nil {
			return 0, err
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
