//go:build unix

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/examples/internal/exitcode"
	"github.com/cognitomfa/cognitomfa/internal/redact/leaktest"
	"github.com/cognitomfa/cognitomfa/totp"
)

const (
	username       = "ann"
	password       = "Correct-Horse-7"
	secretVariable = "SIGNIN_TEST_CLIENT_SECRET"
	totpSecret     = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
)

// A world is a pool and the machine that the program runs on.
type world struct {
	pool         *cognitotest.Pool
	ear          *leaktest.Listener // between the program and the pool
	url          string             // of both
	home, secret string
}

func newWorld(t *testing.T, cfg cognitotest.Config, users ...cognitotest.User) world {
	t.Helper()
	w := world{ear: new(leaktest.Listener), home: t.TempDir()}
	tap := w.ear.Tap(func(issuer string) string {
		cfg.Issuer = issuer
		w.pool = cognitotest.Start(t, cfg)
		return w.pool.URL()
	})
	t.Cleanup(tap.Close)
	w.url, w.secret = tap.URL, w.pool.Client().Secret
	w.ear.Learn("client secret", w.secret)
	for _, u := range users {
		w.ear.Learn("password", u.Password)
		w.ear.Learn("TOTP secret", u.TOTPSecret)
		w.pool.AddUser(u)
	}
	return w
}

// onScreen are what the user types in sight, and what is shown to be taken
// elsewhere: into an authenticator app, or a browser.
var onScreen = []string{
	"SOFTWARE_TOKEN_MFA_CODE", "EMAIL_OTP_CODE", "UserCode", "ANSWER", "code", // typed
	"SecretCode", "auth_url", "state", "riddle",
}

// checkLeaks fails if another secret was on a screen.
func (w world) checkLeaks(t *testing.T) {
	t.Helper()
	if w.ear == nil {
		return // the pool is inside the program
	}
	for _, leak := range w.ear.Leaks(func(name, _ string) bool { return slices.Contains(onScreen, name) }) {
		t.Error(leak)
	}
}

func (w world) flags() []string {
	if w.pool == nil {
		return nil
	}
	flags := []string{"-pool-id", w.pool.ID(), "-client-id", w.pool.Client().ID, "-endpoint", w.url}
	if w.secret != "" {
		flags = append(flags, "-client-secret-env", secretVariable)
	}
	return flags
}

// code is what an authenticator app shows.
func code(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.Code(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// nextCode is what it shows next, which Cognito takes too.
func nextCode(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.Code(secret, time.Now().Add(totp.Period))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// signedIn demands that the program ends with a signed-in user, and that neither
// passwords nor tokens were on the screen.
func (p *person) signedIn() {
	p.t.Helper()
	got, rest := p.ends()
	if got != exitcode.OK || !strings.Contains(rest, "Signed in as "+username) || !strings.Contains(rest, "access token, signature verified") {
		p.t.Errorf("exit code %d:\n%s", got, p.screen.String())
	}
	for _, secret := range []string{password, "eyJ"} {
		if strings.Contains(p.screen.String(), secret) {
			p.t.Errorf("the screen shows %q:\n%s", secret, p.screen.String())
		}
	}
}

func TestSRP(t *testing.T) {
	t.Parallel()
	user := cognitotest.User{Username: username, Password: password}
	t.Run("signed in", func(t *testing.T) {
		t.Parallel()
		p := start(t, newWorld(t, cognitotest.Config{}, user), "-username", username)
		p.answers("Password of ann: ", password)
		p.signedIn()
	})
	t.Run("asked for the username", func(t *testing.T) {
		t.Parallel()
		p := start(t, newWorld(t, cognitotest.Config{}, user))
		p.answers("Username: ", username)
		p.answers("Password of ann: ", password)
		p.signedIn()
	})
	t.Run("wrong password", func(t *testing.T) {
		t.Parallel()
		p := start(t, newWorld(t, cognitotest.Config{}, user), "-username", username)
		p.answers("Password of ann: ", "Wrong-Horse-7")
		if got, rest := p.ends(); got != 10 || !strings.Contains(rest, "wrong username or password") {
			t.Errorf("exit code %d: %s", got, rest)
		}
	})
	t.Run("app client with a secret, traced", func(t *testing.T) {
		t.Parallel()
		p := start(t, newWorld(t, cognitotest.Config{Client: cognitotest.ClientConfig{Secret: true}}, user), "-username", username, "-trace")
		p.answers("Password of ann: ", password)
		p.sees("InitiateAuth USER_SRP_AUTH")
		p.sees("asks PASSWORD_VERIFIER")
		p.signedIn()
	})
	t.Run("Admin operations", func(t *testing.T) {
		t.Parallel()
		p := start(t, newWorld(t, cognitotest.Config{}, user), "-username", username, "-admin", "-flow", "password", "-trace")
		p.answers("Password of ann: ", password)
		p.sees("AdminInitiateAuth ADMIN_USER_PASSWORD_AUTH")
		p.signedIn()
	})
}

func TestTOTPWrongThenRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, TOTP: true},
		cognitotest.User{Username: username, Password: password, TOTPSecret: totpSecret})
	p := start(t, w, "-username", username)
	p.answers("Password of ann: ", password)
	p.answers("Code of your authenticator app", "12345x")
	p.sees("Once more")
	p.answers("Code of your authenticator app", code(t, totpSecret))
	p.signedIn()
}

