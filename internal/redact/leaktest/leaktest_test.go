package leaktest

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// A secret with what each escape has to touch.
const canary = `Pa"ss<w>&/ö+ 7%`

// Whatever form a secret is put out in, it is heard.
func TestForms(t *testing.T) {
	t.Parallel()
	quoted, err := json.Marshal(map[string]string{"password": canary})
	if err != nil {
		t.Fatal(err)
	}
	inner := base64.StdEncoding.EncodeToString(quoted)
	for name, text := range map[string]string{
		"plain":              "the password " + canary + " is wrong",
		"HTML":               "<p>" + html.EscapeString(canary) + "</p>",
		"a query":            "/signin?password=" + url.QueryEscape(canary) + "&x=1",
		"a path":             "/signin/" + url.PathEscape(canary),
		"JSON":               string(quoted),
		"Go's quotes":        fmt.Sprintf("%q", canary),
		"base64":             base64.StdEncoding.EncodeToString([]byte(canary)),
		"base64 for URLs":    base64.RawURLEncoding.EncodeToString([]byte(canary)),
		"base64 in a cookie": "Set-Cookie: session=v1" + base64.RawURLEncoding.EncodeToString([]byte(canary)) + "; Path=/",
		"JSON in base64":     inner,
		"base64 of base64":   base64.URLEncoding.EncodeToString([]byte(`{"inner":"` + inner + `"}`)),
		"base64 in a query":  "?state=" + url.QueryEscape(inner),
		"hexadecimal":        fmt.Sprintf("%x", canary),
		"upper case":         "x" + fmt.Sprintf("%X", canary),
		"cut short":          strings.Repeat("a", 30) + canary,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var l Listener
			l.Learn("password", canary)
			l.Learn("token", strings.Repeat("a", 30)+canary)
			l.Hear("here", text)
			want := "password at here"
			if got := l.Leaks(nil); !slices.Contains(got, want) {
				t.Errorf("heard %q in %s", got, text)
			}
		})
	}
}

func TestStands(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"the code 123456": true, `{"Code":"123456"}`: true, "123456": true, "<b>123456</b>": true, "1234567, 123456": true,
		"0xc000123456": false, "request 123456-7890": false, "1234567": false, "": false, "1.123456 ms": false,
		hex.EncodeToString([]byte("code 123456")): true,
	} {
		var l Listener
		l.Learn("code", "123456")
		l.Hear("here", text)
		if got := len(l.Leaks(nil)) != 0; got != want {
			t.Errorf("%q: a leak: %v", text, got)
		}
	}
}

// What goes between a program and its pool is learnt, but for what is public.
func TestTap(t *testing.T) {
	t.Parallel()
	const request = `{"ClientId":"client-id","ChallengeResponses":{"ANSWER":"{\"state\":\"the state\"}","USERNAME":"ann-of-x"},"Session":"the session"}`
	const reply = `{"AuthenticationResult":{"AccessToken":"the token","TokenType":"Bearer"},"List":[{"Password":"in a list"}],"Short":"short"}`
	var l Listener
	var issuer string
	tap := l.Tap(func(given string) string {
		issuer = given
		pool := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got, err := io.ReadAll(r.Body); err != nil || string(got) != request || !strings.Contains(issuer, r.Host) {
				t.Errorf("%q of %s, %v", got, r.Host, err)
			}
			io.WriteString(w, reply)
		}))
		t.Cleanup(pool.Close)
		return pool.URL
	})
	defer tap.Close()
	if issuer != tap.URL+"/{poolId}" {
		t.Errorf("issuer %s at %s", issuer, tap.URL)
	}
	got, err := http.Post(tap.URL, "application/json", strings.NewReader(request))
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if text, err := io.ReadAll(got.Body); err != nil || string(text) != reply {
		t.Errorf("%q %v", text, err)
	}
	l.Hear("here", request+reply)
	want := []string{"ANSWER at here", "AccessToken at here", "Password at here", "Session at here", "state at here"}
	if got := l.Leaks(nil); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	meant := func(name, where string) bool { return name != "state" && where == "here" }
	if got := l.Leaks(meant); !slices.Equal(got, want[4:]) {
		t.Errorf("but for what is meant: %q", got)
	}
}

// The name of a factor that is chosen is no secret.
func TestChoices(t *testing.T) {
	t.Parallel()
	var l Listener
	l.LearnJSON([]byte(`{"ChallengeName":"SELECT_MFA_TYPE","ChallengeResponses":{"ANSWER":"EMAIL_OTP"}}`))
	l.LearnJSON([]byte(`{"ChallengeName":"CUSTOM_CHALLENGE","ChallengeResponses":{"ANSWER":"choice"},"ClientMetadata":{"method":"blockid"}}`))
	l.LearnJSON([]byte(`not JSON`))
	if secrets, _ := l.Counts(); secrets != 0 {
		t.Errorf("%d secrets", secrets)
	}
}

// A reply is heard with its header, and comes as it was.
func TestHearing(t *testing.T) {
	t.Parallel()
	var l Listener
	l.Learn("header", "in the header")
	l.Learn("cookie", "in-the-cookie")
	l.Learn("body", "in the body")
	h := l.Hearing(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = "/changed"
		w.Header().Set("Location", "/?q="+url.QueryEscape("in the header"))
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "in-the-cookie"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "x"})
		w.WriteHeader(http.StatusSeeOther)
		io.WriteString(w, "in the body")
	}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/path?q=1", nil))
	if w.Code != http.StatusSeeOther || w.Body.String() != "in the body" || len(w.Result().Cookies()) != 2 {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Result().Cookies())
	}
	if got := l.Leaks(nil); !slices.Equal(got, []string{"body at POST /path", "cookie at POST /path", "header at POST /path"}) {
		t.Errorf("%q", got)
	}
	io.WriteString(l.Writer("log"), "in the body")
	if got := l.Leaks(nil); len(got) != 4 || got[1] != "body at log" {
		t.Errorf("%q", got)
	}
	if _, outputs := l.Counts(); outputs != 2 {
		t.Errorf("%d outputs", outputs)
	}
}
