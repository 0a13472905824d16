package cognitotest_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// loadFor is how long the load of TestLoad lasts, such as 10m; by default two
// seconds.
const loadFor = "COGNITOMFA_POOL_LOAD"

// A pool under load and faults neither grows nor leaves anything running. Its
// clock runs fast, so that what expires does.
func TestLoad(t *testing.T) {
	length := 2 * time.Second
	if text := os.Getenv(loadFor); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	before := runtime.NumGoroutine()
	cfg := cognitotest.Config{
		State: filepath.Join(t.TempDir(), "state"), Clock: cognitotest.NewClock(morning), NoLockout: true, NoLimits: true,
		Client: cognitotest.ClientConfig{RefreshTokenValidity: time.Hour, RefreshTokenRotation: true},
	}
	pool, err := cognitotest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for _, effect := range []cognitotest.Effect{
		cognitotest.Throttled, cognitotest.InternalError, cognitotest.InternalErrorAfter, cognitotest.CutBefore, cognitotest.CutAfter, cognitotest.Unreadable,
	} {
		pool.Plant(cognitotest.Fault{Effect: effect, Times: -1, Probability: 0.02, Seed: 1})
	}
	for i := range 8 {
		pool.AddUser(cognitotest.User{Username: worker(i), Password: password})
	}
	sdk := pool.SDK(func(o *cip.Options) { o.RetryMaxAttempts = 1 }) // which else waits between attempts
	var done atomic.Int64
	// Each worker gets something done, however busy the machine is.
	run := func(d time.Duration) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var wg, begun sync.WaitGroup
		for i := range 8 {
			r := rand.New(rand.NewPCG(uint64(i), uint64(d)))
			begun.Add(3)
			wg.Go(func() {
				for round := 0; ctx.Err() == nil; round++ {
					mixed(ctx, pool, sdk, worker(i), r)
					done.Add(1)
					if round < 3 {
						begun.Done()
					}
					if r.IntN(50) == 0 {
						pool.Clock().Advance(time.Hour)
					}
				}
			})
		}
		time.Sleep(d)
		begun.Wait()
		cancel()
		wg.Wait()
	}
	run(length / 2)
	halfway := heap()
	run(length / 2)
	end := heap()
	t.Logf("%d rounds; heap %d KiB halfway, %d KiB at the end", done.Load(), halfway>>10, end>>10)
	if end > halfway*3/2+4<<20 {
		t.Errorf("the heap grows from %d to %d KiB", halfway>>10, end>>10)
	}
	if err := pool.Close(); err != nil {
		t.Error(err)
	}
	// Connections of the client end when the server is gone, each in its time.
	for limit := time.Now().Add(time.Minute); runtime.NumGoroutine() > before+2; runtime.Gosched() {
		if time.Now().After(limit) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func worker(i int) string { return string(rune('a'+i)) + "-worker" }

// mixed does what users do, in a random order; a fault can come anywhere.
func mixed(ctx context.Context, pool *cognitotest.Pool, sdk *cip.Client, user string, r *rand.Rand) {
	client := pool.Client().ID
	given := password
	if r.IntN(5) == 0 {
		given = wrongPassword
	}
	out, err := sdk.InitiateAuth(ctx, &cip.InitiateAuthInput{
		AuthFlow: types.AuthFlowTypeUserPasswordAuth, ClientId: &client, AuthParameters: map[string]string{"USERNAME": user, "PASSWORD": given},
	})
	if err != nil || out.AuthenticationResult == nil {
		return
	}
	tokens := out.AuthenticationResult
	switch r.IntN(5) {
	case 0:
		sdk.GetUser(ctx, &cip.GetUserInput{AccessToken: tokens.AccessToken})
	case 1:
		sdk.GetTokensFromRefreshToken(ctx, &cip.GetTokensFromRefreshTokenInput{ClientId: &client, RefreshToken: tokens.RefreshToken})
	case 2:
		sdk.GlobalSignOut(ctx, &cip.GlobalSignOutInput{AccessToken: tokens.AccessToken})
	case 3:
		sdk.UpdateUserAttributes(ctx, &cip.UpdateUserAttributesInput{
			AccessToken: tokens.AccessToken, UserAttributes: []types.AttributeType{{Name: aws.String("nickname"), Value: aws.String(user)}},
		})
	case 4:
		name := user + "-new"
		sdk.SignUp(ctx, &cip.SignUpInput{ClientId: &client, Username: &name, Password: aws.String(password)})
		sdk.AdminDeleteUser(ctx, &cip.AdminDeleteUserInput{UserPoolId: aws.String(pool.ID()), Username: &name})
	}
}
