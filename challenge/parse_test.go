package challenge_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

func TestParseMakesEachType(t *testing.T) {
	t.Parallel()
	types := map[string]challenge.Challenge{
		"totp_code": (*challenge.TOTPCode)(nil), "sms_code": (*challenge.SMSCode)(nil), "email_code": (*challenge.EmailCode)(nil),
		"select_mfa": (*challenge.SelectMFA)(nil), "set_up_mfa": (*challenge.SetUpMFA)(nil), "set_up_totp": (*challenge.SetUpTOTP)(nil),
		"set_up_email": (*challenge.SetUpEmail)(nil), "new_password": (*challenge.NewPassword)(nil),
		"select_first_factor": (*challenge.SelectFirstFactor)(nil), "password": (*challenge.Password)(nil),
		"passkey": (*challenge.Passkey)(nil), "password_verifier": (*challenge.PasswordVerifier)(nil),
		"custom": (*challenge.Custom)(nil), "unknown": (*challenge.Unknown)(nil),
	}
	every(t, func(t *testing.T, kind string, c challenge.Challenge) {
		if got, want := fmt.Sprintf("%T", c), fmt.Sprintf("%T", types[kind]); got != want {
			t.Errorf("made a %s, want a %s", got, want)
		}
		if c.Name() != nameOf(kind) || !c.Expires().Equal(expires) {
			t.Errorf("Name %q, Expires %v", c.Name(), c.Expires())
		}
		if _, isCode := c.(challenge.Code); isCode != strings.HasSuffix(kind, "_code") {
			t.Errorf("is a Code: %v", isCode)
		}
	})
}

// The type switch of the examples is the one that programs copy.
func TestExampleCoversEachType(t *testing.T) {
	t.Parallel()
	every(t, func(t *testing.T, kind string, c challenge.Challenge) {
		if form(c) == form(nil) {
			t.Error("the example does not know this type")
		}
	})
}

// set changes one parameter.
func set(key, value string) func(*wire.Step) {
	return func(s *wire.Step) { s.Parameters[key] = value }
}

// available changes what SELECT_CHALLENGE offers.
func available(factors ...string) func(*wire.Step) {
	return func(s *wire.Step) { s.Available = factors }
}

// unset takes one parameter away.
func unset(key string) func(*wire.Step) {
	return func(s *wire.Step) { delete(s.Parameters, key) }
}

// list is a JSON array of n different strings of the given length.
func list(n, length int) string {
	names := make([]string, n)
	for i := range names {
		suffix := strconv.Itoa(i)
		names[i] = strconv.Quote(strings.Repeat("n", max(0, length-len(suffix))) + suffix)
	}
	return "[" + strings.Join(names, ",") + "]"
}

// many adds parameters up to n.
func many(n int) func(*wire.Step) {
	return func(s *wire.Step) {
		for i := len(s.Parameters); i < n; i++ {
			s.Parameters["key"+strconv.Itoa(i)] = ""
		}
	}
}

const (
	canChoose = wire.KeyMFAsCanChoose
	canSetUp  = wire.KeyMFAsCanSetUp
	needed    = wire.KeyRequiredAttributes
	present   = wire.KeyUserAttributes
)

