package directory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// ClientSettings are what CreateUserPoolClient decides.
type ClientSettings struct {
	Name                                  string
	Secrets                               []Secret // none: a public client
	Flows                                 []types.ExplicitAuthFlowsType
	PreventUserExistenceErrors            types.PreventUserExistenceErrorTypes
	SessionValidity, AccessToken, IDToken time.Duration
	RefreshToken                          time.Duration
	Rotation                              bool // of refresh tokens
	RotationGrace                         time.Duration
	Irrevocable                           bool // EnableTokenRevocation is false
	// Read and Write are the attributes that the client may see and set; if nil,
	// the standard ones.
	Read, Write []string
	// Kept is what the client only tells again as it was told.
	Kept types.UserPoolClientType
}

// A Client is an app client as it is configured at one time.
type Client struct {
	ID                string
	Pool              *Pool
	Created, Modified time.Time
	ClientSettings
}

// A Secret is one of the two that a client may have, so that one can be replaced
// while the other is still in use.
type Secret struct {
	ID, Value string
	Created   time.Time
}

// NewSecret makes one; value is made too if it is empty.
func NewSecret(value string, now time.Time) Secret {
	return Secret{ID: NewID(), Value: cmp.Or(value, randomText(lowerDigits, 51)), Created: now}
}

func newClient(p *Pool, s ClientSettings, now time.Time) (*Client, error) {
	if err := s.validate(p, "creating"); err != nil {
		return nil, err
	}
	return &Client{ID: randomText(lowerDigits, 26), Pool: p, Created: now, Modified: now, ClientSettings: s}, nil
}

// UpdateClient changes the settings of a client of a pool as one step.
func (d *Directory) UpdateClient(poolID, id string, now time.Time, change func(*ClientSettings) error) (*Client, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old, err := d.clientOf(poolID, id)
	if err != nil {
		return nil, err
	}
	next := *old
	next.Modified = now
	if err := change(&next.ClientSettings); err != nil {
		return nil, err
	}
	if err := next.ClientSettings.validate(next.Pool, "updating"); err != nil {
		return nil, err
	}
	d.clients[id] = &next
	d.keepClient(&next)
	return &next, nil
}

// DeleteClient removes a client of a pool.
func (d *Directory) DeleteClient(poolID, id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, err := d.clientOf(poolID, id)
	if err == nil {
		delete(d.clients, id)
		d.keeping().Delete(keptClient + id)
	}
	return err
}

// ClientOf finds a client of a pool.
func (d *Directory) ClientOf(poolID, id string) (*Client, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.clientOf(poolID, id)
}

func (d *Directory) clientOf(poolID, id string) (*Client, error) {
	if d.pools[poolID] == nil {
		return nil, wire.UnknownPool(poolID)
	}
	if c := d.clients[id]; c != nil && c.Pool.ID == poolID {
		return c, nil
	}
	return nil, wire.UnknownClient(id)
}

// Clients lists the clients of a pool in order of their ids.
func (d *Directory) Clients(p *Pool) []*Client {
	d.mu.RLock()
	defer d.mu.RUnlock()
	of := d.clientsOf(p.ID)
	slices.SortFunc(of, func(a, b *Client) int { return strings.Compare(a.ID, b.ID) })
	return of
}

func (d *Directory) clientsOf(poolID string) []*Client {
	var of []*Client
	for _, c := range d.clients {
		if c.Pool.ID == poolID {
			of = append(of, c)
		}
	}
	return of
}

// validate puts AWS's defaults where nothing is said, and refuses what AWS
// refuses. doing is what is done to the client, for messages.
func (s *ClientSettings) validate(p *Pool, doing string) error {
	if err := s.checkFlows(); err != nil {
		return err
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
		*v.value = cmp.Or(*v.value, v.otherwise)
		if *v.value < v.least || *v.value > v.most {
			return wire.InvalidParameter("Invalid range for %s: %s to %s.", v.name, v.least, v.most)
		}
	}
	if s.RotationGrace < 0 || s.RotationGrace > time.Minute || !s.Rotation && s.RotationGrace != 0 {
		return wire.InvalidParameter("RetryGracePeriodSeconds is 0 to 60, and needs refresh token rotation.")
	}
	s.PreventUserExistenceErrors = cmp.Or(s.PreventUserExistenceErrors, types.PreventUserExistenceErrorTypesLegacy)
	if !slices.Contains(s.PreventUserExistenceErrors.Values(), s.PreventUserExistenceErrors) {
		return wire.InvalidParameter("PreventUserExistenceErrors cannot be %q.", s.PreventUserExistenceErrors)
	}
	return s.checkAttributes(p.Settings.Schema, doing)
}

