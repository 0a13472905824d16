package websdk2_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/duo/websdk2"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
)

// The keys of the published test suites: duo_nodejs tests/duo.js and duo_python
// tests/test.py.
const (
	ikey = "DIXXXXXXXXXXXXXXXXXX"
	akey = "useacustomerprovidedapplicationsecretkey"
	user = "testuser"
)

var skey = strings.Repeat("deadbeef", 5)

// The published parts of responses, in both suites.
const (
	goodB64    = "dGVzdHVzZXJ8RElYWFhYWFhYWFhYWFhYWFhYWFh8MjI0NzE0MDkyMQ==" // expires in 2041
	goodAuth   = "AUTH|" + goodB64 + "|d5fa72f8ba5f3d37d70dad615ff4901a77d46989"
	enrollAuth = "ENROLL|" + goodB64 + "|8378d1c2835c40f3380315be290ce7fe9b4e4972"
	staleAuth  = "AUTH|dGVzdHVzZXJ8RElYWFhYWFhYWFhYWFhYWFhYWFh8MTMwMDE1Nzg3NA==|cb8f4d60ec7c261394cd5ee5a17e46ca7440d702"
	longB64    = "dGVzdHVzZXJ8RElYWFhYWFhYWFhYWFhYWFhYWFh8MTYxNTcyNzI0M3xpbnZhbGlkZXh0cmFkYXRh" // four fields
	longAuth   = "AUTH|" + longB64 + "|6cdbec0fbfa0d3f335c76b0786a4a18eac6cdca7"
	longApp    = "APP|" + longB64 + "|7c2065ea122d028b03ef0295a4b4c5521823b9b5"
)

var now = time.Unix(1600000000, 0)

func newKeys(t testing.TB, ikey, skey, akey string) websdk2.Keys {
	t.Helper()
	k, err := websdk2.NewKeys(ikey, skey, akey)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func testKeys(t testing.TB) websdk2.Keys { return newKeys(t, ikey, skey, akey) }

// Golden texts of the official Python SDK with its clock stopped at now.
func TestSignGolden(t *testing.T) {
	t.Parallel()
	got, err := testKeys(t).Sign(user, now)
	const want = "TX|dGVzdHVzZXJ8RElYWFhYWFhYWFhYWFhYWFhYWFh8MTYwMDAwMDMwMA==|78a9387c2281cafdc4fcac6920190a9e4482d26e" +
		":APP|dGVzdHVzZXJ8RElYWFhYWFhYWFhYWFhYWFhYWFh8MTYwMDAwMzYwMA==|509ded2f98a162f90a795308c5224d4455996498"
	if err != nil || got != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
	got, err = testKeys(t).Sign("tést-üser", now)
	first, second, _ := strings.Cut(got, ":")
	if err != nil || !strings.HasSuffix(first, "|f1496d8bc9d7d248bb16467c624c1f7d91236410") ||
		!strings.HasSuffix(second, "|932ccfbe1e7f9297f489f2b22e6c99d22a60d657") {
		t.Errorf("a name beyond ASCII: %s, %v", got, err)
	}
}

func TestNewKeysAndSignRefuse(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		ikey, skey, akey, user string
		want                   error
	}{
		"no user":                     {ikey, skey, akey, "", websdk2.ErrUsername},
		"bar in user":                 {ikey, skey, akey, "in|valid", websdk2.ErrUsername},
		"user is not UTF-8":           {ikey, skey, akey, "\xff", websdk2.ErrUsername},
		"no integration key":          {"", skey, akey, user, websdk2.ErrIntegrationKey},
		"short integration key":       {ikey[1:], skey, akey, user, websdk2.ErrIntegrationKey},
		"bar in integration key":      {ikey[1:] + "|", skey, akey, user, websdk2.ErrIntegrationKey},
		"no secret key":               {ikey, "", akey, user, websdk2.ErrSecretKey},
		"long secret key":             {ikey, skey + "0", akey, user, websdk2.ErrSecretKey},
		"no application key":          {ikey, skey, "", user, websdk2.ErrApplicationKey},
		"short application key":       {ikey, skey, akey[1:], user, websdk2.ErrApplicationKey},
		"Duo's key as the own":        {ikey, skey, skey, user, websdk2.ErrApplicationKey},
		"good":                        {ikey, skey, akey, user, nil},
		"colon in user":               {ikey, skey, akey, "a:b", nil},
		"long application key":        {ikey, skey, akey + akey, user, nil},
		"white space is a name to us": {ikey, skey, akey, " ", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, err := websdk2.NewKeys(tc.ikey, tc.skey, tc.akey)
			if err == nil {
				_, err = k.Sign(tc.user, now)
			}
			if !errors.Is(err, tc.want) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
			text := websdk2.LegacyText(err)
			if (tc.want == nil) != (text == "") || text != "" && !strings.HasPrefix(text, "ERR|The ") {
				t.Errorf("legacy text %q", text)
			}
		})
	}
	var zero websdk2.Keys
	_, signErr := zero.Sign(user, now)
	_, verifyErr := zero.Verify("", now)
	if !errors.Is(signErr, websdk2.ErrIntegrationKey) || !errors.Is(verifyErr, websdk2.ErrIntegrationKey) {
		t.Errorf("zero keys: %v, %v", signErr, verifyErr)
	}
	if got := websdk2.LegacyText(errors.New("other")); got != "ERR|An unknown error has occurred." {
		t.Errorf("legacy text of another error: %q", got)
	}
}

