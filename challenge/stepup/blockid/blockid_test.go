package blockid_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/internal/methodtest"
	"github.com/cognitomfa/cognitomfa/challenge/redirect"
	"github.com/cognitomfa/cognitomfa/challenge/stepup"
	"github.com/cognitomfa/cognitomfa/challenge/stepup/blockid"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/internal/idptest"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

const (
	community = "default"
	root      = "/oauth2/community/default/v1"
	secret    = "blockid-secret"
)

// serve starts a tenant, and returns a configuration that fits it.
func serve(t testing.TB, now func() time.Time) (*idptest.BlockID, blockid.Config) {
	t.Helper()
	b := idptest.NewBlockID(community, "client", secret, "")
	b.Now = now
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	b.Serve(server.URL)
	return b, blockid.Config{
		Tenant: strings.TrimPrefix(server.URL, "http://"), Community: community,
		Issuer: server.URL, KeysURL: server.URL + root + idptest.BlockIDKeys,
		AuthURL: server.URL + root + "/authorize", TokenURL: server.URL + root + "/token",
		RedirectURL: server.URL + "/admin/default/post_stepup",
		ClientID:    "client", ClientSecret: stepup.Secret(secret),
		Claim: "sub", Attribute: "custom:idp_sub", ACR: []string{blockid.LiveIDPush, blockid.OTP},
		AllowLoopback: true, Now: now,
	}
}

// frame shows BlockID's page in a frame, passes as somebody, and returns the
// message that the page sends.
func frame(t *testing.T, p *blockid.Prompt, who idptest.Visitor) string {
	t.Helper()
	back, err := idptest.Visit(t.Context(), http.DefaultClient, p.URL(), who)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Get(back.String())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(page), "postMessage(") {
		t.Fatalf("no page that sends a message: %s, %v", page, err)
	}
	q := back.Query()
	message, err := json.Marshal(map[string]string{"code": q.Get("code"), "state": q.Get("state"), "error": q.Get("error")})
	if err != nil {
		t.Fatal(err)
	}
	return string(message)
}

