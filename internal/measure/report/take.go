package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// take runs the commands one after the other and returns what they print, below
// what there is to know of the machine. The progress is for who waits.
func take(dir string, progress io.Writer, commands []string) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "date: %s\n", time.Now().UTC().Format(time.DateOnly))
	fmt.Fprintf(&b, "go: %s\n", strings.TrimPrefix(runtime.Version(), "go"))
	fmt.Fprintf(&b, "system: %s/%s\n", runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(&b, "cpus: %d\n", runtime.NumCPU())
	fmt.Fprintf(&b, "cpu: %s\n", firstMatch("/proc/cpuinfo", `model name\s*: (.*)`))
	fmt.Fprintf(&b, "load before: %s\n", load())
	for _, command := range commands {
		fmt.Fprintf(progress, "$ %s\n", command)
		fmt.Fprintf(&b, "\n$ %s\n", command)
		cmd := exec.Command("bash", "-c", command)
		cmd.Dir, cmd.Stderr = dir, progress
		cmd.Stdout = io.MultiWriter(&b, progress)
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("%s: %w", command, err)
		}
	}
	fmt.Fprintf(&b, "\nload after: %s\n", load())
	return b.Bytes(), nil
}

// load is the load average of the last minute.
func load() string { return firstMatch("/proc/loadavg", `^(\S+)`) }

// firstMatch finds something in a file of Linux; elsewhere it is not known.
func firstMatch(file, pattern string) string {
	text, err := os.ReadFile(file)
	if m := regexp.MustCompile(pattern).FindSubmatch(text); err == nil && m != nil {
		return string(m[1])
	}
	return "unknown"
}
