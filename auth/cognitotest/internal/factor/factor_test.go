package factor

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// The vector was computed apart from this code, client and server agreeing. Its
// salt has an odd number of bytes and the top bit set, so that a missing zero
// byte shows.
func TestSRPVector(t *testing.T) {
	t.Parallel()
	const (
		pool, user = "abcDEF123", "11111111-2222-3333-4444-555555555555"
		timestamp  = "Tue Feb 1 03:04:05 UTC 2000"
		signature  = "KvcXMPmSjCAL+iSyPWXMDag9cr5qXoHdvfI8GM2VJkc="
	)
	exponent := func(seed string) *big.Int {
		h := sha256.Sum256([]byte(seed))
		return new(big.Int).SetBytes(bytes.Repeat(h[:], 4))
	}
	salt, err := hex.DecodeString("f1e2d3c4b5a69788796a5b4c3d2e1f")
	if err != nil {
		t.Fatal(err)
	}
	ver := verifier(pool, user, "Passw0rd!", salt)
	publicA := new(big.Int).Exp(generator, exponent("client-a"), prime)
	b := exponent("server-b")
	h := Handshake{A: publicA, B: ver.public(new(big.Int).Exp(generator, b, prime)), Ephemeral: b}
	aText := sha256.Sum256([]byte(publicA.Text(16)))
	for name, got := range map[string][2]string{
		"k":           {multiplier.Text(16), "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6"},
		"x":           {hex.EncodeToString(ver.x[:]), "6363e13e7d07570248d017116ff7ab7886a4bee1a0de5dbe0bc70022a54bb7c3"},
		"hash of A":   {hex.EncodeToString(aText[:]), "7ad5e7d1a067f8e1eaccf4408600b8fcda53c2076a6ccad0125bf581b4461c70"},
		"head of B":   {h.B.Text(16)[:32], "33c90c5d57970f3b02ebf86bef695ab0"},
		"key":         {hex.EncodeToString(ver.key(h)), "ddb17f58493bd6d5ff2b7837ec23e80c"},
		"salt as hex": {ver.Salt(), "f1e2d3c4b5a69788796a5b4c3d2e1f"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s is %s, want %s", name, got[0], got[1])
		}
	}
	block := []byte("secret-block-bytes")
	if !ver.CheckClaim(h, pool, user, block, timestamp, signature) {
		t.Error("the signature is refused")
	}
	for name, accepted := range map[string]bool{
		"pool":      ver.CheckClaim(h, pool+"x", user, block, timestamp, signature),
		"user":      ver.CheckClaim(h, pool, user+"x", block, timestamp, signature),
		"block":     ver.CheckClaim(h, pool, user, block[1:], timestamp, signature),
		"timestamp": ver.CheckClaim(h, pool, user, block, timestamp+"x", signature),
		"signature": ver.CheckClaim(h, pool, user, block, timestamp, base64.StdEncoding.EncodeToString(block)),
		"password":  verifier(pool, user, "passw0rd!", salt).CheckClaim(h, pool, user, block, timestamp, signature),
	} {
		if accepted {
			t.Errorf("accepted with another %s", name)
		}
	}
	if !ver.Check(pool, user, "Passw0rd!") || ver.Check(pool, user, "Passw0rd") || ver.Check(pool, "x", "Passw0rd!") {
		t.Error("Check does not tell the password")
	}
}

// The pair is in the tests of cognito-srp-helper.
func TestSecretHashVector(t *testing.T) {
	t.Parallel()
	got := SecretHash("ps50nb7hd1umdnmlt1xa9nwiscqvdvzy5ijw63vcacd09yihc2b",
		"a2c2e290-6d0f-4a08-a5ca-f0162935f3a6", "18u8119jgbpr464n28s1itk2mq")
	if got != "QW3YkSgjkc9VNMtbTkuQflK54A6+9GS8ZiRDj0mSvPI=" {
		t.Errorf("got %s", got)
	}
}

func TestTimestamp(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{ // empty: cannot be read
		"Tue Feb 3 09:04:05 UTC 2026":  "Tue Feb 3 09:04:05 UTC 2026",
		"Tue Feb 03 09:04:05 UTC 2026": "Tue Feb 3 09:04:05 UTC 2026",
		"Mon Feb 3 09:04:05 UTC 2026":  "Tue Feb 3 09:04:05 UTC 2026",
		"Tue Feb 3 24:04:05 UTC 2026":  "",
		"Tue Feb 30 09:04:05 UTC 2026": "",
		"Di Feb 3 09:04:05 UTC 2026":   "",
		"":                             "",
	} {
		_, canonical, err := Timestamp(text)
		if (err == nil) != (want != "") || err == nil && canonical != want {
			t.Errorf("%q is read as %q, %v", text, canonical, err)
		}
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		medium   types.DeliveryMediumType
		to, want string
	}{
		{types.DeliveryMediumTypeSms, "+15555551234", "+*******1234"},
		{types.DeliveryMediumTypeSms, "+123", "+123"},
		{types.DeliveryMediumTypeEmail, "test@example.com", "t***@e***"},
		{types.DeliveryMediumTypeEmail, "émile@été.example", "é***@é***"},
		{types.DeliveryMediumTypeEmail, "nobody", "n***@***"},
		{types.DeliveryMediumTypeEmail, "", "***@***"},
	} {
		if got := Mask(row.medium, row.to); got != row.want {
			t.Errorf("%q is masked as %q, want %q", row.to, got, row.want)
		}
	}
}

