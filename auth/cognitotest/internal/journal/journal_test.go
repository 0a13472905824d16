package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func open(t *testing.T, path string) (*Journal, map[string]string) {
	t.Helper()
	j, values, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	text := make(map[string]string)
	for key, value := range values {
		text[key] = string(value)
	}
	return j, text
}

func closeJournal(t *testing.T, j *Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestLastValueCounts(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state")
	j, values := open(t, path)
	if len(values) != 0 {
		t.Fatalf("a new file has %v", values)
	}
	j.Put("a", 1)
	j.Put("b", "x\ny")
	j.Put("a", 2)
	j.Put("c", true)
	j.Delete("c")
	j.Delete("never there")
	closeJournal(t, j)

	want := map[string]string{"a": "2", "b": `"x\ny"`}
	for range 2 { // as it was written, and as it was rewritten
		j, values = open(t, path)
		if diff := cmp.Diff(want, values); diff != "" {
			t.Error(diff)
		}
		closeJournal(t, j)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(content), "\n"); n != 3 {
		t.Errorf("the rewritten file has %d lines:\n%s", n, content)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestOneProcessAtATime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state")
	j, _ := open(t, path)
	if _, _, err := Open(path); err == nil {
		t.Error("opened twice")
	}
	closeJournal(t, j)
	again, _ := open(t, path)
	closeJournal(t, again)
}

// Wherever a crash tears the last write, the lines before it are read.
func TestTorn(t *testing.T) {
	t.Parallel()
	whole := header + string(line("a", json.RawMessage("1"))) + string(line("b", json.RawMessage(`"x"`)))
	for n := range len(whole) {
		path := filepath.Join(t.TempDir(), "state")
		if err := os.WriteFile(path, []byte(whole[:n]), 0o600); err != nil {
			t.Fatal(err)
		}
		j, values, err := Open(path)
		switch lines := strings.Count(whole[:n], "\n"); {
		case n > 0 && lines == 0: // the header itself is written to another file first
			if err == nil {
				t.Errorf("%d bytes were taken", n)
			}
			continue
		case err != nil:
			t.Errorf("%d bytes: %v", n, err)
			continue
		case n > 0 && len(values) != lines-1:
			t.Errorf("%d bytes: %v", n, values)
		}
		closeJournal(t, j)
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	a, b := string(line("a", json.RawMessage("1"))), string(line("b", json.RawMessage("2")))
	tests := map[string]struct {
		content string
		line    int // of the CorruptError; 0 for another error
	}{
		"another file":                   {"hello\n", 0},
		"another version":                {"cognitotest journal 2\n", 0},
		"a flipped bit":                  {header + strings.Replace(a, `"a"`, `"c"`, 1) + b, 2},
		"a wrong sum":                    {header + a + "0" + b[1:] + a, 3},
		"no sum":                         {header + a + "b\n", 3},
		"an empty line":                  {header + "\n" + a, 2},
		"no object":                      {header + strings.Replace(a, "{", "[", 1), 2},
		"a damaged last line, but whole": {header + a + "x" + b, 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "state")
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, _, err := Open(path)
			var corrupt *CorruptError
			if err == nil || errors.As(err, &corrupt) != (tt.line != 0) || tt.line != 0 && corrupt.Line != tt.line {
				t.Errorf("%v", err)
			}
			if content, err := os.ReadFile(path); err != nil || string(content) != tt.content {
				t.Error("the damaged file was changed")
			}
			if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 2 {
				t.Errorf("left behind: %v", entries)
			}
		})
	}
}

// After a failed write nothing is called safe again.
func TestFailedWrite(t *testing.T) {
	t.Parallel()
	j, _ := open(t, filepath.Join(t.TempDir(), "state"))
	if err := j.file.Close(); err != nil {
		t.Fatal(err)
	}
	j.Put("a", 1)
	first := j.Sync()
	j.Put("b", 2)
	if second := j.Sync(); first == nil || !errors.Is(second, first) {
		t.Errorf("%v, then %v", first, second)
	}
	other, _ := open(t, filepath.Join(t.TempDir(), "state"))
	other.Put("a", func() {})
	if err := other.Sync(); err == nil {
		t.Error("a function was kept")
	}
}

func TestConcurrent(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state")
	j, _ := open(t, path)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			for k := range 20 {
				j.Put(fmt.Sprint(i, "/", k), k)
				if err := j.Sync(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	closeJournal(t, j)
	_, values := open(t, path)
	if len(values) != 1000 {
		t.Errorf("%d values", len(values))
	}
}

// A file that is written to for long is as long as what counts needs, and no
// more than so many times that.
func TestWrittenAnew(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state")
	j, _ := open(t, path)
	j.leastAnew, j.anewAt = 2000, 2000
	const keys, rounds = 10, 500
	var longest int64
	var wg sync.WaitGroup
	for key := range keys {
		wg.Go(func() {
			for i := range rounds {
				j.Put(fmt.Sprint(key), i)
				if err := j.Sync(); err != nil {
					t.Error(err)
				}
				if info, err := os.Stat(path); err != nil {
					t.Error(err)
				} else if key == 0 {
					longest = max(longest, info.Size())
				}
			}
		})
	}
	wg.Wait()
	if all := int64(keys * rounds * len(line("0", json.RawMessage("100")))); longest > 4000 || longest < 1000 || longest > all/10 {
		t.Errorf("%d bytes at most, of %d written", longest, all)
	}
	j.Put("0", "last")
	closeJournal(t, j)
	_, values := open(t, path)
	if len(values) != keys || values["0"] != `"last"` || values["9"] != fmt.Sprint(rounds-1) {
		t.Errorf("%v", values)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v", entries)
	}
}

// A file that cannot be written anew ends the journal, and loses nothing.
func TestNotWrittenAnew(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "dir")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	j, _ := open(t, filepath.Join(dir, "state"))
	j.Put("a", 1)
	if err := j.Sync(); err != nil {
		t.Fatal(err)
	}
	moved := dir + " moved"
	if err := os.Rename(dir, moved); err != nil {
		t.Skip(err) // a system that does not let go of open files
	}
	j.anewAt = 0
	j.Put("b", 2)
	if err := j.Sync(); err == nil {
		t.Error("written anew in a directory that is not there")
	}
	if err := j.Close(); err == nil {
		t.Error("closed as if nothing had happened")
	}
	again, values := open(t, filepath.Join(moved, "state"))
	if values["a"] != "1" || values["b"] != "2" {
		t.Errorf("%v", values)
	}
	closeJournal(t, again)
}

const childJournal = "COGNITOTEST_JOURNAL_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childJournal); path != "" {
		writeUntilKilled(path)
	}
	os.Exit(m.Run())
}

