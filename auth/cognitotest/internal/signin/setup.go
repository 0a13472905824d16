package signin

import (
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/session"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
	"github.com/cognitomfa/cognitomfa/totp"
)

// Associate gives a user a new authenticator secret, which counts for nothing
// until it is verified: an older one stays in force.
func (m *Machine) Associate(p *directory.Pool, sub string) (secret string, err error) {
	if !p.Settings.TOTP {
		return "", wire.TOTPNotInPool
	}
	secret = totp.NewSecret()
	_, err = p.Update(sub, func(u *directory.User) error {
		u.MFA.Pending = secret
		return nil
	})
	return secret, err
}

// VerifyToken proves that the user's authenticator has the secret. The code is
// used up by it.
func (m *Machine) VerifyToken(p *directory.Pool, sub, code, deviceName string) error {
	_, err := p.Update(sub, func(u *directory.User) error {
		if u.MFA.Pending == "" {
			return wire.TOTPNotFound
		}
		next, verdict := factor.Authenticator{Secret: u.MFA.Pending, Name: deviceName}.Try(code, m.Now())
		if verdict != factor.Right {
			return wire.TOTPSetUp
		}
		u.MFA.TOTP, u.MFA.Pending = &next, ""
		return nil
	})
	return err
}

// AssociateInSession and VerifyTokenInSession are the same inside a sign-in
// that stands at MFA_SETUP. Each returns the session to go on with; a wrong
// code leaves the old one usable.
func (m *Machine) AssociateInSession(d *directory.Directory, text string) (secret, next string, err error) {
	next, err = m.inSetUp(d, text, false, func(a *attempt) (err error) {
		secret, err = m.Associate(a.pool, a.user.Sub)
		return err
	})
	return secret, next, err
}

// VerifyTokenInSession: see [Machine.AssociateInSession].
func (m *Machine) VerifyTokenInSession(d *directory.Directory, text, code, deviceName string) (next string, err error) {
	return m.inSetUp(d, text, true, func(a *attempt) error {
		return m.VerifyToken(a.pool, a.user.Sub, code, deviceName)
	})
}

// inSetUp runs one step of MFA_SETUP. These operations name neither client nor
// user; the session does.
func (m *Machine) inSetUp(d *directory.Directory, text string, verified bool, do func(*attempt) error) (string, error) {
	s, err := m.Sessions.Open(session.Session, text, m.Now())
	if err != nil {
		return "", err
	}
	client, err := d.Client(s.Client)
	if err != nil || s.Challenge != types.ChallengeNameTypeMfaSetup {
		return "", wire.SessionInvalid
	}
	user, ok := client.Pool.Get(s.Sub)
	if !ok || user.Disabled {
		return "", wire.SessionInvalid
	}
	a := &attempt{
		Machine: m, Request: Request{Client: client}, pool: client.Pool, user: user, state: s, begun: true,
	}
	if err := do(a); err != nil {
		return "", err
	}
	if err := a.spend(); err != nil {
		return "", err
	}
	return a.seal(session.Session, types.ChallengeNameTypeMfaSetup, func(s *session.State) { s.Verified = verified }), nil
}
