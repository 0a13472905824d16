package cognitotest_test

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// stockDir holds the scripts, and the packages that "npm ci" puts there.
const stockDir = "testdata/stock"

// stockRequired, if set, makes a missing client a failure: CI has them.
const stockRequired = "COGNITOMFA_STOCK"

// The clients that others wrote and AWS users have, each signing in to this pool
// as it does to Cognito. A client goes through the flows one after the other, a
// script in one process; each flow has a pool of its own.
func TestStock(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"identity", "sdk", "amplify"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			needNode(t)
			runFlows(t, name, startScript(t, name+".mjs"))
		})
	}
	t.Run("go", func(t *testing.T) {
		t.Parallel()
		runFlows(t, "go", goClient{})
	})
}

// A stockClient goes through a flow, and returns its story: what it said, and what
// it asked with a question mark. reply is the user.
type stockClient interface {
	run(t *testing.T, o order, reply func(question string, about map[string]any) any) []string
	broken() bool // it cannot run another flow
}

func runFlows(t *testing.T, name string, client stockClient) {
	ran := 0
	for _, title := range slices.Sorted(maps.Keys(stockFlows)) {
		flow := stockFlows[title]
		if flow.only != nil && !slices.Contains(flow.only, name) {
			continue
		}
		ran++
		if t.Run(title, func(t *testing.T) { flow.run(t, client, name) }); client.broken() {
			t.Fatal("the client cannot go on")
		}
	}
	if ran == 0 {
		t.Error("no flow is for this client")
	}
}

// An order is what a client is told to do.
type order struct {
	Flow         string `json:"flow"`
	Endpoint     string `json:"endpoint"`
	UserPoolID   string `json:"userPoolId"`
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret,omitempty"`
	Username     string `json:"username"`
	Password     string `json:"password"` // what the user types first
	NextPassword string `json:"nextPassword"`
	Email        string `json:"email"`
	OptIn        bool   `json:"optIn"` // devices are remembered when the user agrees

	sdk *cip.Client // for who is in this process
}

// needNode skips the test on a machine without Node.js or without the clients.
func needNode(t *testing.T) {
	t.Helper()
	missing := ""
	if _, err := exec.LookPath("node"); err != nil {
		missing = "Node.js is not installed"
	} else if _, err := os.Stat(filepath.Join(stockDir, "node_modules")); err != nil {
		missing = "the clients are not installed: npm ci --prefix auth/cognitotest/" + stockDir
	}
	switch {
	case missing == "":
	case os.Getenv(stockRequired) != "":
		t.Fatalf("%s, and %s requires it", missing, stockRequired)
	default:
		t.Skip(missing)
	}
}

// A script is a running program of stockDir: harness.mjs there says how it talks.
type script struct {
	in     io.Writer
	out    *bufio.Scanner
	stderr *bytes.Buffer
	dead   bool // or in the middle of a flow that the test has given up
}

func startScript(t *testing.T, name string) *script {
	t.Helper()
	cmd := exec.Command("node", name)
	cmd.Dir = stockDir
	s := &script{stderr: new(bytes.Buffer)}
	cmd.Stderr = s.stderr
	in, err := cmd.StdinPipe()
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
	t.Cleanup(func() {
		in.Close() // which ends it
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, s.stderr)
		}
	})
	s.in, s.out = in, bufio.NewScanner(out)
	return s
}

// A line is what a script prints.
type line struct {
	Say, Ask string
	About    map[string]any
	End      bool
}

func (s *script) broken() bool { return s.dead }

func (s *script) run(t *testing.T, o order, reply func(question string, about map[string]any) any) []string {
	t.Helper()
	var story []string
	s.dead = true // until it says that it has come to the end
	s.send(t, o)
	for s.out.Scan() {
		var l line
		if err := json.Unmarshal(s.out.Bytes(), &l); err != nil {
			t.Fatalf("the script printed %q", s.out.Text())
		}
		switch {
		case l.End:
			s.dead = false
			return story
		case l.Ask != "":
			story = append(story, l.Ask+"?")
			s.send(t, reply(l.Ask, l.About))
		default:
			story = append(story, l.Say)
		}
	}
	t.Fatalf("the script ended in the middle, after %q: %v\n%s", story, s.out.Err(), s.stderr)
	return nil
}

func (s *script) send(t *testing.T, v any) {
	t.Helper()
	if err := json.NewEncoder(s.in).Encode(v); err != nil {
		t.Fatalf("the script does not listen: %v\n%s", err, s.stderr)
	}
}

// A stockFlow is one thing to do with every client that can do it.
type stockFlow struct {
	flow    string // what the scripts call it
	cfg     cognitotest.Config
	user    cognitotest.User // nobody if it has no password
	typing  string           // the first password typed, if not the user's
	answers []answer         // what the user replies, in this order
	story   byClient         // what the user sees
	calls   byClient         // the requests that the pool sees
	only    []string         // the clients that have it; all if nil
}

// byClient has a row for each client that differs from the others, whose row is
// "".
type byClient map[string][]string

func (b byClient) of(client string) []string {
	if row, ok := b[client]; ok {
		return row
	}
	return b[""]
}

func (f stockFlow) run(t *testing.T, client stockClient, name string) {
	cfg := f.cfg
	cfg.Issuer = "https://cognito-idp.us-east-1.amazonaws.com/{poolId}" // what the stock verifier wants
	pool := cognitotest.Start(t, cfg)
	f.user.Username = cmp.Or(f.user.Username, "ann")
	p := &person{t: t, pool: pool, name: f.user.Username, secret: f.user.TOTPSecret, answers: f.answers}
	if f.user.Password != "" {
		pool.AddUser(f.user)
	}
	story := client.run(t, order{
		Flow: f.flow, Endpoint: pool.URL(), UserPoolID: pool.ID(),
		ClientID: pool.Client().ID, ClientSecret: pool.Client().Secret,
		Username: p.name, Password: cmp.Or(f.typing, f.user.Password, password), NextPassword: secondHorse, Email: address,
		OptIn: cfg.Devices == cognitotest.DevicesOptIn, sdk: pool.SDK(),
	}, p.reply)
	if diff := gocmp.Diff(f.story.of(name), story); diff != "" {
		t.Errorf("the story (-want +got):\n%s", diff)
	}
	if len(p.answers) > 0 {
		t.Errorf("%d answers were not asked for", len(p.answers))
	}
	if diff := gocmp.Diff(f.calls.of(name), told(pool.Calls())); diff != "" {
		t.Errorf("the calls (-want +got):\n%s", diff)
	}
}

// told writes calls as a table has them: what was begun or answered, or else the
// operation, and what it was refused with.
func told(calls []cognitotest.Call) []string {
	var all []string
	for _, c := range calls {
		text := cmp.Or(c.Step, c.Operation)
		if c.Code != "" {
			text += ": " + c.Code
		}
		all = append(all, text)
	}
	return all
}
