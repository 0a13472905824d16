package srp

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	cognitosrp "github.com/alexrudd/cognito-srp/v4"

	"github.com/cognitomfa/cognitomfa/srp/internal/oracle"
)

// The tests of this file are the proof of docs/migrating-from-cognito-srp.md: one
// for each difference that the page lists, run against both libraries.

const peerPool, peerPassword = "region_pool", "Correct-Horse-7"

// peerAnswer runs the whole exchange in cognito-srp; panicked is what it says when
// it panics.
func peerAnswer(t *testing.T, c Challenge, now time.Time) (answer map[string]string, panicked any, err error) {
	t.Helper()
	p, err := cognitosrp.NewCognitoSRP("user", peerPassword, peerPool, "client", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { panicked = recover() }()
	answer, err = p.PasswordVerifierChallenge(c.parameters(), now)
	return answer, nil, err
}

func TestPeerDifferences(t *testing.T) {
	t.Parallel()
	n := oracle.N.Text(16)
	for name, c := range map[string]struct {
		change func(c *Challenge)
		field  string
		panics bool // there; otherwise it signs
	}{
		"malformed SRP_B":    {func(c *Challenge) { c.B = "xyz" }, "SRP_B", true},
		"empty SRP_B":        {func(c *Challenge) { c.B = "" }, "SRP_B", true},
		"SRP_B of 0":         {func(c *Challenge) { c.B = "0" }, "SRP_B", false},
		"SRP_B of N":         {func(c *Challenge) { c.B = n }, "SRP_B", false},
		"SRP_B above N":      {func(c *Challenge) { c.B = new(big.Int).Add(oracle.N, big.NewInt(2)).Text(16) }, "SRP_B", false},
		"SRP_B with a sign":  {func(c *Challenge) { c.B = "-2" }, "SRP_B", false},
		"malformed SALT":     {func(c *Challenge) { c.Salt = "xyz" }, "SALT", true},
		"empty SALT":         {func(c *Challenge) { c.Salt = "" }, "SALT", true},
		"SALT with a sign":   {func(c *Challenge) { c.Salt = "-5" }, "SALT", false},
		"oversized SALT":     {func(c *Challenge) { c.Salt = strings.Repeat("1", 5000) }, "SALT", false},
		"empty SECRET_BLOCK": {func(c *Challenge) { c.SecretBlock = "" }, "SECRET_BLOCK", false},
		"oversized SECRET_BLOCK": {func(c *Challenge) {
			c.SecretBlock = base64.StdEncoding.EncodeToString(make([]byte, MaxSecretBlock))
		}, "SECRET_BLOCK", false},
		"empty USER_ID_FOR_SRP": {func(c *Challenge) { c.UserID = "" }, "USER_ID_FOR_SRP", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			challenge := Challenge{UserID: "user", Salt: "feed", B: "2", SecretBlock: "AAAA"}
			c.change(&challenge)
			answer, panicked, err := peerAnswer(t, challenge, time.Unix(0, 0))
			if (panicked != nil) != c.panics || err != nil || !c.panics && answer["PASSWORD_CLAIM_SIGNATURE"] == "" {
				t.Errorf("cognito-srp: panic %v, error %v", panicked, err)
			}
			_, err = New().Prove("pool", peerPassword, challenge, time.Unix(0, 0))
			var wrong *ParameterError
			if !errors.As(err, &wrong) || wrong.Field != c.field {
				t.Errorf("srp: %v, want a ParameterError for %s", err, c.field)
			}
		})
	}
}

func TestPeerClock(t *testing.T) {
	t.Parallel()
	for at, there := range map[time.Time]string{
		time.Date(2025, 5, 6, 15, 4, 5, 0, time.UTC): "Tue May 6 03:04:05 UTC 2025",
		time.Date(2025, 5, 6, 0, 4, 5, 0, time.UTC):  "Tue May 6 12:04:05 UTC 2025",
	} {
		c := Challenge{UserID: "user", Salt: "feed", B: "2", SecretBlock: "AAAA"}
		answer, _, err := peerAnswer(t, c, at)
		if err != nil || answer["TIMESTAMP"] != there {
			t.Errorf("cognito-srp: %s, %v", answer["TIMESTAMP"], err)
		}
		proof, err := New().Prove("pool", peerPassword, c, at)
		if here := at.Format("Mon Jan 2 15:04:05 MST 2006"); err != nil || proof.Timestamp != here {
			t.Errorf("srp: %s, %v, want %s", proof.Timestamp, err, here)
		}
	}
}

func TestPeerPoolName(t *testing.T) {
	t.Parallel()
	const id = "my_region_pool"
	p, err := cognitosrp.NewCognitoSRP("user", peerPassword, id, "client", nil)
	if err != nil || p.GetUserPoolName() != "region" {
		t.Errorf("cognito-srp: %s, %v", p.GetUserPoolName(), err)
	}
	if name, err := PoolName(id); err != nil || name != "pool" {
		t.Errorf("srp: %s, %v", name, err)
	}
	for _, id := range []string{"region_", "_pool", "region_po-ol"} {
		if _, err := cognitosrp.NewCognitoSRP("user", peerPassword, id, "client", nil); err != nil {
			t.Errorf("cognito-srp refuses %q: %v", id, err)
		}
		if _, err := PoolName(id); err == nil {
			t.Errorf("srp accepts %q", id)
		}
	}
}

func TestPeerSecretHash(t *testing.T) {
	t.Parallel()
	secret := "secret"
	p, err := cognitosrp.NewCognitoSRP("user", peerPassword, peerPool, "client", &secret)
	if err != nil {
		t.Fatal(err)
	}
	there, err := p.GetSecretHash("user")
	if here := SecretHash("user", "client", secret); err != nil || here != there {
		t.Errorf("srp %s, cognito-srp %s, %v", here, there, err)
	}
}

// TestPeerPrints shows what cognito-srp puts into a log. What ours does not is in
// TestNothingPrints.
func TestPeerPrints(t *testing.T) {
	t.Parallel()
	p, err := cognitosrp.NewCognitoSRP("user", peerPassword, peerPool, "client", nil)
	if err != nil {
		t.Fatal(err)
	}
	if out := fmt.Sprintf("%+v", p); !strings.Contains(out, peerPassword) {
		t.Error("cognito-srp no longer prints the password: correct the page")
	}
}
