package apicheck

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/api anew")

const (
	module = "github.com/cognitomfa/cognitomfa"
	kept   = "../../docs/api"
)

// The public API is the one that docs/api has.
func TestAPI(t *testing.T) {
	t.Parallel()
	files := map[string]bool{}
	for _, p := range load(t, module+"/auth/...", module+"/challenge/...", module+"/srp/...", module+"/totp/...") {
		text := describe(p)
		name := strings.ReplaceAll(strings.TrimPrefix(p.Path(), module+"/"), "/", "-") + ".txt"
		files[name] = true
		if *update {
			if err := os.WriteFile(filepath.Join(kept, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		present, err := os.ReadFile(filepath.Join(kept, name))
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(strings.Split(string(present), "\n"), strings.Split(text, "\n")); diff != "" {
			t.Errorf("the API of %s has changed. If it should: go test ./internal/apicheck -update, and a line in CHANGELOG.md\n%s", p.Path(), diff)
		}
	}
	if len(files) < 10 {
		t.Fatalf("only %d packages were found", len(files))
	}
	present, err := os.ReadDir(kept)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range present {
		if strings.HasSuffix(f.Name(), ".txt") && !files[f.Name()] {
			t.Errorf("docs/api/%s is of no package", f.Name())
		}
	}
}

// Every change that could break a program shows.
func TestDescribe(t *testing.T) {
	t.Parallel()
	const good = `package p
type S struct { F int; g int }
type I interface { M(int) error; n() }
type A = S
type E struct { S }
type K string
func (s S) V() {}
func (s *S) P(x ...string) (int, error) { return 0, nil }
func f() {}
func F(k K) (s *S) { return nil }
const C K = "c"
var W error
`
	const want = `const C K = "c"
field E.S embedded S
field S.F int
func F(k K) (s *S)
method (*E) P(x ...string) (int, error)
method (*S) P(x ...string) (int, error)
method (E) V()
method (S) V()
method I.M(int) error
type A = S
type E struct
type I interface, with hidden methods
type K string
type S struct, with hidden fields
var W error
`
	if diff := cmp.Diff(want, describe(check(t, good))); diff != "" {
		t.Errorf("described otherwise:\n%s", diff)
	}
	for name, change := range map[string][2]string{
		"a field's type":          {"F int", "F int8"},
		"a field's name":          {"F int", "G int"},
		"a field is gone":         {"F int; ", ""},
		"nothing hidden":          {"; g int", ""},
		"not comparable":          {"g int", "g []int"},
		"a method's argument":     {"M(int)", "M(int8)"},
		"an interface is open":    {"; n()", ""},
		"an alias":                {"A = S", "A = K"},
		"an alias no more":        {"A = S", "A S"},
		"an underlying type":      {"K string", "K int"},
		"a constant's value":      {`"c"`, `"d"`},
		"a constant's type":       {"C K", "C"},
		"a receiver":              {"(s S) V", "(s *S) V"},
		"a method is gone":        {"func (s S) V() {}", ""},
		"a variadic":              {"x ...string", "x []string"},
		"a result":                {"K) (s *S)", "K) (s S)"},
		"a variable's type":       {"W error", "W any"},
		"a function of that name": {"func f()", "func G()"},
	} {
		changed := strings.Replace(good, change[0], change[1], 1)
		if name == "an underlying type" {
			changed = strings.Replace(changed, `"c"`, "1", 1)
		}
		if name == "a result" {
			changed = strings.Replace(changed, "return nil }", "return S{} }", 1)
		}
		if describe(check(t, changed)) == want {
			t.Errorf("%s: no difference", name)
		}
	}
	if describe(check(t, strings.Replace(good, "f()", "g()", 1))) != want {
		t.Error("what is not exported makes a difference")
	}
}

// check makes a package of a source text without imports.
func check(t *testing.T, source string) *types.Package {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	p, err := new(types.Config).Check("p", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, source)
	}
	return p
}
