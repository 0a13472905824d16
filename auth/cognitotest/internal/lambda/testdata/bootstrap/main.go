// Bootstrap is a Lambda function on aws-lambda-go, which tests build and run. The
// variable DO says what it does with events, and what goes wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/lambda/testdata/riddle"
)

type function func(context.Context, []byte) ([]byte, error)

func (f function) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return f(ctx, payload) }

func main() {
	do := map[string]any{
		"":      function(riddle.Invoke),
		"throw": function(func(context.Context, []byte) ([]byte, error) { return nil, errors.New("no such table") }),
		"panic": function(func(context.Context, []byte) ([]byte, error) { panic("nil map") }),
		"exit":  function(func(context.Context, []byte) ([]byte, error) { os.Exit(3); return nil, nil }),
		"sleep": function(func(context.Context, []byte) ([]byte, error) { select {} }),
		"large": function(func(context.Context, []byte) ([]byte, error) { return make([]byte, 6<<20+1), nil }),
		"count": function(count),
		"tell":  function(tell),
		"child": function(child),
		// As programs are usually written.
		"typed": func(e events.CognitoEventUserPoolsPreSignup) (events.CognitoEventUserPoolsPreSignup, error) {
			e.Response.AutoConfirmUser = true
			return e, nil
		},
	}
	switch os.Getenv("DO") {
	case "exit at init":
		fmt.Println("exiting")
		os.Exit(4)
	case "sleep at init":
		select {}
	}
	handler := do[os.Getenv("DO")]
	if f, ok := handler.(function); ok {
		lambda.StartHandler(f)
	}
	lambda.Start(handler)
}

var invocations int

// count tells the event's number in this process, and whose process it is.
func count(context.Context, []byte) ([]byte, error) {
	invocations++
	return fmt.Appendf(nil, "%d of %d", invocations, os.Getpid()), nil
}

// tell tells what the function knows of itself.
func tell(ctx context.Context, _ []byte) ([]byte, error) {
	deadline, _ := ctx.Deadline()
	lc, _ := lambdacontext.FromContext(ctx)
	return fmt.Appendf(nil, "%s %s %s %s %s %t %d %q", lc.InvokedFunctionArn, lambdacontext.FunctionName, os.Getenv("_HANDLER"),
		os.Getenv("AWS_REGION"), os.Getenv("OWN"), time.Until(deadline) > time.Minute, len(lc.AwsRequestID), os.Getenv("HOME")), nil
}

// child starts a process that would go on for long, and ends without it.
func child(context.Context, []byte) ([]byte, error) {
	cmd := exec.Command("sleep", "600")
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%d", cmd.Process.Pid), nil
}
