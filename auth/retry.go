package auth

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// onceRetryer lets the client's own retryer resend a request that spends an
// answer only if Cognito cannot have applied it. The SDK's default would resend
// it after a broken connection, a time-out or a fault of the server, three
// times in all: an answer that was applied and whose reply was lost would then
// come back as a spent session, and a code as a used one.
type onceRetryer struct {
	aws.RetryerV2
	exchange *exchange
}

// IsErrorRetryable implements [aws.Retryer].
func (r onceRetryer) IsErrorRetryable(err error) bool {
	return !r.exchange.mayBeApplied && r.RetryerV2.IsErrorRetryable(err)
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
