package cognitotest

import (
	"slices"
	"testing"
)

func TestRing(t *testing.T) {
	t.Parallel()
	r := ring[int]{most: 3}
	for i, want := range [][]int{{}, {1}, {1, 2}, {1, 2, 3}, {2, 3, 4}, {3, 4, 5}, {4, 5, 6}, {5, 6, 7}} {
		if got := r.all(); !slices.Equal(got, want) {
			t.Errorf("after %d: %v, want %v", i, got, want)
		}
		r.add(i + 1)
	}
	list := r.all()
	list[0] = 0
	if slices.Contains(r.all(), 0) {
		t.Error("the list is the ring's own")
	}
}
