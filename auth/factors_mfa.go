package auth

import (
	"context"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/srp"
)

// MFASetting says what is to become of one second factor of a user.
type MFASetting uint8

// A factor that is off cannot be the preferred one, so there is no such setting.
const (
	// MFAUnchanged, the zero value, leaves the factor as it is.
	MFAUnchanged MFASetting = iota
	// MFAOff turns it off.
	MFAOff
	// MFAOn turns it on, without preferring it: if it was the preferred one,
	// it is not any more.
	MFAOn
	// MFAPreferred turns it on and makes it the one that a sign-in asks for,
	// in place of the one that was.
	MFAPreferred
)

// PasskeyMFASetting says whether a passkey that verifies its user is to count as
// two factors. It cannot be preferred: it counts where the sign-in begins with it.
type PasskeyMFASetting uint8

// The settings of passkeys as second factors.
const (
	// PasskeyMFAUnchanged, the zero value, leaves it as it is.
	PasskeyMFAUnchanged PasskeyMFASetting = iota
	// PasskeyMFAOff makes a passkey one factor.
	PasskeyMFAOff
	// PasskeyMFAOn makes a passkey two factors. Another second factor has to be
	// on, and the pool's FactorConfiguration has to be
	// MULTI_FACTOR_WITH_USER_VERIFICATION.
	PasskeyMFAOn
)

// MFAChanges are changes to the second factors of a user. What is left out stays
// as it is, and is not sent: Cognito refuses even to turn off an authenticator
// that the user does not have.
// Source: github.com/aws-amplify/amplify-js/issues/944.
type MFAChanges struct {
	// SMS needs a phone number, TOTP a verified authenticator
	// ([Factors.VerifyTOTP]), Email an e-mail address. At most one of the three
	// can be MFAPreferred.
	SMS, TOTP, Email MFASetting
	// Passkey needs another of the three that is on, and stays on.
	Passkey PasskeyMFASetting
}

// check refuses what Cognito would refuse of anybody.
func (c MFAChanges) check(op operation) error {
	preferred := 0
	for _, s := range []MFASetting{c.SMS, c.TOTP, c.Email} {
		if s == MFAPreferred {
			preferred++
		}
		if s > MFAPreferred {
			return op.fail(ErrConfig, "a setting is not one of the MFASetting constants", nil)
		}
	}
	switch {
	case c.Passkey > PasskeyMFAOn:
		return op.fail(ErrConfig, "the passkey's setting is not one of the PasskeyMFASetting constants", nil)
	case preferred > 1:
		return op.fail(ErrConfig, "only one factor can be the preferred one", nil)
	case c == MFAChanges{}:
		return op.fail(ErrConfig, "there are no changes", nil)
	}
	return nil
}

// settings are changes in the types that both operations take; nil for what stays.
type settings struct {
	sms     *types.SMSMfaSettingsType
	totp    *types.SoftwareTokenMfaSettingsType
	email   *types.EmailMfaSettingsType
	passkey *types.WebAuthnMfaSettingsType
}

func (c MFAChanges) settings() settings {
	var s settings
	if c.SMS != MFAUnchanged {
		s.sms = &types.SMSMfaSettingsType{Enabled: c.SMS != MFAOff, PreferredMfa: c.SMS == MFAPreferred}
	}
	if c.TOTP != MFAUnchanged {
		s.totp = &types.SoftwareTokenMfaSettingsType{Enabled: c.TOTP != MFAOff, PreferredMfa: c.TOTP == MFAPreferred}
	}
	if c.Email != MFAUnchanged {
		s.email = &types.EmailMfaSettingsType{Enabled: c.Email != MFAOff, PreferredMfa: c.Email == MFAPreferred}
	}
	if c.Passkey != PasskeyMFAUnchanged {
		s.passkey = &types.WebAuthnMfaSettingsType{Enabled: c.Passkey == PasskeyMFAOn}
	}
	return s
}

// SetMFA changes which second factors the signed-in user is asked for
// (SetUserMFAPreference).
//
// The errors are ErrNotSetUp (the user lacks what a factor needs, or the pool does
// not have the factor: Cognito does not tell which), ErrConfig (no change, or two
// preferred factors), ErrToken and those of every call.
func (f *Factors) SetMFA(ctx context.Context, t *Tokens, c MFAChanges) error {
	op := operation{name: "SetUserMFAPreference", at: stageSelf}
	access, err := f.bearer(op, t)
	if err != nil {
		return err
	}
	if err := c.check(op); err != nil {
		return err
	}
	s := c.settings()
	_, err = invoke(ctx, &f.caller, op, f.api.SetUserMFAPreference, &cip.SetUserMFAPreferenceInput{
		AccessToken: access, SMSMfaSettings: s.sms, SoftwareTokenMfaSettings: s.totp, EmailMfaSettings: s.email, WebAuthnMfaSettings: s.passkey,
	})
	return err
}

// AdminFactors changes the second factors of any user of a pool, with AWS
// credentials: for a help desk that turns a lost authenticator off.
type AdminFactors struct {
	caller
	api    AdminFactorAPI
	poolID string
}

// NewAdminFactors returns an AdminFactors for a user pool. Of the [Options] it uses
// Now and Observe. The error matches [ErrConfig]: a nil API, or a pool id that is
// not of the form REGION_NAME.
func NewAdminFactors(api AdminFactorAPI, poolID string, optFns ...func(*Options)) (*AdminFactors, error) {
	const fn = "NewAdminFactors"
	if api == nil {
		return nil, misconfigured(fn, "the API is nil: pass a *cognitoidentityprovider.Client", nil)
	}
	if _, err := srp.PoolName(poolID); err != nil {
		return nil, misconfigured(fn, "the user pool id is not of the form REGION_NAME", err)
	}
	return &AdminFactors{caller: newCaller("", newOptions(optFns)), api: api, poolID: poolID}, nil
}

// SetMFA is [Factors.SetMFA] for any user (AdminSetUserMFAPreference). The errors
// are also ErrCredentials (no such user), and ErrConfig without AWS credentials.
func (f *AdminFactors) SetMFA(ctx context.Context, username string, c MFAChanges) error {
	op := operation{name: "AdminSetUserMFAPreference", at: stageAccount, signed: true}
	if err := f.ready(op); err != nil {
		return err
	}
	if username == "" {
		return op.fail(ErrInput, "the username is empty", nil)
	}
	if err := c.check(op); err != nil {
		return err
	}
	s := c.settings()
	_, err := invoke(ctx, &f.caller, op, f.api.AdminSetUserMFAPreference, &cip.AdminSetUserMFAPreferenceInput{
		UserPoolId: &f.poolID, Username: &username,
		SMSMfaSettings: s.sms, SoftwareTokenMfaSettings: s.totp, EmailMfaSettings: s.email, WebAuthnMfaSettings: s.passkey,
	})
	return err
}
