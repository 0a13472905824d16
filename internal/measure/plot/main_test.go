package main

import (
	"os"
	"strings"
	"testing"
)

// The picture that is committed is that of the data beside it.
func TestCommittedPicture(t *testing.T) {
	t.Parallel()
	data, err := os.Open("../../../docs/benchmarks/pending.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	var b strings.Builder
	if err := draw(data, &b); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../../docs/benchmarks/pending.svg")
	if err != nil || string(want) != b.String() {
		t.Errorf("the picture is another one: draw it again (%v)", err)
	}
}

// What is proportional is a straight line.
func TestDraw(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := draw(strings.NewReader("a < b,unit\n1,10\n10,100\n100,1000\n"), &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`points="70.0,330.0 337.5,182.5 605.0,35.0"`, "a &lt; b"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %s in\n%s", want, b.String())
		}
	}
	for _, bad := range []string{"", "a,b\n", "a,b\n0,1\n", "a,b\n1,x\n", "a,b\n1,NaN\n", "a,b\n1,2,3\n", "a,b\n1,+Inf\n"} {
		if err := draw(strings.NewReader(bad), &b); err == nil {
			t.Errorf("%q is drawn", bad)
		}
	}
}
