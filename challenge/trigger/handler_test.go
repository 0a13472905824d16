package trigger_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
)

// Whole sign-ins: each answer, with "!" where the client asks for resending,
// and where the sign-in is after the last.
func TestSignIns(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ answers, want string }{
		{"", "mail 3 1"},
		{"42", "tokens"},
		{"1", "mail 2 1"},
		{"1 42", "tokens"},
		{"1 2 42", "tokens"},
		{"1 2 3", "failed"},
		{"42!", "mail 3 0"}, // a right answer in a round of resending is not judged
		{"1! 42", "tokens"},
		{"1! 1! ", "failed"},
		{"1 1! 1", "mail 1 0"},
		{"1 1! 1 42", "tokens"},
		{"1 1! 1 1", "failed"},
		{"1 1 42! 42", "tokens"},
	} {
		t.Run(tc.answers, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1)
			f := w.srp("ann", nil)
			judged := 0
			for _, a := range strings.Fields(tc.answers) {
				answer, again := strings.CutSuffix(a, "!")
				if again {
					f.answer(answer, trigger.Resend())
				} else {
					f.answer(answer, nil)
					judged++
				}
			}
			f.wants(tc.want)
			if len(w.mail.answers) != judged {
				t.Errorf("%d answers were judged, want %d", len(w.mail.answers), judged)
			}
		})
	}
}

// What a method is told, and what of what it says arrives where.
func TestMethodIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.mail.public = trigger.ParamAttemptsLeft // which is the Handler's to say
	f := w.srp("ann", map[string]string{"trace": "7"})
	if diff := cmp.Diff(map[string]string{"question": "6 x 7", "method": "mail", "attemptsLeft": "3", "resendsLeft": "1"}, f.public); diff != "" {
		t.Errorf("public parameters (-want +got):\n%s", diff)
	}
	f.answer("1", nil)
	f.answer("2", trigger.Resend())
	f.answer("3", nil)

	user := trigger.User{
		Name: "ann", Attributes: map[string]string{"sub": "sub-of-a", "email": "ann@example.com", "email_verified": "true"},
		PoolID: "eu-west-1_Pool", ClientID: "client", Region: "eu-west-1",
	}
	none := map[string]string{}
	asked := func(attempt int, previous string, resend bool, said map[string]string, i int) trigger.CreateInput {
		return trigger.CreateInput{User: user, Attempt: attempt, Previous: previous, Resend: resend,
			Round: w.mail.asked[i].Round, ClientMetadata: said, Now: w.now}
	}
	want := []trigger.CreateInput{
		asked(1, "", false, map[string]string{"trace": "7"}, 0),
		asked(2, `asked 1 times; said "é;"`, false, none, 1),
		asked(2, `asked 2 times; said "é;"`, true, trigger.Resend(), 2),
		asked(3, `asked 3 times; said "é;"`, false, none, 3),
	}
	if diff := cmp.Diff(want, w.mail.asked); diff != "" {
		t.Errorf("Create (-want +got):\n%s", diff)
	}
	private := map[string]string{"answer": "42"} // and nothing of the Handler's
	if diff := cmp.Diff([]trigger.VerifyInput{
		{User: user, Private: private, Answer: "1", Round: w.mail.asked[0].Round, ClientMetadata: none, Now: w.now},
		{User: user, Private: private, Answer: "3", Round: w.mail.asked[2].Round, ClientMetadata: none, Now: w.now},
	}, w.mail.answers); diff != "" {
		t.Errorf("Verify (-want +got):\n%s", diff)
	}
	seen := map[string]bool{}
	for _, in := range w.mail.asked {
		if len(in.Round) != 22 || seen[in.Round] {
			t.Errorf("a round is named %q", in.Round)
		}
		seen[in.Round] = true
	}
}

func TestChoosing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)

	f := w.srp("ann", trigger.Choose("card"))
	f.wants("card 3 1")
	f.answer("1", trigger.Choose("mail")) // too late
	f.wants("card 2 1")
	f.answer("42", trigger.Choose("mail"))
	f.wants("tokens")
	if len(w.mail.asked)+len(w.mail.answers) > 0 {
		t.Error("mail was asked")
	}

	f = w.srp("ann", nil)
	f.wants("which of [mail card]")
	f.answer("42", nil)
	f.wants("which of [mail card]")
	f.answer("", trigger.Choose("riddle"))
	f.wants("which of [mail card]")
	f.answer("anything", trigger.Choose("mail"))
	f.wants("mail 3 1")
	f.answer("42", nil)
	f.wants("tokens")

	f = w.srp("ann", nil)
	for range 3 {
		f.wants("which of [mail card]")
		f.answer("42", nil)
	}
	f.wants("failed")
}

