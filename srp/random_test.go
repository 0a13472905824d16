package srp

import (
	"encoding/base64"
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
	public := oracle.Public(e.number())
	p, err := proveByHand(e.number(), public, identity{e.pool, e.c.UserID, e.password}, e.c, e.now)
	return public.Text(16), p, err
}

// proveByHand is the exchange after A over math/big, for users and devices.
func proveByHand(a, public *big.Int, id identity, c Challenge, now time.Time) (Proof, error) {
	b, salt := oracle.Hex(c.B), oracle.Hex(c.Salt)
	block, err := base64.StdEncoding.DecodeString(c.SecretBlock)
	if err != nil {
		return Proof{}, err
	}
	u := oracle.U(public, b)
	s := oracle.ClientS(b, a, u, oracle.X(id.realm, id.name, id.password, salt))
	timestamp := oracle.Timestamp(now)
	return Proof{oracle.Signature(oracle.Key(s, u), id.realm, id.name, block, timestamp), timestamp}, nil
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
