package auth_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// A listener hears all that this package puts out in a test that runs alone, and
// learns from the wire what of it would be a secret: every string of every
// request and reply, but for those that are known not to be.
type listener struct {
	learnt   map[string]string // secret: its name on the wire
	outputs  map[string]bool   // those as JSON are true
	panicked int
	leak     func(*listener, []byte) // of a test of the listener itself: what is done with a request
}

// listening is nil but during TestNoSecretGetsOut, beside which no other runs.
var listening *listener

// notSecret are the members of requests and replies that errors, logs and
// telemetry may show. All others may not, tomorrow's among them.
var notSecret = []string{
	"AuthFlow", "ChallengeName", "AvailableChallenges", "CHALLENGE_NAME", "PREFERRED_CHALLENGE", // what is asked
	"ClientId", "UserPoolId", "Region", // where
	"__type", "message", // an exception: its text is Cognito's and not shown, but has nothing of the user
	"TokenType", "Status", "UserConfirmed", "FRIENDLY_DEVICE_NAME", "FriendlyDeviceName", "DeviceName", "DeviceRememberedStatus",
	"CODE_DELIVERY_DELIVERY_MEDIUM", "DeliveryMedium", "AttributeName", "CODE_DELIVERY_DESTINATION", "Destination", // masked
	"MFAS_CAN_CHOOSE", "MFAS_CAN_SETUP", "requiredAttributes", "UserMFASettingList", "PreferredMfaSetting",
	"ConfiguredUserAuthFactors", "UserAttributeNames", "TIMESTAMP", "Name", "Type", "RelyingPartyId", "AuthenticatorAttachment",
	"AuthenticatorTransports", "question", "UserStatus",
	// Names of a user or a device. They are no secrets, yet personal: what may
	// show them is in TestErrorsDoNotPrint and its like.
	"Username", "USERNAME", "USER_ID_FOR_SRP", "UserSub", "DEVICE_KEY", "DeviceKey", "DeviceGroupKey", "Value", "userAttributes",
	"attestation", "authenticatorAttachment", "type", "id", "rawId", "CredentialId", // of a passkey, public by design
}

// inViews are those that the JSON of a challenge shows all the same: it is made
// for the browser or the client that is to answer.
var inViews = []string{"riddle", "CREDENTIAL_REQUEST_OPTIONS", "SALT", "SRP_B", "SECRET_BLOCK", "PASSWORD_CLAIM_SECRET_BLOCK"}

// learn notes the strings in a document of the wire.
func (l *listener) learn(text []byte) {
	var document any
	if json.Unmarshal(text, &document) == nil {
		l.learnFrom("", document)
	}
}

func (l *listener) learnFrom(name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		asked, _ := v["ChallengeName"].(string)
		responses, _ := v["ChallengeResponses"].(map[string]any)
		if strings.HasPrefix(asked, "SELECT_") {
			delete(responses, "ANSWER") // the name of a factor
		}
		for name, member := range v {
			l.learnFrom(name, member)
		}
	case []any:
		for _, element := range v {
			l.learnFrom(name, element)
		}
	case string:
		// What has less than six characters is in every word. Of what is long the
		// beginning will do, and finds it where a program cuts it short.
		if !slices.Contains(notSecret, name) && len(v) >= 6 {
			l.learnt[v[:min(len(v), 24)]] = name
		}
	}
}

// sdk makes an SDK client tell the listener what goes over the wire.
func (l *listener) sdk(o *cip.Options) {
	if l != nil {
		o.HTTPClient = l
	}
}

// Do sends a request.
func (l *listener) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	l.learn(body)
	if l.leak != nil {
		l.leak(l, body)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err = io.ReadAll(response.Body)
	l.learn(body)
	response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
	return response, nil
}

// failing is the end of a body that was cut off, or not.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

// observe is an [auth.Options].Observe. It is called from within this package, so
// the stack is that which a panic would print.
func (l *listener) observe(_ context.Context, c auth.Call) {
	if l != nil {
		c.Duration = 0 // whose digits may be a code's
		l.show(c)
		if l.panicked++; l.panicked%5 == 1 { // they are long, and much the same
			l.outputs[string(debug.Stack())] = false
		}
	}
}

