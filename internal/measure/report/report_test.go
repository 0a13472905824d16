package main

import (
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const root = "../../.."

// The page and the pictures are those of the results beside them.
func TestCommitted(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(root + "/docs/benchmarks/results.txt")
	if err != nil {
		t.Fatal(err)
	}
	made, err := pages(os.DirFS(root), parse(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range made {
		if got, err := os.ReadFile(root + "/" + name); err != nil || string(got) != string(want) {
			t.Errorf("%s is not made of the results: go run ./internal/measure/report (%v)", name, err)
		}
	}
	if got := slices.Sorted(maps.Keys(made)); len(got) != 3 {
		t.Errorf("made %v", got)
	}
	// What each command printed is there, in the form in which it was asked for.
	for _, command := range commands {
		if !strings.Contains(string(raw), "\n$ "+command+"\n") {
			t.Errorf("the results are not of %s", command)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	r := parse("cpu: one\ncpu: two\nBenchmarkA/b=1-2   \t 10\t 30.5 ns/op\t 4 B/op\nBenchmarkA/b=1-2   \t 10\t 10 ns/op\t 4 B/op\n" +
		"BenchmarkA/b=1-2   \t 10\t 20 ns/op\t 4 B/op\n    a_test.go:1: 3 of 4\n    a_test.go:1: 5 of 6\n")
	if r.fact("cpu") != "one" || r.bench("A/b=1", "ns/op") != 20 || r.bench("A/b=1", "B/op") != 4 {
		t.Errorf("read %v and %v", r.facts, r.values)
	}
	if got := r.logged(`(\d) of (\d)`); len(got) != 2 || !slices.Equal(got[1], []float64{5, 6}) || !slices.Equal(r.one(`(\d) of (\d)`), []float64{3, 4}) {
		t.Errorf("read %v", got)
	}
	if r.missing != nil {
		t.Fatalf("missing %v", r.missing)
	}
	r.fact("date")
	r.bench("A/b=1", "allocs/op")
	r.bench("B", "ns/op")
	if got := r.one(`(\d) for (\d)`); len(got) != 2 || len(r.missing) != 4 {
		t.Errorf("got %v, missing %q", got, r.missing)
	}
	if r.one(`(t)est`); len(r.missing) != 6 {
		t.Errorf("a word is a number; missing %q", r.missing)
	}
}

// A table whose measurement is not there is not written, and one without a place
// on the page neither.
func TestPagesRefuses(t *testing.T) {
	t.Parallel()
	if _, err := pages(os.DirFS(root), parse("")); err == nil || !strings.Contains(err.Error(), "lacks date and ") {
		t.Errorf("without results: %v", err)
	}
	if _, err := pages(fstest.MapFS{page: {Data: []byte("# Costs\n")}}, parse("")); err == nil || !strings.Contains(err.Error(), "no place") {
		t.Errorf("without a place: %v", err)
	}
	if _, err := pages(fstest.MapFS{}, parse("")); err == nil {
		t.Error("without a page: no error")
	}
}

func TestTake(t *testing.T) {
	t.Parallel()
	raw, err := take(t.TempDir(), io.Discard, []string{"echo 'some: thing'", "pwd"})
	if err != nil {
		t.Fatal(err)
	}
	r := parse(string(raw))
	for _, name := range []string{"date", "go", "system", "cpus", "cpu", "load before", "some", "load after"} {
		if r.fact(name) == "" {
			t.Errorf("no %s in\n%s", name, raw)
		}
	}
	if !strings.Contains(string(raw), "\n$ pwd\n/") {
		t.Errorf("took\n%s", raw)
	}
	if _, err := take(t.TempDir(), io.Discard, []string{"exit 3"}); err == nil {
		t.Error("a command that failed is no error")
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		nanoseconds(842.2): "842 ns", nanoseconds(1040): "1.04 µs", nanoseconds(86_952): "87.0 µs", nanoseconds(3_487_567): "3.49 ms",
		nanoseconds(999.96): "1000 ns", bytesOf(80): "80.0 B", bytesOf(12_246): "12.0 KiB", bytesOf(23_327_592): "22.2 MiB",
		digits(9.996): "10.0", digits(99.96): "100", thousands(6): "6", thousands(1_000_000): "1,000,000", thousands(207): "207",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
