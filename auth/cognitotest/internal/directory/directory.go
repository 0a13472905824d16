// Package directory keeps user pools, their app clients and their users in
// memory. It decides what a name means and which values may exist; it knows
// nothing of signing in.
//
// Everything handed out is a copy. A [User]'s maps are replaced and never
// changed, so that a copy may be read while the user goes on living; changes go
// through [Pool.Update], and no lock is held while anybody else's code runs.
package directory

import (
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A Directory holds many pools. The zero Directory is empty and ready for use.
type Directory struct {
	mu      sync.RWMutex
	pools   map[string]*Pool
	clients map[string]*Client
}

// Settings are what CreateUserPool and SetUserPoolMfaConfig decide, and the
// knobs of the pool's Config, where each is described.
type Settings struct {
	Region             string
	Issuer             func(poolID string) string
	MFA                types.UserPoolMfaType
	TOTP, SMS, Email   bool
	Recovery           types.RecoveryOptionNameType
	UsernameAttributes []types.UsernameAttributeType
	AliasAttributes    []types.AliasAttributeType
	CaseSensitive      bool
	RequiredAttributes []string
	CustomAttributes   []string
	AutoVerified       []types.VerifiedAttributeType
	PasswordPolicy     types.PasswordPolicyType
	FirstFactors       []types.AuthFactorType
	WebAuthn           types.WebAuthnConfigurationType
	InlinePasskeys     bool
	Triggers           trigger.Runner
	Devices            DeviceTracking

	NoLockout, NoLimits bool
	SRPFreshness        time.Duration
	CustomAuthCoversSRP bool
}

// AddPool makes a pool.
func (d *Directory) AddPool(s Settings) (*Pool, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	p := newPool(s)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.pools == nil {
		d.pools = make(map[string]*Pool)
		d.clients = make(map[string]*Client)
	}
	d.pools[p.ID] = p
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
func (d *Directory) AddClient(p *Pool, s ClientSettings) (*Client, error) {
	c, err := newClient(p, s)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clients[c.ID] = c
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
	for _, name := range s.RequiredAttributes {
		if !standardAttributes[name] {
			return wire.InvalidParameter("%q is not a standard attribute, so it cannot be required.", name)
		}
	}
	if err := s.Devices.validate(); err != nil {
		return err
	}
	s.PasswordPolicy = effectivePolicy(s.PasswordPolicy)
	return s.validateFirstFactors()
}

// effectivePolicy puts AWS's defaults where the policy says nothing: all rules
// on if there is no policy at all, and the two numbers if they are missing.
func effectivePolicy(p types.PasswordPolicyType) types.PasswordPolicyType {
	if p == (types.PasswordPolicyType{}) {
		p.RequireLowercase, p.RequireUppercase, p.RequireNumbers, p.RequireSymbols = true, true, true, true
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
