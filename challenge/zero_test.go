package challenge_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// zeros has the zero value of each type of challenge, and each way to answer it.
var zeros = map[string]struct {
	zero    challenge.Challenge
	answers []func(challenge.Challenge) challenge.Answer
}{
	"totp_code":           {new(challenge.TOTPCode), ways(code(""), code("123456"))},
	"sms_code":            {new(challenge.SMSCode), ways(code(""), code("123456"))},
	"email_code":          {new(challenge.EmailCode), ways(code(""), code("123456"))},
	"select_mfa":          {new(challenge.SelectMFA), ways(func(challenge.Challenge) challenge.Answer { return challenge.MFAOption{}.Answer() })},
	"set_up_mfa":          {new(challenge.SetUpMFA), ways(func(challenge.Challenge) challenge.Answer { return challenge.SetUpOption{}.Answer() })},
	"set_up_totp":         {new(challenge.SetUpTOTP), ways(setUpTOTP(""), setUpTOTP("123456"))},
	"set_up_email":        {new(challenge.SetUpEmail), ways(address(""), address("ann@example.com"))},
	"new_password":        {new(challenge.NewPassword), ways(newPassword("", nil), newPassword(password, nil), newPassword(password, required))},
	"select_first_factor": {new(challenge.SelectFirstFactor), ways(func(challenge.Challenge) challenge.Answer { return challenge.FirstFactorOption{}.Answer() })},
	"password":            {new(challenge.Password), ways(firstPassword(""), firstPassword(password))},
	"passkey":             {new(challenge.Passkey), ways(passkey(""), passkey("{}"))},
	"password_verifier":   {new(challenge.PasswordVerifier), ways(proof("", ""), proof("c2ln", "now"))},
	"custom":              {new(challenge.Custom), ways(custom(""), custom("blue"))},
	"unknown":             {new(challenge.Unknown), ways(unknown(nil), unknown(required))},
}

func ways(f ...func(challenge.Challenge) challenge.Answer) []func(challenge.Challenge) challenge.Answer {
	return f
}

func setUpTOTP(typed string) func(challenge.Challenge) challenge.Answer {
	return func(c challenge.Challenge) challenge.Answer {
		return c.(*challenge.SetUpTOTP).Answer(typed, "device")
	}
}

func firstPassword(typed string) func(challenge.Challenge) challenge.Answer {
	return func(c challenge.Challenge) challenge.Answer { return c.(*challenge.Password).Answer(typed) }
}

func passkey(credential string) func(challenge.Challenge) challenge.Answer {
	return func(c challenge.Challenge) challenge.Answer {
		return c.(*challenge.Passkey).Answer(json.RawMessage(credential))
	}
}

func proof(signature, timestamp string) func(challenge.Challenge) challenge.Answer {
	return func(c challenge.Challenge) challenge.Answer {
		return c.(*challenge.PasswordVerifier).Answer(signature, timestamp)
	}
}

// misused checks that auth refuses an answer as the program's own fault.
func misused(t *testing.T, a challenge.Answer) {
	t.Helper()
	if r := wire.ReadAnswer(a).Refused; r == nil || r.Kind != wire.Misuse || r.Reason == "" {
		t.Errorf("refused: %+v, want a misuse with its reason", r)
	}
}

func TestZeroChallenges(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			z, ok := zeros[kind]
			if !ok {
				t.Fatal("there is no zero value")
			}
			if z.zero.Name() != "" || !z.zero.Expires().IsZero() {
				t.Errorf("Name %q, Expires %v", z.zero.Name(), z.zero.Expires())
			}
			for _, answer := range z.answers {
				misused(t, answer(z.zero))
			}
			if got := fmt.Sprintf("%v|%+v|%#v|%d", z.zero, z.zero, z.zero, z.zero); got != strings.Repeat("challenge()|", 3)+"challenge()" {
				t.Errorf("prints as %s", got)
			}
			if out, err := json.Marshal(z.zero); err != nil || string(out) != `{"type":"`+kind+`","name":"","expires":"0001-01-01T00:00:00Z"}` {
				t.Errorf("marshals as %s, %v", out, err)
			}
		})
	}
}

