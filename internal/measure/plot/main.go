// Program plot draws a curve of docs/benchmarks: it reads lines "x,y" below a
// heading "what is counted,unit" and writes an SVG with two logarithmic axes, on
// which what is proportional is a straight line.
//
//	go run ./internal/measure/plot <docs/benchmarks/pending.csv >docs/benchmarks/pending.svg
package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
)

func main() {
	if err := draw(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

const width, height, margin = 640.0, 400.0, 70.0

// An axis maps values onto pixels, by powers of ten.
type axis struct{ low, high, from, to float64 }

func newAxis(values []float64, from, to float64) axis {
	a := axis{math.Inf(1), math.Inf(-1), from, to}
	for _, v := range values {
		a.low, a.high = min(a.low, math.Floor(math.Log10(v))), max(a.high, math.Ceil(math.Log10(v)))
	}
	if a.low == a.high {
		a.high++
	}
	return a
}

func (a axis) at(v float64) float64 {
	return a.from + (math.Log10(v)-a.low)/(a.high-a.low)*(a.to-a.from)
}

var errForm = errors.New("want a heading and lines of two positive numbers")

// draw reads the points and writes the picture.
func draw(r io.Reader, w io.Writer) error {
	records, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return err
	}
	if len(records) < 2 || len(records[0]) != 2 {
		return errForm
	}
	var xs, ys []float64
	for _, record := range records[1:] {
		x, errX := strconv.ParseFloat(record[0], 64)
		y, errY := strconv.ParseFloat(record[1], 64)
		if errX != nil || errY != nil || !(x > 0) || !(y > 0) || math.IsInf(x*y, 0) {
			return errForm
		}
		xs, ys = append(xs, x), append(ys, y)
	}
	x, y := newAxis(xs, margin, width-margin/2), newAxis(ys, height-margin, margin/2)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="sans-serif" font-size="13">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%g" height="%g" fill="white"/>`+"\n", width, height)
	for e := x.low; e <= x.high; e++ {
		at := x.at(math.Pow(10, e))
		fmt.Fprintf(&b, `<path d="M%.1f %.1fV%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="middle">%g</text>`+"\n", at, y.from, y.to, at, y.from+20, math.Pow(10, e))
	}
	for e := y.low; e <= y.high; e++ {
		at := y.at(math.Pow(10, e))
		fmt.Fprintf(&b, `<path d="M%.1f %.1fH%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="end">%g</text>`+"\n", x.from, at, x.to, x.from-8, at+4, math.Pow(10, e))
	}
	var points strings.Builder
	for i := range xs {
		fmt.Fprintf(&points, "%.1f,%.1f ", x.at(xs[i]), y.at(ys[i]))
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="4" fill="#1f5fa8"/>`+"\n", x.at(xs[i]), y.at(ys[i]))
	}
	fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="#1f5fa8" stroke-width="2"/>`+"\n", strings.TrimSpace(points.String()))
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;")
	fmt.Fprintf(&b, `<text x="%g" y="%g" text-anchor="middle">%s</text>`+"\n", width/2, height-16, escape.Replace(records[0][0]))
	fmt.Fprintf(&b, `<text x="%g" y="20" text-anchor="start">%s</text>`+"\n</svg>\n", margin, escape.Replace(records[0][1]))
	_, err = io.WriteString(w, b.String())
	return err
}
