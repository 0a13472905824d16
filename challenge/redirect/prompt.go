package redirect

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge"
)

// The public parameters of a challenge that redirects, for front ends in other
// languages. The answer is a JSON object with the members "code" and "state",
// and "iss" if the redirect had one.
const (
	ParamURL     = "auth_url"   // where to send the browser
	ParamState   = "state"      // what it will bring back
	ParamExpires = "expires_at" // when the answer comes too late, in seconds since 1970
)

// Reasons why a challenge or a redirect is of no use.
var (
	// ErrParameters: the challenge does not redirect, or its trigger sent
	// something that a browser should not be sent to.
	ErrParameters = errors.New("redirect: the challenge has no usable address to send the user to")
	// ErrState: the redirect belongs to another sign-in, or to none. Answer
	// nothing: its code may be somebody else's.
	ErrState = errors.New("redirect: the redirect has another state: it does not belong to this sign-in")
	// ErrNoCode: the redirect has the right state but neither a code nor an
	// error, or more than one.
	ErrNoCode = errors.New("redirect: the redirect has no code, or more than one")
)

// A DeniedError says that the user was sent back without a code: they gave up,
// or the other site would not let them. [Prompt.Decline] asks for another try.
type DeniedError struct {
	// Code is the error code of RFC 6749, section 4.1.2.1, such as
	// "access_denied"; "other" if the site sent anything else.
	Code string
}

func (e *DeniedError) Error() string {
	return "redirect: the user came back without a code (" + e.Code + ")"
}

// deniedCodes are what may be repeated of an error. Whatever else a redirect
// says is text of whoever made the link. Sources: RFC 6749, section 4.1.2.1;
// OpenID Connect Core 1.0, section 3.1.2.6.
var deniedCodes = map[string]bool{
	"invalid_request": true, "unauthorized_client": true, "access_denied": true, "unsupported_response_type": true,
	"invalid_scope": true, "server_error": true, "temporarily_unavailable": true, "interaction_required": true,
	"login_required": true, "account_selection_required": true, "consent_required": true,
}

// A Prompt is a challenge that redirects, read. It holds no secret but, inside
// its challenge, Cognito's session, and prints as little as that.
type Prompt struct {
	custom  *challenge.Custom
	url     string
	state   string
	expires time.Time
}

const (
	maxURL   = 16 << 10 // Duo's request and the claims of OpenID Connect take some 1,500
	maxCode  = 8 << 10
	maxState = 1024
)

// Parse reads the parameters of a challenge. The error matches [ErrParameters].
// The address is one for a browser: https, or http to this machine.
func Parse(c *challenge.Custom) (*Prompt, error) {
	if c == nil {
		return nil, ErrParameters
	}
	params := c.Parameters()
	p := &Prompt{custom: c, url: params[ParamURL], state: params[ParamState]}
	seconds, err := strconv.ParseInt(params[ParamExpires], 10, 64)
	switch {
	case !browsable(p.url):
		return nil, fmt.Errorf("%w: %s", ErrParameters, ParamURL)
	case p.state == "" || len(p.state) > maxState:
		return nil, fmt.Errorf("%w: %s", ErrParameters, ParamState)
	case err != nil || seconds < 0:
		return nil, fmt.Errorf("%w: %s", ErrParameters, ParamExpires)
	}
	p.expires = time.Unix(seconds, 0).UTC()
	return p, nil
}

// browsable reports whether a browser may be sent to an address that a server
// made up: a program must not open a file, or run a scheme's handler, for it.
func browsable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Hostname() == "" || u.Fragment != "" || len(address) > maxURL {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// URL is where to send the user's browser, as a whole page: Duo and most
// identity providers refuse to be framed.
func (p *Prompt) URL() string { return p.url }

// RedirectURL is where the other site will send the browser, by the address's
// redirect_uri (RFC 6749, section 4.1.1): what a program on the user's machine
// gives [Listen], which refuses any address but one of this machine. "" if the
// address does not say.
func (p *Prompt) RedirectURL() string {
	u, err := url.Parse(p.url)
	if err != nil { // Parse has parsed it
		return ""
	}
	return u.Query().Get("redirect_uri")
}

// State is what the browser will bring back in the parameter "state". It is
// random and of one use: a backend can keep the sealed challenge under it.
func (p *Prompt) State() string { return p.state }

// Expires is when the trigger stops taking an answer, to the second.
func (p *Prompt) Expires() time.Time { return p.expires }

// Answer makes the answer from the query of the redirect. The error matches
// [ErrState], [ErrNoCode], or is a [*DeniedError]; in each case nothing was
// answered and the challenge still can be.
func (p *Prompt) Answer(query url.Values) (challenge.Answer, error) {
	states := query["state"]
	if p.state == "" || len(states) != 1 || subtle.ConstantTimeCompare([]byte(states[0]), []byte(p.state)) != 1 {
		return challenge.Answer{}, ErrState
	}
	if codes := query["error"]; len(codes) > 0 {
		code := codes[0]
		if !deniedCodes[code] {
			code = "other"
		}
		return challenge.Answer{}, &DeniedError{Code: code}
	}
	// Duo calls it duo_code. One redirect has one of the two.
	codes := append(query["code"][:len(query["code"]):len(query["code"])], query["duo_code"]...)
	issuers := query["iss"]
	if len(codes) != 1 || codes[0] == "" || len(codes[0]) > maxCode || len(issuers) > 1 {
		return challenge.Answer{}, ErrNoCode
	}
	a := answer{Code: codes[0], State: p.state}
	if len(issuers) == 1 {
		a.Issuer = issuers[0]
	}
	return p.custom.Answer(a.json()), nil
}

// Decline makes an answer that is always wrong, for a user who came back
// without a code: if the trigger allows another try, the challenge that follows
// has a fresh address.
func (p *Prompt) Decline() challenge.Answer {
	if p.custom == nil {
		return challenge.Answer{} // of no challenge: package auth refuses it
	}
	return p.custom.Answer(answer{State: p.state}.json())
}

// answer is the form of an answer.
type answer struct {
	Code   string `json:"code"`
	State  string `json:"state"`
	Issuer string `json:"iss,omitempty"`
}

func (a answer) json() string {
	text, _ := json.Marshal(a) // strings only: it cannot fail
	return string(text)
}
