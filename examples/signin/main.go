// Signin signs a user in to a user pool from a terminal, whatever the pool asks
// on the way.
//
//	go run ./examples/signin                     a user pool inside this program, to try it
//	go run ./examples/signin -pool-id ID -client-id ID -username NAME
//
// The password is typed without echo, or read from a pipe. A challenge that has
// no answer yet (end the input with Ctrl-D, or a passkey, which only a browser
// has) is printed as a token; with -resume TOKEN another run goes on with it:
//
//	signin -pool-id ID -client-id ID -resume TOKEN
//
// With -flow custom-srp the pool's triggers ask what they like after the password.
// Of this project's methods a code by e-mail can be sent again ("r"), Duo and
// BlockID are done in a browser that comes back to this program, and a choice among
// several is a question too.
//
// The token is sealed under a key of this person on this machine, and opens for
// 15 minutes. What was asked for goes to standard output, everything else to
// standard error. The tokens are shown only with -show-tokens.
//
// The exit code is 0 if the user is signed in, 2 for wrong flags, 3 if a
// challenge is left unanswered, 130 after Ctrl-C, and else tells the class of
// the error: see package exitcode.
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

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/examples/internal/exitcode"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitcode.OK
	case err != nil:
		fmt.Fprintln(stderr, err)
		return exitcode.Usage
	}
	show := newReport(o, stdout, stderr)
	err = signIn(ctx, o, newTerminal(stdin, stderr), show)
	if err != nil {
		show.failed(err)
	}
	return exitcode.Of(err)
}

// signIn runs the sign-in, from its beginning or from a kept challenge, and
// reports how it ends.
func signIn(ctx context.Context, o options, term *terminal, show report) error {
	pool, err := o.pool(ctx, term)
	if err != nil {
		return err
	}
	defer pool.close()
	client, err := auth.New(pool.api, pool.id, pool.clientID, o.auth(pool, show))
	if err != nil {
		return err
	}
	keep := keeper{path: o.keyFile, bind: pool.id + " " + pool.clientID}
	ask := &asker{terminal: term, issuer: pool.id, account: o.username, messages: pool.messages}

	tokens, err := o.run(ctx, client, keep, ask, pool)
	var unanswered *auth.UnansweredError
	if errors.As(err, &unanswered) && ctx.Err() == nil && !pool.embedded {
		return errors.Join(err, show.unanswered(o, pool, keep, unanswered.Challenge))
	}
	if err != nil {
		return err
	}
	return show.signedIn(ctx, pool, tokens)
}

// run begins a sign-in or goes on with one.
func (o options) run(ctx context.Context, client *auth.Client, keep keeper, ask *asker, pool pool) (*auth.Tokens, error) {
	metadata := func(c *auth.CallOptions) { c.ClientMetadata = o.metadata }
	if o.resume != "" {
		asked, err := keep.open(o.resume)
		if err != nil {
			return nil, err
		}
		return client.Continue(ctx, asked, ask.prompts(), metadata)
	}
	first, err := o.firstFactor(ctx, ask, pool)
	if err != nil {
		return nil, err
	}
	return client.SignIn(ctx, first, ask.prompts(), metadata)
}
