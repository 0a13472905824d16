package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// A terminal asks a person. Questions go to standard error, so that standard
// output holds nothing but results.
type terminal struct {
	in    *bufio.Reader
	out   io.Writer
	fd    int
	isTTY bool
}

func newTerminal(in io.Reader, out io.Writer) *terminal {
	t := &terminal{in: bufio.NewReader(in), out: out}
	if file, ok := in.(*os.File); ok {
		t.fd, t.isTTY = int(file.Fd()), term.IsTerminal(int(file.Fd()))
	}
	return t
}

func (t *terminal) say(format string, args ...any) { fmt.Fprintf(t.out, format+"\n", args...) }

// ask prints a question and reads a line. The error is io.EOF if the input has
// ended, or the context's.
func (t *terminal) ask(ctx context.Context, question string) (string, error) {
	fmt.Fprintf(t.out, "%s: ", question)
	return t.read(ctx, t.line)
}

// askSecret is ask without echo, where there is a terminal. The echo is off
// before the question is there: whoever pastes a password answers at once.
func (t *terminal) askSecret(ctx context.Context, question string) (string, error) {
	if !t.isTTY {
		return t.ask(ctx, question)
	}
	before, err := term.MakeRaw(t.fd)
	if err != nil {
		return "", err
	}
	// When the context ends, the read below is still waiting: a shell that gets
	// such a terminal back looks dead.
	defer term.Restore(t.fd, before)
	screen := struct {
		io.Reader
		io.Writer
	}{keys{t.in}, t.out}
	return t.read(ctx, func() (string, error) {
		return term.NewTerminal(screen, "").ReadPassword(question + ": ")
	})
}

// keys are those of a raw terminal, where Ctrl-C is a key like others. They
// come one by one, so that no more than a line is taken.
type keys struct{ in io.Reader }

func (k keys) Read(p []byte) (int, error) {
	const ctrlC = 3
	n, err := k.in.Read(p[:min(1, len(p))])
	if n == 1 && p[0] == ctrlC {
		return 0, context.Canceled
	}
	return n, err
}

// choose asks for one of some answers, by number or by name.
func (t *terminal) choose(ctx context.Context, question string, names []string) (int, error) {
	t.say("%s", question)
	for i, name := range names {
		t.say("  %d  %s", i+1, name)
	}
	for {
		typed, err := t.ask(ctx, "Number")
		if err != nil {
			return 0, err
		}
		for i, name := range names {
			if typed == fmt.Sprint(i+1) || strings.EqualFold(typed, name) {
				return i, nil
			}
		}
	}
}

// read runs a read that may take for ever, and leaves it when the context ends.
func (t *terminal) read(ctx context.Context, read func() (string, error)) (string, error) {
	type result struct {
		text string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := read()
		done <- result{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-done:
		// Ctrl-C also ends a read of the terminal; the reason is the context's.
		return r.text, errors.Join(ctx.Err(), r.err)
	}
}

// line reads a line. What was typed before the end of the input, without a line
// break, counts.
func (t *terminal) line() (string, error) {
	line, err := t.in.ReadString('\n')
	if errors.Is(err, io.EOF) && line != "" {
		err = nil
	}
	return strings.TrimSpace(line), err
}
