package directory

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// An order against a plain list, over random additions and removals: pages hold
// what the list holds, and the places of what is gone are cleared away.
func TestOrder(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var o order
	var list []string
	for step := range 5000 {
		key := strconv.Itoa(r.IntN(300))
		i := slices.Index(list, key)
		switch remove := r.IntN(3) == 0; {
		case remove && i >= 0:
			list = slices.Delete(list, i, i+1)
			o.remove(key)
		case remove:
			o.remove(key)
		default:
			if i < 0 {
				list = append(list, key)
			}
			o.add(key)
		}
		if step%50 != 0 {
			continue
		}
		var got []string
		for mark, more := "", true; more; more = mark != "" {
			page, next, ok := o.page(mark, 7, func(string) bool { return true })
			if !ok || len(page) > 7 {
				t.Fatalf("step %d: a page of %d, %v", step, len(page), ok)
			}
			got, mark = append(got, page...), next
		}
		if !slices.Equal(got, list) {
			t.Fatalf("step %d: got %v, want %v", step, got, list)
		}
	}
	for _, key := range list {
		o.remove(key)
	}
	if len(o.places) > 1 || len(o.numbers) != 0 {
		t.Errorf("%d places are left of nothing", len(o.places))
	}
}

// A mark stays good when what it stood for is gone.
func TestOrderMarkOutlives(t *testing.T) {
	t.Parallel()
	var o order
	for i := range 10 {
		o.add(strconv.Itoa(i))
	}
	first, mark, _ := o.page("", 3, func(string) bool { return true })
	for _, key := range append(first, "3", "5", "6", "7", "8") {
		o.remove(key)
	}
	rest, _, ok := o.page(mark, 3, func(string) bool { return true })
	if !ok || !slices.Equal(rest, []string{"4", "9"}) {
		t.Errorf("after %s: %v", mark, rest)
	}
}
