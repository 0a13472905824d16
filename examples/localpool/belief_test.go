//go:build unix

package main

import (
	"errors"
	"slices"

	"github.com/aws/smithy-go"
)

// A belief is what a client knows of one thing that it changes: what the last
// acknowledged change made of it, or perhaps one of those sent since, whose replies
// were lost.
type belief[T comparable] struct {
	known   T
	perhaps []T
}

func (b *belief[T]) sure() bool { return len(b.perhaps) == 0 }

func (b *belief[T]) allows(v T) bool { return v == b.known || slices.Contains(b.perhaps, v) }

// seen ends all doubts: requests of the same client are under way one at a time.
func (b *belief[T]) seen(v T) { b.known, b.perhaps = v, nil }

// A claim is one thing that a request is to change, as one of many types.
type claim interface {
	sent()
	acknowledged()
	refused()
}

// A setting is the claim that something becomes a value.
type setting[T comparable] struct {
	of *belief[T]
	to T
}

func set[T comparable](of *belief[T], to T) claim { return setting[T]{of, to} }

func (s setting[T]) sent()         { s.of.perhaps = append(s.of.perhaps, s.to) }
func (s setting[T]) acknowledged() { s.of.seen(s.to) }
func (s setting[T]) refused()      { s.of.perhaps = s.of.perhaps[:len(s.of.perhaps)-1] }

// An outcome is what a client knows of a request.
type outcome int

const (
	lost    outcome = iota // done or not
	refused                // by the pool: not done
	done
)

// outcome judges what a request came to. A refusal must be one of those expected.
func (w *worker) outcome(err error, expected ...string) outcome {
	var refusal smithy.APIError
	switch {
	case err == nil:
		return done
	case errors.As(err, &refusal) && refusal.ErrorCode() != "InternalErrorException":
		if !slices.Contains(expected, refusal.ErrorCode()) {
			w.t.Errorf("refused: %v", err)
		}
		return refused
	case refusal != nil && !w.life.full, w.life.direct:
		w.t.Errorf("failed: %v", err)
	}
	return lost
}

// change makes a request, of which claims say what it changes.
func (w *worker) change(request func() error, claims ...claim) outcome {
	for _, c := range claims {
		c.sent()
	}
	result := w.outcome(request(), "LimitExceededException")
	for _, c := range claims {
		switch result {
		case done:
			c.acknowledged()
		case refused:
			c.refused()
		}
	}
	if result == done {
		w.done++
	}
	return result
}
