// Package secrets keeps the keys of a Duo application, or the client secret of
// an OpenID Connect provider, in AWS Secrets Manager.
//
//	secret, err := secrets.New(secretsmanager.NewFromConfig(cfg), "duo-keys")
//	client, err := duo.NewClient(secret, redirectURL)
//
// The secret is fetched when it is first needed, kept for [Options].TTL, and
// fetched again when Duo no longer accepts what it holds, so that a rotation
// needs no new deployment. A failure to fetch it is not kept. Nothing of it
// prints.
//
// The function's role needs secretsmanager:GetSecretValue and
// secretsmanager:DescribeSecret for it, and kms:Decrypt if it has a key of its
// own.
package secrets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"github.com/cognitomfa/cognitomfa/challenge/duo"
	"github.com/cognitomfa/cognitomfa/challenge/duo/websdk2"
)

// API is the part of Secrets Manager's client that is used.
type API interface {
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
	DescribeSecret(context.Context, *secretsmanager.DescribeSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error)
}

var _ API = (*secretsmanager.Client)(nil)

// The members of the secret's JSON object, as AWS's samples name them
// (aws-samples/duomfa-with-amazon-cognito).
const (
	FieldClientID     = "duo-clientid"     // Universal Prompt
	FieldClientSecret = "duo-clientsecret" // Universal Prompt
	FieldAPIHost      = "duo-apihostname"  // Universal Prompt

	FieldIntegrationKey = "duo-ikey" // Web SDK 2
	FieldSecretKey      = "duo-skey" // Web SDK 2
	FieldApplicationKey = "duo-akey" // Web SDK 2
)

var (
	// ErrUnavailable: the secret could not be fetched; the error wraps the
	// SDK's.
	ErrUnavailable = errors.New("secrets: the secret could not be fetched")
	// ErrForm: the secret is no text, no JSON object of texts, or has keys that
	// cannot be right.
	ErrForm = errors.New("secrets: the secret does not have the form that this package documents")
)

// Options are what [New] takes beside its arguments.
type Options struct {
	// TTL is how long a fetched secret is used. Default: 15 minutes. It is
	// checked after half of that at the earliest, at a random time.
	TTL time.Duration
	// MinRefresh is the least time between two fetches that a refused key causes,
	// so that wrong keys do not cost a call for each sign-in. Default: 10 seconds.
	MinRefresh time.Duration
	// Now is the clock of MinRefresh. Default: time.Now.
	Now func() time.Time
}

// A Secret is one secret. It is a source of keys for package duo and for
// package websdk2, and safe for concurrent use.
type Secret struct {
	api     API
	id      string
	options Options

	mu        sync.Mutex
	cache     *secretcache.Cache
	refreshed time.Time
}

var (
	_ duo.KeySource     = (*Secret)(nil)
	_ websdk2.KeySource = (*Secret)(nil)
)

// New makes a source of the secret with a name or ARN. It makes no call.
func New(api API, secretID string, optFns ...func(*Options)) (*Secret, error) {
	o := Options{TTL: 15 * time.Minute, MinRefresh: 10 * time.Second, Now: time.Now}
	for _, fn := range optFns {
		fn(&o)
	}
	if api == nil || secretID == "" || o.TTL <= 0 || o.MinRefresh < 0 || o.Now == nil {
		return nil, errors.New("secrets: a client, the name of a secret and a TTL are needed")
	}
	return &Secret{api: api, id: secretID, options: o}, nil
}

