package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cognitomfa/cognitomfa/challenge"
)

// A keeper makes tokens of challenges, and challenges of tokens, under a key in
// a file that only this person can read.
type keeper struct{ path, bind string }

func (k keeper) seal(c challenge.Challenge) (string, error) {
	sealer, err := k.sealer()
	if err != nil {
		return "", err
	}
	return sealer.Seal(c, k.bind)
}

func (k keeper) open(token string) (challenge.Challenge, error) {
	sealer, err := k.sealer()
	if err != nil {
		return nil, err
	}
	return sealer.Open(token, k.bind)
}

func (k keeper) sealer() (*challenge.Sealer, error) {
	key, err := k.key()
	if err != nil {
		return nil, fmt.Errorf("the key of -resume: %w", err)
	}
	return challenge.NewSealer(key)
}

// key reads the key, and makes it at the first use.
func (k keeper) key() ([32]byte, error) {
	var key [32]byte
	if err := os.MkdirAll(filepath.Dir(k.path), 0o700); err != nil {
		return key, err
	}
	// O_EXCL: of two programs that start at once, one makes the key.
	file, err := os.OpenFile(k.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return k.read()
	}
	if err != nil {
		return key, err
	}
	rand.Read(key[:]) // never fails: crypto/rand
	_, err = file.Write(key[:])
	return key, errors.Join(err, file.Close())
}

func (k keeper) read() ([32]byte, error) {
	info, err := os.Stat(k.path)
	if err != nil {
		return [32]byte{}, err
	}
	if info.Mode().Perm()&0o077 != 0 && filepath.Separator == '/' {
		return [32]byte{}, fmt.Errorf("%s can be read by others: chmod 600", k.path)
	}
	content, err := os.ReadFile(k.path)
	if err != nil {
		return [32]byte{}, err
	}
	if len(content) != 32 {
		return [32]byte{}, fmt.Errorf("%s does not hold 32 bytes", k.path)
	}
	return [32]byte(content), nil
}
