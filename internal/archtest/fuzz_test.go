package archtest

import (
	"fmt"
	"go/ast"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// fuzzPage says who sends what each fuzz target is shown.
const fuzzPage = "docs/fuzzing.md"

// target is a fuzz target in the page's tables.
var target = regexp.MustCompile("`(\\S+) (Fuzz\\w+)`")

// unfuzzed lists the fuzz targets that the page does not have or that have no corpus,
// and those of the page that are none.
func unfuzzed(tree fs.FS, files []file) (faults []string, err error) {
	text, err := fs.ReadFile(tree, fuzzPage)
	if err != nil {
		return nil, err
	}
	var named []string
	for _, m := range target.FindAllStringSubmatch(string(text), -1) {
		named = append(named, path.Join(m[1], m[2]))
	}
	var there []string
	for _, f := range files {
		for _, decl := range f.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || !f.test() || fn.Recv != nil || !strings.HasPrefix(fn.Name.Name, "Fuzz") {
				continue
			}
			name := path.Join(f.pkg(), fn.Name.Name)
			there = append(there, name)
			if !slices.Contains(named, name) {
				faults = append(faults, fmt.Sprintf("%s: %s does not have it", f.at(fn), fuzzPage))
			}
			corpus := path.Join(f.pkg(), "testdata/fuzz", fn.Name.Name)
			if entries, err := fs.ReadDir(tree, corpus); err != nil || len(entries) == 0 {
				faults = append(faults, fmt.Sprintf("%s: nothing in %s", f.at(fn), corpus))
			}
		}
	}
	for _, name := range named {
		if !slices.Contains(there, name) {
			faults = append(faults, fmt.Sprintf("%s: there is no %s", fuzzPage, name))
		}
	}
	return faults, nil
}

// Every fuzz target is explained, and has what fuzzing found before.
func TestFuzzTargets(t *testing.T) {
	t.Parallel()
	files, err := load(root())
	if err != nil {
		t.Fatal(err)
	}
	faults, err := unfuzzed(root(), files)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults {
		t.Error(fault)
	}
}

func TestFuzzTargetsCatches(t *testing.T) {
	t.Parallel()
	entry := &fstest.MapFile{Data: []byte("go test fuzz v1\n")}
	tree := fstest.MapFS{
		"a/a_test.go":                   {Data: []byte("package a\n\nfunc FuzzGood() {}\n\nfunc FuzzBare() {}\n\nfunc FuzzUnknown() {}\n")},
		"a/testdata/fuzz/FuzzGood/0":    entry,
		"a/testdata/fuzz/FuzzUnknown/0": entry,
		fuzzPage:                        {Data: []byte("| x | y | `a FuzzGood`, `a FuzzBare`, `a FuzzGone` |\n")},
	}
	files, err := load(tree)
	if err != nil {
		t.Fatal(err)
	}
	faults, err := unfuzzed(tree, files)
	want := []string{
		"a/a_test.go:5: nothing in a/testdata/fuzz/FuzzBare",
		"a/a_test.go:7: docs/fuzzing.md does not have it",
		"docs/fuzzing.md: there is no a/FuzzGone",
	}
	if err != nil || !slices.Equal(faults, want) {
		t.Errorf("got %q, %v", faults, err)
	}
}