// show prints values in every way that programs do.
func (l *listener) show(values ...any) {
	if l == nil {
		return
	}
	for _, v := range values {
		held := struct{ v any }{v}
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			for _, x := range []any{v, &v, held} {
				l.outputs[fmt.Sprintf(format, x)] = false
			}
		}
		slog.Info("m", "v", v, "held", held)
		text, err := json.Marshal(v)
		l.outputs[string(text)] = true
		l.outputs[fmt.Sprint(err)] = false
	}
}

// leaks returns the names of the secrets that got out, each with the output that
// has it.
func (l *listener) leaks() map[string]string {
	found := make(map[string]string)
	for output, isView := range l.outputs {
		for secret, name := range l.learnt {
			if isView && slices.Contains(inViews, name) {
				continue
			}
			if stands(output, secret) || strings.Contains(output, hex.EncodeToString([]byte(secret))) {
				found[name] = output
			}
		}
	}
	return found
}

// stands reports whether a text has the secret in it. A code is six digits, which
// the address of a pointer or a request id may have too: it has to stand alone.
func stands(text, secret string) bool {
	if strings.Trim(secret, "0123456789") != "" {
		return strings.Contains(text, secret)
	}
	const joins = "0123456789abcdefABCDEFx-"
	for rest := text; ; {
		i := strings.Index(rest, secret)
		if i < 0 {
			return false
		}
		before, after := rest[:i], rest[i+len(secret):]
		if (before == "" || !strings.ContainsAny(before[len(before)-1:], joins)) && (after == "" || !strings.ContainsAny(after[:1], joins)) {
			return true
		}
		rest = after
	}
}

// listen runs something with everything that the process can put out captured.
func listen(t *testing.T, do func(*listener)) map[string]string {
	t.Helper()
	l := &listener{
		learnt:  map[string]string{password: "password", newSecret: "new password", flowSecret: "TOTP secret"},
		outputs: make(map[string]bool),
	}
	console, err := os.Create(filepath.Join(t.TempDir(), "console"))
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	standard, plain, flags := slog.Default(), log.Writer(), log.Flags()
	out, errs := os.Stdout, os.Stderr
	restore := func() {
		listening = nil
		os.Stdout, os.Stderr = out, errs
		slog.SetDefault(standard)
		log.SetOutput(plain)
		log.SetFlags(flags)
	}
	defer restore() // Fatal ends the goroutine
	listening = l
	os.Stdout, os.Stderr = console, console
	slog.SetDefault(slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: timeless})))
	do(l)
	restore()
	written, err := os.ReadFile(console.Name())
	if err = errors.Join(err, console.Close()); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(logged.String() + string(written)) {
		l.outputs[line] = false
	}
	return l.leaks()
}

// timeless leaves out what makes every line another one.
func timeless(groups []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey && len(groups) == 0 {
		return slog.Attr{}
	}
	return a
}

// show shows what a play has in hand.
func (p *play) show(l *listener, err error) {
	l.show(p.client, p.accounts, p.devices, p.refresher, p.tokens, p.device, p.signedUp, p.confirmed, p.asked, err)
	if p.secret != "" {
		l.learnt[p.secret] = "TOTP secret"
	}
	if secret := p.Client().Secret; secret != "" {
		l.learnt[secret] = "client secret"
	}
}

