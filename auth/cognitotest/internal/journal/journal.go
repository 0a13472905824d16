// Package journal keeps values by key in an append-only file: the last one
// written under a key counts. What was synced is there after a crash; what was
// being written when it came is not.
//
// A file is a line with its version, and a line per entry: a checksum, and the
// entry in JSON, so that a person can read it. What does not count any more is left
// out when the file is opened, and whenever it has grown to several times its
// length.
package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
)

const header = "cognitotest journal 1\n"

// A file is written anew when it has become so many times as long as it was when
// only what counts was in it, and longer than that many bytes: so seldom that it
// costs each write no more than as much again.
const (
	mostGrowth = 4
	leastAnew  = 16 << 20
)

// A Journal is an open file. It is safe for concurrent use.
type Journal struct {
	path string
	file *os.File // whoever is writing may replace it
	lock *os.File // held while the journal is open

	size, anewAt int64 // of the file, in bytes; for whoever is writing
	leastAnew    int64

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
	j := &Journal{path: path, lock: lock, leastAnew: leastAnew}
	j.turn.L = &j.mu
	if err := j.writeAnew(values); err != nil {
		return nil, nil, fmt.Errorf("journal: %w", errors.Join(err, lock.Close()))
	}
	return j, values, nil
}

// writeAnew replaces the file by one with the values alone.
func (j *Journal) writeAnew(values map[string]json.RawMessage) error {
	file, err := rewrite(j.path, values)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	if j.file != nil {
		err = j.file.Close()
	}
	j.file, j.size = file, info.Size()
	j.anewAt = max(j.leastAnew, mostGrowth*j.size)
	return err
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
	err := j.append(lines)
	j.mu.Lock()
	j.writing = false
	if err != nil {
		j.fail(fmt.Errorf("journal: %w", err))
	} else {
		j.synced = upTo
	}
	j.turn.Broadcast()
}

// append writes lines to the end of the file, and the file anew when it has become
// too long. That reads what it has written, so that the values need not be kept
// in memory.
func (j *Journal) append(lines []byte) error {
	if _, err := j.file.Write(lines); err != nil {
		return err
	}
	if err := j.file.Sync(); err != nil {
		return err
	}
	j.size += int64(len(lines))
	if j.size <= j.anewAt {
		return nil
	}
	values, err := read(j.path)
	if err != nil {
		return err
	}
	return j.writeAnew(values)
}

func (j *Journal) fail(err error) {
	if j.err == nil {
		j.err = err
	}
}

// Close syncs and closes the file.
func (j *Journal) Close() error {
	err := j.Sync()
	j.mu.Lock()
	defer j.mu.Unlock()
	for j.writing { // for another, and perhaps anew: the lock must last as long
		j.turn.Wait()
	}
	return errors.Join(err, j.file.Close(), j.lock.Close())
}

// line is an entry as it is in the file. Marshalling a string and a valid text
// cannot fail.
func line(key string, value json.RawMessage) []byte {
	text, _ := json.Marshal(entry{key, value})
	return fmt.Appendf(nil, "%08x %s\n", crc32.ChecksumIEEE(text), text)
}

// read returns the last value of every key. There are none if there is no file.
// It needs memory for the values alone, however long the file is.
func read(path string) (map[string]json.RawMessage, error) {
	values := make(map[string]json.RawMessage)
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return values, nil
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	defer file.Close()
	lines := bufio.NewReader(file)
	for n := 1; ; n++ {
		text, err := lines.ReadBytes('\n')
		switch {
		case err != nil && err != io.EOF:
			return nil, fmt.Errorf("journal: %w", err)
		case err == io.EOF && (n > 1 || len(text) == 0):
			return values, nil // a last line that is not whole was not safe
		case n == 1 && string(text) != header:
			return nil, fmt.Errorf("journal: %s is not a journal, or one of another version", path)
		case n == 1:
			continue
		}
		e, ok := parse(bytes.TrimSuffix(text, []byte("\n")))
		switch {
		case !ok:
			return nil, &CorruptError{path, n}
		case isNull(e.Value):
			delete(values, e.Key)
		default:
			values[e.Key] = e.Value
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
