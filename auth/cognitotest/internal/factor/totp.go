package factor

import (
	"time"

	"github.com/cognitomfa/cognitomfa/totp"
)

// An Authenticator is a verified TOTP secret. Its value is replaced, never
// changed.
type Authenticator struct {
	Secret   string
	Name     string // the friendly device name; may be empty
	LastStep int64  // the newest time step whose code was accepted
}

// A Verdict is what came of a code.
type Verdict int

// Reused is a code of a step that was accepted before, or of an older one.
const (
	Wrong Verdict = iota
	Reused
	Right
)

// Try checks a code, a step of 30 seconds early or late, and on Right returns
// the authenticator that remembers it. A code counts once, the one that set the
// authenticator up included.
func (a Authenticator) Try(code string, now time.Time) (Authenticator, Verdict) {
	step, ok := totp.Validate(a.Secret, code, now, 1)
	switch {
	case !ok:
		return a, Wrong
	case step <= a.LastStep:
		return a, Reused
	}
	a.LastStep = step
	return a, Right
}
