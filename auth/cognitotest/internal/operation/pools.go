package operation

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// account is the number in the ARNs of pools: the one of AWS's documentation,
// which is nobody's.
const account = "123456789012"

// CreateUserPool makes a pool. Its id, its keys and its place on this machine
// are as those of the first one.
func (s *Service) CreateUserPool(_ context.Context, in *cip.CreateUserPoolInput) (*cip.CreateUserPoolOutput, error) {
	set := s.Base
	set.UsernameAttributes, set.AliasAttributes = in.UsernameAttributes, in.AliasAttributes
	// Case counts unless it is said that it does not (API reference,
	// UsernameConfigurationType).
	set.CaseSensitive = true
	if c := in.UsernameConfiguration; c != nil && c.CaseSensitive != nil {
		set.CaseSensitive = *c.CaseSensitive
	}
	set.Schema = in.Schema
	if err := s.configure(&set, in); err != nil {
		return nil, err
	}
	pool, err := s.Directory.AddPool(set, s.Now())
	if err != nil {
		return nil, err
	}
	return &cip.CreateUserPoolOutput{UserPool: describePool(pool)}, nil
}

// UpdateUserPool configures a pool anew: what is not given goes back to its
// default (API reference, UpdateUserPool). What only SetUserPoolMfaConfig knows
// stays, and so does what can be said but once.
func (s *Service) UpdateUserPool(_ context.Context, in *cip.UpdateUserPoolInput) (*cip.UpdateUserPoolOutput, error) {
	_, err := s.Directory.UpdatePool(str(in.UserPoolId), s.Now(), func(set *directory.Settings) error {
		return s.configure(set, &cip.CreateUserPoolInput{
			PoolName:                    cmp.Or(in.PoolName, &set.Name),
			AccountRecoverySetting:      in.AccountRecoverySetting,
			AdminCreateUserConfig:       in.AdminCreateUserConfig,
			AutoVerifiedAttributes:      in.AutoVerifiedAttributes,
			DeletionProtection:          in.DeletionProtection,
			DeviceConfiguration:         in.DeviceConfiguration,
			EmailConfiguration:          in.EmailConfiguration,
			EmailVerificationMessage:    in.EmailVerificationMessage,
			EmailVerificationSubject:    in.EmailVerificationSubject,
			IssuerConfiguration:         in.IssuerConfiguration,
			KeyConfiguration:            in.KeyConfiguration,
			LambdaConfig:                in.LambdaConfig,
			MfaConfiguration:            in.MfaConfiguration,
			Policies:                    in.Policies,
			SmsAuthenticationMessage:    in.SmsAuthenticationMessage,
			SmsConfiguration:            in.SmsConfiguration,
			SmsVerificationMessage:      in.SmsVerificationMessage,
			UserAttributeUpdateSettings: in.UserAttributeUpdateSettings,
			UserPoolAddOns:              in.UserPoolAddOns,
			UserPoolTags:                in.UserPoolTags,
			UserPoolTier:                in.UserPoolTier,
			VerificationMessageTemplate: in.VerificationMessageTemplate,
		})
	})
	return &cip.UpdateUserPoolOutput{}, err
}

