package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// requireBrowser, if set, makes a missing browser a failure: where the pages are
// to be seen, not having looked must not pass.
const requireBrowser = "COGNITOMFA_REQUIRE_BROWSER"

var screenshots = flag.Bool("screenshots", false, "write docs/screenshots anew")

// shown are the pages whose pictures are kept: whoever gets the module gets them.
var shown = map[string]bool{"signin": true, "totp-setup": true, "passkey": true, "account": true, "mailed-code": true, "visit": true}

// A browser is headless Chromium at a site with a pool of its own.
type browser struct {
	t    *testing.T
	ctx  context.Context
	url  string
	site *site
}

// newBrowser is at a site whose pool is inside it.
func newBrowser(t *testing.T, mfa string) *browser {
	t.Helper()
	return startBrowser(t, options{mfa: mfa})
}

// newBrowserAt is at a site of another pool.
func newBrowserAt(t *testing.T, pool *cognitotest.Pool) *browser {
	t.Helper()
	return startBrowser(t, options{poolID: pool.ID(), clientID: pool.Client().ID, endpoint: pool.URL()})
}

func startBrowser(t *testing.T, o options) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv(requireBrowser) != "" {
			t.Fatal("there is no Chromium")
		}
		t.Skip("there is no Chromium to look at the pages with")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, url: fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port)}
	o.origin, o.sessionMinutes, o.key = b.url, 3, [32]byte{1}
	b.site, err = newSite(t.Context(), o, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: b.site.handler()}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close(); b.site.close() })

	allocator, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.WSURLReadTimeout(patience), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
	)...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	b.ctx = ctx
	if err := chromedp.Do(ctx); err != nil { // starts it, for as long as ctx lives
		t.Fatal(err)
	}
	b.look("light", 420, 900)
	return b
}

// patience is for a machine that is busy with other tests.
const patience = time.Minute

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	limit, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(limit, steps...); err != nil {
		short, cancel := context.WithTimeout(b.ctx, 5*time.Second)
		defer cancel()
		page, _ := chromedp.Run(short, chromedp.Text(chromedp.CSS("body"))) // only helps to understand
		b.t.Fatalf("%v, at:\n%s", err, page)
	}
}

// get is do for what has a value.
func get[T any](b *browser, a chromedp.Action[T]) (value T) {
	b.t.Helper()
	b.do(func(ctx context.Context, t *chromedp.Target) (v chromedp.Void, err error) {
		value, err = a(ctx, t)
		return v, err
	})
	return value
}

// call sends a command of the browser's protocol.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[R] {
	return func(ctx context.Context, t *chromedp.Target) (R, error) { return cdp.Call(ctx, t, command, params) }
}

// look sets the colours that the reader prefers, and the width of the window.
func (b *browser) look(colours string, width, height int64) {
	b.t.Helper()
	get(b, call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: colours}},
	}))
	b.do(chromedp.EmulateViewport(width, height))
}

func (b *browser) opens(path string) { b.t.Helper(); b.do(chromedp.Navigate(b.url + path)) }

// is waits for the page of a title.
func (b *browser) is(title string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(fmt.Sprintf(`//h1[normalize-space()=%q]`, title)))
	// A page whose style was refused still has its title.
	get(b, chromedp.Poll[bool](`getComputedStyle(document.body).maxWidth !== "none"`))
}

func (b *browser) types(field, text string) {
	b.t.Helper()
	input := chromedp.CSS(fmt.Sprintf(`input[name=%q]:not([type=hidden])`, field))
	b.do(chromedp.Clear(input), chromedp.SendKeys(input, text))
}

func (b *browser) presses(button string) {
	b.t.Helper()
	b.clicks(fmt.Sprintf(`//button[normalize-space()=%q]`, button))
}

// clicks clicks on what an XPath finds, and waits for the page that follows: what
// is looked for next may be on the present one too.
func (b *browser) clicks(xpath string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](`document.body.dataset.present = "yes"`), chromedp.Click(xpath))
	for limit := time.Now().Add(patience); ; {
		next, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`document.readyState === "complete" && !document.body.dataset.present`))
		if err == nil && next { // between two pages there is nothing to ask
			return
		}
		if time.Now().After(limit) {
			b.t.Fatalf("no page follows %s: %v", xpath, err)
		}
	}
}

// says waits for the line above the page.
func (b *browser) says(text string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(fmt.Sprintf(`//p[contains(@class,"notice") and contains(.,%q)]`, text)))
}

