package emailotp

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// Name is the [Method]'s: what a client chooses by trigger.Choose.
const Name = "email-otp"

// A Method sends codes and judges them. Make it with [New].
type Method struct {
	keys   keys
	sender Sender
	store  trigger.Store
	o      Options
}

var (
	_ trigger.Method  = (*Method)(nil)
	_ trigger.Limiter = (*Method)(nil)
)

// Options are the settings of a [Method] that have defaults.
type Options struct {
	// Length is how many digits a code has: 6, which is the default, to 10.
	Length int
	// Lifetime is how long a code is good for: 5 minutes if zero, 10 at most
	// (NIST SP 800-63B, 5.1.3.2). Cognito's session has a time of its own: make
	// AuthSessionValidity of the app client no shorter.
	Lifetime time.Duration
	// Limits are the attempts on one sign-in, 3 if zero, and the resends, 2 if
	// both are zero.
	Limits trigger.Limits
	// Cooldown is for how long after one mail there is no other for the same
	// user and client; a minute if zero. It cannot be longer than Lifetime.
	Cooldown time.Duration
	// MaxSends is how many mails one user gets in an hour, by whatever client;
	// 10 if zero. Then sign-ins go on as if there had been one.
	MaxSends int
	// DecoyDelay takes the time that sending takes, where nothing is sent for
	// there is nobody to send to, or there were MaxSends mails. If nil it waits for 100 to 300 ms at random;
	// set it to what your sender takes.
	DecoyDelay func(context.Context)
	// OldKeys are keys that codes sent before a change of keys still have.
	OldKeys [][]byte
	// Rand is where codes come from; [rand.Reader] if nil.
	Rand io.Reader
}

// sendWindow is what MaxSends is about.
const sendWindow = time.Hour

// New makes a Method. The key, 32 random bytes or more, is the secret that
// codes are kept under: it may be the Handler's. The store may be the
// Handler's too.
func New(key []byte, sender Sender, store trigger.Store, optFns ...func(*Options)) (*Method, error) {
	var o Options
	for _, f := range optFns {
		f(&o)
	}
	o.Length = cmp.Or(o.Length, minLength)
	o.Lifetime = cmp.Or(o.Lifetime, 5*time.Minute)
	o.Limits = cmp.Or(o.Limits, trigger.Limits{Attempts: 3, Resends: 2})
	o.Limits.Attempts = cmp.Or(o.Limits.Attempts, 3)
	o.Cooldown = cmp.Or(o.Cooldown, time.Minute)
	o.MaxSends = cmp.Or(o.MaxSends, 10)
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.DecoyDelay == nil {
		o.DecoyDelay = decoyDelay
	}
	switch {
	case sender == nil || store == nil:
		return nil, errors.New("emailotp: the sender or the store is nil")
	case o.Length < minLength || o.Length > maxLength:
		return nil, fmt.Errorf("emailotp: codes of %d digits; %d to %d are allowed", o.Length, minLength, maxLength)
	case o.Lifetime < time.Minute || o.Lifetime > 10*time.Minute:
		return nil, fmt.Errorf("emailotp: codes that live for %s; 1 to 10 minutes are allowed", o.Lifetime)
	case o.Cooldown < time.Second || o.Cooldown > o.Lifetime:
		return nil, fmt.Errorf("emailotp: a cooldown of %s; a second to the lifetime of a code is allowed", o.Cooldown)
	case o.MaxSends < 0:
		return nil, errors.New("emailotp: MaxSends is negative")
	}
	m := &Method{sender: sender, store: store, o: o}
	for _, k := range append([][]byte{key}, o.OldKeys...) {
		if len(k) < trigger.MinKey {
			return nil, fmt.Errorf("emailotp: a key has %d bytes, fewer than %d", len(k), trigger.MinKey)
		}
		m.keys = append(m.keys, newKey(k))
	}
	m.o.OldKeys = nil
	return m, nil
}

// Name returns [Name].
func (m *Method) Name() string { return Name }

// Limits returns those of the Options.
func (m *Method) Limits() trigger.Limits { return m.o.Limits }

// Public parameters besides those of the Handler.
const (
	paramDestination = "destination"
	paramCodeLength  = "codeLength"
	paramExpires     = "expires"     // seconds since 1970
	paramResendAfter = "resendAfter" // the same
)

// privateTicket is the private parameter that Verify gets.
const privateTicket = "ticket"

