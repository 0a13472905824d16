package cognitotest_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/totp"
)

// A reply is lost after the change was made. Whoever asks again is told that the
// user is confirmed already, and must not take that for a failure.
func ExamplePool_Plant() {
	pool, err := cognitotest.New(cognitotest.Config{}) // in a test: Start(t, ...)
	if err != nil {
		panic(err)
	}
	defer pool.Close()
	pool.AddUser(cognitotest.User{Username: "ann", Password: "Correct-Horse-1", Unconfirmed: true})
	pool.Plant(cognitotest.Fault{Operation: "AdminConfirmSignUp", Effect: cognitotest.CutAfter})

	client := pool.SDK(func(o *cip.Options) { o.Retryer = aws.NopRetryer{} })
	in := &cip.AdminConfirmSignUpInput{UserPoolId: aws.String(pool.ID()), Username: aws.String("ann")}
	for range 2 {
		_, err := client.AdminConfirmSignUp(context.Background(), in)
		var refused *types.NotAuthorizedException
		fmt.Println("failed:", err != nil, "with an answer:", errors.As(err, &refused))
	}
	for _, call := range pool.Calls() {
		fmt.Printf("handled: %t, fault: %q, error: %q\n", call.Handled, call.Fault, call.Code)
	}
	// Output:
	// failed: true with an answer: false
	// failed: true with an answer: true
	// handled: true, fault: "CutAfter", error: ""
	// handled: true, fault: "", error: "NotAuthorizedException"
}

// once is a client that asks once.
func once(pool *cognitotest.Pool) *cip.Client {
	return pool.SDK(func(o *cip.Options) { o.Retryer = aws.NopRetryer{} })
}

// Each effect, by what the client sees, whether the change was made, and what the
// pool says of it. The next request goes through.
func TestFaultEffects(t *testing.T) {
	t.Parallel()
	for effect, row := range map[cognitotest.Effect]struct {
		code    string // of the error; empty: no reply that can be read
		handled bool
	}{
		cognitotest.Throttled:          {"TooManyRequestsException", false},
		cognitotest.LimitExceeded:      {"LimitExceededException", false},
		cognitotest.InternalError:      {"InternalErrorException", false},
		cognitotest.InternalErrorAfter: {"InternalErrorException", true},
		cognitotest.CutBefore:          {"", false},
		cognitotest.CutAfter:           {"", true},
		cognitotest.Unreadable:         {"", true},
	} {
		t.Run(string(effect), func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{})
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
			var changedWhenHeld atomic.Bool
			planted := d.pool.Plant(cognitotest.Fault{
				Operation: "AdminDisableUser", Effect: effect,
				Hold: func(context.Context) { changedWhenHeld.Store(d.disabled("ann")) },
			})
			disable := func() error {
				_, err := once(d.pool).AdminDisableUser(t.Context(), &cip.AdminDisableUserInput{
					UserPoolId: ptr(d.pool.ID()), Username: ptr("ann"),
				})
				return err
			}
			err := disable()
			var api smithy.APIError
			switch {
			case err == nil:
				t.Fatal("no error")
			case errors.As(err, &api) != (row.code != ""):
				t.Errorf("got %v", err)
			case api != nil && api.ErrorCode() != row.code:
				t.Errorf("got %s, want %s", api.ErrorCode(), row.code)
			}
			if changedWhenHeld.Load() != row.handled || d.disabled("ann") != row.handled {
				t.Errorf("changed: %v when held, %v after", changedWhenHeld.Load(), d.disabled("ann"))
			}
			if planted.Struck() != 1 {
				t.Errorf("struck %d times", planted.Struck())
			}
			if err := disable(); err != nil || planted.Struck() != 1 {
				t.Errorf("it struck again: %v", err)
			}
			var calls []cognitotest.Call
			for _, c := range d.pool.Calls() {
				if c.Operation == "AdminDisableUser" {
					c.RequestID = ""
					calls = append(calls, c)
				}
			}
			want := []cognitotest.Call{
				{Operation: "AdminDisableUser", Code: row.code, Handled: row.handled, Fault: effect},
				{Operation: "AdminDisableUser", Handled: true},
			}
			if diff := cmp.Diff(want, calls); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func (d *driver) disabled(username string) bool {
	d.t.Helper()
	user, err := d.sdk.AdminGetUser(d.t.Context(), &cip.AdminGetUserInput{UserPoolId: ptr(d.pool.ID()), Username: &username})
	if err != nil {
		d.t.Error(err)
		return false
	}
	return !user.Enabled
}

// Which requests are struck: the n-th, the next n, those of a step, by chance.
func TestFaultSelection(t *testing.T) {
	t.Parallel()
	const throttled = cognitotest.Throttled
	for name, row := range map[string]struct {
		fault cognitotest.Fault
		want  string // for each of eight requests, x if it is struck
	}{
		"once":              {cognitotest.Fault{}, "x......."},
		"the third":         {cognitotest.Fault{Skip: 2}, "..x....."},
		"the next three":    {cognitotest.Fault{Times: 3}, "xxx....."},
		"two, later":        {cognitotest.Fault{Skip: 4, Times: 2}, "....xx.."},
		"all":               {cognitotest.Fault{Times: -1}, "xxxxxxxx"},
		"one operation":     {cognitotest.Fault{Operation: "AdminInitiateAuth", Times: -1}, ".x.x.x.x"},
		"one step":          {cognitotest.Fault{Step: "USER_PASSWORD_AUTH", Skip: 1, Times: 2}, "..x.x..."},
		"neither":           {cognitotest.Fault{Operation: "GetUser", Times: -1}, "........"},
		"certain":           {cognitotest.Fault{Probability: 1, Times: -1}, "xxxxxxxx"},
		"by chance":         {cognitotest.Fault{Probability: 0.5, Seed: 1, Times: -1}, "x.xx..xx"},
		"by another chance": {cognitotest.Fault{Probability: 0.5, Seed: 2, Times: -1}, "..xxxx.."},
		"by chance, once":   {cognitotest.Fault{Probability: 0.5, Seed: 2}, "..x....."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{})
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
			row.fault.Effect = throttled
			planted := d.pool.Plant(row.fault)
			d.sdk = once(d.pool)
			got := ""
			for i := range 8 {
				var err error
				if i%2 == 0 {
					_, err = d.byPassword("ann", password)
				} else {
					_, err = d.adminPassword(types.AuthFlowTypeAdminUserPasswordAuth, "ann")
				}
				if err != nil {
					got += "x"
				} else {
					got += "."
				}
			}
			if got != row.want {
				t.Errorf("struck %s, want %s", got, row.want)
			}
			planted.Remove()
			must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
		})
	}
}

