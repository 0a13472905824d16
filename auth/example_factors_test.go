package auth_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/totp"
)

// exampleFactors is a pool of the site app.example, with a user who has signed in.
func exampleFactors() (*cognitotest.Pool, *auth.Factors, *auth.Tokens) {
	pool, err := cognitotest.New(cognitotest.Config{
		MFA: types.UserPoolMfaTypeOptional, TOTP: true, Email: true,
		FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeWebAuthn},
		WebAuthn:     types.WebAuthnConfigurationType{RelyingPartyId: aws.String("app.example")},
	})
	if err != nil {
		log.Fatal(err)
	}
	pool.AddUser(cognitotest.User{Username: "ann", Password: "Correct-Horse-7", Attributes: map[string]string{"email": "ann@example.com"}})
	factors, err := auth.NewFactors(pool.SDK())
	if err != nil {
		log.Fatal(err)
	}
	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID)
	if err != nil {
		log.Fatal(err)
	}
	tokens, err := client.SignIn(context.Background(), auth.SRP("ann", "Correct-Horse-7"), auth.Prompts{})
	if err != nil {
		log.Fatal(err)
	}
	return pool, factors, tokens
}

// A user who has signed in sets an authenticator app up, and is asked for its codes
// from the next sign-in on.
func ExampleFactors_EnrollTOTP() {
	pool, factors, tokens := exampleFactors()
	defer pool.Close()
	ctx := context.Background()

	enrollment, err := factors.EnrollTOTP(ctx, tokens, "My Service", "ann@example.com")
	if err != nil {
		log.Fatal(err)
	}
	// Show enrollment.PNG(…) or enrollment.URI(), and ask for the first code.
	code, err := totp.Code(enrollment.Secret(), time.Now())
	if err != nil {
		log.Fatal(err)
	}
	if err := factors.VerifyTOTP(ctx, tokens, code, "Ann's phone"); err != nil {
		log.Fatal(err)
	}
	if err := factors.SetMFA(ctx, tokens, auth.MFAChanges{TOTP: auth.MFAPreferred}); err != nil {
		log.Fatal(err)
	}
	list, err := factors.List(ctx, tokens)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the next sign-in asks for", list.Preferred)
	// Output: the next sign-in asks for SOFTWARE_TOKEN_MFA
}

// A wrong code leaves the set-up as it is.
func ExampleFactors_VerifyTOTP() {
	pool, factors, tokens := exampleFactors()
	defer pool.Close()
	ctx := context.Background()

	err := factors.VerifyTOTP(ctx, tokens, "123456", "")
	fmt.Println("nothing was begun:", errors.Is(err, auth.ErrNotSetUp))
	enrollment, err := factors.EnrollTOTP(ctx, tokens, "My Service", "ann@example.com")
	if err != nil {
		log.Fatal(err)
	}
	err = factors.VerifyTOTP(ctx, tokens, "no code", "")
	fmt.Println("ask again:", errors.Is(err, auth.ErrCode))
	code, err := totp.Code(enrollment.Secret(), time.Now())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("verified:", factors.VerifyTOTP(ctx, tokens, code, "") == nil)
	// Output:
	// nothing was begun: true
	// ask again: true
	// verified: true
}

// Only what is named changes.
func ExampleFactors_SetMFA() {
	pool, factors, tokens := exampleFactors()
	defer pool.Close()
	ctx := context.Background()

	err := factors.SetMFA(ctx, tokens, auth.MFAChanges{Email: auth.MFAOn})
	fmt.Println("codes by e-mail:", err == nil)
	err = factors.SetMFA(ctx, tokens, auth.MFAChanges{TOTP: auth.MFAPreferred})
	if errors.Is(err, auth.ErrNotSetUp) {
		fmt.Println("an authenticator has to be set up first")
	}
	// Output:
	// codes by e-mail: true
	// an authenticator has to be set up first
}

// What the page of a user's settings shows.
func ExampleFactors_List() {
	pool, factors, tokens := exampleFactors()
	defer pool.Close()

	list, err := factors.List(context.Background(), tokens)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("signs in with", list.First)
	fmt.Println("second factors:", len(list.MFA))
	// Output:
	// signs in with [PASSWORD]
	// second factors: 0
}

