package emailotp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// quiet is a Handler's logger in examples.
func quiet(o *trigger.Options) { o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil)) }

// examplePool is a pool in this process with a user, whose triggers ask for a
// code by e-mail. In production they are a Lambda function, lambda.Start(handler),
// and the Sender is that of package ses.
func examplePool(sender emailotp.Sender) (*cognitotest.Pool, error) {
	key := []byte("32 random bytes of a secret store")
	store := trigger.NewMemory(nil)
	codes, err := emailotp.New(key, sender, store)
	if err != nil {
		return nil, err
	}
	handler, err := trigger.New(key, store, []trigger.Method{codes}, quiet)
	if err != nil {
		return nil, err
	}
	pool, err := cognitotest.New(cognitotest.Config{Triggers: cognitotest.Triggers{
		DefineAuthChallenge: handler.Invoke, CreateAuthChallenge: handler.Invoke, VerifyAuthChallengeResponse: handler.Invoke,
	}})
	if err != nil {
		return nil, err
	}
	pool.AddUser(cognitotest.User{Username: username, Password: password, Attributes: map[string]string{
		"email": email, "email_verified": "true",
	}})
	return pool, nil
}

// Both halves at work: the triggers send a code and judge it, the client asks
// the user for it.
func Example() {
	box := new(mailbox)
	pool, err := examplePool(box)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	tokens, err := client.SignIn(context.Background(), auth.CustomSRP(username, password), auth.Prompts{
		Custom: func(_ context.Context, c *challenge.Custom) (challenge.Answer, error) {
			code, err := emailotp.Parse(c)
			if err != nil {
				return challenge.Answer{}, err
			}
			fmt.Printf("Type the %d digits sent to %s (%d attempts left).\n", code.CodeLength, code.Destination, code.AttemptsLeft)
			if code.AttemptsLeft == 3 {
				return code.Answer("O42O42"), nil // the user takes 0 for O
			}
			return code.Answer(box.codes()[0]), nil
		},
	})
	fmt.Println("signed in:", tokens != nil, err)
	// Output:
	// Type the 6 digits sent to a***@e*** (3 attempts left).
	// Type the 6 digits sent to a***@e*** (2 attempts left).
	// signed in: true <nil>
}

// A user asks for the code again, which is an answer too.
func ExampleChallenge_Resend() {
	pool, err := examplePool(new(mailbox))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	_, next, err := client.Begin(ctx, auth.CustomSRP(username, password))
	if err != nil {
		fmt.Println(err)
		return
	}
	code, err := emailotp.Parse(next.(*challenge.Custom))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(code.AttemptsLeft, code.ResendsLeft)

	_, next, err = client.Respond(ctx, code.Resend())
	if err != nil {
		fmt.Println(err)
		return
	}
	if code, err = emailotp.Parse(next.(*challenge.Custom)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(code.AttemptsLeft, code.ResendsLeft)
	// Output:
	// 3 2
	// 3 1
}

// What a front end is given of a challenge.
func ExampleChallenge() {
	c := emailotp.Challenge{
		Destination: "a***@e***", CodeLength: 6, AttemptsLeft: 3, ResendsLeft: 2,
		Expires: time.Unix(1_700_000_300, 0).UTC(), ResendAfter: time.Unix(1_700_000_060, 0).UTC(),
	}
	view, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(view))
	// Output:
	// {
	//   "destination": "a***@e***",
	//   "codeLength": 6,
	//   "attemptsLeft": 3,
	//   "resendsLeft": 2,
	//   "expires": "2023-11-14T22:18:20Z",
	//   "resendAfter": "2023-11-14T22:14:20Z"
	// }
}

// printer is a Sender for development. Its error holds neither the address nor
// the code.
type printer struct{ out io.Writer }

func (p printer) Send(_ context.Context, m emailotp.Message) error {
	_, err := fmt.Fprintf(p.out, "to %s: %s\n", m.To(), m.Code())
	if err != nil {
		return errors.New("the terminal is gone")
	}
	return nil
}

// A Sender of one's own. A message prints neither address nor code unless asked
// for them.
func ExampleSender() {
	var sender emailotp.Sender = printer{io.Discard}
	m := emailotp.NewMessage("ann@example.com", "042042", 5*time.Minute, map[string]string{"locale": "en-GB"})
	fmt.Println(m, sender.Send(context.Background(), m))
	fmt.Println(m.To(), m.Code(), m.Lifetime(), m.Attribute("locale"))
	// Output:
	// [redacted] <nil>
	// ann@example.com 042042 5m0s en-GB
}
