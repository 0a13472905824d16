package operation

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// CreateUserPoolClient makes an app client.
func (s *Service) CreateUserPoolClient(_ context.Context, in *cip.CreateUserPoolClientInput) (*cip.CreateUserPoolClientOutput, error) {
	pool, err := s.Directory.Pool(str(in.UserPoolId))
	if err != nil {
		return nil, err
	}
	set := directory.ClientSettings{Name: str(in.ClientName)}
	if err := configureClient(&set, clientConfig(in)); err != nil {
		return nil, err
	}
	switch {
	case in.GenerateSecret && in.ClientSecret != nil:
		return nil, wire.InvalidParameter("GenerateSecret and ClientSecret cannot be combined.")
	case in.GenerateSecret || in.ClientSecret != nil:
		set.Secrets = []directory.Secret{directory.NewSecret(str(in.ClientSecret), s.Now())}
	}
	client, err := s.Directory.AddClient(pool, set, s.Now())
	if err != nil {
		return nil, err
	}
	return &cip.CreateUserPoolClientOutput{UserPoolClient: describeClient(client)}, nil
}

// clientConfig is what CreateUserPoolClient and UpdateUserPoolClient have in
// common, in the form of the latter.
func clientConfig(in *cip.CreateUserPoolClientInput) *cip.UpdateUserPoolClientInput {
	return &cip.UpdateUserPoolClientInput{
		AccessTokenValidity:                      in.AccessTokenValidity,
		AllowedOAuthFlows:                        in.AllowedOAuthFlows,
		AllowedOAuthFlowsUserPoolClient:          in.AllowedOAuthFlowsUserPoolClient,
		AllowedOAuthScopes:                       in.AllowedOAuthScopes,
		AnalyticsConfiguration:                   in.AnalyticsConfiguration,
		AuthSessionValidity:                      in.AuthSessionValidity,
		CallbackURLs:                             in.CallbackURLs,
		DefaultRedirectURI:                       in.DefaultRedirectURI,
		EnablePropagateAdditionalUserContextData: in.EnablePropagateAdditionalUserContextData,
		EnableTokenRevocation:                    in.EnableTokenRevocation,
		ExplicitAuthFlows:                        in.ExplicitAuthFlows,
		IdTokenValidity:                          in.IdTokenValidity,
		LogoutURLs:                               in.LogoutURLs,
		PreventUserExistenceErrors:               in.PreventUserExistenceErrors,
		ReadAttributes:                           in.ReadAttributes,
		RefreshTokenRotation:                     in.RefreshTokenRotation,
		RefreshTokenValidity:                     in.RefreshTokenValidity,
		SupportedIdentityProviders:               in.SupportedIdentityProviders,
		TokenValidityUnits:                       in.TokenValidityUnits,
		WriteAttributes:                          in.WriteAttributes,
	}
}

// UpdateUserPoolClient configures an app client anew: what is not given goes back
// to its default (API reference, UpdateUserPoolClient), but for the name and the
// secrets.
func (s *Service) UpdateUserPoolClient(_ context.Context, in *cip.UpdateUserPoolClientInput) (*cip.UpdateUserPoolClientOutput, error) {
	client, err := s.Directory.UpdateClient(str(in.UserPoolId), str(in.ClientId), s.Now(), func(set *directory.ClientSettings) error {
		*set = directory.ClientSettings{Name: cmp.Or(str(in.ClientName), set.Name), Secrets: set.Secrets}
		return configureClient(set, in)
	})
	if err != nil {
		return nil, err
	}
	return &cip.UpdateUserPoolClientOutput{UserPoolClient: describeClient(client)}, nil
}

// configureClient reads the settings of a client. A validity that is not given is
// left to the directory, whose defaults are the service's.
func configureClient(set *directory.ClientSettings, in *cip.UpdateUserPoolClientInput) error {
	set.Flows = in.ExplicitAuthFlows
	if len(set.Flows) == 0 {
		set.Flows = nil // an empty list says as little as none
	}
	set.PreventUserExistenceErrors = in.PreventUserExistenceErrors
	set.Irrevocable = in.EnableTokenRevocation != nil && !*in.EnableTokenRevocation
	set.Read, set.Write = in.ReadAttributes, in.WriteAttributes
	units := validityUnits(in.TokenValidityUnits)
	set.SessionValidity = span(in.AuthSessionValidity, types.TimeUnitsTypeMinutes)
	set.AccessToken = span(in.AccessTokenValidity, units.AccessToken)
	set.IDToken = span(in.IdTokenValidity, units.IdToken)
	if in.RefreshTokenValidity != 0 {
		set.RefreshToken = span(&in.RefreshTokenValidity, units.RefreshToken)
	}
	set.Kept = types.UserPoolClientType{
		AllowedOAuthFlows:                        in.AllowedOAuthFlows,
		AllowedOAuthFlowsUserPoolClient:          &in.AllowedOAuthFlowsUserPoolClient,
		AllowedOAuthScopes:                       in.AllowedOAuthScopes,
		AnalyticsConfiguration:                   in.AnalyticsConfiguration,
		CallbackURLs:                             in.CallbackURLs,
		DefaultRedirectURI:                       in.DefaultRedirectURI,
		EnablePropagateAdditionalUserContextData: in.EnablePropagateAdditionalUserContextData,
		LogoutURLs:                               in.LogoutURLs,
		SupportedIdentityProviders:               in.SupportedIdentityProviders,
		TokenValidityUnits:                       in.TokenValidityUnits,
	}
	if r := in.RefreshTokenRotation; r != nil {
		set.Rotation = r.Feature == types.FeatureTypeEnabled
		if grace := r.RetryGracePeriodSeconds; grace != nil && *grace != 0 {
			set.RotationGrace = span(grace, types.TimeUnitsTypeSeconds)
		}
	}
	// Developer guide, "Refresh tokens": the flow must be disabled for rotation.
	// What is said when it is not is unknown.
	if set.Rotation && slices.Contains(set.Flows, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth) {
		return wire.InvalidParameter("ALLOW_REFRESH_TOKEN_AUTH cannot be used with refresh token rotation.")
	}
	return nil
}

