package cognitotest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// signUpAnn is the code under test of the examples.
func signUpAnn(ctx context.Context, client *cip.Client, clientID string) error {
	_, err := client.SignUp(ctx, &cip.SignUpInput{
		ClientId: &clientID, Username: aws.String("ann"), Password: aws.String("Correct-Horse-1"),
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String("ann@example.com")}},
	})
	return err
}

func ExampleOutbox_Wait() {
	pool, err := cognitotest.New(cognitotest.Config{}) // in a test: Start(t, ...)
	if err != nil {
		panic(err)
	}
	defer pool.Close()
	go signUpAnn(context.Background(), pool.SDK(), pool.Client().ID)

	message, err := pool.Outbox().Wait(context.Background(), "ann")
	if err != nil {
		panic(err)
	}
	fmt.Println(message.Purpose, "to", message.Destination, "with", len(message.Code), "digits")
	// Output: SignUp to ann@example.com with 6 digits
}

func ExamplePool_Count() {
	pool, err := cognitotest.New(cognitotest.Config{}) // in a test: Start(t, ...)
	if err != nil {
		panic(err)
	}
	defer pool.Close()
	for range 2 {
		if err := signUpAnn(context.Background(), pool.SDK(), pool.Client().ID); err != nil {
			fmt.Println("failed")
		}
	}
	fmt.Println(pool.Count("SignUp"), pool.Count("ConfirmSignUp"), pool.Count(""))
	// Output:
	// failed
	// 2 0 2
}

// A user disappears between the arrival of a request and its answer.
func ExamplePool_Hold() {
	pool, err := cognitotest.New(cognitotest.Config{}) // in a test: Start(t, ...)
	if err != nil {
		panic(err)
	}
	defer pool.Close()
	ctx, client := context.Background(), pool.SDK()
	pool.AddUser(cognitotest.User{Username: "ann", Password: "Correct-Horse-1"})

	held := pool.Hold("InitiateAuth", "USER_PASSWORD_AUTH")
	done := make(chan error)
	go func() {
		_, err := client.InitiateAuth(ctx, &cip.InitiateAuthInput{
			AuthFlow: types.AuthFlowTypeUserPasswordAuth, ClientId: aws.String(pool.Client().ID),
			AuthParameters: map[string]string{"USERNAME": "ann", "PASSWORD": "Correct-Horse-1"},
		})
		done <- err
	}()
	if err := held.Arrived(ctx); err != nil {
		panic(err)
	}
	client.AdminDeleteUser(ctx, &cip.AdminDeleteUserInput{UserPoolId: aws.String(pool.ID()), Username: aws.String("ann")})
	held.Release()
	var refused *types.NotAuthorizedException
	fmt.Println(errors.As(<-done, &refused))
	// Output: true
}

