package main

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/totp"
)

const (
	issuer   = "Quickstart"
	username = "ann"
	email    = "ann@example.com"
	password = "Correct-Horse-7"
)

// A story is the user, the pool and the client of the quickstart.
type story struct {
	show display

	// clock is the pool's and the client's. Cognito takes each code of an
	// authenticator once, so half a minute has to pass between the two
	// sign-ins. Only a person with a real app has to wait for it.
	clock  *cognitotest.Clock
	person bool

	// code is the authenticator app: it turns the enrolled secret into the
	// code of the moment.
	code func(ctx context.Context, prompt string) (string, error)

	enrolled totp.Enrollment
}

func newStory(show display) *story {
	s := &story{show: show, clock: new(cognitotest.Clock)}
	s.code = func(context.Context, string) (string, error) {
		return totp.Code(s.enrolled.Secret(), s.clock.Now())
	}
	return s
}

// askFrom makes a person the authenticator.
func (s *story) askFrom(r io.Reader) {
	s.person = true
	lines := make(chan string)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(r); in.Scan(); {
			lines <- in.Text()
		}
	}()
	s.code = func(ctx context.Context, prompt string) (string, error) {
		s.show.prompt(prompt)
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case line, ok := <-lines:
			if !ok {
				return "", io.ErrUnexpectedEOF
			}
			return line, nil
		}
	}
}

// tell runs the story from the empty pool to verified tokens.
func (s *story) tell(ctx context.Context) error {
	pool, err := cognitotest.New(cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, Clock: s.clock})
	if err != nil {
		return err
	}
	defer pool.Close()
	s.show.begins(pool.ID())

	// A program with a real pool writes cognitoidentityprovider.NewFromConfig
	// where this has pool.SDK, and its own ids.
	options := func(o *auth.Options) {
		o.Now = s.clock.Now
		o.Observe = func(_ context.Context, c auth.Call) { s.show.call(c) }
	}
	accounts, err := auth.NewAccounts(pool.SDK(), pool.Client().ID, options)
	if err != nil {
		return err
	}
	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID, options)
	if err != nil {
		return err
	}

	s.show.chapter("Sign up and confirm the e-mail address")
	if err := s.signUp(ctx, accounts, pool.Outbox()); err != nil {
		return err
	}

	s.show.chapter("Sign in with SRP; the pool asks for an authenticator app to be set up")
	if _, err := client.SignIn(ctx, auth.SRP(username, password), s.prompts()); err != nil {
		return err
	}

	s.show.chapter("Sign in again, with SRP and a code")
	if !s.person {
		s.clock.Advance(totp.Period)
	}
	tokens, err := client.SignIn(ctx, auth.SRP(username, password), s.prompts())
	if err != nil {
		return err
	}

	s.show.chapter("Verify the tokens against the pool's published keys")
	return s.verify(ctx, pool, tokens)
}

func (s *story) signUp(ctx context.Context, accounts *auth.Accounts, outbox *cognitotest.Outbox) error {
	signedUp, err := accounts.SignUp(ctx, username, password, map[string]string{"email": email})
	if err != nil {
		return err
	}
	if signedUp.Delivery == nil {
		return fmt.Errorf("the pool sent no code")
	}
	s.show.note("a code was sent to " + signedUp.Delivery.Destination)
	message, ok := outbox.Last(username)
	if !ok {
		return fmt.Errorf("the code did not arrive")
	}
	_, err = accounts.ConfirmSignUp(ctx, username, message.Code)
	return err
}

// prompts answer what the pool asks in this story.
func (s *story) prompts() auth.Prompts {
	return auth.Prompts{
		SetUpTOTP: func(ctx context.Context, c *challenge.SetUpTOTP) (code, deviceName string, err error) {
			if s.enrolled, err = c.Enrollment(issuer, email); err != nil {
				return "", "", err
			}
			if err := s.show.enroll(s.enrolled); err != nil {
				return "", "", err
			}
			code, err = s.code(ctx, "code of your authenticator app")
			return code, "my phone", err
		},
		TOTPCode: func(ctx context.Context, c *challenge.TOTPCode) (string, error) {
			return s.code(ctx, "next code of "+c.DeviceName())
		},
		Rejected: func(_ context.Context, e *auth.Error) bool {
			s.show.note(e.Error())
			return true
		},
	}
}

// verify checks both tokens and shows what they say.
func (s *story) verify(ctx context.Context, pool *cognitotest.Pool, tokens *auth.Tokens) error {
	verifier, err := auth.NewVerifier(pool.Issuer(), []string{pool.Client().ID}, func(o *auth.VerifierOptions) { o.Now = s.clock.Now })
	if err != nil {
		return err
	}
	id, err := verifier.ID(ctx, tokens.ID())
	if err != nil {
		return err
	}
	if err := s.show.claims(id); err != nil {
		return err
	}
	access, err := verifier.Access(ctx, tokens.Access())
	if err != nil {
		return err
	}
	return s.show.claims(access)
}
