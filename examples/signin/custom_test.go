//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/examples/internal/exitcode"
	"github.com/cognitomfa/cognitomfa/examples/internal/farends"
	"github.com/cognitomfa/cognitomfa/internal/idptest"
)

// A customWorld is a pool whose triggers ask custom challenges.
type customWorld struct {
	world
	mails *farends.Mailbox
	clock *cognitotest.Clock // the triggers'
}

// newCustomWorld starts one that sends browsers back to an address, or to one of
// this machine that is free if that is "". The triggers' clock is so much slow.
func newCustomWorld(t *testing.T, callback string, slow time.Duration) customWorld {
	t.Helper()
	if callback == "" {
		callback = "http://" + reserve(t) + "/callback"
	}
	far, err := farends.Start(callback)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { far.Close() })
	w := customWorld{mails: new(farends.Mailbox), clock: cognitotest.NewClock(time.Now().Add(-slow))}
	triggers, err := far.Triggers(w.mails, 5*time.Minute, w.clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	w.world = newWorld(t, cognitotest.Config{Triggers: triggers}, cognitotest.User{
		Username: username, Password: password, Attributes: map[string]string{"email": "ann@example.com", "email_verified": "true"},
	})
	return w
}

// reserve returns an address of this machine at which the program can listen. A
// socket that is bound there and does not listen keeps the port from being given to
// any other test until then; where the system does not let both have it, the port
// is only likely to be free.
func reserve(t *testing.T) string {
	t.Helper()
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(socket) })
	syscall.CloseOnExec(socket)
	if err := errors.Join(
		syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1), // as net.Listen does
		syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}),
	); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(socket)
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	if l, err := net.Listen("tcp", address); err == nil {
		l.Close()
	} else {
		syscall.Close(socket)
	}
	return address
}

// chooses begins a sign-in and chooses a method.
func (w customWorld) chooses(t *testing.T, method string) *person {
	t.Helper()
	p := start(t, w.world, "-username", username, "-flow", "custom-srp")
	p.answers("Password of ann: ", password)
	p.sees("Choose a second factor")
	p.answers("Number: ", method)
	return p
}

// mailed is the newest code.
func (w customWorld) mailed(t *testing.T) string {
	t.Helper()
	all := w.mails.To("ann@example.com")
	if len(all) == 0 {
		t.Fatal("no mail")
	}
	return all[len(all)-1].Code
}

