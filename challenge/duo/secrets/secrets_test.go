package secrets_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/cognitomfa/cognitomfa/challenge/duo"
	"github.com/cognitomfa/cognitomfa/challenge/duo/secrets"
	"github.com/cognitomfa/cognitomfa/challenge/duo/websdk2"
	"github.com/cognitomfa/cognitomfa/challenge/stepup"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/internal/idptest"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
)

const (
	clientID = "DIXXXXXXXXXXXXXXXXXX"
	name     = "stack-duo-keys"
)

var (
	oldSecret = strings.Repeat("deadbeef", 5)
	newSecret = strings.Repeat("cafebabe", 5)
)

// manager is Secrets Manager with one secret.
type manager struct {
	t *testing.T

	mu      sync.Mutex
	value   map[string]any // SecretString or SecretBinary
	version int
	broken  bool
	calls   []string
}

var signature = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=AKID/\d{8}/eu-west-1/secretsmanager/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}$`)

func (m *manager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !signature.MatchString(r.Header.Get("Authorization")) || r.Header.Get("Content-Type") != "application/x-amz-json-1.1" {
		m.t.Errorf("a request with Authorization %q and type %q", r.Header.Get("Authorization"), r.Header.Get("Content-Type"))
	}
	var in struct{ SecretId, VersionId string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.SecretId != name {
		m.t.Errorf("a request for %q: %v", in.SecretId, err)
	}
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "secretsmanager.")
	m.calls = append(m.calls, operation)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	version := fmt.Sprintf("version-%d-0123456789abcdef0123456789", m.version)
	out := map[string]any{"ARN": "arn", "Name": name}
	switch {
	case m.broken:
		w.WriteHeader(http.StatusBadRequest)
		out = map[string]any{"__type": "AccessDeniedException", "Message": "not authorized"}
	case operation == "DescribeSecret":
		out["VersionIdsToStages"] = map[string][]string{version: {"AWSCURRENT"}}
	case operation == "GetSecretValue" && in.VersionId == version:
		out["VersionId"] = version
		for k, v := range m.value {
			out[k] = v
		}
	default:
		m.t.Errorf("unexpected call of %q for version %q", operation, in.VersionId)
	}
	json.NewEncoder(w).Encode(out) // the client is gone if it fails
}

func (m *manager) put(fields any) {
	text, ok := fields.(string)
	if !ok {
		raw, err := json.Marshal(fields)
		if err != nil {
			m.t.Fatal(err)
		}
		text = string(raw)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.value, m.version = map[string]any{"SecretString": text}, m.version+1
}

func (m *manager) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

func (m *manager) counted(operation string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.calls {
		if c == operation {
			n++
		}
	}
	return n
}

func serve(t *testing.T, optFns ...func(*secrets.Options)) (*manager, *secrets.Secret) {
	t.Helper()
	m := &manager{t: t}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	client := secretsmanager.New(secretsmanager.Options{
		Region: "eu-west-1", BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", ""),
	})
	s, err := secrets.New(client, name, optFns...)
	if err != nil {
		t.Fatal(err)
	}
	if m.counted("DescribeSecret") != 0 {
		t.Error("New makes a call")
	}
	return m, s
}

func universal(secret, host string) map[string]string {
	return map[string]string{"duo-clientid": clientID, "duo-clientsecret": secret, "duo-apihostname": host}
}

func TestFetchedOnce(t *testing.T) {
	t.Parallel()
	m, s := serve(t)
	m.put(universal(oldSecret, "api.example"))
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := s.Keys(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if a, b := m.counted("DescribeSecret"), m.counted("GetSecretValue"); a != 1 || b != 1 {
		t.Errorf("%d and %d calls, want one each", a, b)
	}
	redacttest.Check(t, s, oldSecret)
}

func TestTTL(t *testing.T) {
	t.Parallel()
	m, s := serve(t, func(o *secrets.Options) { o.TTL = 1 }) // a nanosecond
	m.put("one")
	for _, want := range []string{"one", "two"} {
		if got, err := s.Text(t.Context(), false); err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
		m.put("two")
	}
	// What was fetched outlives a failure to fetch it again.
	m.set(func() { m.broken = true })
	if got, err := s.Text(t.Context(), false); err != nil || got != "two" {
		t.Errorf("got %q, %v", got, err)
	}
}

// Duo's secret is rotated, there and here: the sign-in that meets it goes on.
func TestRotation(t *testing.T) {
	t.Parallel()
	d := idptest.NewDuo(clientID, oldSecret)
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	now := time.Unix(1_700_000_000, 0)
	m, s := serve(t, func(o *secrets.Options) { o.Now = func() time.Time { return now } })
	m.put(universal(oldSecret, host))
	client, err := duo.NewClient(s, "https://app.example/callback", func(o *duo.ClientOptions) { o.AllowLoopback = true })
	if err != nil {
		t.Fatal(err)
	}
	if err := client.HealthCheck(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.Rotate(newSecret)
	m.put(universal(newSecret, host))
	login := duo.Login{Username: "ann", State: strings.Repeat("s", 43), Nonce: strings.Repeat("n", 43)}
	if err := client.HealthCheck(t.Context()); err != nil {
		t.Fatal(err)
	}
	address, err := client.AuthURL(t.Context(), login)
	if err != nil {
		t.Fatal(err)
	}
	back, err := idptest.Visit(t.Context(), http.DefaultClient, address, idptest.Visitor{})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Exchange(t.Context(), back.Query().Get("duo_code"), login); err != nil {
		t.Fatal(err)
	}
	if got := m.counted("GetSecretValue"); got != 2 {
		t.Errorf("the secret was fetched %d times, want twice", got)
	}
	// Keys that are wrong for good are not fetched with each sign-in.
	d.Rotate(strings.Repeat("0", 40))
	for range 5 {
		if err := client.HealthCheck(t.Context()); !errors.Is(err, duo.ErrKeys) {
			t.Errorf("wrong keys: %v", err)
		}
	}
	if got := m.counted("GetSecretValue"); got != 2 {
		t.Errorf("the secret was fetched %d times within MinRefresh, want twice", got)
	}
	now = now.Add(time.Minute)
	m.put(universal(strings.Repeat("0", 40), host))
	if err := client.HealthCheck(t.Context()); err != nil {
		t.Errorf("after MinRefresh: %v", err)
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	t.Parallel()
	m, s := serve(t)
	m.put(universal(oldSecret, "api.example"))
	m.set(func() { m.broken = true })
	for range 2 {
		if _, err := s.Keys(t.Context()); !errors.Is(err, secrets.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	}
	m.set(func() { m.broken = false })
	if _, err := s.Keys(t.Context()); err != nil {
		t.Errorf("after the failure: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, s = serve(t)
	if _, err := s.Keys(gone); !errors.Is(err, context.Canceled) || !errors.Is(err, secrets.ErrUnavailable) {
		t.Errorf("a cancelled call: %v", err)
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	const canary = "canary-4711"
	for test, value := range map[string]any{
		"text":           canary,
		"list":           `["` + canary + `"]`,
		"number":         `{"duo-clientid":1,"x":"` + canary + `"}`,
		"null":           "null",
		"no fields":      map[string]string{"x": canary},
		"short secret":   universal(canary, "api.example"),
		"host is an URL": universal(oldSecret, "https://api.example"),
	} {
		t.Run(test, func(t *testing.T) {
			t.Parallel()
			m, s := serve(t)
			m.put(value)
			_, err := s.Keys(t.Context())
			_, err2 := s.SDK2Keys(t.Context())
			for _, err := range []error{err, err2} {
				if !errors.Is(err, secrets.ErrForm) || strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), oldSecret) {
					t.Errorf("got %v", err)
				}
			}
		})
	}
	m, s := serve(t)
	m.put("x")
	m.set(func() { m.value = map[string]any{"SecretBinary": base64.StdEncoding.EncodeToString([]byte(canary))} })
	if _, err := s.Text(t.Context(), false); !errors.Is(err, secrets.ErrForm) {
		t.Errorf("a binary secret: %v", err)
	}
	for _, make := range []func() (*secrets.Secret, error){
		func() (*secrets.Secret, error) { return secrets.New(nil, name) },
		func() (*secrets.Secret, error) { return secrets.New(&secretsmanager.Client{}, "") },
		func() (*secrets.Secret, error) {
			return secrets.New(&secretsmanager.Client{}, name, func(o *secrets.Options) { o.TTL = 0 })
		},
	} {
		if _, err := make(); err == nil {
			t.Error("it is made without what it needs")
		}
	}
}

func TestSDK2(t *testing.T) {
	t.Parallel()
	m, s := serve(t)
	keys := map[string]string{"duo-ikey": clientID, "duo-skey": oldSecret, "duo-akey": "useacustomerprovidedapplicationsecretkey"}
	m.put(keys)
	now := time.Unix(1600000000, 0)
	sign := func(k websdk2.Keys, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		request, err := k.Sign("testuser", now)
		if err != nil {
			t.Fatal(err)
		}
		return request
	}
	old := sign(s.SDK2Keys(t.Context()))
	keys["duo-skey"] = newSecret
	m.put(keys)
	if sign(s.SDK2Keys(t.Context())) != old {
		t.Error("the keys are not kept")
	}
	if sign(s.RefreshSDK2Keys(t.Context())) == old {
		t.Error("the keys are not refreshed")
	}
	if _, err := websdk2.NewMethod(s, trigger.NewMemory(nil)); err != nil {
		t.Error(err)
	}
}

// A plain text serves a step-up at an OpenID Connect provider.
func TestText(t *testing.T) {
	t.Parallel()
	m, s := serve(t, func(o *secrets.Options) { o.MinRefresh = 0 })
	m.put("first")
	config := stepup.Config{ClientSecret: s.Text}
	var got []string
	for _, refresh := range []bool{false, false, true} {
		text, err := config.ClientSecret(t.Context(), refresh)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, text)
		m.put("second")
	}
	if want := []string{"first", "first", "second"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
