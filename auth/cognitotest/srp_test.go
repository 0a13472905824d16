package cognitotest_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

const (
	notAuthorized = "NotAuthorizedException"
	incorrect     = "Incorrect username or password."
)

// The whole way of a new user: sign-up, code, SRP, tokens.
func TestSignUpAndSRP(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]cognitotest.ClientConfig{
		"public client": {}, "client with secret": {Secret: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{Client: cfg})
			var hash *string
			if d.client.Secret != "" {
				hash = ptr(d.hash("Ann"))
			}
			up := must[*cip.SignUpOutput](t)(d.sdk.SignUp(t.Context(), &cip.SignUpInput{
				ClientId: &d.client.ID, Username: ptr("Ann"), Password: ptr(password), SecretHash: hash,
				UserAttributes: []types.AttributeType{{Name: ptr("email"), Value: ptr("ann@example.com")}},
			}))
			if up.UserConfirmed || *up.CodeDeliveryDetails.Destination != "a***@e***" {
				t.Errorf("SignUp returned %+v", up.CodeDeliveryDetails)
			}
			_, err := d.srp("Ann", password)
			wantError(t, err, "UserNotConfirmedException", "User is not confirmed.")

			message, ok := d.pool.Outbox().Last("ann")
			if !ok || message.Destination != "ann@example.com" || message.Purpose != cognitotest.PurposeSignUp {
				t.Fatalf("the outbox has %+v", message)
			}
			must[*cip.ConfirmSignUpOutput](t)(d.sdk.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{
				ClientId: &d.client.ID, Username: ptr("Ann"), ConfirmationCode: &message.Code, SecretHash: hash,
			}))

			challenge, responses := d.verifier("Ann", password)
			if challenge.Session != nil {
				t.Error("PASSWORD_VERIFIER came with a Session")
			}
			if got := challenge.ChallengeParameters["USER_ID_FOR_SRP"]; got != "ann" {
				t.Errorf("USER_ID_FOR_SRP is %q, want the canonical username", got)
			}
			out := must[*cip.RespondToAuthChallengeOutput](t)(d.respond(challenge.ChallengeName, nil, responses))
			if out.AuthenticationResult == nil || out.ChallengeParameters == nil || len(out.ChallengeParameters) != 0 {
				t.Fatalf("no tokens, or no empty ChallengeParameters beside them: %v", out.ChallengeName)
			}
			user := must[*cip.GetUserOutput](t)(d.sdk.GetUser(t.Context(), &cip.GetUserInput{
				AccessToken: out.AuthenticationResult.AccessToken,
			}))
			if *user.Username != "ann" || attribute(user.UserAttributes, "email_verified") != "true" {
				t.Errorf("GetUser returned %s with email_verified %q", *user.Username, attribute(user.UserAttributes, "email_verified"))
			}
		})
	}
}

func attribute(list []types.AttributeType, name string) string {
	for _, a := range list {
		if *a.Name == name {
			return *a.Value
		}
	}
	return ""
}

