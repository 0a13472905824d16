package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/totp"
)

// Everything works for one instance and for two that take turns.
func TestFlows(t *testing.T) {
	t.Parallel()
	on := func(c *cognitotest.Config) { c.MFA, c.Email = types.UserPoolMfaTypeOn, false }
	clock := cognitotest.NewClock(time.Now())
	flows := map[string]struct {
		configure func(*cognitotest.Config)
		user      cognitotest.User
		walk      func(*visitor)
	}{
		"sign up, confirm, signed in": {nil, cognitotest.User{}, func(v *visitor) {
			v.opens("/signup")
			v.sends("/signup", map[string]string{"username": username, "email": email, "password": "short"})
			v.is("/signup", "not allowed here")
			v.sends("/signup", map[string]string{"username": username, "email": email, "password": password})
			v.is("/confirm", "a***@e***")
			v.sends("/confirm", map[string]string{"code": another(v.world.mail(v.t, username))})
			v.is("/confirm", "wrong")
			v.sends("/confirm/resend", nil)
			v.is("/confirm", "A new code was sent")
			v.sends("/confirm", map[string]string{"code": v.world.mail(v.t, username)})
			v.is("/account", "Your account")
			v.sends("/account/signout", nil)
			v.is("/signin", "signed out")
		}},
		"not confirmed": {nil, cognitotest.User{Username: username, Password: password, Unconfirmed: true}, func(v *visitor) {
			v.signsIn()
			v.is("/confirm", "not confirmed yet")
		}},
		"wrong password": {nil, cognitotest.User{Username: username, Password: "Another-Horse-7"}, func(v *visitor) {
			v.signsIn()
			v.is("/signin", "name or the password is wrong")
			v.opens("/account")
			v.is("/signin", "Sign in first")
		}},
		"authenticator": {nil, cognitotest.User{Username: username, Password: password, TOTPSecret: secret}, func(v *visitor) {
			v.signsIn()
			v.is("/challenge", "authenticator app")
			v.sends("/challenge", map[string]string{"code": wrongCode(v.t, secret)})
			v.is("/challenge", "wrong")
			right := code(v.t, secret, time.Now())
			v.sends("/challenge", map[string]string{"code": " " + right[:3] + " " + right[3:]})
			v.is("/account", "Your account")
		}},
		"e-mail code": {nil, cognitotest.User{Username: username, Password: password, Factors: []types.ChallengeNameType{types.ChallengeNameTypeEmailOtp}}, func(v *visitor) {
			v.signsIn()
			v.is("/challenge", "We sent a code to")
			v.sends("/challenge", map[string]string{"code": v.world.mail(v.t, username)})
			v.is("/account", "Your account")
		}},
		"choice of second factor": {nil, cognitotest.User{
			Username: username, Password: password, TOTPSecret: secret, Factors: []types.ChallengeNameType{types.ChallengeNameTypeEmailOtp},
		}, func(v *visitor) {
			v.signsIn()
			v.is("/challenge", "Choose a second factor")
			v.sends("/challenge", map[string]string{"factor": "SMS_MFA"}) // was not offered
			v.is("/challenge", "could not be read")
			v.opens("/challenge")
			v.sends("/challenge", map[string]string{"factor": "EMAIL_OTP"})
			v.sends("/challenge", map[string]string{"code": v.world.mail(v.t, username)})
			v.is("/account", "Your account")
		}},
		"choice of first factor": {nil, cognitotest.User{Username: username, Password: password}, func(v *visitor) {
			v.opens("/signin")
			v.sends("/signin", map[string]string{"username": username, "how": "choice"})
			v.is("/challenge", "Choose how to sign in")
			v.sends("/challenge", map[string]string{"factor": "PASSWORD_SRP"})
			v.is("/challenge", "Enter your password")
			v.sends("/challenge", map[string]string{"password": password})
			v.is("/account", "Your account")
		}},
		"temporary password": {nil, cognitotest.User{Username: username, Password: password, Temporary: true}, func(v *visitor) {
			v.signsIn()
			v.is("/challenge", "Choose a new password")
			v.sends("/challenge", map[string]string{"password": "short"})
			v.is("/challenge", "not allowed here")
			v.sends("/challenge", map[string]string{"password": "Another-Horse-8"})
			v.is("/account", "Your account")
		}},
		"set-up during sign-in": {on, cognitotest.User{Username: username, Password: password}, func(v *visitor) {
			v.signsIn()
			v.is("/challenge", "Set up your authenticator app")
			page, secret := v.page, v.secret()
			v.opens("/challenge/qr.png")
			if !strings.HasPrefix(v.page, "\x89PNG") {
				v.t.Error("no picture")
			}
			v.page = page
			v.sends("/challenge", map[string]string{"code": code(v.t, secret, time.Now())})
			v.is("/account", "Your account")
		}},
		"set-up afterwards, and off again": {nil, cognitotest.User{Username: username, Password: password}, func(v *visitor) {
			v.signsIn()
			v.sends("/account/totp", nil)
			v.is("/account/totp", "Scan the picture")
			page, secret := v.page, v.secret()
			v.opens("/account/totp/qr.png")
			if !strings.HasPrefix(v.page, "\x89PNG") {
				v.t.Error("no picture")
			}
			v.page = page
			v.sends("/account/totp/verify", map[string]string{"code": wrongCode(v.t, secret)})
			v.is("/account/totp", "wrong")
			v.sends("/account/totp/verify", map[string]string{"code": code(v.t, secret, time.Now())})
			v.is("/account", "From now on")
			v.sends("/account/mfa", map[string]string{"factor": "SOFTWARE_TOKEN_MFA", "setting": "off"})
			v.is("/account", "whoever has your password gets in")
			v.sends("/account/mfa", map[string]string{"factor": "EMAIL_OTP", "setting": "preferred"})
			v.is("/account", "preferred")
		}},
		"forgotten password": {func(c *cognitotest.Config) { c.Recovery = "" }, cognitotest.User{Username: username, Password: "Forgotten-Horse-1"}, func(v *visitor) {
			v.opens("/forgot")
			v.sends("/forgot", map[string]string{"username": username})
			v.is("/forgot", "We sent a code")
			v.sends("/forgot/cancel", nil)
			v.is("/forgot", "Reset your password")
			v.sends("/forgot", map[string]string{"username": username})
			v.sends("/forgot/confirm", map[string]string{"code": v.world.mail(v.t, username), "password": password})
			v.is("/signin", "The password is set")
			v.signsIn()
			v.is("/account", "Your account")
		}},
		"refresh and sign out everywhere": {nil, cognitotest.User{Username: username, Password: password}, func(v *visitor) {
			v.signsIn()
			v.sends("/account/refresh", nil)
			v.is("/account", "The tokens are new")
			v.sends("/account/passkeys/options", nil)
			v.is("/account/passkeys/options", "pubKeyCredParams")
			v.sends("/account/signout-everywhere", nil)
			v.is("/signin", "everywhere")
			v.opens("/account")
			v.is("/signin", "Sign in first")
		}},
		"remembered browser": {func(c *cognitotest.Config) { c.Clock = clock }, cognitotest.User{Username: username, Password: password, TOTPSecret: secret}, func(v *visitor) {
			enter := func(v *visitor) {
				v.signsIn()
				v.is("/challenge", "authenticator app")
				clock.Advance(totp.Period)
				v.sends("/challenge", map[string]string{"code": code(v.t, secret, clock.Now())})
				v.is("/account", "Remember this browser?")
			}
			enter(v)
			v.sends("/account/devices", map[string]string{"name": "laptop"})
			v.is("/account", "This browser is remembered")
			v.is("/account", "laptop")
			v.learnsDevice()
			v.sends("/account/signout", nil)
			v.signsIn()
			v.is("/account", "Your account") // without a code
			enter(v.world.visitor(v.t))      // another browser is asked
			v.sends("/account/devices/forget", nil)
			v.is("/account", "It is forgotten")
		}},
	}
	for name, flow := range flows {
		for _, instances := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s/%d", name, instances), func(t *testing.T) {
				if name != "remembered browser" { // whose clock is shared
					t.Parallel()
				}
				var configure []func(*cognitotest.Config)
				if flow.configure != nil {
					configure = append(configure, flow.configure)
				}
				w := newWorld(t, instances, configure...)
				if flow.user.Username != "" {
					w.addUser(flow.user)
				}
				flow.walk(w.visitor(t))
			})
		}
	}
}

