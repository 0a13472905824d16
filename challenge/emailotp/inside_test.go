package emailotp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
)

// Of the 250 bytes that count, each digit has 25.
func TestCodesAreUniform(t *testing.T) {
	t.Parallel()
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(255 - i) // those that do not count come first
	}
	r := bytes.NewReader(every)
	seen := map[rune]int{}
	for range 25 {
		code, err := drawCode(r, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range code {
			seen[c]++
		}
	}
	for c := '0'; c <= '9'; c++ {
		if seen[c] != 25 {
			t.Errorf("%c comes %d times, want 25", c, seen[c])
		}
	}
	if len(seen) != 10 || r.Len() != 0 {
		t.Errorf("%d digits, %d bytes left", len(seen), r.Len())
	}
}

func TestDrawCode(t *testing.T) {
	t.Parallel()
	code, err := drawCode(bytes.NewReader([]byte{0, 255, 10, 250, 20, 3, 249, 0}), 6)
	if code != "000390" || err != nil { // zeros in front stay
		t.Errorf("%q, %v", code, err)
	}
	if code, err := drawCode(iotest.ErrReader(errors.New("none")), 6); err == nil || code != "" {
		t.Errorf("%q without randomness", code)
	}
	if _, err := drawCode(stuck{}, 6); err == nil {
		t.Error("a reader that is stuck is accepted")
	}
}

type stuck struct{}

func (stuck) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 0xff
	}
	return len(p), nil
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"123456": "123456", " 123 456\r\n": "123456", "123-456": "123456", "123\u00a0456": "123456", "123\u2013456": "123456",
		"0000000000": "0000000000", "012345": "012345",
		"": "-", "12345": "-", "12345678901": "-", "12345a": "-", "１２３４５６": "-", "123456\x00": "-", "+123456": "-", "1e5000": "-", "\xff123456": "-",
	} {
		got, ok := normalize(answer)
		if !ok {
			got = "-"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", answer, got, want)
		}
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for email, want := range map[string]string{
		"ann@example.com": "a***@e***", "a@b": "a***@b***", "éva@ünder.example": "é***@ü***",
		"": "***@***", "@": "***@***", "nobody": "n***@***", "\xff@\xff": "***@***",
	} {
		if got := mask(email); got != want {
			t.Errorf("%q: %q, want %q", email, got, want)
		}
	}
}

func TestWellFormed(t *testing.T) {
	t.Parallel()
	for email, want := range map[string]bool{
		"ann@example.com": true, "a+b.c@x": true, "éva@ünder.example": true,
		"": false, "ann": false, "@x": false, "ann@": false, "a@b@c": false, "ann@x\r\nBcc: bob@x": false, "ann @x": false,
		"<ann@x>": false, "ann@x,bob@x": false, "\xff@x": false, strings.Repeat("a", 254) + "@x": false,
	} {
		if got := wellFormed(email); got != want {
			t.Errorf("%q: %t", email, got)
		}
	}
}

var key32 = bytes.Repeat([]byte("k"), 32)

