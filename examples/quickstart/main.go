// Quickstart shows a whole story of a user: sign-up, confirmation, the first
// sign-in with SRP and the set-up of an authenticator app, and the second
// sign-in with SRP and a code, to tokens whose signatures are verified. It runs
// against a user pool inside the program, so it needs no AWS account; the AWS
// SDK speaks HTTP to it, and each of its calls is shown as it happens.
//
//	go run ./examples/quickstart               the program plays the authenticator app
//	go run ./examples/quickstart -interactive  scan the QR code and type the codes
//	go run ./examples/quickstart -json         a JSON object per line, for machines
//
// The exit code is 0 if the user is signed in, 2 for wrong flags, 130 after
// Ctrl-C, and else tells the class of the error: see package exitcode.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/cognitomfa/cognitomfa/examples/internal/exitcode"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(stderr)
	asJSON := flags.Bool("json", false, "print a JSON object per line instead of text")
	interactive := flags.Bool("interactive", false, "type the codes of your own authenticator app")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitcode.OK
	case err != nil || flags.NArg() > 0:
		return exitcode.Usage
	}
	var show display = &text{w: stdout}
	if *asJSON {
		show = newJSONLines(stdout)
	}
	s := newStory(show)
	if *interactive {
		s.askFrom(stdin)
	}
	err := s.tell(ctx)
	if err != nil {
		show.failed(err)
	}
	return exitcode.Of(err)
}
