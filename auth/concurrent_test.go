package auth_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/totp"
)

// One Client serves all requests of a program: many users sign in by it at once,
// some with wrong codes, some whose requests end early, under call options that
// they share. Everybody gets the own tokens. The race detector sees the rest.
func TestOneClientForAll(t *testing.T) {
	t.Parallel()
	const users = 12
	w := newWorld(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, Client: cognitotest.ClientConfig{Secret: true}}, !admin)
	secret := totp.NewSecret()
	for i := range users {
		w.AddUser(cognitotest.User{Username: fmt.Sprint("user", i), Password: password, TOTPSecret: secret})
	}
	var observed atomic.Int64
	client, err := auth.New(w.SDK(), w.ID(), w.Client().ID, auth.ClientSecret(w.Client().Secret), func(o *auth.Options) {
		o.Now = w.Clock().Now
		o.Observe = func(context.Context, auth.Call) { observed.Add(1) }
	})
	if err != nil {
		t.Fatal(err)
	}
	shared := func(o *auth.CallOptions) {
		o.ClientMetadata = map[string]string{"page": "1"}
		o.UserContext = &auth.UserContext{IPAddress: "192.0.2.1"}
	}
	var wg sync.WaitGroup
	for i := range users {
		name, code, wrong := fmt.Sprint("user", i), w.totp(t, secret), w.wrongTOTP(t, secret)
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			asked := 0
			tokens, err := client.SignIn(ctx, auth.SRP(name, password), auth.Prompts{
				TOTPCode: func(context.Context, *challenge.TOTPCode) (string, error) {
					if asked++; i%3 == 0 && asked == 1 {
						return wrong, nil
					}
					if i%4 == 3 {
						cancel()
					}
					return code, nil
				},
			}, shared)
			switch {
			case i%4 == 3:
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s: %v", name, err)
				}
			case err != nil:
				t.Errorf("%s: %v", name, err)
			case tokens.Username() != name:
				t.Errorf("%s has the tokens of %s", name, tokens.Username())
			}
		})
	}
	wg.Wait()
	if observed.Load() < 2*users {
		t.Errorf("Observe saw %d calls", observed.Load())
	}
}

// Of many who answer one challenge at once with the right code, one gets tokens.
func TestOneAnswerCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true}, !admin)
	secret := totp.NewSecret()
	w.AddUser(cognitotest.User{Username: username, Password: password, TOTPSecret: secret})
	answer := as[*challenge.TOTPCode](t, w.begin(t, auth.SRP(username, password))).Answer(w.totp(t, secret))
	var signedIn atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			tokens, _, err := w.client.Respond(t.Context(), answer)
			switch {
			case tokens != nil:
				signedIn.Add(1)
			case !errors.Is(err, auth.ErrStartOver) && !errors.Is(err, auth.ErrCode):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if signedIn.Load() != 1 {
		t.Errorf("%d sign-ins by one answer", signedIn.Load())
	}
}

// A sign-in whose caller gives up leaves no goroutine behind.
func TestCancelledSignInsLeaveNothing(t *testing.T) {
	// Not parallel: it counts the whole process's goroutines.
	w := newWorld(t, cognitotest.Config{}, !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password})
	sdk := w.sdk()
	client, err := auth.New(sdk, w.ID(), w.Client().ID)
	if err != nil {
		t.Fatal(err)
	}
	try := func() {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		planted := w.Plant(cognitotest.Fault{Operation: "RespondToAuthChallenge", Effect: cognitotest.Delayed, Hold: func(ctx context.Context) { cancel(); <-ctx.Done() }})
		defer planted.Remove()
		_, _, err := client.Begin(ctx, auth.SRP(username, password))
		wantReason(t, err, auth.ErrOutcomeUnknown)
	}
	try()
	before := runtime.NumGoroutine()
	for range 20 {
		try()
	}
	// The server's own, which end when it has seen that the client hung up.
	deadline := time.Now().Add(time.Minute)
	for runtime.NumGoroutine() > before+2 {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}
