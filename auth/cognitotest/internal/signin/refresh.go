package signin

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/token"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// beginRefresh is REFRESH_TOKEN_AUTH, the one flow that names no user: the token
// does, and the secret hash is over that user's canonical username.
func (a *attempt) beginRefresh() (*Reply, error) {
	if a.Client.Rotation {
		// API reference, RefreshTokenRotationType: with rotation, token refresh
		// must be completed with GetTokensFromRefreshToken.
		return nil, wire.InvalidParameter("Refresh token rotation is enabled for the client: use GetTokensFromRefreshToken.")
	}
	text := a.Params["REFRESH_TOKEN"]
	grant, user, err := a.granted(a.Client, text, a.Params["DEVICE_KEY"])
	if err != nil {
		return nil, err
	}
	hash := a.Params["SECRET_HASH"]
	if err := a.Client.CheckHash(user.Username, hash); err != nil {
		if a.Client.Confidential() && hash != "" {
			err = wire.NotAuthorized("SecretHash does not match for the client: %s", a.Client.ID)
		}
		return nil, err
	}
	if err := a.Grants.Use(text, a.Now()); err != nil {
		return nil, err
	}
	// ClientMetadata of InitiateAuth does not reach PreTokenGeneration.
	changes, err := preToken(a.ctx, a.Client, user, trigger.TokenRefresh, nil)
	if err != nil {
		return nil, err
	}
	tokens, err := token.Issue(a.Client, user, grant, changes, a.Now())
	if err != nil {
		return nil, err
	}
	return &Reply{Tokens: tokens, Params: map[string]string{}}, nil
}

// Refresh is GetTokensFromRefreshToken, with rotation and without. The client
// has shown its secret. A token whose trigger fails is not rotated: the client may
// try again.
func (m *Machine) Refresh(ctx context.Context, c *directory.Client, text, device string, metadata map[string]string) (*types.AuthenticationResultType, error) {
	grant, user, err := m.granted(c, text, device)
	if err != nil {
		return nil, err
	}
	if err := m.Grants.Use(text, m.Now()); err != nil {
		return nil, m.reused(c, grant, err)
	}
	changes, err := preToken(ctx, c, user, trigger.TokenRefresh, metadata)
	if err != nil {
		return nil, err
	}
	var next *string
	if c.Rotation {
		rotated, err := m.Grants.Rotate(text, c.RotationGrace, m.Now())
		if err != nil {
			return nil, m.reused(c, grant, err)
		}
		next = &rotated
	}
	tokens, err := token.Issue(c, user, grant, changes, m.Now())
	if err != nil {
		return nil, err
	}
	tokens.RefreshToken = next
	return tokens, nil
}

// reused has a token that was used twice end its sign-in, if that is wanted: one of
// the two who have it has stolen it, and nobody knows which (RFC 9700, section
// 4.14.2). It returns the refusal.
func (m *Machine) reused(c *directory.Client, grant token.Grant, refusal error) error {
	if refusal == error(wire.RefreshReused) && c.Pool.Settings.ReuseEndsSignIn {
		m.Grants.Revoke(grant.ID)
	}
	return refusal
}

// granted finds the grant of a refresh token, and its user, for a client that it
// was issued to and from the device that signed in.
func (m *Machine) granted(c *directory.Client, text, device string) (token.Grant, directory.User, error) {
	grant, ok := m.Grants.Find(text)
	if !ok || grant.ClientID != c.ID || grant.Device != "" && grant.Device != device {
		return token.Grant{}, directory.User{}, wire.RefreshInvalid
	}
	user, ok := c.Pool.Get(grant.Sub)
	switch {
	case !ok:
		return token.Grant{}, directory.User{}, wire.RefreshInvalid
	case user.Disabled:
		return token.Grant{}, directory.User{}, wire.UserDisabled
	}
	return grant, user, nil
}
