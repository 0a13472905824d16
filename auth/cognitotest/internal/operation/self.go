package operation

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/signin"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// proofLife is how long the code that proves an attribute is good for (developer
// guide, "Quotas").
const proofLife = 24 * time.Hour

// ChangePassword replaces the password of a user who knows it. A user without
// one gets one.
func (s *Service) ChangePassword(_ context.Context, in *cip.ChangePasswordInput) (*cip.ChangePasswordOutput, error) {
	client, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	pool := client.Pool
	if err := s.limited("ChangePassword", pool, user); err != nil {
		return nil, err
	}
	if err := factor.CheckPassword(pool.Settings.PasswordPolicy, str(in.ProposedPassword)); err != nil {
		return nil, err
	}
	if !user.Verifier.None() && !user.Verifier.Check(pool.Name, user.Username, str(in.PreviousPassword)) {
		return nil, wire.IncorrectPassword
	}
	verifier := factor.NewVerifier(pool.Name, user.Username, str(in.ProposedPassword))
	_, err = pool.Update(user.Sub, func(u *directory.User) error {
		u.Verifier, u.Modified = verifier, s.Now()
		return nil
	})
	return &cip.ChangePasswordOutput{}, err
}

// GetUserAttributeVerificationCode sends the code that proves an address.
func (s *Service) GetUserAttributeVerificationCode(ctx context.Context, in *cip.GetUserAttributeVerificationCodeInput) (*cip.GetUserAttributeVerificationCodeOutput, error) {
	client, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	if err := s.limited("GetUserAttributeVerificationCode", client.Pool, user); err != nil {
		return nil, err
	}
	to, err := wayOf(str(in.AttributeName))
	if err != nil {
		return nil, err
	}
	code := directory.NewCode(proofLife, s.Now())
	var address string
	user, err = client.Pool.Update(user.Sub, func(u *directory.User) error {
		code.Pending = u.Proofs[to.attribute].Pending
		if address = cmp.Or(code.Pending, u.Attributes[to.attribute]); address == "" {
			return wire.InvalidParameter("User has no %s to verify.", to.attribute)
		}
		u.PutProof(to.attribute, code)
		return nil
	})
	if err != nil {
		return nil, err
	}
	occasion := directory.Occasion{Source: trigger.MessageVerifyAttribute, ClientID: client.ID, Metadata: in.ClientMetadata}
	if err := s.deliver(ctx, client.Pool, occasion, user, to.messageTo(user, address, code, factor.Verification)); err != nil {
		return nil, err
	}
	return &cip.GetUserAttributeVerificationCodeOutput{CodeDeliveryDetails: to.details(address)}, nil
}

// VerifyUserAttribute proves an address by the code that was sent to it.
func (s *Service) VerifyUserAttribute(_ context.Context, in *cip.VerifyUserAttributeInput) (*cip.VerifyUserAttributeOutput, error) {
	to, err := wayOf(str(in.AttributeName))
	if err != nil {
		return nil, err
	}
	err = s.changeBearer(in.AccessToken, func(_ *directory.Client, u *directory.User) error {
		proof := u.Proofs[to.attribute]
		if err := proof.Check(str(in.Code), s.Now()); err != nil {
			return err
		}
		u.PutProof(to.attribute, directory.Code{})
		if proof.Pending != "" {
			u.Change(map[string]string{to.attribute: proof.Pending})
		}
		u.Set(map[string]string{to.attribute + "_verified": "true"})
		u.Modified = s.Now()
		return nil
	})
	return &cip.VerifyUserAttributeOutput{}, err
}

// UpdateUserAttributes sets attributes of the user of an access token; an empty
// value removes one. A new address that the pool verifies gets a code; if the pool
// says so, the user has the new one only when it is proven.
func (s *Service) UpdateUserAttributes(ctx context.Context, in *cip.UpdateUserAttributesInput) (*cip.UpdateUserAttributesOutput, error) {
	given := attributeMap(in.UserAttributes)
	var messages []factor.Message
	var after directory.User
	var client *directory.Client
	out := &cip.UpdateUserAttributesOutput{}
	err := s.changeBearer(in.AccessToken, func(c *directory.Client, u *directory.User) error {
		client = c
		if err := client.CheckWrite(given); err != nil {
			return err
		}
		before := *u
		if err := changeAttributes(client.Pool, u, immediate(client.Pool, *u, given)); err != nil {
			return err
		}
		for _, to := range ways {
			address, changes := given[to.attribute]
			verified := slices.Contains(client.Pool.Settings.AutoVerified, types.VerifiedAttributeType(to.attribute))
			if !changes || address == "" || address == before.Attributes[to.attribute] || !verified {
				continue
			}
			code := directory.NewCode(proofLife, s.Now())
			if u.Attributes[to.attribute] != address {
				code.Pending = address
			}
			u.PutProof(to.attribute, code)
			messages = append(messages, to.messageTo(*u, address, code, factor.Verification))
			out.CodeDeliveryDetailsList = append(out.CodeDeliveryDetailsList, *to.details(address))
		}
		u.Modified = s.Now()
		after = *u
		return nil
	})
	if err != nil {
		return nil, err
	}
	occasion := directory.Occasion{Source: trigger.MessageUpdateAttribute, ClientID: client.ID, Metadata: in.ClientMetadata}
	return out, s.deliver(ctx, client.Pool, occasion, after, messages...)
}

