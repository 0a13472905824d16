package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/internal/redact/leaktest"
)

// A server is the program while it runs.
type server struct {
	t     *testing.T
	lines []string // what it has printed, but for the last line
	url   string
	stop  func()
}

func start(t *testing.T, flags ...string) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-addr", "127.0.0.1:0"}, flags...), in, io.Discard)
		in.CloseWithError(err)
		ended <- err
	}()
	s := &server{t: t}
	s.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		ended <- nil // it may be stopped twice
	}
	t.Cleanup(s.stop)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			s.url = url
			return s
		}
		s.lines = append(s.lines, lines.Text())
	}
	t.Fatalf("it does not listen: %v", <-ended)
	return nil
}

// sdk is a client as any program has one, with made-up credentials.
func (s *server) sdk() *cip.Client {
	return cip.New(cip.Options{
		Region: "us-east-1", BaseEndpoint: &s.url, Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	})
}

// named finds the id that was printed with a name.
func (s *server) named(kind, name string) string {
	s.t.Helper()
	for _, line := range s.lines {
		if id, ok := strings.CutSuffix(line, " ("+name+")"); ok && strings.HasPrefix(id, kind+" ") {
			return strings.TrimPrefix(id, kind+" ")
		}
	}
	s.t.Fatalf("no %s %s in %q", kind, name, s.lines)
	return ""
}

func (s *server) get(path string) string {
	s.t.Helper()
	reply, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil || reply.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s %v", path, reply.Status, err)
	}
	return string(body)
}

func (s *server) messages(username string) (all []message) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.get("/_pool/messages?username="+username)), &all); err != nil {
		s.t.Fatal(err)
	}
	return all
}

// signIn signs ann in, with the code that was sent to her.
func (s *server) signIn(sdk *cip.Client, pool, client string) *auth.Tokens {
	s.t.Helper()
	c, err := auth.New(sdk, pool, client)
	if err != nil {
		s.t.Fatal(err)
	}
	tokens, err := c.SignIn(s.t.Context(), auth.CustomSRP("ann", "Correct-Horse-7"), auth.Prompts{
		Custom: func(_ context.Context, c *challenge.Custom) (challenge.Answer, error) {
			asked, err := emailotp.Parse(c)
			if err != nil {
				return challenge.Answer{}, err
			}
			sent := s.messages("ann")
			return asked.Answer(sent[len(sent)-1].Code), nil
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return tokens
}

// The page and the messages show codes, which is what they are for, and nothing
// else that a client keeps to itself.
func TestPageShowsNoSecrets(t *testing.T) {
	t.Parallel()
	var ear leaktest.Listener
	s := start(t, "-seed", filepath.Join("testdata", "seed.json"))
	options := s.sdk().Options()
	options.HTTPClient = &http.Client{Transport: &ear}
	sdk, pool := cip.New(options), s.named("pool", "shop")
	for _, password := range []string{"Correct-Horse-7", "Temporary-Horse-1"} {
		ear.Learn("Password", password)
	}
	tokens := s.signIn(sdk, pool, s.named("app client", "web"))
	access := tokens.Access()
	if _, err := sdk.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{AccessToken: &access}); err != nil {
		t.Fatal(err)
	}
	name := "with a secret"
	if _, err := sdk.CreateUserPoolClient(t.Context(), &cip.CreateUserPoolClientInput{UserPoolId: &pool, ClientName: &name, GenerateSecret: true}); err != nil {
		t.Fatal(err)
	}
	page := s.get("/_pool/")
	if !strings.Contains(page, name) {
		t.Errorf("the page does not show the app client %s", name)
	}
	ear.Hear("the page", page)
	ear.Hear("the messages", s.get("/_pool/messages?username=ann"))
	ear.Hear("standard output", strings.Join(s.lines, "\n"))
	if got := ear.Leaks(nil); !slices.Equal(got, []string{"ANSWER at the messages", "ANSWER at the page"}) {
		t.Errorf("shown: %q", got)
	}
	for _, learnt := range []string{"AccessToken", "RefreshToken", "SecretCode", "ClientSecret", "Session"} {
		if !slices.Contains(ear.Names(), learnt) {
			t.Errorf("no %s went over the wire", learnt)
		}
	}
}

// What a seed file makes is there for every SDK, and again after a restart; the
// function "emailotp" asks for a code that other processes can read.
func TestSeedStateAndEmailOTP(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	first := start(t, "-seed", filepath.Join("testdata", "seed.json"), "-state", state)
	pool, client := first.named("pool", "shop"), first.named("app client", "web")
	signIn := func(s *server) *auth.Tokens { return s.signIn(s.sdk(), pool, client) }
	tokens := signIn(first)
	verifier, err := auth.NewVerifier(first.url+"/"+pool, []string{client})
	if err != nil {
		t.Fatal(err)
	}
	claims, err := verifier.ID(t.Context(), tokens.ID())
	if err != nil || len(claims.Groups) != 1 || claims.Groups[0] != "staff" {
		t.Errorf("%v %v", claims, err)
	}
	page := first.get("/_pool/")
	for _, want := range []string{pool, client, "ann@example.com", "FORCE_CHANGE_PASSWORD", "RespondToAuthChallenge", "CustomChallenge"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "Correct-Horse-7") {
		t.Error("the page shows a password")
	}
	first.stop()

	second := start(t, "-seed", filepath.Join("testdata", "seed.json"), "-state", state)
	if len(second.lines) != 1 || second.lines[0] != first.lines[0] {
		t.Errorf("it printed %q, and at first %q", second.lines, first.lines[0])
	}
	signIn(second)
	refresher, err := auth.NewRefresher(second.sdk(), client)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := refresher.Refresh(t.Context(), tokens); err != nil {
		t.Errorf("a refresh token of before: %v", err)
	}
}

func TestNobodyHasMessages(t *testing.T) {
	t.Parallel()
	s := start(t)
	if got := s.get("/_pool/messages?username=nobody"); got != "[]\n" {
		t.Errorf("%q", got)
	}
	reply, err := http.Get(s.url + "/elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
	if reply.StatusCode != http.StatusNotFound {
		t.Error(reply.Status)
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(content string) string {
		path := filepath.Join(dir, fmt.Sprint(len(content)))
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, args := range map[string][]string{
		"an argument":           {"x"},
		"an unknown flag":       {"-nonsense"},
		"not loopback":          {"-addr", "0.0.0.0:0"},
		"no seed file":          {"-seed", filepath.Join(dir, "none")},
		"a malformed seed":      {"-seed", file("{")},
		"a misspelt seed":       {"-seed", file(`[{"Pol": {}}]`)},
		"a pool without a name": {"-seed", file(`[{"Pool":{}}]`)},
		"a weak password":       {"-seed", file(`[{"Pool":{"PoolName":"p"},"Users":[{"Username":"u","Password":"x"}]}]`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := run(t.Context(), append([]string{"-addr", "127.0.0.1:0"}, args...), io.Discard, io.Discard)
			if err == nil || errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		})
	}
}
