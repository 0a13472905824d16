package auth_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/srp"
	"github.com/cognitomfa/cognitomfa/totp"
)

// legal says which challenges may follow which, by their types: the last columns
// of the README's table. "tokens" is the end, and "" the beginning.
var legal = map[string][]string{
	"":                    append(slices.Clone(afterPassword), "select_first_factor", "passkey"),
	"new_password":        afterPassword[1:],
	"select_mfa":          {"totp_code", "sms_code", "email_code"},
	"set_up_mfa":          {"set_up_totp", "set_up_email"},
	"set_up_email":        {"email_code"},
	"set_up_totp":         {"tokens"},
	"totp_code":           {"tokens"},
	"sms_code":            {"tokens"},
	"email_code":          {"tokens"},
	"passkey":             {"tokens"},
	"custom":              afterPassword[1:],
	"select_first_factor": {"password", "email_code", "sms_code", "passkey"},
	"password":            afterPassword,
}

var afterPassword = []string{
	"new_password", "tokens", "totp_code", "sms_code", "email_code", "select_mfa", "set_up_mfa", "set_up_totp", "set_up_email", "custom",
}

// witness is the SDK's client, and checks whose each request says it is: by what
// the user typed until a reply has named the user, from then on by the canonical
// username. Choice-based sign-in names nobody before the first factor is given.
type witness struct {
	*cip.Client
	t                *testing.T
	clientID, secret string
	typed, canonical string

	mu       sync.Mutex
	requests int
	named    bool
}

func (w *witness) saw(op string, params map[string]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests++
	want := w.typed
	if w.named {
		want = w.canonical
	}
	if got := params["USERNAME"]; got != want {
		w.t.Errorf("%s: USERNAME is %q, want %q", op, got, want)
	}
	hash := ""
	if w.secret != "" {
		hash = srp.SecretHash(want, w.clientID, w.secret)
	}
	if params["SECRET_HASH"] != hash {
		w.t.Errorf("%s: SECRET_HASH is not that of %q", op, want)
	}
}

// heard takes a reply's word for who the user is.
func (w *witness) heard(parameters map[string]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.named = w.named || parameters["USER_ID_FOR_SRP"] != "" || parameters["USERNAME"] != ""
}

func (w *witness) InitiateAuth(ctx context.Context, in *cip.InitiateAuthInput, o ...func(*cip.Options)) (*cip.InitiateAuthOutput, error) {
	w.saw("InitiateAuth", in.AuthParameters)
	out, err := w.Client.InitiateAuth(ctx, in, o...)
	if err == nil {
		w.heard(out.ChallengeParameters)
	}
	return out, err
}

func (w *witness) RespondToAuthChallenge(ctx context.Context, in *cip.RespondToAuthChallengeInput, o ...func(*cip.Options)) (*cip.RespondToAuthChallengeOutput, error) {
	w.saw("RespondToAuthChallenge", in.ChallengeResponses)
	out, err := w.Client.RespondToAuthChallenge(ctx, in, o...)
	if err == nil {
		w.heard(out.ChallengeParameters)
	}
	return out, err
}

func (w *witness) AdminInitiateAuth(ctx context.Context, in *cip.AdminInitiateAuthInput, o ...func(*cip.Options)) (*cip.AdminInitiateAuthOutput, error) {
	w.saw("AdminInitiateAuth", in.AuthParameters)
	out, err := w.Client.AdminInitiateAuth(ctx, in, o...)
	if err == nil {
		w.heard(out.ChallengeParameters)
	}
	return out, err
}

func (w *witness) AdminRespondToAuthChallenge(ctx context.Context, in *cip.AdminRespondToAuthChallengeInput, o ...func(*cip.Options)) (*cip.AdminRespondToAuthChallengeOutput, error) {
	w.saw("AdminRespondToAuthChallenge", in.ChallengeResponses)
	out, err := w.Client.AdminRespondToAuthChallenge(ctx, in, o...)
	if err == nil {
		w.heard(out.ChallengeParameters)
	}
	return out, err
}

