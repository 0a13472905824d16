package websdk2

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/internal/round"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// The public parameters. The answer is the sig_response as it is, so that front
// ends written for the published samples go on working.
const (
	ParamRequest = "sig_request"  // what Duo.init takes
	ParamHost    = "api_hostname" // where the iframe comes from; missing if not configured
	ParamExpires = "expires_at"   // in seconds since 1970
)

// A KeySource has the application's keys, wherever they are kept. It is used by
// several goroutines at once.
type KeySource interface {
	// SDK2Keys returns the keys, from memory if it can.
	SDK2Keys(context.Context) (Keys, error)
	// RefreshSDK2Keys is called when a response was not signed with the keys,
	// and returns those that are valid now. A source that cannot know better
	// returns the same.
	RefreshSDK2Keys(context.Context) (Keys, error)
}

var _ KeySource = Keys{}

// SDK2Keys returns k.
func (k Keys) SDK2Keys(context.Context) (Keys, error) { return k, nil }

// RefreshSDK2Keys returns k.
func (k Keys) RefreshSDK2Keys(context.Context) (Keys, error) { return k, nil }

// A Method asks for a second factor in Duo's iframe. The client reads its
// challenge with [Parse].
type Method struct {
	keys    KeySource
	store   trigger.Store
	options MethodOptions
}

var _ trigger.Method = (*Method)(nil)

// MethodOptions are what [NewMethod] takes beside its arguments.
type MethodOptions struct {
	// Name is the method's. Default: "duo-websdk2".
	Name string
	// Username maps a user to the name at Duo; "" means that there is none, and
	// ends the sign-in. Default: the canonical username.
	Username func(trigger.User) string
	// Host is Duo's API hostname, for the client, which needs it to show the
	// iframe. Default: the client has it from elsewhere.
	Host string
}

// NewMethod makes a method. The store remembers used responses; all processes
// of a pool's triggers must share it.
func NewMethod(source KeySource, store trigger.Store, optFns ...func(*MethodOptions)) (*Method, error) {
	o := MethodOptions{Name: "duo-websdk2", Username: func(u trigger.User) string { return u.Name }}
	for _, fn := range optFns {
		fn(&o)
	}
	if source == nil || store == nil || o.Name == "" || o.Username == nil {
		return nil, errors.New("websdk2: a source of keys, a store, a name and a mapping are needed")
	}
	return &Method{source, store, o}, nil
}

// Name implements [trigger.Method].
func (m *Method) Name() string { return m.options.Name }

// The private parameters.
const (
	keySubject = "subject"
	keyExpires = "expires_at"
)

// username is the user's name at Duo. A user that does not exist has the name
// that was typed, which never gets to Duo.
func (m *Method) username(u trigger.User) string {
	if u.Unknown {
		return u.Name
	}
	return m.options.Username(u)
}

// Create implements [trigger.Method]. The error is [ErrUsername] for a user who
// has no name that Duo takes, or the source's.
func (m *Method) Create(ctx context.Context, in trigger.CreateInput) (trigger.Question, error) {
	k, err := m.keys.SDK2Keys(ctx)
	if err != nil {
		return trigger.Question{}, fmt.Errorf("websdk2: the keys could not be had: %w", err)
	}
	if in.User.Unknown {
		// Duo must refuse it, or anybody could enrol a telephone for a name that
		// is not taken yet. Only Duo can tell the signature from a right one.
		k = k.decoy()
	}
	username := m.username(in.User)
	request, err := k.Sign(username, in.Now)
	if err != nil {
		return trigger.Question{}, err
	}
	expires := strconv.FormatInt(in.Now.Add(requestValidity).Unix(), 10)
	q := trigger.Question{
		Public:  map[string]string{ParamRequest: request, ParamExpires: expires},
		Private: map[string]string{keySubject: username, keyExpires: expires},
	}
	if m.options.Host != "" {
		q.Public[ParamHost] = m.options.Host
	}
	return q, nil
}

// Verify implements [trigger.Method]. The error is the store's or the source's.
//
// Duo's part of a response names the user and nothing of the round, stays good
// until it expires, and Duo does not know of its being used. So it is taken
// once; but one that was stolen before it was used serves the thief who has the
// password. That is how Web SDK 2 is, and package duo is not.
func (m *Method) Verify(ctx context.Context, in trigger.VerifyInput) (trigger.Verdict, error) {
	wrong := func(reason string) (trigger.Verdict, error) { return trigger.Verdict{Reason: reason}, nil }
	subject := in.Private[keySubject]
	expires, ok := parseSeconds(in.Private[keyExpires])
	if subject == "" || !ok {
		return wrong(round.ReasonPrivate)
	}
	if in.Now.Unix() >= expires {
		return wrong(round.ReasonExpired)
	}
	got, err := m.verify(ctx, in.Answer, in.Now)
	switch {
	case errors.Is(err, errSource):
		return trigger.Verdict{}, err
	case err != nil:
		return wrong(err.Error())
	case !hmac.Equal([]byte(got), []byte(subject)) || m.username(in.User) != subject:
		return wrong("the response is somebody else's")
	}
	// The other part is ours, and anybody with the password gets new ones.
	proof, _, err := split(in.Answer)
	if err != nil {
		return wrong(err.Error())
	}
	verdict, err := round.Redeem(ctx, m.store, m.Name(), proof, in, func() string { return "" })
	if err != nil {
		return trigger.Verdict{}, fmt.Errorf("websdk2: %w", err)
	}
	return verdict, nil
}

var errSource = errors.New("websdk2: the keys could not be had")

// verify checks a response with the keys and, if they did not sign it, once
// more with fresh ones.
func (m *Method) verify(ctx context.Context, response string, now time.Time) (string, error) {
	k, err := m.keys.SDK2Keys(ctx)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errSource, err)
	}
	username, err := k.Verify(response, now)
	if !errors.Is(err, ErrSignature) {
		return username, err
	}
	fresh, refreshErr := m.keys.RefreshSDK2Keys(ctx)
	if refreshErr != nil {
		return "", fmt.Errorf("%w: %w", errSource, refreshErr)
	}
	return fresh.Verify(response, now)
}
