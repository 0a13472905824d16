//go:build unix

package auth_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	cognitosrp "github.com/alexrudd/cognito-srp/v4"
	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/measure"
	"github.com/cognitomfa/cognitomfa/srp"
	"github.com/cognitomfa/cognitomfa/totp"
)

// TestSignInRatio is the gate on what this package costs beside the same sign-in
// written by hand: SRP and a code, over the same SDK. It is not part of the plain
// tests, for a verdict must not depend on the machine. To run it:
//
//	COGNITOMFA_SIGNIN_RATIO=1.15 go test -count=1 -run '^TestSignInRatio$' -v ./auth
//
// The number is how many times the CPU of the one by hand over the same srp this
// package may take, as the median of rounds in which all take turns.
// The pool is another process, whose work is not counted.
func TestSignInRatio(t *testing.T) {
	text := os.Getenv("COGNITOMFA_SIGNIN_RATIO")
	if text == "" {
		t.Skip("set COGNITOMFA_SIGNIN_RATIO to the greatest ratio that passes")
	}
	most, err := strconv.ParseFloat(text, 64)
	if err != nil || most <= 0 {
		t.Fatalf("COGNITOMFA_SIGNIN_RATIO is %q, want a positive number", text)
	}
	const rounds, perRound = 41, 12
	names := []string{"auth", "by hand, srp", "by hand, cognito-srp"}
	l := newLine(t, len(names)*(rounds+1)*perRound)
	costs := make([]func() float64, len(names))
	allocations := make([]uint64, len(names))
	calls := make([]int64, len(names))
	for i, name := range names {
		costs[i] = func() float64 {
			var before, after runtime.MemStats
			runtime.GC() // everybody's own garbage
			runtime.ReadMemStats(&before)
			sent, start := l.sent.Load(), measure.CPU()
			for range perRound {
				l.signIn(t, name)
			}
			cost := (measure.CPU() - start).Seconds() * 1000 / perRound
			runtime.ReadMemStats(&after)
			allocations[i], calls[i] = (after.Mallocs-before.Mallocs)/perRound, (l.sent.Load()-sent)/perRound
			return cost
		}
		costs[i]() // warms up: connections, the comb, caches of the SDK
	}
	got := measure.Compare(rounds, costs...)
	for i, name := range names {
		ratios := measure.Ratios(got[i], got[1])
		t.Logf("%-20s CPU %.2f ms, %d allocations, %d calls per sign-in; CPU beside \"%s\": median of %d rounds %.3f (quartiles %.3f and %.3f)",
			name, measure.Median(got[i]), allocations[i], calls[i], names[1], rounds, measure.Median(ratios), ratios[rounds/4], ratios[rounds*3/4])
		if calls[i] != 3 {
			t.Errorf("%s made %d calls", name, calls[i])
		}
	}
	if ratio := measure.Median(measure.Ratios(got[0], got[1])); ratio > most {
		t.Errorf("the ratio is %.3f, want at most %.3f", ratio, most)
	}
}

// A line is what signs in: users without end, of a pool that is another process.
type line struct {
	pool   poolElsewhere
	sdk    *cip.Client
	client *auth.Client
	sent   atomic.Int64
	next   int // user: a code signs each in once
}

func newLine(t *testing.T, users int) *line {
	t.Helper()
	l := &line{pool: startElsewhere(t, users)}
	l.sdk = cip.New(cip.Options{
		Region: "us-east-1", BaseEndpoint: &l.pool.URL,
		HTTPClient: counting{http.DefaultTransport.(*http.Transport).Clone(), &l.sent},
	})
	var err error
	if l.client, err = auth.New(l.sdk, l.pool.ID, l.pool.App.ID, auth.ClientSecret(l.pool.App.Secret)); err != nil {
		t.Fatal(err)
	}
	return l
}

// counting counts what it sends.
type counting struct {
	*http.Transport
	sent *atomic.Int64
}

