package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const modulePath = "github.com/cognitomfa/cognitomfa"

// root is the module's tree, seen from this directory, which is where go test
// runs the tests.
func root() fs.FS { return os.DirFS("../..") }

// A file is one Go source file, whatever its build constraints: the rules hold
// for every platform, not only for the one that runs the test.
type file struct {
	path   string // relative to the module, with slashes
	lines  int
	fset   *token.FileSet
	syntax *ast.File
}

// pkg is the directory of the file relative to the module, "." for the root.
func (f file) pkg() string { return path.Dir(f.path) }

func (f file) test() bool { return strings.HasSuffix(f.path, "_test.go") }

// at is the position of a node, as an editor understands it.
func (f file) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", f.path, f.fset.Position(n.Pos()).Line)
}

// load parses every Go file of the tree that belongs to a package of it: not
// those in testdata, nor in directories whose names start with "." or "_".
func load(tree fs.FS) ([]file, error) {
	var files []file
	fset := token.NewFileSet()
	err := fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(d.Name(), "_") || strings.HasPrefix(d.Name(), ".") && p != "."
		if d.IsDir() && (hidden || d.Name() == "testdata" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if d.IsDir() || hidden || path.Ext(p) != ".go" {
			return nil
		}
		src, err := fs.ReadFile(tree, p)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(fset, p, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, file{p, strings.Count(string(src), "\n"), fset, syntax})
		return nil
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("the tree has no Go files")
	}
	return files, err
}

// module loads the real tree.
func module(t *testing.T) []file {
	t.Helper()
	files, err := load(root())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// sources makes a tree of path and content pairs.
func sources(pairs ...string) fstest.MapFS {
	tree := fstest.MapFS{}
	for pair := range slices.Chunk(pairs, 2) {
		tree[pair[0]] = &fstest.MapFile{Data: []byte(pair[1])}
	}
	return tree
}

// report fails the test with each fault.
func report(t *testing.T, faults []string) {
	t.Helper()
	for _, fault := range faults {
		t.Error(fault)
	}
}

// expect demands exactly the faults that contain the given texts, in order.
func expect(t *testing.T, faults []string, want ...string) {
	t.Helper()
	ok := len(faults) == len(want)
	for i := 0; ok && i < len(want); i++ {
		ok = strings.Contains(faults[i], want[i])
	}
	if !ok {
		t.Errorf("got the faults %q, want %q", faults, want)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	const src = "package p\n"
	files, err := load(sources("a/a.go", src, "a/a_test.go", src, "a/testdata/x.go", "not Go",
		"_b/b.go", "not Go", ".ci/c.go", "not Go", "b/_x.go", "not Go", "doc.go", src, "README.md", ""))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.path)
	}
	if want := []string{"a/a.go", "a/a_test.go", "doc.go"}; !slices.Equal(got, want) {
		t.Errorf("loaded %q, want %q", got, want)
	}
	for name, tree := range map[string]fs.FS{"empty": sources(), "broken": sources("a.go", "not Go")} {
		if _, err := load(tree); err == nil {
			t.Errorf("%s tree: no error", name)
		}
	}
}
