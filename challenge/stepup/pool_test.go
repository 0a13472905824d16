package stepup_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/internal/methodtest"
	"github.com/cognitomfa/cognitomfa/challenge/stepup"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/internal/idptest"
)

// Whole sign-ins with an OpenID Connect provider as the second factor.
func TestInThePool(t *testing.T) {
	t.Parallel()
	methodtest.Run(t, func(t *testing.T, store trigger.Store, now func() time.Time) methodtest.Far {
		f := newFar(t)
		f.idp.Now, f.config.Now = now, now
		m, err := stepup.New(f.config, store)
		if err != nil {
			t.Fatal(err)
		}
		return methodtest.Far{
			Method: m, Chooses: true, Down: func() { f.idp.SetDown(true) },
			Answer: methodtest.Redirect, Transplant: methodtest.WithState,
		}
	})
}

// The pool's test server itself is not needed to see that the provider of the
// tests refuses what it should: a test against one that takes everything would
// prove nothing.
func TestProviderRefuses(t *testing.T) {
	t.Parallel()
	idp := idptest.NewOIDC(clientID, clientSecret, callback)
	server := httptest.NewServer(idp)
	t.Cleanup(server.Close)
	for name, query := range map[string]string{
		"nothing":        "",
		"other redirect": "?client_id=cognito+app&redirect_uri=https://evil.example&response_type=code&scope=openid",
		"no PKCE":        "?client_id=cognito+app&redirect_uri=" + callback + "&response_type=code&scope=openid&state=0123456789abcdef&nonce=0123456789abcdef",
	} {
		res, err := http.Get(server.URL + idptest.OIDCAuthorize + query)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: status %d", name, res.StatusCode)
		}
	}
}
