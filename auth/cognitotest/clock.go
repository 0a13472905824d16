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

// Advance moves the clock forward by d, or back if d is negative.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advance += d
}
