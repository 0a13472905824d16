package challenge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cognitomfa/cognitomfa/internal/wire"
	"github.com/cognitomfa/cognitomfa/totp"
)

// SetUpMFA asks which second factor to set up (MFA_SETUP), when Cognito offers
// more than one that can be set up in a sign-in. Where it offers one, package
// auth goes straight to [SetUpTOTP] or [SetUpEmail].
//
// Cognito also lists SMS_MFA here, though a sign-in cannot set it up: the phone
// number has to be on the account before. It is therefore not among the
// options.
type SetUpMFA struct {
	_ [0]*SetUpMFA // see asked
	asked
	factors []Factor
}

// Options lists what can be set up, in Cognito's order.
func (c *SetUpMFA) Options() []SetUpOption {
	options := make([]SetUpOption, len(c.factors))
	for i, f := range c.factors {
		options[i] = SetUpOption{factor: f, of: c}
	}
	return options
}

// Option returns the option for a factor, and false if it was not offered.
func (c *SetUpMFA) Option(f Factor) (SetUpOption, bool) {
	if !slices.Contains(c.factors, f) {
		return SetUpOption{}, false
	}
	return SetUpOption{factor: f, of: c}, true
}

// A SetUpOption is a factor that a [SetUpMFA] offers. There is no other way to
// one than its Options.
type SetUpOption struct {
	factor Factor
	of     *SetUpMFA
}

// Factor is the factor that the option stands for.
func (o SetUpOption) Factor() Factor { return o.factor }

// String returns the factor's name.
func (o SetUpOption) String() string { return string(o.factor) }

// Format prints the factor's name, for every verb.
func (o SetUpOption) Format(f fmt.State, _ rune) { fmt.Fprint(f, string(o.factor)) }

// MarshalText makes encodings show the factor's name.
func (o SetUpOption) MarshalText() ([]byte, error) { return []byte(o.factor), nil }

// Answer chooses the option. For TOTP, Respond makes one call, which brings the
// secret; for e-mail none, since the address is asked for first.
func (o SetUpOption) Answer() Answer {
	if o.of == nil {
		return newAnswer(misuse("the option is a zero value: SetUpMFA.Options makes options"))
	}
	r := o.of.reply(o.of)
	r.Step.Chosen = string(o.factor)
	r.Call = wire.Associate
	if o.factor == FactorEmail {
		r.Call = wire.Ask
	}
	return newAnswer(r)
}

// SetUpTOTP asks that the user set up an authenticator app and prove it with a
// code (MFA_SETUP, after AssociateSoftwareToken). It holds the new secret.
type SetUpTOTP struct {
	_ [0]*SetUpTOTP // see asked
	asked
}

// Enrollment returns the secret in the forms that authenticator apps take: as
// text, as otpauth URI, as QR code. The issuer is the name of your service and
// account the name by which the user knows the account, such as an e-mail
// address; the app shows both. Cognito knows neither. The error is
// package totp's, for an issuer or account that a URI cannot hold.
func (c *SetUpTOTP) Enrollment(issuer, account string) (totp.Enrollment, error) {
	return totp.Enroll(c.step.Reveal().SecretCode, issuer, account)
}

// Answer makes the answer from the first code that the app shows. Cognito
// gives deviceName back as [TOTPCode.DeviceName] at later sign-ins; it may be
// "". The code counts as used: the next sign-in needs a later one.
func (c *SetUpTOTP) Answer(code, deviceName string) Answer {
	r := c.reply(c)
	r.Call = wire.Verify
	digits, ok := digitsOf(code)
	if !ok || len(digits) != totpDigits {
		return refuse(r, wire.BadCode, "the code of an authenticator app is six digits")
	}
	r.Code, r.DeviceName = digits, deviceName
	return newAnswer(r)
}

// SetUpEmail asks for an address to which Cognito shall send codes (MFA_SETUP).
// The answer leads to an [EmailCode], and the address becomes the user's email
// attribute.
type SetUpEmail struct {
	_ [0]*SetUpEmail // see asked
	asked
}

// Answer makes the answer from an e-mail address.
func (c *SetUpEmail) Answer(address string) Answer {
	address = strings.TrimSpace(address)
	if !strings.Contains(address, "@") {
		return refuse(c.reply(c), wire.BadInput, "an e-mail address has an @")
	}
	return c.respond(c, wire.KeyEmail, address)
}