// Each row spoils one thing in an answer that is right.
func TestVerifierRefuses(t *testing.T) {
	t.Parallel()
	other := func(d *driver) map[string]string {
		_, responses := d.verifier("bob", password)
		return responses
	}
	for name, row := range map[string]struct {
		spoil         func(d *driver, r map[string]string)
		code, message string
	}{
		"garbage signature": {
			func(d *driver, r map[string]string) { r["PASSWORD_CLAIM_SIGNATURE"] = "not base64" }, notAuthorized, incorrect},
		"another signature": {
			func(d *driver, r map[string]string) {
				r["PASSWORD_CLAIM_SIGNATURE"] = other(d)["PASSWORD_CLAIM_SIGNATURE"]
			}, notAuthorized, incorrect},
		"swapped username": {
			func(d *driver, r map[string]string) { r["USERNAME"] = "bob" }, notAuthorized, incorrect},
		"another user's block": {
			func(d *driver, r map[string]string) {
				r["PASSWORD_CLAIM_SECRET_BLOCK"] = other(d)["PASSWORD_CLAIM_SECRET_BLOCK"]
			}, notAuthorized, incorrect},
		"altered block": {
			func(d *driver, r map[string]string) {
				raw, _ := base64.StdEncoding.DecodeString(r["PASSWORD_CLAIM_SECRET_BLOCK"])
				raw[len(raw)/2] ^= 1
				r["PASSWORD_CLAIM_SECRET_BLOCK"] = base64.StdEncoding.EncodeToString(raw)
			}, notAuthorized, incorrect},
		"made-up block": {
			func(d *driver, r map[string]string) { r["PASSWORD_CLAIM_SECRET_BLOCK"] = "AAAA" }, notAuthorized, incorrect},
		"late": {
			func(d *driver, r map[string]string) { d.pool.Clock().Advance(3 * time.Minute) }, notAuthorized, incorrect},
		"hour 24": {
			func(d *driver, r map[string]string) { r["TIMESTAMP"] = "Tue Feb 3 24:03:00 UTC 2026" },
			"InvalidParameterException", "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english."},
		"ISO timestamp": {
			func(d *driver, r map[string]string) { r["TIMESTAMP"] = "2026-02-03T09:04:05Z" },
			"InvalidParameterException", "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english."},
		"no signature": {
			func(d *driver, r map[string]string) { delete(r, "PASSWORD_CLAIM_SIGNATURE") },
			"InvalidParameterException", "Missing required parameter PASSWORD_CLAIM_SIGNATURE"},
		"no username": {
			func(d *driver, r map[string]string) { delete(r, "USERNAME") },
			"InvalidParameterException", "Missing required parameter USERNAME"},
		"disabled in between": {
			func(d *driver, r map[string]string) {
				must[*cip.AdminDisableUserOutput](d.t)(d.sdk.AdminDisableUser(d.t.Context(), &cip.AdminDisableUserInput{
					UserPoolId: ptr(d.pool.ID()), Username: ptr("ann"),
				}))
			}, notAuthorized, "User is disabled."},
		"nothing spoiled": {func(*driver, map[string]string) {}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{})
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
			d.pool.AddUser(cognitotest.User{Username: "bob", Password: password})
			challenge, responses := d.verifier("ann", password)
			row.spoil(d, responses)
			out, err := d.respond(challenge.ChallengeName, nil, responses)
			if row.code != "" {
				wantError(t, err, row.code, row.message)
			} else if err != nil || out.AuthenticationResult == nil {
				t.Errorf("the good case failed: %v", err)
			}
		})
	}
}

// A timestamp that can be read but is not how the service writes it fails, even
// if the client has signed it so. Freshness is not looked at.
func TestTimestampForm(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	for timestamp, right := range map[string]bool{
		"Tue Feb 3 09:04:05 UTC 2026":  true,
		"Sat Feb 3 00:00:00 UTC 2001":  true,
		"Mon Feb 3 09:04:05 UTC 2026":  false,
		"Tue Feb 03 09:04:05 UTC 2026": false,
		"Tue Feb 3 09:04:05 PST 2026":  false,
		"Tue Feb 3 9:04:05 UTC 2026":   false,
	} {
		out, err := d.initiate(types.AuthFlowTypeUserSrpAuth, map[string]string{"USERNAME": "ann", "SRP_A": byHand.public(t)})
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.respond(out.ChallengeName, nil, byHand.answer(t, d.pool.ID(), out.ChallengeParameters, timestamp))
		if !right {
			wantError(t, err, notAuthorized, incorrect)
		} else if err != nil {
			t.Errorf("%s: %v", timestamp, err)
		}
	}
}

// byHand is an SRP client that signs any timestamp, which the stock one does not.
// Its secret exponent is its value.
var byHand = handmade(4711)

type handmade int64

func (a handmade) public(t *testing.T) string {
	return new(big.Int).Exp(big.NewInt(2), big.NewInt(int64(a)), groupPrime(t)).Text(16)
}

