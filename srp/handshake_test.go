package srp

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	cognitosrp "github.com/alexrudd/cognito-srp/v4"

	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
	"github.com/cognitomfa/cognitomfa/srp/internal/modp"
	"github.com/cognitomfa/cognitomfa/srp/internal/oracle"
)

// An exchange is everything that goes into one proof.
type exchange struct {
	pool, password string
	a              [exponentSize]byte
	c              Challenge
	now            time.Time
}

func (e *exchange) number() *big.Int { return new(big.Int).SetBytes(e.a[:]) }

// library, oracle and peer return A and the proof by three implementations.
func (e *exchange) library() (string, Proof, error) {
	h := newHandshake(e.a)
	p, err := h.Prove(e.pool, e.password, e.c, e.now)
	return h.A(), p, err
}

func (e *exchange) oracle() (string, Proof, error) {
	b, salt := oracle.Hex(e.c.B), oracle.Hex(e.c.Salt)
	block, err := base64.StdEncoding.DecodeString(e.c.SecretBlock)
	if err != nil {
		return "", Proof{}, err
	}
	public := oracle.Public(e.number())
	u := oracle.U(public, b)
	s := oracle.ClientS(b, e.number(), u, oracle.X(e.pool, e.c.UserID, e.password, salt))
	timestamp := oracle.Timestamp(e.now)
	return public.Text(16), Proof{oracle.Signature(oracle.Key(s, u), e.pool, e.c.UserID, block, timestamp), timestamp}, nil
}

func (e *exchange) peer() (string, Proof, error) {
	p, err := cognitosrp.NewCognitoSRP(e.c.UserID, e.password, "region_"+e.pool, "client", nil)
	if err != nil {
		return "", Proof{}, err
	}
	setField(p, "a", e.number())
	setField(p, "bigA", oracle.Public(e.number()))
	answer, err := p.PasswordVerifierChallenge(e.c.parameters(), e.now)
	if err != nil {
		return "", Proof{}, err
	}
	return p.GetAuthParams()["SRP_A"], Proof{answer["PASSWORD_CLAIM_SIGNATURE"], answer["TIMESTAMP"]}, nil
}

func (c Challenge) parameters() map[string]string {
	return map[string]string{
		"USERNAME": c.UserID, "USER_ID_FOR_SRP": c.UserID, "SALT": c.Salt, "SRP_B": c.B, "SECRET_BLOCK": c.SecretBlock,
	}
}

// setField gives the peer our private exponent; it has no door for that.
func setField(p *cognitosrp.CognitoSRP, name string, n *big.Int) {
	f := reflect.ValueOf(p).Elem().FieldByName(name)
	reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem().Set(reflect.ValueOf(n))
}

// handshakes is how many random exchanges to compare, by default and with
// COGNITOMFA_SRP_HANDSHAKES=10000 in the environment.
func handshakes(t *testing.T) int {
	text := os.Getenv("COGNITOMFA_SRP_HANDSHAKES")
	if text == "" {
		return 200
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 200 {
		t.Fatalf("COGNITOMFA_SRP_HANDSHAKES is %q, want a number of at least 200", text)
	}
	return n
}

// TestRandomHandshakes compares random exchanges with both independent clients,
// with rare forms of every number forced often enough to be seen.
func TestRandomHandshakes(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	random := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), seen: map[string]int{}}
	for random.shortA == [exponentSize]byte{} {
		a := [exponentSize]byte(random.bytes(exponentSize))
		if modp.PowG(a[:])[0] == 0 {
			random.shortA = a
		}
	}
	for i := range handshakes(t) {
		e := random.exchange(i)
		a, proof, err := e.library()
		oracleA, oracleProof, oracleErr := e.oracle()
		peerA, peerProof, peerErr := e.peer()
		if err != nil || oracleErr != nil || peerErr != nil {
			t.Fatalf("seed %d, exchange %d: %v, %v, %v", seed, i, err, oracleErr, peerErr)
		}
		if a != oracleA || a != peerA || proof != oracleProof || proof != peerProof {
			t.Fatalf("seed %d, exchange %d: library %.8s %v, math/big %.8s %v, cognito-srp %.8s %v",
				seed, i, a, proof, oracleA, oracleProof, peerA, peerProof)
		}
	}
	for _, shape := range shapes {
		if random.seen[shape] == 0 {
			t.Errorf("no exchange had %s", shape)
		}
	}
	t.Logf("seen: %v", random.seen)
}

var shapes = []string{
	"A short", "A high", "B short", "B high", "u short", "u high", "x short", "x high", "S short",
	"salt odd", "salt high", "salt short", "upper case", "redundant zeros", "empty password", "Unicode",
}

