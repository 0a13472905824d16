package doctest

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/totp"
)

// TestLogin drives a login against a pool of its own: with time that the test
// moves, and an outbox that it reads.
func TestLogin(t *testing.T) {
	t.Parallel()
	pool := cognitotest.Start(t, cognitotest.Config{
		MFA: types.UserPoolMfaTypeOn, TOTP: true, Clock: cognitotest.NewClock(time.Now()),
	})
	pool.AddUser(cognitotest.User{Username: "ann", Password: "Correct-Horse-7", TOTPSecret: appKey})
	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID) // what your service is given
	if err != nil {
		t.Fatal(err)
	}

	_, next, err := client.Begin(t.Context(), auth.SRP("ann", "Correct-Horse-7"))
	if err != nil {
		t.Fatal(err)
	}
	asked, ok := next.(*challenge.TOTPCode)
	if !ok {
		t.Fatalf("asked for %v", next)
	}
	code, err := totp.Code(appKey, pool.Clock().Now())
	if err != nil {
		t.Fatal(err)
	}
	pool.Clock().Advance(4 * time.Minute) // the user was away for longer than the session lasts
	if _, _, err := client.Respond(t.Context(), asked.Answer(code)); !errors.Is(err, auth.ErrStartOver) {
		t.Errorf("too late: %v", err)
	}
}

// TestLostReply plants a fault: the answer arrives, its reply does not.
func TestLostReply(t *testing.T) {
	t.Parallel()
	pool := cognitotest.Start(t, cognitotest.Config{})
	pool.AddUser(cognitotest.User{Username: "ann", Password: "Correct-Horse-7"})
	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID)
	if err != nil {
		t.Fatal(err)
	}
	pool.Plant(cognitotest.Fault{Operation: "RespondToAuthChallenge", Effect: cognitotest.CutAfter})

	_, _, err = client.Begin(t.Context(), auth.SRP("ann", "Correct-Horse-7"))
	if !errors.Is(err, auth.ErrOutcomeUnknown) {
		t.Errorf("a lost reply: %v", err)
	}
	if n := pool.Count("RespondToAuthChallenge"); n != 1 {
		t.Errorf("the answer was sent %d times", n)
	}
}
