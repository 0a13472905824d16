package operation

import (
	"context"
	"slices"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// signUpCodeLife is how long the code of a sign-up is good for.
const signUpCodeLife = 24 * time.Hour

// SignUp makes an unconfirmed user and sends a code.
func (s *Service) SignUp(ctx context.Context, in *cip.SignUpInput) (*cip.SignUpOutput, error) {
	client, err := s.Directory.Client(str(in.ClientId))
	if err != nil {
		return nil, err
	}
	pool := client.Pool
	if pool.Settings.AdminOnly {
		return nil, wire.NotAuthorized("SignUp is not permitted for this user pool")
	}
	if err := client.CheckHash(str(in.Username), str(in.SecretHash)); err != nil {
		return nil, err
	}
	attributes := attributeMap(in.UserAttributes)
	if err := client.CheckWrite(attributes); err != nil {
		return nil, err
	}
	user, err := pool.NewUser(str(in.Username), attributes)
	if err != nil {
		return nil, err
	}
	if user.Verifier, err = pool.NewVerifier(user.Username, str(in.Password)); err != nil {
		return nil, err
	}
	if err := pool.CheckRequired(user.Attributes); err != nil {
		return nil, err
	}
	occasion := directory.Occasion{Source: trigger.SignUp, ClientID: client.ID, Metadata: in.ClientMetadata}
	answer, err := preSignUp(ctx, pool, occasion, user, in.ValidationData)
	if err != nil {
		return nil, err
	}
	if err := verifyAtOnce(&user, answer); err != nil {
		return nil, err
	}
	now := s.Now()
	user.Status, user.Created, user.Modified = types.UserStatusTypeUnconfirmed, now, now
	if answer.AutoConfirm {
		return s.signUpConfirmed(ctx, pool, occasion, user)
	}
	message, details := signUpMessage(pool, &user, now)
	// An address that PreSignUp vouches for is taken from whoever had it.
	if err := pool.Add(user, answer.VerifyEmail || answer.VerifyPhone); err != nil {
		return nil, err
	}
	if details != nil {
		occasion.Source = trigger.MessageSignUp
		if err := s.deliver(ctx, pool, occasion, user, message); err != nil {
			return nil, err // the user is there, and can ask for another code
		}
	}
	return &cip.SignUpOutput{
		UserSub: &user.Sub, CodeDeliveryDetails: details, Session: ptr(s.machine.SignUpSession(client, user)),
	}, nil
}

// signUpConfirmed is the end of a sign-up that PreSignUp has confirmed: no code is
// sent, and PostConfirmation runs at once.
func (s *Service) signUpConfirmed(ctx context.Context, p *directory.Pool, o directory.Occasion, user directory.User) (*cip.SignUpOutput, error) {
	user.Status = types.UserStatusTypeConfirmed
	if err := p.Add(user, true); err != nil {
		return nil, err
	}
	o.Source = trigger.ConfirmSignUp
	if err := postConfirmation(ctx, p, o, user.Sub); err != nil {
		return nil, err
	}
	return &cip.SignUpOutput{UserSub: &user.Sub, UserConfirmed: true}, nil
}

// signUpMessage gives a user a new code and prepares its message; details are
// nil if the pool verifies nothing that the user has.
func signUpMessage(p *directory.Pool, u *directory.User, now time.Time) (factor.Message, *types.CodeDeliveryDetailsType) {
	for _, to := range ways {
		address := u.Attributes[to.attribute]
		if address == "" || !slices.Contains(p.Settings.AutoVerified, types.VerifiedAttributeType(to.attribute)) {
			continue
		}
		code := directory.NewCode(signUpCodeLife, now)
		u.SignUpCode, u.SignUpCodeExpires, u.SignUpAttribute = code.Text, code.Expires, to.attribute
		return to.message(*u, code, factor.SignUp), to.details(address)
	}
	return factor.Message{}, nil
}

// ConfirmSignUp confirms a user who knows the code, and with it the address it
// was sent to.
func (s *Service) ConfirmSignUp(ctx context.Context, in *cip.ConfirmSignUpInput) (*cip.ConfirmSignUpOutput, error) {
	client, user, err := s.anybody("ConfirmSignUp", in.ClientId, in.Username, in.SecretHash)
	if err != nil {
		return nil, err
	}
	if user.Simulated {
		return nil, wire.SignUpCodeLapsed
	}
	update := client.Pool.Update
	if in.ForceAliasCreation {
		update = client.Pool.UpdateTaking
	}
	next, err := s.machine.ConfirmInSession(client, user, str(in.Session), func() error {
		_, err := update(user.Sub, func(u *directory.User) error { return s.confirm(u, str(in.ConfirmationCode)) })
		return err
	})
	if err != nil {
		return nil, err
	}
	occasion := directory.Occasion{Source: trigger.ConfirmSignUp, ClientID: client.ID, Metadata: in.ClientMetadata}
	if err := postConfirmation(ctx, client.Pool, occasion, user.Sub); err != nil {
		return nil, err
	}
	return &cip.ConfirmSignUpOutput{Session: ptr(next)}, nil
}

// confirm holds a code against the one that was sent.
func (s *Service) confirm(u *directory.User, code string) error {
	switch {
	case u.Status != types.UserStatusTypeUnconfirmed:
		return wire.NotAuthorized("User cannot be confirmed. Current status is %s", u.Status)
	case u.SignUpCode == "" || !s.Now().Before(u.SignUpCodeExpires):
		return wire.SignUpCodeLapsed
	case !factor.Equal(u.SignUpCode, code):
		return wire.SignUpCodeWrong
	}
	u.Set(map[string]string{u.SignUpAttribute + "_verified": "true"})
	u.Status, u.SignUpCode, u.Modified = types.UserStatusTypeConfirmed, "", s.Now()
	return nil
}

// ResendConfirmationCode sends a new code, which replaces the old one.
func (s *Service) ResendConfirmationCode(ctx context.Context, in *cip.ResendConfirmationCodeInput) (*cip.ResendConfirmationCodeOutput, error) {
	client, user, err := s.anybody("ResendConfirmationCode", in.ClientId, in.Username, in.SecretHash)
	if err != nil {
		return nil, err
	}
	if user.Simulated || client.HidesUsers() && user.Disabled {
		// Developer guide, "Managing error responses", ResendConfirmationCode.
		return &cip.ResendConfirmationCodeOutput{CodeDeliveryDetails: simulated(client.Pool, str(in.Username))}, nil
	}
	var message factor.Message
	var details *types.CodeDeliveryDetailsType
	user, err = client.Pool.Update(user.Sub, func(u *directory.User) error {
		if u.Disabled {
			return wire.UserDisabled
		}
		if u.Status != types.UserStatusTypeUnconfirmed {
			return wire.InvalidParameter("User is already confirmed.")
		}
		if message, details = signUpMessage(client.Pool, u, s.Now()); details == nil {
			return wire.InvalidParameter("Cannot resend codes. Auto verification not turned on.")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	occasion := directory.Occasion{Source: trigger.MessageResendCode, ClientID: client.ID, Metadata: in.ClientMetadata}
	if err := s.deliver(ctx, client.Pool, occasion, user, message); err != nil {
		return nil, err
	}
	return &cip.ResendConfirmationCodeOutput{CodeDeliveryDetails: details}, nil
}

// anybody finds the client and the user of an operation that takes no proof, and
// counts it; the user is simulated if it does not exist and the client hides it.
func (s *Service) anybody(operation string, clientID, username, hash *string) (*directory.Client, directory.User, error) {
	client, err := s.Directory.Client(str(clientID))
	if err != nil {
		return nil, directory.User{}, err
	}
	if err := client.CheckHash(str(username), str(hash)); err != nil {
		return nil, directory.User{}, err
	}
	user, ok := client.Pool.Find(str(username))
	if !ok {
		user = client.Pool.Simulate(str(username))
	}
	if err := s.limited(operation, client.Pool, user); err != nil {
		return nil, directory.User{}, err
	}
	if !ok && !client.HidesUsers() {
		return nil, directory.User{}, wire.UserNotFound
	}
	return client, user, nil
}
