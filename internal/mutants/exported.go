package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// exported is the second mode: it takes away the result of each exported function
// and method of the packages that others can import. All of a package's mutants
// are in one test binary, which is told by its environment which one to be.
func exported(tree, dir string, only *regexp.Regexp, workers int, t *tally) error {
	packages, err := importable(tree)
	if err != nil {
		return err
	}
	replaced := make(map[string]string)
	var wanted []*subject
	var results []result
	for _, p := range packages {
		found, err := p.instrument(replaced)
		if err != nil {
			return err
		}
		found = slices.DeleteFunc(found, func(r result) bool { return !only.MatchString(r.name) })
		if len(found) > 0 {
			wanted = append(wanted, p)
		}
		results = append(results, found...)
	}
	overlay, err := writeOverlay(dir, replaced)
	if err != nil {
		return err
	}
	if err := each(workers, wanted, func(p *subject) error { return p.build(dir, overlay) }); err != nil {
		return err
	}
	return each(workers, results, func(r result) error {
		p := wanted[slices.IndexFunc(wanted, func(p *subject) bool { return p.Path == r.pkg })]
		began := time.Now()
		verdict, by, output := p.judge(r)
		t.add(verdict, r.name, by, output, began)
		return nil
	})
}

// A subject is a package whose functions are tried.
type subject struct {
	ImportPath, Name, Dir              string
	Path                               string // relative to the module
	GoFiles, TestGoFiles, XTestGoFiles []string
	Module                             struct{ Path string }

	binary string
	naming map[string][]string // the functions in test files by what they name
}

// importable lists the packages that another module can import.
func importable(tree string) ([]*subject, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Name,Dir,GoFiles,TestGoFiles,XTestGoFiles,Module", "./...")
	cmd.Dir = tree
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the packages: %w", err)
	}
	var packages []*subject
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(subject)
		if err := d.Decode(p); err == io.EOF {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		p.Path = strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, p.Module.Path), "/")
		if p.Name != "main" && !strings.Contains("/"+p.Path+"/", "/internal/") {
			packages = append(packages, p)
		}
	}
}

// instrument adds the package's instrumented files to those that replace others.
func (p *subject) instrument(replaced map[string]string) (results []result, err error) {
	for _, name := range p.GoFiles {
		name = filepath.Join(p.Dir, name)
		source, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		text, found, err := instrument(p.Path, string(source))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(found) > 0 {
			replaced[name] = text
		}
		results = append(results, found...)
	}
	if len(results) > 0 {
		replaced[filepath.Join(p.Dir, "mutant_taken.go")] = fmt.Sprintf(helper, p.Name)
	}
	return results, p.readTests()
}

// readTests finds out which functions of the tests name what.
func (p *subject) readTests() error {
	p.naming = make(map[string][]string)
	for _, name := range slices.Concat(p.TestGoFiles, p.XTestGoFiles) {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && !slices.Contains(p.naming[id.Name], fn.Name.Name) {
					p.naming[id.Name] = append(p.naming[id.Name], fn.Name.Name)
				}
				return true
			})
		}
	}
	return nil
}

// calledByOthers are methods that tests need not name, since fmt, log/slog,
// encoding/json and errors call them: their types are named, or redacttest.
var calledByOthers = []string{"Error", "Format", "Is", "LogValue", "MarshalJSON", "MarshalText", "String", "Unwrap"}

// tests lists the tests and examples that name the function, and those that call
// something that does.
func (p *subject) tests(r result) (direct, indirect []string) {
	names := []string{r.function}
	if r.typ != "" && slices.Contains(calledByOthers, r.function) {
		names = append(names, r.typ, "redacttest")
	}
	named := len(names)
	for i := 0; i < len(names); i++ {
		for _, in := range p.naming[names[i]] {
			switch {
			case slices.Contains(names, in):
				continue
			case i < named:
				direct = append(direct, in)
			default:
				indirect = append(indirect, in)
			}
			names = append(names, in)
		}
	}
	helper := func(name string) bool { return !test.MatchString(name) }
	return slices.DeleteFunc(direct, helper), slices.DeleteFunc(indirect, helper)
}

// test matches the names that go test runs.
var test = regexp.MustCompile(`^(Test|Example)([^a-z]|$)`)

// build makes the package's test binary.
func (p *subject) build(dir, overlay string) error {
	p.binary = filepath.Join(dir, strings.ReplaceAll(p.Path, "/", "_")+".test")
	cmd := exec.Command("go", "test", "-c", "-vet=off", "-overlay="+overlay, "-ldflags=-s -w", "-o", p.binary, ".")
	cmd.Dir = p.Dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the tests of %s: %w: %s", p.Path, err, out)
	}
	return nil
}

// judge runs first the tests that name the function, since one of these ought to
// fail, then those that come to it by helpers of theirs, and at last all of them.
func (p *subject) judge(r result) (verdict, by, output string) {
	direct, indirect := p.tests(r)
	for i, tests := range [][]string{direct, indirect, {".*"}} {
		if len(tests) == 0 {
			continue
		}
		limit := fewTests
		if i > 0 {
			limit = manyTests
		}
		out, passed := p.run(r.name, tests, limit)
		if passed {
			continue
		}
		failed := failing.FindStringSubmatch(out)
		if failed == nil { // it hangs, or ends at once
			failed = []string{"", strings.Join(tests, "|")}
		}
		if out, passed := p.run("", failed[1:], limit); !passed {
			return broken, "fails with nothing taken away", out
		}
		return killed, failed[1], ""
	}
	return survived, "no test fails", ""
}

// How long tests may take: those that name a function, and more of them. One that
// hangs has failed, and is waited for so long.
const (
	fewTests  = 30 * time.Second
	manyTests = 2 * time.Minute
)

// failing finds the first test that fails.
var failing = regexp.MustCompile(`(?m)^--- FAIL: (\S+)`)

// run runs tests with a result taken away. A test that hangs has failed.
func (p *subject) run(mutant string, tests []string, limit time.Duration) (out string, passed bool) {
	cmd := exec.Command(p.binary, "-test.short", "-test.failfast", "-test.timeout="+limit.String(), "-test.run=^("+strings.Join(tests, "|")+")$")
	cmd.Dir = p.Dir
	cmd.Env = append(os.Environ(), taken+"="+mutant)
	text, err := cmd.CombinedOutput()
	return string(text), err == nil
}
