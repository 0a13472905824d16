package cognitotest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/journal"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/operation"
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
	service *operation.Service
	pool    *directory.Pool
	client  *directory.Client // the first
	clock   *Clock
	outbox  *Outbox
	tb      TB // nil without a test

	listener net.Listener
	server   *http.Server

	other http.Handler // never nil

	journal *journal.Journal // nil without Config.State
	closing sync.Once        // of the journal

	faults faults

	accessKeys map[string]string // secrets by id; none: any signature will do
	patience   time.Duration     // with the body of a request

	http aws.HTTPClient // of the clients that SDK makes

	mu     sync.Mutex
	calls  ring[Call]
	counts map[string]int // of all calls, by operation
}

// A Call is one request that the pool has received.
type Call struct {
	Operation string // "InitiateAuth"
	Step      string // the AuthFlow that was asked for, or the challenge that was answered
	// Code is the type of the error, such as "NotAuthorizedException"; empty if
	// there was none. It is the operation's own if a fault lost the reply.
	Code      string
	RequestID string
	// Handled tells whether the operation ran, be it to refuse: it did not if the
	// request made no sense, or if a fault came first.
	Handled bool
	Fault   Effect // of the [Fault] that struck; empty if none did
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
	listener, err := cfg.listen()
	if err != nil {
		return nil, fmt.Errorf("cognitotest: %w", err)
	}
	p := &Pool{
		clock: cfg.Clock, tb: tb, listener: listener, accessKeys: maps.Clone(cfg.AccessKeys), patience: slowBody,
		http: newHTTP(), calls: ring[Call]{most: mostCalls},
	}
	if p.other = cfg.Other; p.other == nil {
		p.other = http.NotFoundHandler()
	}
	p.outbox = &Outbox{resolve: p.canonical, messages: ring[*sent]{most: mostMessages}}
	p.service = operation.New(p.clock.Now, p.outbox.receive(p.clock))
	if err := p.set(cfg); err != nil {
		return nil, fmt.Errorf("cognitotest: %w", errors.Join(err, listener.Close(), p.closeState()))
	}
	var handler http.Handler = p
	if !cfg.Exposed {
		handler = onlyThisMachine(p)
	}
	p.server = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: maxHeader}
	go p.server.Serve(listener) // returns when Close is called
	return p, nil
}

// set makes the pool and its first client as configured.
func (p *Pool) set(cfg Config) (err error) {
	settings := cfg.settings(p.URL(), p.runner(cfg))
	p.service.Functions = cfg.registry()
	p.service.Base = cfg.base(settings)
	if cfg.State != "" {
		if found, err := p.restore(cfg.State, settings); found || err != nil {
			return err
		}
	}
	if p.pool, err = p.service.Directory.AddPool(settings, p.clock.Now()); err != nil {
		return err
	}
	if p.client, err = p.addClient(cfg.Client); err != nil {
		return err
	}
	return p.keepFirst()
}

// listen opens the pool's address.
func (cfg Config) listen() (net.Listener, error) {
	listener, err := net.Listen("tcp", cmp.Or(cfg.Addr, "127.0.0.1:0"))
	if err != nil {
		return nil, err
	}
	if !cfg.Exposed && !listener.Addr().(*net.TCPAddr).IP.IsLoopback() {
		return nil, errors.Join(errExposed, listener.Close())
	}
	return listener, nil
}

func (p *Pool) addClient(cfg ClientConfig) (*directory.Client, error) {
	pool, now := p.own(), p.clock.Now()
	return p.service.Directory.AddClient(pool, cfg.settings(pool, now), now)
}

// own is the first pool as it is configured now, or was last if a client has
// deleted it.
func (p *Pool) own() *directory.Pool {
	if now, err := p.service.Directory.Pool(p.pool.ID); err == nil {
		return now
	}
	return p.pool
}

// Close stops listening, ends every request, and closes the state file.
func (p *Pool) Close() error {
	err := p.server.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return errors.Join(err, p.closeState())
}

// ID returns the user pool id, such as "us-east-1_Ab12Cd34E".
func (p *Pool) ID() string { return p.pool.ID }

// URL returns where the pool listens: "http://127.0.0.1:" and a port. It is
// the endpoint to give to an SDK of any language.
func (p *Pool) URL() string { return "http://" + p.listener.Addr().String() }

// Issuer returns the iss claim of the pool's tokens.
func (p *Pool) Issuer() string { return p.pool.Issuer() }

// Client returns the first app client.
func (p *Pool) Client() AppClient { return appClient(p.client) }

// AddClient makes one more app client. A configuration that AWS would refuse
// stops the test, or panics if there is none.
func (p *Pool) AddClient(cfg ClientConfig) AppClient {
	c, err := p.addClient(cfg)
	if err = cmp.Or(err, p.sync()); err != nil {
		p.misuse("AddClient: %v", err)
		return AppClient{}
	}
	return appClient(c)
}

func appClient(c *directory.Client) AppClient {
	app := AppClient{ID: c.ID}
	if c.Confidential() {
		app.Secret = c.Secrets[0].Value
	}
	return app
}

// AddUser makes a user, confirmed unless told otherwise, and returns the
// canonical username. What AWS would refuse stops the test, or panics if there
// is none.
func (p *Pool) AddUser(u User) string {
	user, err := p.makeUser(u)
	if err == nil {
		err = p.own().Add(user, false)
	}
	if err = cmp.Or(err, p.sync()); err != nil {
		p.misuse("AddUser: %v", err)
	}
	return user.Username
}

// canonical returns the username behind any name that signs a user of a pool in,
// or the name itself if there is none.
func (p *Pool) canonical(poolID, name string) string {
	pool, err := p.service.Directory.Pool(poolID)
	if err != nil {
		return name
	}
	if u, ok := pool.Find(name); ok {
		return u.Username
	}
	return name
}

// Clock returns the pool's clock.
func (p *Pool) Clock() *Clock { return p.clock }

// Outbox returns what the pool has sent.
func (p *Pool) Outbox() *Outbox { return p.outbox }

// mostCalls and mostMessages bound what a pool remembers of itself.
const mostCalls, mostMessages = 10_000, 10_000

// Calls returns the requests received so far, the last 10,000 of them, in the
// order in which the pool was done with them, so that a test can assert how many a
// sign-in took.
func (p *Pool) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls.all()
}

// Format prints the pool's id whatever the verb, so that a pool which ends up in
// a log does not take the client's secret and the users with it.
func (p *Pool) Format(f fmt.State, _ rune) { io.WriteString(f, "user pool "+p.ID()) }

// misuse reports what the author of a test did wrong.
func (p *Pool) misuse(format string, args ...any) {
	message := "cognitotest: " + fmt.Sprintf(format, args...)
	if p.tb == nil {
		panic(message)
	}
	p.tb.Helper()
	p.tb.Fatalf("%s", message)
}
