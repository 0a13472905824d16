package main

import (
	"errors"
	"net/http"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
)

// A newAccount waits for its confirmation.
type newAccount struct {
	Username string
	SentTo   string
	Session  string // Cognito's, with which no sign-in is needed afterwards
}

func (s *site) showSignUp(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, http.StatusOK, "signup", "Sign up", "", nil)
}

func (s *site) signUp(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	username := r.PostFormValue("username")
	made, err := s.accounts.SignUp(r.Context(), username, r.PostFormValue("password"), map[string]string{"email": r.PostFormValue("email")})
	if err != nil {
		return s.again(w, r, err, "/signup")
	}
	if made.Confirmed {
		return seeOther(w, r, "/signin")
	}
	account := newAccount{Username: username, Session: made.Session()}
	if made.Delivery != nil {
		account.SentTo = made.Delivery.Destination
	}
	err = errors.Join(s.cookies.put(w, r, signUpCookie, account, time.Hour), s.cookies.put(w, r, nameCookie, username, time.Hour))
	if err != nil {
		return err
	}
	return seeOther(w, r, "/confirm")
}

func (s *site) showConfirm(w http.ResponseWriter, r *http.Request) error {
	var account newAccount
	s.cookies.get(r, signUpCookie, &account) // the form asks for the name if it is not known
	return s.show(w, r, http.StatusOK, "confirm", "Confirm your e-mail address", account.Username, account)
}

// confirm ends with the user signed in, if the pool allows that.
func (s *site) confirm(w http.ResponseWriter, r *http.Request) error {
	account, err := s.confirming(r)
	if err != nil {
		return err
	}
	confirmed, err := s.accounts.ConfirmSignUp(r.Context(), account.Username, r.PostFormValue("code"),
		func(o *auth.CallOptions) { o.SignUpSession = account.Session })
	if err != nil {
		return s.again(w, r, err, "/confirm")
	}
	s.cookies.clear(w, r, signUpCookie)
	if !confirmed.CanSignIn() {
		if err := s.tell(w, r, false, "The account is confirmed. Sign in."); err != nil {
			return err
		}
		return seeOther(w, r, "/signin")
	}
	d := s.doors[0] // where the account was made
	tokens, asked, err := d.client.Begin(r.Context(), auth.AfterSignUp(confirmed), s.calling(r, d))
	return s.next(w, r, d, tokens, asked, err)
}

func (s *site) resend(w http.ResponseWriter, r *http.Request) error {
	account, err := s.confirming(r)
	if err != nil {
		return err
	}
	sent, err := s.accounts.ResendConfirmationCode(r.Context(), account.Username)
	if err != nil {
		return s.again(w, r, err, "/confirm")
	}
	text := "A new code is on its way."
	if sent != nil {
		text = "A new code was sent to " + sent.Destination + "."
	}
	if err := s.tell(w, r, false, text); err != nil {
		return err
	}
	return seeOther(w, r, "/confirm")
}

// confirming returns the account that a form is about: the one of this browser,
// or the one that is typed.
func (s *site) confirming(r *http.Request) (newAccount, error) {
	if err := form(r); err != nil {
		return newAccount{}, err
	}
	var account newAccount
	s.cookies.get(r, signUpCookie, &account)
	if typed := r.PostFormValue("username"); typed != "" && typed != account.Username {
		account = newAccount{Username: typed}
	}
	return account, nil
}

// again shows a form anew after an error that its user can mend.
func (s *site) again(w http.ResponseWriter, r *http.Request, err error, path string) error {
	why := explain(err)
	if why.status >= http.StatusInternalServerError || why.reason == auth.ErrStartOver {
		return err
	}
	s.log.InfoContext(r.Context(), "refused", "path", path, "error", err)
	if err := s.tell(w, r, true, why.text); err != nil {
		return err
	}
	return seeOther(w, r, path)
}
