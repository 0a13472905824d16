package cognitotest_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// A program that sets its user pool up by the AWS operations does so here too. The
// same works from any AWS SDK, and from the AWS CLI with --endpoint-url.
func ExamplePool_SDK() {
	server, err := cognitotest.New(cognitotest.Config{})
	if err != nil {
		panic(err)
	}
	defer server.Close()
	ctx, sdk := context.Background(), server.SDK()

	created, err := sdk.CreateUserPool(ctx, &cip.CreateUserPoolInput{PoolName: aws.String("customers")})
	if err != nil {
		panic(err)
	}
	pool := created.UserPool.Id
	client, err := sdk.CreateUserPoolClient(ctx, &cip.CreateUserPoolClientInput{
		UserPoolId: pool, ClientName: aws.String("web"),
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserPasswordAuth},
	})
	if err != nil {
		panic(err)
	}
	_, err = sdk.AdminCreateUser(ctx, &cip.AdminCreateUserInput{
		UserPoolId: pool, Username: aws.String("ann"), TemporaryPassword: aws.String("For-Now-Only-1"),
	})
	if err != nil {
		panic(err)
	}
	out, err := sdk.InitiateAuth(ctx, &cip.InitiateAuthInput{
		ClientId: client.UserPoolClient.ClientId, AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": "ann", "PASSWORD": "For-Now-Only-1"},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(out.ChallengeName)
	// Output:
	// NEW_PASSWORD_REQUIRED
}
