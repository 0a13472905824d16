package methodtest

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/redirect"
	"github.com/cognitomfa/cognitomfa/internal/idptest"
)

// Redirect goes to the address of a challenge, passes there as somebody, and
// makes the answer of the redirect. Whoever is nobody does not go, and gives up.
func Redirect(t *testing.T, c *challenge.Custom, who string) challenge.Answer {
	t.Helper()
	p, err := redirect.Parse(c)
	if err != nil {
		t.Fatal(err)
	}
	if who == "" {
		return p.Decline()
	}
	back, err := idptest.Visit(t.Context(), http.DefaultClient, p.URL(), idptest.Visitor{User: who})
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.Answer(back.Query())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// WithState puts the state of a challenge into the answer to another.
func WithState(t *testing.T, c *challenge.Custom, answer string) string {
	t.Helper()
	var fields map[string]string
	if err := json.Unmarshal([]byte(answer), &fields); err != nil {
		t.Fatal(err)
	}
	fields["state"] = c.Parameters()[redirect.ParamState]
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
