package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The list keeps up with the code: each text is in its file once, each change is
// Go, and each pattern names tests that are there. That the tests fail is what the
// program finds out.
func TestListIsUpToDate(t *testing.T) {
	t.Parallel()
	mutants, err := parse(list)
	if err != nil {
		t.Fatal(err)
	}
	if len(mutants) < 100 {
		t.Errorf("%d mutants", len(mutants))
	}
	names := make(map[string]bool)
	for _, m := range mutants {
		if names[m.name] {
			t.Errorf("two mutants are named %q", m.name)
		}
		names[m.name] = true
		source, err := os.ReadFile(filepath.Join("../..", m.file))
		if err != nil {
			t.Fatal(err)
		}
		changed, err := m.apply(string(source))
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := parser.ParseFile(token.NewFileSet(), m.file, changed, parser.SkipObjectResolution); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		for _, name := range strings.Split(m.tests, "|") {
			if !hasTest(t, m.pkg, name) {
				t.Errorf("%s: no test in %s begins with %s", m.name, m.pkg, name)
			}
		}
	}
}

// hasTest reports whether a package has a test whose name begins so.
func hasTest(t *testing.T, pkg, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", pkg, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(name))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if declared.Match(text) {
			return true
		}
	}
	return false
}

const good = "name\nfile.go\n- old\n+ new\n./pkg TestX"

func TestParse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text string
		ok   bool
	}{
		"good":       {good, true},
		"two lines":  {strings.Replace(good, "- old", "- \tif old {\n- \t}", 1), true},
		"no package": {strings.Replace(good, "./pkg ", "", 1), false},
		"no old":     {strings.Replace(good, "- old\n", "", 1), false},
		"no new":     {strings.Replace(good, "+ new\n", "", 1), false},
		"no change":  {strings.Replace(good, "+ new", "+ old", 1), false},
		"no sign":    {strings.Replace(good, "- old", "old", 1), false},
		"too short":  {"name\nfile.go", false},
	} {
		mutants, err := parse("About itself.\n\n# heading\n\n" + tt.text)
		if (err == nil) != tt.ok || tt.ok && len(mutants) != 1 {
			t.Errorf("%s: %+v, %v", name, mutants, err)
		}
	}
	m := mutant{name: "m", file: "f", old: "b", new: "x"}
	for text, want := range map[string]string{"abc": "axc", "ac": "", "abcb": ""} {
		if got, err := m.apply(text); got != want || (err == nil) != (want != "") {
			t.Errorf("apply(%q) = %q, %v", text, got, err)
		}
	}
}

// A tree in which one check is missed by a test, and others are not.
func TestTry(t *testing.T) {
	t.Parallel()
	tree, dir := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		"go.mod":    "module example.com/m\n\ngo 1.26\n",
		"a.go":      "package a\n\nfunc Positive(n int) bool { return n > 0 && n < 100 }\n",
		"a_test.go": "package a\n\nimport \"testing\"\n\nfunc TestPositive(t *testing.T) {\n\tif Positive(0) || !Positive(1) {\n\t\tt.Error(\"wrong\")\n\t}\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(tree, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct{ old, new, tests, want string }{
		"missed":     {"n > 0", "n >= 0", "TestPositive", killed},
		"not missed": {"n < 100", "n < 1000", "TestPositive", survived},
		"no Go":      {"n > 0", "n >", "TestPositive", broken},
		"no test":    {"n > 0", "n >= 0", "TestNegative", broken},
		"not there":  {"n > 1", "n > 2", "TestPositive", broken},
	} {
		m := mutant{name: name, file: "a.go", old: tt.old, new: tt.new, pkg: "./...", tests: tt.tests}
		if verdict, output := m.try(tree, dir); verdict != tt.want {
			t.Errorf("%s: %s, want %s: %s", name, verdict, tt.want, output)
		}
	}
}
