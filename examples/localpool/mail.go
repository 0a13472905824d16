package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// A message is what the pool, or the function "emailotp", would have sent.
type message struct {
	Time        time.Time `json:"time"`
	Pool        string    `json:"pool,omitempty"`
	Username    string    `json:"username,omitempty"`
	Medium      string    `json:"medium"`
	Destination string    `json:"destination"`
	Code        string    `json:"code"`
	Purpose     string    `json:"purpose"`
	Subject     string    `json:"subject,omitempty"`
	Text        string    `json:"text,omitempty"`
}

// mail is the mailbox of the function "emailotp": on AWS it would send by SES,
// past the user pool.
type mail struct {
	mu   sync.Mutex
	sent []message
}

func newMail() *mail { return &mail{} }

// mostMail bounds the mailbox of a program that runs for weeks.
const mostMail = 1000

// Send implements [emailotp.Sender].
func (m *mail) Send(_ context.Context, mail emailotp.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.sent) == mostMail {
		m.sent = m.sent[1:]
	}
	m.sent = append(m.sent, message{
		Time: time.Now().UTC(), Username: mail.Attribute("sub"), Medium: "EMAIL", Destination: mail.To(), Code: mail.Code(), Purpose: "CustomChallenge",
	})
	return nil
}

// to returns what was sent to an address, oldest first.
func (m *mail) to(address string) []message {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []message
	for _, sent := range m.sent {
		if sent.Destination == address {
			found = append(found, sent)
		}
	}
	return found
}

// functions are what the ARNs of a LambdaConfig can mean here.
func (m *mail) functions() (map[string]cognitotest.Trigger, error) {
	key := make([]byte, trigger.MinKey)
	rand.Read(key) // never fails: crypto/rand
	store := trigger.NewMemory(nil)
	method, err := emailotp.New(key, m, store)
	if err != nil {
		return nil, err
	}
	handler, err := trigger.New(key, store, []trigger.Method{method}, func(o *trigger.Options) { o.Logger = slog.New(slog.DiscardHandler) })
	if err != nil {
		return nil, err
	}
	return map[string]cognitotest.Trigger{"emailotp": handler.Invoke}, nil
}
