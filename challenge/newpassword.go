package challenge

import (
	"maps"
	"slices"
	"strings"

	"github.com/cognitomfa/cognitomfa/internal/redact"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// NewPassword asks for a password in place of a temporary one
// (NEW_PASSWORD_REQUIRED), and for the attributes that the pool requires and
// the user does not have.
type NewPassword struct {
	_ [0]*NewPassword // see asked
	asked
	required   []string
	attributes redact.Box[map[string]string] // personal data: kept out of output like a secret
}

// RequiredAttributes lists the attributes that the answer must give, by their
// plain names: "given_name". It is often empty.
func (c *NewPassword) RequiredAttributes() []string { return slices.Clone(c.required) }

// Attributes returns the attributes that the user has, as Cognito sent them.
func (c *NewPassword) Attributes() map[string]string { return maps.Clone(c.attributes.Reveal()) }

// Answer makes the answer from the new password and the attributes to set, by
// their plain names; only those given are sent. Cognito's prefix
// "userAttributes." may stand before a name. Whether the password conforms
// with the pool's policy is Cognito's to say: if not, the error is
// ErrNewPassword, and the challenge may be answered again. The same error,
// without a call, tells that a required attribute is missing.
func (c *NewPassword) Answer(password string, attributes map[string]string) Answer {
	r := c.reply(c)
	if password == "" {
		return refuse(r, wire.BadNewPassword, "the new password is empty")
	}
	r.Responses = map[string]string{wire.KeyNewPassword: password}
	for name, value := range attributes {
		key := wire.AttributePrefix + strings.TrimPrefix(name, wire.AttributePrefix)
		if _, twice := r.Responses[key]; twice {
			return refuse(r, wire.Misuse, "an attribute is given twice, with the prefix "+wire.AttributePrefix+" and without")
		}
		r.Responses[key] = value
	}
	for _, name := range c.required {
		if r.Responses[wire.AttributePrefix+name] == "" {
			return refuse(r, wire.BadNewPassword, "the attribute "+name+" is required")
		}
	}
	return newAnswer(r)
}
