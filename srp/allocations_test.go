//go:build !race

package srp

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/srp/internal/modp"
)

// TestAllocations bounds what one sign-in allocates: the handshake with its box
// of two pointers, A, the signature and the timestamp. Not under the race
// detector, which makes crypto/rand allocate, nor for math/big.
func TestAllocations(t *testing.T) {
	c := Challenge{UserID: "user", Salt: "feed", B: hex.EncodeToString(make([]byte, 300)) + "ff", SecretBlock: strings.Repeat("AAAA", 400)}
	got := testing.AllocsPerRun(10, func() {
		h := New()
		_ = h.A()
		if _, err := h.Prove("pool", "password", c, time.Unix(1e9, 0)); err != nil {
			t.Fatal(err)
		}
	})
	if limit := 6.0; modp.Native && got > limit {
		t.Errorf("%v allocations per handshake, want at most %v", got, limit)
	}
}
