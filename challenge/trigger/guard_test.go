package trigger_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// Tokens come once for each custom challenge that was passed, for its user and
// client, and soon.
func TestGuard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, func(o *trigger.Options) { o.Guarded = true })
	guard, err := trigger.NewGuard(w.store, []string{"client", "another"}, logTo(w.logged))
	if err != nil {
		t.Fatal(err)
	}
	tokens := func(user, client, source string, want error) {
		t.Helper()
		f := w.flow(user)
		f.client = client
		raw := bytes.Replace(f.event("X", nil, fields{}), []byte("X_Authentication"), []byte("TokenGeneration_"+source), 1)
		out, err := guard.Invoke(t.Context(), raw)
		if !errors.Is(err, want) || want == nil && !bytes.Equal(out, raw) || want != nil && out != nil {
			t.Errorf("%s for %s by %s: %s, %v; want %v", source, user, client, out, err, want)
		}
	}
	pass := func() {
		f := w.srp("ann", nil)
		f.answer("42", nil)
		f.wants("tokens")
	}
	tokens("ann", "client", "Authentication", trigger.ErrDenied)
	pass()
	tokens("bob", "client", "Authentication", trigger.ErrDenied)
	tokens("ann", "another", "Authentication", trigger.ErrDenied)
	tokens("ann", "client", "Authentication", nil)
	tokens("ann", "client", "Authentication", trigger.ErrDenied)
	pass()
	pass()
	tokens("ann", "client", "Authentication", nil)
	tokens("ann", "client", "Authentication", trigger.ErrDenied)
	pass()
	w.now = w.now.Add(time.Minute)
	tokens("ann", "client", "Authentication", trigger.ErrDenied)
	pass()
	w.now = w.now.Add(59 * time.Second)
	pass() // which begins the minute anew
	w.now = w.now.Add(59 * time.Second)
	tokens("ann", "client", "Authentication", nil)
	for _, source := range []string{"NewPasswordChallenge", "AuthenticateDevice", "HostedAuth", "Tomorrow"} {
		tokens("ann", "client", source, trigger.ErrDenied)
	}
	tokens("ann", "client", "RefreshTokens", nil)
	tokens("ann", "unguarded", "Authentication", nil)
	tokens("ann", "", "Authentication", trigger.ErrDenied) // it may be anybody's
	some := guard
	if guard, err = trigger.NewGuard(w.store, nil, logTo(w.logged)); err != nil {
		t.Fatal(err)
	}
	tokens("ann", "unguarded", "Authentication", trigger.ErrDenied) // every client is guarded now
	pass()
	tokens("ann", "client", "Authentication", nil)
	guard = some
	if strings.Contains(w.logged.String(), "ann@") {
		t.Error("the log has an address")
	}

	f := w.srp("ann", nil)
	f.answer("1", nil)
	tokens("ann", "client", "Authentication", trigger.ErrDenied)
	for _, raw := range []string{"", "{}", string(f.event("DefineAuthChallenge", nil, fields{}))} {
		if _, err := guard.Invoke(t.Context(), []byte(raw)); !errors.Is(err, trigger.ErrEvent) {
			t.Errorf("%q: %v", raw, err)
		}
	}
	broken, err := trigger.NewGuard(brokenStore{w.store, "take"}, []string{"client"}, logTo(w.logged))
	if err != nil {
		t.Fatal(err)
	}
	guard = broken
	tokens("ann", "client", "Authentication", trigger.ErrUnavailable)
	if _, err := trigger.NewGuard(w.store, []string{""}, nil); err == nil {
		t.Error("a guard of a client without an id")
	}
	if _, err := trigger.NewGuard(nil, []string{"client"}, nil); err == nil {
		t.Error("a guard without a store")
	}
}

// Without Options.Guarded there is nothing for a guard to find.
func TestUnguarded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	f := w.srp("ann", nil)
	f.answer("42", nil)
	f.wants("tokens")
	if _, found, err := w.store.Take(t.Context(), trigger.Key("passed", "eu-west-1_Pool", "client", "ann")); found || err != nil {
		t.Error(found, err)
	}
}

func TestCheckClient(t *testing.T) {
	t.Parallel()
	good := trigger.AppClient{
		ExplicitAuthFlows:          []string{"ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
		PreventUserExistenceErrors: "ENABLED", AuthSessionValidity: 10,
	}
	flows := func(more ...string) func(*trigger.AppClient) {
		return func(c *trigger.AppClient) { c.ExplicitAuthFlows = append([]string{"ALLOW_CUSTOM_AUTH"}, more...) }
	}
	for name, row := range map[string]struct {
		change func(*trigger.AppClient)
		want   []string // setting, "bypass" or "", and a word of the text
	}{
		"good":           {func(*trigger.AppClient) {}, nil},
		"legacy":         {func(c *trigger.AppClient) { c.ExplicitAuthFlows = []string{"CUSTOM_AUTH_FLOW_ONLY"} }, nil},
		"SRP":            {flows("ALLOW_USER_SRP_AUTH"), []string{"ExplicitAuthFlows bypass Guard"}},
		"password":       {flows("ALLOW_USER_PASSWORD_AUTH"), []string{"ExplicitAuthFlows bypass USER_PASSWORD_AUTH"}},
		"admin":          {flows("ALLOW_ADMIN_USER_PASSWORD_AUTH"), []string{"ExplicitAuthFlows bypass credentials"}},
		"choice":         {flows("ALLOW_USER_AUTH"), []string{"ExplicitAuthFlows bypass even if"}},
		"legacy pass":    {flows("USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"), []string{"ExplicitAuthFlows bypass USER_", "ExplicitAuthFlows bypass ADMIN_"}},
		"tomorrow":       {flows("ALLOW_PALM_READING"), []string{"ExplicitAuthFlows bypass does not know"}},
		"unset":          {func(c *trigger.AppClient) { c.ExplicitAuthFlows = nil }, []string{"ExplicitAuthFlows bypass USER_SRP_AUTH"}},
		"no custom":      {func(c *trigger.AppClient) { c.ExplicitAuthFlows = c.ExplicitAuthFlows[1:] }, []string{"ExplicitAuthFlows  missing"}},
		"managed login":  {func(c *trigger.AppClient) { c.AllowedOAuthFlowsUserPoolClient = true }, []string{"AllowedOAuthFlowsUserPoolClient bypass login"}},
		"enumeration":    {func(c *trigger.AppClient) { c.PreventUserExistenceErrors = "LEGACY" }, []string{"PreventUserExistenceErrors  ENABLED"}},
		"short sessions": {func(c *trigger.AppClient) { c.AuthSessionValidity = 0 }, []string{"AuthSessionValidity  minutes"}},
	} {
		c := good
		row.change(&c)
		var got []string
		for i, warning := range trigger.CheckClient(c) {
			line := warning.Setting + " " + map[bool]string{true: "bypass"}[warning.Bypass] + " "
			if i < len(row.want) && strings.HasPrefix(row.want[i], line) && strings.Contains(warning.Text, row.want[i][len(line):]) {
				line = row.want[i]
			} else {
				line += warning.Text
			}
			got = append(got, line)
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
