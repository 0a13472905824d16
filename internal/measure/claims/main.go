// Program claims runs the commands of the tables of claims, in README.md and
// docs/claims.md, and writes what came of each into the table's third column. It
// is run in the module's directory:
//
//	go run ./internal/measure/claims -skip 'TestCampaign|TestKilled'
//
// The row of a command that fails stays as it was, and the program fails in the end.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"time"

	"github.com/cognitomfa/cognitomfa/internal/measure"
)

// files have a table of claims each.
var files = []string{"README.md", "docs/claims.md"}

func main() {
	only := flag.String("run", "", "take only the rows whose command this regular expression matches")
	skip := flag.String("skip", "^$", "leave those out whose command this one matches")
	flag.Parse()
	if err := renew(*only, *skip); err != nil {
		fmt.Fprintln(os.Stderr, "claims:", err)
		os.Exit(1)
	}
}

func renew(run, skip string) error {
	only, err := regexp.Compile(run)
	if err != nil {
		return err
	}
	not, err := regexp.Compile(skip)
	if err != nil {
		return err
	}
	now := machine()
	var failed []error
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, r := range rows(string(text)) {
			if !only.MatchString(r.command) || not.MatchString(r.command) {
				continue
			}
			fmt.Printf("$ %s\n", r.command)
			result, err := r.run()
			if err != nil {
				fmt.Println(err)
				failed = append(failed, err)
				continue
			}
			fmt.Println(result)
			if err := r.save(name, result, now); err != nil {
				return err
			}
		}
	}
	return errors.Join(failed...)
}

// save writes a result into the page as it is now: it may have been edited since.
func (r row) save(name, result, machine string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return os.WriteFile(name, []byte(mark(r.write(string(text), result), machine)), 0o644)
}

// machine is what the reader has to know of where the commands ran.
func machine() string {
	return fmt.Sprintf("Last run on %s with Go %s on a machine with %d CPUs (%s, %s/%s):",
		time.Now().UTC().Format(time.DateOnly), runtime.Version()[len("go"):], runtime.NumCPU(), measure.CPUModel(), runtime.GOOS, runtime.GOARCH)
}

var marked = regexp.MustCompile(`(?m)^Last run on .*:$`)

// mark writes the line above the table.
func mark(text, line string) string { return marked.ReplaceAllLiteralString(text, line) }
