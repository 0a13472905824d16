package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log"
	"math/big"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/srp/internal/oracle"
	"github.com/cognitomfa/cognitomfa/srp/internal/vectors"
)

// random returns n bytes that look random and depend on the label alone.
func random(label string, n int) []byte {
	var out []byte
	for i := 0; len(out) < n; i++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d", label, i))
		out = append(out, sum[:]...)
	}
	return out[:n]
}

func number(label string, n int) string {
	return new(big.Int).SetBytes(random(label, n)).Text(16)
}

// compute fills in what follows from the inputs.
func compute(p *vectors.Proof) {
	a, b, salt := oracle.Hex(p.PrivateA), oracle.Hex(p.B), oracle.Hex(p.Salt)
	public := oracle.Public(a)
	u := oracle.U(public, b)
	x := oracle.X(p.Realm, p.Username, p.Password, salt)
	s := oracle.ClientS(b, a, u, x)
	if p.PrivateB != "" {
		v, private := oracle.Hex(p.Verifier), oracle.Hex(p.PrivateB)
		if v.Cmp(oracle.Public(x)) != 0 || oracle.ServerS(public, v, u, private).Cmp(s) != 0 {
			log.Fatalf("%s: client and server disagree", p.Name)
		}
	}
	key := oracle.Key(s, u)
	at, err := time.Parse(time.RFC3339, p.Time)
	if err != nil {
		log.Fatal(err)
	}
	block, err := base64.StdEncoding.DecodeString(p.SecretBlock)
	if err != nil {
		log.Fatal(err)
	}
	p.A, p.U, p.X, p.S = public.Text(16), u.Text(16), x.Text(16), s.Text(16)
	p.K = hex.EncodeToString(key)
	p.Timestamp = oracle.Timestamp(at)
	p.Signature = oracle.Signature(key, p.Realm, p.Username, block, p.Timestamp)
}

// serve sets B to that of a server with the private b, which knows the user.
func serve(p *vectors.Proof, b string) {
	x := oracle.X(p.Realm, p.Username, p.Password, oracle.Hex(p.Salt))
	v := oracle.Public(x)
	p.PrivateB, p.Verifier = b, v.Text(16)
	p.B = oracle.ServerB(v, oracle.Hex(b)).Text(16)
}

// good is the case from which all others deviate.
func good(name, realm, user, password string) vectors.Proof {
	return vectors.Proof{
		Outcome:     vectors.Outcome{Name: name, Result: vectors.Valid},
		Realm:       realm,
		Username:    user,
		Password:    password,
		PrivateA:    number(name+" a", 32),
		Salt:        number(name+" salt", 16),
		B:           new(big.Int).Mod(new(big.Int).SetBytes(random(name+" B", 384)), oracle.N).Text(16),
		SecretBlock: base64.StdEncoding.EncodeToString(random(name+" block", 1170)),
		Time:        "2025-05-06T09:08:07Z",
	}
}

func goodUser(name string) vectors.Proof {
	return good(name, "AbCdEf123", "5e9b1f0c-7a34-4d0e-9a53-6f1c2b7d8e90", "Correct-Horse-7")
}

func goodDevice(name string) vectors.Proof {
	return good(name, "-wt2ha1Zd", "eu-west-1_0c3e7a52-1f0b-4c55-8c5d-2f6d7a3b9e10",
		base64.StdEncoding.EncodeToString(random(name+" password", 40)))
}

// A deviation changes one thing of the good case.
type deviation struct {
	name   string
	change func(p *vectors.Proof, try int)
	until  func(p *vectors.Proof) bool // nil: the first try
}

// deviate tries until the case has the property that its name promises.
func deviate(from func(string) vectors.Proof, list []deviation) []vectors.Proof {
	var cases []vectors.Proof
	for _, d := range list {
		for try := 0; ; try++ {
			p := from(d.name)
			d.change(&p, try)
			compute(&p)
			if d.until == nil || d.until(&p) {
				cases = append(cases, p)
				break
			}
		}
	}
	return cases
}

// shaped lists the properties a number can have that padding must get right, for
// a number of the given length in digits.
func shaped(what string, digits int, change func(*vectors.Proof, int), get func(*vectors.Proof) string) []deviation {
	return []deviation{
		{what + " with a leading zero byte", change, func(p *vectors.Proof) bool { return len(get(p)) <= digits-2 }},
		{what + " with an odd number of digits", change, func(p *vectors.Proof) bool { return len(get(p)) == digits-1 }},
		{what + " with the top bit set", change, func(p *vectors.Proof) bool { return len(get(p)) == digits && get(p)[0] >= '8' }},
		{what + " with the top bit clear", change, func(p *vectors.Proof) bool { return len(get(p)) == digits && get(p)[0] < '8' }},
	}
}

func newA(p *vectors.Proof, try int)    { p.PrivateA = number(fmt.Sprint(p.Name, try), 32) }
func newSalt(p *vectors.Proof, try int) { p.Salt = number(fmt.Sprint(p.Name, try), 16) }
func newB(p *vectors.Proof, try int)    { p.B = number(fmt.Sprint(p.Name, try), 383) }
func longB(p *vectors.Proof, try int) {
	p.B = new(big.Int).Mod(new(big.Int).SetBytes(random(fmt.Sprint(p.Name, try), 384)), oracle.N).Text(16)
}

