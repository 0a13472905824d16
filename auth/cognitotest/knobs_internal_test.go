package cognitotest

import (
	"reflect"
	"testing"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
)

// The knobs are those of Config by the same names, and hold for every pool of
// the server.
func TestKnobsHold(t *testing.T) {
	t.Parallel()
	var cfg Config
	knobs := reflect.TypeFor[directory.Knobs]()
	for i := range knobs.NumField() {
		switch field := reflect.ValueOf(&cfg).Elem().FieldByName(knobs.Field(i).Name); field.Kind() {
		case reflect.Bool:
			field.SetBool(true)
		case reflect.Int64:
			field.SetInt(1)
		default:
			t.Fatalf("Config has no knob %s", knobs.Field(i).Name)
		}
	}
	first := cfg.settings("", trigger.Runner{})
	for i := range knobs.NumField() {
		if reflect.ValueOf(first.Knobs).Field(i).IsZero() {
			t.Errorf("%s does nothing", knobs.Field(i).Name)
		}
	}
	if other := cfg.base(first); other.Knobs != first.Knobs {
		t.Errorf("of a pool that CreateUserPool makes %+v", other.Knobs)
	}
}
