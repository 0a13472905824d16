package duo

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A Provider is Duo as [Method] needs it. [Client] is one. Another client of Duo,
// such as Duo's own, becomes one by an adapter of three functions; see the
// example of Provider.
type Provider interface {
	// HealthCheck reports whether Duo is ready for a user to be sent there. An
	// error means that it is not.
	HealthCheck(context.Context) error
	// AuthURL returns the address at which the user proves to be there.
	AuthURL(context.Context, Login) (string, error)
	// Exchange redeems the code with which the user came back. An error means
	// that it does not prove the login.
	Exchange(ctx context.Context, code string, l Login) error
}

// A Login is one visit of a user to Duo.
type Login struct {
	// Username is the user's name at Duo.
	Username string
	// State comes back with the redirect, Nonce inside the token. Both are
	// random, 43 characters long.
	State, Nonce string
	// Decoy says that there is no such user. The address has the usual form,
	// but Duo must refuse it: with a valid one, anybody could enrol a telephone
	// for a name that is not taken yet. A provider that cannot tell Duo so
	// returns an address signed with a made-up secret.
	Decoy bool
}

// A Client talks to Duo's OIDC Auth API. It is safe for concurrent use.
type Client struct {
	keys     KeySource
	redirect string
	options  ClientOptions
	http     *http.Client
}

var _ Provider = (*Client)(nil)

