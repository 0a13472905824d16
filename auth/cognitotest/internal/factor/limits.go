package factor

import (
	"slices"
	"sync"
	"time"
)

// Limits count calls by name and refuse what is too many for an hour. The zero
// Limits is ready for use.
type Limits struct {
	mu    sync.Mutex
	calls map[string][]time.Time // of the last hour, oldest first
	sweep int                    // how many names are worth a look for quiet ones
}

// window is the length of time that a limit is for.
const window = time.Hour

// Allow counts a call unless it would be more than most in the last hour. A
// refused call does not count, so that waiting always helps.
func (l *Limits) Allow(name string, most int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calls == nil {
		l.calls, l.sweep = make(map[string][]time.Time), maxNames
	}
	if len(l.calls) > l.sweep {
		l.forget(now)
		l.sweep = max(maxNames, 2*len(l.calls)) // or every call would look in vain
	}
	recent := slices.DeleteFunc(l.calls[name], past(now))
	l.calls[name] = recent
	if len(recent) >= most {
		return false
	}
	l.calls[name] = append(recent, now)
	return true
}

// forget drops the names that were not called for an hour.
func (l *Limits) forget(now time.Time) {
	for name, times := range l.calls {
		if !slices.ContainsFunc(times, func(t time.Time) bool { return !past(now)(t) }) {
			delete(l.calls, name)
		}
	}
}

func past(now time.Time) func(time.Time) bool {
	return func(t time.Time) bool { return now.Sub(t) >= window }
}
