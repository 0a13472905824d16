//go:build unix

package srp

import (
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// TestCPURatio is the gate on speed. It is not part of the plain tests, for a
// verdict must not depend on the machine. To run it:
//
//	COGNITOMFA_SRP_RATIO=3 go test -count=1 -run '^TestCPURatio$' -v ./srp
//
// The number is how many times more CPU cognito-srp must take, as the median of
// rounds in which both take turns: what slows the machine slows both.
func TestCPURatio(t *testing.T) {
	text := os.Getenv("COGNITOMFA_SRP_RATIO")
	if text == "" {
		t.Skip("set COGNITOMFA_SRP_RATIO to the least ratio that passes")
	}
	least, err := strconv.ParseFloat(text, 64)
	if err != nil || least <= 0 {
		t.Fatalf("COGNITOMFA_SRP_RATIO is %q, want a positive number", text)
	}
	const rounds, perRound = 25, 20
	measure := func(name string) time.Duration {
		start := cpu(t)
		for range perRound {
			if err := handshakers[name](); err != nil {
				t.Fatal(err)
			}
		}
		return (cpu(t) - start) / perRound
	}
	var ours, theirs, ratios []float64
	measure("cognitomfa") // makes the comb
	for range rounds {
		o, p := measure("cognitomfa").Seconds(), measure("cognito-srp").Seconds()
		ours, theirs, ratios = append(ours, 1000*o), append(theirs, 1000*p), append(ratios, p/o)
	}
	median := func(list []float64) float64 { slices.Sort(list); return list[len(list)/2] }
	got := median(ratios)
	t.Logf("CPU per handshake: cognitomfa %.2f ms, cognito-srp %.2f ms; median ratio of %d rounds %.2f (from %.2f to %.2f)",
		median(ours), median(theirs), rounds, got, ratios[0], ratios[rounds-1])
	if got < least {
		t.Errorf("the ratio is %.2f, want at least %.2f", got, least)
	}
}

// cpu returns the CPU time of this process, the garbage collector's included.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
