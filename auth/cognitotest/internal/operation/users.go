package operation

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// AdminCreateUser makes a user whose first sign-in replaces a temporary
// password, or sends an existing one another.
func (s *Service) AdminCreateUser(ctx context.Context, in *cip.AdminCreateUserInput) (*cip.AdminCreateUserOutput, error) {
	pool, err := s.Directory.Pool(str(in.UserPoolId))
	if err != nil {
		return nil, err
	}
	password := str(in.TemporaryPassword)
	if password == "" && pool.Passwordless() && in.MessageAction != types.MessageActionTypeResend {
		return s.createPasswordless(ctx, pool, in)
	}
	if password == "" {
		// 26 letters and digits, and one of each kind that a policy may ask for.
		password = rand.Text() + "aA1!"
	}
	if err := factor.CheckPassword(pool.Settings.PasswordPolicy, password); err != nil {
		return nil, err
	}
	obtain := s.createUser
	if in.MessageAction == types.MessageActionTypeResend {
		obtain = s.recreateUser
	}
	user, err := obtain(ctx, pool, in, password)
	if err != nil {
		return nil, err
	}
	if in.MessageAction != types.MessageActionTypeSuppress {
		if err := s.invite(ctx, pool, user, password, in.DesiredDeliveryMediums); err != nil {
			return nil, err
		}
	}
	return &cip.AdminCreateUserOutput{User: describe(user)}, nil
}

func (s *Service) createUser(ctx context.Context, pool *directory.Pool, in *cip.AdminCreateUserInput, password string) (directory.User, error) {
	user, err := pool.NewUser(str(in.Username), attributeMap(in.UserAttributes))
	if err != nil {
		return user, err
	}
	if err := beforeCreation(ctx, pool, in, user); err != nil {
		return user, err
	}
	user.Created = s.Now()
	setTemporary(pool, &user, password, s.Now())
	return user, add(pool, user, in.ForceAliasCreation)
}

// beforeCreation runs PreSignUp. What it answers is ignored: it can only refuse
// (developer guide, "Pre sign-up Lambda trigger").
func beforeCreation(ctx context.Context, pool *directory.Pool, in *cip.AdminCreateUserInput, user directory.User) error {
	occasion := directory.Occasion{Source: trigger.AdminCreateUser, Metadata: in.ClientMetadata}
	_, err := preSignUp(ctx, pool, occasion, user, in.ValidationData)
	return err
}

// createPasswordless makes a user who signs in by a delivered code: without a
// temporary password there is nothing to replace, so the user is confirmed, and
// nothing to send.
func (s *Service) createPasswordless(ctx context.Context, pool *directory.Pool, in *cip.AdminCreateUserInput) (*cip.AdminCreateUserOutput, error) {
	user, err := pool.NewUser(str(in.Username), attributeMap(in.UserAttributes))
	if err != nil {
		return nil, err
	}
	if err := beforeCreation(ctx, pool, in, user); err != nil {
		return nil, err
	}
	user.Created, user.Modified = s.Now(), s.Now()
	user.Verifier, user.Status = factor.NoPassword(), types.UserStatusTypeConfirmed
	return &cip.AdminCreateUserOutput{User: describe(user)}, add(pool, user, in.ForceAliasCreation)
}

// add says of a name that is taken the same as SignUp, in other words.
func add(pool *directory.Pool, user directory.User, force bool) error {
	err := pool.Add(user, force)
	if err == wire.UsernameExists {
		return wire.Errorf(wire.UsernameExists.Code, "User account already exists")
	}
	return err
}

// recreateUser gives a user who never signed in another temporary password.
func (s *Service) recreateUser(_ context.Context, pool *directory.Pool, in *cip.AdminCreateUserInput, password string) (directory.User, error) {
	user, ok := pool.Find(str(in.Username))
	if !ok {
		return user, wire.UserNotFound
	}
	return pool.Update(user.Sub, func(u *directory.User) error {
		if u.Status != types.UserStatusTypeForceChangePassword {
			return wire.Errorf("UnsupportedUserStateException", "Resend not possible. %s status is not FORCE_CHANGE_PASSWORD", u.Username)
		}
		setTemporary(pool, u, password, s.Now())
		return nil
	})
}

func setTemporary(p *directory.Pool, u *directory.User, password string, now time.Time) {
	days := time.Duration(p.Settings.PasswordPolicy.TemporaryPasswordValidityDays)
	u.Verifier = factor.NewVerifier(p.Name, u.Username, password)
	u.Status, u.TemporaryExpires = types.UserStatusTypeForceChangePassword, now.Add(days*24*time.Hour)
	u.Modified = now
}

// invite sends a temporary password, by SMS unless told otherwise, to whichever
// addresses the user has. ClientMetadata of AdminCreateUser does not reach
// CustomMessage (developer guide, "Custom message Lambda trigger").
func (s *Service) invite(ctx context.Context, p *directory.Pool, u directory.User, password string, mediums []types.DeliveryMediumType) error {
	if len(mediums) == 0 {
		mediums = []types.DeliveryMediumType{types.DeliveryMediumTypeSms}
	}
	var messages []factor.Message
	for _, medium := range mediums {
		for _, m := range factor.MessageTo(u.Attributes, medium) {
			m.Username, m.Code, m.Purpose = u.Username, password, factor.Invitation
			messages = append(messages, m)
		}
	}
	return s.deliver(ctx, p, directory.Occasion{Source: trigger.MessageAdminCreateUser}, u, messages...)
}

