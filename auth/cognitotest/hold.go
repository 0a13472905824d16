package cognitotest

import (
	"context"
	"sync"
)

// Count returns how many requests of an operation the pool has been done with,
// whatever became of them, and of all operations if the name is empty. A name that
// the pool does not know stops the test, or panics if there is none.
func (p *Pool) Count(operation string) int {
	if err := (Fault{Operation: operation, Effect: Throttled}).check(); err != nil {
		p.misuse("Count: %v", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if operation != "" {
		return p.counts[operation]
	}
	total := 0
	for _, n := range p.counts {
		total += n
	}
	return total
}

// A Held request waits in the pool, so that a test can look at, or do, what must
// happen between its arrival and its answer.
type Held struct {
	planted  *Planted
	arrived  chan struct{}
	released chan struct{}
	once     sync.Once
}

// Hold lets the next request of a kind, as in [Fault], arrive and wait. It is
// handled when the test lets it go, and given up when the client hangs up or the
// pool is closed. Several holds of one kind hold one request each.
func (p *Pool) Hold(operation, step string) *Held {
	h := &Held{arrived: make(chan struct{}), released: make(chan struct{})}
	h.planted = p.Plant(Fault{
		Operation: operation, Step: step, Effect: Delayed,
		Hold: func(ctx context.Context) {
			close(h.arrived)
			select {
			case <-h.released:
			case <-ctx.Done():
			}
		},
	})
	return h
}

// Arrived waits until the request is there. The error is that of ctx.
func (h *Held) Arrived(ctx context.Context) error {
	select {
	case <-h.arrived:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Release lets the request go, or, if it has not arrived, lets none be held. It may
// be called more than once.
func (h *Held) Release() {
	h.once.Do(func() {
		h.planted.Remove()
		close(h.released)
	})
}
