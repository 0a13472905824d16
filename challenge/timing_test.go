package challenge_test

import (
	"encoding/base64"
	"testing"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/measure/dudect"
)

// TestTiming asks whether the time of Open tells how much of a forged token's tag
// is right. To run it:
//
//	COGNITOMFA_TIMING=20s go test -count=1 -run '^TestTiming$' -v ./challenge
func TestTiming(t *testing.T) {
	budget := dudect.Budget(t)
	s := newSealer(t, newKey())
	c := askStep[challenge.Challenge](t, sealedStep("totp_code"))
	token, err := base64.RawURLEncoding.DecodeString(seal(t, s, c, browser))
	if err != nil {
		t.Fatal(err)
	}
	tag := token[len(token)-16:] // of AES-GCM
	t.Run("Open", func(t *testing.T) {
		right := append([]byte(nil), tag...)
		dudect.Constant(t, dudect.Measure(dudect.Guesses(right, dudect.Byte, func(guess []byte) {
			copy(tag, guess)
			if _, err := s.Open(base64.RawURLEncoding.EncodeToString(token), browser); err == nil {
				t.Fatal("a forged token is opened")
			}
		}), budget))
	})
}
