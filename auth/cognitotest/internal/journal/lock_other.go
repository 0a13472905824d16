//go:build !unix

package journal

import "os"

// lockFile opens the file and locks nothing: package syscall has no lock here.
// Two pools must not be given the same file.
func lockFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}

// syncDir does nothing: directories cannot be synced here.
func syncDir(string) error { return nil }
