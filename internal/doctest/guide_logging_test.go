package doctest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
)

// logCalls is an Options.Observe: one line for each call to Cognito.
func logCalls(logger *slog.Logger) func(context.Context, auth.Call) {
	return func(ctx context.Context, c auth.Call) {
		level := slog.LevelInfo
		if errors.Is(c.Reason, auth.ErrConfig) || errors.Is(c.Reason, auth.ErrMalformed) {
			level = slog.LevelError // for a developer; all else is for users, and for statistics
		}
		logger.Log(ctx, level, "cognito", "operation", c.Operation, "challenge", c.Challenge, "next", c.Next,
			"duration", c.Duration, "attempts", c.Attempts, "request", c.RequestID, "reason", c.Reason)
	}
}

// A spanner makes a span that has ended. With OpenTelemetry it is
//
//	func(ctx context.Context, name string, begin, end time.Time, attributes map[string]string) {
//		_, span := tracer.Start(ctx, name, trace.WithTimestamp(begin), trace.WithSpanKind(trace.SpanKindClient))
//		for k, v := range attributes {
//			span.SetAttributes(attribute.String(k, v))
//		}
//		span.End(trace.WithTimestamp(end))
//	}
type spanner func(ctx context.Context, name string, begin, end time.Time, attributes map[string]string)

// traceCalls is an Options.Observe: one client span for each call to Cognito.
func traceCalls(span spanner) func(context.Context, auth.Call) {
	return func(ctx context.Context, c auth.Call) {
		end := time.Now()
		attributes := map[string]string{"rpc.system": "aws-api", "rpc.service": "CognitoIdentityProvider", "rpc.method": c.Operation,
			"aws.request_id": c.RequestID, "cognito.challenge": c.Challenge, "cognito.next": c.Next}
		if c.Reason != nil {
			attributes["error.type"] = c.Reason.Error() // one of the Err values: a small set
		}
		span(ctx, "CognitoIdentityProvider."+c.Operation, end.Add(-c.Duration), end, attributes)
	}
}

func Example_guideLogging() {
	pool, _ := newPool(cognitotest.Config{}, "")
	defer pool.Close()
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "duration" || a.Key == "request" {
			return slog.Attr{} // differ from run to run
		}
		return a
	}}))
	client := must(auth.New(pool.SDK(), pool.ID(), pool.Client().ID, func(o *auth.Options) { o.Observe = logCalls(logger) }))
	_, _, err := client.Begin(context.Background(), auth.SRP("ann", "wrong"))
	var failure *auth.Error
	if errors.As(err, &failure) {
		logger.Info("sign-in failed", "code", failure.Code, "reason", failure.Reason)
	}
	// Output:
	// level=INFO msg=cognito operation=InitiateAuth challenge=USER_SRP_AUTH next=PASSWORD_VERIFIER attempts=1 reason=<nil>
	// level=INFO msg=cognito operation=RespondToAuthChallenge challenge=PASSWORD_VERIFIER next="" attempts=1 reason="wrong username or password"
	// level=INFO msg="sign-in failed" code=NotAuthorizedException reason="wrong username or password"
}

// Nothing that the guide calls safe to log prints a secret.
func Example_guidePrinting() {
	pool, client := newPool(cognitotest.Config{}, appKey)
	defer pool.Close()
	first := auth.SRP("ann", password)
	_, next, err := client.Begin(context.Background(), first)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer := next.(challenge.Code).Answer("123456")
	tokens, err := client.SignIn(context.Background(), first, auth.Prompts{TOTPCode: annsApp})
	fmt.Printf("%v, %+v, %v, %s, %v\n", first, next, answer, tokens, err)
	// Output: firstfactor(USER_SRP_AUTH), challenge(SOFTWARE_TOKEN_MFA), answer(SOFTWARE_TOKEN_MFA), tokens, <nil>
}

// A span has the times of the call, and no name of a user.
func TestTraceCalls(t *testing.T) {
	t.Parallel()
	pool := cognitotest.Start(t, cognitotest.Config{})
	pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	var mu sync.Mutex
	var names []string
	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID, func(o *auth.Options) {
		o.Observe = traceCalls(func(_ context.Context, name string, begin, end time.Time, attributes map[string]string) {
			mu.Lock()
			defer mu.Unlock()
			names = append(names, name)
			if !begin.Before(end) || attributes["rpc.method"] == "" || attributes["aws.request_id"] == "" {
				t.Errorf("%s from %v to %v: %v", name, begin, end, attributes)
			}
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := client.Begin(t.Context(), auth.SRP("ann", password)); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(names); got != "[CognitoIdentityProvider.InitiateAuth CognitoIdentityProvider.RespondToAuthChallenge]" {
		t.Errorf("spans %s", got)
	}
}
