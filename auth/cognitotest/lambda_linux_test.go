package cognitotest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	lambdariddle "github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/lambda/testdata/riddle"
)

// buildDir holds the executable that bootstrap builds; empty if it did not.
var buildDir string

// bootstrap builds the function of internal/lambda/testdata once for all tests.
var bootstrap = sync.OnceValues(func() (path string, err error) {
	if buildDir, err = os.MkdirTemp("", "cognitotest"); err != nil {
		return "", err
	}
	path = filepath.Join(buildDir, "bootstrap")
	out, err := exec.Command("go", "build", "-o", path, "./internal/lambda/testdata/bootstrap").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if buildDir != "" {
		os.RemoveAll(buildDir)
	}
	os.Exit(code)
}

// function runs the executable, which does as it is told.
func function(t *testing.T, do string, optFns ...func(*cognitotest.LambdaOptions)) *cognitotest.LambdaFunction {
	t.Helper()
	path, err := bootstrap()
	if err != nil {
		t.Fatal(err)
	}
	patient := func(o *cognitotest.LambdaOptions) { // on a busy machine
		o.Env, o.Timeout, o.InitTimeout = []string{"DO=" + do}, time.Minute, time.Minute
	}
	f := cognitotest.Lambda(path, append([]func(*cognitotest.LambdaOptions){patient}, optFns...)...)
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// A tape keeps what goes in and out of a trigger.
type tape struct {
	mu     sync.Mutex
	events []string
	out    []string
}

func (p *tape) around(next cognitotest.Trigger) cognitotest.Trigger {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		out, err := next(ctx, event)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.events, p.out = append(p.events, string(event)), append(p.out, fmt.Sprintf("%s%v", out, err))
		return out, err
	}
}

// everywhere is one function behind each trigger.
func everywhere(f cognitotest.Trigger) cognitotest.Triggers {
	return cognitotest.Triggers{
		PreSignUp: f, PostConfirmation: f, PreAuthentication: f, PostAuthentication: f, PreTokenGeneration: f, UserMigration: f,
		CustomMessage: f, DefineAuthChallenge: f, CreateAuthChallenge: f, VerifyAuthChallengeResponse: f,
	}
}

// The same source as a function in this process, as an executable, and behind an
// Invoke API: the flows are the same to the byte but for the ids of the pools.
func TestLambdaGoAndBinaryAreEqual(t *testing.T) {
	t.Parallel()
	binary := function(t, "")
	api := httptest.NewServer(invokeAPI(t, binary.Invoke))
	t.Cleanup(api.Close)
	tapes := map[string]*tape{}
	for name, f := range map[string]cognitotest.Trigger{
		"Go": lambdariddle.Invoke, "binary": binary.Invoke, "endpoint": cognitotest.InvokeEndpoint(api.URL, "riddle"),
	} {
		tapes[name] = new(tape)
		d := drive(t, cognitotest.Config{Triggers: everywhere(tapes[name].around(f)), TriggerTimeout: time.Minute})
		must[*cip.SignUpOutput](t)(d.signUpWith("ann", "email", "ann@example.com"))
		if err := d.confirmWith("ann", d.last("ann").Code); err != nil {
			t.Fatal(err)
		}
		_, err := d.signUpWith("eve")
		wantError(t, err, lambdaRefused, "PreSignUp failed with error eve is not welcome.")
		in := must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeCustomAuth, map[string]string{"USERNAME": "ann"}))
		out := must[*cip.RespondToAuthChallengeOutput](t)(d.answerCustom(in.Session, "ann", "1"))
		out = must[*cip.RespondToAuthChallengeOutput](t)(d.answerCustom(out.Session, "ann", "42"))
		if out.AuthenticationResult == nil {
			t.Fatalf("%s: got %s", name, out.ChallengeName)
		}
		names := strings.NewReplacer(d.pool.ID(), "POOL", d.client.ID, "CLIENT", d.attribute("ann", "sub"), "SUB")
		for i := range tapes[name].events {
			tapes[name].events[i] = names.Replace(tapes[name].events[i])
			tapes[name].out[i] = names.Replace(tapes[name].out[i])
		}
	}
	if n := len(tapes["Go"].events); n != 14 {
		t.Errorf("%d events", n)
	}
	for _, name := range []string{"binary", "endpoint"} {
		if diff := cmp.Diff(tapes["Go"].events, tapes[name].events); diff != "" {
			t.Errorf("the events of %s (-Go +%[1]s):\n%[2]s", name, diff)
		}
		if diff := cmp.Diff(tapes["Go"].out, tapes[name].out); diff != "" {
			t.Errorf("the responses of %s (-Go +%[1]s):\n%[2]s", name, diff)
		}
	}
}

