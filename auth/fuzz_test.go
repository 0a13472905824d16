package auth_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
)

// Whatever a server replies, Begin and what follows it end in tokens, in a
// challenge or in a typed error, after a bounded number of calls.
func FuzzReply(f *testing.F) {
	seeds := 0
	add := func(name, session string, parameters map[string]string, token string) {
		text, err := json.Marshal(parameters)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(name, session, text, token)
		seeds++
	}
	for _, r := range table {
		add(r.name, "session", r.parameters, "")
	}
	add("PASSWORD_VERIFIER", "", goodVerifier, "")
	add("DEVICE_SRP_AUTH", "", goodVerifier, "")
	add("", "", nil, "a.eyJ1c2VybmFtZSI6ImFubiJ9.b")
	add("SMS_MFA", "", nil, "both")
	if seeds < 20 {
		f.Fatal("the seeds are gone")
	}
	f.Fuzz(func(t *testing.T, name, session string, parameters []byte, token string) {
		var params map[string]string
		if json.Unmarshal(parameters, &params) != nil {
			params = map[string]string{"garbage": string(parameters)}
		}
		var result *types.AuthenticationResultType
		if token != "" {
			result = &types.AuthenticationResultType{AccessToken: &token, ExpiresIn: 60}
		}
		api := &script{initiate: func(*cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
			return &cip.InitiateAuthOutput{
				ChallengeName: types.ChallengeNameType(name), Session: aws.String(session), ChallengeParameters: params,
				AuthenticationResult: result, AvailableChallenges: []types.ChallengeNameType{types.ChallengeNameType(name)},
			}, nil
		}}
		api.respond = func(*cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
			return &cip.RespondToAuthChallengeOutput{ChallengeName: types.ChallengeNameType(name), Session: aws.String(session), ChallengeParameters: params}, nil
		}
		api.associate = func(*cip.AssociateSoftwareTokenInput) (*cip.AssociateSoftwareTokenOutput, error) {
			return &cip.AssociateSoftwareTokenOutput{SecretCode: aws.String(session), Session: aws.String(session)}, nil
		}
		tokens, next, err := newClient(t, api).Begin(t.Context(), auth.SRP("u", "p"))
		exactlyOne(t, tokens, next, err)
		var failure *auth.Error
		if err != nil && (!errors.As(err, &failure) || failure.Reason == nil) {
			t.Errorf("%T %v", err, err)
		}
		if len(api.calls) > 4 {
			t.Errorf("calls: %v", api.calls)
		}
	})
}
