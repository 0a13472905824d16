package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"
)

// heading is the first line of a table of claims.
const heading = "| claim | see for yourself | last run |"

// A row is a claim, the command that shows it, and what that command last said.
type row struct {
	line                   string // as it stands on the page
	claim, command, result string
}

var code = regexp.MustCompile("`([^`]*)`")

// rows are the lines of a page's tables of claims. A bar inside a cell is escaped.
func rows(text string) []row {
	var all []row
	inside := false
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case line == heading:
			inside = true
			continue
		case !strings.HasPrefix(line, "|"):
			inside = false
		}
		if !inside || strings.HasPrefix(line, "|---") {
			continue
		}
		const bar = "\x00"
		cells := strings.Split(strings.Trim(strings.ReplaceAll(line, `\|`, bar), "|"), "|")
		for i := range cells {
			cells[i] = strings.ReplaceAll(strings.TrimSpace(cells[i]), bar, "|")
		}
		r := row{line: line, claim: cells[0]}
		if len(cells) == 3 {
			if m := code.FindStringSubmatch(cells[1]); m != nil {
				r.command = m[1]
			}
			r.result = cells[2]
		}
		all = append(all, r)
	}
	return all
}

// write puts another result into the row.
func (r row) write(text, result string) string {
	start := strings.TrimSuffix(r.line, "|")
	start = start[:strings.LastIndex(start, "|")]
	return strings.Replace(text, r.line, start+"| "+strings.ReplaceAll(result, "|", `\|`)+" |", 1)
}

// figures are what results say besides how long the command took: by a part of
// the command, where its output has them. Of several lines the last counts.
var figures = []struct {
	command string
	output  *regexp.Regexp
	text    string // in terms of the groups
}{
	{"TestCPURatio", regexp.MustCompile(`median ratio of \d+ rounds ([\d.]+)`), "$1 times"},
	{"TestSignInRatio", regexp.MustCompile(`auth +CPU .*median of \d+ rounds ([\d.]+)`), "$1 times"},
	{"TestPendingSignIns", regexp.MustCompile(`10000 pending sign-ins: \d+ bytes, (\d+) each, (-?\d+) goroutines`), "$1 bytes, $2 goroutines"},
	{"TestKilled", regexp.MustCompile(`(\d+) changes, (\d+) kills`), "$2 kills, nothing lost"},
	{"-bench Users", regexp.MustCompile(`(?s)users=10/SRP-[^\n]*\t *(\d+)(\d)\d{5} CPU-ns/op.*users=1000000/SRP-[^\n]*\t *(\d+)(\d)\d{5} CPU-ns/op`), "$1.$2 ms and $3.$4 ms of CPU, by SRP"},
	{"internal/mutants", regexp.MustCompile(`(\d+ mutants, \d+ of them not killed)`), "$1"},
	{"-cognito-local", regexp.MustCompile(`(?s)cognitotest \| password sign-ins, 8 workers \| (\d+)/s.*cognito-local \| password sign-ins, 8 workers \| (\d+)/s`), "$1/s and $2/s, of 8 workers"},
}

// figure finds what a result says besides.
func figure(command string, output []byte) string {
	for _, f := range figures {
		if all := f.output.FindAllSubmatchIndex(output, -1); strings.Contains(command, f.command) && all != nil {
			return string(f.output.Expand(nil, []byte(f.text), output, all[len(all)-1]))
		}
	}
	return ""
}

// passed is the line of a package whose tests passed, or that has none of the
// names: tested tells which.
var passed = regexp.MustCompile(`(?m)^ok\s.*$`)

func tested(line []byte) bool { return !bytes.Contains(line, []byte("[no tests to run]")) }

// run runs the row's command as it stands there, but with nothing from the cache
// of tests.
func (r row) run() (string, error) {
	cmd := exec.Command("bash", "-c", r.command)
	cmd.Env = append(os.Environ(), "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -count=1"))
	start := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(start)
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", r.command, err, out)
	}
	if ran := passed.FindAll(out, -1); ran != nil && !slices.ContainsFunc(ran, tested) {
		return "", fmt.Errorf("%s: no test ran", r.command)
	}
	text := "ok"
	if f := figure(r.command, out); f != "" {
		text = f
	}
	return fmt.Sprintf("%s, %.0f s", text, math.Ceil(took.Seconds())), nil
}
