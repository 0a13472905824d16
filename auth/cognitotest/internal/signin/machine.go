// Package signin is the sign-in itself: which flow begins how, which challenge
// follows which, and what answers each. It knows no operation: InitiateAuth and
// AdminInitiateAuth are the same to it but for the flows they may begin.
package signin

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/session"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/token"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A Machine runs the sign-ins of every pool of a directory.
type Machine struct {
	Sessions *session.Box
	Now      func() time.Time
	Send     func(...factor.Message)
	Grants   token.Grants
	pending  pendingDevices
}

// A Request is one call of a sign-in.
type Request struct {
	Client   *directory.Client
	Admin    bool              // an Admin operation, which other flows are open to
	Metadata map[string]string // ClientMetadata
	Params   map[string]string // AuthParameters or ChallengeResponses

	Flow      types.AuthFlowType      // of Begin
	Challenge types.ChallengeNameType // of Respond
	Session   string                  // of Respond; of Begin: that of a confirmed sign-up
}

// A Reply is either the tokens or the next challenge.
type Reply struct {
	Tokens    *types.AuthenticationResultType
	Challenge types.ChallengeNameType
	Params    map[string]string
	Session   string // empty for PASSWORD_VERIFIER, which is answered without
	// Available is what USER_AUTH offers, whether or not there is a choice left.
	Available []types.ChallengeNameType
}

// An attempt is one call at work: the request, whose sign-in it is, and what is
// already known of it.
type attempt struct {
	*Machine
	Request
	ctx   context.Context
	pool  *directory.Pool
	user  directory.User
	state session.State // what the call continues; of Begin: the flow alone
	begun bool          // the call is Respond, not Begin
}

// Begin starts a sign-in.
func (m *Machine) Begin(ctx context.Context, r Request) (*Reply, error) {
	a := &attempt{Machine: m, Request: r, ctx: ctx, pool: r.Client.Pool}
	f, err := a.admit()
	if err != nil {
		return nil, err
	}
	for _, name := range f.required {
		if a.Params[name] == "" {
			return nil, wire.MissingParameter(name)
		}
	}
	if f.unnamed {
		return f.begin(a)
	}
	name := a.Params["USERNAME"]
	if err := a.Client.CheckHash(name, a.Params["SECRET_HASH"]); err != nil {
		return nil, err
	}
	if err := a.identify(name, f.migrates); err != nil {
		return nil, err
	}
	a.state = session.State{Name: name, Flow: r.Flow}
	if !a.user.Simulated {
		a.state.Sub = a.user.Sub
	}
	if err := a.nameDevice(); err != nil {
		return nil, err
	}
	if err := a.preAuthenticate(); err != nil {
		return nil, err
	}
	return f.begin(a)
}

// identify finds the user, migrates one from elsewhere, or makes one up for a
// client that hides who exists.
func (a *attempt) identify(name string, migrates bool) error {
	user, ok := a.pool.Find(name)
	if !ok && migrates {
		var err error
		if user, ok, err = a.migrate(name); err != nil {
			return err
		}
	}
	switch {
	case ok:
		a.user = user
	case a.Client.HidesUsers():
		a.user = a.pool.Simulate(name)
	default:
		return wire.UserNotFound
	}
	return nil
}

// Respond answers a challenge.
func (m *Machine) Respond(ctx context.Context, r Request) (*Reply, error) {
	a := &attempt{Machine: m, Request: r, ctx: ctx, pool: r.Client.Pool, begun: true}
	answer, ok := answers[r.Challenge]
	if !ok {
		return nil, wire.InvalidParameter("%s cannot be answered in this user pool.", r.Challenge)
	}
	for _, name := range append([]string{"USERNAME"}, answer.required...) {
		if a.Params[name] == "" {
			return nil, wire.MissingParameter(name)
		}
	}
	if err := a.Client.CheckHash(a.Params["USERNAME"], a.Params["SECRET_HASH"]); err != nil {
		return nil, err
	}
	if !answer.sessionless {
		if err := a.resume(session.Session, r.Session, r.Challenge); err != nil {
			return nil, err
		}
	}
	return answer.check(a)
}

