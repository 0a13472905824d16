package emailotp

import (
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/internal/measure/dudect"
)

// TestTiming asks whether the time of a comparison tells how many digits are
// right. To run it:
//
//	COGNITOMFA_TIMING=20s go test -count=1 -run '^TestTiming$' -v ./challenge/emailotp
func TestTiming(t *testing.T) {
	budget := dudect.Budget(t)
	k := keys{newKey(make([]byte, 32))}
	u := trigger.User{Name: "ann", PoolID: "p", ClientID: "c"}
	const right = "314159"
	made := ticket{nonce: "AAAAAAAAAAAAAAAAAAAAAA", expires: time.Unix(1_700_000_000, 0)}
	made.sum = k[0].seal(made, u, right)
	if !k.sealed(made, u, right) {
		t.Fatal("the right code is refused")
	}
	t.Run("sealed", func(t *testing.T) {
		dudect.Constant(t, dudect.Measure(dudect.Guesses([]byte(right), dudect.Digit, func(guess []byte) {
			if k.sealed(made, u, string(guess)) {
				t.Fatal("a wrong code is taken")
			}
		}), budget))
	})
	t.Run("control: a comparison that ends early", func(t *testing.T) {
		dudect.Leaky(t, dudect.Measure(dudect.EarlyExit([]byte(right), dudect.Digit), budget))
	})
}
