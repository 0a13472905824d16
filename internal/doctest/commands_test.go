package doctest

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

var (
	// command is a "go test" of a page; in tables the bar of a pattern is escaped.
	command = regexp.MustCompile("go test ([^`\n]*)")
	// flagged are the patterns of one, with and without quotes.
	flagged = regexp.MustCompile(`-(run|bench|fuzz)[ =]('[^']*'|"[^"]*"|[^\s'"]+)`)
	// tested is a function that "go test" runs.
	tested = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example|Benchmark)\w*)\(`)
)

// commands returns the faults of a page's commands: a pattern that names no test
// of the command's packages passes without having run anything.
func (p page) commands(module fs.FS) []string {
	var faults []string
	for _, m := range command.FindAllStringSubmatch(p.text, -1) {
		line, _, _ := strings.Cut(strings.ReplaceAll(m[1], `\|`, "|"), "#")
		line, _, _ = strings.Cut(line, "&&")
		patterns := flagged.FindAllStringSubmatch(line, -1)
		if len(patterns) == 0 {
			continue
		}
		names := tests(module, strings.Fields(flagged.ReplaceAllString(line, "")))
		for _, f := range patterns {
			for one := range strings.SplitSeq(alternatives(strings.Trim(f[2], `'"`)), "|") {
				one, _, _ = strings.Cut(one, "/")
				if one == "^$" || strings.ToUpper(one) == one {
					continue // nothing, on purpose; a name to be filled in
				}
				if pattern, err := regexp.Compile("(?m)" + one); err != nil || !pattern.MatchString(names) {
					faults = append(faults, fmt.Sprintf("%s: go test %s runs no %q", p.path, line, one))
				}
			}
		}
	}
	return faults
}

// alternatives writes a(b|c) as ab|ac: the patterns of the pages have no more.
func alternatives(pattern string) string {
	before, rest, ok := strings.Cut(pattern, "(")
	inside, after, ok2 := strings.Cut(rest, ")")
	if !ok || !ok2 {
		return pattern
	}
	var all []string
	for one := range strings.SplitSeq(inside, "|") {
		all = append(all, before+one+after)
	}
	return strings.Join(all, "|")
}

// tests lists the tests of some packages, a line for each.
func tests(module fs.FS, packages []string) string {
	var names strings.Builder
	for _, pattern := range packages {
		dir, below := strings.CutSuffix(pattern, "/...")
		if !strings.HasPrefix(dir, ".") {
			continue // a flag
		}
		dir = path.Clean(dir)
		fs.WalkDir(module, dir, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && name != dir && (!below || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")):
				return fs.SkipDir
			case strings.HasSuffix(name, "_test.go"):
				text, err := fs.ReadFile(module, name)
				if err != nil {
					return err
				}
				for _, m := range tested.FindAllStringSubmatch(string(text), -1) {
					names.WriteString(m[1] + "\n")
				}
			}
			return nil
		}) // a package that is not there has no tests
	}
	return names.String()
}

// Every command beside a claim runs what it says.
func TestCommands(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		for _, fault := range p.commands(os.DirFS(root)) {
			t.Error(fault)
		}
	}
}

func TestCommandsCatches(t *testing.T) {
	t.Parallel()
	module := fstest.MapFS{
		"a/a_test.go":   {Data: []byte("package a\n\nfunc TestOne(t *testing.T) {}\n\nfunc BenchmarkOne(b *testing.B) {}\n")},
		"a/b/b_test.go": {Data: []byte("package b\n\nfunc ExampleTwo() {}\n\nfunc helper() {}\n")},
	}
	for _, tc := range []struct{ text, fault string }{
		{"`go test ./...`", ""},
		{"`go test ./a -run TestOne`", ""},
		{"`go test -run '^TestOne$' -v ./a`", ""},
		{"`go test ./a/... -run 'One\\|Two'`", ""},
		{"`go test ./a/... -run 'Example(Two|One)'`", `no "ExampleOne"`},
		{"`go test ./a -run Two`", `no "Two"`},
		{"`go test ./a/... -run 'One\\|Three'`", `no "Three"`},
		{"`go test ./a/b -run helper`", `no "helper"`},
		{"`go test ./c -run One`", `no "One"`},
		{"`go test ./a -run '^$' -bench One`", ""},
		{"`go test ./a -run '^$' -bench Two`", `no "Two"`},
	} {
		got := strings.Join(page{"p.md", tc.text}.commands(module), "\n")
		if tc.fault == "" && got != "" || !strings.Contains(got, tc.fault) {
			t.Errorf("%s: faults %q", tc.text, got)
		}
	}
}
