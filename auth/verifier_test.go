package auth_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"maps"
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

func signed(t testing.TB, algorithm jose.SignatureAlgorithm, key any, kid string, claims map[string]any) string {
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

func base64Text(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestVerifier(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	p := newPublisher(t)
	p.keys = []jose.JSONWebKey{published("kid-1", newKey())}
	issuer := p.issuer
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
	resigned := func(h string) string {
		digest := sha256.Sum256([]byte(base64Text(h) + "." + parts[1]))
		signature, err := rsa.SignPKCS1v15(nil, newKey(), crypto.SHA256, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		return base64Text(h) + "." + parts[1] + "." + base64Text(string(signature))
	}
	if _, err := v.ID(t.Context(), resigned(`{"alg":"RS256","kid":"kid-1"}`)); err != nil {
		t.Fatal("the headers below are signed as no good one is: ", err)
	}
	refused := map[string]string{
		"empty":               "",
		"dots":                "..",
		"no JWT":              "abc",
		"four parts":          sign(id) + ".x",
		"an encrypted token":  sign(id) + ".x.y",
		"JSON form":           `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"spaces around":       " " + sign(id) + " ",
		"huge":                change(id, "x", strings.Repeat("x", 64<<10)),
		"huge and junk":       strings.Repeat("A.", 1<<20),
		"tampered payload":    parts[0] + "." + strings.Split(change(id, "sub", "someone"), ".")[1] + "." + parts[2],
		"tampered signature":  parts[0] + "." + parts[1] + "." + map[bool]string{true: "B", false: "A"}[parts[2][0] == 'A'] + parts[2][1:],
		"no signature":        parts[0] + "." + parts[1] + ".",
		"alg none":            base64Text(`{"alg":"none"}`) + "." + parts[1] + ".",
		"alg none, with kid":  base64Text(`{"alg":"none","kid":"kid-1"}`) + "." + parts[1] + ".",
		"alg None":            resigned(`{"alg":"None","kid":"kid-1"}`),
		"no alg":              resigned(`{"kid":"kid-1"}`),
		"a critical header":   resigned(`{"alg":"RS256","kid":"kid-1","crit":["x"],"x":1}`),
		"a header twice":      resigned(`{"alg":"RS256","kid":"kid-1","kid":"kid-1"}`),
		"HS256 with the key":  signed(t, jose.HS256, newKey().N.Bytes(), "kid-1", id),
		"RS512":               signed(t, jose.RS512, newKey(), "kid-1", id),
		"PS256":               signed(t, jose.PS256, newKey(), "kid-1", id),
		"no key id":           resigned(`{"alg":"RS256"}`),
		"an empty key id":     resigned(`{"alg":"RS256","kid":""}`),
		"a key id of a type":  resigned(`{"alg":"RS256","kid":1}`),
		"another key":         signed(t, jose.RS256, other, "kid-1", id),
		"a key of its own":    resigned(`{"alg":"RS256","kid":"kid-1","jwk":{"kty":"RSA"}}`),
		"another issuer":      change(id, "iss", issuer+"2"),
		"its issuer, slashed": change(id, "iss", issuer+"/"),
		"two issuers":         change(id, "iss", []string{issuer}),
		"no issuer":           change(id, "iss", nil),
		"expired":             change(id, "exp", now.Add(-time.Second).Unix()),
		"no expiry":           change(id, "exp", nil),
		"an expiry of a type": change(id, "exp", "tomorrow"),
		"not yet":             change(id, "nbf", now.Add(time.Hour).Unix()),
		"of the future":       change(id, "iat", now.Add(6*time.Minute).Unix()),
		"access as id":        sign(access),
		"no token_use":        change(id, "token_use", nil),
		"another token_use":   change(id, "token_use", "ID"),
		"no subject":          change(id, "sub", nil),
		"foreign client":      change(id, "aud", "stranger"),
		"no client":           change(id, "aud", nil),
		"an array of one":     change(id, "aud", []string{testClient}), // which Cognito never sends
		"two audiences":       change(id, "aud", []string{testClient, "stranger"}),
		"claims of a type":    change(id, "cognito:groups", 7),
		"client_id for aud":   sign(with2(id, "aud", []string{"x", "y"}, "client_id", testClient)),
	}
	for name, token := range map[string]string{
		"not yet, by a little":       change(id, "nbf", now.Add(time.Minute).Unix()),
		"of the future, by a little": change(id, "iat", now.Add(4*time.Minute).Unix()),
		"in its last second":         change(id, "exp", now.Unix()),
		"no iat":                     change(id, "iat", nil),
	} {
		if _, err := v.ID(t.Context(), token); err != nil {
			t.Errorf("%s: %v", name, err)
		}
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
	_, err = v.Access(t.Context(), change(access, "client_id", []string{"second"}))
	wantReason(t, err, auth.ErrToken)
	_, err = v.Access(t.Context(), change(access, "aud", "second"))
	if err != nil {
		t.Errorf("an access token with an aud: %v", err)
	}
	_, err = v.Access(t.Context(), sign(with2(access, "client_id", "stranger", "aud", "second")))
	wantReason(t, err, auth.ErrToken)
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

func TestNewVerifierRefuses(t *testing.T) {
	t.Parallel()
	_, err := auth.NewVerifier("", []string{"c"})
	wantReason(t, err, auth.ErrConfig)
	_, err = auth.NewVerifier("https://issuer", nil)
	wantReason(t, err, auth.ErrConfig)
	_, err = auth.NewVerifier("https://issuer", []string{"c"}, func(o *auth.VerifierOptions) { o.KeyInterval = -1 })
	wantReason(t, err, auth.ErrConfig)
	_, err = auth.NewVerifier("https://issuer", []string{""})
	wantReason(t, err, auth.ErrConfig)
	_, err = new(auth.Verifier).ID(t.Context(), "x")
	wantReason(t, err, auth.ErrConfig)
	if got := auth.Issuer("eu-west-1_abc"); got != "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc" {
		t.Errorf("Issuer: %s", got)
	}
}