// What browsers, their owners and strangers can do wrong.
func TestBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.addUser(cognitotest.User{Username: username, Password: password, TOTPSecret: secret})
	w.pool.AddUser(cognitotest.User{Username: "ben", Password: password, TOTPSecret: secret})
	at, err := url.Parse(w.url)
	if err != nil {
		t.Fatal(err)
	}
	cookie := func(v *visitor, name string) *http.Cookie {
		t.Helper()
		for _, c := range v.client.Jar.Cookies(at) {
			if c.Name == name {
				return &http.Cookie{Name: c.Name, Value: c.Value, Path: "/"}
			}
		}
		t.Fatalf("no cookie %s", name)
		return nil
	}
	pending := func(t *testing.T) *visitor {
		v := w.visitor(t)
		v.signsIn()
		v.is("/challenge", "authenticator app")
		return v
	}

	t.Run("a pending challenge in another browser", func(t *testing.T) {
		t.Parallel()
		v, thief := pending(t), w.visitor(t)
		thief.opens("/signin")
		thief.sends("/signin", map[string]string{"username": "nobody", "password": password}) // gives it a browser name
		thief.client.Jar.SetCookies(at, []*http.Cookie{cookie(v, pendingCookie)})
		thief.opens("/challenge")
		thief.is("/signin", "took too long")
	})
	t.Run("a tampered cookie", func(t *testing.T) {
		t.Parallel()
		v := pending(t)
		c := cookie(v, pendingCookie)
		c.Value = c.Value[:len(c.Value)-40] + strings.Repeat("A", 40)
		v.client.Jar.SetCookies(at, []*http.Cookie{c})
		v.sends("/challenge", map[string]string{"code": code(t, secret, time.Now())})
		v.is("/signin", "took too long")
	})
	t.Run("a cookie in place of another", func(t *testing.T) {
		t.Parallel()
		v := pending(t)
		c := cookie(v, pendingCookie)
		c.Name = sessionCookie
		v.client.Jar.SetCookies(at, []*http.Cookie{c})
		v.opens("/account")
		v.is("/signin", "Sign in first")
	})
	t.Run("nonsense in every cookie", func(t *testing.T) {
		t.Parallel()
		for _, value := range []string{"x", "9.x", "-1.x", "99999999999.x", "1.", strings.Repeat("A", 4000)} {
			v := w.visitor(t)
			for _, name := range []string{browserCookie, pendingCookie, sessionCookie, deviceCookie, signUpCookie, totpCookie, resetCookie, nameCookie, noticeCookie} {
				v.client.Jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
			}
			for _, path := range []string{"/", "/signin", "/challenge", "/account", "/confirm", "/forgot", "/account/totp"} {
				v.opens(path)
				if v.status != http.StatusOK && v.status != http.StatusUnauthorized {
					t.Errorf("%q at %s: status %d", value[:min(9, len(value))], path, v.status)
				}
			}
		}
	})
	t.Run("a challenge that has expired", func(t *testing.T) {
		t.Parallel()
		clock := cognitotest.NewClock(time.Now())
		w := newWorld(t, 2, func(c *cognitotest.Config) { c.Clock = clock })
		w.addUser(cognitotest.User{Username: username, Password: password, TOTPSecret: secret})
		v := w.visitor(t)
		v.signsIn()
		v.is("/challenge", "authenticator app")
		clock.Advance(4 * time.Minute)
		v.sends("/challenge", map[string]string{"code": code(t, secret, clock.Now())})
		v.is("/signin", "took too long")
	})
	t.Run("a form of an earlier step", func(t *testing.T) {
		t.Parallel()
		v := pending(t)
		v.sends("/challenge", map[string]string{"step": "0000000000000000", "code": "000000"})
		v.is("/challenge", "earlier step")
	})
	t.Run("one form sent twice", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 2)
		w.addUser(cognitotest.User{Username: username, Password: password, TOTPSecret: secret})
		v := w.visitor(t)
		v.signsIn()
		v.is("/challenge", "authenticator app")
		page, right := v.page, code(t, secret, time.Now())
		before := *cookie(v, pendingCookie)
		v.sends("/challenge", map[string]string{"code": right})
		v.is("/account", "Your account")
		v.client.Jar.SetCookies(at, []*http.Cookie{&before}) // the second click went off before the first reply came
		front, err := url.Parse(w.url)
		if err != nil {
			t.Fatal(err)
		}
		v.client.Jar.SetCookies(front, []*http.Cookie{&before})
		v.page = page
		v.sends("/challenge", map[string]string{"code": right})
		v.is("/account", "Your account")
	})
	t.Run("a form of another site", func(t *testing.T) {
		t.Parallel()
		v := pending(t)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/challenge", strings.NewReader("code=1"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://evil.example")
		v.took(v.client.Do(r))
		if v.status != http.StatusForbidden || !strings.Contains(v.page, "another site") {
			t.Errorf("status %d", v.status)
		}
	})
	t.Run("an oversized form", func(t *testing.T) {
		t.Parallel()
		v := pending(t)
		v.sends("/challenge", map[string]string{"code": strings.Repeat("1", maxForm)})
		if v.status != http.StatusBadRequest {
			t.Errorf("status %d", v.status)
		}
	})
	t.Run("an unknown page", func(t *testing.T) {
		t.Parallel()
		v := w.visitor(t)
		v.opens("/no/such/page")
		if v.status != http.StatusNotFound || !strings.Contains(v.page, "no such page") {
			t.Errorf("status %d", v.status)
		}
	})
	t.Run("wrong codes until the user is locked out", func(t *testing.T) {
		t.Parallel()
		v := w.visitor(t)
		for range 20 {
			if v.path != "/challenge" {
				v.opens("/signin")
				v.sends("/signin", map[string]string{"username": "ben", "password": password})
			} else {
				v.sends("/challenge", map[string]string{"code": wrongCode(t, secret)})
			}
			if strings.Contains(v.page, "Too many attempts") {
				return
			}
		}
		t.Errorf("at %s, status %d:\n%s", v.path, v.status, v.page)
	})
}

