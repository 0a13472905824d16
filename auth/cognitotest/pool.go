package cognitotest

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// TB is the part of testing.TB that a pool needs. A program that is not a test
// uses [New] instead, and need not import testing.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// A Pool is a user pool that listens on this machine's loopback interface. It
// is safe for concurrent use.
type Pool struct {
	id     string
	issuer string
	clock  *Clock
	outbox *Outbox
	tb     TB // nil without a test
	client AppClient

	listener net.Listener
	server   *http.Server

	mu    sync.Mutex
	calls []Call
}

// A Call is one request that the pool has answered.
type Call struct {
	Operation string // "InitiateAuth"
	Step      string // the AuthFlow that was asked for, or the challenge that was answered
	Code      string // the type of the error, such as "NotAuthorizedException"; empty on success
	RequestID string
}

// Start makes a pool for the length of a test. A configuration that AWS would
// refuse stops the test, and so does a request that no SDK could have sent.
func Start(tb TB, cfg Config) *Pool {
	tb.Helper()
	p, err := newPool(cfg, tb)
	if err != nil {
		tb.Fatalf("%v", err)
		return nil
	}
	tb.Cleanup(func() {
		if err := p.Close(); err != nil {
			tb.Errorf("cognitotest: closing the pool: %v", err)
		}
	})
	return p
}

// New makes a pool that lives until [Pool.Close].
func New(cfg Config) (*Pool, error) { return newPool(cfg, nil) }

func newPool(cfg Config, tb TB) (*Pool, error) {
	if cfg.Clock == nil {
		cfg.Clock = &Clock{}
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	// Loopback only: what listens here takes anyone's word for who is an
	// administrator.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cognitotest: %w", err)
	}
	p := &Pool{id: cfg.Region + "_cognitest", clock: cfg.Clock, tb: tb, listener: listener}
	p.outbox = &Outbox{resolve: strings.ToLower}
	p.issuer = cfg.Issuer
	if p.issuer == "" {
		p.issuer = p.URL() + "/" + p.id
	}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second}
	go p.server.Serve(listener) // ends with Close
	return p, nil
}

// Close stops listening and ends every request.
func (p *Pool) Close() error {
	if err := p.server.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// ID returns the user pool id, such as "us-east-1_Ab12Cd34E".
func (p *Pool) ID() string { return p.id }

// URL returns where the pool listens: "http://127.0.0.1:" and a port. It is
// the endpoint to give to an SDK of any language.
func (p *Pool) URL() string { return "http://" + p.listener.Addr().String() }

// Issuer returns the iss claim of the pool's tokens.
func (p *Pool) Issuer() string { return p.issuer }

// Client returns the first app client.
func (p *Pool) Client() AppClient { return p.client }

// AddClient makes one more app client. A configuration that AWS would refuse
// stops the test, or panics if there is none.
func (p *Pool) AddClient(cfg ClientConfig) AppClient {
	p.misuse("AddClient: %v", errors.ErrUnsupported)
	return AppClient{}
}

// AddUser makes a user, confirmed unless told otherwise, and returns the
// canonical username. What AWS would refuse stops the test, or panics if there
// is none.
func (p *Pool) AddUser(u User) string {
	p.misuse("AddUser: %v", errors.ErrUnsupported)
	return u.Username
}

// Clock returns the pool's clock.
func (p *Pool) Clock() *Clock { return p.clock }

// Outbox returns what the pool has sent.
func (p *Pool) Outbox() *Outbox { return p.outbox }

// Calls returns the requests answered so far, in the order they were answered,
// so that a test can assert how many a sign-in took.
func (p *Pool) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// SDK returns the AWS SDK's own client, which speaks HTTP to this pool. It
// holds credentials, which the pool does not check, so that the Admin
// operations are signed; the SDK leaves the public ones unsigned.
func (p *Pool) SDK(optFns ...func(*cognitoidentityprovider.Options)) *cognitoidentityprovider.Client {
	region, _, _ := strings.Cut(p.id, "_")
	endpoint := p.URL()
	return cognitoidentityprovider.New(cognitoidentityprovider.Options{
		Region:       region,
		BaseEndpoint: &endpoint,
		Credentials:  credentials.NewStaticCredentialsProvider("AKIACOGNITOTEST", "cognitotest", ""),
	}, optFns...)
}

// misuse reports what the author of a test did wrong.
func (p *Pool) misuse(format string, args ...any) {
	message := "cognitotest: " + fmt.Sprintf(format, args...)
	if p.tb == nil {
		panic(message)
	}
	p.tb.Helper()
	p.tb.Fatalf("%s", message)
}

// ServeHTTP answers one request of the Cognito API.
func (p *Pool) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	http.Error(w, `{"__type":"UnknownOperationException"}`, http.StatusBadRequest)
}
