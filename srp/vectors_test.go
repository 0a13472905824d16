package srp

import (
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/srp/internal/modp"
	"github.com/cognitomfa/cognitomfa/srp/internal/vectors"
)

//go:embed testdata/*.json
var testdata embed.FS

// read returns the cases of a file, at least one valid, and with an invalid one
// unless the function in question refuses nothing.
func read[C any](t *testing.T, name string) []C {
	t.Helper()
	text, err := testdata.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var file vectors.File[C]
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"result": "valid"`) {
		t.Fatalf("%s has no valid case", name)
	}
	return file.Cases
}

// reasons says which sentence of a ParameterError stands for a vector's reason.
var reasons = map[string]string{
	vectors.Empty:      "is missing",
	vectors.NotHex:     "is not hexadecimal",
	vectors.NotBase64:  "is not base64",
	vectors.OutOfRange: "is not between 0 and N",
	vectors.ZeroU:      "scrambles to zero",
	vectors.Oversize:   "is too long",
	vectors.NotPoolID:  "is not a user pool id of the form region_name",
}

// outcome checks err against what the vector expects, and reports whether the
// case is valid and so has more to compare.
func outcome(t *testing.T, want vectors.Outcome, err error) bool {
	t.Helper()
	switch want.Result {
	case vectors.Valid:
		if err != nil {
			t.Fatal(err)
		}
		return true
	case vectors.Invalid:
		var got *ParameterError
		if !errors.As(err, &got) {
			t.Fatalf("error is %v, want a ParameterError for %s %s", err, want.Field, want.Reason)
		}
		says := "srp: " + want.Field + " " + reasons[want.Reason]
		if got.Field != want.Field || got.Reason != reasons[want.Reason] || err.Error() != says {
			t.Fatalf("error is %v, want %s", err, says)
		}
	default:
		t.Fatalf("unknown result %q", want.Result)
	}
	return false
}

// fixed reads hexadecimal into big-endian bytes of a fixed length.
func fixed(t *testing.T, s string, b []byte) []byte {
	t.Helper()
	n, ok := new(big.Int).SetString(s, 16)
	if !ok {
		t.Fatalf("not a number: %.20q", s)
	}
	return n.FillBytes(b)
}

func exponent(t *testing.T, s string) []byte {
	t.Helper()
	if len(s) <= 2*exponentSize {
		return fixed(t, s, make([]byte, exponentSize))
	}
	return fixed(t, s, make([]byte, modp.MaxExponent))
}

func moment(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestUserProofs(t *testing.T) {
	t.Parallel()
	testProofs(t, "user_proofs.json", func(h *Handshake, v vectors.Proof, c Challenge, now time.Time) (Proof, error) {
		return h.Prove(v.Realm, v.Password, c, now)
	})
}

func TestDeviceProofs(t *testing.T) {
	t.Parallel()
	testProofs(t, "device_proofs.json", func(h *Handshake, v vectors.Proof, c Challenge, now time.Time) (Proof, error) {
		c.UserID = "not used"
		return h.ProveDevice(v.Realm, v.Username, v.Password, c, now)
	})
}

type prover func(h *Handshake, v vectors.Proof, c Challenge, now time.Time) (Proof, error)

func testProofs(t *testing.T, file string, prove prover) {
	for _, v := range read[vectors.Proof](t, file) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			a, now := exponent(t, v.PrivateA), moment(t, v.Time)
			c := Challenge{UserID: v.Username, Salt: v.Salt, B: v.B, SecretBlock: v.SecretBlock}
			public := modp.PowG(a)
			var proof Proof
			var err error
			if len(a) == exponentSize {
				h := newHandshake([exponentSize]byte(a))
				if h.A() != v.A && v.A != "" {
					t.Errorf("A is %.20q..., want %.20q...", h.A(), v.A)
				}
				proof, err = prove(h, v, c, now)
			} else {
				proof, err = identity{v.Realm, v.Username, v.Password}.prove(a, &public, c, now)
			}
			if !outcome(t, v.Outcome, err) {
				return
			}
			if diff := cmp.Diff(Proof{v.Signature, v.Timestamp}, proof); diff != "" {
				t.Error(diff)
			}
			compareSteps(t, v, a, &public)
		})
	}
}

// compareSteps checks each intermediate value, so that a failure names its step.
func compareSteps(t *testing.T, v vectors.Proof, a []byte, public *[modp.Size]byte) {
	t.Helper()
	salt, err := parseHex("SALT", v.Salt)
	if err != nil {
		t.Fatal(err)
	}
	b, err := parseB(v.B)
	if err != nil {
		t.Fatal(err)
	}
	x := identity{v.Realm, v.Username, v.Password}.privateKey(&salt)
	u := scrambler(public, &b)
	s, err := premaster(&b, a, &u, &x)
	if err != nil {
		t.Fatal(err)
	}
	k := sessionKey(&s, &u)
	trim := func(b []byte) string { return new(big.Int).SetBytes(b).Text(16) }
	got := map[string]string{"A": formatHex(public), "u": trim(u[:]), "x": trim(x[:]), "S": trim(s[:]), "K": hex.EncodeToString(k[:])}
	want := map[string]string{"A": v.A, "u": v.U, "x": v.X, "S": v.S, "K": v.K}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestReference repeats the values of one exchange that was computed elsewhere,
// so that a mistake in the generator of the vectors cannot hide.
func TestReference(t *testing.T) {
	t.Parallel()
	v := read[vectors.Proof](t, "user_proofs.json")[0]
	want := []string{
		"6363e13e7d07570248d017116ff7ab7886a4bee1a0de5dbe0bc70022a54bb7c3",
		"28afc59b10103d2a84e2c1fd16a0b550",
		"33c90c5d57970f3b02ebf86bef695ab0",
		"3348d7e5d66ec58908b7c62928b9b0a5995733da3bfcad6d2fdae68db51dcba8",
		"4d5d2573ea14a26db65948a9e0a2fb2b",
		"ddb17f58493bd6d5ff2b7837ec23e80c",
		"KvcXMPmSjCAL+iSyPWXMDag9cr5qXoHdvfI8GM2VJkc=",
	}
	got := []string{v.X, v.A[:32], v.B[:32], v.U, v.S[:32], v.K, v.Signature}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPremasters(t *testing.T) {
	t.Parallel()
	for _, v := range read[vectors.Premaster](t, "premasters.json") {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			var b, want [modp.Size]byte
			var u, x [32]byte
			fixed(t, v.B, b[:])
			fixed(t, v.U, u[:])
			fixed(t, v.X, x[:])
			got, err := premaster(&b, exponent(t, v.PrivateA), &u, &x)
			if !outcome(t, v.Outcome, err) {
				return
			}
			if fixed(t, v.S, want[:]); got != want {
				t.Errorf("S is %x, want %x", got, want)
			}
		})
	}
}

func TestDeviceVerifiers(t *testing.T) {
	t.Parallel()
	for _, v := range read[vectors.Verifier](t, "device_verifiers.json") {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			if v.Result == vectors.Invalid {
				_, err := NewDeviceSecret(v.GroupKey, v.DeviceKey)
				outcome(t, v.Outcome, err)
				return
			}
			var salt [modp.Size]byte
			fixed(t, v.SaltHex, salt[:])
			verifier := identity{v.GroupKey, v.DeviceKey, v.Password}.verifier(&salt)
			d := newDeviceSecret(v.Password, &salt, &verifier)
			want := []string{v.Password, v.Salt, v.Verifier}
			if diff := cmp.Diff(want, []string{d.Password(), d.Salt(), d.Verifier()}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSecretHashes(t *testing.T) {
	t.Parallel()
	for _, v := range read[vectors.SecretHash](t, "secret_hashes.json") {
		if got := SecretHash(v.Username, v.ClientID, v.ClientSecret); got != v.SecretHash {
			t.Errorf("%s: %s, want %s", v.Name, got, v.SecretHash)
		}
	}
	// The fixture of another library, https://github.com/simonmcallister0210/cognito-srp-helper.
	const want = "QW3YkSgjkc9VNMtbTkuQflK54A6+9GS8ZiRDj0mSvPI="
	if got := read[vectors.SecretHash](t, "secret_hashes.json")[0].SecretHash; got != want {
		t.Errorf("the reference is %s, want %s", got, want)
	}
}

func TestTimestamps(t *testing.T) {
	t.Parallel()
	for _, v := range read[vectors.Timestamp](t, "timestamps.json") {
		if got := Timestamp(moment(t, v.Time)); got != v.Timestamp {
			t.Errorf("%s: %s, want %s", v.Name, got, v.Timestamp)
		}
	}
}

func TestPoolNames(t *testing.T) {
	t.Parallel()
	for _, v := range read[vectors.PoolName](t, "pool_names.json") {
		t.Run(v.Name, func(t *testing.T) {
			got, err := PoolName(v.PoolID)
			if outcome(t, v.Outcome, err) && got != v.PoolName {
				t.Errorf("%s, want %s", got, v.PoolName)
			}
		})
	}
}

// TestVectorsCover asserts that every reason for refusal and every shape of a
// number stands in the vectors.
func TestVectorsCover(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	note := func(o vectors.Outcome) { seen[o.Reason] = true }
	for _, file := range []string{"user_proofs.json", "device_proofs.json"} {
		for _, v := range read[vectors.Proof](t, file) {
			note(v.Outcome)
			for _, n := range []struct {
				name, digits string
				full         int
			}{{"A", v.A, 768}, {"u", v.U, 64}, {"x", v.X, 64}, {"S", v.S, 768}} {
				switch {
				case len(n.digits) == n.full && n.digits[0] >= '8':
					seen[n.name+" high"] = true
				case len(n.digits) == n.full-1:
					seen[n.name+" odd"] = true
				case n.digits != "" && len(n.digits) <= n.full-2:
					seen[n.name+" short"] = true
				}
			}
		}
	}
	for _, v := range read[vectors.Premaster](t, "premasters.json") {
		note(v.Outcome)
	}
	for _, v := range read[vectors.PoolName](t, "pool_names.json") {
		note(v.Outcome)
	}
	for reason := range reasons {
		if !seen[reason] {
			t.Errorf("no vector is refused as %s", reason)
		}
	}
	for _, name := range []string{"A", "u", "x", "S"} {
		for _, shape := range []string{" odd", " short", " high"} {
			if !seen[name+shape] {
				t.Errorf("no vector has %s%s", name, shape)
			}
		}
	}
	v := read[vectors.Verifier](t, "device_verifiers.json")[0]
	if raw, err := base64.StdEncoding.DecodeString(v.Verifier); err != nil || len(raw) != 385 {
		t.Errorf("the reference verifier has %d bytes, want 385 (%v)", len(raw), err)
	}
}
