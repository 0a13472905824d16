package factor

import (
	"strconv"
	"testing"
	"time"
)

// The hour slides: each call becomes free again an hour after it was made.
func TestLimits(t *testing.T) {
	t.Parallel()
	var l Limits
	start := time.Unix(1_000_000, 0)
	for _, step := range []struct {
		at   time.Duration
		want bool
	}{
		{0, true}, {30 * time.Minute, true}, {31 * time.Minute, false}, {time.Hour - 1, false},
		{time.Hour, true}, {time.Hour + 1, false}, {90 * time.Minute, true}, {91 * time.Minute, false},
	} {
		if got := l.Allow("ann", 2, start.Add(step.at)); got != step.want {
			t.Errorf("after %s: %v", step.at, got)
		}
	}
	if !l.Allow("bob", 2, start) {
		t.Error("one name is limited by another")
	}
}

// Names that were quiet for an hour are forgotten, the others are not.
func TestLimitsForget(t *testing.T) {
	t.Parallel()
	var l Limits
	now := time.Unix(1_000_000, 0)
	for i := range maxNames {
		l.Allow(strconv.Itoa(i), 1, now)
	}
	l.Allow("late", 1, now.Add(time.Minute))
	if l.Allow("last", 1, now.Add(time.Hour)); len(l.calls) != 2 {
		t.Errorf("%d names are kept", len(l.calls))
	}
}