// A passkey is registered with the user's browser in two requests, and signs the
// user in without a password.
func ExampleFactors_StartPasskey() {
	pool, factors, tokens := exampleFactors()
	defer pool.Close()
	ctx := context.Background()
	browser := &cognitotest.Authenticator{Origin: "https://app.example"}

	options, err := factors.StartPasskey(ctx, tokens)
	if err != nil {
		log.Fatal(err)
	}
	// In the browser: navigator.credentials.create, with
	// PublicKeyCredential.parseCreationOptionsFromJSON(options).
	credential, err := browser.Create(options)
	if err != nil {
		log.Fatal(err)
	}
	if err := factors.CompletePasskey(ctx, tokens, credential); err != nil {
		log.Fatal(err)
	}

	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID)
	if err != nil {
		log.Fatal(err)
	}
	tokens, next, err := client.Begin(ctx, auth.UserAuth("ann", auth.PreferPasskey()))
	if err != nil {
		log.Fatal(err)
	}
	if ask, ok := next.(*challenge.Passkey); ok {
		credential, err := browser.Get(ask.Options()) // navigator.credentials.get
		if err != nil {
			log.Fatal(err)
		}
		if tokens, _, err = client.Respond(ctx, ask.Answer(credential)); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println("signed in:", tokens.Username())
	// Output: signed in: ann
}

// A passkey of a page that is not of the pool's site.
func ExampleFactors_CompletePasskey() {
	pool, factors, tokens := exampleFactors()
	defer pool.Close()
	ctx := context.Background()

	options, err := factors.StartPasskey(ctx, tokens)
	if err != nil {
		log.Fatal(err)
	}
	elsewhere := &cognitotest.Authenticator{Origin: "https://phishing.example"}
	credential, err := elsewhere.Create(options)
	if err != nil {
		log.Fatal(err)
	}
	err = factors.CompletePasskey(ctx, tokens, credential)
	var failure *auth.Error
	if errors.As(err, &failure) {
		fmt.Println(failure.Code)
	}
	// Output: WebAuthnOriginNotAllowedException
}

// registered gives the user a passkey.
func registered(factors *auth.Factors, tokens *auth.Tokens) {
	ctx := context.Background()
	options, err := factors.StartPasskey(ctx, tokens)
	if err != nil {
		log.Fatal(err)
	}
	credential, err := (&cognitotest.Authenticator{Origin: "https://app.example"}).Create(options)
	if err != nil {
		log.Fatal(err)
	}
	if err := factors.CompletePasskey(ctx, tokens, credential); err != nil {
		log.Fatal(err)
	}
}

// The user's passkeys, however many pages they are on.
func ExampleFactors_Passkeys() {
	pool, factors, tokens := exampleFactors()
	defer pool.Close()
	registered(factors, tokens)

	for passkey, err := range factors.Passkeys(context.Background(), tokens) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(passkey.RelyingParty, passkey.Attachment)
	}
	// Output: app.example platform
}

// A passkey of a device that was lost is removed.
func ExampleFactors_DeletePasskey() {
	pool, factors, tokens := exampleFactors()
	defer pool.Close()
	ctx := context.Background()
	registered(factors, tokens)

	for passkey, err := range factors.Passkeys(ctx, tokens) {
		if err != nil {
			log.Fatal(err)
		}
		if err := factors.DeletePasskey(ctx, tokens, passkey.ID); err != nil {
			log.Fatal(err)
		}
		fmt.Println("removed")
		err = factors.DeletePasskey(ctx, tokens, passkey.ID)
		fmt.Println("is not there:", errors.Is(err, auth.ErrInput))
	}
	// Output:
	// removed
	// is not there: true
}

// A help desk turns the authenticator of a lost phone off.
func ExampleAdminFactors_SetMFA() {
	pool, client := examplePool()
	defer pool.Close()
	ctx := context.Background()

	factors, err := auth.NewAdminFactors(pool.SDK(), pool.ID())
	if err != nil {
		log.Fatal(err)
	}
	if err := factors.SetMFA(ctx, "ann", auth.MFAChanges{TOTP: auth.MFAOff}); err != nil {
		log.Fatal(err)
	}
	tokens, err := client.SignIn(ctx, auth.SRP("ann", "Correct-Horse-7"), auth.Prompts{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("signed in without a code:", tokens.Username())
	// Output: signed in without a code: ann
}
