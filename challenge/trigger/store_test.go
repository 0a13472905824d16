package trigger_test

import (
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/challenge/trigger/internal/storetest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(_ *testing.T, now func() time.Time) (trigger.Store, string) { return trigger.NewMemory(now), "" })
}

// Keys of different things differ, however their parts are cut, and do not show
// the parts.
func TestKey(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"ab", ""}, {"", "ab"}, {"a", "b", ""}} {
		for _, kind := range []string{"x", "xa"} {
			k := trigger.Key(kind, parts...)
			if seen[k] || len(k) != len(kind)+1+43 {
				t.Errorf("%s %q: %s", kind, parts, k)
			}
			seen[k] = true
		}
	}
	if got, want := trigger.Key("used", "ann"), "used#tDel2F3IcNZcN6hkZg06ZMjww_HuZ8RdIalYb0lLAYA"; got != want {
		t.Errorf("got %s, want %s: stores in use would forget everything", got, want)
	}
}
