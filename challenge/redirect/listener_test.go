package redirect_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/redirect"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// A program on the user's machine.
func ExampleListener_Wait() {
	c, err := wire.NewChallenge(wire.Step{Name: wire.CustomChallenge, Session: "session", Username: "ann", Parameters: map[string]string{
		"auth_url": "https://idp.example/authorize?state=s1", "state": "s1", "expires_at": "1772366700",
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := redirect.Parse(c.(*challenge.Custom)) // what auth.Client.Begin returned
	if err != nil {
		fmt.Println(err)
		return
	}
	listener, err := redirect.Listen("http://127.0.0.1:0/callback") // the triggers' redirect URL, with its port
	if err != nil {
		fmt.Println(err)
		return
	}
	browser := func(address string) { // opens p.URL(), and is sent back
		res, err := http.Get(address)
		if err != nil {
			fmt.Println(err)
			return
		}
		res.Body.Close()
	}
	go browser(listener.URL() + "?state=s1&code=abc")

	answer, err := listener.Wait(context.Background(), p)
	fmt.Println(answer, err) // for auth.Client.Respond
	// Output:
	// answer(CUSTOM_CHALLENGE) <nil>
}

func listen(t *testing.T, address string) *redirect.Listener {
	t.Helper()
	l, err := redirect.Listen(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

type outcome struct {
	answer challenge.Answer
	err    error
}

func wait(ctx context.Context, l *redirect.Listener, p *redirect.Prompt) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		a, err := l.Wait(ctx, p)
		done <- outcome{a, err}
	}()
	return done
}

func get(t *testing.T, address string) (int, string, http.Header) {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body), res.Header
}

func TestListener(t *testing.T) {
	t.Parallel()
	l := listen(t, "http://127.0.0.1:0/callback")
	if strings.HasSuffix(l.URL(), ":0/callback") || !strings.HasPrefix(l.URL(), "http://127.0.0.1:") {
		t.Fatalf("it listens at %s", l.URL())
	}
	done := wait(t.Context(), l, prompt(t))
	// Strangers do not end it, and learn nothing.
	for _, stray := range []string{"", "?code=c&state=x", "/other?code=c&state=" + state, "?code=%zz&state=" + state} {
		if status, body, _ := get(t, l.URL()+stray); status < 400 || body != "" {
			t.Errorf("%q is answered %d %q", stray, status, body)
		}
	}
	res, err := http.Post(l.URL()+"?code=c&state="+state, "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.URL()+"?code=c&state="+state, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example" // a name that was made to point here
	rebound, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	rebound.Body.Close()
	if res.StatusCode != http.StatusNotFound || rebound.StatusCode != http.StatusNotFound {
		t.Errorf("a POST is answered %d, another host %d", res.StatusCode, rebound.StatusCode)
	}
	select {
	case o := <-done:
		t.Fatalf("a stranger ends it: %v", o.err)
	default:
	}
	status, body, header := get(t, l.URL()+"?duo_code=c&state="+state)
	if !strings.Contains(body, "You may close this window") {
		t.Fatalf("the browser is told %q", body) // and nothing will come of it
	}
	o := <-done
	if status != http.StatusOK || o.err != nil || sent(o.answer) != `{"code":"c","state":"`+state+`"}` {
		t.Errorf("status %d, %v, sends %s", status, o.err, sent(o.answer))
	}
	if strings.Contains(body, state) || header.Get("Cache-Control") != "no-store" || header.Get("Referrer-Policy") != "no-referrer" ||
		!strings.HasPrefix(header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("the page %q with %v", body, header)
	}
	if _, err := http.Get(l.URL()); err == nil {
		t.Error("it still listens")
	}
	if _, err := l.Wait(t.Context(), prompt(t)); err == nil {
		t.Error("it waits twice")
	}
}

func TestListenerEnds(t *testing.T) {
	t.Parallel()
	t.Run("the user gives up", func(t *testing.T) {
		t.Parallel()
		l := listen(t, "http://localhost:0")
		done := wait(t.Context(), l, prompt(t))
		if _, body, _ := get(t, l.URL()+"?error=access_denied&state="+state); !strings.Contains(body, "That did not work.") {
			t.Fatalf("the browser is told %q", body)
		}
		var denied *redirect.DeniedError
		if o := <-done; !errors.As(o.err, &denied) {
			t.Error(o.err)
		}
	})
	t.Run("the program gives up", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		l := listen(t, "http://127.0.0.1:0/")
		done := wait(ctx, l, prompt(t))
		// Somebody holds a connection and says nothing.
		conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(l.URL(), "http://"), "/"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		cancel()
		if o := <-done; !errors.Is(o.err, context.Canceled) {
			t.Error(o.err)
		}
	})
	t.Run("a deadline", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := listen(t, "http://127.0.0.1:0/").Wait(ctx, prompt(t)); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
	t.Run("it is closed", func(t *testing.T) {
		t.Parallel()
		l := listen(t, "http://127.0.0.1:0/")
		if err := errors.Join(l.Close(), l.Close()); err != nil {
			t.Error(err)
		}
		if _, err := l.Wait(t.Context(), prompt(t)); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	t.Run("somebody guesses", func(t *testing.T) {
		t.Parallel()
		l := listen(t, "http://127.0.0.1:0/")
		done := wait(t.Context(), l, prompt(t))
		for i := range 100 {
			status, _, _ := get(t, fmt.Sprintf("%s?code=c&state=%d", l.URL(), i))
			if last := i == 99; (status == http.StatusOK) != last {
				t.Fatalf("guess %d is answered %d", i, status)
			}
		}
		if o := <-done; !errors.Is(o.err, redirect.ErrState) {
			t.Error(o.err)
		}
	})
}

func TestListenRefuses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"", "https://127.0.0.1:8400/", "http://0.0.0.0:8400/", "http://example.com:8400/", "http://192.168.0.1:8400/",
		"http://127.0.0.1/", "http://127.0.0.1:8400/?x=y", "http://127.0.0.1:8400/#x", "http://u@127.0.0.1:8400/", "127.0.0.1:8400", "http://:8400/",
	} {
		if l, err := redirect.Listen(address); !errors.Is(err, redirect.ErrRedirectURL) {
			t.Errorf("%q: %v", address, err)
			if l != nil {
				l.Close()
			}
		}
	}
	l := listen(t, "http://127.0.0.1:0/")
	if _, err := redirect.Listen(l.URL()); err == nil || errors.Is(err, redirect.ErrRedirectURL) {
		t.Errorf("a port in use: %v", err)
	}
}
