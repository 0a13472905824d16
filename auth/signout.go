package auth

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/cognitomfa/cognitomfa/srp"
)

// Revoke makes a refresh token and all access tokens made of it worthless to
// Cognito (RevokeToken). Whoever verifies an access token by its signature alone
// still accepts it until it expires.
func (r *Refresher) Revoke(ctx context.Context, t *Tokens) error {
	op := operation{name: "RevokeToken", at: stageToken}
	secret, err := r.prepare(ctx, op, t.reveal())
	if err != nil {
		return err
	}
	_, err = invoke(ctx, &r.caller, op, r.api.RevokeToken, &cip.RevokeTokenInput{
		ClientId: &r.clientID, ClientSecret: secret, Token: aws.String(t.Refresh()),
	})
	return err
}

// SignOutEverywhere does to all of the user's tokens what Revoke does to one
// (GlobalSignOut). It needs an access token that is still valid, and spends it:
// after ErrOutcomeUnknown, try again: ErrToken then says that it was done.
func (r *Refresher) SignOutEverywhere(ctx context.Context, t *Tokens) error {
	op := operation{name: "GlobalSignOut", at: stageToken, consumes: true}
	bearer, err := r.bearer(op, t)
	if err != nil {
		return err
	}
	_, err = invoke(ctx, &r.caller, op, r.api.GlobalSignOut, &cip.GlobalSignOutInput{AccessToken: bearer})
	return err
}

// AdminSignOutEverywhere does what [Refresher.SignOutEverywhere] does, for any
// user of a pool and without a token of theirs (AdminUserGlobalSignOut): for the
// button of an administrator, or after an [ErrTokenReused]. The username is the
// canonical one, the user's sub, or an alias. Of the [Options] it uses Now and
// Observe. The errors are ErrConfig (a nil API, a pool id that is none, no AWS
// credentials or none for this operation), ErrCredentials (there is no such
// user) and those of every call.
func AdminSignOutEverywhere(ctx context.Context, api AdminSignOutAPI, poolID, username string, optFns ...func(*Options)) error {
	op := operation{name: "AdminUserGlobalSignOut", at: stageToken, signed: true}
	_, err := srp.PoolName(poolID)
	switch {
	case api == nil:
		return op.fail(ErrConfig, "the API is nil: pass a *cognitoidentityprovider.Client", nil)
	case err != nil:
		return op.fail(ErrConfig, "the user pool id is not of the form REGION_NAME", err)
	case username == "":
		return op.fail(ErrInput, "the username is empty", nil)
	}
	c := newCaller("", newOptions(optFns))
	_, err = invoke(ctx, &c, op, api.AdminUserGlobalSignOut, &cip.AdminUserGlobalSignOutInput{
		UserPoolId: &poolID, Username: &username,
	})
	return err
}
