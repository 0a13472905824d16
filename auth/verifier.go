package auth

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// A Verifier checks the tokens of one user pool: signature (RS256, by the
// pool's published keys), issuer, expiry, token_use and app client. It fetches
// the keys at the first token and again when it meets an unknown key id; it is
// safe for concurrent use, and one should serve a whole program.
//
// It does not ask Cognito whether a token was revoked: until it expires, a
// revoked token still verifies.
type Verifier struct {
	verifier  *oidc.IDTokenVerifier
	clientIDs []string
}

// VerifierOptions are what [NewVerifier] takes beside its arguments.
type VerifierOptions struct {
	// HTTPClient fetches the pool's keys. Default: one with a time-out of ten
	// seconds.
	HTTPClient *http.Client
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

// keyFetchTimeout keeps a request from waiting for ever for the pool's keys.
const keyFetchTimeout = 10 * time.Second

// Issuer returns the issuer of a user pool's tokens:
// https://cognito-idp.REGION.amazonaws.com/POOL_ID. The region is the pool id's
// part before the underscore.
func Issuer(poolID string) string {
	region, _, _ := strings.Cut(poolID, "_")
	return "https://cognito-idp." + region + ".amazonaws.com/" + poolID
}

// NewVerifier returns a Verifier for the tokens that an issuer gave to any of
// some app clients. It makes no call. The error matches [ErrConfig]: an empty
// issuer, or no client id.
func NewVerifier(issuer string, clientIDs []string, optFns ...func(*VerifierOptions)) (*Verifier, error) {
	o := VerifierOptions{HTTPClient: &http.Client{Timeout: keyFetchTimeout}, Now: time.Now}
	for _, fn := range optFns {
		fn(&o)
	}
	switch {
	case issuer == "":
		return nil, misconfigured("NewVerifier", "the issuer is empty", nil)
	case len(clientIDs) == 0 || slices.Contains(clientIDs, ""):
		return nil, misconfigured("NewVerifier", "there is no app client id, or an empty one", nil)
	}
	// The key set keeps the context for its own fetches, so it is not one of a
	// request.
	ctx := oidc.ClientContext(context.Background(), o.HTTPClient)
	keys := keySet{oidc.NewRemoteKeySet(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/jwks.json")}
	return &Verifier{
		verifier: oidc.NewVerifier(issuer, keys, &oidc.Config{
			// Access tokens have no aud: the app client is checked below.
			SkipClientIDCheck:    true,
			SupportedSigningAlgs: []string{oidc.RS256},
			Now:                  o.Now,
		}),
		clientIDs: slices.Clone(clientIDs),
	}, nil
}

// Claims are what a verified token says.
// Source: "Understanding the ID token" and "Understanding the access token" in
// the Cognito developer guide.
type Claims struct {
	Subject  string    // sub: the user's UUID
	Username string    // cognito:username or username: the canonical name
	ClientID string    // aud or client_id: the app client that signed the user in
	TokenUse string    // token_use: id or access
	Issuer   string    // iss
	Groups   []string  // cognito:groups
	Scopes   []string  // scope, split; of access tokens only
	IssuedAt time.Time // iat
	Expires  time.Time // exp
	AuthTime time.Time // auth_time: when the user signed in, kept over refreshes

	token redact.Box[*oidc.IDToken]
}

// Decode unmarshals all claims of the token, such as email, into v.
func (c *Claims) Decode(v any) error {
	if token := c.token.Reveal(); token != nil {
		return token.Claims(v)
	}
	return errors.New("auth: the claims are a zero value: a Verifier makes claims")
}

// ID verifies an id token. The error matches [ErrToken], or [ErrBackOff] if the
// pool's keys could not be fetched.
func (v *Verifier) ID(ctx context.Context, token string) (*Claims, error) {
	return v.verify(ctx, "Verifier.ID", token, "id")
}

// Access verifies an access token. The error matches [ErrToken], or
// [ErrBackOff] if the pool's keys could not be fetched.
func (v *Verifier) Access(ctx context.Context, token string) (*Claims, error) {
	return v.verify(ctx, "Verifier.Access", token, "access")
}

// cognitoClaims are the claims that go-oidc does not know.
type cognitoClaims struct {
	TokenUse   string   `json:"token_use"`
	ClientID   string   `json:"client_id"`
	Username   string   `json:"username"`
	IDUsername string   `json:"cognito:username"`
	Groups     []string `json:"cognito:groups"`
	Scope      string   `json:"scope"`
	AuthTime   int64    `json:"auth_time"`
}

func (v *Verifier) verify(ctx context.Context, fn, token, use string) (*Claims, error) {
	op := operation{name: fn}
	if v.verifier == nil {
		return nil, op.fail(ErrConfig, "the Verifier is a zero value: NewVerifier makes one", nil)
	}
	fetch := new(fetchResult)
	verified, err := v.verifier.Verify(context.WithValue(ctx, fetchResult{}, fetch), token)
	var expired *oidc.TokenExpiredError
	switch {
	case fetch.failed != nil:
		return nil, op.fail(ErrBackOff, "the pool's keys could not be fetched", fetch.failed)
	case errors.As(err, &expired):
		return nil, op.fail(ErrToken, "it has expired", err)
	case err != nil:
		return nil, op.fail(ErrToken, "its form, signature or issuer is not right", err)
	}
	var more cognitoClaims
	if err := verified.Claims(&more); err != nil {
		return nil, op.fail(ErrToken, "its claims are not those of Cognito", err)
	}
	// Each kind of token has its own names for these. The others' may be in it
	// too, put there by a trigger or a mapping of the pool.
	username, clientID := more.Username, more.ClientID
	if use == "id" {
		username, clientID = more.IDUsername, ""
		if len(verified.Audience) == 1 {
			clientID = verified.Audience[0]
		}
	}
	claims := &Claims{
		Subject: verified.Subject, Username: username, ClientID: clientID,
		TokenUse: more.TokenUse, Issuer: verified.Issuer, Groups: more.Groups, Scopes: strings.Fields(more.Scope),
		IssuedAt: verified.IssuedAt, Expires: verified.Expiry,
		token: redact.New(verified),
	}
	if more.AuthTime != 0 {
		claims.AuthTime = time.Unix(more.AuthTime, 0)
	}
	switch {
	case claims.TokenUse != use:
		return nil, op.fail(ErrToken, "its token_use is not "+use, nil)
	case !slices.Contains(v.clientIDs, claims.ClientID):
		return nil, op.fail(ErrToken, "it was given to another app client", nil)
	}
	return claims, nil
}

// keySet tells a failure to fetch the keys, after which the token may be right,
// from a wrong signature: go-oidc gives both as text.
type keySet struct{ oidc.KeySet }

// fetchResult travels in the context from verify to VerifySignature.
type fetchResult struct{ failed error }

// VerifySignature implements [oidc.KeySet].
func (k keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := k.KeySet.VerifySignature(ctx, jwt)
	if err != nil && strings.HasPrefix(err.Error(), "fetching keys ") {
		if fetch, ok := ctx.Value(fetchResult{}).(*fetchResult); ok {
			fetch.failed = err
		}
	}
	return payload, err
}
