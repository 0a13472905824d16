package operation

import (
	"context"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/token"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// GetTokensFromRefreshToken makes new tokens for a refresh token, and replaces
// it if the client rotates them.
func (s *Service) GetTokensFromRefreshToken(ctx context.Context, in *cip.GetTokensFromRefreshTokenInput) (*cip.GetTokensFromRefreshTokenOutput, error) {
	client, err := s.secretClient(in.ClientId, in.ClientSecret)
	if err != nil {
		return nil, err
	}
	tokens, err := s.machine.Refresh(ctx, client, str(in.RefreshToken), str(in.DeviceKey), in.ClientMetadata)
	return &cip.GetTokensFromRefreshTokenOutput{AuthenticationResult: tokens}, err
}

// RevokeToken ends the sign-in of a refresh token: the token itself, those that
// it was rotated to, and, for this pool's own API, the access tokens.
func (s *Service) RevokeToken(_ context.Context, in *cip.RevokeTokenInput) (*cip.RevokeTokenOutput, error) {
	client, err := s.secretClient(in.ClientId, in.ClientSecret)
	if err != nil {
		// The one error that the model has for a client which may not do this.
		return nil, wire.Unauthorized
	}
	grant, ok := s.machine.Grants.Find(str(in.Token))
	switch {
	case client.Irrevocable:
		return nil, wire.Errorf("UnsupportedOperationException", "Token revocation is not enabled for the client.")
	case !ok:
		// An access token, say: those are revoked by their refresh token.
		return nil, wire.Errorf("UnsupportedTokenTypeException", "The token is not a refresh token.")
	case grant.ClientID != client.ID:
		return nil, wire.Unauthorized
	}
	s.machine.Grants.Revoke(grant.ID)
	return &cip.RevokeTokenOutput{}, nil
}

// GlobalSignOut ends every sign-in of the user of an access token.
func (s *Service) GlobalSignOut(_ context.Context, in *cip.GlobalSignOutInput) (*cip.GlobalSignOutOutput, error) {
	_, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	s.machine.Grants.SignOut(user.Sub)
	return &cip.GlobalSignOutOutput{}, nil
}

// AdminUserGlobalSignOut does the same for any user.
func (s *Service) AdminUserGlobalSignOut(_ context.Context, in *cip.AdminUserGlobalSignOutInput) (*cip.AdminUserGlobalSignOutOutput, error) {
	_, user, err := s.named(in.UserPoolId, in.Username)
	if err != nil {
		return nil, err
	}
	s.machine.Grants.SignOut(user.Sub)
	return &cip.AdminUserGlobalSignOutOutput{}, nil
}

// secretClient finds the client of a call that shows the client's secret itself,
// in place of a hash: there is no username to hash.
func (s *Service) secretClient(clientID, secret *string) (*directory.Client, error) {
	client, err := s.Directory.Client(str(clientID))
	if err != nil {
		return nil, err
	}
	switch {
	case !client.Confidential() && secret != nil:
		return nil, wire.NotAuthorized("Client %s is not configured for secret but secret was received", client.ID)
	case client.Confidential() && secret == nil:
		return nil, wire.NotAuthorized("Client %s is configured with secret but secret was not received", client.ID)
	case client.Confidential() && !client.CheckSecret(*secret):
		return nil, wire.NotAuthorized("Unable to verify the secret of client %s", client.ID)
	}
	return client, nil
}

// bearer finds the client and the user of an access token.
func (s *Service) bearer(accessToken *string) (*directory.Client, directory.User, error) {
	client, user, _, err := s.bearerClaims(accessToken)
	return client, user, err
}

// bearerClaims is bearer for who needs what else the token says.
func (s *Service) bearerClaims(accessToken *string) (*directory.Client, directory.User, token.Access, error) {
	refuse := func(err error) (*directory.Client, directory.User, token.Access, error) {
		return nil, directory.User{}, token.Access{}, err
	}
	claims, err := token.Verify(str(accessToken), s.Now())
	if err != nil {
		return refuse(err)
	}
	// The keys are the process's; it is the client that ties a token to a pool.
	client, err := s.Directory.Client(claims.ClientID)
	if err != nil {
		return refuse(wire.NotAuthorized("Invalid Access Token"))
	}
	user, ok := client.Pool.Get(claims.Subject)
	switch {
	case !ok:
		return refuse(wire.UserNotFound)
	case user.Disabled:
		return refuse(wire.UserDisabled)
	case s.machine.Grants.Revoked(claims.Grant):
		return refuse(wire.AccessRevoked)
	}
	return client, user, claims, nil
}

// changeBearer is an operation that changes the user of an access token.
func (s *Service) changeBearer(accessToken *string, do func(*directory.Client, *directory.User) error) error {
	client, user, err := s.bearer(accessToken)
	if err != nil {
		return err
	}
	_, err = client.Pool.Update(user.Sub, func(u *directory.User) error { return do(client, u) })
	return err
}