func TestWithoutPassword(t *testing.T) {
	t.Parallel()
	open := func(o *trigger.Options) { o.WithoutPassword = true }
	for _, tc := range []struct {
		optFns []func(*trigger.Options)
		want   string
	}{{nil, "failed"}, {[]func(*trigger.Options){open}, "mail 3 1"}} {
		f := newWorld(t, 1, tc.optFns...).flow("ann")
		f.next(nil)
		f.wants(tc.want)
	}
	f := newWorld(t, 2, open).flow("ann")
	f.next(nil)
	f.wants("which of [mail card]")
	f.answer("x", trigger.Choose("card"))
	f.answer("42", nil)
	f.wants("tokens")
}

// Who does not exist is asked the same, and never right.
func TestUnknownUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, func(o *trigger.Options) {
		o.WithoutPassword = true
		o.Exhausted = func(_ context.Context, u trigger.User, _ string) {
			if u.Unknown {
				t.Error("nobody is told that their password is known")
			}
		}
	})
	known, unknown := w.flow("ann"), w.flow("bob")
	unknown.unknown = true
	known.next(nil)
	unknown.next(nil)
	for range 3 {
		if diff := cmp.Diff(known.public, unknown.public); diff != "" {
			t.Errorf("(-known +unknown):\n%s", diff)
		}
		if a, b := len(known.metadata), len(unknown.metadata); a != b {
			t.Errorf("metadata of %d and %d bytes", a, b)
		}
		known.answer("1", nil)
		unknown.answer("42", nil)
	}
	unknown.wants("failed")
	if strings.Contains(w.logged.String(), "bob") {
		t.Errorf("the log names who tried: %s", w.logged)
	}
	if len(w.mail.answers) != 6 {
		t.Errorf("%d answers were judged, want those of both", len(w.mail.answers))
	}
}

// Wrong answers add up over sign-ins, methods and clients; a right one and the
// time forgive; other users are not concerned.
func TestFailuresAcrossSignIns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, func(o *trigger.Options) { o.MaxFailures, o.FailureWindow = 4, time.Hour })
	waiting := w.srp("ann", trigger.Choose("mail")) // begun before
	for _, method := range []string{"mail", "card"} {
		f := w.srp("ann", trigger.Choose(method))
		f.client = "client"
		f.answer("1", nil)
		f.answer("2", nil)
	}
	w.srp("ann", trigger.Choose("mail")).wants("failed")
	other := w.flow("ann")
	other.client = "another"
	other.passed("SRP_A", nil)
	other.passed("PASSWORD_VERIFIER", trigger.Choose("mail"))
	other.wants("failed")
	judged := len(w.mail.answers)
	waiting.answer("42", nil)
	waiting.wants("failed")
	if len(w.mail.answers) != judged {
		t.Error("an answer was judged although the user is locked out")
	}
	w.srp("bob", trigger.Choose("mail")).wants("mail 3 1")

	w.now = w.now.Add(time.Hour)
	f := w.srp("ann", trigger.Choose("mail"))
	for range 2 {
		f.answer("1", nil)
	}
	f.answer("42", nil)
	f.wants("tokens")
	f = w.srp("ann", trigger.Choose("mail"))
	f.answer("1", nil)
	f.answer("1", nil)
	f.wants("mail 1 1") // two of four, for the right answer began anew
}

// Many answers at once: no more are judged than may be wrong.
func TestParallelGuesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, func(o *trigger.Options) { o.MaxFailures = 5 })
	var flows []*flow
	for range 20 {
		flows = append(flows, w.srp("ann", nil))
	}
	var wg sync.WaitGroup
	for _, f := range flows {
		wg.Go(func() {
			if correct, err := f.verify("1", nil); correct || err != nil {
				t.Error(correct, err)
			}
		})
	}
	wg.Wait()
	if n := len(w.mail.answers); n != 5 {
		t.Errorf("%d answers were judged, want 5", n)
	}
}

