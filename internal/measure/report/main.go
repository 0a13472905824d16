// Program report makes the figures of docs/benchmarks.md. With -run it takes the
// measurements, which needs some minutes of a machine that has nothing else to do,
// and keeps what they print in docs/benchmarks/results.txt. From that file, with
// or without -run, it writes the tables of the page and the pictures beside it.
//
//	go run ./internal/measure/report -run
//
// It needs Node.js with npm for the peer that is in JavaScript.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

//go:generate go run .

func main() {
	measure := flag.Bool("run", false, "take the measurements again")
	flag.Parse()
	if err := report(*measure); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func report(measure bool) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	file := filepath.Join(root, "docs/benchmarks/results.txt")
	if measure {
		raw, err := take(root, os.Stderr, commands)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, raw, 0o644); err != nil {
			return err
		}
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	pages, err := pages(os.DirFS(root), parse(string(raw)))
	if err != nil {
		return err
	}
	for name, text := range pages {
		name = filepath.Join(root, name)
		if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, text) {
			continue
		}
		if err := os.WriteFile(name, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// moduleRoot is the directory of go.mod: go generate runs this program in its own.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("there is no go.mod above the working directory (%v)", err)
}
