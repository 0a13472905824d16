package totp_test

import (
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/internal/measure/dudect"
	"github.com/cognitomfa/cognitomfa/totp"
)

// TestTiming asks whether the time of Validate tells how many digits are right.
// To run it:
//
//	COGNITOMFA_TIMING=20s go test -count=1 -run '^TestTiming$' -v ./totp
func TestTiming(t *testing.T) {
	budget := dudect.Budget(t)
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	at := time.Unix(1_111_111_109, 0)
	right, err := totp.Code(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("Validate", func(t *testing.T) {
		dudect.Constant(t, dudect.Measure(dudect.Guesses([]byte(right), dudect.Digit, func(guess []byte) {
			totp.Validate(secret, string(guess), at, 0)
		}), budget))
	})
	t.Run("control: a comparison that ends early", func(t *testing.T) {
		dudect.Leaky(t, dudect.Measure(dudect.EarlyExit([]byte(right), dudect.Digit), budget))
	})
}
