package signin

import (
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/session"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A sign-up can go over into a sign-in: SignUp gives out a session,
// ConfirmSignUp takes it and gives out another, and USER_AUTH takes that for the
// first factor, because the confirmation code has just proven the address (SDK
// documentation of InitiateAuthInput.Session).

// The two stand where a session has its challenge. They are no names of
// challenges, so that no answer passes for them.
const (
	signingUp types.ChallengeNameType = "sign-up to be confirmed"
	confirmed types.ChallengeNameType = "confirmed sign-up"
)

// SignUpSession makes the session of a sign-up; empty for a client that could
// not sign in with it.
func (m *Machine) SignUpSession(c *directory.Client, u directory.User) string {
	return m.sessionOf(c, u, signingUp)
}

// ConfirmInSession runs the confirmation of a sign-up, and makes the session of
// it if there was one before. What AWS does with one that is not good any more is
// unknown; here it is refused, and the same call without it goes through.
func (m *Machine) ConfirmInSession(c *directory.Client, u directory.User, text string, confirm func() error) (next string, err error) {
	if text == "" {
		if err := confirm(); err != nil || !c.Pool.Settings.UnaskedSession {
			return "", err
		}
		return m.sessionOf(c, u, confirmed), nil
	}
	s, err := m.Sessions.Open(session.Session, text, m.Now())
	if err != nil {
		return "", err
	}
	if s.Challenge != signingUp || s.Client != c.ID || s.Sub != u.Sub {
		return "", wire.SessionInvalid
	}
	if err := confirm(); err != nil {
		return "", err
	}
	a := m.inSignUp(c, u, s)
	if err := a.spend(); err != nil {
		return "", err
	}
	return a.seal(session.Session, confirmed, nil), nil
}

func (m *Machine) sessionOf(c *directory.Client, u directory.User, stage types.ChallengeNameType) string {
	if !c.Allows(types.ExplicitAuthFlowsTypeAllowUserAuth) {
		return ""
	}
	a := m.inSignUp(c, u, session.State{Name: u.Username, Sub: u.Sub, Flow: types.AuthFlowTypeUserAuth})
	return a.seal(session.Session, stage, nil)
}

func (m *Machine) inSignUp(c *directory.Client, u directory.User, s session.State) *attempt {
	return &attempt{Machine: m, Request: Request{Client: c}, pool: c.Pool, user: u, state: s}
}

// beginConfirmed is USER_AUTH with the session of a confirmation: for a user who
// never signed in, and once.
func (a *attempt) beginConfirmed() (*Reply, error) {
	if err := a.resume(session.Session, a.Session, confirmed); err != nil {
		return nil, err
	}
	if a.user.SignedIn {
		return nil, wire.SessionInvalid
	}
	if err := a.spend(); err != nil {
		return nil, err
	}
	if err := a.checkStatus(); err != nil {
		return nil, err
	}
	return a.afterPassword() // the second factor, if the pool asks for one
}
