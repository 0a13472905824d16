package auth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// remembered is a device that a pool remembers. It signs in by the world's
// client.
func remembered(t *testing.T) (world, auth.Device) {
	t.Helper()
	w, _, devices, tokens := deviceWorld(t, cognitotest.DevicesAlways, !admin, cognitotest.ClientConfig{})
	d, err := devices.Remember(t.Context(), tokens, "laptop")
	if err != nil {
		t.Fatal(err)
	}
	return w, d
}

func TestFileDeviceStore(t *testing.T) {
	t.Parallel()
	w, device := remembered(t)
	path := filepath.Join(t.TempDir(), "new", "devices.json")
	store := auth.FileDeviceStore{Path: path}
	none := func(poolID, name string) {
		t.Helper()
		if d, err := store.Load(poolID, name); !d.IsZero() || err != nil {
			t.Errorf("%q, %q: %q, %v", poolID, name, d.Key(), err)
		}
	}
	none(w.ID(), username)
	if err := store.Delete(t.Context(), w.ID(), username); err != nil {
		t.Error(err)
	}
	if err := store.Save(t.Context(), w.ID(), username, device); err != nil {
		t.Fatal(err)
	}
	none("us-east-1_other", username)
	none(w.ID(), "somebody else")

	// What was saved signs in, in place of the second factor, in the next run of
	// the program.
	loaded, err := auth.FileDeviceStore{Path: path}.Load(w.ID(), username)
	if err != nil {
		t.Fatal(err)
	}
	w.verified(t, again(t, w, loaded))

	// Another of the same name replaces it; others stay.
	_, second := remembered(t)
	for _, name := range []string{"bob", username} {
		if err := store.Save(t.Context(), w.ID(), name, second); err != nil {
			t.Fatal(err)
		}
	}
	if d, err := store.Load(w.ID(), username); err != nil || d.Key() != second.Key() {
		t.Errorf("%q, %v", d.Key(), err)
	}
	if err := store.Delete(t.Context(), w.ID(), username); err != nil {
		t.Fatal(err)
	}
	none(w.ID(), username)
	if d, err := store.Load(w.ID(), "bob"); err != nil || d.Key() != second.Key() {
		t.Errorf("%q, %v", d.Key(), err)
	}

	// Nothing but the file and its lock is left, for the user alone.
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
	if runtime.GOOS != "windows" {
		for _, name := range []string{path, path + ".lock", filepath.Dir(path)} {
			info, err := os.Stat(name)
			if err != nil || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
		}
	}
}

