package lambda_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/duo"
	"github.com/cognitomfa/cognitomfa/challenge/duo/websdk2"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/challenge/redirect"
	"github.com/cognitomfa/cognitomfa/challenge/stepup"
	"github.com/cognitomfa/cognitomfa/challenge/stepup/blockid"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/internal/idptest"
)

const callback = "https://app.example/callback"

// newMail is the function that sends codes, and a mailbox.
func newMail(*testing.T) farEnd {
	return farEnd{
		function: "emailotp", unbound: true,
		env: map[string]string{"EMAIL_SENDER": "Example <no-reply@example.com>", "PRODUCT_NAME": "Example", "CODE_LENGTH": "8"},
		answer: func(w *world, c *challenge.Custom, who string) challenge.Answer {
			w.Helper()
			if _, err := emailotp.Parse(c); err != nil {
				w.Fatal(err)
			}
			mails := w.cloud.mailsTo(who)
			if len(mails) == 0 {
				w.Fatalf("no mail to %s", who)
			}
			return c.Answer(codeIn(w.T, mails[len(mails)-1].text, 8))
		},
		method: func(w *world, store trigger.Store) (trigger.Method, error) {
			return emailotp.New([]byte(testKey), inbox{w.cloud}, store, func(o *emailotp.Options) { o.Length = 8 })
		},
	}
}

// inbox delivers without SES.
type inbox struct{ *cloud }

func (i inbox) Send(_ context.Context, m emailotp.Message) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.mails = append(i.mails, mail{to: m.To(), text: m.Code()})
	return nil
}

func codeIn(t *testing.T, text string, length int) string {
	t.Helper()
	code := regexp.MustCompile(fmt.Sprintf(`\b[0-9]{%d}\b`, length)).FindString(text)
	if code == "" {
		t.Fatalf("no code in %q", text)
	}
	return code
}

