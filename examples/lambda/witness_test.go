package lambda_test

import (
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/redirect"
	"github.com/cognitomfa/cognitomfa/internal/witness"
)

// witnessRequired, if set, makes the test with oidc-provider fail, and not be
// skipped, where that is missing: CI has it.
const witnessRequired = "COGNITOMFA_OIDC_PROVIDER"

// newProvider is the function for BlockID with a provider in place of BlockID that
// shares no code with this module. Users pass in the class that *acr names.
func newProvider(t *testing.T, acr *string) farEnd {
	t.Helper()
	node := witness.Node(t, witnessRequired, "../../challenge/stepup/testdata", "oidc-provider")
	var proxy atomic.Pointer[httputil.ReverseProxy]
	server, host, rootCA := serveTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { proxy.Load().ServeHTTP(w, r) }))
	behind := &url.URL{Scheme: "http", Host: witness.Serve(t, node, "testdata/provider.mjs", server.URL, callback)}
	proxy.Store(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(behind)
		r.SetXForwarded() // by which it knows its own address
		r.Out.Host = r.In.Host
	}})

	f := newBlockID(t)
	f.rootCA = rootCA
	f.env["BLOCKID_TENANT"], f.env["BLOCKID_ISSUER"], f.env["BLOCKID_REDIRECT_URL"] = host, server.URL, callback
	f.env["BLOCKID_KEYS_URL"] = server.URL + "/oauth2/community/default/v1/keys"
	f.answer = func(w *world, c *challenge.Custom, who string) challenge.Answer {
		w.Helper()
		p, err := redirect.Parse(c)
		if err != nil {
			w.Fatal(err)
		}
		name, _, _ := strings.Cut(who, "@")
		a, err := p.Answer(browse(w.T, server.Client(), standardClaims(w.T, p.URL()), server.URL, url.Values{"user": {"sub-" + name}, "acr": {*acr}}))
		if err != nil {
			w.Fatal(err)
		}
		return a
	}
	return f
}

// standardClaims makes an object of the user's name in the claims that are asked
// for. BlockID wants a text there, as its demo sends; a certified provider refuses
// that (OpenID Connect Core 1.0, section 5.5.1: null or an object).
func standardClaims(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	var claims struct {
		IDToken map[string]any `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(q.Get("claims")), &claims); err != nil {
		t.Fatal(err)
	}
	claims.IDToken["username"] = map[string]any{"value": claims.IDToken["username"]}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	q.Set("claims", string(text))
	u.RawQuery = q.Encode()
	return u.String()
}

// browse follows redirects from an address to the callback, as a browser with
// cookies does, and is whoever it is told to be on the way.
func browse(t *testing.T, client *http.Client, address, issuer string, who url.Values) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := *client
	browser.Jar, browser.CheckRedirect = jar, func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for range 10 {
		if strings.HasPrefix(address, issuer+"/interaction/") {
			address += "?" + who.Encode()
		}
		res, err := browser.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		next, err := res.Location()
		if err != nil {
			t.Fatalf("%s is answered %d without a redirect", address, res.StatusCode)
		}
		if address = next.String(); strings.HasPrefix(address, callback+"?") {
			return next.Query()
		}
	}
	t.Fatal("the redirects do not end")
	return nil
}

// The function for BlockID against a provider that others wrote and certified.
func TestCertifiedProvider(t *testing.T) {
	t.Parallel()
	acr := "otp"
	w := newWorld(t, newProvider(t, &acr))
	his := text(w.pass(w.begin(bob), bob))
	c := w.fails(w.begin(ann).Answer(his))
	c = w.fails(w.transplanted(c, his))
	w.ends(w.pass(c, bob)) // with ann's password, as himself
	for _, acr = range []string{"otp", "liveID push"} {
		answer := w.pass(w.begin(ann), ann)
		w.passes(answer)
		w.fails(w.begin(ann).Answer(text(answer)))
	}
}
