package operation

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// preSignUp asks PreSignUp about a user who is to be made.
func preSignUp(ctx context.Context, p *directory.Pool, o directory.Occasion, u directory.User, validation []types.AttributeType) (trigger.PreSignUpResponse, error) {
	request := trigger.PreSignUpRequest{Attributes: u.Attributes, Metadata: o.Metadata}
	if request.Attributes == nil {
		request.Attributes = map[string]string{}
	}
	if len(validation) > 0 {
		request.ValidationData = attributeMap(validation)
	}
	var response trigger.PreSignUpResponse
	err := p.Trigger(ctx, o, u, request, &response)
	return response, err
}

// verifyAtOnce marks the addresses as proven that PreSignUp vouches for. It cannot
// vouch for one that the user does not have (developer guide, "Pre sign-up Lambda
// trigger"); the exception for it is unknown.
func verifyAtOnce(u *directory.User, r trigger.PreSignUpResponse) error {
	for attribute, vouched := range map[string]bool{"email": r.VerifyEmail, "phone_number": r.VerifyPhone} {
		if !vouched {
			continue
		}
		if u.Attributes[attribute] == "" {
			return wire.LambdaOutput
		}
		u.Set(map[string]string{attribute + "_verified": "true"})
	}
	return nil
}

// postConfirmation runs PostConfirmation. The user stays confirmed if it fails.
func postConfirmation(ctx context.Context, p *directory.Pool, o directory.Occasion, sub string) error {
	u, ok := p.Get(sub)
	if !ok {
		return wire.UserNotFound // deleted a moment ago
	}
	request := trigger.PostConfirmationRequest{Attributes: p.EventAttributes(u), Metadata: o.Metadata}
	return p.Trigger(ctx, o, u, request, &trigger.Nothing{})
}

// deliver writes the texts of messages, which may be CustomMessage's, and sends
// them.
func (s *Service) deliver(ctx context.Context, p *directory.Pool, o directory.Occasion, u directory.User, messages ...factor.Message) error {
	composed, err := p.Compose(ctx, o, u, messages...)
	if err == nil {
		s.Send(composed...)
	}
	return err
}
