package operation

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

const (
	// registrationLife is how long a passkey may take to be made: a little longer
	// than the browser is told to wait.
	registrationLife = 3 * time.Minute
	// mostPasskeys is how many a user may have (developer guide,
	// "Authentication with user pools", on passkey sign-in).
	mostPasskeys = 20
)

// StartWebAuthnRegistration asks for a new passkey of the user of an access
// token. It takes the place of one that was asked for before.
func (s *Service) StartWebAuthnRegistration(_ context.Context, in *cip.StartWebAuthnRegistrationInput) (*cip.StartWebAuthnRegistrationOutput, error) {
	client, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	rp, err := client.Pool.RelyingParty()
	if err != nil {
		return nil, err
	}
	if len(user.Passkeys) >= mostPasskeys {
		return nil, wire.PasskeyLimit
	}
	options, ceremony, err := rp.Offer(user.Holder())
	if err != nil {
		return nil, wire.Internal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(options, &object); err != nil {
		return nil, wire.Internal(err)
	}
	_, err = client.Pool.Update(user.Sub, func(u *directory.User) error {
		u.Passkey = &directory.Registration{Ceremony: ceremony, Client: client.ID, Expires: s.Now().Add(registrationLife)}
		return nil
	})
	return &cip.StartWebAuthnRegistrationOutput{CredentialCreationOptions: document.NewLazyDocument(object)}, err
}

// CompleteWebAuthnRegistration takes the new passkey. Right or wrong, what was
// asked for is used up by it.
func (s *Service) CompleteWebAuthnRegistration(_ context.Context, in *cip.CompleteWebAuthnRegistrationInput) (*cip.CompleteWebAuthnRegistrationOutput, error) {
	client, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	rp, err := client.Pool.RelyingParty()
	if err == wire.PasskeyPartyMissing {
		err = wire.PasskeyChallenge // none can have been asked for
	}
	if err != nil {
		return nil, err
	}
	response, err := in.Credential.MarshalSmithyDocument()
	if err != nil {
		return nil, wire.CredentialMalformed
	}
	begun, err := s.takeRegistration(client, user.Sub)
	if err != nil {
		return nil, err
	}
	passkey, err := rp.Register(user.Holder(), begun.Ceremony, response, s.Now())
	if err != nil {
		return nil, err
	}
	_, err = client.Pool.Update(user.Sub, func(u *directory.User) error {
		u.PutPasskey(passkey)
		return nil
	})
	return &cip.CompleteWebAuthnRegistrationOutput{}, err
}

// takeRegistration uses up the registration that a user has begun. Of two calls
// at the same time, one gets it.
func (s *Service) takeRegistration(c *directory.Client, sub string) (begun directory.Registration, err error) {
	_, err = c.Pool.Update(sub, func(u *directory.User) error {
		switch {
		case u.Passkey == nil || !s.Now().Before(u.Passkey.Expires):
			return wire.PasskeyChallenge
		case u.Passkey.Client != c.ID:
			return wire.PasskeyClient
		}
		begun, u.Passkey = *u.Passkey, nil
		return nil
	})
	return begun, err
}

// ListWebAuthnCredentials lists the passkeys of the user of an access token, in
// pages if MaxResults says so.
func (s *Service) ListWebAuthnCredentials(_ context.Context, in *cip.ListWebAuthnCredentialsInput) (*cip.ListWebAuthnCredentialsOutput, error) {
	_, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	limit, err := sizeUpTo(mostPasskeys, "MaxResults", in.MaxResults, 0)
	if err != nil {
		return nil, err
	}
	passkeys := slices.SortedFunc(slices.Values(user.Passkeys), func(p, q factor.Passkey) int { return strings.Compare(passkeyID(p), passkeyID(q)) })
	passkeys, next := page(passkeys, passkeyID, in.NextToken, limit)
	out := &cip.ListWebAuthnCredentialsOutput{Credentials: []types.WebAuthnCredentialDescription{}, NextToken: next}
	for _, p := range passkeys {
		out.Credentials = append(out.Credentials, describePasskey(p))
	}
	return out, nil
}

func passkeyID(p factor.Passkey) string { return base64.RawURLEncoding.EncodeToString(p.ID) }

// describePasskey names the site that a passkey was made for, which need not be the
// pool's any more.
func describePasskey(p factor.Passkey) types.WebAuthnCredentialDescription {
	transports := []string{}
	for _, t := range p.Transport {
		transports = append(transports, string(t))
	}
	return types.WebAuthnCredentialDescription{
		CredentialId:            ptr(passkeyID(p)),
		FriendlyCredentialName:  ptr("Passkey"),
		RelyingPartyId:          ptr(p.Party),
		CreatedAt:               &p.Created,
		AuthenticatorAttachment: ptr(string(p.Authenticator.Attachment)),
		AuthenticatorTransports: transports,
	}
}

// DeleteWebAuthnCredential removes a passkey of the user of an access token.
func (s *Service) DeleteWebAuthnCredential(_ context.Context, in *cip.DeleteWebAuthnCredentialInput) (*cip.DeleteWebAuthnCredentialOutput, error) {
	client, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	id, err := base64.RawURLEncoding.DecodeString(str(in.CredentialId))
	if err != nil {
		return nil, wire.PasskeyUnknown
	}
	_, err = client.Pool.Update(user.Sub, func(u *directory.User) error {
		if !u.DeletePasskey(id) {
			return wire.PasskeyUnknown
		}
		return nil
	})
	return &cip.DeleteWebAuthnCredentialOutput{}, err
}
