package cognitotest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
)

// A Purpose says why the pool sent a message.
type Purpose string

// The reasons for a message.
const (
	PurposeSignUp         Purpose = factor.SignUp         // the code ConfirmSignUp wants
	PurposeInvitation     Purpose = factor.Invitation     // the temporary password of AdminCreateUser
	PurposeWelcome        Purpose = factor.Welcome        // for a user whom UserMigration brought, without a code
	PurposeAuthentication Purpose = factor.Authentication // a code during sign-in, first factor or second
	PurposePasswordReset  Purpose = factor.PasswordReset  // the code ConfirmForgotPassword wants
	PurposeVerification   Purpose = factor.Verification   // the code VerifyUserAttribute wants
)

// A Message is one SMS or e-mail that the pool would have sent. It holds the
// code in plain text, because reading it is what an outbox is for.
type Message struct {
	Time        time.Time                // the pool's, when it was sent
	PoolID      string                   // of the user pool that the user is in
	Username    string                   // the canonical username
	Medium      types.DeliveryMediumType // SMS or EMAIL
	Destination string                   // the whole phone number or address, not the masked one clients see
	Code        string                   // the code, or the temporary password of an invitation
	Purpose     Purpose                  // why it was sent
	// Subject, of an e-mail alone, and Text are what the user reads: those of the
	// CustomMessage trigger, or else the pool's, whose words are not AWS's.
	Subject, Text string
}

// The Outbox keeps what a [Pool] would have sent by SMS and e-mail, the last 10,000
// messages, oldest first. It is safe for concurrent use.
type Outbox struct {
	mu       sync.Mutex
	messages ring[*sent]
	more     chan struct{}                    // closed by the next message
	resolve  func(poolID, name string) string // any name a user signs in with, to the canonical username
}

// A sent message does not change but for waited, which the outbox's lock guards.
type sent struct {
	Message
	waited bool // Wait has returned it
}

// Last returns the newest message to a user, who may be named by anything that
// signs in: username, e-mail address or phone number. Users of one name in several
// pools of the server are told apart by PoolID alone, which [Outbox.All] shows.
func (o *Outbox) Last(username string) (Message, bool) {
	all := o.All(username)
	if len(all) == 0 {
		return Message{}, false
	}
	return all[len(all)-1], true
}

// All returns every message to a user, oldest first.
func (o *Outbox) All(username string) []Message {
	to, _ := o.to(username)
	var all []Message
	for _, m := range to {
		all = append(all, m.Message)
	}
	return all
}

// Wait returns the messages to a user one by one, oldest first, each of them once,
// and waits for one that is still to come: for code under test that signs up or in
// by itself, while the test has to tell it the codes. The error is that of ctx.
func (o *Outbox) Wait(ctx context.Context, username string) (Message, error) {
	for {
		to, more := o.to(username) // each time: the user may be still to come
		if m, ok := o.take(to); ok {
			return m, nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return Message{}, fmt.Errorf("cognitotest: waiting for a message to %s: %w", username, context.Cause(ctx))
		}
	}
}

// take marks the first message that Wait has not returned.
func (o *Outbox) take(of []*sent) (Message, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range of {
		if !m.waited {
			m.waited = true
			return m.Message, true
		}
	}
	return Message{}, false
}

// to returns the messages to a user, oldest first; more is closed when there are
// others.
func (o *Outbox) to(username string) (messages []*sent, more <-chan struct{}) {
	o.mu.Lock()
	messages = o.messages.all()
	if o.more == nil {
		o.more = make(chan struct{})
	}
	more = o.more
	o.mu.Unlock()                        // resolve takes the directory's lock
	canonical := make(map[string]string) // by pool
	return slices.DeleteFunc(messages, func(m *sent) bool {
		if _, known := canonical[m.PoolID]; !known {
			canonical[m.PoolID] = o.resolve(m.PoolID, username)
		}
		return m.Username != canonical[m.PoolID]
	}), more
}

// receive returns what the pool hands its messages to.
func (o *Outbox) receive(clock *Clock) func(...factor.Message) {
	return func(messages ...factor.Message) {
		o.mu.Lock()
		defer o.mu.Unlock()
		for _, m := range messages {
			o.messages.add(&sent{Message: Message{
				Time: clock.Now(), PoolID: m.Pool, Username: m.Username, Medium: m.Medium, Destination: m.Destination,
				Code: m.Code, Purpose: Purpose(m.Purpose), Subject: m.Subject, Text: m.Text,
			}})
		}
		if o.more != nil {
			close(o.more)
			o.more = nil
		}
	}
}
