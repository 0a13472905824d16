// Package methodtest takes a method of custom challenges through whole sign-ins:
// the library's client on one side, a user pool with the method behind its
// triggers on the other, and everything between them that an attacker can try.
package methodtest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// The users of the pool, and their password.
const (
	Ann      = "ann"
	Bob      = "bob"
	password = "Correct-Horse-1"
)

// A Far is a method and the other site that it sends users to.
type Far struct {
	Method trigger.Method
	// Answer is what the user's program answers once somebody passed at the
	// other site, with the address of this challenge.
	Answer func(t *testing.T, c *challenge.Custom, who string) challenge.Answer
	// Chooses says that whoever opens the address may pass as anybody there.
	Chooses bool
	// Unbound says that an answer is tied to the user and to one use, and not to
	// the question.
	Unbound bool
	// Transplant puts what proves something in an answer to another challenge
	// into the form of an answer to c: the best that a thief can do. Nil if
	// there is nothing better than the answer as it is.
	Transplant func(t *testing.T, c *challenge.Custom, answer string) string
	// Down cuts the other site off. Nil if there is none.
	Down func()
	// CreateCalls says that a question cannot be made without the other site.
	CreateCalls bool
}

// A Maker makes a Far with a store and a clock.
type Maker func(t *testing.T, store trigger.Store, now func() time.Time) Far

// Attributes are those of the users that methods may be bound to.
func Attributes(username string) map[string]string {
	return map[string]string{
		"email": username + "@example.com", "email_verified": "true", "custom:idp_sub": "sub-" + username,
	}
}

type world struct {
	*testing.T
	Far
	pool   *cognitotest.Pool
	client *auth.Client
	repeat bool // Verify is called twice, and the first verdict lost
}

func newWorld(t *testing.T, make Maker, optFns ...func(*trigger.Options)) *world {
	t.Helper()
	clock := cognitotest.NewClock(time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC))
	store := trigger.NewMemory(clock.Now)
	w := &world{T: t, Far: make(t, store, clock.Now)}
	handler, err := trigger.New(bytes.Repeat([]byte("k"), trigger.MinKey), store, []trigger.Method{w.Method},
		append([]func(*trigger.Options){func(o *trigger.Options) {
			o.Now, o.Logger = clock.Now, slog.New(slog.DiscardHandler)
		}}, optFns...)...)
	if err != nil {
		t.Fatal(err)
	}
	verify := func(ctx context.Context, event []byte) ([]byte, error) {
		if w.repeat {
			if _, err := handler.Invoke(ctx, event); err != nil {
				t.Error(err)
			}
		}
		return handler.Invoke(ctx, event)
	}
	w.pool = cognitotest.Start(t, cognitotest.Config{
		Clock: clock, CustomAttributes: []string{"idp_sub"},
		Client: cognitotest.ClientConfig{SessionValidity: 15 * time.Minute},
		Triggers: cognitotest.Triggers{
			DefineAuthChallenge: handler.Invoke, CreateAuthChallenge: handler.Invoke, VerifyAuthChallengeResponse: verify,
		},
	})
	for _, name := range []string{Ann, Bob} {
		w.pool.AddUser(cognitotest.User{Username: name, Password: password, Attributes: Attributes(name)})
	}
	if w.client, err = auth.New(w.pool.SDK(), w.pool.ID(), w.pool.Client().ID); err != nil {
		t.Fatal(err)
	}
	return w
}

// begin gives the password, and returns the question.
func (w *world) begin(username string) *challenge.Custom {
	w.Helper()
	return w.first(auth.CustomSRP(username, password))
}

func (w *world) first(f auth.FirstFactor) *challenge.Custom {
	w.Helper()
	tokens, next, err := w.client.Begin(w.Context(), f)
	c, ok := next.(*challenge.Custom)
	if !ok {
		w.Fatalf("got tokens %t, challenge %v, error %v, want a custom challenge", tokens != nil, next, err)
	}
	return c
}

// passes demands tokens for an answer.
func (w *world) passes(a challenge.Answer) {
	w.Helper()
	tokens, next, err := w.client.Respond(w.Context(), a)
	if tokens == nil {
		w.Fatalf("no tokens, but %v, %v", next, err)
	}
}

// fails demands that an answer is wrong, and returns the question that follows.
func (w *world) fails(a challenge.Answer) *challenge.Custom {
	w.Helper()
	tokens, next, err := w.client.Respond(w.Context(), a)
	c, ok := next.(*challenge.Custom)
	if !ok {
		w.Fatalf("got tokens %t, challenge %v, error %v, want another attempt", tokens != nil, next, err)
	}
	return c
}

// ends demands that an answer ends the sign-in.
func (w *world) ends(a challenge.Answer) error {
	w.Helper()
	tokens, next, err := w.client.Respond(w.Context(), a)
	if tokens != nil || next != nil || !errors.Is(err, auth.ErrStartOver) {
		w.Fatalf("got tokens %t, challenge %v, error %v, want auth.ErrStartOver", tokens != nil, next, err)
	}
	return err
}

// text is what an answer sends.
func text(a challenge.Answer) string { return wire.ReadAnswer(a).Responses[wire.KeyAnswer] }

func (w *world) answer(c *challenge.Custom, who string) challenge.Answer {
	w.Helper()
	return w.Answer(w.T, c, who)
}

