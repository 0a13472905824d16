// Package directory keeps user pools, their app clients and their users in
// memory. It decides what a name means and which values may exist; it knows
// nothing of signing in.
//
// Everything handed out is a copy. A [User]'s maps are replaced and never
// changed, so that a copy may be read while the user goes on living; changes go
// through [Pool.Update], and no lock is held while anybody else's code runs.
package directory

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A Directory holds many pools. The zero Directory is empty and ready for use.
//
// Pools and clients are values like users: an update puts another one in the
// place of the old, so that a request which began before it goes on with what it
// found.
type Directory struct {
	mu      sync.RWMutex
	pools   map[string]*Pool
	clients map[string]*Client
	keeper  Keeper // nil: nobody
}

// Settings are what CreateUserPool and SetUserPoolMfaConfig decide, and the
// knobs of the pool's Config, where each is described. Lists and maps are
// replaced, never changed.
type Settings struct {
	Name             string // for people; the pool's own name is part of its id
	Region           string
	Issuer           func(poolID string) string `json:"-"`
	MFA              types.UserPoolMfaType
	TOTP, SMS, Email bool
	// Recovery are the channels of account recovery, the first one first.
	Recovery           []types.RecoveryOptionNameType
	UsernameAttributes []types.UsernameAttributeType
	AliasAttributes    []types.AliasAttributeType
	CaseSensitive      bool
	// Schema are the attributes; those given, before the pool is made, and all
	// that there are, afterwards.
	Schema       Schema
	AutoVerified []types.VerifiedAttributeType
	// VerifyBeforeUpdate are the addresses that a user changes only by proving
	// the new one.
	VerifyBeforeUpdate []types.VerifiedAttributeType
	PasswordPolicy     types.PasswordPolicyType
	FirstFactors       []types.AuthFactorType
	WebAuthn           types.WebAuthnConfigurationType
	Triggers           trigger.Runner `json:"-"`
	Devices            DeviceTracking
	// EmailMFA is the template of the codes by e-mail.
	EmailMFA types.EmailMfaConfigType
	// DevicesKeepMFA asks remembered devices for the second factor all the same.
	DevicesKeepMFA bool
	// AdminOnly keeps users from signing up by themselves.
	AdminOnly bool
	// Protected pools cannot be deleted.
	Protected bool
	// Kept is what the pool only tells again as it was told: templates of
	// messages, e-mail and SMS settings, tags, ARNs of triggers.
	Kept types.UserPoolType

	Knobs
}

// Knobs are the fields of the pool's Config that hold for every pool of a server:
// what no operation of AWS can say.
type Knobs struct {
	NoLockout, NoLimits   bool
	SRPFreshness          time.Duration
	InlinePasskeys        bool
	UnaskedSession        bool
	CustomAuthCoversSRP   bool
	ReuseEndsSignIn       bool
	WrongTOTPEndsSession  bool
	DeviceProofOnlyForMFA bool
}

// mostPools and mostClients, of one pool, are AWS's quotas (developer guide,
// "Quotas"): a program that makes a pool for each of its requests finds out.
const mostPools, mostClients = 1000, 1000

// AddPool makes a pool.
func (d *Directory) AddPool(s Settings, now time.Time) (*Pool, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	p := newPool(s, d.keeping(), now)
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.pools) >= mostPools {
		return nil, wire.Errorf("LimitExceededException", "There are as many user pools as there may be.")
	}
	if d.pools == nil {
		d.pools = make(map[string]*Pool)
		d.clients = make(map[string]*Client)
	}
	d.pools[p.ID] = p
	d.keepPool(p)
	return p, nil
}

// Pool finds a pool by its id.
func (d *Directory) Pool(id string) (*Pool, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p := d.pools[id]; p != nil {
		return p, nil
	}
	return nil, wire.UnknownPool(id)
}

// Pools lists all pools in order of their ids.
func (d *Directory) Pools() []*Pool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.SortedFunc(maps.Values(d.pools), func(a, b *Pool) int { return strings.Compare(a.ID, b.ID) })
}

// UpdatePool changes the settings of a pool as one step.
func (d *Directory) UpdatePool(id string, now time.Time, change func(*Settings) error) (*Pool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := d.pools[id]
	if old == nil {
		return nil, wire.UnknownPool(id)
	}
	next := *old
	next.Modified = now
	if err := change(&next.Settings); err != nil {
		return nil, err
	}
	if err := next.Settings.validate(); err != nil {
		return nil, err
	}
	d.pools[id] = &next
	d.keepPool(&next)
	for id, c := range d.clients {
		if c.Pool == old {
			moved := *c
			moved.Pool = &next
			d.clients[id] = &moved
		}
	}
	return &next, nil
}