// resume opens the state that the call continues, and refuses one of another
// challenge, client or user.
func (a *attempt) resume(form session.Form, text string, challenge types.ChallengeNameType) error {
	if text == "" {
		return wire.MissingParameter("Session")
	}
	s, err := a.Sessions.Open(form, text, a.Now())
	if err != nil {
		return err
	}
	if s.Challenge != challenge || s.Pool != a.pool.ID || s.Client != a.Client.ID || !a.owner(s) {
		return wire.SessionInvalid
	}
	a.state = s
	if a.user.Disabled {
		return wire.UserDisabled
	}
	return a.nameDevice()
}

// owner loads the user of a state and tells whether USERNAME names the same
// one: by the canonical username, or by any name that signs the user in.
func (a *attempt) owner(s session.State) bool {
	name := a.Params["USERNAME"]
	if s.Sub == "" {
		a.user = a.pool.Simulate(s.Name)
		return name == a.user.Sub || a.pool.Simulate(name).Sub == a.user.Sub
	}
	user, ok := a.pool.Find(name)
	a.user = user
	return ok && user.Sub == s.Sub
}

// ask gives the next challenge, in a fresh session with a fresh clock. What
// later challenges need of the current state is kept.
func (a *attempt) ask(challenge types.ChallengeNameType, params map[string]string, with func(*session.State)) *Reply {
	if params == nil {
		params = map[string]string{}
	}
	return &Reply{Challenge: challenge, Params: params, Session: a.seal(session.Session, challenge, with)}
}

func (a *attempt) seal(form session.Form, challenge types.ChallengeNameType, with func(*session.State)) string {
	next := session.State{
		Pool: a.pool.ID, Client: a.Client.ID, Name: a.state.Name, Sub: a.state.Sub, Flow: a.state.Flow, Device: a.state.Device,
		Challenge: challenge, Expires: a.Now().Add(a.Client.SessionValidity), Rounds: a.state.Rounds,
	}
	if with != nil {
		with(&next)
	}
	return a.Sessions.Seal(form, next)
}

// spend uses the session up that the call continues.
func (a *attempt) spend() error { return a.Sessions.Spend(a.state, a.Now()) }

// finish issues the tokens. Whoever got here as a user that does not exist has
// been told so by nobody, and is not now.
func (a *attempt) finish() (*Reply, error) {
	if a.user.Simulated {
		return nil, wire.IncorrectPassword
	}
	tokens, err := a.issue()
	if err != nil {
		return nil, err
	}
	if !a.user.SignedIn {
		err := a.update(func(u *directory.User) error {
			u.SignedIn = true
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	// The service writes an empty map here, not none.
	return &Reply{Tokens: tokens, Params: map[string]string{}}, nil
}

// update changes the user and keeps the attempt's copy current.
func (a *attempt) update(change func(*directory.User) error) error {
	user, err := a.pool.Update(a.user.Sub, change)
	if err == nil {
		a.user = user
	}
	return err
}

// checkStatus refuses users who may not sign in whatever they prove. It comes
// right before the password is looked at.
func (a *attempt) checkStatus() error {
	switch {
	case a.user.Disabled:
		return wire.UserDisabled
	case a.user.Status == types.UserStatusTypeUnconfirmed:
		return wire.UserNotConfirmed
	case a.user.Status == types.UserStatusTypeResetRequired:
		return wire.ResetRequired
	}
	return nil
}

// guarded runs one guess at a secret under the lockout. kind keeps passwords and
// codes apart, so that knowing the one does not buy guesses at the other. Only
// refusal counts as a failure: a used code neither counts nor clears.
func (a *attempt) guarded(kind string, refusal error, guess func() error) error {
	if a.pool.Settings.NoLockout {
		return guess()
	}
	err := error(wire.Lockout)
	a.pool.Lockout.Guess(kind+" "+a.user.Sub, a.Now, func() factor.Verdict {
		switch err = guess(); err {
		case nil:
			return factor.Right
		case refusal:
			return factor.Wrong
		}
		return factor.Reused
	})
	return err
}

// unless turns a check into an error.
func unless(ok bool, refusal error) error {
	if ok {
		return nil
	}
	return refusal
}

// prefixed returns the parameters whose names begin so, without the prefix.
func prefixed(params map[string]string, prefix string) map[string]string {
	found := make(map[string]string)
	for name, value := range params {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			found[rest] = value
		}
	}
	return found
}
