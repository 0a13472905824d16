// Package lambda runs functions as AWS Lambda does: an executable in a process of
// its own that asks the Lambda Runtime API for work, or a function behind Lambda's
// Invoke API. It knows nothing of Cognito.
package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// An Error is what a function failed with: what it threw, or what Lambda says of
// one that crashed or ran out of time.
type Error struct {
	Type    string // "errorString", "Runtime.ExitError", "Sandbox.Timedout"
	Message string
}

func (e *Error) Error() string { return e.Message }

// Config says how the processes of a function are run.
type Config struct {
	Path    string        // of the executable
	Name    string        // of the function
	Region  string        // of the function
	Handler string        // _HANDLER
	Env     []string      // besides what Lambda sets
	Output  io.Writer     // is not called by two processes at once
	Timeout time.Duration // of one invocation
	Init    time.Duration // until a process asks for work
}

// A Function is an executable. It runs one invocation in one process at a time, as
// Lambda does: one that comes while others run gets a process of its own.
type Function struct {
	Config

	mu     sync.Mutex
	idle   []*process
	all    map[*process]struct{}
	closed bool
	busy   sync.WaitGroup
}

// New makes a function. No process runs before the first invocation.
func New(c Config) *Function {
	c.Output = &oneByOne{w: c.Output}
	return &Function{Config: c, all: make(map[*process]struct{})}
}

// oneByOne keeps processes from writing at once.
type oneByOne struct {
	mu sync.Mutex
	w  io.Writer
}

func (o *oneByOne) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(b)
}

// ErrClosed is the error of a function that was closed.
var ErrClosed = errors.New("the Lambda function was closed")

// Invoke gives the function an event. An error of the function is an *Error. A
// caller who gives up does not stop the function, which goes on until its own time
// is over.
func (f *Function) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	done := make(chan outcome, 1)
	go func() {
		out, err := f.run(event)
		done <- outcome{out, err}
	}()
	select {
	case o := <-done:
		return o.out, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// run finds a process for an event. One that has ended after its last event, and
// before it took this one, is replaced.
func (f *Function) run(event []byte) ([]byte, error) {
	for {
		p, err := f.take()
		if err != nil {
			return nil, err
		}
		out, err := p.invoke(event, f.Timeout, f.Init)
		f.giveBack(p)
		if err != errGone {
			return out, err
		}
	}
}

// take finds a process without work, or starts one.
func (f *Function) take() (*process, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, ErrClosed
	}
	for len(f.idle) > 0 {
		p := f.idle[len(f.idle)-1]
		f.idle = f.idle[:len(f.idle)-1]
		if p.alive() {
			f.busy.Add(1)
			return p, nil
		}
		delete(f.all, p)
	}
	p, err := start(&f.Config)
	if err != nil {
		return nil, fmt.Errorf("starting the Lambda function: %w", err)
	}
	f.all[p] = struct{}{}
	f.busy.Add(1)
	return p, nil
}

// giveBack keeps a process for the next event, unless it has ended.
func (f *Function) giveBack(p *process) {
	defer f.busy.Done()
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.alive() && !f.closed {
		f.idle = append(f.idle, p)
	} else {
		delete(f.all, p)
	}
}

// Close kills the processes with their children, and waits for their end.
func (f *Function) Close() error {
	f.mu.Lock()
	f.closed = true
	all := f.all
	f.all, f.idle = nil, nil
	f.mu.Unlock()
	for p := range all {
		p.kill()
	}
	f.busy.Wait()
	for p := range all {
		<-p.ended
	}
	return nil
}
