package trigger

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// A Handler serves the triggers DefineAuthChallenge, CreateAuthChallenge and
// VerifyAuthChallengeResponse of a user pool: which of them an event is for, it
// says itself. One function can serve all three, or three functions with
// different rights one each, with the same key and Store. Make it with [New]
// once and use it from any number of goroutines.
type Handler struct {
	keys    keys
	store   Store
	methods map[string]Method
	policy  Policy
	o       Options
}

// Options are the settings of a [Handler] that have defaults.
type Options struct {
	// OldKeys are keys that marks written before a change of keys may still
	// have. Drop them after 15 minutes, the longest life of a session.
	OldKeys [][]byte
	// WithoutPassword makes the custom challenge the only factor for who asks
	// for that: see [Policy]. With it a single Method is the whole sign-in.
	WithoutPassword bool
	// MaxFailures is how many wrong answers one user may give, in any number of
	// sign-ins, in FailureWindow, which begins with the first; then no answer
	// is right until it ends, and sign-ins fail as with a wrong password. 10 in
	// an hour if zero. Who knows the password
	// could else guess in parallel sign-ins for ever, because Cognito does not
	// count wrong answers to custom challenges; they can now lock the user out
	// instead, which is the lesser evil. A right answer begins anew.
	MaxFailures   int
	FailureWindow time.Duration
	// Exhausted, if not nil, is called when a known user's last attempt was
	// wrong: somebody has the password and not the second factor, of which OWASP
	// (ASVS 5.0, 6.3.5) wants the user to hear. It has what is left of Timeout,
	// and is called again if Cognito repeats the event.
	Exhausted func(ctx context.Context, user User, method string)
	// Guarded leaves a mark for the [Guard] when tokens are issued.
	Guarded bool
	// Timeout is how long one event may take; 4 seconds if zero. Cognito waits
	// for five, and then begins again.
	Timeout time.Duration
	// Logger gets one line for each event, without names, addresses, answers or
	// codes; [slog.Default] if nil.
	Logger *slog.Logger
	// Now is the clock, [time.Now] if nil, and Rand the source of the rounds'
	// names, [rand.Reader] if nil.
	Now  func() time.Time
	Rand io.Reader
}

// ErrUnavailable is returned when a method or the Store failed: the log says
// how, and Cognito shows this text to the client. The sign-in is over.
var ErrUnavailable = errors.New("sign-in is not possible at the moment")

// MinKey is the least length of a key in bytes.
const MinKey = 32

// New makes a Handler.
//
// The key, 32 random bytes or more, authenticates what the Handler keeps in
// Cognito's session; all functions of a pool share it, and the Store. The
// methods are in the order in which they are offered; if there are several, the
// client chooses one by [Choose].
func New(key []byte, store Store, methods []Method, optFns ...func(*Options)) (*Handler, error) {
	h := &Handler{store: store, methods: map[string]Method{}, o: Options{
		MaxFailures: 10, FailureWindow: time.Hour, Timeout: 4 * time.Second,
		Logger: slog.Default(), Now: time.Now, Rand: rand.Reader,
	}}
	var o Options
	for _, f := range optFns {
		f(&o)
	}
	if err := h.configure(key, o); err != nil {
		return nil, err
	}
	if len(methods) == 0 {
		return nil, errors.New("trigger: there is no method to ask for")
	}
	for _, m := range methods {
		limits := DefaultLimits
		if l, ok := m.(Limiter); ok {
			limits = l.Limits()
		}
		switch {
		case m == nil:
			return nil, errors.New("trigger: a method is nil")
		case !validName(m.Name()):
			return nil, fmt.Errorf("trigger: the method name %q is not 1 to 32 of a-z, 0-9 and -", m.Name())
		case h.methods[m.Name()] != nil:
			return nil, fmt.Errorf("trigger: two methods are named %q", m.Name())
		case limits.Attempts < 1 || limits.Attempts > 10 || limits.Resends < 0 || limits.Resends > 10:
			return nil, fmt.Errorf("trigger: method %q allows %d attempts and %d resends, outside 1 to 10 and 0 to 10",
				m.Name(), limits.Attempts, limits.Resends)
		}
		h.methods[m.Name()] = m
		h.policy.Methods = append(h.policy.Methods, Step{m.Name(), limits})
	}
	return h, nil
}

