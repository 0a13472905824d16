// Duo is a Lambda function that sends users to Duo after the password: the
// triggers DefineAuthChallenge, CreateAuthChallenge and
// VerifyAuthChallengeResponse of a user pool, and PreTokenGeneration where a guard
// is needed. The template beside it deploys it, and names its settings.
package main

import (
	"strings"

	"github.com/cognitomfa/cognitomfa/challenge/duo"
	"github.com/cognitomfa/cognitomfa/challenge/duo/websdk2"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/examples/lambda/internal/function"
)

func main() { function.Start(method) }

// The values of DUO_PROMPT.
const (
	universal = "universal" // a page of Duo's
	legacy    = "websdk2"   // the iframe, which Duo no longer supports
)

func method(s *function.Settings) function.Maker {
	prompt := s.OneOf("DUO_PROMPT", universal, legacy)
	secretID := s.Text("DUO_SECRET_ARN")
	redirect, host := s.Optional("REDIRECT_URL"), s.Optional("DUO_API_HOSTNAME")
	username := duo.Username
	if attribute := s.Optional("DUO_USERNAME_ATTRIBUTE"); attribute != "" {
		username = duo.Attribute(attribute)
	}
	return func(b function.Backend) (trigger.Method, error) {
		keys, err := b.Secret(secretID)
		if err != nil {
			return nil, err
		}
		if prompt == legacy {
			return websdk2.NewMethod(keys, b.Store, func(o *websdk2.MethodOptions) { o.Username, o.Host = username, host })
		}
		client, err := duo.NewClient(keys, redirect, func(o *duo.ClientOptions) {
			// A program on the user's machine is sent back to by http (RFC 8252).
			o.AllowLoopback = strings.HasPrefix(redirect, "http://")
		})
		if err != nil {
			return nil, err
		}
		return duo.NewMethod(client, b.Store, func(o *duo.MethodOptions) { o.Username = username })
	}
}
