package archtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// secretive are the packages whose types keep secrets in boxes.
var secretive = []string{"auth", "challenge", "srp", "totp"}

// unboxed are the exported types that reach a secret and have no redaction test,
// each with the reason.
var unboxed = map[string]string{}

const (
	redactPath = modulePath + "/internal/redact"
	checkPath  = redactPath + "/redacttest"
)

// A listed package is what go list says of one.
type listed struct {
	ImportPath, Dir, Export, ForTest string
	GoFiles                          []string
	Error                            *struct{ Err string }
}

// list asks the go command for the packages and all that their tests import,
// compiled.
func list(t *testing.T, packages []string) map[string]listed {
	t.Helper()
	args := []string{"list", "-deps", "-test", "-export", "-json=ImportPath,Dir,Export,ForTest,GoFiles,Error"}
	for _, p := range packages {
		args = append(args, "./"+p)
	}
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = "../.."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]listed)
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		switch err := dec.Decode(&p); {
		case err == io.EOF:
			return found
		case err != nil:
			t.Fatal(err)
		case p.Error != nil:
			t.Fatal(p.Error.Err)
		}
		found[p.ImportPath] = p
	}
}

// checked reads, of each package and its test package, with which types their
// tests call redacttest.Check, and the exported types of the package itself.
func checked(t *testing.T, all map[string]listed, pkg string) (exported, tested map[string]types.Type) {
	t.Helper()
	exported, tested = make(map[string]types.Type), make(map[string]types.Type)
	self := modulePath + "/" + pkg
	for _, p := range all {
		if p.ForTest != self || !strings.HasPrefix(p.ImportPath, self+" ") && !strings.HasPrefix(p.ImportPath, self+"_test ") {
			continue
		}
		fset := token.NewFileSet()
		var files []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		conf := types.Config{Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
			for _, variant := range []string{path + " [" + self + ".test]", path} {
				if export := all[variant].Export; export != "" {
					return os.Open(export)
				}
			}
			return nil, fmt.Errorf("no export data of %s", path)
		})}
		info := types.Info{Instances: make(map[*ast.Ident]types.Instance)}
		compiled, err := conf.Check(strings.Fields(p.ImportPath)[0], fset, files, &info)
		if err != nil {
			t.Fatal(err)
		}
		for id, instance := range info.Instances {
			if id.Name == "Check" && instance.TypeArgs.Len() == 1 {
				of(instance.TypeArgs.At(0), tested)
			}
		}
		if strings.HasPrefix(p.ImportPath, self+" ") {
			for _, name := range compiled.Scope().Names() {
				if named, ok := compiled.Scope().Lookup(name).(*types.TypeName); ok && named.Exported() && !named.IsAlias() {
					exported[pkg+"."+name] = named.Type()
				}
			}
		}
	}
	return exported, tested
}

// of notes the named type that t is, points to, or has as elements.
func of(t types.Type, into map[string]types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if t.Obj().Pkg() != nil {
			into[path.Base(t.Obj().Pkg().Path())+"."+t.Obj().Name()] = t
		}
	case *types.Pointer:
		of(t.Elem(), into)
	case *types.Slice:
		of(t.Elem(), into)
	}
}

// reaches tells whether a value of type t leads to a Box: directly, through
// fields, pointers and containers of this module's types, or in an interface whose
// values do.
func reaches(t types.Type, seen map[types.Type]bool) bool {
	t = types.Unalias(t)
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t := t.(type) {
	case *types.Named:
		obj := t.Obj()
		switch {
		case obj.Pkg() == nil || !strings.HasPrefix(obj.Pkg().Path(), modulePath):
			return false
		case obj.Pkg().Path() == redactPath, obj.Pkg().Path() == modulePath+"/challenge" && types.IsInterface(t):
			return true
		}
		return reaches(t.Underlying(), seen)
	case *types.Struct:
		for f := range t.Fields() {
			if reaches(f.Type(), seen) {
				return true
			}
		}
	case *types.Pointer:
		return reaches(t.Elem(), seen)
	case *types.Slice:
		return reaches(t.Elem(), seen)
	case *types.Array:
		return reaches(t.Elem(), seen)
	case *types.Map:
		return reaches(t.Key(), seen) || reaches(t.Elem(), seen)
	}
	return false
}

// Every exported type that holds a secret has a test that it does not print one:
// a call of redacttest.Check with it, a pointer to it or a slice of it.
func TestSecretsHaveRedactionTests(t *testing.T) {
	t.Parallel()
	all := list(t, secretive)
	holders, tested := make(map[string]bool), make(map[string]types.Type)
	for _, pkg := range secretive {
		exported, here := checked(t, all, pkg)
		maps.Copy(tested, here)
		for name, typ := range exported {
			if !types.IsInterface(typ) && reaches(typ, make(map[types.Type]bool)) {
				holders[name] = true
			}
		}
	}
	if len(holders) < 30 {
		t.Errorf("only %d types hold secrets: %v", len(holders), slices.Sorted(maps.Keys(holders)))
	}
	for _, name := range slices.Sorted(maps.Keys(holders)) {
		switch reason, has := unboxed[name], tested[name] != nil; {
		case !has && reason == "":
			t.Errorf("%s holds a secret, and no test calls redacttest.Check with one", name)
		case has && reason != "":
			t.Errorf("%s has a redaction test: it needs no reason for having none", name)
		}
	}
	for name := range unboxed {
		if !holders[name] {
			t.Errorf("%s holds no secret: it needs no reason", name)
		}
	}
}
