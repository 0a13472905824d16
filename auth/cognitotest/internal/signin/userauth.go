package signin

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/session"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// beginChoice is USER_AUTH. A preference that the user does not have is not an
// error: the choice is offered instead. What is available is said in both cases.
func (a *attempt) beginChoice() (*Reply, error) {
	if a.Session != "" {
		return a.beginConfirmed()
	}
	if err := a.checkStatus(); err != nil {
		return nil, err
	}
	preferred := types.ChallengeNameType(a.Params["PREFERRED_CHALLENGE"])
	if preferred != "" && !isFirstFactor(preferred) {
		return nil, wire.InvalidParameter("PREFERRED_CHALLENGE is not a first factor.")
	}
	available := Choices(a.pool, a.user)
	if len(available) == 0 {
		return nil, wire.InvalidParameter("No first factor is available to the user.")
	}
	next := func() (*Reply, error) { return a.first(preferred) }
	if !slices.Contains(available, preferred) {
		next = func() (*Reply, error) { return a.offer(available) }
	}
	reply, err := next()
	if err == nil && reply.Tokens == nil {
		reply.Available = available
	}
	return reply, err
}

// offer lets the user choose. Whether a passkey can be used without a challenge
// of its own is unknown: SELECT_CHALLENGE is documented to take CREDENTIAL, but
// its parameters were seen empty, so there was nothing for it to answer. The
// pool has a knob.
func (a *attempt) offer(available []types.ChallengeNameType) (*Reply, error) {
	var params map[string]string
	var ceremony *factor.Ceremony
	if a.pool.Settings.InlinePasskeys && slices.Contains(available, types.ChallengeNameTypeWebAuthn) {
		var err error
		if params, ceremony, err = a.passkeyOptions(); err != nil {
			return nil, err
		}
	}
	return a.ask(types.ChallengeNameTypeSelectChallenge, params, func(s *session.State) {
		s.Options, s.Passkey = available, ceremony
	}), nil
}

// first goes on with a first factor. One that the call already answers takes no
// challenge.
func (a *attempt) first(f types.ChallengeNameType) (*Reply, error) {
	switch {
	case f == types.ChallengeNameTypePassword && a.Params["PASSWORD"] != "":
		return a.beginPassword()
	case f == types.ChallengeNameTypePasswordSrp && a.Params["SRP_A"] != "":
		return a.beginSRP()
	case f == types.ChallengeNameTypeEmailOtp || f == types.ChallengeNameTypeSmsOtp:
		return a.deliver(f, a.address(delivered[f].attribute), firstDigits, map[string]string{},
			func(s *session.State) { s.First = true })
	case f == types.ChallengeNameTypeWebAuthn && a.begun && a.Params["CREDENTIAL"] != "":
		return a.checkPasskey()
	case f == types.ChallengeNameTypeWebAuthn:
		return a.askPasskey()
	}
	return a.ask(f, nil, nil), nil
}

// answerChoice goes on with what the user chose of the offer. The offer is made
// out anew, because a factor that was enabled in between may forbid a choice.
func (a *attempt) answerChoice() (*Reply, error) {
	choice := types.ChallengeNameType(a.Params["ANSWER"])
	if !slices.Contains(a.state.Options, choice) || !a.available(choice) {
		return nil, wire.InvalidParameter("ANSWER must be one of the available challenges.")
	}
	return a.answerWith(choice)
}

// answerFirst takes the password, or the beginning of SRP.
func (a *attempt) answerFirst() (*Reply, error) { return a.answerWith(a.Challenge) }

// answerWith uses the session up first: a wrong password is the end of it.
func (a *attempt) answerWith(f types.ChallengeNameType) (*Reply, error) {
	if err := a.spend(); err != nil {
		return nil, err
	}
	return a.first(f)
}

// answerFirstCode checks a code that takes the place of the password. Wrong
// ones do not lock the user: six in a row were seen to be refused each by
// itself.
func (a *attempt) answerFirstCode() (*Reply, error) {
	if err := a.checkCode(); err != nil {
		return nil, err
	}
	if !a.available(a.Challenge) {
		// The address is not the user's any longer, or a second factor was
		// enabled since the code was sent.
		return nil, wire.CodeMismatch
	}
	if err := a.spend(); err != nil {
		return nil, err
	}
	if err := a.checkStatus(); err != nil {
		return nil, err
	}
	return a.finish()
}

func (a *attempt) available(f types.ChallengeNameType) bool {
	return slices.Contains(Choices(a.pool, a.user), f)
}

// address is where a code goes.
func (a *attempt) address(attribute string) string {
	if a.user.Simulated {
		return a.pool.SimulatedAddress(a.state.Name, attribute)
	}
	return a.user.Attributes[attribute]
}
