package operation

import (
	"context"
	"slices"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// SetUserPoolMfaConfig sets the second factors of a pool, and what its passkeys
// are for.
//
// A request that sets MfaConfiguration says all about the second factors: SMS and
// e-mail, which have no switch of their own, are off if they are not in it. One
// without changes what it names. The API reference says neither.
func (s *Service) SetUserPoolMfaConfig(_ context.Context, in *cip.SetUserPoolMfaConfigInput) (*cip.SetUserPoolMfaConfigOutput, error) {
	pool, err := s.Directory.UpdatePool(str(in.UserPoolId), s.Now(), func(set *directory.Settings) error {
		if in.MfaConfiguration != "" {
			set.MFA = in.MfaConfiguration
			set.SMS, set.TOTP, set.Email = false, false, false
		}
		if c := in.SmsMfaConfiguration; c != nil {
			if c.SmsConfiguration != nil {
				set.Kept.SmsConfiguration = c.SmsConfiguration
			}
			if set.Kept.SmsConfiguration == nil {
				return wire.InvalidParameter("SmsConfiguration is required for SMS MFA.")
			}
			set.SMS, set.Kept.SmsAuthenticationMessage = true, c.SmsAuthenticationMessage
		}
		if c := in.SoftwareTokenMfaConfiguration; c != nil {
			set.TOTP = c.Enabled
		}
		if c := in.EmailMfaConfiguration; c != nil {
			set.Email, set.EmailMFA = true, *c
		}
		if c := in.WebAuthnConfiguration; c != nil {
			set.WebAuthn = *c
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := cip.SetUserPoolMfaConfigOutput(mfaConfig(pool))
	return &out, nil
}

// GetUserPoolMfaConfig tells what SetUserPoolMfaConfig has set.
func (s *Service) GetUserPoolMfaConfig(_ context.Context, in *cip.GetUserPoolMfaConfigInput) (*cip.GetUserPoolMfaConfigOutput, error) {
	pool, err := s.Directory.Pool(str(in.UserPoolId))
	if err != nil {
		return nil, err
	}
	out := mfaConfig(pool)
	return &out, nil
}

func mfaConfig(p *directory.Pool) cip.GetUserPoolMfaConfigOutput {
	set := p.Settings
	out := cip.GetUserPoolMfaConfigOutput{
		MfaConfiguration:              set.MFA,
		SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: set.TOTP},
	}
	if set.SMS {
		out.SmsMfaConfiguration = &types.SmsMfaConfigType{
			SmsAuthenticationMessage: set.Kept.SmsAuthenticationMessage, SmsConfiguration: set.Kept.SmsConfiguration,
		}
	}
	if set.Email {
		out.EmailMfaConfiguration = &set.EmailMFA
	}
	if set.WebAuthn.RelyingPartyId != nil || slices.Contains(set.FirstFactors, types.AuthFactorTypeWebAuthn) {
		out.WebAuthnConfiguration = &set.WebAuthn
	}
	return out
}
