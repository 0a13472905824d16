package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/totp"
)

const password = "Correct-Horse-1"

// passwordUser is the name of a user who signs in by password alone. cognito-local
// wants an address.
func passwordUser(i int) string { return fmt.Sprintf("user%d@example.com", i) }

// totpUser is the name of a user who has an authenticator too.
func totpUser(i int) string { return fmt.Sprintf("mfa%d", i) }

// A target is a pool to sign in to.
type target struct{ URL, PoolID, ClientID string }

// A process is a running server.
type process struct {
	target
	cmd     *exec.Cmd
	started time.Duration // from its start to its first answer
	keyed   time.Duration // from its start to the key set
}

func (p *process) stop() {
	p.cmd.Process.Kill()
	p.cmd.Wait() // it was killed, and says so
}

// memory is how many bytes of the machine's the process occupies.
func (p *process) memory() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if kib, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(kib), " kB"), 10, 64)
			return n << 10, err
		}
	}
	return 0, errors.New("/proc does not say how much memory the server has")
}

func (p *process) idle(name string) error {
	rss, err := p.memory()
	result(name, "memory when idle", "%d MiB", rss>>20)
	return err
}

// firstAnswers waits for an answer, and for the key set, without which no token can
// be verified: the pool makes its keys when they are first asked for.
func (p *process) firstAnswers(ctx context.Context, since time.Time) (err error) {
	if p.started, err = p.answer(ctx, since, "openid-configuration"); err != nil {
		return err
	}
	p.keyed, err = p.answer(ctx, since, "jwks.json")
	return err
}

// answer waits for a document, and tells how long it took since then.
func (p *process) answer(ctx context.Context, since time.Time, document string) (time.Duration, error) {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+"/"+p.PoolID+"/.well-known/"+document, nil)
		if err != nil {
			return 0, err
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			return time.Since(since), err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// A setup is what -serve makes before it listens to anybody.
type setup struct{ Passwords, TOTP int }

// A hello is what it prints then.
type hello struct {
	target
	Secrets []string // of the users with an authenticator, in their order
}

// serve is the pool that is measured.
func (s setup) serve(ctx context.Context) error {
	pool, h, err := s.pool()
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := json.NewEncoder(os.Stdout).Encode(h); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func (s setup) pool() (*cognitotest.Pool, hello, error) {
	pool, err := cognitotest.New(cognitotest.Config{
		MFA: types.UserPoolMfaTypeOptional, TOTP: true,
	})
	if err != nil {
		return nil, hello{}, err
	}
	h := hello{target: target{URL: pool.URL(), PoolID: pool.ID(), ClientID: pool.Client().ID}}
	for i := range s.Passwords {
		pool.AddUser(cognitotest.User{Username: passwordUser(i), Password: password})
	}
	for i := range s.TOTP {
		h.Secrets = append(h.Secrets, totp.NewSecret())
		pool.AddUser(cognitotest.User{Username: totpUser(i), Password: password, TOTPSecret: h.Secrets[i]})
	}
	return pool, h, nil
}

// A poolProcess is a pool of this module.
type poolProcess struct {
	process
	secrets map[int][]enrolled // by workers, so that no code is used twice
}

// An enrolled user has an authenticator.
type enrolled struct{ name, secret string }

func (h hello) enrolled() (users []enrolled) {
	for i, secret := range h.Secrets {
		users = append(users, enrolled{totpUser(i), secret})
	}
	return users
}

func startPool(ctx context.Context, s setup) (*poolProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-serve", fmt.Sprintf("-passwords=%d", s.Passwords), fmt.Sprintf("-totp=%d", s.TOTP))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	since := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var h hello
	p := &poolProcess{process: process{cmd: cmd}, secrets: map[int][]enrolled{}}
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&h); err != nil {
		p.stop()
		return nil, fmt.Errorf("the pool did not start: %w", err)
	}
	p.target = h.target
	users := h.enrolled()
	p.secrets[1], p.secrets[8] = users[:len(users)/2], users[len(users)/2:]
	if err := p.firstAnswers(ctx, since); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// A peerProcess is cognito-local, in a directory of its own.
type peerProcess struct {
	process
	users int
	dir   string
}

func startPeer(ctx context.Context, module string) (*peerProcess, error) {
	script, err := filepath.Abs(filepath.Join(module, "lib", "bin", "start.js"))
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "cognito-local-")
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	listener.Close()
	cmd := exec.CommandContext(ctx, "node", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PORT="+port, "HOST=127.0.0.1")
	since := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &peerProcess{process: process{cmd: cmd, target: target{URL: "http://127.0.0.1:" + port, PoolID: "any"}}, dir: dir}
	if err := p.firstAnswers(ctx, since); err != nil {
		p.stop()
		return nil, err
	}
	if err := p.create(ctx); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

func (p *peerProcess) stop() {
	p.process.stop()
	os.RemoveAll(p.dir)
}

func (p *peerProcess) create(ctx context.Context) error {
	var pool struct{ UserPool struct{ Id string } }
	if err := call(ctx, p.target, "CreateUserPool", map[string]any{"PoolName": "bench"}, &pool); err != nil {
		return err
	}
	p.PoolID = pool.UserPool.Id
	var client struct{ UserPoolClient struct{ ClientId string } }
	err := call(ctx, p.target, "CreateUserPoolClient", map[string]any{
		"UserPoolId": p.PoolID, "ClientName": "bench", "ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	}, &client)
	p.ClientID = client.UserPoolClient.ClientId
	return err
}

// fill adds n users with a password.
func (p *peerProcess) fill(ctx context.Context, n int) error {
	for range n {
		name := passwordUser(p.users)
		p.users++
		err := call(ctx, p.target, "AdminCreateUser", map[string]any{"UserPoolId": p.PoolID, "Username": name, "MessageAction": "SUPPRESS"}, nil)
		if err == nil {
			err = call(ctx, p.target, "AdminSetUserPassword", map[string]any{
				"UserPoolId": p.PoolID, "Username": name, "Password": password, "Permanent": true,
			}, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// call is one operation of the Cognito API. output may be nil.
func call(ctx context.Context, t target, operation string, input, output any) error {
	body, err := json.Marshal(input)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.URL+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		var refusal struct {
			Type string `json:"__type"`
		}
		_ = json.Unmarshal(reply, &refusal) // what is not JSON has a status
		return fmt.Errorf("%s: status %d %s", operation, resp.StatusCode, refusal.Type)
	}
	if output == nil {
		return nil
	}
	return json.Unmarshal(reply, output)
}

// client keeps a connection for each worker.
var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
