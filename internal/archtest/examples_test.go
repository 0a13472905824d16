package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// shown are the packages of which every function and method is seen at work in a
// runnable example: those that a program which signs users in calls.
var shown = []string{"auth", "challenge", "srp", "totp"}

// selfExplaining are methods that others call: packages fmt, log/slog,
// encoding/json and errors.
var selfExplaining = []string{"Format", "LogValue", "MarshalText", "MarshalJSON", "String", "Error", "Unwrap"}

// unseen lists the exported functions and methods that occur in no file of
// examples. It goes by names: that examples run is for go test.
func unseen(files []file, pkg string) []string {
	seen := make(map[string]bool)
	for _, f := range files {
		if f.pkg() != pkg || !f.test() || !strings.HasPrefix(path.Base(f.path), "example") {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				seen[s.Sel.Name] = true
			}
			return true
		})
	}
	var faults []string
	for _, f := range files {
		if f.pkg() != pkg || f.test() {
			continue
		}
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !fn.Name.IsExported() || !receiverExported(fn) || seen[fn.Name.Name] || slices.Contains(selfExplaining, fn.Name.Name) {
				continue
			}
			faults = append(faults, fmt.Sprintf("%s: %s is in no example", f.at(fn), fn.Name.Name))
		}
	}
	return faults
}

func TestEverythingIsInAnExample(t *testing.T) {
	t.Parallel()
	files := module(t)
	for _, pkg := range shown {
		report(t, unseen(files, pkg))
	}
}

func TestEverythingIsInAnExampleCatches(t *testing.T) {
	t.Parallel()
	files, err := load(sources("p/p.go", "package p\n\ntype T int\n\nfunc F() {}\n\nfunc G() {}\n\nfunc (T) M() {}\n\nfunc (T) Error() string { return \"\" }\n",
		"p/example_test.go", "package p_test\n\nfunc ExampleF() { p.F() }\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := unseen(files, "p"); len(got) != 2 || !strings.Contains(got[0], "G is in no example") || !strings.Contains(got[1], "M is") {
		t.Error(got)
	}
}
