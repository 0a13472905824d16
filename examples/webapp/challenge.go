package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/totp"
)

// A question is what the pages of all challenges have in common.
type question struct {
	// Step names the challenge, so that a form of an earlier one, which the
	// back button has brought up, does not answer this one.
	Step    string
	Expires time.Time

	Where   string              // where a code was sent, or which device shows it
	Options []option            // of a choice
	Secret  string              // of an authenticator app that is set up
	Missing []string            // attributes that go with a new password
	Passkey string              // options for the browser, in JSON
	Mailed  *emailotp.Challenge // a code that a custom challenge sent
	Visit   *visit              // another site that a custom challenge sends to
	Asked   map[string]string   // by any other custom challenge
}

type option struct{ Value, Text string }

// showChallenge shows the page of the challenge that this browser has to answer.
func (s *site) showChallenge(w http.ResponseWriter, r *http.Request) error {
	_, asked, err := s.pending(r)
	if err != nil {
		return err
	}
	q := question{Step: s.step(r), Expires: asked.Expires()}
	name, title, username := "unknown", "One more step", ""
	switch c := asked.(type) {
	case *challenge.TOTPCode:
		name, title, q.Where = "totp", "Enter the code of your app", c.DeviceName()
	case *challenge.SMSCode:
		name, title, q.Where = "code", "Enter the code that we sent", c.Destination()
	case *challenge.EmailCode:
		name, title, q.Where = "code", "Enter the code that we sent", c.Destination()
	case *challenge.SelectMFA:
		name, title, q.Options = "choose", "Choose a second factor", optionsOf(c.Options())
	case *challenge.SelectFirstFactor:
		name, title, q.Options = "choose", "Choose how to sign in", optionsOf(c.Options())
	case *challenge.SetUpMFA:
		name, title, q.Options = "choose", "Choose a second factor to set up", optionsOf(c.Options())
	case *challenge.SetUpTOTP:
		e, err := c.Enrollment(s.siteName(), "you")
		if err != nil {
			return err
		}
		name, title, q.Secret = "setuptotp", "Set up your authenticator app", e.Secret()
	case *challenge.SetUpEmail:
		name, title = "setupemail", "Where shall we send codes?"
	case *challenge.NewPassword:
		name, title, q.Missing = "newpassword", "Choose a new password", c.RequiredAttributes()
	case *challenge.Password:
		name, title = "password", "Enter your password"
	case *challenge.Passkey:
		name, title, q.Passkey = "passkey", "Use your passkey", string(c.Options())
	case *challenge.Custom:
		name, title = s.customPage(c, &q)
	}
	if s.pool.mailbox != nil {
		username = s.typedName(r)
	}
	return s.show(w, r, http.StatusOK, name, title, username, q)
}

// answer answers the challenge with what the form holds.
func (s *site) answer(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	d, asked, err := s.pending(r)
	if err != nil {
		return s.next(w, r, nil, nil, nil, err)
	}
	if r.PostFormValue("step") != s.step(r) {
		if err := s.tell(w, r, true, "That page was of an earlier step. This is the one to answer."); err != nil {
			return err
		}
		return seeOther(w, r, "/challenge")
	}
	if c, ok := asked.(*challenge.Custom); ok {
		return s.answerCustom(w, r, d, c)
	}
	a, ok := answerOf(asked, r.PostForm)
	if !ok {
		return errForm
	}
	return s.respond(w, r, d, a, notice{})
}

// answerOf makes the answer that fits the challenge. It reports false if the
// form does not fit.
func answerOf(asked challenge.Challenge, f url.Values) (challenge.Answer, bool) {
	switch c := asked.(type) {
	case challenge.Code: // TOTP, SMS, e-mail
		return c.Answer(digits(f.Get("code"))), true
	case *challenge.SelectMFA:
		o, ok := c.Option(challenge.Factor(f.Get("factor")))
		return o.Answer(), ok
	case *challenge.SelectFirstFactor:
		o, ok := c.Option(challenge.Factor(f.Get("factor")))
		return o.Answer(), ok
	case *challenge.SetUpMFA:
		o, ok := c.Option(challenge.Factor(f.Get("factor")))
		return o.Answer(), ok
	case *challenge.SetUpTOTP:
		return c.Answer(digits(f.Get("code")), "authenticator"), true
	case *challenge.SetUpEmail:
		return c.Answer(f.Get("email")), true
	case *challenge.NewPassword:
		attributes := make(map[string]string)
		for _, name := range c.RequiredAttributes() {
			attributes[name] = f.Get("attribute." + name)
		}
		return c.Answer(f.Get("password"), attributes), true
	case *challenge.Password:
		return c.Answer(f.Get("password")), true
	case *challenge.Passkey:
		return c.Answer(json.RawMessage(f.Get("credential"))), json.Valid([]byte(f.Get("credential")))
	}
	return challenge.Answer{}, false
}

// qr is the picture of the secret that is being set up.
func (s *site) qr(w http.ResponseWriter, r *http.Request) error {
	_, asked, err := s.pending(r)
	if err != nil {
		return err
	}
	c, ok := asked.(*challenge.SetUpTOTP)
	if !ok {
		return errNotFound
	}
	e, err := c.Enrollment(s.siteName(), "you")
	if err != nil {
		return err
	}
	return s.writeQR(w, e.Secret(), s.typedName(r))
}

func (s *site) writeQR(w http.ResponseWriter, secret, account string) error {
	e, err := totp.Enroll(secret, s.siteName(), cmp.Or(account, "you"))
	if err != nil {
		return err
	}
	picture, err := e.PNG(240)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	w.Write(picture) // the browser is gone if it fails
	return nil
}

// step names the pending challenge without showing anything of it.
func (s *site) step(r *http.Request) string {
	sum := sha256.Sum256([]byte(s.cookies.long(r, pendingCookie)))
	return hex.EncodeToString(sum[:8])
}

// siteName is what an authenticator app shows beside its codes.
func (s *site) siteName() string {
	u, err := url.Parse(s.o.origin)
	if err != nil {
		return "webapp"
	}
	return u.Hostname()
}

// digits takes a code as people type it.
func digits(code string) string { return strings.NewReplacer(" ", "", "-", "").Replace(code) }

// optionsOf puts the options of a choice into words.
func optionsOf[O interface{ Factor() challenge.Factor }](all []O) []option {
	var options []option
	for _, o := range all {
		// A password that can be proved need not be sent.
		provable := slices.ContainsFunc(all, func(p O) bool { return p.Factor() == challenge.FactorPasswordSRP })
		if o.Factor() == challenge.FactorPassword && provable {
			continue
		}
		options = append(options, option{string(o.Factor()), readable(o.Factor())})
	}
	return options
}

func readable(f challenge.Factor) string {
	switch f {
	case challenge.FactorTOTP:
		return "Code of an authenticator app"
	case challenge.FactorSMS, challenge.FactorSMSOTP:
		return "Code by SMS"
	case challenge.FactorEmail:
		return "Code by e-mail"
	case challenge.FactorPassword, challenge.FactorPasswordSRP:
		return "Password"
	case challenge.FactorPasskey:
		return "Passkey"
	}
	return string(f)
}

// typedName is the name with which this browser signs in, for the messages of
// the pool inside this program and the label of an authenticator.
func (s *site) typedName(r *http.Request) string {
	var name string
	s.cookies.get(r, nameCookie, &name)
	return name
}