// base makes B such that B - k·g^x is the given number.
func base(n int64) func(*vectors.Proof, int) {
	return func(p *vectors.Proof, _ int) {
		kv := new(big.Int).Mul(oracle.K, oracle.Public(oracle.X(p.Realm, p.Username, p.Password, oracle.Hex(p.Salt))))
		p.B = kv.Add(kv, big.NewInt(n)).Mod(kv, oracle.N).Text(16)
	}
}

// set makes a change out of an assignment.
func set(assign func(p *vectors.Proof)) func(*vectors.Proof, int) {
	return func(p *vectors.Proof, _ int) { assign(p) }
}

// deviations are those of users and devices alike.
func deviations() []deviation {
	list := []deviation{
		{"a server that knows the verifier", func(p *vectors.Proof, _ int) { serve(p, number(p.Name+" b", 32)) }, nil},
		{"a of 1024 bits", func(p *vectors.Proof, _ int) { p.PrivateA = number(p.Name, 128) }, nil},
		{"a is 1", set(func(p *vectors.Proof) { p.PrivateA = "1" }), nil},
		{"a is all ones", set(func(p *vectors.Proof) { p.PrivateA = strings.Repeat("f", 64) }), nil},
		{"B is 1", set(func(p *vectors.Proof) { p.B = "1" }), nil},
		{"B is N-1", set(func(p *vectors.Proof) { p.B = new(big.Int).Sub(oracle.N, big.NewInt(1)).Text(16) }), nil},
		{"B in upper case", set(func(p *vectors.Proof) { p.B = strings.ToUpper(p.B) }), nil},
		{"B with redundant zeros", set(func(p *vectors.Proof) { p.B = "00000" + p.B }), nil},
		{"the base is 0", base(0), nil},
		{"the base is 1", base(1), nil},
		{"the base is N-1", base(-1), nil},
		{"salt in upper case", set(func(p *vectors.Proof) { p.Salt = "ABCDEF0123456789" }), nil},
		{"salt with redundant zeros", set(func(p *vectors.Proof) { p.Salt = "00" + p.Salt }), nil},
		{"salt with one redundant zero", set(func(p *vectors.Proof) { p.Salt = "0" + p.Salt }), nil},
		{"salt is 0", set(func(p *vectors.Proof) { p.Salt = "0" }), nil},
		{"secret block of one byte", set(func(p *vectors.Proof) { p.SecretBlock = "/w==" }), nil},
		{"secret block of 12,288 bytes", set(func(p *vectors.Proof) {
			p.SecretBlock = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xa5}, 12288))
		}), nil},
		{"an hour past noon", set(func(p *vectors.Proof) { p.Time = "2024-02-29T23:59:59Z" }), nil},
		{"the hour after midnight", set(func(p *vectors.Proof) { p.Time = "2024-12-31T00:00:01Z" }), nil},
		{"a time in another zone", set(func(p *vectors.Proof) { p.Time = "2025-01-01T04:30:00+05:30" }), nil},
	}
	list = append(list, shaped("A", 768, newA, func(p *vectors.Proof) string { return p.A })...)
	list = append(list, shaped("B", 768, func(p *vectors.Proof, try int) {
		if longB(p, try); strings.Contains(p.Name, "zero") || strings.Contains(p.Name, "odd") {
			p.B = p.B[:len(p.B)-1-try]
		}
	}, func(p *vectors.Proof) string { return p.B })...)
	list = append(list, shaped("salt", 32, newSalt, func(p *vectors.Proof) string { return p.Salt })...)
	list = append(list, shaped("u", 64, newB, func(p *vectors.Proof) string { return p.U })...)
	list = append(list, shaped("x", 64, newSalt, func(p *vectors.Proof) string { return p.X })...)
	list = append(list, shaped("S", 768, newB, func(p *vectors.Proof) string { return p.S })...)
	return list
}

