// Package witness starts the programs of others that tests are held against, where
// these are written for Node.js.
package witness

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Node returns where Node.js is, for a test that needs an npm package of the
// directory's node_modules. Without one of the two the test is skipped, or fails if
// the environment variable is set: CI sets it.
func Node(t *testing.T, variable, directory, npmPackage string) string {
	t.Helper()
	missing := t.Skipf
	if os.Getenv(variable) != "" {
		missing = t.Fatalf
	}
	if _, err := os.Stat(filepath.Join(directory, "node_modules", npmPackage)); err != nil {
		missing("%s is not installed: run npm ci in %s, seen from the test", npmPackage, directory)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing("Node.js is not installed, so %s cannot run", npmPackage)
	}
	return node
}

// Serve starts a server of this machine that prints its port and ends when its
// standard input does, which is with the test. It returns its host and port.
func Serve(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(stdin.Close(), cmd.Wait()); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	})
	port, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("%v does not start: %v", args, err)
	}
	return "127.0.0.1:" + strings.TrimSpace(port)
}
