package doctest

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/totp"
)

// A loginSite is the login of a web service that keeps nothing: what a sign-in
// waits for is in a cookie, sealed. Any instance that has the same key goes on.
type loginSite struct {
	client *auth.Client
	sealer *challenge.Sealer
}

// login is POST /login.
func (s *loginSite) login(w http.ResponseWriter, r *http.Request) {
	tokens, next, err := s.client.Begin(r.Context(), auth.SRP(r.PostFormValue("username"), r.PostFormValue("password")))
	s.step(w, r, tokens, next, err)
}

// answer is POST /answer, for every challenge that has a form.
func (s *loginSite) answer(w http.ResponseWriter, r *http.Request) {
	var kept, browser string
	if c, err := r.Cookie("__Host-pending"); err == nil {
		kept = c.Value
	}
	if c, err := r.Cookie("__Host-browser"); err == nil {
		browser = c.Value
	}
	asked, err := s.sealer.Open(kept, browser)
	if err != nil {
		s.step(w, r, nil, nil, auth.ErrStartOver)
		return
	}
	var answer challenge.Answer
	switch c := asked.(type) {
	case challenge.Code:
		answer = c.Answer(r.PostFormValue("code"))
	case *challenge.NewPassword:
		answer = c.Answer(r.PostFormValue("new-password"), nil)
	default:
		http.Error(w, "there is no form for "+asked.Name(), http.StatusNotImplemented)
		return
	}
	tokens, next, err := s.client.Respond(r.Context(), answer)
	s.step(w, r, tokens, next, err)
}

// step ends either request: with the session, with the next form, with the same
// form again, or at the beginning.
func (s *loginSite) step(w http.ResponseWriter, r *http.Request, tokens *auth.Tokens, next challenge.Challenge, err error) {
	status := http.StatusOK
	var refused *auth.Error
	switch {
	case tokens != nil:
		fmt.Fprintln(w, "welcome,", tokens.Username()) // make your own session here
		return
	case errors.As(err, &refused) && refused.Challenge != nil:
		next, status = refused.Challenge, http.StatusUnprocessableEntity // the same question again
	case err != nil:
		http.Error(w, "please begin again", http.StatusUnauthorized) // see docs/troubleshooting.md
		return
	}
	browser := http.Cookie{Name: "__Host-browser", Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode}
	if c, err := r.Cookie(browser.Name); err == nil {
		browser.Value = c.Value
	} else {
		browser.Value = rand.Text() // crypto/rand
		http.SetCookie(w, &browser)
	}
	kept, err := s.sealer.Seal(next, browser.Value)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	pending := browser
	pending.Name, pending.Value, pending.MaxAge = "__Host-pending", kept, 15*60
	http.SetCookie(w, &pending)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(next) // the public view: what the form needs, and no secret
}

// post sends a form, and keeps cookies as a browser does.
func post(jar map[string]*http.Cookie, handle http.HandlerFunc, form url.Values) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range jar {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	handle(w, r)
	for _, c := range w.Result().Cookies() {
		jar[c.Name] = c
	}
	if w.Header().Get("Content-Type") == "application/json" {
		var view struct{ Type string }
		if err := json.Unmarshal(w.Body.Bytes(), &view); err != nil {
			fmt.Println(err)
		}
		fmt.Println(w.Code, view.Type)
		return
	}
	fmt.Print(w.Code, " ", w.Body)
}

func Example_guideSteps() {
	pool, client := newPool(cognitotest.Config{}, appKey)
	defer pool.Close()
	// Two instances with one key: the second request reaches another.
	one, other := &loginSite{client, newSealer()}, &loginSite{client, newSealer()}
	browser, thief := map[string]*http.Cookie{}, map[string]*http.Cookie{}

	post(browser, one.login, url.Values{"username": {"ann"}, "password": {password}})
	thief["__Host-pending"] = browser["__Host-pending"]
	post(thief, other.answer, url.Values{"code": {"123456"}})
	post(browser, other.answer, url.Values{"code": {"no code"}})
	post(browser, other.answer, url.Values{"code": {must(totp.Code(appKey, time.Now()))}})
	// Output:
	// 200 totp_code
	// 401 please begin again
	// 422 totp_code
	// 200 welcome, ann
}