// invalid returns the deviations that a client must refuse.
func invalid(from func(string) vectors.Proof) []vectors.Proof {
	plus := func(n int64) string { return new(big.Int).Add(oracle.N, big.NewInt(n)).Text(16) }
	salt := func(s string) func(*vectors.Proof) { return func(p *vectors.Proof) { p.Salt = s } }
	b := func(s string) func(*vectors.Proof) { return func(p *vectors.Proof) { p.B = s } }
	block := func(s string) func(*vectors.Proof) { return func(p *vectors.Proof) { p.SecretBlock = s } }
	var cases []vectors.Proof
	for _, d := range []struct {
		name, field, reason string
		change              func(*vectors.Proof)
	}{
		{"salt is empty", "SALT", vectors.Empty, salt("")},
		{"salt is not hexadecimal", "SALT", vectors.NotHex, salt("12g4")},
		{"salt has a sign", "SALT", vectors.NotHex, salt("-5")},
		{"salt has a prefix", "SALT", vectors.NotHex, salt("0x5")},
		{"salt has a space", "SALT", vectors.NotHex, salt(" 5")},
		{"salt has 769 digits", "SALT", vectors.Oversize, salt(strings.Repeat("1", 769))},
		{"salt has too many zeros", "SALT", vectors.Oversize, salt(strings.Repeat("0", 4096) + "1")},
		{"B is empty", "SRP_B", vectors.Empty, b("")},
		{"B is not hexadecimal", "SRP_B", vectors.NotHex, b("xyz")},
		{"B has a sign", "SRP_B", vectors.NotHex, b("+5")},
		{"B is 0", "SRP_B", vectors.OutOfRange, b("0")},
		{"B is many zeros", "SRP_B", vectors.OutOfRange, b(strings.Repeat("0", 768))},
		{"B is N", "SRP_B", vectors.OutOfRange, b(plus(0))},
		{"B is N+1", "SRP_B", vectors.OutOfRange, b(plus(1))},
		{"B is 2^3072-1", "SRP_B", vectors.OutOfRange, b(strings.Repeat("f", 768))},
		{"B is 2N", "SRP_B", vectors.Oversize, b(new(big.Int).Lsh(oracle.N, 1).Text(16))},
		{"B has too many zeros", "SRP_B", vectors.Oversize, b(strings.Repeat("0", 4096) + "1")},
		{"secret block is empty", "SECRET_BLOCK", vectors.Empty, block("")},
		{"secret block is not base64", "SECRET_BLOCK", vectors.NotBase64, block("not base64")},
		{"secret block without padding", "SECRET_BLOCK", vectors.NotBase64, block("/w")},
		{"secret block in the URL alphabet", "SECRET_BLOCK", vectors.NotBase64, block("_-8=")},
		{"secret block of 16,388 characters", "SECRET_BLOCK", vectors.Oversize, block(strings.Repeat("AAAA", 4097))},
	} {
		p := from(d.name)
		p.Result, p.Field, p.Reason = vectors.Invalid, d.field, d.reason
		d.change(&p)
		cases = append(cases, p)
	}
	return cases
}

// named returns the cases without a name to prove.
func named(from func(string) vectors.Proof, realm, name string) []vectors.Proof {
	var cases []vectors.Proof
	for _, field := range []string{realm, name} {
		for _, d := range []struct{ reason, value string }{
			{vectors.Empty, ""}, {vectors.Oversize, strings.Repeat("n", 1025)},
		} {
			p := from(field + " " + d.reason)
			p.Result, p.Field, p.Reason = vectors.Invalid, field, d.reason
			if field == realm {
				p.Realm = d.value
			} else {
				p.Username = d.value
			}
			cases = append(cases, p)
		}
	}
	return cases
}

// reference is a published exchange: both private numbers have 1024 bits.
func reference() vectors.Proof {
	repeat := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return hex.EncodeToString(bytes.Repeat(sum[:], 4))
	}
	p := vectors.Proof{
		Outcome:     vectors.Outcome{Name: "reference", Result: vectors.Valid},
		Realm:       "abcDEF123",
		Username:    "11111111-2222-3333-4444-555555555555",
		Password:    "Passw0rd!",
		PrivateA:    repeat("client-a"),
		Salt:        "f1e2d3c4b5a69788796a5b4c3d2e1f",
		SecretBlock: base64.StdEncoding.EncodeToString([]byte("secret-block-bytes")),
		Time:        "2000-02-01T03:04:05Z",
	}
	serve(&p, repeat("server-b"))
	compute(&p)
	return p
}

func userProofs() []vectors.Proof {
	list := append(deviations(),
		deviation{"empty password", set(func(p *vectors.Proof) { p.Password = "" }), nil},
		deviation{"password of 256 characters", set(func(p *vectors.Proof) { p.Password = strings.Repeat("Aa1!", 64) }), nil},
		deviation{"password longer than a stack buffer", set(func(p *vectors.Proof) { p.Password = strings.Repeat("Aa1!", 2000) }), nil},
		deviation{"password in Unicode", set(func(p *vectors.Proof) { p.Password = "пароль-ñ-密码-🔑" }), nil},
		deviation{"password in decomposed Unicode", set(func(p *vectors.Proof) { p.Password = "n\u0303" }), nil},
		deviation{"password with a colon and a NUL", set(func(p *vectors.Proof) { p.Password = ":a\x00b:" }), nil},
		deviation{"username in Unicode", set(func(p *vectors.Proof) { p.Username = "žofie@例え.jp" }), nil},
		deviation{"username with a colon", set(func(p *vectors.Proof) { p.Username = "a:b" }), nil},
	)
	cases := append([]vectors.Proof{reference()}, deviate(goodUser, list)...)
	cases = append(cases, invalid(goodUser)...)
	return append(cases, named(goodUser, "pool name", "USER_ID_FOR_SRP")...)
}

func deviceProofs() []vectors.Proof {
	cases := append(deviate(goodDevice, deviations()), invalid(goodDevice)...)
	return append(cases, named(goodDevice, "DeviceGroupKey", "DEVICE_KEY")...)
}
