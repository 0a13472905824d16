package duo

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/internal/round"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// A Method asks for Duo's Universal Prompt. The client reads its challenge with
// package challenge/redirect.
type Method struct {
	provider Provider
	store    trigger.Store
	options  MethodOptions
}

var _ trigger.Method = (*Method)(nil)

// MethodOptions are what [NewMethod] takes beside its arguments.
type MethodOptions struct {
	// Name is the method's. Default: "duo".
	Name string
	// Username maps a user to the name at Duo; "" means that there is none, and
	// ends the sign-in. The mapping is used for the question and for the answer.
	// Default: [Username]. In pools whose users sign in by e-mail address that
	// is a UUID, and [Attribute]("email") is usual.
	Username func(trigger.User) string
	// Validity is how long an answer is taken. Default: 5 minutes, as Duo's
	// page. The app client's session must last as long.
	Validity time.Duration
	// InsecureFailOpen lets users in without a second factor while Duo is not
	// available: [ErrUnavailable] from its health check, unless it is for want of
	// the keys, or Duo's refusal of the request (a status of 400 to 499, such as
	// that for too many of them, which whoever has a password can bring about). It
	// is the redirect URL of the program that signs users in, to which the
	// browser is then sent at once, as if Duo had sent it back. MUST be empty,
	// which is the default, if the second factor is to protect against more than
	// carelessness: whoever can keep the trigger from Duo can go without it.
	InsecureFailOpen string
}

// The private parameter that marks a round for which Duo was not available.
const keyBypass = "bypass"

// bypassCode is what the browser brings back from such a round.
const bypassCode = "duo-unavailable"

// ErrNoUsername is the error of Create for a user who has no name at Duo by
// [MethodOptions].Username.
var ErrNoUsername = errors.New("duo: the user has no name at Duo: the attribute is empty or not verified")

// NewMethod makes a method. The store remembers used codes; all processes of a
// pool's triggers must share it. The error matches [ErrConfig].
func NewMethod(p Provider, store trigger.Store, optFns ...func(*MethodOptions)) (*Method, error) {
	o := MethodOptions{Name: "duo", Username: Username, Validity: 5 * time.Minute}
	for _, fn := range optFns {
		fn(&o)
	}
	u, err := url.Parse(o.InsecureFailOpen)
	switch {
	case p == nil || store == nil || o.Name == "" || o.Username == nil || o.Validity <= 0:
		return nil, fail("NewMethod", ErrConfig, "a provider, a store, a name, a mapping and a validity are needed")
	case err != nil || o.InsecureFailOpen != "" && (u.Hostname() == "" || u.Fragment != ""):
		return nil, fail("NewMethod", ErrConfig, "InsecureFailOpen must be the redirect URL")
	}
	return &Method{p, store, o}, nil
}

// Username maps a user to the canonical username.
func Username(u trigger.User) string { return u.Name }

// Attribute returns a mapping to an attribute, such as "preferred_username" or
// "custom:duo". Of "email" and "phone_number" only a verified one counts: users
// may write the others themselves.
func Attribute(name string) func(trigger.User) string {
	return func(u trigger.User) string {
		if (name == "email" || name == "phone_number") && u.Attributes[name+"_verified"] != "true" {
			return ""
		}
		return u.Attributes[name]
	}
}

// Name implements [trigger.Method].
func (m *Method) Name() string { return m.options.Name }

// username is the user's name at Duo. A user that does not exist has the name
// that was typed, which never gets to Duo: see Login.Decoy.
func (m *Method) username(u trigger.User) string {
	if u.Unknown {
		return u.Name
	}
	return m.options.Username(u)
}

// Create implements [trigger.Method]. The error is [ErrNoUsername] or one of the
// provider's, that of a health check above all.
func (m *Method) Create(ctx context.Context, in trigger.CreateInput) (trigger.Question, error) {
	username := m.username(in.User)
	if username == "" {
		return trigger.Question{}, ErrNoUsername
	}
	r := round.New(username, in.Now, m.options.Validity)
	if err := m.provider.HealthCheck(ctx); err != nil {
		if m.options.InsecureFailOpen == "" || !unavailable(err) {
			return trigger.Question{}, own(err)
		}
		private := r.Private()
		private[keyBypass] = "true"
		return trigger.Question{
			Public: r.Public(m.bypass(r.State)), Private: private,
			Reason: "let in without Duo: " + own(err).Error(),
		}, nil
	}
	address, err := m.provider.AuthURL(ctx, login(r, in.User))
	if err != nil {
		return trigger.Question{}, own(err)
	}
	return trigger.Question{Public: r.Public(address), Private: r.Private()}, nil
}

// unavailable reports whether it is Duo's own failure that a health check found.
func unavailable(err error) bool {
	var typed *Error
	refused := errors.As(err, &typed) && typed.Status/100 == 4
	return errors.Is(err, ErrUnavailable) && !errors.Is(err, errKeySource) && !refused
}

// bypass is where the browser goes when Duo is not available.
func (m *Method) bypass(state string) string {
	u, _ := url.Parse(m.options.InsecureFailOpen) // NewMethod parsed it
	q := u.Query()
	q.Set("state", state)
	q.Set("duo_code", bypassCode)
	u.RawQuery = q.Encode()
	return u.String()
}

func login(r round.Round, u trigger.User) Login {
	return Login{Username: r.Subject, State: r.State, Nonce: r.Nonce, Decoy: u.Unknown}
}

// Verify implements [trigger.Method]. The error is the store's.
func (m *Method) Verify(ctx context.Context, in trigger.VerifyInput) (trigger.Verdict, error) {
	r, answer, reason := round.Open(in)
	switch {
	case reason != "":
		return trigger.Verdict{Reason: reason}, nil
	case m.username(in.User) != r.Subject:
		return trigger.Verdict{Reason: "the user's name at Duo has changed"}, nil
	case in.Private[keyBypass] == "true":
		right := subtle.ConstantTimeCompare([]byte(answer.Code), []byte(bypassCode)) == 1
		return trigger.Verdict{Correct: right && !in.User.Unknown, Reason: "Duo was not available"}, nil
	}
	verdict, err := round.Redeem(ctx, m.store, m.Name(), answer.Code, in, func() string {
		if err := m.provider.Exchange(ctx, answer.Code, login(r, in.User)); err != nil {
			return own(err).Error()
		}
		return ""
	})
	if err != nil {
		return trigger.Verdict{}, fmt.Errorf("duo: %w", err)
	}
	return verdict, nil
}

// own is what the log may know of a provider's error: only our own are known to
// hold nothing of what Duo, or the client, wrote.
func own(err error) error {
	if known := (*Error)(nil); errors.As(err, &known) {
		return known
	}
	return errors.New("duo: the provider refused")
}
