package challenge

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"time"

	"github.com/cognitomfa/cognitomfa/internal/redact"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// A Challenge is a question that Cognito asks before it issues tokens. It is
// one of
//
//   - [*NewPassword]: a temporary password is to be replaced
//   - [*SetUpMFA]: a second factor is to be chosen for set-up
//   - [*SetUpTOTP]: an authenticator app is to be set up
//   - [*SetUpEmail]: an address for codes is to be given
//   - [*SelectMFA]: one of several second factors is to be chosen
//   - [*TOTPCode]: a code from the authenticator app
//   - [*SMSCode]: a code that was sent by SMS
//   - [*EmailCode]: a code that was sent by e-mail
//   - [*SelectFirstFactor]: a first factor is to be chosen
//   - [*Password]: the password, after that choice
//   - [*Passkey]: a signature by a passkey
//   - [*PasswordVerifier]: a proof of the password, made elsewhere
//   - [*Custom]: whatever the user pool's own Lambda triggers ask
//   - [*Unknown]: a challenge that this version has no type for
//
// Only Begin, Respond and SignIn of package auth make challenges. A challenge
// may be kept in memory and answered once it is answered: it holds no
// password and no client secret. It prints as its name, and marshals to JSON
// as its public view, which is meant for a front end.
type Challenge interface {
	// Name is Cognito's name of the challenge, such as SOFTWARE_TOKEN_MFA.
	Name() string
	// Expires estimates when Cognito stops accepting an answer: the arrival
	// of the challenge plus the session validity that the client was told.
	// No reply of Cognito carries the true time. It is for display.
	Expires() time.Time

	// sealed keeps other implementations out, and gives Sealer the step.
	sealed() wire.Step
}

// A Code is a challenge that a code answers: [*TOTPCode], [*SMSCode] or
// [*EmailCode].
type Code interface {
	Challenge
	// Answer makes the answer from what the user typed. White space and
	// hyphens in it do not count.
	Answer(code string) Answer

	// code keeps out Custom and SetUpEmail, whose answers are one string too.
	code()
}

var (
	_ Challenge = (*NewPassword)(nil)
	_ Challenge = (*SetUpMFA)(nil)
	_ Challenge = (*SetUpTOTP)(nil)
	_ Challenge = (*SetUpEmail)(nil)
	_ Challenge = (*SelectMFA)(nil)
	_ Challenge = (*SelectFirstFactor)(nil)
	_ Challenge = (*Password)(nil)
	_ Challenge = (*Passkey)(nil)
	_ Challenge = (*PasswordVerifier)(nil)
	_ Challenge = (*Custom)(nil)
	_ Challenge = (*Unknown)(nil)
	_ Code      = (*TOTPCode)(nil)
	_ Code      = (*SMSCode)(nil)
	_ Code      = (*EmailCode)(nil)
)

// asked is what all challenges have in common. Each type embeds it beside a
// field that names the type itself and takes no space: if the types had the same
// fields, Go would let anybody convert one into another, and so a [*TOTPCode]
// into an [*Unknown] that takes any answer.
type asked struct {
	step redact.Box[wire.Step]
}

// Name implements [Challenge].
func (a asked) Name() string {
	s := a.step.Reveal()
	if s.Name == wire.SelectChallenge && (s.Chosen == wire.Password || s.Chosen == wire.PasswordSRP) {
		return s.Chosen // what is asked for once it is chosen
	}
	return s.Name
}

// Expires implements [Challenge].
func (a asked) Expires() time.Time { return a.step.Reveal().Expires }

// Format prints the challenge's name, for every verb.
func (a asked) Format(f fmt.State, _ rune) {
	io.WriteString(f, "challenge("+a.Name()+")")
}

// LogValue logs the challenge's name.
func (a asked) LogValue() slog.Value { return slog.StringValue("challenge(" + a.Name() + ")") }

// sealed has a pointer receiver, so that a challenge is always a pointer: a type
// switch with a case for the value would never match.
func (a *asked) sealed() wire.Step { return a.step.Reveal() }

// parameter returns one of the parameters that came with the challenge.
func (a asked) parameter(key string) string { return a.step.Reveal().Parameters[key] }

// parameters returns a copy of those that came with the challenge, without
// the username that Cognito adds to some.
func (a asked) parameters() map[string]string {
	p := maps.Clone(a.step.Reveal().Parameters)
	delete(p, wire.KeyUsername)
	return p
}

// reply starts an answer to c, which was asked at this step.
func (a asked) reply(c Challenge) wire.Reply {
	if a.step.IsZero() {
		return misuse("the challenge is a zero value: only package auth makes challenges")
	}
	return wire.Reply{Challenge: c, Step: a.step.Reveal()}
}

// respond answers c with one value, sent as it is.
func (a asked) respond(c Challenge, key, value string) Answer {
	r := a.reply(c)
	r.Responses = map[string]string{key: value}
	return newAnswer(r)
}
