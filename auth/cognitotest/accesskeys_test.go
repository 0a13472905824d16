package cognitotest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// With access keys, a signature must be one of theirs; the pool's own client has
// one, and operations that need no signature need none.
func TestAccessKeys(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{AccessKeys: map[string]string{"AKIAONE": "first", "AKIATWO": "second"}})
	list := func(as aws.CredentialsProvider) error {
		sdk := d.pool.SDK(func(o *cip.Options) { o.Credentials = as })
		_, err := sdk.ListUserPools(t.Context(), &cip.ListUserPoolsInput{MaxResults: aws.Int32(1)})
		return err
	}
	for id, secret := range map[string]string{"AKIAONE": "first", "AKIATWO": "second"} {
		if err := list(credentials.NewStaticCredentialsProvider(id, secret, "")); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	wantError(t, list(credentials.NewStaticCredentialsProvider("AKIAONE", "second", "")), "InvalidSignatureException",
		"The request signature we calculated does not match the signature you provided. "+
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	wantError(t, list(credentials.NewStaticCredentialsProvider("AKIANONE", "first", "")), "UnrecognizedClientException",
		"The security token included in the request is invalid.")
	wantError(t, list(aws.AnonymousCredentials{}), "MissingAuthenticationTokenException", "Missing Authentication Token")
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	must[*cip.AdminGetUserOutput](t)(d.sdk.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: ptr(d.pool.ID()), Username: aws.String("ann")}))
	must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
}
