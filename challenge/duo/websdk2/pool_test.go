package websdk2_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/duo/websdk2"
	"github.com/cognitomfa/cognitomfa/challenge/internal/methodtest"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// respond is Duo, with the script in the browser: it lets whoever the request
// names in, if the request is signed for Duo.
//
// No two responses are the same, as if they were made in different seconds.
func respond(t *testing.T, c *challenge.Custom, who string, now time.Time) challenge.Answer {
	t.Helper()
	p, err := websdk2.Parse(c)
	if err != nil {
		t.Fatal(err)
	}
	if left := p.Expires().Sub(now); p.Host() != duoHost || left <= 0 || left > 5*time.Minute {
		t.Errorf("the prompt is of %q and for %s", p.Host(), left)
	}
	if who == "" {
		return p.Answer("ERR|The user closed the iframe.")
	}
	request, app, _ := strings.Cut(p.Request(), ":")
	if request != cookie(skey, "TX", strings.Split(request, "|")[1]) {
		t.Fatal("the request is not signed for Duo")
	}
	auth := maker{skey, akey}.auth(who, ikey, fmt.Sprint(now.Add(5*time.Minute).Unix()+made.Add(1)))
	return p.Answer(auth + ":" + app)
}

const duoHost = "api-deadbeef.duosecurity.com"

var made atomic.Int64

// Whole sign-ins with Duo's iframe as the second factor.
func TestInThePool(t *testing.T) {
	t.Parallel()
	methodtest.Run(t, func(t *testing.T, store trigger.Store, now func() time.Time) methodtest.Far {
		m, err := websdk2.NewMethod(testKeys(t), store, func(o *websdk2.MethodOptions) { o.Host = duoHost })
		if err != nil {
			t.Fatal(err)
		}
		return methodtest.Far{
			Method: m, Chooses: true, Unbound: true,
			Answer: func(t *testing.T, c *challenge.Custom, who string) challenge.Answer {
				return respond(t, c, who, now())
			},
			// A thief has Duo's part, and the other part of the challenge.
			Transplant: func(_ *testing.T, c *challenge.Custom, answer string) string {
				auth, _, _ := strings.Cut(answer, ":")
				_, app, _ := strings.Cut(c.Parameters()[websdk2.ParamRequest], ":")
				return auth + ":" + app
			},
		}
	})
}

type rotating struct {
	websdk2.Keys
	fresh websdk2.Keys
	err   error
}

func (r rotating) RefreshSDK2Keys(context.Context) (websdk2.Keys, error) { return r.fresh, r.err }

