package session

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

var now = time.Unix(1_800_000_000, 0).UTC()

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	b := NewBox()
	in := State{Pool: "p", Client: "c", Sub: "s", Code: "123456", Expires: now.Add(time.Minute), Private: map[string]string{"a": "b"}}
	for _, form := range []Form{Session, SecretBlock} {
		out, err := b.Open(form, b.Seal(form, in), now)
		if err != nil || out.ID == "" {
			t.Fatalf("%s: id %q, %v", form, out.ID, err)
		}
		out.ID = ""
		if diff := cmp.Diff(in, out); diff != "" {
			t.Errorf("%s (-in +out):\n%s", form, diff)
		}
	}
	if _, err := NewBox().Open(Session, b.Seal(Session, in), now); err != wire.SessionInvalid {
		t.Errorf("another box: %v", err)
	}
}

// Two calls that opened the same state at the same time cannot both spend it.
func TestSpendOnce(t *testing.T) {
	t.Parallel()
	b := NewBox()
	text := b.Seal(Session, State{Expires: now.Add(time.Minute)})
	first, err := b.Open(Session, text, now)
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.Open(Session, text, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Spend(first, now); err != nil {
		t.Errorf("the first: %v", err)
	}
	if err := b.Spend(second, now); err != wire.SessionUsed {
		t.Errorf("the second: %v", err)
	}
	b.Kill(first)
	if err := b.Spend(second, now); err != wire.SessionInvalid {
		t.Errorf("after Kill: %v", err)
	}
}

// What has expired is forgotten: the memory holds minutes, not everything.
func TestSpentIsForgotten(t *testing.T) {
	t.Parallel()
	b := NewBox()
	spend := func(at time.Time) {
		s, err := b.Open(Session, b.Seal(Session, State{Expires: at.Add(time.Minute)}), at)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Spend(s, at); err != nil {
			t.Fatal(err)
		}
	}
	for range leastSweep {
		spend(now)
	}
	spend(now.Add(time.Minute))
	if len(b.spent) != 1 {
		t.Errorf("%d spent states are remembered, want 1", len(b.spent))
	}
}

// The length tells nothing of what a session holds.
func TestLength(t *testing.T) {
	t.Parallel()
	b := NewBox()
	short, long := b.Seal(Session, State{}), b.Seal(Session, State{Code: "123456", Sub: "11111111-2222-3333-4444-555555555555"})
	if len(short) != len(long) || len(short) < 1500 || len(short) > 1600 {
		t.Errorf("%d and %d characters", len(short), len(long))
	}
}

// Nothing but what the box sealed can be opened.
func FuzzOpen(f *testing.F) {
	b := NewBox()
	whole := b.Seal(Session, State{Expires: now.Add(time.Minute)})
	seeds := []string{"", "AYABe", "AYABeA", whole[:20], whole[:len(whole)-4], whole + "AAAA", "=", "\x00", b.Seal(SecretBlock, State{})}
	if len(seeds) < 5 {
		f.Fatal("the seeds are gone")
	}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, form := range []Form{Session, SecretBlock} {
			if s, err := b.Open(form, text, now); err == nil && text != whole {
				t.Errorf("%s: %q was opened as %+v", form, text, s)
			}
		}
	})
}
