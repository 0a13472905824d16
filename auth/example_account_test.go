package auth_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// exampleAccount is a pool with a user who has signed in.
func exampleAccount() (*cognitotest.Pool, *auth.Accounts, *auth.Tokens) {
	pool, err := cognitotest.New(cognitotest.Config{CustomAttributes: []string{"team"}})
	if err != nil {
		log.Fatal(err)
	}
	pool.AddUser(cognitotest.User{
		Username: "ann", Password: "Correct-Horse-7",
		Attributes: map[string]string{"email": "ann@example.com", "email_verified": "true"},
	})
	accounts, err := auth.NewAccounts(pool.SDK(), pool.Client().ID)
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
	return pool, accounts, tokens
}

// received is the code in the user's mailbox.
func received(pool *cognitotest.Pool, username string) string {
	message, ok := pool.Outbox().Last(username)
	if !ok {
		log.Fatal("no message")
	}
	return message.Code
}

// A sign-up from the first form to the confirmed account. Where the app client has
// a secret, pass auth.ClientSecret.
func ExampleAccounts_SignUp() {
	pool, accounts, _ := exampleAccount()
	defer pool.Close()
	ctx := context.Background()

	account, err := accounts.SignUp(ctx, "bob", "Correct-Horse-7", map[string]string{"email": "bob@example.com"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("sent to", account.Delivery.Destination)
	if _, err := accounts.ConfirmSignUp(ctx, "bob", received(pool, "bob")); err != nil {
		log.Fatal(err)
	}
	fmt.Println("confirmed")
	// Output:
	// sent to b***@e***
	// confirmed
}

// A code that is lost is sent again.
func ExampleAccounts_ResendConfirmationCode() {
	pool, accounts, _ := exampleAccount()
	defer pool.Close()
	ctx := context.Background()

	if _, err := accounts.SignUp(ctx, "bob", "Correct-Horse-7", map[string]string{"email": "bob@example.com"}); err != nil {
		log.Fatal(err)
	}
	delivery, err := accounts.ResendConfirmationCode(ctx, "bob")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("sent to", delivery.Destination)
	// Output: sent to b***@e***
}

// A confirmation with a wrong code, and with the right one.
func ExampleAccounts_ConfirmSignUp() {
	pool, accounts, _ := exampleAccount()
	defer pool.Close()
	ctx := context.Background()

	if _, err := accounts.SignUp(ctx, "bob", "Correct-Horse-7", map[string]string{"email": "bob@example.com"}); err != nil {
		log.Fatal(err)
	}
	_, err := accounts.ConfirmSignUp(ctx, "bob", "no code")
	fmt.Println("ask again:", errors.Is(err, auth.ErrCode))
	_, err = accounts.ConfirmSignUp(ctx, "bob", received(pool, "bob"))
	fmt.Println("confirmed:", err == nil)
	// Output:
	// ask again: true
	// confirmed: true
}

// A forgotten password: a form for the username, and one for the code and the new
// password. The first says the same whether or not there is such a user.
func ExampleAccounts_ForgotPassword() {
	pool, accounts, _ := exampleAccount()
	defer pool.Close()
	ctx := context.Background()

	for _, username := range []string{"ann", "nobody"} {
		if _, err := accounts.ForgotPassword(ctx, username); err != nil {
			log.Fatal(err)
		}
		fmt.Println("a code was sent, if there is such an account")
	}
	// Output:
	// a code was sent, if there is such an account
	// a code was sent, if there is such an account
}

// The second form: what each refusal asks for.
func ExampleAccounts_ConfirmForgotPassword() {
	pool, accounts, _ := exampleAccount()
	defer pool.Close()
	ctx := context.Background()

	if _, err := accounts.ForgotPassword(ctx, "ann"); err != nil {
		log.Fatal(err)
	}
	for _, password := range []string{"short", "Another-Horse-8"} {
		err := accounts.ConfirmForgotPassword(ctx, "ann", received(pool, "ann"), password)
		switch {
		case errors.Is(err, auth.ErrCode), errors.Is(err, auth.ErrNewPassword):
			fmt.Println("show the form again")
		case errors.Is(err, auth.ErrCodeExpired):
			fmt.Println("send another code")
		case err == nil:
			fmt.Println("sign in with the new password")
		}
	}
	// Output:
	// show the form again
	// sign in with the new password
}

// A password is changed by somebody who knows it.
func ExampleAccounts_ChangePassword() {
	pool, accounts, tokens := exampleAccount()
	defer pool.Close()
	ctx := context.Background()

	err := accounts.ChangePassword(ctx, tokens, "Wrong-Horse-7", "Another-Horse-8")
	fmt.Println("the present one is wrong:", errors.Is(err, auth.ErrCredentials))
	err = accounts.ChangePassword(ctx, tokens, "Correct-Horse-7", "Another-Horse-8")
	fmt.Println("changed:", err == nil)
	// Output:
	// the present one is wrong: true
	// changed: true
}

// What Cognito has about the user.
func ExampleAccounts_GetUser() {
	pool, accounts, tokens := exampleAccount()
	defer pool.Close()

	profile, err := accounts.GetUser(context.Background(), tokens)
	if err != nil {
		log.Fatal(err)
	}
	address, verified := profile.Email()
	fmt.Println(profile.Username(), address, verified)
	fmt.Println(profile) // personal data does not print
	// Output:
	// ann ann@example.com true
	// profile
}

// A new address is proved by a code.
func ExampleAccounts_UpdateAttributes() {
	pool, accounts, tokens := exampleAccount()
	defer pool.Close()
	ctx := context.Background()

	deliveries, err := accounts.UpdateAttributes(ctx, tokens, map[string]string{"email": "ann@example.org", "custom:team": "blue"})
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range deliveries {
		fmt.Println("ask for the code sent to", d.Destination)
		if err := accounts.VerifyAttribute(ctx, tokens, d.Attribute, received(pool, "ann")); err != nil {
			log.Fatal(err)
		}
	}
	profile, err := accounts.GetUser(ctx, tokens)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(profile.Email())
	fmt.Println(profile.Attribute("custom:team"))
	// Output:
	// ask for the code sent to a***@e***
	// ann@example.org true
	// blue
}

// A code for an address that the user has already.
func ExampleAccounts_SendAttributeCode() {
	pool, accounts, tokens := exampleAccount()
	defer pool.Close()

	delivery, err := accounts.SendAttributeCode(context.Background(), tokens, "email")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("sent to", delivery.Destination, "by", delivery.Medium)
	// Output: sent to a***@e*** by EMAIL
}

// Too late, or never asked for.
func ExampleAccounts_VerifyAttribute() {
	pool, accounts, tokens := exampleAccount()
	defer pool.Close()

	err := accounts.VerifyAttribute(context.Background(), tokens, "email", "123456")
	if errors.Is(err, auth.ErrCodeExpired) {
		fmt.Println("send a code first")
	}
	// Output: send a code first
}

// Attributes are removed by their names.
func ExampleAccounts_DeleteAttributes() {
	pool, accounts, tokens := exampleAccount()
	defer pool.Close()

	err := accounts.DeleteAttributes(context.Background(), tokens, "custom:team")
	fmt.Println(err)
	// Output: <nil>
}

// The account is deleted by its user.
func ExampleAccounts_Delete() {
	pool, accounts, tokens := exampleAccount()
	defer pool.Close()
	ctx := context.Background()

	if err := accounts.Delete(ctx, tokens); err != nil {
		log.Fatal(err)
	}
	_, err := accounts.GetUser(ctx, tokens)
	fmt.Println("gone:", errors.Is(err, auth.ErrCredentials))
	// Output: gone: true
}
