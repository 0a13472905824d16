package redact_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/cognitomfa/cognitomfa/internal/redact"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
)

type state struct {
	Words []string
	Map   map[string]string
	Ptr   *string
}

func TestBoxNeverPrints(t *testing.T) {
	canary := "canary-4711"
	redacttest.Check(t, redact.New(canary), canary)
	redacttest.Check(t, redact.New([]byte(canary)), canary)
	redacttest.Check(t, redact.New(state{[]string{canary}, map[string]string{canary: canary}, &canary}), canary)
}

// The check itself must catch each design that looks safe and is not.
func TestCheckCatchesLeaks(t *testing.T) {
	const canary = "canary-4711"
	leaks := map[string]any{
		"plain string":      canary,
		"exported field":    struct{ S string }{canary},
		"unexported field":  struct{ s string }{canary},
		"pointer to struct": &struct{ s string }{canary},
		"methods only":      methodsOnly{canary},
	}
	for name, v := range leaks {
		if len(redacttest.Leaks(v, canary)) == 0 {
			t.Errorf("%s: no leak found", name)
		}
	}
}

// And each method that prints nothing.
func TestCheckCatchesSilence(t *testing.T) {
	want := []string{"Format", "LogValue", "MarshalText", "MarshalJSON", "Error"}
	if got := redacttest.Silent(silent{}); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	if got := redacttest.Silent(new(silent)); !slices.Equal(got, want) {
		t.Errorf("found %q by a pointer, want %q", got, want)
	}
	if got := redacttest.Silent(redact.New("x")); got != nil {
		t.Errorf("found %q", got)
	}
}

type silent struct{}

func (silent) Format(fmt.State, rune)       {}
func (silent) LogValue() (v slog.Value)     { return v }
func (silent) MarshalText() ([]byte, error) { return nil, nil }
func (silent) MarshalJSON() ([]byte, error) { return nil, nil }
func (silent) Error() string                { return "" }

type methodsOnly struct{ s string }

func (methodsOnly) Format(f fmt.State, _ rune) { f.Write([]byte(redact.Text)) }
func (methodsOnly) LogValue() slog.Value       { return slog.StringValue(redact.Text) }

func TestZeroAndReveal(t *testing.T) {
	var zero redact.Box[string]
	if !zero.IsZero() || zero.Reveal() != "" {
		t.Error("the zero Box is not empty")
	}
	box := redact.New("x")
	if box.IsZero() || box.Reveal() != "x" {
		t.Error("Reveal does not return what New was given")
	}
	if got := fmt.Sprintf("%d|%s|%#v", box, box, box); got != strings.Repeat(redact.Text+"|", 2)+redact.Text {
		t.Errorf("printed as %q", got)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "box", box)
	if !strings.Contains(log.String(), redact.Text) {
		t.Errorf("logged as %s", log.String())
	}
	text, err := json.Marshal(box)
	if err != nil || string(text) != `"`+redact.Text+`"` {
		t.Errorf("marshalled as %s, %v", text, err)
	}
}
