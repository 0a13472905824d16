package main

import (
	"errors"
	"net/http"

	"github.com/cognitomfa/cognitomfa/auth"
)

var (
	errNotFound    = errors.New("no such page")
	errForeign     = errors.New("the form was sent by another site")
	errForm        = errors.New("the form is too large or malformed")
	errNotSignedIn = errors.New("nobody is signed in")
	errReturn      = errors.New("the browser came back from another site to nothing that waits for it")
)

// An explanation is what a user is told of an error.
type explanation struct {
	reason error
	status int
	text   string
}

// explanations are for each class of error. No text says whether a user exists.
// The first that fits counts.
var explanations = []explanation{
	{errReturn, http.StatusForbidden, "You came back from another site, but no sign-in waits for that in this browser: it is over, or it began in another browser. Nothing was done."},
	{errNotSignedIn, http.StatusUnauthorized, "Sign in first."},
	{auth.ErrCode, http.StatusUnprocessableEntity, "That code is wrong, or was used before. Try the next one."},
	{auth.ErrCodeExpired, http.StatusUnprocessableEntity, "That code is too old. Have a new one sent."},
	{auth.ErrNewPassword, http.StatusUnprocessableEntity, "That password is not allowed here. Choose a longer one with upper and lower case letters, a digit and a symbol."},
	{auth.ErrCredentials, http.StatusUnauthorized, "The name or the password is wrong."},
	{auth.ErrInput, http.StatusUnprocessableEntity, "Something in the form was refused. Look at it again."},
	{auth.ErrUserExists, http.StatusConflict, "There is an account of that name. Sign in, or take another name."},
	{auth.ErrStartOver, http.StatusUnauthorized, "This sign-in took too long, was finished elsewhere, or had its last wrong answer. Sign in again."},
	{auth.ErrBackOff, http.StatusServiceUnavailable, "The sign-in service is busy. Try again in a moment."},
	{auth.ErrLockedOut, http.StatusTooManyRequests, "Too many attempts. Wait a quarter of an hour and try again."},
	{auth.ErrNotConfirmed, http.StatusForbidden, "The account is not confirmed yet."},
	{auth.ErrResetRequired, http.StatusForbidden, "The password has to be reset before you can sign in."},
	{auth.ErrNotSetUp, http.StatusConflict, "Set that factor up first."},
	{auth.ErrDevice, http.StatusConflict, "This browser is not remembered any more."},
	{auth.ErrDenied, http.StatusForbidden, "Signing in is not allowed. Ask whoever runs this site."},
	{auth.ErrTokenReused, http.StatusUnauthorized, "You were signed out, because this session was used elsewhere. Sign in again."},
	{auth.ErrToken, http.StatusUnauthorized, "You were signed out. Sign in again."},
	{auth.ErrConfig, http.StatusInternalServerError, "This site is set up wrong. Its owner has been told."},
	{auth.ErrMalformed, http.StatusBadGateway, "The sign-in service gave an answer that cannot be understood."},
	{auth.ErrOutcomeUnknown, http.StatusServiceUnavailable, "The connection broke before the answer came. Try once more."},
	{errNotFound, http.StatusNotFound, "There is no such page."},
	{errForeign, http.StatusForbidden, "The form came from another site, so nothing was done."},
	{errForm, http.StatusBadRequest, "The form could not be read."},
}

// explain finds what to tell the user.
func explain(err error) explanation {
	for _, e := range explanations {
		if errors.Is(err, e.reason) {
			return e
		}
	}
	return explanation{err, http.StatusInternalServerError, "Something went wrong here."}
}

// fail ends a request with an error: at the form that it is about, if there is
// one, or with a page of its own.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	why := explain(err)
	level := s.log.InfoContext
	if why.status >= http.StatusInternalServerError {
		level = s.log.ErrorContext
	}
	level(r.Context(), "request", "method", r.Method, "path", r.URL.Path, "status", why.status, "error", err)
	to := ""
	switch why.reason {
	case auth.ErrNotConfirmed:
		to = "/confirm"
	case auth.ErrCredentials, auth.ErrStartOver, auth.ErrToken, auth.ErrTokenReused, errNotSignedIn:
		to = "/signin"
	}
	if to != "" && s.tell(w, r, true, why.text) == nil {
		seeOther(w, r, to)
		return
	}
	if s.show(w, r, why.status, "error", "That did not work", "", why.text) != nil {
		http.Error(w, why.text, why.status)
	}
}

// form reads a posted form.
func form(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return errors.Join(errForm, err)
	}
	return nil
}