// mail reads the newest code in the mailbox of the page.
func (b *browser) mail() string {
	b.t.Helper()
	return strings.TrimSpace(get(b, chromedp.Text(chromedp.CSS("aside li:first-child .code"))))
}

func (b *browser) secret() string {
	b.t.Helper()
	get(b, chromedp.Poll[bool](`document.querySelector("img").naturalWidth > 0`)) // the picture has loaded
	return strings.TrimSpace(get(b, chromedp.Text(chromedp.CSS(".secret"))))
}

// pictures are taken of a page, light and dark, narrow and wide.
func (b *browser) pictures(name string) {
	b.t.Helper()
	if !*screenshots || !shown[name] {
		return
	}
	for _, colours := range []string{"light", "dark"} {
		for width, label := range map[int64]string{420: "narrow", 1100: "wide"} {
			b.look(colours, width, 900)
			png := get(b, chromedp.FullScreenshot(100))
			path := filepath.Join("..", "..", "docs", "screenshots", name+"-"+colours+"-"+label+".png")
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				b.t.Fatal(err)
			}
			if err := os.WriteFile(path, png, 0o644); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	b.look("light", 420, 900)
}

// signUp makes an account, and ends where the pool leads.
func (b *browser) signUp() {
	b.t.Helper()
	b.opens("/signup")
	b.is("Sign up")
	b.pictures("signup")
	b.types("username", username)
	b.types("email", email)
	b.types("password", password)
	b.presses("Sign up")
	b.is("Confirm your e-mail address")
	b.pictures("confirm")
	b.types("code", b.mail())
	b.presses("Confirm")
}

func (b *browser) signIn() {
	b.t.Helper()
	b.opens("/signin")
	b.is("Sign in")
	b.types("username", username)
	b.types("password", password)
	b.presses("Sign in")
}

func (b *browser) signOut() {
	b.t.Helper()
	b.presses("Sign out")
	b.says("You are signed out")
}

func (b *browser) code(secret string, at time.Time) string {
	b.t.Helper()
	return code(b.t, secret, at)
}

// A stranger's way, on every page of it.
func TestBrowser(t *testing.T) {
	b := newBrowser(t, "optional")
	b.opens("/")
	b.is("Sign in")
	b.pictures("signin")
	b.signUp()
	b.is("Your account")

	// An authenticator app, afterwards.
	b.presses("Set up an authenticator app")
	b.is("Set up your authenticator app")
	b.pictures("totp-setup")
	secret := b.secret()
	b.types("code", wrongCode(b.t, secret))
	b.presses("Turn it on")
	b.says("wrong")
	b.types("code", b.code(secret, time.Now()))
	b.presses("Turn it on")
	b.says("From now on")

	// A passkey, made by the browser.
	get(b, call(webauthn.Enable, webauthn.EnableParams{}))
	get(b, call(webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}}))
	b.presses("Add a passkey")
	b.says("The passkey is registered")

	// This browser, remembered.
	b.presses("Remember this browser")
	b.says("This browser is remembered")
	b.pictures("account")
	b.presses("Refresh the tokens")
	b.says("The tokens are new")
	b.signOut()
	b.signIn() // no code is asked for
	b.is("Your account")
	b.presses("forget")
	b.says("forgotten")

	// With the code of the app, which works once: the next one is due in half a
	// minute, and Cognito takes the one after the present as well.
	b.signOut()
	b.signIn()
	b.is("Enter the code of your app")
	b.pictures("totp")
	b.types("code", wrongCode(b.t, secret))
	b.presses("Continue")
	b.says("wrong")
	b.types("code", b.code(secret, time.Now().Add(30*time.Second)))
	b.presses("Continue")
	b.is("Your account")

	// E-mail codes; then a choice.
	b.presses("Use codes by e-mail")
	b.says("changed")
	b.clicks(`//li[contains(.,"Code by e-mail")]//button[normalize-space()="prefer"]`)
	b.says("changed")
	b.signOut()
	b.signIn()
	b.is("Enter the code that we sent")
	b.pictures("code")
	b.types("code", b.mail())
	b.presses("Continue")
	b.is("Your account")
	for range 2 {
		b.presses("turn off")
		b.says("changed")
	}
	b.presses("Sign out everywhere")
	b.says("everywhere")

	// Another way than the password: the passkey. The back button then shows an
	// old page, which changes nothing.
	b.types("username", username)
	b.presses("Sign in another way")
	b.is("Choose how to sign in")
	b.pictures("choose")
	b.presses("Passkey")
	b.is("Use your passkey")
	b.pictures("passkey")
	b.presses("Use the passkey")
	b.is("Your account")
	b.presses("remove")
	b.says("removed")

	b.customChallenges()

	b.opens("/forgot")
	b.is("Reset your password")
	b.pictures("forgot")
	b.opens("/no/such/page")
	b.is("That did not work")
	b.pictures("error")
}

