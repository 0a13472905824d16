package emailotp_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

func TestRightAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	f := w.begin(nil)
	f.wants("3 2", 1)
	now := w.Clock().Now()
	want := emailotp.Challenge{
		Destination: "a***@e***", CodeLength: digits, AttemptsLeft: 3, ResendsLeft: 2,
		Expires: now.Add(5 * time.Minute).Truncate(time.Second), ResendAfter: now.Add(time.Minute).Truncate(time.Second),
	}
	got := emailotp.Challenge{
		Destination: f.asked.Destination, CodeLength: f.asked.CodeLength, AttemptsLeft: f.asked.AttemptsLeft,
		ResendsLeft: f.asked.ResendsLeft, Expires: f.asked.Expires, ResendAfter: f.asked.ResendAfter,
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(emailotp.Challenge{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if to := w.box.mails[0].To(); to != email {
		t.Errorf("the mail went to %s", to)
	}
	code := w.code(0)
	f.answer(" " + code[:3] + "-" + code[3:] + "\n")
	f.wants("tokens", 1)
}

// Three attempts on one code, and none more.
func TestAttempts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	f := w.begin(nil)
	f.answer(w.wrong(0))
	f.wants("2 2", 1)
	f.answer("what?")
	f.wants("1 2", 1)
	f.answer(w.code(0))
	f.wants("tokens", 1)

	f = w.begin(nil)
	for range 3 {
		f.answer(w.wrong(1))
	}
	f.wants("over", 2)
}

func TestExpired(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	f := w.begin(nil)
	w.Clock().Advance(5*time.Minute - time.Second)
	f.answer(w.wrong(0))
	f.wants("2 2", 1)
	w.Clock().Advance(time.Second)
	f.answer(w.code(0))
	f.wants("1 2", 2) // late is wrong, and brings another code
	f.answer(w.code(0))
	f.wants("over", 2)

	f = w.begin(nil)
	f.answer(w.code(1))
	f.wants("tokens", 2) // the cooldown has not ended, and so the code is the same
}

// A code is good once, for one user.
func TestCodeOfAnotherSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	first, second := w.begin(nil), w.begin(nil)
	first.wants("3 2", 1)
	second.wants("3 2", 1) // within the cooldown: no other mail
	first.answer(w.code(0))
	first.wants("tokens", 1)
	second.answer(w.code(0))
	second.wants("2 2", 1)

	third := w.begin(nil) // the code was used: another
	third.wants("3 2", 2)
	third.answer(w.code(0))
	third.wants("2 2", 2)
	third.answer(w.code(1))
	third.wants("tokens", 2)

	w.AddUser(cognitotest.User{Username: "bob", Password: password, Attributes: map[string]string{"email": "bob@example.com", "email_verified": "true"}})
	bobs := &flow{world: w}
	bobs.take(w.client.Begin(t.Context(), auth.CustomSRP("bob", password)))
	mine := w.begin(nil)
	mine.wants("3 2", 4)
	bobs.answer(w.code(3))
	bobs.wants("2 2", 4)
	mine.answer(w.code(2))
	mine.wants("2 2", 4)
	bobs.answer(w.code(2))
	bobs.wants("tokens", 4)
}

// Resending makes another code in place of the first, and is no attempt.
func TestResend(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	f := w.begin(nil)
	f.resend()
	f.wants("3 1", 1) // too soon: the code stays
	other := w.begin(nil)
	w.Clock().Advance(time.Minute)
	f.resend()
	f.wants("3 0", 2)
	f.answer(w.code(0))
	f.wants("2 0", 2)
	other.answer(w.code(0))
	other.wants("2 2", 2) // nor is it good elsewhere any more
	f.answer(w.code(1))
	f.wants("tokens", 2)

	w.Clock().Advance(time.Minute)
	f = w.begin(nil)
	for range 2 {
		f.resend()
	}
	f.wants("3 0", 3)
	f.resend()
	f.wants("over", 3)
}

// The right code with a request to resend is not judged.
func TestResendIsNoAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	f := w.begin(nil)
	f.take(f.client.Respond(t.Context(), f.asked.Answer(w.code(0)), said(trigger.Resend())))
	f.wants("3 1", 1)
	f.answer(w.code(0))
	f.wants("tokens", 1)
}

