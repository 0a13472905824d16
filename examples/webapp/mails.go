package main

import (
	"context"
	"slices"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/examples/internal/farends"
)

// A message is what the pool inside this program, or a trigger of it, would have
// sent.
type message struct {
	Time              time.Time
	Destination, Code string
}

// messages returns all that was sent to a user, newest first.
func messages(p *cognitotest.Pool, mails *farends.Mailbox, username string) []message {
	var all []message
	for _, sent := range p.Outbox().All(username) {
		all = append(all, message{sent.Time, sent.Destination, sent.Code})
	}
	poolID := p.ID()
	user, err := p.SDK().AdminGetUser(context.Background(), &cip.AdminGetUserInput{UserPoolId: &poolID, Username: &username})
	if err == nil { // else there is no such user, who has no mail
		for _, a := range user.UserAttributes {
			if *a.Name != "email" {
				continue
			}
			for _, sent := range mails.To(*a.Value) {
				all = append(all, message{sent.Time, sent.To, sent.Code})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b message) int { return b.Time.Compare(a.Time) })
	return all
}
