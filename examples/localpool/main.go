// Localpool is a Cognito on this machine, for any AWS SDK in any language: point
// its endpoint here.
//
//	go run ./examples/localpool -addr 127.0.0.1:9229
//	aws cognito-idp list-user-pools --max-results 10 --endpoint-url http://127.0.0.1:9229
//
// It begins with one pool and one app client, whose ids it prints, and with what a
// -seed file names; the control plane (CreateUserPool and so on) makes more. With
// -state it goes on after a restart where it ended. What it would have sent by
// e-mail and SMS is at
//
//	GET /_pool/messages?username=NAME
//
// a JSON array, newest last, and with all else on a page at /_pool/. The function
// name "emailotp" in a LambdaConfig means this project's triggers for one-time
// codes by e-mail.
//
// It is for development: everybody who reaches it is its administrator. So it
// listens on loopback addresses only, unless -exposed says otherwise.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/examples/internal/farends"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("localpool", flag.ContinueOnError)
	f.SetOutput(stderr)
	addr := f.String("addr", "127.0.0.1:9229", "address to listen on")
	exposed := f.Bool("exposed", false, "allow an address that is not loopback")
	state := f.String("state", "", "file that keeps everything over a restart")
	seedFile := f.String("seed", "", "JSON file with pools to begin with, such as examples/localpool/testdata/seed.json")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return errors.New("localpool takes flags only")
	}
	seeds, err := readSeeds(*seedFile)
	if err != nil {
		return err
	}
	kept := exists(*state)

	mails := new(farends.Mailbox)
	functions, err := functions(mails)
	if err != nil {
		return err
	}
	s := &site{mails: mails}
	pool, err := cognitotest.New(cognitotest.Config{
		Addr: *addr, Exposed: *exposed, State: *state, Functions: functions, Other: s.handler(),
		MFA: types.UserPoolMfaTypeOptional, TOTP: true,
	})
	if err != nil {
		return err
	}
	defer pool.Close()
	s.pool.Store(pool)
	fmt.Fprintf(stdout, "pool %s, app client %s\n", pool.ID(), pool.Client().ID)
	if !kept {
		for _, seed := range seeds {
			if err := seed.plant(ctx, pool.SDK(), stdout); err != nil {
				return fmt.Errorf("%s: %w", *seedFile, err)
			}
		}
	}
	fmt.Fprintf(stdout, "listening on %s\n", pool.URL())
	<-ctx.Done()
	return pool.Close()
}

// exists reports whether there is a state already, which has the seeds in it.
func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}
