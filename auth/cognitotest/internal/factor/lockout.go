package factor

import (
	"sync"
	"time"
)

// A Lockout slows guessing down as the developer guide describes: after five
// failures one second, doubled by each further one, to about a quarter of an
// hour. It counts by name, not by user, so that a name nobody has locks the
// same way. The zero Lockout is ready for use.
type Lockout struct {
	mu    sync.Mutex
	names map[string]*guesses
}

type guesses struct {
	failures int
	last     time.Time // of the last failure
	until    time.Time // when the next try counts
}

const (
	freeFailures = 5
	quiet        = 15 * time.Minute // forgets all failures, and is the longest lock
	maxNames     = 10_000           // how many names to keep before looking for quiet ones
)

// Locked tells whether a try for this name must be refused without a look. A
// refused try does not count.
func (l *Lockout) Locked(name string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.names[name]
	return g != nil && now.Before(g.until)
}

// Fail counts one wrong try.
func (l *Lockout) Fail(name string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.names == nil {
		l.names = make(map[string]*guesses)
	}
	if len(l.names) > maxNames {
		l.forgetQuiet(now)
	}
	g := l.names[name]
	if g == nil || now.Sub(g.last) >= quiet {
		g = &guesses{}
		l.names[name] = g
	}
	g.failures++
	g.last = now
	if over := g.failures - freeFailures; over >= 0 {
		// 2^10 seconds are more than the limit; a larger shift could wrap.
		g.until = now.Add(min(time.Second<<min(over, 10), quiet))
	}
}

// Succeed forgets the failures of a name.
func (l *Lockout) Succeed(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.names, name)
}

func (l *Lockout) forgetQuiet(now time.Time) {
	for name, g := range l.names {
		if now.Sub(g.last) >= quiet {
			delete(l.names, name)
		}
	}
}