// Of two faults the first strikes, and the second when the first is used up.
func TestFaultOrder(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	d.sdk = once(d.pool)
	d.pool.Plant(cognitotest.Fault{Effect: cognitotest.InternalError})
	d.pool.Plant(cognitotest.Fault{Effect: cognitotest.Throttled})
	_, err := d.byPassword("ann", password)
	wantError(t, err, "InternalErrorException", "planted by the test")
	_, err = d.byPassword("ann", password)
	wantError(t, err, "TooManyRequestsException", "Rate exceeded")
	must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
}

// The pool remembers the refusal that a cut connection kept from the client.
func TestFaultLosesRefusal(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.sdk = once(d.pool)
	d.pool.Plant(cognitotest.Fault{Effect: cognitotest.CutAfter})
	_, err := d.byPassword("nobody", password)
	var api smithy.APIError
	if err == nil || errors.As(err, &api) {
		t.Errorf("got %v", err)
	}
	calls := d.pool.Calls()
	if len(calls) != 1 || calls[0].Code != notAuthorized || !calls[0].Handled || calls[0].Fault != cognitotest.CutAfter {
		t.Errorf("the pool saw %+v", calls)
	}
}

// A session that expires early is gone for good, a secret block too; the sign-in
// that follows is not touched.
func TestFaultSessionExpired(t *testing.T) {
	t.Parallel()
	secret := totp.NewSecret()
	d := drive(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, TOTP: true})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, TOTPSecret: secret})
	d.pool.Plant(cognitotest.Fault{Step: string(app), Effect: cognitotest.SessionExpired})
	in := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
	for range 2 {
		_, err := d.answerTOTP(in.Session, "ann", d.code(secret))
		wantError(t, err, notAuthorized, sessionExpired)
	}
	in = must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
	must[*cip.RespondToAuthChallengeOutput](t)(d.answerTOTP(in.Session, "ann", d.code(secret)))

	d.pool.Plant(cognitotest.Fault{Step: string(verifier), Effect: cognitotest.SessionExpired})
	_, err := d.srp("ann", password)
	wantError(t, err, notAuthorized, incorrect)
	must[*cip.RespondToAuthChallengeOutput](t)(d.srp("ann", password))
}