func TestZeroAccessors(t *testing.T) {
	t.Parallel()
	sel, setUp, newPassword := new(challenge.SelectMFA), new(challenge.SetUpMFA), new(challenge.NewPassword)
	_, offered := sel.Option(challenge.FactorTOTP)
	_, settable := setUp.Option(challenge.FactorTOTP)
	first := new(challenge.SelectFirstFactor)
	_, available := first.Option(challenge.FactorPassword)
	if len(sel.Options())+len(setUp.Options())+len(first.Options())+len(new(challenge.Passkey).Options()) > 0 || offered || settable || available {
		t.Error("a zero challenge offers something")
	}
	if v := new(challenge.PasswordVerifier); v.UserID()+v.Salt()+v.B()+v.SecretBlock() != "" {
		t.Error("a zero PasswordVerifier has parameters")
	}
	if len(newPassword.RequiredAttributes())+len(newPassword.Attributes()) > 0 {
		t.Error("a zero NewPassword has attributes")
	}
	if len(new(challenge.Custom).Parameters())+len(new(challenge.Unknown).Parameters()) > 0 {
		t.Error("a zero challenge has parameters")
	}
	if got := new(challenge.TOTPCode).DeviceName() + new(challenge.SMSCode).Destination() + new(challenge.EmailCode).Destination(); got != "" {
		t.Errorf("a zero code challenge says %q", got)
	}
	if _, err := new(challenge.SetUpTOTP).Enrollment("Example Ltd", "ann"); err == nil {
		t.Error("a zero SetUpTOTP can be enrolled")
	}
}

func TestZeroAnswerAndOptions(t *testing.T) {
	t.Parallel()
	misused(t, challenge.Answer{})
	for _, notAnAnswer := range []any{nil, "123456", 7, new(challenge.Answer), wire.Reply{}} {
		if r := wire.ReadAnswer(notAnAnswer).Refused; r == nil || r.Kind != wire.Misuse {
			t.Errorf("%T is read as an answer", notAnAnswer)
		}
	}
	for want, v := range map[string]any{"answer()": challenge.Answer{}, "": challenge.MFAOption{}} {
		if got := fmt.Sprint(v); got != want {
			t.Errorf("%T prints as %q", v, got)
		}
		if got, err := json.Marshal(v); err != nil || string(got) != `"`+want+`"` {
			t.Errorf("%T marshals as %s, %v", v, got, err)
		}
	}
	if o := (challenge.MFAOption{}); o.Factor() != "" || o.String() != "" {
		t.Errorf("the zero option is %q", o)
	}
	if o := (challenge.FirstFactorOption{}); o.Factor() != "" || o.String() != "" {
		t.Errorf("the zero option is %q", o)
	}
	if o := (challenge.SetUpOption{}); o.Factor() != "" || o.String() != "" {
		t.Errorf("the zero option is %q", o)
	}
}

// A nil challenge in a log line is a bug of the program, which a panic in the
// log line would only hide.
func TestNilPointersPrint(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	for _, v := range []any{
		(*challenge.TOTPCode)(nil), (*challenge.SMSCode)(nil), (*challenge.EmailCode)(nil), (*challenge.SelectMFA)(nil),
		(*challenge.SetUpMFA)(nil), (*challenge.SetUpTOTP)(nil), (*challenge.SetUpEmail)(nil), (*challenge.NewPassword)(nil),
		(*challenge.Custom)(nil), (*challenge.Unknown)(nil), (*challenge.Answer)(nil), (*challenge.MFAOption)(nil), (*challenge.SetUpOption)(nil),
		(*challenge.SelectFirstFactor)(nil), (*challenge.Password)(nil), (*challenge.Passkey)(nil), (*challenge.PasswordVerifier)(nil),
		(*challenge.FirstFactorOption)(nil), challenge.Challenge(nil), challenge.Code(nil),
	} {
		for _, verb := range "vsdqxT" {
			fmt.Fprintf(&log, "%"+string(verb), v)
		}
		slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", v)
		if out, err := json.Marshal(v); err != nil || string(out) != "null" {
			t.Errorf("%T marshals as %s, %v", v, out, err)
		}
	}
	if log.Len() == 0 {
		t.Error("nothing was printed")
	}
}
