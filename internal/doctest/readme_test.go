package doctest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/totp"
)

func readmeSignIn(ctx context.Context, cfg aws.Config, poolID, clientID, username, password string,
	ask func(string) (string, error), showQR func(totp.Enrollment) (string, error),
) (*auth.Tokens, error) {
	client, err := auth.New(cognitoidentityprovider.NewFromConfig(cfg), poolID, clientID)
	if err != nil {
		return nil, err
	}
	return client.SignIn(ctx, auth.SRP(username, password), auth.Prompts{
		TOTPCode: func(ctx context.Context, c *challenge.TOTPCode) (string, error) {
			return ask("Code from your authenticator app")
		},
		SetUpTOTP: func(ctx context.Context, c *challenge.SetUpTOTP) (code, device string, err error) {
			e, err := c.Enrollment("My Service", username)
			if err != nil {
				return "", "", err
			}
			code, err = showQR(e) // e.PNG(320), e.Terminal() or e.URI()
			return code, "phone", err
		},
	})
}

func Example_readmeSignIn() {
	pool, _ := newPool(cognitotest.Config{MFA: "ON", TOTP: true}, "")
	defer pool.Close()
	url := pool.URL()
	cfg := aws.Config{Region: "us-east-1", BaseEndpoint: &url}

	tokens, err := readmeSignIn(context.Background(), cfg, pool.ID(), pool.Client().ID, "ann", password, nil,
		func(e totp.Enrollment) (string, error) { return totp.Code(e.Secret(), time.Now()) })
	fmt.Println(tokens.Username(), err)
	// Output: ann <nil>
}

func readmeSteps(ctx context.Context, client *auth.Client, username, password string, code, newPassword func() string) (*auth.Tokens, error) {
	tokens, next, err := client.Begin(ctx, auth.SRP(username, password))
	for err == nil && tokens == nil { // exactly one of the three is not nil
		switch c := next.(type) {
		case challenge.Code: // TOTP, SMS or e-mail: show a form, and in its request
			tokens, next, err = client.Respond(ctx, c.Answer(code()))
		case *challenge.NewPassword:
			tokens, next, err = client.Respond(ctx, c.Answer(newPassword(), nil))
		default:
			return nil, fmt.Errorf("there is no page for %s", next.Name())
		}
	}
	switch {
	case errors.Is(err, auth.ErrCode): // wrong code: the error holds the challenge, ask again
	case errors.Is(err, auth.ErrCredentials), errors.Is(err, auth.ErrStartOver): // back to the first form
	}
	return tokens, err
}

func Example_readmeSteps() {
	pool, client := newPool(cognitotest.Config{}, appKey)
	defer pool.Close()
	pool.AddUser(cognitotest.User{Username: "new", Password: "Temporary-Horse-1", Temporary: true})
	code := func() string { return must(totp.Code(appKey, time.Now())) }

	for _, user := range []struct{ name, password string }{{"ann", password}, {"new", "Temporary-Horse-1"}, {"ann", "wrong"}} {
		_, err := readmeSteps(context.Background(), client, user.name, user.password, code, func() string { return "Battery-Staple-8" })
		fmt.Println(err == nil, errors.Is(err, auth.ErrCredentials))
	}
	// Output:
	// true false
	// true false
	// false true
}
