// Package token signs the tokens of a sign-in and checks the ones that come
// back.
package token

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/go-jose/go-jose/v4"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// Scope is that of every token of the API: it admits to the user's own account.
const Scope = "aws.cognito.signin.user.admin"

// keys are the two of a pool: one for ID tokens, one for access tokens.
type keys struct{ id, access jose.JSONWebKey }

// processKeys makes the keys once: they take longer than all else a pool does.
// Pools of one process share them; their issuers keep them apart.
var processKeys = sync.OnceValue(func() keys {
	var k keys
	var both sync.WaitGroup
	for _, key := range []*jose.JSONWebKey{&k.id, &k.access} {
		both.Go(func() { *key = newKey() })
	}
	both.Wait()
	return k
})

// replaced are the keys of a process before this one, which take the place of this
// one's: see [RestoreKeys].
var replaced atomic.Pointer[keys]

func current() keys {
	if k := replaced.Load(); k != nil {
		return *k
	}
	return processKeys()
}

func newKey() jose.JSONWebKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // 2048 bits are allowed, and crypto/rand does not fail
	}
	id := make([]byte, 32)
	rand.Read(id)
	return jose.JSONWebKey{Key: key, KeyID: base64.StdEncoding.EncodeToString(id), Algorithm: "RS256", Use: "sig"}
}

// KeySet returns the public keys, as /.well-known/jwks.json has them.
func KeySet() jose.JSONWebKeySet {
	k := current()
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k.id.Public(), k.access.Public()}}
}

// Issue makes an ID and an access token of a grant, with the changes that a trigger
// made. The refresh token is not its business: [Grants] makes it.
func Issue(c *directory.Client, u directory.User, g Grant, changes Changes, now time.Time) (*types.AuthenticationResultType, error) {
	common := map[string]any{
		"sub":       u.Sub,
		"iss":       c.Pool.Issuer(),
		"auth_time": g.Began.Unix(),
		"iat":       now.Unix(),
		"event_id":  directory.NewID(),
	}
	// Developer guide, "Ending user sessions with token revocation": the claim
	// comes with revocation, and with rotation.
	if !c.Irrevocable || c.Rotation {
		common["origin_jti"] = g.ID
	}
	access := maps.Clone(common)
	maps.Copy(access, map[string]any{
		"token_use": "access", "scope": Scope, "client_id": c.ID, "username": u.Username,
		"jti": directory.NewID(), "exp": now.Add(c.AccessToken).Unix(),
	})
	if g.Device != "" {
		access["device_key"] = g.Device
	}
	id := maps.Clone(common)
	maps.Copy(id, attributeClaims(c.Readable(u.Attributes)))
	maps.Copy(id, map[string]any{
		"token_use": "id", "aud": c.ID, "cognito:username": u.Username,
		"jti": directory.NewID(), "exp": now.Add(c.IDToken).Unix(),
	})
	groups := c.Pool.GroupsOf(u)
	if changes.Groups != nil {
		groups = *changes.Groups
	}
	groupClaims(id, access, groups)
	apply(id, changes.ID)
	apply(access, changes.Access)
	k := current()
	accessToken, err := sign(k.access, access)
	if err != nil {
		return nil, err
	}
	idToken, err := sign(k.id, id)
	if err != nil {
		return nil, err
	}
	bearer := "Bearer"
	return &types.AuthenticationResultType{
		AccessToken: &accessToken, IdToken: &idToken,
		ExpiresIn: int32(c.AccessToken / time.Second), TokenType: &bearer,
	}, nil
}

// attributeClaims are a user's attributes as an ID token has them: strings, but
// for the two verified flags and the address, which OpenID Connect makes an object.
func attributeClaims(attributes map[string]string) map[string]any {
	claims := make(map[string]any, len(attributes))
	for name, value := range attributes {
		switch {
		case strings.HasSuffix(name, "_verified") && !strings.HasPrefix(name, "custom:"):
			claims[name] = value == "true"
		case name == "address":
			claims[name] = map[string]string{"formatted": value}
		default:
			claims[name] = value
		}
	}
	return claims
}

func sign(key jose.JSONWebKey, claims map[string]any) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, nil)
	if err != nil {
		return "", wire.Internal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", wire.Internal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", wire.Internal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		return "", wire.Internal(err)
	}
	return text, nil
}

// Access are the claims of an access token that the pool acts on.
type Access struct {
	Subject  string `json:"sub"`
	ClientID string `json:"client_id"`
	Expires  int64  `json:"exp"`
	Grant    string `json:"origin_jti"`
	Device   string `json:"device_key"`
	Scopes   string `json:"scope"`
}

// Verify checks an access token of any pool: nothing else that leaves the pool
// bears a signature of that key. Whether there is such a client is for the caller
// to find out, who knows the directory.
func Verify(text string, now time.Time) (Access, error) {
	var claims Access
	invalid := wire.NotAuthorized("Invalid Access Token")
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return claims, invalid
	}
	key := current().access
	payload, err := signed.Verify(key.Public())
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		return claims, invalid
	}
	if now.Unix() >= claims.Expires {
		return claims, wire.NotAuthorized("Access Token has expired")
	}
	if !slices.Contains(strings.Fields(claims.Scopes), Scope) {
		return claims, wire.AccessScope // a trigger took it away
	}
	return claims, nil
}
