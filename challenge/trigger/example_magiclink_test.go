package trigger_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// A magicLink is a method of our own: it mails a link to the user's address,
// whose fragment is the answer. The page behind it takes the answer out of the
// fragment, which no server sees.
type magicLink struct {
	page  string                      // such as "https://example.com/signed-in"
	send  func(to, link string) error // mails it
	store trigger.Store               // links used
	life  time.Duration               // of a link
}

func (magicLink) Name() string { return "magic-link" }

// Limits make it a Limiter: two tries with a link, and one more mail.
func (magicLink) Limits() trigger.Limits { return trigger.Limits{Attempts: 2, Resends: 1} }

func (m magicLink) Create(_ context.Context, in trigger.CreateInput) (trigger.Question, error) {
	// After a wrong answer the link is still the one that was sent. The state
	// is the digest of 256 random bits, which it does not tell.
	state := in.Previous
	reason := ""
	if state == "" || in.Resend {
		secret := make([]byte, 32)
		if _, err := rand.Read(secret); err != nil {
			return trigger.Question{}, err
		}
		answer := base64.RawURLEncoding.EncodeToString(secret)
		state = digest(answer) + "." + strconv.FormatInt(in.Now.Add(m.life).Unix(), 10)
		switch to := in.User.Attributes["email"]; {
		case in.User.Unknown || in.User.Attributes["email_verified"] != "true":
			reason = "not sent: no verified address"
		default:
			if err := m.send(to, m.page+"#"+answer); err != nil {
				return trigger.Question{}, errors.New("the mail was refused")
			}
		}
	}
	return trigger.Question{
		Public:  map[string]string{"hint": "Follow the link that we have sent you."},
		Private: map[string]string{"link": state},
		State:   state,
		Reason:  reason,
	}, nil
}

func (m magicLink) Verify(ctx context.Context, in trigger.VerifyInput) (trigger.Verdict, error) {
	want, until, _ := strings.Cut(in.Private["link"], ".")
	expires, err := strconv.ParseInt(until, 10, 64)
	switch {
	case err != nil:
		return trigger.Verdict{}, err
	case in.Now.Unix() >= expires:
		return trigger.Verdict{Reason: "expired"}, nil
	case subtle.ConstantTimeCompare([]byte(digest(in.Answer)), []byte(want)) == 0:
		return trigger.Verdict{Reason: "another link"}, nil
	}
	key := trigger.Key("magic-link-used", in.User.PoolID, in.User.Name, want)
	held, _, err := m.store.Claim(ctx, key, in.Round, time.Unix(expires, 0).Add(m.life))
	if err != nil || held != in.Round {
		return trigger.Verdict{Reason: "used"}, err
	}
	return trigger.Verdict{Correct: true}, nil
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// A method of one's own, here a magic link, served by a Handler and answered by
// package auth. A pool in this process stands for Cognito and Lambda.
func Example_magicLink() {
	var inbox string // where the mail goes
	store := trigger.NewMemory(nil)
	links := magicLink{
		page: "https://example.com/signed-in", store: store, life: 10 * time.Minute,
		send: func(to, link string) error { inbox = link; return nil },
	}
	key := []byte("32 random bytes of a secret store")
	handler, err := trigger.New(key, store, []trigger.Method{links}, func(o *trigger.Options) {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	pool, err := cognitotest.New(cognitotest.Config{Triggers: cognitotest.Triggers{
		DefineAuthChallenge: handler.Invoke, CreateAuthChallenge: handler.Invoke, VerifyAuthChallengeResponse: handler.Invoke,
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	pool.AddUser(cognitotest.User{Username: "ann", Password: "Correct-Horse-7", Attributes: map[string]string{
		"email": "ann@example.com", "email_verified": "true",
	}})

	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	tokens, err := client.SignIn(context.Background(), auth.CustomSRP("ann", "Correct-Horse-7"), auth.Prompts{
		Custom: func(_ context.Context, c *challenge.Custom) (challenge.Answer, error) {
			fmt.Println(c.Parameters()["hint"])
			page, answer, _ := strings.Cut(inbox, "#") // the user follows the link
			fmt.Println("opened", page)
			return c.Answer(answer), nil
		},
	})
	fmt.Println("signed in:", tokens != nil, err)
	// Output:
	// Follow the link that we have sent you.
	// opened https://example.com/signed-in
	// signed in: true <nil>
}
