package emailotp_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

const (
	username = "ann"
	password = "Correct-Horse-7"
	email    = "ann@example.com"
)

// patience is how long a trigger may take: by the pool's clock, which a test moves
// on. By the machine's, only what hangs takes as long.
const patience = 30 * time.Second

// digits are so many that no two codes of a test are the same.
const digits = 10

var testKey = bytes.Repeat([]byte("k"), trigger.MinKey)

// A mailbox is a Sender that keeps what it is given.
type mailbox struct {
	mu    sync.Mutex
	mails []emailotp.Message
	// sending, if not nil, runs after a mail is in the box: it fails, or waits.
	sending func(context.Context) error
}

func (m *mailbox) Send(ctx context.Context, mail emailotp.Message) error {
	m.mu.Lock()
	m.mails = append(m.mails, mail)
	sending := m.sending
	m.mu.Unlock()
	if sending != nil {
		return sending(ctx)
	}
	return nil
}

// codes lists the codes of all mails.
func (m *mailbox) codes() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var codes []string
	for _, mail := range m.mails {
		codes = append(codes, mail.Code())
	}
	return codes
}

// logbook collects what is logged, by several goroutines.
type logbook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A world is a pool whose triggers are a Handler, and a client of the pool.
type world struct {
	*testing.T
	*cognitotest.Pool
	client *auth.Client
	box    *mailbox
	store  *trigger.Memory
	log    *logbook
}

// settings of a world that differ from the usual ones.
type settings struct {
	pool    cognitotest.Config
	handler func(*trigger.Options)
	method  func(*emailotp.Options)
	more    []trigger.Method
	// loseVerify makes Cognito wait in vain for the first answer of the Verify
	// trigger, which it then calls again.
	loseVerify bool
}

func newWorld(t *testing.T, s settings) *world {
	t.Helper()
	clock := cognitotest.NewClock(time.Now())
	w := &world{T: t, box: new(mailbox), store: trigger.NewMemory(clock.Now), log: new(logbook)}
	method, err := emailotp.New(testKey, w.box, w.store, func(o *emailotp.Options) {
		o.DecoyDelay = func(context.Context) {}
		o.Length = digits
		if s.method != nil {
			s.method(o)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := trigger.New(testKey, w.store, append([]trigger.Method{method}, s.more...), func(o *trigger.Options) {
		o.Now, o.Timeout, o.Logger = clock.Now, patience, slog.New(slog.NewTextHandler(w.log, nil))
		if s.handler != nil {
			s.handler(o)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	s.pool.Clock, s.pool.TriggerTimeout = clock, patience
	s.pool.Triggers.DefineAuthChallenge = handler.Invoke
	s.pool.Triggers.CreateAuthChallenge = handler.Invoke
	s.pool.Triggers.VerifyAuthChallengeResponse = handler.Invoke
	if s.loseVerify {
		s.pool.Triggers.VerifyAuthChallengeResponse = losingFirst(clock, handler.Invoke)
	}
	s.pool.Client.SessionValidity = 15 * time.Minute
	w.Pool = cognitotest.Start(t, s.pool)
	w.AddUser(cognitotest.User{Username: username, Password: password, Attributes: map[string]string{"email": email, "email_verified": "true"}})
	w.client, err = auth.New(w.SDK(), w.ID(), w.Client().ID, func(o *auth.Options) { o.Now = clock.Now })
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func losingFirst(clock *cognitotest.Clock, next cognitotest.Trigger) cognitotest.Trigger {
	var once sync.Once
	return func(ctx context.Context, event []byte) ([]byte, error) {
		out, err := next(ctx, event)
		once.Do(func() {
			clock.Advance(patience)
			<-ctx.Done()
			out, err = nil, ctx.Err()
		})
		return out, err
	}
}

// A flow is one sign-in.
type flow struct {
	*world
	tokens *auth.Tokens
	custom *challenge.Custom
	asked  *emailotp.Challenge // nil if another method asks
	err    error
}

func (f *flow) take(tokens *auth.Tokens, next challenge.Challenge, err error) {
	f.Helper()
	f.tokens, f.custom, f.asked, f.err = tokens, nil, nil, err
	if next == nil {
		return
	}
	var ok bool
	if f.custom, ok = next.(*challenge.Custom); !ok {
		f.Fatalf("asked for %s", next.Name())
	}
	if f.asked, err = emailotp.Parse(f.custom); err != nil && !errors.Is(err, emailotp.ErrOther) {
		f.Fatal(err)
	}
}

func said(metadata map[string]string) func(*auth.CallOptions) {
	return func(o *auth.CallOptions) { o.ClientMetadata = metadata }
}

// begin signs in by SRP, as far as the question.
func (w *world) begin(metadata map[string]string) *flow {
	w.Helper()
	f := &flow{world: w}
	f.take(w.client.Begin(w.Context(), auth.CustomSRP(username, password), said(metadata)))
	return f
}

func (f *flow) answer(code string) {
	f.Helper()
	if f.asked == nil {
		f.Fatalf("nobody asks for a code: %v; log:\n%s", f.err, f.log)
	}
	f.take(f.client.Respond(f.Context(), f.asked.Answer(code)))
}

func (f *flow) resend() {
	f.Helper()
	f.take(f.client.Respond(f.Context(), f.asked.Resend()))
}

// wants compares where the sign-in is: "tokens", the error, or
// how many attempts and resends are left, and how many mails were sent.
func (f *flow) wants(state string, mails int) {
	f.Helper()
	got := "nothing"
	switch {
	case errors.Is(f.err, auth.ErrStartOver):
		got = "over"
	case errors.Is(f.err, auth.ErrDenied):
		got = "denied"
	case errors.Is(f.err, auth.ErrCredentials):
		got = "credentials"
	case f.err != nil:
		got = f.err.Error()
	case f.tokens != nil:
		got = "tokens"
	case f.asked != nil:
		got = strings.Join([]string{string(rune('0' + f.asked.AttemptsLeft)), string(rune('0' + f.asked.ResendsLeft))}, " ")
	}
	if n := len(f.box.codes()); got != state || n != mails {
		f.Errorf("the sign-in is at %q after %d mails, want %q after %d; log:\n%s", got, n, state, mails, f.log)
	}
}

// code returns the n-th code that was sent.
func (w *world) code(n int) string {
	w.Helper()
	codes := w.box.codes()
	if len(codes) <= n {
		w.Fatalf("%d mails; log:\n%s", len(codes), w.log)
	}
	return codes[n]
}

// wrong returns a code that is not the n-th.
func (w *world) wrong(n int) string {
	w.Helper()
	code := w.code(n)
	return code[:len(code)-1] + string('0'+(code[len(code)-1]-'0'+1)%10)
}

var onlyCustom = []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowCustomAuth}
