package idptest

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// A Duo is Duo's OIDC Auth API for one application, as https://duo.com/docs/oauthapi
// has it. Each request and each client assertion is checked. It is an
// http.Handler that may be served at any address, by http or https.
type Duo struct {
	// Now is the clock; time.Now if nil.
	Now func() time.Time

	mu     sync.Mutex
	id     string
	secret string
	down   bool
	token  func(claims map[string]any) (string, error)
	calls  []string
	desk   desk
}

// NewDuo makes a Duo that knows one application.
func NewDuo(clientID, clientSecret string) *Duo { return &Duo{id: clientID, secret: clientSecret} }

// Rotate makes another client secret the application's.
func (d *Duo) Rotate(clientSecret string) { d.set(func() { d.secret = clientSecret }) }

// SetDown makes every call fail with status 503, or ends that.
func (d *Duo) SetDown(down bool) { d.set(func() { d.down = down }) }

// Tamper lets a test make the token that Duo gives for a code; nil ends that.
func (d *Duo) Tamper(token func(claims map[string]any) (string, error)) {
	d.set(func() { d.token = token })
}

func (d *Duo) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

// Calls returns the paths that were called, in order.
func (d *Duo) Calls() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.calls)
}

func (d *Duo) now() time.Time {
	if d.Now != nil {
		return d.Now()
	}
	return time.Now()
}

// The paths of the API.
const (
	DuoHealth    = "/oauth/v1/health_check"
	DuoAuthorize = "/oauth/v1/authorize"
	DuoToken     = "/oauth/v1/token"
)

// ServeHTTP answers the API and shows the prompt.
func (d *Duo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	d.calls = append(d.calls, r.URL.Path)
	down := d.down
	d.mu.Unlock()
	switch {
	case down:
		http.Error(w, "down", http.StatusServiceUnavailable)
	case r.URL.Path == DuoHealth && r.Method == http.MethodPost:
		d.health(w, r)
	case r.URL.Path == DuoAuthorize && r.Method == http.MethodGet:
		d.authorize(w, r)
	case r.URL.Path == DuoAuthorize && r.Method == http.MethodPost:
		d.desk.decide(w, r)
	case r.URL.Path == DuoToken && r.Method == http.MethodPost:
		d.redeem(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (d *Duo) health(w http.ResponseWriter, r *http.Request) {
	if err := d.checkAssertion(r, DuoHealth); err != nil {
		reply(w, http.StatusBadRequest, map[string]any{
			"stat": "FAIL", "code": 40002, "message": "invalid_client", "message_detail": err.Error(), "timestamp": d.now().Unix(),
		})
		return
	}
	reply(w, http.StatusOK, map[string]any{"stat": "OK", "response": map[string]any{"timestamp": d.now().Unix()}})
}

// DuoKey is a client secret as a key of HS512: filled up with zeros, which is
// what HMAC does to short keys anyway, because go-jose takes none that are
// shorter than 64 bytes.
func DuoKey(secret string) []byte {
	return append([]byte(secret), make([]byte, max(0, 64-len(secret)))...)
}

// read checks what the application signed, and its time.
func (d *Duo) read(token, audience string, more any) error {
	d.mu.Lock()
	key := DuoKey(d.secret)
	d.mu.Unlock()
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.HS512})
	if err != nil {
		return errors.New("the token is not signed by HS512")
	}
	var claims jwt.Claims
	if err := parsed.Claims(key, &claims, more); err != nil {
		return errors.New("the token is not signed with the client secret")
	}
	now := d.now()
	switch {
	case claims.Issuer != d.id:
		return errors.New("iss is not the client id")
	case len(claims.Audience) != 1 || claims.Audience[0] != audience:
		return errors.New("aud is not " + audience)
	case claims.Expiry == nil || now.After(claims.Expiry.Time()) || claims.Expiry.Time().After(now.Add(6*time.Minute)):
		return errors.New("exp is not within the next five minutes")
	}
	return nil
}

func (d *Duo) checkAssertion(r *http.Request, path string) error {
	var claims struct {
		Subject string `json:"sub"`
		ID      string `json:"jti"`
	}
	if err := d.read(r.PostFormValue("client_assertion"), base(r)+path, &claims); err != nil {
		return err
	}
	if r.PostFormValue("client_id") != d.id || claims.Subject != d.id || claims.ID == "" {
		return errors.New("sub or jti is wrong")
	}
	return nil
}

// A duoRequest is what authorize is asked for, and what a code stands for.
type duoRequest struct {
	Scope        string `json:"scope"`
	ResponseType string `json:"response_type"`
	RedirectURI  string `json:"redirect_uri"`
	ClientID     string `json:"client_id"`
	State        string `json:"state"`
	Username     string `json:"duo_uname"`
	DuoCode      bool   `json:"use_duo_code_attribute"`

	nonce   string
	expires time.Time
}

func (d *Duo) authorize(w http.ResponseWriter, r *http.Request) {
	var req duoRequest
	q := r.URL.Query()
	req.nonce = q.Get("nonce")
	err := d.read(q.Get("request"), base(r), &req)
	if err == nil && (q.Get("client_id") != d.id || req.ClientID != d.id || q.Get("response_type") != "code" || req.ResponseType != "code" ||
		req.Scope != "openid" || req.RedirectURI == "" || req.Username == "" || len(req.State) < 16 || len(req.State) > 1024 ||
		req.nonce != "" && (len(req.nonce) < 16 || len(req.nonce) > 1024)) {
		err = errors.New("a parameter is missing or has a length that Duo does not take")
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", err.Error())
		return
	}
	code := "code"
	if req.DuoCode {
		code = "duo_code"
	}
	d.desk.receive(w, visit{
		Provider: "Duo", Users: []string{req.Username}, redirect: req.RedirectURI, state: req.State, code: code,
		grant: func(string) any { req.expires = d.now().Add(10 * time.Minute); return req },
	})
}

func (d *Duo) redeem(w http.ResponseWriter, r *http.Request) {
	if err := d.checkAssertion(r, DuoToken); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_client", err.Error())
		return
	}
	grant, ok := d.desk.redeem(r.PostFormValue("code"))
	req, _ := grant.(duoRequest)
	if !ok || r.PostFormValue("grant_type") != "authorization_code" || req.RedirectURI != r.PostFormValue("redirect_uri") || d.now().After(req.expires) ||
		r.PostFormValue("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		refuse(w, http.StatusBadRequest, "invalid_grant", "The code is unknown, used or expired.")
		return
	}
	now := d.now()
	claims := map[string]any{
		"iss": base(r) + DuoToken, "aud": d.id, "sub": req.Username, "preferred_username": req.Username,
		"iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "auth_time": now.Unix(),
		"auth_result":  map[string]any{"result": "allow", "status": "allow", "status_msg": "Login Successful"},
		"auth_context": map[string]any{"result": "success", "factor": "duo_push", "user": map[string]any{"name": req.Username}},
	}
	if req.nonce != "" {
		claims["nonce"] = req.nonce
	}
	d.mu.Lock()
	issue, key := d.token, DuoKey(d.secret)
	d.mu.Unlock()
	if issue == nil {
		issue = func(claims map[string]any) (string, error) { return Sign(jose.HS512, key, "", claims) }
	}
	token, err := issue(claims)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error", err.Error())
		return
	}
	reply(w, http.StatusOK, map[string]any{"id_token": token, "access_token": "access", "token_type": "Bearer", "expires_in": 3600})
}
