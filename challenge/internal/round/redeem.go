package round

import (
	"context"
	"fmt"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// markTime is how long a used code is remembered: longer than a round lives,
// and than a code does at any provider.
const markTime = 24 * time.Hour

// Redeem calls redeem for a secret that is good for one sign-in, such as an
// authorization code, unless it was spent in another round. redeem returns the
// reason for which the answer is wrong, or "".
//
// Cognito repeats a Verify that it thinks lost, when the other site has already
// taken the code. What the first call found is remembered for that, under the
// round and the secret, so that the repetition finds the same and does not fail.
//
// An error is the store's, and means that nothing was redeemed or that it is not
// known: the sign-in ends.
func Redeem(ctx context.Context, store trigger.Store, method, secret string, in trigger.VerifyInput, redeem func() string) (trigger.Verdict, error) {
	until := in.Now.Add(markTime)
	used := trigger.Key(method+"-used", in.User.PoolID, secret)
	passed := trigger.Key(method+"-passed", in.User.PoolID, in.User.ClientID, in.User.Name, in.Round, secret)
	held, claimed, err := store.Claim(ctx, used, in.Round, until)
	if err != nil {
		return trigger.Verdict{}, fmt.Errorf("marking the answer as used: %w", err)
	}
	if held != in.Round || in.Round == "" && !claimed {
		return trigger.Verdict{Reason: ReasonUsed}, nil
	}
	if !claimed {
		n, err := store.Add(ctx, passed, 0, until)
		if err != nil {
			return trigger.Verdict{}, fmt.Errorf("looking for the first verdict: %w", err)
		}
		if n > 0 {
			return trigger.Verdict{Correct: true, Reason: "repeated"}, nil
		}
	}
	if reason := redeem(); reason != "" {
		return trigger.Verdict{Reason: reason}, nil
	}
	if in.User.Unknown {
		return trigger.Verdict{Reason: "there is no such user"}, nil
	}
	if _, err := store.Add(ctx, passed, 1, until); err != nil {
		return trigger.Verdict{}, fmt.Errorf("remembering the verdict: %w", err)
	}
	return trigger.Verdict{Correct: true}, nil
}
