//go:build unix

package journal

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// lockFile takes a lock that ends with the process, however it ends. The file
// stays: who removed it could remove another's.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if time.Now().After(end) {
			return nil, errors.Join(err, f.Close())
		}
	}
}

// patience is for a lock that this process has given up: a child that another
// goroutine starts at that moment has it too, from its fork to its exec.
const patience = time.Second

// syncDir makes a new name in a directory safe.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
