package main

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
)

// accountPages are those of who is signed in.
func (s *site) accountPages(page func(string, func(http.ResponseWriter, *http.Request) error)) {
	signedIn := func(pattern string, serve func(http.ResponseWriter, *http.Request, session) error) {
		page(pattern, func(w http.ResponseWriter, r *http.Request) error {
			if err := form(r); err != nil {
				return err
			}
			in, err := s.session(w, r)
			if err != nil {
				return err
			}
			return serve(w, r, in)
		})
	}
	signedIn("GET /account", s.account)
	signedIn("POST /account/refresh", s.refreshNow)
	signedIn("POST /account/signout", s.signOut)
	signedIn("POST /account/signout-everywhere", s.signOutEverywhere)
	signedIn("POST /account/mfa", s.setMFA)
	signedIn("POST /account/totp", s.enrollTOTP)
	signedIn("GET /account/totp", s.showTOTP)
	signedIn("GET /account/totp/qr.png", s.totpQR)
	signedIn("POST /account/totp/verify", s.verifyTOTP)
	signedIn("POST /account/passkeys/options", s.passkeyOptions)
	signedIn("POST /account/passkeys", s.addPasskey)
	signedIn("POST /account/passkeys/delete", s.deletePasskey)
	signedIn("POST /account/devices", s.rememberDevice)
	signedIn("POST /account/devices/forget", s.forgetDevice)
}

// An account is what the account page shows.
type account struct {
	Username, Email string
	Expires         time.Time
	NewDevice       bool
	SecondFactors   []secondFactor
	HasTOTP         bool
	CanAddEmail     bool
	Passkeys        []auth.Passkey
	Devices         []auth.KnownDevice
	Claims          []option
}

type secondFactor struct {
	Value, Text string
	Preferred   bool
}

func (s *site) account(w http.ResponseWriter, r *http.Request, in session) error {
	id, err := s.verifier.ID(r.Context(), in.ID())
	if err != nil {
		return err
	}
	factors, err := s.factors.List(r.Context(), in.Tokens)
	if err != nil {
		return err
	}
	a := account{
		Username: id.Username, Expires: in.Expires(), NewDevice: in.HasNewDevice(),
		HasTOTP:     slices.Contains(factors.MFA, challenge.FactorTOTP),
		CanAddEmail: !slices.Contains(factors.MFA, challenge.FactorEmail),
	}
	for _, f := range factors.MFA {
		a.SecondFactors = append(a.SecondFactors, secondFactor{string(f), readable(f), f == factors.Preferred})
	}
	for p, err := range s.factors.Passkeys(r.Context(), in.Tokens) {
		if err != nil {
			return err
		}
		a.Passkeys = append(a.Passkeys, p)
	}
	if in.DeviceKey() != "" {
		for d, err := range s.devices.List(r.Context(), in.Tokens) {
			if err != nil {
				return err
			}
			a.Devices = append(a.Devices, d)
		}
	}
	if a.Claims, a.Email, err = claimsOf(id); err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, "account", "Your account", a.Username, a)
}

// claimsOf lists the claims for people.
func claimsOf(c *auth.Claims) (claims []option, email string, err error) {
	all := make(map[string]any)
	if err := c.Decode(&all); err != nil {
		return nil, "", err
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		text := fmt.Sprint(all[name])
		if seconds, ok := all[name].(float64); ok {
			text = time.Unix(int64(seconds), 0).UTC().Format(time.DateTime)
		}
		claims = append(claims, option{name, text})
	}
	email, _ = all["email"].(string)
	return claims, email, nil
}

// done ends a form of the account page.
func (s *site) done(w http.ResponseWriter, r *http.Request, err error, text string) error {
	if err != nil {
		return s.again(w, r, err, "/account")
	}
	if err := s.tell(w, r, false, text); err != nil {
		return err
	}
	return seeOther(w, r, "/account")
}

func (s *site) refreshNow(w http.ResponseWriter, r *http.Request, in session) error {
	_, err := s.refreshed(w, r, in)
	return s.done(w, r, err, "The tokens are new.")
}

// signOut forgets the tokens here and has Cognito forget them too.
func (s *site) signOut(w http.ResponseWriter, r *http.Request, in session) error {
	s.cookies.clear(w, r, sessionCookie)
	if err := in.door.refresh.Revoke(r.Context(), in.Tokens); err != nil && !errors.Is(err, auth.ErrToken) {
		s.log.WarnContext(r.Context(), "revoke", "error", err)
	}
	if err := s.tell(w, r, false, "You are signed out."); err != nil {
		return err
	}
	return seeOther(w, r, "/signin")
}

func (s *site) signOutEverywhere(w http.ResponseWriter, r *http.Request, in session) error {
	if err := in.door.refresh.SignOutEverywhere(r.Context(), in.Tokens); err != nil {
		return err
	}
	s.cookies.clear(w, r, sessionCookie)
	if err := s.tell(w, r, false, "You are signed out, here and everywhere else."); err != nil {
		return err
	}
	return seeOther(w, r, "/signin")
}