func TestExhausted(t *testing.T) {
	t.Parallel()
	var told []string
	w := newWorld(t, 1, func(o *trigger.Options) {
		o.Exhausted = func(_ context.Context, u trigger.User, method string) { told = append(told, u.Name+" "+method) }
	})
	f := w.srp("ann", nil)
	for range 3 {
		if told != nil {
			t.Error("told too soon")
		}
		f.answer("1", nil)
	}
	if diff := cmp.Diff([]string{"ann mail"}, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A mark serves the user, the place and the round it was made for.
func TestMarks(t *testing.T) {
	t.Parallel()
	other := bytes.Repeat([]byte("o"), trigger.MinKey)
	for name, row := range map[string]struct {
		change func(f, another *flow)
		optFns []func(*trigger.Options)
		right  bool // the answer
		want   string
	}{
		"untouched":               {func(_, _ *flow) {}, nil, true, "tokens"},
		"no mark":                 {func(f, _ *flow) { delete(f.private, "_round") }, nil, false, "mail 2 1"},
		"no private parameters":   {func(f, _ *flow) { f.private = nil }, nil, false, "mail 2 1"},
		"another user's":          {func(f, a *flow) { f.private["_round"] = a.private["_round"] }, nil, false, "mail 2 1"},
		"one cut short":           {func(f, _ *flow) { f.private["_round"] = f.private["_round"][:20] }, nil, false, "mail 2 1"},
		"a metadata's":            {func(f, _ *flow) { f.private["_round"] = f.metadata }, nil, false, "mail 2 1"},
		"no metadata":             {func(f, _ *flow) { f.metadata = "" }, nil, true, "failed"},
		"another user's metadata": {func(f, a *flow) { f.metadata = a.metadata }, nil, true, "failed"},
		"a private's":             {func(f, _ *flow) { f.metadata = f.private["_round"] }, nil, true, "failed"},
		"another's metadata":      {func(f, _ *flow) { f.metadata = "CODE-123456" }, nil, true, "failed"},
		"changed metadata":        {func(f, _ *flow) { f.metadata = strings.Replace(f.metadata, ";0;0;", ";0;1;", 1) }, nil, true, "failed"},
		"of another place":        {func(f, _ *flow) { f.session = append(f.session, f.session[1]); f.session[1] = custom(f.metadata) }, nil, true, "failed"},
		"another client":          {func(f, _ *flow) { f.client = "another" }, nil, false, "failed"},
		"another pool":            {func(f, _ *flow) { f.pool = "eu-west-1_Other" }, nil, false, "failed"},
		"endless":                 {func(f, _ *flow) { f.metadata = strings.Repeat(f.metadata, 100) }, nil, true, "failed"},
		"an old key": {func(f, _ *flow) {}, []func(*trigger.Options){func(o *trigger.Options) { o.OldKeys = [][]byte{testKey} }},
			true, "tokens"},
		"another key": {func(f, _ *flow) {}, []func(*trigger.Options){func(*trigger.Options) {}}, false, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1)
			f, another := w.srp("ann", nil), w.srp("bob", nil)
			if row.optFns != nil { // the keys change under way
				h, err := trigger.New(other, w.store, []trigger.Method{w.mail}, append(row.optFns, func(o *trigger.Options) { o.Logger = logTo(w.logged) })...)
				if err != nil {
					t.Fatal(err)
				}
				w.Handler = h
			}
			row.change(f, another)
			right, err := f.verify("42", nil)
			if err != nil || right != row.right {
				t.Fatal(right, err)
			}
			f.session = append(f.session, fields{"challengeName": "CUSTOM_CHALLENGE", "challengeResult": right, "challengeMetadata": f.metadata})
			f.next(nil)
			f.wants(row.want)
		})
	}
}

func custom(metadata string) fields {
	return fields{"challengeName": "CUSTOM_CHALLENGE", "challengeResult": false, "challengeMetadata": metadata}
}

// Create makes no question for another challenge than a custom one.
func TestCreateForAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	f := w.srp("ann", nil)
	for name, want := range map[string]error{"CUSTOM_CHALLENGE": nil, "PASSWORD_VERIFIER": trigger.ErrEvent, "": trigger.ErrEvent} {
		_, err := w.Invoke(t.Context(), f.event("CreateAuthChallenge", nil, fields{"session": f.session, "challengeName": name}))
		if !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", name, err, want)
		}
	}
}

// A mark serves in its place of the list and in no other.
func TestMarkOfAnotherRound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	f := w.srp("ann", nil)
	first := f.metadata
	f.answer("1", nil)
	f.wants("mail 2 1")
	f.metadata = first
	f.answer("42", nil)
	f.wants("failed")
}

// A method that is taken away under way leaves its rounds without tokens.
func TestMethodGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	f := w.srp("ann", nil)
	h, err := trigger.New(testKey, w.store, []trigger.Method{w.card}, func(o *trigger.Options) { o.Logger = logTo(w.logged) })
	if err != nil {
		t.Fatal(err)
	}
	w.Handler = h
	f.answer("42", nil)
	f.wants("failed")
}