func TestNewCode(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for range 100 {
		code := NewCode(6)
		if len(code) != 6 || !numeric(code) {
			t.Fatalf("code %q", code)
		}
		seen[code] = true
	}
	if len(seen) < 95 {
		t.Errorf("only %d different codes in 100", len(seen))
	}
}

func numeric(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// A value that Begin accepts is one that a handshake can be finished with.
func FuzzBegin(f *testing.F) {
	seeds := []string{"", "0", "1", "-1", "ff", "FF", "0x1", "xyz", prime.Text(16), new(big.Int).Add(prime, big.NewInt(1)).Text(16)}
	if len(seeds) < 5 {
		f.Fatal("the seeds are gone")
	}
	for _, s := range seeds {
		f.Add(s)
	}
	ver := NewVerifier("pool", "ann", "password")
	f.Fuzz(func(t *testing.T, srpA string) {
		h, err := ver.Begin(srpA)
		if err != nil {
			return
		}
		if rest := new(big.Int).Mod(h.A, prime); rest.Sign() == 0 || h.A.Sign() < 0 {
			t.Errorf("%q was accepted", srpA)
		}
		if h.B.Sign() <= 0 || h.B.Cmp(prime) >= 0 || len(ver.key(h)) != 16 {
			t.Errorf("%q was answered with a value that is none", srpA)
		}
	})
}

// A verifier that is accepted is one of the group, in the one form that a device
// would hash, and serves a handshake.
func FuzzDeviceVerifier(f *testing.F) {
	good := NewVerifier("-group", "key", "password")
	encode := func(n *big.Int) string { return base64.StdEncoding.EncodeToString(signed(n)) }
	seeds := [][2]string{
		{encode(good.saltNumber()), encode(good.value())}, {"", ""}, {"AQ==", "Ag=="}, {"AA==", "AQ=="}, {"8A==", "APA="}, {"AQ==", encode(prime)}, {"AQ", "Ag"},
	}
	if len(seeds) < 5 {
		f.Fatal("the seeds are gone")
	}
	for _, s := range seeds {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, salt, verifier string) {
		ver, err := DeviceVerifier(salt, verifier)
		if err != nil {
			return
		}
		if encode(ver.saltNumber()) != salt || encode(ver.v) != verifier {
			t.Errorf("%q, %q was read as another", salt, verifier)
		}
		if ver.v.Cmp(big.NewInt(1)) <= 0 || ver.v.Cmp(prime) >= 0 || ver.saltNumber().Sign() <= 0 {
			t.Errorf("%q, %q was accepted", salt, verifier)
		}
		if _, err := ver.Begin("ff"); err != nil {
			t.Error(err)
		}
	})
}

// The verifier that the published vector gives for a device: another client,
// written apart from this, made it.
func TestDeviceVerifierVector(t *testing.T) {
	t.Parallel()
	const group, key = "-abcdefgh", "us-east-1_11111111-2222-3333-4444-555555555555"
	password := make([]byte, 40)
	for i := range password {
		password[i] = byte(i)
	}
	salt, err := base64.StdEncoding.DecodeString("APDx8vP09fb3+Pn6+/z9/v8=")
	if err != nil {
		t.Fatal(err)
	}
	want := verifier(group, key, base64.StdEncoding.EncodeToString(password), salt)
	raw := signed(want.value())
	if sum := sha256.Sum256(raw); len(raw) != 385 || hex.EncodeToString(sum[:]) != "3ef9142ceed2809f5818c3efa8fd4734b89c42a77fb97c07b9539bd30e4fa3b2" {
		t.Errorf("%d bytes of hash %x", len(raw), sum)
	}
	got, err := DeviceVerifier("APDx8vP09fb3+Pn6+/z9/v8=", base64.StdEncoding.EncodeToString(raw))
	if err != nil || got.v.Cmp(want.value()) != 0 || got.Salt() != "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff" {
		t.Errorf("read as salt %s, %v", got.Salt(), err)
	}
}

// signed is what Java's BigInteger.toByteArray gives.
func TestSigned(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "00", 1: "01", 127: "7f", 128: "0080", 255: "00ff", 256: "0100"} {
		if got := hex.EncodeToString(signed(big.NewInt(n))); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}