func parse(t *testing.T, c *challenge.Custom) *blockid.Prompt {
	t.Helper()
	p, err := blockid.Parse(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Whole sign-ins with BlockID in a frame as the second factor.
func TestInThePool(t *testing.T) {
	t.Parallel()
	methodtest.Run(t, func(t *testing.T, store trigger.Store, now func() time.Time) methodtest.Far {
		b, config := serve(t, now)
		m, err := blockid.New(config, store)
		if err != nil {
			t.Fatal(err)
		}
		return methodtest.Far{
			Method: m, Chooses: true, Down: func() { b.SetDown(true) }, Transplant: methodtest.WithState,
			Answer: func(t *testing.T, c *challenge.Custom, who string) challenge.Answer {
				p := parse(t, c)
				if who == "" {
					return p.Decline()
				}
				a, err := p.AnswerMessage(p.Origin(), frame(t, p, idptest.Visitor{User: who}))
				if err != nil {
					t.Fatal(err)
				}
				return a
			},
		}
	})
}

// custom makes the challenge of public parameters, as package auth does.
func custom(t *testing.T, public map[string]string) *challenge.Custom {
	t.Helper()
	c, err := wire.NewChallenge(wire.Step{Name: wire.CustomChallenge, Session: "session", Username: "ann", Parameters: public})
	if err != nil {
		t.Fatal(err)
	}
	return c.(*challenge.Custom)
}

var (
	now = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	ann = trigger.User{Name: "ann", PoolID: "p", Attributes: map[string]string{"custom:idp_sub": "sub-ann"}}
)

func still() time.Time { return now }

func ask(t *testing.T, config blockid.Config, u trigger.User) (*blockid.Method, trigger.Question) {
	t.Helper()
	m, err := blockid.New(config, trigger.NewMemory(still))
	if err != nil {
		t.Fatal(err)
	}
	q, err := m.Create(t.Context(), trigger.CreateInput{User: u, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return m, q
}

func TestQuestion(t *testing.T) {
	t.Parallel()
	_, config := serve(t, still)
	config.Tenant, config.AuthURL, config.RedirectURL = "acme.1kosmos.net", "", ""
	config.Username = func(u trigger.User) string { return u.Name + "@acme" }
	_, q := ask(t, config, ann)
	p := parse(t, custom(t, q.Public))
	address, err := url.Parse(p.URL())
	if err != nil {
		t.Fatal(err)
	}
	if got := address.Scheme + "://" + address.Host + address.Path; got != "https://acme.1kosmos.net/oauth2/community/default/v1/authorize" {
		t.Errorf("the address is %s", got)
	}
	for key, want := range map[string]string{
		"redirect_uri": "https://acme.1kosmos.net/admin/default/post_stepup", "scope": "openid email profile",
		"claims": `{"id_token":{"acr":{"essential":true,"values":["liveID push","otp"]},"username":"ann@acme"}}`,
	} {
		if got := address.Query().Get(key); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	for key, want := range map[string]string{
		blockid.ParamOrigin: "https://acme.1kosmos.net", blockid.ParamTenant: "acme.1kosmos.net", blockid.ParamCommunity: "default",
		blockid.ParamClientID: "client", blockid.ParamACR: "'liveID push','otp'", redirect.ParamState: p.State(),
	} {
		if got := q.Public[key]; got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	_, q = ask(t, config, trigger.User{Name: "typed", Unknown: true})
	if !strings.Contains(q.Public[redirect.ParamURL], "typed") {
		t.Error("an unknown user's address does not have the name that was typed")
	}
}

// The demo takes any reply that has an id token. These are the replies to refuse
// that only a tenant can make.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		configure func(*blockid.Config, *idptest.BlockID)
		who       string
		right     bool
	}{
		"right":                      {right: true},
		"somebody else":              {who: "bob"},
		"weaker factor":              {configure: func(_ *blockid.Config, b *idptest.BlockID) { b.Tamper(with(b, "acr", "otp email")) }},
		"no factor":                  {configure: func(_ *blockid.Config, b *idptest.BlockID) { b.Tamper(with(b, "acr", "")) }},
		"amr in place of acr":        {configure: amr("hwk", "acr", ""), right: true},
		"amr in place of acr, wrong": {configure: amr("face", "acr", blockid.LiveIDPush)},
		"no auth_time":               {configure: func(_ *blockid.Config, b *idptest.BlockID) { b.Tamper(with(b, "auth_time", nil)) }},
		"no auth_time, not wanted": {right: true, configure: func(c *blockid.Config, b *idptest.BlockID) {
			c.MaxAge = -1
			b.Tamper(with(b, "auth_time", nil))
		}},
		"wrong secret": {configure: func(c *blockid.Config, _ *idptest.BlockID) { c.ClientSecret = stepup.Secret("wrong") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, config := serve(t, still)
			if tc.configure != nil {
				tc.configure(&config, b)
			}
			m, q := ask(t, config, ann)
			p := parse(t, custom(t, q.Public))
			a, err := p.AnswerMessage(p.Origin(), frame(t, p, idptest.Visitor{User: tc.who}))
			if err != nil {
				t.Fatal(err)
			}
			v, err := m.Verify(t.Context(), trigger.VerifyInput{
				User: ann, Private: q.Private, Round: "r", Now: now, Answer: wire.ReadAnswer(a).Responses[wire.KeyAnswer],
			})
			if err != nil || v.Correct != tc.right {
				t.Errorf("correct %t (%s), %v, want %t", v.Correct, v.Reason, err, tc.right)
			}
		})
	}
}

// with signs the token with one claim changed, or without it.
func with(b *idptest.BlockID, name string, value any) func(map[string]any) (string, error) {
	return func(claims map[string]any) (string, error) {
		claims[name] = value
		if value == nil {
			delete(claims, name)
		}
		return idptest.Sign("RS256", b.PrivateKey(), idptest.KeyID, claims)
	}
}

func amr(required, name string, value any) func(*blockid.Config, *idptest.BlockID) {
	return func(c *blockid.Config, b *idptest.BlockID) {
		c.AMR = []string{required}
		b.Tamper(with(b, name, value))
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	_, config := serve(t, still)
	_, q := ask(t, config, ann)
	p := parse(t, custom(t, q.Public))
	var denied *redirect.DeniedError
	for name, tc := range map[string]struct {
		origin, data string
		want         error
	}{
		"good":             {p.Origin(), `{"code":"c","state":"` + p.State() + `"}`, nil},
		"without state":    {p.Origin(), `{"code":"c"}`, nil},
		"other state":      {p.Origin(), `{"code":"c","state":"x"}`, redirect.ErrState},
		"empty state":      {p.Origin(), `{"code":"c","state":""}`, redirect.ErrState},
		"other origin":     {"https://evil.example", `{"code":"c"}`, blockid.ErrMessage},
		"no origin":        {"", `{"code":"c"}`, blockid.ErrMessage},
		"origin is longer": {p.Origin() + ".evil.example", `{"code":"c"}`, blockid.ErrMessage},
		"no code":          {p.Origin(), `{}`, blockid.ErrMessage},
		"no JSON":          {p.Origin(), `code`, blockid.ErrMessage},
		"code is a list":   {p.Origin(), `{"code":["c"]}`, blockid.ErrMessage},
		"too long":         {p.Origin(), `{"code":"` + strings.Repeat("c", 20000) + `"}`, blockid.ErrMessage},
	} {
		if _, err := p.AnswerMessage(tc.origin, tc.data); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, err, tc.want)
		}
	}
	if _, err := p.AnswerMessage(p.Origin(), frame(t, p, idptest.Visitor{Deny: true})); !errors.As(err, &denied) || denied.Code != "access_denied" {
		t.Errorf("a user who gave up: %v", err)
	}
	for _, origin := range []string{"", "x", "https://h/", "https://"} {
		q.Public[blockid.ParamOrigin] = origin
		if _, err := blockid.Parse(custom(t, q.Public)); !errors.Is(err, redirect.ErrParameters) {
			t.Errorf("origin %q: %v", origin, err)
		}
	}
	if _, err := blockid.Parse(nil); !errors.Is(err, redirect.ErrParameters) {
		t.Errorf("no challenge: %v", err)
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	_, good := serve(t, still)
	for name, change := range map[string]func(*blockid.Config){
		"no tenant":         func(c *blockid.Config) { c.Tenant = "" },
		"tenant with path":  func(c *blockid.Config) { c.Tenant = "acme.1kosmos.net/x" },
		"no community":      func(c *blockid.Config) { c.Community = "" },
		"no secret":         func(c *blockid.Config) { c.ClientSecret = nil },
		"no factors":        func(c *blockid.Config) { c.ACR = nil },
		"no issuer":         func(c *blockid.Config) { c.Issuer = "" },
		"no keys":           func(c *blockid.Config) { c.KeysURL = "" },
		"no claim":          func(c *blockid.Config) { c.Claim = "" },
		"relative redirect": func(c *blockid.Config) { c.RedirectURL = "/x" },
	} {
		c := good
		change(&c)
		if _, err := blockid.New(c, trigger.NewMemory(nil)); !errors.Is(err, stepup.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ExamplePrompt_AnswerMessage() {
	page := func(p *blockid.Prompt, origin, data string) {
		_, err := p.AnswerMessage(origin, data)
		fmt.Println(err)
	}
	c, err := wire.NewChallenge(wire.Step{Name: wire.CustomChallenge, Session: "session", Username: "ann", Parameters: map[string]string{
		"auth_url": "https://acme.1kosmos.net/oauth2/…", "state": "s1", "expires_at": "1772366700", "frame_origin": "https://acme.1kosmos.net",
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := blockid.Parse(c.(*challenge.Custom)) // what auth.Client.Begin returned
	if err != nil {
		fmt.Println(err)
		return
	}
	page(p, "https://acme.1kosmos.net", `{"code":"abc"}`)
	page(p, "https://evil.example", `{"code":"abc"}`)
	// Output:
	// <nil>
	// blockid: the message has another origin, or is no JSON object with a code
}

// A Prompt that Parse has not made answers nothing.
func TestZeroPrompt(t *testing.T) {
	t.Parallel()
	var zero blockid.Prompt
	if _, err := zero.AnswerMessage("", `{"code":"c"}`); !errors.Is(err, blockid.ErrMessage) {
		t.Error(err)
	}
}
