package duo

import (
	"errors"
	"fmt"
)

// What can go wrong between this program and Duo. Every error of [Client] is an
// [*Error] that matches one of them.
var (
	// ErrConfig: a key or a URL that cannot be right.
	ErrConfig = errors.New("the configuration is not usable")
	// ErrKeys: Duo does not accept the client id or secret. They were rotated,
	// or copied wrong.
	ErrKeys = errors.New("the keys of the application were refused")
	// ErrUnavailable: Duo did not answer in time, or not sensibly. Try again
	// later.
	ErrUnavailable = errors.New("the service is not available")
	// ErrCode: the code is unknown to Duo, expired or used. The user starts over.
	ErrCode = errors.New("the code was refused")
	// ErrToken: Duo's token is not for this user, this round or this
	// application, is out of date or badly signed.
	ErrToken = errors.New("the token does not prove the second factor")
	// ErrDenied: Duo says that the user did not pass.
	ErrDenied = errors.New("the user was not let in")
)

// An Error is the failure of one call. It holds nothing of what Duo wrote.
type Error struct {
	// Op is the method that failed, such as "Exchange".
	Op string
	// Status is the status of Duo's reply; 0 if there was none.
	Status int
	// Err matches one of the Err… values of this package, and may wrap what
	// net/http said.
	Err error
}

func (e *Error) Error() string {
	text := "duo: " + e.Op + ": " + e.Err.Error()
	if e.Status != 0 {
		text += fmt.Sprintf(" (status %d)", e.Status)
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// fail makes an error of a reason and a detail of ours.
func fail(op string, reason error, detail string) *Error {
	return &Error{Op: op, Err: fmt.Errorf("%w: %s", reason, detail)}
}
