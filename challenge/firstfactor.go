package challenge

import (
	"fmt"
	"slices"

	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// SelectFirstFactor asks by which first factor to sign in (SELECT_CHALLENGE),
// in a choice-based sign-in.
type SelectFirstFactor struct {
	_ [0]*SelectFirstFactor // see asked
	asked
	factors []Factor
}

// Options lists the first factors that Cognito offers to this user, in its
// order.
func (c *SelectFirstFactor) Options() []FirstFactorOption {
	options := make([]FirstFactorOption, len(c.factors))
	for i, f := range c.factors {
		options[i] = FirstFactorOption{factor: f, of: c}
	}
	return options
}

// Option returns the option for a factor, and false if it was not offered.
func (c *SelectFirstFactor) Option(f Factor) (FirstFactorOption, bool) {
	if !slices.Contains(c.factors, f) {
		return FirstFactorOption{}, false
	}
	return FirstFactorOption{factor: f, of: c}, true
}

// A FirstFactorOption is a factor that a [SelectFirstFactor] offers. There is no
// other way to one than its Options.
type FirstFactorOption struct {
	factor Factor
	of     *SelectFirstFactor
}

// Factor is the factor that the option stands for.
func (o FirstFactorOption) Factor() Factor { return o.factor }

// String returns the factor's name.
func (o FirstFactorOption) String() string { return string(o.factor) }

// Format prints the factor's name, for every verb.
func (o FirstFactorOption) Format(f fmt.State, _ rune) { fmt.Fprint(f, string(o.factor)) }

// MarshalText makes encodings show the factor's name.
func (o FirstFactorOption) MarshalText() ([]byte, error) { return []byte(o.factor), nil }

// Answer chooses the option. The choice of a password makes no call, since the
// [Password] is asked for first; the choice of a code has it sent.
func (o FirstFactorOption) Answer() Answer {
	if o.of == nil {
		return newAnswer(misuse("the option is a zero value: SelectFirstFactor.Options makes options"))
	}
	r := o.of.reply(o.of)
	switch o.factor {
	case FactorPassword, FactorPasswordSRP:
		r.Step.Chosen = string(o.factor)
		r.Call = wire.Ask
	default:
		r.Responses = map[string]string{wire.KeyAnswer: string(o.factor)}
	}
	return newAnswer(r)
}

// Password asks for the user's password in a choice-based sign-in: after the
// choice of FactorPassword or FactorPasswordSRP, whichever its Name says, or
// because Cognito asks for it (PASSWORD, PASSWORD_SRP).
type Password struct {
	_ [0]*Password // see asked
	asked
}

// Answer makes the answer from the password. If Name is PASSWORD_SRP, the
// password is proved and not sent. A wrong password ends the sign-in with
// ErrCredentials.
func (c *Password) Answer(password string) Answer {
	r := c.reply(c)
	if password == "" {
		return refuse(r, wire.BadInput, "the password is empty")
	}
	r.Responses = make(map[string]string)
	if r.Step.Chosen != "" {
		r.Responses[wire.KeyAnswer] = r.Step.Chosen
	}
	if c.Name() == wire.PasswordSRP {
		r.Call, r.Password = wire.Prove, password
	} else {
		r.Responses[wire.KeyPassword] = password
	}
	return newAnswer(r)
}

// PasswordVerifier asks for the proof of a password that is not known here
// (PASSWORD_VERIFIER): the one challenge that surfaces by request, after
// SRPPublic, for a backend whose client runs SRP itself.
type PasswordVerifier struct {
	_ [0]*PasswordVerifier // see asked
	asked
}

// UserID is what the proof calls the user (USER_ID_FOR_SRP).
func (c *PasswordVerifier) UserID() string { return c.parameter(wire.KeyUserIDForSRP) }

// Salt is the user's salt, in hexadecimal (SALT).
func (c *PasswordVerifier) Salt() string { return c.parameter(wire.KeySalt) }

// B is the server's public value, in hexadecimal (SRP_B).
func (c *PasswordVerifier) B() string { return c.parameter(wire.KeySRPB) }

// SecretBlock is what the proof signs, in base64 (SECRET_BLOCK).
func (c *PasswordVerifier) SecretBlock() string { return c.parameter(wire.KeySecretBlock) }

// Answer makes the answer from the proof: PASSWORD_CLAIM_SIGNATURE, in base64,
// and TIMESTAMP, as [github.com/cognitomfa/cognitomfa/srp.Proof] has them.
func (c *PasswordVerifier) Answer(signature, timestamp string) Answer {
	r := c.reply(c)
	if signature == "" || timestamp == "" {
		return refuse(r, wire.BadInput, "the proof is a signature and a timestamp")
	}
	r.Responses = map[string]string{
		wire.KeyClaimSecretBlock: c.SecretBlock(),
		wire.KeyClaimSignature:   signature,
		wire.KeyTimestamp:        timestamp,
	}
	return newAnswer(r)
}

func parseSelectFirstFactor(a asked) (Challenge, error) {
	s := a.step.Reveal()
	if s.Chosen == wire.Password || s.Chosen == wire.PasswordSRP {
		return &Password{asked: a}, nil
	}
	if len(s.Available) == 0 {
		return nil, a.malformed("AvailableChallenges", "is empty")
	}
	if err := a.checkNames("AvailableChallenges", s.Available); err != nil {
		return nil, err
	}
	factors := make([]Factor, len(s.Available))
	for i, name := range s.Available {
		factors[i] = Factor(name)
	}
	return &SelectFirstFactor{asked: a, factors: factors}, nil
}

// verifierKeys are the parameters of PASSWORD_VERIFIER that a proof is made of.
var verifierKeys = []string{wire.KeyUserIDForSRP, wire.KeySalt, wire.KeySRPB, wire.KeySecretBlock}

func parsePasswordVerifier(a asked) (Challenge, error) {
	for _, key := range verifierKeys {
		if a.parameter(key) == "" {
			return nil, a.malformed(key, "is missing")
		}
	}
	return &PasswordVerifier{asked: a}, nil
}
