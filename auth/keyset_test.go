package auth_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/cognitomfa/cognitomfa/auth"
)

// A publisher publishes keys as a user pool does, and counts who asks.
type publisher struct {
	mu      sync.Mutex
	keys    []jose.JSONWebKey
	status  int           // if not 0, in place of the keys
	reply   string        // if not "", in place of the keys
	gate    chan struct{} // if not nil, each fetch waits for it
	fetches int
	issuer  string
}

func newPublisher(t *testing.T) *publisher {
	t.Helper()
	p := new(publisher)
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(server.Close)
	p.issuer = server.URL + "/pool"
	return p
}

func (p *publisher) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.fetches++
	gate := p.gate
	p.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-r.Context().Done():
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case r.URL.Path != "/pool/.well-known/jwks.json":
		http.NotFound(w, r)
	case p.status != 0:
		w.WriteHeader(p.status)
	case p.reply != "":
		w.Write([]byte(p.reply))
	default:
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: p.keys})
	}
}

// change is how a test changes a publisher that is being asked.
func (p *publisher) change(do func(*publisher)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do(p)
}

func (p *publisher) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fetches
}

func published(id string, key *rsa.PrivateKey) jose.JSONWebKey {
	return jose.JSONWebKey{Key: key.Public(), KeyID: id, Algorithm: "RS256", Use: "sig"}
}

