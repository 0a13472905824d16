package duo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/duo"
	"github.com/cognitomfa/cognitomfa/challenge/redirect"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// script is a provider that does as it is told.
type script struct {
	health, address, exchange error
	logins                    []duo.Login
}

func (s *script) HealthCheck(context.Context) error { return s.health }
func (s *script) AuthURL(_ context.Context, l duo.Login) (string, error) {
	s.logins = append(s.logins, l)
	return "https://duo.example/?state=" + l.State, s.address
}
func (s *script) Exchange(_ context.Context, _ string, l duo.Login) error {
	s.logins = append(s.logins, l)
	return s.exchange
}

func newMethod(t testing.TB, p duo.Provider, optFns ...func(*duo.MethodOptions)) *duo.Method {
	t.Helper()
	m, err := duo.NewMethod(p, trigger.NewMemory(still), optFns...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var ann = trigger.User{Name: "ann-uuid", PoolID: "p", Attributes: map[string]string{
	"email": "ann@example.com", "email_verified": "true", "phone_number": "+15550100", "phone_number_verified": "false", "custom:duo": "ann",
}}

func answerTo(t testing.TB, q trigger.Question, code string) string {
	t.Helper()
	text, err := json.Marshal(map[string]string{"code": code, "state": q.Public[redirect.ParamState]})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestMethod(t *testing.T) {
	t.Parallel()
	p := new(script)
	m := newMethod(t, p, func(o *duo.MethodOptions) { o.Username = duo.Attribute("custom:duo"); o.Name = "push" })
	q, err := m.Create(t.Context(), trigger.CreateInput{User: ann, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	in := trigger.VerifyInput{User: ann, Private: q.Private, Answer: answerTo(t, q, "c"), Round: "r", Now: now}
	v, err := m.Verify(t.Context(), in)
	if err != nil || !v.Correct || m.Name() != "push" {
		t.Errorf("%+v, %v", v, err)
	}
	if len(p.logins) != 2 || p.logins[0] != p.logins[1] || p.logins[0].Username != "ann" || p.logins[0].Decoy {
		t.Errorf("the question was for %+v, the answer", p.logins)
	}
	// The same user under another name is not the one who was asked.
	renamed := ann
	renamed.Attributes = map[string]string{"custom:duo": "bob"}
	in.User = renamed
	if v, err := m.Verify(t.Context(), in); err != nil || v.Correct {
		t.Errorf("renamed in between: %+v, %v", v, err)
	}
}

// What a provider says reaches neither the answer nor the log, unless it is our
// own error.
func TestProviderFails(t *testing.T) {
	t.Parallel()
	foreign := errors.New("canary-body")
	for name, tc := range map[string]struct {
		p      *script
		create bool // fails
	}{
		"health":   {p: &script{health: foreign}, create: true},
		"address":  {p: &script{address: foreign}, create: true},
		"exchange": {p: &script{exchange: foreign}},
		"own":      {p: &script{exchange: &duo.Error{Op: "Exchange", Err: duo.ErrDenied}}},
	} {
		m := newMethod(t, tc.p)
		q, err := m.Create(t.Context(), trigger.CreateInput{User: ann, Now: now})
		if (err != nil) != tc.create || err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: Create: %v", name, err)
		}
		if err != nil {
			continue
		}
		v, err := m.Verify(t.Context(), trigger.VerifyInput{User: ann, Private: q.Private, Answer: answerTo(t, q, "c"), Round: "r", Now: now})
		if err != nil || v.Correct || strings.Contains(v.Reason, "canary") || v.Reason == "" {
			t.Errorf("%s: Verify: %+v, %v", name, v, err)
		}
	}
}

func TestUsernames(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		username func(trigger.User) string
		want     string
	}{
		"canonical":        {duo.Username, "ann-uuid"},
		"verified address": {duo.Attribute("email"), "ann@example.com"},
		"unverified phone": {duo.Attribute("phone_number"), ""},
		"own attribute":    {duo.Attribute("custom:duo"), "ann"},
		"missing":          {duo.Attribute("preferred_username"), ""},
	} {
		p := new(script)
		m := newMethod(t, p, func(o *duo.MethodOptions) { o.Username = tc.username })
		_, err := m.Create(t.Context(), trigger.CreateInput{User: ann, Now: now})
		if tc.want == "" {
			if !errors.Is(err, duo.ErrNoUsername) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || p.logins[0].Username != tc.want {
			t.Errorf("%s: %+v, %v", name, p.logins, err)
		}
	}
	// Who does not exist has no attributes, and is asked all the same.
	p := new(script)
	m := newMethod(t, p, func(o *duo.MethodOptions) { o.Username = duo.Attribute("email") })
	nobody := trigger.User{Name: "typed", Unknown: true, PoolID: "p"}
	q, err := m.Create(t.Context(), trigger.CreateInput{User: nobody, Now: now})
	if err != nil || !p.logins[0].Decoy || p.logins[0].Username != "typed" {
		t.Fatalf("%+v, %v", p.logins, err)
	}
	v, err := m.Verify(t.Context(), trigger.VerifyInput{User: nobody, Private: q.Private, Answer: answerTo(t, q, "c"), Round: "r", Now: now})
	if err != nil || v.Correct {
		t.Errorf("who does not exist passes: %+v, %v", v, err)
	}
}

func TestFailOpen(t *testing.T) {
	t.Parallel()
	const app = "https://app.example/duo?x=y"
	unavailable := &duo.Error{Op: "HealthCheck", Err: fmt.Errorf("%w: x", duo.ErrUnavailable)}
	open := func(o *duo.MethodOptions) { o.InsecureFailOpen = app }
	for name, tc := range map[string]struct {
		health error
		option func(*duo.MethodOptions)
		asked  bool // there is a question
		right  bool
		user   trigger.User
		code   string
	}{
		"closed by default":        {health: unavailable, option: func(*duo.MethodOptions) {}},
		"open":                     {health: unavailable, option: open, asked: true, right: true, user: ann},
		"open, another code":       {health: unavailable, option: open, asked: true, user: ann, code: "x"},
		"open, unknown user":       {health: unavailable, option: open, asked: true, user: trigger.User{Name: "ann-uuid", Unknown: true}},
		"nor do too many requests": {health: &duo.Error{Err: duo.ErrUnavailable, Status: 429}, option: open},
		"wrong keys do not open":   {health: &duo.Error{Err: duo.ErrKeys}, option: open},
		"nor do foreign errors":    {health: errors.New("x"), option: open},
	} {
		m := newMethod(t, &script{health: tc.health}, tc.option)
		user := tc.user
		if user.Name == "" {
			user = ann
		}
		q, err := m.Create(t.Context(), trigger.CreateInput{User: user, Now: now})
		if (err == nil) != tc.asked {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			continue
		}
		// The address leads straight back to the program, which need not know.
		back, err := url.Parse(q.Public[redirect.ParamURL])
		if err != nil || !strings.HasPrefix(back.String(), "https://app.example/duo?") || back.Query().Get("x") != "y" {
			t.Fatalf("%s: the address is %s, %v", name, back, err)
		}
		code := back.Query().Get("duo_code")
		if tc.code != "" {
			code = tc.code
		}
		in := trigger.VerifyInput{User: user, Private: q.Private, Answer: answerTo(t, q, code), Round: "r", Now: now}
		if v, err := m.Verify(t.Context(), in); err != nil || v.Correct != tc.right || q.Reason == "" {
			t.Errorf("%s: %+v, %v; the log says %q", name, v, err, q.Reason)
		}
		in.Answer = `{"code":"duo-unavailable","state":"x"}`
		if v, err := m.Verify(t.Context(), in); err != nil || v.Correct {
			t.Errorf("%s, another state: %+v, %v", name, v, err)
		}
		// A round for which Duo was there has no such way out.
		m = newMethod(t, &script{exchange: unavailable}, tc.option)
		if q, err = m.Create(t.Context(), trigger.CreateInput{User: user, Now: now}); err != nil {
			t.Fatal(err)
		}
		in.Private, in.Answer = q.Private, answerTo(t, q, "duo-unavailable")
		if v, err := m.Verify(t.Context(), in); err != nil || v.Correct {
			t.Errorf("%s, Duo down in between: %+v, %v", name, v, err)
		}
	}
	if _, err := duo.NewMethod(&script{}, trigger.NewMemory(nil), func(o *duo.MethodOptions) { o.InsecureFailOpen = "/relative" }); !errors.Is(err, duo.ErrConfig) {
		t.Errorf("a relative address: %v", err)
	}
}

// That the keys could not be had is no failure of Duo's: a secret that is out of reach,
// by a mistake in a role, must not turn the second factor off.
func TestFailOpenNeedsKeys(t *testing.T) {
	t.Parallel()
	client, err := duo.NewClient(noKeys{}, "https://app.example/duo")
	if err != nil {
		t.Fatal(err)
	}
	m, err := duo.NewMethod(client, trigger.NewMemory(nil), func(o *duo.MethodOptions) { o.InsecureFailOpen = "https://app.example/duo" })
	if err != nil {
		t.Fatal(err)
	}
	q, err := m.Create(t.Context(), trigger.CreateInput{User: ann, Now: now})
	if !errors.Is(err, duo.ErrUnavailable) || q.Private != nil {
		t.Errorf("the question is %v, %v", q.Private, err)
	}
}

type noKeys struct{}

func (noKeys) Keys(context.Context) (duo.Keys, error)    { return duo.Keys{}, errors.New("denied") }
func (noKeys) Refresh(context.Context) (duo.Keys, error) { return duo.Keys{}, errors.New("denied") }

// official stands for another client of Duo, such as
// github.com/duosecurity/duo_universal_golang, which has these three methods
// (with results that are not needed here) and no contexts.
type official interface {
	HealthCheck() error
	CreateAuthURL(username, state string) (string, error)
	ExchangeAuthorizationCodeFor2faResult(code, username string) (result string, err error)
}

// adapter makes it a duo.Provider. decoy is a second one with a made-up secret.
type adapter struct{ duo, decoy official }

func (a adapter) HealthCheck(context.Context) error { return a.duo.HealthCheck() }

func (a adapter) AuthURL(_ context.Context, l duo.Login) (string, error) {
	if l.Decoy {
		return a.decoy.CreateAuthURL(l.Username, l.State)
	}
	return a.duo.CreateAuthURL(l.Username, l.State)
}

func (a adapter) Exchange(_ context.Context, code string, l duo.Login) error {
	result, err := a.duo.ExchangeAuthorizationCodeFor2faResult(code, l.Username)
	if err == nil && result != "allow" {
		err = duo.ErrDenied
	}
	return err
}

// Another client of Duo is plugged in by an adapter.
func ExampleProvider() {
	var client, decoy official // NewClient of that module, with the secret and with a made-up one
	method, err := duo.NewMethod(adapter{client, decoy}, trigger.NewMemory(nil))
	fmt.Println(method.Name(), err)
	// Output:
	// duo <nil>
}

func ExampleNewClient() {
	// Keys from Duo's admin panel; package secrets keeps them in Secrets Manager.
	keys, err := duo.NewKeys("DIXXXXXXXXXXXXXXXXXX", strings.Repeat("deadbeef", 5), "api-deadbeef.duosecurity.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := duo.NewClient(keys, "https://app.example/duo/callback", func(o *duo.ClientOptions) {
		o.HTTPClient = &http.Client{Timeout: 2 * time.Second}
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	method, err := duo.NewMethod(client, trigger.NewMemory(nil), func(o *duo.MethodOptions) {
		o.Username = duo.Attribute("email") // in a pool whose users sign in by address
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	// For the handler of package trigger, which lambda.Start takes.
	handler, err := trigger.New(make([]byte, trigger.MinKey), trigger.NewMemory(nil), []trigger.Method{method})
	fmt.Println(handler != nil, err)
	// Output:
	// true <nil>
}

// Whatever is answered, only the state of the round makes it right.
func FuzzVerify(f *testing.F) {
	m := newMethod(f, new(script)) // at which every code is good
	q, err := m.Create(f.Context(), trigger.CreateInput{User: ann, Now: now})
	if err != nil {
		f.Fatal(err)
	}
	seeds := []string{answerTo(f, q, "c"), "{}", "null", "", `{"code":"c","state":""}`}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		v, err := m.Verify(t.Context(), trigger.VerifyInput{User: ann, Private: q.Private, Answer: answer, Round: "r", Now: now})
		if err != nil || !v.Correct && v.Reason == "" {
			t.Errorf("%q: %+v, %v", answer, v, err)
		}
		var fields struct{ Code, State string }
		if v.Correct && (json.Unmarshal([]byte(answer), &fields) != nil || fields.Code == "" || fields.State != q.Public[redirect.ParamState]) {
			t.Errorf("%q is right", answer)
		}
	})
}
