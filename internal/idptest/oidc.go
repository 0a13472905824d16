package idptest

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// A Person is a user of an [OIDC] provider.
type Person struct {
	Subject  string // sub
	Username string // preferred_username: what the page shows
	Email    string
	Verified bool // email_verified
}

// An OIDC is an OpenID Connect provider with one client, whose code flow it
// checks as OpenID Connect Core 1.0 and RFC 7636 have it. Its address is its
// issuer. It is an http.Handler.
type OIDC struct {
	ClientID, ClientSecret, RedirectURI string
	// People are the users, of which the page preselects the one that a login
	// hint names.
	People []Person
	// Expected makes a person of a login hint that is nobody's among People, for
	// a site whose users are not known beforehand; nil: there are no others.
	Expected func(hint string) Person
	// SecretInBody takes client_secret from the form instead of the header.
	SecretInBody bool
	// AMR are the methods with which users authenticate here. ACR is the class
	// if none was asked for; else it is the first one asked for.
	AMR []string
	ACR string
	// Now is the clock; time.Now if nil.
	Now func() time.Time

	paths  oidcPaths
	noPKCE bool
	key    *rsa.PrivateKey
	mu     sync.Mutex
	down   bool
	tamper func(claims map[string]any) (string, error)
	calls  []string
	desk   desk
}

type oidcPaths struct{ authorize, token, keys string }

// The paths of an [OIDC] provider. It has no discovery: a client that asks for
// it is answered 404.
const (
	OIDCAuthorize = "/authorize"
	OIDCToken     = "/token"
	OIDCKeys      = "/keys"
)

// KeyID is the id of the key with which tokens are signed.
const KeyID = "key-1"

var newKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // crypto/rsa makes keys of 2048 bits on every platform
	}
	return key
})

// NewOIDC makes a provider with a client and two people, ann and bob.
func NewOIDC(clientID, clientSecret, redirectURI string) *OIDC {
	return &OIDC{
		ClientID: clientID, ClientSecret: clientSecret, RedirectURI: redirectURI,
		People: []Person{
			{Subject: "sub-ann", Username: "ann", Email: "ann@example.com", Verified: true},
			{Subject: "sub-bob", Username: "bob", Email: "bob@example.com", Verified: true},
		},
		AMR: []string{"mfa", "hwk"}, ACR: "loa1",
		paths: oidcPaths{OIDCAuthorize, OIDCToken, OIDCKeys},
		key:   newKey(),
	}
}

// PrivateKey is the key with which tokens are signed.
func (o *OIDC) PrivateKey() *rsa.PrivateKey { return o.key }

// SetDown makes every call fail with status 503, or ends that.
func (o *OIDC) SetDown(down bool) { o.set(func() { o.down = down }) }

// Tamper lets a test make the id token that a code is exchanged for; nil ends
// that.
func (o *OIDC) Tamper(token func(claims map[string]any) (string, error)) {
	o.set(func() { o.tamper = token })
}

func (o *OIDC) set(change func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change()
}

// Calls returns the paths that were called, in order.
func (o *OIDC) Calls() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.calls)
}

func (o *OIDC) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}

// ServeHTTP answers the provider's endpoints.
func (o *OIDC) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	o.calls = append(o.calls, r.URL.Path)
	down := o.down
	o.mu.Unlock()
	switch {
	case down:
		http.Error(w, "down", http.StatusServiceUnavailable)
	case r.URL.Path == o.paths.authorize && r.Method == http.MethodGet:
		o.authorize(w, r)
	case r.URL.Path == o.paths.authorize && r.Method == http.MethodPost:
		o.desk.decide(w, r)
	case r.URL.Path == o.paths.token && r.Method == http.MethodPost:
		o.redeem(w, r)
	case r.URL.Path == o.paths.keys && r.Method == http.MethodGet:
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{ // the client is gone if it fails
			{Key: o.key.Public(), KeyID: KeyID, Algorithm: "RS256", Use: "sig"},
		}})
	default:
		http.NotFound(w, r)
	}
}

// A grant is what a code stands for.
type grant struct {
	person    Person
	nonce     string
	challenge string // of PKCE
	acr       string
	authTime  time.Time
	expires   time.Time
}

