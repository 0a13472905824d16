package main

import (
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/examples/internal/farends"
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

// mailed is a mail of the function "emailotp".
func mailed(m farends.Mail) message {
	return message{
		Time: m.Time.UTC(), Username: m.Sub, Medium: "EMAIL", Destination: m.To, Code: m.Code, Purpose: "CustomChallenge",
	}
}

// functions are what the ARNs of a LambdaConfig can mean here.
func functions(mails *farends.Mailbox) (map[string]cognitotest.Trigger, error) {
	key := make([]byte, trigger.MinKey)
	rand.Read(key) // never fails: crypto/rand
	store := trigger.NewMemory(nil)
	method, err := emailotp.New(key, mails, store)
	if err != nil {
		return nil, err
	}
	handler, err := trigger.New(key, store, []trigger.Method{method}, func(o *trigger.Options) { o.Logger = slog.New(slog.DiscardHandler) })
	if err != nil {
		return nil, err
	}
	return map[string]cognitotest.Trigger{"emailotp": handler.Invoke}, nil
}