// Each row is one deviation from a good step, and the parameter that the error
// names; "" if the step is still good.
var deviations = map[string]struct {
	kind   string
	change func(*wire.Step)
	field  string
}{
	"no session":           {"sms_code", func(s *wire.Step) { s.Session = "" }, "Session"},
	"no session, unknown":  {"unknown", func(s *wire.Step) { s.Session = "" }, "Session"},
	"longest session":      {"sms_code", func(s *wire.Step) { s.Session = strings.Repeat("s", 16<<10) }, ""},
	"oversize session":     {"sms_code", func(s *wire.Step) { s.Session = strings.Repeat("s", 16<<10+1) }, "Session"},
	"no username":          {"totp_code", func(s *wire.Step) { s.Username = "" }, "USERNAME"},
	"no name":              {"sms_code", func(s *wire.Step) { s.Name = "" }, "ChallengeName"},
	"longest name":         {"unknown", func(s *wire.Step) { s.Name = strings.Repeat("N", 128) }, ""},
	"overlong name":        {"unknown", func(s *wire.Step) { s.Name = strings.Repeat("N", 129) }, "ChallengeName"},
	"name with line break": {"unknown", func(s *wire.Step) { s.Name = "A\nforged log line" }, "ChallengeName"},
	"name with escape":     {"unknown", func(s *wire.Step) { s.Name = "A\x1b[2J" }, "ChallengeName"},
	"name is no UTF-8":     {"unknown", func(s *wire.Step) { s.Name = "A\xff" }, "ChallengeName"},
	"name reads backwards": {"unknown", func(s *wire.Step) { s.Name = "A\u202eB" }, "ChallengeName"},
	"name in another case": {"unknown", func(s *wire.Step) { s.Name = "sms_mfa" }, ""},
	"no parameters":        {"custom", func(s *wire.Step) { s.Parameters = nil }, ""},
	"most parameters":      {"custom", many(256), ""},
	"too many parameters":  {"custom", many(257), "ChallengeParameters"},
	"large parameter":      {"custom", set("question", strings.Repeat("q", 1<<19)), ""},
	"oversize parameter":   {"custom", set("question", strings.Repeat("q", 1<<20)), "ChallengeParameters"},
	"oversize key":         {"unknown", set(strings.Repeat("k", 1<<20+1), ""), "ChallengeParameters"},

	"code without anything about delivery": {"sms_code", func(s *wire.Step) { s.Parameters = nil }, ""},
	"authenticator without a name":         {"totp_code", unset("FRIENDLY_DEVICE_NAME"), ""},

	"no choices":                {"select_mfa", unset(canChoose), canChoose},
	"choices are empty text":    {"select_mfa", set(canChoose, ""), canChoose},
	"choices are an empty list": {"select_mfa", set(canChoose, "[]"), canChoose},
	"choices are null":          {"select_mfa", set(canChoose, "null"), canChoose},
	"choices are garbage":       {"select_mfa", set(canChoose, "SMS_MFA,EMAIL_OTP"), canChoose},
	"choices are cut":           {"select_mfa", set(canChoose, `["SMS_MFA"`), canChoose},
	"choices have a tail":       {"select_mfa", set(canChoose, `["SMS_MFA"]x`), canChoose},
	"choices are an object":     {"select_mfa", set(canChoose, `{"SMS_MFA":true}`), canChoose},
	"choices are one string":    {"select_mfa", set(canChoose, `"SMS_MFA"`), canChoose},
	"choice is a number":        {"select_mfa", set(canChoose, `["SMS_MFA",1]`), canChoose},
	"choice is null":            {"select_mfa", set(canChoose, `["SMS_MFA",null]`), canChoose},
	"choice is empty":           {"select_mfa", set(canChoose, `["SMS_MFA",""]`), canChoose},
	"choice is a list":          {"select_mfa", set(canChoose, `[["SMS_MFA"]]`), canChoose},
	"choice is there twice":     {"select_mfa", set(canChoose, `["SMS_MFA","SMS_MFA"]`), canChoose},
	"choice has a line break":   {"select_mfa", set(canChoose, `["SMS_MFA\n"]`), canChoose},
	"choice has a space":        {"select_mfa", set(canChoose, `["SMS MFA"]`), canChoose},
	"longest choice":            {"select_mfa", set(canChoose, list(1, 128)), ""},
	"overlong choice":           {"select_mfa", set(canChoose, list(1, 129)), canChoose},
	"most choices":              {"select_mfa", set(canChoose, list(64, 8)), ""},
	"too many choices":          {"select_mfa", set(canChoose, list(65, 8)), canChoose},
	"a factor of tomorrow":      {"select_mfa", set(canChoose, `["SMS_MFA","PALM_READING"]`), ""},
	"a single choice":           {"select_mfa", set(canChoose, `["SMS_MFA"]`), ""},
	"the list of set-up":        {"select_mfa", func(s *wire.Step) { s.Parameters = map[string]string{canSetUp: `["SMS_MFA"]`} }, canChoose},

	"no set-ups":            {"set_up_mfa", unset(canSetUp), canSetUp},
	"set-ups are null":      {"set_up_mfa", set(canSetUp, "null"), canSetUp},
	"set-ups are garbage":   {"set_up_mfa", set(canSetUp, "{"), canSetUp},
	"set-ups are empty":     {"set_up_mfa", set(canSetUp, "[]"), canSetUp},
	"set-up is there twice": {"set_up_mfa", set(canSetUp, `["EMAIL_OTP","SMS_MFA","EMAIL_OTP"]`), canSetUp},
	"set-up of SMS alone":   {"set_up_mfa", set(canSetUp, `["SMS_MFA"]`), ""},
	"a set-up of tomorrow":  {"set_up_mfa", set(canSetUp, `["PALM_READING"]`), ""},
	"chosen what cannot be": {"set_up_mfa", func(s *wire.Step) { s.Chosen = wire.SMSMFA }, ""},
	"no secret":             {"set_up_totp", func(s *wire.Step) { s.SecretCode = "" }, "SecretCode"},
	"secret is no base32":   {"set_up_totp", func(s *wire.Step) { s.SecretCode = "GEZDGNBVGY3TQOJ1" }, "SecretCode"},
	"secret is too short":   {"set_up_totp", func(s *wire.Step) { s.SecretCode = "GEZDGNBV" }, "SecretCode"},
	"secret is too long":    {"set_up_totp", func(s *wire.Step) { s.SecretCode = strings.Repeat("GEZDGNBV", 33) }, "SecretCode"},
	"secret in a URI":       {"set_up_totp", func(s *wire.Step) { s.SecretCode = secret + "&issuer=other" }, "SecretCode"},
	"secret in lower case":  {"set_up_totp", func(s *wire.Step) { s.SecretCode = strings.ToLower(secret) }, ""},
	"a secret for e-mail":   {"set_up_email", func(s *wire.Step) { s.SecretCode = "%%%" }, ""},

	"required is missing":                  {"new_password", unset(needed), ""},
	"required is empty text":               {"new_password", set(needed, ""), ""},
	"required is empty":                    {"new_password", set(needed, "[]"), ""},
	"required is null":                     {"new_password", set(needed, "null"), needed},
	"required is garbage":                  {"new_password", set(needed, "given_name"), needed},
	"required is a number":                 {"new_password", set(needed, "7"), needed},
	"required is an object":                {"new_password", set(needed, `{"a":"b"}`), needed},
	"required has a null":                  {"new_password", set(needed, `[null]`), needed},
	"required has a number":                {"new_password", set(needed, `["a",1]`), needed},
	"required has a nothing":               {"new_password", set(needed, `[""]`), needed},
	"required has the prefix and nothing":  {"new_password", set(needed, `["userAttributes."]`), needed},
	"required has the prefix twice":        {"new_password", set(needed, `["userAttributes.userAttributes.a"]`), needed},
	"required twice":                       {"new_password", set(needed, `["userAttributes.a","userAttributes.a"]`), needed},
	"required twice, once with the prefix": {"new_password", set(needed, `["userAttributes.a","a"]`), needed},
	"required without prefix":              {"new_password", set(needed, `["given_name"]`), ""},
	"required has a line break":            {"new_password", set(needed, `["a\nb"]`), needed},
	"required is overlong":                 {"new_password", set(needed, list(1, 129)), needed},
	"required are too many":                {"new_password", set(needed, list(65, 8)), needed},
	"attributes are missing":               {"new_password", unset(present), ""},
	"attributes are none":                  {"new_password", set(present, "{}"), ""},

	"no first factors":                  {"select_first_factor", available(), "AvailableChallenges"},
	"first factor is empty":             {"select_first_factor", available("PASSWORD", ""), "AvailableChallenges"},
	"first factor twice":                {"select_first_factor", available("PASSWORD", "PASSWORD"), "AvailableChallenges"},
	"first factor is no name":           {"select_first_factor", available("PASS\nWORD"), "AvailableChallenges"},
	"too many first factors":            {"select_first_factor", available(strings.Split(strings.Repeat("x,", 64)+"x", ",")...), "AvailableChallenges"},
	"first factor of tomorrow":          {"select_first_factor", available("PALM_READING"), ""},
	"chosen what is no password":        {"select_first_factor", func(s *wire.Step) { s.Chosen = "EMAIL_OTP" }, ""},
	"password chosen":                   {"password", func(s *wire.Step) { s.Chosen = "PASSWORD" }, ""},
	"password raised":                   {"password", func(s *wire.Step) { s.Name, s.Chosen, s.Available = "PASSWORD", "", nil }, ""},
	"password for SRP raised":           {"password", func(s *wire.Step) { s.Name, s.Chosen, s.Available = "PASSWORD_SRP", "", nil }, ""},
	"password without session":          {"password", func(s *wire.Step) { s.Session = "" }, "Session"},
	"SMS in place of the password":      {"sms_code", func(s *wire.Step) { s.Name = "SMS_OTP" }, ""},
	"no request for a passkey":          {"passkey", unset("CREDENTIAL_REQUEST_OPTIONS"), "CREDENTIAL_REQUEST_OPTIONS"},
	"passkey request is null":           {"passkey", set("CREDENTIAL_REQUEST_OPTIONS", "null"), "CREDENTIAL_REQUEST_OPTIONS"},
	"passkey request is a list":         {"passkey", set("CREDENTIAL_REQUEST_OPTIONS", "[]"), "CREDENTIAL_REQUEST_OPTIONS"},
	"passkey request is a string":       {"passkey", set("CREDENTIAL_REQUEST_OPTIONS", `"{}"`), "CREDENTIAL_REQUEST_OPTIONS"},
	"passkey request is cut":            {"passkey", set("CREDENTIAL_REQUEST_OPTIONS", `{"challenge":`), "CREDENTIAL_REQUEST_OPTIONS"},
	"passkey request is empty":          {"passkey", set("CREDENTIAL_REQUEST_OPTIONS", ` { } `), ""},
	"verifier without session":          {"password_verifier", func(s *wire.Step) { s.Session = "" }, ""},
	"verifier with an oversize session": {"password_verifier", func(s *wire.Step) { s.Session = strings.Repeat("s", 16<<10+1) }, "Session"},
	"verifier without user id":          {"password_verifier", unset("USER_ID_FOR_SRP"), "USER_ID_FOR_SRP"},
	"verifier without salt":             {"password_verifier", unset("SALT"), "SALT"},
	"verifier without B":                {"password_verifier", set("SRP_B", ""), "SRP_B"},
	"verifier without block":            {"password_verifier", unset("SECRET_BLOCK"), "SECRET_BLOCK"},

	// Present attributes are only shown, so their absence is no reason to
	// refuse a sign-in.
	"attributes are null":     {"new_password", set(present, "null"), ""},
	"attributes are a list":   {"new_password", set(present, "[]"), present},
	"attributes are garbage":  {"new_password", set(present, "email=a@b"), present},
	"attributes are cut":      {"new_password", set(present, `{"email":"a@b"`), present},
	"attribute is a bool":     {"new_password", set(present, `{"email_verified":true}`), present},
	"attribute is an object":  {"new_password", set(present, `{"address":{"formatted":"x"}}`), present},
	"attributes are too many": {"new_password", set(present, "{"+strings.Join(strings.Split(strings.Trim(list(257, 8), "[]"), ","), `:"",`)+`:""}`), present},
}

