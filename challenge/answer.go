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

// WithClientMetadata returns the answer with metadata for the pool's Lambda
// triggers, for those who answer by what they are told there: "send the code
// again", "I choose Duo". It goes with the calls of this answer, beside
// CallOptions.ClientMetadata of package auth, and comes before it where both
// have a key. It is in no token of a [Sealer]: that holds the challenge.
func (a Answer) WithClientMetadata(metadata map[string]string) Answer {
	if a.reply.IsZero() {
		return a
	}
	r := a.reply.Reveal()
	r.ClientMetadata = merged(r.ClientMetadata, metadata)
	return newAnswer(r)
}

// merged makes a map of two, in which the second one's values count.
func merged(under, over map[string]string) map[string]string {
	all := make(map[string]string, len(under)+len(over))
	maps.Copy(all, under)
	maps.Copy(all, over)
	return all
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
		r.Responses = merged(r.Responses, nil)
		return r
	}
}
