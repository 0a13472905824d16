package websdk2_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/cognitomfa/cognitomfa/challenge/duo/websdk2"
	"github.com/cognitomfa/cognitomfa/internal/measure/dudect"
)

// TestTiming asks whether the time of Verify tells how much of a forged signature
// is right. To run it:
//
//	COGNITOMFA_TIMING=20s go test -count=1 -run '^TestTiming$' -v ./challenge/duo/websdk2
func TestTiming(t *testing.T) {
	budget := dudect.Budget(t)
	k := testKeys(t)
	text, signature := goodAuth[:strings.LastIndexByte(goodAuth, '|')], goodAuth[strings.LastIndexByte(goodAuth, '|')+1:]
	right, err := hex.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("Verify", func(t *testing.T) {
		dudect.Constant(t, dudect.Measure(dudect.Guesses(right, dudect.Byte, func(guess []byte) {
			if _, err := k.Verify(text+"|"+hex.EncodeToString(guess)+":APP|a|b", now); !errors.Is(err, websdk2.ErrSignature) {
				t.Fatal(err)
			}
		}), budget))
	})
	t.Run("control: a comparison that ends early", func(t *testing.T) {
		dudect.Leaky(t, dudect.Measure(dudect.Guesses(right, dudect.Byte, func(guess []byte) {
			h := hmac.New(sha1.New, []byte(skey))
			h.Write([]byte(text))
			if dudect.Equal([]byte(hex.EncodeToString(h.Sum(nil))), []byte(hex.EncodeToString(guess))) {
				t.Fatal("the guess is right")
			}
		}), budget))
	})
}
