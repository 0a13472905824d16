package redirect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge"
)

// ErrRedirectURL is what [Listen] says to an address that is not one of this
// machine: http, a loopback address or "localhost", no query.
var ErrRedirectURL = errors.New("redirect: the redirect URL must be http://127.0.0.1:PORT/PATH")

// A Listener waits on this machine for the browser of its user to come back, as
// RFC 8252 describes for programs that are not web sites. It takes one redirect
// and is done.
type Listener struct {
	listener net.Listener
	url      url.URL
	close    sync.Once
	err      error // of Close
}

const (
	// maxStrays is how many requests with another state are turned away before
	// Wait gives up: somebody on this machine is guessing.
	maxStrays = 100
	// answerTimeout bounds one request, so that a connection left open does not
	// keep Wait from returning.
	answerTimeout = 10 * time.Second
)

// Listen listens at a redirect URL, which must be the one that the triggers send
// to the identity provider: "http://127.0.0.1:8400/callback". A provider that
// lets programs use any port (RFC 8252, section 7.3) may be given port 0; then
// [Listener.URL] tells which it is. "localhost" is taken for providers that know
// nothing else, and means 127.0.0.1. The error matches [ErrRedirectURL], or is
// that of net.Listen.
func Listen(redirectURL string) (*Listener, error) {
	u, err := url.Parse(redirectURL)
	if err != nil || u.Scheme != "http" || !loopback(u.Hostname()) || u.Port() == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, ErrRedirectURL
	}
	host := u.Hostname()
	if host == "localhost" {
		host = "127.0.0.1" // not what a hosts file says it is
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, u.Port()))
	if err != nil {
		return nil, fmt.Errorf("redirect: %w", err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("redirect: %w", err), l.Close())
	}
	u.Host = net.JoinHostPort(u.Hostname(), port)
	if u.Path == "" {
		u.Path = "/"
	}
	return &Listener{listener: l, url: *u}, nil
}

// URL is the redirect URL, with the port at which it listens.
func (l *Listener) URL() string { return l.url.String() }

// Close stops listening. Wait does that by itself; Close is for a program that
// does not come to it.
func (l *Listener) Close() error {
	l.close.Do(func() { l.err = l.listener.Close() })
	return l.err
}

// Wait serves until the browser comes with the prompt's state, tells its user to
// return to the program, and makes the answer. Requests to other paths and with
// other states are turned away and do not end it. The error is as that of
// [Prompt.Answer]; that of the context; [ErrState] after a hundred strangers. It
// closes the listener.
func (l *Listener) Wait(ctx context.Context, p *Prompt) (challenge.Answer, error) {
	w := waiting{prompt: p, url: l.url, done: make(chan result, 1)}
	server := &http.Server{
		Handler: &w, ReadTimeout: answerTimeout, WriteTimeout: answerTimeout, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l.listener) }()
	var r result
	select {
	case r = <-w.done:
	case <-ctx.Done():
		r.err = context.Cause(ctx)
	case err := <-served:
		return challenge.Answer{}, fmt.Errorf("redirect: the listener is closed: %w", err)
	}
	// The page that says so is still being written.
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if server.Shutdown(stopping) != nil {
		server.Close() // whoever still holds a connection is not the browser
	}
	<-served
	return r.answer, r.err
}

type result struct {
	answer challenge.Answer
	err    error
}

// waiting is the handler of one Wait.
type waiting struct {
	prompt *Prompt
	url    url.URL
	done   chan result

	mu     sync.Mutex
	strays int
	over   bool
}

// ServeHTTP takes the redirect. The host is compared too: a page elsewhere whose
// name was made to point here (DNS rebinding) is not the identity provider.
func (w *waiting) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	out.Header().Set("Cache-Control", "no-store")
	out.Header().Set("Referrer-Policy", "no-referrer") // the address has the code in it
	out.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	out.Header().Set("X-Content-Type-Options", "nosniff")
	out.Header().Set("Content-Type", "text/html; charset=utf-8")
	out.Header().Set("Connection", "close")
	if r.Method != http.MethodGet || r.URL.Path != w.url.Path || r.Host != w.url.Host {
		out.WriteHeader(http.StatusNotFound)
		return
	}
	var res result
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		res.err = ErrState // whatever of it could be read
	} else {
		res.answer, res.err = w.prompt.Answer(query)
	}
	if errors.Is(res.err, ErrState) && !w.stray() {
		out.WriteHeader(http.StatusBadRequest)
		return
	}
	text := "You may close this window and return to the program."
	if res.err != nil {
		text = "That did not work. " + text
	}
	io.WriteString(out, "<!DOCTYPE html><title>Sign-in</title><p>"+text+"</p>\n") // the browser is gone if it fails
	w.finish(res)
}

// stray counts a stranger, and reports whether it was one too many.
func (w *waiting) stray() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.strays++
	return w.strays >= maxStrays
}

// finish hands the result over, of which there is one.
func (w *waiting) finish(r result) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		w.over = true
		w.done <- r
	}
}
