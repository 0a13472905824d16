package directory

import (
	"errors"
	"strings"
	"testing"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// Any value, once its quotes and backslashes are escaped, finds the user who has
// it, by equality and by the beginning; and any text is a filter or a refusal.
func FuzzFilter(f *testing.F) {
	seeds := []string{"", "Ann", `Ann "the" \ first`, `\`, `"`, `\"`, "a\nb", "\xff", `username = "ann"`, `email ^= "a"`, `name = "a\x"`}
	if len(seeds) < 10 {
		f.Fatal("the seeds are gone")
	}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := ParseFilter(text)
		var refusal *wire.Error
		if err != nil && !errors.As(err, &refusal) {
			t.Errorf("%q: %v", text, err)
		}
		u := User{Attributes: map[string]string{"name": text}}
		longer := User{Attributes: map[string]string{"name": text + "x"}}
		quoted := strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(text)
		for _, sign := range []string{"=", "^="} {
			filter, err := ParseFilter("name " + sign + ` "` + quoted + `"`)
			if err != nil {
				t.Fatalf("%q: %v", quoted, err)
			}
			if !filter.matches(u) || filter.matches(longer) != (sign == "^=") {
				t.Errorf("%s %q finds another", sign, quoted)
			}
		}
	})
}
