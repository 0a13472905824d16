package srp

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"github.com/cognitomfa/cognitomfa/srp/internal/modp"
	"testing"
	"time"
)

func repeated(s string) []byte { h := sha256.Sum256([]byte(s)); return bytes.Repeat(h[:], 4) }

func TestReferenceVector(t *testing.T) {
	h := newHandshake(repeated("client-a"))
	sum := sha256.Sum256([]byte(h.A()))
	if got := hex.EncodeToString(sum[:]); got != "7ad5e7d1a067f8e1eaccf4408600b8fcda53c2076a6ccad0125bf581b4461c70" {
		t.Errorf("A: %s", got)
	}
	const salt = "f1e2d3c4b5a69788796a5b4c3d2e1f"
	id := identity{"abcDEF123", "11111111-2222-3333-4444-555555555555", "Passw0rd!"}
	s, _ := hex.DecodeString(salt)
	v := id.verifier(s)
	b := modp.ServerPublic(&v, repeated("server-b"))
	p, err := h.Prove(id.realm, id.password, Challenge{id.name, salt, hex.EncodeToString(b[:]), base64.StdEncoding.EncodeToString([]byte("secret-block-bytes"))}, time.Date(2000, 2, 1, 3, 4, 5, 0, time.UTC))
	if err != nil || p.Signature != "KvcXMPmSjCAL+iSyPWXMDag9cr5qXoHdvfI8GM2VJkc=" {
		t.Errorf("%v %v", p, err)
	}
	if _, err := NewDeviceSecret("-abcdefgh", "us-east-1_x"); err != nil {
		t.Error(err)
	}
}
