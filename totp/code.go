package totp

import (
	"crypto/subtle"
	"errors"
	"time"

	"github.com/pquerna/otp/hotp"
)

const (
	// Digits is the length of a code.
	Digits = 6
	// Period is the time a code stands for, called a time step in RFC 6238.
	Period = 30 * time.Second
	// MaxWindow is the largest window [Validate] uses: five minutes either side.
	// Each further step gives a guesser two more codes that are right.
	MaxWindow = 10
)

// ErrTime means that a time before 1970 was given, which has no time step. The
// usual cause is a time.Time that nobody set.
var ErrTime = errors.New("totp: no code exists for a time before 1970; pass the current time")

// Step returns the time step of at: whole periods of 30 seconds since
// 1970-01-01 00:00 UTC (T of RFC 6238 section 4.2, with T0 = 0). It is negative
// for earlier times.
func Step(at time.Time) int64 {
	const period = int64(Period / time.Second)
	s := at.Unix()
	step := s / period
	if s%period < 0 {
		step-- // Go divides towards zero
	}
	return step
}

// Code returns the six digits that an authenticator app with this secret shows
// at the given time. The secret is base32 in either case, with or without
// padding.
//
// Errors: [ErrSecret], [ErrTime].
func Code(secret string, at time.Time) (string, error) {
	secret, err := canonical(secret)
	if err != nil {
		return "", err
	}
	step := Step(at)
	if step < 0 {
		return "", ErrTime
	}
	return codeAt(secret, step)
}

// codeAt is HOTP with the time step as its counter (RFC 6238 section 4.2). The
// secret is canonical and the step not negative.
func codeAt(secret string, step int64) (string, error) {
	code, err := hotp.GenerateCode(secret, uint64(step))
	if err != nil {
		return "", ErrSecret // the cause may quote its input
	}
	return code, nil
}

// Validate reports whether code is right for secret at the given time, give or
// take window time steps, and which step it belongs to. Cognito itself accepts
// one step either side. A window below 0 is taken as 0, one above [MaxWindow]
// as MaxWindow. A malformed secret or code is simply not valid.
//
// A code must be accepted only once (RFC 6238 section 5.2). Validate keeps no
// state, so the caller must: store the step with the user when a code is
// accepted, refuse any later code whose step is not greater, and make the
// comparison and the store one atomic operation. Should a code fit several
// steps of the window, the latest is returned, so that storing it bars them all.
//
// The time taken depends on the window, not on which step fits or how many
// digits are right. It does not limit guessing; that too is the caller's work.
func Validate(secret, code string, at time.Time, window int) (step int64, ok bool) {
	secret, err := canonical(secret)
	if err != nil {
		return 0, false
	}
	window = min(max(window, 0), MaxWindow)
	now := Step(at)
	var offset, found int
	for d := -window; d <= window; d++ {
		if now+int64(d) < 0 {
			continue // before 1970
		}
		want, err := codeAt(secret, now+int64(d))
		if err != nil {
			return 0, false
		}
		// Whatever is not six ASCII digits equals no code.
		equal := subtle.ConstantTimeCompare([]byte(want), []byte(code))
		offset = subtle.ConstantTimeSelect(equal, d, offset)
		found |= equal
	}
	if found == 0 {
		return 0, false
	}
	return now + int64(offset), true
}
