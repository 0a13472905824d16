package auth

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// Accounts makes, confirms, recovers and changes users' accounts, through one app
// client of a user pool. What takes a [Tokens] is for the signed-in user, and
// needs an access token with the scope aws.cognito.signin.user.admin, which every
// sign-in of this package gives.
type Accounts struct {
	caller
	api AccountAPI
}

// NewAccounts returns an Accounts for an app client. Of the [Options] it uses
// ClientSecret, Now and Observe. The error matches [ErrConfig]: a nil API or an
// empty client id.
func NewAccounts(api AccountAPI, clientID string, optFns ...func(*Options)) (*Accounts, error) {
	switch {
	case api == nil:
		return nil, misconfigured("NewAccounts", "the API is nil: pass a *cognitoidentityprovider.Client", nil)
	case clientID == "":
		return nil, misconfigured("NewAccounts", "the app client id is empty", nil)
	}
	return &Accounts{caller: newCaller(clientID, newOptions(optFns)), api: api}, nil
}

// A Delivery says where Cognito sent a code.
type Delivery struct {
	Destination string // masked by Cognito, such as t***@e***
	Medium      string // EMAIL or SMS
	Attribute   string // the attribute that the code confirms, such as email
}

// A SignedUp is a new account.
type SignedUp struct {
	Sub       string    // the user's UUID
	Confirmed bool      // the account needs no confirmation
	Delivery  *Delivery // where the confirmation code went; nil if none was sent

	session redact.Box[string]
}

// Session is Cognito's session of the sign-up, for [CallOptions].SignUpSession; ""
// if Cognito gave none. It is a secret of the browser that signed up.
func (s *SignedUp) Session() string { return s.session.Reveal() }

// A Confirmed is an account whose sign-up has just been confirmed.
type Confirmed struct {
	confirmed redact.Box[confirmed]
}

type confirmed struct{ username, session string }

// CanSignIn reports whether [AfterSignUp] can sign the user in: whether Cognito
// gave a session for it.
func (c Confirmed) CanSignIn() bool { return c.confirmed.Reveal().session != "" }

// SignUp makes an account with a password and attributes, by their names:
// "email". The errors are ErrUserExists, ErrNewPassword (the pool's policy),
// ErrInput (an attribute), ErrDenied (a trigger refused) and those of every
// call.
func (a *Accounts) SignUp(ctx context.Context, username, password string, attributes map[string]string, optFns ...func(*CallOptions)) (*SignedUp, error) {
	op := operation{name: "SignUp", at: stageAccount, consumes: true}
	hash, err := a.named(ctx, op, username)
	if err != nil {
		return nil, err
	}
	o := newCallOptions(optFns)
	out, err := invoke(ctx, &a.caller, op, a.api.SignUp, &cip.SignUpInput{
		ClientId: &a.clientID, Username: &username, Password: &password, SecretHash: hash, UserAttributes: attributeTypes(attributes),
		ClientMetadata: o.ClientMetadata, UserContextData: o.UserContext.public(),
	})
	if err != nil {
		return nil, err
	}
	return &SignedUp{
		Sub: aws.ToString(out.UserSub), Confirmed: out.UserConfirmed, Delivery: deliveryOf(out.CodeDeliveryDetails),
		session: redact.New(aws.ToString(out.Session)),
	}, nil
}

// ConfirmSignUp confirms an account with the code that Cognito sent. The errors
// are ErrCode, ErrCodeExpired (see [Accounts.ResendConfirmationCode]),
// ErrLockedOut, ErrUserExists (the e-mail address confirmed here belongs to
// another account: see [CallOptions].ForceAliasCreation) and those of every call.
//
// A [CallOptions].SignUpSession that has expired costs a second call, and
// [Confirmed.CanSignIn] is then false.
func (a *Accounts) ConfirmSignUp(ctx context.Context, username, code string, optFns ...func(*CallOptions)) (Confirmed, error) {
	op := operation{name: "ConfirmSignUp", at: stageAccount, consumes: true}
	hash, err := a.named(ctx, op, username)
	if err != nil {
		return Confirmed{}, err
	}
	if !isCode(code) {
		return Confirmed{}, op.fail(ErrCode, "a code is not empty and has no spaces", nil)
	}
	o := newCallOptions(optFns)
	in := &cip.ConfirmSignUpInput{
		ClientId: &a.clientID, Username: &username, ConfirmationCode: &code, SecretHash: hash,
		Session: optional(o.SignUpSession), ForceAliasCreation: o.ForceAliasCreation, ClientMetadata: o.ClientMetadata, UserContextData: o.UserContext.public(),
	}
	out, err := invoke(ctx, &a.caller, op, a.api.ConfirmSignUp, in)
	if in.Session != nil && errors.Is(err, ErrStartOver) {
		// Sessions last for minutes, and mail may take longer: the code is good
		// without.
		in.Session = nil
		out, err = invoke(ctx, &a.caller, op, a.api.ConfirmSignUp, in)
	}
	if err != nil {
		return Confirmed{}, err
	}
	return Confirmed{redact.New(confirmed{username: username, session: aws.ToString(out.Session)})}, nil
}

// ResendConfirmationCode has a new code sent for [Accounts.ConfirmSignUp]. The
// errors are ErrLockedOut (five an hour are allowed), ErrInput (the account is
// confirmed) and those of every call.
func (a *Accounts) ResendConfirmationCode(ctx context.Context, username string, optFns ...func(*CallOptions)) (*Delivery, error) {
	op := operation{name: "ResendConfirmationCode", at: stageAccount}
	hash, err := a.named(ctx, op, username)
	if err != nil {
		return nil, err
	}
	o := newCallOptions(optFns)
	out, err := invoke(ctx, &a.caller, op, a.api.ResendConfirmationCode, &cip.ResendConfirmationCodeInput{
		ClientId: &a.clientID, Username: &username, SecretHash: hash,
		ClientMetadata: o.ClientMetadata, UserContextData: o.UserContext.public(),
	})
	if err != nil {
		return nil, err
	}
	return deliveryOf(out.CodeDeliveryDetails), nil
}

// named checks the username and returns its secret hash, nil if the app client
// has no secret.
func (a *Accounts) named(ctx context.Context, op operation, username string) (*string, error) {
	if err := a.ready(op); err != nil {
		return nil, err
	}
	if username == "" {
		return nil, op.fail(ErrInput, "the username is empty", nil)
	}
	hash, err := a.secretHash(ctx, op, username)
	if err != nil || hash == "" {
		return nil, err
	}
	return &hash, nil
}

// isCode tells what Cognito would refuse by its form, which is no reason to ask the
// user for anything but the code: ConfirmationCode in the API reference of
// ConfirmSignUp.
func isCode(code string) bool { return code != "" && !strings.ContainsFunc(code, unicode.IsSpace) }

func deliveryOf(d *types.CodeDeliveryDetailsType) *Delivery {
	if d == nil {
		return nil
	}
	return &Delivery{
		Destination: aws.ToString(d.Destination),
		Medium:      string(d.DeliveryMedium),
		Attribute:   aws.ToString(d.AttributeName),
	}
}
