package operation

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A way is one of the two on which a code reaches a user.
type way struct {
	attribute string
	medium    types.DeliveryMediumType
	factor    types.ChallengeNameType // the second factor that goes the same way
	recovery  types.RecoveryOptionNameType
}

// ways are in the order in which the service prefers them.
var ways = []way{
	{"phone_number", types.DeliveryMediumTypeSms, types.ChallengeNameTypeSmsMfa, types.RecoveryOptionNameTypeVerifiedPhoneNumber},
	{"email", types.DeliveryMediumTypeEmail, types.ChallengeNameTypeEmailOtp, types.RecoveryOptionNameTypeVerifiedEmail},
}

// wayOf finds the way to an attribute.
func wayOf(attribute string) (way, error) {
	i := slices.IndexFunc(ways, func(w way) bool { return w.attribute == attribute })
	if i < 0 {
		return way{}, wire.InvalidParameter("Only email and phone_number can be verified.")
	}
	return ways[i], nil
}

// details says where a code went, as clients are told.
func (w way) details(destination string) *types.CodeDeliveryDetailsType {
	return &types.CodeDeliveryDetailsType{
		AttributeName: ptr(w.attribute), DeliveryMedium: w.medium, Destination: ptr(factor.Mask(w.medium, destination)),
	}
}

// message is the one that takes a code to a user.
func (w way) message(u directory.User, code directory.Code, purpose string) factor.Message {
	return w.messageTo(u, u.Attributes[w.attribute], code, purpose)
}

// messageTo is message, but to an address that the user does not have yet.
func (w way) messageTo(u directory.User, address string, code directory.Code, purpose string) factor.Message {
	return factor.Message{Username: u.Username, Medium: w.medium, Destination: address, Code: code.Text, Purpose: purpose}
}

// simulated says that a code went to a user who does not exist, or cannot be
// reached: on the way that fits what was typed, to an address that stays the same
// whoever asks.
func simulated(p *directory.Pool, typed string) *types.CodeDeliveryDetailsType {
	w := ways[1]
	if p.LooksLikePhone(typed) {
		w = ways[0]
	}
	return w.details(p.SimulatedAddress(typed, w.attribute))
}
