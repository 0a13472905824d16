package trigger_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// A constant is a method that does nothing itself, so that what is measured is
// the Handler.
type constant struct{}

func (constant) Name() string { return "mail" }

func (constant) Create(context.Context, trigger.CreateInput) (trigger.Question, error) {
	return trigger.Question{
		Public: map[string]string{"question": "6 x 7"}, Private: map[string]string{"answer": "42"}, State: "asked",
	}, nil
}

func (constant) Verify(_ context.Context, in trigger.VerifyInput) (trigger.Verdict, error) {
	return trigger.Verdict{Correct: in.Answer == in.Private["answer"]}, nil
}

// BenchmarkInvoke answers one event again and again: the two of the Define
// trigger after a proven password and after a right answer, that of Create, and
// that of Verify with a right answer.
func BenchmarkInvoke(b *testing.B) {
	w := newWorld(b, 1)
	h, err := trigger.New(testKey, w.store, []trigger.Method{constant{}}, func(o *trigger.Options) {
		o.Now, o.Logger = func() time.Time { return w.now }, slog.New(slog.NewJSONHandler(io.Discard, nil))
	})
	if err != nil {
		b.Fatal(err)
	}
	w.Handler = h
	f := w.srp("ann", nil)
	proven := fields{"session": f.session}
	asked := fields{"session": f.session, "challengeName": "CUSTOM_CHALLENGE"}
	answered := fields{"privateChallengeParameters": f.private, "challengeAnswer": "42"}
	session := append(f.session, fields{"challengeName": "CUSTOM_CHALLENGE", "challengeResult": true, "challengeMetadata": f.metadata})
	for _, e := range []struct {
		name, trigger string
		request       fields
		want          string
	}{
		{"define-challenge", "DefineAuthChallenge", proven, `"challengeName":"CUSTOM_CHALLENGE"`},
		{"create", "CreateAuthChallenge", asked, `"question":"6 x 7"`},
		{"verify", "VerifyAuthChallengeResponse", answered, `"answerCorrect":true`},
		{"define-tokens", "DefineAuthChallenge", fields{"session": session}, `"issueTokens":true`},
	} {
		b.Run(e.name, func(b *testing.B) {
			event := f.event(e.trigger, nil, e.request)
			b.ReportAllocs()
			for b.Loop() {
				out, err := h.Invoke(b.Context(), event)
				if err != nil || !bytes.Contains(out, []byte(e.want)) {
					b.Fatalf("%v, %s", err, out)
				}
			}
		})
	}
}
