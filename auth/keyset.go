package auth

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"net/http"
	"sync"
	"time"
)

// A keySet is what a user pool has published of its keys. Everybody may show it
// key ids, so it fetches no more often than its interval allows.
type keySet struct {
	url      string
	client   *http.Client
	now      func() time.Time
	interval time.Duration

	mu      sync.Mutex
	keys    map[string]*rsa.PublicKey
	had     time.Time // when the fetch began that they came with
	began   time.Time // when the last fetch began; zero: there was none
	failed  error     // what the last fetch failed with
	pending chan struct{}
}

const (
	// keyFetchTimeout keeps a request from waiting for ever for the pool's keys.
	keyFetchTimeout = 10 * time.Second
	// keyRetryInterval is in the place of the interval after a fetch that
	// failed: what was wrong may have passed.
	keyRetryInterval = time.Second
	// maxKeyAge has a key that the pool has withdrawn forgotten.
	maxKeyAge = 24 * time.Hour

	maxKeySet  = 1 << 20 // bytes; a pool's has some 900
	maxKeyBits = 8192    // a larger key would make each signature slow to check
	minKeyBits = 2048    // RS256 demands it: RFC 7518, section 3.3
)

var (
	// errUnknownKey: a set that is newer than the token does not have the key.
	errUnknownKey = errors.New("no such key")
	// errFetchedJustNow: it may have it, and may not be fetched yet.
	errFetchedJustNow = errors.New("the keys were fetched a moment ago")
)

// find returns the key of an id. The error is errUnknownKey, or says why it is
// not known whether there is such a key.
func (s *keySet) find(ctx context.Context, id string) (*rsa.PublicKey, error) {
	s.mu.Lock()
	now, key := s.now(), s.keys[id]
	if key != nil && now.Sub(s.had) < maxKeyAge {
		s.mu.Unlock()
		return key, nil
	}
	if s.pending == nil && !s.mayFetch(now) {
		defer s.mu.Unlock()
		switch {
		case key != nil: // old, but the pool cannot be asked
			return key, nil
		case s.failed != nil:
			return nil, s.failed
		}
		return nil, errFetchedJustNow
	}
	if s.pending == nil {
		s.began, s.pending = now, make(chan struct{})
		go s.fetch(s.pending)
	}
	pending := s.pending
	s.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-pending:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch key := s.keys[id]; {
	case key != nil:
		return key, nil
	case s.failed != nil:
		return nil, s.failed
	}
	return nil, errUnknownKey
}

func (s *keySet) mayFetch(now time.Time) bool {
	interval := s.interval
	if s.failed != nil {
		interval = min(interval, keyRetryInterval)
	}
	return s.began.IsZero() || now.Sub(s.began) >= interval
}

// fetch is for all who wait, so it has no caller's context.
func (s *keySet) fetch(done chan struct{}) {
	keys, err := s.get()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed = err; err == nil {
		s.keys, s.had = keys, s.began
	}
	s.pending = nil
	close(done)
}

func (s *keySet) get() (map[string]*rsa.PublicKey, error) {
	ctx, cancel := context.WithTimeout(context.Background(), keyFetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the keys came with status %d", response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxKeySet+1))
	if err != nil {
		return nil, err
	}
	return parseKeys(text)
}

// parseKeys reads a JWK set. A key that is of no use here is left out, as RFC
// 7517, section 5 has it; a set without any other is an error, or one bad reply
// would make all tokens wrong.
func parseKeys(text []byte) (map[string]*rsa.PublicKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if len(text) > maxKeySet || json.Unmarshal(text, &set) != nil {
		return nil, errors.New("the reply is not a set of keys")
	}
	keys := make(map[string]*rsa.PublicKey)
	for _, raw := range set.Keys {
		if id, key := parseKey(raw); key != nil {
			keys[id] = key
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("the reply has no key for RS256")
	}
	return keys, nil
}

// parseKey reads one RSA key (RFC 7518, section 6.3.1); nil if it is anything
// else.
func parseKey(raw json.RawMessage) (id string, key *rsa.PublicKey) {
	var k struct{ Kty, Kid, Use, Alg, N, E string }
	if json.Unmarshal(raw, &k) != nil || k.Kty != "RSA" || k.Kid == "" ||
		k.Use != "" && k.Use != "sig" || k.Alg != "" && k.Alg != "RS256" {
		return "", nil
	}
	n, err := base64.RawURLEncoding.DecodeString(k.N)
	if err != nil {
		return "", nil
	}
	text, err := base64.RawURLEncoding.DecodeString(k.E)
	if err != nil {
		return "", nil
	}
	modulus, e := new(big.Int).SetBytes(n), new(big.Int).SetBytes(text)
	// The exponents that crypto/rsa takes.
	if !e.IsInt64() || e.Int64() < 3 || e.Int64() > math.MaxInt32 || e.Bit(0) == 0 {
		return "", nil
	}
	if bits := modulus.BitLen(); bits < minKeyBits || bits > maxKeyBits || modulus.Bit(0) == 0 {
		return "", nil
	}
	return k.Kid, &rsa.PublicKey{N: modulus, E: int(e.Int64())}
}
