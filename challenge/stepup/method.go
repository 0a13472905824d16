package stepup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/cognitomfa/cognitomfa/challenge/internal/round"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// A Method asks for a sign-in at an OpenID Connect provider. [New] makes one.
type Method struct {
	config   Config
	store    trigger.Store
	http     *http.Client
	verifier *oidc.IDTokenVerifier
}

var _ trigger.Method = (*Method)(nil)

// ErrNoSubject is the error of Create for a user whose [Config].Attribute is
// empty, or an address that is not verified.
var ErrNoSubject = errors.New("stepup: the user has no name at the provider: the attribute is empty or not verified")

// New makes a method. It makes no call. The store remembers used codes; all
// processes of a pool's triggers must share it. The error matches [ErrConfig].
func New(config Config, store trigger.Store) (*Method, error) {
	c, err := config.complete()
	if err != nil {
		return nil, err
	}
	if store == nil {
		return nil, fmt.Errorf("%w: the store is nil", ErrConfig)
	}
	client := c.client()
	// The key set keeps its context for its own fetches, so it is not one of a
	// request.
	keys := oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), client), c.KeysURL)
	return &Method{
		config: c, store: store, http: client,
		verifier: oidc.NewVerifier(c.Issuer, keys, &oidc.Config{
			ClientID: c.ClientID, SupportedSigningAlgs: c.Algorithms, Now: c.Now,
		}),
	}, nil
}

// Name implements [trigger.Method].
func (m *Method) Name() string { return m.config.Name }

// subject is who has to come back: the value of the attribute. That of a user
// who does not exist is the name that was typed: it leads to no tokens.
func (m *Method) subject(u trigger.User) string {
	name := m.config.Attribute
	switch {
	case u.Unknown || name == attributeUsername:
		return u.Name
	case (name == "email" || name == "phone_number") && u.Attributes[name+"_verified"] != "true":
		return ""
	}
	return u.Attributes[name]
}

// Create implements [trigger.Method]. The error is [ErrNoSubject].
func (m *Method) Create(_ context.Context, in trigger.CreateInput) (trigger.Question, error) {
	subject := m.subject(in.User)
	if subject == "" {
		return trigger.Question{}, ErrNoSubject
	}
	r := round.New(subject, in.Now, m.config.Validity)
	r.Verifier = oauth2.GenerateVerifier()
	return trigger.Question{Public: r.Public(m.address(r, in.User)), Private: r.Private()}, nil
}

// oauth is the client, with its secret if that is needed.
func (m *Method) oauth(secret string) *oauth2.Config {
	c := m.config
	return &oauth2.Config{
		ClientID: c.ClientID, ClientSecret: secret, RedirectURL: c.RedirectURL,
		Endpoint: oauth2.Endpoint{AuthURL: c.AuthURL, TokenURL: c.TokenURL, AuthStyle: c.AuthStyle},
		Scopes:   append([]string{oidc.ScopeOpenID}, c.Scopes...),
	}
}

// address is where the user authenticates.
func (m *Method) address(r round.Round, u trigger.User) string {
	c := m.config
	params := map[string]string{}
	if c.Parameters != nil {
		for k, v := range c.Parameters(u) {
			params[k] = v
		}
	}
	switch {
	case len(c.ACR) > 0 && c.ACRClaim:
		params["claims"] = acrClaim(params["claims"], c.ACR)
	case len(c.ACR) > 0:
		params["acr_values"] = strings.Join(c.ACR, " ")
	}
	if c.MaxAge >= 0 {
		params["max_age"] = strconv.FormatInt(int64(c.MaxAge.Seconds()), 10)
	}
	if c.Prompt != "" {
		params["prompt"] = c.Prompt
	}
	if hint := m.hint(u); hint != "" {
		params["login_hint"] = hint
	}
	// x/oauth2 would let a parameter replace the first five; the others would
	// change what is asked, or how it is answered.
	for _, ours := range []string{"response_type", "client_id", "redirect_uri", "scope", "state", "request", "request_uri", "response_mode"} {
		delete(params, ours)
	}
	var options []oauth2.AuthCodeOption
	for k, v := range params {
		options = append(options, oauth2.SetAuthURLParam(k, v))
	}
	options = append(options, oidc.Nonce(r.Nonce), oauth2.S256ChallengeOption(r.Verifier))
	return m.oauth("").AuthCodeURL(r.State, options...)
}