// configure sets what can be said again and again.
func (s *Service) configure(set *directory.Settings, in *cip.CreateUserPoolInput) error {
	set.Name = str(in.PoolName)
	set.MFA = in.MfaConfiguration
	set.SMS = in.SmsConfiguration != nil && in.MfaConfiguration != "" && in.MfaConfiguration != types.UserPoolMfaTypeOff
	set.AutoVerified = in.AutoVerifiedAttributes
	set.Protected = in.DeletionProtection == types.DeletionProtectionTypeActive
	set.AdminOnly = in.AdminCreateUserConfig != nil && in.AdminCreateUserConfig.AllowAdminCreateUserOnly
	set.VerifyBeforeUpdate = nil
	if u := in.UserAttributeUpdateSettings; u != nil {
		set.VerifyBeforeUpdate = u.AttributesRequireVerificationBeforeUpdate
	}
	for _, a := range set.VerifyBeforeUpdate {
		if !slices.Contains(set.AutoVerified, a) {
			return wire.InvalidParameter("AttributesRequireVerificationBeforeUpdate must be a subset of AutoVerifiedAttributes.")
		}
	}
	configurePolicies(set, in)
	configureDevices(set, in.DeviceConfiguration)
	set.Kept = types.UserPoolType{
		AdminCreateUserConfig:       in.AdminCreateUserConfig,
		EmailConfiguration:          in.EmailConfiguration,
		EmailVerificationMessage:    in.EmailVerificationMessage,
		EmailVerificationSubject:    in.EmailVerificationSubject,
		IssuerConfiguration:         in.IssuerConfiguration,
		KeyConfiguration:            in.KeyConfiguration,
		LambdaConfig:                in.LambdaConfig,
		SmsAuthenticationMessage:    in.SmsAuthenticationMessage,
		SmsConfiguration:            in.SmsConfiguration,
		SmsVerificationMessage:      in.SmsVerificationMessage,
		UserPoolAddOns:              in.UserPoolAddOns,
		UserPoolTags:                in.UserPoolTags,
		UserPoolTier:                cmp.Or(in.UserPoolTier, types.UserPoolTierTypeEssentials),
		VerificationMessageTemplate: in.VerificationMessageTemplate,
	}
	var err error
	if set.Triggers, err = set.Triggers.Configure(in.LambdaConfig, s.Functions); err != nil {
		return err
	}
	set.Recovery, err = recoveryChannels(in.AccountRecoverySetting)
	return err
}

func configurePolicies(set *directory.Settings, in *cip.CreateUserPoolInput) {
	set.PasswordPolicy, set.FirstFactors = types.PasswordPolicyType{}, nil
	if p := in.Policies; p != nil && p.PasswordPolicy != nil {
		set.PasswordPolicy = *p.PasswordPolicy
	}
	if p := in.Policies; p != nil && p.SignInPolicy != nil {
		set.FirstFactors = p.SignInPolicy.AllowedFirstAuthFactors
	}
	// The older setting for the same; it has no effect beside the newer one.
	if c := in.AdminCreateUserConfig; c != nil && set.PasswordPolicy == (types.PasswordPolicyType{}) && c.UnusedAccountValidityDays != 0 {
		set.PasswordPolicy = directory.DefaultPolicy()
		set.PasswordPolicy.TemporaryPasswordValidityDays = c.UnusedAccountValidityDays
	}
}

// configureDevices tracks devices if there is any configuration at all (API
// reference, CreateUserPool, DeviceConfiguration).
func configureDevices(set *directory.Settings, c *types.DeviceConfigurationType) {
	switch {
	case c == nil:
		set.Devices = ""
	case c.DeviceOnlyRememberedOnUserPrompt:
		set.Devices = directory.DevicesOptIn
	default:
		set.Devices = directory.DevicesAlways
	}
	set.DevicesKeepMFA = c != nil && !c.ChallengeRequiredOnNewDevice
}

// recoveryChannels reads them in order of their priority.
func recoveryChannels(setting *types.AccountRecoverySettingType) ([]types.RecoveryOptionNameType, error) {
	if setting == nil {
		return nil, nil
	}
	options := slices.Clone(setting.RecoveryMechanisms)
	for _, o := range options {
		if o.Name == "" || o.Priority == nil || *o.Priority < 1 || *o.Priority > 2 {
			return nil, wire.InvalidParameter("A recovery mechanism has a name and a priority of 1 or 2.")
		}
	}
	slices.SortFunc(options, func(a, b types.RecoveryOptionType) int { return int(*a.Priority - *b.Priority) })
	var channels []types.RecoveryOptionNameType
	for i, o := range options {
		if i > 0 && *o.Priority == *options[i-1].Priority {
			return nil, wire.InvalidParameter("Two recovery mechanisms have the same priority.")
		}
		channels = append(channels, o.Name)
	}
	return channels, nil
}

// DescribeUserPool tells how a pool is configured.
func (s *Service) DescribeUserPool(_ context.Context, in *cip.DescribeUserPoolInput) (*cip.DescribeUserPoolOutput, error) {
	pool, err := s.Directory.Pool(str(in.UserPoolId))
	if err != nil {
		return nil, err
	}
	return &cip.DescribeUserPoolOutput{UserPool: describePool(pool)}, nil
}

