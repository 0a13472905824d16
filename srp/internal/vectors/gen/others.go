package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/srp/internal/oracle"
	"github.com/cognitomfa/cognitomfa/srp/internal/vectors"
)

func valid(name string) vectors.Outcome { return vectors.Outcome{Name: name, Result: vectors.Valid} }

func refused(name, field, reason string) vectors.Outcome {
	return vectors.Outcome{Name: name, Result: vectors.Invalid, Field: field, Reason: reason}
}

// premasters crosses the edges of all four numbers. No exchange has u = 0, because
// nobody knows what hashes to it; that it is refused can only be tested here.
func premasters() []vectors.Premaster {
	ones := strings.Repeat("f", 64)
	bs := []string{"1", "2", new(big.Int).Sub(oracle.N, big.NewInt(1)).Text(16), number("premaster B", 383)}
	edges := []string{"1", ones, number("premaster exponent", 32)}
	var cases []vectors.Premaster
	for _, b := range bs {
		for _, a := range append(edges, strings.Repeat("f", 256)) {
			for _, u := range edges {
				for _, x := range append(edges, "0") {
					s := oracle.ClientS(oracle.Hex(b), oracle.Hex(a), oracle.Hex(u), oracle.Hex(x))
					name := fmt.Sprintf("premaster %d", len(cases)+1)
					cases = append(cases, vectors.Premaster{Outcome: valid(name), PrivateA: a, B: b, U: u, X: x, S: s.Text(16)})
				}
			}
		}
	}
	return append(cases, vectors.Premaster{Outcome: refused("u is 0", "SRP_B", vectors.ZeroU), PrivateA: ones, B: "2", U: "0", X: ones})
}

func deviceVerifiers() []vectors.Verifier {
	const group, device = "-abcdefgh", "us-east-1_11111111-2222-3333-4444-555555555555"
	plain := make([]byte, 40)
	for i := range plain {
		plain[i] = byte(i)
	}
	password := base64.StdEncoding.EncodeToString(plain)
	verifier := func(name, salt string) vectors.Verifier {
		n := oracle.Hex(salt)
		v := oracle.Public(oracle.X(group, device, password, n))
		return vectors.Verifier{
			Outcome: valid(name), GroupKey: group, DeviceKey: device, Password: password, SaltHex: salt,
			Salt:     base64.StdEncoding.EncodeToString(oracle.Pad(n)),
			Verifier: base64.StdEncoding.EncodeToString(oracle.Pad(v)),
		}
	}
	cases := []vectors.Verifier{
		verifier("reference", "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"),
		verifier("salt with the top bit clear", "70f1f2f3f4f5f6f7f8f9fafbfcfdfeff"),
		verifier("salt with a leading zero byte", "0081f2f3f4f5f6f7f8f9fafbfcfdfeff"),
		verifier("salt is 0", "00000000000000000000000000000000"),
	}
	for _, length := range []int{384, 383} { // the top bit clear, and a whole byte
		for i := 0; ; i++ {
			salt := hex.EncodeToString(random(fmt.Sprint("verifier", length, i), 16))
			c := verifier(fmt.Sprintf("verifier of %d bytes", length), salt)
			if raw, _ := base64.StdEncoding.DecodeString(c.Verifier); len(raw) == length && raw[0] != 0 {
				cases = append(cases, c)
				break
			}
		}
	}
	for _, field := range []string{"DeviceGroupKey", "DEVICE_KEY"} {
		for _, d := range []struct{ reason, value string }{
			{vectors.Empty, ""}, {vectors.Oversize, strings.Repeat("n", 1025)},
		} {
			c := vectors.Verifier{Outcome: refused(field+" "+d.reason, field, d.reason), GroupKey: group, DeviceKey: device, Password: password, SaltHex: "01"}
			if field == "DEVICE_KEY" {
				c.DeviceKey = d.value
			} else {
				c.GroupKey = d.value
			}
			cases = append(cases, c)
		}
	}
	return cases
}

