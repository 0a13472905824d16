package auth

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// A Refresher renews and revokes the tokens of signed-in users, for one app
// client. For tokens that serve a long time, see [Keeper].
type Refresher struct {
	caller
	api TokenAPI
}

// NewRefresher returns a Refresher for an app client. Of the [Options] it uses
// ClientSecret, Now and Observe. The error matches [ErrConfig]: a nil API or an
// empty client id.
func NewRefresher(api TokenAPI, clientID string, optFns ...func(*Options)) (*Refresher, error) {
	switch {
	case api == nil:
		return nil, misconfigured("NewRefresher", "the API is nil: pass a *cognitoidentityprovider.Client", nil)
	case clientID == "":
		return nil, misconfigured("NewRefresher", "the app client id is empty", nil)
	}
	return &Refresher{caller: newCaller(clientID, newOptions(optFns)), api: api}, nil
}

// StoredTokens makes Tokens of a refresh token that was kept somewhere, to be
// refreshed before they are of any use. deviceKey is that of the sign-in, if the
// pool tracks devices: [Tokens.DeviceKey].
func StoredTokens(refreshToken, deviceKey string) *Tokens {
	return &Tokens{redact.New(tokens{refresh: refreshToken, device: signedInDevice{key: deviceKey}})}
}

// Refresh gets new tokens for a refresh token (GetTokensFromRefreshToken). The
// new ones have everything that the old ones had: in an app client with
// rotation a new refresh token, else the same one. In an app client with
// rotation the old refresh token is worth nothing after the grace period, so
// store the new one first of all; concurrent refreshes of one token are for
// [Keeper] to prevent.
//
// If the outcome of the call is unknown it is made once more, which within the
// grace period of the app client gives new tokens again.
//
// The errors are ErrToken (expired, revoked, or of another device: the user has
// to sign in), ErrTokenReused and those of every call.
func (r *Refresher) Refresh(ctx context.Context, t *Tokens, optFns ...func(*CallOptions)) (*Tokens, error) {
	op := operation{name: "GetTokensFromRefreshToken", at: stageToken, consumes: true}
	old := t.reveal()
	in := &cip.GetTokensFromRefreshTokenInput{
		ClientId: &r.clientID, RefreshToken: &old.refresh, DeviceKey: optional(old.device.key),
		ClientMetadata: newCallOptions(optFns).ClientMetadata,
	}
	secret, err := r.prepare(ctx, op, old)
	if err != nil {
		return nil, err
	}
	in.ClientSecret = secret
	out, err := invoke(ctx, &r.caller, op, r.api.GetTokensFromRefreshToken, in)
	if errors.Is(err, ErrOutcomeUnknown) && ctx.Err() == nil {
		out, err = invoke(ctx, &r.caller, op, r.api.GetTokensFromRefreshToken, in)
	}
	if err != nil {
		return nil, err
	}
	return r.renewed(op, old, out.AuthenticationResult)
}

// renewed makes Tokens of a refresh's result and of what it does not repeat.
func (r *Refresher) renewed(op operation, old tokens, result *types.AuthenticationResultType) (*Tokens, error) {
	if result == nil || aws.ToString(result.AccessToken) == "" || result.ExpiresIn <= 0 {
		return nil, op.fail(ErrMalformed, "the reply has no access token, or one without expiry", nil)
	}
	fresh := tokens{
		id:       aws.ToString(result.IdToken),
		access:   aws.ToString(result.AccessToken),
		refresh:  aws.ToString(result.RefreshToken),
		expires:  r.now().Add(secondsOf(result.ExpiresIn)),
		username: old.username,
		device:   signedInDevice{groupKey: old.device.groupKey, key: old.device.key},
	}
	if fresh.refresh == "" {
		fresh.refresh = old.refresh
	}
	if name := usernameIn(fresh.access); name != "" {
		fresh.username = name
	}
	return &Tokens{redact.New(fresh)}, nil
}

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
// (GlobalSignOut). It needs an access token that is still valid.
func (r *Refresher) SignOutEverywhere(ctx context.Context, t *Tokens) error {
	op := operation{name: "GlobalSignOut", at: stageToken}
	bearer, err := r.bearer(op, t)
	if err != nil {
		return err
	}
	_, err = invoke(ctx, &r.caller, op, r.api.GlobalSignOut, &cip.GlobalSignOutInput{AccessToken: bearer})
	return err
}

// prepare checks what is to be refreshed or revoked, and gets the app client's
// secret: these two operations take the secret itself, and no hash.
// Source: ClientSecret in the API references of both.
func (r *Refresher) prepare(ctx context.Context, op operation, t tokens) (*string, error) {
	if err := r.ready(op); err != nil {
		return nil, err
	}
	if t.refresh == "" {
		return nil, op.fail(ErrToken, "there is no refresh token", nil)
	}
	secret, err := r.clientSecret(ctx, op)
	return optional(secret), err
}
