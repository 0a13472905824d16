// Package redacttest finds secrets in everything that printing can produce.
package redacttest

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
)

// verbs are all of fmt's, those that do not fit included: a wrong verb takes
// another path through fmt, which follows one pointer more.
const verbs = "vTtbcdoOqxXUeEfFgGspwz"

// Check fails the test if secret can be read from any printed form of v: bare,
// by pointer, in exported and unexported fields of another struct, in an
// interface, a slice and a map; with every verb and flag of fmt, slog's text
// and JSON handlers and encoding/json. It fails as well if one of v's methods
// prints nothing at all: whoever reads a log has to see that something was there.
func Check[T any](t *testing.T, v T, secret string) {
	t.Helper()
	for _, method := range Silent(v) {
		t.Errorf("%T.%s says nothing", v, method)
	}
	for _, leak := range Leaks(v, secret) {
		t.Errorf("%T leaks its secret: %s", v, leak)
	}
}

// Leaks lists the ways in which v prints secret.
func Leaks[T any](v T, secret string) []string {
	var leaks []string
	report := func(how, out string) {
		if shows(out, secret) {
			leaks = append(leaks, how)
		}
	}
	for where, x := range wrap(v) {
		for _, verb := range verbs {
			for _, flags := range []string{"", "+", "#", " ", "0", "-12.3", "#+"} {
				format := "%" + flags + string(verb)
				report(where+" with "+format, fmt.Sprintf(format, x))
			}
		}
		var text, js bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", x, slog.Group("g", "v", x))
		report(where+" in slog text", text.String())
		slog.New(slog.NewJSONHandler(&js, nil)).Info("m", "v", x, slog.Group("g", "v", x))
		report(where+" in slog JSON", js.String())
		if out, err := json.Marshal(x); err == nil {
			report(where+" in encoding/json", string(out))
		} else {
			report(where+" in the error of encoding/json", err.Error())
		}
	}
	return leaks
}

// Silent lists the printing methods of v, a value or a pointer, that put out
// nothing.
func Silent[T any](v T) []string {
	var x any = &v // which has the methods of both, unless v is a pointer itself
	if reflect.TypeFor[T]().Kind() == reflect.Pointer || reflect.TypeFor[T]().Kind() == reflect.Interface {
		x = v
	}
	var silent []string
	report := func(method string, says bool) {
		if !says {
			silent = append(silent, method)
		}
	}
	if _, ok := x.(fmt.Formatter); ok {
		report("Format", fmt.Sprint(x) != "")
	}
	if x, ok := x.(slog.LogValuer); ok {
		report("LogValue", !x.LogValue().Equal(slog.Value{}))
	}
	if x, ok := x.(encoding.TextMarshaler); ok {
		text, err := x.MarshalText()
		report("MarshalText", len(text) > 0 || err != nil)
	}
	if x, ok := x.(json.Marshaler); ok {
		text, err := x.MarshalJSON()
		report("MarshalJSON", len(text) > 0 || err != nil)
	}
	if x, ok := x.(error); ok {
		report("Error", x.Error() != "")
	}
	return silent
}

type exported[T any] struct{ V T }

type unexported[T any] struct{ v T }

// wrap puts v in every place from which it may be printed.
func wrap[T any](v T) map[string]any {
	return map[string]any{
		"bare":                     v,
		"pointer":                  &v,
		"exported field":           exported[T]{v},
		"unexported field":         unexported[T]{v},
		"pointer to exported":      &exported[T]{v},
		"pointer to unexported":    &unexported[T]{v},
		"unexported pointer":       unexported[*T]{&v},
		"interface":                exported[any]{v},
		"unexported interface":     unexported[any]{v},
		"nested unexported field":  unexported[unexported[T]]{unexported[T]{v}},
		"slice":                    []T{v},
		"pointer to slice":         &[]T{v},
		"map":                      map[string]T{"k": v},
		"unexported slice and map": unexported[exported[any]]{exported[any]{[]any{[]T{v}, map[string]T{"k": v}}}},
	}
}

// shows reports whether out holds secret as it is, or in one of the encodings
// that fmt and encoding/json give to bytes.
func shows(out, secret string) bool {
	raw := []byte(secret)
	decimal := strings.Trim(fmt.Sprint(raw), "[]")
	spaced := strings.TrimSpace(fmt.Sprintf("% x", raw))
	for _, form := range []string{
		secret, hex.EncodeToString(raw), decimal, spaced,
		strings.ReplaceAll(decimal, " ", ", "),
		base64.StdEncoding.EncodeToString(raw),
	} {
		if strings.Contains(strings.ToLower(out), strings.ToLower(form)) {
			return true
		}
	}
	return false
}