// writeUntilKilled says on standard output what is safe.
func writeUntilKilled(path string) {
	j, values, err := Open(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	delete(values, "busy")
	j.leastAnew, j.anewAt = 100, 100 // so that it is killed while it writes anew, too
	for i := len(values); ; i++ {
		j.Put(fmt.Sprint(i), i)
		for range 20 {
			j.Put("busy", i)
		}
		if err := j.Sync(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(i)
	}
}

// What was called safe survives a process that is killed at any moment.
func TestKilled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state")
	safe := -1
	for range 5 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childJournal+"="+path)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		for start := safe; safe < start+100; {
			if _, err := fmt.Fscanln(out, &safe); err != nil {
				t.Fatal(err)
			}
		}
		child.Process.Kill()
		child.Wait()
	}
	_, values := open(t, path)
	for i := range safe + 1 {
		if values[fmt.Sprint(i)] != fmt.Sprint(i) {
			t.Fatalf("%d of %d was safe and is lost", i, safe)
		}
	}
}

// FuzzOpen reads what anybody may have written into the file: values or an error,
// and what was read is there at the next time.
func FuzzOpen(f *testing.F) {
	seeds := []string{"", header, header + string(line("a", json.RawMessage("1"))), header + string(line("a", nil)), "x", header + "x"}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "state")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		j, values, err := Open(path)
		if err != nil {
			return
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := read(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(values, again); diff != "" {
			t.Error(diff)
		}
	})
}
