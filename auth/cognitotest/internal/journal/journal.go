// Package journal keeps values by key in an append-only file: the last one
// written under a key counts. What was synced is there after a crash; what was
// being written when it came is not.
//
// A file is a line with its version, and a line per entry: a checksum, and the
// entry in JSON, so that a person can read it.
package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
)

const header = "cognitotest journal 1\n"

// A Journal is an open file. It is safe for concurrent use.
type Journal struct {
	file *os.File
	lock *os.File // held while the journal is open

	mu       sync.Mutex
	turn     sync.Cond    // of Sync: one writes, the others wait for it
	pending  bytes.Buffer // lines that are not in the file yet
	appended uint64       // lines so far
	synced   uint64       // of them, those that are safe
	writing  bool
	err      error // the first failure, after which nothing is safe any more
}

// An entry is what a line holds. A null value says that the key is gone.
type entry struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// A CorruptError says which line of a file is damaged. Only the last line may
// be: a crash can have torn it, and nobody was told that it is safe.
type CorruptError struct {
	Path string
	Line int
}

// Error names the line.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("journal: line %d of %s is damaged: put the file aside, or remove what follows the line before", e.Line, e.Path)
}

// Open reads a file, writes it anew without what was overwritten, and opens it
// for appending. A file that does not exist is made; only its owner can read it.
// Another process that has it open makes Open fail.
func Open(path string) (*Journal, map[string]json.RawMessage, error) {
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, nil, fmt.Errorf("journal: %s is in use: %w", path, err)
	}
	values, err := read(path)
	if err != nil {
		return nil, nil, errors.Join(err, lock.Close())
	}
	file, err := rewrite(path, values)
	if err != nil {
		return nil, nil, fmt.Errorf("journal: %w", errors.Join(err, lock.Close()))
	}
	j := &Journal{file: file, lock: lock}
	j.turn.L = &j.mu
	return j, values, nil
}

// Put appends a value, which json.Marshal must take. It is safe after the next
// [Journal.Sync]. Values are in the file in the order of the calls.
func (j *Journal) Put(key string, value any) {
	text, err := json.Marshal(value)
	j.mu.Lock()
	defer j.mu.Unlock()
	if err != nil {
		j.fail(fmt.Errorf("journal: %s: %w", key, err))
		return
	}
	j.pending.Write(line(key, text))
	j.appended++
}

// Delete appends that a key is gone.
func (j *Journal) Delete(key string) { j.Put(key, nil) }

// Sync returns when everything that was put before is on the disk. Calls at the
// same time share a write. After an error nothing more is written: every call
// returns it.
func (j *Journal) Sync() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for want := j.appended; j.synced < want && j.err == nil; {
		if j.writing {
			j.turn.Wait()
			continue
		}
		j.write()
	}
	return j.err
}

// write brings what is pending to the disk, without the lock.
func (j *Journal) write() {
	lines, upTo := bytes.Clone(j.pending.Bytes()), j.appended
	j.pending.Reset()
	j.writing = true
	j.mu.Unlock()
	_, err := j.file.Write(lines)
	if err == nil {
		err = j.file.Sync()
	}
	j.mu.Lock()
	j.writing = false
	if err != nil {
		j.fail(fmt.Errorf("journal: %w", err))
	} else {
		j.synced = upTo
	}
	j.turn.Broadcast()
}

func (j *Journal) fail(err error) {
	if j.err == nil {
		j.err = err
	}
}

// Close syncs and closes the file.
func (j *Journal) Close() error { return errors.Join(j.Sync(), j.file.Close(), j.lock.Close()) }

// line is an entry as it is in the file. Marshalling a string and a valid text
// cannot fail.
func line(key string, value json.RawMessage) []byte {
	text, _ := json.Marshal(entry{key, value})
	return fmt.Appendf(nil, "%08x %s\n", crc32.ChecksumIEEE(text), text)
}

// read returns the last value of every key. There are none if there is no file.
func read(path string) (map[string]json.RawMessage, error) {
	values := make(map[string]json.RawMessage)
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(content) == 0 {
		return values, nil
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if !bytes.HasPrefix(content, []byte(header)) {
		return nil, fmt.Errorf("journal: %s is not a journal, or one of another version", path)
	}
	n := 1
	for text, whole := range lines(content[len(header):]) {
		n++
		e, ok := parse(text)
		switch {
		case ok && whole && isNull(e.Value):
			delete(values, e.Key)
		case ok && whole:
			values[e.Key] = e.Value
		case whole:
			return nil, &CorruptError{path, n}
		}
		// What is not whole is the end of the file.
	}
	return values, nil
}

// lines returns the lines without their breaks, and whether each has one.
func lines(content []byte) iter.Seq2[[]byte, bool] {
	return func(yield func([]byte, bool) bool) {
		for len(content) > 0 {
			text, rest, whole := bytes.Cut(content, []byte("\n"))
			if !yield(text, whole) {
				return
			}
			content = rest
		}
	}
}

// parse reads a line and checks its sum.
func parse(text []byte) (e entry, ok bool) {
	sum, value, found := bytes.Cut(text, []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if !found || len(sum) != 8 || err != nil || crc32.ChecksumIEEE(value) != uint32(want) {
		return e, false
	}
	return e, json.Unmarshal(value, &e) == nil
}

func isNull(value json.RawMessage) bool { return len(value) == 0 || string(value) == "null" }

// rewrite replaces the file by one with the values alone. Whenever it stops, one
// of the two is there, whole.
func rewrite(path string, values map[string]json.RawMessage) (_ *os.File, err error) {
	next, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			next.Close()
			os.Remove(next.Name())
		}
	}()
	w := bufio.NewWriter(next)
	io.WriteString(w, header) // a bufio.Writer keeps its error for Flush
	for _, key := range slices.Sorted(maps.Keys(values)) {
		w.Write(line(key, values[key]))
	}
	if err := errors.Join(w.Flush(), next.Sync(), os.Rename(next.Name(), path), syncDir(filepath.Dir(path))); err != nil {
		return nil, err
	}
	return next, nil
}
