// Package dudect tests whether the time that a function takes depends on a
// secret, after Reparaz, Balasch and Verbauwhede, "Dude, is my code constant
// time?" (DATE 2017). It measures the function for one fixed input and for random
// ones, in random order, and asks by Welch's t-test whether the two come from one
// distribution. If not, the time tells something of the input. If so, nothing was
// found with so many measurements on this machine; it is no proof.
//
// It is for tests, run by hand: a verdict that CI gave would depend on what else
// the machine has to do.
package dudect

import (
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"time"
)

// Above Suspicious the paper takes a |t| for a sign of a leak. The authors'
// program says "probably not constant time" above Leak, and "definitely" above
// 500.
const (
	Suspicious = 4.5
	Leak       = 10
)

// Variable is the environment variable with the time that each function is
// measured for, such as "20s". Without it the tests are skipped.
const Variable = "COGNITOMFA_TIMING"

// A Subject is a function whose time is in question. Its input is a value without
// pointers, so that the fixed input is not found in a cache where the random ones
// are not.
type Subject[Input any] struct {
	Fixed  Input
	Random func() Input // not part of what is measured
	// Run is what is measured. The input is at the same address each time.
	Run func(*Input)
	// Repeat is how often it runs in one measurement, 1 if 0: the clock itself
	// takes some fifty nanoseconds.
	Repeat int
}

// batch is for how many measurements the inputs are made beforehand.
const batch = 250

// Measure measures the function for a while. The first batch warms up and does
// not count.
func Measure[Input any](s Subject[Input], budget time.Duration) (t Times) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var classes [batch]bool
	inputs := make([]Input, batch)
	current := new(Input)
	repeat := max(s.Repeat, 1)
	until := time.Now().Add(budget)
	for warm := false; ; warm = true {
		for i := range inputs {
			// Both classes make and copy the same.
			inputs[i] = s.Random()
			if classes[i] = rand.Uint64()&1 == 0; classes[i] {
				inputs[i] = s.Fixed
			}
		}
		for i := range inputs {
			*current = inputs[i]
			start := time.Now()
			for range repeat {
				s.Run(current)
			}
			end := time.Now()
			switch took := float64(end.Sub(start)) / float64(repeat); {
			case !warm:
			case classes[i]:
				t.Fixed = append(t.Fixed, took)
			default:
				t.Random = append(t.Random, took)
			}
			if warm && end.After(until) {
				return t
			}
		}
	}
}

// A T is what is needed of a [testing.T].
type T interface {
	Helper()
	Skip(...any)
	Fatalf(string, ...any)
	Errorf(string, ...any)
	Logf(string, ...any)
}

// Budget returns the time of [Variable], and skips the test if there is none.
func Budget(t T) time.Duration {
	t.Helper()
	text := os.Getenv(Variable)
	if text == "" {
		t.Skip("set " + Variable + " to the time for which each function is measured, such as 20s")
	}
	budget, err := time.ParseDuration(text)
	if err != nil || budget <= 0 {
		t.Fatalf("%s is %q, want a time such as 20s", Variable, text)
	}
	return budget
}

// Constant fails if the times of the function tell its inputs apart.
func Constant(t T, times Times) {
	t.Helper()
	switch score := report(t, times); {
	case score > Leak:
		t.Errorf("|t| is above %v: the time depends on the input", Leak)
	case score > Suspicious:
		t.Logf("|t| is above %v: measure it again, and find out why if it is again", Suspicious)
	}
}

// Leaky fails unless the times of the function tell its inputs apart: a control,
// which shows that a leak of this size is found on this machine.
func Leaky(t T, times Times) {
	t.Helper()
	if report(t, times) <= Leak {
		t.Errorf("|t| is not above %v: such a leak is not found; measure for longer, or on a quieter machine", Leak)
	}
}

func report(t T, times Times) (score float64) {
	t.Helper()
	r, err := times.Test()
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Logf("t = %+.2f (of %s), %d measurements, medians %.0f ns fixed and %.0f ns random", r.T, r.Of, r.Measurements, r.Fixed, r.Random)
	return math.Abs(r.T)
}