// invokeAPI answers as Lambda's Invoke does.
func invokeAPI(t *testing.T, f cognitotest.Trigger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/2015-03-31/functions/riddle/invocations" {
			t.Errorf("got %s %s", r.Method, r.URL)
		}
		var event json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
			t.Error(err)
		}
		out, err := f(r.Context(), event)
		if err != nil {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			out, _ = json.Marshal(map[string]string{"errorMessage": err.Error(), "errorType": "errorString"})
		}
		w.Write(out)
	})
}

// What goes wrong in an executable, in the words that a client of the pool reads.
func TestLambdaFailures(t *testing.T) {
	t.Parallel()
	const id = `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`
	short := func(o *cognitotest.LambdaOptions) {
		o.Timeout, o.InitTimeout = 700*time.Millisecond, 700*time.Millisecond
	}
	for do, row := range map[string]struct {
		message string // a pattern
		optFns  []func(*cognitotest.LambdaOptions)
	}{
		"throw":         {`no such table`, nil},
		"panic":         {`nil map`, nil},
		"exit":          {`RequestId: ` + id + ` Error: Runtime exited with error: exit status 3`, nil},
		"exit at init":  {`RequestId: ` + id + ` Error: Runtime exited with error: exit status 4`, nil},
		"sleep":         {`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ` + id + ` Task timed out after 0.70 seconds`, []func(*cognitotest.LambdaOptions){short}},
		"sleep at init": {`\S+Z ` + id + ` Task timed out after 0.70 seconds`, []func(*cognitotest.LambdaOptions){short}},
		"large":         {`Response payload size exceeded maximum allowed payload size \(6291556 bytes\)\.`, nil},
	} {
		t.Run(do, func(t *testing.T) {
			t.Parallel()
			f := function(t, do, row.optFns...)
			for range 2 { // the second finds a new process if it needs one
				_, err := f.Invoke(t.Context(), []byte("{}"))
				if err == nil || !regexp.MustCompile("^"+row.message+"$").MatchString(err.Error()) {
					t.Errorf("got %v, want %s", err, row.message)
				}
			}
			d := drive(t, cognitotest.Config{Triggers: cognitotest.Triggers{PreAuthentication: f.Invoke}, TriggerTimeout: time.Minute})
			_, err := d.byPassword("ann", password)
			var refused *types.UserLambdaValidationException
			if !errors.As(err, &refused) || !regexp.MustCompile("^PreAuthentication failed with error "+row.message+`\.$`).MatchString(*refused.Message) {
				t.Errorf("the pool's client got %v", err)
			}
		})
	}
}

// A process is kept from one event to the next; events at the same time have
// processes of their own.
func TestLambdaProcesses(t *testing.T) {
	t.Parallel()
	f := function(t, "count")
	say := func() string {
		out, err := f.Invoke(t.Context(), []byte("{}"))
		if err != nil {
			t.Error(err)
		}
		return string(out)
	}
	first, second := say(), say()
	pid, one := strings.CutPrefix(first, "1 of ")
	if !one || second != "2 of "+pid {
		t.Errorf("got %q and %q", first, second)
	}
	var group sync.WaitGroup
	said := make([]string, 4)
	for i := range said {
		group.Go(func() { said[i] = say() })
	}
	group.Wait()
	seen := map[string]bool{}
	for _, s := range said {
		if seen[s] {
			t.Errorf("two events were the same one: %q", said)
		}
		seen[s] = true
	}
}

// What the function knows of itself, and what it does not know of this program.
func TestLambdaEnvironment(t *testing.T) {
	t.Parallel()
	f := function(t, "tell", func(o *cognitotest.LambdaOptions) {
		o.Name, o.Region, o.Handler, o.Env, o.Timeout = "guard", "eu-west-1", "main", append(o.Env, "OWN=mine"), 2*time.Minute
	})
	if want := "arn:aws:lambda:eu-west-1:123456789012:function:guard"; f.ARN() != want {
		t.Errorf("ARN %s", f.ARN())
	}
	out, err := f.Invoke(t.Context(), []byte("{}"))
	if want := f.ARN() + ` guard main eu-west-1 mine true 36 ""`; err != nil || string(out) != want {
		t.Errorf("got %s %v, want %s", out, err, want)
	}
}

