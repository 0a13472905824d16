package challenge_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// marker is in every session of FuzzParse, and in nothing else that it tries.
const marker = "-marker-5c1d0e7b"

// FuzzParse gives the parser any step. It makes an error of it or a challenge
// that can be shown, answered and printed.
func FuzzParse(f *testing.F) {
	seeds := 0
	add := func(s wire.Step) {
		if len(s.Session) > 1<<10 || len(s.Parameters) > 1<<6 {
			return // large seeds teach the fuzzer nothing but to be slow
		}
		parameters, err := json.Marshal(s.Parameters)
		if err != nil {
			f.Fatal(err)
		}
		if len(parameters) < 1<<12 {
			f.Add(s.Name, s.Session, string(parameters), strings.Join(s.Available, ","), s.Chosen, s.SecretCode)
			seeds++
		}
	}
	for _, kind := range kinds {
		add(goodStep(kind))
	}
	for _, d := range deviations {
		s := goodStep(d.kind)
		d.change(&s)
		add(s)
	}
	if want := len(kinds) + len(deviations)/2; seeds < want {
		f.Fatalf("%d seeds, want at least %d", seeds, want)
	}
	f.Fuzz(func(t *testing.T, name, session, parameters, available, chosen, secretCode string) {
		for _, text := range []*string{&name, &parameters, &available, &chosen, &secretCode} {
			*text = strings.ReplaceAll(*text, marker, "x") // it is of the session alone
		}
		s := wire.Step{Name: name, Session: session + marker, Username: username, Expires: expires, Chosen: chosen, SecretCode: secretCode}
		if json.Unmarshal([]byte(parameters), &s.Parameters) != nil {
			s.Parameters = map[string]string{"garbage": parameters}
		}
		if available != "" {
			s.Available = strings.Split(available, ",")
		}
		c, err := parse(s)
		if err != nil {
			var malformed *challenge.MalformedError
			if !errors.As(err, &malformed) || malformed.Field == "" || malformed.Reason == "" ||
				malformed.Challenge != name && (malformed.Challenge != "" || malformed.Field != "ChallengeName") {
				t.Errorf("error %T %v", err, err)
			}
			return
		}
		called := name
		if name == wire.SelectChallenge && (chosen == wire.Password || chosen == wire.PasswordSRP) {
			called = chosen
		}
		if got := fmt.Sprint(c); c.Name() != called || got != "challenge("+called+")" {
			t.Errorf("%q is called %q and prints as %q", name, c.Name(), got)
		}
		view, err := json.Marshal(c)
		if err != nil || strings.Contains(string(view), marker) {
			t.Errorf("view %s, %v", view, err)
		}
		describe(t, c)
		for _, a := range allAnswers(t, c) {
			r := wire.ReadAnswer(a)
			if r.Challenge != any(c) || r.Step.Session != s.Session || r.Responses == nil {
				t.Errorf("%v: reply to %v at %q, responses %v", a, r.Challenge, r.Step.Name, r.Responses)
			}
			if got := fmt.Sprint(a); got != "answer("+called+")" {
				t.Errorf("an answer prints as %q", got)
			}
		}
	})
}

// allAnswers answers a challenge in every way that must not be refused.
func allAnswers(t *testing.T, c challenge.Challenge) []challenge.Answer {
	t.Helper()
	var all []challenge.Answer
	switch c := c.(type) {
	case challenge.Code:
		all = append(all, c.Answer("123456"))
	case *challenge.SelectMFA:
		for _, o := range c.Options() {
			if again, ok := c.Option(o.Factor()); !ok || again != o {
				t.Errorf("the option %q is not found by its factor", o)
			}
			all = append(all, o.Answer())
		}
		if len(all) == 0 {
			t.Error("there is nothing to choose")
		}
	case *challenge.SetUpMFA:
		for _, o := range c.Options() {
			if again, ok := c.Option(o.Factor()); !ok || again != o {
				t.Errorf("the option %q is not found by its factor", o)
			}
			all = append(all, o.Answer())
		}
	case *challenge.SelectFirstFactor:
		for _, o := range c.Options() {
			if again, ok := c.Option(o.Factor()); !ok || again != o {
				t.Errorf("the option %q is not found by its factor", o)
			}
			all = append(all, o.Answer())
		}
		if len(all) == 0 {
			t.Error("there is nothing to choose")
		}
	case *challenge.Password:
		all = append(all, c.Answer(password))
	case *challenge.Passkey:
		all = append(all, c.Answer(c.Options())) // an object, as a credential is
	case *challenge.PasswordVerifier:
		all = append(all, c.Answer("signature", "timestamp"))
	case *challenge.SetUpTOTP:
		all = append(all, c.Answer("123456", "device"))
	case *challenge.SetUpEmail:
		all = append(all, c.Answer("ann@example.com"))
	case *challenge.NewPassword:
		attributes := make(map[string]string)
		for _, name := range c.RequiredAttributes() {
			attributes[name] = "value"
		}
		all = append(all, c.Answer(password, attributes))
	case *challenge.Custom:
		all = append(all, c.Answer(""))
	case *challenge.Unknown:
		if c.Name() == wire.AdminNoSRPAuth {
			return nil
		}
		all = append(all, c.Answer(nil), c.Answer(map[string]string{"A": "b"}))
	default:
		t.Errorf("%T is not answered", c)
	}
	for _, a := range all {
		if r := wire.ReadAnswer(a).Refused; r != nil {
			t.Errorf("%v is refused: %s", a, r.Reason)
		}
	}
	return all
}
