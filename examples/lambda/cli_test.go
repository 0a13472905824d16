package lambda_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The command line signs in with a code by e-mail.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, newMail(t))
	patience, cancel := context.WithTimeout(t.Context(), time.Minute) // a question that does not come must not be waited for
	defer cancel()
	cmd := exec.CommandContext(patience, executable(t, "signin"), "-flow", "custom-srp", "-username", ann,
		"-pool-id", w.pool.ID(), "-client-id", w.pool.Client().ID, "-endpoint", w.pool.URL())
	cmd.Env = []string{"HOME=" + t.TempDir()}
	var out strings.Builder
	cmd.Stdout = &out
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	screen := bufio.NewReader(stderr)
	asked := func(question string) {
		t.Helper()
		var said strings.Builder
		for !strings.HasSuffix(said.String(), question+": ") {
			r, _, err := screen.ReadRune()
			if err != nil {
				t.Fatalf("instead of asking %q it said %q, %v", question, said.String(), err)
			}
			said.WriteRune(r)
		}
	}
	asked("Password of " + ann)
	fmt.Fprintln(stdin, password)
	asked("more)")
	mails := w.cloud.mailsTo(ann)
	if len(mails) != 1 || mails[0].from != w.env["EMAIL_SENDER"] {
		t.Fatalf("mails: %v", mails)
	}
	fmt.Fprintln(stdin, codeIn(t, mails[0].text, 8)) // as many digits as CODE_LENGTH says
	rest, err := io.ReadAll(screen)
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String()+string(rest), "access token, signature verified") {
		t.Errorf("%v\n%s%s", err, out.String(), rest)
	}
	if err != nil {
		t.Error(err)
	}
}
