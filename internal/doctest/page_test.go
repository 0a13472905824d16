package doctest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A page is a Markdown file: its path in the module, with slashes, and its text.
type page struct{ path, text string }

// marker is the comment above a block of Go.
var marker = regexp.MustCompile(`^<!-- (from|inside|part of) (\S+)((?: \S+)*) -->$`)

// check returns the page as it should be, and what cannot be mended by writing
// the code into the blocks. The code is read from the module.
func (p page) check(module fs.FS) (mended string, faults []string) {
	var out []string
	above := "" // the last line that was not empty
	lines := strings.Split(p.text, "\n")
	for i := 0; i < len(lines); i++ {
		out = append(out, lines[i])
		info, fenced := fence(lines[i])
		if !fenced {
			if strings.TrimSpace(lines[i]) != "" {
				above = strings.TrimSpace(lines[i])
			}
			continue
		}
		end := i + 1
		for end < len(lines) && !closes(lines[i], lines[end]) {
			end++
		}
		if end == len(lines) {
			return p.text, append(faults, fmt.Sprintf("%s:%d: a block without an end", p.path, i+1))
		}
		block := lines[i+1 : end]
		if strings.HasPrefix(info, "go") {
			code, err := source(module, above, strings.Join(block, "\n"))
			if err != nil {
				faults = append(faults, fmt.Sprintf("%s:%d: %v", p.path, i+1, err))
			} else {
				block = strings.Split(code, "\n")
			}
		}
		out = append(out, block...)
		out = append(out, lines[end])
		i, above = end, ""
	}
	return strings.Join(out, "\n"), faults
}

// fence reports whether a line opens a block, and the first word after it, in
// lower case.
func fence(line string) (info string, ok bool) {
	line = strings.TrimSpace(line)
	for _, mark := range []string{"```", "~~~"} {
		if strings.HasPrefix(line, mark) {
			return strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, mark[:1]))), true
		}
	}
	return "", false
}

// closes reports whether a line closes the block that another has opened.
func closes(opening, line string) bool {
	opening, line = strings.TrimSpace(opening), strings.TrimSpace(line)
	n := len(opening) - len(strings.TrimLeft(opening, opening[:1]))
	return len(line) >= n && strings.Trim(line, opening[:1]) == ""
}

// source returns the code that a marker names, for a block that says something.
func source(module fs.FS, comment, says string) (string, error) {
	m := marker.FindStringSubmatch(comment)
	if m == nil || (m[1] == "part of") != (m[3] == "") {
		return "", fmt.Errorf("a block of Go without a comment above that says where it is from: see internal/doctest/doc.go")
	}
	name, names := m[2], strings.Fields(m[3])
	if !strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, "examples/") {
		return "", fmt.Errorf("%s is neither a test nor an example: nothing runs it", name)
	}
	text, err := fs.ReadFile(module, path.Clean(name))
	if err != nil {
		return "", err
	}
	if m[1] == "part of" {
		if !within(string(text), says) {
			return "", fmt.Errorf("%s has no such lines", name)
		}
		return says, nil
	}
	return declarations(text, name, names, m[1] == "inside")
}

// within reports whether consecutive lines of a file say the same as a block,
// with tabs before each of them.
func within(file, block string) bool {
	for tabs := range 4 {
		var indented strings.Builder
		for line := range strings.SplitSeq(block, "\n") {
			if line != "" {
				line = strings.Repeat("\t", tabs) + line
			}
			indented.WriteString("\n" + line)
		}
		if block != "" && strings.Contains("\n"+file, indented.String()+"\n") {
			return true
		}
	}
	return false
}

// declarations returns those of some names, or the inside of one.
func declarations(text []byte, name string, names []string, inside bool) (string, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.ParseComments)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, want := range names {
		decl := find(file, want)
		if decl == nil {
			return "", fmt.Errorf("%s has no %s", name, want)
		}
		if inside {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || len(names) != 1 {
				return "", fmt.Errorf("%s: only one function has an inside", name)
			}
			parts = append(parts, body(text, fset, f))
			continue
		}
		parts = append(parts, string(text[fset.Position(start(decl)).Offset:fset.Position(decl.End()).Offset]))
	}
	return strings.Join(parts, "\n\n"), nil
}

// find returns the top-level declaration of a name; of a method, "Type.Method".
func find(file *ast.File, name string) ast.Decl {
	i := slices.IndexFunc(file.Decls, func(d ast.Decl) bool {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				return d.Name.Name == name
			}
			typ := d.Recv.List[0].Type
			if star, ok := typ.(*ast.StarExpr); ok {
				typ = star.X
			}
			id, ok := typ.(*ast.Ident)
			return ok && id.Name+"."+d.Name.Name == name
		case *ast.GenDecl:
			return slices.ContainsFunc(d.Specs, func(s ast.Spec) bool {
				t, ok := s.(*ast.TypeSpec)
				return ok && t.Name.Name == name
			})
		}
		return false
	})
	if i < 0 {
		return nil
	}
	return file.Decls[i]
}

// start is where a declaration begins, its comment included.
func start(d ast.Decl) token.Pos {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc != nil {
			return d.Doc.Pos()
		}
	case *ast.GenDecl:
		if d.Doc != nil {
			return d.Doc.Pos()
		}
	}
	return d.Pos()
}

// body returns what is between the braces of a function, one tab to the left.
func body(text []byte, fset *token.FileSet, f *ast.FuncDecl) string {
	inside := string(text[fset.Position(f.Body.Lbrace).Offset+1 : fset.Position(f.Body.Rbrace).Offset])
	lines := strings.Split(strings.Trim(inside, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "\t")
	}
	return strings.Join(lines, "\n")
}
