package signin

import (
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/session"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// The events of the three triggers of custom challenges (developer guide, "Custom authentication
// challenge Lambda triggers"). Optional members are left out, never null: a
// function that returns the event must not have to repair it.
type (
	about struct {
		Attributes map[string]string `json:"userAttributes"`
		Metadata   map[string]string `json:"clientMetadata,omitempty"`
		NotFound   bool              `json:"userNotFound"`
	}
	defineRequest struct {
		about
		Session []session.Round `json:"session"`
	}
	defineResponse struct {
		Challenge *types.ChallengeNameType `json:"challengeName"`
		Issue     *bool                    `json:"issueTokens"`
		Fail      *bool                    `json:"failAuthentication"`
	}
	createRequest struct {
		about
		Challenge types.ChallengeNameType `json:"challengeName"`
		Session   []session.Round         `json:"session"`
	}
	createResponse struct {
		Public   map[string]string `json:"publicChallengeParameters"`
		Private  map[string]string `json:"privateChallengeParameters"`
		Metadata *string           `json:"challengeMetadata"`
	}
	verifyRequest struct {
		about
		Private map[string]string `json:"privateChallengeParameters"`
		Answer  string            `json:"challengeAnswer"`
	}
	verifyResponse struct {
		Correct *bool `json:"answerCorrect"`
	}
)

// custom tells whether the triggers decide.
func (a *attempt) custom() bool { return a.state.Flow == types.AuthFlowTypeCustomAuth }

// beginCustom asks the Define trigger. With SRP_A the first round is over
// already, and Define is expected to ask for the password.
func (a *attempt) beginCustom() (*Reply, error) {
	if !a.pool.Settings.Triggers.Has(trigger.Define, trigger.Create, trigger.Verify) {
		return nil, wire.CustomAuthMissing
	}
	if err := a.checkStatus(); err != nil {
		return nil, err
	}
	switch a.Params["CHALLENGE_NAME"] {
	case "", string(types.ChallengeNameTypeCustomChallenge):
	case "SRP_A":
		if a.Params["SRP_A"] == "" {
			return nil, wire.MissingParameter("SRP_A")
		}
		if !a.pool.Settings.CustomAuthCoversSRP && !a.Client.Allows(types.ExplicitAuthFlowsTypeAllowUserSrpAuth) {
			return nil, wire.InvalidParameter("%s", flows[types.AuthFlowTypeUserSrpAuth].refusal)
		}
		a.state.Rounds = []session.Round{{Challenge: "SRP_A", Result: true}}
	default:
		return nil, wire.InvalidParameter("CHALLENGE_NAME must be SRP_A or CUSTOM_CHALLENGE.")
	}
	return a.define()
}

// about is what the three triggers are told.
func (a *attempt) about() about {
	return about{
		Attributes: a.pool.EventAttributes(a.user), NotFound: a.user.Simulated, Metadata: a.responseMetadata(),
	}
}

// run calls a trigger. One that fails ends the sign-in: its session is not
// merely used, it is invalid.
func (a *attempt) run(source trigger.Source, request, response any) error {
	err := a.pool.Trigger(a.ctx, directory.Occasion{Source: source, ClientID: a.Client.ID}, a.user, request, response)
	if err != nil {
		a.kill()
	}
	return err
}

// kill makes the session invalid that this call continues, if it does.
func (a *attempt) kill() {
	if a.begun {
		a.Sessions.Kill(a.state)
	}
}

// define asks what comes next. If the answer contradicts itself, failing goes
// before issuing, and issuing before a challenge: AWS does not say, and this
// order never lets in who should be kept out.
func (a *attempt) define() (*Reply, error) {
	var next defineResponse
	rounds := append([]session.Round{}, a.state.Rounds...) // an empty list, not null
	if err := a.run(trigger.DefineChallenge, defineRequest{a.about(), rounds}, &next); err != nil {
		return nil, err
	}
	switch {
	case next.Fail != nil && *next.Fail:
		return nil, wire.IncorrectPassword
	case next.Issue != nil && *next.Issue:
		return a.customProven()
	case next.Challenge == nil:
	case *next.Challenge == types.ChallengeNameTypeCustomChallenge:
		return a.create()
	case *next.Challenge == types.ChallengeNameTypePasswordVerifier && a.awaitsPassword():
		return a.beginSRP()
	}
	// Define may not leave everything open, and challenges of other names are
	// not supported by the service in practice.
	a.kill()
	return nil, wire.LambdaOutput
}

// awaitsPassword tells whether SRP_A was given in this call: it is needed to
// ask for the password, and kept no longer.
func (a *attempt) awaitsPassword() bool { return !a.begun && len(a.state.Rounds) == 1 }

// create makes a custom challenge. The client is told its username by
// InitiateAuth alone: observed, not documented.
func (a *attempt) create() (*Reply, error) {
	const name = types.ChallengeNameTypeCustomChallenge
	var made createResponse
	rounds := append([]session.Round{}, a.state.Rounds...)
	if err := a.run(trigger.CreateChallenge, createRequest{a.about(), name, rounds}, &made); err != nil {
		return nil, err
	}
	params := map[string]string{}
	for k, v := range made.Public {
		params[k] = v
	}
	if !a.begun {
		params["USERNAME"] = a.user.Username
	}
	return a.ask(name, params, func(s *session.State) { s.Private, s.Metadata = made.Private, made.Metadata }), nil
}

// answerCustom has an answer verified and asks Define again: a wrong answer is
// no error but a round with another result. The session is used up first, so
// that no answer is judged twice.
func (a *attempt) answerCustom() (*Reply, error) {
	if err := a.spend(); err != nil {
		return nil, err
	}
	private := a.state.Private
	if private == nil {
		private = map[string]string{}
	}
	var verdict verifyResponse
	if err := a.run(trigger.VerifyChallenge, verifyRequest{a.about(), private, a.Params["ANSWER"]}, &verdict); err != nil {
		return nil, err
	}
	a.state.Rounds = append(a.state.Rounds, session.Round{
		Challenge: types.ChallengeNameTypeCustomChallenge,
		Result:    verdict.Correct != nil && *verdict.Correct,
		Metadata:  a.state.Metadata,
	})
	return a.define()
}

// customProven is Define's issueTokens: now comes the second factor, if one is
// due, or a remembered device's proof. After a password the factor came before
// the triggers, so none is due any more.
func (a *attempt) customProven() (*Reply, error) {
	if a.user.Simulated {
		return a.finish() // which refuses: there is nobody to ask for a factor
	}
	reply, err := a.secondFactor()
	if reply != nil || err != nil {
		return reply, err
	}
	return a.finish()
}
