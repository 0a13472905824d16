package signin

import (
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/session"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// askPasskey gives the WEB_AUTHN challenge.
func (a *attempt) askPasskey() (*Reply, error) {
	params, ceremony, err := a.passkeyOptions()
	if err != nil {
		return nil, err
	}
	return a.ask(types.ChallengeNameTypeWebAuthn, params, func(s *session.State) { s.Passkey = ceremony }), nil
}

// passkeyOptions begins a ceremony.
func (a *attempt) passkeyOptions() (params map[string]string, c *factor.Ceremony, err error) {
	rp, err := a.pool.RelyingParty()
	if err != nil {
		return nil, nil, err
	}
	options, ceremony, err := rp.Ask(a.user.Holder(), mustVerify(a.pool, a.user))
	if err != nil {
		return nil, nil, wire.Internal(err)
	}
	return map[string]string{"CREDENTIAL_REQUEST_OPTIONS": string(options)}, &ceremony, nil
}

// answerPasskey checks an authenticator's answer. Its challenge counts once, so
// the session is used up first, right or wrong.
func (a *attempt) answerPasskey() (*Reply, error) {
	if err := a.spend(); err != nil {
		return nil, err
	}
	return a.checkPasskey()
}

// checkPasskey signs in whoever holds the passkey. What the service says to a
// wrong one is unknown; here it is what it says to a wrong password.
func (a *attempt) checkPasskey() (*Reply, error) {
	c := a.state.Passkey
	if c == nil || !a.available(types.ChallengeNameTypeWebAuthn) || mustVerify(a.pool, a.user) && !c.VerifiesUser() {
		return nil, wire.IncorrectPassword
	}
	if err := a.checkStatus(); err != nil {
		return nil, err
	}
	rp, err := a.pool.RelyingParty()
	if err != nil {
		return nil, err
	}
	err = a.update(func(u *directory.User) error {
		passkey, err := rp.Answer(u.Holder(), *c, []byte(a.Params["CREDENTIAL"]))
		if err != nil {
			return wire.IncorrectPassword
		}
		u.PutPasskey(passkey)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a.finish()
}
