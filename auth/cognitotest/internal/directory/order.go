package directory

import (
	"slices"
	"strconv"
)

// An order lists keys in the order in which they were added, a page at a time,
// without sorting anything: the place after any key is found by its number, which
// never changes. The zero order is empty.
type order struct {
	next    int // number of the next key
	numbers map[string]int
	places  []place // by number
}

type place struct {
	number int
	key    string // empty: removed
}

func (o *order) add(key string) {
	if o.numbers == nil {
		o.numbers = make(map[string]int)
	}
	if _, there := o.numbers[key]; there {
		return
	}
	o.next++
	o.numbers[key] = o.next
	o.places = append(o.places, place{o.next, key})
}

func (o *order) remove(key string) {
	number, there := o.numbers[key]
	if !there {
		return
	}
	delete(o.numbers, key)
	o.places[o.after(number-1)].key = ""
	// What is gone is cleared away when it is the larger part.
	if len(o.places) > 2*len(o.numbers) {
		o.places = slices.DeleteFunc(o.places, func(p place) bool { return p.key == "" })
	}
}

// after returns the index of the first place with a greater number.
func (o *order) after(number int) int {
	i, _ := slices.BinarySearchFunc(o.places, number+1, func(p place, n int) int { return p.number - n })
	return i
}

// page collects up to limit keys that are wanted, beginning after the mark that
// the page before gave; next is empty if there are no more. A mark that none gave
// is not ok.
func (o *order) page(mark string, limit int, want func(key string) bool) (keys []string, next string, ok bool) {
	var number int
	if mark != "" {
		var err error
		if number, err = strconv.Atoi(mark); err != nil || number < 1 || number > o.next {
			return nil, "", false
		}
	}
	for _, p := range o.places[o.after(number):] {
		if p.key == "" || !want(p.key) {
			continue
		}
		if len(keys) == limit {
			return keys, strconv.Itoa(number), true
		}
		keys, number = append(keys, p.key), p.number
	}
	return keys, "", true
}
