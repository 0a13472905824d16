package main

import (
	"context"
	"errors"
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
	"github.com/cognitomfa/cognitomfa/examples/internal/farends"
)

// A pool is the user pool behind the site.
type pool struct {
	api        *cip.Client
	id, issuer string
	clients    []appClient // the first one signs up too
	secret     string

	// mailbox returns the messages to a user, newest first, of the pool inside
	// this program: they go nowhere else. It is nil for a real pool.
	mailbox func(username string) []message
	close   func() error
}

// An appClient of the pool is for sign-ins by its custom challenges, or for all
// others. The pool inside this program has one of each.
type appClient struct {
	id     string
	custom bool
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
	p := pool{id: o.poolID, clients: []appClient{{o.clientID, o.custom}}, issuer: auth.Issuer(o.poolID), close: func() error { return nil }}
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
		// By this the second client needs no flow with which a password is enough.
		// Whether AWS lets CUSTOM_AUTH begin with SRP_A on such a client is not
		// documented.
		CustomAuthCoversSRP: true,
		// AWS does not send second factors to the address that also resets the
		// password, so this pool resets by phone, which nobody here has.
		Recovery: types.RecoveryOptionNameTypeVerifiedPhoneNumber,
		Client:   cognitotest.ClientConfig{SessionValidity: o.validity()},
	}
	switch o.mfa {
	case "off":
		cfg.TOTP, cfg.Email = false, false
	case "on":
		cfg.Email = false // every new user has an address, and would never be asked to set anything up
	}
	far, err := farends.Start(o.origin + callbackPath)
	if err != nil {
		return pool{}, err
	}
	mails := new(farends.Mailbox)
	if cfg.Triggers, err = far.Triggers(mails, o.validity(), time.Now); err != nil {
		return pool{}, errors.Join(err, far.Close())
	}
	started, err := cognitotest.New(cfg)
	if err != nil {
		return pool{}, errors.Join(err, far.Close())
	}
	custom := started.AddClient(cognitotest.ClientConfig{
		Flows:           []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowCustomAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
		SessionValidity: o.validity(),
	})
	return pool{
		api: started.SDK(), id: started.ID(), issuer: started.Issuer(),
		clients: []appClient{{started.Client().ID, false}, {custom.ID, true}},
		mailbox: func(username string) []message { return messages(started, mails, username) },
		close:   func() error { return errors.Join(started.Close(), far.Close()) },
	}, nil
}

// validity is that of a challenge.
func (o options) validity() time.Duration { return time.Duration(o.sessionMinutes) * time.Minute }