func (a handmade) answer(t *testing.T, poolID string, params map[string]string, timestamp string) map[string]string {
	t.Helper()
	_, pool, _ := strings.Cut(poolID, "_")
	user := params["USER_ID_FOR_SRP"]
	return map[string]string{
		"USERNAME": user, "TIMESTAMP": timestamp, "PASSWORD_CLAIM_SECRET_BLOCK": params["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE": a.signature(t, pool, user, password, params, timestamp),
	}
}

// signature proves a password that was hashed with the names of its group, which
// is the pool or that of a device, and of its owner.
func (a handmade) signature(t *testing.T, group, owner, password string, params map[string]string, timestamp string) string {
	t.Helper()
	n, two := groupPrime(t), big.NewInt(2)
	number := func(hexadecimal string) *big.Int {
		v, ok := new(big.Int).SetString(hexadecimal, 16)
		if !ok {
			t.Fatalf("%q is no number", hexadecimal)
		}
		return v
	}
	java := func(v *big.Int) []byte { return v.FillBytes(make([]byte, v.BitLen()/8+1)) } // room for a sign bit
	hash := func(parts ...[]byte) []byte {
		sum := sha256.Sum256(bytes.Join(parts, nil))
		return sum[:]
	}
	integer := func(b []byte) *big.Int { return new(big.Int).SetBytes(b) }
	serverB := number(params["SRP_B"])
	block, err := base64.StdEncoding.DecodeString(params["SECRET_BLOCK"])
	if err != nil {
		t.Fatal(err)
	}
	k := integer(hash(java(n), java(two)))
	u := integer(hash(java(number(a.public(t))), java(serverB)))
	x := integer(hash(java(number(params["SALT"])), hash([]byte(group+owner+":"+password))))
	base := new(big.Int).Sub(serverB, k.Mul(k, new(big.Int).Exp(two, x, n)))
	exponent := new(big.Int).Add(big.NewInt(int64(a)), new(big.Int).Mul(u, x))
	secret := base.Exp(base.Mod(base, n), exponent, n)
	key, err := hkdf.Key(sha256.New, java(secret), java(u), "Caldera Derived Key", 16)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(bytes.Join([][]byte{[]byte(group + owner), block, []byte(timestamp)}, nil))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	_, err := d.srp("ann", wrongPassword)
	wantError(t, err, notAuthorized, incorrect)
	_, err = d.byPassword("ann", wrongPassword)
	wantError(t, err, notAuthorized, incorrect)
	must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
}

// A secret block counts once, whether its answer was right or wrong.
func TestVerifierReplay(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	challenge, right := d.verifier("ann", password)
	must[*cip.RespondToAuthChallengeOutput](t)(d.respond(challenge.ChallengeName, nil, right))
	_, err := d.respond(challenge.ChallengeName, nil, right)
	wantError(t, err, notAuthorized, incorrect)

	challenge, right = d.verifier("ann", password)
	wrong := maps.Clone(right)
	wrong["PASSWORD_CLAIM_SIGNATURE"] = base64.StdEncoding.EncodeToString(make([]byte, 32))
	_, err = d.respond(challenge.ChallengeName, nil, wrong)
	wantError(t, err, notAuthorized, incorrect)
	_, err = d.respond(challenge.ChallengeName, nil, right)
	wantError(t, err, notAuthorized, incorrect)
}

// A client that sends a multiple of N knows the shared secret without the
// password.
func TestPublicValueRefused(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	n := groupPrime(t)
	for name, a := range map[string]string{
		"0": "0", "00": "00", "N": n.Text(16), "2N": new(big.Int).Lsh(n, 1).Text(16),
		"negative": "-1", "not hexadecimal": "xyz", "prefixed": "0x12", "endless": string(make([]byte, 5000)),
	} {
		_, err := d.initiate(types.AuthFlowTypeUserSrpAuth, map[string]string{"USERNAME": "ann", "SRP_A": a})
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		wantError(t, err, "InvalidParameterException", "SRP_A is not a valid value.")
	}
}

// groupPrime computes N from the definition of RFC 3526, group 15:
// 2^3072 - 2^3008 - 1 + 2^64 * ([2^2942 pi] + 1690314).
func groupPrime(t *testing.T) *big.Int {
	t.Helper()
	n := derivePrime()
	if !n.ProbablyPrime(0) {
		t.Fatal("the formula of RFC 3526 gave no prime")
	}
	return n
}

var derivePrime = sync.OnceValue(func() *big.Int {
	one := big.NewInt(1)
	n := new(big.Int).Lsh(one, 3072)
	n.Sub(n, new(big.Int).Lsh(one, 3008)).Sub(n, one)
	mid := machinPi(2942)
	mid.Add(mid, big.NewInt(1690314))
	return n.Add(n, mid.Lsh(mid, 64))
})

// machinPi computes floor(2^bits pi) by Machin's formula.
func machinPi(bits uint) *big.Int {
	const guard = 64
	arctan := func(x int64) *big.Int { // of 1/x
		sum := new(big.Int)
		term := new(big.Int).Lsh(big.NewInt(1), bits+guard)
		term.Div(term, big.NewInt(x))
		for k := int64(1); term.Sign() != 0; k += 2 {
			part := new(big.Int).Div(term, big.NewInt(k))
			if k%4 == 1 {
				sum.Add(sum, part)
			} else {
				sum.Sub(sum, part)
			}
			term.Div(term, big.NewInt(x*x))
		}
		return sum
	}
	pi := new(big.Int).Mul(big.NewInt(16), arctan(5))
	pi.Sub(pi, new(big.Int).Mul(big.NewInt(4), arctan(239)))
	return pi.Rsh(pi, guard)
}
