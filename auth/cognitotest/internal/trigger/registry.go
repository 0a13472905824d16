package trigger

import (
	"context"
	"maps"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A Registry holds the functions that the ARNs of a LambdaConfig can mean, by
// function name.
type Registry map[string]Function

// functionARN is the form of a function's ARN, with or without a version or an
// alias (API reference, LambdaConfigType, and AWS Lambda's FunctionArn).
var functionARN = regexp.MustCompile(`^arn:[\w+=/,.@-]+:lambda:[\w+=/,.@-]*:[0-9]+:function:([a-zA-Z0-9_-]+)(:[a-zA-Z0-9_-]+)?$`)

// Configure returns the runner with the functions of a LambdaConfig, which may be
// nil, over its own. A function that nobody registered can be configured, as one on AWS whose
// permission is missing can: running it is what fails.
func (r Runner) Configure(cfg *types.LambdaConfigType, functions Registry) (Runner, error) {
	r.Configured = Configured{make(map[Name]Function), r.Own.AccessTokens}
	maps.Copy(r.Functions, r.Own.Functions)
	if cfg == nil {
		return r, nil
	}
	if cfg.CustomEmailSender != nil || cfg.CustomSMSSender != nil || cfg.InboundFederation != nil {
		return r, wire.InvalidParameter("cognitotest has no custom senders and no federation: leave them out of LambdaConfig.")
	}
	tokens := cfg.PreTokenGeneration
	if c := cfg.PreTokenGenerationConfig; c != nil {
		if tokens != nil && (c.LambdaArn == nil || *c.LambdaArn != *tokens) {
			return r, wire.InvalidParameter("PreTokenGeneration and PreTokenGenerationConfig must name the same function.")
		}
		switch c.LambdaVersion {
		case types.PreTokenGenerationLambdaVersionTypeV10:
			r.AccessTokens = false
		case types.PreTokenGenerationLambdaVersionTypeV20, types.PreTokenGenerationLambdaVersionTypeV30:
			r.AccessTokens = true // the two differ for machines' tokens alone
		default:
			return r, wire.InvalidParameter("LambdaVersion must be V1_0, V2_0 or V3_0.")
		}
		tokens = c.LambdaArn
	}
	for name, arn := range map[Name]*string{
		PreSignUp: cfg.PreSignUp, PostConfirmation: cfg.PostConfirmation,
		PreAuthentication: cfg.PreAuthentication, PostAuthentication: cfg.PostAuthentication,
		PreTokenGeneration: tokens, UserMigration: cfg.UserMigration, CustomMessage: cfg.CustomMessage,
		Define: cfg.DefineAuthChallenge, Create: cfg.CreateAuthChallenge, Verify: cfg.VerifyAuthChallengeResponse,
	} {
		if arn == nil || *arn == "" {
			continue
		}
		parts := functionARN.FindStringSubmatch(*arn)
		if parts == nil {
			return r, wire.InvalidParameter("%s is not the ARN of a Lambda function.", name)
		}
		r.Functions[name] = functions.named(parts[1])
	}
	return r, nil
}

func (r Registry) named(name string) Function {
	if f := r[name]; f != nil {
		return f
	}
	return func(context.Context, []byte) ([]byte, error) {
		return nil, &Unavailable{Code: "AccessDeniedException"}
	}
}
