package apicheck

import (
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// load returns the packages of some patterns that other modules can import, from
// the export data that the go command makes of them.
func load(t *testing.T, patterns ...string) []*types.Package {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", append([]string{"list", "-export", "-deps", "-f", "{{.DepOnly}} {{.Name}} {{.ImportPath}} {{.Export}} {{.Dir}}"}, patterns...)...)
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	exports := map[string]string{}
	var names []string
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) < 5 {
			continue // unsafe, and what has no Go files
		}
		exports[f[2]] = f[3]
		if f[0] == "false" && f[1] != "main" && !slices.Contains(strings.Split(f[2], "/"), "internal") {
			names = append(names, f[2])
			// The go command caches this test by the files that it has read
			// itself: without these, a change would go unseen.
			sources, err := filepath.Glob(filepath.Join(f[4], "*.go"))
			if err != nil {
				t.Fatal(err)
			}
			for _, source := range sources {
				if _, err := os.ReadFile(source); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	imports := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(exports[path])
	})
	var packages []*types.Package
	for _, name := range names {
		p, err := imports.Import(name)
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	return packages
}

// describe returns a line for each exported name of a package, its fields and
// its methods, sorted. Names of other packages come with their path.
func describe(p *types.Package) string {
	var lines []string
	qualifier := func(other *types.Package) string {
		if other == p {
			return ""
		}
		return other.Path()
	}
	for _, name := range p.Scope().Names() {
		object := p.Scope().Lookup(name)
		if !object.Exported() {
			continue
		}
		if typ, ok := object.(*types.TypeName); ok {
			lines = append(lines, describeType(typ, qualifier)...)
			continue
		}
		line := types.ObjectString(object, qualifier)
		if c, ok := object.(*types.Const); ok {
			line += " = " + c.Val().ExactString()
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// describeType returns the lines of a type. What is not exported is not in them,
// but for the fact that a struct or an interface has such members: nobody else
// can make a struct of the one by position, or implement the other.
func describeType(object *types.TypeName, qualifier types.Qualifier) []string {
	name := object.Name()
	if object.IsAlias() {
		return []string{"type " + name + " = " + types.TypeString(types.Unalias(object.Type()), qualifier)}
	}
	var lines []string
	hidden := ""
	switch u := object.Type().Underlying().(type) {
	case *types.Struct:
		for field := range u.Fields() {
			if !field.Exported() {
				hidden = ", with hidden fields"
				continue
			}
			embedded := ""
			if field.Embedded() {
				embedded = "embedded "
			}
			lines = append(lines, "field "+name+"."+field.Name()+" "+embedded+types.TypeString(field.Type(), qualifier))
		}
		lines = append(lines, "type "+name+" struct"+hidden)
	case *types.Interface:
		for method := range u.Methods() {
			if !method.Exported() {
				hidden = ", with hidden methods"
				continue
			}
			lines = append(lines, "method "+name+"."+method.Name()+strings.TrimPrefix(types.TypeString(method.Type(), qualifier), "func"))
		}
		return append(lines, "type "+name+" interface"+hidden)
	default:
		lines = append(lines, "type "+name+" "+types.TypeString(u, qualifier))
	}
	if comparable := types.Comparable(object.Type()); !comparable {
		lines[len(lines)-1] += ", not comparable"
	}
	return append(lines, methods(object, qualifier)...)
}

// methods lists those of a type and of a pointer to it, embedded ones too.
func methods(object *types.TypeName, qualifier types.Qualifier) []string {
	var lines []string
	values := types.NewMethodSet(object.Type())
	for selection := range types.NewMethodSet(types.NewPointer(object.Type())).Methods() {
		method := selection.Obj()
		if !method.Exported() {
			continue
		}
		receiver := "*"
		if values.Lookup(method.Pkg(), method.Name()) != nil {
			receiver = ""
		}
		lines = append(lines, "method ("+receiver+object.Name()+") "+method.Name()+strings.TrimPrefix(types.TypeString(selection.Type(), qualifier), "func"))
	}
	return lines
}
