package challenge

import (
	"fmt"
	"slices"

	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// A Factor is one of Cognito's factors, by the name that Cognito uses. Cognito
// may offer some that are not among the constants.
type Factor string

// The second factors. FactorEmail is a first factor too.
const (
	FactorSMS   Factor = wire.SMSMFA
	FactorTOTP  Factor = wire.SoftwareTokenMFA
	FactorEmail Factor = wire.EmailOTP
)

// The other first factors, of choice-based sign-in.
const (
	FactorPassword    Factor = wire.Password    // the password, sent
	FactorPasswordSRP Factor = wire.PasswordSRP // the password, proved
	FactorSMSOTP      Factor = wire.SMSOTP      // a code by SMS in place of the password
	FactorPasskey     Factor = wire.WebAuthn
)

// SelectMFA asks which of the user's second factors to use (SELECT_MFA_TYPE).
type SelectMFA struct {
	_ [0]*SelectMFA // see asked
	asked
	factors []Factor
}

// Options lists the factors that Cognito offers, in its order.
func (c *SelectMFA) Options() []MFAOption {
	options := make([]MFAOption, len(c.factors))
	for i, f := range c.factors {
		options[i] = MFAOption{factor: f, of: c}
	}
	return options
}

// Option returns the option for a factor, and false if it was not offered.
func (c *SelectMFA) Option(f Factor) (MFAOption, bool) {
	if !slices.Contains(c.factors, f) {
		return MFAOption{}, false
	}
	return MFAOption{factor: f, of: c}, true
}

// An MFAOption is a factor that a [SelectMFA] offers. There is no other way to
// one than its Options, so a factor that was not offered cannot be chosen.
type MFAOption struct {
	factor Factor
	of     *SelectMFA
}

// Factor is the factor that the option stands for.
func (o MFAOption) Factor() Factor { return o.factor }

// String returns the factor's name.
func (o MFAOption) String() string { return string(o.factor) }

// Format prints the factor's name, for every verb.
func (o MFAOption) Format(f fmt.State, _ rune) { fmt.Fprint(f, string(o.factor)) }

// MarshalText makes encodings show the factor's name.
func (o MFAOption) MarshalText() ([]byte, error) { return []byte(o.factor), nil }

// Answer chooses the option.
func (o MFAOption) Answer() Answer {
	if o.of == nil {
		return newAnswer(misuse("the option is a zero value: SelectMFA.Options makes options"))
	}
	return o.of.respond(o.of, wire.KeyAnswer, string(o.factor))
}