func (o *OIDC) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	challenge := q.Get("code_challenge")
	withPKCE := len(challenge) == 43 && q.Get("code_challenge_method") == "S256"
	switch {
	case q.Get("client_id") != o.ClientID || q.Get("redirect_uri") != o.RedirectURI:
		refuse(w, http.StatusBadRequest, "invalid_request", "unknown client or redirect URI")
		return
	case q.Get("response_type") != "code" || !slices.Contains(strings.Fields(q.Get("scope")), "openid") ||
		len(q.Get("state")) < 16 || len(q.Get("nonce")) < 16 || !withPKCE && !(o.noPKCE && challenge == ""):
		refuse(w, http.StatusBadRequest, "invalid_request", "response_type, scope, state, nonce or code_challenge")
		return
	}
	acr, hint, ok := o.requested(q)
	if !ok {
		refuse(w, http.StatusBadRequest, "invalid_request", "claims")
		return
	}
	people := slices.Clone(o.People)
	if o.Expected != nil && hint != "" && !slices.ContainsFunc(people, func(p Person) bool { return p.Username == hint }) {
		people = append(people, o.Expected(hint))
	}
	names := make([]string, 0, len(people))
	for _, p := range people {
		names = append(names, p.Username)
	}
	if i := slices.Index(names, hint); i > 0 {
		names[0], names[i] = names[i], names[0]
	}
	o.desk.receive(w, visit{
		Provider: "Identity provider", Users: names, redirect: o.RedirectURI, state: q.Get("state"), code: "code",
		extra: url.Values{"iss": {base(r)}},
		grant: func(user string) any {
			i := slices.IndexFunc(people, func(p Person) bool { return p.Username == user })
			return grant{people[i], q.Get("nonce"), challenge, acr, o.now(), o.now().Add(time.Minute)}
		},
	})
}

// requested is the first class that is asked for, by acr_values or as a claim
// (OpenID Connect Core 1.0, section 5.5.1.1), and the user who is expected.
func (o *OIDC) requested(q url.Values) (acr, hint string, ok bool) {
	var claims struct {
		IDToken struct {
			Username string `json:"username"` // BlockID's way of a login hint
			ACR      struct {
				Values []string `json:"values"`
			} `json:"acr"`
		} `json:"id_token"`
	}
	if text := q.Get("claims"); text != "" && json.Unmarshal([]byte(text), &claims) != nil {
		return "", "", false
	}
	values := append(strings.Fields(q.Get("acr_values")), claims.IDToken.ACR.Values...)
	return append(values, o.ACR)[0], cmp.Or(q.Get("login_hint"), claims.IDToken.Username), true
}

// isClient checks the client's secret, where it is expected and nowhere else.
func (o *OIDC) isClient(r *http.Request) bool {
	id, secret, inHeader := r.BasicAuth()
	inBody := r.PostFormValue("client_secret") != ""
	if o.SecretInBody {
		return !inHeader && r.PostFormValue("client_id") == o.ClientID && r.PostFormValue("client_secret") == o.ClientSecret
	}
	// RFC 6749, section 2.3.1, has them form-encoded inside the header.
	return inHeader && !inBody && id == url.QueryEscape(o.ClientID) && secret == url.QueryEscape(o.ClientSecret)
}

func (o *OIDC) redeem(w http.ResponseWriter, r *http.Request) {
	if !o.isClient(r) {
		refuse(w, http.StatusUnauthorized, "invalid_client", "")
		return
	}
	redeemed, ok := o.desk.redeem(r.PostFormValue("code"))
	g, _ := redeemed.(grant)
	verifier := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	proven := g.challenge == "" || g.challenge == base64.RawURLEncoding.EncodeToString(verifier[:])
	if !ok || !proven || r.PostFormValue("grant_type") != "authorization_code" || r.PostFormValue("redirect_uri") != o.RedirectURI || o.now().After(g.expires) {
		refuse(w, http.StatusBadRequest, "invalid_grant", "")
		return
	}
	access := rand.Text()
	sum := sha256.Sum256([]byte(access))
	claims := map[string]any{
		"iss": base(r), "aud": o.ClientID, "sub": g.person.Subject, "nonce": g.nonce, "acr": g.acr, "amr": o.AMR,
		"iat": o.now().Unix(), "exp": o.now().Add(5 * time.Minute).Unix(), "auth_time": g.authTime.Unix(),
		"at_hash":            base64.RawURLEncoding.EncodeToString(sum[:16]),
		"preferred_username": g.person.Username, "email": g.person.Email, "email_verified": g.person.Verified,
	}
	o.mu.Lock()
	issue := o.tamper
	o.mu.Unlock()
	if issue == nil {
		issue = func(claims map[string]any) (string, error) { return Sign(jose.RS256, o.key, KeyID, claims) }
	}
	token, err := issue(claims)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error", err.Error())
		return
	}
	reply(w, http.StatusOK, map[string]any{"id_token": token, "access_token": access, "token_type": "Bearer", "expires_in": 300})
}
