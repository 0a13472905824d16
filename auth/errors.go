package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cognitomfa/cognitomfa/challenge"
)

// One error for each thing that the caller can do next. Every [*Error] matches
// exactly one of them with errors.Is.
var (
	// ErrCode: the code is wrong or was used before. Ask for another and
	// answer the same challenge, which the [Error] holds. A code of an
	// authenticator app works once: wait for the next.
	ErrCode = errors.New("wrong or used code")

	// ErrCodeExpired: the code that was sent is too old. Have a new one sent.
	ErrCodeExpired = errors.New("expired code")

	// ErrNewPassword: the new password, or an attribute that goes with it, was
	// refused. Ask for another.
	ErrNewPassword = errors.New("new password refused")

	// ErrCredentials: no such user, or a wrong password. Ask for both and
	// begin again. Cognito does not tell which, and neither should you.
	ErrCredentials = errors.New("wrong username or password")

	// ErrInput: another value that the user gave was refused: an e-mail
	// address, an attribute. Ask for it again.
	ErrInput = errors.New("input refused")

	// ErrUserExists: the username, e-mail address or phone number has an
	// account. Sign in, or take another.
	ErrUserExists = errors.New("account exists")

	// ErrStartOver: this sign-in is over: its session expired, was used or
	// belongs elsewhere, or a custom challenge failed. Begin again. The same
	// holds for the registration of a passkey.
	ErrStartOver = errors.New("has to start over")

	// ErrBackOff: Cognito could not be reached, or is too busy, or had a
	// fault. The same call may be made again after a while: no answer was
	// spent. The [Error] of an answer holds its challenge.
	ErrBackOff = errors.New("try again later")

	// ErrLockedOut: too many failures for this user, or too many codes. Cognito
	// refuses even right answers for a while: up to 15 minutes after wrong
	// passwords, up to an hour after what is counted by the hour.
	ErrLockedOut = errors.New("too many failed attempts")

	// ErrNotConfirmed: the user has not confirmed the sign-up. Ask for the
	// code of [Accounts.ConfirmSignUp].
	ErrNotConfirmed = errors.New("user is not confirmed")

	// ErrResetRequired: the password has to be reset before a sign-in.
	ErrResetRequired = errors.New("password reset required")

	// ErrNotSetUp: the user lacks what the factor needs: a verified
	// authenticator, a phone number, an e-mail address. Have it set up first.
	ErrNotSetUp = errors.New("factor is not set up")

	// ErrDenied: the user is disabled, or a rule of the pool's owner (a
	// trigger, a firewall) refused. Trying again does not help.
	ErrDenied = errors.New("denied")

	// ErrToken: the token is not valid, or not any more. Refresh the tokens, or
	// have the user sign in.
	ErrToken = errors.New("token is not valid")

	// ErrTokenReused: the refresh token was exchanged for another before. Either
	// the reply to that was lost, or somebody else has the token: have the user
	// sign in, and consider [Refresher.SignOutEverywhere].
	ErrTokenReused = errors.New("refresh token was used before")

	// ErrDevice: Cognito does not know the remembered device any more, or does
	// not accept its proof, and the sign-in had come too far to go on without
	// it. Delete the [Device] and begin again. [Client.Begin] does so by
	// itself. Also: a sealed device cannot be opened, or one that is to be
	// forgotten is not known.
	ErrDevice = errors.New("device is not remembered")

	// ErrConfig: the program, the app client or the user pool is set up wrong.
	// A developer has to act, not the user.
	ErrConfig = errors.New("configuration error")

	// ErrMalformed: Cognito's reply could not be understood, so the sign-in
	// cannot go on. Whoever runs the endpoint has to act, or this library has
	// to be updated.
	ErrMalformed = errors.New("malformed reply")

	// ErrOutcomeUnknown: the answer was sent, but whether Cognito applied it
	// is not known: the connection broke, the time ran out, or Cognito
	// reported a fault of its own. It was not sent again. The [Error] holds
	// the challenge, if there is one: answering it once more either works or
	// gives ErrStartOver. A sign-up or confirmation made once more either
	// works or gives ErrUserExists. What else came of it can be looked up:
	// [Accounts.GetUser], [Factors.List], [Factors.Passkeys].
	ErrOutcomeUnknown = errors.New("outcome unknown")
)

