package operation

import (
	"context"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/signin"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// GetUser describes the user of an access token.
func (s *Service) GetUser(_ context.Context, in *cip.GetUserInput) (*cip.GetUserOutput, error) {
	client, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	preferred, list := mfaSettings(client.Pool, user)
	return &cip.GetUserOutput{
		Username: &user.Username, UserAttributes: attributeList(client.Readable(user.AllAttributes())),
		PreferredMfaSetting: preferred, UserMFASettingList: list,
	}, nil
}

// mfaSettings says which second factors a user has; both are absent from the
// response if there are none. With MFA ON a verified authenticator counts
// without having been enabled.
func mfaSettings(p *directory.Pool, u directory.User) (preferred *string, list []string) {
	for _, f := range signin.Factors {
		on := p.Settings.MFA == types.UserPoolMfaTypeOn && f == types.ChallengeNameTypeSoftwareTokenMfa
		if u.MFA.Enabled[f] || on && u.MFA.TOTP != nil {
			list = append(list, string(f))
		}
	}
	return ptr(string(u.MFA.Preferred)), list
}

// SetUserMFAPreference enables, disables and prefers the second factors of the
// user of an access token.
func (s *Service) SetUserMFAPreference(_ context.Context, in *cip.SetUserMFAPreferenceInput) (*cip.SetUserMFAPreferenceOutput, error) {
	client, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	_, err = client.Pool.Update(user.Sub, func(u *directory.User) error {
		return prefer(client.Pool, u, in.SMSMfaSettings, in.SoftwareTokenMfaSettings, in.EmailMfaSettings, in.WebAuthnMfaSettings)
	})
	return &cip.SetUserMFAPreferenceOutput{}, err
}

// AdminSetUserMFAPreference does the same for any user.
func (s *Service) AdminSetUserMFAPreference(_ context.Context, in *cip.AdminSetUserMFAPreferenceInput) (*cip.AdminSetUserMFAPreferenceOutput, error) {
	err := s.change(in.UserPoolId, in.Username, func(p *directory.Pool, u *directory.User) error {
		return prefer(p, u, in.SMSMfaSettings, in.SoftwareTokenMfaSettings, in.EmailMfaSettings, in.WebAuthnMfaSettings)
	})
	return &cip.AdminSetUserMFAPreferenceOutput{}, err
}

// prefer applies the settings that are given and leaves the others as they are.
func prefer(p *directory.Pool, u *directory.User, sms *types.SMSMfaSettingsType,
	token *types.SoftwareTokenMfaSettingsType, email *types.EmailMfaSettingsType, passkey *types.WebAuthnMfaSettingsType) error {
	type setting struct {
		factor        types.ChallengeNameType
		on, preferred bool
	}
	var settings []setting
	if sms != nil {
		settings = append(settings, setting{types.ChallengeNameTypeSmsMfa, sms.Enabled, sms.PreferredMfa})
	}
	if token != nil {
		settings = append(settings, setting{types.ChallengeNameTypeSoftwareTokenMfa, token.Enabled, token.PreferredMfa})
	}
	if email != nil {
		settings = append(settings, setting{types.ChallengeNameTypeEmailOtp, email.Enabled, email.PreferredMfa})
	}
	preferred := 0
	for _, s := range settings {
		if err := signin.MayChange(*u, s.factor); err != nil {
			return err
		}
		if s.on {
			if err := signin.MayEnable(p, *u, s.factor); err != nil {
				return err
			}
		}
		if s.on && s.preferred {
			preferred++
		}
		u.Enable(s.factor, s.on, s.preferred)
	}
	if preferred > 1 {
		return wire.InvalidParameter("Only one MFA type can be the preferred one.")
	}
	if passkey != nil {
		u.MFA.Passkey = passkey.Enabled
	}
	// API reference, WebAuthnMfaSettingsType: without another factor a user who
	// lost the passkey would be locked out. The error is not documented.
	if u.MFA.Passkey && (!p.PasskeyIsMFA() || len(u.MFA.Enabled) == 0) {
		return wire.NoDeliveryConfig(types.ChallengeNameTypeWebAuthn)
	}
	return nil
}
