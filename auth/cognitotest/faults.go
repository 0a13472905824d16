package cognitotest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/operation"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// An Effect is what a [Fault] does to the request that it strikes.
type Effect string

// The effects. Those that say "after" leave the change made and the reply lost,
// which a client cannot tell from a request that never arrived.
const (
	Delayed            Effect = "Delayed"            // nothing but what the fault's Hold does
	Throttled          Effect = "Throttled"          // TooManyRequestsException instead of being handled
	LimitExceeded      Effect = "LimitExceeded"      // LimitExceededException instead of being handled
	InternalError      Effect = "InternalError"      // InternalErrorException, status 500, instead of being handled
	InternalErrorAfter Effect = "InternalErrorAfter" // the same, after it was handled
	CutBefore          Effect = "CutBefore"          // the connection is closed, and the request is not handled
	CutAfter           Effect = "CutAfter"           // the request is handled, and the connection closed without a reply
	Unreadable         Effect = "Unreadable"         // the request is handled, and a success is half a JSON document
	// SessionExpired lets the request's Session, or the secret block of
	// PASSWORD_VERIFIER, expire before the request is handled, and for good. A
	// request without either is handled as ever.
	SessionExpired Effect = "SessionExpired"
	// Replied answers the request with the fault's Reply instead of handling it.
	Replied Effect = "Replied"
	// TriggerFails makes a trigger return an error in place of being called.
	TriggerFails Effect = "TriggerFails"
)

// errCut ends a request without a reply.
var errCut = errors.New("the connection is cut")

// effects say for each effect what comes in place of handling the request, or
// else in place of its reply; nothing for those that are neither.
var effects = map[Effect]struct{ before, after error }{
	Delayed:            {},
	Throttled:          {before: wire.Throttled},
	LimitExceeded:      {before: wire.LimitExceeded},
	InternalError:      {before: wire.Internal(errPlanted)},
	InternalErrorAfter: {after: wire.Internal(errPlanted)},
	CutBefore:          {before: errCut},
	CutAfter:           {after: errCut},
	Unreadable:         {},
	SessionExpired:     {},
	Replied:            {},
	TriggerFails:       {},
}

var errPlanted = errors.New("planted by the test")

// A Fault is something that goes wrong with requests of a certain kind, or with
// a trigger. [Pool.Plant] lets it lie in wait.
type Fault struct {
	// Operation is the one to strike, such as "RespondToAuthChallenge"; empty
	// for all of them. Step narrows it down to an AuthFlow or a challenge, as
	// in [Call].
	Operation, Step string
	// Trigger is the one to strike instead of a request, such as
	// "CreateAuthChallenge". Its effect is Delayed or TriggerFails.
	Trigger string

	// Skip is how many such requests pass unharmed first, and Times how many
	// are struck then: 0 is one, and -1 is all of them.
	Skip, Times int
	// Probability makes chance decide whether a request that would be struck
	// is; 0 is the same as 1. The same Seed decides the same in the same order of
	// requests.
	Probability float64
	Seed        uint64

	// Effect is what happens. It is required.
	Effect Effect
	// Reply is the body of the effect Replied, in the JSON of the API. It can hold a
	// challenge that the pool would not give, or that no Cognito knows yet; an
	// answer to it is as wrong as one to a session that somebody made up.
	Reply json.RawMessage
	// Hold, if not nil, is called when the fault strikes: after the request was
	// handled for the effects that say so, and before it for all others. The
	// request waits until it returns. ctx ends when the client hangs up, and, for
	// a trigger, when the time of a try is over.
	Hold func(ctx context.Context)
}

// A Planted fault lies in wait.
type Planted struct {
	fault  Fault
	faults *faults

	// Guarded by faults.mu.
	chance *rand.Rand
	seen   int // requests of its kind, the struck ones included
	struck int
}

// Struck returns how often the fault has struck.
func (p *Planted) Struck() int {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	return p.struck
}

