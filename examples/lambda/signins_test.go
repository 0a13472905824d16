package lambda_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// Whole sign-ins through each function's executable: SRP, the password's proof,
// the custom challenge, tokens; and what somebody may try in between.
func TestSignIns(t *testing.T) {
	t.Parallel()
	for system, newFarEnd := range map[string]func(*testing.T) farEnd{
		"code by e-mail": newMail, "Duo": newDuo, "Duo's iframe": newIframe, "BlockID": newBlockID,
	} {
		for name, test := range map[string]func(*world){
			"right": right, "wrong then right": wrongThenRight, "exhausted": exhausted, "expired": expired, "reused": reused,
			"another person": anotherPerson, "tampered": tampered, "unknown user": unknownUser, "late triggers": lateTriggers,
		} {
			t.Run(system+"/"+name, func(t *testing.T) {
				t.Parallel()
				test(newWorld(t, newFarEnd(t)))
			})
		}
	}
}

func right(w *world) {
	w.passes(w.pass(w.begin(ann), ann))
	if lacking := subtract(w.cloud.called(), w.cloud.allowed); len(lacking) > 0 {
		w.Errorf("the role of the template lacks %q", lacking)
	}
	for _, secret := range []string{testKey, ann, password, w.secret} {
		if secret != "" && strings.Contains(w.log.String(), secret) {
			w.Errorf("%q is in the log", secret)
		}
	}
}

func wrongThenRight(w *world) {
	c := w.begin(ann)
	before := text(w.pass(c, ann))
	again := w.fails(c.Answer(`{"code":"x","state":"y"}`))
	if !w.unbound {
		again = w.fails(again.Answer(before))
	}
	w.passes(w.pass(again, ann))
}

func exhausted(w *world) {
	c := w.begin(ann)
	for range trigger.DefaultLimits.Attempts - 1 {
		c = w.fails(c.Answer("x"))
	}
	good := w.pass(c, ann)
	w.ends(c.Answer("x"))
	w.ends(good) // the session is over
}

// The function's clock is the machine's, so the question is made in the past: by
// the same method in this process.
func expired(w *world) {
	past := func() time.Time { return time.Now().Add(-6 * time.Minute) }
	method, err := w.method(w, w.store(past))
	if err != nil {
		w.Fatal(err)
	}
	handler, err := trigger.New([]byte(testKey), w.store(past), []trigger.Method{method}, func(o *trigger.Options) {
		o.Now, o.Logger = past, slog.New(slog.DiscardHandler)
	})
	if err != nil {
		w.Fatal(err)
	}
	w.surround(func(ctx context.Context, event []byte, next cognitotest.Trigger) ([]byte, error) {
		if isFor(event, "CreateAuthChallenge") {
			return handler.Invoke(ctx, event)
		}
		return next(ctx, event)
	})
	c := w.begin(ann)
	w.surround(nil)
	w.passes(w.pass(w.fails(w.pass(c, ann)), ann))
}

func reused(w *world) {
	c := w.begin(ann)
	used := w.pass(c, ann)
	w.passes(used)
	other := w.begin(ann)
	other = w.fails(other.Answer(text(used)))
	other = w.fails(w.transplanted(other, text(used)))
	w.passes(w.pass(other, ann))
}

// Bob knows ann's password, and passes the second factor as himself.
func anotherPerson(w *world) {
	his := text(w.pass(w.begin(bob), bob))
	c := w.fails(w.begin(ann).Answer(his))
	c = w.fails(w.transplanted(c, his))
	if w.chooses {
		w.ends(w.pass(c, bob))
	}
}

func tampered(w *world) {
	c := w.begin(ann)
	good := []byte(text(w.pass(c, ann)))
	for _, at := range []int{len(good) / 2, len(good) - 5} {
		bad := bytes.Clone(good)
		bad[at] ^= 1
		c = w.fails(c.Answer(string(bad)))
	}
	w.passes(w.pass(c, ann))
}

// Who does not exist is told the same as who has a wrong password, with and
// without a proof of one, and no far end hears of it.
func unknownUser(w *world) {
	outcomes := map[string][]error{}
	for name, firsts := range map[string][]auth.FirstFactor{
		"a password": {auth.CustomSRP(ann, "Wrong-Horse-1"), auth.CustomSRP("zoe@example.com", "Wrong-Horse-1")},
		"none":       {auth.Custom(ann), auth.Custom("zoe@example.com")},
	} {
		for _, first := range firsts {
			tokens, next, err := w.client.Begin(w.Context(), first)
			if tokens != nil || next != nil {
				w.Errorf("%s: got %v", name, next)
			}
			outcomes[name] = append(outcomes[name], err)
		}
		var known, unknown *auth.Error
		if e := outcomes[name]; !errors.As(e[0], &known) || !errors.As(e[1], &unknown) || known.Code != unknown.Code || known.Reason != unknown.Reason {
			w.Errorf("%s: ann is told %v, nobody %v", name, e[0], e[1])
		}
	}
	if sent := len(w.cloud.mailsTo(ann)) + len(w.cloud.mailsTo("zoe@example.com")); sent != 0 {
		w.Errorf("%d mails", sent)
	}
}

// Cognito begins again when a trigger takes more than five seconds. The first try
// of each has done its work by then.
func lateTriggers(w *world) {
	var create, verify atomic.Int32
	w.surround(func(ctx context.Context, event []byte, next cognitotest.Trigger) ([]byte, error) {
		out, err := next(ctx, event)
		if isFor(event, "CreateAuthChallenge") && create.Add(1) == 1 || isFor(event, "VerifyAuthChallengeResponse") && verify.Add(1) == 1 {
			w.pool.Clock().Advance(patience)
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return out, err
	})
	w.passes(w.pass(w.begin(ann), ann))
	if create.Load() != 2 || verify.Load() != 2 {
		w.Errorf("%d tries to create, %d to verify", create.Load(), verify.Load())
	}
	if n := len(w.cloud.mailsTo(ann)); n > 1 {
		w.Errorf("%d mails for one sign-in", n)
	}
}

func withoutLogs(actions []string) []string {
	return slices.DeleteFunc(slices.Clone(actions), func(a string) bool { return strings.HasPrefix(a, "logs:") })
}

// subtract returns what of a is not in b.
func subtract(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}