// DeletePool removes a pool with its clients and users.
func (d *Directory) DeletePool(id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.pools[id]
	switch {
	case p == nil:
		return wire.UnknownPool(id)
	case p.Settings.Protected:
		return wire.InvalidParameter("The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")
	}
	for _, c := range d.clientsOf(id) {
		delete(d.clients, c.ID)
		d.keeping().Delete(keptClient + c.ID)
	}
	delete(d.pools, id)
	p.forgetAll()
	d.keeping().Delete(keptPool + id)
	return nil
}

// Client finds an app client by its id.
func (d *Directory) Client(id string) (*Client, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if c := d.clients[id]; c != nil {
		return c, nil
	}
	return nil, wire.UnknownClient(id)
}

// AddClient gives a pool one more app client.
func (d *Directory) AddClient(p *Pool, s ClientSettings, now time.Time) (*Client, error) {
	c, err := newClient(p, s, now)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.Pool = d.pools[p.ID]; c.Pool == nil {
		return nil, wire.UnknownPool(p.ID)
	}
	if len(d.clientsOf(p.ID)) >= mostClients {
		return nil, wire.Errorf("LimitExceededException", "The user pool has as many app clients as there may be.")
	}
	d.clients[c.ID] = c
	d.keepClient(c)
	return c, nil
}

// validate refuses what AWS refuses, and what cannot work.
func (s *Settings) validate() error {
	if len(s.UsernameAttributes) > 0 && len(s.AliasAttributes) > 0 {
		return wire.InvalidParameter("Only one of the aliasAttributes or usernameAttributes can be set in a user pool.")
	}
	switch s.MFA {
	case "", types.UserPoolMfaTypeOff:
		s.MFA = types.UserPoolMfaTypeOff
	case types.UserPoolMfaTypeOptional, types.UserPoolMfaTypeOn:
		if !s.TOTP && !s.SMS && !s.Email {
			return wire.InvalidParameter("MFA is %s, but the pool offers no second factor.", s.MFA)
		}
	default:
		return wire.InvalidParameter("MFA cannot be %q.", s.MFA)
	}
	if err := s.Schema.validate(); err != nil {
		return err
	}
	if err := validateRecovery(s.Recovery); err != nil {
		return err
	}
	if err := s.Devices.validate(); err != nil {
		return err
	}
	s.PasswordPolicy = effectivePolicy(s.PasswordPolicy)
	if err := validatePolicy(s.PasswordPolicy); err != nil {
		return err
	}
	return s.validateFirstFactors()
}

// DefaultPolicy is that of a pool which says nothing of passwords.
func DefaultPolicy() types.PasswordPolicyType {
	eight := int32(8)
	return types.PasswordPolicyType{
		MinimumLength: &eight, TemporaryPasswordValidityDays: 7,
		RequireLowercase: true, RequireUppercase: true, RequireNumbers: true, RequireSymbols: true,
	}
}

// validateRecovery allows the two channels in either order, or neither (API
// reference, RecoveryOptionType).
func validateRecovery(channels []types.RecoveryOptionNameType) error {
	for i, c := range channels {
		switch {
		case !slices.Contains(c.Values(), c):
			return wire.InvalidParameter("Recovery cannot hold %q.", c)
		case slices.Contains(channels[:i], c):
			return wire.InvalidParameter("Recovery holds %s twice.", c)
		case c == types.RecoveryOptionNameTypeAdminOnly && len(channels) > 1:
			return wire.InvalidParameter("admin_only cannot be combined with another recovery mechanism.")
		}
	}
	return nil
}

// validatePolicy holds the numbers of a policy against the ranges of the API
// reference, PasswordPolicyType.
func validatePolicy(p types.PasswordPolicyType) error {
	switch {
	case *p.MinimumLength < 6 || *p.MinimumLength > 99:
		return wire.InvalidParameter("MinimumLength is 6 to 99.")
	case p.TemporaryPasswordValidityDays < 0 || p.TemporaryPasswordValidityDays > 365:
		return wire.InvalidParameter("TemporaryPasswordValidityDays is 0 to 365.")
	}
	return nil
}

// effectivePolicy puts AWS's defaults where the policy says nothing: all rules
// on if there is no policy at all, and the two numbers if they are missing.
func effectivePolicy(p types.PasswordPolicyType) types.PasswordPolicyType {
	if p == (types.PasswordPolicyType{}) {
		p = DefaultPolicy()
	}
	if p.MinimumLength == nil {
		eight := int32(8)
		p.MinimumLength = &eight
	}
	if p.TemporaryPasswordValidityDays == 0 {
		p.TemporaryPasswordValidityDays = 7
	}
	return p
}
