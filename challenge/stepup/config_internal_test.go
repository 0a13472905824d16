package stepup

import (
	"net/http"
	"testing"
	"time"
)

// A fetch of the provider's keys that hangs must end, whatever client is given: all
// sign-ins of the process wait for it.
func TestClientEnds(t *testing.T) {
	t.Parallel()
	for given, want := range map[time.Duration]time.Duration{0: 3 * time.Second, time.Second: time.Second} {
		theirs := &http.Client{Timeout: given}
		if got := (Config{HTTPClient: theirs}).client(); got.Timeout != want || theirs.Timeout != given || got.CheckRedirect == nil {
			t.Errorf("a time-out of %s becomes %s; theirs is %s", given, got.Timeout, theirs.Timeout)
		}
	}
}