// Create sends a code, or asks again for the one that was sent.
func (m *Method) Create(ctx context.Context, in trigger.CreateInput) (trigger.Question, error) {
	to := m.destination(in.User)
	t, reason, err := m.ticket(ctx, in, to)
	if err != nil {
		return trigger.Question{}, err
	}
	return trigger.Question{
		Public: map[string]string{
			paramDestination: to.masked,
			paramCodeLength:  strconv.Itoa(m.o.Length),
			paramExpires:     strconv.FormatInt(t.expires.Unix(), 10),
			paramResendAfter: strconv.FormatInt(t.expires.Add(m.o.Cooldown-m.o.Lifetime).Unix(), 10),
		},
		Private: map[string]string{privateTicket: t.String()},
		State:   t.String(),
		Reason:  reason,
	}, nil
}

// ticket returns that of the code to ask for: the one of the last round, of a
// mail sent a moment ago, or of a new mail.
func (m *Method) ticket(ctx context.Context, in trigger.CreateInput, to destination) (ticket, string, error) {
	previous, err := parseTicket(in.Previous)
	switch old := in.Previous != ""; {
	case old && err != nil:
		return ticket{}, "", err
	case old && !in.Resend && in.Now.Before(previous.expires):
		return previous, "", nil
	}
	code, fresh, err := m.draw(in, to)
	if err != nil {
		return ticket{}, "", err
	}
	held, claimed, err := m.store.Claim(ctx, sentKey(in.User), fresh.String(), in.Now.Add(m.o.Cooldown))
	if err != nil {
		return ticket{}, "", fmt.Errorf("emailotp: claiming the cooldown: %w", err)
	}
	// A store that asks twice because a reply was lost finds its own claim.
	if !claimed && held != fresh.String() {
		t, err := parseTicket(held)
		return t, "not sent: there was a mail a moment ago", err
	}
	if in.Resend {
		// Two codes of one sign-in would be two guesses at each attempt, in
		// any other sign-in that has the old one.
		if _, _, err := m.store.Claim(ctx, usedKey(in.User, previous), "replaced", previous.expires); err != nil {
			return ticket{}, "", fmt.Errorf("emailotp: voiding the old code: %w", err)
		}
	}
	reason, err := m.send(ctx, in, to, code)
	if err != nil {
		// Without a mail there is nothing to wait for. The context may be what
		// has failed.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second/2)
		defer cancel()
		_, _, undone := m.store.Take(ctx, sentKey(in.User))
		return ticket{}, "", errors.Join(err, undone)
	}
	return fresh, reason, nil
}

// send sends the code, unless there is a reason not to, and returns that.
func (m *Method) send(ctx context.Context, in trigger.CreateInput, to destination, code string) (string, error) {
	sent, err := m.store.Add(ctx, sendsKey(in.User), 1, in.Now.Add(sendWindow))
	switch {
	case err != nil:
		return "", fmt.Errorf("emailotp: counting the mails: %w", err)
	case to.address == "":
		m.o.DecoyDelay(ctx)
		return "not sent: " + to.why, nil
	case sent > m.o.MaxSends:
		m.o.DecoyDelay(ctx) // or those who exist would be those who are answered at once
		return "not sent: there were too many mails", nil
	}
	return "", m.sender.Send(ctx, NewMessage(to.address, code, m.o.Lifetime, maps.Clone(in.User.Attributes)))
}

// Verify judges a code, and uses it up if it is right.
func (m *Method) Verify(ctx context.Context, in trigger.VerifyInput) (trigger.Verdict, error) {
	t, err := parseTicket(in.Private[privateTicket])
	if err != nil {
		return trigger.Verdict{}, err
	}
	code, ok := normalize(in.Answer)
	ok = m.keys.sealed(t, in.User, code) && ok
	switch {
	case !in.Now.Before(t.expires):
		return trigger.Verdict{Reason: "the code has expired"}, nil
	case !ok:
		return trigger.Verdict{Reason: "another code"}, nil
	}
	// The mark is kept longer than the code, whatever the clocks say.
	held, _, err := m.store.Claim(ctx, usedKey(in.User, t), in.Round, t.expires.Add(m.o.Lifetime))
	switch {
	case err != nil:
		return trigger.Verdict{}, fmt.Errorf("emailotp: using the code up: %w", err)
	case held != in.Round:
		return trigger.Verdict{Reason: "the code was used, or replaced"}, nil
	}
	// The next sign-in needs another code, and so a mail.
	if _, _, err := m.store.Take(ctx, sentKey(in.User)); err != nil {
		return trigger.Verdict{}, fmt.Errorf("emailotp: ending the cooldown: %w", err)
	}
	return trigger.Verdict{Correct: true}, nil
}

func sentKey(u trigger.User) string {
	return trigger.Key("email-otp-sent", u.PoolID, u.ClientID, u.Name)
}
func sendsKey(u trigger.User) string { return trigger.Key("email-otp-sends", u.PoolID, u.Name) }
func usedKey(u trigger.User, t ticket) string {
	return trigger.Key("email-otp-used", u.PoolID, u.Name, t.nonce)
}
