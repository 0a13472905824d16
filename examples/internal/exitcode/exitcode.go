// Package exitcode gives the example programs one exit code for each thing that
// their caller can do next.
package exitcode

import (
	"context"
	"errors"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
)

// Codes that are no error of package auth.
const (
	OK          = 0
	Failure     = 1   // anything else
	Usage       = 2   // as package flag has it
	Unanswered  = 3   // a challenge that the program has no answer for
	Interrupted = 130 // as shells have it for SIGINT
)

// codes are stable: scripts depend on them.
var codes = []struct {
	reason error
	code   int
}{
	{auth.ErrCredentials, 10},
	{auth.ErrCode, 11},
	{auth.ErrCodeExpired, 12},
	{auth.ErrNewPassword, 13},
	{auth.ErrInput, 14},
	{auth.ErrUserExists, 15},
	{auth.ErrStartOver, 16},
	{challenge.ErrOpen, 16},
	{auth.ErrBackOff, 17},
	{auth.ErrLockedOut, 18},
	{auth.ErrNotConfirmed, 19},
	{auth.ErrResetRequired, 20},
	{auth.ErrDenied, 21},
	{auth.ErrToken, 22},
	{auth.ErrConfig, 23},
	{auth.ErrMalformed, 24},
	{auth.ErrOutcomeUnknown, 25},
	{auth.ErrTokenReused, 26},
	{auth.ErrNotSetUp, 27},
	{auth.ErrDevice, 28},
}

// Of returns the exit code for an error.
func Of(err error) int {
	var unanswered *auth.UnansweredError
	switch {
	case err == nil:
		return OK
	case errors.Is(err, context.Canceled):
		return Interrupted
	case errors.As(err, &unanswered):
		return Unanswered
	}
	for _, c := range codes {
		if errors.Is(err, c.reason) {
			return c.code
		}
	}
	return Failure
}
