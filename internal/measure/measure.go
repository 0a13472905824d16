// Package measure is for tests that compare what two programs for the same work
// cost, on machines that have other things to do.
package measure

import "slices"

// Compare returns, for each of the contestants, the cost of one round in each
// round. The contestants take turns, each round beginning with another of them:
// what slows the machine slows all.
func Compare(rounds int, contestants ...func() float64) [][]float64 {
	costs := make([][]float64, len(contestants))
	for round := range rounds {
		for turn := range contestants {
			i := (round + turn) % len(contestants)
			costs[i] = append(costs[i], contestants[i]())
		}
	}
	return costs
}

// Ratios divides the costs of one contestant by those of another, round by
// round, and returns the quotients in ascending order.
func Ratios(of, by []float64) []float64 {
	ratios := make([]float64, len(of))
	for i := range of {
		ratios[i] = of[i] / by[i]
	}
	slices.Sort(ratios)
	return ratios
}

// Median returns the middle one of some values, of an even number the greater of
// the two in the middle.
func Median(values []float64) float64 {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}
