package cognitotest

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/operation"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/signature"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/token"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

const (
	contentType  = "application/x-amz-json-1.1"
	targetPrefix = "AWSCognitoIdentityProviderService."
	// maxBody is far above what any operation of a sign-in needs.
	maxBody = 1 << 20
	// maxHeader is above what SDKs send by as much.
	maxHeader = 64 << 10
)

// slowBody is how long the body of a request may be on its way.
const slowBody = 30 * time.Second

// ServeHTTP answers the Cognito API, in AWS's JSON 1.1 protocol, and the two
// documents by which others verify the pool's tokens.
func (p *Pool) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.awaitBody(w, r)
	if allowOrigins(w, r) {
		return
	}
	if r.Method == http.MethodGet {
		p.serveDocument(w, r)
		return
	}
	call := Call{RequestID: directory.NewID()}
	defer p.faults.over(call.RequestID)
	body, err := p.answer(w, r, &call)
	if err == errCut {
		p.record(call)
		panic(http.ErrAbortHandler) // which closes the connection, and is not logged
	}
	status := http.StatusOK
	if err != nil {
		refusal := refusalOf(err)
		body, status, call.Code = refusal.Body(), refusal.Status, refusal.Code
		w.Header().Set("X-Amzn-Errortype", refusal.Code+":")
		w.Header().Set("X-Amzn-Errormessage", headerSafe(refusal.Message))
	}
	p.record(call)
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Amzn-Requestid", call.RequestID)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // the client is gone if it fails
}

// answer runs the operation that a request names, and notes in call what it
// was.
func (p *Pool) answer(w http.ResponseWriter, r *http.Request, call *Call) ([]byte, error) {
	name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), targetPrefix)
	if r.Method != http.MethodPost || r.URL.Path != "/" || !ok || name == "" {
		return nil, p.malformed("UnknownOperationException", "no operation is named: POST / with X-Amz-Target %s*", targetPrefix)
	}
	if got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || got != contentType {
		return nil, p.malformed("SerializationException", "%s: the content type must be %s", printable(name), contentType)
	}
	op, ok := operation.Operations[name]
	if !ok {
		return nil, wire.Errorf("UnknownOperationException", "cognitotest has no operation %s.", printable(name))
	}
	call.Operation = name
	var by signature.Signature
	if op.Signed {
		var err error
		if by, err = signature.Parse(r); err != nil {
			return nil, err
		}
	}
	body, err := p.readBody(w, r)
	if err != nil {
		return nil, err
	}
	if op.Signed && len(p.accessKeys) > 0 {
		if err := by.Verify(r, body, p.accessKeys); err != nil {
			return nil, err
		}
	}
	call.Step = glance(body).step()
	handle := func() ([]byte, error) {
		out, err := op.Call(r.Context(), p.service, body)
		if failed := p.sync(); failed != nil { // a refusal may have changed something too
			return nil, failed
		}
		var bad *wire.MalformedError
		if errors.As(err, &bad) {
			return nil, p.malformed("SerializationException", "%s: %s", name, bad.Reason)
		}
		call.Handled = true
		if err != nil {
			call.Code = refusalOf(err).Code // kept if a fault loses the reply
			return nil, err
		}
		return wire.Encode(out)
	}
	if fault, ok := p.faults.strike(call.RequestID, call.Operation, call.Step, ""); ok {
		call.Fault = fault.Effect
		return p.suffer(r.Context(), fault, body, handle)
	}
	return handle()
}

// awaitBody bounds the time that the body of a request may take, which net/http
// waits for after a refusal too. Without a body the deadline would end the request.
// A recorder has no deadlines, and needs none.
func (p *Pool) awaitBody(w http.ResponseWriter, r *http.Request) {
	if r.Body == http.NoBody {
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(p.patience))
}

// readBody reads a bounded body, in the time that awaitBody has set.
func (p *Pool) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, wire.Errorf("SerializationException", "The body could not be read.")
	case len(body) > maxBody:
		return nil, wire.Errorf("RequestEntityTooLargeException", "The body is larger than %d bytes.", maxBody)
	}
	// The operation may take longer: its triggers have their own time.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	return body, nil
}

// refusalOf is how an error is told to the client.
func refusalOf(err error) *wire.Error {
	var refusal *wire.Error
	if !errors.As(err, &refusal) {
		refusal = wire.Internal(err)
	}
	return refusal
}

func (p *Pool) record(call Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls.add(call)
	if p.counts == nil {
		p.counts = make(map[string]int)
	}
	p.counts[call.Operation]++
}

// A gist is what tells one request of an operation from another.
type gist struct {
	AuthFlow, ChallengeName, Session string
	ChallengeResponses               map[string]string
}

// glance takes what it can from a request. Whether the rest is well-formed is the
// operation's to say.
func glance(body []byte) (g gist) {
	_ = json.Unmarshal(body, &g)
	return g
}

// step is what a call of a sign-in began or answered.
func (g gist) step() string { return cmp.Or(g.AuthFlow, g.ChallengeName) }

// malformed refuses what no SDK can have sent, and fails the test in which it
// was: the code under test built a request by hand, and built it wrong.
func (p *Pool) malformed(code, format string, args ...any) error {
	err := wire.Errorf(code, format, args...)
	if p.tb != nil {
		p.tb.Errorf("cognitotest: malformed request: %s", err.Message)
	}
	return err
}

// serveDocument answers OIDC discovery and the key set.
func (p *Pool) serveDocument(w http.ResponseWriter, r *http.Request) {
	id, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/.well-known/")
	pool, err := p.service.Directory.Pool(id)
	if err != nil {
		forbidOrigins(w)
		p.other.ServeHTTP(w, r)
		return
	}
	var document any
	switch name {
	case "jwks.json":
		document = token.KeySet()
	case "openid-configuration":
		document = map[string]any{
			"issuer":                                pool.Issuer(),
			"jwks_uri":                              p.URL() + "/" + id + "/.well-known/jwks.json",
			"id_token_signing_alg_values_supported": []string{"RS256"},
			"response_types_supported":              []string{"code", "token"},
			"subject_types_supported":               []string{"public"},
		}
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(document) // the client is gone if it fails
}

// headerSafe keeps a message from ending the header that repeats it.
func headerSafe(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, s)
}

// printable bounds what a client made up before it is quoted.
func printable(s string) string {
	s = headerSafe(s)
	return s[:min(len(s), 64)]
}
