package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// taken is the variable that instrumented packages read: the name of the result
// to take away.
const taken = "COGNITOMFA_MUTANT"

// helper is the file that each instrumented package has in addition.
const helper = `package %s

import (
	"errors"
	"os"
)

var mutantTaken, errMutant = os.Getenv("` + taken + `"), errors.New("a mutant's error")
`

// A result is what a function is made to return at once, by a name such as
// "auth.New gives nothing".
type result struct {
	name     string
	pkg      string // its directory
	typ      string // of the receiver, or nothing
	function string
}

// instrument puts switches into a file's exported functions and methods, so that
// each of the results can be had instead of the work. Methods of unexported types
// count too: they are reached through interfaces and embedding.
func instrument(pkg, source string) (instrumented string, results []result, err error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", source, parser.SkipObjectResolution)
	if err != nil {
		return "", nil, err
	}
	var edits []edit
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || !fn.Name.IsExported() || fn.Body == nil {
			continue
		}
		var cases strings.Builder
		for _, v := range variants(fn) {
			typ := receiver(fn)
			r := result{strings.TrimPrefix(typ+"."+fn.Name.Name, "."), pkg, typ, fn.Name.Name}
			r.name = pkg + "." + r.name + " " + v.says
			results = append(results, r)
			fmt.Fprintf(&cases, " case %q: %s return;", r.name, v.does)
		}
		if cases.Len() == 0 {
			continue
		}
		edits = append(edits, named(fset, fn)...)
		edits = append(edits, edit{fset.Position(fn.Body.Lbrace).Offset + 1, " switch mutantTaken {" + cases.String() + " };"})
	}
	slices.SortFunc(edits, func(a, b edit) int { return b.at - a.at }) // from the end, so that places stay right
	for _, e := range edits {
		source = source[:e.at] + e.text + source[e.at:]
	}
	return source, results, nil
}

// An edit is text to put in at an offset.
type edit struct {
	at   int
	text string
}

// named gives names to a function's results if they have none: a bare return is
// then the zero value of each, whatever the parameters shadow.
func named(fset *token.FileSet, fn *ast.FuncDecl) []edit {
	list := fn.Type.Results
	if list == nil || list.List[0].Names != nil {
		return nil
	}
	var edits []edit
	if !list.Opening.IsValid() {
		edits = append(edits, edit{fset.Position(list.End()).Offset, ")"})
	}
	for i, field := range list.List {
		text := fmt.Sprintf("mutant%d ", i)
		if i == 0 && !list.Opening.IsValid() {
			text = "(" + text
		}
		edits = append(edits, edit{fset.Position(field.Pos()).Offset, text})
	}
	return edits
}

// A variant is one way to take a function's result away: what the mutant's name
// says of it, and the statement before the return.
type variant struct{ says, does string }

// variants lists them. Zero values are one; a lone bool or error has another
// value, and the mutant which always refuses is not the one which never does.
func variants(fn *ast.FuncDecl) []variant {
	list := fn.Type.Results
	if list == nil {
		if len(fn.Body.List) == 0 {
			return nil
		}
		return []variant{{"does nothing", ""}}
	}
	var all []variant
	if !givesZero(fn.Body) {
		all = append(all, variant{"gives nothing", ""})
	}
	if len(list.List) != 1 || len(list.List[0].Names) > 1 {
		return all
	}
	name := "mutant0"
	if len(list.List[0].Names) == 1 {
		name = list.List[0].Names[0].Name
	}
	if typ, ok := list.List[0].Type.(*ast.Ident); ok {
		switch typ.Name {
		case "bool":
			all = append(all, variant{"gives true", name + " = true;"})
		case "error":
			all = append(all, variant{"gives an error", name + " = errMutant;"})
		}
	}
	return all
}

// givesZero reports whether a function returns zero values and does nothing else.
func givesZero(body *ast.BlockStmt) bool {
	if len(body.List) != 1 {
		return false
	}
	ret, ok := body.List[0].(*ast.ReturnStmt)
	if !ok {
		return false
	}
	return !slices.ContainsFunc(ret.Results, func(e ast.Expr) bool {
		switch e := e.(type) {
		case *ast.Ident:
			return e.Name != "nil" && e.Name != "false"
		case *ast.BasicLit:
			return e.Value != `""` && e.Value != "0"
		}
		return true
	})
}

// receiver returns the name of the receiver's type, or nothing.
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return ""
	}
	for typ := fn.Recv.List[0].Type; ; {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
		case *ast.IndexExpr:
			typ = t.X
		case *ast.IndexListExpr:
			typ = t.X
		case *ast.Ident:
			return t.Name
		default:
			return fmt.Sprintf("%T", t)
		}
	}
}
