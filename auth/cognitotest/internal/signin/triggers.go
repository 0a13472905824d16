package signin

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/token"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
)

// responseMetadata is the ClientMetadata that the triggers within and after a
// sign-in are given: that of RespondToAuthChallenge. InitiateAuth's reaches those
// before it alone (SDK documentation of InitiateAuthInput.ClientMetadata).
func (a *attempt) responseMetadata() map[string]string {
	if a.begun {
		return a.Metadata
	}
	return nil
}

// preAuthenticate runs PreAuthentication. It is called before anything is proven,
// for users who do not exist too, and its refusal is told even to who has the wrong
// password.
func (a *attempt) preAuthenticate() error {
	request := trigger.PreAuthenticationRequest{
		Attributes: a.pool.EventAttributes(a.user), ValidationData: a.Metadata,
	}
	if a.Client.HidesUsers() {
		request.NotFound = &a.user.Simulated
	}
	return a.run(trigger.BeforeSignIn, request, &trigger.Nothing{})
}

// postAuthenticate runs PostAuthentication, after everything was proven.
func (a *attempt) postAuthenticate(newDevice bool) error {
	request := trigger.PostAuthenticationRequest{
		Attributes: a.pool.EventAttributes(a.user), NewDevice: newDevice, Metadata: a.responseMetadata(),
	}
	return a.run(trigger.AfterSignIn, request, &trigger.Nothing{})
}

// preToken runs PreTokenGeneration for the challenge whose answer leads to tokens.
func (a *attempt) preToken() (token.Changes, error) {
	source := trigger.TokenAuthentication
	switch a.Challenge {
	case types.ChallengeNameTypeNewPasswordRequired:
		source = trigger.TokenNewPassword
	case types.ChallengeNameTypeDevicePasswordVerifier:
		source = trigger.TokenDevice
	}
	changes, err := preToken(a.ctx, a.Client, a.user, source, a.responseMetadata())
	if err != nil {
		a.kill()
	}
	return changes, err
}

// preToken asks what becomes of the tokens of a user.
func preToken(ctx context.Context, c *directory.Client, u directory.User, source trigger.Source, metadata map[string]string) (token.Changes, error) {
	p := c.Pool
	o := directory.Occasion{Source: source, ClientID: c.ID}
	request := trigger.PreTokenRequest{
		Attributes: p.EventAttributes(u), Groups: p.GroupsOf(u), Metadata: metadata,
	}
	if p.Settings.Triggers.AccessTokens {
		request.Scopes = []string{token.Scope}
		var response trigger.PreTokenResponseV2
		if err := p.Trigger(ctx, o, u, request, &response); err != nil {
			return token.Changes{}, err
		}
		return token.ChangesV2(response)
	}
	var response trigger.PreTokenResponseV1
	if err := p.Trigger(ctx, o, u, request, &response); err != nil {
		return token.Changes{}, err
	}
	return token.ChangesV1(response)
}

// send sends a code of this sign-in.
func (a *attempt) send(m factor.Message) error {
	o := directory.Occasion{Source: trigger.MessageAuthentication, ClientID: a.Client.ID, Metadata: a.responseMetadata()}
	composed, err := a.pool.Compose(a.ctx, o, a.user, m)
	if err != nil {
		a.kill()
		return err
	}
	a.Send(composed...)
	return nil
}
