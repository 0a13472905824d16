package main

import (
	"net/http"
	"time"
)

// A reset password waits for its code.
type reset struct{ Username, SentTo string }

func (s *site) showForgot(w http.ResponseWriter, r *http.Request) error {
	var waiting reset
	s.cookies.get(r, resetCookie, &waiting)
	return s.show(w, r, http.StatusOK, "forgot", "Reset your password", waiting.Username, waiting)
}

func (s *site) forgot(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	waiting := reset{Username: r.PostFormValue("username")}
	sent, err := s.accounts.ForgotPassword(r.Context(), waiting.Username, s.calling(r, s.doors[0]))
	if err != nil {
		return s.again(w, r, err, "/forgot")
	}
	if sent != nil {
		waiting.SentTo = sent.Destination
	}
	if err := s.cookies.put(w, r, resetCookie, waiting, time.Hour); err != nil {
		return err
	}
	return seeOther(w, r, "/forgot")
}

func (s *site) confirmForgot(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	var waiting reset
	if !s.cookies.get(r, resetCookie, &waiting) {
		return seeOther(w, r, "/forgot")
	}
	err := s.accounts.ConfirmForgotPassword(r.Context(), waiting.Username, digits(r.PostFormValue("code")), r.PostFormValue("password"), s.calling(r, s.doors[0]))
	if err != nil {
		return s.again(w, r, err, "/forgot")
	}
	s.cookies.clear(w, r, resetCookie)
	if err := s.tell(w, r, false, "The password is set. Sign in with it."); err != nil {
		return err
	}
	return seeOther(w, r, "/signin")
}

func (s *site) cancelForgot(w http.ResponseWriter, r *http.Request) error {
	s.cookies.clear(w, r, resetCookie)
	return seeOther(w, r, "/forgot")
}
