package auth_test

import (
	"errors"
	"testing"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
)

// A web application that keeps nothing on the server: the tokens go to the
// browser and come back, and are of the same use.
func TestSealedTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{Devices: cognitotest.DevicesOptIn}, false)
	w.AddUser(cognitotest.User{Username: username, Password: password})
	tokens, _, err := w.client.Begin(t.Context(), auth.SRP(username, password))
	if err != nil {
		t.Fatal(err)
	}
	s := newSealer(t)
	cookie, err := w.client.SealTokens(s, tokens, "browser")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("sealed tokens have %d characters, of tokens of %d", len(cookie), len(tokens.ID()+tokens.Access()+tokens.Refresh()))
	if len(cookie) > 7600 {
		t.Errorf("%d characters do not go into two cookies", len(cookie))
	}

	opened, err := w.client.OpenTokens(s, cookie, "browser")
	if err != nil {
		t.Fatal(err)
	}
	if opened.ID() != tokens.ID() || opened.Access() != tokens.Access() || opened.Refresh() != tokens.Refresh() ||
		opened.Username() != tokens.Username() || opened.DeviceKey() != tokens.DeviceKey() ||
		opened.Expires().Unix() != tokens.Expires().Unix() || !opened.HasNewDevice() {
		t.Error("the opened tokens are not those that were sealed")
	}
	redacttest.Check(t, opened, tokens.Refresh())
	devices, err := auth.NewDevices(w.SDK())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := devices.Remember(t.Context(), opened, "laptop"); err != nil {
		t.Errorf("the new device is lost: %v", err)
	}

	other, err := auth.New(w.SDK(), w.ID(), w.AddClient(cognitotest.ClientConfig{}).ID)
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"another browser":    second(w.client.OpenTokens(s, cookie, "other")),
		"another app client": second(other.OpenTokens(s, cookie, "browser")),
		"nothing":            second(w.client.OpenTokens(s, "", "browser")),
	} {
		if wantReason(t, err, auth.ErrToken); !errors.Is(err, challenge.ErrOpen) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"nil tokens":        second(w.client.SealTokens(s, nil, "")),
		"zero tokens":       second(w.client.SealTokens(s, new(auth.Tokens), "")),
		"no Sealer":         second(w.client.SealTokens(nil, tokens, "")),
		"zero Client":       second(new(auth.Client).SealTokens(s, tokens, "")),
		"zero Client, open": second(new(auth.Client).OpenTokens(s, cookie, "browser")),
		"zero Sealer, open": second(w.client.OpenTokens(new(challenge.Sealer), cookie, "browser")),
	} {
		t.Log(name)
		wantReason(t, err, auth.ErrConfig)
	}
}
