package trigger

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/cognitomfa/cognitomfa/internal/measure/dudect"
	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// TestTiming asks whether the time of reading a forged mark tells how much of its
// MAC is right. To run it:
//
//	COGNITOMFA_TIMING=20s go test -count=1 -run '^TestTiming$' -v ./challenge/trigger
func TestTiming(t *testing.T) {
	budget := dudect.Budget(t)
	k := keys{redact.New(bytes.Repeat([]byte("k"), MinKey))}
	u := User{Name: "ann", PoolID: "p", ClientID: "c"}
	good := k.write(mark{method: "mail", number: 2, round: "r"}, inMetadata, u)
	text := good[:strings.LastIndexByte(good, ';')]
	right := mac(k[0].Reveal(), inMetadata, u, text)
	t.Run("read", func(t *testing.T) {
		dudect.Constant(t, dudect.Measure(dudect.Guesses(right, dudect.Byte, func(guess []byte) {
			if _, ok := k.read(text+";"+base64.RawURLEncoding.EncodeToString(guess), inMetadata, u); ok {
				t.Fatal("a forged mark is taken")
			}
		}), budget))
	})
	t.Run("control: a comparison that ends early", func(t *testing.T) {
		dudect.Leaky(t, dudect.Measure(dudect.Guesses(right, dudect.Byte, func(guess []byte) {
			if dudect.Equal(mac(k[0].Reveal(), inMetadata, u, text), guess) {
				t.Fatal("the guess is right")
			}
		}), budget))
	})
}
