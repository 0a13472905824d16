// Package trigger runs the Lambda functions of a pool: it builds the event,
// gives each try its five seconds, and reads the response with the distrust the
// service has.
package trigger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A Name is that of a trigger, as errors and the pool's configuration write it.
type Name string

// The triggers of custom challenges. A trigger of another kind is one more name
// here and one more row in sources.
const (
	Define Name = "DefineAuthChallenge"
	Create Name = "CreateAuthChallenge"
	Verify Name = "VerifyAuthChallengeResponse"
)

// sources are the values of triggerSource.
var sources = map[Name]string{
	Define: "DefineAuthChallenge_Authentication",
	Create: "CreateAuthChallenge_Authentication",
	Verify: "VerifyAuthChallengeResponse_Authentication",
}

// Names lists the triggers there are.
func Names() []Name { return slices.Collect(maps.Keys(sources)) }

// A Function is a Lambda function: an event in, the whole event out.
type Function func(ctx context.Context, event []byte) ([]byte, error)

// A Runner holds the functions of one pool.
type Runner struct {
	Functions map[Name]Function
	Timeout   time.Duration // of one try
}

// tries is how often the service calls a function that does not answer in time.
const tries = 3

// Has tells whether all these triggers are configured.
func (r Runner) Has(names ...Name) bool {
	for _, n := range names {
		if r.Functions[n] == nil {
			return false
		}
	}
	return true
}

// An Envelope is what every event has in common.
type Envelope struct {
	Region, PoolID, Username, ClientID string
}

// Run calls a trigger with a request and reads its answer into response, a
// pointer to a struct whose fields are all absent in the event. The error is
// one for the client.
func (r Runner) Run(ctx context.Context, name Name, env Envelope, request, response any) error {
	event, err := json.Marshal(map[string]any{
		"version":       "1",
		"triggerSource": sources[name],
		"region":        env.Region,
		"userPoolId":    env.PoolID,
		"userName":      env.Username,
		"callerContext": map[string]any{"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": env.ClientID},
		"request":       request,
		"response":      response,
	})
	if err != nil {
		return wire.Internal(err)
	}
	out, err := r.call(ctx, name, event)
	if err != nil {
		return err
	}
	return read(event, out, response)
}

// call tries until the function answers or throws: only silence is worth a
// second try.
func (r Runner) call(ctx context.Context, name Name, event []byte) ([]byte, error) {
	for range tries {
		out, err := once(ctx, r.Functions[name], r.Timeout, event)
		switch {
		case err == nil:
			return out, nil
		case ctx.Err() != nil:
			return nil, wire.Internal(errors.New("the request was given up while a trigger ran"))
		case !errors.Is(err, errTimeout):
			return nil, wire.Errorf("UserLambdaValidationException", "%s failed with error %s.", name, err)
		}
	}
	return nil, wire.Errorf("UnexpectedLambdaException",
		"%s invocation failed due to error Socket timeout while invoking Lambda function.", name)
}

var errTimeout = errors.New("timed out")

// once gives a function its time. One that ignores its context goes on, as a
// Lambda function does whose caller has hung up, but nobody waits for it.
func once(ctx context.Context, f Function, timeout time.Duration, event []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errTimeout)
	defer cancel()
	type result struct {
		out []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		// A crash is an error of the function, as it is on Lambda, and not the
		// end of the test.
		defer func() {
			if p := recover(); p != nil {
				r.err = fmt.Errorf("%v", p)
			}
			done <- r
		}()
		r.out, r.err = f(ctx, append([]byte(nil), event...))
	}()
	select {
	case r := <-done:
		if r.err != nil && errors.Is(context.Cause(ctx), errTimeout) && errors.Is(r.err, context.DeadlineExceeded) {
			return nil, errTimeout
		}
		return r.out, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
