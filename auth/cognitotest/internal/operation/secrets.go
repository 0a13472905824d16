package operation

import (
	"context"
	"slices"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// mostSecrets is how many a client may have: the old one, and the one that
// replaces it (API reference, AddUserPoolClientSecret).
const mostSecrets = 2

// AddUserPoolClientSecret gives a confidential client a second secret. One that
// was made here is told this once.
func (s *Service) AddUserPoolClientSecret(_ context.Context, in *cip.AddUserPoolClientSecretInput) (*cip.AddUserPoolClientSecretOutput, error) {
	secret := directory.NewSecret(str(in.ClientSecret), s.Now())
	_, err := s.Directory.UpdateClient(str(in.UserPoolId), str(in.ClientId), s.Now(), func(set *directory.ClientSettings) error {
		switch {
		case len(set.Secrets) == 0:
			return wire.InvalidParameter("The app client has no secret, so that none can be added.")
		case len(set.Secrets) == mostSecrets:
			return wire.Errorf("LimitExceededException", "An app client has at most %d secrets.", mostSecrets)
		}
		set.Secrets = append(slices.Clone(set.Secrets), secret)
		return nil
	})
	if err != nil {
		return nil, err
	}
	described := describeSecret(secret)
	if in.ClientSecret == nil {
		described.ClientSecretValue = &secret.Value
	}
	return &cip.AddUserPoolClientSecretOutput{ClientSecretDescriptor: &described}, nil
}

// ListUserPoolClientSecrets names the secrets of a client, and tells none.
func (s *Service) ListUserPoolClientSecrets(_ context.Context, in *cip.ListUserPoolClientSecretsInput) (*cip.ListUserPoolClientSecretsOutput, error) {
	client, err := s.Directory.ClientOf(str(in.UserPoolId), str(in.ClientId))
	if err != nil {
		return nil, err
	}
	out := &cip.ListUserPoolClientSecretsOutput{ClientSecrets: []types.ClientSecretDescriptorType{}}
	for _, secret := range client.Secrets {
		out.ClientSecrets = append(out.ClientSecrets, describeSecret(secret))
	}
	return out, nil
}

// DeleteUserPoolClientSecret removes one of two secrets.
func (s *Service) DeleteUserPoolClientSecret(_ context.Context, in *cip.DeleteUserPoolClientSecretInput) (*cip.DeleteUserPoolClientSecretOutput, error) {
	_, err := s.Directory.UpdateClient(str(in.UserPoolId), str(in.ClientId), s.Now(), func(set *directory.ClientSettings) error {
		rest := slices.DeleteFunc(slices.Clone(set.Secrets), func(have directory.Secret) bool { return have.ID == str(in.ClientSecretId) })
		switch len(rest) {
		case len(set.Secrets):
			return wire.Errorf("ResourceNotFoundException", "The client secret does not exist.")
		case 0:
			return wire.InvalidParameter("The last secret of an app client cannot be deleted.")
		}
		set.Secrets = rest
		return nil
	})
	return &cip.DeleteUserPoolClientSecretOutput{}, err
}

func describeSecret(s directory.Secret) types.ClientSecretDescriptorType {
	return types.ClientSecretDescriptorType{ClientSecretId: &s.ID, ClientSecretCreateDate: &s.Created}
}
