package challenge

import (
	"encoding/json"
	"slices"

	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// Passkey asks for a signature by one of the user's passkeys (WEB_AUTHN). The
// browser makes it: hand [Passkey.Options] to navigator.credentials.get and
// what that returns, as JSON, to [Passkey.Answer].
type Passkey struct {
	_ [0]*Passkey // see asked
	asked
}

// Options returns the PublicKeyCredentialRequestOptionsJSON of WebAuthn Level 3,
// section 5.1.8: what PublicKeyCredential.parseRequestOptionsFromJSON takes.
func (c *Passkey) Options() json.RawMessage {
	if c.step.IsZero() {
		return nil
	}
	return json.RawMessage(c.parameter(wire.KeyCredentialOptions))
}

// Answer makes the answer from the AuthenticationResponseJSON of WebAuthn Level
// 3, section 5.1.8: what PublicKeyCredential.toJSON returns.
func (c *Passkey) Answer(credential json.RawMessage) Answer {
	if !isObject(credential) {
		return refuse(c.reply(c), wire.BadInput, "a credential is a JSON object")
	}
	return c.respond(c, wire.KeyCredential, string(slices.Clone(credential)))
}

func parsePasskey(a asked) (Challenge, error) {
	if !isObject([]byte(a.parameter(wire.KeyCredentialOptions))) {
		return nil, a.malformed(wire.KeyCredentialOptions, "is not a JSON object")
	}
	return &Passkey{asked: a}, nil
}

func isObject(text []byte) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal(text, &object) == nil && object != nil
}