// A held request ends with its client, and is handled all the same: the client
// does not know.
func TestFaultHold(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	ctx, hangUp := context.WithCancel(t.Context())
	fault := d.pool.Plant(cognitotest.Fault{Operation: "AdminDisableUser", Effect: cognitotest.Delayed, Hold: func(ctx context.Context) {
		hangUp()
		<-ctx.Done()
	}})
	if err := fault.Wait(t.Context()); err != nil { // for nothing
		t.Fatal(err)
	}
	_, err := once(d.pool).AdminDisableUser(ctx, &cip.AdminDisableUserInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("ann")})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := fault.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !d.disabled("ann") {
		t.Error("the request was not handled")
	}
}

// Wait waits for a request that is held, and gives up when it is told to.
func TestFaultWait(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	held, gone := make(chan struct{}), make(chan struct{})
	fault := d.pool.Plant(cognitotest.Fault{Operation: "AdminDisableUser", Effect: cognitotest.Delayed, Hold: func(context.Context) {
		close(held)
		<-gone
	}})
	go once(d.pool).AdminDisableUser(t.Context(), &cip.AdminDisableUserInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("ann")})
	<-held
	ctx, giveUp := context.WithCancel(t.Context())
	giveUp()
	if err := fault.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("while a request is held: got %v", err)
	}
	close(gone)
	if err := fault.Wait(t.Context()); err != nil || !d.disabled("ann") || d.pool.Count("AdminDisableUser") != 1 {
		t.Errorf("got %v before the request was over", err)
	}
}

func TestFaultTrigger(t *testing.T) {
	t.Parallel()
	const patience = 30 * time.Second
	for name, row := range map[string]struct {
		fault         cognitotest.Fault
		code, message string // of InitiateAuth; empty: it goes through
	}{
		"fails": {cognitotest.Fault{Trigger: "DefineAuthChallenge", Effect: cognitotest.TriggerFails},
			"UserLambdaValidationException", "DefineAuthChallenge failed with error planted by the test."},
		"is slow, always": {cognitotest.Fault{Trigger: "CreateAuthChallenge", Effect: cognitotest.Delayed, Times: -1},
			"UnexpectedLambdaException", "CreateAuthChallenge invocation failed due to error Socket timeout while invoking Lambda function."},
		"is slow once":  {cognitotest.Fault{Trigger: "CreateAuthChallenge", Effect: cognitotest.Delayed}, "", ""},
		"another fails": {cognitotest.Fault{Trigger: "VerifyAuthChallengeResponse", Effect: cognitotest.TriggerFails}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{Triggers: riddle(), TriggerTimeout: patience})
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
			if row.fault.Effect == cognitotest.Delayed { // by the clock, however busy the machine is
				row.fault.Hold = func(ctx context.Context) { d.pool.Clock().Advance(patience); <-ctx.Done() }
			}
			d.pool.Plant(row.fault)
			_, err := d.initiate(types.AuthFlowTypeCustomAuth, map[string]string{"USERNAME": "ann"})
			if row.code != "" {
				wantError(t, err, row.code, row.message)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFaultMisuse(t *testing.T) {
	t.Parallel()
	hold := func(context.Context) {}
	for name, fault := range map[string]cognitotest.Fault{
		"nothing":                {},
		"unknown effect":         {Effect: "Fire"},
		"unknown operation":      {Operation: "InitateAuth", Effect: cognitotest.Throttled},
		"unknown trigger":        {Trigger: "Define", Effect: cognitotest.TriggerFails},
		"trigger of none":        {Effect: cognitotest.TriggerFails},
		"effect on a trigger":    {Trigger: "DefineAuthChallenge", Effect: cognitotest.CutAfter},
		"trigger of a step":      {Trigger: "DefineAuthChallenge", Step: "CUSTOM_AUTH", Effect: cognitotest.TriggerFails},
		"delay without end":      {Effect: cognitotest.Delayed},
		"negative skip":          {Skip: -1, Effect: cognitotest.Throttled},
		"too negative":           {Times: -2, Effect: cognitotest.Throttled},
		"more than certain":      {Probability: 1.5, Effect: cognitotest.Throttled},
		"less than impossible":   {Probability: -1, Effect: cognitotest.Delayed, Hold: hold},
		"trigger that never was": {Trigger: "PostSignUp", Effect: cognitotest.Delayed, Hold: hold},
	} {
		var tb fakeTB
		pool := cognitotest.Start(&tb, cognitotest.Config{})
		if planted := pool.Plant(fault); len(tb.errors) != 1 || planted.Struck() != 0 {
			t.Errorf("%s: reported %q", name, tb.errors)
		}
		pool.Close()
	}
}