func (p *publisher) verifier(t *testing.T, c *clock, optFns ...func(*auth.VerifierOptions)) *auth.Verifier {
	t.Helper()
	v, err := auth.NewVerifier(p.issuer, []string{testClient}, append([]func(*auth.VerifierOptions){
		func(o *auth.VerifierOptions) { o.Now = c.now },
	}, optFns...)...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// token is one that a key of some id has signed, good for a year.
func (p *publisher) token(t testing.TB, c *clock, id string, key *rsa.PrivateKey) string {
	t.Helper()
	return signed(t, jose.RS256, key, id, map[string]any{
		"sub": canonical, "iss": p.issuer, "exp": c.now().AddDate(1, 0, 0).Unix(), "token_use": "access", "client_id": testClient,
	})
}

func anyClock() *clock { return &clock{t: time.Unix(1_900_000_000, 0)} }

// However many tokens name keys that there are not, from however many callers,
// the pool is asked once in the interval; good tokens are verified meanwhile.
func TestFloodOfUnknownKeys(t *testing.T) {
	t.Parallel()
	p, c := newPublisher(t), anyClock()
	p.keys = []jose.JSONWebKey{published("kid-1", newKey())}
	v := p.verifier(t, c)
	good := p.token(t, c, "kid-1", newKey())
	// The key id is all that matters of a token like these.
	parts := strings.SplitN(good, ".", 2)
	flood := make([]string, 500)
	for i := range flood {
		flood[i] = base64Text(fmt.Sprintf(`{"alg":"RS256","kid":"unknown-%d"}`, i)) + "." + parts[1]
	}
	const rounds = 6
	for round := range rounds {
		var wg sync.WaitGroup
		for i, token := range flood {
			wg.Go(func() {
				// Those that come with the fetch are told that there is no such key.
				if claims, err := v.Access(t.Context(), token); claims != nil || !errors.Is(err, auth.ErrBackOff) && !errors.Is(err, auth.ErrToken) {
					t.Errorf("%v, %v", claims, err)
				}
				if i%50 == 0 {
					if _, err := v.Access(t.Context(), good); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n := p.count(); n != round/2+1 {
			t.Fatalf("round %d: %d fetches", round, n)
		}
		c.advance(5 * time.Second) // half of the interval
	}
	// What is refused before its key is looked for costs nothing at all.
	for range 3 {
		c.advance(time.Minute)
		for _, token := range []string{"junk", strings.Replace(good, ".", ".x", 1), "a" + good, good + "x", good[:len(good)-9] + "AAAAAAAAA"} {
			_, err := v.Access(t.Context(), token)
			wantReason(t, err, auth.ErrToken)
		}
	}
	if n := p.count(); n != rounds/2 {
		t.Errorf("%d fetches after junk", n)
	}
}

// A key that the pool begins to use is found within the interval, and nobody is
// told meanwhile that the token is wrong.
func TestRotatedKeyIsFound(t *testing.T) {
	t.Parallel()
	p, c := newPublisher(t), anyClock()
	p.keys = []jose.JSONWebKey{published("kid-1", newKey())}
	v := p.verifier(t, c, func(o *auth.VerifierOptions) { o.KeyInterval = time.Minute })
	old := p.token(t, c, "kid-1", newKey())
	if _, err := v.Access(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	next, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p.change(func(p *publisher) { p.keys = append(p.keys, published("kid-2", next)) })
	fresh := p.token(t, c, "kid-2", next)
	c.advance(time.Minute - 1)
	_, err = v.Access(t.Context(), fresh)
	wantReason(t, err, auth.ErrBackOff)
	c.advance(1)
	if _, err := v.Access(t.Context(), fresh); err != nil {
		t.Error(err)
	}
	// A key of the other's id does not verify.
	_, err = v.Access(t.Context(), p.token(t, c, "kid-1", next))
	wantReason(t, err, auth.ErrToken)
	if n := p.count(); n != 2 {
		t.Errorf("%d fetches", n)
	}
	// A key that is withdrawn counts for a day.
	p.change(func(p *publisher) { p.keys = p.keys[1:] })
	c.advance(24*time.Hour - 1)
	if _, err := v.Access(t.Context(), old); err != nil {
		t.Error(err)
	}
	c.advance(1)
	_, err = v.Access(t.Context(), old)
	wantReason(t, err, auth.ErrToken)
	if _, err := v.Access(t.Context(), fresh); err != nil {
		t.Error(err)
	}
}

// A pool that cannot be reached, or answers with something else: known keys go
// on, and the pool is asked again after a second.
func TestKeysCannotBeHad(t *testing.T) {
	t.Parallel()
	p, c := newPublisher(t), anyClock()
	p.status = http.StatusInternalServerError
	v := p.verifier(t, c)
	token := p.token(t, c, "kid-1", newKey())
	for range 3 {
		_, err := v.Access(t.Context(), token)
		wantReason(t, err, auth.ErrBackOff)
	}
	if n := p.count(); n != 1 {
		t.Errorf("%d fetches within a second", n)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	element := func(do func(*jose.JSONWebKey)) string {
		k := published("kid-1", newKey())
		do(&k)
		out, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k}})
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	good := element(func(*jose.JSONWebKey) {})
	for name, reply := range map[string]string{
		"no JSON":          "<html>",
		"no keys":          `{"keys":[]}`,
		"keys of a type":   `{"keys":7}`,
		"null":             `null`,
		"a key of a type":  `{"keys":[7,"x",null,[]]}`,
		"for encryption":   element(func(k *jose.JSONWebKey) { k.Use = "enc" }),
		"for RS512":        element(func(k *jose.JSONWebKey) { k.Algorithm = "RS512" }),
		"no id":            element(func(k *jose.JSONWebKey) { k.KeyID = "" }),
		"too small":        element(func(k *jose.JSONWebKey) { k.Key = small.Public() }),
		"even modulus":     element(func(k *jose.JSONWebKey) { k.Key = evil(func(k *rsa.PublicKey) { k.N.SetBit(k.N, 0, 0) }) }),
		"huge modulus":     element(func(k *jose.JSONWebKey) { k.Key = evil(func(k *rsa.PublicKey) { k.N.SetBit(k.N, 8192, 1) }) }),
		"exponent 1":       strings.Replace(good, `"AQAB"`, `"AQ"`, 1),
		"exponent 2":       strings.Replace(good, `"AQAB"`, `"Ag"`, 1),
		"huge exponent":    strings.Replace(good, `"AQAB"`, `"`+strings.Repeat("AQAB", 20)+`"`, 1),
		"no base64":        strings.Replace(good, `"AQAB"`, `"*"`, 1),
		"symmetric":        `{"keys":[{"kty":"oct","kid":"kid-1","k":"AAAA"}]}`,
		"a huge reply":     good + strings.Repeat(" ", 1<<20),
		"cut":              good[:len(good)-2],
		"something behind": good + "{}",
	} {
		p.change(func(p *publisher) { p.status, p.reply = 0, reply })
		c.advance(time.Second)
		before := p.count()
		_, err := v.Access(t.Context(), token)
		if wantReason(t, err, auth.ErrBackOff); p.count() != before+1 {
			t.Errorf("%s: %d fetches", name, p.count()-before)
		}
	}
	// One bad key spoils no other.
	p.change(func(p *publisher) { p.reply = strings.Replace(good, `[`, `[7,{"kty":"EC","kid":"x"},`, 1) })
	c.advance(time.Second)
	if _, err := v.Access(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	// A day later the pool is down: the keys that there are go on.
	p.change(func(p *publisher) { p.reply, p.status = "", http.StatusServiceUnavailable })
	c.advance(25 * time.Hour)
	for range 2 {
		if _, err := v.Access(t.Context(), token); err != nil {
			t.Error(err)
		}
	}
}

// evil is a public key that no one has.
func evil(do func(*rsa.PublicKey)) *rsa.PublicKey {
	k := newKey().PublicKey
	k.N = new(big.Int).Set(k.N)
	do(&k)
	return &k
}

// Who waits for the keys can leave, and the others get them; all wait for one
// fetch.
func TestWaitingForKeys(t *testing.T) {
	t.Parallel()
	p, c := newPublisher(t), anyClock()
	p.keys = []jose.JSONWebKey{published("kid-1", newKey())}
	p.gate = make(chan struct{})
	v := p.verifier(t, c)
	token := p.token(t, c, "kid-1", newKey())
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := v.Access(ended, token)
	if wantReason(t, err, auth.ErrBackOff); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := v.Access(t.Context(), token); err != nil {
				t.Error(err)
			}
		})
	}
	close(p.gate)
	wg.Wait()
	if n := p.count(); n != 1 {
		t.Errorf("%d fetches", n)
	}
}

// FuzzVerifier shows the Verifier any token. Only the one that was signed is
// taken.
func FuzzVerifier(f *testing.F) {
	c := anyClock()
	p := new(publisher)
	p.issuer = "https://issuer.example"
	p.keys = []jose.JSONWebKey{published("kid-1", newKey())}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: p.keys})
	if err != nil {
		f.Fatal(err)
	}
	v, err := auth.NewVerifier(p.issuer, []string{testClient}, func(o *auth.VerifierOptions) {
		o.Now = c.now
		o.HTTPClient = &http.Client{Transport: replying(string(set))}
	})
	if err != nil {
		f.Fatal(err)
	}
	good := p.token(f, c, "kid-1", newKey())
	if _, err := v.Access(f.Context(), good); err != nil {
		f.Fatal(err)
	}
	parts := strings.Split(good, ".")
	seeds := 0
	for _, seed := range []string{
		good, "", "..", parts[0] + "." + parts[1] + ".", parts[0] + "..", good + "=",
		base64Text(`{"alg":"none"}`) + "." + parts[1] + ".", base64Text(`{"alg":"RS256","kid":"kid-2"}`) + "." + parts[1] + "." + parts[2],
	} {
		f.Add(seed)
		seeds++
	}
	if seeds < 8 {
		f.Fatal("the seeds are gone")
	}
	f.Fuzz(func(t *testing.T, token string) {
		got, err := v.Access(t.Context(), token)
		if token == good {
			if err != nil {
				t.Fatal(err)
			}
			return
		}
		if got != nil || !errors.Is(err, auth.ErrToken) && !errors.Is(err, auth.ErrBackOff) {
			t.Fatalf("%v, %v", got, err)
		}
	})
}

// replying is a transport whose every reply is itself.
type replying string

func (a replying) RoundTrip(*http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	recorder.WriteString(string(a))
	return recorder.Result(), nil
}
