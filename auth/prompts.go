package auth

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/cognitomfa/cognitomfa/challenge"
)

// Prompts are the functions by which [Client.SignIn] asks the user. Each gets
// the challenge, which says what to ask for, and returns what its Answer method
// takes. A prompt that is nil, or returns an error, ends SignIn with an
// [UnansweredError], which holds the challenge: the program may go on with
// Respond.
type Prompts struct {
	// TOTPCode returns the code that the user's authenticator app shows.
	TOTPCode func(context.Context, *challenge.TOTPCode) (string, error)
	// SMSCode returns the code that came by SMS.
	SMSCode func(context.Context, *challenge.SMSCode) (string, error)
	// EmailCode returns the code that came by e-mail.
	EmailCode func(context.Context, *challenge.EmailCode) (string, error)
	// SelectMFA returns one of the challenge's Options.
	SelectMFA func(context.Context, *challenge.SelectMFA) (challenge.MFAOption, error)
	// SetUpMFA returns one of the challenge's Options.
	SetUpMFA func(context.Context, *challenge.SetUpMFA) (challenge.SetUpOption, error)
	// SetUpTOTP shows the challenge's Enrollment and returns the first code
	// that the app shows, and a name for the device, which may be "".
	SetUpTOTP func(context.Context, *challenge.SetUpTOTP) (code, deviceName string, err error)
	// SetUpEmail returns an e-mail address.
	SetUpEmail func(context.Context, *challenge.SetUpEmail) (string, error)
	// NewPassword returns a password and the challenge's RequiredAttributes,
	// by their names; attributes may be nil if none is required.
	NewPassword func(context.Context, *challenge.NewPassword) (password string, attributes map[string]string, err error)
	// SelectFirstFactor returns one of the challenge's Options.
	SelectFirstFactor func(context.Context, *challenge.SelectFirstFactor) (challenge.FirstFactorOption, error)
	// Password returns the password.
	Password func(context.Context, *challenge.Password) (string, error)
	// Passkey returns the credential that the user's browser made.
	Passkey func(context.Context, *challenge.Passkey) (json.RawMessage, error)
	// PasswordVerifier returns the proof that the user's client made.
	PasswordVerifier func(context.Context, *challenge.PasswordVerifier) (signature, timestamp string, err error)
	// Custom returns what the challenge's Answer method made, with what else the
	// triggers are to know: see challenge.Answer.WithClientMetadata.
	Custom func(context.Context, *challenge.Custom) (challenge.Answer, error)
	// Unknown returns what the challenge's Answer method made.
	Unknown func(context.Context, *challenge.Unknown) (challenge.Answer, error)

	// Rejected is told of an answer that was refused, before the prompt is
	// asked again for the same challenge. If it returns false, SignIn ends
	// with that error. Nil asks again.
	Rejected func(context.Context, *Error) (again bool)
}

const (
	// maxAnswers bounds the answers to one challenge: Cognito counts failures
	// against the user and locks out after five.
	maxAnswers = 5
	// maxCalls bounds the answers of one sign-in. The longest chain of
	// Cognito's own has six challenges; only custom challenges may come in any
	// number, and a trigger that never ends must not keep the program for ever.
	maxCalls = 100
)

// SignIn runs a whole sign-in: [Client.Begin], then [Client.Respond] with what
// the prompts return, until there are tokens. A refused answer is asked for
// again, up to five times for one challenge; then its error is returned. The
// call options go with every step.
func (c *Client) SignIn(ctx context.Context, f FirstFactor, p Prompts, optFns ...func(*CallOptions)) (*Tokens, error) {
	tokens, asked, err := c.Begin(ctx, f, optFns...)
	return c.converse(ctx, tokens, asked, err, p, optFns)
}

// Continue runs the rest of a sign-in, as [Client.SignIn] would, from a
// challenge that was kept: one of an [UnansweredError], or one that a
// [challenge.Sealer] opened, in this process or another. The error matches
// [ErrConfig] if there is no challenge.
func (c *Client) Continue(ctx context.Context, asked challenge.Challenge, p Prompts, optFns ...func(*CallOptions)) (*Tokens, error) {
	if asked == nil {
		return nil, misconfigured("Continue", "there is no challenge to answer", nil)
	}
	return c.converse(ctx, nil, asked, nil, p, optFns)
}

