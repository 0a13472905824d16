package challenge

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cognitomfa/cognitomfa/internal/redact"
	"github.com/cognitomfa/cognitomfa/internal/wire"
	"github.com/cognitomfa/cognitomfa/totp"
)

// A MalformedError says that a challenge from the server could not be
// understood. Package auth returns it wrapped in ErrMalformed.
type MalformedError struct {
	Challenge string // Cognito's name of the challenge; "" if the name is what is malformed
	Field     string // the parameter at fault, or "Session"
	Reason    string // what is wrong with it; never its value
}

// Error names the challenge, the field and the fault.
func (e *MalformedError) Error() string {
	name := e.Challenge
	if name == "" {
		name = "challenge"
	}
	return "challenge: malformed " + name + ": " + e.Field + " " + e.Reason
}

// Bounds on what the server may send. The true sizes are far below: the API
// reference gives 4,096 for a session, and lists have as many entries as
// Cognito has factors or attributes.
const (
	maxName       = 128
	maxSession    = 16 << 10
	maxParameters = 256
	maxParamBytes = 1 << 20
	maxList       = 64
)

// parse makes the challenge that a step asks.
func parse(s wire.Step) (Challenge, error) {
	if err := checkBounds(s); err != nil {
		return nil, err
	}
	// Whoever made the step may go on using its map and its list.
	s.Parameters, s.Available = maps.Clone(s.Parameters), slices.Clone(s.Available)
	a := asked{redact.New(s)}
	switch s.Name {
	case wire.SMSMFA, wire.SMSOTP:
		return &SMSCode{asked: a}, nil
	case wire.EmailOTP:
		return &EmailCode{asked: a}, nil
	case wire.SoftwareTokenMFA:
		return &TOTPCode{asked: a}, nil
	case wire.CustomChallenge:
		return &Custom{asked: a}, nil
	case wire.SelectMFAType:
		return parseSelectMFA(a)
	case wire.MFASetup:
		return parseSetUp(a)
	case wire.NewPasswordRequired:
		return parseNewPassword(a)
	case wire.SelectChallenge:
		return parseSelectFirstFactor(a)
	case wire.Password, wire.PasswordSRP:
		return &Password{asked: a}, nil
	case wire.PasswordVerifier:
		return parsePasswordVerifier(a)
	case wire.WebAuthn:
		return parsePasskey(a)
	}
	return &Unknown{asked: a}, nil
}

func checkBounds(s wire.Step) error {
	if !isName(s.Name) {
		return &MalformedError{Field: "ChallengeName", Reason: "is no name"}
	}
	malformed := func(field, reason string) error {
		return &MalformedError{Challenge: s.Name, Field: field, Reason: reason}
	}
	size := 0
	for k, v := range s.Parameters {
		size += len(k) + len(v)
	}
	switch {
	case s.Session == "" && s.Name != wire.PasswordVerifier: // which comes without
		return malformed("Session", "is missing")
	case len(s.Session) > maxSession:
		return malformed("Session", "is too long")
	case s.Username == "":
		return malformed(wire.KeyUsername, "is missing")
	case len(s.Parameters) > maxParameters || size > maxParamBytes:
		return malformed("ChallengeParameters", "are too large")
	}
	return nil
}

func parseSelectMFA(a asked) (Challenge, error) {
	factors, err := a.factorList(wire.KeyMFAsCanChoose)
	if err != nil {
		return nil, err
	}
	return &SelectMFA{asked: a, factors: factors}, nil
}

func parseSetUp(a asked) (Challenge, error) {
	switch s := a.step.Reveal(); Factor(s.Chosen) {
	case FactorTOTP:
		// The names do not matter here: what is checked is the secret.
		if _, err := totp.Enroll(s.SecretCode, "issuer", "account"); err != nil {
			return nil, a.malformed("SecretCode", "is no base32 text")
		}
		return &SetUpTOTP{asked: a}, nil
	case FactorEmail:
		return &SetUpEmail{asked: a}, nil
	}
	factors, err := a.factorList(wire.KeyMFAsCanSetUp)
	if err != nil {
		return nil, err
	}
	settable := func(f Factor) bool { return f == FactorTOTP || f == FactorEmail }
	return &SetUpMFA{asked: a, factors: slices.DeleteFunc(factors, func(f Factor) bool { return !settable(f) })}, nil
}

func parseNewPassword(a asked) (Challenge, error) {
	c := &NewPassword{asked: a}
	if a.parameter(wire.KeyRequiredAttributes) != "" {
		names, err := a.list(wire.KeyRequiredAttributes, wire.AttributePrefix)
		if err != nil {
			return nil, err
		}
		c.required = names
	}
	if text := a.parameter(wire.KeyUserAttributes); text != "" {
		var attributes map[string]string
		if json.Unmarshal([]byte(text), &attributes) != nil || len(attributes) > maxParameters {
			return nil, a.malformed(wire.KeyUserAttributes, "is not a JSON object of strings")
		}
		c.attributes = redact.New(attributes)
	}
	return c, nil
}

// factorList reads a parameter that is a JSON array of factors' names.
func (a asked) factorList(key string) ([]Factor, error) {
	names, err := a.list(key, "")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, a.malformed(key, "is empty")
	}
	factors := make([]Factor, len(names))
	for i, name := range names {
		factors[i] = Factor(name)
	}
	return factors, nil
}

// list reads a parameter that is a JSON array of different names, and drops a
// prefix that they may have.
func (a asked) list(key, prefix string) ([]string, error) {
	// A null element would be read as an empty string, which is refused too.
	var names []string
	if json.Unmarshal([]byte(a.parameter(key)), &names) != nil || names == nil {
		return nil, a.malformed(key, "is not a JSON array of strings")
	}
	for i, name := range names {
		names[i] = strings.TrimPrefix(name, prefix)
		if prefix != "" && strings.HasPrefix(names[i], prefix) {
			return nil, a.malformed(key, "has the prefix "+prefix+" twice")
		}
	}
	if err := a.checkNames(key, names); err != nil {
		return nil, err
	}
	return names, nil
}

func (a asked) checkNames(field string, names []string) error {
	if len(names) > maxList {
		return a.malformed(field, "is too long")
	}
	for i, name := range names {
		if !isName(name) || slices.Contains(names[:i], name) {
			return a.malformed(field, "has a repeated entry, or one that is no name")
		}
	}
	return nil
}

// isName reports whether a text of the server may be shown, logged and used as
// a key: it is short, and of the characters that Cognito allows in the name of
// an attribute, so without white space, line breaks and other controls.
// Source: the pattern of Name in the API reference of AttributeType.
func isName(s string) bool {
	for _, r := range s {
		if !unicode.In(r, unicode.L, unicode.M, unicode.S, unicode.N, unicode.P) {
			return false
		}
	}
	return s != "" && len(s) <= maxName && utf8.ValidString(s)
}

func (a asked) malformed(field, reason string) error {
	return &MalformedError{Challenge: a.Name(), Field: field, Reason: reason}
}