// brokenStore fails in one operation.
type brokenStore struct {
	trigger.Store
	broken string
}

var errStore = errors.New("table not found")

func (s brokenStore) Add(ctx context.Context, key string, n int, until time.Time) (int, error) {
	if s.broken == "read" && n == 0 || s.broken == "count" && n > 0 {
		return 0, errStore
	}
	return s.Store.Add(ctx, key, n, until)
}

func (s brokenStore) Take(ctx context.Context, key string) (string, bool, error) {
	if s.broken == "take" {
		return "", false, errStore
	}
	return s.Store.Take(ctx, key)
}

// Whatever fails, the sign-in ends, the client hears nothing of it, and the log
// does.
func TestFailClosed(t *testing.T) {
	t.Parallel()
	const unavailable = "sign-in is not possible at the moment"
	for name, breaks := range map[string]func(*world, *trigger.Options, *string){
		"Create":                func(w *world, _ *trigger.Options, _ *string) { w.mail.fails = errors.New("host not found") },
		"a panic":               func(w *world, _ *trigger.Options, _ *string) { w.mail.panics = true },
		"a state that is long":  func(w *world, _ *trigger.Options, _ *string) { w.mail.state = strings.Repeat("x", 1025) },
		"a state that is bytes": func(w *world, _ *trigger.Options, _ *string) { w.mail.state = "\xff" },
		"a name of ours":        func(w *world, _ *trigger.Options, _ *string) { w.mail.private = "_round" },
		"no randomness":         func(_ *world, o *trigger.Options, _ *string) { o.Rand = iotest.ErrReader(errors.New("no entropy")) },
		"reading failures":      func(_ *world, _ *trigger.Options, s *string) { *s = "read" },
		"counting failures":     func(_ *world, _ *trigger.Options, s *string) { *s = "count" },
		"forgetting failures":   func(_ *world, _ *trigger.Options, s *string) { *s = "take" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1)
			var o trigger.Options
			var broken string
			breaks(w, &o, &broken)
			h, err := trigger.New(testKey, brokenStore{w.store, broken}, []trigger.Method{w.mail}, func(to *trigger.Options) {
				to.Rand, to.Logger = o.Rand, logTo(w.logged)
			})
			if err != nil {
				t.Fatal(err)
			}
			w.Handler = h
			f := w.srp("ann", nil)
			if f.over == "" {
				f.answer("42", nil)
			}
			f.wants(unavailable)
			if !strings.Contains(w.logged.String(), `"ERROR"`) {
				t.Errorf("the log does not say so: %s", w.logged)
			}
			if strings.Contains(w.logged.String(), "secret-in-panic") {
				t.Error("the log has what a method panicked with")
			}
		})
	}
	guarded := newWorld(t, 1, func(o *trigger.Options) { o.Guarded = true })
	last := guarded.srp("ann", nil)
	last.answer("1", nil) // and now the store fails, with only Define to go
	h, err := trigger.New(testKey, brokenStore{guarded.store, "take"}, []trigger.Method{guarded.mail}, func(o *trigger.Options) {
		o.Guarded, o.Logger = true, logTo(guarded.logged)
	})
	if err != nil {
		t.Fatal(err)
	}
	last.session = append(last.session, fields{"challengeName": "CUSTOM_CHALLENGE", "challengeResult": true, "challengeMetadata": last.metadata})
	guarded.Handler = h
	last.next(nil)
	last.wants(unavailable)

	w := newWorld(t, 1)
	f := w.srp("ann", nil)
	w.mail.fails = errors.New("gone")
	f.answer("42", nil)
	f.wants(unavailable)
}

// Neither names, addresses, answers nor private parameters are logged.
func TestLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	f := w.srp("ann-the-user", map[string]string{"x": "said-by-client"})
	f.answer("an-answer", nil)
	f.answer("42", nil)
	nobody := w.flow("bob-the-nobody") // who has no sub that could stand for the name
	nobody.unknown = true
	nobody.next(nil)
	for _, secret := range []string{"ann-the-user", "bob-the-nobody", "example.com", "an-answer", "said-by-client", "6 x 7", `"42"`, "kkkk", f.metadata} {
		if strings.Contains(w.logged.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, w.logged)
		}
	}
	for _, word := range []string{"sub-of-a", "not 42", "AskTheQuestion", "IssueTokens", "VerifyAuthChallengeResponse_Authentication"} {
		if !strings.Contains(w.logged.String(), word) {
			t.Errorf("%q is not in the log:\n%s", word, w.logged)
		}
	}
}

