// Package blockid makes 1Kosmos BlockID a custom challenge: the preset of
// package stepup for a BlockID tenant.
//
//	method, err := blockid.New(blockid.Config{
//		Tenant: "acme.1kosmos.net", Community: "default",
//		Issuer: "…", KeysURL: "…", // from the tenant's discovery document
//		ClientID: "cognito", ClientSecret: secret.Text, // of challenge/duo/secrets
//		Claim: "sub", Attribute: "custom:blockid_sub",
//		ACR: []string{blockid.LiveIDPush, blockid.OTP},
//	}, store)
//
// The addresses and parameters are those of the demo that 1Kosmos publishes
// (github.com/1Kosmos/1kosmosmfa-with-amazon-cognito), the checks are not: the
// demo takes any reply that has an id token, whoever's it is. See package stepup
// for what is checked.
//
// # In the browser
//
// The address to open is made by the trigger, with a nonce that the token must
// repeat. The demo's script builds an address of its own in the browser, without
// one: its tokens are refused. Open [Prompt.URL], as a whole page with a redirect
// URL of your own, or in a frame. In a frame BlockID's page sends the code by
// postMessage, and the listener must compare event.origin with [Prompt.Origin]:
//
//	addEventListener("message", (event) => {
//		if (event.origin === parameters.frame_origin) send(event.origin, event.data);
//	});
//
// This package was tried with a simulated BlockID; 1Kosmos does not document
// which signature, time and class claims a tenant's tokens have.
package blockid

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/stepup"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// The factors that BlockID offers, as authentication classes. Source: ONEK_ACR in
// the demo's template.
const (
	LiveIDPush = "liveID push"
	OTPBySMS   = "otp sms"
	OTPByEmail = "otp email"
	OTP        = "otp" // of an authenticator app
)

// The public parameters beside those of package redirect. All but the origin
// have the names of the demo.
const (
	ParamOrigin    = "frame_origin"    // of the frame, to compare event.origin with
	ParamTenant    = "tenant"          // Config.Tenant
	ParamCommunity = "community"       // Config.Community
	ParamClientID  = "kosmos_clientId" // Config.ClientID
	ParamACR       = "acr"             // Config.ACR, each in single quotes, with commas between
)

// A Config says which tenant users are sent to. What it has in common with
// [stepup.Config] means the same there.
type Config struct {
	// Name is the method's. Default: "blockid".
	Name string
	// Tenant is the tenant's DNS name, and Community the name of a community of
	// it. Required.
	Tenant, Community string
	// Issuer and KeysURL are issuer and jwks_uri in the tenant's discovery
	// document. They follow no published rule. Required.
	Issuer, KeysURL string
	// AuthURL and TokenURL are the endpoints. Default:
	// https://TENANT/oauth2/community/COMMUNITY/v1/authorize and …/token.
	AuthURL, TokenURL string
	// RedirectURL is where users are sent back to. Default: the tenant's page
	// for frames, https://TENANT/admin/COMMUNITY/post_stepup.
	RedirectURL string

	// ClientID and ClientSecret are the client's; the secret is sent in the
	// header (Basic). Required.
	ClientID     string
	ClientSecret func(ctx context.Context, refresh bool) (string, error)

	// Claim and Attribute say whose token it must be. Required.
	Claim, Attribute string
	// Username maps a user to the name at BlockID, for which the user is asked
	// there. Default: the canonical username.
	Username func(trigger.User) string
	// ACR lists the factors that the user may choose from. Required.
	ACR []string
	// AMR lists what the token's amr must have. If it is not empty it is checked
	// in place of acr, for tenants that answer a requested acr with amr alone.
	AMR []string
	// MaxAge is how old the authentication may be. Default: it must be new, and
	// the token have an auth_time. Negative: at any time, for tenants whose
	// tokens have none.
	MaxAge time.Duration

	// Algorithms, Validity, HTTPClient, AllowLoopback and Now are as in
	// stepup.Config.
	Algorithms    []string
	Validity      time.Duration
	HTTPClient    *http.Client
	AllowLoopback bool
	Now           func() time.Time
}

