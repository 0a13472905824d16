package round_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/internal/round"
	"github.com/cognitomfa/cognitomfa/internal/measure/dudect"
)

// TestTiming asks whether the time of Open tells how much of a state is right:
// that of Duo, of step-up and of every other method that sends the user to
// another site. To run it:
//
//	COGNITOMFA_TIMING=20s go test -count=1 -run '^TestTiming$' -v ./challenge/internal/round
func TestTiming(t *testing.T) {
	budget := dudect.Budget(t)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	character := func() byte { return alphabet[rand.IntN(len(alphabet))] }
	r := round.New("ann", now, time.Minute)
	private := r.Private()
	bring := func(state []byte) string { return `{"code":"c","state":"` + string(state) + `"}` }
	if _, _, reason := round.Open(input(private, bring([]byte(r.State)))); reason != "" {
		t.Fatal(reason)
	}
	t.Run("Open", func(t *testing.T) {
		dudect.Constant(t, dudect.Measure(dudect.Guesses([]byte(r.State), character, func(guess []byte) {
			if _, _, reason := round.Open(input(private, bring(guess))); reason != round.ReasonState {
				t.Fatal(reason)
			}
		}), budget))
	})
	t.Run("control: a comparison that ends early", func(t *testing.T) {
		right := []byte(r.State)
		dudect.Leaky(t, dudect.Measure(dudect.Guesses(right, character, func(guess []byte) {
			var a round.Answer
			if json.Unmarshal([]byte(bring(guess)), &a) != nil || dudect.Equal([]byte(a.State), right) {
				t.Fatal("the guess is right")
			}
		}), budget))
	})
}
