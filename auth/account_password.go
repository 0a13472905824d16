package auth

import (
	"context"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// ForgotPassword has a code sent with which [Accounts.ConfirmForgotPassword] sets
// a new password. The code goes to a verified address, but never the way of the
// user's preferred second factor, and is good for an hour.
//
// The errors are ErrLockedOut (an hour's number of codes is limited), ErrDenied
// (the pool leaves it to administrators, the user has no verified address or
// still a temporary password, or a trigger refused), ErrCredentials (no such
// user, where the app client tells) and those of every call. For users who do not
// exist, are disabled or have no verified address, an app client that hides who
// exists answers as if a code had been sent.
// Source: "Managing user existence error responses" and "Quotas" in the Cognito
// developer guide.
func (a *Accounts) ForgotPassword(ctx context.Context, username string, optFns ...func(*CallOptions)) (*Delivery, error) {
	op := operation{name: "ForgotPassword", at: stageAccount}
	hash, err := a.named(ctx, op, username)
	if err != nil {
		return nil, err
	}
	o := newCallOptions(optFns)
	out, err := invoke(ctx, &a.caller, op, a.api.ForgotPassword, &cip.ForgotPasswordInput{
		ClientId: &a.clientID, Username: &username, SecretHash: hash,
		ClientMetadata: o.ClientMetadata, UserContextData: o.UserContext.public(),
	})
	if err != nil {
		return nil, err
	}
	return deliveryOf(out.CodeDeliveryDetails), nil
}

// ConfirmForgotPassword sets a new password with the code of
// [Accounts.ForgotPassword]. The user signs in with it next.
//
// The errors are ErrCode, ErrCodeExpired (see [Accounts.ForgotPassword]),
// ErrNewPassword (the pool's policy), ErrLockedOut, ErrNotConfirmed, ErrDenied
// and those of every call. After ErrOutcomeUnknown, try to sign in: the password
// may be the new one.
func (a *Accounts) ConfirmForgotPassword(ctx context.Context, username, code, password string, optFns ...func(*CallOptions)) error {
	op := operation{name: "ConfirmForgotPassword", at: stageAccount, consumes: true}
	hash, err := a.named(ctx, op, username)
	switch {
	case err != nil:
		return err
	case !isCode(code):
		return op.fail(ErrCode, "a code is not empty and has no spaces", nil)
	case password == "":
		return op.fail(ErrNewPassword, "the password is empty", nil)
	}
	o := newCallOptions(optFns)
	_, err = invoke(ctx, &a.caller, op, a.api.ConfirmForgotPassword, &cip.ConfirmForgotPasswordInput{
		ClientId: &a.clientID, Username: &username, ConfirmationCode: &code, Password: &password, SecretHash: hash,
		ClientMetadata: o.ClientMetadata, UserContextData: o.UserContext.public(),
	})
	return err
}

// ChangePassword replaces the password of the signed-in user, who gives the
// present one, or "" if the user has none. The tokens stay valid; to end the
// user's other sign-ins, see [Refresher.SignOutEverywhere].
//
// The errors are ErrCredentials (the present password is another), ErrNewPassword
// (the pool's policy), ErrLockedOut (five an hour), ErrToken and those of every
// call.
func (a *Accounts) ChangePassword(ctx context.Context, t *Tokens, present, proposed string) error {
	// Sent once: the present password of a change that was applied is wrong.
	op := operation{name: "ChangePassword", at: stageSelf, consumes: true}
	access, err := a.bearer(op, t)
	switch {
	case err != nil:
		return err
	case proposed == "":
		return op.fail(ErrNewPassword, "the password is empty", nil)
	}
	_, err = invoke(ctx, &a.caller, op, a.api.ChangePassword, &cip.ChangePasswordInput{
		AccessToken: access, PreviousPassword: optional(present), ProposedPassword: &proposed,
	})
	return err
}
