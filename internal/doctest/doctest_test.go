package doctest

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

var update = flag.Bool("update", false, "write the code into the pages")

// root is the module's directory.
const root = "../.."

// pages are the Markdown files of the module.
func pages(t *testing.T) []page {
	t.Helper()
	var all []page
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
				return fs.SkipDir
			}
		case strings.HasSuffix(name, ".md"):
			text, err := os.ReadFile(filepath.Join(root, name))
			if err != nil {
				return err
			}
			all = append(all, page{name, string(text)})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("only %d pages were found", len(all))
	}
	return all
}

// Every block of Go in the documentation is code of the module.
func TestBlocks(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		mended, faults := p.check(os.DirFS(root))
		for _, fault := range faults {
			t.Error(fault)
		}
		if mended == p.text {
			continue
		}
		if !*update {
			t.Errorf("%s: a block differs from its code: go test ./internal/doctest -run TestBlocks -update", p.path)
		} else if err := os.WriteFile(filepath.Join(root, p.path), []byte(mended), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// Every link between the pages leads somewhere.
func TestLinks(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		for _, fault := range p.links(os.DirFS(root)) {
			t.Error(fault)
		}
	}
}

// code is a module for the tests of the tests.
var code = fstest.MapFS{
	"a.go":        {Data: []byte("package a\n\nfunc F() {}\n")},
	"a_test.go":   {Data: []byte("package a\n\n// T is.\ntype T int\n\n// M does.\nfunc (t *T) M() {}\n\nfunc F() {\n\tif true {\n\t\tF()\n\t}\n}\n")},
	"docs/b.md":   {Data: []byte("# What it *is*, not\n")},
	"docs/c/":     {Mode: fs.ModeDir},
	"bad_test.go": {Data: []byte("package")},
}

func TestBlocksCatches(t *testing.T) {
	t.Parallel()
	const inside = "<!-- inside a_test.go F -->\n```go\nif true {\n\tF()\n}\n```\n"
	for _, tc := range []struct{ name, text, mended, fault string }{
		{"no block", "text\n", "text\n", ""},
		{"a body", inside, inside, ""},
		{"a body after an empty line", strings.Replace(inside, "-->\n", "-->\n\n", 1), strings.Replace(inside, "-->\n", "-->\n\n", 1), ""},
		{"a body that differs", strings.Replace(inside, "F()", "G()", 1), inside, ""},
		{"one space more", strings.Replace(inside, "\tF()", "\t F()", 1), inside, ""},
		{"an empty block", "<!-- inside a_test.go F -->\n```go\n```\n", inside, ""},
		{"declarations", "<!-- from a_test.go T T.M -->\n```go\n```", "<!-- from a_test.go T T.M -->\n```go\n// T is.\ntype T int\n\n// M does.\nfunc (t *T) M() {}\n```", ""},
		{"another language", "```js\nlet a\n```", "```js\nlet a\n```", ""},
		{"no comment", "```go\nF()\n```", "```go\nF()\n```", "without a comment"},
		{"spelt otherwise", "~~~ Golang\nF()\n~~~", "~~~ Golang\nF()\n~~~", "without a comment"},
		{"text between", "<!-- inside a_test.go F -->\ntext\n```go\nF()\n```", "<!-- inside a_test.go F -->\ntext\n```go\nF()\n```", "without a comment"},
		{"the comment of another block", inside + "```go\nF()\n```", inside + "```go\nF()\n```", "without a comment"},
		{"code that nothing runs", "<!-- from a.go F -->\n```go\n```", "<!-- from a.go F -->\n```go\n```", "nothing runs it"},
		{"no file", "<!-- from x_test.go F -->\n```go\n```", "<!-- from x_test.go F -->\n```go\n```", "x_test.go"},
		{"no such name", "<!-- from a_test.go G -->\n```go\n```", "<!-- from a_test.go G -->\n```go\n```", "has no G"},
		{"not Go", "<!-- from bad_test.go G -->\n```go\n```", "<!-- from bad_test.go G -->\n```go\n```", "bad_test.go"},
		{"a part", "<!-- part of a_test.go -->\n```go\nif true {\n\tF()\n```", "<!-- part of a_test.go -->\n```go\nif true {\n\tF()\n```", ""},
		{"a part that is none", "<!-- part of a_test.go -->\n```go\nif true {\n}\n```", "<!-- part of a_test.go -->\n```go\nif true {\n}\n```", "no such lines"},
		{"an empty part", "<!-- part of a_test.go -->\n```go\n```", "<!-- part of a_test.go -->\n```go\n```", "no such lines"},
		{"a whole file", "<!-- from a_test.go -->\n```go\n```", "<!-- from a_test.go -->\n```go\n```", "without a comment"},
		{"inside of a type", "<!-- inside a_test.go T -->\n```go\n```", "<!-- inside a_test.go T -->\n```go\n```", "only one function"},
		{"no end", "```go\nF()\n", "```go\nF()\n", "without an end"},
	} {
		mended, faults := page{"p.md", tc.text}.check(code)
		if mended != tc.mended {
			t.Errorf("%s: mended to %q", tc.name, mended)
		}
		if got := strings.Join(faults, "\n"); tc.fault == "" && got != "" || !strings.Contains(got, tc.fault) {
			t.Errorf("%s: faults %q", tc.name, got)
		}
	}
}

func TestLinksCatches(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, text, fault string }{
		{"a page", "[b](b.md)", ""},
		{"a directory", "[c](c)", ""},
		{"up", "[a](../a.go)", ""},
		{"elsewhere", "[x](https://example.com/x)", ""},
		{"in code", "`[x](y)`\n```\n[x](y)\n```\n", ""},
		{"a heading", "[b](b.md#what-it-is-not)", ""},

		{"a picture", `<img src="b.md" width="200">`, ""},
		{"no picture", `<img src="x.png" width="200">`, "leads nowhere"},
		{"no page", "[x](x.md)", "leads nowhere"},
		{"no heading", "[b](b.md#x)", "no heading x"},
	} {
		got := strings.Join(page{"docs/p.md", tc.text}.links(code), "\n")
		if tc.fault == "" && got != "" || !strings.Contains(got, tc.fault) {
			t.Errorf("%s: faults %q", tc.name, got)
		}
	}
}
