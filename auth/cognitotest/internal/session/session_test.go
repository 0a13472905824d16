package session

import (
	"strings"
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
	if _, err := b.Open(Session, text, now); err != wire.SessionUsed {
		t.Errorf("opened after it was spent: %v", err)
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

// A state that is too long to travel stays in the box, and all else is the same.
func TestLongState(t *testing.T) {
	t.Parallel()
	b := NewBox()
	in := State{Pool: "p", Private: map[string]string{"answer": strings.Repeat("x", 10_000)}, Expires: now.Add(time.Minute)}
	text := b.Seal(Session, in)
	if len(text) > 2048 {
		t.Errorf("the session has %d characters", len(text))
	}
	out, err := b.Open(Session, text, now)
	if err != nil {
		t.Fatal(err)
	}
	in.ID = out.ID
	if diff := cmp.Diff(in, out); diff != "" {
		t.Error(diff)
	}
	if err := b.Spend(out, now); err != nil {
		t.Error(err)
	}
	if _, err := b.Open(Session, text, now); err != wire.SessionUsed || len(b.kept) != 0 {
		t.Errorf("after it was spent: %v, and %d are kept", err, len(b.kept))
	}
	b.Seal(Session, in)
	b.forget(in.Expires)
	if len(b.kept) != 0 {
		t.Error("an expired state is kept")
	}
}

// The longest state that travels fits into the API's limit.
func TestLongestSession(t *testing.T) {
	t.Parallel()
	b := NewBox()
	for n := 2000; n < 3200; n += 10 {
		s := State{Private: map[string]string{"a": strings.Repeat("x", n)}, Expires: now.Add(time.Minute)}
		if text := b.Seal(Session, s); len(text) > 4096 {
			t.Fatalf("%d characters", len(text))
		}
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
