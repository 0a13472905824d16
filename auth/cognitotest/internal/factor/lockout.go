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
	sweep int // how many names are worth a look for quiet ones
}

// guesses are those at one name. Its lock is held during a guess, so that of
// many at the same time each sees what became of the ones before: no more are
// judged than the lockout allows.
type guesses struct {
	waiting int // for mu, or holding it; the Lockout's lock guards this one

	mu       sync.Mutex
	failures int
	last     time.Time // of the last failure
	until    time.Time // when the next try counts
}

const (
	freeFailures = 5
	quiet        = 15 * time.Minute // forgets all failures, and is the longest lock
	maxNames     = 10_000           // how many names to keep before looking for quiet ones
)

// Guess runs one guess at a secret of a name, one at a time, and counts what
// came of it: Wrong is a failure, Right forgets all failures, and Reused does
// neither. If the name is locked the guess is not run, does not count, and Guess
// returns false.
func (l *Lockout) Guess(name string, now func() time.Time, guess func() Verdict) bool {
	g := l.hold(name, now())
	defer l.release(name, g)
	g.mu.Lock()
	defer g.mu.Unlock()
	// The time is read when it is this guess's turn.
	if now().Before(g.until) {
		return false
	}
	switch guess() {
	case Wrong:
		g.fail(now())
	case Right:
		g.failures, g.until = 0, time.Time{}
	}
	return true
}

func (g *guesses) fail(now time.Time) {
	if now.Sub(g.last) >= quiet {
		g.failures = 0
	}
	g.failures++
	g.last = now
	if over := g.failures - freeFailures; over >= 0 {
		// 2^10 seconds are more than the limit; a larger shift could wrap.
		g.until = now.Add(min(time.Second<<min(over, 10), quiet))
	}
}

// hold finds the guesses at a name, and keeps them from being forgotten.
func (l *Lockout) hold(name string, now time.Time) *guesses {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.names == nil {
		l.names, l.sweep = make(map[string]*guesses), maxNames
	}
	g := l.names[name]
	if g == nil {
		if len(l.names) >= l.sweep {
			l.forgetQuiet(now)
		}
		g = &guesses{}
		l.names[name] = g
	}
	g.waiting++
	return g
}

func (l *Lockout) release(name string, g *guesses) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if g.waiting--; g.waiting == 0 && g.failures == 0 {
		delete(l.names, name)
	}
}

// forgetQuiet drops the names that nobody guessed at for long enough. The number
// at which it looks again grows with what is left, so that looking costs next to
// nothing for each guess.
func (l *Lockout) forgetQuiet(now time.Time) {
	for name, g := range l.names {
		if g.waiting == 0 && now.Sub(g.last) >= quiet {
			delete(l.names, name)
		}
	}
	l.sweep = max(maxNames, 2*len(l.names))
}