// A maker signs cookies as Duo does, and is written apart from the package.
type maker struct{ skey, akey string }

func cookie(key, prefix, b64 string) string {
	h := hmac.New(sha1.New, []byte(key))
	fmt.Fprint(h, prefix, "|", b64)
	return prefix + "|" + b64 + "|" + hex.EncodeToString(h.Sum(nil))
}

func value(fields ...string) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Join(fields, "|")))
}

func (m maker) auth(fields ...string) string { return cookie(m.skey, "AUTH", value(fields...)) }
func (m maker) app(fields ...string) string  { return cookie(m.akey, "APP", value(fields...)) }

// appOf takes the APP part from a request made at now.
func appOf(t *testing.T, k websdk2.Keys, user string) string {
	t.Helper()
	request, err := k.Sign(user, now)
	if err != nil {
		t.Fatal(err)
	}
	_, app, _ := strings.Cut(request, ":")
	return app
}

func TestVerify(t *testing.T) {
	t.Parallel()
	m := maker{skey, akey}
	in := func(d time.Duration) string { return fmt.Sprint(now.Add(d).Unix()) }
	app := appOf(t, testKeys(t), user)
	auth := m.auth(user, ikey, in(time.Minute))
	if auth == goodAuth || m.auth(user, ikey, "2247140921") != goodAuth {
		t.Fatal("the maker does not sign as the published suites do")
	}
	upper := func(cookie string) string {
		i := strings.LastIndex(cookie, "|")
		return cookie[:i] + strings.ToUpper(cookie[i:])
	}
	otherAkey := newKeys(t, ikey, skey, "invalid"+akey)
	otherIkey := newKeys(t, "DIXXXXXXXXXXXXXXXXXY", skey, akey)
	for name, tc := range map[string]struct {
		response string
		want     error
	}{
		"published good":               {goodAuth + ":" + app, nil},
		"good":                         {auth + ":" + app, nil},
		"a second before the end":      {m.auth(user, ikey, in(time.Second)) + ":" + app, nil},
		"published expired":            {staleAuth + ":" + app, websdk2.ErrExpired},
		"published four fields":        {longAuth + ":" + app, websdk2.ErrMalformed},
		"published four fields in APP": {goodAuth + ":" + longApp, websdk2.ErrMalformed},
		"published garbage":            {"AUTH|INVALID|SIG:" + app, websdk2.ErrSignature},
		"published enrolment":          {enrollAuth + ":" + app, websdk2.ErrMalformed},
		"published other akey":         {goodAuth + ":" + appOf(t, otherAkey, user), websdk2.ErrSignature},
		"at the end":                   {m.auth(user, ikey, in(0)) + ":" + app, websdk2.ErrExpired},
		"APP expired":                  {auth + ":" + m.app(user, ikey, in(0)), websdk2.ErrExpired},
		"empty":                        {"", websdk2.ErrMalformed},
		"both parts empty":             {":", websdk2.ErrMalformed},
		"one part":                     {auth, websdk2.ErrMalformed},
		"three parts":                  {auth + ":" + app + ":" + app, websdk2.ErrMalformed},
		"parts swapped":                {app + ":" + auth, websdk2.ErrSignature},
		"the request itself":           {strings.Replace(auth, "AUTH", "TX", 1) + ":" + app, websdk2.ErrSignature},
		"TX part, well signed":         {cookie(skey, "TX", value(user, ikey, in(time.Minute))) + ":" + app, websdk2.ErrMalformed},
		"APP part in place of AUTH":    {cookie(skey, "APP", value(user, ikey, in(time.Minute))) + ":" + app, websdk2.ErrMalformed},
		"two fields in a cookie":       {"AUTH|" + goodB64 + ":" + app, websdk2.ErrMalformed},
		"four fields in a cookie":      {auth + "|:" + app, websdk2.ErrMalformed},
		"signature in capitals":        {upper(auth) + ":" + app, websdk2.ErrSignature},
		"signature cut short":          {auth[:len(auth)-1] + ":" + app, websdk2.ErrSignature},
		"no signature":                 {auth[:len(auth)-40] + ":" + app, websdk2.ErrSignature},
		"AUTH signed with akey":        {cookie(akey, "AUTH", value(user, ikey, in(time.Minute))) + ":" + app, websdk2.ErrSignature},
		"APP signed with skey":         {auth + ":" + cookie(skey, "APP", value(user, ikey, in(time.Minute))), websdk2.ErrSignature},
		"other user in APP":            {auth + ":" + m.app("other", ikey, in(time.Minute)), websdk2.ErrForeign},
		"other user in AUTH":           {m.auth("other", ikey, in(time.Minute)) + ":" + app, websdk2.ErrForeign},
		"other integration in AUTH":    {m.auth(user, "DIXXXXXXXXXXXXXXXXXY", in(time.Minute)) + ":" + app, websdk2.ErrForeign},
		"other integration in APP":     {auth + ":" + appOf(t, otherIkey, user), websdk2.ErrForeign},
		"both users empty":             {m.auth("", ikey, in(time.Minute)) + ":" + m.app("", ikey, in(time.Minute)), websdk2.ErrMalformed},
		"user is not UTF-8":            {m.auth("\xff", ikey, in(time.Minute)) + ":" + app, websdk2.ErrMalformed},
		"expiry has a sign":            {m.auth(user, ikey, "+2247140921") + ":" + app, websdk2.ErrMalformed},
		"expiry is negative":           {m.auth(user, ikey, "-1") + ":" + app, websdk2.ErrMalformed},
		"expiry has white space":       {m.auth(user, ikey, " 2247140921") + ":" + app, websdk2.ErrMalformed},
		"expiry has underscores":       {m.auth(user, ikey, "2_247_140_921") + ":" + app, websdk2.ErrMalformed},
		"expiry is a fraction":         {m.auth(user, ikey, "2247140921.5") + ":" + app, websdk2.ErrMalformed},
		"expiry is hexadecimal":        {m.auth(user, ikey, "0x85F0BF79") + ":" + app, websdk2.ErrMalformed},
		"expiry is empty":              {m.auth(user, ikey, "") + ":" + app, websdk2.ErrMalformed},
		"expiry overflows":             {m.auth(user, ikey, "9223372036854775808") + ":" + app, websdk2.ErrMalformed},
		"base64 without padding":       {cookie(skey, "AUTH", strings.TrimRight(goodB64, "=")) + ":" + app, websdk2.ErrMalformed},
		"base64 with a line break":     {cookie(skey, "AUTH", "\n"+goodB64) + ":" + app, websdk2.ErrMalformed},
		"base64 with stray bits":       {cookie(skey, "AUTH", strings.Replace(goodB64, "MQ==", "MR==", 1)) + ":" + app, websdk2.ErrMalformed},
		"base64 of URLs":               {cookie(skey, "AUTH", "__8_") + ":" + app, websdk2.ErrMalformed},
		"far too long":                 {auth + ":" + m.app(user, ikey, strings.Repeat("0", 5000)+in(time.Minute)), websdk2.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := testKeys(t).Verify(tc.response, now)
			if !errors.Is(err, tc.want) || (err == nil) != (got == user) || err != nil && got != "" {
				t.Errorf("got %q, %v, want %v", got, err, tc.want)
			}
		})
	}
	// The published suites' WRONG_IKEY: everything is well signed, for another.
	if _, err := otherIkey.Verify(goodAuth+":"+app, now); !errors.Is(err, websdk2.ErrForeign) {
		t.Errorf("wrong integration key: %v", err)
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{ikey, skey, akey} {
		redacttest.Check(t, testKeys(t), secret)
	}
}

