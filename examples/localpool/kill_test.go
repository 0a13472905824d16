//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const (
	// asProgram makes the test binary behave as the program.
	asProgram = "COGNITOMFA_LOCALPOOL_AS_PROGRAM"
	// loadFor is how long the load of TestKilled lasts, such as 10m; by default
	// some seconds.
	loadFor = "COGNITOMFA_LOCALPOOL_LOAD"
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// A process is the program in a process of its own, which can be killed.
type process struct {
	*exec.Cmd
	url, pool, client string
}

func launch(t *testing.T, state, addr string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], "-addr", addr, "-state", state)}
	p.Env = append(os.Environ(), asProgram+"=1")
	p.Stderr = os.Stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill(); p.Wait() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		fmt.Sscanf(strings.ReplaceAll(line, ",", ""), "pool %s app client %s", &p.pool, &p.client)
		if url, ok := strings.CutPrefix(line, "listening on "); ok {
			p.url = url
			return p
		}
	}
	t.Fatal("it does not listen")
	return nil
}

func (p *process) sdk() *cip.Client {
	return cip.New(cip.Options{
		Region: "us-east-1", BaseEndpoint: &p.url, Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		Retryer: retry.AddWithMaxAttempts(retry.NewStandard(), 1), // what was acknowledged is what one request was told
	})
}

// A worker has users of its own, so that what it was told last is what there
// must be.
type worker struct {
	name     string
	password map[string]string   // of each user, acknowledged
	unsure   map[string][]string // passwords that were sent and not acknowledged
	groups   map[string]bool     // of each user: in the group
	maybe    map[string]bool     // of each user: what became of the group is not known
	refresh  map[string]string   // a refresh token of each user
	deleted  map[string]bool     // acknowledged, or perhaps
	done     int
}

func newWorker(i int) *worker {
	return &worker{
		name: fmt.Sprintf("w%d", i), password: map[string]string{}, unsure: map[string][]string{}, groups: map[string]bool{},
		maybe: map[string]bool{}, refresh: map[string]string{}, deleted: map[string]bool{},
	}
}

// step makes a change, and notes what came of it.
func (w *worker) step(ctx context.Context, r *rand.Rand, p *process, sdk *cip.Client) {
	user := fmt.Sprintf("%s-%d", w.name, r.IntN(20))
	switch kind := r.IntN(10); {
	case w.deleted[user]:
		return
	case w.password[user] == "" && len(w.unsure[user]) == 0:
		password := newPassword(r)
		_, err := sdk.AdminCreateUser(ctx, &cip.AdminCreateUserInput{UserPoolId: &p.pool, Username: &user, MessageAction: types.MessageActionTypeSuppress})
		var there *types.UsernameExistsException
		if err != nil && !errors.As(err, &there) {
			return // made or not: the next try finds out
		}
		w.setPassword(ctx, p, sdk, user, password)
	case kind < 4:
		w.setPassword(ctx, p, sdk, user, newPassword(r))
	case kind < 6:
		in := !w.groups[user]
		w.maybe[user] = true
		var err error
		if in {
			_, err = sdk.AdminAddUserToGroup(ctx, &cip.AdminAddUserToGroupInput{UserPoolId: &p.pool, Username: &user, GroupName: aws.String("staff")})
		} else {
			_, err = sdk.AdminRemoveUserFromGroup(ctx, &cip.AdminRemoveUserFromGroupInput{UserPoolId: &p.pool, Username: &user, GroupName: aws.String("staff")})
		}
		if err == nil {
			w.groups[user], w.maybe[user] = in, false
		}
	case kind < 9 && len(w.unsure[user]) == 0:
		if tokens := signIn(ctx, p, sdk, user, w.password[user]); tokens != nil {
			w.refresh[user] = *tokens.RefreshToken
		}
	case kind == 9 && r.IntN(20) == 0:
		w.deleted[user] = true
		if _, err := sdk.AdminDeleteUser(ctx, &cip.AdminDeleteUserInput{UserPoolId: &p.pool, Username: &user}); err != nil {
			return
		}
		w.password[user] = "" // so that check knows that it was acknowledged
	}
	w.done++
}

