package websdk2

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge"
)

// ErrParameters is what [Parse] says to a challenge of another kind.
var ErrParameters = errors.New("websdk2: the challenge has no signed request")

// A Prompt is a challenge of a [Method], read by the program that shows the
// iframe.
type Prompt struct {
	custom  *challenge.Custom
	request string
	host    string
	expires time.Time
}

// Parse reads the parameters of a challenge. The error matches [ErrParameters].
// A request that begins with "ERR|", which the published samples send when their
// configuration is wrong, is an error.
func Parse(c *challenge.Custom) (*Prompt, error) {
	if c == nil {
		return nil, ErrParameters
	}
	params := c.Parameters()
	p := &Prompt{custom: c, request: params[ParamRequest], host: params[ParamHost]}
	first, application, err := split(p.request)
	if err != nil || !strings.HasPrefix(first, prefixRequest+"|") || !strings.HasPrefix(application, prefixApplication+"|") {
		return nil, fmt.Errorf("%w: %s", ErrParameters, ParamRequest)
	}
	// The samples do not send the time; then it is not known.
	if text := params[ParamExpires]; text != "" {
		seconds, ok := parseSeconds(text)
		if !ok {
			return nil, fmt.Errorf("%w: %s", ErrParameters, ParamExpires)
		}
		p.expires = time.Unix(seconds, 0).UTC()
	}
	return p, nil
}

// Request is the sig_request, for Duo.init in the browser.
func (p *Prompt) Request() string { return p.request }

// Host is Duo's API hostname, for Duo.init; "" if the method does not send it.
func (p *Prompt) Host() string { return p.host }

// Expires is when the method stops taking an answer; zero if it does not say.
func (p *Prompt) Expires() time.Time { return p.expires }

// Answer makes the answer from the sig_response that Duo's script posts.
func (p *Prompt) Answer(response string) challenge.Answer {
	if p.custom == nil {
		return challenge.Answer{} // of no challenge: package auth refuses it
	}
	return p.custom.Answer(response)
}