// customChallenges walks every custom challenge, to the other sites and back.
func (b *browser) customChallenges() {
	b.t.Helper()
	begin := func(method string) {
		b.t.Helper()
		b.signOut()
		b.types("username", username)
		b.types("password", password)
		b.presses("Sign in with a custom second factor")
		b.is("Choose a second factor")
		b.pictures("choose-custom")
		b.presses(method)
	}
	decides := func(button string) {
		b.t.Helper()
		b.clicks(`//a[starts-with(normalize-space(),"Continue to")]`)
		b.clicks(fmt.Sprintf(`//button[@id=%q]`, button))
	}

	begin("Code by e-mail")
	b.is("Enter the code that we sent")
	b.pictures("mailed-code")
	b.types("code", another(b.mail()))
	b.presses("Continue")
	b.says("That answer is wrong")
	b.presses("Send a new code")
	b.says("A code was sent a moment ago")
	b.types("code", b.mail())
	b.presses("Continue")
	b.is("Your account")

	begin("Duo")
	b.is("Prove that it is you")
	b.pictures("visit")
	decides("deny")
	b.says("You came back without a confirmation")
	decides("allow")
	b.is("Your account")

	begin("1Kosmos BlockID")
	b.is("Prove that it is you")
	b.do(chromedp.WaitVisible(`//p[contains(.,"Simulated")]`))
	decides("allow")
	b.is("Your account")

	// A return that belongs to no sign-in changes nothing.
	b.opens(callbackPath + "?state=x&code=x")
	b.is("That did not work")
	b.opens("/account")
	b.is("Your account")
}

// A pool that demands a second factor asks for its set-up during the sign-in.
func TestBrowserSetUp(t *testing.T) {
	b := newBrowser(t, "on")
	b.signUp()
	b.is("Set up your authenticator app")
	b.types("code", b.code(b.secret(), time.Now()))
	b.presses("Continue")
	b.is("Your account")
}

// The pages that the ways above do not lead to.
func TestBrowserOtherPages(t *testing.T) {
	factors := []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp}
	pool := cognitotest.Start(t, cognitotest.Config{FirstFactors: factors})
	pool.AddUser(cognitotest.User{
		Username: username, Password: "Temporary-Horse-1", Temporary: true,
		Attributes: map[string]string{"email": email, "email_verified": "true"},
	})
	b := newBrowserAt(t, pool)
	b.opens("/signin")
	b.types("username", username)
	b.types("password", "Temporary-Horse-1")
	b.presses("Sign in")
	b.is("Choose a new password")
	b.types("password", "Another-Horse-2") // the form demands eight characters
	b.presses("Continue")
	b.is("Your account")
	b.signOut()

	b.types("username", username)
	b.presses("Sign in another way")
	b.is("Choose how to sign in")
	b.presses("Password")
	b.is("Enter your password")
	b.types("password", "Another-Horse-2")
	b.presses("Continue")
	b.is("Your account")
	b.signOut()

	for name, title := range map[string]string{"CUSTOM_CHALLENGE": "One more question", "TOMORROWS_CHALLENGE": "One more step"} {
		pool.Plant(cognitotest.Fault{
			Operation: "InitiateAuth", Effect: cognitotest.Replied,
			Reply: json.RawMessage(`{"ChallengeName":"` + name + `","Session":"a session that is made up","ChallengeParameters":{"question":"What now?"}}`),
		})
		b.signIn()
		b.is(title)
	}

	pool = cognitotest.Start(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, Email: true})
	pool.AddUser(cognitotest.User{Username: username, Password: password})
	b = newBrowserAt(t, pool)
	b.signIn()
	b.is("Choose a second factor to set up")
	b.presses("Code by e-mail")
	b.is("Where shall we send codes?")
	b.types("email", email)
	b.presses("Continue")
	b.is("Enter the code that we sent")
	message, ok := pool.Outbox().Last(username)
	if !ok {
		t.Fatal("no message")
	}
	b.types("code", message.Code)
	b.presses("Continue")
	b.is("Your account")
}