func (w *worker) setPassword(ctx context.Context, p *process, sdk *cip.Client, user, password string) {
	w.unsure[user] = append(w.unsure[user], password)
	_, err := sdk.AdminSetUserPassword(ctx, &cip.AdminSetUserPasswordInput{UserPoolId: &p.pool, Username: &user, Password: &password, Permanent: true})
	if err == nil {
		w.password[user], w.unsure[user] = password, nil
		w.refresh[user] = ""
	}
}

func newPassword(r *rand.Rand) string { return fmt.Sprintf("Correct-Horse-%d", r.Int64()) }

func signIn(ctx context.Context, p *process, sdk *cip.Client, user, password string) *types.AuthenticationResultType {
	out, err := sdk.AdminInitiateAuth(ctx, &cip.AdminInitiateAuthInput{
		UserPoolId: &p.pool, ClientId: &p.client, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": user, "PASSWORD": password},
	})
	if err != nil {
		return nil
	}
	return out.AuthenticationResult
}

// check demands everything that was acknowledged.
func (w *worker) check(ctx context.Context, t *testing.T, p *process, sdk *cip.Client) {
	for user, password := range w.password {
		_, err := sdk.AdminGetUser(ctx, &cip.AdminGetUserInput{UserPoolId: &p.pool, Username: &user})
		var gone *types.UserNotFoundException
		if w.deleted[user] {
			if password == "" && !errors.As(err, &gone) {
				t.Errorf("%s was deleted and is back: %v", user, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s is lost: %v", user, err)
			continue
		}
		signedIn := false
		for _, candidate := range append(w.unsure[user], password) {
			signedIn = signedIn || candidate != "" && signIn(ctx, p, sdk, user, candidate) != nil
		}
		if password != "" && !signedIn {
			t.Errorf("%s: neither the acknowledged password nor one that was sent later", user)
		}
		in := false
		groups, err := sdk.AdminListGroupsForUser(ctx, &cip.AdminListGroupsForUserInput{UserPoolId: &p.pool, Username: &user})
		if err != nil {
			t.Error(err)
		} else {
			in = len(groups.Groups) == 1
		}
		if !w.maybe[user] && in != w.groups[user] {
			t.Errorf("%s: in the group is %v, acknowledged was %v", user, in, w.groups[user])
		}
		w.groups[user], w.maybe[user] = in, false
		if token := w.refresh[user]; token != "" {
			if _, err := sdk.GetTokensFromRefreshToken(ctx, &cip.GetTokensFromRefreshTokenInput{ClientId: &p.client, RefreshToken: &token}); err != nil {
				t.Errorf("%s: a refresh token is lost: %v", user, err)
			}
		}
	}
}

// What was acknowledged is there after the process was killed in the middle of
// it, again and again.
func TestKilled(t *testing.T) {
	t.Parallel()
	length := 2 * time.Second
	if text := os.Getenv(loadFor); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	state := filepath.Join(t.TempDir(), "state")
	p := launch(t, state, "127.0.0.1:0")
	if _, err := p.sdk().CreateGroup(ctx, &cip.CreateGroupInput{UserPoolId: &p.pool, GroupName: aws.String("staff")}); err != nil {
		t.Fatal(err)
	}
	pool, client := p.pool, p.client
	var workers []*worker
	for i := range 4 {
		workers = append(workers, newWorker(i))
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	kills := 0
	for end := time.Now().Add(length); time.Now().Before(end); kills++ {
		round, stop := context.WithTimeout(ctx, time.Duration(200+chance.IntN(800))*time.Millisecond)
		var wg sync.WaitGroup
		for i, w := range workers {
			r := rand.New(rand.NewPCG(seed, uint64(kills*len(workers)+i+1)))
			sdk := p.sdk()
			wg.Go(func() {
				for round.Err() == nil {
					w.step(round, r, p, sdk)
				}
			})
		}
		<-round.Done()
		stop()
		p.Process.Kill() // while the requests are under way
		wg.Wait()
		p.Wait()
		p = launch(t, state, "127.0.0.1:0")
		if p.pool != pool || p.client != client {
			t.Fatalf("pool %s, client %s after a restart", p.pool, p.client)
		}
		for _, w := range workers {
			w.check(ctx, t, p, p.sdk())
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	done := 0
	for _, w := range workers {
		done += w.done
	}
	info, err := os.Stat(state)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d changes, %d kills, %d bytes of state", done, kills, info.Size())
	if kills == 0 || done == 0 {
		t.Error("nothing happened")
	}
}