// Wait waits until every request that the fault has struck is over and listed by
// [Pool.Calls]. A request whose client hung up may be handled after that: whoever
// goes on at once is overtaken by it, and by the code that it sends. The error is
// that of ctx.
func (p *Planted) Wait(ctx context.Context) error {
	for {
		p.faults.mu.Lock()
		over := true
		for _, q := range p.faults.underWay {
			over = over && q != p
		}
		ended := p.faults.ended
		p.faults.mu.Unlock()
		if over {
			return nil
		}
		select {
		case <-ended:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Remove ends the fault. What it has begun goes on; see [Planted.Wait].
func (p *Planted) Remove() {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.faults.planted = slices.DeleteFunc(p.faults.planted, func(q *Planted) bool { return q == p })
}

// Plant lets a fault lie in wait. Of several that could strike a request, the
// one planted first does, and the others do not see that request: two faults of
// one kind, each for one request, strike one after the other. A fault that could
// never strike stops the test, or panics if there is none.
func (p *Pool) Plant(f Fault) *Planted {
	planted := &Planted{fault: f, faults: &p.faults, chance: rand.New(rand.NewPCG(f.Seed, 0))}
	if err := f.check(); err != nil {
		p.misuse("Plant: %v", err)
		return planted
	}
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.faults.planted = append(p.faults.planted, planted)
	return planted
}

// check refuses a fault that says nothing or contradicts itself.
func (f Fault) check() error {
	_, known := effects[f.Effect]
	_, exists := operation.Operations[f.Operation]
	ofTrigger := f.Effect == TriggerFails || f.Effect == Delayed && f.Trigger != ""
	switch {
	case !known:
		return fmt.Errorf("no effect %q", f.Effect)
	case f.Operation != "" && !exists:
		return fmt.Errorf("no operation %q", f.Operation)
	case f.Trigger != "" && !slices.Contains(trigger.Names(), trigger.Name(f.Trigger)):
		return fmt.Errorf("no trigger %q", f.Trigger)
	case ofTrigger != (f.Trigger != ""):
		return fmt.Errorf("%s: a trigger can be Delayed or TriggerFails, a request anything but that", f.Effect)
	case f.Trigger != "" && f.Operation+f.Step != "":
		return errors.New("a fault of a trigger has no Operation and no Step")
	case (f.Effect == Replied) != json.Valid(f.Reply):
		return errors.New("the effect Replied needs a Reply in JSON, and no other has one")
	case f.Effect == Delayed && f.Hold == nil:
		return errors.New("the effect Delayed needs Hold")
	case f.Skip < 0 || f.Times < -1 || f.Probability < 0 || f.Probability > 1:
		return errors.New("one of Skip, Times and Probability is out of range")
	}
	return nil
}

// faults are those that lie in wait, in the order in which they were planted.
type faults struct {
	mu       sync.Mutex
	planted  []*Planted
	underWay map[string]*Planted // by the id of the request, or of a trigger's try
	ended    chan struct{}       // closed when one of them is over
}

// strike returns the fault that a request or a trigger runs into. The caller says
// when it is over.
func (fs *faults) strike(id, operation, step, trigger string) (Fault, bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, p := range fs.planted {
		if p.concerns(operation, step, trigger) && p.strikes() {
			if fs.underWay == nil {
				fs.underWay, fs.ended = make(map[string]*Planted), make(chan struct{})
			}
			fs.underWay[id] = p
			return p.fault, true
		}
	}
	return Fault{}, false
}

// over says that nothing more will come of a request, whether it was struck or not.
func (fs *faults) over(id string) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if _, struck := fs.underWay[id]; struck {
		delete(fs.underWay, id)
		close(fs.ended)
		fs.ended = make(chan struct{})
	}
}

func (p *Planted) concerns(operation, step, trigger string) bool {
	f := p.fault
	return f.Trigger == trigger && (f.Operation == "" || f.Operation == operation) && (f.Step == "" || f.Step == step)
}

// strikes counts a request and decides about it.
func (p *Planted) strikes() bool {
	p.seen++
	f := p.fault
	switch {
	case p.seen <= f.Skip, f.Times >= 0 && p.struck >= max(f.Times, 1):
		return false
	case f.Probability > 0 && p.chance.Float64() >= f.Probability:
		return false
	}
	p.struck++
	return true
}

// hold calls Hold if there is one.
func (f Fault) hold(ctx context.Context) {
	if f.Hold != nil {
		f.Hold(ctx)
	}
}

// suffer answers a request that a fault has struck; handle is what would have
// answered it.
func (p *Pool) suffer(ctx context.Context, f Fault, body []byte, handle func() ([]byte, error)) ([]byte, error) {
	effect := effects[f.Effect]
	if effect.after == nil && f.Effect != Unreadable {
		f.hold(ctx)
	}
	if effect.before != nil {
		return nil, effect.before
	}
	if f.Effect == Replied {
		return f.Reply, nil
	}
	if f.Effect == SessionExpired {
		r := glance(body)
		p.service.ExpireSession(r.Session, r.ChallengeResponses["PASSWORD_CLAIM_SECRET_BLOCK"])
	}
	reply, err := handle()
	switch {
	case effect.after != nil:
		f.hold(ctx)
		return nil, effect.after
	case f.Effect == Unreadable:
		f.hold(ctx)
		return reply[:len(reply)/2], err
	}
	return reply, err
}

// around puts the faults before a trigger.
func (fs *faults) around(name trigger.Name, function trigger.Function) trigger.Function {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		id := directory.NewID()
		defer fs.over(id)
		if f, ok := fs.strike(id, "", "", string(name)); ok {
			f.hold(ctx)
			if f.Effect == TriggerFails {
				return nil, errPlanted
			}
		}
		return function(ctx, event)
	}
}
