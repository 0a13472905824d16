// Program mutants takes the module's security checks away, one after the other,
// and says which of them no test misses:
//
//	go run ./internal/mutants
//	go run ./internal/mutants -run '^duo:'
//
// The checks are in mutants.txt. Or it takes away, in place of checks, the result of
// every exported function and method, so that one which no test looks at is found:
//
//	go run ./internal/mutants -exported
//	go run ./internal/mutants -exported -run '^totp\.'
//
// The tree stays as it is, and is read while the program runs, so leave it alone
// meanwhile. The program ends with status 1 if a mutant survives or
// cannot be built.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed mutants.txt
var list string

func main() {
	run := flag.String("run", "", "take only the mutants whose names this regular expression matches")
	functions := flag.Bool("exported", false, "take away the results of exported functions, and no checks")
	workers := flag.Int("parallel", runtime.GOMAXPROCS(0), "how many mutants at a time")
	flag.Parse()
	only, err := regexp.Compile(*run)
	if err != nil {
		fail(err)
	}
	tree, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		fail(fmt.Errorf("finding the module: %w", err))
	}
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		fail(err)
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() { <-interrupted; os.RemoveAll(dir); os.Exit(130) }()

	mode := checks
	if *functions {
		mode = exported
	}
	t := &tally{began: time.Now()}
	err = mode(strings.TrimSpace(string(tree)), dir, only, *workers, t)
	os.RemoveAll(dir)
	if err != nil {
		fail(err)
	}
	fmt.Printf("%d mutants, %d of them not killed, in %d s\n", t.tried, t.bad, int(time.Since(t.began).Seconds()))
	if t.bad > 0 || t.tried == 0 {
		os.Exit(1)
	}
}

// A tally counts mutants and prints what became of them.
type tally struct {
	lock       sync.Mutex
	began      time.Time
	tried, bad int
}

func (t *tally) add(verdict, name, by, output string, began time.Time) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.tried++
	if verdict != killed {
		t.bad++
	}
	fmt.Printf("%-9s %s (%s, %.1f s)\n%s", verdict, name, by, time.Since(began).Seconds(), output)
}

// checks is the first mode: the changes of mutants.txt.
func checks(tree, dir string, only *regexp.Regexp, workers int, t *tally) error {
	mutants, err := parse(list)
	if err != nil {
		return err
	}
	mutants = slices.DeleteFunc(mutants, func(m mutant) bool { return !only.MatchString(m.name) })
	return each(workers, mutants, func(m mutant) error {
		began := time.Now()
		verdict, output := m.try(tree, dir)
		t.add(verdict, m.name, m.pkg+" "+m.tests, output, began)
		return nil
	})
}

// each calls do for each item, some at a time, and joins the errors.
func each[T any](workers int, items []T, do func(T) error) error {
	next := make(chan T)
	var all sync.WaitGroup
	var lock sync.Mutex
	var errs []error
	for range workers {
		all.Go(func() {
			for item := range next {
				if err := do(item); err != nil {
					lock.Lock()
					errs = append(errs, err)
					lock.Unlock()
				}
			}
		})
	}
	for _, item := range items {
		next <- item
	}
	close(next)
	all.Wait()
	return errors.Join(errs...)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "mutants:", err)
	os.Exit(2)
}

// writeOverlay writes texts into a directory, and the list by which go takes them
// for the files of those names.
func writeOverlay(dir string, replaced map[string]string) (string, error) {
	list := struct{ Replace map[string]string }{make(map[string]string)}
	for name, text := range replaced {
		list.Replace[name] = filepath.Join(dir, fmt.Sprintf("%d.go", len(list.Replace)))
		if err := os.WriteFile(list.Replace[name], []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(list)
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

// The ends of a mutant.
const (
	killed   = "killed"
	survived = "SURVIVED"
	broken   = "BROKEN" // it cannot be built, or no test ran
)

// try runs the mutant's tests. The tree stays as it is: go is told to take the
// changed text for the file.
func (m mutant) try(tree, dir string) (verdict, output string) {
	path := filepath.Join(tree, filepath.FromSlash(m.file))
	before, err := os.ReadFile(path)
	if err != nil {
		return broken, err.Error() + "\n"
	}
	after, err := m.apply(string(before))
	if err != nil {
		return broken, err.Error() + "\n"
	}
	if dir, err = os.MkdirTemp(dir, "mutant"); err != nil {
		return broken, err.Error() + "\n"
	}
	overlay, err := writeOverlay(dir, map[string]string{path: after})
	if err != nil {
		return broken, err.Error() + "\n"
	}
	cmd := exec.Command("go", "test", "-overlay="+overlay, "-count=1", "-short", "-vet=off", "-failfast", "-timeout=90s", "-run", "^("+m.tests+")", m.pkg)
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
