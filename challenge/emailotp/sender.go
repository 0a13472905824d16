package emailotp

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// A Sender sends mails. Package emailotp/ses has one over Amazon SES.
type Sender interface {
	// Send sends a message, and returns when it is accepted, well inside the
	// context's deadline: Cognito waits for five seconds in all, and then
	// begins again. Its error is written to the log, so it must hold neither
	// the address nor the code.
	Send(context.Context, Message) error
}

// A Message is a mail with a code. It prints neither code nor address.
type Message struct {
	box redact.Box[message]
}

type message struct {
	to, code   string
	lifetime   time.Duration
	attributes map[string]string
}

// NewMessage makes a Message, for tests of Senders. Attributes are the user's.
func NewMessage(to, code string, lifetime time.Duration, attributes map[string]string) Message {
	return Message{redact.New(message{to, code, lifetime, attributes})}
}

// Format prints [redact.Text], for every verb.
func (m Message) Format(f fmt.State, _ rune) { io.WriteString(f, redact.Text) }

// LogValue logs the same.
func (m Message) LogValue() slog.Value { return slog.StringValue(redact.Text) }

// To returns the address, verified by the pool.
func (m Message) To() string { return m.box.Reveal().to }

// Code returns the code, of digits.
func (m Message) Code() string { return m.box.Reveal().code }

// Lifetime returns how long the code is good for.
func (m Message) Lifetime() time.Duration { return m.box.Reveal().lifetime }

// Attribute returns an attribute of the user, such as "locale" or "given_name";
// empty if there is none. Users set most of them themselves: escape them.
func (m Message) Attribute(name string) string { return m.box.Reveal().attributes[name] }