// checkFlows refuses flows of two generations in one list. What is enabled when
// there is no list: API reference, CreateUserPoolClient, ExplicitAuthFlows.
func (s *ClientSettings) checkFlows() error {
	if s.Flows == nil {
		s.Flows = []types.ExplicitAuthFlowsType{
			types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
			types.ExplicitAuthFlowsTypeAllowUserSrpAuth,
			types.ExplicitAuthFlowsTypeAllowCustomAuth,
		}
	}
	modern := 0
	for _, f := range s.Flows {
		if !slices.Contains(f.Values(), f) {
			return wire.InvalidParameter("ExplicitAuthFlows cannot hold %q.", f)
		}
		if strings.HasPrefix(string(f), "ALLOW_") {
			modern++
		}
	}
	if modern > 0 && modern < len(s.Flows) {
		return wire.InvalidParameter("ALLOW_ values cannot be used along with values without the ALLOW_ prefix in ExplicitAuthFlows.")
	}
	return nil
}

// checkAttributes refuses permissions for what the pool does not have. Whether an
// address is proven is not for clients to write, nor is the sub.
func (s *ClientSettings) checkAttributes(schema Schema, doing string) error {
	for _, name := range s.Read {
		if schema.index(name) < 0 {
			return wire.InvalidParameter("Invalid read attributes specified while %s a client", doing)
		}
	}
	for _, name := range s.Write {
		if schema.index(name) < 0 || slices.Contains(unwritable, name) {
			return wire.InvalidParameter("Invalid write attributes specified while %s a client", doing)
		}
	}
	return nil
}

// unwritable are the standard attributes that only the pool sets.
var unwritable = []string{"sub", "email_verified", "phone_number_verified"}

// Allows tells whether one of the flows is enabled.
func (c *Client) Allows(anyOf ...types.ExplicitAuthFlowsType) bool {
	return slices.ContainsFunc(anyOf, func(f types.ExplicitAuthFlowsType) bool { return slices.Contains(c.Flows, f) })
}

// HidesUsers tells whether a user that does not exist must look like one that
// does.
func (c *Client) HidesUsers() bool {
	return c.PreventUserExistenceErrors == types.PreventUserExistenceErrorTypesEnabled
}

// CheckWrite refuses attributes that the client may not set. Nobody but the pool
// itself may say that an address was proven. What the pool does not have is for
// the schema to refuse.
func (c *Client) CheckWrite(attributes map[string]string) error {
	for name := range attributes {
		if name == "sub" || c.Pool.Settings.Schema.index(name) < 0 {
			continue
		}
		may := c.Write == nil && !strings.HasPrefix(name, "custom:") || slices.Contains(c.Write, name)
		if !may || slices.Contains(unwritable, name) {
			return wire.NotAuthorized("A client attempted to write unauthorized attribute")
		}
	}
	return nil
}

// Readable returns the attributes that the client may see.
func (c *Client) Readable(attributes map[string]string) map[string]string {
	readable := make(map[string]string, len(attributes))
	for name, value := range attributes {
		if c.Read == nil && !strings.HasPrefix(name, "custom:") || slices.Contains(c.Read, name) || name == "sub" {
			readable[name] = value
		}
	}
	return readable
}

// Confidential tells whether the client has a secret.
func (c *Client) Confidential() bool { return len(c.Secrets) > 0 }

// CheckSecret tells whether a secret is one of the client's.
func (c *Client) CheckSecret(secret string) bool {
	return slices.ContainsFunc(c.Secrets, func(s Secret) bool { return factor.Equal(secret, s.Value) })
}

// CheckHash verifies the secret hash that a call carries, over the username of
// the same call.
func (c *Client) CheckHash(username, hash string) error {
	right := slices.ContainsFunc(c.Secrets, func(s Secret) bool {
		return factor.Equal(hash, factor.SecretHash(s.Value, username, c.ID))
	})
	switch {
	case !c.Confidential() && hash != "":
		// The type and the text: github.com/pmill/aws-cognito/pull/23.
		return wire.InvalidParameter("App client %s is not configured for secret but secret hash was received", c.ID)
	case !c.Confidential() || right:
		return nil
	case hash == "":
		return wire.NotAuthorized("Client %s is configured with secret but SECRET_HASH was not received", c.ID)
	}
	return wire.NotAuthorized("Unable to verify secret hash for client %s", c.ID)
}
