package operation

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

const password = "Correct-Horse-1"

// twoPools makes a service with two pools, each with a client and a user "ann"
// who must answer a code by e-mail.
func twoPools(t *testing.T) (s *Service, sent *[]factor.Message, clients [2]*directory.Client) {
	t.Helper()
	sent = new([]factor.Message)
	now := time.Unix(1_800_000_000, 0).UTC()
	s = New(func() time.Time { return now }, func(m ...factor.Message) { *sent = append(*sent, m...) })
	for i := range clients {
		pool, err := s.Directory.AddPool(directory.Settings{
			Region: "us-east-1", Issuer: func(id string) string { return "https://issuer.example/" + id },
			MFA: types.UserPoolMfaTypeOn, Email: true,
		}, now)
		if err != nil {
			t.Fatal(err)
		}
		if clients[i], err = s.Directory.AddClient(pool, directory.ClientSettings{Flows: types.ExplicitAuthFlowsType("").Values()[3:]}, now); err != nil {
			t.Fatal(err)
		}
		user, err := pool.NewUser("ann", map[string]string{"email": "ann@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		user.Status, user.Verifier = types.UserStatusTypeConfirmed, factor.NewVerifier(pool.Name, user.Username, password)
		if err := pool.Add(user, false); err != nil {
			t.Fatal(err)
		}
	}
	return s, sent, clients
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var refusal *wire.Error
	if !errors.As(err, &refusal) || refusal.Code != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

// Two pools of one service share keys and sessions, but nothing that one of them
// hands out is good for the other.
func TestPoolsKeepApart(t *testing.T) {
	t.Parallel()
	s, sent, clients := twoPools(t)
	begin := func(c *directory.Client) *string {
		out, err := s.AdminInitiateAuth(context.Background(), &cip.AdminInitiateAuthInput{
			UserPoolId: &c.Pool.ID, ClientId: &c.ID, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth,
			AuthParameters: map[string]string{"USERNAME": "ann", "PASSWORD": password},
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.Session
	}
	first := begin(clients[0])
	answer := func(pool *directory.Pool, c *directory.Client) (*cip.AdminRespondToAuthChallengeOutput, error) {
		return s.AdminRespondToAuthChallenge(context.Background(), &cip.AdminRespondToAuthChallengeInput{
			UserPoolId: &pool.ID, ClientId: &c.ID, Session: first, ChallengeName: types.ChallengeNameTypeEmailOtp,
			ChallengeResponses: map[string]string{"USERNAME": "ann", "EMAIL_OTP_CODE": (*sent)[0].Code},
		})
	}
	_, err := answer(clients[1].Pool, clients[0])
	wantCode(t, err, "ResourceNotFoundException")
	_, err = answer(clients[1].Pool, clients[1])
	wantCode(t, err, "NotAuthorizedException")
	out, err := answer(clients[0].Pool, clients[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.GetUser(context.Background(), &cip.GetUserInput{AccessToken: out.AuthenticationResult.AccessToken}); err != nil {
		t.Error(err)
	}
}

// controls tells whether an operation is one of those that pools are made with.
func controls(name string) bool {
	return slices.ContainsFunc(control(), func(o Operation) bool { return o.Name == name })
}

// Every row has the name of an operation of the SDK, and no two the same.
func TestOperationNames(t *testing.T) {
	t.Parallel()
	if len(Operations) < 19 {
		t.Errorf("%d operations: two rows have one name, or one was lost", len(Operations))
	}
	for name, o := range Operations {
		if signed := strings.HasPrefix(name, "Admin") || controls(name); o.Signed != signed || o.Name != name {
			t.Errorf("%s: signed is %v", name, o.Signed)
		}
	}
}
