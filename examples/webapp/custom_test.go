package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/examples/internal/farends"
	"github.com/cognitomfa/cognitomfa/internal/idptest"
)

// A customWorld is a pool whose only way in is by custom challenges, with the
// site and the sites that it sends users to.
type customWorld struct {
	world
	mails *farends.Mailbox
	clock *cognitotest.Clock
}

func newCustomWorld(t *testing.T, instances int) customWorld {
	t.Helper()
	front := newFront()
	far, err := farends.Start(front.origin + callbackPath)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { far.Close() })
	w := customWorld{mails: new(farends.Mailbox), clock: cognitotest.NewClock(time.Now())}
	triggers, err := far.Triggers(w.mails, 3*time.Minute, w.clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	create := triggers.CreateAuthChallenge
	var learn func([]byte)
	triggers.CreateAuthChallenge = func(ctx context.Context, event []byte) ([]byte, error) {
		answer, err := create(ctx, event)
		learn(answer)
		return answer, err
	}
	cfg := cognitotest.Config{
		Triggers: triggers, Clock: w.clock, CustomAuthCoversSRP: true,
		Client: cognitotest.ClientConfig{Flows: []types.ExplicitAuthFlowsType{
			types.ExplicitAuthFlowsTypeAllowCustomAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
		}},
	}
	w.world = startWorld(t, listen(t), front, cfg, instances, func(o *options, s *site) {
		o.custom = true
		if s != nil {
			s.now = w.clock.Now
		}
	})
	learn = w.learnPrivate
	w.ear.Learn("Duo's secret", farends.DuoSecret)
	w.ear.Learn("BlockID's secret", farends.BlockIDSecret)
	w.addUser(cognitotest.User{Username: username, Password: password})
	return w
}

// chooses signs in with the password and chooses a method.
func (v *visitor) chooses(method string) {
	v.t.Helper()
	v.signsIn()
	v.is("/challenge", "Choose a second factor")
	v.sends("/challenge", map[string]string{"factor": method})
}

var linked = regexp.MustCompile(`<a class="button" href="([^"]+)">`)

// link is the address that the page leads to.
func (v *visitor) link() string {
	v.t.Helper()
	m := linked.FindStringSubmatch(v.page)
	if m == nil {
		v.t.Fatalf("no link on the page:\n%s", v.page)
	}
	return html.UnescapeString(m[1])
}

// visits goes where the page leads to, and returns the address to which the other
// site sends the browser.
func (v *visitor) visits(as idptest.Visitor) string {
	v.t.Helper()
	back, err := idptest.Visit(v.t.Context(), v.client, v.link(), as)
	if err != nil {
		v.t.Fatal(err)
	}
	if back.Host != strings.TrimPrefix(v.world.url, "http://") {
		v.t.Fatalf("sent to %s", back.Host)
	}
	return back.RequestURI()
}

func (v *visitor) visitsAndReturns(as idptest.Visitor) { v.t.Helper(); v.opens(v.visits(as)) }

// mailed is the newest code of the triggers.
func (w customWorld) mailed(t *testing.T) string {
	t.Helper()
	all := w.mails.To(email)
	if len(all) == 0 {
		t.Fatal("no mail")
	}
	return all[len(all)-1].Code
}