func TestHandlerDoesNotPrint(t *testing.T) {
	t.Parallel()
	key := "a key that nobody shall ever see"
	h, err := trigger.New([]byte(key), trigger.NewMemory(nil), []trigger.Method{newRiddle("mail")}, func(o *trigger.Options) {
		o.OldKeys = [][]byte{[]byte(key)}
	})
	if err != nil {
		t.Fatal(err)
	}
	redacttest.Check(t, h, key)
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	store := trigger.NewMemory(nil)
	named := func(name string) []trigger.Method { return []trigger.Method{newRiddle(name)} }
	limited := func(attempts, resends int) []trigger.Method {
		r := newRiddle("mail")
		r.limits = trigger.Limits{Attempts: attempts, Resends: resends}
		return []trigger.Method{r}
	}
	for name, row := range map[string]struct {
		key     []byte
		store   trigger.Store
		methods []trigger.Method
		option  func(*trigger.Options)
		want    string
	}{
		"a short key":       {testKey[:31], store, named("mail"), nil, "31 bytes"},
		"a short old key":   {testKey, store, named("mail"), func(o *trigger.Options) { o.OldKeys = [][]byte{{1}} }, "1 bytes"},
		"no store":          {testKey, nil, named("mail"), nil, "store"},
		"no method":         {testKey, store, nil, nil, "no method"},
		"a nil method":      {testKey, store, []trigger.Method{nil}, nil, "nil"},
		"no name":           {testKey, store, named(""), nil, "name"},
		"a long name":       {testKey, store, named(strings.Repeat("x", 33)), nil, "name"},
		"a bad name":        {testKey, store, named("e-mail;x"), nil, "name"},
		"an upper name":     {testKey, store, named("Mail"), nil, "name"},
		"twice":             {testKey, store, append(named("mail"), named("mail")...), nil, "two methods"},
		"no attempt":        {testKey, store, limited(0, 0), nil, "attempts"},
		"endless attempts":  {testKey, store, limited(11, 0), nil, "attempts"},
		"endless resends":   {testKey, store, limited(3, 11), nil, "resends"},
		"negative failures": {testKey, store, named("mail"), func(o *trigger.Options) { o.MaxFailures = -1 }, "negative"},
		"negative timeout":  {testKey, store, named("mail"), func(o *trigger.Options) { o.Timeout = -1 }, "negative"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var optFns []func(*trigger.Options)
			if row.option != nil {
				optFns = append(optFns, row.option)
			}
			h, err := trigger.New(row.key, row.store, row.methods, optFns...)
			if err == nil || h != nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, %v", h, err)
			}
		})
	}
}

// An answer that is no text, or is endless, is a wrong one.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, func(o *trigger.Options) { o.MaxFailures = 100 })
	f := w.srp("ann", nil)
	for _, answer := range []any{nil, true, 42, []string{"42"}, map[string]string{"answer": "42"}, strings.Repeat("4", 1<<20), strings.Repeat("4", trigger.MaxAnswer+1)} {
		if right, err := f.verify(answer, nil); right || err != nil {
			t.Errorf("%T: %t, %v", answer, right, err)
		}
	}
	if len(w.mail.answers) != 0 {
		t.Error("the method was asked")
	}
	if right, err := f.verify(strings.Repeat("4", trigger.MaxAnswer), nil); right || err != nil || len(w.mail.answers) != 1 {
		t.Errorf("the longest answer: %t, %v", right, err)
	}
	if right, err := f.verify("42", nil); !right || err != nil {
		t.Errorf("%t, %v", right, err)
	}
}

// The deadline that methods see is inside Cognito's.
func TestDeadline(t *testing.T) {
	t.Parallel()
	deadlines := make(chan time.Duration, 1)
	m := waiting{riddle: newRiddle("mail"), saw: deadlines}
	h, err := trigger.New(testKey, trigger.NewMemory(nil), []trigger.Method{m}, func(o *trigger.Options) {
		o.WithoutPassword, o.Logger = true, logTo(new(bytes.Buffer))
	})
	if err != nil {
		t.Fatal(err)
	}
	f := (&world{TB: t, Handler: h, logged: new(bytes.Buffer)}).flow("ann")
	f.next(nil)
	if left := <-deadlines; left <= 0 || left > 4*time.Second {
		t.Errorf("%s are left", left)
	}
}

type waiting struct {
	*riddle
	saw chan<- time.Duration
}

func (w waiting) Create(ctx context.Context, in trigger.CreateInput) (trigger.Question, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return trigger.Question{}, errors.New("there is no deadline")
	}
	w.saw <- time.Until(deadline)
	return w.riddle.Create(ctx, in)
}
