package archtest

import (
	"fmt"
	"go/ast"
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// Pages whose tables name tests: the defects of samples, with what shows them
// absent, and the threats, with what shows them met.
const defectsPage, securityPage = "docs/defects-of-published-samples.md", "SECURITY.md"

// A test is named by its package and function.
var testName = regexp.MustCompile("`([a-z0-9/]+) ((?:Test|Fuzz|Example)[A-Za-z0-9_]*)`")

// unshown lists the rows of a page's tables that name no test, or one that
// there is not.
func unshown(name, page string, files []file) []string {
	tests := map[string]bool{}
	for _, f := range files {
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && f.test() {
				tests[f.pkg()+" "+fn.Name.Name] = true
			}
		}
	}
	var faults []string
	rows := 0
	for i, line := range strings.Split(page, "\n") {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| defect |") || strings.HasPrefix(line, "| who |") {
			continue
		}
		rows++
		named := testName.FindAllStringSubmatch(line, -1)
		if len(named) == 0 {
			faults = append(faults, fmt.Sprintf("%s:%d names no test", name, i+1))
		}
		for _, m := range named {
			if !tests[m[1]+" "+m[2]] {
				faults = append(faults, fmt.Sprintf("%s:%d names %s of %s, which does not exist", name, i+1, m[2], m[1]))
			}
		}
	}
	if rows == 0 {
		faults = append(faults, name+" lists nothing")
	}
	return faults
}

func TestPagesNameTests(t *testing.T) {
	t.Parallel()
	for _, name := range []string{defectsPage, securityPage} {
		page, err := fs.ReadFile(root(), name)
		if err != nil {
			t.Fatal(err)
		}
		report(t, unshown(name, string(page), module(t)))
	}
}

func TestUnshownCatches(t *testing.T) {
	t.Parallel()
	files, err := load(sources("a/a_test.go", "package a\n\nfunc TestThere() {}\n\nfunc (x) TestMethod() {}\n", "a/a.go", "package a\n\nfunc TestCode() {}\n"))
	if err != nil {
		t.Fatal(err)
	}
	const head = "| defect | in | here |\n|---|---|---|\n"
	expect(t, unshown("p", head+"| x | y | `a TestThere` |\n", files))
	expect(t, unshown("p", head+"| x | y | see the code |\n| x | y | `a TestThere`, `a TestGone` |\n| x | y | `b TestThere` |\n"+
		"| x | y | `a TestMethod` |\n| x | y | `a TestCode` |\n", files),
		"3 names no test", "4 names TestGone of a", "5 names TestThere of b", "6 names TestMethod", "7 names TestCode")
	expect(t, unshown("p", "nothing", files), "lists nothing")
}