// ClientOptions are what [NewClient] takes beside its arguments.
type ClientOptions struct {
	// HTTPClient talks to Duo. Default: one of its own. Redirects are never
	// followed, whatever it says: Duo's API has none.
	HTTPClient *http.Client
	// Timeout bounds each call. Default: 3 seconds, which leaves a trigger two
	// of the five that Cognito gives it.
	Timeout time.Duration
	// AllowLoopback lets the API host be a loopback address, which is then
	// talked to by http, and the redirect URL be one of this machine: for a
	// simulated Duo, and for programs on the user's machine (RFC 8252).
	// Default: https alone.
	AllowLoopback bool
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

const (
	pathHealth    = "/oauth/v1/health_check"
	pathAuthorize = "/oauth/v1/authorize"
	pathToken     = "/oauth/v1/token"

	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" // RFC 7523, section 2.2

	// requestValidity is the most that Duo allows what we sign.
	requestValidity = 5 * time.Minute
	// maxReply bounds what is read of a reply; Duo's tokens have some 3 KB.
	maxReply = 256 << 10
)

// NewClient makes a client that has Duo send users back to a redirect URL. It
// makes no call. The error matches [ErrConfig].
func NewClient(source KeySource, redirectURL string, optFns ...func(*ClientOptions)) (*Client, error) {
	o := ClientOptions{HTTPClient: &http.Client{}, Timeout: 3 * time.Second, Now: time.Now}
	for _, fn := range optFns {
		fn(&o)
	}
	u, err := url.Parse(redirectURL)
	switch {
	case source == nil || o.HTTPClient == nil || o.Now == nil || o.Timeout <= 0:
		return nil, fail("NewClient", ErrConfig, "a source of keys, a client, a clock and a time-out are needed")
	case err != nil || u.Hostname() == "" || u.Fragment != "" || u.User != nil:
		return nil, fail("NewClient", ErrConfig, "the redirect URL must be absolute and have no fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || !o.AllowLoopback || !loopback(u.Host)):
		return nil, fail("NewClient", ErrConfig, "the redirect URL must be https; see AllowLoopback")
	}
	client := *o.HTTPClient
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{keys: source, redirect: redirectURL, options: o, http: &client}, nil
}

// HealthCheck asks Duo whether it is ready, and so also whether it accepts the
// keys. The error matches [ErrUnavailable], [ErrKeys] or [ErrConfig].
func (c *Client) HealthCheck(ctx context.Context) error {
	const op = "HealthCheck"
	return c.withKeys(ctx, op, func(k keys, base string) error {
		assertion, err := c.assertion(k, base+pathHealth)
		if err != nil {
			return err
		}
		var reply struct {
			Stat string `json:"stat"`
		}
		form := url.Values{"client_id": {k.id}, "client_assertion": {assertion}}
		if err := c.post(ctx, op, base+pathHealth, form, &reply); err != nil {
			return err
		}
		if reply.Stat != "OK" {
			return fail(op, ErrUnavailable, "its status is not OK")
		}
		return nil
	})
}

// AuthURL returns the address of Duo's prompt for a login, good for five
// minutes. It makes no call to Duo. The error matches [ErrConfig] or
// [ErrUnavailable], if the keys could not be had.
func (c *Client) AuthURL(ctx context.Context, l Login) (string, error) {
	if l.Username == "" || l.State == "" || l.Nonce == "" {
		return "", fail("AuthURL", ErrConfig, "a username, a state and a nonce are needed")
	}
	var address string
	err := c.withKeys(ctx, "AuthURL", func(k keys, base string) error {
		signer := k
		if l.Decoy {
			signer.secret = rand.Text() + rand.Text()
		}
		request, err := signer.sign(map[string]any{
			"scope": "openid", "response_type": "code", "client_id": k.id, "redirect_uri": c.redirect,
			"iss": k.id, "aud": base, "exp": c.options.Now().Add(requestValidity).Unix(),
			"state": l.State, "duo_uname": l.Username, "use_duo_code_attribute": true,
		})
		// The nonce goes where Duo's Python client puts it, the only one that
		// sends one.
		address = base + pathAuthorize + "?" + url.Values{
			"response_type": {"code"}, "client_id": {k.id}, "request": {request}, "nonce": {l.Nonce},
			"redirect_uri": {c.redirect}, "scope": {"openid"},
		}.Encode()
		return err
	})
	return address, err
}

// Exchange redeems a code and checks that it proves the login. The error
// matches [ErrCode], [ErrToken], [ErrDenied], [ErrUnavailable], [ErrKeys] or
// [ErrConfig].
func (c *Client) Exchange(ctx context.Context, code string, l Login) error {
	const op = "Exchange"
	if code == "" || l.Username == "" || l.Nonce == "" {
		return fail(op, ErrConfig, "a code, a username and a nonce are needed")
	}
	var reply struct {
		IDToken     string `json:"id_token"`
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
	}
	return c.withKeys(ctx, op, func(k keys, base string) error {
		if reply.IDToken == "" { // else the code is spent: only the keys are others
			assertion, err := c.assertion(k, base+pathToken)
			if err != nil {
				return err
			}
			err = c.post(ctx, op, base+pathToken, url.Values{
				"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.redirect}, "client_id": {k.id},
				"client_assertion_type": {assertionType}, "client_assertion": {assertion},
			}, &reply)
			if err != nil {
				return err
			}
		}
		if reply.IDToken == "" || reply.AccessToken == "" || !strings.EqualFold(reply.TokenType, "Bearer") {
			return fail(op, ErrUnavailable, "the token reply is incomplete")
		}
		return k.check(reply.IDToken, base+pathToken, l, c.options.Now())
	})
}

// errKeySource tells a failure of ours from one of Duo's.
var errKeySource = errors.New("its keys could not be had")

// withKeys calls do with the keys and, if they were not the right ones, once
// more with fresh ones. base is Duo's address, "https://" and the API hostname.
func (c *Client) withKeys(ctx context.Context, op string, do func(k keys, base string) error) error {
	source, err := c.keys.Keys(ctx)
	if err != nil {
		return &Error{Op: op, Err: fmt.Errorf("%w: %w: %w", ErrUnavailable, errKeySource, err)}
	}
	err = c.doWith(op, source, do)
	if !errors.Is(err, ErrKeys) && !errors.Is(err, errSignature) {
		return err
	}
	fresh, refreshErr := c.keys.Refresh(ctx)
	if refreshErr != nil {
		return &Error{Op: op, Err: fmt.Errorf("%w; fresh ones could not be had: %w", err, refreshErr)}
	}
	if fresh.keys.Reveal() == source.keys.Reveal() {
		return err
	}
	return c.doWith(op, fresh, do)
}

func (c *Client) doWith(op string, source Keys, do func(k keys, base string) error) error {
	if source.keys.IsZero() {
		return fail(op, ErrConfig, "the keys are a zero value: NewKeys makes keys")
	}
	k := source.keys.Reveal()
	base := "https://" + k.host
	if c.options.AllowLoopback && loopback(k.host) {
		base = "http://" + k.host
	}
	return do(k, base)
}

// post sends a form and reads the JSON of a good reply. What Duo writes when it
// refuses is compared, and not repeated.
func (c *Client) post(ctx context.Context, op, address string, form url.Values, reply any) error {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return fail(op, ErrConfig, "the API hostname makes no URL")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		return &Error{Op: op, Err: fmt.Errorf("%w: %w", ErrUnavailable, err)}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxReply+1))
	if err != nil {
		return &Error{Op: op, Status: res.StatusCode, Err: fmt.Errorf("%w: %w", ErrUnavailable, err)}
	}
	if reason := refusal(res.StatusCode, body); reason != nil {
		return &Error{Op: op, Status: res.StatusCode, Err: reason}
	}
	if len(body) > maxReply || json.Unmarshal(body, reply) != nil {
		return &Error{Op: op, Status: res.StatusCode, Err: fmt.Errorf("%w: its reply is not understood", ErrUnavailable)}
	}
	return nil
}

// refusal sorts a reply that is none by what to do next. Duo gives the reason
// in "error" at the token endpoint and in "message" at the health check.
func refusal(status int, body []byte) error {
	var reply struct {
		Error   string `json:"error"`
		Message string `json:"message"`
		Stat    string `json:"stat"`
	}
	err := json.Unmarshal(body, &reply) // what cannot be read gives no reason
	if status == http.StatusOK && (err != nil || reply.Stat != "FAIL" && reply.Error == "") {
		return nil
	}
	switch {
	case reply.Error == "invalid_client" || reply.Message == "invalid_client" || status == http.StatusUnauthorized:
		return ErrKeys
	case reply.Error == "invalid_grant" || reply.Message == "invalid_grant":
		return ErrCode
	}
	return ErrUnavailable
}
