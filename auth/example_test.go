package auth_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/totp"
)

// The examples run against a user pool in this process. A program with a real
// pool takes cognitoidentityprovider.NewFromConfig(cfg) in place of pool.SDK(),
// and its own pool id and client id.

// The secret that the user's authenticator app holds.
const authenticator = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

func examplePool() (*cognitotest.Pool, *auth.Client) {
	pool, err := cognitotest.New(cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, TOTP: true})
	if err != nil {
		log.Fatal(err)
	}
	pool.AddUser(cognitotest.User{Username: "ann", Password: "Correct-Horse-7", TOTPSecret: authenticator})
	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID)
	if err != nil {
		log.Fatal(err)
	}
	return pool, client
}

// A whole sign-in in one call; the user is asked by callbacks.
func ExampleClient_SignIn() {
	pool, client := examplePool()
	defer pool.Close()

	tokens, err := client.SignIn(context.Background(), auth.SRP("ann", "Correct-Horse-7"), auth.Prompts{
		TOTPCode: func(ctx context.Context, c *challenge.TOTPCode) (string, error) {
			return totp.Code(authenticator, time.Now()) // ask the user here
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("signed in:", tokens.Username())
	// Output: signed in: ann
}

// The same sign-in step by step, as a web backend has it: Begin in the request
// with the password, Respond in the one with the code.
func ExampleClient_Begin() {
	pool, client := examplePool()
	defer pool.Close()
	ctx := context.Background()

	tokens, next, err := client.Begin(ctx, auth.SRP("ann", "Correct-Horse-7"))
	for err == nil && tokens == nil {
		var answer challenge.Answer
		switch c := next.(type) {
		case *challenge.TOTPCode:
			code, _ := totp.Code(authenticator, time.Now()) // ask the user here
			answer = c.Answer(code)
		default:
			log.Fatalf("no page for %s", c.Name())
		}
		tokens, next, err = client.Respond(ctx, answer)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("signed in:", tokens.Username())
	// Output: signed in: ann
}

// A wrong code leaves the sign-in alive: the error holds the challenge.
func ExampleClient_Respond() {
	pool, client := examplePool()
	defer pool.Close()
	ctx := context.Background()

	_, next, err := client.Begin(ctx, auth.SRP("ann", "Correct-Horse-7"))
	if err != nil {
		log.Fatal(err)
	}
	_, _, err = client.Respond(ctx, next.(challenge.Code).Answer("not a code"))
	var failure *auth.Error
	if errors.As(err, &failure) && errors.Is(err, auth.ErrCode) {
		fmt.Println("ask again for", failure.Challenge.Name())
	}
	// Output: ask again for SOFTWARE_TOKEN_MFA
}

// One case for each thing that a backend can do next.
func ExampleError() {
	status := func(err error) int {
		switch {
		case errors.Is(err, auth.ErrCode), errors.Is(err, auth.ErrNewPassword), errors.Is(err, auth.ErrInput):
			return http.StatusUnprocessableEntity // show the same form again
		case errors.Is(err, auth.ErrCredentials), errors.Is(err, auth.ErrStartOver):
			return http.StatusUnauthorized // show the first form again
		case errors.Is(err, auth.ErrLockedOut), errors.Is(err, auth.ErrBackOff):
			return http.StatusTooManyRequests
		case errors.Is(err, auth.ErrDenied), errors.Is(err, auth.ErrNotConfirmed), errors.Is(err, auth.ErrResetRequired):
			return http.StatusForbidden
		}
		return http.StatusInternalServerError // ErrConfig, ErrMalformed: page a developer
	}
	pool, client := examplePool()
	defer pool.Close()
	_, _, err := client.Begin(context.Background(), auth.SRP("ann", "Wrong-Horse-7"))
	fmt.Println(status(err))
	// Output: 401
}

// A prompt that is missing does not lose the sign-in.
func ExampleUnansweredError() {
	pool, client := examplePool()
	defer pool.Close()

	_, err := client.SignIn(context.Background(), auth.SRP("ann", "Correct-Horse-7"), auth.Prompts{})
	var unanswered *auth.UnansweredError
	if errors.As(err, &unanswered) {
		fmt.Println("go on with Respond:", unanswered.Challenge.Name())
	}
	// Output: go on with Respond: SOFTWARE_TOKEN_MFA
}

// A sign-in that has to wait for the user goes on with the same prompts, in
// another process if need be: the Sealer makes a text of its challenge.
func ExampleClient_Continue() {
	pool, client := examplePool()
	defer pool.Close()
	sealer, err := challenge.NewSealer([32]byte([]byte("a key of 32 bytes from a secret.")))
	if err != nil {
		log.Fatal(err)
	}

	_, asked, err := client.Begin(context.Background(), auth.SRP("ann", "Correct-Horse-7"))
	if err != nil {
		log.Fatal(err)
	}
	kept, err := sealer.Seal(asked, pool.Client().ID)
	if err != nil {
		log.Fatal(err)
	}

	opened, err := sealer.Open(kept, pool.Client().ID)
	if err != nil {
		log.Fatal(err)
	}
	tokens, err := client.Continue(context.Background(), opened, auth.Prompts{
		TOTPCode: func(context.Context, *challenge.TOTPCode) (string, error) {
			return totp.Code(authenticator, time.Now())
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("signed in:", tokens.Username())
	// Output: signed in: ann
}

// The Admin operations need AWS credentials, and a backend's own app client.
func ExampleOptions_admin() {
	pool, _ := examplePool()
	defer pool.Close()

	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID, func(o *auth.Options) {
		o.Admin = pool.SDK()
		o.Observe = func(_ context.Context, c auth.Call) { fmt.Println(c.Operation, c.Challenge, c.Next) }
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, _, err := client.Begin(context.Background(), auth.Password("ann", "Correct-Horse-7")); err != nil {
		log.Fatal(err)
	}
	// Output: AdminInitiateAuth ADMIN_USER_PASSWORD_AUTH SOFTWARE_TOKEN_MFA
}

// An app client with a secret.
func ExampleClientSecret() {
	pool, _ := examplePool()
	defer pool.Close()

	app := pool.AddClient(cognitotest.ClientConfig{Secret: true})
	client, err := auth.New(pool.SDK(), pool.ID(), app.ID, auth.ClientSecret(app.Secret))
	if err != nil {
		log.Fatal(err)
	}
	_, next, err := client.Begin(context.Background(), auth.SRP("ann", "Correct-Horse-7"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(next.Name())
	// Output: SOFTWARE_TOKEN_MFA
}

// Sign-up, and the confirmation of the e-mail address.
func ExampleAccounts() {
	pool, _ := examplePool()
	defer pool.Close()
	ctx := context.Background()

	accounts, err := auth.NewAccounts(pool.SDK(), pool.Client().ID)
	if err != nil {
		log.Fatal(err)
	}
	signedUp, err := accounts.SignUp(ctx, "bob", "Battery-Staple-8", map[string]string{"email": "bob@example.com"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("a code went to", signedUp.Delivery.Destination)

	message, _ := pool.Outbox().Last("bob") // the user reads it from the mail
	if _, err := accounts.ConfirmSignUp(ctx, "bob", message.Code); err != nil {
		log.Fatal(err)
	}
	fmt.Println("confirmed")
	// Output:
	// a code went to b***@e***
	// confirmed
}

// Tokens are verified by whoever receives them.
func ExampleVerifier() {
	pool, client := examplePool()
	defer pool.Close()
	ctx := context.Background()
	pool.AddUser(cognitotest.User{Username: "carol", Password: "Correct-Horse-7"})
	tokens, _, err := client.Begin(ctx, auth.SRP("carol", "Correct-Horse-7"))
	if err != nil {
		log.Fatal(err)
	}

	// With a real pool: auth.NewVerifier(auth.Issuer(poolID), …).
	verifier, err := auth.NewVerifier(pool.Issuer(), []string{pool.Client().ID})
	if err != nil {
		log.Fatal(err)
	}
	claims, err := verifier.Access(ctx, tokens.Access())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(claims.TokenUse, claims.Username)

	_, err = verifier.Access(ctx, tokens.ID())
	fmt.Println(errors.Is(err, auth.ErrToken))
	// Output:
	// access carol
	// true
}

// Cognito's Lambda triggers ask, the application answers.
func ExampleCustom() {
	pool, err := cognitotest.New(cognitotest.Config{Triggers: new(riddle).triggers()})
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	pool.AddUser(cognitotest.User{Username: "ann", Password: "Correct-Horse-7"})
	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID)
	if err != nil {
		log.Fatal(err)
	}

	tokens, err := client.SignIn(context.Background(), auth.CustomSRP("ann", "Correct-Horse-7"), auth.Prompts{
		Custom: func(_ context.Context, c *challenge.Custom) (challenge.Answer, error) {
			fmt.Println(c.Parameters()["riddle"])
			return c.Answer("mellon"), nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("signed in:", tokens.Username())
	// Output:
	// speak, friend, and enter
	// signed in: ann
}

// A service that acts for the user for long keeps the tokens fresh. However many
// goroutines ask, it refreshes once, and stores before it hands out.
func ExampleKeeper() {
	pool, client := examplePool()
	defer pool.Close()
	ctx := context.Background()
	pool.AddUser(cognitotest.User{Username: "carol", Password: "Correct-Horse-7"})
	tokens, _, err := client.Begin(ctx, auth.SRP("carol", "Correct-Horse-7"))
	if err != nil {
		log.Fatal(err)
	}
	later := func(o *auth.Options) { o.Now = func() time.Time { return time.Now().Add(time.Hour) } }

	refresher, err := auth.NewRefresher(pool.SDK(), pool.Client().ID, later)
	if err != nil {
		log.Fatal(err)
	}
	keeper, err := auth.NewKeeper(refresher, tokens, func(o *auth.KeeperOptions) {
		o.Store = func(_ context.Context, t *auth.Tokens) error {
			fmt.Println("stored for", t.Username()) // encrypt t.Refresh() and keep it
			return nil
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	fresh, err := keeper.Tokens(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("fresh:", fresh.Access() != tokens.Access())
	// Output:
	// stored for carol
	// fresh: true
}

// The user chooses how to sign in: here by a code, without a password.
func ExampleUserAuth() {
	pool, err := cognitotest.New(cognitotest.Config{FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp}})
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	pool.AddUser(cognitotest.User{
		Username: "ann", Password: "Correct-Horse-7",
		Attributes: map[string]string{"email": "ann@example.com", "email_verified": "true"},
	})
	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID)
	if err != nil {
		log.Fatal(err)
	}
	tokens, err := client.SignIn(context.Background(), auth.UserAuth("ann"), auth.Prompts{
		SelectFirstFactor: func(_ context.Context, c *challenge.SelectFirstFactor) (challenge.FirstFactorOption, error) {
			fmt.Println("offered:", c.Options())
			option, _ := c.Option(challenge.FactorEmail)
			return option, nil
		},
		EmailCode: func(_ context.Context, c *challenge.EmailCode) (string, error) {
			fmt.Println("sent to", c.Destination())
			message, _ := pool.Outbox().Last("ann")
			return message.Code, nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("signed in:", tokens.Username())
	// Output:
	// offered: [PASSWORD_SRP PASSWORD EMAIL_OTP]
	// sent to a***@e***
	// signed in: ann
}

// Secrets do not print.
func ExampleFirstFactor() {
	fmt.Printf("%+v\n", auth.SRP("ann", "Correct-Horse-7"))
	// Output: firstfactor(USER_SRP_AUTH)
}