// Text returns the whole secret, fresh if refresh is true. It fits
// stepup.Config.ClientSecret. The error matches [ErrUnavailable] or [ErrForm].
func (s *Secret) Text(ctx context.Context, refresh bool) (string, error) {
	if refresh {
		s.expire()
	}
	cache, err := s.current()
	if err != nil {
		return "", err
	}
	text, err := cache.GetSecretStringWithContext(ctx, s.id)
	var binary *secretcache.InvalidOperationError
	switch {
	case errors.As(err, &binary):
		s.drop(cache)
		return "", fmt.Errorf("%w: it is binary", ErrForm)
	case err != nil:
		s.drop(cache)
		return "", fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return text, nil
}

// current returns the cache, or a new one. The library's own RefreshNow sleeps
// for seconds, and it keeps errors for a while; a trigger has time for neither.
// So a cache that is out of date or has failed is replaced by an empty one.
func (s *Secret) current() (*secretcache.Cache, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cache == nil {
		cache, err := secretcache.New(func(c *secretcache.Cache) {
			c.Client = reader{api: s.api}
			c.CacheItemTTL = s.options.TTL.Nanoseconds()
		})
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		s.cache = cache
	}
	return s.cache, nil
}

// A reader is what the library, which asks for six operations, gets of a client.
// It calls two; the others would be a nil call, and not a change of a secret.
type reader struct {
	secretcache.SecretsManagerAPIClient
	api API
}

// GetSecretValue implements the library's interface.
func (r reader) GetSecretValue(ctx context.Context, in *secretsmanager.GetSecretValueInput, optFns ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	return r.api.GetSecretValue(ctx, in, optFns...)
}

// DescribeSecret implements the library's interface.
func (r reader) DescribeSecret(ctx context.Context, in *secretsmanager.DescribeSecretInput, optFns ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error) {
	return r.api.DescribeSecret(ctx, in, optFns...)
}

// drop removes a cache that has failed, unless another took its place.
func (s *Secret) drop(failed *secretcache.Cache) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cache == failed {
		s.cache = nil
	}
}

// expire removes the cache, unless that was done just now.
func (s *Secret) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.options.Now(); now.Sub(s.refreshed) >= s.options.MinRefresh {
		s.cache, s.refreshed = nil, now
	}
}

// fields returns the members of the secret's object that are texts.
func (s *Secret) fields(ctx context.Context, refresh bool) (map[string]string, error) {
	text, err := s.Text(ctx, refresh)
	if err != nil {
		return nil, err
	}
	var fields map[string]string
	if json.Unmarshal([]byte(text), &fields) != nil { // whose error may quote it
		return nil, fmt.Errorf("%w: it is no JSON object of texts", ErrForm)
	}
	return fields, nil
}

// Keys implements [duo.KeySource] with the first three of the fields. The error
// matches [ErrUnavailable] or [ErrForm].
func (s *Secret) Keys(ctx context.Context) (duo.Keys, error) { return s.universal(ctx, false) }

// Refresh implements [duo.KeySource].
func (s *Secret) Refresh(ctx context.Context) (duo.Keys, error) { return s.universal(ctx, true) }

func (s *Secret) universal(ctx context.Context, refresh bool) (duo.Keys, error) {
	f, err := s.fields(ctx, refresh)
	if err != nil {
		return duo.Keys{}, err
	}
	k, err := duo.NewKeys(f[FieldClientID], f[FieldClientSecret], f[FieldAPIHost])
	if err != nil {
		return duo.Keys{}, fmt.Errorf("%w: %w", ErrForm, err)
	}
	return k, nil
}

// SDK2Keys implements [websdk2.KeySource] with the last three of the fields. The
// error matches [ErrUnavailable] or [ErrForm].
func (s *Secret) SDK2Keys(ctx context.Context) (websdk2.Keys, error) { return s.sdk2(ctx, false) }

// RefreshSDK2Keys implements [websdk2.KeySource].
func (s *Secret) RefreshSDK2Keys(ctx context.Context) (websdk2.Keys, error) { return s.sdk2(ctx, true) }

func (s *Secret) sdk2(ctx context.Context, refresh bool) (websdk2.Keys, error) {
	f, err := s.fields(ctx, refresh)
	if err != nil {
		return websdk2.Keys{}, err
	}
	k, err := websdk2.NewKeys(f[FieldIntegrationKey], f[FieldSecretKey], f[FieldApplicationKey])
	if err != nil {
		return websdk2.Keys{}, fmt.Errorf("%w: %w", ErrForm, err)
	}
	return k, nil
}
