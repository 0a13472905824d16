// Package redact holds secrets so that no printing shows them.
//
// A type whose methods hide a secret protects it only where fmt may call those
// methods: inside somebody's unexported field fmt reads the memory by
// reflection instead. What stops it there is indirection. fmt follows no
// pointer below the top of a value, and when a verb does not fit it follows one
// pointer to a struct, map, slice or array, but never a pointer to a pointer.
// So a [Box] keeps its value behind two pointers, and is the only place in this
// module where a secret is kept.
package redact

import (
	"fmt"
	"io"
	"log/slog"
)

// Text is what a [Box] prints as, whatever the verb or handler.
const Text = "[redacted]"

// A Box holds a value that must not appear in any output: fmt with every verb,
// slog, and encoding/json all show [Text] or an address. The zero Box holds the
// zero value of T. Copies share the value, which must therefore not be changed
// after [New].
type Box[T any] struct {
	p **T
}

// New puts v in a box.
func New[T any](v T) Box[T] {
	p := &v
	return Box[T]{&p}
}

// Reveal takes the value out.
func (b Box[T]) Reveal() T {
	if b.p == nil {
		var zero T
		return zero
	}
	return **b.p
}

// IsZero reports whether nothing was ever put in the box.
func (b Box[T]) IsZero() bool { return b.p == nil }

// Format prints [Text] for every verb.
func (b Box[T]) Format(f fmt.State, _ rune) { io.WriteString(f, Text) }

// LogValue logs [Text].
func (b Box[T]) LogValue() slog.Value { return slog.StringValue(Text) }

// MarshalText makes every text encoding, JSON among them, show [Text].
func (b Box[T]) MarshalText() ([]byte, error) { return []byte(Text), nil }
