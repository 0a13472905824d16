package trigger_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

var testKey = bytes.Repeat([]byte("k"), trigger.MinKey)

// riddle is a method with the answer "42". It records what it is told.
type riddle struct {
	name   string
	limits trigger.Limits
	fails  error
	panics bool
	state  string // if not empty, in place of the round's number
	public string // the name of one more public parameter
	// private is the name of one more private parameter.
	private string

	mu      sync.Mutex
	asked   []trigger.CreateInput
	answers []trigger.VerifyInput
}

func (r *riddle) Name() string           { return r.name }
func (r *riddle) Limits() trigger.Limits { return r.limits }

func (r *riddle) Create(_ context.Context, in trigger.CreateInput) (trigger.Question, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, in)
	if r.panics {
		panic("secret-in-panic")
	}
	return trigger.Question{
		Public:  map[string]string{"question": "6 x 7", r.public: "x"},
		Private: map[string]string{"answer": "42", cmp.Or(r.private, "answer"): "42"},
		State:   cmp.Or(r.state, fmt.Sprintf("asked %d times; said \"é;\"", len(r.asked))),
	}, r.fails
}

func (r *riddle) Verify(_ context.Context, in trigger.VerifyInput) (trigger.Verdict, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers = append(r.answers, in)
	if r.panics {
		panic("secret-in-panic")
	}
	if in.Answer == in.Private["answer"] {
		return trigger.Verdict{Correct: true}, r.fails
	}
	return trigger.Verdict{Reason: "not 42"}, r.fails
}

func newRiddle(name string) *riddle {
	return &riddle{name: name, limits: trigger.Limits{Attempts: 3, Resends: 1}, public: "hint"}
}

// A world is a Handler with what it needs.
type world struct {
	testing.TB
	*trigger.Handler
	store      trigger.Store
	mail, card *riddle
	logged     *bytes.Buffer
	now        time.Time
}

// newWorld makes a Handler with the methods mail and card, or with as many of
// them as it is told.
func newWorld(t testing.TB, methods int, optFns ...func(*trigger.Options)) *world {
	t.Helper()
	w := &world{TB: t, mail: newRiddle("mail"), card: newRiddle("card"), logged: new(bytes.Buffer), now: time.Unix(1_700_000_000, 0)}
	w.store = trigger.NewMemory(func() time.Time { return w.now })
	h, err := trigger.New(testKey, w.store, []trigger.Method{w.mail, w.card}[:methods], append([]func(*trigger.Options){func(o *trigger.Options) {
		o.Now = func() time.Time { return w.now }
		o.Logger = logTo(w.logged)
	}}, optFns...)...)
	if err != nil {
		t.Fatal(err)
	}
	w.Handler = h
	return w
}

// A flow is one sign-in, which the test drives as Cognito does.
type flow struct {
	*world
	user, client, pool string
	unknown            bool
	session            []map[string]any

	public, private map[string]string // of the question that waits for its answer
	metadata        string
	over            string // "tokens" or "failed"
}

type fields map[string]any

// event is what Cognito would send.
func (f *flow) event(trigger string, said map[string]string, request fields) []byte {
	request["userAttributes"] = map[string]string{"sub": "sub-of-" + f.user[:1], "email": f.user + "@example.com", "email_verified": "true"}
	request["userNotFound"] = f.unknown
	if said != nil {
		request["clientMetadata"] = said
	}
	raw, err := json.Marshal(fields{
		"version": "1", "triggerSource": trigger + "_Authentication", "region": "eu-west-1", "userPoolId": f.pool,
		"userName": f.user, "callerContext": fields{"awsSdkVersion": "x", "clientId": f.client}, "request": request, "response": fields{},
	})
	if err != nil {
		f.Fatal(err)
	}
	return raw
}

// call runs a trigger and reads its response.
func (f *flow) call(trigger string, said map[string]string, request fields, response any) error {
	f.Helper()
	out, err := f.Invoke(f.Context(), f.event(trigger, said, request))
	if err != nil {
		return err
	}
	var whole struct{ Response json.RawMessage }
	return errors.Join(json.Unmarshal(out, &whole), json.Unmarshal(whole.Response, response))
}