// reasons are all of the above, in the order in which they are documented.
var reasons = []error{
	ErrCode, ErrCodeExpired, ErrNewPassword, ErrCredentials, ErrInput, ErrUserExists, ErrStartOver, ErrBackOff,
	ErrLockedOut, ErrNotConfirmed, ErrResetRequired, ErrNotSetUp, ErrDenied, ErrToken, ErrTokenReused, ErrDevice, ErrConfig, ErrMalformed, ErrOutcomeUnknown,
}

// An Error is any failure of this package's functions. It matches its Reason
// and what it wraps: errors.As reaches the SDK's own types, such as
// *types.CodeMismatchException. Its text holds no secret and none of Cognito's
// own words; Err's text may. Both are for logs: tell users of ErrCredentials in
// words of your own, since the text says whether there is such a user where
// Cognito says so.
type Error struct {
	Op        string              // the operation or function that failed
	Code      string              // Cognito's exception, such as CodeMismatchException; "" if there was none
	RequestID string              // Cognito's request id; "" if unknown
	Reason    error               // what to do next: one of this package's Err values
	Challenge challenge.Challenge // the challenge to answer again; nil if there is none
	Err       error               // the cause; may be nil

	asked string // the challenge that was being answered
	says  string // our own sentence
}

// Error names the operation, the challenge, the exception, the reason in a
// sentence, and the request id.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("auth: " + e.Op)
	if e.asked != "" {
		b.WriteString(" " + e.asked)
	}
	if e.Code != "" {
		b.WriteString(": " + e.Code)
	}
	if e.Reason != nil {
		b.WriteString(": " + e.Reason.Error())
	}
	if e.says != "" {
		b.WriteString(": " + e.says)
	}
	if e.RequestID != "" {
		b.WriteString(" (request id " + e.RequestID + ")")
	}
	return b.String()
}

// Unwrap returns Reason and Err.
func (e *Error) Unwrap() []error { return []error{e.Reason, e.Err} }

// Format prints Error() for every verb: Err, which it does not print, may
// quote Cognito.
func (e Error) Format(f fmt.State, _ rune) { io.WriteString(f, e.Error()) }

// MarshalJSON gives op, code, requestId, reason, message and the public view of
// the challenge.
func (e Error) MarshalJSON() ([]byte, error) {
	v := struct {
		Op        string              `json:"op"`
		Code      string              `json:"code,omitempty"`
		RequestID string              `json:"requestId,omitempty"`
		Reason    string              `json:"reason,omitempty"`
		Message   string              `json:"message"`
		Challenge challenge.Challenge `json:"challenge,omitempty"`
	}{Op: e.Op, Code: e.Code, RequestID: e.RequestID, Message: e.Error(), Challenge: e.Challenge}
	if e.Reason != nil {
		v.Reason = e.Reason.Error()
	}
	return json.Marshal(v)
}

// An UnansweredError says that [Client.SignIn] met a challenge that no prompt
// answered. The sign-in is not lost: go on with [Client.Respond] or
// [Client.Continue].
type UnansweredError struct {
	Challenge challenge.Challenge // the one to answer
	Err       error               // what the prompt returned; nil if there is no prompt for this challenge
}

// Error names the challenge. The prompt's error is not in the text.
func (e *UnansweredError) Error() string {
	name := ""
	if e.Challenge != nil {
		name = e.Challenge.Name()
	}
	if e.Err != nil {
		return "auth: the prompt for " + name + " failed"
	}
	return "auth: there is no prompt for " + name
}

// Unwrap returns the prompt's error.
func (e *UnansweredError) Unwrap() error { return e.Err }

// fail makes an error without a call's outcome.
func (op operation) fail(reason error, says string, cause error) *Error {
	return &Error{Op: op.name, asked: op.challenge, Reason: reason, says: says, Err: cause}
}

func misconfigured(fn, says string, cause error) *Error {
	return operation{name: fn}.fail(ErrConfig, says, cause)
}

// restated gives an error of a call another reason.
func restated(err error, reason error, says string) error {
	var e *Error
	if errors.As(err, &e) {
		e.Reason, e.says = reason, says
	}
	return err
}

// holding attaches the challenge to the errors after which it may be answered
// again.
func holding(err error, c challenge.Challenge) error {
	var e *Error
	if errors.As(err, &e) {
		switch e.Reason {
		case ErrCode, ErrNewPassword, ErrInput, ErrBackOff, ErrOutcomeUnknown:
			e.Challenge = c
		}
	}
	return err
}
