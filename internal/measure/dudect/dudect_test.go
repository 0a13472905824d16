package dudect

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// Student's data of two soporifics, which every statistics program has: R prints
// t = -1.8608 for t.test(extra ~ group, data = sleep).
func TestWelch(t *testing.T) {
	t.Parallel()
	var a, b sample
	for _, x := range []float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2} {
		a.push(x + 1e6) // which a sum of squares would not bear
	}
	for _, x := range []float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4} {
		b.push(x + 1e6)
	}
	if got := welch(a, b); math.Abs(got+1.8608) > 5e-5 {
		t.Errorf("t = %v", got)
	}
	if got := welch(a, a); got != 0 {
		t.Errorf("of a sample and itself: t = %v", got)
	}
	constant := sample{n: 10, mean: 1}
	if got := welch(constant, sample{n: 10, mean: 2}); !math.IsInf(got, -1) {
		t.Errorf("of two numbers: t = %v", got)
	}
}

// A machine takes a microsecond, give or take, and now and then something else
// comes between.
func machine(r *rand.Rand) float64 {
	took := 1000 + 20*r.NormFloat64()
	if r.IntN(20) == 0 {
		took += 50_000 * r.ExpFloat64()
	}
	return took
}

func TestTimes(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fixed  func(*rand.Rand) float64
		leaks  bool
		of     string
		little int // so many measurements
	}{
		"the same":                       {fixed: machine},
		"a hundredth more, below noise":  {fixed: func(r *rand.Rand) float64 { return machine(r) + 10 }, leaks: true, of: "the fastest"},
		"a hundredth less":               {fixed: func(r *rand.Rand) float64 { return machine(r) - 10 }, leaks: true, of: "the fastest"},
		"another spread":                 {fixed: func(r *rand.Rand) float64 { return 1000 + (machine(r)-1000)*1.2 }, leaks: true},
		"one time in ten a little more":  {fixed: func(r *rand.Rand) float64 { return machine(r) + 60*math.Floor(r.Float64()*10/9) }, leaks: true},
		"the same, of few measurements":  {fixed: machine, little: enough},
		"twice, of too few measurements": {fixed: func(r *rand.Rand) float64 { return 2 * machine(r) }, little: enough - 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, 2))
			n := 20_000
			if row.little != 0 {
				n = row.little
			}
			var times Times
			for range n {
				times.Fixed, times.Random = append(times.Fixed, row.fixed(r)), append(times.Random, machine(r))
			}
			got, err := times.Test()
			if (err != nil) != (n < enough) {
				t.Fatal(err)
			}
			if err != nil {
				return
			}
			if leaks := math.Abs(got.T) > Leak; leaks != row.leaks || !leaks && math.Abs(got.T) > Suspicious || !strings.HasPrefix(got.Of, row.of) {
				t.Errorf("%+v", got)
			}
			if got.Measurements != 2*n || got.Random < 950 || got.Random > 1050 {
				t.Errorf("%+v", got)
			}
		})
	}
}

// A leak that is in the slow runs alone is not cropped away.
func TestSlowRuns(t *testing.T) {
	t.Parallel()
	var times Times
	for i := range 20_000 {
		times.Random = append(times.Random, float64(1000+i%7))
		times.Fixed = append(times.Fixed, float64(1000+i%7))
		if i%500 == 0 {
			times.Fixed[i] += 100
		}
	}
	if got, err := times.Test(); err != nil || got.T < Suspicious {
		t.Errorf("%+v %v", got, err)
	}
}