// setMFA turns a second factor on, prefers it, or turns it off.
func (s *site) setMFA(w http.ResponseWriter, r *http.Request, in session) error {
	setting, ok := map[string]auth.MFASetting{"off": auth.MFAOff, "on": auth.MFAOn, "preferred": auth.MFAPreferred}[r.PostFormValue("setting")]
	if !ok {
		return errForm
	}
	var changes auth.MFAChanges
	switch challenge.Factor(r.PostFormValue("factor")) {
	case challenge.FactorTOTP:
		changes.TOTP = setting
	case challenge.FactorEmail:
		changes.Email = setting
	case challenge.FactorSMS:
		changes.SMS = setting
	default:
		return errForm
	}
	return s.done(w, r, s.factors.SetMFA(r.Context(), in.Tokens, changes), "Your second factors are changed.")
}

// An enrolling authenticator is kept in the browser until its first code.
type enrolling struct{ Secret, Account string }

func (s *site) enrollTOTP(w http.ResponseWriter, r *http.Request, in session) error {
	e, err := s.factors.EnrollTOTP(r.Context(), in.Tokens, s.siteName(), in.Username())
	if err != nil {
		return s.again(w, r, err, "/account")
	}
	if err := s.cookies.put(w, r, totpCookie, enrolling{e.Secret(), in.Username()}, 15*time.Minute); err != nil {
		return err
	}
	return seeOther(w, r, "/account/totp")
}

// enrolling returns the authenticator that is set up, by who is signed in and not by
// who was before, in the same browser.
func (s *site) enrolling(r *http.Request, in session) (e enrolling, ok bool) {
	ok = s.cookies.get(r, totpCookie, &e) && e.Account == in.Username()
	return e, ok
}

func (s *site) showTOTP(w http.ResponseWriter, r *http.Request, in session) error {
	e, ok := s.enrolling(r, in)
	if !ok {
		return seeOther(w, r, "/account")
	}
	return s.show(w, r, http.StatusOK, "totpsetup", "Set up your authenticator app", "", e)
}

func (s *site) totpQR(w http.ResponseWriter, r *http.Request, in session) error {
	e, ok := s.enrolling(r, in)
	if !ok {
		return errNotFound
	}
	return s.writeQR(w, e.Secret, e.Account)
}

func (s *site) verifyTOTP(w http.ResponseWriter, r *http.Request, in session) error {
	if err := s.factors.VerifyTOTP(r.Context(), in.Tokens, digits(r.PostFormValue("code")), "authenticator"); err != nil {
		return s.again(w, r, err, "/account/totp")
	}
	s.cookies.clear(w, r, totpCookie)
	err := s.factors.SetMFA(r.Context(), in.Tokens, auth.MFAChanges{TOTP: auth.MFAPreferred})
	return s.done(w, r, err, "From now on a sign-in asks for a code of your app.")
}

func (s *site) passkeyOptions(w http.ResponseWriter, r *http.Request, in session) error {
	options, err := s.factors.StartPasskey(r.Context(), in.Tokens)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(options) // the browser is gone if it fails
	return nil
}

func (s *site) addPasskey(w http.ResponseWriter, r *http.Request, in session) error {
	err := s.factors.CompletePasskey(r.Context(), in.Tokens, []byte(r.PostFormValue("credential")))
	return s.done(w, r, err, "The passkey is registered. Sign in with it by \"another way\".")
}

func (s *site) deletePasskey(w http.ResponseWriter, r *http.Request, in session) error {
	return s.done(w, r, s.factors.DeletePasskey(r.Context(), in.Tokens, r.PostFormValue("id")), "The passkey is removed.")
}

// rememberDevice makes this browser a remembered device, and puts what proves it
// into the browser, not into a database: whoever else knows the password is still
// asked for the second factor.
func (s *site) rememberDevice(w http.ResponseWriter, r *http.Request, in session) error {
	d, err := s.devices.Remember(r.Context(), in.Tokens, strings.TrimSpace(r.PostFormValue("name")))
	if err != nil {
		return s.again(w, r, err, "/account")
	}
	token, err := in.door.client.SealDevice(s.sealer, d, s.cookies.browser(w, r))
	if err != nil {
		return err
	}
	s.cookies.setLong(w, r, deviceCookie, token, s.sealer.DeviceValidity)
	// The tokens of this session stand for a new device no more.
	_, err = s.refreshed(w, r, in)
	return s.done(w, r, err, "This browser is remembered.")
}

func (s *site) forgetDevice(w http.ResponseWriter, r *http.Request, in session) error {
	key := r.PostFormValue("key")
	err := s.devices.Forget(r.Context(), in.Tokens, key)
	if err == nil && key == in.DeviceKey() {
		s.cookies.clear(w, r, deviceCookie)
	}
	return s.done(w, r, err, "It is forgotten.")
}
