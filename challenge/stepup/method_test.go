package stepup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"github.com/cognitomfa/cognitomfa/challenge/redirect"
	"github.com/cognitomfa/cognitomfa/challenge/stepup"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/internal/idptest"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
)

const (
	clientID     = "cognito app" // a space has to be escaped in the header
	clientSecret = "s3cret+canary"
	callback     = "https://app.example/callback"
)

var now = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func still() time.Time { return now }

// far is a provider and a configuration that fits it.
type far struct {
	idp    *idptest.OIDC
	url    string
	config stepup.Config
}

func newFar(t testing.TB) far {
	t.Helper()
	idp := idptest.NewOIDC(clientID, clientSecret, callback)
	idp.Now = still
	server := httptest.NewServer(idp)
	t.Cleanup(server.Close)
	return far{idp, server.URL, stepup.Config{
		Issuer: server.URL, AuthURL: server.URL + idptest.OIDCAuthorize, TokenURL: server.URL + idptest.OIDCToken, KeysURL: server.URL + idptest.OIDCKeys,
		ClientID: clientID, ClientSecret: stepup.Secret(clientSecret), RedirectURL: callback,
		Claim: "sub", Attribute: "custom:idp_sub", ACR: []string{"mfa", "mfa-hw"}, AMR: []string{"mfa"},
		AllowLoopback: true, Now: still,
	}}
}

