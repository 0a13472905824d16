package trigger

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

type (
	request  struct{ UserAttributes map[string]string }
	response struct {
		Name  *string           `json:"name"`
		Right *bool             `json:"right"`
		Map   map[string]string `json:"map"`
	}
)

const event = `{"version":"1","triggerSource":"s","region":"r","userPoolId":"p","userName":"u",
	"callerContext":{"awsSdkVersion":"v","clientId":"c"},"request":{"session":[{"m":null}],"x":null},
	"response":{"name":null,"right":null,"map":null}}`

// A function that gives back what it was given is never refused, whatever the
// response; and hostile output is refused in the service's words, not by a crash.
func FuzzRead(f *testing.F) {
	seeds := []string{
		event, "", "null", "{}", "[]", `{"response":{}}`, event + event, event[:len(event)-1], "\xff",
		`{"version":"1","triggerSource":"s","region":"r","userPoolId":"p","userName":"u","callerContext":{},"request":{},"response":{"name":"n","right":true,"map":{"a":"b"}}}`,
		`{"version":"1","triggerSource":"s","region":"r","userPoolId":"p","userName":"u","callerContext":[],"request":{},"response":{}}`,
		`{"version":"1","triggerSource":"s","region":"r","userPoolId":"p","userName":"u","callerContext":{},"request":{},"response":{"map":{"a":1}}}`,
	}
	if len(seeds) < 10 {
		f.Fatal("the seeds are gone")
	}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, out []byte) {
		var r response
		if err := (Runner{}).read([]byte(event), out, &r); err != nil && err != wire.LambdaOutput {
			t.Errorf("another error: %v", err)
		}
		whole := make(map[string]json.RawMessage)
		if err := json.Unmarshal([]byte(event), &whole); err != nil {
			t.Fatal(err)
		}
		var object map[string]any
		if json.Unmarshal(out, &object) != nil || object == nil {
			return
		}
		delete(object, "name")
		delete(object, "right")
		delete(object, "map")
		inner, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		whole["response"] = inner
		returned, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		if err := (Runner{}).read([]byte(event), returned, &r); err != nil {
			t.Errorf("%s is refused: %v", returned, err)
		}
	})
}

// A caller who hangs up ends the run, and no further try is made.
func TestRunGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	r := Runner{Timeout: time.Minute, Configured: Configured{Functions: map[Name]Function{Define: func(ctx context.Context, _ []byte) ([]byte, error) {
		calls++
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	}}}}
	err := r.Run(ctx, Envelope{Source: DefineChallenge}, request{}, &response{})
	var refusal *wire.Error
	if !errors.As(err, &refusal) || refusal.Code != "InternalErrorException" || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// A function that is late twice and in time at the third try is good enough; a
// fourth try is not made.
func TestTries(t *testing.T) {
	t.Parallel()
	for late, want := range map[int]string{
		2: "", 3: "UnexpectedLambdaException: DefineAuthChallenge invocation failed due to error Socket timeout while invoking Lambda function.",
	} {
		synctest.Test(t, func(t *testing.T) {
			var calls atomic.Int32 // nobody waits for a try that is late
			begun := time.Now()
			r := Runner{Timeout: time.Second, Configured: Configured{Functions: map[Name]Function{Define: func(ctx context.Context, event []byte) ([]byte, error) {
				if int(calls.Add(1)) <= late {
					<-ctx.Done() // what is said then, if anything, is too late
				}
				return event, nil
			}}}}
			got := ""
			if err := r.Run(t.Context(), Envelope{Source: DefineChallenge}, request{}, &response{}); err != nil {
				got = err.Error()
			}
			if took := time.Since(begun); got != want || calls.Load() != 3 || took != time.Duration(late)*time.Second {
				t.Errorf("late %d times: %q after %d tries and %s", late, got, calls.Load(), took)
			}
		})
	}
}

// An answer that comes when the time is over is not taken, however soon after: both
// may be there when somebody looks, so it is tried often.
func TestTooLate(t *testing.T) {
	t.Parallel()
	r := Runner{
		Timeout: time.Minute,
		Elapse:  func(_ time.Duration, over func()) (stop func()) { over(); return func() {} },
		Configured: Configured{Functions: map[Name]Function{Define: func(_ context.Context, event []byte) ([]byte, error) {
			return event, nil
		}}},
	}
	for range 5000 {
		err := r.Run(t.Context(), Envelope{Source: DefineChallenge}, request{}, &response{})
		if err == nil || !strings.HasPrefix(err.Error(), "UnexpectedLambdaException: ") {
			t.Fatalf("got %v", err)
		}
	}
}

// A function that fails with a deadline of its own has failed, not been silent.
func TestOwnDeadline(t *testing.T) {
	t.Parallel()
	r := Runner{Timeout: time.Minute, Configured: Configured{Functions: map[Name]Function{Define: func(context.Context, []byte) ([]byte, error) {
		return nil, context.DeadlineExceeded
	}}}}
	err := r.Run(context.Background(), Envelope{Source: DefineChallenge}, request{}, &response{})
	if want := "UserLambdaValidationException: DefineAuthChallenge failed with error context deadline exceeded."; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestHas(t *testing.T) {
	t.Parallel()
	echo := func(_ context.Context, e []byte) ([]byte, error) { return e, nil }
	r := Runner{Configured: Configured{Functions: map[Name]Function{Define: echo, Create: nil}}}
	if !r.Has(Define) || r.Has(Define, Create) || r.Has(Verify) {
		t.Error("a nil function counts as configured, or a function does not")
	}
	for _, n := range []Name{Define, Create, Verify} {
		if s := Source(n + "_Authentication"); s.Trigger() != n {
			t.Errorf("%s runs %q", s, s.Trigger())
		}
	}
}
