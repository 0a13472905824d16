package challenge

import (
	"fmt"
	"io"
	"log/slog"
	"maps"

	"github.com/cognitomfa/cognitomfa/internal/redact"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// An Answer answers one challenge. Only the Answer methods of the challenges
// and of their options make one, and only package auth can read it. It prints
// as nothing but the name of its challenge. The zero Answer is refused by
// Respond with ErrConfig.
type Answer struct {
	reply redact.Box[wire.Reply]
}

// Format prints the name of the answered challenge, for every verb.
func (a Answer) Format(f fmt.State, _ rune) { io.WriteString(f, a.text()) }

// LogValue logs the name of the answered challenge.
func (a Answer) LogValue() slog.Value { return slog.StringValue(a.text()) }

// MarshalText makes encodings show the name of the answered challenge.
func (a Answer) MarshalText() ([]byte, error) { return []byte(a.text()), nil }

func (a Answer) text() string {
	name := ""
	if c, ok := a.reply.Reveal().Challenge.(Challenge); ok {
		name = c.Name()
	}
	return "answer(" + name + ")"
}

func newAnswer(r wire.Reply) Answer { return Answer{redact.New(r)} }

func misuse(reason string) wire.Reply {
	return wire.Reply{Refused: &wire.Refusal{Kind: wire.Misuse, Reason: reason}}
}

// refuse marks an answer as not worth sending.
func refuse(r wire.Reply, kind wire.RefusalKind, reason string) Answer {
	if r.Refused == nil {
		r.Refused = &wire.Refusal{Kind: kind, Reason: reason}
	}
	return newAnswer(r)
}

func init() {
	wire.NewChallenge = func(s wire.Step) (any, error) { return parse(s) }
	wire.ReadAnswer = func(a any) wire.Reply {
		answer, ok := a.(Answer)
		if !ok || answer.reply.IsZero() {
			return misuse("the answer is a zero value: the Answer methods of the challenges make answers")
		}
		// Copies of an answer share it, and package auth adds to the responses.
		r := answer.reply.Reveal()
		responses := make(map[string]string, len(r.Responses))
		maps.Copy(responses, r.Responses)
		r.Responses = responses
		return r
	}
}