// span is how long so many units are. Nothing given is zero, which stands for the
// default; a zero that is given, and what no duration can hold, is below every
// least.
func span(n *int32, unit types.TimeUnitsType) time.Duration {
	switch length := unitLength[unit]; {
	case n == nil:
		return 0
	case *n <= 0 || time.Duration(*n) > math.MaxInt64/length:
		return -1
	default:
		return time.Duration(*n) * length
	}
}

// unitLength is how long each unit is.
var unitLength = map[types.TimeUnitsType]time.Duration{
	types.TimeUnitsTypeSeconds: time.Second, types.TimeUnitsTypeMinutes: time.Minute,
	types.TimeUnitsTypeHours: time.Hour, types.TimeUnitsTypeDays: 24 * time.Hour,
}

// validityUnits completes the units of validities: hours for tokens, days for
// refresh tokens (API reference, TokenValidityUnitsType).
func validityUnits(given *types.TokenValidityUnitsType) types.TokenValidityUnitsType {
	var units types.TokenValidityUnitsType
	if given != nil {
		units = *given
	}
	units.AccessToken = cmp.Or(units.AccessToken, types.TimeUnitsTypeHours)
	units.IdToken = cmp.Or(units.IdToken, types.TimeUnitsTypeHours)
	units.RefreshToken = cmp.Or(units.RefreshToken, types.TimeUnitsTypeDays)
	return units
}

// DescribeUserPoolClient tells how an app client is configured.
func (s *Service) DescribeUserPoolClient(_ context.Context, in *cip.DescribeUserPoolClientInput) (*cip.DescribeUserPoolClientOutput, error) {
	client, err := s.Directory.ClientOf(str(in.UserPoolId), str(in.ClientId))
	if err != nil {
		return nil, err
	}
	return &cip.DescribeUserPoolClientOutput{UserPoolClient: describeClient(client)}, nil
}

func describeClient(c *directory.Client) *types.UserPoolClientType {
	out := c.Kept
	out.ClientId, out.ClientName, out.UserPoolId = &c.ID, &c.Name, &c.Pool.ID
	out.CreationDate, out.LastModifiedDate = &c.Created, &c.Modified
	if c.Confidential() {
		out.ClientSecret = &c.Secrets[0].Value
	}
	out.ExplicitAuthFlows = c.Flows
	out.PreventUserExistenceErrors = c.PreventUserExistenceErrors
	out.ReadAttributes, out.WriteAttributes = c.Read, c.Write
	revocation := !c.Irrevocable
	out.EnableTokenRevocation = &revocation
	units := validityUnits(out.TokenValidityUnits)
	in := func(d time.Duration, unit types.TimeUnitsType) *int32 {
		n := int32(d / unitLength[unit])
		return &n
	}
	out.AuthSessionValidity = in(c.SessionValidity, types.TimeUnitsTypeMinutes)
	out.AccessTokenValidity, out.IdTokenValidity = in(c.AccessToken, units.AccessToken), in(c.IDToken, units.IdToken)
	out.RefreshTokenValidity = *in(c.RefreshToken, units.RefreshToken)
	if c.Rotation {
		out.RefreshTokenRotation = &types.RefreshTokenRotationType{
			Feature: types.FeatureTypeEnabled, RetryGracePeriodSeconds: in(c.RotationGrace, types.TimeUnitsTypeSeconds),
		}
	}
	return &out
}

// DeleteUserPoolClient removes an app client. Its tokens are good for nothing
// here any more.
func (s *Service) DeleteUserPoolClient(_ context.Context, in *cip.DeleteUserPoolClientInput) (*cip.DeleteUserPoolClientOutput, error) {
	return &cip.DeleteUserPoolClientOutput{}, s.Directory.DeleteClient(str(in.UserPoolId), str(in.ClientId))
}

// ListUserPoolClients lists the app clients of a pool in pages.
func (s *Service) ListUserPoolClients(_ context.Context, in *cip.ListUserPoolClientsInput) (*cip.ListUserPoolClientsOutput, error) {
	pool, err := s.Directory.Pool(str(in.UserPoolId))
	if err != nil {
		return nil, err
	}
	limit, err := pageSize("MaxResults", in.MaxResults, 1)
	if err != nil {
		return nil, err
	}
	clients, next := page(s.Directory.Clients(pool), func(c *directory.Client) string { return c.ID }, in.NextToken, limit)
	out := &cip.ListUserPoolClientsOutput{UserPoolClients: []types.UserPoolClientDescription{}, NextToken: next}
	for _, c := range clients {
		out.UserPoolClients = append(out.UserPoolClients, types.UserPoolClientDescription{
			ClientId: &c.ID, ClientName: &c.Name, UserPoolId: &pool.ID,
		})
	}
	return out, nil
}