var typedSecret = regexp.MustCompile(`or type ([A-Z2-7]+)`)

func TestSetUpTOTP(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		w     world
		flags []string
	}{
		"a pool elsewhere": {newWorld(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true},
			cognitotest.User{Username: username, Password: password}), []string{"-username", username}},
		"the pool inside": {world{home: t.TempDir()}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, tt.w, tt.flags...)
			if tt.w.pool == nil {
				p.sees(password) // which is no secret here
				p.forgets()
			}
			p.answers("Password of ann: ", password)
			shown := p.sees("Code that the app shows: ")
			secret := typedSecret.FindStringSubmatch(shown)
			if secret == nil || !strings.Contains(shown, "▀") {
				t.Fatalf("neither a secret nor a QR code:\n%s", shown)
			}
			p.types(code(t, secret[1]) + "\n")
			p.signedIn()
		})
	}
}

func TestNewPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{}, cognitotest.User{Username: username, Password: "Temporary-1", Temporary: true})
	p := start(t, w, "-username", username)
	p.answers("Password of ann: ", "Temporary-1")
	p.answers("New password: ", password)
	p.answers("once more: ", "another")
	p.sees("not the same")
	p.answers("New password: ", "short")
	p.answers("once more: ", "short")
	p.sees("new password refused")
	p.answers("New password: ", password)
	p.answers("once more: ", password)
	p.signedIn()
}

func TestChoice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp}},
		cognitotest.User{Username: username, Password: password, Attributes: map[string]string{"email": "ann@example.com", "email_verified": "true"}})
	p := start(t, w, "-username", username, "-flow", "choice")
	p.sees("Choose how to sign in")
	p.answers("Number: ", "no such thing")
	p.answers("Number: ", "email_otp")
	p.sees("Code that was sent to a")
	message, ok := w.pool.Outbox().Last(username)
	if !ok {
		t.Fatal("no message")
	}
	p.types(message.Code + "\n")
	p.signedIn()
}

var resumeToken = regexp.MustCompile(`-resume (\S+)`)

// A sign-in begun at one terminal ends at another.
func TestResume(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, TOTP: true},
		cognitotest.User{Username: username, Password: password, TOTPSecret: totpSecret})
	first := start(t, w, "-username", username)
	first.answers("Password of ann: ", password)
	first.sees("Code of your authenticator app")
	first.types("\x04") // Ctrl-D
	got, rest := first.ends()
	token := resumeToken.FindStringSubmatch(rest)
	if got != exitcode.Unanswered || token == nil || strings.Contains(rest, password) {
		t.Fatalf("exit code %d: %s", got, rest)
	}

	second := start(t, w, "-resume", token[1])
	second.answers("Code of your authenticator app", code(t, totpSecret))
	second.signedIn()

	stranger := w
	stranger.home = t.TempDir()
	for name, p := range map[string]*person{
		"tampered": start(t, w, "-resume", tampered(token[1])),
		"stranger": start(t, stranger, "-resume", token[1]),
	} {
		if got, rest := p.ends(); got != 16 || !strings.Contains(rest, "start over") {
			t.Errorf("%s: exit code %d: %s", name, got, rest)
		}
	}
	if err := os.Chmod(filepath.Join(w.home, ".config", "cognitomfa", "signin.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, rest := start(t, w, "-resume", token[1]).ends(); got != exitcode.Failure || !strings.Contains(rest, "can be read by others") {
		t.Errorf("a key that others can read: exit code %d: %s", got, rest)
	}
}