// syncBuffer is written by a process and read by the test.
type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// Close ends the processes and their children; what they wrote is the test's to
// read. A process that ends by itself takes its children along too.
func TestLambdaClose(t *testing.T) {
	t.Parallel()
	var output syncBuffer
	f := function(t, "child", func(o *cognitotest.LambdaOptions) { o.Output = &output })
	out, err := f.Invoke(t.Context(), []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	var child int
	if _, err := fmt.Sscan(string(out), &child); err != nil || syscall.Kill(child, 0) != nil {
		t.Fatalf("no child %q", out)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	gone(t, child)
	if _, err := f.Invoke(t.Context(), []byte("{}")); err == nil || err.Error() != "the Lambda function was closed" {
		t.Errorf("an invocation after Close: %v", err)
	}
	noisy := function(t, "exit at init", func(o *cognitotest.LambdaOptions) { o.Output = &output })
	if _, err := noisy.Invoke(t.Context(), []byte("{}")); err == nil || output.String() != "exiting\n" {
		t.Errorf("wrote %q, %v", output.String(), err)
	}
}

// gone waits until a process is not there any more, or nobody's but init's to bury.
func gone(t *testing.T, pid int) {
	t.Helper()
	for t.Context().Err() == nil {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("process %d lives", pid)
}

// Whoever gives up does not stop the function, which is there for the next event.
func TestLambdaCallerGivesUp(t *testing.T) {
	t.Parallel()
	f := function(t, "count")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Invoke(ctx, []byte("{}")); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if out, err := f.Invoke(t.Context(), []byte("{}")); err != nil || len(out) == 0 {
		t.Errorf("got %s, %v", out, err)
	}
}

func TestLambdaMissing(t *testing.T) {
	t.Parallel()
	f := cognitotest.Lambda(filepath.Join(t.TempDir(), "bootstrap"))
	if _, err := f.Invoke(t.Context(), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// A struct of aws-lambda-go writes null for what was not there. The pool refuses
// that unless it is told not to.
func TestTypedEvents(t *testing.T) {
	t.Parallel()
	f := function(t, "typed")
	for nulls, code := range map[bool]string{false: lambdaOutput, true: ""} {
		d := drive(t, cognitotest.Config{Triggers: cognitotest.Triggers{PreSignUp: f.Invoke}, NullMembers: nulls, TriggerTimeout: time.Minute})
		out, err := d.sdk.SignUp(t.Context(), &cip.SignUpInput{ClientId: &d.client.ID, Username: ptr("ann"), Password: ptr(password)})
		if code != "" {
			wantError(t, err, code, unrecognizable)
		} else if err != nil || !out.UserConfirmed {
			t.Errorf("got %+v, %v", out, err)
		}
	}
}

// What an Invoke API can answer, and what becomes of it.
func TestInvokeEndpoint(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		answer        func(w http.ResponseWriter)
		code, message string
	}{
		"denied": {func(w http.ResponseWriter) {
			w.Header().Set("X-Amzn-ErrorType", "AccessDeniedException:http://internal.amazon.com/")
			w.WriteHeader(http.StatusForbidden)
		}, "UnexpectedLambdaException", "PreAuthentication invocation failed due to error AccessDeniedException."},
		"fails without a word": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) },
			"UnexpectedLambdaException", "PreAuthentication invocation failed due to error ServiceException."},
		"threw": {func(w http.ResponseWriter) {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			w.Write([]byte(`{"errorType":"Error","errorMessage":"not today","trace":[]}`))
		}, lambdaRefused, "PreAuthentication failed with error not today."},
		"threw nothing": {func(w http.ResponseWriter) {
			w.Header().Set("X-Amz-Function-Error", "Handled")
			w.Write([]byte(`"?"`))
		}, lambdaRefused, "PreAuthentication failed with error null."},
		"too large": {func(w http.ResponseWriter) { w.Write(make([]byte, 6<<20+1)) },
			"UnexpectedLambdaException", "PreAuthentication invocation failed due to error RequestTooLargeException."},
		"no JSON": {func(w http.ResponseWriter) { w.Write([]byte("<html>")) }, lambdaOutput, unrecognizable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { row.answer(w) }))
			defer api.Close()
			d := drive(t, cognitotest.Config{Triggers: cognitotest.Triggers{PreAuthentication: cognitotest.InvokeEndpoint(api.URL+"/", "a b")}})
			_, err := d.byPassword("ann", password)
			wantError(t, err, row.code, row.message)
		})
	}
	d := drive(t, cognitotest.Config{Triggers: cognitotest.Triggers{PreAuthentication: cognitotest.InvokeEndpoint("http://127.0.0.1:1", "f")}})
	if _, err := d.byPassword("ann", password); err == nil || !strings.Contains(err.Error(), "the Invoke API did not answer") {
		t.Errorf("got %v", err)
	}
}