// A Method asks for a step-up at BlockID. The client reads its challenge with
// [Parse].
type Method struct {
	*stepup.Method
	public map[string]string
}

var _ trigger.Method = (*Method)(nil)

// New makes a method. It makes no call. The store remembers used codes; all
// processes of a pool's triggers must share it. The error matches
// stepup.ErrConfig.
func New(c Config, store trigger.Store) (*Method, error) {
	c.ACR, c.AMR = slices.Clone(c.ACR), slices.Clone(c.AMR)
	switch {
	case c.Tenant == "" || c.Community == "" || strings.ContainsAny(c.Tenant+c.Community, "/?#@"):
		return nil, invalid("Tenant and Community are names, and required")
	case c.ClientSecret == nil:
		return nil, invalid("ClientSecret is required")
	case len(c.ACR) == 0 || slices.Contains(c.ACR, ""):
		return nil, invalid("ACR is required")
	}
	if c.Name == "" {
		c.Name = "blockid"
	}
	if c.Username == nil {
		c.Username = func(u trigger.User) string { return u.Name }
	}
	tenant := url.URL{Scheme: "https", Host: c.Tenant}
	for address, path := range map[*string]string{
		&c.AuthURL: "/oauth2/community/" + c.Community + "/v1/authorize", &c.TokenURL: "/oauth2/community/" + c.Community + "/v1/token",
		&c.RedirectURL: "/admin/" + c.Community + "/post_stepup",
	} {
		if *address == "" {
			*address = tenant.JoinPath(path).String()
		}
	}
	origin, err := originOf(c.RedirectURL)
	if err != nil {
		return nil, err
	}
	m, err := stepup.New(c.stepup(), store)
	if err != nil {
		return nil, err
	}
	return &Method{m, map[string]string{
		ParamOrigin: origin, ParamTenant: c.Tenant, ParamCommunity: c.Community, ParamClientID: c.ClientID,
		ParamACR: "'" + strings.Join(c.ACR, "','") + "'",
	}}, nil
}

func invalid(reason string) error {
	return errors.Join(stepup.ErrConfig, errors.New("blockid: "+reason))
}

// originOf is the origin of the page that sends the code.
func originOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", invalid("RedirectURL must be absolute")
	}
	return u.Scheme + "://" + u.Host, nil
}

// stepup is the configuration in the words of that package.
func (c Config) stepup() stepup.Config {
	s := stepup.Config{
		Name: c.Name, Issuer: c.Issuer, AuthURL: c.AuthURL, TokenURL: c.TokenURL, KeysURL: c.KeysURL, Algorithms: c.Algorithms,
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, RedirectURL: c.RedirectURL,
		Claim: c.Claim, Attribute: c.Attribute, Scopes: []string{"email", "profile"}, AMR: c.AMR, MaxAge: c.MaxAge,
		Validity: c.Validity, HTTPClient: c.HTTPClient, AllowLoopback: c.AllowLoopback, Now: c.Now,
	}
	if len(c.AMR) == 0 {
		s.ACR, s.ACRClaim = c.ACR, true
	}
	s.Parameters = func(u trigger.User) map[string]string {
		name := u.Name
		if !u.Unknown {
			name = c.Username(u)
		}
		return map[string]string{"claims": claims(name, c.ACR)}
	}
	return s
}

// Create implements [trigger.Method].
func (m *Method) Create(ctx context.Context, in trigger.CreateInput) (trigger.Question, error) {
	q, err := m.Method.Create(ctx, in)
	if err != nil {
		return trigger.Question{}, fmt.Errorf("blockid: %w", err)
	}
	for k, v := range m.public {
		q.Public[k] = v
	}
	return q, nil
}
