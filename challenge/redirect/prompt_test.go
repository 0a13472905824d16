package redirect_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/redirect"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

const (
	session = "session-canary"
	state   = "state-0123456789abcdefghijklmnopqrstuvwxyz"
)

// custom makes the challenge of public parameters, as package auth does.
func custom(t testing.TB, public map[string]string) *challenge.Custom {
	t.Helper()
	c, err := wire.NewChallenge(wire.Step{Name: wire.CustomChallenge, Session: session, Username: "ann", Parameters: public})
	if err != nil {
		t.Fatal(err)
	}
	return c.(*challenge.Custom)
}

func good() map[string]string {
	return map[string]string{
		redirect.ParamURL: "https://idp.example/authorize?x=y", redirect.ParamState: state, redirect.ParamExpires: "1772366700",
	}
}

func prompt(t testing.TB) *redirect.Prompt {
	t.Helper()
	p, err := redirect.Parse(custom(t, good()))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// sent is what an answer sends.
func sent(a challenge.Answer) string { return wire.ReadAnswer(a).Responses[wire.KeyAnswer] }

// A Prompt that Parse has not made answers nothing.
func TestZeroPrompt(t *testing.T) {
	t.Parallel()
	var zero redirect.Prompt
	for _, query := range []url.Values{nil, {"state": {""}, "code": {"c"}}} {
		if a, err := zero.Answer(query); !errors.Is(err, redirect.ErrState) || a != (challenge.Answer{}) {
			t.Errorf("%v: %v, %v", query, a, err)
		}
	}
	if a := zero.Decline(); a != (challenge.Answer{}) {
		t.Errorf("it declines by %v", a)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	p := prompt(t)
	if p.URL() != good()[redirect.ParamURL] || p.State() != state || !p.Expires().Equal(time.Unix(1772366700, 0)) {
		t.Errorf("got %s, %s, %s", p.URL(), p.State(), p.Expires())
	}
	redacttest.Check(t, p, session)
	if _, err := redirect.Parse(nil); !errors.Is(err, redirect.ErrParameters) {
		t.Errorf("no challenge: %v", err)
	}
	if _, err := redirect.Parse(new(challenge.Custom)); !errors.Is(err, redirect.ErrParameters) {
		t.Errorf("a zero challenge: %v", err)
	}
	for name, tc := range map[string]struct {
		key, value string
		ok         bool
	}{
		"loopback by name":    {redirect.ParamURL, "http://localhost:8080/x", true},
		"loopback by number":  {redirect.ParamURL, "http://127.0.0.1/x", true},
		"loopback of IPv6":    {redirect.ParamURL, "http://[::1]:1/x", true},
		"no address":          {redirect.ParamURL, "", false},
		"a path":              {redirect.ParamURL, "/authorize", false},
		"http":                {redirect.ParamURL, "http://idp.example/", false},
		"like loopback":       {redirect.ParamURL, "http://127.0.0.1.example/", false},
		"a file":              {redirect.ParamURL, "file:///etc/passwd", false},
		"a script":            {redirect.ParamURL, "javascript:alert(1)", false},
		"a program":           {redirect.ParamURL, "ms-msdt://host/x", false},
		"with a user":         {redirect.ParamURL, "https://idp.example@evil.example/", false},
		"with a fragment":     {redirect.ParamURL, "https://idp.example/#x", false},
		"no host":             {redirect.ParamURL, "https:///x", false},
		"line break":          {redirect.ParamURL, "https://idp.example/\n", false},
		"far too long":        {redirect.ParamURL, "https://idp.example/" + strings.Repeat("x", 17<<10), false},
		"no state":            {redirect.ParamState, "", false},
		"state too long":      {redirect.ParamState, strings.Repeat("x", 1025), false},
		"no time":             {redirect.ParamExpires, "", false},
		"time is text":        {redirect.ParamExpires, "soon", false},
		"time before 1970":    {redirect.ParamExpires, "-1", false},
		"time is a fraction":  {redirect.ParamExpires, "1.5", false},
		"time is beyond time": {redirect.ParamExpires, "99999999999999999999", false},
	} {
		public := good()
		public[tc.key] = tc.value
		if _, err := redirect.Parse(custom(t, public)); (err == nil) != tc.ok || err != nil && !errors.Is(err, redirect.ErrParameters) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRedirectURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://idp.example/authorize?redirect_uri=http%3A%2F%2F127.0.0.1%3A8400%2Fcallback": "http://127.0.0.1:8400/callback",
		"https://idp.example/authorize?redirect_uri=https%3A%2F%2Fapp.example%2F&state=x":     "https://app.example/",
		"https://idp.example/authorize?state=x":                                               "",
		"https://idp.example/authorize?redirect_uri=%zz":                                      "",
	} {
		public := good()
		public[redirect.ParamURL] = address
		p, err := redirect.Parse(custom(t, public))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.RedirectURL(); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		query string
		want  string // what is sent
		err   error
	}{
		"code":                {"code=c&state=" + state, `{"code":"c","state":"` + state + `"}`, nil},
		"Duo's code":          {"duo_code=c&state=" + state, `{"code":"c","state":"` + state + `"}`, nil},
		"with issuer":         {"code=c&iss=https://idp&state=" + state, `{"code":"c","state":"` + state + `","iss":"https://idp"}`, nil},
		"with more":           {"code=c&session_state=x&state=" + state, `{"code":"c","state":"` + state + `"}`, nil},
		"no state":            {"code=c", "", redirect.ErrState},
		"other state":         {"code=c&state=x", "", redirect.ErrState},
		"state twice":         {"code=c&state=" + state + "&state=" + state, "", redirect.ErrState},
		"no code":             {"state=" + state, "", redirect.ErrNoCode},
		"empty code":          {"code=&state=" + state, "", redirect.ErrNoCode},
		"code twice":          {"code=a&code=b&state=" + state, "", redirect.ErrNoCode},
		"both codes":          {"code=a&duo_code=b&state=" + state, "", redirect.ErrNoCode},
		"issuer twice":        {"code=a&iss=b&iss=c&state=" + state, "", redirect.ErrNoCode},
		"code too long":       {"code=" + strings.Repeat("c", 9000) + "&state=" + state, "", redirect.ErrNoCode},
		"error, other state":  {"error=access_denied&state=x", "", redirect.ErrState},
		"nothing":             {"", "", redirect.ErrState},
		"state of the prefix": {"code=c&state=" + state[:len(state)-1], "", redirect.ErrState},
	} {
		query, err := url.ParseQuery(tc.query)
		if err != nil {
			t.Fatal(err)
		}
		a, err := prompt(t).Answer(query)
		if !errors.Is(err, tc.err) || err == nil && sent(a) != tc.want {
			t.Errorf("%s: sends %s, %v; want %s, %v", name, sent(a), err, tc.want, tc.err)
		}
	}
	for text, want := range map[string]string{"access_denied": "access_denied", "login_required": "login_required", "<script>": "other", "": "other"} {
		var denied *redirect.DeniedError
		_, err := prompt(t).Answer(url.Values{"state": {state}, "error": {text}, "code": {"c"}})
		if !errors.As(err, &denied) || denied.Code != want || !strings.Contains(err.Error(), "("+want+")") {
			t.Errorf("error %q: %v", text, err)
		}
	}
	var fields map[string]string
	if err := json.Unmarshal([]byte(sent(prompt(t).Decline())), &fields); err != nil || fields["code"] != "" || fields["state"] != state {
		t.Errorf("declining sends %v, %v", fields, err)
	}
}

func ExamplePrompt_Answer() {
	c, err := wire.NewChallenge(wire.Step{Name: wire.CustomChallenge, Session: "session", Username: "ann", Parameters: map[string]string{
		"auth_url": "https://idp.example/authorize?state=s1", "state": "s1", "expires_at": "1772366700",
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := redirect.Parse(c.(*challenge.Custom)) // what auth.Client.Begin returned
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("send the browser to", p.URL(), "until", p.Expires())

	// The browser comes back to the redirect URL.
	answer, err := p.Answer(url.Values{"state": {"s1"}, "code": {"abc"}})
	fmt.Println(answer, err) // for auth.Client.Respond
	_, err = p.Answer(url.Values{"state": {"s2"}, "code": {"abc"}})
	fmt.Println(err)
	// Output:
	// send the browser to https://idp.example/authorize?state=s1 until 2026-03-01 12:05:00 +0000 UTC
	// answer(CUSTOM_CHALLENGE) <nil>
	// redirect: the redirect has another state: it does not belong to this sign-in
}

// Whatever a redirect says, an answer has the right state and a code, or there
// is none.
func FuzzAnswer(f *testing.F) {
	seeds := []string{"code=c&state=" + state, "duo_code=c&state=" + state, "error=x&state=" + state, "code=a&code=b", "%zz", "state=" + state}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range seeds {
		f.Add(seed)
	}
	p := prompt(f)
	f.Fuzz(func(t *testing.T, raw string) {
		query, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		a, err := p.Answer(query)
		if err != nil {
			return
		}
		var fields map[string]string
		if err := json.Unmarshal([]byte(sent(a)), &fields); err != nil || fields["state"] != state || fields["code"] == "" || query.Get("state") != state {
			t.Errorf("%q makes %s, %v", raw, sent(a), err)
		}
	})
}
