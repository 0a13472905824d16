package leaktest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
)

// Tap serves a user pool at another address, where the listener learns from every
// request and reply. start starts the pool with an issuer in which {poolId} stands
// for its id, so that its keys are found there too, and returns its own address.
func (l *Listener) Tap(start func(issuer string) string) *httptest.Server {
	server := httptest.NewUnstartedServer(nil)
	pool := &url.URL{Scheme: "http", Host: strings.TrimPrefix(start("http://"+server.Listener.Addr().String()+"/{poolId}"), "http://")}
	server.Config.Handler = &httputil.ReverseProxy{
		Transport: l,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(pool)
			r.Out.Host = r.In.Host // which is signed
		},
	}
	server.Start()
	return server
}

// RoundTrip implements [http.RoundTripper], for the HTTP client of a program in
// this process: it learns from the request and the reply.
func (l *Listener) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Body = l.learning(r.Body)
	reply, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		reply.Body = l.learning(reply.Body)
	}
	return reply, err
}

// learning reads a body, learns from it and gives it back. One that cannot be read
// to its end is cut off there.
func (l *Listener) learning(body io.ReadCloser) io.ReadCloser {
	if body == nil {
		return nil
	}
	text, _ := io.ReadAll(body)
	body.Close()
	l.LearnJSON(text)
	return io.NopCloser(bytes.NewReader(text))
}

// Hearing returns a handler that answers as another does, and hears it: the header
// and the body of each reply, where it is the method and the path.
func (l *Listener) Hearing(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		where := r.Method + " " + r.URL.Path // before anybody changes them
		reply := httptest.NewRecorder()
		h.ServeHTTP(reply, r)
		var text strings.Builder
		reply.Result().Header.Write(&text) // a Builder takes everything
		text.Write(reply.Body.Bytes())
		l.Hear(where, text.String())
		for name, values := range reply.Result().Header {
			w.Header()[name] = values
		}
		w.WriteHeader(reply.Code)
		w.Write(reply.Body.Bytes()) // the client is gone if it fails
	})
}
