package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const root = "../../.."

// faults are what is wrong with a row. That the patterns of a "go test" match
// tests is looked at by internal/doctest, as on all pages.
func (r row) faults(module fs.FS, variables []string) (all []string) {
	if r.claim == "" || r.result == "" {
		all = append(all, "an empty cell, or not three of them")
	}
	for part := range strings.SplitSeq(r.command, "&&") {
		words := strings.Fields(part)
		for len(words) > 0 && assignment.MatchString(words[0]) {
			name, _, _ := strings.Cut(words[0], "=")
			if !strings.HasPrefix(name, "GO") && !slices.Contains(variables, name) {
				all = append(all, "nothing reads "+name)
			}
			words = words[1:]
		}
		all = append(all, program(module, words)...)
	}
	return all
}

var assignment = regexp.MustCompile(`^[A-Z_0-9]+=`)

// program returns the faults of one command without its variables.
func program(module fs.FS, words []string) (faults []string) {
	if len(words) < 2 || !slices.Contains([]string{"go test", "go run", "npm ci", "npm install"}, words[0]+" "+words[1]) {
		return []string{"no command: " + strings.Join(words, " ")}
	}
	dirs := 0
	for _, word := range words {
		if !strings.HasPrefix(word, "./") {
			continue
		}
		dirs++
		dir := path.Clean(strings.TrimSuffix(word, "/..."))
		files, err := fs.Glob(module, path.Join(dir, "*.go"))
		if strings.HasSuffix(word, "/...") {
			_, err = fs.Stat(module, dir)
		} else if len(files) == 0 {
			faults = append(faults, "no package "+word)
		}
		if err != nil {
			faults = append(faults, err.Error())
		}
	}
	if words[0] == "go" && dirs == 0 {
		faults = append(faults, "no package in "+strings.Join(words, " "))
	}
	if i := slices.Index(words, "--prefix"); words[1] == "ci" && (i < 0 || i+1 == len(words)) {
		faults = append(faults, "npm ci without a directory")
	} else if words[1] == "ci" {
		if _, err := fs.Stat(module, path.Join(words[i+1], "package-lock.json")); err != nil {
			faults = append(faults, err.Error())
		}
	}
	return faults
}