// Nobody gets what somebody gets, but for the mail and the tokens.
func TestUnknownUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{handler: func(o *trigger.Options) { o.WithoutPassword = true }})
	begin := func(name string) *flow {
		f := &flow{world: w}
		f.take(w.client.Begin(t.Context(), auth.Custom(name)))
		return f
	}
	// The parameters, but for the letters of the address.
	shape := func(f *flow) map[string]string {
		p := f.custom.Parameters()
		if to := p["destination"]; len(to) == len("a***@e***") {
			p["destination"] = "?" + to[1:5] + "?" + to[6:]
		}
		return p
	}
	known, unknown := begin(username), begin("zoe")
	if diff := cmp.Diff(shape(known), shape(unknown)); diff != "" {
		t.Errorf("(-known +unknown):\n%s", diff)
	}
	if a, b := begin("zoe").asked.Destination, begin("zoe").asked.Destination; a != b || a != unknown.asked.Destination {
		t.Errorf("asking again shows %s, %s and %s", a, b, unknown.asked.Destination)
	}
	if a, b := begin("zoe@corp.example").asked.Destination, "z***@c***"; a != b {
		t.Errorf("who signs in by address is shown %s", a)
	}
	unknown.answer(w.code(0))
	unknown.wants("2 2", 1)
	known.answer("0")
	known.wants("2 2", 1)
	unknown.resend()
	unknown.wants("2 1", 1)
	known.resend()
	known.wants("2 1", 1)
	for range 2 {
		unknown.answer("0000000000")
		known.answer("0000000000")
	}
	// The texts differ in their request ids, which come last.
	a, _, _ := strings.Cut(fmt.Sprint(known.err), "request id")
	b, _, _ := strings.Cut(fmt.Sprint(unknown.err), "request id")
	if a != b {
		t.Errorf("known: %s\nunknown: %s", a, b)
	}
	unknown.wants("over", 1)
}

// Without an address that the pool has verified there is no mail and no way in,
// and nothing shows it.
func TestUnverified(t *testing.T) {
	t.Parallel()
	for name, attributes := range map[string]map[string]string{
		"not verified": {"email": "zoe@example.com", "email_verified": "false"},
		"no word":      {"email": "zoe@example.com"},
		"no address":   {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{})
			w.AddUser(cognitotest.User{Username: "zoe", Password: password, Attributes: attributes})
			f := &flow{world: w}
			f.take(w.client.Begin(t.Context(), auth.CustomSRP("zoe", password)))
			f.wants("3 2", 0)
			f.answer("0000000000")
			f.wants("2 2", 0)
			if !strings.Contains(w.log.String(), "not sent") {
				t.Errorf("the log does not say why:\n%s", w.log)
			}
		})
	}
}

// Cognito repeats a Create that takes too long. The mail was sent: the
// repetition asks for its code.
func TestCreateRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.box.sending = func(context.Context) error {
		w.box.mu.Lock()
		w.box.sending = nil
		w.box.mu.Unlock()
		w.Clock().Advance(patience)
		<-t.Context().Done() // accepted, but the function never hears of it
		return nil
	}
	f := w.begin(nil)
	f.wants("3 2", 1)
	f.answer(w.code(0))
	f.wants("tokens", 1)
}

// Cognito repeats a Verify too. The code was used up by the first, and for the
// same round it is good.
func TestVerifyRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{loseVerify: true})
	f, other := w.begin(nil), w.begin(nil)
	f.answer(w.code(0))
	f.wants("tokens", 1)
	other.answer(w.code(0))
	other.wants("2 2", 1)
}

// A mail that was not accepted ends the sign-in, in words that say nothing, and
// the next one need not wait.
func TestSendFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.box.sending = func(context.Context) error { return errors.New("throttled") }
	f := w.begin(nil)
	f.wants("denied", 1)
	if !strings.Contains(w.log.String(), "throttled") {
		t.Errorf("the log does not say why:\n%s", w.log)
	}
	w.box.sending = nil
	f = w.begin(nil)
	f.wants("3 2", 2)
	f.answer(w.code(1))
	f.wants("tokens", 2)
}

// One user gets so many mails an hour, and no sign-in shows it.
func TestMaxSends(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{method: func(o *emailotp.Options) { o.MaxSends = 3 }})
	for i := range 5 {
		w.begin(nil).wants("3 2", min(i+1, 3))
		w.Clock().Advance(time.Minute)
	}
	w.Clock().Advance(time.Hour)
	w.begin(nil).wants("3 2", 4)
}

// second is another method to choose: its answer is "open sesame".
type second struct{}

func (second) Name() string { return "second" }

func (second) Create(context.Context, trigger.CreateInput) (trigger.Question, error) {
	return trigger.Question{Public: map[string]string{"question": "what opens?"}}, nil
}

func (second) Verify(_ context.Context, in trigger.VerifyInput) (trigger.Verdict, error) {
	return trigger.Verdict{Correct: in.Answer == "open sesame"}, nil
}

func TestChosenAmongTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{more: []trigger.Method{second{}}})
	f := w.begin(trigger.Choose(emailotp.Name)) // with the password
	f.wants("3 2", 1)
	f.answer(w.code(0))
	f.wants("tokens", 1)

	f = w.begin(trigger.Choose("second"))
	f.take(w.client.Respond(t.Context(), f.custom.Answer("open sesame")))
	f.wants("tokens", 1)

	f = w.begin(nil) // in a round of its own
	if diff := cmp.Diff([]string{emailotp.Name, "second"}, trigger.Methods(f.custom.Parameters())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	f.take(w.client.Respond(t.Context(), f.custom.Answer("-"), said(trigger.Choose(emailotp.Name))))
	f.wants("3 2", 2)
	f.take(w.client.Respond(t.Context(), f.asked.Answer("open sesame"), said(trigger.Choose("second")))) // settled
	f.wants("2 2", 2)
	f.answer(w.code(1))
	f.wants("tokens", 2)
}

// Without the password there is nothing.
func TestPasswordFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{pool: cognitotest.Config{Client: cognitotest.ClientConfig{Flows: onlyCustom}, CustomAuthCoversSRP: true}})
	f := &flow{world: w}
	f.take(w.client.Begin(t.Context(), auth.Custom(username)))
	if f.err == nil || f.tokens != nil || len(w.box.codes()) != 0 {
		t.Errorf("without a password: %v after %d mails", f.err, len(w.box.codes()))
	}
	f.take(w.client.Begin(t.Context(), auth.CustomSRP(username, "Wrong-Horse-7")))
	if !errors.Is(f.err, auth.ErrCredentials) || len(w.box.codes()) != 0 {
		t.Errorf("with a wrong one: %v after %d mails", f.err, len(w.box.codes()))
	}
	w.begin(nil).wants("3 2", 1)
}

// Guesses in parallel sign-ins have one end.
func TestLockedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{handler: func(o *trigger.Options) { o.MaxFailures = 4 }})
	flows := []*flow{w.begin(nil), w.begin(nil), w.begin(nil)}
	for i, f := range flows[:2] {
		f.answer(w.wrong(0))
		f.answer(w.wrong(0))
		f.wants([]string{"1 2", "over"}[i], 1)
	}
	flows[2].answer(w.code(0))
	flows[2].wants("over", 1)
	w.begin(nil).wants("credentials", 1) // nobody learns that the password was right
	w.Clock().Advance(time.Hour)
	f := w.begin(nil)
	f.answer(w.code(1))
	f.wants("tokens", 2)
}

// What goes through Cognito and the log holds no code and no address.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	f := w.begin(nil)
	f.answer(w.wrong(0))
	f.answer(w.code(0))
	f.wants("tokens", 1)
	for _, secret := range []string{w.code(0), email, username + "@", password, string(testKey)} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, w.log)
		}
	}
}

// On a client that lets a password alone sign in, the Guard refuses its tokens
// and lets those of the custom challenge through.
func TestGuarded(t *testing.T) {
	t.Parallel()
	var guard *trigger.Guard
	w := newWorld(t, settings{
		handler: func(o *trigger.Options) { o.Guarded = true },
		pool: cognitotest.Config{Triggers: cognitotest.Triggers{PreTokenGeneration: func(ctx context.Context, event []byte) ([]byte, error) {
			return guard.Invoke(ctx, event)
		}}},
	})
	var err error
	if guard, err = trigger.NewGuard(w.store, []string{w.Client().ID}, slog.New(slog.NewTextHandler(w.log, nil))); err != nil {
		t.Fatal(err)
	}
	for _, first := range []auth.FirstFactor{auth.SRP(username, password), auth.Password(username, password)} {
		tokens, _, err := w.client.Begin(t.Context(), first)
		if tokens != nil || !errors.Is(err, auth.ErrDenied) {
			t.Errorf("%v: %v", first, err)
		}
	}
	f := w.begin(nil)
	f.answer(w.code(0))
	f.wants("tokens", 1)
	tokens, _, err := w.client.Begin(t.Context(), auth.SRP(username, password))
	if tokens != nil || !errors.Is(err, auth.ErrDenied) {
		t.Errorf("the mark serves twice: %v", err)
	}
}

// A temporary password is replaced before the code is asked for, and its
// replacement is no way round it.
func TestTemporaryPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.AddUser(cognitotest.User{Username: "zoe", Password: password, Temporary: true, Attributes: map[string]string{
		"email": "zoe@example.com", "email_verified": "true",
	}})
	tokens, next, err := w.client.Begin(t.Context(), auth.CustomSRP("zoe", password))
	replace, ok := next.(*challenge.NewPassword)
	if !ok {
		t.Fatalf("%v, %v, %v", tokens, next, err)
	}
	f := &flow{world: w}
	f.take(w.client.Respond(t.Context(), replace.Answer("Another-Horse-8", nil)))
	f.wants("3 2", 1)
	f.answer(w.code(0))
	f.wants("tokens", 1)
}