// another is a code that is not the one.
func another(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

// Every custom challenge works for one instance and for two that take turns.
func TestCustomFlows(t *testing.T) {
	t.Parallel()
	flows := map[string]func(*visitor, customWorld){
		"code by e-mail": func(v *visitor, w customWorld) {
			v.chooses("email-otp")
			v.is("/challenge", "a***@e***")
			v.is("/challenge", "3 attempts left")
			v.sends("/challenge", map[string]string{"code": another(w.mailed(v.t))})
			v.is("/challenge", "That answer is wrong")
			v.is("/challenge", "2 attempts left")
			code := w.mailed(v.t)
			v.sends("/challenge", map[string]string{"code": code[:3] + " " + code[3:]})
			v.is("/account", "Your account")
			v.sends("/account/refresh", nil)
			v.is("/account", "The tokens are new")
			v.sends("/account/signout", nil)
			v.is("/signin", "signed out")
		},
		"code by e-mail, sent again": func(v *visitor, w customWorld) {
			v.chooses("email-otp")
			first := w.mailed(v.t)
			v.is("/challenge", "A new code can be had 2 more times")
			v.sends("/challenge", map[string]string{"resend": "yes"})
			v.is("/challenge", "A code was sent a moment ago")
			v.is("/challenge", "2 more times") // none was lost
			w.clock.Advance(61 * time.Second)
			v.sends("/challenge", map[string]string{"resend": "yes"})
			v.is("/challenge", "A new code is on its way")
			v.is("/challenge", "One more time")
			v.is("/challenge", "3 attempts left")
			if first != w.mailed(v.t) { // else a chance of one in a million
				v.sends("/challenge", map[string]string{"code": first})
				v.is("/challenge", "That answer is wrong")
			}
			v.sends("/challenge", map[string]string{"code": w.mailed(v.t)})
			v.is("/account", "Your account")
		},
		"code by e-mail, no attempt left": func(v *visitor, w customWorld) {
			v.chooses("email-otp")
			for range 3 {
				v.is("/challenge", "left")
				v.sends("/challenge", map[string]string{"code": another(w.mailed(v.t))})
			}
			v.is("/signin", "had its last wrong answer")
		},
		"Duo": func(v *visitor, _ customWorld) {
			v.chooses("duo")
			v.is("/challenge", "Continue to Duo")
			v.visitsAndReturns(idptest.Visitor{})
			v.is("/account", "Your account")
		},
		"Duo, denied": func(v *visitor, _ customWorld) {
			v.chooses("duo")
			first := v.link()
			v.visitsAndReturns(idptest.Visitor{Deny: true})
			v.is("/challenge", "You came back without a confirmation")
			v.is("/challenge", "2 attempts")
			if v.link() == first {
				v.t.Error("the address is the old one")
			}
			v.visitsAndReturns(idptest.Visitor{Deny: true})
			v.is("/challenge", "One attempt")
			v.visitsAndReturns(idptest.Visitor{Deny: true})
			v.is("/signin", "had its last wrong answer")
		},
		"BlockID": func(v *visitor, _ customWorld) {
			v.chooses("blockid")
			v.is("/challenge", "Continue to 1Kosmos BlockID")
			v.visitsAndReturns(idptest.Visitor{User: username})
			v.is("/account", "Your account")
		},
		"BlockID, as somebody else": func(v *visitor, _ customWorld) {
			v.chooses("blockid")
			v.visitsAndReturns(idptest.Visitor{User: "bob"})
			v.is("/challenge", "did not confirm that it was you")
			v.visitsAndReturns(idptest.Visitor{User: username})
			v.is("/account", "Your account")
		},
		"wrong password": func(v *visitor, _ customWorld) {
			v.opens("/signin")
			v.sends("/signin", map[string]string{"username": username, "password": "Another-Horse-7"})
			v.is("/signin", "name or the password is wrong")
		},
	}
	for name, walk := range flows {
		for _, instances := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s/%d", name, instances), func(t *testing.T) {
				t.Parallel()
				w := newCustomWorld(t, instances)
				walk(w.visitor(t), w)
			})
		}
	}
}

// cookie returns a cookie of the visitor, to be put elsewhere.
func (v *visitor) cookie(name string) *http.Cookie {
	v.t.Helper()
	for _, c := range v.client.Jar.Cookies(v.site()) {
		if c.Name == name {
			return &http.Cookie{Name: c.Name, Value: c.Value, Path: "/"}
		}
	}
	v.t.Fatalf("no cookie %s", name)
	return nil
}

func (v *visitor) site() *url.URL {
	v.t.Helper()
	at, err := url.Parse(v.world.url)
	if err != nil {
		v.t.Fatal(err)
	}
	return at
}

