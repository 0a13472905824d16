//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/cognitomfa/cognitomfa/examples/internal/exitcode"
)

// seeds are a pool for each kind of sign-in. The function "emailotp" is localpool's.
const seeds = `[
{"Pool": {"PoolName": "optional", "LambdaConfig": {
	"DefineAuthChallenge": "arn:aws:lambda:us-east-1:123456789012:function:emailotp",
	"CreateAuthChallenge": "arn:aws:lambda:us-east-1:123456789012:function:emailotp",
	"VerifyAuthChallengeResponse": "arn:aws:lambda:us-east-1:123456789012:function:emailotp"}},
 "Clients": [{"ClientName": "optional client", "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}],
 "Users": [
	{"Username": "ann", "Password": "Correct-Horse-7", "Attributes": {"email": "ann@example.com", "email_verified": "true"}},
	{"Username": "new", "Password": "Temporary-Horse-1", "Temporary": true}]},
{"Pool": {"PoolName": "required"},
 "MFA": {"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true}},
 "Clients": [{"ClientName": "required client", "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}],
 "Users": [{"Username": "ann", "Password": "Correct-Horse-7"}]}
]`

// A town has both programs, built, and localpool running.
type town struct {
	t            *testing.T
	signin, home string
	url          string
	ids          map[string]string // by the name that localpool prints
}

var printedID = regexp.MustCompile(`^(?:pool|app client) (\S+) \((.+)\)$`)

func newTown(t *testing.T) *town {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./examples/signin", "./examples/localpool")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	seedFile := filepath.Join(dir, "seeds.json")
	if err := os.WriteFile(seedFile, []byte(seeds), 0o600); err != nil {
		t.Fatal(err)
	}
	pool := exec.Command(filepath.Join(dir, "localpool"), "-addr", "127.0.0.1:0", "-seed", seedFile)
	pool.Stderr = os.Stderr
	out, err := pool.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := pool.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		pool.Process.Signal(syscall.SIGTERM)
		if err := pool.Wait(); err != nil {
			t.Errorf("localpool: %v", err)
		}
	})
	town := &town{t: t, signin: filepath.Join(dir, "signin"), home: dir, ids: map[string]string{}}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			town.url = url
			return town
		}
		if m := printedID.FindStringSubmatch(lines.Text()); m != nil {
			town.ids[m[2]] = m[1]
		}
	}
	t.Fatal("localpool does not listen")
	return nil
}

// signIn runs signin with what a person types, at a pool.
func (w *town) signIn(pool, typed string, flags ...string) (out string, exit int) {
	w.t.Helper()
	flags = append([]string{"-pool-id", w.ids[pool], "-client-id", w.ids[pool+" client"], "-endpoint", w.url}, flags...)
	process := exec.Command(w.signin, flags...)
	process.Env = append(os.Environ(), "HOME="+w.home, "XDG_CONFIG_HOME="+w.home, "AWS_EC2_METADATA_DISABLED=true")
	process.Stdin = strings.NewReader(typed)
	both, err := process.CombinedOutput()
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		w.t.Fatal(err)
	}
	return string(both), process.ProcessState.ExitCode()
}

// succeeds demands a signed-in user.
func (w *town) succeeds(who, pool, typed string, flags ...string) {
	w.t.Helper()
	if out, exit := w.signIn(pool, typed, flags...); exit != exitcode.OK || !strings.Contains(out, "Signed in as "+who) {
		w.t.Fatalf("exit code %d: %s", exit, out)
	}
}

// waits demands a challenge that is left unanswered, and returns its token and
// what was shown before.
func (w *town) waits(pool, typed string, flags ...string) (token, out string) {
	w.t.Helper()
	out, exit := w.signIn(pool, typed, flags...)
	m := resumeToken.FindStringSubmatch(out)
	if exit != exitcode.Unanswered || m == nil {
		w.t.Fatalf("exit code %d: %s", exit, out)
	}
	return m[1], out
}

// mailed reads the newest code as any program does.
func (w *town) mailed(username string) string {
	w.t.Helper()
	reply, err := http.Get(w.url + "/_pool/messages?username=" + username)
	if err != nil {
		w.t.Fatal(err)
	}
	defer reply.Body.Close()
	var all []struct{ Code string }
	if err := json.NewDecoder(reply.Body).Decode(&all); err != nil || len(all) == 0 {
		w.t.Fatalf("%d messages: %v", len(all), err)
	}
	return all[len(all)-1].Code
}

// Two programs that share nothing but HTTP: localpool, and signin in a new process
// for each step that waits.
func TestTwoPrograms(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.succeeds("ann", "optional", password+"\n", "-username", "ann")

	token, out := w.waits("optional", password+"\n", "-username", "ann", "-flow", "custom-srp")
	if !strings.Contains(out, "sent to a***@e*** (attempts left: 3") {
		t.Errorf("no question for the code:\n%s", out)
	}
	w.succeeds("ann", "optional", another(w.mailed("ann"))+"\n"+w.mailed("ann")+"\n", "-resume", token)

	w.succeeds("new", "optional", "Temporary-Horse-1\n"+password+"\n"+password+"\n", "-username", "new")
	w.succeeds("new", "optional", password+"\n", "-username", "new")

	// MFA_SETUP, and with the authenticator that it made SOFTWARE_TOKEN_MFA, by
	// the code of the next half minute: that of this one is spent.
	token, out = w.waits("required", password+"\n", "-username", "ann")
	secret := typedSecret.FindStringSubmatch(out)
	if secret == nil {
		t.Fatalf("no secret:\n%s", out)
	}
	w.succeeds("ann", "required", code(t, secret[1])+"\n", "-resume", token)
	token, out = w.waits("required", password+"\n12345x\n", "-username", "ann")
	if !strings.Contains(out, "Once more") {
		t.Errorf("a wrong code is not told:\n%s", out)
	}
	w.succeeds("ann", "required", nextCode(t, secret[1])+"\n", "-resume", token)
}
