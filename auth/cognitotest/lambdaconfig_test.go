package cognitotest_test

import (
	"context"
	"errors"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

const arn = "arn:aws:lambda:us-east-1:123456789012:function:"

// Functions are found by the names in their ARNs, whatever version or alias an ARN
// has. One that nobody registered can be configured, and fails when it runs.
func TestLambdaConfig(t *testing.T) {
	t.Parallel()
	var j journal
	d := drive(t, cognitotest.Config{Functions: map[string]cognitotest.Trigger{"guard": j.trigger}})
	v2 := &types.PreTokenGenerationVersionConfigType{LambdaArn: ptr(arn + "guard"), LambdaVersion: types.PreTokenGenerationLambdaVersionTypeV20}
	for name, row := range map[string]struct {
		cfg           types.LambdaConfigType
		code, message string // of creating the pool
		sources       []string
		version       string // of the last event
		signIn        string // the code of the refusal
	}{
		"none":  {types.LambdaConfigType{}, "", "", nil, "", ""},
		"one":   {types.LambdaConfigType{PreAuthentication: ptr(arn + "guard")}, "", "", []string{"PreAuthentication_Authentication"}, "1", ""},
		"alias": {types.LambdaConfigType{PostAuthentication: ptr(arn + "guard:prod")}, "", "", []string{"PostAuthentication_Authentication"}, "1", ""},
		"version 1": {types.LambdaConfigType{PreTokenGeneration: ptr(arn + "guard:7")}, "", "",
			[]string{"TokenGeneration_Authentication"}, "1", ""},
		"version 2": {types.LambdaConfigType{PreTokenGenerationConfig: v2}, "", "", []string{"TokenGeneration_Authentication"}, "2", ""},
		"both ways": {types.LambdaConfigType{PreTokenGeneration: ptr(arn + "guard"), PreTokenGenerationConfig: v2}, "", "",
			[]string{"TokenGeneration_Authentication"}, "2", ""},
		"not registered": {types.LambdaConfigType{PreAuthentication: ptr(arn + "nobody")}, "", "", nil, "", "UnexpectedLambdaException"},
		"no ARN": {types.LambdaConfigType{PreAuthentication: ptr("arn:aws:sns:us-east-1:123456789012:guard")}, "InvalidParameterException",
			"PreAuthentication is not the ARN of a Lambda function.", nil, "", ""},
		"two functions": {types.LambdaConfigType{PreTokenGeneration: ptr(arn + "other"), PreTokenGenerationConfig: v2}, "InvalidParameterException",
			"PreTokenGeneration and PreTokenGenerationConfig must name the same function.", nil, "", ""},
	} {
		pool, err := d.sdk.CreateUserPool(t.Context(), &cip.CreateUserPoolInput{PoolName: &name, LambdaConfig: &row.cfg})
		if row.code != "" {
			wantError(t, err, row.code, row.message)
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		client := must[*cip.CreateUserPoolClientOutput](t)(d.sdk.CreateUserPoolClient(t.Context(), &cip.CreateUserPoolClientInput{
			ClientName: ptr("c"), UserPoolId: pool.UserPool.Id, ExplicitAuthFlows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserPasswordAuth},
		})).UserPoolClient
		must[*cip.AdminCreateUserOutput](t)(d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: pool.UserPool.Id, Username: ptr("ann")}))
		must[*cip.AdminSetUserPasswordOutput](t)(d.sdk.AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{
			UserPoolId: pool.UserPool.Id, Username: ptr("ann"), Password: ptr(password), Permanent: true,
		}))
		j.take()
		_, err = d.as(cognitotest.AppClient{ID: *client.ClientId}).byPassword("ann", password)
		events := j.take()
		if diff := cmp.Diff(row.sources, sources(t, events)); diff != "" {
			t.Errorf("%s: the triggers that ran (-want +got):\n%s", name, diff)
		}
		if row.signIn != "" {
			wantError(t, err, row.signIn, "PreAuthentication invocation failed due to error AccessDeniedException.")
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(events) > 0 {
			if got := fieldOf(t, events[len(events)-1], "version"); got != row.version {
				t.Errorf("%s: version %s", name, got)
			}
		}
	}
}

// UpdateUserPool takes away what it does not mention, but not the functions that
// the test gave in Go.
func TestLambdaConfigUpdated(t *testing.T) {
	t.Parallel()
	var own, named journal
	d := drive(t, cognitotest.Config{
		Triggers:  cognitotest.Triggers{PreAuthentication: own.trigger},
		Functions: map[string]cognitotest.Trigger{"named": named.trigger},
	})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	for _, row := range []struct {
		cfg        *types.LambdaConfigType
		own, named int
	}{
		{&types.LambdaConfigType{PostAuthentication: ptr(arn + "named")}, 1, 1},
		{&types.LambdaConfigType{PreAuthentication: ptr(arn + "named")}, 0, 1},
		{nil, 1, 0},
	} {
		must[*cip.UpdateUserPoolOutput](t)(d.sdk.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{
			UserPoolId: ptr(d.pool.ID()), LambdaConfig: row.cfg,
		}))
		must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
		if a, b := len(own.take()), len(named.take()); a != row.own || b != row.named {
			t.Errorf("%d events of its own and %d by name, want %d and %d", a, b, row.own, row.named)
		}
	}
}

// A fault strikes functions by name too.
func TestFaultOfNamedFunction(t *testing.T) {
	t.Parallel()
	ran := false
	d := drive(t, cognitotest.Config{Functions: map[string]cognitotest.Trigger{
		"guard": func(_ context.Context, event []byte) ([]byte, error) { ran = true; return event, errors.New("ran") },
	}})
	must[*cip.UpdateUserPoolOutput](t)(d.sdk.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{
		UserPoolId: ptr(d.pool.ID()), LambdaConfig: &types.LambdaConfigType{PreAuthentication: ptr(arn + "guard")},
	}))
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	d.pool.Plant(cognitotest.Fault{Trigger: "PreAuthentication", Effect: cognitotest.TriggerFails})
	_, err := d.byPassword("ann", password)
	wantError(t, err, lambdaRefused, "PreAuthentication failed with error planted by the test.")
	if ran {
		t.Error("the function ran")
	}
}
