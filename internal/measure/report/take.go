package main

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/internal/measure"
)

// take runs the commands one after the other and returns what they print, below
// what there is to know of the machine. The progress is for who waits.
func take(dir string, progress io.Writer, commands []string) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "date: %s\n", time.Now().UTC().Format(time.DateOnly))
	fmt.Fprintf(&b, "go: %s\n", strings.TrimPrefix(runtime.Version(), "go"))
	fmt.Fprintf(&b, "system: %s/%s\n", runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(&b, "cpus: %d\n", runtime.NumCPU())
	fmt.Fprintf(&b, "cpu: %s\n", measure.CPUModel())
	fmt.Fprintf(&b, "load before: %s\n", measure.LoadAverage())
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
	fmt.Fprintf(&b, "\nload after: %s\n", measure.LoadAverage())
	return b.Bytes(), nil
}
