package stepup

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// A Config says which provider users are sent to, and what its token must say.
// What it names is copied from the provider's discovery document, at
// ISSUER/.well-known/openid-configuration.
type Config struct {
	// Name is the method's. Default: "stepup".
	Name string

	// Issuer is the iss of tokens, byte for byte. Required.
	Issuer string
	// AuthURL, TokenURL and KeysURL are authorization_endpoint, token_endpoint
	// and jwks_uri. Required.
	AuthURL, TokenURL, KeysURL string
	// Algorithms are the signatures taken, by their names in RFC 7518; whatever
	// a token says, no others are. Default: RS256. HS256 and its like are
	// refused.
	Algorithms []string

	// ClientID is the client's at the provider. Required.
	ClientID string
	// ClientSecret returns the client's secret; see [Secret]. It is called in
	// each Verify, and once more with refresh true if the provider does not
	// accept the client. Nil: a public client, which has none.
	ClientSecret func(ctx context.Context, refresh bool) (string, error)
	// AuthStyle is where the secret is sent. Default: AuthStyleInHeader
	// (client_secret_basic); AuthStyleInParams is client_secret_post. It is not
	// found out by trial, which would spend the code.
	AuthStyle oauth2.AuthStyle
	// RedirectURL is where the provider sends browsers back to. Required.
	RedirectURL string

	// Claim is the claim that says who passed: "sub", "preferred_username", or
	// any other that holds text; of "email" only a verified one counts.
	// Required.
	Claim string
	// Attribute is the Cognito user's attribute that must equal it, such as
	// "custom:idp_sub"; "email" only if it is verified; "cognito:username" is the
	// canonical username. A client of the pool that may write the attribute
	// chooses whose second factor counts. Required.
	Attribute string

	// Scopes are asked for besides openid.
	Scopes []string
	// ACR lists the authentication classes of which the token must have one. They
	// are asked for in this order of preference. Default: any.
	ACR []string
	// ACRClaim asks for them as an essential claim, which a provider must not
	// ignore (OpenID Connect Core 1.0, section 5.5.1.1), in place of acr_values,
	// which it may. The token is checked either way.
	ACRClaim bool
	// AMR lists the authentication methods (RFC 8176) that the token must all
	// name. Default: any.
	AMR []string
	// MaxAge is how long before the question the user may have authenticated at
	// the provider. Default: not before it at all, so that a session left open
	// there is no second factor. Negative: at any time.
	MaxAge time.Duration
	// Prompt is the parameter of that name. Default: "login" if MaxAge is zero,
	// else none.
	Prompt string
	// LoginHint returns what the provider's form is filled with, such as an
	// address; "" is left out. For unknown users it is not called: the hint is
	// the name that was typed. Default: no hint.
	LoginHint func(trigger.User) string
	// Parameters returns further parameters of the authorization request. They
	// cannot replace those that this package sends. It must cope with users that
	// have no attributes.
	Parameters func(trigger.User) map[string]string
	// RequireIssuer demands that the redirect names the issuer, for providers
	// whose discovery document has authorization_response_iss_parameter_supported
	// (RFC 9207). Default: it is compared if it is there.
	RequireIssuer bool

	// Validity is how long an answer is taken. Default: 5 minutes. The app
	// client's session must last as long.
	Validity time.Duration
	// HTTPClient talks to the provider. Default: one of its own. A time-out of 3
	// seconds is set where it has none. Redirects are never followed.
	HTTPClient *http.Client
	// AllowLoopback lets addresses be http to this machine, for a provider in a
	// test and for programs on the user's machine (RFC 8252). Default: https
	// alone.
	AllowLoopback bool
	// Now is the clock by which tokens expire. Default: time.Now.
	Now func() time.Time
}

// ErrConfig is what New says to a Config that cannot be right.
var ErrConfig = errors.New("stepup: the configuration is not usable")

// Attributes with a meaning of their own.
const attributeUsername = "cognito:username"

// Secret returns a source of a client secret that never changes. It does not
// print.
func Secret(secret string) func(context.Context, bool) (string, error) {
	box := redact.New(secret)
	return func(context.Context, bool) (string, error) { return box.Reveal(), nil }
}

// complete fills in the defaults and checks the rest.
func (c Config) complete() (Config, error) {
	c.Algorithms, c.Scopes, c.ACR, c.AMR = slices.Clone(c.Algorithms), slices.Clone(c.Scopes), slices.Clone(c.ACR), slices.Clone(c.AMR)
	if c.Name == "" {
		c.Name = "stepup"
	}
	if len(c.Algorithms) == 0 {
		c.Algorithms = []string{oidc.RS256}
	}
	if c.AuthStyle == oauth2.AuthStyleAutoDetect {
		c.AuthStyle = oauth2.AuthStyleInHeader
	}
	if c.ClientSecret == nil {
		c.AuthStyle = oauth2.AuthStyleInParams // which then sends the client id alone
		c.ClientSecret = Secret("")
	}
	if c.Prompt == "" && c.MaxAge == 0 {
		c.Prompt = "login"
	}
	if c.Validity == 0 {
		c.Validity = 5 * time.Minute
	}
	if c.HTTPClient == nil {
		c.HTTPClient = &http.Client{}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, c.check()
}

func (c Config) check() error {
	for name, value := range map[string]string{"ClientID": c.ClientID, "Claim": c.Claim, "Attribute": c.Attribute} {
		if value == "" {
			return fmt.Errorf("%w: %s is required", ErrConfig, name)
		}
	}
	for name, address := range map[string]string{
		"Issuer": c.Issuer, "AuthURL": c.AuthURL, "TokenURL": c.TokenURL, "KeysURL": c.KeysURL, "RedirectURL": c.RedirectURL,
	} {
		if !c.addressOK(address) {
			return fmt.Errorf("%w: %s must be an https URL without fragment", ErrConfig, name)
		}
	}
	for _, a := range c.Algorithms {
		if !slices.Contains(algorithms, a) {
			return fmt.Errorf("%w: an algorithm that is unknown or has no public key", ErrConfig)
		}
	}
	for _, word := range slices.Concat(c.ACR, c.Scopes) {
		if word == "" || !c.ACRClaim && strings.Contains(word, " ") {
			return fmt.Errorf("%w: an ACR or a scope is empty, or has a space: ACRClaim can ask for such an ACR", ErrConfig)
		}
	}
	if c.Validity < 0 {
		return fmt.Errorf("%w: Validity is negative", ErrConfig)
	}
	return nil
}

// algorithms are those that go-oidc knows; all have a public key.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA,
}

func (c Config) addressOK(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Fragment != "" || u.User != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	local := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && c.AllowLoopback && local
}

// client is the HTTP client, made careful: the provider's endpoints do not
// redirect, and nothing that they send is large.
func (c Config) client() *http.Client {
	client := *c.HTTPClient
	if client.Timeout == 0 {
		// go-oidc fetches keys for all who wait, and without anybody's context.
		client.Timeout = 3 * time.Second
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	transport := client.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	client.Transport = bounded{transport}
	return &client
}

// bounded cuts replies off: go-oidc reads key sets whole.
type bounded struct{ http.RoundTripper }

const maxReply = 1 << 20

// RoundTrip implements [http.RoundTripper].
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = http.MaxBytesReader(nil, res.Body, maxReply)
	}
	return res, err
}
