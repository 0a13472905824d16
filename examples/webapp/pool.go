package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// A pool is the user pool behind the site.
type pool struct {
	api                  *cip.Client
	id, clientID, issuer string
	secret               string

	// mailbox returns the messages to a user, newest first, of the pool inside
	// this program: they go nowhere else. It is nil for a real pool.
	mailbox func(username string) []cognitotest.Message
	close   func() error
}

func (o options) pool(ctx context.Context) (pool, error) {
	if o.poolID == "" {
		return o.embedded()
	}
	region := o.region
	if region == "" {
		region, _, _ = strings.Cut(o.poolID, "_")
	}
	// The public operations need no credentials, but the SDK has to know
	// where.
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return pool{}, fmt.Errorf("the AWS configuration: %w", err)
	}
	p := pool{id: o.poolID, clientID: o.clientID, issuer: auth.Issuer(o.poolID), close: func() error { return nil }}
	if o.secretEnv != "" {
		p.secret = os.Getenv(o.secretEnv)
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

// embedded starts a pool that has everything.
func (o options) embedded() (pool, error) {
	origin, err := url.Parse(o.origin)
	if err != nil {
		return pool{}, err
	}
	cfg := cognitotest.Config{
		MFA:  types.UserPoolMfaType(strings.ToUpper(o.mfa)),
		TOTP: true, Email: true,
		FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp, types.AuthFactorTypeWebAuthn},
		WebAuthn:     types.WebAuthnConfigurationType{RelyingPartyId: aws.String(origin.Hostname())},
		Devices:      cognitotest.DevicesOptIn,
		// AWS does not send second factors to the address that also resets the
		// password, so this pool resets by phone, which nobody here has.
		Recovery: types.RecoveryOptionNameTypeVerifiedPhoneNumber,
		Client:   cognitotest.ClientConfig{SessionValidity: time.Duration(o.sessionMinutes) * time.Minute},
	}
	switch o.mfa {
	case "off":
		cfg.TOTP, cfg.Email = false, false
	case "on":
		cfg.Email = false // every new user has an address, and would never be asked to set anything up
	}
	started, err := cognitotest.New(cfg)
	if err != nil {
		return pool{}, err
	}
	return pool{
		api: started.SDK(), id: started.ID(), clientID: started.Client().ID, issuer: started.Issuer(),
		mailbox: func(username string) []cognitotest.Message {
			all := started.Outbox().All(username)
			newest := make([]cognitotest.Message, len(all))
			for i, m := range all {
				newest[len(all)-1-i] = m
			}
			return newest
		},
		close: started.Close,
	}, nil
}
