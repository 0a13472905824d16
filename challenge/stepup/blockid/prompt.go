package blockid

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/redirect"
)

// ErrMessage is what [Prompt.AnswerMessage] says to a message that BlockID's
// page has not sent.
var ErrMessage = errors.New("blockid: the message has another origin, or is no JSON object with a code")

// claims is the request for BlockID's factors (OpenID Connect Core 1.0, section
// 5.5), as the demo's script makes it.
func claims(username string, acr []string) string {
	text, _ := json.Marshal(map[string]any{"id_token": map[string]any{ // strings: it cannot fail
		"username": username,
		"acr":      map[string]any{"essential": true, "values": acr},
	}})
	return string(text)
}

// A Prompt is a challenge of a [Method], read by the program that shows BlockID.
// Answer makes the answer of a redirect, AnswerMessage that of a frame.
type Prompt struct {
	*redirect.Prompt
	origin string
}

// Parse reads the parameters of a challenge. The error matches
// redirect.ErrParameters.
func Parse(c *challenge.Custom) (*Prompt, error) {
	p, err := redirect.Parse(c)
	if err != nil {
		return nil, fmt.Errorf("blockid: %w", err)
	}
	origin := c.Parameters()[ParamOrigin]
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin {
		return nil, fmt.Errorf("blockid: %w: %s", redirect.ErrParameters, ParamOrigin)
	}
	return &Prompt{p, origin}, nil
}

// Origin is the only origin whose messages count.
func (p *Prompt) Origin() string { return p.origin }

// maxMessage is far above what a code and a state take.
const maxMessage = 16 << 10

// AnswerMessage makes the answer from a message event of the window that shows
// the frame: its origin and its data, a JSON object with "code" and, if the page
// sends it, "state". The error matches [ErrMessage] or is that of
// redirect.Prompt.Answer; nothing was answered then.
func (p *Prompt) AnswerMessage(origin, data string) (challenge.Answer, error) {
	var message struct {
		Code  string  `json:"code"`
		State *string `json:"state"`
		Error string  `json:"error"`
	}
	if p.origin == "" || origin != p.origin || len(data) > maxMessage || json.Unmarshal([]byte(data), &message) != nil {
		return challenge.Answer{}, ErrMessage
	}
	query := url.Values{"state": {p.State()}}
	if message.State != nil {
		query.Set("state", *message.State)
	}
	switch {
	case message.Error != "":
		query.Set("error", message.Error)
	case message.Code == "":
		return challenge.Answer{}, ErrMessage
	default:
		query.Set("code", message.Code)
	}
	return p.Answer(query)
}
