//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package auth

import "errors"

// tryLock refuses: these systems have no lock that ends with its process.
func tryLock(string) (unlock func(), err error) { return nil, errors.ErrUnsupported }

func syncDirectory(string) error { return errors.ErrUnsupported }
