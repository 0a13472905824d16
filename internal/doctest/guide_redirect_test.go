package doctest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/duo"
	"github.com/cognitomfa/cognitomfa/challenge/redirect"
	"github.com/cognitomfa/cognitomfa/challenge/stepup"
	"github.com/cognitomfa/cognitomfa/challenge/stepup/blockid"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/internal/idptest"
)

// duoTriggers are the three triggers of custom challenges, with Duo as the
// second factor. secrets.New of challenge/duo/secrets is a KeySource too.
func duoTriggers(key []byte, keys duo.KeySource, redirectURL string, store trigger.Store, optFns ...func(*duo.ClientOptions)) (*trigger.Handler, error) {
	client, err := duo.NewClient(keys, redirectURL, optFns...)
	if err != nil {
		return nil, err
	}
	method, err := duo.NewMethod(client, store)
	if err != nil {
		return nil, err
	}
	return trigger.New(key, store, []trigger.Method{method}) // for lambda.Start
}

// blockidTriggers are the same with 1Kosmos BlockID.
func blockidTriggers(key []byte, config blockid.Config, store trigger.Store) (*trigger.Handler, error) {
	method, err := blockid.New(config, store)
	if err != nil {
		return nil, err
	}
	return trigger.New(key, store, []trigger.Method{method})
}

// leave begins the sign-in and returns where to send the browser. kept is for a
// cookie of that browser: it opens with the state that the browser brings back.
func leave(ctx context.Context, client *auth.Client, sealer *challenge.Sealer, username, password string) (address, kept string, err error) {
	_, next, err := client.Begin(ctx, auth.CustomSRP(username, password))
	if err != nil {
		return "", "", err
	}
	custom, ok := next.(*challenge.Custom)
	if !ok {
		return "", "", fmt.Errorf("expected a custom challenge, not %v", next)
	}
	prompt, err := redirect.Parse(custom)
	if err != nil {
		return "", "", err
	}
	kept, err = sealer.Seal(custom, prompt.State())
	return prompt.URL(), kept, err
}

// comeBack goes on in the handler of the redirect URL, with r.URL.Query() and
// the cookie.
func comeBack(ctx context.Context, client *auth.Client, sealer *challenge.Sealer, query url.Values, kept string) (*auth.Tokens, error) {
	opened, err := sealer.Open(kept, query.Get("state"))
	if err != nil {
		return nil, err // another browser's redirect, or too late: to the first form
	}
	custom, ok := opened.(*challenge.Custom)
	if !ok {
		return nil, challenge.ErrOpen
	}
	prompt, err := redirect.Parse(custom)
	if err != nil {
		return nil, err
	}
	answer, err := prompt.Answer(query)
	var denied *redirect.DeniedError
	if errors.As(err, &denied) {
		answer = prompt.Decline() // the user gave up: another try, if there is one left
	} else if err != nil {
		return nil, err
	}
	tokens, _, err := client.Respond(ctx, answer)
	return tokens, err
}

// visit is ann in her browser.
func visit(handler *trigger.Handler) {
	pool, client := newPool(cognitotest.Config{CustomAttributes: []string{"blockid_sub"}, Triggers: served(handler)}, "")
	defer pool.Close()
	ctx, sealer := context.Background(), newSealer()

	address, kept, err := leave(ctx, client, sealer, "ann", password)
	if err != nil {
		fmt.Println(err)
		return
	}
	back := must(idptest.Visit(ctx, http.DefaultClient, address, idptest.Visitor{User: "ann"}))
	_, err = comeBack(ctx, client, sealer, url.Values{"state": {"of another sign-in"}}, kept)
	fmt.Println("another browser:", errors.Is(err, challenge.ErrOpen))
	tokens, err := comeBack(ctx, client, sealer, back.Query(), kept)
	fmt.Println("signed in:", tokens != nil, err)
}

func Example_guideDuo() {
	const id, secret = "DIXXXXXXXXXXXXXXXXXX", "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"
	server := httptest.NewServer(idptest.NewDuo(id, secret)) // a simulated Duo
	defer server.Close()
	keys := must(duo.NewKeys(id, secret, strings.TrimPrefix(server.URL, "http://")))
	visit(must(duoTriggers(make([]byte, trigger.MinKey), keys, "https://app.example/duo/callback", trigger.NewMemory(nil),
		func(o *duo.ClientOptions) { o.AllowLoopback = true })))
	// Output:
	// another browser: true
	// signed in: true <nil>
}

// blockidConfig is a tenant's. Issuer and KeysURL are issuer and jwks_uri in its
// discovery document; the attribute holds the tenant's sub of the user, and app
// clients cannot write it.
func blockidConfig(tenant, issuer, keysURL string, secret func(context.Context, bool) (string, error)) blockid.Config {
	return blockid.Config{
		Tenant: tenant, Community: "default", Issuer: issuer, KeysURL: keysURL,
		ClientID: "cognito", ClientSecret: secret, RedirectURL: "https://app.example/blockid/callback",
		Claim: "sub", Attribute: "custom:blockid_sub",
		ACR: []string{blockid.LiveIDPush, blockid.OTP},
	}
}

func Example_guideBlockID() {
	const secret = "blockid-secret"
	server := httptest.NewServer(idptest.NewBlockID("default", "cognito", secret, "https://app.example/blockid/callback")) // a simulated tenant
	defer server.Close()
	config := blockidConfig(strings.TrimPrefix(server.URL, "http://"), server.URL, server.URL+"/oauth2/community/default/v1"+idptest.BlockIDKeys, stepup.Secret(secret))
	config.AllowLoopback = true
	config.AuthURL, config.TokenURL = server.URL+"/oauth2/community/default/v1/authorize", server.URL+"/oauth2/community/default/v1/token"
	visit(must(blockidTriggers(make([]byte, trigger.MinKey), config, trigger.NewMemory(nil))))
	// Output:
	// another browser: true
	// signed in: true <nil>
}
