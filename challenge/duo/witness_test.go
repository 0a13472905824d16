package duo_test

import (
	"bufio"
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cognitomfa/cognitomfa/challenge/duo"
	"github.com/cognitomfa/cognitomfa/internal/idptest"
	"github.com/cognitomfa/cognitomfa/internal/witness"
)

// witnessRequired, if set, makes the test with Duo's own client fail, and not be
// skipped, where that is missing: CI has it.
const witnessRequired = "COGNITOMFA_DUO_CLIENT"

// Duo's own client gets through the simulated Duo, and is refused where it
// should be: so what our client gets through there is what Duo's does. It
// speaks https alone; our client meets the same server.
func TestWitness(t *testing.T) {
	t.Parallel()
	node := witness.Node(t, witnessRequired, "testdata", "@duosecurity")
	server := httptest.NewTLSServer(idptest.NewDuo(clientID, clientSecret))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "https://")
	authority := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(authority, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ secret, expected, want string }{
		"right":        {clientSecret, "ann", `{"username":"ann","result":"allow"}`},
		"another user": {clientSecret, "bob", `{"error":"The username is invalid"}`},
		"wrong secret": {otherSecret, "ann", `{"error":"invalid_client: the token is not signed with the client secret"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(node, "testdata/client.mjs", authority, host, clientID, tc.secret, callback, "ann", tc.expected)
			stdin, err1 := cmd.StdinPipe()
			stdout, err2 := cmd.StdoutPipe()
			if err := errors.Join(err1, err2, cmd.Start()); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(stdout)
			lines.Scan()
			line := lines.Text()
			if strings.HasPrefix(line, "https://") {
				back, err := idptest.Visit(t.Context(), server.Client(), line, idptest.Visitor{})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := stdin.Write([]byte(back.Query().Get("duo_code") + "\n")); err != nil {
					t.Fatal(err)
				}
				lines.Scan()
				line = lines.Text()
			}
			if err := errors.Join(stdin.Close(), cmd.Wait()); err != nil || line != tc.want {
				t.Errorf("it says %s, %v, want %s", line, err, tc.want)
			}
		})
	}
	c, err := duo.NewClient(newKeys(t, clientSecret, host), "https://app.example/callback", func(o *duo.ClientOptions) {
		o.HTTPClient = server.Client()
	})
	if err != nil {
		t.Fatal(err)
	}
	l := newLogin("ann")
	address, err := c.AuthURL(t.Context(), l)
	if err := errors.Join(err, c.HealthCheck(t.Context())); err != nil {
		t.Fatal(err)
	}
	back, err := idptest.Visit(t.Context(), server.Client(), address, idptest.Visitor{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Exchange(t.Context(), back.Query().Get("duo_code"), l); err != nil {
		t.Error(err)
	}
}
