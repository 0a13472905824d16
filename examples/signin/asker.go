package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
)

// An asker puts challenges into words.
type asker struct {
	terminal        *terminal
	issuer, account string          // what an authenticator app shows beside its codes
	messages        func() []string // see pool
	answered        bool            // a custom challenge of this project's: another one means that it was wrong
}

// prompts are all but that for passkeys, which only a browser can answer.
func (a *asker) prompts() auth.Prompts {
	return auth.Prompts{
		TOTPCode: func(ctx context.Context, c *challenge.TOTPCode) (string, error) {
			return a.code(ctx, "Code of your authenticator app"+named(c.DeviceName()))
		},
		SMSCode: func(ctx context.Context, c *challenge.SMSCode) (string, error) {
			return a.code(ctx, "Code that was sent to "+plain(c.Destination())+left(c))
		},
		EmailCode: func(ctx context.Context, c *challenge.EmailCode) (string, error) {
			return a.code(ctx, "Code that was sent to "+plain(c.Destination())+left(c))
		},
		SelectMFA: func(ctx context.Context, c *challenge.SelectMFA) (challenge.MFAOption, error) {
			return choose(ctx, a, "Choose a second factor", c.Options())
		},
		SetUpMFA: func(ctx context.Context, c *challenge.SetUpMFA) (challenge.SetUpOption, error) {
			return choose(ctx, a, "A second factor has to be set up. Choose one", c.Options())
		},
		SelectFirstFactor: func(ctx context.Context, c *challenge.SelectFirstFactor) (challenge.FirstFactorOption, error) {
			return choose(ctx, a, "Choose how to sign in", c.Options())
		},
		SetUpTOTP: a.setUpTOTP,
		SetUpEmail: func(ctx context.Context, _ *challenge.SetUpEmail) (string, error) {
			return a.terminal.ask(ctx, "E-mail address that codes shall be sent to")
		},
		NewPassword: a.newPassword,
		Password: func(ctx context.Context, _ *challenge.Password) (string, error) {
			return a.terminal.askSecret(ctx, "Password of "+a.account)
		},
		Custom: a.custom,
		Rejected: func(_ context.Context, e *auth.Error) bool {
			a.terminal.say("%s. Once more:", e.Reason)
			return true
		},
	}
}

func (a *asker) code(ctx context.Context, question string) (string, error) {
	for _, line := range a.messages() {
		a.terminal.say("%s", line)
	}
	return a.terminal.ask(ctx, question)
}

func (a *asker) setUpTOTP(ctx context.Context, c *challenge.SetUpTOTP) (code, deviceName string, err error) {
	e, err := c.Enrollment(a.issuer, cmp.Or(a.account, "you")) // a kept challenge does not say whose it is
	if err != nil {
		return "", "", err
	}
	qr, err := e.Terminal()
	if err != nil {
		return "", "", err
	}
	a.terminal.say("An authenticator app has to be set up. Scan this with it, or type %s\n\n%s", e.Secret(), qr)
	code, err = a.terminal.ask(ctx, "Code that the app shows")
	return code, "signin", err
}

func (a *asker) newPassword(ctx context.Context, c *challenge.NewPassword) (password string, attributes map[string]string, err error) {
	a.terminal.say("The password has to be replaced.")
	if password, err = a.terminal.askSecret(ctx, "New password"); err != nil {
		return "", nil, err
	}
	again, err := a.terminal.askSecret(ctx, "New password, once more")
	if err != nil {
		return "", nil, err
	}
	if password != again {
		a.terminal.say("The two are not the same.")
		return a.newPassword(ctx, c)
	}
	attributes = make(map[string]string)
	for _, name := range c.RequiredAttributes() {
		if attributes[name], err = a.terminal.ask(ctx, name); err != nil {
			return "", nil, err
		}
	}
	return password, attributes, nil
}

// choose asks for one of a challenge's options.
func choose[O fmt.Stringer](ctx context.Context, a *asker, question string, options []O) (O, error) {
	names := make([]string, len(options))
	for i, o := range options {
		names[i] = plain(o.String())
	}
	i, err := a.terminal.choose(ctx, question, names)
	if err != nil {
		var none O
		return none, err
	}
	return options[i], nil
}

func named(device string) string {
	if device == "" {
		return ""
	}
	return " " + plain(device)
}

// plain is a text of the pool's without what a terminal would take for a command,
// such as to clear the screen and write another question.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// left says how long an answer is worth typing.
func left(c challenge.Challenge) string {
	minutes := time.Until(c.Expires()).Round(time.Minute) / time.Minute
	if minutes < 1 {
		return ""
	}
	return fmt.Sprintf(" (%d min left)", minutes)
}
