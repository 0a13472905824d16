package cognitotest

import (
	"sync"
	"time"
)

// A Clock tells a [Pool] the time. The zero Clock runs with the machine's, so
// that one in a [Config] can be left out; one made by [NewClock] stands still
// until [Clock.Advance] moves it, which is how a test lets a session expire or
// an authenticator show its next code without waiting.
type Clock struct {
	mu      sync.Mutex
	start   time.Time     // where a still clock stands; zero: the machine's time
	advance time.Duration // what Advance added
	waiting map[*waiter]struct{}
}

// A waiter is called when Advance has moved a clock on by enough.
type waiter struct {
	left time.Duration
	call func()
}

// NewClock returns a clock that stands still at t. Take a time near the real
// one if the test also gives tokens to a verifier that reads its own clock.
func NewClock(t time.Time) *Clock { return &Clock{start: t} }

// Now returns the clock's time, in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.start
	if now.IsZero() {
		now = time.Now()
	}
	return now.Add(c.advance).UTC()
}

// Advance moves the clock forward by d, or back if d is negative. A trigger that is
// running loses as much of its time.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	c.advance += d
	var due []func()
	for w := range c.waiting {
		if w.left -= d; w.left <= 0 {
			delete(c.waiting, w)
			due = append(due, w.call)
		}
	}
	c.mu.Unlock()
	for _, call := range due {
		call()
	}
}

// elapse calls f once when Advance has moved the clock on by d. It takes no notice
// of time that passes by itself.
func (c *Clock) elapse(d time.Duration, f func()) (stop func()) {
	w := &waiter{d, f}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting == nil {
		c.waiting = make(map[*waiter]struct{})
	}
	c.waiting[w] = struct{}{}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.waiting, w)
	}
}