// sourceVariables are the names in capitals that the module's sources have.
func sourceVariables(t *testing.T) []string {
	t.Helper()
	seen := map[string]bool{}
	name := regexp.MustCompile(`\bCOGNITOMFA_[A-Z_]+\b`)
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if err != nil || filepath.Ext(file) != ".go" || strings.Contains(filepath.ToSlash(file), "internal/measure/claims/") {
			return err
		}
		text, err := os.ReadFile(file)
		for _, m := range name.FindAllString(string(text), -1) {
			seen[m] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for name := range seen {
		all = append(all, name)
	}
	return all
}

// Every claim has a command that is one, and says what came of it.
func TestClaims(t *testing.T) {
	t.Parallel()
	variables := sourceVariables(t)
	claimed, commands := map[string]bool{}, map[string]bool{}
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		all := rows(string(text))
		if len(all) < 5 || !marked.Match(text) {
			t.Errorf("%s has %d claims; the line about the machine is there: %v", name, len(all), marked.Match(text))
		}
		for _, r := range all {
			for _, fault := range r.faults(os.DirFS(root), variables) {
				t.Errorf("%s: %s: %s", name, r.claim, fault)
			}
			if claimed[r.claim] || commands[r.command] {
				t.Errorf("%s: %s: said twice", name, r.claim)
			}
			claimed[r.claim], commands[r.command] = true, true
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	module := fstest.MapFS{"a/a.go": {}, "a/testdata/package-lock.json": {}}
	for _, tc := range []struct{ row, fault string }{
		{"| it works | `go test ./a` | ok |", ""},
		{"| it works | `COGNITOMFA_X=1 go test -race ./a -run 'A\\|B'` | ok |", ""},
		{"| it works | `GOARCH=arm64 go test ./a/...` | ok |", ""},
		{"| it works | `npm ci --prefix a/testdata && go run ./a` | ok |", ""},
		{"| it works | `go test ./a` |  |", "empty cell"},
		{"|  | `go test ./a` | ok |", "empty cell"},
		{"| it works | `go test ./a` |", "empty cell"},
		{"| it works | go test ./a | ok |", "no command"},
		{"| it works | `rm -rf ./a` | ok |", "no command"},
		{"| it works | `go test ./a && ls` | ok |", "no command"},
		{"| it works | `go test ./b` | ok |", "no package ./b"},
		{"| it works | `go test ./b/...` | ok |", "b"},
		{"| it works | `go test -v` | ok |", "no package in"},
		{"| it works | `COGNITOMFA_Y=1 go test ./a` | ok |", "nothing reads COGNITOMFA_Y"},
		{"| it works | `npm ci --prefix a && go run ./a` | ok |", "package-lock.json"},
		{"| it works | `npm ci && go run ./a` | ok |", "without a directory"},
	} {
		all := rows("text\n\n" + heading + "\n|---|---|---|\n" + tc.row + "\n\n| no | claim | here |\n")
		if len(all) != 1 {
			t.Errorf("%s: %d rows", tc.row, len(all))
			continue
		}
		got := strings.Join(all[0].faults(module, []string{"COGNITOMFA_X"}), "\n")
		if tc.fault == "" && got != "" || !strings.Contains(got, tc.fault) {
			t.Errorf("%s: faults %q", tc.row, got)
		}
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	text := "Last run on some day:\n\n" + heading + "\n|---|---|---|\n| a | `echo 'b\\|c'` | old |\n| d | `exit 3` | old |\n"
	all := rows(text)
	result, err := all[0].run()
	if err != nil || result != "ok, 1 s" {
		t.Fatal(result, err)
	}
	want := strings.Replace(text, "| old |", "| ok, 1 s |", 1)
	if got := all[0].write(text, result); got != want {
		t.Errorf("wrote %s", got)
	}
	file := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(file, []byte("edited\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := all[0].save(file, result, "Last run on another day:"); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "edited\n"+strings.Replace(want, "some", "another", 1) {
		t.Errorf("saved %s, %v", got, err)
	}
	if got := mark(text, "Last run on $1 day:"); !strings.HasPrefix(got, "Last run on $1 day:\n\n|") {
		t.Errorf("marked %s", got)
	}
	if _, err := all[1].run(); err == nil {
		t.Error("a command that fails has no error")
	}
	if _, err := (row{command: "echo 'ok  	x	0.1s [no tests to run]'"}).run(); err == nil {
		t.Error("a command that ran no test has no error")
	}
}

func TestFigure(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ command, output, want string }{
		{"go test -run TestKilled ./x", "    a.go:1: 5 changes, 6 kills, of\n    a.go:1: 7 changes, 61 kills, of", "61 kills, nothing lost"},
		{"go test -run TestOther ./x", "7 changes, 61 kills", ""},
		{"go test -run TestCPURatio ./x", "median ratio of 25 rounds 3.81 (from 3.64 to 4.05)", "3.81 times"},
		{"go run ./internal/mutants", "killed a\n12 mutants, 0 of them not killed, in 40 s\n", "12 mutants, 0 of them not killed"},
		{"go test -bench Users ./auth", "BenchmarkUsers/users=10/SRP-2 \t 300\t 9628476 ns/op\t 8485953 CPU-ns/op\nBenchmarkUsers/users=1000000/SRP-2 \t 300\t 30342280 ns/op\t 12509733 CPU-ns/op\t 2 B/op",
			"8.4 ms and 12.5 ms of CPU, by SRP"},
	} {
		if got := figure(tc.command, []byte(tc.output)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.command, got, tc.want)
		}
	}
}