// transplant is Far's, or the answer as it is.
func (w *world) transplant(c *challenge.Custom, answer string) challenge.Answer {
	if w.Transplant != nil {
		answer = w.Transplant(w.T, c, answer)
	}
	return c.Answer(answer)
}

// Run runs every sign-in with a method.
func Run(t *testing.T, make Maker) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Maker){
		"right": right, "wrong then right": wrongThenRight, "exhausted": exhausted, "expired": expired,
		"reused": reused, "repeated by Cognito": repeated, "another person": anotherPerson, "tampered": tampered,
		"unknown user": unknownUser, "down": down,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, make)
		})
	}
}

func right(t *testing.T, make Maker) {
	w := newWorld(t, make)
	c := w.begin(Ann)
	w.passes(w.answer(c, Ann))
	w.ends(w.answer(w.lastTry(), "")) // another sign-in does not profit from it
}

// lastTry is a sign-in of ann with one attempt left.
func (w *world) lastTry() *challenge.Custom {
	c := w.begin(Ann)
	for range trigger.DefaultLimits.Attempts - 1 {
		c = w.fails(c.Answer("x"))
	}
	return c
}

func wrongThenRight(t *testing.T, make Maker) {
	w := newWorld(t, make)
	c := w.begin(Ann)
	first := w.answer(c, Ann)
	again := w.fails(c.Answer(`{"code":"x","state":"y"}`))
	if !w.Unbound {
		again = w.fails(again.Answer(text(first))) // the answer to the round before
	}
	w.passes(w.answer(again, Ann))
}

func exhausted(t *testing.T, make Maker) {
	w := newWorld(t, make)
	c := w.lastTry()
	good := w.answer(c, Ann)
	w.ends(c.Answer("x"))
	w.ends(good) // the session is over
}

func expired(t *testing.T, make Maker) {
	w := newWorld(t, make)
	c := w.begin(Ann)
	answer := w.answer(c, Ann)
	w.pool.Clock().Advance(5 * time.Minute)
	again := w.fails(answer)
	w.passes(w.answer(again, Ann))
}

func reused(t *testing.T, make Maker) {
	w := newWorld(t, make)
	c := w.begin(Ann)
	answer := w.answer(c, Ann)
	w.passes(answer)
	other := w.begin(Ann)
	other = w.fails(other.Answer(text(answer)))
	other = w.fails(w.transplant(other, text(answer)))
	w.passes(w.answer(other, Ann))
	if w.Unbound {
		return
	}
	// What was not spent does not serve another sign-in either.
	unspent := text(w.answer(w.begin(Ann), Ann))
	w.fails(w.transplant(w.begin(Ann), unspent))
}

func repeated(t *testing.T, make Maker) {
	w := newWorld(t, make)
	w.repeat = true
	w.passes(w.answer(w.begin(Ann), Ann))
}

func anotherPerson(t *testing.T, make Maker) {
	w := newWorld(t, make)
	// Bob knows ann's password, and passes the second factor as himself.
	his := text(w.answer(w.begin(Bob), Bob))
	c := w.fails(w.begin(Ann).Answer(his))
	c = w.fails(w.transplant(c, his))
	if w.Chooses {
		w.ends(w.answer(c, Bob))
	}
}

func tampered(t *testing.T, make Maker) {
	w := newWorld(t, make)
	c := w.begin(Ann)
	good := []byte(text(w.answer(c, Ann)))
	// One character of it is another: in the state, in a signature.
	for _, at := range []int{len(good) / 2, len(good) - 5} {
		bad := slices.Clone(good)
		bad[at] ^= 1
		c = w.fails(c.Answer(string(bad)))
	}
	w.ends(c.Answer("{}"))
}

func unknownUser(t *testing.T, make Maker) {
	w := newWorld(t, make, func(o *trigger.Options) { o.WithoutPassword = true })
	known, unknown := w.first(auth.Custom(Ann)), w.first(auth.Custom("nobody"))
	keys := func(c *challenge.Custom) []string { return slices.Sorted(maps.Keys(c.Parameters())) }
	if a, b := keys(known), keys(unknown); !slices.Equal(a, b) {
		t.Errorf("a known user is asked with %q, an unknown one with %q", a, b)
	}
	var errs []error
	for _, c := range []*challenge.Custom{known, unknown} {
		for range trigger.DefaultLimits.Attempts - 1 {
			c = w.fails(w.answer(c, ""))
		}
		errs = append(errs, w.ends(w.answer(c, "")))
	}
	var a, b *auth.Error
	if !errors.As(errs[0], &a) || !errors.As(errs[1], &b) || a.Code != b.Code {
		t.Errorf("they end differently: %v, %v", errs[0], errs[1])
	}
}

func down(t *testing.T, make Maker) {
	w := newWorld(t, make)
	if w.Down == nil {
		t.Skip("there is no other site to be down")
	}
	c := w.begin(Ann)
	answer := w.answer(c, Ann)
	w.Down()
	tokens, _, err := w.client.Respond(t.Context(), answer)
	if tokens != nil {
		t.Fatal("tokens without a second factor")
	}
	tokens, next, err2 := w.client.Begin(t.Context(), auth.CustomSRP(Ann, password))
	if tokens != nil || w.CreateCalls == (next != nil) || w.CreateCalls && err == nil {
		t.Errorf("got %v and %v, challenge %v", err, err2, next)
	}
}
