package auth_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/totp"
)

// A flow is a sign-in that a test can run to the end, and again with something
// going wrong on the way.
type flow struct {
	config cognitotest.Config
	user   cognitotest.User
	first  auth.FirstFactor
}

var flowSecret = totp.NewSecret()

// flowsUnderFault are sign-ins by the public operations. Remembered devices,
// passkeys and the Admin operations are not among them.
var flowsUnderFault = map[string]flow{
	"SRP, TOTP": {
		config: cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true}, user: cognitotest.User{TOTPSecret: flowSecret},
		first: auth.SRP(username, password),
	},
	"password, set-up": {
		config: cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true}, first: auth.Password(username, password),
	},
	"SRP, new password, choice, e-mail": {
		config: cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, SMS: true, Email: true}, first: auth.SRP(username, password),
		user: cognitotest.User{
			Temporary: true, Factors: []types.ChallengeNameType{types.ChallengeNameTypeSmsMfa, types.ChallengeNameTypeEmailOtp},
			Attributes: map[string]string{"email": email, "email_verified": "true", "phone_number": phone, "phone_number_verified": "true"},
		},
	},
	"password, SMS": {
		config: cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, SMS: true}, first: auth.Password(username, password),
		user: cognitotest.User{
			Factors:    []types.ChallengeNameType{types.ChallengeNameTypeSmsMfa},
			Attributes: map[string]string{"phone_number": phone, "phone_number_verified": "true"},
		},
	},
	"SRP, set-up by e-mail": {config: cognitotest.Config{MFA: types.UserPoolMfaTypeOn, Email: true}, first: auth.SRP(username, password)},
	"code by e-mail": {
		config: cognitotest.Config{FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp}},
		first:  auth.UserAuth(username, auth.PreferEmailCode()), user: cognitotest.User{Attributes: map[string]string{"email": email, "email_verified": "true"}},
	},
	"custom after SRP": {config: cognitotest.Config{Triggers: new(riddle).triggers()}, first: auth.CustomSRP(username, password)},
	"choice, SRP": {
		config: cognitotest.Config{FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword}}, first: auth.UserAuth(username),
	},
}

// solve gives the right answer to any challenge of the flows.
func solve(t *testing.T, w world, c challenge.Challenge) challenge.Answer {
	t.Helper()
	switch c := c.(type) {
	case *challenge.TOTPCode:
		w.Clock().Advance(totp.Period)
		return c.Answer(w.totp(t, flowSecret))
	case challenge.Code:
		return c.Answer(w.message(t, "ann"))
	case *challenge.SetUpMFA:
		return c.Options()[0].Answer()
	case *challenge.SetUpEmail:
		return c.Answer(email)
	case *challenge.SetUpTOTP:
		e, err := c.Enrollment("s", "a")
		if err != nil {
			t.Fatal(err)
		}
		return c.Answer(w.totp(t, e.Secret()), "")
	case *challenge.NewPassword:
		return c.Answer("Another-Horse-8", nil)
	case *challenge.SelectMFA:
		o, _ := c.Option(challenge.FactorEmail)
		return o.Answer()
	case *challenge.SelectFirstFactor:
		o, _ := c.Option(challenge.FactorPasswordSRP)
		return o.Answer()
	case *challenge.Password:
		return c.Answer(password)
	case *challenge.Custom:
		return c.Answer("mellon")
	}
	t.Fatalf("no answer to a %T", c)
	return challenge.Answer{}
}

// start makes the flow's world.
func (f flow) start(t *testing.T) world {
	t.Helper()
	w := newWorld(t, f.config, !admin)
	client, err := auth.New(sdkFor(w.URL()), w.ID(), w.Client().ID, func(o *auth.Options) { o.Now = w.Clock().Now })
	if err != nil {
		t.Fatal(err)
	}
	w.client = client
	user := f.user
	user.Username, user.Password = username, password
	w.AddUser(user)
	return w
}

// run goes from a first factor, or from a challenge, to tokens or to an error.
func (f flow) run(ctx context.Context, t *testing.T, w world, from challenge.Challenge) (*auth.Tokens, error) {
	t.Helper()
	var tokens *auth.Tokens
	var err error
	next := from
	if from == nil {
		tokens, next, err = w.client.Begin(ctx, f.first)
		exactlyOne(t, tokens, next, err)
	}
	for range 10 {
		if err != nil || tokens != nil {
			return tokens, err
		}
		tokens, next, err = w.client.Respond(ctx, solve(t, w, next))
		exactlyOne(t, tokens, next, err)
	}
	t.Fatal("no end")
	return nil, nil
}

// trouble is what can happen to a request, and what has to come of it.
type trouble struct {
	effect cognitotest.Effect
	times  int
	cancel bool // the caller gives up once the request was sent

	sent        int   // how often a request that spends an answer is sent
	reason      error // for it
	otherReason error // for one that spends none; nil if it succeeds in the end
}

