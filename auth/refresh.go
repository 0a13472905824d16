package auth

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/internal/redact"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// A Refresher renews and revokes the tokens of signed-in users, for one app
// client. For tokens that serve a long time, see [Keeper].
type Refresher struct {
	caller
	api   TokenAPI
	grace time.Duration
	by    *Client // nil: GetTokensFromRefreshToken
}

// maxRotationGrace is Cognito's.
// Source: RetryGracePeriodSeconds in the API reference of RefreshTokenRotationType.
const maxRotationGrace = time.Minute

// NewRefresher returns a Refresher for an app client. Of the [Options] it uses
// ClientSecret, RotationGrace, RefreshBy, Now and Observe. The error matches
// [ErrConfig]: a nil API, an empty client id, a RotationGrace that Cognito does
// not have, or a RefreshBy of another app client.
func NewRefresher(api TokenAPI, clientID string, optFns ...func(*Options)) (*Refresher, error) {
	o := newOptions(optFns)
	switch {
	case api == nil:
		return nil, misconfigured("NewRefresher", "the API is nil: pass a *cognitoidentityprovider.Client", nil)
	case clientID == "":
		return nil, misconfigured("NewRefresher", "the app client id is empty", nil)
	case o.RotationGrace < 0 || o.RotationGrace > maxRotationGrace:
		return nil, misconfigured("NewRefresher", "RotationGrace is not between 0 and 60 seconds", nil)
	case o.RefreshBy != nil && o.RefreshBy.clientID != clientID:
		return nil, misconfigured("NewRefresher", "RefreshBy is a Client of another app client", nil)
	}
	return &Refresher{caller: newCaller(clientID, o), api: api, grace: o.RotationGrace, by: o.RefreshBy}, nil
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
// If the outcome of the call is unknown it is made once more: that gives tokens
// where the app client does not rotate, where the first call did not arrive,
// and within the grace period. It is not made once [Options].RotationGrace has
// passed since the first. Where that is not set it is made in any case: if it is
// too late, the token was lost with the first reply. After ErrOutcomeUnknown, try
// again within the grace period.
//
// The errors are ErrToken (expired, revoked, or of another device: the user has
// to sign in), ErrTokenReused and those of every call.
func (r *Refresher) Refresh(ctx context.Context, t *Tokens, optFns ...func(*CallOptions)) (*Tokens, error) {
	o := newCallOptions(optFns)
	if r.by != nil {
		return r.refreshByFlow(ctx, t.reveal(), o)
	}
	op := operation{name: "GetTokensFromRefreshToken", at: stageToken, consumes: true}
	old := t.reveal()
	secret, err := r.prepare(ctx, op, old)
	if err != nil {
		return nil, err
	}
	in := &cip.GetTokensFromRefreshTokenInput{
		ClientId: &r.clientID, ClientSecret: secret, RefreshToken: &old.refresh, DeviceKey: optional(old.device.key),
		ClientMetadata: o.ClientMetadata,
	}
	sent := r.now()
	out, err := invoke(ctx, &r.caller, op, r.api.GetTokensFromRefreshToken, in)
	if errors.Is(err, ErrOutcomeUnknown) && ctx.Err() == nil && (r.grace == 0 || r.now().Sub(sent) < r.grace) {
		out, err = invoke(ctx, &r.caller, op, r.api.GetTokensFromRefreshToken, in)
		switch {
		case errors.Is(err, ErrTokenReused):
			err = restated(err, ErrTokenReused, "as it seems by this call, whose first reply was lost: sign in again")
		case errors.Is(err, ErrBackOff), errors.Is(err, ErrLockedOut): // which the second call met, not the first
			err = restated(err, ErrOutcomeUnknown, "a first call may have been applied, and a second one was put off")
		}
	}
	if err != nil {
		return nil, err
	}
	return r.renewed(op, old, out.AuthenticationResult)
}

// refreshByFlow is Refresh by REFRESH_TOKEN_AUTH. Without rotation, which this
// flow does not have, a second request does no harm: the SDK may resend it.
func (r *Refresher) refreshByFlow(ctx context.Context, old tokens, o CallOptions) (*Tokens, error) {
	by := &run{Client: r.by, options: o}
	op := by.initiation(wire.FlowRefreshToken, stageToken)
	if err := r.check(op, old); err != nil {
		return nil, err
	}
	params := map[string]string{wire.KeyRefreshToken: old.refresh}
	if old.device.key != "" {
		params[wire.KeyDeviceKey] = old.device.key
	}
	if r.by.secret != nil {
		// The request names no user, so the hash is over the name that Cognito
		// finds by the token, and what the user typed may not be that.
		if old.username == "" {
			return nil, op.fail(ErrConfig, "the app client has a secret, whose hash needs the user's canonical name: Tokens.WithUsername", nil)
		}
		hash, err := r.by.secretHash(ctx, op, old.username)
		if err != nil {
			return nil, err
		}
		params[wire.KeySecretHash] = hash
	}
	got, err := by.sendInitiate(ctx, op, "", params)
	if err != nil {
		return nil, err
	}
	return r.renewed(got.op, old, got.result)
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

// prepare checks what is to be refreshed or revoked, and gets the app client's
// secret: these two operations take the secret itself, and no hash.
// Source: ClientSecret in the API references of both.
func (r *Refresher) prepare(ctx context.Context, op operation, t tokens) (*string, error) {
	if err := r.check(op, t); err != nil {
		return nil, err
	}
	secret, err := r.clientSecret(ctx, op)
	return optional(secret), err
}

func (r *Refresher) check(op operation, t tokens) error {
	if err := r.ready(op); err != nil {
		return err
	}
	if t.refresh == "" {
		return op.fail(ErrToken, "there is no refresh token", nil)
	}
	return nil
}