func TestParseDeviations(t *testing.T) {
	t.Parallel()
	for name, tt := range deviations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := goodStep(tt.kind)
			tt.change(&s)
			c, err := wire.NewChallenge(s)
			if tt.field == "" {
				if err != nil {
					t.Fatal(err)
				}
				if got, want := fmt.Sprintf("%T", c), fmt.Sprintf("%T", ask[challenge.Challenge](t, tt.kind)); got != want {
					t.Errorf("made a %s, want a %s", got, want)
				}
				return
			}
			if c != nil {
				t.Errorf("a %T came with the error", c)
			}
			want := &challenge.MalformedError{Challenge: s.Name, Field: tt.field}
			if tt.field == "ChallengeName" {
				want.Challenge = "" // what is no name is not repeated
			}
			checkMalformed(t, err, want, s)
		})
	}
}

// checkMalformed checks an error against all but its reason, and that its text
// holds nothing of what the server sent.
func checkMalformed(t *testing.T, err error, want *challenge.MalformedError, s wire.Step) {
	t.Helper()
	var got *challenge.MalformedError
	if !errors.As(err, &got) {
		t.Fatalf("want a MalformedError, got %T %v", err, err)
	}
	if got.Reason == "" {
		t.Error("no reason is given")
	}
	want.Reason = got.Reason
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if len(got.Error()) > 300 {
		t.Errorf("the text has %d bytes", len(got.Error()))
	}
	quoted := []string{s.Session, s.Username, s.SecretCode}
	quoted = slices.AppendSeq(append(quoted, s.Available...), maps.Values(s.Parameters))
	for _, v := range quoted {
		if len(v) > 2 && strings.Contains(got.Reason, v) {
			t.Errorf("the reason quotes %.40q: %v", v, got)
		}
	}
	if strings.ContainsFunc(got.Error(), unicode.IsControl) || !utf8.ValidString(got.Error()) {
		t.Errorf("the text has control characters: %q", got.Error())
	}
}

