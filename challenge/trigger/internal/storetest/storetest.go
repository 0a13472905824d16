// Package storetest is the suite that every implementation of trigger.Store
// passes.
package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// A Clock is the time that a store under test is told.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves it on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Run tests the stores that open makes. Each must be empty, or share no keys
// that begin with prefix.
func Run(t *testing.T, open func(t *testing.T, now func() time.Time) (store trigger.Store, prefix string)) {
	for name, test := range map[string]func(*fixture){
		"claimed once":               claimedOnce,
		"taken once":                 takenOnce,
		"claims lapse":               claimsLapse,
		"counting":                   counting,
		"counters lapse":             countersLapse,
		"keys are apart":             apart,
		"any text":                   anyText,
		"one of many claims":         manyClaim,
		"one of many takes":          manyTake,
		"no addition is lost":        manyAdd,
		"a context that has expired": expired,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := &Clock{now: time.Unix(1_700_000_000, 0)}
			store, prefix := open(t, clock.Now)
			test(&fixture{T: t, Clock: clock, store: store, prefix: prefix})
		})
	}
}

type fixture struct {
	*testing.T
	*Clock
	store  trigger.Store
	prefix string
}

func (f *fixture) in(d time.Duration) time.Time { return f.Now().Add(d) }

func (f *fixture) claim(key, value string, until time.Time, held string, claimed bool) {
	f.Helper()
	h, c, err := f.store.Claim(f.Context(), f.prefix+key, value, until)
	if err != nil || h != held || c != claimed {
		f.Errorf("claiming %q for %q: %q, %t, %v; want %q, %t", key, value, h, c, err, held, claimed)
	}
}

func (f *fixture) take(key, value string, found bool) {
	f.Helper()
	v, ok, err := f.store.Take(f.Context(), f.prefix+key)
	if err != nil || v != value || ok != found {
		f.Errorf("taking %q: %q, %t, %v; want %q, %t", key, v, ok, err, value, found)
	}
}

func (f *fixture) add(key string, n int, until time.Time, sum int) {
	f.Helper()
	if got, err := f.store.Add(f.Context(), f.prefix+key, n, until); err != nil || got != sum {
		f.Errorf("adding %d to %q: %d, %v; want %d", n, key, got, err, sum)
	}
}

func claimedOnce(f *fixture) {
	until := f.in(time.Minute)
	f.claim("k", "first", until, "first", true)
	f.claim("k", "second", until, "first", false)
	f.claim("k", "first", until, "first", false)
	f.claim("k", "third", f.in(time.Hour), "first", false) // which prolongs nothing
	f.Advance(time.Minute)
	f.claim("k", "fourth", f.in(time.Minute), "fourth", true)
}

func takenOnce(f *fixture) {
	f.take("k", "", false)
	f.claim("k", "v", f.in(time.Minute), "v", true)
	f.take("k", "v", true)
	f.take("k", "", false)
	f.claim("k", "w", f.in(time.Minute), "w", true)
}

// An entry is there until its time and not at it.
func claimsLapse(f *fixture) {
	f.claim("k", "v", f.in(time.Minute), "v", true)
	f.Advance(time.Minute - time.Second)
	f.claim("k", "w", f.in(time.Minute), "v", false)
	f.Advance(time.Second)
	f.take("k", "", false)
	f.claim("k", "w", f.in(time.Minute), "w", true)
	f.claim("past", "v", f.in(-time.Second), "v", true)
	f.claim("past", "w", f.in(time.Minute), "w", true)
}

func counting(f *fixture) {
	until := f.in(time.Hour)
	f.add("k", 0, until, 0)
	f.take("k", "", false) // reading has made nothing
	f.add("k", 1, until, 1)
	f.add("k", 2, until, 3)
	f.add("k", 0, until, 3)
	if _, found, err := f.store.Take(f.Context(), f.prefix+"k"); err != nil || !found {
		f.Errorf("a counter is not there to be taken: %t, %v", found, err)
	}
	f.add("k", 1, until, 1)
}

// The first addition says when, and a later one neither prolongs nor shortens.
func countersLapse(f *fixture) {
	f.add("k", 1, f.in(time.Minute), 1)
	f.Advance(time.Minute - time.Second)
	f.add("k", 1, f.in(time.Hour), 2)
	f.add("k", 1, f.in(time.Second/2), 3)
	f.Advance(time.Second)
	f.add("k", 0, f.in(time.Minute), 0)
	f.add("k", 1, f.in(time.Minute), 1)
	f.add("k", 1, f.in(time.Minute), 2)
}

func apart(f *fixture) {
	f.claim("a", "1", f.in(time.Minute), "1", true)
	f.claim("b", "2", f.in(time.Minute), "2", true)
	f.claim("a ", "3", f.in(time.Minute), "3", true)
	f.add("c", 1, f.in(time.Minute), 1)
	f.add("d", 1, f.in(time.Minute), 1)
	f.take("a", "1", true)
	f.take("b", "2", true)
}

func anyText(f *fixture) {
	for _, s := range []string{"", "v1;x=;\x00", "ключ", "💌", "{\"S\":\"\"}", "a#b/c:d"} {
		f.claim("k"+s, s, f.in(time.Minute), s, true)
		f.take("k"+s, s, true)
	}
}

// crowd is how many do the same at the same time.
const crowd = 8

// together runs f so often, and returns how often it said true.
func together(f func(i int) bool) int {
	var wg sync.WaitGroup
	results := make([]bool, crowd)
	for i := range crowd {
		wg.Go(func() { results[i] = f(i) })
	}
	wg.Wait()
	n := 0
	for _, r := range results {
		if r {
			n++
		}
	}
	return n
}

func manyClaim(f *fixture) {
	until := f.in(time.Minute)
	held := make([]string, crowd)
	first := together(func(i int) bool {
		h, claimed, err := f.store.Claim(f.Context(), f.prefix+"k", string(rune('a'+i)), until)
		if err != nil {
			f.Error(err)
		}
		held[i] = h
		return claimed
	})
	if first != 1 {
		f.Errorf("%d of %d claims were the first", first, crowd)
	}
	for _, h := range held {
		if h != held[0] {
			f.Errorf("the claims see %q", held)
			break
		}
	}
}

func manyTake(f *fixture) {
	f.claim("k", "v", f.in(time.Minute), "v", true)
	found := together(func(int) bool {
		_, found, err := f.store.Take(f.Context(), f.prefix+"k")
		if err != nil {
			f.Error(err)
		}
		return found
	})
	if found != 1 {
		f.Errorf("%d of %d found it", found, crowd)
	}
}

// Also where a counter that has lapsed must be begun anew.
func manyAdd(f *fixture) {
	f.add("k", 5, f.in(time.Second), 5)
	f.Advance(time.Minute)
	until := f.in(time.Hour)
	together(func(int) bool {
		if _, err := f.store.Add(f.Context(), f.prefix+"k", 1, until); err != nil {
			f.Error(err)
		}
		return true
	})
	f.add("k", 0, until, crowd)
}

func expired(f *fixture) {
	ctx, cancel := context.WithCancel(f.Context())
	cancel()
	if _, claimed, err := f.store.Claim(ctx, f.prefix+"k", "v", f.in(time.Minute)); err == nil || claimed {
		f.Error("a claim succeeds though nobody waits for it")
	}
	if _, found, err := f.store.Take(ctx, f.prefix+"k"); err == nil || found {
		f.Error("a take succeeds though nobody waits for it")
	}
	if _, err := f.store.Add(ctx, f.prefix+"k", 1, f.in(time.Minute)); err == nil {
		f.Error("an addition succeeds though nobody waits for it")
	}
}