var troubles = map[string]trouble{
	"throttled":               {effect: cognitotest.Throttled, times: -1, sent: 3, reason: auth.ErrBackOff, otherReason: auth.ErrBackOff},
	"throttled once":          {effect: cognitotest.Throttled, sent: 2},
	"limit exceeded":          {effect: cognitotest.LimitExceeded, times: -1, sent: 1, reason: auth.ErrLockedOut, otherReason: auth.ErrLockedOut},
	"fault before":            {effect: cognitotest.InternalError, sent: 1, reason: auth.ErrOutcomeUnknown},
	"fault after":             {effect: cognitotest.InternalErrorAfter, sent: 1, reason: auth.ErrOutcomeUnknown},
	"cut before":              {effect: cognitotest.CutBefore, sent: 1, reason: auth.ErrOutcomeUnknown},
	"cut after":               {effect: cognitotest.CutAfter, sent: 1, reason: auth.ErrOutcomeUnknown},
	"unreadable":              {effect: cognitotest.Unreadable, sent: 1, reason: auth.ErrOutcomeUnknown, otherReason: auth.ErrMalformed},
	"cancelled after sending": {effect: cognitotest.Delayed, cancel: true, sent: 1, reason: auth.ErrOutcomeUnknown, otherReason: auth.ErrBackOff},
	"session expired":         {effect: cognitotest.SessionExpired, sent: 1, reason: auth.ErrStartOver},
}

// reasonFor is the reason of a trouble with one call. Requests that follow an
// answer within one step have another than the rest: there is nothing left to
// answer.
func (tr trouble) reasonFor(flowName string, call cognitotest.Call) error {
	reason := tr.reason
	switch {
	case call.Step == "MFA_SETUP" && call.Operation == "RespondToAuthChallenge" && flowName == "password, set-up":
		if reason != nil {
			reason = auth.ErrStartOver // the authenticator is set up already
		}
	case flowName == "choice, SRP" && call.Step == "PASSWORD_VERIFIER" && (reason == auth.ErrBackOff || reason == auth.ErrOutcomeUnknown):
		reason = auth.ErrStartOver // the choice is spent
	case call.Step == "PASSWORD_VERIFIER" && tr.effect == cognitotest.SessionExpired:
		reason = auth.ErrCredentials // Cognito has one text for all that is wrong with a proof
	}
	return reason
}

// Every request of these flows meets every trouble. A request that spends an
// answer is sent once unless it cannot have been applied; the error is the right
// one; and whatever it holds leads to tokens, or to the word that the sign-in
// has to start over.
func TestFaults(t *testing.T) {
	t.Parallel()
	for flowName, f := range flowsUnderFault {
		clean := f.start(t)
		if _, err := f.run(t.Context(), t, clean, nil); err != nil {
			t.Fatalf("%s without faults: %v", flowName, err)
		}
		calls := clean.Calls()
		for i, call := range calls {
			nth := 0
			for _, earlier := range calls[:i] {
				if earlier.Operation == call.Operation && earlier.Step == call.Step {
					nth++
				}
			}
			for name, tr := range troubles {
				t.Run(fmt.Sprintf("%s/%d %s %s/%s", flowName, i+1, call.Operation, call.Step, name), func(t *testing.T) {
					t.Parallel()
					strike(t, flowName, f, call, nth, tr)
				})
			}
		}
	}
}

func strike(t *testing.T, flowName string, f flow, call cognitotest.Call, nth int, tr trouble) {
	w := f.start(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	fault := cognitotest.Fault{Operation: call.Operation, Step: call.Step, Skip: nth, Times: tr.times, Effect: tr.effect}
	if tr.cancel {
		fault.Hold = func(ctx context.Context) { cancel(); <-ctx.Done() }
	}
	planted := w.Plant(fault)
	tokens, err := f.run(ctx, t, w, nil)
	if planted.Struck() == 0 {
		t.Fatal("the fault did not strike")
	}
	planted.Remove()

	reason, spends := tr.reasonFor(flowName, call), call.Operation != "InitiateAuth"
	if !spends {
		reason = tr.otherReason
	}
	if reason == nil {
		if err != nil {
			t.Fatalf("want tokens after one more request, got %v", err)
		}
		w.verified(t, tokens)
		return
	}
	failure := wantReason(t, err, reason)
	if spends {
		sent, applied := 0, 0
		for _, c := range w.Calls() {
			if c.Operation == call.Operation && c.Step == call.Step {
				if sent++; c.Handled && c.Code == "" {
					applied++
				}
			}
		}
		if tr.cancel { // the pool lists a call when it has ended, which may be later
			sent = nth + planted.Struck()
		}
		if sent-nth != tr.sent || applied-nth > 1 {
			t.Errorf("sent %d times, want %d; applied %d times", sent-nth, tr.sent, applied-nth)
		}
	}
	f.goOn(t, w, failure)
}

// goOn does what the error says: answers what it holds, or begins again.
func (f flow) goOn(t *testing.T, w world, failure *auth.Error) {
	t.Helper()
	if failure.Challenge != nil {
		tokens, err := f.run(t.Context(), t, w, failure.Challenge)
		switch {
		case err == nil:
			w.verified(t, tokens)
		case !errors.Is(err, auth.ErrStartOver):
			t.Errorf("answering again: %v", err)
		}
		return
	}
	// What was changed stays changed: a password, an authenticator.
	_, _, err := w.client.Begin(t.Context(), f.first)
	if err != nil && !errors.Is(err, auth.ErrCredentials) {
		t.Errorf("beginning again: %v", err)
	}
}
