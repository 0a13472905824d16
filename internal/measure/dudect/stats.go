package dudect

import (
	"fmt"
	"math"
	"slices"
)

// Times are measurements in nanoseconds, by the class of the input.
type Times struct{ Fixed, Random []float64 }

// enough is how many measurements of each class a test takes at least. dudect
// waits for ten times as many; an exponentiation of a millisecond would then be
// tested with hardly any cropping. At a thousand Welch's t is as good as normal.
const enough = 1000

// crops is how many times the measurements are cropped.
const crops = 100

// A Result is the greatest of the tests of some measurements.
type Result struct {
	T float64 // Welch's t: above 0 if the fixed input takes longer
	// Of says of which measurements it is, such as "the fastest 50.0 %".
	Of string
	// Fixed and Random are the medians of the two classes, in nanoseconds, and
	// Measurements is how many there were of both.
	Fixed, Random float64
	Measurements  int
}

// Test makes dudect's tests: of all measurements, of those below each of a hundred
// percentiles, and of the variances. Cropping takes out what the machine did
// meanwhile, which is always slow; where to crop is unknown, hence the hundred.
// The error tells that there are too few measurements.
func (t Times) Test() (Result, error) {
	fixed, random := slices.Sorted(slices.Values(t.Fixed)), slices.Sorted(slices.Values(t.Random))
	if min(len(fixed), len(random)) < enough {
		return Result{}, fmt.Errorf("dudect: %d and %d measurements are too few, %d of each are needed", len(fixed), len(random), enough)
	}
	all := slices.Concat(fixed, random)
	slices.Sort(all)
	r := Result{Fixed: fixed[len(fixed)/2], Random: random[len(random)/2], Measurements: len(all)}
	take := func(score float64, of string) {
		if math.Abs(score) > math.Abs(r.T) {
			r.T, r.Of = score, of
		}
	}
	// Percentiles rise, so what is below one is below the next.
	var a, b sample
	for i := range crops {
		kept := 1 - math.Pow(0.5, 10*float64(i+1)/crops)
		limit := all[int(kept*float64(len(all)))]
		fixed, random = a.pushBelow(fixed, limit), b.pushBelow(random, limit)
		if min(a.n, b.n) >= enough {
			take(welch(a, b), fmt.Sprintf("the fastest %.1f %%", 100*kept))
		}
	}
	a.pushBelow(fixed, math.Inf(1))
	b.pushBelow(random, math.Inf(1))
	take(welch(a, b), "all")
	take(welch(squares(t.Fixed, a.mean), squares(t.Random, b.mean)), "the variances")
	return r, nil
}

// squares is the sample of the squared distances from the mean.
func squares(times []float64, mean float64) (s sample) {
	for _, x := range times {
		s.push((x - mean) * (x - mean))
	}
	return s
}

// A sample is summed up as it comes, by Welford's method: a sum of squares would
// lose the digits in which the classes differ.
type sample struct{ n, mean, m2 float64 }

func (s *sample) push(x float64) {
	s.n++
	d := x - s.mean
	s.mean += d / s.n
	s.m2 += d * (x - s.mean)
}

// pushBelow takes from ascending values those below the limit, and returns the
// others.
func (s *sample) pushBelow(values []float64, limit float64) []float64 {
	for len(values) > 0 && values[0] < limit {
		s.push(values[0])
		values = values[1:]
	}
	return values
}

// welch returns the t of Welch's test, for two means of populations whose
// variances may differ: their distance in standard errors.
func welch(a, b sample) float64 {
	distance := a.mean - b.mean
	if distance == 0 {
		return 0 // also where nothing varies
	}
	return distance / math.Sqrt(a.m2/(a.n-1)/a.n+b.m2/(b.n-1)/b.n)
}
