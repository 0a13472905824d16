// Package function is what the Lambda functions of these examples have in
// common: settings from the environment, AWS clients, the key and the table of
// marks, and which handler an event is for. What is asked of the user is in
// their main packages.
package function

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/cognitomfa/cognitomfa/challenge/duo/secrets"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/challenge/trigger/dynamo"
)

// A Backend is what a method is made of.
type Backend struct {
	AWS   aws.Config
	Store trigger.Store
	// Key is random and secret, at least [trigger.MinKey] bytes.
	Key []byte
}

// Secret returns a secret of Secrets Manager. It makes no call.
func (b Backend) Secret(id string) (*secrets.Secret, error) {
	return secrets.New(secretsmanager.NewFromConfig(b.AWS), id)
}

// A Maker makes the method. It makes no call.
type Maker func(Backend) (trigger.Method, error)

// Start serves the triggers until Lambda ends the process. read reads the
// settings of the method, which is made when the first event comes.
//
// Nothing is fetched before that: an init that fails, because a service was not
// there for a moment, makes Lambda begin the process anew while Cognito waits.
func Start(read func(*Settings) Maker) {
	// Lambda takes standard output to the log group.
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, nil)))
	f, err := newFunction(read)
	if err != nil {
		slog.Error("the function cannot start", "error", err)
		os.Exit(1)
	}
	lambda.Start(f)
}

// A function hands events to what serves them, which it makes of its settings
// when the first comes.
type function struct {
	table, keySecret string
	guarded          bool
	make             Maker

	mu    sync.Mutex
	ready *served
}

// served is what serves events.
type served struct {
	challenges *trigger.Handler
	guard      *trigger.Guard
}

var _ lambda.Handler = (*function)(nil)

func newFunction(read func(*Settings) Maker) (*function, error) {
	var s Settings
	f := &function{
		table:     s.Text("TABLE_NAME"),
		keySecret: s.Text("KEY_SECRET_ARN"),
		guarded:   s.Switch("GUARDED"),
		make:      read(&s),
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	// Settings that no method can be made of are found now, not by a user.
	_, err := f.make(Backend{Store: trigger.NewMemory(nil), Key: make([]byte, trigger.MinKey)})
	return f, err
}

// Invoke implements lambda.Handler. Its errors are those of package trigger:
// Cognito shows their text to whoever signs in.
func (f *function) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	s, err := f.get(ctx)
	if err != nil {
		slog.ErrorContext(ctx, "the function has no handler yet", "error", err)
		return nil, trigger.ErrUnavailable
	}
	if s.guard != nil && isTokenGeneration(event) {
		return s.guard.Invoke(ctx, event)
	}
	return s.challenges.Invoke(ctx, event)
}

// isTokenGeneration tells the Guard's trigger from the challenges'. An event that
// cannot be read is left for the Handler to refuse.
func isTokenGeneration(event []byte) bool {
	var e struct {
		Source string `json:"triggerSource"`
	}
	return json.Unmarshal(event, &e) == nil && strings.HasPrefix(e.Source, "TokenGeneration_")
}

// get makes what serves events, once. A failure is not kept: the next event may
// find Secrets Manager well again.
func (f *function) get(ctx context.Context) (*served, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ready == nil {
		s, err := f.build(ctx)
		if err != nil {
			return nil, err
		}
		f.ready = s
	}
	return f.ready, nil
}

func (f *function) build(ctx context.Context) (*served, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("the AWS configuration: %w", err)
	}
	store, err := dynamo.New(dynamodb.NewFromConfig(cfg), f.table, nil)
	if err != nil {
		return nil, err
	}
	b := Backend{AWS: cfg, Store: store}
	if b.Key, err = key(ctx, b, f.keySecret); err != nil {
		return nil, err
	}
	method, err := f.make(b)
	if err != nil {
		return nil, err
	}
	var s served
	s.challenges, err = trigger.New(b.Key, store, []trigger.Method{method}, func(o *trigger.Options) { o.Guarded = f.guarded })
	if err != nil || !f.guarded {
		return &s, err
	}
	s.guard, err = trigger.NewGuard(store, nil, nil)
	return &s, err
}

// key fetches the key. It is kept as long as the process: all functions must
// change it at the same time, so a new key is a new deployment.
func key(ctx context.Context, b Backend, id string) ([]byte, error) {
	secret, err := b.Secret(id)
	if err != nil {
		return nil, err
	}
	text, err := secret.Text(ctx, false)
	return []byte(text), err
}
