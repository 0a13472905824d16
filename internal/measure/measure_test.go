package measure

import (
	"slices"
	"testing"
)

// The contestants take turns, and each is first as often as the other.
func TestCompare(t *testing.T) {
	t.Parallel()
	var order []int
	turn := func(name int) func() float64 {
		return func() float64 { order = append(order, name); return float64(name * len(order)) }
	}
	costs := Compare(2, turn(1), turn(2))
	if !slices.Equal(order, []int{1, 2, 2, 1}) {
		t.Errorf("the order is %v", order)
	}
	if !slices.Equal(costs[0], []float64{1, 4}) || !slices.Equal(costs[1], []float64{4, 6}) {
		t.Errorf("the costs are %v", costs)
	}
	if got := Ratios(costs[1], costs[0]); !slices.Equal(got, []float64{1.5, 4}) {
		t.Errorf("the ratios are %v", got)
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	list := []float64{3, 1, 2}
	if got := Median(list); got != 2 || list[0] != 3 {
		t.Errorf("Median = %v, and the list is now %v", got, list)
	}
	if got := Median([]float64{4, 1, 3, 2}); got != 3 {
		t.Errorf("Median of four = %v", got)
	}
}