func TestFileDeviceStoreRefuses(t *testing.T) {
	t.Parallel()
	_, device := remembered(t)
	dir := t.TempDir()
	write := func(name, text string, mode fs.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const good = `{"version":1,"devices":[]}`
	paths := map[string]string{
		"no path":         "",
		"not JSON":        write("a", "device", 0o600),
		"another version": write("b", `{"version":2,"devices":[]}`, 0o600),
		"half a device":   write("c", `{"version":1,"devices":[{"pool":"p","key":"k","groupKey":"g"}]}`, 0o600),
		"a huge file":     write("d", good+strings.Repeat(" ", 1<<20), 0o600),
		"a directory":     dir,
		"cut":             write("e", good[:len(good)-1], 0o600),
	}
	if runtime.GOOS != "windows" {
		paths["others read it"] = write("f", good, 0o604)
		paths["the group reads it"] = write("g", good, 0o640)
		paths["others write it"] = write("h", good, 0o602)
		paths["below a file"] = filepath.Join(paths["not JSON"], "devices.json")
	}
	for name, path := range paths {
		store := auth.FileDeviceStore{Path: path}
		d, err := store.Load("us-east-1_abc", username)
		if wantReason(t, err, auth.ErrConfig); !d.IsZero() {
			t.Errorf("%s: a device", name)
		}
		before, _ := os.ReadFile(path)
		err = store.Save(t.Context(), "us-east-1_abc", username, device)
		wantReason(t, err, auth.ErrConfig)
		wantReason(t, store.Delete(t.Context(), "us-east-1_abc", username), auth.ErrConfig)
		if after, _ := os.ReadFile(path); !bytes.Equal(after, before) {
			t.Errorf("%s: the file has changed", name)
		}
	}
	store := auth.FileDeviceStore{Path: write("good", good, 0o600)}
	wantReason(t, store.Save(t.Context(), "us-east-1_abc", username, auth.Device{}), auth.ErrConfig)
}

// However many write at once, in this process and in others, nothing is lost, and
// whoever reads meanwhile reads a whole file.
func TestFileDeviceStoreWriters(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a reader may keep Windows from replacing the file")
	}
	_, device := remembered(t)
	path := filepath.Join(t.TempDir(), "devices.json")
	store := auth.FileDeviceStore{Path: path}
	var wg sync.WaitGroup
	const here, processes, there = 8, 3, 5
	for i := range here {
		wg.Go(func() {
			if err := store.Save(t.Context(), "us-east-1_abc", fmt.Sprint("here ", i), device); err != nil {
				t.Error(err)
			}
			if d, err := store.Load("us-east-1_abc", fmt.Sprint("here ", i)); err != nil || d.Key() != device.Key() {
				t.Errorf("%q, %v", d.Key(), err)
			}
		})
	}
	// The others have no device of their own; they copy the one of a second file.
	source := auth.FileDeviceStore{Path: path + ".source"}
	if err := source.Save(t.Context(), "us-east-1_abc", "source", device); err != nil {
		t.Fatal(err)
	}
	for p := range processes {
		wg.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestFileDeviceStoreElsewhere$", "-test.count=1")
			cmd.Env = append(os.Environ(), "COGNITOMFA_DEVICE_STORE="+path, fmt.Sprint("COGNITOMFA_DEVICE_WRITER=", p))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	wg.Wait()
	for i := range here {
		if d, err := store.Load("us-east-1_abc", fmt.Sprint("here ", i)); err != nil || d.IsZero() {
			t.Errorf("here %d is lost: %v", i, err)
		}
	}
	for p := range processes {
		for i := range there {
			if d, err := store.Load("us-east-1_abc", fmt.Sprintf("process %d, %d", p, i)); err != nil || d.IsZero() {
				t.Errorf("process %d, %d is lost: %v", p, i, err)
			}
		}
	}
}

// TestFileDeviceStoreElsewhere is what the other processes of the test above do.
func TestFileDeviceStoreElsewhere(t *testing.T) {
	path, writer := os.Getenv("COGNITOMFA_DEVICE_STORE"), os.Getenv("COGNITOMFA_DEVICE_WRITER")
	if path == "" {
		t.Skip("not in a process of TestFileDeviceStoreWriters")
	}
	device, err := auth.FileDeviceStore{Path: path + ".source"}.Load("us-east-1_abc", "source")
	if err != nil || device.IsZero() {
		t.Fatal("there is no device to copy: ", err)
	}
	for i := range 5 {
		if err := (auth.FileDeviceStore{Path: path}).Save(t.Context(), "us-east-1_abc", fmt.Sprintf("process %s, %d", writer, i), device); err != nil {
			t.Fatal(err)
		}
	}
}

// A change waits for the lock as long as its context lets it.
func TestFileDeviceStoreLocked(t *testing.T) {
	t.Parallel()
	_, device := remembered(t)
	store := auth.FileDeviceStore{Path: filepath.Join(t.TempDir(), "devices.json")}
	unlock, err := auth.TryLock(store.Path + ".lock")
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	err = store.Save(ended, "us-east-1_abc", username, device)
	if wantReason(t, err, auth.ErrBackOff); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	saved := make(chan error)
	go func() { saved <- store.Save(t.Context(), "us-east-1_abc", username, device) }()
	unlock()
	if err := <-saved; err != nil {
		t.Error(err)
	}
}