// AdminSetUserPassword sets a password, for good or until the next sign-in.
func (s *Service) AdminSetUserPassword(_ context.Context, in *cip.AdminSetUserPasswordInput) (*cip.AdminSetUserPasswordOutput, error) {
	pool, user, err := s.named(in.UserPoolId, in.Username)
	if err != nil {
		return nil, err
	}
	if err := factor.CheckPassword(pool.Settings.PasswordPolicy, str(in.Password)); err != nil {
		return nil, err
	}
	_, err = pool.Update(user.Sub, func(u *directory.User) error {
		setTemporary(pool, u, str(in.Password), s.Now())
		if in.Permanent {
			u.Status = types.UserStatusTypeConfirmed
		}
		return nil
	})
	return &cip.AdminSetUserPasswordOutput{}, err
}

// AdminGetUser describes a user.
func (s *Service) AdminGetUser(_ context.Context, in *cip.AdminGetUserInput) (*cip.AdminGetUserOutput, error) {
	pool, user, err := s.named(in.UserPoolId, in.Username)
	if err != nil {
		return nil, err
	}
	u := describe(user)
	preferred, list := mfaSettings(pool, user)
	return &cip.AdminGetUserOutput{
		Username: u.Username, Enabled: u.Enabled, UserStatus: u.UserStatus, UserAttributes: u.Attributes,
		UserCreateDate: u.UserCreateDate, UserLastModifiedDate: u.UserLastModifiedDate,
		PreferredMfaSetting: preferred, UserMFASettingList: list,
	}, nil
}

// AdminConfirmSignUp confirms a user without a code, and without proving any
// address.
func (s *Service) AdminConfirmSignUp(ctx context.Context, in *cip.AdminConfirmSignUpInput) (*cip.AdminConfirmSignUpOutput, error) {
	var pool *directory.Pool
	var sub string
	err := s.change(in.UserPoolId, in.Username, func(p *directory.Pool, u *directory.User) error {
		if u.Status != types.UserStatusTypeUnconfirmed {
			return wire.NotAuthorized("User cannot be confirmed. Current status is %s", u.Status)
		}
		u.Status, u.SignUpCode = types.UserStatusTypeConfirmed, ""
		pool, sub = p, u.Sub
		return nil
	})
	if err != nil {
		return nil, err
	}
	occasion := directory.Occasion{Source: trigger.ConfirmSignUp, Metadata: in.ClientMetadata}
	return &cip.AdminConfirmSignUpOutput{}, postConfirmation(ctx, pool, occasion, sub)
}

// AdminDisableUser keeps a user from signing in, and revokes what was issued: it
// stays so when the user is enabled again (API reference, AdminDisableUser).
func (s *Service) AdminDisableUser(_ context.Context, in *cip.AdminDisableUserInput) (*cip.AdminDisableUserOutput, error) {
	var sub string
	err := s.change(in.UserPoolId, in.Username, func(_ *directory.Pool, u *directory.User) error {
		u.Disabled, sub = true, u.Sub
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.machine.Grants.SignOut(sub)
	return &cip.AdminDisableUserOutput{}, nil
}

// AdminEnableUser undoes AdminDisableUser.
func (s *Service) AdminEnableUser(_ context.Context, in *cip.AdminEnableUserInput) (*cip.AdminEnableUserOutput, error) {
	err := s.change(in.UserPoolId, in.Username, func(_ *directory.Pool, u *directory.User) error {
		u.Disabled = false
		return nil
	})
	return &cip.AdminEnableUserOutput{}, err
}

// AdminUpdateUserAttributes sets attributes, the verified flags among them; an
// empty value removes one. An address that changes is no longer proven, unless
// the same call says so.
func (s *Service) AdminUpdateUserAttributes(_ context.Context, in *cip.AdminUpdateUserAttributesInput) (*cip.AdminUpdateUserAttributesOutput, error) {
	given := attributeMap(in.UserAttributes)
	err := s.change(in.UserPoolId, in.Username, func(p *directory.Pool, u *directory.User) error {
		return changeAttributes(p, u, given)
	})
	return &cip.AdminUpdateUserAttributesOutput{}, err
}

// AdminDeleteUserAttributes removes attributes.
func (s *Service) AdminDeleteUserAttributes(_ context.Context, in *cip.AdminDeleteUserAttributesInput) (*cip.AdminDeleteUserAttributesOutput, error) {
	none := removal(in.UserAttributeNames)
	err := s.change(in.UserPoolId, in.Username, func(p *directory.Pool, u *directory.User) error {
		return changeAttributes(p, u, none)
	})
	return &cip.AdminDeleteUserAttributesOutput{}, err
}

// change is an Admin operation that changes one user.
func (s *Service) change(poolID, username *string, do func(*directory.Pool, *directory.User) error) error {
	pool, user, err := s.named(poolID, username)
	if err != nil {
		return err
	}
	_, err = pool.Update(user.Sub, func(u *directory.User) error {
		u.Modified = s.Now()
		return do(pool, u)
	})
	return err
}

// describe writes a user as the administrator's operations do.
func describe(u directory.User) *types.UserType {
	return &types.UserType{
		Username: &u.Username, Enabled: !u.Disabled, UserStatus: u.Status, Attributes: attributeList(u.AllAttributes()),
		UserCreateDate: &u.Created, UserLastModifiedDate: &u.Modified,
	}
}

// attributeList writes attributes in order of their names, so that two answers
// can be compared.
func attributeList(attributes map[string]string) []types.AttributeType {
	var list []types.AttributeType
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		value := attributes[name]
		list = append(list, types.AttributeType{Name: &name, Value: &value})
	}
	return list
}
