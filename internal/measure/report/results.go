package main

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/cognitomfa/cognitomfa/internal/measure"
)

// results are what take returned. Whoever asks for what is not in them gets zeros,
// and the request is kept in missing.
type results struct {
	facts   map[string]string               // of the machine
	values  map[string]map[string][]float64 // by benchmark and unit, one of each run
	text    string
	missing []string
}

var (
	fact = regexp.MustCompile(`(?m)^([a-z][a-z -]*): (.*)$`)
	// run is a line of a benchmark, without the number of CPUs in its name.
	run   = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\t(.*)$`)
	value = regexp.MustCompile(`([\d.]+) (\S+)`)
)

func parse(text string) *results {
	r := &results{facts: map[string]string{}, values: map[string]map[string][]float64{}, text: text}
	for _, m := range fact.FindAllStringSubmatch(text, -1) {
		if r.facts[m[1]] == "" { // go test has a line of its own about the CPU
			r.facts[m[1]] = m[2]
		}
	}
	for _, m := range run.FindAllStringSubmatch(text, -1) {
		if r.values[m[1]] == nil {
			r.values[m[1]] = map[string][]float64{}
		}
		for _, v := range value.FindAllStringSubmatch(m[2], -1) {
			if n, err := strconv.ParseFloat(v[1], 64); err == nil {
				r.values[m[1]][v[2]] = append(r.values[m[1]][v[2]], n)
			}
		}
	}
	return r
}

// fact is what is known of the machine.
func (r *results) fact(name string) string {
	if r.facts[name] == "" {
		r.missing = append(r.missing, name)
	}
	return r.facts[name]
}

// bench is the median of a benchmark's runs, in one of its units.
func (r *results) bench(name, unit string) float64 {
	runs := r.values[name][unit]
	if len(runs) == 0 {
		r.missing = append(r.missing, fmt.Sprintf("Benchmark%s in %s", name, unit))
		return 0
	}
	return measure.Median(runs)
}

// logged are the numbers that the groups of a pattern match, in each of the lines
// that it matches.
func (r *results) logged(pattern string) [][]float64 {
	var all [][]float64
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(r.text, -1) {
		var numbers []float64
		for _, group := range m[1:] {
			n, err := strconv.ParseFloat(group, 64)
			if err != nil {
				r.missing = append(r.missing, fmt.Sprintf("a number in %q", m[0]))
			}
			numbers = append(numbers, n)
		}
		all = append(all, numbers)
	}
	if all == nil {
		r.missing = append(r.missing, "a line with "+pattern)
	}
	return all
}

// one is logged where there is one line.
func (r *results) one(pattern string) []float64 {
	if all := r.logged(pattern); len(all) > 0 {
		return all[0]
	}
	return make([]float64, regexp.MustCompile(pattern).NumSubexp())
}

// nanoseconds and bytesOf write a measured number with three digits, in the unit
// that suits it.
func nanoseconds(n float64) string {
	switch {
	case n >= 1e6:
		return digits(n/1e6) + " ms"
	case n >= 1e3:
		return digits(n/1e3) + " µs"
	}
	return digits(n) + " ns"
}

func bytesOf(n float64) string {
	switch {
	case n >= 1<<20:
		return digits(n/(1<<20)) + " MiB"
	case n >= 1<<10:
		return digits(n/(1<<10)) + " KiB"
	}
	return digits(n) + " B"
}

func digits(n float64) string {
	switch {
	case n >= 99.95:
		return strconv.FormatFloat(n, 'f', 0, 64)
	case n >= 9.995:
		return strconv.FormatFloat(n, 'f', 1, 64)
	}
	return strconv.FormatFloat(n, 'f', 2, 64)
}

// thousands writes a whole number with commas.
func thousands(n float64) string {
	s := strconv.FormatFloat(n, 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
