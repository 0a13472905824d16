package duo_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/cognitomfa/cognitomfa/challenge/duo"
	"github.com/cognitomfa/cognitomfa/internal/idptest"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
)

// The keys of the test suite of Duo's own Go client.
const clientID = "DIXXXXXXXXXXXXXXXXXX"

var (
	clientSecret = strings.Repeat("deadbeef", 5)
	otherSecret  = strings.Repeat("cafebabe", 5)
)

const callback = "http://127.0.0.1:8400/callback"

var now = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// still is a clock that stands at now.
func still() time.Time { return now }

// serveDuo starts a simulated Duo.
func serveDuo(t testing.TB) (*idptest.Duo, string) {
	t.Helper()
	d := idptest.NewDuo(clientID, clientSecret)
	d.Now = still
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	return d, strings.TrimPrefix(server.URL, "http://")
}

func newKeys(t testing.TB, secret, host string) duo.Keys {
	t.Helper()
	k, err := duo.NewKeys(clientID, secret, host)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func local(o *duo.ClientOptions) { o.AllowLoopback, o.Now = true, still }

func newClient(t testing.TB, source duo.KeySource) *duo.Client {
	t.Helper()
	c, err := duo.NewClient(source, callback, local)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newLogin(username string) duo.Login {
	return duo.Login{Username: username, State: strings.Repeat("s", 43), Nonce: strings.Repeat("n", 43)}
}

// visit lets the user pass at the simulated Duo and returns the code.
func visit(t testing.TB, c *duo.Client, l duo.Login) string {
	t.Helper()
	address, err := c.AuthURL(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	back, err := idptest.Visit(t.Context(), http.DefaultClient, address, idptest.Visitor{})
	if err != nil {
		t.Fatal(err)
	}
	if got := back.Query().Get("state"); got != l.State || !strings.HasPrefix(back.String(), callback+"?") {
		t.Fatalf("the browser is sent to %s", back)
	}
	return back.Query().Get("duo_code")
}

func TestClient(t *testing.T) {
	t.Parallel()
	d, host := serveDuo(t)
	c := newClient(t, newKeys(t, clientSecret, host))
	if err := c.HealthCheck(t.Context()); err != nil {
		t.Fatal(err)
	}
	l := newLogin("ann+1@example.com") // a name that has to be escaped in URL and page
	code := visit(t, c, l)
	if err := c.Exchange(t.Context(), code, l); err != nil {
		t.Fatal(err)
	}
	if err := c.Exchange(t.Context(), code, l); !errors.Is(err, duo.ErrCode) {
		t.Errorf("second use of a code: %v", err)
	}
	code = visit(t, c, l)
	other := l
	other.Username = "bob"
	if err := c.Exchange(t.Context(), code, other); !errors.Is(err, duo.ErrToken) {
		t.Errorf("another user's code: %v", err)
	}
	code = visit(t, c, l)
	other = l
	other.Nonce = strings.Repeat("m", 43)
	if err := c.Exchange(t.Context(), code, other); !errors.Is(err, duo.ErrToken) {
		t.Errorf("another round's code: %v", err)
	}
	if got := d.Calls()[0]; got != idptest.DuoHealth {
		t.Errorf("first call %s", got)
	}
}

// A decoy's address has the form of others, and Duo refuses it.
func TestDecoy(t *testing.T) {
	t.Parallel()
	_, host := serveDuo(t)
	c := newClient(t, newKeys(t, clientSecret, host))
	l := newLogin("nobody")
	genuine, err := c.AuthURL(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	l.Decoy = true
	address, err := c.AuthURL(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	parse := func(s string) url.Values {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return u.Query()
	}
	// The same but for the signature, which only Duo can tell from a right one.
	want, got := parse(genuine), parse(address)
	cut := func(v url.Values) string {
		request := v.Get("request")
		v.Set("request", request[:strings.LastIndex(request, ".")])
		return request[strings.LastIndex(request, "."):]
	}
	right, wrong := cut(want), cut(got)
	if fmt.Sprint(want) != fmt.Sprint(got) || right == wrong || len(right) != len(wrong) {
		t.Errorf("the decoy differs:\n%v\n%v", got, want)
	}
	if _, err := idptest.Visit(t.Context(), http.DefaultClient, address, idptest.Visitor{}); err == nil {
		t.Error("Duo takes a decoy")
	}
}

// Everything that may be wrong with Duo's token, one at a time.
func TestTokenDeviations(t *testing.T) {
	t.Parallel()
	key := idptest.DuoKey(clientSecret)
	set := func(name string, value any) func(map[string]any) { return func(c map[string]any) { c[name] = value } }
	drop := func(name string) func(map[string]any) { return func(c map[string]any) { delete(c, name) } }
	in := func(d time.Duration) int64 { return now.Add(d).Unix() }
	rsaKey := idptest.NewOIDC("", "", "").PrivateKey()
	for name, tc := range map[string]struct {
		change    func(map[string]any)
		algorithm jose.SignatureAlgorithm
		key       any
		kid       string
		raw       string
		want      error
	}{
		"good":                           {want: nil},
		"key id that means nothing":      {kid: "../../etc/passwd", want: nil},
		"issuer is the host":             {change: func(c map[string]any) { c["iss"] = strings.TrimSuffix(c["iss"].(string), idptest.DuoToken) }, want: duo.ErrToken},
		"no issuer":                      {change: drop("iss"), want: duo.ErrToken},
		"issuer is a number":             {change: set("iss", 1), want: duo.ErrToken},
		"other audience":                 {change: set("aud", "DIXXXXXXXXXXXXXXXXXY"), want: duo.ErrToken},
		"audience as a list":             {change: set("aud", []string{clientID}), want: nil},
		"two audiences":                  {change: set("aud", []string{clientID, "other"}), want: duo.ErrToken},
		"no audience":                    {change: drop("aud"), want: duo.ErrToken},
		"expired":                        {change: set("exp", in(-61*time.Second)), want: duo.ErrToken},
		"expired within the leeway":      {change: set("exp", in(-59*time.Second)), want: nil},
		"no expiry":                      {change: drop("exp"), want: duo.ErrToken},
		"expiry is text":                 {change: set("exp", "2147483647"), want: duo.ErrToken},
		"issued in the future":           {change: set("iat", in(2*time.Minute)), want: duo.ErrToken},
		"no time of issue":               {change: drop("iat"), want: duo.ErrToken},
		"not valid yet":                  {change: set("nbf", in(2*time.Minute)), want: duo.ErrToken},
		"other nonce":                    {change: set("nonce", "x"), want: duo.ErrToken},
		"no nonce":                       {change: drop("nonce"), want: duo.ErrToken},
		"other user":                     {change: set("preferred_username", "bob"), want: duo.ErrToken},
		"user in capitals":               {change: set("preferred_username", "Ann"), want: duo.ErrToken},
		"no user":                        {change: drop("preferred_username"), want: duo.ErrToken},
		"user is a list":                 {change: set("preferred_username", []string{"ann"}), want: duo.ErrToken},
		"denied":                         {change: set("auth_result", map[string]any{"result": "deny", "status": "deny"}), want: duo.ErrDenied},
		"status allows, result does not": {change: set("auth_result", map[string]any{"result": "", "status": "allow"}), want: duo.ErrDenied},
		"no result":                      {change: drop("auth_result"), want: duo.ErrDenied},
		"result is text":                 {change: set("auth_result", "allow"), want: duo.ErrToken},
		"HS256":                          {algorithm: jose.HS256, key: key, want: duo.ErrToken},
		"HS384":                          {algorithm: jose.HS384, key: key, want: duo.ErrToken},
		"RS256":                          {algorithm: jose.RS256, key: rsaKey, want: duo.ErrToken},
		"wrong secret":                   {algorithm: jose.HS512, key: idptest.DuoKey(otherSecret), want: duo.ErrToken},
		"unsigned":                       {raw: "eyJhbGciOiJub25lIn0.e30.", want: duo.ErrToken},
		"no token":                       {raw: "x", want: duo.ErrToken},
		"two parts":                      {raw: "eyJhbGciOiJIUzUxMiJ9.e30", want: duo.ErrToken},
		"far too long":                   {raw: strings.Repeat("x", 65<<10), want: duo.ErrToken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, host := serveDuo(t)
			c := newClient(t, newKeys(t, clientSecret, host))
			d.Tamper(func(claims map[string]any) (string, error) {
				claims = maps.Clone(claims)
				if tc.change != nil {
					tc.change(claims)
				}
				if tc.raw != "" {
					return tc.raw, nil
				}
				if tc.key == nil {
					return idptest.Sign(jose.HS512, key, tc.kid, claims)
				}
				return idptest.Sign(tc.algorithm, tc.key, tc.kid, claims)
			})
			l := newLogin("ann")
			err := c.Exchange(t.Context(), visit(t, c, l), l)
			if !errors.Is(err, tc.want) || (err == nil) != (tc.want == nil) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

// rotating is a source whose keys can be had afresh.
type rotating struct {
	old, fresh duo.Keys
	refreshed  atomic.Int32
	fail       error
}

func (r *rotating) Keys(context.Context) (duo.Keys, error) { return r.old, nil }
func (r *rotating) Refresh(context.Context) (duo.Keys, error) {
	r.refreshed.Add(1)
	return r.fresh, r.fail
}

func TestRotation(t *testing.T) {
	t.Parallel()
	t.Run("before the health check", func(t *testing.T) {
		t.Parallel()
		_, host := serveDuo(t)
		source := &rotating{old: newKeys(t, otherSecret, host), fresh: newKeys(t, clientSecret, host)}
		if err := newClient(t, source).HealthCheck(t.Context()); err != nil || source.refreshed.Load() != 1 {
			t.Errorf("%v after %d refreshes", err, source.refreshed.Load())
		}
	})
	t.Run("before the exchange", func(t *testing.T) {
		t.Parallel()
		d, host := serveDuo(t)
		source := &rotating{old: newKeys(t, clientSecret, host), fresh: newKeys(t, otherSecret, host)}
		c := newClient(t, source)
		l := newLogin("ann")
		code := visit(t, c, l)
		d.Rotate(otherSecret)
		if err := c.Exchange(t.Context(), code, l); err != nil || source.refreshed.Load() != 1 {
			t.Errorf("%v after %d refreshes", err, source.refreshed.Load())
		}
	})
	t.Run("between code and token", func(t *testing.T) {
		t.Parallel()
		d, host := serveDuo(t)
		source := &rotating{old: newKeys(t, clientSecret, host), fresh: newKeys(t, otherSecret, host)}
		c := newClient(t, source)
		l := newLogin("ann")
		code := visit(t, c, l)
		d.Tamper(func(claims map[string]any) (string, error) {
			return idptest.Sign(jose.HS512, idptest.DuoKey(otherSecret), "", claims)
		})
		if err := c.Exchange(t.Context(), code, l); err != nil || source.refreshed.Load() != 1 {
			t.Errorf("%v after %d refreshes", err, source.refreshed.Load())
		}
	})
	t.Run("to keys that are wrong too", func(t *testing.T) {
		t.Parallel()
		d, host := serveDuo(t)
		source := &rotating{old: newKeys(t, otherSecret, host), fresh: newKeys(t, strings.Repeat("0", 40), host)}
		err := newClient(t, source).HealthCheck(t.Context())
		if !errors.Is(err, duo.ErrKeys) || source.refreshed.Load() != 1 || len(d.Calls()) != 2 {
			t.Errorf("%v after %d refreshes and %q", err, source.refreshed.Load(), d.Calls())
		}
	})
	t.Run("to the same keys", func(t *testing.T) {
		t.Parallel()
		d, host := serveDuo(t)
		err := newClient(t, newKeys(t, otherSecret, host)).HealthCheck(t.Context())
		if !errors.Is(err, duo.ErrKeys) || len(d.Calls()) != 1 {
			t.Errorf("%v after %q", err, d.Calls())
		}
	})
	t.Run("out of reach", func(t *testing.T) {
		t.Parallel()
		_, host := serveDuo(t)
		gone := errors.New("gone")
		err := newClient(t, &rotating{old: newKeys(t, otherSecret, host), fail: gone}).HealthCheck(t.Context())
		if !errors.Is(err, duo.ErrKeys) || !errors.Is(err, gone) {
			t.Error(err)
		}
	})
}

// What Duo's far end may do instead of answering.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	const secretWord = "canary-body"
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		want    error
	}{
		"500":           {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, secretWord, 500) }, duo.ErrUnavailable},
		"no JSON":       {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, secretWord) }, duo.ErrUnavailable},
		"empty object":  {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{}`) }, duo.ErrUnavailable},
		"FAIL with 200": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"stat":"FAIL","message":"canary-body"}`) }, duo.ErrUnavailable},
		"keys with 200": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"stat":"FAIL","message":"invalid_client"}`)
		}, duo.ErrKeys},
		"401":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, duo.ErrKeys},
		"redirect": {elsewhere, duo.ErrUnavailable},
		"a reply of 1 MB": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"stat":"OK","x":"`+strings.Repeat("x", 1<<20)+`"}`)
		}, duo.ErrUnavailable},
		"connection is cut": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, duo.ErrUnavailable},
		"no answer":         {silence, duo.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(tc.handler)
			t.Cleanup(server.Close)
			timeout := time.Minute // for a machine that is busy
			if name == "no answer" {
				timeout = 100 * time.Millisecond
			}
			c, err := duo.NewClient(newKeys(t, clientSecret, strings.TrimPrefix(server.URL, "http://")), callback, local,
				func(o *duo.ClientOptions) { o.Timeout = timeout })
			if err != nil {
				t.Fatal(err)
			}
			for op, err := range map[string]error{
				"health check": c.HealthCheck(t.Context()), "exchange": c.Exchange(t.Context(), "code", newLogin("ann")),
			} {
				var typed *duo.Error
				if !errors.Is(err, tc.want) || !errors.As(err, &typed) || strings.Contains(err.Error(), secretWord) || strings.Contains(err.Error(), clientSecret) {
					t.Errorf("%s: got %v, want %v", op, err, tc.want)
				}
			}
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, host := serveDuo(t)
	if err := newClient(t, newKeys(t, clientSecret, host)).HealthCheck(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled call: %v", err)
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func() error{
		"short id":                   func() error { _, err := duo.NewKeys("x", clientSecret, "h"); return err },
		"short secret":               func() error { _, err := duo.NewKeys(clientID, "x", "h"); return err },
		"no host":                    func() error { _, err := duo.NewKeys(clientID, clientSecret, ""); return err },
		"host with scheme":           func() error { _, err := duo.NewKeys(clientID, clientSecret, "https://h"); return err },
		"host with path":             func() error { _, err := duo.NewKeys(clientID, clientSecret, "h/x"); return err },
		"host with user":             func() error { _, err := duo.NewKeys(clientID, clientSecret, "u@h"); return err },
		"host with query":            func() error { _, err := duo.NewKeys(clientID, clientSecret, "h?x"); return err },
		"port alone":                 func() error { _, err := duo.NewKeys(clientID, clientSecret, ":443"); return err },
		"no source":                  func() error { _, err := duo.NewClient(nil, "https://h/"); return err },
		"redirect by http":           func() error { _, err := duo.NewClient(duo.Keys{}, "http://example.com/", local); return err },
		"loopback without a say":     func() error { _, err := duo.NewClient(duo.Keys{}, callback); return err },
		"redirect is relative":       func() error { _, err := duo.NewClient(duo.Keys{}, "/callback"); return err },
		"redirect with fragment":     func() error { _, err := duo.NewClient(duo.Keys{}, "https://h/#x"); return err },
		"redirect to a name like it": func() error { _, err := duo.NewClient(duo.Keys{}, "http://127.0.0.1.example.com/", local); return err },
		"no method provider":         func() error { _, err := duo.NewMethod(nil, nil); return err },
	} {
		if err := make(); !errors.Is(err, duo.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := duo.NewClient(duo.Keys{}, "https://example.com/callback")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.HealthCheck(t.Context()); !errors.Is(err, duo.ErrConfig) {
		t.Errorf("zero keys: %v", err)
	}
	// Without AllowLoopback Duo is talked to by https, wherever it is.
	k := newKeys(t, clientSecret, "127.0.0.1:1")
	c, err = duo.NewClient(k, "https://example.com/callback")
	if err != nil {
		t.Fatal(err)
	}
	if address, err := c.AuthURL(t.Context(), newLogin("ann")); err != nil || !strings.HasPrefix(address, "https://127.0.0.1:1/") {
		t.Errorf("%s, %v", address, err)
	}
	for _, l := range []duo.Login{{}, {Username: "ann", State: "s"}, {State: "s", Nonce: "n"}} {
		if _, err := c.AuthURL(t.Context(), l); !errors.Is(err, duo.ErrConfig) {
			t.Errorf("AuthURL of %v: %v", l, err)
		}
		if err := c.Exchange(t.Context(), "", l); !errors.Is(err, duo.ErrConfig) {
			t.Errorf("Exchange of %v: %v", l, err)
		}
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	t.Parallel()
	k := newKeys(t, clientSecret, "api-deadbeef.duosecurity.com")
	redacttest.Check(t, k, clientSecret)
	c, err := duo.NewClient(k, "https://example.com/callback")
	if err != nil {
		t.Fatal(err)
	}
	redacttest.Check(t, c, clientSecret)
}

// elsewhere redirects to where the answer is good.
func elsewhere(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/elsewhere" {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		return
	}
	fmt.Fprint(w, `{"stat":"OK","id_token":"x","access_token":"x","token_type":"Bearer"}`)
}

// silence keeps a client waiting until it gives up. A server notices that only
// once the request's body is read.
func silence(_ http.ResponseWriter, r *http.Request) {
	if r.ParseForm() == nil {
		<-r.Context().Done()
	}
}
