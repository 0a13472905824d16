package stepup_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/redirect"
	"github.com/cognitomfa/cognitomfa/challenge/stepup"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/internal/witness"
)

// witnessRequired, if set, makes the test with oidc-provider fail, and not be
// skipped, where that is missing: CI has it.
const witnessRequired = "COGNITOMFA_OIDC_PROVIDER"

// startProvider starts the provider in testdata, which ends with the test, and
// returns its issuer.
func startProvider(t *testing.T) string {
	t.Helper()
	return "http://" + witness.Serve(t, witness.Node(t, witnessRequired, "testdata", "oidc-provider"), "testdata/provider.mjs")
}

// browse follows redirects from an address to the callback, as a browser with
// cookies does, and is whoever it is told to be on the way.
func browse(t *testing.T, address, issuer string, who url.Values) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for range 10 {
		if strings.HasPrefix(address, issuer+"/interaction/") {
			address += "?" + who.Encode()
		}
		res, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		next, err := res.Location()
		if err != nil {
			t.Fatalf("%s is answered %d without a redirect", address, res.StatusCode)
		}
		if address = next.String(); strings.HasPrefix(address, "https://app.example/callback?") {
			return next.Query()
		}
	}
	t.Fatal("the redirects do not end")
	return nil
}

// The method against a provider that shares no code with it.
func TestWitness(t *testing.T) {
	t.Parallel()
	issuer := startProvider(t)
	passed := func(user, acr string, amr ...string) url.Values {
		return url.Values{"user": {user}, "acr": {acr}, "amr": amr}
	}
	for name, tc := range map[string]struct {
		who       url.Values
		configure func(*stepup.Config)
		change    func(q trigger.Question, back url.Values)
		right     bool
	}{
		"right":           {who: passed("sub-ann", "mfa", "pwd", "otp"), right: true},
		"by claim":        {who: passed("sub-ann", "mfa", "otp"), configure: func(c *stepup.Config) { c.ACRClaim = true }, right: true},
		"any class":       {who: passed("sub-ann", "pwd", "otp"), configure: func(c *stepup.Config) { c.ACR = nil }, right: true},
		"somebody else":   {who: passed("sub-bob", "mfa", "otp")},
		"weaker class":    {who: passed("sub-ann", "pwd", "otp")},
		"weaker method":   {who: passed("sub-ann", "mfa", "pwd")},
		"other verifier":  {who: passed("sub-ann", "mfa", "otp"), change: func(q trigger.Question, _ url.Values) { q.Private["pkce_verifier"] = strings.Repeat("x", 43) }},
		"other nonce":     {who: passed("sub-ann", "mfa", "otp"), change: func(q trigger.Question, _ url.Values) { q.Private["nonce"] = "x" }},
		"other issuer":    {who: passed("sub-ann", "mfa", "otp"), change: func(_ trigger.Question, back url.Values) { back.Set("iss", "https://x") }},
		"other code":      {who: passed("sub-ann", "mfa", "otp"), change: func(_ trigger.Question, back url.Values) { back.Set("code", "x") }},
		"wrong secret":    {who: passed("sub-ann", "mfa", "otp"), configure: func(c *stepup.Config) { c.ClientSecret = stepup.Secret("wrong") }},
		"another issuer":  {who: passed("sub-ann", "mfa", "otp"), configure: func(c *stepup.Config) { c.Issuer += "/" }, change: func(_ trigger.Question, back url.Values) { back.Del("iss") }},
		"issuer required": {who: passed("sub-ann", "mfa", "otp"), configure: func(c *stepup.Config) { c.RequireIssuer = true }, right: true},
	} {
		t.Run(name, func(t *testing.T) {
			config := stepup.Config{
				Issuer: issuer, AuthURL: issuer + "/auth", TokenURL: issuer + "/token", KeysURL: issuer + "/jwks",
				ClientID: "cognito", ClientSecret: stepup.Secret("s3cret+canary"), RedirectURL: callback,
				Claim: "sub", Attribute: "custom:idp_sub", ACR: []string{"mfa"}, AMR: []string{"otp"}, AllowLoopback: true,
			}
			if tc.configure != nil {
				tc.configure(&config)
			}
			m, err := stepup.New(config, trigger.NewMemory(nil))
			if err != nil {
				t.Fatal(err)
			}
			q, err := m.Create(t.Context(), trigger.CreateInput{User: ann, Now: time.Now()})
			if err != nil {
				t.Fatal(err)
			}
			back := browse(t, q.Public[redirect.ParamURL], issuer, tc.who)
			if tc.change != nil {
				tc.change(q, back)
			}
			verify := func(round string) trigger.Verdict {
				v, err := m.Verify(t.Context(), trigger.VerifyInput{User: ann, Private: q.Private, Answer: answerOf(back), Round: round, Now: time.Now()})
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			if v := verify("r"); v.Correct != tc.right {
				t.Errorf("correct %t (%s), want %t", v.Correct, v.Reason, tc.right)
			}
			if v := verify("r2"); v.Correct {
				t.Error("a code is taken twice")
			}
		})
	}
}