// What can come back to the site's callback, and should not.
func TestReturns(t *testing.T) {
	t.Parallel()
	const nothingDone = "Nothing was done"
	for name, walk := range map[string]func(t *testing.T, v *visitor, w customWorld){
		"another state": func(_ *testing.T, v *visitor, _ customWorld) {
			back := v.visits(idptest.Visitor{})
			v.opens(strings.Replace(back, "state=", "state=x", 1))
			v.is(callbackPath, nothingDone)
			v.opens(back) // the right one still counts
			v.is("/account", "Your account")
		},
		"no state": func(t *testing.T, v *visitor, _ customWorld) {
			back, err := url.Parse(v.visits(idptest.Visitor{}))
			if err != nil {
				t.Fatal(err)
			}
			query := back.Query()
			query.Del("state")
			v.opens(back.Path + "?" + query.Encode())
			v.is(callbackPath, nothingDone)
		},
		"the state and no code": func(t *testing.T, v *visitor, _ customWorld) {
			back, err := url.Parse(v.visits(idptest.Visitor{}))
			if err != nil {
				t.Fatal(err)
			}
			v.opens(back.Path + "?state=" + back.Query().Get("state"))
			v.is(callbackPath, nothingDone)
		},
		"another code": func(t *testing.T, v *visitor, _ customWorld) {
			back, err := url.Parse(v.visits(idptest.Visitor{}))
			if err != nil {
				t.Fatal(err)
			}
			v.opens(back.Path + "?duo_code=guessed&state=" + back.Query().Get("state"))
			v.is("/challenge", "did not confirm")
		},
		"another browser": func(t *testing.T, v *visitor, w customWorld) {
			back := v.visits(idptest.Visitor{})
			stranger := w.visitor(t)
			stranger.opens(back)
			stranger.is(callbackPath, nothingDone)
			stranger.opens("/account")
			stranger.is("/signin", "Sign in first")
		},
		"another browser with the cookie": func(t *testing.T, v *visitor, w customWorld) {
			back := v.visits(idptest.Visitor{})
			thief := w.visitor(t)
			thief.chooses("duo") // has a browser's name and a challenge of its own
			thief.client.Jar.SetCookies(thief.site(), []*http.Cookie{v.cookie(pendingCookie)})
			thief.opens(back)
			thief.is(callbackPath, nothingDone)
		},
		// Somebody has another sign in with the attacker's second factor.
		"another's return in this browser": func(t *testing.T, v *visitor, w customWorld) {
			attacker := w.visitor(t)
			attacker.chooses("duo")
			v.opens(attacker.visits(idptest.Visitor{}))
			v.is(callbackPath, nothingDone)
		},
		"twice": func(_ *testing.T, v *visitor, _ customWorld) {
			back := v.visits(idptest.Visitor{})
			v.opens(back)
			v.is("/account", "Your account")
			v.opens(back)
			v.is(callbackPath, nothingDone)
			v.opens("/account")
			v.is("/account", "Your account")
		},
		"twice, with the cookie of before": func(_ *testing.T, v *visitor, _ customWorld) {
			back, before := v.visits(idptest.Visitor{}), v.cookie(pendingCookie)
			v.opens(back)
			v.is("/account", "Your account")
			v.client.Jar.SetCookies(v.site(), []*http.Cookie{before})
			v.opens(back)
			v.is("/account", "finished elsewhere") // and the session is still there
		},
		"of the round before": func(_ *testing.T, v *visitor, _ customWorld) {
			first := v.link()
			v.visitsAndReturns(idptest.Visitor{Deny: true})
			v.is("/challenge", "without a confirmation")
			again, err := idptest.Visit(v.t.Context(), v.client, first, idptest.Visitor{})
			if err != nil {
				v.t.Fatal(err)
			}
			v.opens(again.RequestURI())
			v.is(callbackPath, nothingDone)
		},
		"after the sign-in was given up": func(_ *testing.T, v *visitor, _ customWorld) {
			back := v.visits(idptest.Visitor{})
			v.opens("/challenge")
			v.sends("/challenge/cancel", nil)
			v.opens(back)
			v.is(callbackPath, nothingDone)
		},
		"to a challenge of another kind": func(_ *testing.T, v *visitor, w customWorld) {
			back := v.visits(idptest.Visitor{})
			v.chooses("email-otp")
			v.opens(back)
			v.is(callbackPath, nothingDone)
			v.opens("/challenge")
			v.sends("/challenge", map[string]string{"code": w.mailed(v.t)})
			v.is("/account", "Your account")
		},
		"too late": func(_ *testing.T, v *visitor, w customWorld) {
			back := v.visits(idptest.Visitor{})
			w.clock.Advance(4 * time.Minute)
			v.opens(back)
			v.is("/signin", "took too long")
		},
		"as a form": func(t *testing.T, v *visitor, _ customWorld) {
			_, token, _ := strings.Cut(v.cookie(pendingCookie).Value, ".")
			sum := sha256.Sum256([]byte(token))
			v.sends("/challenge", map[string]string{"step": hex.EncodeToString(sum[:8]), "answer": `{"code":"x","state":"y"}`})
			if v.status != http.StatusBadRequest {
				t.Errorf("status %d", v.status)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newCustomWorld(t, 2)
			v := w.visitor(t)
			v.chooses("duo")
			v.is("/challenge", "Continue to Duo")
			walk(t, v, w)
		})
	}
}