func describePool(p *directory.Pool) *types.UserPoolType {
	set, out := p.Settings, p.Settings.Kept
	arn := fmt.Sprintf("arn:aws:cognito-idp:%s:%s:userpool/%s", set.Region, account, p.ID)
	out.Id, out.Name, out.Arn = &p.ID, &set.Name, &arn
	out.CreationDate, out.LastModifiedDate = &p.Created, &p.Modified
	out.EstimatedNumberOfUsers = int32(p.Size())
	out.MfaConfiguration = set.MFA
	out.Policies = &types.UserPoolPolicyType{
		PasswordPolicy: &set.PasswordPolicy, SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: set.FirstFactors},
	}
	out.SchemaAttributes = set.Schema
	out.AliasAttributes, out.UsernameAttributes = set.AliasAttributes, set.UsernameAttributes
	out.UsernameConfiguration = &types.UsernameConfigurationType{CaseSensitive: &set.CaseSensitive}
	out.AutoVerifiedAttributes = set.AutoVerified
	out.UserAttributeUpdateSettings = &types.UserAttributeUpdateSettingsType{AttributesRequireVerificationBeforeUpdate: set.VerifyBeforeUpdate}
	out.DeletionProtection = types.DeletionProtectionTypeInactive
	if set.Protected {
		out.DeletionProtection = types.DeletionProtectionTypeActive
	}
	if set.Devices != "" {
		out.DeviceConfiguration = &types.DeviceConfigurationType{
			ChallengeRequiredOnNewDevice:     !set.DevicesKeepMFA,
			DeviceOnlyRememberedOnUserPrompt: set.Devices == directory.DevicesOptIn,
		}
	}
	if len(set.Recovery) > 0 {
		out.AccountRecoverySetting = &types.AccountRecoverySettingType{}
		for i, name := range set.Recovery {
			priority := int32(i + 1)
			out.AccountRecoverySetting.RecoveryMechanisms = append(out.AccountRecoverySetting.RecoveryMechanisms,
				types.RecoveryOptionType{Name: name, Priority: &priority})
		}
	}
	return &out
}

// DeleteUserPool removes a pool with all that is in it.
func (s *Service) DeleteUserPool(_ context.Context, in *cip.DeleteUserPoolInput) (*cip.DeleteUserPoolOutput, error) {
	return &cip.DeleteUserPoolOutput{}, s.Directory.DeletePool(str(in.UserPoolId))
}

// ListUserPools lists the pools in pages, the one of the configuration among
// them.
func (s *Service) ListUserPools(_ context.Context, in *cip.ListUserPoolsInput) (*cip.ListUserPoolsOutput, error) {
	limit, err := pageSize("MaxResults", in.MaxResults, 1)
	if err != nil {
		return nil, err
	}
	pools, next := page(s.Directory.Pools(), func(p *directory.Pool) string { return p.ID }, in.NextToken, limit)
	out := &cip.ListUserPoolsOutput{UserPools: []types.UserPoolDescriptionType{}, NextToken: next}
	for _, p := range pools {
		out.UserPools = append(out.UserPools, types.UserPoolDescriptionType{
			Id: &p.ID, Name: &p.Settings.Name, LambdaConfig: p.Settings.Kept.LambdaConfig,
			CreationDate: &p.Created, LastModifiedDate: &p.Modified,
		})
	}
	return out, nil
}

// AddCustomAttributes adds to the schema of a pool.
func (s *Service) AddCustomAttributes(_ context.Context, in *cip.AddCustomAttributesInput) (*cip.AddCustomAttributesOutput, error) {
	_, err := s.Directory.UpdatePool(str(in.UserPoolId), s.Now(), func(set *directory.Settings) (err error) {
		if n := len(in.CustomAttributes); n < 1 || n > 25 {
			return wire.InvalidParameter("CustomAttributes holds 1 to 25 attributes.")
		}
		set.Schema, err = set.Schema.Add(in.CustomAttributes)
		return err
	})
	return &cip.AddCustomAttributesOutput{}, err
}