func (m *Method) hint(u trigger.User) string {
	switch {
	case m.config.LoginHint == nil:
		return ""
	case u.Unknown:
		return u.Name
	}
	return m.config.LoginHint(u)
}

// acrClaim adds the classes to the claims that Config.Parameters asks for.
func acrClaim(claims string, acr []string) string {
	var all map[string]map[string]any
	if json.Unmarshal([]byte(claims), &all) != nil || all == nil {
		all = map[string]map[string]any{}
	}
	if all["id_token"] == nil {
		all["id_token"] = map[string]any{}
	}
	all["id_token"]["acr"] = map[string]any{"essential": true, "values": acr}
	text, _ := json.Marshal(all) // of values that came from JSON: it cannot fail
	return string(text)
}

// Verify implements [trigger.Method]. The error is the store's, or that of
// [Config].ClientSecret.
func (m *Method) Verify(ctx context.Context, in trigger.VerifyInput) (trigger.Verdict, error) {
	r, answer, reason := round.Open(in)
	switch {
	case reason != "":
		return trigger.Verdict{Reason: reason}, nil
	case r.Verifier == "":
		return trigger.Verdict{Reason: round.ReasonPrivate}, nil
	case answer.Issuer != "" && answer.Issuer != m.config.Issuer:
		return trigger.Verdict{Reason: "the redirect is another issuer's"}, nil
	case answer.Issuer == "" && m.config.RequireIssuer:
		return trigger.Verdict{Reason: "the redirect names no issuer"}, nil
	case m.subject(in.User) != r.Subject:
		return trigger.Verdict{Reason: "the user's attribute has changed"}, nil
	}
	var secretErr error
	verdict, err := round.Redeem(ctx, m.store, m.Name(), answer.Code, in, func() (reason string) {
		reason, secretErr = m.redeem(ctx, answer.Code, r)
		return reason
	})
	if err = errors.Join(err, secretErr); err != nil {
		return trigger.Verdict{}, fmt.Errorf("stepup: %w", err)
	}
	return verdict, nil
}

// redeem exchanges the code and judges the token. The reason is "" if it is
// right.
func (m *Method) redeem(ctx context.Context, code string, r round.Round) (reason string, err error) {
	secret, err := m.config.ClientSecret(ctx, false)
	if err != nil {
		return "no client secret", fmt.Errorf("the client secret could not be had: %w", err)
	}
	token, reason := m.exchange(ctx, secret, code, r)
	if reason == reasonClient {
		fresh, err := m.config.ClientSecret(ctx, true)
		if err != nil {
			return reason, fmt.Errorf("a fresh client secret could not be had: %w", err)
		}
		if fresh != secret { // a client that is refused has not spent its code
			token, reason = m.exchange(ctx, fresh, code, r)
		}
	}
	if reason != "" {
		return reason, nil
	}
	return m.judge(ctx, token, r), nil
}

const reasonClient = "the provider does not accept the client id or secret"

// exchange redeems the code. What the provider writes is not repeated.
func (m *Method) exchange(ctx context.Context, secret, code string, r round.Round) (token *oauth2.Token, reason string) {
	ctx = oidc.ClientContext(ctx, m.http) // where x/oauth2 looks too
	token, err := m.oauth(secret).Exchange(ctx, code, oauth2.VerifierOption(r.Verifier))
	var refused *oauth2.RetrieveError
	switch {
	case err == nil:
		return token, ""
	case !errors.As(err, &refused):
		return nil, "the provider is not available, or its reply is not understood"
	case refused.ErrorCode == "invalid_client":
		return nil, reasonClient
	}
	return nil, fmt.Sprintf("the provider refused the code, with status %d", refused.Response.StatusCode)
}
