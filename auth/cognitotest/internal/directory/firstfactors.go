package directory

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// validateFirstFactors checks what USER_AUTH may begin with. AWS does not let
// PASSWORD be left out (aws-cdk, aws-cognito, AllowedFirstAuthFactors.password:
// "This must be true").
func (s *Settings) validateFirstFactors() error {
	if s.FirstFactors == nil {
		s.FirstFactors = []types.AuthFactorType{types.AuthFactorTypePassword}
	}
	for _, f := range s.FirstFactors {
		if !slices.Contains(f.Values(), f) {
			return wire.InvalidParameter("AllowedFirstAuthFactors cannot hold %q.", f)
		}
	}
	if !slices.Contains(s.FirstFactors, types.AuthFactorTypePassword) {
		return wire.InvalidParameter("AllowedFirstAuthFactors must hold PASSWORD.")
	}
	return s.validateWebAuthn()
}

func (s *Settings) validateWebAuthn() error {
	w := &s.WebAuthn
	if w.UserVerification == "" {
		w.UserVerification = types.UserVerificationTypePreferred
	}
	if w.FactorConfiguration == "" {
		w.FactorConfiguration = types.WebAuthnFactorConfigurationTypeSingleFactor
	}
	switch {
	case !slices.Contains(w.UserVerification.Values(), w.UserVerification):
		return wire.InvalidParameter("UserVerification cannot be %q.", w.UserVerification)
	case !slices.Contains(w.FactorConfiguration.Values(), w.FactorConfiguration):
		return wire.InvalidParameter("FactorConfiguration cannot be %q.", w.FactorConfiguration)
	case w.RelyingPartyId != nil && s.relyingParty().Check() != nil:
		return wire.InvalidParameter("RelyingPartyId must be a domain.")
	}
	return nil
}

func (s *Settings) relyingParty() factor.RelyingParty {
	rp := factor.RelyingParty{Verification: s.WebAuthn.UserVerification}
	if s.WebAuthn.RelyingPartyId != nil {
		rp.ID = *s.WebAuthn.RelyingPartyId
	}
	return rp
}

// RelyingParty returns the site that the pool's passkeys are for. Pools that do
// not have passkeys, or have no domain for them, are refused.
func (p *Pool) RelyingParty() (factor.RelyingParty, error) {
	rp := p.Settings.relyingParty()
	switch {
	case !slices.Contains(p.Settings.FirstFactors, types.AuthFactorTypeWebAuthn):
		return rp, wire.PasskeysOff
	case rp.ID == "":
		return rp, wire.PasskeyPartyMissing
	}
	return rp, nil
}

// PasskeyIsMFA tells whether a passkey that has verified its user counts as two
// factors.
func (p *Pool) PasskeyIsMFA() bool {
	return p.Settings.WebAuthn.FactorConfiguration == types.WebAuthnFactorConfigurationTypeMultiFactorWithUserVerification
}

// Passwordless tells whether users need no password: only a delivered code may
// take its place, because a passkey cannot be the first thing a user has (SDK
// documentation of SignUpInput.Password).
func (p *Pool) Passwordless() bool {
	return slices.Contains(p.Settings.FirstFactors, types.AuthFactorTypeEmailOtp) ||
		slices.Contains(p.Settings.FirstFactors, types.AuthFactorTypeSmsOtp)
}

// NewVerifier makes what is kept of a new user's password, which may be empty in
// a pool that works without.
func (p *Pool) NewVerifier(username, password string) (factor.Verifier, error) {
	if password == "" && p.Passwordless() {
		return factor.NoPassword(), nil
	}
	if err := factor.CheckPassword(p.Settings.PasswordPolicy, password); err != nil {
		return factor.Verifier{}, err
	}
	return factor.NewVerifier(p.Name, username, password), nil
}
