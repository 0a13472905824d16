package srp

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/srp/internal/oracle"
)

// seeds are exchanges with every kind of refusal and of acceptance.
func seeds(f *testing.F) []Challenge {
	f.Helper()
	n := fmt.Sprintf("%x", oracle.N)
	list := []Challenge{
		{"user", "feed", "2", "AAAA"},
		{"", "feed", "2", "AAAA"},
		{"žofie", "00F", strings.Repeat("0", 800) + "Ff", "/w=="},
		{"user", "", "1", "AAAA"},
		{"user", "xyz", "-1", "AAAA"},
		{"user", "1", n, "AAAA"},
		{"user", "1", "0", "AAAA"},
		{"user", strings.Repeat("1", 769), n[:767], "AAAA"},
		{"user", "1", "1", "A\nA=="},
		{"user", "1", "1", ""},
	}
	if len(list) < 10 {
		f.Fatal("the seeds are missing")
	}
	return list
}

// FuzzProve feeds whatever a server might send: the library must refuse exactly
// what is out of bounds and agree with math/big on the rest.
func FuzzProve(f *testing.F) {
	for i, c := range seeds(f) {
		f.Add("pool", "password", c.UserID, c.Salt, c.B, c.SecretBlock, []byte{byte(i), 0xff}, int64(i)*86399)
	}
	f.Fuzz(func(t *testing.T, pool, password, user, salt, b, block string, a []byte, seconds int64) {
		e := &exchange{pool: pool, password: password, c: Challenge{user, salt, b, block}}
		copy(e.a[:], a)
		e.now = time.Unix(seconds%(200*365*86400), 0)
		publicA, proof, err := e.library()
		if acceptable(e) != (err == nil) {
			t.Fatalf("error is %v", err)
		}
		if err != nil {
			var wrong *ParameterError
			if !errors.As(err, &wrong) || wrong.Field == "" || wrong.Reason == "" {
				t.Fatalf("error is %#v, want a ParameterError", err)
			}
			return
		}
		wantA, want, err := e.oracle()
		if err != nil || publicA != wantA || proof != want {
			t.Errorf("library %.8s %v, math/big %.8s %v %v", publicA, proof, wantA, want, err)
		}
	})
}

// acceptable says in the words of the documentation what Prove must accept.
func acceptable(e *exchange) bool {
	isHex := func(s string) bool {
		return s != "" && len(s) <= MaxHex && strings.Trim(s, "0123456789abcdefABCDEF") == "" && len(strings.TrimLeft(s, "0")) <= 768
	}
	if !isHex(e.c.Salt) || !isHex(e.c.B) {
		return false
	}
	b := oracle.Hex(e.c.B)
	_, err := base64.StdEncoding.DecodeString(e.c.SecretBlock)
	return b.Sign() > 0 && b.Cmp(oracle.N) < 0 && err == nil && e.c.SecretBlock != "" && len(e.c.SecretBlock) <= MaxSecretBlock &&
		e.pool != "" && len(e.pool) <= MaxName && e.c.UserID != "" && len(e.c.UserID) <= MaxName
}

// FuzzParameters takes one text for every parser, and its length for the clock.
func FuzzParameters(f *testing.F) {
	for i, c := range seeds(f) {
		for j, s := range []string{c.Salt, c.B, c.SecretBlock, "eu-west-1_AbCd"} {
			f.Add(s, int64(i*1e9+j*43200))
		}
	}
	f.Fuzz(func(t *testing.T, s string, seconds int64) {
		if n, err := parseHex("FIELD", s); err == nil {
			want := oracle.Hex(s)
			if new(big.Int).SetBytes(n[:]).Cmp(want) != 0 {
				t.Errorf("parseHex(%q) is %x", s, n)
			}
			if got := string(appendPadded(nil, n[:])); got != string(oracle.Pad(want)) {
				t.Errorf("appendPadded of %q is %x", s, got)
			}
			if got := formatHex(&n); want.Sign() > 0 && got != want.Text(16) {
				t.Errorf("formatHex of %q is %s", s, got)
			}
		}
		if name, err := PoolName(s); err == nil && !strings.HasSuffix(s, "_"+name) {
			t.Errorf("PoolName(%q) is %q", s, name)
		}
		if block, err := appendSecretBlock([]byte("head"), s); err == nil {
			want, err := base64.StdEncoding.DecodeString(s)
			if err != nil || string(block) != "head"+string(want) {
				t.Errorf("appendSecretBlock(%q) is %q", s, block)
			}
		}
		at := time.Unix(seconds%(200*365*86400), 0)
		if got := Timestamp(at); got != oracle.Timestamp(at) {
			t.Errorf("Timestamp of %v is %s", at, got)
		}
	})
}