func (f far) method(t testing.TB) *stepup.Method {
	t.Helper()
	m, err := stepup.New(f.config, trigger.NewMemory(still))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var ann = trigger.User{Name: "ann-uuid", PoolID: "p", ClientID: "c", Attributes: map[string]string{
	"custom:idp_sub": "sub-ann", "email": "ann@example.com", "email_verified": "true", "preferred_username": "ann",
}}

func ask(t testing.TB, m *stepup.Method, u trigger.User) trigger.Question {
	t.Helper()
	q, err := m.Create(t.Context(), trigger.CreateInput{User: u, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// pass authenticates at the provider and returns the redirect's query.
func pass(t testing.TB, q trigger.Question, who string) url.Values {
	t.Helper()
	back, err := idptest.Visit(t.Context(), http.DefaultClient, q.Public[redirect.ParamURL], idptest.Visitor{User: who})
	if err != nil {
		t.Fatal(err)
	}
	return back.Query()
}

func answerOf(query url.Values) string {
	text, _ := json.Marshal(map[string]string{"code": query.Get("code"), "state": query.Get("state"), "iss": query.Get("iss")})
	return string(text)
}

func verify(t testing.TB, m *stepup.Method, u trigger.User, q trigger.Question, answer string) trigger.Verdict {
	t.Helper()
	v, err := m.Verify(t.Context(), trigger.VerifyInput{User: u, Private: q.Private, Answer: answer, Round: "round", Now: now.Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	if v.Correct == (v.Reason != "") {
		t.Errorf("correct is %t for the reason %q", v.Correct, v.Reason)
	}
	for _, secret := range []string{clientSecret, "sub-ann", q.Private["state"]} {
		if secret != "" && strings.Contains(v.Reason, secret) {
			t.Errorf("the reason %q tells too much", v.Reason)
		}
	}
	return v
}

// Everything that may be wrong with the id token, one at a time.
func TestTokenDeviations(t *testing.T) {
	t.Parallel()
	set := func(name string, value any) func(map[string]any) { return func(c map[string]any) { c[name] = value } }
	drop := func(name string) func(map[string]any) { return func(c map[string]any) { delete(c, name) } }
	in := func(d time.Duration) int64 { return now.Add(d).Unix() }
	key := idptest.NewOIDC("", "", "").PrivateKey()
	for name, tc := range map[string]struct {
		change    func(map[string]any)
		configure func(*stepup.Config)
		algorithm jose.SignatureAlgorithm
		key       any
		kid       string
		raw       string
		right     bool
	}{
		"good":                              {right: true},
		"other issuer":                      {change: set("iss", "https://other.example")},
		"issuer with a slash":               {change: func(c map[string]any) { c["iss"] = c["iss"].(string) + "/" }},
		"no issuer":                         {change: drop("iss")},
		"other audience":                    {change: set("aud", "other")},
		"two audiences without azp":         {change: set("aud", []string{clientID, "other"})},
		"two audiences with our azp":        {change: func(c map[string]any) { c["aud"], c["azp"] = []string{clientID, "other"}, clientID }, right: true},
		"other azp":                         {change: set("azp", "other")},
		"expired":                           {change: set("exp", in(-time.Second))},
		"no expiry":                         {change: drop("exp")},
		"not valid yet":                     {change: set("nbf", in(10*time.Minute))},
		"other nonce":                       {change: set("nonce", "x")},
		"no nonce":                          {change: drop("nonce")},
		"nonce is a list":                   {change: set("nonce", []string{"x"})},
		"second class of those allowed":     {change: set("acr", "mfa-hw"), right: true},
		"lower class":                       {change: set("acr", "pwd")},
		"no class":                          {change: drop("acr")},
		"no class, none required":           {change: drop("acr"), configure: func(c *stepup.Config) { c.ACR = nil }, right: true},
		"other methods":                     {change: set("amr", []string{"pwd"})},
		"no methods":                        {change: drop("amr")},
		"methods as text":                   {change: set("amr", "mfa")},
		"no methods, none required":         {change: drop("amr"), configure: func(c *stepup.Config) { c.AMR = nil }, right: true},
		"authenticated before the question": {change: set("auth_time", in(-2*time.Minute))},
		"authenticated tomorrow":            {change: set("auth_time", in(24*time.Hour))},
		"no time of authentication":         {change: drop("auth_time")},
		"time of authentication is text":    {change: set("auth_time", "now")},
		"before, within MaxAge":             {change: set("auth_time", in(-2*time.Minute)), configure: func(c *stepup.Config) { c.MaxAge = time.Hour }, right: true},
		"before, whenever":                  {change: drop("auth_time"), configure: func(c *stepup.Config) { c.MaxAge = -1 }, right: true},
		"at_hash of another token":          {change: set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA")},
		"no at_hash":                        {change: drop("at_hash"), right: true},
		"somebody else":                     {change: set("sub", "sub-bob")},
		"nobody":                            {change: drop("sub")},
		"sub is a number":                   {change: set("sub", 1)},
		"bound to preferred_username":       {configure: bind("preferred_username", "preferred_username"), right: true},
		"preferred_username in capitals":    {configure: bind("preferred_username", "preferred_username"), change: set("preferred_username", "Ann")},
		"preferred_username is a list":      {configure: bind("preferred_username", "preferred_username"), change: set("preferred_username", []string{"ann"})},
		"bound to the canonical name":       {configure: bind("preferred_username", "cognito:username"), change: set("preferred_username", "ann-uuid"), right: true},
		"bound to the address":              {configure: bind("email", "email"), right: true},
		"address verified, as text":         {configure: bind("email", "email"), change: set("email_verified", "true"), right: true},
		"address not verified":              {configure: bind("email", "email"), change: set("email_verified", false)},
		"address verified by hearsay":       {configure: bind("email", "email"), change: drop("email_verified")},
		"other address":                     {configure: bind("email", "email"), change: set("email", "bob@example.com")},
		"HS256 by the secret":               {algorithm: jose.HS256, key: bytes.Repeat([]byte(clientSecret), 4)},
		"RS512, not configured":             {algorithm: jose.RS512, key: key, kid: idptest.KeyID, change: drop("at_hash")}, // which has another hash
		"RS512, configured":                 {algorithm: jose.RS512, key: key, kid: idptest.KeyID, configure: func(c *stepup.Config) { c.Algorithms = []string{"RS512"}; c.AMR = nil }, change: drop("at_hash"), right: true},
		"unknown key":                       {algorithm: jose.RS256, key: key, kid: "key-2"},
		"unsigned":                          {raw: "eyJhbGciOiJub25lIn0.e30."},
		"no token":                          {raw: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFar(t)
			if tc.configure != nil {
				tc.configure(&f.config)
			}
			f.idp.Tamper(func(claims map[string]any) (string, error) {
				claims = maps.Clone(claims)
				if tc.change != nil {
					tc.change(claims)
				}
				if tc.raw != "" {
					return tc.raw, nil
				}
				if tc.key == nil {
					return idptest.Sign(jose.RS256, key, idptest.KeyID, claims)
				}
				return idptest.Sign(tc.algorithm, tc.key, tc.kid, claims)
			})
			m := f.method(t)
			q := ask(t, m, ann)
			if v := verify(t, m, ann, q, answerOf(pass(t, q, "ann"))); v.Correct != tc.right {
				t.Errorf("correct is %t, want %t: %s", v.Correct, tc.right, v.Reason)
			}
		})
	}
}

func bind(claim, attribute string) func(*stepup.Config) {
	return func(c *stepup.Config) { c.Claim, c.Attribute = claim, attribute }
}

// Everything that may be wrong with the answer.
func TestAnswerDeviations(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change    func(a map[string]any, f far)
		configure func(*stepup.Config)
		private   func(map[string]string)
		raw       string
		right     bool
		calls     bool // the provider was asked
	}{
		"good":                {right: true, calls: true},
		"other state":         {change: func(a map[string]any, _ far) { a["state"] = strings.Repeat("x", 43) }},
		"no state":            {change: func(a map[string]any, _ far) { delete(a, "state") }},
		"state cut short":     {change: func(a map[string]any, _ far) { a["state"] = a["state"].(string)[:42] }},
		"state is a list":     {change: func(a map[string]any, _ far) { a["state"] = []any{a["state"]} }},
		"no code":             {change: func(a map[string]any, _ far) { delete(a, "code") }},
		"unknown code":        {change: func(a map[string]any, _ far) { a["code"] = "x" }, calls: true},
		"code is too long":    {change: func(a map[string]any, _ far) { a["code"] = strings.Repeat("x", 9000) }},
		"other issuer":        {change: func(a map[string]any, _ far) { a["iss"] = "https://evil.example" }},
		"no issuer":           {change: func(a map[string]any, _ far) { delete(a, "iss") }, right: true, calls: true},
		"no issuer, required": {change: func(a map[string]any, _ far) { delete(a, "iss") }, configure: func(c *stepup.Config) { c.RequireIssuer = true }},
		"a null":              {raw: "null"},
		"a list":              {raw: "[]"},
		"nothing":             {raw: ""},
		"no JSON":             {raw: "{"},
		"two values":          {raw: "{}{}"},
		"no private state":    {private: func(p map[string]string) { p["state"] = "" }, change: func(a map[string]any, _ far) { a["state"] = "" }},
		"no private nonce":    {private: func(p map[string]string) { delete(p, "nonce") }},
		"no private verifier": {private: func(p map[string]string) { delete(p, "pkce_verifier") }},
		"other verifier":      {private: func(p map[string]string) { p["pkce_verifier"] = strings.Repeat("x", 43) }, calls: true},
		"no private expiry":   {private: func(p map[string]string) { delete(p, "expires_at") }},
		"expired":             {private: func(p map[string]string) { p["expires_at"] = fmt.Sprint(now.Add(time.Minute).Unix()) }},
		"other private name":  {private: func(p map[string]string) { p["subject"] = "sub-bob" }},
		"nothing private":     {private: func(p map[string]string) { clear(p) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFar(t)
			if tc.configure != nil {
				tc.configure(&f.config)
			}
			m := f.method(t)
			q := ask(t, m, ann)
			answer := tc.raw
			query := pass(t, q, "ann")
			if tc.raw == "" && (tc.change != nil || tc.private != nil || tc.right) {
				a := map[string]any{"code": query.Get("code"), "state": query.Get("state"), "iss": query.Get("iss")}
				if tc.change != nil {
					tc.change(a, f)
				}
				text, err := json.Marshal(a)
				if err != nil {
					t.Fatal(err)
				}
				answer = string(text)
			}
			if tc.private != nil {
				tc.private(q.Private)
			}
			before := len(f.idp.Calls())
			v := verify(t, m, ann, q, answer)
			if asked := len(f.idp.Calls()) > before; v.Correct != tc.right || asked != tc.calls {
				t.Errorf("correct is %t, asked the provider %t, want %t and %t: %s", v.Correct, asked, tc.right, tc.calls, v.Reason)
			}
			// What was refused without a call has spent nothing.
			if !tc.calls && tc.private == nil && tc.configure == nil {
				if v := verify(t, m, ann, q, answerOf(query)); !v.Correct {
					t.Errorf("the right answer after it: %s", v.Reason)
				}
			}
		})
	}
}

// The provider is not asked for anything before there is a code, and never for
// its discovery document.
func TestCalls(t *testing.T) {
	t.Parallel()
	f := newFar(t)
	m := f.method(t)
	q := ask(t, m, ann)
	if calls := f.idp.Calls(); len(calls) != 0 {
		t.Errorf("the question took the calls %q", calls)
	}
	for range 2 {
		if v := verify(t, m, ann, q, answerOf(pass(t, q, "ann"))); !v.Correct {
			t.Error(v.Reason)
		}
		q = ask(t, m, ann)
	}
	got := fmt.Sprint(f.idp.Calls())
	if want := "[/authorize /authorize /token /keys /authorize /authorize /token]"; got != want {
		t.Errorf("calls %s, want %s", got, want)
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	f := newFar(t)
	f.config.LoginHint = func(u trigger.User) string { return u.Attributes["email"] }
	f.config.Scopes = []string{"email"}
	f.config.Parameters = func(trigger.User) map[string]string {
		return map[string]string{
			"ui_locales": "de", "state": "evil", "client_id": "evil", "redirect_uri": "https://evil.example", "nonce": "evil",
			"code_challenge": "evil", "scope": "evil", "request_uri": "evil", "response_mode": "fragment", "response_type": "token",
		}
	}
	query := func(u trigger.User) (url.Values, trigger.Question) {
		q := ask(t, f.method(t), u)
		address, err := url.Parse(q.Public[redirect.ParamURL])
		if err != nil {
			t.Fatal(err)
		}
		return address.Query(), q
	}
	got, q := query(ann)
	want := map[string]string{
		"client_id": clientID, "redirect_uri": callback, "response_type": "code", "scope": "openid email",
		"state": q.Private["state"], "nonce": q.Private["nonce"], "code_challenge": oauth2.S256ChallengeFromVerifier(q.Private["pkce_verifier"]),
		"code_challenge_method": "S256", "acr_values": "mfa mfa-hw", "max_age": "0", "prompt": "login", "login_hint": "ann@example.com", "ui_locales": "de",
	}
	for k, v := range want {
		if got.Get(k) != v || len(got[k]) != 1 {
			t.Errorf("%s is %q, want %q", k, got[k], v)
		}
	}
	if len(got) != len(want) {
		t.Errorf("the address has %v", got)
	}
	// The client sees the address, the state and the time, and nothing private.
	for _, private := range []string{"pkce_verifier", "subject"} {
		for k, v := range q.Public {
			if strings.Contains(v, q.Private[private]) {
				t.Errorf("%s shows the %s", k, private)
			}
		}
	}
	if second, _ := query(ann); second.Get("state") == got.Get("state") || second.Get("nonce") == got.Get("nonce") {
		t.Error("two questions share their randomness")
	}
	unknown, _ := query(trigger.User{Name: "typed", Unknown: true})
	if unknown.Get("login_hint") != "typed" || len(unknown) != len(got) {
		t.Errorf("an unknown user is sent to %v", unknown)
	}
	f.config.ACRClaim, f.config.ACR, f.config.MaxAge = true, []string{"otp sms"}, time.Hour
	f.config.Parameters = func(trigger.User) map[string]string {
		return map[string]string{"claims": `{"id_token":{"username":"ann"}}`}
	}
	got, _ = query(ann)
	const claims = `{"id_token":{"acr":{"essential":true,"values":["otp sms"]},"username":"ann"}}`
	if got.Get("claims") != claims || got.Has("acr_values") || got.Get("max_age") != "3600" || got.Has("prompt") {
		t.Errorf("the address has %v", got)
	}
	bare := ann
	bare.Attributes = map[string]string{"email": "ann@example.com"}
	if _, err := f.method(t).Create(t.Context(), trigger.CreateInput{User: bare, Now: now}); !errors.Is(err, stepup.ErrNoSubject) {
		t.Errorf("a user without the attribute: %v", err)
	}
	f.config.Claim, f.config.Attribute = "email", "email"
	if _, err := f.method(t).Create(t.Context(), trigger.CreateInput{User: bare, Now: now}); !errors.Is(err, stepup.ErrNoSubject) {
		t.Errorf("a user whose address is not verified: %v", err)
	}
}

// The client's secret: in the header, in the form, none, rotated, out of reach.
func TestClientSecret(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	for name, tc := range map[string]struct {
		secret func(context.Context, bool) (string, error)
		style  oauth2.AuthStyle
		inBody bool
		right  bool
		err    error
		tokens int // calls to the token endpoint
	}{
		"in the header":    {secret: stepup.Secret(clientSecret), right: true, tokens: 1},
		"in the form":      {secret: stepup.Secret(clientSecret), style: oauth2.AuthStyleInParams, inBody: true, right: true, tokens: 1},
		"the other way":    {secret: stepup.Secret(clientSecret), inBody: true, tokens: 1}, // not tried both ways
		"wrong":            {secret: stepup.Secret("wrong"), tokens: 1},
		"rotated":          {secret: rotating("old", clientSecret, nil), right: true, tokens: 2},
		"rotated to wrong": {secret: rotating("old", "older", nil), tokens: 2},
		"not to be had":    {secret: func(context.Context, bool) (string, error) { return "", gone }, err: gone},
		"no fresh one":     {secret: rotating("old", "", gone), err: gone, tokens: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFar(t)
			f.idp.SecretInBody = tc.inBody
			f.config.ClientSecret, f.config.AuthStyle = tc.secret, tc.style
			m := f.method(t)
			q := ask(t, m, ann)
			v, err := m.Verify(t.Context(), trigger.VerifyInput{User: ann, Private: q.Private, Answer: answerOf(pass(t, q, "ann")), Round: "r", Now: now})
			tokens := strings.Count(strings.Join(f.idp.Calls(), " "), idptest.OIDCToken)
			if v.Correct != tc.right || !errors.Is(err, tc.err) || tokens != tc.tokens {
				t.Errorf("correct %t (%s), error %v, %d token calls; want %t, %v, %d", v.Correct, v.Reason, err, tokens, tc.right, tc.err, tc.tokens)
			}
		})
	}
}

func rotating(old, fresh string, err error) func(context.Context, bool) (string, error) {
	return func(_ context.Context, refresh bool) (string, error) {
		if refresh {
			return fresh, err
		}
		return old, nil
	}
}

// A provider that misbehaves makes a wrong answer, and no panic.
func TestHostileProvider(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"500":             func(w http.ResponseWriter, _ *http.Request) { http.Error(w, clientSecret, 500) },
		"no JSON":         func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "x") },
		"null":            func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "null") },
		"no id token":     func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"access_token":"x"}`) },
		"id token a list": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"access_token":"x","id_token":["x"]}`) },
		"redirect":        func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusTemporaryRedirect) },
		"8 MB":            func(w http.ResponseWriter, _ *http.Request) { w.Write(bytes.Repeat([]byte(" "), 8<<20)) },
		"connection cut":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"error in a query": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprint(w, "error=invalid_client")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFar(t)
			server := httptest.NewServer(handler)
			t.Cleanup(server.Close)
			f.config.TokenURL = server.URL
			m := f.method(t)
			q := ask(t, m, ann)
			if v := verify(t, m, ann, q, answerOf(pass(t, q, "ann"))); v.Correct {
				t.Error("it lets the user in")
			}
			f.config.TokenURL, f.config.KeysURL = f.url+idptest.OIDCToken, server.URL
			m = f.method(t)
			q = ask(t, m, ann)
			if v := verify(t, m, ann, q, answerOf(pass(t, q, "ann"))); v.Correct {
				t.Error("without the provider's keys it lets the user in")
			}
		})
	}
}

