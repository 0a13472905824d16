package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/challenge/redirect"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// callbackPath is where the other sites send users back to.
const callbackPath = "/callback"

// A visit is one to another site, which a custom challenge asks for.
type visit struct {
	URL, To, Host string
	AttemptsLeft  int
	Simulated     bool
}

// customPage chooses the page of a custom challenge: one of this project's, or any
// other, whose parameters are shown as they are.
func (s *site) customPage(c *challenge.Custom, q *question) (name, title string) {
	parameters := c.Parameters()
	if methods := trigger.Methods(parameters); methods != nil {
		for _, m := range methods {
			q.Options = append(q.Options, option{m, methodName(m)})
		}
		return "choose", "Choose a second factor"
	}
	if code, err := emailotp.Parse(c); err == nil {
		q.Mailed = code
		if code.Expires.Before(q.Expires) {
			q.Expires = code.Expires
		}
		return "mailedcode", "Enter the code that we sent"
	}
	if p, err := redirect.Parse(c); err == nil {
		to, err := url.Parse(p.URL())
		if err == nil {
			attempts, _ := strconv.Atoi(parameters[trigger.ParamAttemptsLeft]) // 0, of other triggers, is not shown
			q.Visit = &visit{p.URL(), methodName(parameters[trigger.ParamMethod]), to.Host, attempts, s.pool.mailbox != nil}
			if p.Expires().Before(q.Expires) {
				q.Expires = p.Expires()
			}
			return "visit", "Prove that it is you"
		}
	}
	q.Asked = parameters
	return "custom", "One more question"
}

// methodName puts a method of custom challenges into words.
func methodName(method string) string {
	switch method {
	case emailotp.Name:
		return "Code by e-mail"
	case "duo":
		return "Duo"
	case "blockid":
		return "1Kosmos BlockID"
	case "":
		return "another site"
	}
	return method
}

// What is said when a custom challenge is followed by another of its kind.
var (
	saidWrong    = notice{"That answer is wrong. Try again.", true}
	saidSent     = notice{"A new code is on its way. The old one is good no more.", false}
	saidDenied   = notice{"You came back without a confirmation. Try again, or cancel.", true}
	saidNotProof = notice{"The other site did not confirm that it was you. Try again, or cancel.", true}
)

// answerCustom answers a custom challenge with what the form holds.
func (s *site) answerCustom(w http.ResponseWriter, r *http.Request, d *door, c *challenge.Custom) error {
	if methods := trigger.Methods(c.Parameters()); methods != nil {
		method := r.PostFormValue("factor")
		if !slices.Contains(methods, method) {
			return errForm
		}
		return s.respond(w, r, d, c.Answer("choice").WithClientMetadata(trigger.Choose(method)), notice{})
	}
	if code, err := emailotp.Parse(c); err == nil {
		return s.answerMailed(w, r, d, code)
	}
	if _, err := redirect.Parse(c); err == nil {
		return errForm // it is answered by coming back
	}
	return s.respond(w, r, d, c.Answer(r.PostFormValue("answer")), saidWrong)
}

func (s *site) answerMailed(w http.ResponseWriter, r *http.Request, d *door, code *emailotp.Challenge) error {
	switch {
	case !r.PostForm.Has("resend"):
		return s.respond(w, r, d, code.Answer(r.PostFormValue("code")), saidWrong)
	case s.now().Before(code.ResendAfter):
		// The trigger would count the request, and send nothing.
		text := fmt.Sprintf("A code was sent a moment ago. Another can be sent from %s on.", clock(code.ResendAfter))
		if err := s.tell(w, r, true, text); err != nil {
			return err
		}
		return seeOther(w, r, "/challenge")
	}
	return s.respond(w, r, d, code.Resend(), saidSent)
}

// callback is where the browser comes back to from another site. That it may
// answer is shown by two things: the state in the address, which the trigger made
// for this challenge, and the cookie with the challenge, which another browser
// does not have. The cookie comes along because it is SameSite=Lax and this is a
// whole page.
func (s *site) callback(w http.ResponseWriter, r *http.Request) error {
	d, asked, err := s.pending(r)
	if err != nil {
		return errors.Join(errReturn, err)
	}
	c, _ := asked.(*challenge.Custom)
	p, err := redirect.Parse(c)
	if err != nil {
		return errors.Join(errReturn, err)
	}
	a, err := p.Answer(r.URL.Query())
	said := saidNotProof
	var denied *redirect.DeniedError
	switch {
	case errors.As(err, &denied):
		a, said = p.Decline(), saidDenied
	case err != nil:
		return errors.Join(errReturn, err)
	}
	return s.respond(w, r, d, a, said)
}

// respond answers a challenge and shows what follows. A custom challenge that
// follows an answer to one says nothing of why: said does.
func (s *site) respond(w http.ResponseWriter, r *http.Request, d *door, a challenge.Answer, said notice) error {
	tokens, next, err := d.client.Respond(r.Context(), a, s.calling(r, d))
	if _, custom := next.(*challenge.Custom); custom && said.Text != "" {
		if err := s.tell(w, r, said.Bad, said.Text); err != nil {
			return err
		}
	}
	return s.next(w, r, d, tokens, next, err)
}
