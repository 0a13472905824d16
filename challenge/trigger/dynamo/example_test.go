package dynamo_test

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/cognitomfa/cognitomfa/challenge/trigger/dynamo"
)

// In a Lambda function the client comes of the function's own configuration,
// dynamodb.NewFromConfig, and the table's name of its environment. A short
// time-out per try is worth setting: Cognito waits for five seconds in all.
func ExampleNew() {
	store, err := dynamo.New(dynamodb.New(dynamodb.Options{Region: "eu-west-1"}), "sign-in-marks", nil)
	fmt.Println(store != nil, err)
	// Output:
	// true <nil>
}

// A table for a test or a program that makes its own.
func ExampleTableDefinition() {
	in := dynamo.TableDefinition("sign-in-marks")
	fmt.Println(*in.TableName, in.BillingMode, *in.KeySchema[0].AttributeName, in.KeySchema[0].KeyType)
	// Output:
	// sign-in-marks PAY_PER_REQUEST pk HASH
}
