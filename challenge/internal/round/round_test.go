package round_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/challenge/internal/round"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

var now = time.Unix(1_700_000_000, 0).UTC()

func answer(t testing.TB, r round.Round, code string) string {
	t.Helper()
	text, err := json.Marshal(map[string]string{"code": code, "state": r.State})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func input(private map[string]string, answer string) trigger.VerifyInput {
	return trigger.VerifyInput{User: trigger.User{Name: "ann", PoolID: "p", ClientID: "c"}, Private: private, Answer: answer, Round: "round-1", Now: now}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	r := round.New("ann", now, time.Minute)
	r.Verifier = "verifier"
	got, a, reason := round.Open(input(r.Private(), answer(t, r, "c")))
	if diff := cmp.Diff(r, got); diff != "" || a.Code != "c" || reason != "" {
		t.Errorf("%+v, %q (-want +got):\n%s", a, reason, diff)
	}
	if other := round.New("ann", now, time.Minute); other.State == r.State || other.Nonce == r.Nonce || len(r.State) != 43 || r.State == r.Nonce {
		t.Error("states and nonces are not random")
	}
}

func TestOpenDeviations(t *testing.T) {
	t.Parallel()
	r := round.New("ann", now, time.Minute)
	for name, tc := range map[string]struct {
		private func(map[string]string)
		answer  string
		late    time.Duration
		want    string
	}{
		"good":           {answer: answer(t, r, "c")},
		"no code":        {answer: answer(t, r, ""), want: round.ReasonDeclined},
		"at the end":     {answer: answer(t, r, "c"), late: time.Minute, want: round.ReasonExpired},
		"just before":    {answer: answer(t, r, "c"), late: time.Minute - 1},
		"other state":    {answer: `{"code":"c","state":"x"}`, want: round.ReasonState},
		"no state":       {answer: `{"code":"c"}`, want: round.ReasonState},
		"empty":          {want: round.ReasonMalformed},
		"not an object":  {answer: `"c"`, want: round.ReasonMalformed},
		"code is a list": {answer: `{"code":["c"]}`, want: round.ReasonMalformed},
		"nothing kept":   {private: func(p map[string]string) { clear(p) }, answer: `{}`, want: round.ReasonPrivate},
		"no state kept":  {private: func(p map[string]string) { p["state"] = "" }, answer: `{"code":"c","state":""}`, want: round.ReasonPrivate},
		"no nonce kept":  {private: func(p map[string]string) { p["nonce"] = "" }, answer: answer(t, r, "c"), want: round.ReasonPrivate},
		"no user kept":   {private: func(p map[string]string) { p["subject"] = "" }, answer: answer(t, r, "c"), want: round.ReasonPrivate},
		"no begin kept":  {private: func(p map[string]string) { p["created_at"] = "x" }, answer: answer(t, r, "c"), want: round.ReasonPrivate},
		"no end kept":    {private: func(p map[string]string) { p["expires_at"] = "" }, answer: answer(t, r, "c"), want: round.ReasonPrivate},
	} {
		private := maps.Clone(r.Private())
		if tc.private != nil {
			tc.private(private)
		}
		in := input(private, tc.answer)
		in.Now = now.Add(tc.late)
		if _, _, reason := round.Open(in); reason != tc.want {
			t.Errorf("%s: %q, want %q", name, reason, tc.want)
		}
	}
}

// broken is a store that fails at the nth operation.
type broken struct {
	trigger.Store
	after int
}

var errStore = errors.New("store")

func (b *broken) fails() bool { b.after--; return b.after < 0 }

func (b *broken) Claim(ctx context.Context, key, value string, until time.Time) (string, bool, error) {
	if b.fails() {
		return "", false, errStore
	}
	return b.Store.Claim(ctx, key, value, until)
}

func (b *broken) Add(ctx context.Context, key string, n int, until time.Time) (int, error) {
	if b.fails() {
		return 0, errStore
	}
	return b.Store.Add(ctx, key, n, until)
}

// redeem redeems a secret in a round, and reports whether the other site was
// asked.
func redeem(t *testing.T, store trigger.Store, in trigger.VerifyInput, reason string) (v trigger.Verdict, asked bool, err error) {
	t.Helper()
	v, err = round.Redeem(t.Context(), store, "m", "secret", in, func() string { asked = true; return reason })
	return v, asked, err
}

func TestRedeem(t *testing.T) {
	t.Parallel()
	store := func() trigger.Store { return trigger.NewMemory(func() time.Time { return now }) }
	in := input(nil, "")
	other, unknown := in, in
	other.Round = "round-2"
	unknown.User.Unknown = true
	type call struct {
		in             trigger.VerifyInput
		reason         string
		correct, asked bool
	}
	for name, calls := range map[string][]call{
		"once":                           {{in: in, correct: true, asked: true}},
		"repeated by Cognito":            {{in: in, correct: true, asked: true}, {in: in, correct: true}},
		"in another round":               {{in: in, correct: true, asked: true}, {in: other}},
		"in another round, after wrong":  {{in: in, reason: "no", asked: true}, {in: other}},
		"wrong, and repeated":            {{in: in, reason: "no", asked: true}, {in: in, reason: "no", asked: true}},
		"by a user who does not exist":   {{in: unknown, asked: true}, {in: unknown, asked: true}},
		"without the name of a round":    {{in: trigger.VerifyInput{Now: now}, correct: true, asked: true}, {in: trigger.VerifyInput{Now: now}}},
		"used for another user's answer": {{in: in, correct: true, asked: true}, {in: func() trigger.VerifyInput { o := in; o.User.Name = "bob"; return o }(), asked: true, reason: "no"}},
	} {
		s := store()
		for i, c := range calls {
			v, asked, err := redeem(t, s, c.in, c.reason)
			if err != nil || v.Correct != c.correct || asked != c.asked {
				t.Errorf("%s, call %d: correct %t (%s), asked %t, %v", name, i, v.Correct, v.Reason, asked, err)
			}
		}
	}
	// Whatever the store cannot say lets nobody in.
	for after, asks := range []bool{false, true} {
		v, asked, err := redeem(t, &broken{store(), after}, in, "")
		if v.Correct || !errors.Is(err, errStore) || asked != asks {
			t.Errorf("store fails at %d: correct %t, asked %t, %v", after, v.Correct, asked, err)
		}
	}
	s := store()
	if _, _, err := redeem(t, s, in, ""); err != nil {
		t.Fatal(err)
	}
	if v, asked, err := redeem(t, &broken{s, 1}, in, ""); v.Correct || asked || !errors.Is(err, errStore) {
		t.Errorf("store fails in a repetition: correct %t, asked %t, %v", v.Correct, asked, err)
	}
}

// Whatever is answered, only the state that was kept opens a round, and nothing
// panics.
func FuzzOpen(f *testing.F) {
	r := round.New("ann", now, time.Minute)
	seeds := [][2]string{{answer(f, r, "c"), r.State}, {"{}", ""}, {`{"code":1}`, "x"}, {"null", r.State}, {`{"code":"c","state":"\u0000"}`, "\x00"}}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range seeds {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, kept string) {
		private := r.Private()
		private["state"] = kept
		got, a, reason := round.Open(input(private, text))
		if reason == "" && (kept == "" || a.State != kept || got.State != kept || a.Code == "") {
			t.Errorf("%q opens the round of state %q", text, kept)
		}
	})
}