// Who redirects the exchange elsewhere gets neither the secret nor a right answer.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	f := newFar(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, f.url+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	t.Cleanup(server.Close)
	f.config.TokenURL = server.URL + idptest.OIDCToken
	m := f.method(t)
	q := ask(t, m, ann)
	if v := verify(t, m, ann, q, answerOf(pass(t, q, "ann"))); v.Correct || strings.Contains(strings.Join(f.idp.Calls(), " "), idptest.OIDCToken) {
		t.Errorf("correct %t after the calls %q", v.Correct, f.idp.Calls())
	}
}

// Keys that come in a flood are not read to its end.
func TestFlood(t *testing.T) {
	t.Parallel()
	f := newFar(t)
	for size, right := range map[int]bool{100: true, 2 << 20: false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Write(bytes.Repeat([]byte(" "), size)) // which JSON allows
			f.idp.ServeHTTP(w, r)
		}))
		t.Cleanup(server.Close)
		f.config.KeysURL = server.URL + idptest.OIDCKeys
		m := f.method(t)
		q := ask(t, m, ann)
		if v := verify(t, m, ann, q, answerOf(pass(t, q, "ann"))); v.Correct != right {
			t.Errorf("after %d bytes: correct %t (%s)", size, v.Correct, v.Reason)
		}
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	good := newFar(t).config
	for name, change := range map[string]func(*stepup.Config){
		"no issuer":           func(c *stepup.Config) { c.Issuer = "" },
		"no client id":        func(c *stepup.Config) { c.ClientID = "" },
		"no claim":            func(c *stepup.Config) { c.Claim = "" },
		"no attribute":        func(c *stepup.Config) { c.Attribute = "" },
		"no keys":             func(c *stepup.Config) { c.KeysURL = "" },
		"keys by http":        func(c *stepup.Config) { c.KeysURL = "http://idp.example/keys" },
		"loopback not wanted": func(c *stepup.Config) { c.AllowLoopback = false },
		"token URL a path":    func(c *stepup.Config) { c.TokenURL = "/token" },
		"user in a URL":       func(c *stepup.Config) { c.AuthURL = "https://u:p@idp.example/" },
		"fragment":            func(c *stepup.Config) { c.RedirectURL = "https://app.example/#x" },
		"HS256":               func(c *stepup.Config) { c.Algorithms = []string{"HS256"} },
		"none":                func(c *stepup.Config) { c.Algorithms = []string{"RS256", "none"} },
		"ACR with a space":    func(c *stepup.Config) { c.ACR = []string{"otp sms"} },
		"empty ACR":           func(c *stepup.Config) { c.ACR = []string{""} },
		"negative validity":   func(c *stepup.Config) { c.Validity = -1 },
	} {
		c := good
		change(&c)
		if _, err := stepup.New(c, trigger.NewMemory(nil)); !errors.Is(err, stepup.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := stepup.New(good, nil); !errors.Is(err, stepup.ErrConfig) {
		t.Errorf("no store: %v", err)
	}
	m, err := stepup.New(good, trigger.NewMemory(nil))
	if err != nil || m.Name() != "stepup" {
		t.Errorf("%v, %v", m.Name(), err)
	}
	redacttest.Check(t, m, clientSecret)
}