// configure checks the options and fills the defaults in.
func (h *Handler) configure(key []byte, o Options) error {
	for _, k := range append([][]byte{key}, o.OldKeys...) {
		if len(k) < MinKey {
			return fmt.Errorf("trigger: a key has %d bytes, fewer than %d", len(k), MinKey)
		}
		h.keys = append(h.keys, redact.New(slices.Clone(k)))
	}
	switch {
	case h.store == nil:
		return errors.New("trigger: the store is nil: NewMemory makes one, for a single process")
	case o.MaxFailures < 0 || o.FailureWindow < 0 || o.Timeout < 0:
		return errors.New("trigger: an option is negative")
	}
	h.policy.WithoutPassword = o.WithoutPassword
	d := h.o
	o.MaxFailures = cmp.Or(o.MaxFailures, d.MaxFailures)
	o.FailureWindow = cmp.Or(o.FailureWindow, d.FailureWindow)
	o.Timeout = cmp.Or(o.Timeout, d.Timeout)
	o.Logger = cmp.Or(o.Logger, d.Logger)
	if o.Now == nil {
		o.Now = d.Now
	}
	if o.Rand == nil {
		o.Rand = d.Rand
	}
	o.OldKeys = nil // the keys are in their boxes
	h.o = o
	return nil
}

// Invoke answers one event. The bytes that come back are those that went in but
// for the value of "response".
//
// By this method a Handler is a lambda.Handler of aws-lambda-go: start it by
// lambda.Start(h), and not by lambda.Start(h.Invoke), which would take the event
// for base64. The test pool of package auth/cognitotest takes h.Invoke.
//
// Errors are [ErrEvent] and [ErrUnavailable]: Cognito shows the text to the
// client, so there is no more in it.
func (h *Handler) Invoke(ctx context.Context, raw []byte) (out []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, h.o.Timeout)
	defer cancel()
	c := &call{Handler: h, now: h.o.Now()}
	// aws-lambda-go would make an error of a panic's text, and Cognito a reply
	// to the client.
	defer func() {
		if p := recover(); p != nil {
			c.log = append(c.log, slog.String("panic", string(debug.Stack())))
			out, err = nil, ErrUnavailable
		}
		c.write(ctx, err)
	}()
	if c.event, err = parse(raw); err != nil {
		return nil, err
	}
	var response any
	switch c.source {
	case "DefineAuthChallenge_Authentication":
		response, err = c.define(ctx)
	case "CreateAuthChallenge_Authentication":
		response, err = c.create(ctx)
	case "VerifyAuthChallengeResponse_Authentication":
		response, err = c.verify(ctx)
	default:
		return nil, ErrEvent
	}
	if err != nil {
		return nil, err
	}
	return c.reply(response)
}

// A call is one event being answered.
type call struct {
	*Handler
	*event
	now time.Time
	log []any
}

// note adds to the line that the log gets of this call.
func (c *call) note(key string, value any) { c.log = append(c.log, slog.Any(key, value)) }

// unavailable notes what has failed and hides it from the client.
func (c *call) unavailable(what string, err error) error {
	c.note("failed", what)
	c.note("cause", err)
	return ErrUnavailable
}

func (c *call) write(ctx context.Context, err error) {
	level := slog.LevelInfo
	if err != nil {
		level = slog.LevelError
		c.log = append(c.log, slog.Any("error", err))
	}
	if c.event != nil {
		c.log = append(c.log, slog.String("trigger", c.source), slog.String("client", c.user.ClientID), slog.String("user", pseudonym(c.user)))
	}
	// The time may be up, and that is worth a line.
	c.o.Logger.Log(context.WithoutCancel(ctx), level, "custom challenge", c.log...)
}

// pseudonym stands for a user in the log: the sub, which is no secret and says
// nothing, or for users that have none a digest.
func pseudonym(u User) string {
	if sub := u.Attributes["sub"]; sub != "" && !u.Unknown {
		return sub
	}
	return Key("user", u.PoolID, u.Name)
}

// random returns 16 random bytes in base64url.
func (c *call) random() (string, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(c.o.Rand, b); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}
