//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// asProgram makes the test binary behave as the program, so that the tests run
// it in a process of its own, as a person does.
const asProgram = "COGNITOMFA_SIGNIN_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// A person sits at a terminal where the program runs.
type person struct {
	t       *testing.T
	keys    *os.File // the master's end of the terminal
	process *exec.Cmd
	shown   chan []byte
	screen  bytes.Buffer // everything that was shown
	read    int          // how much of it the person has read
	whole   bytes.Buffer // what was shown, and what of it was forgotten
}

// patience is for a machine that is busy with other tests.
const patience = 60 * time.Second

// start runs the program on a terminal with flags.
func start(t *testing.T, w world, flags ...string) *person {
	t.Helper()
	process := exec.Command(os.Args[0], append(w.flags(), flags...)...)
	process.Env = append(os.Environ(), asProgram+"=1", "HOME="+w.home, "XDG_CONFIG_HOME="+filepath.Join(w.home, ".config"), secretVariable+"="+w.secret,
		"AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret", "AWS_EC2_METADATA_DISABLED=true")
	keys, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	process.Stdin, process.Stdout, process.Stderr = tty, tty, tty
	process.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	p := &person{t: t, keys: keys, process: process, shown: make(chan []byte, 1024)}
	go func() {
		defer close(p.shown)
		for {
			b := make([]byte, 4096)
			n, err := keys.Read(b)
			if n > 0 {
				p.shown <- b[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		process.Process.Kill()
		tty.Close()
		keys.Close()
		for b := range p.shown {
			p.whole.Write(b)
		}
		if w.ear != nil {
			w.ear.Hear("the screen", p.whole.String())
		}
		w.checkLeaks(t)
	})
	return p
}

// sees waits until the screen shows a text, and returns what was shown before.
func (p *person) sees(text string) string {
	p.t.Helper()
	limit := time.After(patience)
	for {
		unread := p.screen.String()[p.read:]
		if before, _, ok := strings.Cut(unread, text); ok {
			p.read += len(before) + len(text)
			return before
		}
		select {
		case b, ok := <-p.shown:
			if !ok {
				p.t.Fatalf("the program ended without showing %q:\n%s", text, p.screen.String())
			}
			p.screen.Write(b)
			p.whole.Write(b)
		case <-limit:
			p.t.Fatalf("the screen does not show %q:\n%s", text, p.screen.String())
		}
	}
}

// forgets clears what was read from the screen.
func (p *person) forgets() { p.screen.Next(p.read); p.read = 0 }

func (p *person) types(text string) {
	p.t.Helper()
	if _, err := p.keys.WriteString(text); err != nil {
		p.t.Fatal(err)
	}
}

// answers waits for a question and types a line.
func (p *person) answers(question, line string) {
	p.t.Helper()
	p.sees(question)
	p.types(line + "\n")
}

// ends waits for the program's end and returns its exit code and the rest of
// what it showed.
func (p *person) ends() (code int, rest string) {
	p.t.Helper()
	defer time.AfterFunc(patience, func() { p.process.Process.Kill() }).Stop()
	err := p.process.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	// The terminal outlives the program, as a shell's does, and echoes what is
	// typed now: after everything that the program has shown.
	p.types(prompt)
	rest = p.sees(prompt)
	return p.process.ProcessState.ExitCode(), rest
}

// prompt stands for that of the shell.
const prompt = "ann@home:~$ "
