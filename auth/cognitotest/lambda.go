package cognitotest

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"time"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/lambda"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
)

// LambdaOptions say how [Lambda] runs an executable. The zero value is AWS's
// defaults.
type LambdaOptions struct {
	// Name is the function's, "bootstrap" if empty, and Region its region,
	// "us-east-1" if empty. They are in its ARN and in its environment.
	Name, Region string
	// Handler is the function's _HANDLER; "bootstrap" if empty.
	Handler string
	// Env are more environment variables, as "NAME=value". The function gets
	// those that Lambda sets and these, and nothing of this program's.
	Env []string
	// Output takes what the function writes to its standard output and error. It is
	// thrown away if nil.
	Output io.Writer
	// Timeout is how long an invocation may take until the process is killed; 3
	// seconds if zero. It is real time, whatever the pool's clock says: the function
	// has a clock of its own.
	Timeout time.Duration
	// InitTimeout is how long a new process may take until it asks for its first
	// event; 10 seconds if zero.
	InitTimeout time.Duration
}

// A LambdaFunction is an executable made for AWS Lambda's runtimes provided.al2023
// and provided.al2, which this program runs: a test drives the very binary that
// goes to AWS, if it was built for this machine. It is safe for concurrent use.
type LambdaFunction struct{ function *lambda.Function }

// Lambda returns the function whose executable, "bootstrap" on Lambda, is at path.
// Nothing runs before the first event. One process runs one event at a time, and is
// kept for the next; it serves the Lambda Runtime API to each on the loopback
// interface. After a crash, or when its time is over, the next event finds a new
// process.
//
//	f := cognitotest.Lambda("build/bootstrap")
//	t.Cleanup(func() { f.Close() })
//	pool := cognitotest.Start(t, cognitotest.Config{Triggers: cognitotest.Triggers{PreSignUp: f.Invoke}})
func Lambda(path string, optFns ...func(*LambdaOptions)) *LambdaFunction {
	var o LambdaOptions
	for _, fn := range optFns {
		fn(&o)
	}
	if o.Output == nil {
		o.Output = io.Discard
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute // the process works in the directory of its executable
	}
	return &LambdaFunction{lambda.New(lambda.Config{
		Path: path, Name: cmp.Or(o.Name, "bootstrap"), Region: cmp.Or(o.Region, "us-east-1"),
		Handler: cmp.Or(o.Handler, "bootstrap"), Env: o.Env, Output: o.Output,
		Timeout: cmp.Or(o.Timeout, 3*time.Second), Init: cmp.Or(o.InitTimeout, 10*time.Second),
	})}
}

// Invoke is a [Trigger]: it gives the function an event. What the function throws
// is an error with its errorMessage; so are a crash and an end of its time, in
// Lambda's words. When ctx ends, the caller goes, and the function stays.
func (f *LambdaFunction) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	return f.function.Invoke(ctx, event)
}

// ARN returns the function's, for the LambdaConfig of CreateUserPool. Register
// Invoke under its name in [Config.Functions].
func (f *LambdaFunction) ARN() string { return lambda.ARN(f.function.Region, f.function.Name) }

// Close kills the function's processes and their children, and waits for their
// end. An invocation after it is an error.
func (f *LambdaFunction) Close() error { return f.function.Close() }

// InvokeEndpoint returns the trigger that calls a function by AWS Lambda's Invoke
// API, POST /2015-03-31/functions/{name}/invocations, at an endpoint such as that of
// "sam local start-lambda". The requests carry no signature, so that it is not for
// AWS itself. A function's error arrives with its errorMessage; one of the API is a
// function that cannot be invoked, UnexpectedLambdaException to the pool's clients.
func InvokeEndpoint(url, functionName string) Trigger {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		out, err := lambda.InvokeAt(ctx, http.DefaultClient, url, functionName, event)
		var refusal *lambda.Refusal
		if errors.As(err, &refusal) {
			return nil, &trigger.Unavailable{Code: refusal.Code}
		}
		return out, err
	}
}
