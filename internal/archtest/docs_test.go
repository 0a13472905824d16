package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"
)

// public reports whether others can import the package of f.
func public(f file) bool {
	inside := slices.Contains(strings.Split(f.pkg(), "/"), "internal")
	return !inside && f.syntax.Name.Name != "main"
}

// docs demands a package comment in every package, internal ones and programs
// too, and a comment on every exported name of the public ones.
func docs(files []file) []string {
	var faults []string
	overview := map[string]bool{}
	for _, f := range files {
		if f.test() {
			continue
		}
		overview[f.pkg()] = overview[f.pkg()] || f.syntax.Doc.Text() != ""
		if public(f) {
			for _, decl := range f.syntax.Decls {
				faults = append(faults, undocumented(f, decl)...)
			}
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(overview)) {
		if !overview[pkg] {
			faults = append(faults, fmt.Sprintf("package %s has no package comment", pkg))
		}
	}
	return faults
}

// undocumented lists the exported names of one declaration that have no comment.
// Error and Unwrap need none: the comment of an error's type says what it means.
func undocumented(f file, decl ast.Decl) []string {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		ofError := decl.Recv != nil && slices.Contains([]string{"Error", "Unwrap"}, decl.Name.Name)
		if decl.Name.IsExported() && receiverExported(decl) && !ofError && decl.Doc.Text() == "" {
			return []string{lacking(f, decl, decl.Name.Name)}
		}
	case *ast.GenDecl:
		var faults []string
		for _, spec := range decl.Specs {
			faults = append(faults, undocumentedSpec(f, decl, spec)...)
		}
		return faults
	}
	return nil
}

func lacking(f file, n ast.Node, name string) string {
	return fmt.Sprintf("%s: exported %s has no comment", f.at(n), name)
}

// receiverExported reports whether godoc shows the function: it has no
// receiver, or an exported one.
func receiverExported(decl *ast.FuncDecl) bool {
	if decl.Recv == nil {
		return true
	}
	typ := decl.Recv.List[0].Type
	for {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
		case *ast.IndexExpr:
			typ = t.X
		case *ast.IndexListExpr:
			typ = t.X
		case *ast.Ident:
			return t.IsExported()
		default:
			return false
		}
	}
}

// undocumentedSpec checks a type, or a line of constants or variables. A comment
// on a group of constants or variables serves for all of them, as it does in the
// standard library (net/http's status codes); a group of types has no such use.
func undocumentedSpec(f file, decl *ast.GenDecl, spec ast.Spec) []string {
	var faults []string
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if !spec.Name.IsExported() {
			return nil
		}
		alone := decl.Lparen == token.NoPos && decl.Doc.Text() != ""
		if !alone && spec.Doc.Text() == "" {
			faults = append(faults, lacking(f, spec, spec.Name.Name))
		}
		if s, ok := spec.Type.(*ast.StructType); ok {
			faults = append(faults, undocumentedFields(f, spec.Name.Name, s)...)
		}
	case *ast.ValueSpec:
		if decl.Doc.Text()+spec.Doc.Text()+spec.Comment.Text() != "" {
			return nil
		}
		for _, name := range spec.Names {
			if name.IsExported() {
				faults = append(faults, lacking(f, name, name.Name))
			}
		}
	}
	return faults
}

// undocumentedFields checks the exported fields of an exported struct. Lines
// that follow a commented one without a blank line belong to its comment, and a
// single line of fields to the comment of the type.
func undocumentedFields(f file, typ string, s *ast.StructType) []string {
	if len(s.Fields.List) == 1 {
		return nil
	}
	var faults []string
	end, covered := 0, false // the line on which the previous field ended, and whether a comment spoke for it
	for _, field := range s.Fields.List {
		start := f.fset.Position(field.Pos()).Line
		covered = field.Doc.Text()+field.Comment.Text() != "" || covered && start == end+1
		end = f.fset.Position(field.End()).Line
		for _, name := range field.Names {
			if name.IsExported() && !covered {
				faults = append(faults, lacking(f, name, typ+"."+name.Name))
			}
		}
	}
	return faults
}

func TestDocs(t *testing.T) {
	t.Parallel()
	report(t, docs(module(t)))
}

func TestDocsCatches(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, src, fault string }{
		{"documented function", "// F works.\nfunc F() {}", ""},
		{"bare function", "func F() {}", "exported F "},
		{"directive only", "//go:noinline\nfunc F() {}", "exported F "},
		{"unexported function", "func f() {}", ""},
		{"bare type", "type T int", "exported T "},
		{"bare method", "// T is.\ntype T int\n\nfunc (t T) M() {}", "exported M "},
		{"bare method of a pointer to a generic type", "// T is.\ntype T[A any] struct{}\n\nfunc (t *T[A]) M() {}", "exported M "},
		{"method of an unexported type", "type t int\n\nfunc (t) M() {}", ""},
		{"bare constant", "const C = 1", "exported C "},
		{"constant with a comment beside it", "const (\n\tC = 1 // C is one.\n)", ""},
		{"constants under one comment", "// The Cs.\nconst (\n\tC = 1\n\tD = 2\n)", ""},
		{"bare variable in a pair", "var a, B = 1, 2", "exported B "},
		{"blank variable", "var _ = 1", ""},
		{"type under a group's comment", "// Types.\ntype (\n\tT int\n)", "exported T "},
		{"method of an error", "// T is.\ntype T int\n\nfunc (t T) Error() string { return \"\" }", ""},
		{"function called Error", "func Error() {}", "exported Error "},
		{"bare field", "// T is.\ntype T struct {\n\tF int\n\tg int\n}", "exported T.F "},
		{"single line of fields", "// T is.\ntype T struct{ F, G int }", ""},
		{"documented field", "// T is.\ntype T struct {\n\tF int // F is.\n\tg int\n}", ""},
		{"fields under one comment", "// T is.\ntype T struct {\n\t// F and G are.\n\tF int\n\tG int\n}", ""},
		{"field after a blank line", "// T is.\ntype T struct {\n\t// F is.\n\tF int\n\n\tG int\n}", "exported T.G "},
		{"embedded field", "// T is.\ntype T struct {\n\terror\n\tg int\n}", ""},
	} {
		files, err := load(sources("p/p.go", "// Package p is.\npackage p\n\n"+tc.src+"\n"))
		if err != nil {
			t.Fatal(tc.name, err)
		}
		t.Run(tc.name, func(t *testing.T) {
			if tc.fault == "" {
				expect(t, docs(files))
			} else {
				expect(t, docs(files), tc.fault)
			}
		})
	}

	const bare = "package p\n\nfunc F() {}\n"
	files, err := load(sources(
		"main/main.go", "package main\n\nfunc F() {}\n", "q/internal/r/r.go", bare,
		"s/s.go", "package s\n", "s/doc.go", "// Package s is.\npackage s\n", "s/s_test.go", bare))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, docs(files), "package main has no package comment", "package q/internal/r has no package comment")
}