// tampered changes a character in the middle.
func tampered(token string) string {
	i := len(token) / 2
	other := "A"
	if token[i] == 'A' {
		other = "B"
	}
	return token[:i] + other + token[i+1:]
}

// After Ctrl-C in a password the terminal echoes again: ends demands it.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	p := start(t, newWorld(t, cognitotest.Config{}), "-username", username)
	p.sees("Password of ann: ")
	p.types("half a passw\x03")
	if got, rest := p.ends(); got != exitcode.Interrupted || strings.Contains(rest, "passw") {
		t.Errorf("exit code %d: %s", got, rest)
	}
}

// A script gives the answers by a pipe and reads JSON.
func TestJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, TOTP: true},
		cognitotest.User{Username: username, Password: password, TOTPSecret: totpSecret})
	script := func(input string, flags ...string) (events map[string]map[string]any, exit int) {
		t.Helper()
		process := exec.Command(os.Args[0], append(append(w.flags(), "-username", username, "-json"), flags...)...)
		process.Env = append(os.Environ(), asProgram+"=1", "HOME="+w.home, "XDG_CONFIG_HOME="+filepath.Join(w.home, ".config"))
		process.Stdin = strings.NewReader(input)
		var errs strings.Builder
		process.Stderr = &errs
		out, err := process.Output()
		if _, ended := err.(*exec.ExitError); err != nil && !ended {
			t.Fatal(err)
		}
		w.ear.Hear("standard error", errs.String())
		w.checkLeaks(t)
		w.ear.Hear("standard output", string(out))
		if !slices.Contains(flags, "-show-tokens") {
			w.checkLeaks(t)
		} else if leaks := w.ear.Leaks(nil); !slices.Contains(leaks, "RefreshToken at standard output") { // the control
			t.Errorf("heard %q", leaks)
		}
		events = make(map[string]map[string]any)
		for lines := json.NewDecoder(strings.NewReader(string(out))); lines.More(); {
			var event map[string]any
			if err := lines.Decode(&event); err != nil {
				t.Fatalf("%v in %s", err, out)
			}
			events[event["event"].(string)] = event
		}
		return events, process.ProcessState.ExitCode()
	}

	events, exit := script(password + "\n")
	token, _ := events["unanswered"]["resume"].(string)
	if exit != exitcode.Unanswered || token == "" {
		t.Fatalf("exit code %d: %v", exit, events)
	}
	events, exit = script(code(t, totpSecret)+"\n", "-resume", token, "-trace")
	if exit != exitcode.OK || events["signed-in"]["username"] != username || events["signed-in"]["tokens"] != nil || events["call"] == nil {
		t.Errorf("exit code %d: %v", exit, events)
	}
	events, exit = script("Wrong-Horse-7\n")
	if exit != 10 || events["error"]["exit"] != 10.0 {
		t.Errorf("exit code %d: %v", exit, events)
	}
	// The code of this half minute is spent, so the user has none now.
	plain := newWorld(t, cognitotest.Config{}, cognitotest.User{Username: username, Password: password})
	w = plain
	events, exit = script(password+"\n", "-show-tokens")
	if tokens, _ := events["signed-in"]["tokens"].(map[string]any); exit != exitcode.OK || tokens["access"] == nil {
		t.Errorf("exit code %d: %v", exit, events)
	}
}

func TestWrongFlags(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string][]string{
		"unknown flag":             {"-nonsense"},
		"an argument":              {"ann"},
		"unknown flow":             {"-flow", "fax"},
		"pool without client":      {"-pool-id", "us-east-1_EXAMPLE"},
		"endpoint without pool":    {"-endpoint", "http://127.0.0.1:1"},
		"resume without pool":      {"-resume", "x"},
		"metadata without a value": {"-metadata", "x"},
		"no secret there":          {"-pool-id", "us-east-1_E", "-client-id", "c", "-client-secret-env", "SIGNIN_TEST_NOT_SET"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, shown := start(t, world{home: t.TempDir()}, flags...).ends(); got != exitcode.Usage || shown == "" {
				t.Errorf("exit code %d: %s", got, shown)
			}
		})
	}
}
