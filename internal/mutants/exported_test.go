package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// functions has one function of each shape: those that have nothing to take away
// too, and one whose parameter hides the package of its result.
const functions = `package a

import "strings"

type T[K comparable] struct{ m map[K]int }

func (t *T[K]) Len() int { return len(t.m) }

type hidden struct{}

func (hidden) String() string { return "hidden" }

func Builder(strings strings.Builder) (*strings.Builder, error) { return &strings, nil }

func Named(n int) (half int, even bool) { half = n / 2; return half, n%2 == 0 }

func Even(n int) bool { return n%2 == 0 }

func Check(n int) error { if n < 0 { panic(n) }; return nil }

func Never() error { return nil }

func Add(p *int) { *p++ }

func Nothing() {}

func unexported() int { return 1 }
`

func TestInstrument(t *testing.T) {
	t.Parallel()
	_, results, err := instrument("p/a", functions)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range results {
		names = append(names, r.name)
	}
	want := []string{
		"p/a.T.Len gives nothing", "p/a.hidden.String gives nothing", "p/a.Builder gives nothing", "p/a.Named gives nothing",
		"p/a.Even gives nothing", "p/a.Even gives true", "p/a.Check gives nothing", "p/a.Check gives an error",
		"p/a.Never gives an error", "p/a.Add does nothing",
	}
	if !slices.Equal(names, want) {
		t.Errorf("got %q", names)
	}
	if _, _, err := instrument("a", "package"); err == nil {
		t.Error("what is no Go is instrumented")
	}
}

// looks has a test that looks at Len by a helper, at the result of Even in one case,
// at String by package fmt, and at that of Never not at all.
const looks = `package a

import (
	"fmt"
	"testing"
)

func length() int { t := T[int]{map[int]int{1: 1}}; return t.Len() }

func TestLength(t *testing.T) {
	if length() != 1 {
		t.Error("wrong")
	}
}

func TestEven(t *testing.T) {
	if !Even(2) || Never() != nil && Even(1) {
		t.Error("wrong")
	}
}

func TestPrint(t *testing.T) {
	if fmt.Sprint(hidden{}) != "hidden" {
		t.Error("wrong")
	}
}
`

func TestExported(t *testing.T) {
	t.Parallel()
	tree := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.26\n", "a/a.go": functions, "a/a_test.go": looks,
		"main/main.go":    "package main\n\nfunc Main() int { return 1 }\n\nfunc main() {}\n",
		"internal/b/b.go": "package b\n\nfunc Main() int { return 1 }\n",
	} {
		name = filepath.Join(tree, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for run, want := range map[string]struct{ tried, bad int }{
		`Len|String`: {2, 0}, `Even gives nothing`: {1, 0}, `Even gives true`: {1, 1}, `Never`: {1, 1}, `Add|Named`: {2, 2}, `Main`: {0, 0},
	} {
		var got tally
		if err := exported(tree, t.TempDir(), regexp.MustCompile(run), 1, &got); err != nil {
			t.Fatal(err)
		}
		if got.tried != want.tried || got.bad != want.bad {
			t.Errorf("%s: %d tried, %d not killed, want %d, %d", run, got.tried, got.bad, want.tried, want.bad)
		}
	}
}
