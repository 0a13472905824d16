package emailotp

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

var (
	start = time.Unix(1_700_000_000, 0)
	ann   = trigger.User{Name: "ann", PoolID: "p", ClientID: "c", Attributes: map[string]string{"email": "ann@example.com", "email_verified": "true"}}
)

func still() time.Time { return start }

// forgetful is a Store whose replies to claims are lost, so that the client
// asks again and finds what it has put there itself.
type forgetful struct{ trigger.Store }

func (s forgetful) Claim(ctx context.Context, key, value string, until time.Time) (string, bool, error) {
	held, _, err := s.Store.Claim(ctx, key, value, until)
	return held, false, err
}

// A mail is sent although the claim to it seems to be another's.
func TestLostClaim(t *testing.T) {
	t.Parallel()
	var sent []Message
	m, err := New(key32, sendFunc(func(msg Message) { sent = append(sent, msg) }), forgetful{trigger.NewMemory(still)})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second finds that of the first
		q, err := m.Create(t.Context(), trigger.CreateInput{User: ann, Attempt: 1, Round: "r", Now: start})
		if err != nil || len(sent) != 1 {
			t.Fatalf("%d mails, %v", len(sent), err)
		}
		v, err := m.Verify(t.Context(), trigger.VerifyInput{User: ann, Private: q.Private, Answer: sent[0].Code(), Round: "r", Now: start})
		if err != nil || !v.Correct {
			t.Errorf("%+v, %v", v, err)
		}
		if _, _, err := m.store.Claim(t.Context(), sentKey(ann), q.State, start.Add(time.Minute)); err != nil { // which Verify has taken
			t.Fatal(err)
		}
	}
}

type senderFunc func(context.Context) error

func (f senderFunc) Send(ctx context.Context, _ Message) error { return f(ctx) }

// A mail that failed because the time was up leaves no cooldown either.
func TestSendTimesOut(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	fails, sends := true, 0
	m, err := New(key32, senderFunc(func(ctx context.Context) error {
		sends++
		if fails {
			cancel()
			return ctx.Err()
		}
		return nil
	}), trigger.NewMemory(still))
	if err != nil {
		t.Fatal(err)
	}
	in := trigger.CreateInput{User: ann, Attempt: 1, Round: "r", Now: start}
	if _, err := m.Create(ctx, in); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	fails = false
	if _, err := m.Create(t.Context(), in); err != nil || sends != 2 {
		t.Errorf("%d sends, %v", sends, err)
	}
}

