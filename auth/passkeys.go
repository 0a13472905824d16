package auth

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// StartPasskey begins the registration of a passkey of the signed-in user
// (StartWebAuthnRegistration). It returns the
// PublicKeyCredentialCreationOptionsJSON of WebAuthn Level 3, section 5.1.8, for
// the user's browser: what PublicKeyCredential.parseCreationOptionsFromJSON takes.
// What navigator.credentials.create makes of it goes to [Factors.CompletePasskey],
// with the tokens of the same app client, within some minutes. A registration
// takes the place of one that was begun before.
//
// The errors are ErrConfig (the pool has no passkeys, or no relying party),
// ErrInput (the user has as many passkeys as there may be), ErrToken and those of
// every call.
func (f *Factors) StartPasskey(ctx context.Context, t *Tokens) (json.RawMessage, error) {
	op := operation{name: "StartWebAuthnRegistration", at: stageSelf}
	access, err := f.bearer(op, t)
	if err != nil {
		return nil, err
	}
	out, err := invoke(ctx, &f.caller, op, f.api.StartWebAuthnRegistration, &cip.StartWebAuthnRegistrationInput{AccessToken: access})
	if err != nil {
		return nil, passkeysFull(err)
	}
	if out.CredentialCreationOptions == nil {
		return nil, op.fail(ErrMalformed, "the reply has no options", nil)
	}
	options, err := out.CredentialCreationOptions.MarshalSmithyDocument()
	if err != nil || object(options) == nil {
		return nil, op.fail(ErrMalformed, "the options are not a JSON object", err)
	}
	return options, nil
}

// CompletePasskey ends the registration with what the browser made: the
// RegistrationResponseJSON of WebAuthn Level 3, section 5.1.8, which
// PublicKeyCredential.toJSON returns. The user may then sign in with [UserAuth] and
// [PreferPasskey].
//
// The errors are ErrStartOver (the registration has expired or was completed: see
// [Factors.StartPasskey]), ErrInput (not a credential, or of an authenticator that
// Cognito does not take), ErrConfig (the page is of another site than the pool's
// relying party, or the tokens are of another app client), ErrToken and those of
// every call. After ErrOutcomeUnknown, [Factors.Passkeys] tells whether it is there.
func (f *Factors) CompletePasskey(ctx context.Context, t *Tokens, credential json.RawMessage) error {
	op := operation{name: "CompleteWebAuthnRegistration", at: stageSelf, consumes: true}
	access, err := f.bearer(op, t)
	if err != nil {
		return err
	}
	value := object(credential)
	if value == nil {
		return op.fail(ErrInput, "a credential is a JSON object", nil)
	}
	_, err = invoke(ctx, &f.caller, op, f.api.CompleteWebAuthnRegistration, &cip.CompleteWebAuthnRegistrationInput{
		AccessToken: access, Credential: document.NewLazyDocument(value),
	})
	return passkeysFull(err)
}

// object decodes a JSON object; nil if text is none.
func object(text []byte) map[string]any {
	var value map[string]any
	if json.Unmarshal(text, &value) != nil {
		return nil
	}
	return value
}

// A Passkey is a registered passkey of a user.
type Passkey struct {
	ID           string    // the credential's id, in unpadded base64url, for [Factors.DeletePasskey]
	Name         string    // made up by Cognito
	RelyingParty string    // the domain it is for
	Created      time.Time // when it was registered
	Attachment   string    // "platform" or "cross-platform"; "" if the authenticator did not say
	Transports   []string  // how browsers reach it, such as "internal" and "usb"; may be empty
}

// maxPasskeyPages bounds the pages that a list is made of. A user has 20 passkeys at
// most, and a server that always has one page more must not keep the program for
// ever.
const maxPasskeyPages = 100

// Passkeys lists the passkeys of the signed-in user, asking Cognito for the next
// page when the last has been read. The list ends with the first error: ErrToken or
// one of those of every call.
func (f *Factors) Passkeys(ctx context.Context, t *Tokens) iter.Seq2[Passkey, error] {
	return func(yield func(Passkey, error) bool) {
		op := operation{name: "ListWebAuthnCredentials", at: stageSelf}
		access, err := f.bearer(op, t)
		if err != nil {
			yield(Passkey{}, err)
			return
		}
		in := &cip.ListWebAuthnCredentialsInput{AccessToken: access}
		for range maxPasskeyPages {
			out, err := invoke(ctx, &f.caller, op, f.api.ListWebAuthnCredentials, in)
			if err != nil {
				yield(Passkey{}, err)
				return
			}
			for _, c := range out.Credentials {
				if aws.ToString(c.CredentialId) == "" {
					yield(Passkey{}, op.fail(ErrMalformed, "a passkey has no id", nil))
					return
				}
				if !yield(passkeyOf(c), nil) {
					return
				}
			}
			if aws.ToString(out.NextToken) == "" {
				return
			}
			in = &cip.ListWebAuthnCredentialsInput{AccessToken: access, NextToken: out.NextToken}
		}
		yield(Passkey{}, op.fail(ErrMalformed, "the list has no end", nil))
	}
}

func passkeyOf(c types.WebAuthnCredentialDescription) Passkey {
	return Passkey{
		ID: aws.ToString(c.CredentialId), Name: aws.ToString(c.FriendlyCredentialName), RelyingParty: aws.ToString(c.RelyingPartyId),
		Created: aws.ToTime(c.CreatedAt), Attachment: aws.ToString(c.AuthenticatorAttachment), Transports: slices.Clone(c.AuthenticatorTransports),
	}
}

// DeletePasskey removes a passkey of the signed-in user, by its [Passkey].ID. The
// authenticator keeps its half, which is of no use any more.
//
// The errors are ErrInput (the user has no such passkey), ErrToken and those of
// every call. After ErrOutcomeUnknown, try again: ErrInput then says that it is
// gone.
func (f *Factors) DeletePasskey(ctx context.Context, t *Tokens, id string) error {
	// Sent once: of a passkey that is gone, Cognito says that there is none.
	op := operation{name: "DeleteWebAuthnCredential", at: stageSelf, consumes: true}
	access, err := f.bearer(op, t)
	switch {
	case err != nil:
		return err
	case id == "":
		return op.fail(ErrInput, "the passkey's id is empty", nil)
	}
	_, err = invoke(ctx, &f.caller, op, f.api.DeleteWebAuthnCredential, &cip.DeleteWebAuthnCredentialInput{AccessToken: access, CredentialId: &id})
	return passkeyUnknown(err)
}

// passkeysFull gives LimitExceededException the meaning that it has about new
// passkeys: elsewhere it is about the rate of requests. Source: the API reference of
// StartWebAuthnRegistration.
func passkeysFull(err error) error {
	var full *types.LimitExceededException
	if errors.As(err, &full) {
		return restated(err, ErrInput, "the user has as many passkeys as there may be: one has to be deleted first")
	}
	return err
}

// passkeyUnknown gives ResourceNotFoundException the meaning that it has about a
// passkey: elsewhere it is about the app client. Source: the API reference of
// DeleteWebAuthnCredential.
func passkeyUnknown(err error) error {
	var unknown *types.ResourceNotFoundException
	if errors.As(err, &unknown) {
		return restated(err, ErrInput, "the user has no such passkey")
	}
	return err
}
