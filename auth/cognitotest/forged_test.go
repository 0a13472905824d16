package cognitotest_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/go-jose/go-jose/v4"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// An access token is taken if the pool signed it as it is, and until it expires.
func TestForgedAccessToken(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	tokens := d.signedIn("ann")
	good := *tokens.AccessToken
	parts := strings.Split(good, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signedBy := func(algorithm jose.SignatureAlgorithm, key any) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, nil)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := signer.Sign(payload)
		if err != nil {
			t.Fatal(err)
		}
		text, err := signed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	otherUser := encode(strings.Replace(string(payload), `"ann"`, `"bob"`, 1))
	laterEnd := encode(strings.Replace(string(payload), `"exp":`, `"exp":9`, 1))
	for name, token := range map[string]string{
		"another user":       parts[0] + "." + otherUser + "." + parts[2],
		"a later end":        parts[0] + "." + laterEnd + "." + parts[2],
		"another signature":  parts[0] + "." + parts[1] + "." + encode(strings.Repeat("s", 256)),
		"no signature":       parts[0] + "." + parts[1] + ".",
		"unsigned":           encode(`{"alg":"none"}`) + "." + parts[1] + ".",
		"another's key":      signedBy(jose.RS256, key),
		"another algorithm":  signedBy(jose.HS256, []byte(strings.Repeat("k", 32))),
		"the user's id":      *tokens.IdToken,
		"the refresh token":  *tokens.RefreshToken,
		"longer by a letter": good + "A",
	} {
		if token == good {
			t.Fatalf("%s: nothing is forged", name)
		}
		_, err := d.sdk.GetUser(t.Context(), &cip.GetUserInput{AccessToken: &token})
		wantError(t, err, notAuthorized, "Invalid Access Token")
	}
	must[*cip.GetUserOutput](t)(d.sdk.GetUser(t.Context(), &cip.GetUserInput{AccessToken: &good}))
	d.pool.Clock().Advance(time.Hour - time.Second)
	must[*cip.GetUserOutput](t)(d.sdk.GetUser(t.Context(), &cip.GetUserInput{AccessToken: &good}))
	d.pool.Clock().Advance(time.Second)
	_, err = d.sdk.GetUser(t.Context(), &cip.GetUserInput{AccessToken: &good})
	wantError(t, err, notAuthorized, "Access Token has expired")
}
