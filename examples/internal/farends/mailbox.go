package farends

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
)

// A Mail is a code that would have been sent.
type Mail struct {
	Time     time.Time
	To, Code string
	Sub      string // the user's
}

// A Mailbox takes the codes of custom challenges: on AWS a trigger sends them by
// SES, past the user pool and its messages. The zero Mailbox is empty.
type Mailbox struct {
	mu   sync.Mutex
	sent []Mail
}

var _ emailotp.Sender = (*Mailbox)(nil)

// most bounds the mailbox of a program that runs for weeks.
const most = 1000

// Send implements [emailotp.Sender].
func (m *Mailbox) Send(_ context.Context, mail emailotp.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.sent) == most {
		m.sent = m.sent[1:]
	}
	m.sent = append(m.sent, Mail{time.Now(), mail.To(), mail.Code(), mail.Attribute("sub")})
	return nil
}

// To returns what was sent to an address, oldest first.
func (m *Mailbox) To(address string) []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.sent), func(sent Mail) bool { return sent.To != address })
}