func TestMalformedErrorText(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*challenge.MalformedError{
		"challenge: malformed SMS_MFA: Session is missing":         {Challenge: "SMS_MFA", Field: "Session", Reason: "is missing"},
		"challenge: malformed challenge: ChallengeName is no name": {Field: "ChallengeName", Reason: "is no name"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A challenge keeps what it was made of, whatever becomes of the map that came
// from the SDK.
func TestParseCopies(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		s := goodStep(kind)
		c, err := parse(s)
		if err != nil {
			t.Fatal(err)
		}
		before := describe(t, c)
		for key := range s.Parameters {
			s.Parameters[key] = "changed"
		}
		clear(s.Available)
		if diff := cmp.Diff(before, describe(t, c)); diff != "" {
			t.Errorf("%s changed with the map of its step (-before +after):\n%s", kind, diff)
		}
	}
}

// describe is all that the accessors of a challenge return.
func describe(t *testing.T, c challenge.Challenge) map[string]any {
	t.Helper()
	all := map[string]any{"Name": c.Name(), "Expires": c.Expires()}
	switch c := c.(type) {
	case *challenge.TOTPCode:
		all["DeviceName"] = c.DeviceName()
	case *challenge.SMSCode:
		all["Destination"] = c.Destination()
	case *challenge.EmailCode:
		all["Destination"] = c.Destination()
	case *challenge.SelectMFA:
		all["Options"] = fmt.Sprint(c.Options())
	case *challenge.SetUpMFA:
		all["Options"] = fmt.Sprint(c.Options())
	case *challenge.SetUpTOTP:
		e, err := c.Enrollment("Example Ltd", "ann")
		if err != nil {
			t.Error(err)
		}
		all["Secret"] = e.Secret()
	case *challenge.SelectFirstFactor:
		all["Options"] = fmt.Sprint(c.Options())
	case *challenge.Passkey:
		all["Options"] = string(c.Options())
	case *challenge.PasswordVerifier:
		all["Proof"] = []string{c.UserID(), c.Salt(), c.B(), c.SecretBlock()}
	case *challenge.SetUpEmail, *challenge.Password:
	case *challenge.NewPassword:
		all["RequiredAttributes"], all["Attributes"] = c.RequiredAttributes(), c.Attributes()
	case *challenge.Custom:
		all["Parameters"] = c.Parameters()
	case *challenge.Unknown:
		all["Parameters"] = c.Parameters()
	default:
		t.Errorf("%T is not described", c)
	}
	return all
}

func TestAccessors(t *testing.T) {
	t.Parallel()
	want := map[string]map[string]any{
		"totp_code":    {"DeviceName": "Ann's phone"},
		"sms_code":     {"Destination": "+*******1234"},
		"email_code":   {"Destination": "t***@e***"},
		"select_mfa":   {"Options": "[SMS_MFA SOFTWARE_TOKEN_MFA EMAIL_OTP]"},
		"set_up_mfa":   {"Options": "[SOFTWARE_TOKEN_MFA EMAIL_OTP]"},
		"set_up_totp":  {"Secret": secret},
		"set_up_email": {},
		"new_password": {
			"RequiredAttributes": []string{"given_name", "custom:team"},
			"Attributes":         map[string]string{"email": email, "email_verified": "true"},
		},
		"select_first_factor": {"Options": "[PASSWORD_SRP PASSWORD EMAIL_OTP WEB_AUTHN]"},
		"password":            {},
		"passkey":             {"Options": credentialRequest},
		"password_verifier":   {"Proof": []string{"ann", "f1e2", "abcdef", "c2VjcmV0"}},
		"custom":              {"Parameters": map[string]string{"question": "What is blue?"}},
		"unknown":             {"Parameters": map[string]string{"HINT": "a hint"}},
	}
	every(t, func(t *testing.T, kind string, c challenge.Challenge) {
		want := maps.Clone(want[kind])
		want["Name"], want["Expires"] = nameOf(kind), expires
		if diff := cmp.Diff(want, describe(t, c)); diff != "" {
			t.Errorf("accessors (-want +got):\n%s", diff)
		}
	})
}

// What an accessor returns is the caller's to change.
func TestAccessorsReturnCopies(t *testing.T) {
	t.Parallel()
	every(t, func(t *testing.T, _ string, c challenge.Challenge) {
		before := describe(t, c)
		for _, m := range []map[string]any{describe(t, c)} {
			for _, v := range m {
				switch v := v.(type) {
				case []string:
					v[0] = "changed"
				case map[string]string:
					clear(v)
				}
			}
		}
		switch c := c.(type) {
		case *challenge.SelectMFA:
			clear(c.Options())
		case *challenge.SetUpMFA:
			clear(c.Options())
		case *challenge.SelectFirstFactor:
			clear(c.Options())
		case *challenge.Passkey:
			clear(c.Options())
		}
		if diff := cmp.Diff(before, describe(t, c)); diff != "" {
			t.Errorf("the challenge changed (-before +after):\n%s", diff)
		}
	})
}
