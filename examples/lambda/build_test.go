package lambda_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// buildDir holds what build has made; empty if that was nothing.
var buildDir string

// build makes the executables of all functions, once for all tests. They differ
// from those that go to AWS in the processor that they are for.
var build = sync.OnceValue(func() error {
	dir, err := os.MkdirTemp("", "lambda")
	if err != nil {
		return err
	}
	buildDir = dir
	cmd := exec.Command("go", "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s", "-o", dir+string(filepath.Separator),
		"./emailotp", "./duo", "./blockid", "../signin")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
})

// executable returns the path of a function's executable.
func executable(t testing.TB, name string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs executables")
	}
	if runtime.GOOS != "linux" {
		t.Skip("the functions are for Linux, where SSL_CERT_FILE says whom they trust")
	}
	if err := build(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(buildDir, name)
}

func TestMain(m *testing.M) {
	code := m.Run()
	stopDynalite()
	if buildDir != "" {
		os.RemoveAll(buildDir)
	}
	os.Exit(code)
}