func (w *world) flow(user string) *flow {
	return &flow{world: w, user: user, client: "client", pool: "eu-west-1_Pool"}
}

// srp begins with the password, and with client metadata beside it.
func (w *world) srp(user string, said map[string]string) *flow {
	w.Helper()
	f := w.flow(user)
	f.passed("SRP_A", nil)
	f.passed("PASSWORD_VERIFIER", said)
	return f
}

// passed adds a round that Cognito judged right, and goes on.
func (f *flow) passed(name string, said map[string]string) {
	f.Helper()
	f.session = append(f.session, fields{"challengeName": name, "challengeResult": true, "challengeMetadata": nil})
	f.next(said)
}

type defined struct {
	ChallengeName    string
	IssueTokens      *bool
	FailAuthenticate *bool `json:"failAuthentication"`
}

// next asks what comes, and has the question made if there is one.
func (f *flow) next(said map[string]string) {
	f.Helper()
	if f.session == nil {
		f.session = []map[string]any{}
	}
	var d defined
	if err := f.call("DefineAuthChallenge", said, fields{"session": f.session}, &d); err != nil {
		f.over = err.Error()
		return
	}
	f.public, f.private = nil, nil
	switch {
	case d.IssueTokens == nil || d.FailAuthenticate == nil:
		f.Fatal("the response has not all of its members")
	case *d.FailAuthenticate:
		f.over = "failed"
	case *d.IssueTokens:
		f.over = "tokens"
	case d.ChallengeName == "CUSTOM_CHALLENGE":
		f.create(said)
	case d.ChallengeName != "PASSWORD_VERIFIER":
		f.Fatalf("Define wants %q", d.ChallengeName)
	}
}

func (f *flow) create(said map[string]string) {
	f.Helper()
	var c struct {
		PublicChallengeParameters, PrivateChallengeParameters map[string]string
		ChallengeMetadata                                     string
	}
	err := f.call("CreateAuthChallenge", said, fields{"session": f.session, "challengeName": "CUSTOM_CHALLENGE"}, &c)
	if err != nil {
		f.over = err.Error()
	}
	f.public, f.private, f.metadata = c.PublicChallengeParameters, c.PrivateChallengeParameters, c.ChallengeMetadata
}

// verify has an answer judged, without going on.
func (f *flow) verify(answer any, said map[string]string) (bool, error) {
	f.Helper()
	var v struct{ AnswerCorrect *bool }
	err := f.call("VerifyAuthChallengeResponse", said, fields{"privateChallengeParameters": f.private, "challengeAnswer": answer}, &v)
	if err != nil {
		return false, err
	}
	return *v.AnswerCorrect, nil
}

// answer answers the question and goes on.
func (f *flow) answer(answer any, said map[string]string) {
	f.Helper()
	correct, err := f.verify(answer, said)
	if err != nil {
		f.over = err.Error()
		return
	}
	f.session = append(f.session, fields{"challengeName": "CUSTOM_CHALLENGE", "challengeResult": correct, "challengeMetadata": f.metadata})
	f.next(said)
}

// wants compares the state of the flow with a line: how it ended, or who asks,
// with the attempts and resends left.
func (f *flow) wants(want string) {
	f.Helper()
	got := f.over
	if got == "" {
		got = strings.Join([]string{
			f.public[trigger.ParamMethod], f.public[trigger.ParamAttemptsLeft], f.public[trigger.ParamResendsLeft],
		}, " ")
		if names := trigger.Methods(f.public); names != nil {
			got = fmt.Sprint("which of ", names)
		}
	}
	if got != want {
		f.Errorf("the sign-in is at %q, want %q; log:\n%s", got, want, f.logged)
	}
}

func logTo(b *bytes.Buffer) *slog.Logger { return slog.New(slog.NewJSONHandler(b, nil)) }
