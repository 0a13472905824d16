package factor

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

func saying(v Verdict) func() Verdict { return func() Verdict { return v } }

// Of a thousand guesses at the same moment, five are judged.
func TestLockoutIsAtomic(t *testing.T) {
	t.Parallel()
	var l Lockout
	var judged atomic.Int32
	var all sync.WaitGroup
	for range 1000 {
		all.Go(func() {
			l.Guess("ann", at(time.Unix(1_000_000, 0)), func() Verdict {
				judged.Add(1)
				return Wrong
			})
		})
	}
	all.Wait()
	if n := judged.Load(); n != freeFailures {
		t.Errorf("%d guesses were judged, want %d", n, freeFailures)
	}
}

// Names that were quiet for long enough are forgotten, so that guessing at many
// names does not fill the memory; and a right guess leaves nothing behind.
func TestLockoutForgets(t *testing.T) {
	t.Parallel()
	var l Lockout
	now := time.Unix(1_000_000, 0)
	l.Guess("right", at(now), saying(Right))
	for i := range maxNames {
		l.Guess(strconv.Itoa(i), at(now), saying(Wrong))
	}
	if len(l.names) != maxNames {
		t.Errorf("%d names are kept, want %d", len(l.names), maxNames)
	}
	l.Guess("last", at(now.Add(quiet)), saying(Wrong))
	if len(l.names) != 1 {
		t.Errorf("%d names are kept, want 1", len(l.names))
	}
}

// A guess that panics leaves the name usable.
func TestLockoutAfterPanic(t *testing.T) {
	t.Parallel()
	var l Lockout
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was lost")
			}
		}()
		l.Guess("ann", time.Now, func() Verdict { panic("out") })
	}()
	if !l.Guess("ann", time.Now, saying(Right)) || len(l.names) != 0 {
		t.Error("the name is stuck")
	}
}
