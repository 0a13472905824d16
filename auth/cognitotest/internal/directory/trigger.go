package directory

import (
	"context"
	"strings"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// An Occasion is what a call of the API gives its triggers to know, besides the
// user.
type Occasion struct {
	Source   trigger.Source
	ClientID string            // empty: an administrator's operation, which names none
	Metadata map[string]string // ClientMetadata, where this source is given it
}

// noClient is what the service writes into events for which no client asked.
const noClient = "CLIENT_ID_NOT_APPLICABLE"

// Trigger runs the function of an occasion, if the pool has one.
func (p *Pool) Trigger(ctx context.Context, o Occasion, u User, request, response any) error {
	if o.ClientID == "" {
		o.ClientID = noClient
	}
	return p.Settings.Triggers.Run(ctx, trigger.Envelope{
		Source: o.Source, Region: p.Settings.Region, PoolID: p.ID, Username: u.Username, ClientID: o.ClientID,
	}, request, response)
}

// EventAttributes are a user's as triggers see them, with the status and the
// aliases.
func (p *Pool) EventAttributes(u User) map[string]string {
	attributes := u.AllAttributes()
	if u.Simulated {
		return attributes
	}
	attributes["cognito:user_status"] = string(u.Status)
	for attribute, value := range p.Aliases(u) {
		attributes["cognito:"+attribute+"_alias"] = value
	}
	return attributes
}

// The placeholders of a message.
const (
	codePlace     = "{####}"
	linkPlace     = "{##Click Here##}"
	usernamePlace = "{username}"
)

// The longest messages, with the code in them (developer guide, "Custom message
// Lambda trigger").
const (
	longestSMS   = 140
	longestEmail = 20_000
)

// texts are the messages of a pool that has no function for them.
var texts = map[string]struct{ subject, text string }{
	factor.SignUp:         {"Your verification code", "Your confirmation code is {####}."},
	factor.Invitation:     {"Your temporary password", "Your username is {username} and temporary password is {####}."},
	factor.Welcome:        {"Your account", "Your username is {username}."},
	factor.Authentication: {"Your authentication code", "Your authentication code is {####}."},
	factor.PasswordReset:  {"Your verification code", "Your password reset code is {####}."},
	factor.Verification:   {"Your verification code", "Your verification code is {####}."},
}

// Compose writes the texts of messages with a code, which go out on one occasion
// to one user. The function of CustomMessage runs once for all of them.
func (p *Pool) Compose(ctx context.Context, o Occasion, u User, messages ...factor.Message) ([]factor.Message, error) {
	var own trigger.MessageResponse
	if len(messages) > 0 && o.Source != "" {
		request := trigger.MessageRequest{
			Attributes: p.EventAttributes(u), Code: codePlace, Link: linkPlace, Metadata: o.Metadata,
		}
		if o.Source == trigger.MessageAdminCreateUser {
			name := usernamePlace
			request.Username = &name
		}
		if err := p.Trigger(ctx, o, u, request, &own); err != nil {
			return nil, err
		}
	}
	composed := make([]factor.Message, len(messages))
	for i, m := range messages {
		if err := p.compose(&m, own, u); err != nil {
			return nil, err
		}
		composed[i] = m
	}
	return composed, nil
}

// compose writes one text, and from which pool it comes. A function's own text that lacks a placeholder it needs
// gives way to the usual one, while its subject holds: so it was seen
// (stackoverflow.com/questions/56865198). What the service does with one that is
// too long is unknown, and refused here.
func (p *Pool) compose(m *factor.Message, own trigger.MessageResponse, u User) error {
	usual := texts[m.Purpose]
	m.Pool = p.ID
	m.Subject, m.Text = usual.subject, usual.text
	given, longest := own.Email, longestEmail
	if m.BySMS() {
		given, longest, m.Subject = own.SMS, longestSMS, ""
	} else if own.Subject != nil && *own.Subject != "" {
		m.Subject = *own.Subject
	}
	if given != nil && strings.Contains(*given, codePlace) &&
		(m.Purpose != factor.Invitation || strings.Contains(*given, usernamePlace)) {
		m.Text = *given
	}
	m.Text = strings.NewReplacer(codePlace, m.Code, usernamePlace, p.knownAs(u)).Replace(m.Text)
	if len([]rune(m.Text)) > longest {
		return wire.LambdaOutput
	}
	return nil
}

// knownAs is the name that a user signs in with, in pools whose canonical usernames
// nobody knows: the address.
func (p *Pool) knownAs(u User) string {
	for _, a := range p.Settings.UsernameAttributes {
		if name := u.Attributes[string(a)]; name != "" {
			return name
		}
	}
	return u.Username
}
