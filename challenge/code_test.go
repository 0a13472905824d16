package challenge_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// What people type, paste and mis-key, and what is sent of it; "" where the
// code is refused without a call.
var typedCodes = map[string]struct {
	typed, totp, delivered string
}{
	"plain":                    {"123456", "123456", "123456"},
	"leading zeros":            {"000001", "000001", "000001"},
	"in threes":                {"123 456", "123456", "123456"},
	"in twos with hyphens":     {"12-34-56", "123456", "123456"},
	"spaces around":            {"  123456\t", "123456", "123456"},
	"pasted with its line":     {"123456\r\n", "123456", "123456"},
	"no-break space":           {"123\u00a0456", "123456", "123456"},
	"narrow no-break space":    {"123\u202f456", "123456", "123456"},
	"thin space":               {"123\u2009456", "123456", "123456"},
	"ideographic space":        {"123\u3000456", "123456", "123456"},
	"vertical tab":             {"123\v456", "123456", "123456"},
	"non-breaking hyphen":      {"123\u2011456", "123456", "123456"},
	"dash of a word processor": {"123\u2013456", "123456", "123456"},
	"full-width hyphen":        {"123\uff0d456", "123456", "123456"},
	"five digits":              {"12345", "", "12345"},
	"seven digits":             {"1234567", "", "1234567"},
	"eight digits":             {"12345678", "", "12345678"},
	"one digit":                {"1", "", "1"},
	"sixteen digits":           {"1234567890123456", "", "1234567890123456"},
	"seventeen digits":         {"12345678901234567", "", ""},
	"a page of digits":         {strings.Repeat("1", 1<<12), "", ""},
	"a page of spaces":         {strings.Repeat(" ", 1<<12) + "123456", "123456", "123456"},
	"empty":                    {"", "", ""},
	"only a space":             {" ", "", ""},
	"only hyphens":             {"---", "", ""},
	"letter at the end":        {"12345a", "", ""},
	"letter O for zero":        {"12345O", "", ""},
	"six letters":              {"abcdef", "", ""},
	"sign":                     {"+12345", "", ""},
	"decimal point":            {"123.456", "", ""},
	"thousands":                {"123,456", "", ""},
	"underscore":               {"123_456", "", ""},
	"exponent":                 {"1e5", "", ""},
	"the words around":         {"Your code is 123456", "", ""},
	"NUL":                      {"123456\x00", "", ""},
	"no UTF-8":                 {"123456\xff", "", ""},
	"zero-width space":         {"123\u200b456", "", ""},
	// Cognito takes [0-9] alone: what looks like a digit is not turned into one.
	"full-width digits":   {"１２３４５６", "", ""},
	"Arabic-Indic digits": {"١٢٣٤٥٦", "", ""},
	"Devanagari digits":   {"१२३४५६", "", ""},
	"superscript":         {"12345⁶", "", ""},
}

// codeAnswers are all methods that take a code: what is sent of it, and why not.
var codeAnswers = map[string]struct {
	totp bool
	send func(t testing.TB, typed string) (sent string, r wire.Reply)
}{
	"TOTPCode":  {true, sendCode("totp_code", "SOFTWARE_TOKEN_MFA_CODE")},
	"SMSCode":   {false, sendCode("sms_code", "SMS_MFA_CODE")},
	"EmailCode": {false, sendCode("email_code", "EMAIL_OTP_CODE")},
	"SetUpTOTP": {true, func(t testing.TB, typed string) (string, wire.Reply) {
		r := wire.ReadAnswer(ask[*challenge.SetUpTOTP](t, "set_up_totp").Answer(typed, ""))
		return r.Code, r
	}},
}

func sendCode(kind, key string) func(testing.TB, string) (string, wire.Reply) {
	return func(t testing.TB, typed string) (string, wire.Reply) {
		r := wire.ReadAnswer(ask[challenge.Code](t, kind).Answer(typed))
		return r.Responses[key], r
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	for method, m := range codeAnswers {
		for name, tt := range typedCodes {
			want := tt.delivered
			if m.totp {
				want = tt.totp
			}
			sent, r := m.send(t, tt.typed)
			if sent != want {
				t.Errorf("%s, %s: sent %.40q, want %q", method, name, sent, want)
			}
			if (r.Refused == nil) != (want != "") || r.Refused != nil && r.Refused.Kind != wire.BadCode {
				t.Errorf("%s, %s: refused: %+v", method, name, r.Refused)
			}
		}
	}
}

// FuzzCode checks every method against another way of saying what a code is: the
// digits of the text, if nothing else but white space and dashes is there.
func FuzzCode(f *testing.F) {
	if len(typedCodes) == 0 {
		f.Fatal("there are no seeds")
	}
	for _, tt := range typedCodes {
		f.Add(tt.typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		digits := strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
				return -1
			}
			return r
		}, typed)
		isNumber := digits != "" && strings.Trim(digits, "0123456789") == ""
		for method, m := range codeAnswers {
			want := ""
			if isNumber && (m.totp && len(digits) == 6 || !m.totp && len(digits) <= 16) {
				want = digits
			}
			sent, r := m.send(t, typed)
			if sent != want || (r.Refused == nil) != (want != "") {
				t.Errorf("%s: sent %q, want %q; refused: %+v", method, sent, want, r.Refused)
			}
		}
	})
}