// learnDevice learns the password of a device, which no request carries.
func (p *play) learnDevice(t *testing.T, l *listener) {
	t.Helper()
	if p.device.IsZero() {
		return
	}
	s, err := challenge.NewSealer([32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	s.Now = p.Clock().Now
	sealed, err := p.client.SealDevice(s, p.device, "b")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := wire.OpenDevice(s, sealed, wire.Binding{PoolID: p.ID(), ClientID: p.Client().ID, Value: "b"})
	if err != nil || opened.Password == "" {
		t.Fatalf("the device cannot be opened: %v", err)
	}
	l.learnt[opened.Password] = "device password"
}

// loudTroubles are the troubles whose errors have something to quote.
var loudTroubles = []string{"throttled", "fault after", "cut after", "unreadable", "session expired"}

// Every flow, to its end and under fault, and every call about accounts and
// factors: nothing that the process puts out has a secret in it. Not parallel,
// since it listens to the whole process.
func TestNoSecretGetsOut(t *testing.T) {
	for name, f := range flowsUnderFault {
		t.Run(name, func(t *testing.T) {
			way := f.ways()[0]
			at := f.places(t, name, way)
			for name, output := range listen(t, func(l *listener) {
				p := f.start(t, way)
				err := p.run(t.Context(), t)
				p.show(l, err)
				p.learnDevice(t, l)
				for _, place := range []place{at[0], at[len(at)-1]} {
					for _, trouble := range loudTroubles {
						p := f.start(t, way)
						p.Plant(cognitotest.Fault{Operation: place.Operation, Step: place.Step, Times: -1, Effect: troubles[trouble].effect})
						p.show(l, p.run(t.Context(), t))
					}
				}
				if len(l.learnt) < 6 || len(l.outputs) < 100 {
					t.Errorf("it learnt %d secrets and heard %d outputs", len(l.learnt), len(l.outputs))
				}
			}) {
				t.Errorf("%s got out: %.300s", name, output)
			}
		})
	}
	for name, c := range chores {
		t.Run(name, func(t *testing.T) {
			for name, output := range listen(t, func(l *listener) {
				for _, trouble := range append(loudTroubles, "") {
					s := newSelf(t, everything(), map[string]string{"email": email, "email_verified": "true", "nickname": "A"})
					call := c.ready(t, s)
					if trouble != "" {
						s.Plant(cognitotest.Fault{Operation: c.operation, Times: -1, Effect: troubles[trouble].effect})
					}
					l.show(s.accounts, s.factors, s.tokens, call(t.Context()))
				}
			}) {
				t.Errorf("%s got out: %.300s", name, output)
			}
		})
	}
}

// What the test above would miss, it would have to miss here.
func TestListenerHearsLeaks(t *testing.T) {
	f := flowsUnderFault["device"]
	for name, leak := range map[string]func(*listener, []byte){
		"slog":           func(_ *listener, body []byte) { slog.Debug("sent", "body", string(body)) },
		"log":            func(_ *listener, body []byte) { log.Print(string(body)) },
		"standard out":   func(_ *listener, body []byte) { fmt.Println(string(body)) },
		"standard error": func(_ *listener, body []byte) { fmt.Fprintf(os.Stderr, "%x", body) },
		"an error":       func(l *listener, body []byte) { l.show(fmt.Errorf("refused: %s", body)) },
		"a field":        func(l *listener, body []byte) { l.show(struct{ sent string }{string(body)}) },
		"Observe":        func(l *listener, body []byte) { l.observe(context.Background(), auth.Call{RequestID: string(body)}) },
	} {
		t.Run(name, func(t *testing.T) {
			found := listen(t, func(l *listener) {
				l.leak = leak
				p := f.start(t, !admin)
				err := p.run(t.Context(), t)
				p.show(l, err)
			})
			for _, secret := range []string{"Session", "SECRET_HASH", "PASSWORD_CLAIM_SIGNATURE", "SRP_A", "SOFTWARE_TOKEN_MFA_CODE", "PasswordVerifier"} {
				if found[secret] == "" {
					t.Errorf("%s got out unheard", secret)
				}
			}
			if found["AccessToken"] == "" && found["IdToken"] == "" { // they begin alike
				t.Error("a token got out unheard")
			}
		})
	}
	l := &listener{learnt: map[string]string{"123456": "code"}}
	for text, want := range map[string]bool{
		"the code 123456": true, `{"Code":"123456"}`: true, "123456": true,
		"0xc000123456": false, "request 123456-7890": false, "1234567": false, "": false, "1234567, 123456": true,
	} {
		l.outputs = map[string]bool{text: false}
		if got := len(l.leaks()) != 0; got != want {
			t.Errorf("%q: a leak: %v", text, got)
		}
	}
}
