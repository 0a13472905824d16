// Package plot draws the curves of docs/benchmarks: an SVG with two logarithmic
// axes, on which what is proportional is a straight line, and what stays the same
// a level one.
package plot

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// A Picture is some curves over one axis.
type Picture struct {
	X, Y   string // what the axes count, with the unit
	Curves []Curve
}

// A Curve is points in the order in which they are joined.
type Curve struct {
	Name   string // beside its last point; may be empty
	Points []Point
}

// A Point has two positive numbers.
type Point struct{ X, Y float64 }

const width, height, margin = 640.0, 400.0, 70.0

// colours tell the curves apart; their names do too.
var colours = []string{"#1f5fa8", "#b4531a"}

// An axis maps values onto pixels, by powers of ten.
type axis struct{ low, high, from, to float64 }

func newAxis(from, to float64) axis { return axis{math.Inf(1), math.Inf(-1), from, to} }

// include makes room for a value.
func (a *axis) include(v float64) {
	a.low, a.high = min(a.low, math.Floor(math.Log10(v))), max(a.high, math.Ceil(math.Log10(v)))
	if a.low == a.high {
		a.high++
	}
}

func (a axis) at(v float64) float64 {
	return a.from + (math.Log10(v)-a.low)/(a.high-a.low)*(a.to-a.from)
}

var errForm = errors.New("plot: want one or two curves of positive numbers")

// axes are those that all points fit on.
func (p Picture) axes() (x, y axis, err error) {
	x, y = newAxis(margin, width-margin/2), newAxis(height-margin, margin/2)
	if len(p.Curves) == 0 || len(p.Curves) > len(colours) {
		return x, y, errForm
	}
	for _, c := range p.Curves {
		if len(c.Points) == 0 {
			return x, y, errForm
		}
		for _, at := range c.Points {
			if !(at.X > 0) || !(at.Y > 0) || math.IsInf(at.X*at.Y, 0) {
				return x, y, errForm
			}
			x.include(at.X)
			y.include(at.Y)
		}
	}
	return x, y, nil
}

// Draw writes the picture.
func (p Picture) Draw(w io.Writer) error {
	x, y, err := p.axes()
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="sans-serif" font-size="13">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%g" height="%g" fill="white"/>`+"\n", width, height)
	for e := x.low; e <= x.high; e++ {
		at := x.at(math.Pow(10, e))
		fmt.Fprintf(&b, `<path d="M%.1f %.1fV%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`+"\n", at, y.from, y.to, at, y.from+20, power(e))
	}
	for e := y.low; e <= y.high; e++ {
		at := y.at(math.Pow(10, e))
		fmt.Fprintf(&b, `<path d="M%.1f %.1fH%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="end">%s</text>`+"\n", x.from, at, x.to, x.from-8, at+4, power(e))
	}
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;")
	for i, c := range p.Curves {
		var points []string
		for _, at := range c.Points {
			points = append(points, fmt.Sprintf("%.1f,%.1f", x.at(at.X), y.at(at.Y)))
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/>`+"\n", x.at(at.X), y.at(at.Y), colours[i])
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(points, " "), colours[i])
		last := c.Points[len(c.Points)-1]
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="end" fill="%s">%s</text>`+"\n", x.at(last.X)-4, y.at(last.Y)-10, colours[i], escape.Replace(c.Name))
	}
	fmt.Fprintf(&b, `<text x="%g" y="%g" text-anchor="middle">%s</text>`+"\n", width/2, height-16, escape.Replace(p.X))
	fmt.Fprintf(&b, `<text x="%g" y="20" text-anchor="start">%s</text>`+"\n</svg>\n", margin, escape.Replace(p.Y))
	_, err = io.WriteString(w, b.String())
	return err
}

// power writes 10^e as people do.
func power(e float64) string {
	if e < 0 || e > 9 {
		return fmt.Sprintf("1e%g", e)
	}
	digits := "1" + strings.Repeat("0", int(e))
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