// A walk is one random sign-in: a random pool, a random user, a random first
// factor, and random right and wrong answers.
type walk struct {
	world
	*rand.Rand
	t      *testing.T
	name   string // the user's canonical username
	secret string // of the user's authenticator, once there is one
	path   []string
}

func (w *walk) one(of ...string) string { return of[w.IntN(len(of))] }

func (w *walk) maybe() bool { return w.IntN(2) == 0 }

// newWalk makes the pool and the user, and returns how the user signs in.
func newWalk(t *testing.T, seed uint64) (*walk, auth.FirstFactor) {
	w := &walk{Rand: rand.New(rand.NewPCG(seed, 1)), t: t}
	cfg := cognitotest.Config{Client: cognitotest.ClientConfig{Secret: w.maybe()}}
	user := cognitotest.User{
		Username: username, Password: password, Temporary: w.IntN(4) == 0,
		Attributes: map[string]string{"email": email, "email_verified": "true"},
	}
	typed := w.one("Ann", "ann", "ANN")
	switch w.IntN(3) {
	case 0:
		cfg.UsernameAttributes = []types.UsernameAttributeType{types.UsernameAttributeTypeEmail}
		user.Username = email
		typed = w.one(email, "Ann@Example.com")
	case 1:
		cfg.AliasAttributes = []types.AliasAttributeType{types.AliasAttributeTypeEmail}
		typed = w.one(typed, email)
	}
	if mfa := w.IntN(3); mfa > 0 {
		cfg.MFA = []types.UserPoolMfaType{"", types.UserPoolMfaTypeOptional, types.UserPoolMfaTypeOn}[mfa]
		cfg.TOTP, cfg.SMS, cfg.Email = true, w.maybe(), w.maybe()
		if w.maybe() {
			w.secret = totp.NewSecret()
			user.TOTPSecret = w.secret
		}
		if cfg.SMS && w.maybe() {
			maps.Copy(user.Attributes, map[string]string{"phone_number": phone, "phone_number_verified": "true"})
			user.Factors = append(user.Factors, types.ChallengeNameTypeSmsMfa)
		}
		if cfg.Email && w.maybe() {
			user.Factors = append(user.Factors, types.ChallengeNameTypeEmailOtp)
		}
	}
	first := auth.SRP(typed, password)
	switch w.IntN(6) {
	case 0:
		first = auth.Password(typed, password)
	case 3:
		cfg.FirstFactors = []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp, types.AuthFactorTypeSmsOtp}
		prefer := []auth.Preference{auth.PreferEmailCode(), auth.PreferSMSCode(), auth.PreferPasskey(), auth.PreferSRP(password), auth.PreferPassword(password)}
		n := w.IntN(len(prefer) + 1)
		first = auth.UserAuth(typed, prefer[:n][max(0, n-1):]...)
	case 1:
		cfg.Triggers = new(riddle).triggers()
		first = auth.CustomSRP(typed, password)
	case 2:
		cfg.Triggers = new(riddle).triggers()
		first = auth.Custom(typed)
	}
	asAdmin := w.maybe()
	w.world = newWorld(t, cfg, asAdmin)
	w.name = w.AddUser(user)
	app := w.Client()
	sdk := &witness{Client: w.SDK(), t: t, clientID: app.ID, secret: app.Secret, typed: typed, canonical: w.name}
	client, err := auth.New(sdk, w.ID(), app.ID, func(o *auth.Options) {
		o.Now = w.Clock().Now
		if app.Secret != "" {
			auth.ClientSecret(app.Secret)(o)
		}
		if asAdmin {
			o.Admin = sdk
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	w.client = client
	t.Cleanup(func() {
		if sdk.requests == 0 {
			t.Error("the witness saw no request")
		}
	})
	return w, first
}

// right returns the right answer, and a wrong one with the reason it will be
// refused for; nil if there is none that leaves the sign-in alive.
func (w *walk) answers(c challenge.Challenge) (right, wrongOne challenge.Answer, reason error) {
	switch c := c.(type) {
	case *challenge.TOTPCode:
		w.Clock().Advance(totp.Period) // codes work once
		return c.Answer(w.totp(w.t, w.secret)), c.Answer(w.wrongTOTP(w.t, w.secret)), auth.ErrCode
	case challenge.Code:
		code := w.message(w.t, w.name)
		return c.Answer(code), c.Answer(wrong(code)), auth.ErrCode
	case *challenge.SelectMFA:
		options := c.Options()
		return options[w.IntN(len(options))].Answer(), challenge.MFAOption{}.Answer(), nil
	case *challenge.SelectFirstFactor:
		options := c.Options()
		return options[w.IntN(len(options))].Answer(), challenge.FirstFactorOption{}.Answer(), nil
	case *challenge.Password:
		return c.Answer(password), c.Answer(""), auth.ErrInput
	case *challenge.SetUpMFA:
		options := c.Options()
		return options[w.IntN(len(options))].Answer(), challenge.SetUpOption{}.Answer(), nil
	case *challenge.SetUpTOTP:
		e, err := c.Enrollment("s", "a")
		if err != nil {
			w.t.Fatal(err)
		}
		w.secret = e.Secret()
		return c.Answer(w.totp(w.t, w.secret), ""), c.Answer(w.wrongTOTP(w.t, w.secret), ""), auth.ErrCode
	case *challenge.SetUpEmail:
		return c.Answer("new@example.com"), c.Answer("nowhere"), auth.ErrInput
	case *challenge.NewPassword:
		return c.Answer("Another-Horse-8", nil), c.Answer("weak", nil), auth.ErrNewPassword
	case *challenge.Custom:
		return c.Answer("mellon"), challenge.Answer{}, nil
	}
	w.t.Fatalf("no answer to a %T", c)
	return challenge.Answer{}, challenge.Answer{}, nil
}

// run walks to the end.
func (w *walk) run(first auth.FirstFactor) {
	tokens, next, err := w.client.Begin(w.t.Context(), first)
	at := ""
	for range 20 {
		exactlyOne(w.t, tokens, next, err)
		if err != nil {
			w.t.Fatalf("%s: %v", strings.Join(w.path, " → "), err)
		}
		to := "tokens"
		if next != nil {
			to = typeOf(w.t, next)
		}
		w.path = append(w.path, to)
		if !slices.Contains(legal[at], to) {
			w.t.Fatalf("%q may not follow %q: %v", to, at, w.path)
		}
		if tokens != nil {
			w.verified(w.t, tokens)
			return
		}
		right, wrongOne, reason := w.answers(next)
		if reason != nil && w.maybe() {
			_, _, err := w.client.Respond(w.t.Context(), wrongOne)
			if e := wantReason(w.t, err, reason); e.Challenge != next {
				w.t.Fatalf("%v: the refusal holds %v", w.path, e.Challenge)
			}
		}
		at = to
		tokens, next, err = w.client.Respond(w.t.Context(), right)
	}
	w.t.Fatalf("no end: %v", w.path)
}

// Random legal chains through the pool all end in tokens, and none makes a step
// that the README does not have.
func TestChains(t *testing.T) {
	t.Parallel()
	walks := 300
	if testing.Short() {
		walks = 100
	}
	var mu sync.Mutex
	seen := make(map[string]int)
	t.Run("walks", func(t *testing.T) {
		for seed := range uint64(walks) {
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
				t.Parallel()
				w, first := newWalk(t, seed)
				w.run(first)
				mu.Lock()
				defer mu.Unlock()
				seen[strings.Join(w.path, " → ")]++
			})
		}
	})
	for _, path := range slices.Sorted(maps.Keys(seen)) {
		t.Logf("%4d × %s", seen[path], path)
	}
	if len(seen) < 15 {
		t.Errorf("only %d different chains", len(seen))
	}
}