func (c counting) Do(r *http.Request) (*http.Response, error) {
	c.sent.Add(1)
	if r.Body != nil && r.Body != http.NoBody {
		// The SDK's bodies have a WriteTo by which net/http may take the end of
		// one for an error, and lose the reply. Package auth takes care of that
		// itself; here it is done for the others too.
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return c.RoundTrip(r)
}

// signIn signs the next user in, by the code of one of the contestants.
func (l *line) signIn(t *testing.T, by string) {
	t.Helper()
	name := elsewhereUser(l.next)
	l.next++
	var access string
	var err error
	switch by {
	case "auth":
		access, err = l.byAuth(t.Context(), name)
	case "by hand, srp":
		access, err = l.byHand(t.Context(), name, newOurProof(l.pool.ID))
	default:
		access, err = l.byHand(t.Context(), name, newTheirProof(t, l.pool, name))
	}
	if err != nil || access == "" {
		t.Fatalf("%s: access token: %v; %v", by, access != "", err)
	}
}

func (l *line) code() (string, error) { return totp.Code(flowSecretElsewhere, time.Now()) }

func (l *line) byAuth(ctx context.Context, name string) (string, error) {
	tokens, err := l.client.SignIn(ctx, auth.SRP(name, password), auth.Prompts{
		TOTPCode: func(context.Context, *challenge.TOTPCode) (string, error) { return l.code() },
	})
	return tokens.Access(), err
}

// A proofOf is somebody's SRP: its A, and the answer to PASSWORD_VERIFIER.
type proofOf struct {
	a     string
	prove func(parameters map[string]string) (map[string]string, error)
}

func newOurProof(poolID string) proofOf {
	h := srp.New()
	return proofOf{h.A(), func(p map[string]string) (map[string]string, error) {
		pool, err := srp.PoolName(poolID)
		if err != nil {
			return nil, err
		}
		signed, err := h.Prove(pool, password, srp.Challenge{
			UserID: p["USER_ID_FOR_SRP"], Salt: p["SALT"], B: p["SRP_B"], SecretBlock: p["SECRET_BLOCK"],
		}, time.Now())
		return map[string]string{
			"PASSWORD_CLAIM_SECRET_BLOCK": p["SECRET_BLOCK"], "PASSWORD_CLAIM_SIGNATURE": signed.Signature, "TIMESTAMP": signed.Timestamp,
		}, err
	}}
}

func newTheirProof(t *testing.T, pool poolElsewhere, name string) proofOf {
	t.Helper()
	c, err := cognitosrp.NewCognitoSRP(name, password, pool.ID, pool.App.ID, &pool.App.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return proofOf{c.GetAuthParams()["SRP_A"], func(p map[string]string) (map[string]string, error) {
		return c.PasswordVerifierChallenge(p, time.Now())
	}}
}

// byHand is the sign-in as a program writes it that knows its one flow, and
// takes every error for the end.
func (l *line) byHand(ctx context.Context, name string, proof proofOf) (string, error) {
	app := l.pool.App
	begun, err := l.sdk.InitiateAuth(ctx, &cip.InitiateAuthInput{
		ClientId: &app.ID, AuthFlow: types.AuthFlowTypeUserSrpAuth,
		AuthParameters: map[string]string{"USERNAME": name, "SRP_A": proof.a, "SECRET_HASH": srp.SecretHash(name, app.ID, app.Secret)},
	})
	if err != nil {
		return "", err
	}
	canonical := begun.ChallengeParameters["USER_ID_FOR_SRP"]
	hash := srp.SecretHash(canonical, app.ID, app.Secret)
	responses, err := proof.prove(begun.ChallengeParameters)
	if err != nil {
		return "", err
	}
	responses["USERNAME"], responses["SECRET_HASH"] = canonical, hash
	asked, err := l.sdk.RespondToAuthChallenge(ctx, &cip.RespondToAuthChallengeInput{
		ClientId: &app.ID, ChallengeName: begun.ChallengeName, Session: begun.Session, ChallengeResponses: responses,
	})
	if err != nil {
		return "", err
	}
	code, err := l.code()
	if err != nil {
		return "", err
	}
	done, err := l.sdk.RespondToAuthChallenge(ctx, &cip.RespondToAuthChallengeInput{
		ClientId: &app.ID, ChallengeName: asked.ChallengeName, Session: asked.Session,
		ChallengeResponses: map[string]string{"USERNAME": canonical, "SOFTWARE_TOKEN_MFA_CODE": code, "SECRET_HASH": hash},
	})
	if err != nil {
		return "", err
	}
	if done.AuthenticationResult == nil {
		return "", fmt.Errorf("%s in place of tokens", done.ChallengeName)
	}
	return aws.ToString(done.AuthenticationResult.AccessToken), nil
}

// poolElsewhere is what a pool in another process says of itself.
type poolElsewhere struct {
	URL, ID string
	App     cognitotest.AppClient
}

const (
	elsewhereVariable   = "COGNITOMFA_TEST_POOL_USERS" // how many users the pool has
	flowSecretElsewhere = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
)

func elsewhereUser(i int) string { return fmt.Sprintf("user%d", i) }

// startElsewhere runs TestPoolElsewhere in a process of its own.
func startElsewhere(t *testing.T, users int) (p poolElsewhere) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPoolElsewhere$", "-test.count=1")
	cmd.Env = append(os.Environ(), elsewhereVariable+"="+strconv.Itoa(users))
	in, err := cmd.StdinPipe() // at whose end the pool ends
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&p); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPoolElsewhere is the process of startElsewhere, and otherwise nothing.
func TestPoolElsewhere(t *testing.T) {
	text := os.Getenv(elsewhereVariable)
	if text == "" {
		t.Skip("it is the other process of TestSignInRatio")
	}
	users, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	pool := cognitotest.Start(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, Client: cognitotest.ClientConfig{Secret: true}})
	for i := range users {
		pool.AddUser(cognitotest.User{Username: elsewhereUser(i), Password: password, TOTPSecret: flowSecretElsewhere})
	}
	if err := json.NewEncoder(os.Stdout).Encode(poolElsewhere{pool.URL(), pool.ID(), pool.Client()}); err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, os.Stdin)
}
