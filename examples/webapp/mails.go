package main

import (
	"context"
	"slices"
	"sync"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
)

// A message is what the pool inside this program, or a trigger of it, would have
// sent.
type message struct {
	Time              time.Time
	Destination, Code string
}

// mails is the Sender of the codes of custom challenges: on AWS a trigger sends
// them by SES, past the user pool and its messages.
type mails struct {
	mu   sync.Mutex
	sent []message
}

// mostMails bounds what is kept.
const mostMails = 1000

// Send implements [emailotp.Sender].
func (m *mails) Send(_ context.Context, mail emailotp.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.sent) == mostMails {
		m.sent = m.sent[1:]
	}
	m.sent = append(m.sent, message{time.Now(), mail.To(), mail.Code()})
	return nil
}

// to returns what was sent to an address, oldest first.
func (m *mails) to(address string) []message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.sent), func(sent message) bool { return sent.Destination != address })
}

// withPool returns everything that was sent to a user of the pool, newest first.
func (m *mails) withPool(p *cognitotest.Pool, username string) []message {
	var all []message
	for _, sent := range p.Outbox().All(username) {
		all = append(all, message{sent.Time, sent.Destination, sent.Code})
	}
	poolID := p.ID()
	user, err := p.SDK().AdminGetUser(context.Background(), &cip.AdminGetUserInput{UserPoolId: &poolID, Username: &username})
	if err == nil { // else there is no such user, who has no mail
		for _, a := range user.UserAttributes {
			if *a.Name == "email" {
				all = append(all, m.to(*a.Value)...)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b message) int { return b.Time.Compare(a.Time) })
	return all
}