func TestMethod(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	good := testKeys(t)
	old := newKeys(t, ikey, strings.Repeat("0", 40), akey)
	ann := trigger.User{Name: user, PoolID: "p"}
	for name, tc := range map[string]struct {
		source  websdk2.KeySource
		private func(map[string]string)
		answer  func(string) string
		user    trigger.User
		late    time.Duration
		right   bool
		err     error
	}{
		"good":                  {source: good, right: true},
		"keys were rotated":     {source: rotating{old, good, nil}, right: true},
		"rotated to wrong ones": {source: rotating{old, old, nil}},
		"no fresh keys":         {source: rotating{old, good, gone}, err: gone},
		"late":                  {source: good, late: 5 * time.Minute},
		"another user":          {source: good, user: trigger.User{Name: "bob", PoolID: "p"}},
		"unknown user":          {source: good, user: trigger.User{Name: user, PoolID: "p", Unknown: true}},
		"nothing private":       {source: good, private: func(p map[string]string) { clear(p) }},
		"another name":          {source: good, private: func(p map[string]string) { p["subject"] = "bob" }},
		"no time":               {source: good, private: func(p map[string]string) { p["expires_at"] = "" }},
		"one part":              {source: good, answer: func(s string) string { return strings.Split(s, ":")[0] }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := websdk2.NewMethod(tc.source, trigger.NewMemory(func() time.Time { return now }))
			if err != nil {
				t.Fatal(err)
			}
			q, err := m.Create(t.Context(), trigger.CreateInput{User: ann, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			_, app, _ := strings.Cut(q.Public[websdk2.ParamRequest], ":")
			answer := maker{skey, akey}.auth(user, ikey, fmt.Sprint(now.Add(time.Hour).Unix())) + ":" + app
			if tc.answer != nil {
				answer = tc.answer(answer)
			}
			if tc.private != nil {
				tc.private(q.Private)
			}
			who := tc.user
			if who.Name == "" {
				who = ann
			}
			v, err := m.Verify(t.Context(), trigger.VerifyInput{User: who, Private: q.Private, Answer: answer, Round: "r", Now: now.Add(tc.late)})
			if v.Correct != tc.right || !errors.Is(err, tc.err) {
				t.Errorf("correct %t (%s), %v, want %t, %v", v.Correct, v.Reason, err, tc.right, tc.err)
			}
		})
	}
	// Keys that do not change are their own source of fresh ones.
	fresh, err := good.RefreshSDK2Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	request, err := fresh.Sign(user, now)
	if want, _ := good.Sign(user, now); err != nil || request != want {
		t.Errorf("fresh keys sign %q, %v, want %q", request, err, want)
	}
	if _, err := websdk2.NewMethod(nil, nil); err == nil {
		t.Error("a method without keys")
	}
}

// Duo's part of a response is taken once, whatever part of ours goes with it.
func TestTakenOnce(t *testing.T) {
	t.Parallel()
	m, err := websdk2.NewMethod(testKeys(t), trigger.NewMemory(func() time.Time { return now }))
	if err != nil {
		t.Fatal(err)
	}
	ann := trigger.User{Name: user, PoolID: "p"}
	auth := maker{skey, akey}.auth(user, ikey, fmt.Sprint(now.Add(time.Hour).Unix()))
	for round, right := range []bool{true, false} {
		at := now.Add(time.Duration(round) * time.Second)
		q, err := m.Create(t.Context(), trigger.CreateInput{User: ann, Now: at})
		if err != nil {
			t.Fatal(err)
		}
		_, app, _ := strings.Cut(q.Public[websdk2.ParamRequest], ":")
		v, err := m.Verify(t.Context(), trigger.VerifyInput{User: ann, Private: q.Private, Answer: auth + ":" + app, Round: fmt.Sprint(round), Now: at})
		if err != nil || v.Correct != right {
			t.Errorf("round %d: correct %t (%s), %v", round, v.Correct, v.Reason, err)
		}
	}
}

// An unknown user's request has the usual form, and Duo refuses it.
func TestDecoy(t *testing.T) {
	t.Parallel()
	m, err := websdk2.NewMethod(testKeys(t), trigger.NewMemory(nil), func(o *websdk2.MethodOptions) { o.Host = duoHost })
	if err != nil {
		t.Fatal(err)
	}
	q, err := m.Create(t.Context(), trigger.CreateInput{User: trigger.User{Name: user, Unknown: true}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	genuine, err := testKeys(t).Sign(user, now)
	if err != nil {
		t.Fatal(err)
	}
	shape := func(request string) string {
		var b strings.Builder
		for part := range strings.SplitSeq(request, ":") {
			fields := strings.Split(part, "|")
			fmt.Fprint(&b, fields[:2], len(fields[2]))
		}
		return b.String()
	}
	request := q.Public[websdk2.ParamRequest]
	if shape(request) != shape(genuine) || request == genuine || q.Public[websdk2.ParamHost] == "" {
		t.Errorf("the decoy is %s", request)
	}
	tx, _, _ := strings.Cut(request, ":")
	if tx == cookie(skey, "TX", strings.Split(tx, "|")[1]) {
		t.Error("Duo would take it")
	}
}