// converse answers challenges until there are tokens.
func (c *Client) converse(
	ctx context.Context, tokens *Tokens, asked challenge.Challenge, err error, p Prompts, optFns []func(*CallOptions),
) (*Tokens, error) {
	answers := 0
	for calls := 0; ; calls++ {
		switch {
		case err == nil && tokens != nil:
			return tokens, nil
		case calls == maxCalls:
			return nil, operation{name: "SignIn"}.fail(ErrStartOver, "the chain of challenges does not end", err)
		case err == nil:
			answers = 0
		default:
			var refused *Error
			if answers++; answers >= maxAnswers || !errors.As(err, &refused) || !p.again(ctx, refused) {
				return nil, err
			}
			asked = refused.Challenge
		}
		answer, promptErr := p.ask(ctx, asked)
		if promptErr != nil {
			return nil, promptErr
		}
		tokens, asked, err = c.Respond(ctx, answer, optFns...)
	}
}

// again reports whether the challenge of a refused answer is to be asked again.
// Only a user's mistake is: after an unknown outcome or a throttled call it is
// for the program to decide.
func (p Prompts) again(ctx context.Context, e *Error) bool {
	switch e.Reason {
	case ErrCode, ErrNewPassword, ErrInput:
		return e.Challenge != nil && (p.Rejected == nil || p.Rejected(ctx, e))
	}
	return false
}

// ask calls the prompt for a challenge.
func (p Prompts) ask(ctx context.Context, asked challenge.Challenge) (challenge.Answer, error) {
	switch c := asked.(type) {
	case *challenge.TOTPCode:
		return prompt(ctx, c, p.TOTPCode, c.Answer)
	case *challenge.SMSCode:
		return prompt(ctx, c, p.SMSCode, c.Answer)
	case *challenge.EmailCode:
		return prompt(ctx, c, p.EmailCode, c.Answer)
	case *challenge.SelectMFA:
		return prompt(ctx, c, p.SelectMFA, challenge.MFAOption.Answer)
	case *challenge.SetUpMFA:
		return prompt(ctx, c, p.SetUpMFA, challenge.SetUpOption.Answer)
	case *challenge.SetUpEmail:
		return prompt(ctx, c, p.SetUpEmail, c.Answer)
	case *challenge.SetUpTOTP:
		return prompt2(ctx, c, p.SetUpTOTP, c.Answer)
	case *challenge.NewPassword:
		return prompt2(ctx, c, p.NewPassword, c.Answer)
	case *challenge.SelectFirstFactor:
		return prompt(ctx, c, p.SelectFirstFactor, challenge.FirstFactorOption.Answer)
	case *challenge.Password:
		return prompt(ctx, c, p.Password, c.Answer)
	case *challenge.Passkey:
		return prompt(ctx, c, p.Passkey, c.Answer)
	case *challenge.PasswordVerifier:
		return prompt2(ctx, c, p.PasswordVerifier, c.Answer)
	case *challenge.Custom:
		return prompt(ctx, c, p.Custom, itself)
	case *challenge.Unknown:
		return prompt(ctx, c, p.Unknown, itself)
	}
	return challenge.Answer{}, &UnansweredError{Challenge: asked}
}

func itself(a challenge.Answer) challenge.Answer { return a }

// prompt asks for one value and makes the answer of it.
func prompt[C challenge.Challenge, V any](
	ctx context.Context, c C, ask func(context.Context, C) (V, error), answer func(V) challenge.Answer,
) (challenge.Answer, error) {
	if ask == nil {
		return challenge.Answer{}, &UnansweredError{Challenge: c}
	}
	v, err := ask(ctx, c)
	if err != nil {
		return challenge.Answer{}, &UnansweredError{Challenge: c, Err: err}
	}
	return answer(v), nil
}

// prompt2 asks for two values and makes the answer of them.
func prompt2[C challenge.Challenge, V, W any](
	ctx context.Context, c C, ask func(context.Context, C) (V, W, error), answer func(V, W) challenge.Answer,
) (challenge.Answer, error) {
	type pair struct {
		v V
		w W
	}
	var both func(context.Context, C) (pair, error)
	if ask != nil {
		both = func(ctx context.Context, c C) (pair, error) {
			v, w, err := ask(ctx, c)
			return pair{v, w}, err
		}
	}
	return prompt(ctx, c, both, func(p pair) challenge.Answer { return answer(p.v, p.w) })
}
