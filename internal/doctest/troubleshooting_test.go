package doctest

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/smithy-go"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

func cognitosWords(err error) string {
	var exception smithy.APIError
	if errors.As(err, &exception) {
		return exception.ErrorCode() + ": " + exception.ErrorMessage()
	}
	return ""
}

func Example_troubleshooting() {
	pool, client := newPool(cognitotest.Config{}, "")
	defer pool.Close()
	_, _, err := client.Begin(context.Background(), auth.SRP("ann", "wrong"))
	fmt.Println(cognitosWords(err))
	// Output: NotAuthorizedException: Incorrect username or password.
}
