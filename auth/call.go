package auth

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// An operation is a call to Cognito, as far as it is treated differently from
// other calls.
type operation struct {
	name      string
	challenge string // for errors and Observe: what is answered, or the AuthFlow
	at        stage
	consumes  bool // the request spends an answer, so it may be applied only once
	signed    bool // the request needs AWS credentials
}

// invoke makes one call to Cognito through the SDK. It is the only place where
// calls are made: here it is decided what is sent again, what an error means,
// and what Observe sees.
func invoke[In, Out any](
	ctx context.Context, c *caller, op operation,
	call func(context.Context, *In, ...func(*cip.Options)) (*Out, error), in *In,
) (*Out, error) {
	if err := ctx.Err(); err != nil {
		return nil, op.fail(ErrBackOff, "the context had ended before anything was sent", err)
	}
	x := &exchange{op: op}
	start := time.Now() // a measurement, which an injected clock would spoil
	out, err := call(ctx, in, x.apply)
	var failure *Error
	switch {
	case err != nil:
		failure = x.failure(err)
	case out == nil:
		failure = op.fail(ErrMalformed, "the API returned nothing", nil)
	}
	if c.observe != nil {
		seen := Call{
			Operation: op.name, Challenge: op.challenge, Duration: time.Since(start),
			Attempts: x.attempts, RequestID: x.requestID,
		}
		if failure != nil {
			seen.Reason, seen.RequestID = failure.Reason, failure.RequestID
		} else {
			seen.Next = raised(out)
		}
		c.observe(ctx, seen)
	}
	if failure != nil {
		return nil, failure
	}
	return out, nil
}

// raised is the name of the challenge that a reply raises. It has not been
// checked yet, and goes to logs: what is overlong is left out.
func raised(out any) string {
	if name := challengeName(out); len(name) <= maxChallengeName {
		return name
	}
	return ""
}

const maxChallengeName = 128

func challengeName(out any) string {
	switch out := out.(type) {
	case *cip.InitiateAuthOutput:
		return string(out.ChallengeName)
	case *cip.RespondToAuthChallengeOutput:
		return string(out.ChallengeName)
	case *cip.AdminInitiateAuthOutput:
		return string(out.ChallengeName)
	case *cip.AdminRespondToAuthChallengeOutput:
		return string(out.ChallengeName)
	}
	return ""
}

// An exchange is what is known of one call while it goes on.
type exchange struct {
	op        operation
	watched   bool // the SDK's client took apply; other implementations of API may not
	attempts  int
	requestID string

	// mayBeApplied tells of the last attempt whether Cognito may have acted on
	// it. Earlier attempts were not applied, or there would be no later one.
	mayBeApplied bool
}

// apply is the function among the SDK's options that makes the SDK's client
// tell this exchange what it does, and lets it decide what is sent again.
func (x *exchange) apply(o *cip.Options) {
	x.watched = true
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		// After the signature, so that it can be seen; inside the retry loop,
		// so that each attempt is seen.
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("CognitoMFAExchange", x.attempt), "Signing", middleware.After)
	})
	if o.Retryer != nil {
		o.Retryer = carefulRetryer{asV2(o.Retryer), x}
	}
}

var errUnsigned = errors.New("the request is not signed")

// attempt watches one request leave.
func (x *exchange) attempt(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	if r, ok := in.Request.(*smithyhttp.Request); ok {
		if x.op.signed && r.Header.Get("Authorization") == "" {
			// Without credentials the SDK sends Admin requests unsigned.
			x.mayBeApplied = false
			return middleware.FinalizeOutput{}, middleware.Metadata{}, errUnsigned
		}
		readOnly, err := withoutWriterTo(r)
		if err != nil {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, err
		}
		in.Request = readOnly
	}
	x.attempts++
	var dialled, connected bool
	out, metadata, err := next.HandleFinalize(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { dialled = true },
		GotConn: func(httptrace.GotConnInfo) { connected = true },
	}), in)
	// That nothing was sent is certain only where net/http said that it looked
	// for a connection and found none. What has a connection counts as sent.
	notSent := dialled && !connected
	var api smithy.APIError
	throttled := errors.As(err, &api) && api.ErrorCode() == "TooManyRequestsException"
	x.mayBeApplied = !notSent && !throttled && !turnedAway(err)
	if id, ok := awsmiddleware.GetRequestIDMetadata(metadata); ok {
		x.requestID = id
	}
	return out, metadata, err
}

// withoutWriterTo keeps the SDK from an error of its own. It closes the body of
// a request as soon as there is a response, and a body that has a WriteTo
// method then gives io.EOF as an error to net/http, should that be looking for
// more to send at that moment: net/http takes it for a failed write and closes
// the connection, from which the response is still being read. The reply is
// lost, and with it whether an answer counted. A body that can only be read
// gives an end of file that is none.
func withoutWriterTo(r *smithyhttp.Request) (*smithyhttp.Request, error) {
	stream, ok := r.GetStream().(io.ReadSeeker)
	if !ok {
		return r, nil
	}
	return r.SetStream(struct{ io.ReadSeeker }{stream})
}

// failure says what an error of the SDK means.
func (x *exchange) failure(err error) *Error {
	e := x.op.fail(nil, "", err)
	e.RequestID = x.requestID
	var response *awshttp.ResponseError
	if errors.As(err, &response) && response.RequestID != "" {
		e.RequestID = response.RequestID
	}
	var api smithy.APIError
	isAPI := errors.As(err, &api)
	if isAPI {
		e.Code = api.ErrorCode()
	}
	var unreadable *smithy.DeserializationError
	switch {
	case turnedAway(err):
		e.Reason, e.says = ErrBackOff, "there were too many requests"
	case isAPI && !serverFault(api, response):
		e.says, e.Reason = meaning(e.Code, api.ErrorMessage(), x.op.at)
	case errors.Is(err, errUnsigned):
		e.Reason, e.says = ErrConfig, "the SDK's client has no AWS credentials, which Admin operations need"
	case x.watched && x.attempts == 0 && !isContextError(err):
		e.Reason, e.says = ErrConfig, "the SDK could not make the request"
	case x.op.consumes && (x.mayBeApplied || !x.watched):
		e.Reason, e.says = ErrOutcomeUnknown, "Cognito may have applied it"
	case isAPI:
		e.Reason, e.says = ErrBackOff, "Cognito had a fault"
	case errors.As(err, &unreadable):
		e.Reason, e.says = ErrMalformed, "the reply is not one of Cognito's"
	default:
		e.Reason, e.says = ErrBackOff, "Cognito could not be reached, or did not answer"
	}
	return e
}

// turnedAway reports whether the request was refused with status 429, which
// Cognito does not use: a proxy or firewall on the way did not let it through.
// Source: RFC 6585, section 4.
func turnedAway(err error) bool {
	var response *awshttp.ResponseError
	return errors.As(err, &response) && response.HTTPStatusCode() == http.StatusTooManyRequests
}

// serverFault reports whether Cognito, or something before it, failed in a way
// that leaves open whether it acted.
func serverFault(api smithy.APIError, response *awshttp.ResponseError) bool {
	return api.ErrorFault() == smithy.FaultServer || response != nil && response.HTTPStatusCode() >= 500
}

func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
