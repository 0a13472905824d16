package operation

import (
	"context"
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

// resetLife is how long the code of a password reset is good for (developer
// guide, "Quotas").
const resetLife = time.Hour

// ForgotPassword sends a code that allows a new password.
func (s *Service) ForgotPassword(ctx context.Context, in *cip.ForgotPasswordInput) (*cip.ForgotPasswordOutput, error) {
	if err := s.migrateForgetful(ctx, in); err != nil {
		return nil, err
	}
	client, user, err := s.recovering("ForgotPassword", in.ClientId, in.Username, in.SecretHash)
	if err != nil {
		return nil, err
	}
	to, reachable := recoveryWay(client.Pool, user)
	if user.Simulated || client.HidesUsers() && (user.Disabled || !reachable) {
		// Developer guide, "Managing error responses", ForgotPassword.
		return &cip.ForgotPasswordOutput{CodeDeliveryDetails: simulated(client.Pool, str(in.Username))}, nil
	}
	occasion := directory.Occasion{Source: trigger.MessageForgotPassword, ClientID: client.ID, Metadata: in.ClientMetadata}
	user, err = s.sendReset(ctx, client.Pool, occasion, user, nil)
	if err != nil {
		return nil, err
	}
	return &cip.ForgotPasswordOutput{CodeDeliveryDetails: to.details(user.Attributes[to.attribute])}, nil
}

// migrateForgetful asks UserMigration for a user whom the pool does not have.
func (s *Service) migrateForgetful(ctx context.Context, in *cip.ForgotPasswordInput) error {
	client, err := s.Directory.Client(str(in.ClientId))
	if err != nil {
		return err
	}
	if err := client.CheckHash(str(in.Username), str(in.SecretHash)); err != nil {
		return err
	}
	if _, ok := client.Pool.Find(str(in.Username)); ok {
		return nil
	}
	_, _, err = s.machine.Migrate(ctx, signin.Migration{
		Client: client, Source: trigger.MigrateForgotPassword, Name: str(in.Username),
		Request: trigger.MigrationRequest{Metadata: in.ClientMetadata},
	})
	return err
}

// ConfirmForgotPassword sets a new password for a user who has the code.
func (s *Service) ConfirmForgotPassword(ctx context.Context, in *cip.ConfirmForgotPasswordInput) (*cip.ConfirmForgotPasswordOutput, error) {
	client, user, err := s.recovering("ConfirmForgotPassword", in.ClientId, in.Username, in.SecretHash)
	if err != nil {
		return nil, err
	}
	pool := client.Pool
	if err := factor.CheckPassword(pool.Settings.PasswordPolicy, str(in.Password)); err != nil {
		return nil, err
	}
	if user.Simulated || client.HidesUsers() && user.Disabled {
		return nil, wire.SignUpCodeWrong // the same section of the guide
	}
	verifier := factor.NewVerifier(pool.Name, user.Username, str(in.Password))
	_, err = pool.Update(user.Sub, func(u *directory.User) error {
		if u.Disabled {
			return wire.UserDisabled
		}
		if err := u.Reset.Check(str(in.ConfirmationCode), s.Now()); err != nil {
			return err
		}
		u.Verifier, u.Reset = verifier, directory.Code{}
		u.Status, u.Modified = types.UserStatusTypeConfirmed, s.Now()
		return nil
	})
	if err != nil {
		return nil, err
	}
	occasion := directory.Occasion{Source: trigger.ConfirmForgotPassword, ClientID: client.ID, Metadata: in.ClientMetadata}
	return &cip.ConfirmForgotPasswordOutput{}, postConfirmation(ctx, pool, occasion, user.Sub)
}

// AdminResetUserPassword makes the password worthless and sends the code for a
// new one. The pool must let users recover by themselves (API reference): where it
// does not, there is no way for a code.
func (s *Service) AdminResetUserPassword(ctx context.Context, in *cip.AdminResetUserPasswordInput) (*cip.AdminResetUserPasswordOutput, error) {
	pool, user, err := s.named(in.UserPoolId, in.Username)
	if err != nil {
		return nil, err
	}
	occasion := directory.Occasion{Source: trigger.MessageForgotPassword, Metadata: in.ClientMetadata}
	_, err = s.sendReset(ctx, pool, occasion, user, func(u *directory.User) { u.Status = types.UserStatusTypeResetRequired })
	return &cip.AdminResetUserPasswordOutput{}, err
}

// recovering is anybody for the two operations that a pool may leave to its
// administrators.
func (s *Service) recovering(operation string, clientID, username, hash *string) (*directory.Client, directory.User, error) {
	client, user, err := s.anybody(operation, clientID, username, hash)
	switch {
	case err == wire.UserNotFound:
		err = wire.Errorf(wire.UserNotFound.Code, "Username/client id combination not found.")
	case err == nil && slices.Contains(client.Pool.Settings.Recovery, types.RecoveryOptionNameTypeAdminOnly):
		err = wire.NotAuthorized("Contact administrator to reset password.")
	}
	return client, user, err
}

// sendReset gives a user a new code for a new password, and sends it. also, if
// not nil, is changed with it.
func (s *Service) sendReset(ctx context.Context, p *directory.Pool, o directory.Occasion, user directory.User, also func(*directory.User)) (directory.User, error) {
	var message factor.Message
	user, err := p.Update(user.Sub, func(u *directory.User) error {
		if u.Disabled {
			return wire.UserDisabled
		}
		switch u.Status {
		case types.UserStatusTypeConfirmed, types.UserStatusTypeResetRequired, types.UserStatusTypeUnconfirmed:
		default:
			return wire.NotAuthorized("User password cannot be reset in the current state.")
		}
		to, ok := recoveryWay(p, *u)
		if !ok {
			return wire.InvalidParameter("Cannot reset password for the user as there is no registered/verified email or phone_number")
		}
		u.Reset = directory.NewCode(resetLife, s.Now())
		if also != nil {
			also(u)
		}
		message = to.message(*u, u.Reset, factor.PasswordReset)
		return nil
	})
	if err != nil {
		return user, err
	}
	return user, s.deliver(ctx, p, o, user, message)
}

// recoveryWay finds the way for a reset code: to a verified address on the
// pool's channels, the first of them first, or, if none is set, by SMS before
// e-mail. The channel of the user's preferred second factor does not count, or
// one mailbox would be both (developer guide, "Adding MFA to a user pool").
func recoveryWay(p *directory.Pool, u directory.User) (way, bool) {
	for _, w := range recoveryWays(p.Settings.Recovery) {
		if u.Attributes[w.attribute] != "" && u.Verified(w.attribute) && u.MFA.Preferred != w.factor {
			return w, true
		}
	}
	return way{}, false
}

func recoveryWays(channels []types.RecoveryOptionNameType) []way {
	if len(channels) == 0 {
		return ways
	}
	var allowed []way
	for _, c := range channels {
		for _, w := range ways {
			if w.recovery == c {
				allowed = append(allowed, w)
			}
		}
	}
	return allowed
}
