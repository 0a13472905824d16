package plot

import (
	"math"
	"strings"
	"testing"
)

// What is proportional is a straight line, what stays the same a level one.
func TestDraw(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	err := Picture{"a < b", "unit", []Curve{
		{"grows", []Point{{1, 10}, {10, 100}, {100, 1000}}},
		{"stays & stays", []Point{{1, 100}, {100, 100}}},
	}}.Draw(&b)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`points="70.0,330.0 337.5,182.5 605.0,35.0"`, `points="70.0,182.5 605.0,182.5"`,
		">a &lt; b<", ">unit<", ">grows<", ">stays &amp; stays<", ">1,000<", colours[1],
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %s in\n%s", want, b.String())
		}
	}
}

func TestDrawRefuses(t *testing.T) {
	t.Parallel()
	one := Curve{"", []Point{{1, 1}}}
	for name, curves := range map[string][]Curve{
		"nothing": nil, "no point": {one, {}}, "too many curves": {one, one, one},
		"zero": {{"", []Point{{0, 1}}}}, "negative": {{"", []Point{{1, -1}}}},
		"no number": {{"", []Point{{1, math.NaN()}}}}, "no end": {{"", []Point{{1, math.Inf(1)}}}},
	} {
		var b strings.Builder
		if err := (Picture{Curves: curves}).Draw(&b); err == nil || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, b.Len())
		}
	}
	if err := (Picture{Curves: []Curve{one}}).Draw(new(strings.Builder)); err != nil {
		t.Errorf("a single point: %v", err)
	}
}

func TestPower(t *testing.T) {
	t.Parallel()
	for e, want := range map[float64]string{-1: "1e-1", 0: "1", 2: "100", 3: "1,000", 6: "1,000,000", 12: "1e12"} {
		if got := power(e); got != want {
			t.Errorf("power(%g) = %s, want %s", e, got, want)
		}
	}
}