// Where nothing is sent for there is nobody, as much time passes; where a mail
// was sent a moment ago, none passes for anybody.
func TestDecoyDelay(t *testing.T) {
	t.Parallel()
	unverified := ann
	unverified.Name, unverified.Attributes = "bob", map[string]string{"email": "bob@example.com"}
	for name, row := range map[string]struct {
		user trigger.User
		want int
	}{
		"known": {ann, 0}, "unknown": {trigger.User{Name: "zoe", Unknown: true}, 1}, "unverified": {unverified, 1},
	} {
		waited := 0
		m := newTestMethod(t, trigger.NewMemory(still), func(o *Options) { o.DecoyDelay = func(context.Context) { waited++ } })
		for range 2 {
			if _, err := m.Create(t.Context(), trigger.CreateInput{User: row.user, Attempt: 1, Round: "r", Now: start}); err != nil {
				t.Fatal(err)
			}
			if waited != row.want {
				t.Errorf("%s: waited %d times, want %d", name, waited, row.want)
			}
		}
	}
	// After too many mails, who exists waits as who does not.
	for name, user := range map[string]trigger.User{"known": ann, "unknown": {Name: "zoe", Unknown: true}} {
		waited := 0
		m := newTestMethod(t, trigger.NewMemory(still), func(o *Options) { o.MaxSends, o.DecoyDelay = 1, func(context.Context) { waited++ } })
		for _, client := range []string{"c", "d"} { // each with a cooldown of its own
			user.ClientID, waited = client, 0
			if _, err := m.Create(t.Context(), trigger.CreateInput{User: user, Attempt: 1, Round: "r", Now: start}); err != nil {
				t.Fatal(err)
			}
		}
		if waited != 1 {
			t.Errorf("%s: waited %d times for the mail that was one too many", name, waited)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	decoyDelay(ctx) // comes back at once
}

// A code is good until its last moment, and not at it.
func TestLastMoment(t *testing.T) {
	t.Parallel()
	for left, want := range map[time.Duration]bool{time.Nanosecond: true, 0: false, -time.Nanosecond: false} {
		var sent Message
		m, err := New(key32, sendFunc(func(msg Message) { sent = msg }), trigger.NewMemory(still))
		if err != nil {
			t.Fatal(err)
		}
		q, err := m.Create(t.Context(), trigger.CreateInput{User: ann, Attempt: 1, Round: "r", Now: start})
		if err != nil {
			t.Fatal(err)
		}
		v, err := m.Verify(t.Context(), trigger.VerifyInput{
			User: ann, Private: q.Private, Answer: sent.Code(), Round: "r", Now: start.Add(5*time.Minute - left),
		})
		if err != nil || v.Correct != want {
			t.Errorf("%s before the end: %+v, %v", left, v, err)
		}
	}
}

// Who gets no mail, whatever the event says of them; and no code is theirs, not
// even the one that was drawn.
func TestNobodyToSendTo(t *testing.T) {
	t.Parallel()
	verified := func(email string) map[string]string {
		return map[string]string{"email": email, "email_verified": "true"}
	}
	for name, row := range map[string]struct {
		user trigger.User
		sent int
	}{
		"known":      {ann, 1},
		"upper case": {trigger.User{Name: "ann", PoolID: "p", ClientID: "c", Attributes: map[string]string{"email": "a@b", "email_verified": "True"}}, 1},
		"unknown":    {trigger.User{Name: "zoe", Unknown: true, Attributes: verified("zoe@example.com")}, 0},
		"header":     {trigger.User{Name: "zoe", Attributes: verified("zoe@example.com\r\nBcc: x@y")}, 0},
		"two":        {trigger.User{Name: "zoe", Attributes: verified("zoe@example.com,x@y")}, 0},
		"unverified": {trigger.User{Name: "zoe", Attributes: map[string]string{"email": "zoe@example.com", "email_verified": "false"}}, 0},
		"no word":    {trigger.User{Name: "zoe", Attributes: map[string]string{"email": "zoe@example.com"}}, 0},
		"nothing":    {trigger.User{Name: "zoe"}, 0},
	} {
		sent := 0
		m, err := New(key32, sendFunc(func(Message) { sent++ }), trigger.NewMemory(still), func(o *Options) {
			o.Rand, o.DecoyDelay = zeros{}, func(context.Context) {}
		})
		if err != nil {
			t.Fatal(err)
		}
		q, err := m.Create(t.Context(), trigger.CreateInput{User: row.user, Attempt: 1, Round: "r", Now: start})
		if err != nil || sent != row.sent || (q.Reason == "") != (row.sent == 1) {
			t.Errorf("%s: %d mails, %q, %v", name, sent, q.Reason, err)
		}
		v, err := m.Verify(t.Context(), trigger.VerifyInput{User: row.user, Private: q.Private, Answer: "000000", Round: "r", Now: start})
		if err != nil || v.Correct != (row.sent == 1) {
			t.Errorf("%s: the code that was drawn: %+v, %v", name, v, err)
		}
	}
}

// A code is for one client, so each has a cooldown of its own; the mails of an
// hour are those of all.
func TestTwoClients(t *testing.T) {
	t.Parallel()
	var sent []Message
	m, err := New(key32, sendFunc(func(msg Message) { sent = append(sent, msg) }), trigger.NewMemory(still), func(o *Options) { o.MaxSends = 2 })
	if err != nil {
		t.Fatal(err)
	}
	clients := []string{"c", "d", "e"}
	var asked []trigger.Question
	user := func(client string) trigger.User {
		u := ann
		u.ClientID = client
		return u
	}
	for i, client := range clients {
		q, err := m.Create(t.Context(), trigger.CreateInput{User: user(client), Attempt: 1, Round: "r", Now: start})
		if err != nil || len(sent) != min(i+1, 2) {
			t.Fatalf("client %s: %d mails, %v", client, len(sent), err)
		}
		asked = append(asked, q)
	}
	for i, client := range clients {
		v, err := m.Verify(t.Context(), trigger.VerifyInput{
			User: user(client), Private: asked[i].Private, Answer: sent[min(i, 1)].Code(), Round: client, Now: start,
		})
		if err != nil || v.Correct != (i < 2) {
			t.Errorf("client %s: %+v, %v", client, v, err)
		}
	}
}
