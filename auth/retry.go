package auth

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

// carefulRetryer asks the client's own retryer whether a request is sent again, but
// for two kinds that the SDK's default would resend three times in all.
//
// A request that spends an answer is resent only if Cognito cannot have applied
// it: an answer that was applied, and whose reply was lost with the connection,
// would come back as a spent session, and a code as a used one.
//
// LimitExceededException is about an hour, so asking again at once is of no use.
// Source: "Quotas" in the Cognito developer guide.
type carefulRetryer struct {
	aws.RetryerV2
	exchange *exchange
}

// IsErrorRetryable implements [aws.Retryer].
func (r carefulRetryer) IsErrorRetryable(err error) bool {
	var api smithy.APIError // some operations do not declare the exception
	limit := errors.As(err, &api) && api.ErrorCode() == "LimitExceededException"
	if limit || r.exchange.op.consumes && r.exchange.mayBeApplied {
		return false
	}
	return r.RetryerV2.IsErrorRetryable(err)
}

// asV2 gives the older kind of retryer the method that the SDK asks for.
func asV2(r aws.Retryer) aws.RetryerV2 {
	if v2, ok := r.(aws.RetryerV2); ok {
		return v2
	}
	return retryerV1{r}
}

type retryerV1 struct{ aws.Retryer }

// GetAttemptToken implements [aws.RetryerV2] as the SDK does for older
// retryers.
func (r retryerV1) GetAttemptToken(context.Context) (func(error) error, error) {
	return r.GetInitialToken(), nil
}