// A generator draws exchanges and counts what they look like.
type generator struct {
	*rand.Rand
	seen   map[string]int
	shortA [exponentSize]byte // an a whose A begins with a zero byte
}

func (r *generator) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func (r *generator) text(n int) string {
	var s strings.Builder
	for range n {
		s.WriteRune([]rune("aZ09 :_-!é密🔑\x00")[r.IntN(13)])
	}
	return s.String()
}

// exchange draws the i-th exchange; i decides what is forced.
func (r *generator) exchange(i int) *exchange {
	e := &exchange{pool: "pool" + strconv.Itoa(i), password: r.text(i % 20), a: [exponentSize]byte(r.bytes(exponentSize))}
	if i%10 == 0 {
		e.a = r.shortA
	}
	e.c.UserID = r.text(1 + i%30)
	e.c.SecretBlock = base64.StdEncoding.EncodeToString(r.bytes(1 + r.IntN(1500)))
	// At these hours the peer's 12-hour clock shows what it should.
	e.now = time.Date(2000+r.IntN(50), 1, 1+r.IntN(365), 1+r.IntN(12), r.IntN(60), r.IntN(60), r.IntN(1e9), time.UTC)

	public := oracle.Public(e.number())
	for { // until x has the form that is wanted
		e.c.Salt = new(big.Int).SetBytes(r.bytes(1 + r.IntN(20))).Text(16)
		x := oracle.X(e.pool, e.c.UserID, e.password, oracle.Hex(e.c.Salt))
		if i%7 == 3 && x.BitLen() > 248 {
			continue
		}
		r.note("x", x, 256)
		for { // until u has
			b := r.serverB(i, x)
			u := oracle.U(public, b)
			if i%11 == 4 && u.BitLen() > 248 {
				continue
			}
			e.c.B = b.Text(16)
			r.note("u", u, 256)
			r.note("B", b, 3072)
			r.note("S", oracle.ClientS(b, e.number(), u, x), 3072)
			break
		}
		break
	}
	r.note("A", public, 3072)
	r.spell(i, e)
	return e
}

// serverB draws B: any number, a short one, or what makes the base 0, 1 or N-1.
func (r *generator) serverB(i int, x *big.Int) *big.Int {
	b := new(big.Int)
	switch i % 5 {
	case 1:
		b.SetBytes(r.bytes(383))
	case 2:
		if i%11 != 4 { // with u forced too there must be many B to choose from
			b.Mul(oracle.K, oracle.Public(x))
			b.Add(b, big.NewInt(int64(r.IntN(3)-1)))
			break
		}
		fallthrough
	default:
		b.SetBytes(r.bytes(384))
	}
	if b.Mod(b, oracle.N); b.Sign() == 0 {
		b.SetInt64(1)
	}
	return b
}

func (r *generator) note(name string, n *big.Int, bits int) {
	if n.BitLen() == bits {
		r.seen[name+" high"]++
	}
	if n.BitLen() <= bits-8 {
		r.seen[name+" short"]++
	}
}

// spell writes the same numbers in other ways.
func (r *generator) spell(i int, e *exchange) {
	if len(e.c.Salt)%2 == 1 {
		r.seen["salt odd"]++
	} else if e.c.Salt[0] >= '8' {
		r.seen["salt high"]++
	}
	if len(e.c.Salt) < 30 {
		r.seen["salt short"]++
	}
	if i%3 == 1 {
		e.c.B, e.c.Salt = strings.ToUpper(e.c.B), strings.ToUpper(e.c.Salt)
		r.seen["upper case"]++
	}
	if i%4 == 2 {
		e.c.B, e.c.Salt = "00"+e.c.B, "0"+e.c.Salt
		r.seen["redundant zeros"]++
	}
	if e.password == "" {
		r.seen["empty password"]++
	} else if strings.ContainsAny(e.password, "é密🔑") {
		r.seen["Unicode"]++
	}
}

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

// TestAllocations bounds what one sign-in allocates: the handshake with its box
// of two pointers, A, the signature and the timestamp.
func TestAllocations(t *testing.T) {
	c := Challenge{UserID: "user", Salt: "feed", B: hex.EncodeToString(make([]byte, 300)) + "ff", SecretBlock: strings.Repeat("AAAA", 400)}
	got := testing.AllocsPerRun(10, func() {
		h := New()
		_ = h.A()
		if _, err := h.Prove("pool", "password", c, time.Unix(1e9, 0)); err != nil {
			t.Fatal(err)
		}
	})
	if limit := 6.0; modp.Native && got > limit {
		t.Errorf("%v allocations per handshake, want at most %v", got, limit)
	}
}

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