func secretHashes() []vectors.SecretHash {
	var cases []vectors.SecretHash
	for _, c := range []struct{ name, user, id, secret string }{
		{"reference", "a2c2e290-6d0f-4a08-a5ca-f0162935f3a6", "18u8119jgbpr464n28s1itk2mq", "ps50nb7hd1umdnmlt1xa9nwiscqvdvzy5ijw63vcacd09yihc2b"},
		{"an email address", "user@example.com", "18u8119jgbpr464n28s1itk2mq", "short"},
		{"Unicode", "žofie", "18u8119jgbpr464n28s1itk2mq", "密"},
		{"secret of one hash block", "user", "client", strings.Repeat("s", 64)},
		{"secret longer than a hash block", "user", "client", strings.Repeat("s", 65)},
		{"empty username", "", "client", "secret"},
		{"everything empty", "", "", ""},
	} {
		cases = append(cases, vectors.SecretHash{Outcome: valid(c.name), Username: c.user, ClientID: c.id, ClientSecret: c.secret,
			SecretHash: oracle.HMAC([]byte(c.secret), []byte(c.user), []byte(c.id))})
	}
	return cases
}

// timestamps are the edges of hours, days, months and years, and all weekdays and
// months.
func timestamps() []vectors.Timestamp {
	texts := []string{
		"2025-05-06T00:00:00Z", "2025-05-06T00:59:59Z", "2025-05-06T01:00:00Z", "2025-05-06T09:59:59Z",
		"2025-05-06T10:00:00Z", "2025-05-06T11:59:59Z", "2025-05-06T12:00:00Z", "2025-05-06T12:59:59Z",
		"2025-05-06T13:00:00Z", "2025-05-06T23:59:59Z", "2025-05-09T23:59:59Z", "2025-05-10T00:00:00Z",
		"2024-02-28T23:59:59Z", "2024-02-29T00:00:00Z", "2023-02-28T23:59:59Z", "2023-03-01T00:00:00Z",
		"2024-12-31T23:59:59Z", "2025-01-01T00:00:00Z", "2025-05-06T09:08:07.999999999Z",
		"2025-05-06T00:30:00+02:00", "2025-12-31T20:00:00-05:00", "2025-03-30T02:30:00+01:00",
		"1999-12-31T23:59:59Z", "2000-02-29T12:00:00Z", "2038-01-19T03:14:08Z", "9999-12-31T23:59:59Z",
	}
	for month := 1; month <= 12; month++ {
		texts = append(texts, fmt.Sprintf("2026-%02d-%02dT%02d:00:07Z", month, 2*month, month+11))
	}
	for day := 1; day <= 7; day++ {
		texts = append(texts, fmt.Sprintf("2026-06-%02dT15:04:05Z", day))
	}
	var cases []vectors.Timestamp
	for _, text := range texts {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			panic(err)
		}
		cases = append(cases, vectors.Timestamp{Outcome: valid(text), Time: text, Timestamp: oracle.Timestamp(at)})
	}
	return cases
}

func poolNames() []vectors.PoolName {
	var cases []vectors.PoolName
	for _, c := range [][2]string{
		{"eu-west-1_AbCdEf123", "AbCdEf123"}, {"us-gov-west-1_000000000", "000000000"}, {"a_b", "b"},
		{"my_region_pool", "pool"}, {strings.Repeat("r", 53) + "_p", "p"},
	} {
		cases = append(cases, vectors.PoolName{Outcome: valid(c[0]), PoolID: c[0], PoolName: c[1]})
	}
	for _, c := range [][2]string{
		{"empty", ""}, {"no underscore", "AbCdEf123"}, {"nothing before it", "_AbCdEf123"}, {"nothing behind it", "eu-west-1_"},
		{"a dash behind it", "eu-west-1_Ab-Cd"}, {"a space", "eu-west-1_Ab Cd"}, {"a line end", "eu-west-1_AbCd\n"},
		{"not ASCII", "eu-west-1_Äb"}, {"an ARN", "arn:aws:cognito-idp:eu-west-1:1:userpool/eu-west-1_Ab"},
		{"56 characters", strings.Repeat("r", 53) + "_pp"},
	} {
		cases = append(cases, vectors.PoolName{Outcome: refused(c[0], "UserPoolId", vectors.NotPoolID), PoolID: c[1]})
	}
	return cases
}
