package auth

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// A FileDeviceStore keeps remembered devices in a file, for a program with one
// person at it, such as a command line tool: from this machine that person then
// signs in without a second factor. It is not for a server, whose file would
// turn the second factor off for all users; see [Device].
//
// The file is protected by its permissions alone, as SSH keys are: it is made
// with mode 0600, and refused if others can read it. On Windows it is the
// directory that decides who can, so choose one in the user's profile
// (os.UserConfigDir). Each change replaces the file as a whole, so that a crash
// leaves the old one or the new one, and is made under a lock (the file's name
// with ".lock"), so that of two programs none loses what the other wrote. On
// systems without such locks (js, wasip1, plan9, aix, solaris) changes are
// refused.
type FileDeviceStore struct {
	// Path is the file's name. Required. Its directory is made at the first
	// Save, for the user alone.
	Path string
}

// A storedDevice is an entry of the file.
type storedDevice struct {
	Pool     string `json:"pool"`
	Username string `json:"username"`
	GroupKey string `json:"groupKey"`
	Key      string `json:"key"`
	Password string `json:"password"`
}

// A deviceFile is the whole of it.
type deviceFile struct {
	Version int            `json:"version"`
	Devices []storedDevice `json:"devices"`
}

const (
	deviceFileVersion = 1
	// maxDeviceFile bounds what is read: some 4,000 devices.
	maxDeviceFile = 1 << 20
	// lockPause is how long a change waits before it tries for the lock again.
	// Who has it needs it for one write.
	lockPause = 10 * time.Millisecond
)

// Load returns the device that was saved for a user of a pool, or none. The
// username is any that the user is known by here, the same in each call. The
// error matches [ErrConfig]: others can read the file, or it cannot be read, or
// is none of this store's. The Device is none then, so a sign-in can go on.
func (s FileDeviceStore) Load(poolID, username string) (Device, error) {
	op := operation{name: "FileDeviceStore.Load"}
	devices, err := s.read(op)
	if err != nil {
		return Device{}, err
	}
	if i := indexDevice(devices, poolID, username); i >= 0 {
		d := devices[i]
		return Device{redact.New(device{groupKey: d.GroupKey, key: d.Key, password: d.Password})}, nil
	}
	return Device{}, nil
}

// Save keeps a device for a user of a pool, in place of one that is there. It
// returns when the device will survive a power cut. The error matches
// [ErrConfig], as Load's, or [ErrBackOff] if the context ended while another
// program held the lock.
func (s FileDeviceStore) Save(ctx context.Context, poolID, username string, d Device) error {
	op := operation{name: "FileDeviceStore.Save"}
	if d.IsZero() {
		return op.fail(ErrConfig, "there is no device to save", nil)
	}
	v := d.device.Reveal()
	return s.change(ctx, op, func(devices []storedDevice) []storedDevice {
		entry := storedDevice{Pool: poolID, Username: username, GroupKey: v.groupKey, Key: v.key, Password: v.password}
		if i := indexDevice(devices, poolID, username); i >= 0 {
			devices[i] = entry
			return devices
		}
		return append(devices, entry)
	})
}

// Delete removes the device of a user of a pool, if there is one. Cognito still
// knows it: see [Devices.Forget]. The errors are Save's.
func (s FileDeviceStore) Delete(ctx context.Context, poolID, username string) error {
	return s.change(ctx, operation{name: "FileDeviceStore.Delete"}, func(devices []storedDevice) []storedDevice {
		if i := indexDevice(devices, poolID, username); i >= 0 {
			return slices.Delete(devices, i, i+1)
		}
		return devices
	})
}

func indexDevice(devices []storedDevice, poolID, username string) int {
	return slices.IndexFunc(devices, func(d storedDevice) bool { return d.Pool == poolID && d.Username == username })
}

// read returns what is in the file, which may not be there.
func (s FileDeviceStore) read(op operation) ([]storedDevice, error) {
	if s.Path == "" {
		return nil, op.fail(ErrConfig, "FileDeviceStore.Path is empty", nil)
	}
	info, err := os.Stat(s.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, op.fail(ErrConfig, "the device file cannot be read", err)
	case !info.Mode().IsRegular(): // opening a pipe would wait
		return nil, op.fail(ErrConfig, "the device file is not a regular file", nil)
	}
	f, err := os.Open(s.Path)
	if err != nil {
		return nil, op.fail(ErrConfig, "the device file cannot be read", err)
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, op.fail(ErrConfig, "the device file cannot be read", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, op.fail(ErrConfig, "others can read the device file: forget its devices, and remove it", nil)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxDeviceFile+1))
	if err != nil {
		return nil, op.fail(ErrConfig, "the device file cannot be read", err)
	}
	devices, ok := decodeDevices(text)
	if !ok {
		return nil, op.fail(ErrConfig, "the device file is not one of this version of the library: remove it", nil)
	}
	return devices, nil
}

func decodeDevices(text []byte) ([]storedDevice, bool) {
	var file deviceFile
	if len(text) > maxDeviceFile || json.Unmarshal(text, &file) != nil || file.Version != deviceFileVersion {
		return nil, false
	}
	for _, d := range file.Devices {
		if d.Pool == "" || d.GroupKey == "" || d.Key == "" || d.Password == "" {
			return nil, false
		}
	}
	return file.Devices, true
}

func encodeDevices(devices []storedDevice) ([]byte, error) {
	return json.MarshalIndent(deviceFile{deviceFileVersion, devices}, "", "\t")
}

// change reads the file, changes it and replaces it, alone.
func (s FileDeviceStore) change(ctx context.Context, op operation, do func([]storedDevice) []storedDevice) error {
	if s.Path == "" {
		return op.fail(ErrConfig, "FileDeviceStore.Path is empty", nil)
	}
	if err := os.MkdirAll(filepath.Dir(s.Path), 0o700); err != nil {
		return op.fail(ErrConfig, "the directory of the device file cannot be made", err)
	}
	unlock, err := lockFile(ctx, op, s.Path+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	devices, err := s.read(op)
	if err != nil {
		return err
	}
	text, err := encodeDevices(do(devices))
	if err == nil && len(text) > maxDeviceFile {
		return op.fail(ErrConfig, "the device file would have too many devices", nil)
	}
	if err == nil {
		err = replaceFile(s.Path, text)
	}
	if err != nil {
		return op.fail(ErrConfig, "the device file cannot be written", err)
	}
	return nil
}

// replaceFile puts a file in the place of another in one step, and has both the
// text and the step on the disk when it returns.
func replaceFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it has its new name
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(path))
}

// lockFile waits for a lock between processes, which the system takes back from
// one that dies.
func lockFile(ctx context.Context, op operation, path string) (unlock func(), err error) {
	for {
		unlock, err := tryLock(path)
		if err == nil {
			return unlock, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, op.fail(ErrConfig, "the device file cannot be locked", err)
		}
		select {
		case <-ctx.Done():
			return nil, op.fail(ErrBackOff, "another program is changing the device file", ctx.Err())
		case <-time.After(lockPause):
		}
	}
}

// errLocked is tryLock's error where somebody else has the lock.
var errLocked = errors.New("locked by another program")
