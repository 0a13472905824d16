package cognitotest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// A function that a LambdaConfig names by its ARN. To run the executable that goes
// to AWS, give Functions the Invoke of a [cognitotest.Lambda].
func ExampleConfig_functions() {
	pool, err := cognitotest.New(cognitotest.Config{Functions: map[string]cognitotest.Trigger{
		"guard": func(context.Context, []byte) ([]byte, error) { return nil, errors.New("closed on Sundays") },
	}})
	if err != nil {
		panic(err)
	}
	defer pool.Close()
	ctx, client := context.Background(), pool.SDK()
	_, err = client.UpdateUserPool(ctx, &cip.UpdateUserPoolInput{
		UserPoolId:   aws.String(pool.ID()),
		LambdaConfig: &types.LambdaConfigType{PreSignUp: aws.String("arn:aws:lambda:us-east-1:123456789012:function:guard")},
	})
	if err != nil {
		panic(err)
	}
	_, err = client.SignUp(ctx, &cip.SignUpInput{
		ClientId: aws.String(pool.Client().ID), Username: aws.String("ann"), Password: aws.String("Correct-Horse-1"),
	})
	var refused *types.UserLambdaValidationException
	if errors.As(err, &refused) {
		fmt.Println(*refused.Message)
	}
	// Output: PreSignUp failed with error closed on Sundays.
}

// The executable that goes to AWS, built for this machine, as a trigger. It is not
// run here: there is no such file.
func ExampleLambda() {
	f := cognitotest.Lambda("build/bootstrap", func(o *cognitotest.LambdaOptions) { o.Name = "guard" })
	defer f.Close()
	pool, err := cognitotest.New(cognitotest.Config{Triggers: cognitotest.Triggers{PreSignUp: f.Invoke}})
	if err != nil {
		panic(err)
	}
	defer pool.Close()
	fmt.Println(f.ARN())
	// Output: arn:aws:lambda:us-east-1:123456789012:function:guard
}
