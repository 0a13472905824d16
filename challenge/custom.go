package challenge

import (
	"maps"

	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// Custom asks what the pool's own CreateAuthChallenge trigger made up
// (CUSTOM_CHALLENGE). A wrong answer is no error in Cognito: its
// DefineAuthChallenge trigger decides whether another Custom follows or the
// sign-in ends with ErrStartOver.
type Custom struct {
	_ [0]*Custom // see asked
	asked
}

// Parameters returns the trigger's publicChallengeParameters.
func (c *Custom) Parameters() map[string]string { return c.parameters() }

// Answer makes the answer, which reaches the VerifyAuthChallengeResponse
// trigger as challengeAnswer.
func (c *Custom) Answer(answer string) Answer { return c.respond(c, wire.KeyAnswer, answer) }

// Unknown is a challenge that this version of the library has no type for, so
// that what Cognito adds tomorrow can be answered today. That a later version
// gives it a type of its own is not a breaking change.
type Unknown struct {
	_ [0]*Unknown // see asked
	asked
}

// Parameters returns the ChallengeParameters as Cognito sent them, without
// USERNAME.
func (c *Unknown) Parameters() map[string]string { return c.parameters() }

// Answer makes the answer from ChallengeResponses. USERNAME and SECRET_HASH are
// added by package auth; they are ignored here. ADMIN_NO_SRP_AUTH, a leftover
// in Cognito's list that cannot be answered, is refused with ErrConfig.
func (c *Unknown) Answer(responses map[string]string) Answer {
	r := c.reply(c)
	if r.Step.Name == wire.AdminNoSRPAuth {
		return refuse(r, wire.Misuse, "Cognito does not take answers to ADMIN_NO_SRP_AUTH")
	}
	r.Responses = maps.Clone(responses)
	delete(r.Responses, wire.KeyUsername)
	delete(r.Responses, wire.KeySecretHash)
	return newAnswer(r)
}
