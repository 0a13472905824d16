package factor

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A RelyingParty is the site that passkeys are for. The signatures are checked by
// go-webauthn; which refusal the service has for what, and which origins belong
// to the site, is decided here.
type RelyingParty struct {
	ID           string
	Verification types.UserVerificationType
}

// A Passkey is a registered credential. Its value is replaced, never changed.
type Passkey struct {
	webauthn.Credential
	Created time.Time
	Party   string // the id of the site it was made for
}

// A Holder is the user that a ceremony is about, as authenticators know users.
type Holder struct {
	Sub, Username string
	Passkeys      []Passkey
}

// The methods of [webauthn.User].
func (h Holder) WebAuthnID() []byte          { return []byte(h.Sub) }
func (h Holder) WebAuthnName() string        { return h.Username }
func (h Holder) WebAuthnDisplayName() string { return h.Username }
func (h Holder) WebAuthnCredentials() []webauthn.Credential {
	list := make([]webauthn.Credential, len(h.Passkeys))
	for i, p := range h.Passkeys {
		list[i] = p.Credential
	}
	return list
}

// A Ceremony is what an authenticator was asked, to be held against its answer.
type Ceremony struct {
	webauthn.SessionData
}

// VerifiesUser tells whether the user's presence is not enough.
func (c Ceremony) VerifiesUser() bool { return c.UserVerification == protocol.VerificationRequired }

// The times that the options name (API reference: the examples of
// StartWebAuthnRegistration and of the WEB_AUTHN challenge).
const (
	creationTimeout = 60 * time.Second
	requestTimeout  = 180 * time.Second
)

// library prepares go-webauthn for one ceremony. It knows lists of origins, not
// the rule that makes them, so it is given the one that passed the rule.
func (rp RelyingParty) library(origin string) (*webauthn.WebAuthn, error) {
	return webauthn.New(&webauthn.Config{
		RPID: rp.ID, RPDisplayName: rp.ID, RPOrigins: []string{origin},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: protocol.ResidentKeyRequired(), ResidentKey: protocol.ResidentKeyRequirementRequired,
			UserVerification: protocol.UserVerificationRequirement(rp.Verification),
		},
		Timeouts: webauthn.TimeoutsConfig{
			Login:        webauthn.TimeoutConfig{Timeout: requestTimeout},
			Registration: webauthn.TimeoutConfig{Timeout: creationTimeout},
		},
	})
}

// Check refuses a site that no browser would take for one.
func (rp RelyingParty) Check() error { return protocol.ValidateRPID(rp.ID) }

// Offer begins a registration and returns the options for the browser.
func (rp RelyingParty) Offer(h Holder) (options []byte, c Ceremony, err error) {
	w, err := rp.library("https://" + rp.ID)
	if err != nil {
		return nil, c, err
	}
	var known []protocol.CredentialDescriptor
	for _, p := range h.Passkeys {
		known = append(known, p.Descriptor())
	}
	creation, session, err := w.BeginRegistration(h, webauthn.WithExclusions(known),
		webauthn.WithCredentialParameters([]protocol.CredentialParameter{
			{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
			{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
		}))
	if err != nil {
		return nil, c, err
	}
	options, err = json.Marshal(creation.Response)
	return options, Ceremony{*session}, err
}

// Register checks what an authenticator made of an offer.
func (rp RelyingParty) Register(h Holder, c Ceremony, response []byte, now time.Time) (Passkey, error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return Passkey{}, wire.CredentialMalformed
	}
	data, party := parsed.Response.CollectedClientData, sha256.Sum256([]byte(rp.ID))
	switch {
	case data.Type != protocol.CreateCeremony:
		return Passkey{}, wire.CredentialMalformed
	case data.Challenge != c.Challenge:
		return Passkey{}, wire.PasskeyChallenge
	case !rp.owns(data.Origin):
		return Passkey{}, wire.PasskeyOrigin
	case !bytes.Equal(parsed.Response.AttestationObject.AuthData.RPIDHash, party[:]):
		return Passkey{}, wire.PasskeyParty
	}
	w, err := rp.library(data.Origin)
	if err != nil {
		return Passkey{}, err
	}
	credential, err := w.CreateCredential(h, c.SessionData, parsed)
	if err != nil {
		// An algorithm, a form of attestation or a user who was not verified.
		return Passkey{}, wire.PasskeyUnsupported
	}
	// Nothing asks for the attestation again.
	credential.Attestation = webauthn.CredentialAttestation{}
	return Passkey{*credential, now, rp.ID}, nil
}

// Ask begins a sign-in and returns the options for the browser. verified asks
// for the user to be verified whatever the site asks for otherwise.
func (rp RelyingParty) Ask(h Holder, verified bool) (options []byte, c Ceremony, err error) {
	if verified {
		rp.Verification = types.UserVerificationTypeRequired
	}
	w, err := rp.library("https://" + rp.ID)
	if err != nil {
		return nil, c, err
	}
	assertion, session, err := w.BeginLogin(h)
	if err != nil {
		return nil, c, err
	}
	options, err = json.Marshal(assertion.Response)
	return options, Ceremony{*session}, err
}

var errAssertion = errors.New("the passkey does not answer the challenge")

// Answer checks what an authenticator answered, and returns the passkey as it is
// from now on. The service does not say what was wrong, so nor does the error.
func (rp RelyingParty) Answer(h Holder, c Ceremony, response []byte) (Passkey, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil || !rp.owns(parsed.Response.CollectedClientData.Origin) {
		return Passkey{}, errAssertion
	}
	w, err := rp.library(parsed.Response.CollectedClientData.Origin)
	if err != nil {
		return Passkey{}, err
	}
	credential, err := w.ValidateLogin(h, c.SessionData, parsed)
	// A counter that did not move is the sign of a copied key (WebAuthn,
	// section 6.1.1).
	if err != nil || credential.Authenticator.CloneWarning {
		return Passkey{}, errAssertion
	}
	for _, p := range h.Passkeys {
		if bytes.Equal(p.ID, credential.ID) {
			p.Credential = *credential
			return p, nil
		}
	}
	return Passkey{}, errAssertion
}

// owns tells whether an origin is the site's: its domain or one below it, over
// TLS; on this machine also without (WebAuthn, section 5.1.3, step 7 to 9).
func (rp RelyingParty) owns(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if host != rp.ID && !strings.HasSuffix(host, "."+rp.ID) {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && (host == "localhost" || strings.HasSuffix(host, ".localhost"))
}