// The classes come in turns that nobody can foresee, and in one place.
func TestMeasure(t *testing.T) {
	t.Parallel()
	at := map[*[2]int]bool{}
	var fixed, random, drawn int
	times := Measure(Subject[[2]int]{
		Fixed:  [2]int{1, 2},
		Random: func() [2]int { drawn++; return [2]int{3, drawn} },
		Run: func(in *[2]int) {
			at[in] = true
			if *in == [2]int{1, 2} {
				fixed++
			} else {
				random++
			}
		},
		Repeat: 3,
	}, time.Millisecond)
	counted := len(times.Fixed) + len(times.Random)
	if counted == 0 || fixed+random != 3*(batch+counted) {
		t.Errorf("%d measurements of %d runs", counted, fixed+random)
	}
	if len(at) != 1 || drawn%batch != 0 {
		t.Errorf("%d addresses, %d inputs drawn", len(at), drawn)
	}
	if share := float64(fixed) / float64(fixed+random); math.Abs(share-0.5) > 0.2 { // six standard deviations of the least number of measurements
		t.Errorf("%v of the runs are of the fixed input", share)
	}
}

// A recorder is a test in whose place the verdicts are told.
type recorder struct{ logged, failed, fatal, skipped string }

func (*recorder) Helper()                           {}
func (r *recorder) Skip(args ...any)                { r.skipped = fmt.Sprint(args...) }
func (r *recorder) Logf(format string, args ...any) { r.logged += fmt.Sprintf(format, args...) }
func (r *recorder) Errorf(format string, args ...any) {
	r.failed = fmt.Sprintf(format, args...)
}
func (r *recorder) Fatalf(format string, args ...any) { r.fatal = fmt.Sprintf(format, args...) }

// apart are times whose uncropped t is about the one given.
func apart(by float64) (times Times) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 10_000 {
		times.Fixed = append(times.Fixed, 1000+10*r.NormFloat64()+by*10*math.Sqrt(2./10_000))
		times.Random = append(times.Random, 1000+10*r.NormFloat64())
	}
	return times
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for by, want := range map[float64]struct{ constant, suspicious bool }{0: {true, false}, 7: {true, true}, 20: {false, false}} {
		var constant, leaky recorder
		Constant(&constant, apart(by))
		Leaky(&leaky, apart(by))
		if (constant.failed == "") != want.constant || (leaky.failed == "") == want.constant ||
			strings.Contains(constant.logged, "measure it again") != want.suspicious {
			t.Errorf("t of %v: %+v, and as a control %+v", by, constant, leaky)
		}
	}
	var few recorder
	if Constant(&few, Times{}); few.fatal == "" {
		t.Error("a verdict without measurements")
	}
}

func TestBudget(t *testing.T) {
	for text, want := range map[string]time.Duration{"20s": 20 * time.Second, "": 0, "x": 0, "-1s": 0} {
		t.Setenv(Variable, text)
		var r recorder
		got := Budget(&r)
		if want != 0 && got != want || (r.skipped != "") != (text == "") || (r.fatal != "") != (want == 0) { // a recorder does not end
			t.Errorf("%q: %v %+v", text, got, r)
		}
	}
}

func TestGuesses(t *testing.T) {
	t.Parallel()
	right := []byte("31")
	s := Guesses(right, Digit, func(guess []byte) {
		if len(guess) != 2 || Equal(guess, right) {
			t.Errorf("guessed %q", guess)
		}
	})
	s.Run(&s.Fixed)
	if s.Fixed.text[0] != '3' || s.Fixed.text[1] < '0' || s.Fixed.text[1] > '9' {
		t.Errorf("the near miss is %q", s.Fixed.text)
	}
	seen := map[Guess]bool{}
	for range 10_000 { // a guess is missed by one chance in 10^40
		g := s.Random()
		s.Run(&g)
		seen[g] = true
	}
	if len(seen) != 99 {
		t.Errorf("%d guesses of two digits", len(seen))
	}
	control := EarlyExit(right, Digit)
	control.Run(&control.Fixed)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a control takes the right guess")
			}
		}()
		g := Guess{length: 2}
		copy(g.text[:], right)
		control.Run(&g)
	}()
	for text, want := range map[string]bool{"31": true, "32": false, "41": false, "3": false, "313": false, "": false} {
		if Equal([]byte(text), right) != want {
			t.Errorf("%q", text)
		}
	}
}
