// Webapp is a web site whose users sign in to a user pool: sign-up, sign-in by
// password, by a code, by passkey, every challenge on the way as a page, and an
// account page to manage factors, devices and passkeys.
//
//	go run ./examples/webapp                                  a user pool inside this program
//	go run ./examples/webapp -pool-id ID -client-id ID        a real one
//	go run ./examples/webapp -pool-id ID -client-id ID -custom
//	                          the same, whose triggers ask custom challenges
//
// The pool inside asks custom challenges too: a code by e-mail, Duo and 1Kosmos
// BlockID, of which the last two are simulated at an address of their own. A real
// pool's triggers have to send browsers back to /callback here.
//
// It keeps nothing between requests: what a sign-in waits for, and who is signed
// in, is in sealed cookies. So any number of instances may serve one site, if
// they have the same key: -key-file.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
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
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	// Passkeys belong to a host name, so the address is not shown as a number.
	o.origin = fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port)
	if o.public != "" {
		o.origin = o.public
	}
	site, err := newSite(ctx, o, slog.New(slog.NewTextHandler(stderr, nil)))
	if err != nil {
		return err
	}
	defer site.close()

	server := &http.Server{
		Handler:           site.handler(),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: 40 * time.Second,
		MaxHeaderBytes: 64 << 10, // the cookies of a session are some 10 kB
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	fmt.Fprintln(stdout, o.origin)

	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return server.Shutdown(patience)
}