// Two people share a browser: the secret that one sets up is not for the other.
func TestSharedBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.addUser(cognitotest.User{Username: username, Password: password})
	w.pool.AddUser(cognitotest.User{Username: "ben", Password: password})
	v := w.visitor(t)
	v.signsIn()
	v.sends("/account/totp", nil)
	v.is("/account/totp", "Scan the picture")
	v.sends("/account/signout", nil)
	v.sends("/signin", map[string]string{"username": "ben", "password": password})
	v.opens("/account/totp")
	v.is("/account", "ben")
	if v.opens("/account/totp/qr.png"); v.status != http.StatusNotFound {
		t.Errorf("the picture is answered %d", v.status)
	}
}

// With https, no cookie can be set by a neighbour: not by a name without the prefix,
// and not for a domain.
func TestHostCookies(t *testing.T) {
	t.Parallel()
	for secure, prefix := range map[bool]string{false: "", true: "__Host-"} {
		c, err := newCookies([32]byte{1}, secure, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
		if err := c.put(w, r, noticeCookie, strings.Repeat("x", chunk), time.Minute); err != nil {
			t.Fatal(err)
		}
		back := httptest.NewRequest(http.MethodGet, "/", nil)
		tossed := httptest.NewRequest(http.MethodGet, "/", nil)
		for _, set := range w.Result().Cookies() {
			if !strings.HasPrefix(set.Name, prefix) || set.Secure != secure || set.Domain != "" || set.Path != "/" {
				t.Errorf("secure %t: %v", secure, set)
			}
			back.AddCookie(set)
			tossed.AddCookie(&http.Cookie{Name: strings.TrimPrefix(set.Name, prefix), Value: set.Value})
		}
		var told string
		if !c.get(back, noticeCookie, &told) || len(told) != chunk {
			t.Errorf("secure %t: it does not come back", secure)
		}
		if secure && c.get(tossed, noticeCookie, &told) {
			t.Error("a cookie that a neighbour can set is taken")
		}
		cleared := httptest.NewRecorder()
		if c.clear(cleared, back, noticeCookie); len(cleared.Result().Cookies()) != 3-1 {
			t.Errorf("secure %t: cleared %v", secure, cleared.Result().Cookies())
		}
	}
}

// Every reply has the headers that keep other sites out, and every cookie is
// closed to scripts.
func TestHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	reply, err := http.PostForm(w.url+"/signin", url.Values{"username": {"nobody"}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
	if csp := reply.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("Content-Security-Policy: %s", csp)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	reply, err = client.PostForm(w.url+"/signin", url.Values{"username": {"nobody"}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
	if len(reply.Cookies()) == 0 {
		t.Error("no cookies")
	}
	for _, c := range reply.Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
			t.Errorf("%s: %v", c.Name, c)
		}
	}
}

// The program prints its address and ends when it is told to.
func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-mfa", "on"}, in, io.Discard) }()
	var address string
	if _, err := fmt.Fscanln(out, &address); err != nil {
		t.Fatal(err)
	}
	reply, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
	if reply.StatusCode != http.StatusOK || !strings.HasPrefix(address, "http://localhost:") {
		t.Errorf("%s: %s", address, reply.Status)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, args := range [][]string{{"x"}, {"-nonsense"}, {"-pool-id", "x"}, {"-mfa", "perhaps"}, {"-key-file", "/nonexistent"}, {"-client-secret-env", "WEBAPP_NOT_SET"}, {"-custom"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v: taken", args)
		}
	}
}

// A cookie opens until its time, in its own place, for its own browser.
func TestCookies(t *testing.T) {
	t.Parallel()
	now := time.Now()
	c, err := newCookies([32]byte{1}, false, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := c.put(w, httptest.NewRequest(http.MethodGet, "/", nil), signUpCookie, "ann", time.Hour); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, cookie := range w.Result().Cookies() {
		r.AddCookie(cookie)
	}
	var name string
	now = now.Add(time.Hour - time.Second)
	if !c.get(r, signUpCookie, &name) || name != "ann" {
		t.Errorf("%q in time", name)
	}
	now = now.Add(time.Second)
	if c.get(r, signUpCookie, &name) {
		t.Error("opened too late")
	}
}