func another(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestMailedCode(t *testing.T) {
	t.Parallel()
	t.Run("wrong, sent again, right", func(t *testing.T) {
		t.Parallel()
		// The program's clock, which is right, lets a code be sent again at once.
		w := newCustomWorld(t, "", 61*time.Second)
		p := w.chooses(t, "email-otp")
		p.sees("Code of 6 digits that was sent to a***@e*** (attempts left: 3; r sends another, 2 more): ")
		p.types(another(w.mailed(t)) + "\n")
		p.sees("That was not right")
		p.sees("(attempts left: 2; r sends another, 2 more): ")
		first := w.mailed(t)
		w.clock.Advance(4 * time.Minute) // of the code's five
		p.types("R\n")
		p.sees("(attempts left: 2; r sends another, 1 more): ")
		if strings.Contains(p.screen.String()[p.read:], "not right") || len(w.mails.To("ann@example.com")) != 2 {
			t.Errorf("%d mails:\n%s", len(w.mails.To("ann@example.com")), p.screen.String())
		}
		p.types("r\n")
		p.sees("A code was sent a moment ago") // the triggers' clock is three minutes fast
		p.sees("(attempts left: 2; r sends another, 1 more): ")
		if first != w.mailed(t) { // but once in a million times
			p.types(first + "\n")
			p.sees("(attempts left: 1; r sends another, 1 more): ")
		}
		p.types(w.mailed(t) + "\n")
		p.signedIn()
	})
	t.Run("no attempt left", func(t *testing.T) {
		t.Parallel()
		w := newCustomWorld(t, "", 0)
		p := w.chooses(t, "1") // by its number
		for range 3 {
			p.sees("attempts left")
			p.types(another(w.mailed(t)) + "\n")
		}
		if got, rest := p.ends(); got != 16 {
			t.Errorf("exit code %d: %s", got, rest)
		}
	})
	t.Run("chosen beforehand, and another time", func(t *testing.T) {
		t.Parallel()
		w := newCustomWorld(t, "", 0)
		first := start(t, w.world, "-username", username, "-flow", "custom-srp", "-metadata", "method=email-otp")
		first.answers("Password of ann: ", password)
		first.sees("Code of 6 digits")
		first.types("\x04") // Ctrl-D
		got, rest := first.ends()
		token := resumeToken.FindStringSubmatch(rest)
		if got != exitcode.Unanswered || token == nil {
			t.Fatalf("exit code %d: %s", got, rest)
		}
		second := start(t, w.world, "-resume", token[1])
		second.answers("attempts left: 3", w.mailed(t))
		second.signedIn()
	})
}

var shownAddress = regexp.MustCompile(`\n(http://127\S+)`)

// address waits until the program shows where to go.
func (p *person) address(before string) string {
	p.t.Helper()
	m := shownAddress.FindStringSubmatch(p.sees(before))
	if m == nil {
		p.t.Fatalf("no address:\n%s", p.screen.String())
	}
	p.forgets() // Duo's address has a request in it that looks like a token
	return m[1]
}

// browses opens an address, decides there, and returns where the browser is sent.
func (p *person) browses(address string, as idptest.Visitor) string {
	p.t.Helper()
	back, err := idptest.Visit(p.t.Context(), http.DefaultClient, address, as)
	if err != nil {
		p.t.Fatal(err)
	}
	return back.String()
}

// arrives opens an address as the browser does that was sent there.
func (p *person) arrives(address string) (status int) {
	p.t.Helper()
	reply, err := http.Get(address)
	if err != nil {
		p.t.Fatal(err)
	}
	reply.Body.Close()
	return reply.StatusCode
}

// The browser comes back to the program itself.
func TestVisit(t *testing.T) {
	t.Parallel()
	for method, stranger := range map[string]idptest.Visitor{
		"duo":     {Deny: true},
		"blockid": {User: "bob"},
	} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			p := newCustomWorld(t, "", 0).chooses(t, method)
			p.sees("attempts left: 3")
			address := p.address("Waiting for the browser")
			back := p.browses(address, stranger)
			if status := p.arrives(strings.Replace(back, "state=", "state=x", 1)); status != http.StatusBadRequest {
				t.Errorf("another state: status %d", status)
			}
			p.arrives(back)
			p.sees("That was not right")
			p.sees("attempts left: 2")
			next := p.address("Waiting for the browser")
			if next == address {
				t.Error("the address is the old one")
			}
			p.arrives(p.browses(next, idptest.Visitor{User: username}))
			p.signedIn()
		})
	}
}

// The browser comes back to a web site, and the user tells the program where.
func TestPasted(t *testing.T) {
	t.Parallel()
	p := newCustomWorld(t, "https://app.example/callback", 0).chooses(t, "duo")
	address := p.address("Address that the browser has come to: ")
	back := p.browses(address, idptest.Visitor{})
	p.types("nonsense\n")
	p.sees("not an address to which this sign-in leads")
	p.types("%zz\n")
	p.sees("not an address to which this sign-in leads")
	p.answers("come to: ", strings.Replace(back, "state=", "state=x", 1))
	p.sees("not an address to which this sign-in leads")
	p.answers("come to: ", back)
	p.signedIn()
}

// Triggers that are not this project's are shown as they are, less what a
// terminal would obey.
func TestOtherTriggers(t *testing.T) {
	t.Parallel()
	responding := func(response string) cognitotest.Trigger {
		return func(_ context.Context, event []byte) ([]byte, error) {
			var whole map[string]json.RawMessage
			if err := json.Unmarshal(event, &whole); err != nil {
				return nil, err
			}
			whole["response"] = json.RawMessage(response)
			return json.Marshal(whole)
		}
	}
	w := newWorld(t, cognitotest.Config{Triggers: cognitotest.Triggers{
		DefineAuthChallenge: func(ctx context.Context, event []byte) ([]byte, error) {
			if strings.Contains(string(event), `"CUSTOM_CHALLENGE"`) {
				return responding(`{"challengeName": null, "issueTokens": true, "failAuthentication": false}`)(ctx, event)
			}
			return responding(`{"challengeName": "CUSTOM_CHALLENGE", "issueTokens": false, "failAuthentication": false}`)(ctx, event)
		},
		CreateAuthChallenge: responding(`{"publicChallengeParameters": {"riddle": "speak\u001b[2J, friend"},
			"privateChallengeParameters": {"answer": "mellon"}, "challengeMetadata": "riddle"}`),
		VerifyAuthChallengeResponse: responding(`{"answerCorrect": true}`),
	}}, cognitotest.User{Username: username, Password: password})
	p := start(t, w, "-username", username, "-flow", "custom")
	p.sees("asks a question of its own")
	p.sees("riddle: speak\ufffd[2J, friend")
	p.answers("Answer: ", "mellon")
	p.signedIn()
}
