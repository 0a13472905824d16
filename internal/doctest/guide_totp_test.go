package doctest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/totp"
)

// beginTOTP returns the picture that the user scans, and the text for those who
// cannot. Neither belongs in a log or a cache.
func beginTOTP(ctx context.Context, factors *auth.Factors, tokens *auth.Tokens, email string) (png []byte, secret string, err error) {
	enrollment, err := factors.EnrollTOTP(ctx, tokens, "My Service", email)
	if err != nil {
		return nil, "", err
	}
	png, err = enrollment.PNG(320)
	return png, enrollment.Secret(), err
}

// finishTOTP proves the app with its first code, and turns it on. After an
// auth.ErrCode the same form may be sent again.
func finishTOTP(ctx context.Context, factors *auth.Factors, tokens *auth.Tokens, code string) error {
	if err := factors.VerifyTOTP(ctx, tokens, code, "phone"); err != nil {
		return err
	}
	return factors.SetMFA(ctx, tokens, auth.MFAChanges{TOTP: auth.MFAPreferred})
}

// signInTOTP is the login with the password, and now with a code for those who
// have turned it on.
func signInTOTP(ctx context.Context, client *auth.Client, username, password string, ask func() (string, error)) (*auth.Tokens, error) {
	return client.SignIn(ctx, auth.SRP(username, password), auth.Prompts{
		TOTPCode: func(context.Context, *challenge.TOTPCode) (string, error) { return ask() },
	})
}

func Example_guideTOTP() {
	clock := cognitotest.NewClock(time.Now())
	pool, client := newPool(cognitotest.Config{Clock: clock}, "")
	defer pool.Close()
	ctx := context.Background()
	factors := must(auth.NewFactors(pool.SDK()))

	tokens := must(signInTOTP(ctx, client, "ann", password, nil)) // not asked yet
	_, secret, err := beginTOTP(ctx, factors, tokens, "ann@example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("wrong code, again:", errors.Is(finishTOTP(ctx, factors, tokens, "none"), auth.ErrCode))
	fmt.Println("turned on:", finishTOTP(ctx, factors, tokens, must(totp.Code(secret, clock.Now()))) == nil)

	clock.Advance(totp.Period) // a code is good once
	tokens = must(signInTOTP(ctx, client, "ann", password, func() (string, error) { return totp.Code(secret, clock.Now()) }))
	fmt.Println("signed in:", tokens.Username())
	// Output:
	// wrong code, again: true
	// turned on: true
	// signed in: ann
}
