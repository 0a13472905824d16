// Command bench measures the user pool as a server: how long it takes to start,
// what it needs, and how many sign-ins it answers. With -cognito-local it puts
// the same questions to cognito-local, another emulator of Cognito. Both are
// processes of their own, and both are asked over HTTP by the same program.
//
//	go run ./auth/cognitotest/internal/bench
//	npm install --prefix /tmp/peer cognito-local@5.3.0
//	go run ./auth/cognitotest/internal/bench -cognito-local /tmp/peer/node_modules/cognito-local
//
// It needs Linux, whose /proc says how much memory a process has.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"time"
)

func main() {
	var o options
	serve := flag.Bool("serve", false, "be the pool that is measured")
	flag.StringVar(&o.peer, "cognito-local", "", "the directory of the npm package cognito-local, to measure it too")
	flag.DurationVar(&o.duration, "duration", 10*time.Second, "how long each rate is measured")
	flag.IntVar(&o.many, "many", 1_000_000, "of how many users there are, to see whether sign-ins become slower")
	flag.IntVar(&o.peerMany, "peer-many", 1_000, "the same for cognito-local, which rewrites its file for each")
	var s setup
	flag.IntVar(&s.Passwords, "passwords", 0, "with -serve: users with a password")
	flag.IntVar(&s.TOTP, "totp", 0, "with -serve: users with a password and an authenticator")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *serve {
		err = s.serve(ctx)
	} else {
		err = o.run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	peer           string
	duration       time.Duration
	many, peerMany int
}

func (o options) run(ctx context.Context) error {
	fmt.Printf("%s, %d CPUs (%s), %s; load average %s\n\n", time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), cpuModel(), runtime.Version(), loadAverage())
	fmt.Println("| server | measured | result |\n|---|---|---|")
	if err := o.measurePool(ctx); err != nil {
		return err
	}
	if o.peer != "" {
		if err := o.measurePeer(ctx); err != nil {
			return err
		}
	}
	fmt.Printf("\nLoad average at the end, this program's own included: %s\n", loadAverage())
	return nil
}

// result prints one row.
func result(server, measured, format string, args ...any) {
	fmt.Printf("| %s | %s | %s |\n", server, measured, fmt.Sprintf(format, args...))
}

func (o options) measurePool(ctx context.Context) error {
	const name = "cognitotest"
	empty, err := startPool(ctx, setup{})
	if err != nil {
		return err
	}
	result(name, "start to first answer", "%d ms", empty.started.Milliseconds())
	result(name, "start to the key set", "%d ms", empty.keyed.Milliseconds())
	err = empty.idle(name)
	empty.stop()
	if err != nil {
		return err
	}

	few, err := startPool(ctx, setup{Passwords: 10, TOTP: 600})
	if err != nil {
		return err
	}
	defer few.stop()
	if err := o.passwords(ctx, name, few.target); err != nil {
		return err
	}
	for _, workers := range []int{1, 8} {
		rate, n, err := signInsWithTOTP(ctx, few.target, few.secrets[workers], workers)
		if err != nil {
			return err
		}
		result(name, fmt.Sprintf("SRP and TOTP sign-ins, %s", plural(workers)), "%.0f/s (%d)", rate, n)
	}
	many, err := startPool(ctx, setup{Passwords: o.many})
	if err != nil {
		return err
	}
	defer many.stop()
	crowds := []crowd{{few.target, 10}, {many.target, o.many}}
	if err := latency(ctx, name, "password", byPassword, crowds...); err != nil {
		return err
	}
	if err := latency(ctx, name, "SRP", bySRP, crowds...); err != nil {
		return err
	}
	rss, err := many.memory()
	result(name, fmt.Sprintf("memory with %d users", o.many), "%d MiB", rss>>20)
	return err
}

func (o options) measurePeer(ctx context.Context) error {
	const name = "cognito-local"
	p, err := startPeer(ctx, o.peer)
	if err != nil {
		return err
	}
	defer p.stop()
	result(name, "start to first answer", "%d ms", p.started.Milliseconds())
	result(name, "start to the key set", "%d ms", p.keyed.Milliseconds())
	if err := p.idle(name); err != nil {
		return err
	}
	if err := p.fill(ctx, 10); err != nil {
		return err
	}
	if err := o.passwords(ctx, name, p.target); err != nil {
		return err
	}
	if _, err := prove(ctx, p.target, passwordUser(0)); err != nil {
		result(name, "SRP sign-ins", "%v", err)
	} else {
		return errors.New("cognito-local knows SRP now: measure it too")
	}
	for _, users := range []int{10, o.peerMany} {
		if err := p.fill(ctx, users-p.users); err != nil {
			return err
		}
		if err := latency(ctx, name, "password", byPassword, crowd{p.target, users}); err != nil {
			return err
		}
	}
	return nil
}

// passwords measures sign-ins by password with one worker and with eight.
func (o options) passwords(ctx context.Context, name string, t target) error {
	for _, workers := range []int{1, 8} {
		rate, n, err := signInsByPassword(ctx, t, workers, o.duration)
		if err != nil {
			return err
		}
		result(name, "password sign-ins, "+plural(workers), "%.0f/s (%d)", rate, n)
	}
	return nil
}

// latency measures the median of sign-ins one after the other.
func latency(ctx context.Context, name, kind string, signIn func(context.Context, target, string) error, pools ...crowd) error {
	took, err := medians(ctx, 301, signIn, pools...)
	for i, median := range took {
		result(name, fmt.Sprintf("median %s sign-in of %d users", kind, pools[i].users), "%.2f ms", float64(median.Microseconds())/1000)
	}
	return err
}

func plural(workers int) string {
	if workers == 1 {
		return "1 worker"
	}
	return fmt.Sprintf("%d workers", workers)
}

func loadAverage() string {
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(data))[:3], " ")
}

func cpuModel() string {
	out, err := exec.Command("sed", "-n", `s/^model name[^:]*: //p`, "/proc/cpuinfo").Output()
	model, _, _ := strings.Cut(string(out), "\n")
	if err != nil || model == "" {
		return "unknown model"
	}
	return model
}
