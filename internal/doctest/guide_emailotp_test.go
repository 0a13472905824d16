package doctest

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp/ses"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/challenge/trigger/dynamo"
)

// emailTriggers are the triggers DefineAuthChallenge, CreateAuthChallenge and
// VerifyAuthChallengeResponse: one function for the three. The key is 32 random
// bytes of a secret store, the same in all instances.
func emailTriggers(key []byte, sender emailotp.Sender, store trigger.Store) (*trigger.Handler, error) {
	codes, err := emailotp.New(key, sender, store)
	if err != nil {
		return nil, err
	}
	return trigger.New(key, store, []trigger.Method{codes}) // for lambda.Start
}

// onAWS is what a Lambda function gives to emailTriggers.
func onAWS(cfg aws.Config, from, table string) (emailotp.Sender, trigger.Store, error) {
	sender, err := ses.New(sesv2.NewFromConfig(cfg), from)
	if err != nil {
		return nil, nil, err
	}
	store, err := dynamo.New(dynamodb.NewFromConfig(cfg), table, nil)
	return sender, store, err
}

// signInByEmail asks for the password first, then for the code of the mail.
func signInByEmail(ctx context.Context, client *auth.Client, username, password string, ask func(*emailotp.Challenge) (string, error)) (*auth.Tokens, error) {
	return client.SignIn(ctx, auth.CustomSRP(username, password), auth.Prompts{
		Custom: func(_ context.Context, c *challenge.Custom) (challenge.Answer, error) {
			asked, err := emailotp.Parse(c)
			if err != nil {
				return challenge.Answer{}, err
			}
			code, err := ask(asked) // "to a***@e***, 3 attempts left"
			if err != nil {
				return challenge.Answer{}, err
			}
			return asked.Answer(code), nil
		},
	})
}

// signInByPoolsEmail does the same in a pool that sends codes itself.
func signInByPoolsEmail(ctx context.Context, client *auth.Client, username, password string, ask func(to string) (string, error)) (*auth.Tokens, error) {
	return client.SignIn(ctx, auth.SRP(username, password), auth.Prompts{
		EmailCode: func(_ context.Context, c *challenge.EmailCode) (string, error) { return ask(c.Destination()) },
	})
}

// mailbox is a Sender for the example.
type mailbox struct{ code string }

func (m *mailbox) Send(_ context.Context, mail emailotp.Message) error {
	m.code = mail.Code()
	return nil
}

func Example_guideEmailOTP() {
	sender, store, err := onAWS(aws.Config{Region: "eu-west-1"}, "Example <no-reply@example.com>", "sign-in-marks")
	fmt.Println("on AWS:", sender != nil, store != nil, err)

	box := new(mailbox)
	handler := must(emailTriggers(make([]byte, trigger.MinKey), box, trigger.NewMemory(nil)))
	pool, client := newPool(cognitotest.Config{Triggers: served(handler)}, "")
	defer pool.Close()
	tokens, err := signInByEmail(context.Background(), client, "ann", password, func(c *emailotp.Challenge) (string, error) {
		fmt.Println("asked for the code sent to", c.Destination, "with", c.AttemptsLeft, "attempts left")
		if c.AttemptsLeft == 3 {
			return "12345x", nil
		}
		return box.code, nil
	})
	fmt.Println("signed in:", tokens != nil, err)
	// Output:
	// on AWS: true true <nil>
	// asked for the code sent to a***@e*** with 3 attempts left
	// asked for the code sent to a***@e*** with 2 attempts left
	// signed in: true <nil>
}

func Example_guidePoolsEmail() {
	pool, client := newPool(cognitotest.Config{MFA: "ON", Email: true, Recovery: "verified_phone_number"}, "")
	defer pool.Close()
	tokens, err := signInByPoolsEmail(context.Background(), client, "ann", password, func(to string) (string, error) {
		fmt.Println("asked for the code sent to", to)
		message, _ := pool.Outbox().Last("ann")
		return message.Code, nil
	})
	fmt.Println("signed in:", tokens != nil, err)
	// Output:
	// asked for the code sent to a***@e***
	// signed in: true <nil>
}
