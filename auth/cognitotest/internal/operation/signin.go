package operation

import (
	"context"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/signin"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// InitiateAuth begins a sign-in.
func (s *Service) InitiateAuth(ctx context.Context, in *cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
	client, err := s.Directory.Client(str(in.ClientId))
	if err != nil {
		return nil, err
	}
	return s.begin(ctx, signin.Request{
		Client: client, Flow: in.AuthFlow, Session: str(in.Session), Params: in.AuthParameters, Metadata: in.ClientMetadata,
	})
}

// AdminInitiateAuth begins a sign-in with an administrator's rights.
func (s *Service) AdminInitiateAuth(ctx context.Context, in *cip.AdminInitiateAuthInput) (*cip.AdminInitiateAuthOutput, error) {
	client, err := s.clientOf(in.UserPoolId, in.ClientId)
	if err != nil {
		return nil, err
	}
	out, err := s.begin(ctx, signin.Request{
		Client: client, Admin: true, Flow: in.AuthFlow, Session: str(in.Session), Params: in.AuthParameters, Metadata: in.ClientMetadata,
	})
	return (*cip.AdminInitiateAuthOutput)(out), err
}

func (s *Service) begin(ctx context.Context, r signin.Request) (*cip.InitiateAuthOutput, error) {
	reply, err := s.machine.Begin(ctx, r)
	if err != nil {
		return nil, err
	}
	return &cip.InitiateAuthOutput{
		AuthenticationResult: reply.Tokens, ChallengeName: reply.Challenge,
		ChallengeParameters: reply.Params, Session: ptr(reply.Session), AvailableChallenges: reply.Available,
	}, nil
}

// RespondToAuthChallenge answers a challenge.
func (s *Service) RespondToAuthChallenge(ctx context.Context, in *cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
	client, err := s.Directory.Client(str(in.ClientId))
	if err != nil {
		return nil, err
	}
	return s.respond(ctx, signin.Request{
		Client: client, Challenge: in.ChallengeName, Session: str(in.Session),
		Params: in.ChallengeResponses, Metadata: in.ClientMetadata,
	})
}

// AdminRespondToAuthChallenge answers a challenge with an administrator's
// rights. It takes the sessions of InitiateAuth too.
func (s *Service) AdminRespondToAuthChallenge(ctx context.Context, in *cip.AdminRespondToAuthChallengeInput) (*cip.AdminRespondToAuthChallengeOutput, error) {
	client, err := s.clientOf(in.UserPoolId, in.ClientId)
	if err != nil {
		return nil, err
	}
	out, err := s.respond(ctx, signin.Request{
		Client: client, Admin: true, Challenge: in.ChallengeName, Session: str(in.Session),
		Params: in.ChallengeResponses, Metadata: in.ClientMetadata,
	})
	return (*cip.AdminRespondToAuthChallengeOutput)(out), err
}

func (s *Service) respond(ctx context.Context, r signin.Request) (*cip.RespondToAuthChallengeOutput, error) {
	reply, err := s.machine.Respond(ctx, r)
	if err != nil {
		return nil, err
	}
	return &cip.RespondToAuthChallengeOutput{
		AuthenticationResult: reply.Tokens, ChallengeName: reply.Challenge,
		ChallengeParameters: reply.Params, Session: ptr(reply.Session),
	}, nil
}

// clientOf finds an app client of a pool.
func (s *Service) clientOf(poolID, clientID *string) (*directory.Client, error) {
	return s.Directory.ClientOf(str(poolID), str(clientID))
}

// AssociateSoftwareToken hands out an authenticator secret, to a sign-in that
// stands at MFA_SETUP or to a user who is signed in.
func (s *Service) AssociateSoftwareToken(_ context.Context, in *cip.AssociateSoftwareTokenInput) (*cip.AssociateSoftwareTokenOutput, error) {
	if err := oneOf(in.AccessToken, in.Session); err != nil {
		return nil, err
	}
	if in.Session != nil {
		secret, next, err := s.machine.AssociateInSession(&s.Directory, *in.Session)
		return &cip.AssociateSoftwareTokenOutput{SecretCode: &secret, Session: &next}, err
	}
	client, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	secret, err := s.machine.Associate(client.Pool, user.Sub)
	return &cip.AssociateSoftwareTokenOutput{SecretCode: &secret}, err
}

// VerifySoftwareToken proves that the authenticator has the secret.
func (s *Service) VerifySoftwareToken(_ context.Context, in *cip.VerifySoftwareTokenInput) (*cip.VerifySoftwareTokenOutput, error) {
	if err := oneOf(in.AccessToken, in.Session); err != nil {
		return nil, err
	}
	out := &cip.VerifySoftwareTokenOutput{Status: types.VerifySoftwareTokenResponseTypeSuccess}
	if in.Session != nil {
		next, err := s.machine.VerifyTokenInSession(&s.Directory, *in.Session, str(in.UserCode), str(in.FriendlyDeviceName))
		out.Session = &next
		return out, err
	}
	client, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	return out, s.machine.VerifyToken(client.Pool, user.Sub, str(in.UserCode), str(in.FriendlyDeviceName))
}

// oneOf refuses a call that says twice whose authenticator it is about, or not
// at all.
func oneOf(accessToken, session *string) error {
	if (accessToken == nil) == (session == nil) {
		return wire.InvalidParameter("Exactly one of AccessToken and Session is required.")
	}
	return nil
}
