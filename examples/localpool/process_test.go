//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// asProgram makes the test binary behave as the program, which is given orders
// on its standard input besides.
const asProgram = "COGNITOMFA_LOCALPOOL_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		go obey()
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// obey tells how much memory is in use and how many goroutines there are, or sets
// how long a file may become: a disk that is full looks the same.
func obey() {
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); {
		var limit syscall.Rlimit
		if n, _ := fmt.Sscanf(orders.Text(), "limit %d", &limit.Cur); n == 1 {
			limit.Max = limit.Cur
			fmt.Println("limited", syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit) == nil)
			continue
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what only finalizers and sync.Pool held
		runtime.ReadMemStats(&m)
		fmt.Println("vitals", runtime.NumGoroutine(), m.HeapAlloc)
	}
}

// A process is the program in a process of its own, which can be killed.
type process struct {
	*exec.Cmd
	url, pool, client string
	orders            io.Writer
	answers           chan string // lines that it prints when it listens
	complaints        complaints
}

// complaints are what it wrote to its standard error: it has no reason to, but a
// race or a panic.
type complaints struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (c *complaints) Write(text []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(text)
}

func launch(t *testing.T, state string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], "-addr", "127.0.0.1:0", "-state", state), answers: make(chan string, 1)}
	p.Env = append(os.Environ(), asProgram+"=1")
	p.Stderr = &p.complaints
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if p.orders, err = p.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill(); p.Wait() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		fmt.Sscanf(strings.ReplaceAll(line, ",", ""), "pool %s app client %s", &p.pool, &p.client)
		if url, ok := strings.CutPrefix(line, "listening on "); ok {
			p.url = url
			go func() {
				defer close(p.answers)
				for lines.Scan() {
					p.answers <- lines.Text()
				}
			}()
			return p
		}
	}
	p.Wait()
	t.Fatalf("it does not listen: %s", p.complaints.text.String())
	return nil
}

// kill ends it without a warning. That it ended before, or has complained, is a
// failure.
func (p *process) kill(t *testing.T) {
	t.Helper()
	p.Process.Kill()
	for range p.answers { // until its output ends
	}
	p.Wait()
	if status := p.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Errorf("it was not killed, but ended: %v", p.ProcessState)
	}
	if text := p.complaints.text.String(); text != "" {
		t.Errorf("it complained:\n%s", text)
	}
}

// limit lets none of its files become longer than this, in bytes.
func (p *process) limit(t *testing.T, size int64) {
	t.Helper()
	fmt.Fprintln(p.orders, "limit", size)
	if answer := <-p.answers; answer != "limited true" {
		t.Errorf("a limit of %d bytes: %q", size, answer)
	}
}

// vitals are what grows if anything does.
type vitals struct{ goroutines, heap int }

func (p *process) vitals(t *testing.T) (v vitals) {
	t.Helper()
	fmt.Fprintln(p.orders, "vitals")
	answer := <-p.answers
	if n, _ := fmt.Sscanf(answer, "vitals %d %d", &v.goroutines, &v.heap); n != 2 {
		t.Errorf("vitals: %q", answer)
	}
	return v
}
