package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/challenge/redirect"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// custom answers what the pool's triggers ask: by a method of this project's, a
// choice among several, or anything else, whose parameters are shown as they are.
func (a *asker) custom(ctx context.Context, c *challenge.Custom) (challenge.Answer, error) {
	parameters := c.Parameters()
	if methods := trigger.Methods(parameters); methods != nil {
		names := make([]string, len(methods))
		for i, m := range methods {
			names[i] = plain(m)
		}
		i, err := a.terminal.choose(ctx, "Choose a second factor", names)
		if err != nil {
			return challenge.Answer{}, err
		}
		return c.Answer("choice").WithClientMetadata(trigger.Choose(methods[i])), nil
	}
	if code, err := emailotp.Parse(c); err == nil {
		return a.mailed(ctx, code)
	}
	if p, err := redirect.Parse(c); err == nil {
		return a.visit(ctx, p, parameters[trigger.ParamAttemptsLeft])
	}
	a.terminal.say("The user pool asks a question of its own:")
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		a.terminal.say("  %s: %s", plain(name), plain(parameters[name]))
	}
	typed, err := a.code(ctx, "Answer")
	if err != nil {
		return challenge.Answer{}, err
	}
	return c.Answer(typed), nil
}

// again tells the user that the last answer was wrong: Cognito says nothing of it
// but asks once more.
func (a *asker) again() {
	if a.answered {
		a.terminal.say("That was not right. Once more:")
	}
	a.answered = true
}

// resendKey is what is typed in place of a code to have another one sent.
const resendKey = "r"

// mailed asks for a code that the triggers sent.
func (a *asker) mailed(ctx context.Context, c *emailotp.Challenge) (challenge.Answer, error) {
	a.again()
	question := fmt.Sprintf("Code of %d digits that was sent to %s (attempts left: %d", c.CodeLength, plain(c.Destination), c.AttemptsLeft)
	if c.ResendsLeft > 0 {
		question += fmt.Sprintf("; %s sends another, %d more", resendKey, c.ResendsLeft)
	}
	for {
		typed, err := a.code(ctx, question+")")
		switch {
		case err != nil:
			return challenge.Answer{}, err
		case c.ResendsLeft == 0 || !strings.EqualFold(typed, resendKey):
			return c.Answer(typed), nil
		case time.Now().Before(c.ResendAfter):
			// The trigger would count the request, and send nothing.
			a.terminal.say("A code was sent a moment ago. Another can be sent from %s on.", c.ResendAfter.Local().Format("15:04:05"))
		default:
			a.answered = false
			return c.Resend(), nil
		}
	}
}

// visit sends the user to another site and waits for the browser to come back, as
// RFC 8252 has it: to this machine, if the site sends it here.
func (a *asker) visit(ctx context.Context, p *redirect.Prompt, attempts string) (challenge.Answer, error) {
	listener, err := redirect.Listen(p.RedirectURL())
	elsewhere := errors.Is(err, redirect.ErrRedirectURL)
	if err != nil && !elsewhere {
		return challenge.Answer{}, err
	}
	a.again()
	a.terminal.say("Prove that it is you (attempts left: %s) at this address, in a browser:\n\n%s\n", plain(attempts), plain(p.URL()))
	var answer challenge.Answer
	if elsewhere {
		answer, err = a.pasted(ctx, p)
	} else {
		a.terminal.say("Waiting for the browser, until %s", p.Expires().Local().Format("15:04:05"))
		ctx, cancel := context.WithDeadlineCause(ctx, p.Expires(), errors.New("the browser has not come back in time"))
		defer cancel()
		answer, err = listener.Wait(ctx, p)
	}
	var denied *redirect.DeniedError
	if errors.As(err, &denied) {
		a.terminal.say("The browser came back without a confirmation (%s).", denied.Code)
		return p.Decline(), nil
	}
	return answer, err
}

// pasted asks for the address to which the other site has sent the browser, which
// is not one of this machine.
func (a *asker) pasted(ctx context.Context, p *redirect.Prompt) (challenge.Answer, error) {
	for {
		typed, err := a.terminal.ask(ctx, "Address that the browser has come to")
		if err != nil {
			return challenge.Answer{}, err
		}
		address, err := url.Parse(typed)
		if err != nil {
			address = new(url.URL)
		}
		answer, err := p.Answer(address.Query())
		if !errors.Is(err, redirect.ErrState) && !errors.Is(err, redirect.ErrNoCode) {
			return answer, err
		}
		a.terminal.say("That is not an address to which this sign-in leads.")
	}
}
