package auth

import (
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// A Verifier checks the tokens of one user pool: signature (RS256, by the
// pool's published keys), issuer, expiry, token_use and app client. It is safe
// for concurrent use, and one should serve a whole program.
//
// It does not ask Cognito whether a token was revoked: until it expires, a
// revoked token still verifies.
//
// # Keys
//
// The keys are fetched at the first token, again when a token names a key that
// they do not have, and once a day. Anybody can write a token that names such a
// key, so there is a least time between two fetches,
// [VerifierOptions].KeyInterval: however many tokens come, the pool is asked no
// more often. The price is that a token under a key which the pool has just
// begun to use may have to wait that long; it is told apart by [ErrBackOff],
// since it may well be good, and is to be shown again. Cognito keeps a key for
// months.
type Verifier struct {
	issuer    string
	keys      *keySet
	config    *oidc.Config
	clientIDs []string
}

// VerifierOptions are what [NewVerifier] takes beside its arguments.
type VerifierOptions struct {
	// HTTPClient fetches the pool's keys. A fetch is given up after ten seconds
	// whatever the client. Default: a client of its own.
	HTTPClient *http.Client
	// KeyInterval is the least time between two fetches of the pool's keys.
	// After one that failed it is a second, if that is less. Default: ten
	// seconds, as in AWS's own verifier, github.com/awslabs/aws-jwt-verify.
	KeyInterval time.Duration
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

const (
	defaultKeyInterval = 10 * time.Second
	// maxJWT is more than any server lets through as a header.
	maxJWT = 64 << 10
	// clockLeeway is for machines whose clocks do not agree. go-oidc has the same
	// for nbf, and like this package none for exp.
	clockLeeway = 5 * time.Minute
)

// Issuer returns the issuer of a user pool's tokens:
// https://cognito-idp.REGION.amazonaws.com/POOL_ID. The region is the pool id's
// part before the underscore. A pool that is replicated between regions has
// another: the iss of its tokens, which begins with https://issuer.cognito-idp.
func Issuer(poolID string) string {
	region, _, _ := strings.Cut(poolID, "_")
	return "https://cognito-idp." + region + ".amazonaws.com/" + poolID
}

// NewVerifier returns a Verifier for the tokens that an issuer gave to any of
// some app clients. It makes no call. The error matches [ErrConfig]: an empty
// issuer, no client id, or a KeyInterval below zero.
func NewVerifier(issuer string, clientIDs []string, optFns ...func(*VerifierOptions)) (*Verifier, error) {
	var o VerifierOptions
	for _, fn := range optFns {
		fn(&o)
	}
	if o.HTTPClient == nil {
		o.HTTPClient = new(http.Client)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.KeyInterval == 0 {
		o.KeyInterval = defaultKeyInterval
	}
	switch {
	case issuer == "":
		return nil, misconfigured("NewVerifier", "the issuer is empty", nil)
	case len(clientIDs) == 0 || slices.Contains(clientIDs, ""):
		return nil, misconfigured("NewVerifier", "there is no app client id, or an empty one", nil)
	case o.KeyInterval < 0:
		return nil, misconfigured("NewVerifier", "KeyInterval is below zero", nil)
	}
	return &Verifier{
		issuer: issuer,
		keys: &keySet{
			url: strings.TrimSuffix(issuer, "/") + "/.well-known/jwks.json", client: o.HTTPClient, now: o.Now, interval: o.KeyInterval,
		},
		config: &oidc.Config{
			// Access tokens have no aud: the app client is checked below.
			SkipClientIDCheck:    true,
			SupportedSigningAlgs: []string{oidc.RS256},
			Now:                  o.Now,
		},
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
// pool's keys could not be fetched, or not yet again.
func (v *Verifier) ID(ctx context.Context, token string) (*Claims, error) {
	return v.verify(ctx, operation{name: "Verifier.ID"}, token, "id")
}

// Access verifies an access token. The error is as [Verifier.ID]'s.
func (v *Verifier) Access(ctx context.Context, token string) (*Claims, error) {
	return v.verify(ctx, operation{name: "Verifier.Access"}, token, "access")
}

// cognitoClaims are the claims that go-oidc does not know, or takes in more
// forms than Cognito gives.
type cognitoClaims struct {
	TokenUse   string   `json:"token_use"`
	Audience   any      `json:"aud"`
	ClientID   string   `json:"client_id"`
	Username   string   `json:"username"`
	IDUsername string   `json:"cognito:username"`
	Groups     []string `json:"cognito:groups"`
	Scope      string   `json:"scope"`
	AuthTime   int64    `json:"auth_time"`
}

func (v *Verifier) verify(ctx context.Context, op operation, token, use string) (*Claims, error) {
	if v.keys == nil {
		return nil, op.fail(ErrConfig, "the Verifier is a zero value: NewVerifier makes one", nil)
	}
	verified, err := v.signed(ctx, op, token)
	if err != nil {
		return nil, err
	}
	var more cognitoClaims
	if err := verified.Claims(&more); err != nil || verified.Subject == "" {
		return nil, op.fail(ErrToken, "its claims are not those of Cognito", err)
	}
	// Each kind of token has its own names for these. The others' may be in it
	// too, put there by a trigger or a mapping of the pool.
	username, clientID := more.Username, more.ClientID
	if use == "id" {
		username = more.IDUsername
		clientID, _ = more.Audience.(string)
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
	case claims.IssuedAt.After(v.config.Now().Add(clockLeeway)):
		return nil, op.fail(ErrToken, "it was issued in the future", nil)
	}
	return claims, nil
}

// signed checks what every OpenID Connect token has: signature, issuer, times.
func (v *Verifier) signed(ctx context.Context, op operation, token string) (*oidc.IDToken, error) {
	keyID, issuer, ok := glimpse(token)
	switch {
	case !ok:
		return nil, op.fail(ErrToken, "it is not a JWT of Cognito", nil)
	case issuer != v.issuer: // before its key is looked for at another's pool
		return nil, op.fail(ErrToken, "it was issued by another pool", nil)
	}
	key, err := v.keys.find(ctx, keyID)
	switch {
	case errors.Is(err, errUnknownKey):
		return nil, op.fail(ErrToken, "the pool has no such key", err)
	case errors.Is(err, errFetchedJustNow):
		return nil, op.fail(ErrBackOff, "its key is not among those that were fetched just now, and they are not fetched again yet", err)
	case err != nil:
		return nil, op.fail(ErrBackOff, "the pool's keys could not be fetched", err)
	}
	verified, err := oidc.NewVerifier(v.issuer, &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{key}}, v.config).Verify(ctx, token)
	var expired *oidc.TokenExpiredError
	switch {
	case errors.As(err, &expired):
		return nil, op.fail(ErrToken, "it has expired", err)
	case err != nil:
		return nil, op.fail(ErrToken, "its form, signature or issuer is not right", err)
	}
	return verified, nil
}

// glimpse reads of a token, before anything in it can be trusted, which key and
// pool it claims to be of: by that it can be refused, and no more.
func glimpse(token string) (keyID, issuer string, ok bool) {
	parts := strings.Split(token[:min(len(token), maxJWT+1)], ".")
	if len(token) > maxJWT || len(parts) != 3 {
		return "", "", false
	}
	var header struct{ Alg, Kid string }
	var payload struct{ Iss string }
	for i, v := range []any{&header, &payload} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(text, v) != nil {
			return "", "", false
		}
	}
	return header.Kid, payload.Iss, header.Alg == oidc.RS256 && header.Kid != ""
}
