// Program mutants takes the module's security checks away, one after the other,
// and says which of them no test misses:
//
//	go run ./internal/mutants
//	go run ./internal/mutants -run '^duo:'
//
// The checks are in mutants.txt. It works in a copy of the tree, which is deleted
// afterwards. It ends with status 1 if a mutant survives or cannot be built.
package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

//go:embed mutants.txt
var list string

func main() {
	run := flag.String("run", "", "take only the mutants whose names this regular expression matches")
	flag.Parse()
	only, err := regexp.Compile(*run)
	if err != nil {
		fail(err)
	}
	mutants, err := parse(list)
	if err != nil {
		fail(err)
	}
	copied, err := copyTree()
	if err != nil {
		fail(err)
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() { <-interrupted; os.RemoveAll(copied); os.Exit(130) }()

	start, tried, bad := time.Now(), 0, 0
	for _, m := range mutants {
		if !only.MatchString(m.name) {
			continue
		}
		tried++
		verdict, output := m.try(copied)
		if verdict != killed {
			bad++
		}
		fmt.Printf("%-9s %s (%s %s)\n%s", verdict, m.name, m.pkg, m.tests, output)
	}
	os.RemoveAll(copied)
	fmt.Printf("%d mutants, %d of them not killed, in %d s\n", tried, bad, int(time.Since(start).Seconds()))
	if bad > 0 || tried == 0 {
		os.Exit(1)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "mutants:", err)
	os.Exit(2)
}

// copyTree copies the working tree's Go files and what tests read, and returns
// where.
func copyTree() (string, error) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("finding the module: %w", err)
	}
	copied, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return "", err
	}
	from := strings.TrimSpace(string(root))
	return copied, filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules"):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(copied, name), 0o700)
		case !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(copied, name), text, 0o600)
	})
}

// The ends of a mutant.
const (
	killed   = "killed"
	survived = "SURVIVED"
	broken   = "BROKEN" // it cannot be built, or no test ran
)

// try runs the mutant's tests in a tree that is put right again.
func (m mutant) try(tree string) (verdict, output string) {
	path := filepath.Join(tree, filepath.FromSlash(m.file))
	before, err := os.ReadFile(path)
	if err != nil {
		return broken, err.Error() + "\n"
	}
	after, err := m.apply(string(before))
	if err != nil {
		return broken, err.Error() + "\n"
	}
	if err := os.WriteFile(path, []byte(after), 0o600); err != nil {
		return broken, err.Error() + "\n"
	}
	defer os.WriteFile(path, before, 0o600)
	cmd := exec.Command("go", "test", "-count=1", "-vet=off", "-failfast", "-timeout=90s", "-run", "^("+m.tests+")", m.pkg)
	cmd.Dir = tree
	out, err := cmd.CombinedOutput()
	switch {
	case bytes.Contains(out, []byte("[build failed]")) || bytes.Contains(out, []byte("no tests to run")):
		return broken, string(out)
	case err == nil:
		return survived, ""
	case !bytes.Contains(out, []byte("--- FAIL")) && !bytes.Contains(out, []byte("panic: ")):
		return broken, string(out) // go itself had a fault
	}
	return killed, ""
}
