package auth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
)

var newKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// keyServer publishes one key under the id "kid-1", as a user pool does.
func keyServer(t *testing.T) string {
	t.Helper()
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: newKey().Public(), KeyID: "kid-1", Algorithm: "RS256", Use: "sig"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/pool/.well-known/jwks.json" {
			w.Write(set)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/pool"
}

func signed(t *testing.T, algorithm jose.SignatureAlgorithm, key any, kid string, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", kid))
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestVerifier(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	issuer := keyServer(t)
	v, err := auth.NewVerifier(issuer, []string{testClient, "second"}, func(o *auth.VerifierOptions) {
		o.Now = func() time.Time { return now }
	})
	if err != nil {
		t.Fatal(err)
	}
	common := map[string]any{
		"sub": canonical, "iss": issuer, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "auth_time": now.Unix(),
		"cognito:groups": []string{"staff"},
	}
	id := maps.Clone(common)
	maps.Copy(id, map[string]any{"token_use": "id", "aud": testClient, "cognito:username": "ann", "email": "ann@example.com"})
	access := maps.Clone(common)
	maps.Copy(access, map[string]any{"token_use": "access", "client_id": "second", "username": "ann", "scope": "aws.cognito.signin.user.admin x"})
	sign := func(claims map[string]any) string { return signed(t, jose.RS256, newKey(), "kid-1", claims) }

	claims, err := v.ID(t.Context(), sign(id))
	if err != nil {
		t.Fatal(err)
	}
	var more struct{ Email string }
	if err := claims.Decode(&more); err != nil || more.Email != "ann@example.com" {
		t.Errorf("Decode: %+v, %v", more, err)
	}
	if claims.Username != "ann" || claims.ClientID != testClient || claims.TokenUse != "id" || claims.Subject != canonical ||
		!claims.Expires.Equal(now.Add(time.Hour)) || !claims.AuthTime.Equal(now) || len(claims.Groups) != 1 {
		t.Errorf("id claims: %+v", claims)
	}
	redacttest.Check(t, claims, "ann@example.com")
	if claims, err = v.Access(t.Context(), sign(access)); err != nil || claims.ClientID != "second" || len(claims.Scopes) != 2 || claims.Username != "ann" {
		t.Errorf("access claims: %+v, %v", claims, err)
	}
	if err := new(auth.Claims).Decode(&more); err == nil {
		t.Error("zero Claims decode")
	}

	// What a trigger or a mapping of the pool adds counts for nothing.
	mixed := maps.Clone(id)
	maps.Copy(mixed, map[string]any{"username": "-admin", "client_id": "stranger"})
	if claims, err = v.ID(t.Context(), sign(mixed)); err != nil || claims.Username != "ann" || claims.ClientID != testClient {
		t.Errorf("id claims: %+v, %v", claims, err)
	}
	mixed = maps.Clone(access)
	maps.Copy(mixed, map[string]any{"cognito:username": "admin-", "aud": "stranger"})
	delete(mixed, "auth_time")
	if claims, err = v.Access(t.Context(), sign(mixed)); err != nil || claims.Username != "ann" || claims.ClientID != "second" || !claims.AuthTime.IsZero() {
		t.Errorf("access claims: %+v, %v", claims, err)
	}

	change := func(m map[string]any, key string, value any) string {
		m = maps.Clone(m)
		if m[key] = value; value == nil {
			delete(m, key)
		}
		return sign(m)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(sign(id), ".")
	refused := map[string]string{
		"empty":              "",
		"no JWT":             "abc",
		"tampered payload":   parts[0] + "." + strings.Split(change(id, "sub", "someone"), ".")[1] + "." + parts[2],
		"no signature":       parts[0] + "." + parts[1] + ".",
		"alg none":           "eyJhbGciOiJub25lIn0." + parts[1] + ".",
		"HS256 with the key": signed(t, jose.HS256, newKey().N.Bytes(), "kid-1", id),
		"RS512":              signed(t, jose.RS512, newKey(), "kid-1", id),
		"another key":        signed(t, jose.RS256, other, "kid-1", id),
		"unknown key id":     signed(t, jose.RS256, other, "kid-2", id),
		"another issuer":     change(id, "iss", issuer+"2"),
		"no issuer":          change(id, "iss", nil),
		"expired":            change(id, "exp", now.Add(-time.Second).Unix()),
		"no expiry":          change(id, "exp", nil),
		"not yet":            change(id, "nbf", now.Add(time.Hour).Unix()),
		"access as id":       sign(access),
		"no token_use":       change(id, "token_use", nil),
		"foreign client":     change(id, "aud", "stranger"),
		"no client":          change(id, "aud", nil),
		"two audiences":      change(id, "aud", []string{testClient, "stranger"}),
		"claims of a type":   change(id, "cognito:groups", 7),
		"client_id for aud":  sign(with2(id, "aud", []string{"x", "y"}, "client_id", testClient)),
	}
	for name, token := range refused {
		t.Run(name, func(t *testing.T) {
			got, err := v.ID(t.Context(), token)
			if got != nil {
				t.Errorf("claims came: %+v", got)
			}
			wantReason(t, err, auth.ErrToken)
		})
	}
	_, err = v.Access(t.Context(), sign(id))
	wantReason(t, err, auth.ErrToken)
	_, err = v.Access(t.Context(), change(access, "client_id", "stranger"))
	wantReason(t, err, auth.ErrToken)
}

func with2(m map[string]any, k1 string, v1 any, k2 string, v2 any) map[string]any {
	m = maps.Clone(m)
	m[k1], m[k2] = v1, v2
	return m
}

func TestVerifierWithoutKeys(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	v, err := auth.NewVerifier(server.URL, []string{testClient})
	if err != nil {
		t.Fatal(err)
	}
	token := signed(t, jose.RS256, newKey(), "kid-1", map[string]any{"iss": server.URL, "exp": time.Now().Add(time.Hour).Unix()})
	_, err = v.ID(t.Context(), token)
	wantReason(t, err, auth.ErrBackOff)
}

func TestNewVerifierRefuses(t *testing.T) {
	t.Parallel()
	_, err := auth.NewVerifier("", []string{"c"})
	wantReason(t, err, auth.ErrConfig)
	_, err = auth.NewVerifier("https://issuer", nil)
	wantReason(t, err, auth.ErrConfig)
	_, err = auth.NewVerifier("https://issuer", []string{""})
	wantReason(t, err, auth.ErrConfig)
	_, err = new(auth.Verifier).ID(t.Context(), "x")
	wantReason(t, err, auth.ErrConfig)
	if got := auth.Issuer("eu-west-1_abc"); got != "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc" {
		t.Errorf("Issuer: %s", got)
	}
}
