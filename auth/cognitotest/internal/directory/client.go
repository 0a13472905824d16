package directory

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// ClientSettings are what CreateUserPoolClient decides.
type ClientSettings struct {
	Secret                                bool
	Flows                                 []types.ExplicitAuthFlowsType
	PreventUserExistenceErrors            types.PreventUserExistenceErrorTypes
	SessionValidity, AccessToken, IDToken time.Duration
	RefreshToken                          time.Duration
	Rotation                              bool // of refresh tokens
	RotationGrace                         time.Duration
}

// A Client is an app client. It does not change.
type Client struct {
	ID, Secret string
	Pool       *Pool
	ClientSettings
}

func newClient(p *Pool, s ClientSettings) (*Client, error) {
	if s.Flows == nil {
		s.Flows = []types.ExplicitAuthFlowsType{
			types.ExplicitAuthFlowsTypeAllowUserAuth,
			types.ExplicitAuthFlowsTypeAllowUserSrpAuth,
			types.ExplicitAuthFlowsTypeAllowUserPasswordAuth,
			types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth,
			types.ExplicitAuthFlowsTypeAllowCustomAuth,
			types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
		}
	}
	if err := checkFlows(s.Flows); err != nil {
		return nil, err
	}
	for _, v := range []struct {
		name                   string
		value                  *time.Duration
		otherwise, least, most time.Duration
	}{
		{"AuthSessionValidity", &s.SessionValidity, 3 * time.Minute, 3 * time.Minute, 15 * time.Minute},
		{"AccessTokenValidity", &s.AccessToken, time.Hour, 5 * time.Minute, 24 * time.Hour},
		{"IdTokenValidity", &s.IDToken, time.Hour, 5 * time.Minute, 24 * time.Hour},
		{"RefreshTokenValidity", &s.RefreshToken, 30 * 24 * time.Hour, time.Hour, 3650 * 24 * time.Hour},
	} {
		if *v.value == 0 {
			*v.value = v.otherwise
		}
		if *v.value < v.least || *v.value > v.most {
			return nil, wire.InvalidParameter("Invalid range for %s: %s to %s.", v.name, v.least, v.most)
		}
	}
	if s.RotationGrace < 0 || s.RotationGrace > time.Minute || !s.Rotation && s.RotationGrace != 0 {
		return nil, wire.InvalidParameter("RetryGracePeriodSeconds is 0 to 60, and needs refresh token rotation.")
	}
	switch s.PreventUserExistenceErrors {
	case "":
		s.PreventUserExistenceErrors = types.PreventUserExistenceErrorTypesEnabled
	case types.PreventUserExistenceErrorTypesEnabled, types.PreventUserExistenceErrorTypesLegacy:
	default:
		return nil, wire.InvalidParameter("PreventUserExistenceErrors cannot be %q.", s.PreventUserExistenceErrors)
	}
	c := &Client{ID: randomText(lowerDigits, 26), Pool: p, ClientSettings: s}
	if s.Secret {
		c.Secret = randomText(lowerDigits, 51)
	}
	return c, nil
}

func checkFlows(flows []types.ExplicitAuthFlowsType) error {
	known := types.ExplicitAuthFlowsType("").Values()
	modern := 0
	for _, f := range flows {
		if !slices.Contains(known, f) {
			return wire.InvalidParameter("ExplicitAuthFlows cannot hold %q.", f)
		}
		if strings.HasPrefix(string(f), "ALLOW_") {
			modern++
		}
	}
	if modern > 0 && modern < len(flows) {
		return wire.InvalidParameter("ALLOW_ values cannot be used along with values without the ALLOW_ prefix in ExplicitAuthFlows.")
	}
	return nil
}

// Allows tells whether one of the flows is enabled.
func (c *Client) Allows(anyOf ...types.ExplicitAuthFlowsType) bool {
	return slices.ContainsFunc(anyOf, func(f types.ExplicitAuthFlowsType) bool { return slices.Contains(c.Flows, f) })
}

// HidesUsers tells whether a user that does not exist must look like one that
// does.
func (c *Client) HidesUsers() bool {
	return c.PreventUserExistenceErrors == types.PreventUserExistenceErrorTypesEnabled
}

// CheckHash verifies the secret hash that a call carries, over the username of
// the same call.
func (c *Client) CheckHash(username, hash string) error {
	switch {
	case c.Secret == "" && hash != "":
		return wire.NotAuthorized("Client %s is not configured for secret but secret hash was received", c.ID)
	case c.Secret == "":
		return nil
	case hash == "":
		return wire.NotAuthorized("Client %s is configured with secret but SECRET_HASH was not received", c.ID)
	case !factor.Equal(hash, factor.SecretHash(c.Secret, username, c.ID)):
		return wire.NotAuthorized("Unable to verify secret hash for client %s", c.ID)
	}
	return nil
}