// immediate are the changes that need no proof first (API reference,
// UserAttributeUpdateSettingsType).
func immediate(p *directory.Pool, u directory.User, given map[string]string) map[string]string {
	now := maps.Clone(given)
	for _, a := range p.Settings.VerifyBeforeUpdate {
		if name := string(a); given[name] != "" && u.Attributes[name] != "" {
			delete(now, name)
		}
	}
	return now
}

// DeleteUserAttributes removes attributes of the user of an access token.
func (s *Service) DeleteUserAttributes(_ context.Context, in *cip.DeleteUserAttributesInput) (*cip.DeleteUserAttributesOutput, error) {
	none := removal(in.UserAttributeNames)
	err := s.changeBearer(in.AccessToken, func(client *directory.Client, u *directory.User) error {
		if err := client.CheckWrite(none); err != nil {
			return err
		}
		u.Modified = s.Now()
		return changeAttributes(client.Pool, u, none)
	})
	return &cip.DeleteUserAttributesOutput{}, err
}

// removal is the change that removes attributes.
func removal(names []string) map[string]string {
	none := make(map[string]string, len(names))
	for _, name := range names {
		none[name] = ""
	}
	return none
}

// changeAttributes changes attributes that the pool has and lets be changed.
func changeAttributes(p *directory.Pool, u *directory.User, given map[string]string) error {
	if err := p.CheckChange(u, given); err != nil {
		return err
	}
	u.Change(given)
	return nil
}

// DeleteUser removes the user of an access token.
func (s *Service) DeleteUser(_ context.Context, in *cip.DeleteUserInput) (*cip.DeleteUserOutput, error) {
	client, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	return &cip.DeleteUserOutput{}, client.Pool.Remove(user.Sub)
}

// AdminDeleteUser removes any user.
func (s *Service) AdminDeleteUser(_ context.Context, in *cip.AdminDeleteUserInput) (*cip.AdminDeleteUserOutput, error) {
	pool, user, err := s.named(in.UserPoolId, in.Username)
	if err != nil {
		return nil, err
	}
	return &cip.AdminDeleteUserOutput{}, pool.Remove(user.Sub)
}

// GetUserAuthFactors says how the user of an access token may sign in.
func (s *Service) GetUserAuthFactors(_ context.Context, in *cip.GetUserAuthFactorsInput) (*cip.GetUserAuthFactorsOutput, error) {
	client, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	preferred, list := mfaSettings(client.Pool, user)
	out := &cip.GetUserAuthFactorsOutput{Username: &user.Username, PreferredMfaSetting: preferred, UserMFASettingList: list}
	for _, choice := range signin.Choices(client.Pool, user) {
		// The two ways to prove a password are one factor.
		if f := types.AuthFactorType(choice); slices.Contains(f.Values(), f) {
			out.ConfiguredUserAuthFactors = append(out.ConfiguredUserAuthFactors, f)
		}
	}
	return out, nil
}

// hourly are how often an operation may be called for one user in an hour
// (developer guide, "Quotas"). Where the guide gives a range that depends on the
// risk, it is the least.
var hourly = map[string]int{
	"ForgotPassword":                   5,
	"ConfirmForgotPassword":            5,
	"ResendConfirmationCode":           5,
	"ConfirmSignUp":                    15,
	"ChangePassword":                   5,
	"GetUserAttributeVerificationCode": 5,
}

// limited counts a call and refuses one too many. Users who do not exist are
// counted too, or they would be the ones without a limit.
func (s *Service) limited(operation string, p *directory.Pool, u directory.User) error {
	if p.Settings.NoLimits || p.Limits.Allow(operation+" "+u.Sub, hourly[operation], s.Now()) {
		return nil
	}
	return wire.LimitExceeded
}
