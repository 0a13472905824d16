// Package trigger runs the Lambda functions of a pool: it builds the event,
// gives each try its five seconds, and reads the response with the distrust the
// service has.
package trigger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A Function is a Lambda function: an event in, the whole event out. An error is
// what the function threw, or an [*Unavailable].
type Function func(ctx context.Context, event []byte) ([]byte, error)

// Unavailable says that a function was not invoked at all.
type Unavailable struct {
	Code string // Lambda's word for it, such as "AccessDeniedException"
}

func (u *Unavailable) Error() string { return "the function cannot be invoked: " + u.Code }

// A Runner holds the functions of one pool.
type Runner struct {
	Configured
	// Own are the functions given in Go, which no LambdaConfig takes away.
	Own     Configured
	Timeout time.Duration // of one try
	// Elapse, if not nil, calls f as soon as the pool's clock has moved on by d,
	// which is what ends a try in a test whose clock stands still. stop forgets f.
	Elapse func(d time.Duration, f func()) (stop func())
	// Around, if not nil, is called in place of a function, with the function.
	Around func(Name, Function) Function
	// NullMembers takes an event back that has nulls where it had nothing.
	NullMembers bool
}

// Configured is what a LambdaConfig decides.
type Configured struct {
	Functions map[Name]Function
	// AccessTokens makes the events of PreTokenGeneration those of version 2,
	// which are about access tokens too.
	AccessTokens bool
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
	Source                             Source
	Region, PoolID, Username, ClientID string
}

// version is that of the event's form.
func (r Runner) version(s Source) string {
	if r.AccessTokens && s.Trigger() == PreTokenGeneration {
		return "2"
	}
	return "1"
}

// Run calls the trigger of env.Source with a request and reads its answer into
// response, a pointer to a struct, which is in the event as it is. A trigger that
// is not configured changes nothing. The error is one for the client.
func (r Runner) Run(ctx context.Context, env Envelope, request, response any) error {
	name := env.Source.Trigger()
	if !r.Has(name) {
		return nil
	}
	event, err := json.Marshal(map[string]any{
		"version":       r.version(env.Source),
		"triggerSource": env.Source,
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
	return r.read(event, out, response)
}

// call tries until the function answers or throws: only silence is worth a
// second try.
func (r Runner) call(ctx context.Context, name Name, event []byte) ([]byte, error) {
	function := r.Functions[name]
	if r.Around != nil {
		function = r.Around(name, function)
	}
	for range tries {
		out, err := r.once(ctx, function, event)
		var unavailable *Unavailable
		switch {
		case err == nil:
			return out, nil
		case ctx.Err() != nil:
			return nil, wire.Internal(errors.New("the request was given up while a trigger ran"))
		case errors.As(err, &unavailable):
			return nil, wire.Errorf("UnexpectedLambdaException", "%s invocation failed due to error %s.", name, unavailable.Code)
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
func (r Runner) once(ctx context.Context, f Function, event []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.Timeout, errTimeout)
	defer cancel()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	if r.Elapse != nil {
		defer r.Elapse(r.Timeout, func() { end(errTimeout) })()
	}
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
		if context.Cause(ctx) == errTimeout {
			return nil, errTimeout // it came too late, whatever it says
		}
		return r.out, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
