package main

import (
	"errors"
	"net/http"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
)

func (s *site) showSignIn(w http.ResponseWriter, r *http.Request) error {
	ways := struct{ Plain, Custom bool }{s.hasDoor(false), s.hasDoor(true)}
	return s.show(w, r, http.StatusOK, "signin", "Sign in", "", ways)
}

// signIn begins with the password, or asks which other way the user has.
func (s *site) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	username, password := r.PostFormValue("username"), r.PostFormValue("password")
	if err := s.cookies.put(w, r, nameCookie, username, time.Hour); err != nil {
		return err
	}
	how := r.PostFormValue("how")
	d := s.door(how == "custom")
	first := auth.SRP(username, password)
	switch {
	case d.custom:
		first = auth.CustomSRP(username, password)
	case how == "choice":
		first = auth.UserAuth(username)
	}
	tokens, asked, err := d.client.Begin(r.Context(), first, s.calling(r, d))
	return s.next(w, r, d, tokens, asked, err)
}

// calling are the options of every step.
func (s *site) calling(r *http.Request, d *door) func(*auth.CallOptions) {
	return func(o *auth.CallOptions) {
		o.UserContext = auth.UserContextOf(r, 0)
		o.Device = s.device(r, d)
	}
}

// next ends a step of a sign-in: with a session, with a page for the challenge,
// or at the form that can mend the error.
func (s *site) next(w http.ResponseWriter, r *http.Request, d *door, tokens *auth.Tokens, asked challenge.Challenge, err error) error {
	var refused *auth.Error
	switch {
	case err == nil && tokens != nil:
		s.cookies.clear(w, r, pendingCookie)
		if err := s.keepSession(w, r, session{tokens, d}); err != nil {
			return err
		}
		return seeOther(w, r, "/account")
	case err == nil:
		if err := s.keepPending(w, r, d, asked); err != nil {
			return err
		}
		return seeOther(w, r, "/challenge")
	case errors.As(err, &refused) && refused.Challenge != nil:
		// It can be answered again.
		if err := s.keepPending(w, r, d, refused.Challenge); err != nil {
			return err
		}
		if err := s.tell(w, r, true, explain(err).text); err != nil {
			return err
		}
		return seeOther(w, r, "/challenge")
	}
	s.cookies.clear(w, r, pendingCookie)
	// Of two clicks on one button, the second finds the sign-in finished: by the
	// first.
	if errors.Is(err, auth.ErrStartOver) {
		s.log.InfoContext(r.Context(), "over", "error", err)
		if err := s.tell(w, r, true, explain(err).text); err != nil {
			return err
		}
		return seeOther(w, r, "/")
	}
	return err
}

// keepPending puts the challenge into this browser's cookie.
func (s *site) keepPending(w http.ResponseWriter, r *http.Request, d *door, asked challenge.Challenge) error {
	token, err := s.seal(d, asked, s.cookies.browser(w, r))
	if err != nil {
		return err
	}
	s.cookies.setLong(w, r, pendingCookie, token, 15*time.Minute)
	return nil
}

func (s *site) cancel(w http.ResponseWriter, r *http.Request) error {
	s.cookies.clear(w, r, pendingCookie)
	return seeOther(w, r, "/signin")
}

// keepSession puts the tokens into this browser's cookie.
func (s *site) keepSession(w http.ResponseWriter, r *http.Request, in session) error {
	token, err := in.door.client.SealTokens(s.sealer, in.Tokens, s.cookies.browser(w, r))
	if err != nil {
		return err
	}
	s.cookies.setLong(w, r, sessionCookie, token, 30*24*time.Hour)
	return nil
}

// session returns who is signed in, with tokens refreshed if need be.
func (s *site) session(w http.ResponseWriter, r *http.Request) (session, error) {
	in, err := s.opened(r)
	if err != nil || time.Until(in.Expires()) > time.Minute {
		return in, err
	}
	return s.refreshed(w, r, in)
}

func (s *site) refreshed(w http.ResponseWriter, r *http.Request, in session) (session, error) {
	tokens, err := in.door.refresh.Refresh(r.Context(), in.Tokens)
	if err != nil {
		if errors.Is(err, auth.ErrToken) || errors.Is(err, auth.ErrTokenReused) {
			s.cookies.clear(w, r, sessionCookie)
		}
		return session{}, err
	}
	in.Tokens = tokens
	return in, s.keepSession(w, r, in)
}

// device returns this browser as it was remembered at a door, or none.
func (s *site) device(r *http.Request, door *door) auth.Device {
	browser, err := s.cookies.cookie(r, browserCookie)
	if err != nil {
		return auth.Device{}
	}
	d, err := door.client.OpenDevice(s.sealer, s.cookies.long(r, deviceCookie), browser.Value)
	if err != nil {
		return auth.Device{} // the user is asked for the second factor
	}
	return d
}
