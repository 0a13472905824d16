//go:build unix

package srp

import (
	"os"
	"strconv"
	"testing"

	"github.com/cognitomfa/cognitomfa/internal/measure"
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
	cost := func(name string) func() float64 {
		return func() float64 {
			start := measure.CPU()
			for range perRound {
				if err := handshakers[name](); err != nil {
					t.Fatal(err)
				}
			}
			return (measure.CPU() - start).Seconds() * 1000 / perRound
		}
	}
	cost("cognitomfa")() // makes the comb
	costs := measure.Compare(rounds, cost("cognitomfa"), cost("cognito-srp"))
	ratios := measure.Ratios(costs[1], costs[0])
	got := measure.Median(ratios)
	t.Logf("CPU per handshake: cognitomfa %.2f ms, cognito-srp %.2f ms; median ratio of %d rounds %.2f (from %.2f to %.2f)",
		measure.Median(costs[0]), measure.Median(costs[1]), rounds, got, ratios[0], ratios[rounds-1])
	if got < least {
		t.Errorf("the ratio is %.2f, want at least %.2f", got, least)
	}
}
