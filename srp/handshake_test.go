package srp

import (
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
	"github.com/cognitomfa/cognitomfa/srp/internal/modp"
	"github.com/cognitomfa/cognitomfa/srp/internal/oracle"
)

// TestHandshakeReuse proves a user and a device with one A.
func TestHandshakeReuse(t *testing.T) {
	t.Parallel()
	h := New()
	b, salt := oracle.Public(big.NewInt(77)), big.NewInt(0xfeed)
	c := Challenge{UserID: "user", Salt: salt.Text(16), B: b.Text(16), SecretBlock: "AAAA"}
	now := time.Unix(1e9, 0)
	user, err := h.Prove("pool", "password", c, now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.ProveDevice("pool", "user", "password", c, now)
	if err != nil || again != user {
		t.Errorf("the same names and password as a device give %v, %v; want %v", again, err, user)
	}
	if other := New(); other.A() == h.A() {
		t.Error("two handshakes have the same A")
	}
}

func TestZeroHandshake(t *testing.T) {
	t.Parallel()
	c := Challenge{UserID: "u", Salt: "1", B: "2", SecretBlock: "AAAA"}
	for name, h := range map[string]*Handshake{"zero": {}, "nil": nil} {
		if h.A() != "" {
			t.Errorf("%s: A is not empty", name)
		}
		var wrong *ParameterError
		if _, err := h.Prove("pool", "password", c, time.Time{}); !errors.As(err, &wrong) || wrong.Field != "Handshake" {
			t.Errorf("%s: Prove says %v", name, err)
		}
		if _, err := h.ProveDevice("g", "d", "password", c, time.Time{}); !errors.As(err, &wrong) || wrong.Field != "Handshake" {
			t.Errorf("%s: ProveDevice says %v", name, err)
		}
	}
	var d DeviceSecret
	if d.Password()+d.Salt()+d.Verifier() != "" {
		t.Error("a zero DeviceSecret is not empty")
	}
}

func TestNothingPrints(t *testing.T) {
	t.Parallel()
	h := New()
	keys := h.keys.Reveal()
	redacttest.Check(t, h, string(keys.private[:]))
	redacttest.Check(t, *h, string(keys.private[:]))
	d, err := NewDeviceSecret("-group", "device")
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{d.Password(), d.Salt(), d.Verifier()} {
		redacttest.Check(t, d, secret)
		redacttest.Check(t, &d, secret)
	}
}

// TestErrorsHoldNoValue looks for the refused value in the error.
func TestErrorsHoldNoValue(t *testing.T) {
	t.Parallel()
	const canary = "canary-4711"
	good := Challenge{UserID: "user", Salt: "1", B: "2", SecretBlock: "AAAA"}
	for i := range 3 {
		c := good
		*[]*string{&c.Salt, &c.B, &c.SecretBlock}[i] = canary
		_, err := New().Prove("pool", "password", c, time.Time{})
		if err == nil {
			t.Fatalf("value %d is accepted", i)
		}
		redacttest.Check(t, err, canary)
		if strings.Contains(err.Error(), canary) {
			t.Errorf("the error shows the value: %v", err)
		}
	}
	_, err := PoolName(canary)
	redacttest.Check(t, err, canary)
}

// TestDeviceSecret signs in with a new device against math/big's server.
func TestDeviceSecret(t *testing.T) {
	t.Parallel()
	const group, device = "-wt2ha1Zd", "eu-west-1_0c3e7a52"
	d, err := NewDeviceSecret(group, device)
	if err != nil {
		t.Fatal(err)
	}
	decode := func(s string) *big.Int {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return new(big.Int).SetBytes(b)
	}
	if password, err := base64.StdEncoding.DecodeString(d.Password()); err != nil || len(password) != devicePasswordSize {
		t.Errorf("the password is %d bytes, %v", len(password), err)
	}
	salt, v, b := decode(d.Salt()), decode(d.Verifier()), big.NewInt(0x1234567)
	h, now, block := New(), time.Date(2025, 5, 6, 19, 8, 7, 0, time.UTC), []byte("block")
	a, serverB := oracle.Hex(h.A()), oracle.ServerB(v, b)
	proof, err := h.ProveDevice(group, device, d.Password(), Challenge{
		Salt: salt.Text(16), B: serverB.Text(16), SecretBlock: base64.StdEncoding.EncodeToString(block),
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	u := oracle.U(a, serverB)
	key := oracle.Key(oracle.ServerS(a, v, u, b), u)
	if want := oracle.Signature(key, group, device, block, "Tue May 6 19:08:07 UTC 2025"); proof.Signature != want {
		t.Errorf("the signature is %s, want %s", proof.Signature, want)
	}
	other, err := NewDeviceSecret(group, device)
	if err != nil || other.Password() == d.Password() || other.Salt() == d.Salt() {
		t.Errorf("two secrets are alike (%v)", err)
	}
}

// TestRoundTripCatches shows that NewDeviceSecret's own sign-in would notice a
// wrong verifier.
func TestRoundTripCatches(t *testing.T) {
	t.Parallel()
	id := identity{"-group", "device", "password"}
	salt := [modp.Size]byte{modp.Size - 1: 9}
	verifier := id.verifier(&salt)
	if err := tryDevice(id, &salt, &verifier); err != nil {
		t.Errorf("the right verifier: %v", err)
	}
	verifier[200] ^= 1
	if err := tryDevice(id, &salt, &verifier); !errors.Is(err, errRoundTrip) {
		t.Errorf("a wrong verifier: %v", err)
	}
}

func TestHMAC(t *testing.T) {
	t.Parallel()
	for keySize := range 65 {
		key := []byte(strings.Repeat("k", keySize))
		for _, size := range []int{0, 1, 63, 64, 65, 5000} {
			message := []byte(strings.Repeat("m", size))
			got := hmacSHA256(key, message)
			if want := oracle.HMAC(key, message); base64.StdEncoding.EncodeToString(got[:]) != want {
				t.Errorf("a key of %d and a message of %d bytes: wrong sum", keySize, size)
			}
		}
	}
}
