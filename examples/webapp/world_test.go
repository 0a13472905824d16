package main

import (
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/internal/redact/leaktest"
	"github.com/cognitomfa/cognitomfa/totp"
)

const (
	username = "ann"
	password = "Correct-Horse-7"
	email    = "ann@example.com"
	secret   = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
)

// A world is a user pool with the site in front of it.
type world struct {
	pool *cognitotest.Pool
	url  string
	ear  *leaktest.Listener // between the two, and before the site
}

// newWorld starts as many instances of the site as asked for, behind a proxy that
// takes them in turn. They share a key and nothing else.
func newWorld(t *testing.T, instances int, configure ...func(*cognitotest.Config)) world {
	t.Helper()
	cfg := cognitotest.Config{
		MFA: types.UserPoolMfaTypeOptional, TOTP: true, Email: true,
		Recovery:     types.RecoveryOptionNameTypeVerifiedPhoneNumber,
		FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp, types.AuthFactorTypeWebAuthn},
		WebAuthn:     types.WebAuthnConfigurationType{RelyingPartyId: aws.String("localhost")},
		Devices:      cognitotest.DevicesOptIn,
	}
	for _, f := range configure {
		f(&cfg)
	}
	return startWorld(t, listen(t), newFront(), cfg, instances, func(*options, *site) {})
}

// startWorld starts a pool and the site before it. Several instances have an app
// client with a secret.
func startWorld(t *testing.T, ear *leaktest.Listener, front front, cfg cognitotest.Config, instances int, set func(*options, *site)) world {
	t.Helper()
	w := world{url: front.origin, ear: ear}
	cfg.Client.Secret = instances > 1
	tap := w.ear.Tap(func(issuer string) string {
		cfg.Issuer = issuer
		w.pool = cognitotest.Start(t, cfg)
		return w.pool.URL()
	})
	t.Cleanup(tap.Close)
	o := options{
		poolID: w.pool.ID(), clientID: w.pool.Client().ID, endpoint: tap.URL, sessionMinutes: 3, origin: front.origin, key: sharedKey,
	}
	if secret := w.pool.Client().Secret; secret != "" {
		o.secretEnv = "WEBAPP_TEST_SECRET_" + o.clientID
		os.Setenv(o.secretEnv, secret) // not t.Setenv, for the name is this test's alone
		t.Cleanup(func() { os.Unsetenv(o.secretEnv) })
		w.ear.Learn("client secret", secret)
	}
	front.serve(t, w.ear, o, instances, set)
	return w
}

var sharedKey = [32]byte([]byte("the key that all instances share"))

// A front is what browsers see of the instances.
type front struct {
	server *httptest.Server
	origin string
	leaky  http.HandlerFunc // of a test of the listener: adds to each reply
}

func newFront() front {
	server := httptest.NewUnstartedServer(nil)
	return front{server: server, origin: strings.Replace("http://"+server.Listener.Addr().String(), "127.0.0.1", "localhost", 1)}
}

// serve starts the instances. set changes the options before there is a site, and
// then the site.
func (f front) serve(t *testing.T, ear *leaktest.Listener, o options, instances int, set func(*options, *site)) {
	t.Helper()
	set(&o, nil)
	var handlers []http.Handler
	for range instances {
		s, err := newSite(t.Context(), o, logger(ear))
		if err != nil {
			t.Fatal(err)
		}
		set(&o, s)
		instance := httptest.NewServer(s.handler())
		t.Cleanup(instance.Close)
		to, err := url.Parse(instance.URL)
		if err != nil {
			t.Fatal(err)
		}
		handlers = append(handlers, &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
		}})
	}
	var turn atomic.Int64
	f.server.Config.Handler = ear.Hearing(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.leaky != nil {
			f.leaky(w, r)
		}
		handlers[int(turn.Add(1))%len(handlers)].ServeHTTP(w, r)
	}))
	f.server.Start()
	t.Cleanup(f.server.Close)
}

// mail returns the newest code that was sent to a user.
func (w world) mail(t *testing.T, username string) string {
	t.Helper()
	m, ok := w.pool.Outbox().Last(username)
	if !ok {
		t.Fatal("no message was sent")
	}
	return m.Code
}

func (w world) addUser(user cognitotest.User) {
	if user.Attributes == nil {
		user.Attributes = map[string]string{"email": email, "email_verified": "true"}
	}
	w.ear.Learn("password", user.Password)
	w.ear.Learn("TOTP secret", user.TOTPSecret)
	w.pool.AddUser(user)
}

// A visitor is a browser without a screen.
type visitor struct {
	t      *testing.T
	world  world
	client *http.Client
	page   string // the one that is shown
	path   string // where it is
	status int
}

func (w world) visitor(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, world: w, client: &http.Client{Jar: jar}}
}

func (v *visitor) took(reply *http.Response, err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	v.page, v.path, v.status = string(body), reply.Request.URL.Path, reply.StatusCode
	if v.status >= http.StatusInternalServerError {
		v.t.Errorf("%s: status %d", v.path, v.status)
	}
	if reply.Header.Get("Content-Type") == "image/png" && path.Base(v.path) != "qr.png" { // in which a listener hears nothing
		v.t.Errorf("%s is a picture", v.path)
	}
}

func (v *visitor) opens(path string) {
	v.t.Helper()
	v.took(v.client.Get(v.world.url + path))
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// sends posts a form with what is hidden in the page, and follows redirects.
func (v *visitor) sends(path string, fields map[string]string) {
	v.t.Helper()
	all := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(v.page, -1) {
		all.Set(m[1], html.UnescapeString(m[2]))
	}
	for name := range maps.Keys(fields) {
		all.Set(name, fields[name])
		if name == "password" || name == "code" {
			v.world.ear.Learn(name, digits(fields[name]))
		}
	}
	v.took(v.client.PostForm(v.world.url+path, all))
}

// is demands the page that is shown, by its path and a text on it.
func (v *visitor) is(path, text string) {
	v.t.Helper()
	if v.path != path || !strings.Contains(v.page, text) {
		v.t.Fatalf("at %s, status %d, want %s with %q:\n%s", v.path, v.status, path, text, v.page)
	}
}

func (v *visitor) signsIn() {
	v.t.Helper()
	v.opens("/signin")
	v.sends("/signin", map[string]string{"username": username, "password": password})
}

func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.Code(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// wrongCode is what an authenticator shows neither now nor at any time near, for
// the pool takes the codes before and after the present one too.
func wrongCode(t *testing.T, secret string) string {
	t.Helper()
	near := map[string]bool{}
	for step := range 9 {
		near[code(t, secret, time.Now().Add(time.Duration(step-4)*totp.Period))] = true
	}
	for n := 0; ; n++ {
		if code := fmt.Sprintf("%06d", n); !near[code] {
			return code
		}
	}
}

var typed = regexp.MustCompile(`<span class="secret">([A-Z2-7]+)</span>`)

func (v *visitor) secret() string {
	v.t.Helper()
	m := typed.FindStringSubmatch(v.page)
	if m == nil {
		v.t.Fatalf("no secret on the page:\n%s", v.page)
	}
	return m[1]
}
