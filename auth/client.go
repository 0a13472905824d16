package auth

import (
	"context"
	"time"

	"github.com/cognitomfa/cognitomfa/srp"
)

// A Client signs users in to one app client of one user pool. It keeps nothing
// of any sign-in, so one Client serves all requests of a program at once.
type Client struct {
	caller
	api      API
	admin    AdminAPI
	poolID   string
	poolName string
	validity time.Duration
}

// Options are what the New functions take beside their arguments. The
// zero value of each field is its default.
type Options struct {
	// ClientSecret returns the app client's secret, from which SECRET_HASH is
	// made. It is called once per call to Cognito, so it may follow a rotation
	// or ask a cache in front of a secrets manager; it must be safe for
	// concurrent use. Its error is returned as ErrBackOff. Default: the app client has no secret.
	ClientSecret func(context.Context) (string, error)

	// Admin makes the sign-in use AdminInitiateAuth and
	// AdminRespondToAuthChallenge. Default: the public operations.
	Admin AdminAPI

	// SessionValidity is the app client's AuthSessionValidity, from which
	// Challenge.Expires is estimated: 3 to 15 minutes. Default: 3 minutes,
	// which is Cognito's.
	SessionValidity time.Duration

	// RotationGrace is how long a refresh token works on after it was replaced,
	// in an app client with rotation: its RetryGracePeriodSeconds, up to a
	// minute, which Cognito tells in no reply. [Refresher.Refresh] keeps to it.
	// Default: not known, or no such time.
	RotationGrace time.Duration

	// RefreshBy makes [Refresher.Refresh] use the flow REFRESH_TOKEN_AUTH of
	// this Client in place of GetTokensFromRefreshToken: by its Admin operations
	// where it has them, for backends whose rules let nothing else through, and
	// with its own ClientSecret and Observe. An app client with rotation refuses
	// it. Default: GetTokensFromRefreshToken, which works with rotation and
	// without.
	RefreshBy *Client

	// Now is the clock. Default: time.Now.
	Now func() time.Time

	// Observe is told of each call to Cognito when it has ended, from the
	// goroutine that made it. Default: nobody is told.
	Observe func(context.Context, Call)
}

// ClientSecret is a ready [Options] function for a secret that does not change.
// The secret is kept out of all output.
func ClientSecret(secret string) func(*Options) {
	return func(o *Options) {
		o.ClientSecret = func(context.Context) (string, error) { return secret, nil }
	}
}

// Session validities that Cognito allows for an app client.
// Source: AuthSessionValidity in the API reference of CreateUserPoolClient.
const (
	minSessionValidity     = 3 * time.Minute
	maxSessionValidity     = 15 * time.Minute
	defaultSessionValidity = minSessionValidity
)

// New returns a Client for an app client of a user pool. The API is as a rule
// a *cognitoidentityprovider.Client of the pool's region. The error matches
// [ErrConfig]: a nil API, a pool id that is not of the form REGION_NAME, an
// empty client id, or a session validity that Cognito does not have.
func New(api API, poolID, clientID string, optFns ...func(*Options)) (*Client, error) {
	o := newOptions(optFns)
	name, err := srp.PoolName(poolID)
	switch {
	case api == nil:
		return nil, misconfigured("New", "the API is nil: pass a *cognitoidentityprovider.Client", nil)
	case err != nil:
		return nil, misconfigured("New", "the user pool id is not of the form REGION_NAME", err)
	case clientID == "":
		return nil, misconfigured("New", "the app client id is empty", nil)
	case o.SessionValidity < minSessionValidity || o.SessionValidity > maxSessionValidity:
		return nil, misconfigured("New", "SessionValidity is not between 3 and 15 minutes", nil)
	}
	return &Client{
		caller:   newCaller(clientID, o),
		api:      api,
		admin:    o.Admin,
		poolID:   poolID,
		poolName: name,
		validity: o.SessionValidity,
	}, nil
}

func newOptions(optFns []func(*Options)) Options {
	o := Options{SessionValidity: defaultSessionValidity, Now: time.Now}
	for _, fn := range optFns {
		fn(&o)
	}
	if o.SessionValidity == 0 {
		o.SessionValidity = defaultSessionValidity
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// CallOptions are what one step of a sign-in takes beside its arguments. They
// go with every call of that step, the hidden ones too.
type CallOptions struct {
	// ClientMetadata reaches the pool's Lambda triggers: in InitiateAuth only
	// PreSignUp, PreAuthentication and UserMigration; in
	// RespondToAuthChallenge, which is every call after the first, those of
	// custom challenges and most others too. Cognito does not store, encrypt
	// or check it. What a single answer has to say, among those that
	// [Client.SignIn] gives, goes with it: see challenge.Answer.WithClientMetadata.
	// Source: ClientMetadata in the API references of both operations.
	ClientMetadata map[string]string

	// UserContext tells where the user comes from. Default: Cognito takes
	// this program for the user.
	UserContext *UserContext

	// Device is the remembered device that signs in: the same in every step of
	// a sign-in. If Cognito has forgotten it, Begin starts once more without
	// it, and the later steps go on without it; where only a later step shows
	// it, that is ErrDevice. Default: none.
	Device Device

	// SignUpSession is that of [SignedUp.Session], for
	// [Accounts.ConfirmSignUp] alone: with it the user need not sign in after
	// the confirmation. It is plain text here: do not log CallOptions that have
	// it. Default: none.
	SignUpSession string

	// ForceAliasCreation, for [Accounts.ConfirmSignUp] alone, takes the
	// address that is confirmed away from the account that signs in with it
	// now, whose user then has to know another name. Default: the error
	// matches ErrUserExists.
	ForceAliasCreation bool
}

func newCallOptions(optFns []func(*CallOptions)) CallOptions {
	var o CallOptions
	for _, fn := range optFns {
		fn(&o)
	}
	return o
}

// caller is what the calls of [Client], [Accounts] and their like have in common.
type caller struct {
	clientID string
	secret   func(context.Context) (string, error)
	now      func() time.Time
	observe  func(context.Context, Call)
}

func newCaller(clientID string, o Options) caller {
	return caller{clientID: clientID, secret: o.ClientSecret, now: o.Now, observe: o.Observe}
}

// ready refuses zero values of the types that embed caller.
func (c *caller) ready(op operation) error {
	if c.now == nil {
		return op.fail(ErrConfig, "it was called on a zero value: the New functions make what can be used", nil)
	}
	return nil
}

// bearer returns the access token of a signed-in user, who may do to the own
// account what op does.
func (c *caller) bearer(op operation, t *Tokens) (*string, error) {
	if err := c.ready(op); err != nil {
		return nil, err
	}
	access := t.Access()
	if access == "" {
		return nil, op.fail(ErrToken, "there is no access token", nil)
	}
	return &access, nil
}

// secretHash returns the SECRET_HASH for a username, or "" if the app client
// has no secret. The username must be the one in the same request.
func (c *caller) secretHash(ctx context.Context, op operation, username string) (string, error) {
	secret, err := c.clientSecret(ctx, op)
	if err != nil || secret == "" {
		return "", err
	}
	return srp.SecretHash(username, c.clientID, secret), nil
}

// clientSecret returns the app client's secret, or "" if it has none.
func (c *caller) clientSecret(ctx context.Context, op operation) (string, error) {
	if c.secret == nil {
		return "", nil
	}
	secret, err := c.secret(ctx)
	switch {
	case err != nil:
		return "", op.fail(ErrBackOff, "the app client's secret could not be had", err)
	case secret == "":
		return "", op.fail(ErrConfig, "the app client's secret is empty", nil)
	}
	return secret, nil
}
