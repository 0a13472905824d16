package trigger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// The method of the example keeps what it promises.
func TestMagicLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, func(o *trigger.Options) { o.WithoutPassword = true })
	var sent []string
	h, err := trigger.New(testKey, w.store, []trigger.Method{magicLink{
		page: "https://example.com/", store: w.store, life: 10 * time.Minute,
		send: func(_, link string) error { sent = append(sent, link); return nil },
	}}, func(o *trigger.Options) {
		o.Now, o.Logger = func() time.Time { return w.now }, logTo(w.logged)
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Handler = h
	answer := func(n int) string {
		_, a, _ := strings.Cut(sent[n], "#")
		return a
	}

	f := w.srp("ann", nil)
	f.wants("magic-link 2 1")
	f.answer("guess", nil)
	f.wants("magic-link 1 1")
	f.answer(answer(0), nil)
	f.wants("tokens")

	f = w.srp("ann", nil)
	f.answer(answer(0), nil) // used, and another's
	f.wants("magic-link 1 1")
	f.answer("", trigger.Resend())
	f.answer(answer(2), nil)
	f.wants("tokens")

	f = w.srp("ann", nil)
	w.now = w.now.Add(10 * time.Minute)
	f.answer(answer(3), nil)
	f.wants("magic-link 1 1")

	nobody := w.flow("bob")
	nobody.unknown = true
	nobody.passed("SRP_A", nil)
	nobody.passed("PASSWORD_VERIFIER", nil)
	nobody.answer(answer(3), nil)
	nobody.wants("magic-link 1 1")
	if len(sent) != 4 {
		t.Errorf("%d mails, want 4", len(sent))
	}
}
