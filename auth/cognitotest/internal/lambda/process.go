package lambda

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// A process is one running executable with a Runtime API of its own: the API's
// requests do not say which process they come from.
type process struct {
	config *Config
	cmd    *exec.Cmd
	server *http.Server
	next   chan *invocation // what /invocation/next gives out
	ended  chan struct{}    // closed when the process is gone
	exit   error            // of the process, once ended

	initError chan *Error // of /init/error
	polled    chan struct{}
	firstPoll sync.Once
	used      atomic.Bool // it has taken an event

	mu      sync.Mutex
	current *invocation
}

// An invocation is one event on its way through a process.
type invocation struct {
	id       string
	event    []byte
	deadline time.Time
	done     chan outcome // holds one
}

type outcome struct {
	out []byte
	err error
}

// errGone says that a process has ended before it took an event.
var errGone = errors.New("the process has ended")

// start starts the executable. Its environment is Lambda's and not this program's,
// whose secrets are none of its business.
func start(c *Config) (*process, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &process{
		config: c, next: make(chan *invocation), ended: make(chan struct{}),
		initError: make(chan *Error, 1), polled: make(chan struct{}),
	}
	p.server = &http.Server{Handler: p.api(), ReadHeaderTimeout: 10 * time.Second}
	p.cmd = exec.Command(c.Path)
	p.cmd.Dir = filepath.Dir(c.Path)
	p.cmd.Stdout, p.cmd.Stderr = c.Output, c.Output
	p.cmd.Env = append(c.environment(listener.Addr().String()), c.Env...)
	// A child that outlives the process may hold its output open.
	p.cmd.WaitDelay = time.Second
	ownGroup(p.cmd)
	if err := p.cmd.Start(); err != nil {
		listener.Close()
		return nil, err
	}
	go p.server.Serve(listener) // returns when the process has ended
	go func() {
		p.exit = p.cmd.Wait()
		killGroup(p.cmd) // what it left behind
		close(p.ended)
		p.server.Close()
	}()
	return p, nil
}

// environment is what Lambda sets (AWS Lambda developer guide, "Defined runtime
// environment variables").
func (c *Config) environment(api string) []string {
	dir := filepath.Dir(c.Path)
	return []string{
		"AWS_LAMBDA_RUNTIME_API=" + api,
		"_HANDLER=" + c.Handler,
		"LAMBDA_TASK_ROOT=" + dir,
		"AWS_LAMBDA_FUNCTION_NAME=" + c.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128",
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + c.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME=cognitotest",
		"AWS_REGION=" + c.Region, "AWS_DEFAULT_REGION=" + c.Region,
		"LANG=en_US.UTF-8", "TZ=:UTC",
		"PATH=/usr/local/bin:/usr/bin:/bin",
	}
}

func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// kill ends a process with its children. One that has ended is left alone: its
// number may be another's by now.
func (p *process) kill() {
	if p.alive() {
		killGroup(p.cmd)
	}
}

// invoke runs one event. A process that is late is killed, as on Lambda, where the
// next event finds a new one.
func (p *process) invoke(event []byte, limit, init time.Duration) ([]byte, error) {
	i := &invocation{id: newID(), event: event, done: make(chan outcome, 1)}
	if err := p.await(i, init); err != nil {
		return nil, err
	}
	i.deadline = time.Now().Add(limit)
	late := time.NewTimer(limit)
	defer late.Stop()
	p.mu.Lock()
	p.current = i
	p.mu.Unlock()
	defer p.finish(nil, outcome{}) // no answer counts any more
	// A process that has answered asks for more as soon as it can.
	select {
	case p.next <- i:
	case <-p.ended:
		if !p.used.Load() {
			return nil, p.crash(i) // another one would do no better
		}
		return nil, errGone
	case <-late.C:
		return nil, p.timeout(i, limit)
	}
	p.used.Store(true)
	select {
	case o := <-i.done:
		return o.out, o.err
	case <-p.ended:
		select { // it may have answered with its last breath
		case o := <-i.done:
			return o.out, o.err
		default:
			return nil, p.crash(i)
		}
	case <-late.C:
		return nil, p.timeout(i, limit)
	}
}

// await waits until a new process asks for work.
func (p *process) await(i *invocation, init time.Duration) error {
	timer := time.NewTimer(init)
	defer timer.Stop()
	select {
	case <-p.polled: // a crash from here on is not one of its beginning
		return nil
	default:
	}
	select {
	case <-p.polled:
		return nil
	case err := <-p.initError:
		p.kill()
		<-p.ended
		return err
	case <-p.ended:
		select {
		case err := <-p.initError:
			return err
		default:
			return p.crash(i)
		}
	case <-timer.C:
		return p.timeout(i, init)
	}
}

// crash is what Lambda says of a process that has ended without an answer.
func (p *process) crash(i *invocation) error {
	reason := "Runtime exited without providing a reason"
	var status *exec.ExitError
	if errors.As(p.exit, &status) {
		reason = "Runtime exited with error: " + status.Error()
	}
	return &Error{"Runtime.ExitError", "RequestId: " + i.id + " Error: " + reason}
}

func (p *process) timeout(i *invocation, limit time.Duration) error {
	p.kill()
	<-p.ended
	return &Error{"Sandbox.Timedout", fmt.Sprintf("%s %s Task timed out after %.2f seconds",
		time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), i.id, limit.Seconds())}
}

// finish takes the outcome of the invocation that runs, if i is that or nil, and
// tells whether it did.
func (p *process) finish(i *string, o outcome) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == nil || i != nil && *i != p.current.id {
		return false
	}
	if i != nil {
		p.current.done <- o
	}
	p.current = nil
	return true
}

// failure reads what a runtime reports of an error.
func failure(body []byte) *Error {
	var report struct {
		Message *string `json:"errorMessage"`
		Type    string  `json:"errorType"`
	}
	if json.Unmarshal(body, &report) != nil || report.Message == nil {
		return &Error{report.Type, "null"}
	}
	return &Error{report.Type, *report.Message}
}

func newID() string {
	b := make([]byte, 16)
	rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// ARN is that of a function in the account that AWS's documentation uses.
func ARN(region, name string) string {
	return "arn:aws:lambda:" + region + ":123456789012:function:" + name
}