func newTestMethod(t testing.TB, store trigger.Store, optFns ...func(*Options)) *Method {
	t.Helper()
	m, err := New(key32, discard{}, store, append([]func(*Options){func(o *Options) { o.DecoyDelay = func(context.Context) {} }}, optFns...)...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

type discard struct{}

func (discard) Send(context.Context, Message) error { return nil }

// A decoy is the same each time, another for others, and of the form of a mask.
func TestDecoys(t *testing.T) {
	t.Parallel()
	m := newTestMethod(t, trigger.NewMemory(nil))
	seen := map[string]bool{}
	pools := map[string]bool{} // a name is not the same in each
	for i := range 8 {
		pools[m.decoy(trigger.User{Name: "ann", PoolID: string(rune('a' + i))})] = true
	}
	if len(pools) < 5 {
		t.Errorf("8 pools have %d decoys for a name", len(pools))
	}
	for _, name := range []string{"ann", "bob", "cyn", "dan", "eve", "fay", "guy", "hal"} {
		u := trigger.User{Name: name, PoolID: "p"}
		d := m.decoy(u)
		if d != m.decoy(u) || len(d) != len("a***@e***") || d[1:5] != "***@" || d[6:] != "***" {
			t.Errorf("%s gets %s", name, d)
		}
		seen[d] = true
	}
	if len(seen) < 5 {
		t.Errorf("8 names get %d decoys", len(seen))
	}
}

// deviations from the user, the client, the code and the key of a ticket.
func TestTicketsAreBound(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	user := trigger.User{Name: "ann", PoolID: "p", ClientID: "c", Attributes: map[string]string{"email": "a@b", "email_verified": "true"}}
	m := newTestMethod(t, trigger.NewMemory(nil))
	code, good, err := m.draw(trigger.CreateInput{User: user, Now: now}, m.destination(user))
	if err != nil {
		t.Fatal(err)
	}
	other := newKey(bytes.Repeat([]byte("x"), 32))
	for name, change := range map[string]func(*ticket, *trigger.User, *string, *keys){
		"good":           func(*ticket, *trigger.User, *string, *keys) {},
		"old key":        func(_ *ticket, _ *trigger.User, _ *string, k *keys) { *k = keys{other, (*k)[0]} },
		"other user":     func(_ *ticket, u *trigger.User, _ *string, _ *keys) { u.Name = "bob" },
		"other pool":     func(_ *ticket, u *trigger.User, _ *string, _ *keys) { u.PoolID = "q" },
		"other client":   func(_ *ticket, u *trigger.User, _ *string, _ *keys) { u.ClientID = "d" },
		"other cut":      func(_ *ticket, u *trigger.User, _ *string, _ *keys) { u.PoolID, u.ClientID = "", "pc" },
		"other nonce":    func(t *ticket, _ *trigger.User, _ *string, _ *keys) { t.nonce = strings.Repeat("A", 22) },
		"longer life":    func(t *ticket, _ *trigger.User, _ *string, _ *keys) { t.expires = t.expires.Add(time.Second) },
		"other code":     func(_ *ticket, _ *trigger.User, c *string, _ *keys) { *c = (*c)[1:] + (*c)[:1] + "0" },
		"no code":        func(_ *ticket, _ *trigger.User, c *string, _ *keys) { *c = "" },
		"other key":      func(_ *ticket, _ *trigger.User, _ *string, k *keys) { *k = keys{other} },
		"no keys":        func(_ *ticket, _ *trigger.User, _ *string, k *keys) { *k = nil },
		"MAC cut short":  func(t *ticket, _ *trigger.User, _ *string, _ *keys) { t.sum = t.sum[:31] },
		"another's MAC":  func(t *ticket, _ *trigger.User, _ *string, _ *keys) { t.sum = make([]byte, 32) },
		"plain SHA-256?": func(t *ticket, _ *trigger.User, c *string, _ *keys) { t.sum = []byte(*c) },
	} {
		tick, u, c, k := good, user, code, m.keys
		change(&tick, &u, &c, &k)
		want := name == "good" || name == "old key"
		if got := k.sealed(tick, u, c); got != want {
			t.Errorf("%s: %t, want %t", name, got, want)
		}
	}
	if strings.Contains(good.String(), code) {
		t.Error("the ticket shows the code")
	}
}

// Nothing that Cognito or the store could hand back is right, or a panic.
func FuzzVerify(f *testing.F) {
	now := time.Unix(1_700_000_000, 0)
	user := trigger.User{Name: "ann", PoolID: "p", ClientID: "c", Attributes: map[string]string{"email": "a@b", "email_verified": "true"}}
	maker := newTestMethod(f, trigger.NewMemory(func() time.Time { return now }), func(o *Options) { o.Rand = zeros{} })
	q, err := maker.Create(f.Context(), trigger.CreateInput{User: user, Attempt: 1, Round: "r", Now: now})
	if err != nil {
		f.Fatal(err)
	}
	good := q.Private[privateTicket]
	seeds := [][2]string{
		{good, "000000"}, {good, "000001"}, {"", ""}, {"..", "0"}, {good[:30], "000000"}, {good + "x", "000000"},
		{strings.Replace(good, ".", ".9", 1), "000000"}, {strings.Replace(good, "A", "B", 1), "000000"}, {good, strings.Repeat("0", 1<<16)},
		{"AAAAAAAAAAAAAAAAAAAAAA.99999999999999999999.AAAA", "000000"},
	}
	if len(seeds) < 10 {
		f.Fatal("the seeds are gone")
	}
	for _, s := range seeds {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, ticket, answer string) {
		m := newTestMethod(t, trigger.NewMemory(func() time.Time { return now }))
		v, err := m.Verify(t.Context(), trigger.VerifyInput{User: user, Private: map[string]string{privateTicket: ticket}, Answer: answer, Round: "r", Now: now})
		code, ok := normalize(answer)
		if right := ticket == good && ok && code == "000000"; err == nil && v.Correct != right && !(v.Correct && same(ticket, good)) {
			t.Errorf("%q for %q: %+v", answer, ticket, v)
		}
		if v.Correct && v.Reason != "" || err == nil && !v.Correct && v.Reason == "" {
			t.Errorf("the reason of %t is %q", v.Correct, v.Reason)
		}
	})
}

// same tells whether two texts are of one ticket: base64 and numbers can be
// written in more than one way.
func same(a, b string) bool {
	x, err1 := parseTicket(a)
	y, err2 := parseTicket(b)
	return err1 == nil && err2 == nil && x.String() == y.String()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

var _ io.Reader = zeros{}

// What is kept for a round tells no code without the key: not even by trying
// them all.
func TestMetadataTellsNothing(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	user := trigger.User{Name: "ann", PoolID: "p", ClientID: "c", Attributes: map[string]string{"email": "ann@example.com", "email_verified": "true"}}
	var sent Message
	m, err := New(key32, sendFunc(func(msg Message) { sent = msg }), trigger.NewMemory(func() time.Time { return now }))
	if err != nil {
		t.Fatal(err)
	}
	q, err := m.Create(t.Context(), trigger.CreateInput{User: user, Attempt: 1, Round: "r", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	all := q.State + q.Private[privateTicket] + q.Reason
	for k, v := range q.Public {
		all += k + v
	}
	for _, secret := range []string{sent.Code(), user.Attributes["email"]} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is in the question", secret)
		}
	}
	redacttest.Check(t, sent, sent.Code())
	redacttest.Check(t, sent, user.Attributes["email"])
	redacttest.Check(t, m, string(key32))
}

type sendFunc func(Message)

func (f sendFunc) Send(_ context.Context, m Message) error { f(m); return nil }

// brokenStore fails in one operation.
type brokenStore struct {
	trigger.Store
	broken string
}

func (s brokenStore) Claim(ctx context.Context, key, value string, until time.Time) (string, bool, error) {
	if strings.HasPrefix(key, s.broken) {
		return "", false, errors.New("broken")
	}
	return s.Store.Claim(ctx, key, value, until)
}

func (s brokenStore) Take(ctx context.Context, key string) (string, bool, error) {
	if s.broken == "take" {
		return "", false, errors.New("broken")
	}
	return s.Store.Take(ctx, key)
}

func (s brokenStore) Add(ctx context.Context, key string, n int, until time.Time) (int, error) {
	if s.broken == "add" {
		return 0, errors.New("broken")
	}
	return s.Store.Add(ctx, key, n, until)
}

// A store that fails lets nobody in and sends nothing that is not counted.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	user := trigger.User{Name: "ann", PoolID: "p", ClientID: "c", Attributes: map[string]string{"email": "ann@example.com", "email_verified": "true"}}
	for broken, where := range map[string]string{
		"email-otp-sent": "create", "add": "create", "email-otp-used": "verify", "take": "verify", "": "",
	} {
		var sent Message
		mails := 0
		now := time.Unix(1_700_000_000, 0)
		store := brokenStore{trigger.NewMemory(func() time.Time { return now }), broken}
		if broken == "" {
			store.broken = "nothing"
		}
		m, err := New(key32, sendFunc(func(msg Message) { sent = msg; mails++ }), store)
		if err != nil {
			t.Fatal(err)
		}
		q, err := m.Create(t.Context(), trigger.CreateInput{User: user, Attempt: 1, Round: "r", Now: now})
		if (err != nil) != (where == "create") || err != nil && mails > 0 {
			t.Errorf("%q: Create: %v after %d mails", broken, err, mails)
		}
		if err != nil {
			continue
		}
		v, err := m.Verify(t.Context(), trigger.VerifyInput{User: user, Private: q.Private, Answer: sent.Code(), Round: "r", Now: now})
		if (err != nil) != (where == "verify") || v.Correct != (where == "") {
			t.Errorf("%q: Verify: %+v, %v", broken, v, err)
		}
		if where == "" { // Cognito repeats the Verify of a round, and no other is right
			for round, want := range map[string]bool{"r": true, "another": false} {
				v, err := m.Verify(t.Context(), trigger.VerifyInput{User: user, Private: q.Private, Answer: sent.Code(), Round: round, Now: now})
				if err != nil || v.Correct != want {
					t.Errorf("again in round %s: %+v, %v", round, v, err)
				}
			}
		}
	}
}

// A ticket of another form, from a state or the store, ends the sign-in.
func TestOddTickets(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	user := trigger.User{Name: "ann", PoolID: "p", ClientID: "c", Attributes: map[string]string{"email": "a@b", "email_verified": "true"}}
	for _, odd := range []string{"x", "..", "AAAAAAAAAAAAAAAAAAAAAA.1.AAAA", "AAAAAAAAAAAAAAAAAAAAAA.x." + strings.Repeat("A", 43), "A.1." + strings.Repeat("A", 43)} {
		store := trigger.NewMemory(func() time.Time { return now })
		m := newTestMethod(t, store)
		if _, err := m.Create(t.Context(), trigger.CreateInput{User: user, Attempt: 2, Previous: odd, Round: "r", Now: now}); err == nil {
			t.Errorf("%q is taken for a state", odd)
		}
		if _, _, err := store.Claim(t.Context(), sentKey(user), odd, now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Create(t.Context(), trigger.CreateInput{User: user, Attempt: 1, Round: "r", Now: now}); err == nil {
			t.Errorf("%q is taken from the store", odd)
		}
	}
	m := newTestMethod(t, trigger.NewMemory(nil), func(o *Options) { o.Rand = iotest.ErrReader(errors.New("none")) })
	if _, err := m.Create(t.Context(), trigger.CreateInput{User: user, Attempt: 1, Round: "r", Now: now}); err == nil {
		t.Error("a question without randomness")
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	store := trigger.NewMemory(nil)
	for name, change := range map[string]func(*Options){
		"5 digits": func(o *Options) { o.Length = 5 }, "11 digits": func(o *Options) { o.Length = 11 },
		"seconds": func(o *Options) { o.Lifetime = 59 * time.Second }, "hours": func(o *Options) { o.Lifetime = 10*time.Minute + 1 },
		"no cooldown": func(o *Options) { o.Cooldown = -1 }, "longer than the code": func(o *Options) { o.Cooldown = 6 * time.Minute },
		"negative mails": func(o *Options) { o.MaxSends = -1 }, "an old key that is short": func(o *Options) { o.OldKeys = [][]byte{{1}} },
	} {
		if m, err := New(key32, discard{}, store, change); err == nil || m != nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := New(key32[:31], discard{}, store); err == nil {
		t.Error("a short key: accepted")
	}
	if _, err := New(key32, nil, store); err == nil {
		t.Error("no sender: accepted")
	}
	if _, err := New(key32, discard{}, nil); err == nil {
		t.Error("no store: accepted")
	}
}

var goodParameters = map[string]string{
	"method": Name, "destination": "a***@e***", "codeLength": "6", "expires": "1700000300", "resendAfter": "1700000060",
	"attemptsLeft": "3", "resendsLeft": "2",
}

func TestParse(t *testing.T) {
	t.Parallel()
	good, err := parse(goodParameters)
	if err != nil {
		t.Fatal(err)
	}
	view, err := json.Marshal(good)
	want := `{"destination":"a***@e***","codeLength":6,"attemptsLeft":3,"resendsLeft":2,` +
		`"expires":"2023-11-14T22:18:20Z","resendAfter":"2023-11-14T22:14:20Z"}`
	if err != nil || string(view) != want {
		t.Errorf("%s, %v", view, err)
	}
	for name, odd := range map[string][]string{
		"codeLength": {"", "x", "5", "11", "-1", "6.0", "99999999999999999999"}, "expires": {"", "-1", "999999999999999"},
		"resendAfter": {"", "soon"}, "attemptsLeft": {"", "0", "11"}, "resendsLeft": {"", "-1", "11"},
	} {
		for _, v := range odd {
			params := maps.Clone(goodParameters)
			params[name] = v
			if c, err := parse(params); err == nil || errors.Is(err, ErrOther) || c != nil {
				t.Errorf("%s %q: %v, %v", name, v, c, err)
			}
		}
	}
	for _, params := range []map[string]string{nil, {}, {"method": "duo"}, {"methods": "email-otp duo"}} {
		if _, err := parse(params); !errors.Is(err, ErrOther) {
			t.Errorf("%v: %v", params, err)
		}
	}
	if _, err := Parse(nil); !errors.Is(err, ErrOther) {
		t.Errorf("nil: %v", err)
	}
	new(Challenge).Answer("1")
	new(Challenge).Resend()
}

// A challenge that parses can be shown and encoded.
func FuzzParse(f *testing.F) {
	seeds := [][3]string{
		{"6", "1700000300", "3"}, {"", "", ""}, {"10", "0", "1"}, {"6", "253402300799", "10"}, {"6", "253402300800", "3"}, {"+6", "1e9", "0x3"},
	}
	if len(seeds) < 5 {
		f.Fatal("the seeds are gone")
	}
	for _, s := range seeds {
		f.Add(s[0], s[1], s[2], "a***@e***")
	}
	f.Fuzz(func(t *testing.T, length, expires, left, destination string) {
		params := maps.Clone(goodParameters)
		params["codeLength"], params["expires"], params["attemptsLeft"], params["destination"] = length, expires, left, destination
		c, err := parse(params)
		if err != nil {
			return
		}
		if c.CodeLength < minLength || c.CodeLength > maxLength || c.AttemptsLeft < 1 {
			t.Errorf("%+v", c)
		}
		if _, err := json.Marshal(c); err != nil {
			t.Error(err)
		}
	})
}
