//go:build unix

package srp

import (
	"crypto/rand"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"

	cognitosrp "github.com/alexrudd/cognito-srp/v4"

	"github.com/cognitomfa/cognitomfa/internal/measure"
	"github.com/cognitomfa/cognitomfa/srp/internal/modp"
	"github.com/cognitomfa/cognitomfa/srp/internal/oracle"
)

// benchChallenge is of the size that Cognito sends.
var benchChallenge = Challenge{
	UserID:      "5e9b1f0c-7a34-4d0e-9a53-6f1c2b7d8e90",
	Salt:        "f1e2d3c4b5a69788796a5b4c3d2e1f00",
	B:           oracle.Public(oracle.Hex(strings.Repeat("b5", 32))).Text(16),
	SecretBlock: base64.StdEncoding.EncodeToString(make([]byte, 1200)),
}

const benchPool, benchPassword = "AbCdEf123", "Correct-Horse-7"

var benchTime = time.Date(2025, 5, 6, 9, 8, 7, 0, time.UTC)

// handshakers do the same work: make a and A, write A down, prove the password.
var handshakers = map[string]func() error{
	"cognitomfa": func() error {
		h := New()
		_ = h.A()
		_, err := h.Prove(benchPool, benchPassword, benchChallenge, benchTime)
		return err
	},
	"cognito-srp": func() error {
		p, err := cognitosrp.NewCognitoSRP(benchChallenge.UserID, benchPassword, "region_"+benchPool, "client", nil)
		if err != nil {
			return err
		}
		_ = p.GetAuthParams()
		_, err = p.PasswordVerifierChallenge(benchChallenge.parameters(), benchTime)
		return err
	},
	// What a short a alone would bring, everything else left to math/big.
	"mathbig": func() error {
		e := exchange{pool: benchPool, password: benchPassword, c: benchChallenge, now: benchTime}
		rand.Read(e.a[:])
		_, _, err := e.oracle()
		return err
	},
}

func BenchmarkHandshake(b *testing.B) {
	for _, name := range []string{"cognitomfa", "cognito-srp", "mathbig"} {
		b.Run(name, func(b *testing.B) { bench(b, handshakers[name]) })
	}
}

// bench reports the CPU time too, which other work on the machine does not touch.
func bench(b *testing.B, f func() error) {
	b.ReportAllocs()
	start := measure.CPU()
	for b.Loop() {
		if err := f(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(measure.CPU()-start)/float64(b.N), "CPU-ns/op")
}

// BenchmarkDeviceProof is the answer to DEVICE_PASSWORD_VERIFIER, with the
// handshake's A made before. Cognito-srp has none, so the peers are written by
// hand over math/big: with an a of 256 bits, and with one of the 1024 bits that
// Cognito's JavaScript clients draw.
func BenchmarkDeviceProof(b *testing.B) {
	id := identity{"-wt2ha1Zd", "us-east-1_5e9b1f0c-7a34-4d0e-9a53-6f1c2b7d8e90", base64.StdEncoding.EncodeToString(make([]byte, devicePasswordSize))}
	b.Run("cognitomfa", func(b *testing.B) {
		h := New()
		bench(b, func() error {
			_, err := h.ProveDevice(id.realm, id.name, id.password, benchChallenge, benchTime)
			return err
		})
	})
	for _, peer := range []struct {
		name string
		size int // of a, in bytes
	}{{"mathbig", exponentSize}, {"mathbig-1024", 128}} {
		b.Run(peer.name, func(b *testing.B) {
			random := make([]byte, peer.size)
			rand.Read(random)
			a := new(big.Int).SetBytes(random)
			public := oracle.Public(a)
			bench(b, func() error {
				_, err := proveByHand(a, public, id, benchChallenge, benchTime)
				return err
			})
		})
	}
}

// BenchmarkVerifier is the verifier alone; NewDeviceSecret adds a sign-in with it.
func BenchmarkVerifier(b *testing.B) {
	id, salt := identity{"-wt2ha1Zd", "device", "password"}, [modp.Size]byte{modp.Size - 1: 7}
	b.ReportAllocs()
	for b.Loop() {
		id.verifier(&salt)
	}
}

func BenchmarkNewDeviceSecret(b *testing.B) {
	bench(b, func() error {
		_, err := NewDeviceSecret("-wt2ha1Zd", "device")
		return err
	})
}
