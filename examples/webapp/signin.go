package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
)

func (s *site) showSignIn(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, http.StatusOK, "signin", "Sign in", "", nil)
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
	first := auth.SRP(username, password)
	if r.PostFormValue("how") == "choice" {
		first = auth.UserAuth(username)
	}
	tokens, asked, err := s.client.Begin(r.Context(), first, s.calling(r))
	return s.next(w, r, tokens, asked, err)
}

// calling are the options of every step.
func (s *site) calling(r *http.Request) func(*auth.CallOptions) {
	return func(o *auth.CallOptions) {
		o.UserContext = auth.UserContextOf(r, 0)
		o.Device = s.device(r)
	}
}

// next ends a step of a sign-in: with a session, with a page for the challenge,
// or at the form that can mend the error.
func (s *site) next(w http.ResponseWriter, r *http.Request, tokens *auth.Tokens, asked challenge.Challenge, err error) error {
	var refused *auth.Error
	switch {
	case err == nil && tokens != nil:
		s.cookies.clear(w, r, pendingCookie)
		if err := s.keepSession(w, r, tokens); err != nil {
			return err
		}
		return redirect(w, r, "/account")
	case err == nil:
		if err := s.keepPending(w, r, asked); err != nil {
			return err
		}
		return redirect(w, r, "/challenge")
	case errors.As(err, &refused) && refused.Challenge != nil:
		// It can be answered again.
		if err := s.keepPending(w, r, refused.Challenge); err != nil {
			return err
		}
		if err := s.tell(w, r, true, explain(err).text); err != nil {
			return err
		}
		return redirect(w, r, "/challenge")
	}
	s.cookies.clear(w, r, pendingCookie)
	// Of two clicks on one button, the second finds the sign-in finished: by the
	// first.
	if errors.Is(err, auth.ErrStartOver) {
		s.log.InfoContext(r.Context(), "over", "error", err)
		if err := s.tell(w, r, true, explain(err).text); err != nil {
			return err
		}
		return redirect(w, r, "/")
	}
	return err
}

// keepPending puts the challenge into this browser's cookie.
func (s *site) keepPending(w http.ResponseWriter, r *http.Request, asked challenge.Challenge) error {
	token, err := s.sealer.Seal(asked, s.cookies.browser(w, r))
	if err != nil {
		return err
	}
	s.cookies.setLong(w, r, pendingCookie, token, 15*time.Minute)
	return nil
}

// pending returns the challenge of this browser.
func (s *site) pending(r *http.Request) (challenge.Challenge, error) {
	browser, err := r.Cookie(browserCookie)
	if err != nil {
		return nil, auth.ErrStartOver
	}
	asked, err := s.sealer.Open(s.cookies.long(r, pendingCookie), browser.Value)
	if err != nil {
		return nil, errors.Join(auth.ErrStartOver, err)
	}
	return asked, nil
}

func (s *site) cancel(w http.ResponseWriter, r *http.Request) error {
	s.cookies.clear(w, r, pendingCookie)
	return redirect(w, r, "/signin")
}

// keepSession puts the tokens into this browser's cookie.
func (s *site) keepSession(w http.ResponseWriter, r *http.Request, t *auth.Tokens) error {
	token, err := s.client.SealTokens(s.sealer, t, s.cookies.browser(w, r))
	if err != nil {
		return err
	}
	s.cookies.setLong(w, r, sessionCookie, token, 30*24*time.Hour)
	return nil
}

// session returns the tokens of who is signed in, refreshed if need be.
func (s *site) session(w http.ResponseWriter, r *http.Request) (*auth.Tokens, error) {
	browser, err := r.Cookie(browserCookie)
	if err != nil {
		return nil, errNotSignedIn
	}
	tokens, err := s.client.OpenTokens(s.sealer, s.cookies.long(r, sessionCookie), browser.Value)
	if err != nil {
		return nil, errors.Join(errNotSignedIn, err)
	}
	if time.Until(tokens.Expires()) > time.Minute {
		return tokens, nil
	}
	return s.refreshed(r.Context(), w, r, tokens)
}

func (s *site) refreshed(ctx context.Context, w http.ResponseWriter, r *http.Request, t *auth.Tokens) (*auth.Tokens, error) {
	tokens, err := s.refresh.Refresh(ctx, t)
	if err != nil {
		if errors.Is(err, auth.ErrToken) || errors.Is(err, auth.ErrTokenReused) {
			s.cookies.clear(w, r, sessionCookie)
		}
		return nil, err
	}
	return tokens, s.keepSession(w, r, tokens)
}

// device returns this browser as it was remembered, or none.
func (s *site) device(r *http.Request) auth.Device {
	browser, err := r.Cookie(browserCookie)
	if err != nil {
		return auth.Device{}
	}
	d, err := s.client.OpenDevice(s.sealer, s.cookies.long(r, deviceCookie), browser.Value)
	if err != nil {
		return auth.Device{} // the user is asked for the second factor
	}
	return d
}
