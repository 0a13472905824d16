package session

import (
	"strconv"
	"testing"
	"time"
)

// A call looks at what was spent before only when that has doubled since the
// last look: however many sign-ins there are, each costs the same.
func TestSweepDoubles(t *testing.T) {
	t.Parallel()
	b := NewBox()
	sweeps, last := 0, b.sweep
	const n = 20 * leastSweep
	for i := range n {
		if err := b.Spend(State{ID: strconv.Itoa(i), Expires: now.Add(time.Minute)}, now); err != nil {
			t.Fatal(err)
		}
		if b.sweep != last {
			sweeps, last = sweeps+1, b.sweep
		}
	}
	// The fifth look, at 16 times the least, is the last before 32 times.
	if sweeps != 5 || len(b.spent) != n {
		t.Errorf("%d sweeps left %d states of %d", sweeps, len(b.spent), n)
	}
}