func ExampleKeys() {
	k, err := websdk2.NewKeys("DIXXXXXXXXXXXXXXXXXX", strings.Repeat("deadbeef", 5), "useacustomerprovidedapplicationsecretkey")
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Unix(1600000000, 0)
	request, err := k.Sign("testuser", now)
	if err != nil {
		fmt.Println(err)
		return
	}
	// Duo's script shows the iframe with the TX part, and answers with an AUTH
	// part in its place.
	_, app, _ := strings.Cut(request, ":")
	const auth = "AUTH|dGVzdHVzZXJ8RElYWFhYWFhYWFhYWFhYWFhYWFh8MjI0NzE0MDkyMQ==|d5fa72f8ba5f3d37d70dad615ff4901a77d46989"
	user, err := k.Verify(auth+":"+app, now.Add(time.Minute))
	fmt.Println(user, err)
	_, err = k.Verify(auth+":"+app, now.Add(2*time.Hour))
	fmt.Println(err)
	// Output:
	// testuser <nil>
	// websdk2: the response has expired
}

// What a response says is believed only if both parts were signed.
func FuzzVerify(f *testing.F) {
	k := testKeys(f)
	request, err := k.Sign(user, now)
	if err != nil {
		f.Fatal(err)
	}
	_, app, _ := strings.Cut(request, ":")
	seeds := []string{goodAuth + ":" + app, goodAuth, ":", "|:|", staleAuth + ":" + app, longAuth + ":" + longApp, enrollAuth + ":" + app, request}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, response string) {
		got, err := k.Verify(response, now)
		if (err == nil) != (got != "") {
			t.Fatalf("%q, %v", got, err)
		}
		// Without the keys nothing else can be made that verifies.
		if err == nil && response != goodAuth+":"+app {
			t.Fatalf("%q verifies", response)
		}
	})
}
