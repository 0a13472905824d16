package main

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
)

// A site is the web application. It has no state of its own: what changes is in
// the pool and in the browsers' cookies.
type site struct {
	o        options
	pool     pool
	doors    []*door // one, or one for each way
	accounts *auth.Accounts
	factors  *auth.Factors
	devices  *auth.Devices
	verifier *auth.Verifier
	sealer   *challenge.Sealer
	cookies  *cookies
	pages    map[string]*template.Template
	log      *slog.Logger
	now      func() time.Time
}

func newSite(ctx context.Context, o options, log *slog.Logger) (*site, error) {
	p, err := o.pool(ctx)
	if err != nil {
		return nil, err
	}
	s := &site{o: o, pool: p, log: log, now: time.Now}
	options := func(a *auth.Options) {
		if p.secret != "" {
			auth.ClientSecret(p.secret)(a)
		}
		a.SessionValidity = o.validity()
		a.Observe = s.observe
	}
	var clientIDs []string
	for _, c := range p.clients {
		clientIDs = append(clientIDs, c.id)
	}
	var failed [8]error
	s.doors, failed[0] = p.doors(options)
	s.accounts, failed[1] = auth.NewAccounts(p.api, clientIDs[0], options)
	s.factors, failed[2] = auth.NewFactors(p.api, options)
	s.devices, failed[3] = auth.NewDevices(p.api, options)
	s.verifier, failed[4] = auth.NewVerifier(p.issuer, clientIDs)
	s.sealer, failed[5] = challenge.NewSealer(o.key)
	s.cookies, failed[6] = newCookies(o.key, strings.HasPrefix(o.origin, "https:"), time.Now)
	s.pages, failed[7] = parsePages()
	if err := errors.Join(failed[:]...); err != nil {
		return nil, errors.Join(err, p.close())
	}
	s.sealer.DeviceValidity = 90 * 24 * time.Hour
	return s, nil
}

func (s *site) close() error { return s.pool.close() }

// observe logs each call to the pool. Nothing in a Call is secret.
func (s *site) observe(ctx context.Context, c auth.Call) {
	s.log.InfoContext(ctx, "cognito", "operation", c.Operation, "challenge", c.Challenge, "next", c.Next,
		"duration", c.Duration, "attempts", c.Attempts, "reason", c.Reason, "request", c.RequestID)
}

//go:embed pages static
var files embed.FS

func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	page := func(pattern string, serve func(http.ResponseWriter, *http.Request) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			if err := serve(w, r); err != nil {
				s.fail(w, r, err)
			}
		})
	}
	page("GET /{$}", s.home)
	page("GET /signup", s.showSignUp)
	page("POST /signup", s.signUp)
	page("GET /confirm", s.showConfirm)
	page("POST /confirm", s.confirm)
	page("POST /confirm/resend", s.resend)
	page("GET /signin", s.showSignIn)
	page("POST /signin", s.signIn)
	page("GET /forgot", s.showForgot)
	page("POST /forgot", s.forgot)
	page("POST /forgot/confirm", s.confirmForgot)
	page("POST /forgot/cancel", s.cancelForgot)
	page("GET /challenge", s.showChallenge)
	page("POST /challenge", s.answer)
	page("GET /challenge/qr.png", s.qr)
	page("POST /challenge/cancel", s.cancel)
	page("GET "+callbackPath, s.callback)
	s.accountPages(page)
	page("/", func(http.ResponseWriter, *http.Request) error { return errNotFound })

	static, err := fs.Sub(files, "static")
	if err != nil {
		panic(err) // the directory is embedded under this name
	}
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(static)))

	// Forms of other sites are refused by what browsers say of a request's
	// origin, so the forms here need no tokens.
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, errForeign) }))
	return secured(crossOrigin.Handler(mux))
}

// maxForm is far above any form here; a passkey's credential is the longest.
const maxForm = 64 << 10

// secured sets the headers that keep other sites' code and frames out.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy",
			"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin") // a path may hold an authorization code
		if !strings.HasPrefix(r.URL.Path, "/static/") {
			h.Set("Cache-Control", "no-store")
		}
		next.ServeHTTP(w, r)
	})
}

func (s *site) home(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.session(w, r); err == nil {
		return seeOther(w, r, "/account")
	}
	return seeOther(w, r, "/signin")
}

// seeOther is how every form ends, so that reloading a page does not send it
// again.
func seeOther(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}
