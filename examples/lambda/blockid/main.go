// Blockid is a Lambda function that sends users to 1Kosmos BlockID after the
// password: the triggers DefineAuthChallenge, CreateAuthChallenge and
// VerifyAuthChallengeResponse of a user pool, and PreTokenGeneration where a guard
// is needed. The template beside it deploys it, and names its settings.
package main

import (
	"strings"

	"github.com/cognitomfa/cognitomfa/challenge/stepup/blockid"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/examples/lambda/internal/function"
)

func main() { function.Start(method) }

func method(s *function.Settings) function.Maker {
	secretID := s.Text("BLOCKID_SECRET_ARN")
	username := s.Text("BLOCKID_USERNAME_ATTRIBUTE")
	c := blockid.Config{
		Tenant: s.Text("BLOCKID_TENANT"), Community: s.Text("BLOCKID_COMMUNITY"),
		Issuer: s.Text("BLOCKID_ISSUER"), KeysURL: s.Text("BLOCKID_KEYS_URL"),
		ClientID: s.Text("BLOCKID_CLIENT_ID"), RedirectURL: s.Optional("BLOCKID_REDIRECT_URL"),
		Claim: s.Text("BLOCKID_CLAIM"), Attribute: s.Text("BLOCKID_ATTRIBUTE"),
		ACR: s.List("BLOCKID_ACR"), AMR: s.List("BLOCKID_AMR"),
		// In a pool whose users sign in by address, their canonical names are UUIDs.
		Username: func(u trigger.User) string { return u.Attributes[username] },
	}
	// A program on the user's machine is sent back to by http (RFC 8252).
	c.AllowLoopback = strings.HasPrefix(c.RedirectURL, "http://")
	return func(b function.Backend) (trigger.Method, error) {
		secret, err := b.Secret(secretID)
		if err != nil {
			return nil, err
		}
		c.ClientSecret = secret.Text
		return blockid.New(c, b.Store)
	}
}
