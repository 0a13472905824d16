package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// A pool is where the user signs in.
type pool struct {
	api                  *cip.Client
	id, clientID, issuer string
	embedded             bool

	// messages returns what the embedded pool has sent since the last call,
	// since nobody else can read it.
	messages func() []string
	close    func() error
}

// The one user of the embedded pool.
const (
	embeddedUser     = "ann"
	embeddedPassword = "Correct-Horse-7"
)

// pool returns the pool that the flags name.
func (o options) pool(ctx context.Context, term *terminal) (pool, error) {
	if o.poolID == "" {
		return embeddedPool(term)
	}
	region := o.region
	if region == "" {
		region, _, _ = strings.Cut(o.poolID, "_")
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(region), config.WithSharedConfigProfile(o.profile))
	if err != nil {
		return pool{}, fmt.Errorf("the AWS configuration: %w", err)
	}
	p := pool{
		id: o.poolID, clientID: o.clientID, issuer: auth.Issuer(o.poolID),
		messages: func() []string { return nil },
		close:    func() error { return nil },
	}
	p.api = cip.NewFromConfig(cfg, func(c *cip.Options) {
		if o.endpoint != "" {
			c.BaseEndpoint = aws.String(o.endpoint)
		}
	})
	if o.endpoint != "" {
		p.issuer = strings.TrimSuffix(o.endpoint, "/") + "/" + o.poolID
	}
	return p, nil
}

// embeddedPool starts a pool that demands an authenticator app, so that there
// is something to see.
func embeddedPool(term *terminal) (pool, error) {
	started, err := cognitotest.New(cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true})
	if err != nil {
		return pool{}, err
	}
	started.AddUser(cognitotest.User{
		Username: embeddedUser, Password: embeddedPassword,
		Attributes: map[string]string{"email": "ann@example.com", "email_verified": "true"},
	})
	term.say("A user pool inside this program. Sign in as %s, whose password is %s", embeddedUser, embeddedPassword)
	seen := 0
	return pool{
		api: started.SDK(), id: started.ID(), clientID: started.Client().ID, issuer: started.Issuer(), embedded: true,
		messages: func() []string {
			var lines []string
			all := started.Outbox().All(embeddedUser)
			for _, m := range all[seen:] {
				lines = append(lines, fmt.Sprintf("(the pool would have sent to %s: %s)", m.Destination, m.Code))
			}
			seen = len(all)
			return lines
		},
		close: started.Close,
	}, nil
}