// Only a method that was offered can be chosen.
func TestChoosesNothingElse(t *testing.T) {
	t.Parallel()
	w := newCustomWorld(t, 1)
	v := w.visitor(t)
	v.chooses("websdk2")
	if v.status != http.StatusBadRequest {
		t.Errorf("status %d", v.status)
	}
	v.opens("/challenge")
	v.is("/challenge", "Choose a second factor")
}

// In the pool inside the program both ways lead in, through an app client each,
// and a challenge of one is not lost when the other was used before.
func TestBothDoors(t *testing.T) {
	t.Parallel()
	front := newFront()
	ear := listen(t, "code") // the pool is inside, and shows what it would have sent
	s, err := newSite(t.Context(), options{origin: front.origin, mfa: "optional", sessionMinutes: 5, key: sharedKey}, logger(ear))
	if err != nil {
		t.Fatal(err)
	}
	front.server.Config.Handler = ear.Hearing(s.handler())
	front.server.Start()
	t.Cleanup(func() { front.server.Close(); s.close() })
	v := world{url: front.origin, ear: ear}.visitor(t)
	newest := func() string {
		t.Helper()
		m := regexp.MustCompile(`<strong class="code">(\d+)</strong>`).FindStringSubmatch(v.page)
		if m == nil {
			t.Fatalf("no mail on the page:\n%s", v.page)
		}
		return m[1]
	}
	v.opens("/signup")
	v.sends("/signup", map[string]string{"username": username, "email": email, "password": password})
	v.sends("/confirm", map[string]string{"code": newest()})
	v.is("/account", "Your account")

	v.opens("/signin")
	v.is("/signin", "Sign in with a custom second factor")
	v.sends("/signin", map[string]string{"username": username, "password": password, "how": "custom"})
	v.opens("/account")
	v.is("/account", "Your account") // signed in by the other door meanwhile
	v.opens("/challenge")
	v.sends("/challenge", map[string]string{"factor": "email-otp"})
	v.sends("/challenge", map[string]string{"code": newest()})
	v.is("/account", "Remember this browser?")
	v.sends("/account/devices", map[string]string{"name": "laptop"})
	v.is("/account", "This browser is remembered")
	v.sends("/account/refresh", nil)
	v.is("/account", "The tokens are new")
	v.sends("/account/signout", nil)

	v.opens("/signin")
	v.sends("/signin", map[string]string{"username": username, "password": password, "how": "custom"})
	v.sends("/challenge", map[string]string{"factor": "duo"})
	v.is("/challenge", "Simulated")
	v.visitsAndReturns(idptest.Visitor{})
	v.is("/account", "laptop")
}
