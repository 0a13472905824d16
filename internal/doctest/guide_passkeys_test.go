package doctest

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
)

// signInWithPasskey takes two requests. browser stands for the page between
// them: it gets the challenge's Options and brings back a credential.
func signInWithPasskey(ctx context.Context, client *auth.Client, username string, browser func(json.RawMessage) (json.RawMessage, error)) (*auth.Tokens, error) {
	return client.SignIn(ctx, auth.UserAuth(username, auth.PreferPasskey()), auth.Prompts{
		Passkey: func(_ context.Context, c *challenge.Passkey) (json.RawMessage, error) { return browser(c.Options()) },
	})
}

// registerPasskey gives a signed-in user a passkey, in two requests as well.
func registerPasskey(ctx context.Context, factors *auth.Factors, tokens *auth.Tokens, browser func(json.RawMessage) (json.RawMessage, error)) error {
	options, err := factors.StartPasskey(ctx, tokens)
	if err != nil {
		return err
	}
	credential, err := browser(options)
	if err != nil {
		return err
	}
	return factors.CompletePasskey(ctx, tokens, credential)
}

func Example_guidePasskeys() {
	pool, client := newPool(cognitotest.Config{
		MFA:          types.UserPoolMfaTypeOff,
		FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeWebAuthn},
		WebAuthn:     types.WebAuthnConfigurationType{RelyingPartyId: aws.String("app.example")},
	}, "")
	defer pool.Close()
	ctx := context.Background()
	browser := &cognitotest.Authenticator{Origin: "https://app.example"}

	tokens, _, err := client.Begin(ctx, auth.SRP("ann", password))
	if err != nil {
		fmt.Println(err)
		return
	}
	err = registerPasskey(ctx, must(auth.NewFactors(pool.SDK())), tokens, func(o json.RawMessage) (json.RawMessage, error) { return browser.Create(o) })
	fmt.Println("registered:", err == nil)
	tokens, err = signInWithPasskey(ctx, client, "ann", func(o json.RawMessage) (json.RawMessage, error) { return browser.Get(o) })
	fmt.Println("signed in:", tokens != nil, err)
	// Output:
	// registered: true
	// signed in: true <nil>
}