// serveTLS serves a site by https, and returns the host and a file with its
// certificate: the functions talk to nobody by http.
func serveTLS(t *testing.T, h http.Handler) (server *httptest.Server, host, rootCA string) {
	t.Helper()
	server = httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	rootCA = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(rootCA, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return server, strings.TrimPrefix(server.URL, "https://"), rootCA
}

// visit goes to the address of a challenge, and passes there as somebody.
func visit(w *world, client *http.Client, c *challenge.Custom, who string) (*redirect.Prompt, url.Values) {
	w.Helper()
	p, err := redirect.Parse(c)
	if err != nil {
		w.Fatal(err)
	}
	back, err := idptest.Visit(w.Context(), client, p.URL(), idptest.Visitor{User: who})
	if err != nil {
		w.Fatal(err)
	}
	return p, back.Query()
}

// withState puts the state of a challenge into the answer to another.
func withState(t *testing.T, c *challenge.Custom, answer string) string {
	t.Helper()
	var fields map[string]string
	if err := json.Unmarshal([]byte(answer), &fields); err != nil {
		t.Fatal(err)
	}
	fields["state"] = c.Parameters()[redirect.ParamState]
	out, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Duo's published test keys.
const (
	duoID     = "DIXXXXXXXXXXXXXXXXXX"
	duoSecret = "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"
	duoAppKey = "useacustomerprovidedapplicationsecretkey"
)

// newDuo is the function for Duo's Universal Prompt, and a simulated Duo.
func newDuo(t *testing.T) farEnd {
	server, host, rootCA := serveTLS(t, idptest.NewDuo(duoID, duoSecret))
	return farEnd{
		function: "duo", rootCA: rootCA, transplant: withState,
		secret: fmt.Sprintf(`{"duo-clientid":%q,"duo-clientsecret":%q,"duo-apihostname":%q}`, duoID, duoSecret, host),
		env: map[string]string{
			"DUO_PROMPT": "universal", "DUO_SECRET_ARN": secretARN, "REDIRECT_URL": callback,
			"DUO_API_HOSTNAME": host, "DUO_USERNAME_ATTRIBUTE": "email",
		},
		answer: func(w *world, c *challenge.Custom, who string) challenge.Answer {
			w.Helper()
			p, back := visit(w, server.Client(), c, who)
			a, err := p.Answer(back)
			if err != nil {
				w.Fatal(err)
			}
			return a
		},
		method: func(_ *world, store trigger.Store) (trigger.Method, error) {
			keys, err := duo.NewKeys(duoID, duoSecret, host)
			if err != nil {
				return nil, err
			}
			client, err := duo.NewClient(keys, callback, func(o *duo.ClientOptions) { o.HTTPClient = server.Client() })
			if err != nil {
				return nil, err
			}
			return duo.NewMethod(client, store, func(o *duo.MethodOptions) { o.Username = duo.Attribute("email") })
		},
	}
}

// newIframe is the same function for Duo's iframe, and Duo with its script.
func newIframe(*testing.T) farEnd {
	const host = "api-deadbeef.duosecurity.com"
	var made atomic.Int64
	return farEnd{
		function: "duo", chooses: true, unbound: true,
		secret: fmt.Sprintf(`{"duo-ikey":%q,"duo-skey":%q,"duo-akey":%q}`, duoID, duoSecret, duoAppKey),
		env: map[string]string{
			"DUO_PROMPT": "websdk2", "DUO_SECRET_ARN": secretARN, "REDIRECT_URL": "",
			"DUO_API_HOSTNAME": host, "DUO_USERNAME_ATTRIBUTE": "email",
		},
		// The page of Duo lets whoever the request names in, if that is signed for
		// Duo. No two of its responses are the same.
		answer: func(w *world, c *challenge.Custom, who string) challenge.Answer {
			w.Helper()
			p, err := websdk2.Parse(c)
			if err != nil || p.Host() != host {
				w.Fatalf("host %s, %v", p.Host(), err)
			}
			request, app, _ := strings.Cut(p.Request(), ":")
			if fields := strings.Split(request, "|"); request != cookie("TX", fields[1]) {
				w.Fatal("the request is not signed for Duo")
			}
			name := fmt.Sprintf("%s|%s|%d", who, duoID, time.Now().Add(5*time.Minute).Unix()+made.Add(1))
			return p.Answer(cookie("AUTH", base64.StdEncoding.EncodeToString([]byte(name))) + ":" + app)
		},
		// A thief has Duo's part, and the other part of the challenge.
		transplant: func(_ *testing.T, c *challenge.Custom, answer string) string {
			duos, _, _ := strings.Cut(answer, ":")
			_, app, _ := strings.Cut(c.Parameters()[websdk2.ParamRequest], ":")
			return duos + ":" + app
		},
		method: func(_ *world, store trigger.Store) (trigger.Method, error) {
			keys, err := websdk2.NewKeys(duoID, duoSecret, duoAppKey)
			if err != nil {
				return nil, err
			}
			return websdk2.NewMethod(keys, store, func(o *websdk2.MethodOptions) { o.Username, o.Host = duo.Attribute("email"), host })
		},
	}
}

// cookie is what Duo signs: prefix, text and HMAC.
func cookie(prefix, value string) string {
	mac := hmac.New(sha1.New, []byte(duoSecret))
	mac.Write([]byte(prefix + "|" + value))
	return prefix + "|" + value + "|" + hex.EncodeToString(mac.Sum(nil))
}

// newBlockID is the function for BlockID, and a simulated tenant, shown in a
// frame.
func newBlockID(t *testing.T) farEnd {
	const root, clientSecret = "/oauth2/community/default/v1", "blockid-secret+canary"
	tenant := idptest.NewBlockID("default", "client", clientSecret, "")
	server, host, rootCA := serveTLS(t, tenant)
	tenant.Serve(server.URL)
	return farEnd{
		function: "blockid", rootCA: rootCA, secret: clientSecret, chooses: true, transplant: withState,
		env: map[string]string{
			"BLOCKID_SECRET_ARN": secretARN, "BLOCKID_TENANT": host, "BLOCKID_COMMUNITY": "default", "BLOCKID_ISSUER": server.URL,
			"BLOCKID_KEYS_URL": server.URL + root + idptest.BlockIDKeys, "BLOCKID_CLIENT_ID": "client", "BLOCKID_REDIRECT_URL": "",
			"BLOCKID_USERNAME_ATTRIBUTE": "email", "BLOCKID_CLAIM": "sub", "BLOCKID_ATTRIBUTE": "custom:blockid_sub",
			"BLOCKID_ACR": "liveID push, otp", "BLOCKID_AMR": "",
		},
		answer: func(w *world, c *challenge.Custom, who string) challenge.Answer {
			w.Helper()
			p, err := blockid.Parse(c)
			if err != nil {
				w.Fatal(err)
			}
			name, _, _ := strings.Cut(who, "@")
			_, back := visit(w, server.Client(), c, name)
			message, err := json.Marshal(map[string]string{"code": back.Get("code"), "state": back.Get("state")})
			if err != nil {
				w.Fatal(err)
			}
			a, err := p.AnswerMessage(p.Origin(), string(message))
			if err != nil {
				w.Fatal(err)
			}
			return a
		},
		method: func(_ *world, store trigger.Store) (trigger.Method, error) {
			return blockid.New(blockid.Config{
				Tenant: host, Community: "default", Issuer: server.URL, KeysURL: server.URL + root + idptest.BlockIDKeys,
				ClientID: "client", ClientSecret: stepup.Secret(clientSecret), Claim: "sub", Attribute: "custom:blockid_sub",
				ACR: []string{blockid.LiveIDPush, blockid.OTP}, HTTPClient: server.Client(),
			}, store)
		},
	}
}