// A challenge that no Cognito gives yet.
func ExampleFault_reply() {
	pool, err := cognitotest.New(cognitotest.Config{}) // in a test: Start(t, ...)
	if err != nil {
		panic(err)
	}
	defer pool.Close()
	pool.Plant(cognitotest.Fault{
		Operation: "InitiateAuth", Effect: cognitotest.Replied,
		Reply: []byte(`{"ChallengeName":"PALM_READING","ChallengeParameters":{"HAND":"left"},"Session":"` + fmt.Sprintf("%032d", 0) + `"}`),
	})
	out, err := pool.SDK().InitiateAuth(context.Background(), &cip.InitiateAuthInput{
		AuthFlow: types.AuthFlowTypeUserPasswordAuth, ClientId: aws.String(pool.Client().ID),
		AuthParameters: map[string]string{"USERNAME": "ann", "PASSWORD": "Correct-Horse-1"},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(out.ChallengeName, out.ChallengeParameters["HAND"])
	// Output: PALM_READING left
}

// A session expires without anybody waiting for it.
func ExampleClock_Advance() {
	clock := cognitotest.NewClock(time.Date(2026, 2, 3, 9, 4, 5, 0, time.UTC))
	pool, err := cognitotest.New(cognitotest.Config{Clock: clock, MFA: types.UserPoolMfaTypeOn, SMS: true}) // in a test: Start(t, ...)
	if err != nil {
		panic(err)
	}
	defer pool.Close()
	pool.AddUser(cognitotest.User{Username: "ann", Password: "Correct-Horse-1", Attributes: map[string]string{"phone_number": "+15555551234"}})
	ctx, client, id := context.Background(), pool.SDK(), pool.Client().ID
	in, err := client.InitiateAuth(ctx, &cip.InitiateAuthInput{
		AuthFlow: types.AuthFlowTypeUserPasswordAuth, ClientId: &id,
		AuthParameters: map[string]string{"USERNAME": "ann", "PASSWORD": "Correct-Horse-1"},
	})
	if err != nil {
		panic(err)
	}
	code, _ := pool.Outbox().Last("ann")
	clock.Advance(3 * time.Minute)
	_, err = client.RespondToAuthChallenge(ctx, &cip.RespondToAuthChallengeInput{
		ClientId: &id, ChallengeName: in.ChallengeName, Session: in.Session,
		ChallengeResponses: map[string]string{"USERNAME": "ann", "SMS_MFA_CODE": code.Code},
	})
	var refused *types.NotAuthorizedException
	if errors.As(err, &refused) {
		fmt.Println(*refused.Message)
	}
	// Output: Invalid session for the user, session is expired.
}

// Each message is returned once and in order, to one of those who wait for it.
func TestOutboxWait(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	got := make(chan cognitotest.Message, 3)
	for range 3 {
		go func() {
			m, err := d.pool.Outbox().Wait(t.Context(), "ANN")
			if err == nil {
				got <- m
			}
		}()
	}
	must[*cip.SignUpOutput](t)(d.signUpWith("ann", "email", "ann@example.com"))
	for range 2 {
		must[*cip.ResendConfirmationCodeOutput](t)(d.sdk.ResendConfirmationCode(t.Context(), &cip.ResendConfirmationCodeInput{
			ClientId: &d.client.ID, Username: ptr("ann"),
		}))
	}
	seen := map[string]bool{}
	for range 3 {
		seen[(<-got).Code] = true
	}
	for _, m := range d.pool.Outbox().All("ann") {
		if !seen[m.Code] {
			t.Errorf("%s was not returned", m.Code)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.pool.Outbox().Wait(ctx, "ann"); !errors.Is(err, context.Canceled) || err.Error() != "cognitotest: waiting for a message to ann: context canceled" {
		t.Errorf("got %v", err)
	}
}

// Requests of another kind pass by; one that was never held goes through after all.
func TestHold(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	held := d.pool.Hold("AdminGetUser", "")
	if _, err := d.byPassword("ann", password); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := held.Arrived(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	held.Release()
	held.Release()
	if d.attribute("ann", "sub") == "" {
		t.Error("no user")
	}
	if n := d.pool.Count("AdminGetUser"); n != 1 {
		t.Errorf("counted %d", n)
	}
}

// What a test may not ask for.
func TestForTestsMisuse(t *testing.T) {
	t.Parallel()
	pool, err := cognitotest.New(cognitotest.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for name, do := range map[string]func(){
		"an operation that is none": func() { pool.Count("GuessPassword") },
		"to hold what is none":      func() { pool.Hold("GuessPassword", "") },
		"no reply":                  func() { pool.Plant(cognitotest.Fault{Effect: cognitotest.Replied}) },
		"a reply that is no JSON":   func() { pool.Plant(cognitotest.Fault{Effect: cognitotest.Replied, Reply: []byte("{")}) },
		"a reply to nothing":        func() { pool.Plant(cognitotest.Fault{Effect: cognitotest.Throttled, Reply: []byte("{}")}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			do()
		}()
	}
}
