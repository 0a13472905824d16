package trigger_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// mail and card are methods to choose among.
var (
	mail = trigger.Step{Method: "mail", Limits: trigger.Limits{Attempts: 3, Resends: 2}}
	card = trigger.Step{Method: "card", Limits: trigger.Limits{Attempts: 1}}
)

// session reads a session list from a line: "srp" and "pw" are the password,
// "NAME" any other challenge, "method/resends" a custom one; "!" marks a wrong
// result.
func session(line string) []trigger.Round {
	var rounds []trigger.Round
	for _, word := range strings.Fields(line) {
		name, wrong := strings.CutSuffix(word, "!")
		r := trigger.Round{Challenge: name, Correct: !wrong}
		switch method, resends, isCustom := strings.Cut(name, "/"); {
		case name == "srp":
			r.Challenge = "SRP_A"
		case name == "pw":
			r.Challenge = "PASSWORD_VERIFIER"
		case isCustom:
			r.Challenge, r.Method, r.State = "CUSTOM_CHALLENGE", method, fmt.Sprint("state ", len(rounds))
			fmt.Sscan(resends, &r.Resends)
		}
		rounds = append(rounds, r)
	}
	return rounds
}

func ask(s trigger.Step, attempt, resends int, previous string) trigger.Decision {
	return trigger.Decision{
		Outcome: trigger.AskTheQuestion, Method: s.Method, Attempt: attempt, AttemptsLeft: s.Limits.Attempts - attempt + 1,
		Resends: resends, ResendsLeft: s.Limits.Resends - resends, Previous: previous,
	}
}

func again(d trigger.Decision) trigger.Decision {
	d.Resend = true
	return d
}

func fail(reason string) trigger.Decision { return trigger.Decision{Reason: reason} }

func TestPolicy(t *testing.T) {
	t.Parallel()
	issue := trigger.Decision{Outcome: trigger.IssueTokens, Method: "mail"}
	password := trigger.Decision{Outcome: trigger.AskPassword}
	which := trigger.Decision{Outcome: trigger.AskWhich}
	usedUp := trigger.Decision{Reason: "the attempts are used up", Method: "mail"}
	const (
		unproven  = "the password was not proven"
		notPassed = "a challenge of Cognito's own was not passed"
		noPlace   = "a challenge that has no place in this sign-in"
		unended   = "the password was asked for and not proven"
		notOurs   = "a custom challenge that is not ours"
		second    = "PASSWORD_VERIFIER is not the second round"
		miscount  = "resending was miscounted"
	)
	for _, tc := range []struct {
		session, said string // said: words of "resend", "unknown", "open" (without password), "many" (methods), a method
		want          trigger.Decision
	}{
		// The good case, step by step.
		{"srp", "", password},
		{"srp pw", "", ask(mail, 1, 0, "")},
		{"srp pw mail/0", "", issue},
		{"srp pw mail/0!", "", ask(mail, 2, 0, "state 2")},
		{"srp pw mail/0! mail/0!", "", ask(mail, 3, 0, "state 3")},
		{"srp pw mail/0! mail/0! mail/0", "", issue},
		{"srp pw mail/0! mail/0! mail/0!", "", usedUp},
		{"srp pw mail/0! mail/0! mail/0! mail/0", "", issue}, // Define has not failed it, a limit was lowered: right is right

		// Without a password.
		{"", "", fail(unproven)},
		{"mail/0", "", fail(unproven)},
		{"mail/0!", "", fail(unproven)},
		{"SMS_MFA mail/0", "", fail(unproven)},
		{"DEVICE_PASSWORD_VERIFIER mail/0", "", fail(unproven)},
		{"", "open", ask(mail, 1, 0, "")},
		{"mail/0", "open", issue},
		{"mail/0! mail/0! mail/0!", "open", usedUp},
		{"srp", "open", password},
		{"srp pw", "open", ask(mail, 1, 0, "")},
		{"srp mail/0", "open", fail(unended)},
		{"mail/0 srp", "open", fail("SRP_A is not the first round")},
		{"mail/0! srp pw", "open", fail("SRP_A is not the first round")},
		{"pw mail/0", "open", fail(second)},

		// What Cognito judged, and not for the better.
		{"srp!", "", fail(notPassed)},
		{"srp pw!", "", fail(notPassed)},
		{"srp pw! mail/0", "", fail(notPassed)},
		{"srp! pw mail/0", "", fail(notPassed)},
		{"srp pw SMS_MFA! mail/0", "", fail(notPassed)},
		{"srp pw mail/0 DEVICE_SRP_AUTH!", "", fail(notPassed)},

		// Order.
		{"pw", "", fail(second)},
		{"pw srp", "", fail(second)},
		{"srp srp", "", fail("SRP_A is not the first round")},
		{"srp pw pw", "", fail(second)},
		{"srp pw srp", "", fail("SRP_A is not the first round")},
		{"srp mail/0 pw", "", fail(unended)},
		{"srp SMS_MFA", "", fail(unended)},

		// Cognito's own factors neither count nor hinder.
		{"srp pw SMS_MFA", "", ask(mail, 1, 0, "")},
		{"srp pw SOFTWARE_TOKEN_MFA", "", ask(mail, 1, 0, "")},
		{"srp pw EMAIL_OTP", "", ask(mail, 1, 0, "")},
		{"srp pw SELECT_MFA_TYPE SMS_MFA mail/0!", "", ask(mail, 2, 0, "state 4")},
		{"srp pw NEW_PASSWORD_REQUIRED MFA_SETUP SOFTWARE_TOKEN_MFA mail/0", "", issue},
		{"srp pw DEVICE_SRP_AUTH DEVICE_PASSWORD_VERIFIER", "", ask(mail, 1, 0, "")},
		{"srp pw mail/0 DEVICE_SRP_AUTH DEVICE_PASSWORD_VERIFIER", "", issue},
		{"srp pw mail/0! DEVICE_SRP_AUTH", "resend", ask(mail, 2, 0, "state 2")}, // the metadata is of another answer

		// What has no place, or no name.
		{"ADMIN_NO_SRP_AUTH", "", fail(noPlace)},
		{"ADMIN_NO_SRP_AUTH mail/0", "open", fail(noPlace)},
		{"srp pw WEB_AUTHN mail/0", "", fail(noPlace)},
		{"srp pw PASSWORD mail/0", "", fail(noPlace)},
		{"srp pw PALM_READING mail/0", "", fail(noPlace)},
		{"srp pw custom_challenge", "", fail(noPlace)},
		{"srp pw CUSTOM_CHALLENGE", "", fail(notOurs)},
		{"srp pw CUSTOM_CHALLENGE!", "", fail(notOurs)},
		{"srp pw riddle/0", "", fail(notOurs)},
		{"srp pw CUSTOM_CHALLENGE! mail/0", "", fail(notOurs)},
		{"srp pw mail/0! CUSTOM_CHALLENGE", "", fail("the method has changed")},
		{"srp pw mail/0 mail/0", "", fail("a right answer was not the last")},
		{"srp pw mail/0 mail/0!", "", fail("a right answer was not the last")},

		// Resending is no attempt, and has its own end.
		{"srp pw mail/0!", "resend", again(ask(mail, 1, 1, "state 2"))},
		{"srp pw mail/0! mail/1!", "resend", again(ask(mail, 1, 2, "state 3"))},
		{"srp pw mail/0! mail/1! mail/2!", "resend", fail("resending was asked for too often")},
		{"srp pw mail/0! mail/1! mail/2!", "", ask(mail, 2, 2, "state 4")},
		{"srp pw mail/0! mail/1! mail/2! mail/2! mail/2!", "", usedUp},
		{"srp pw mail/0! mail/1! mail/2! mail/2!", "", ask(mail, 3, 2, "state 5")},
		{"srp pw mail/0! mail/0! mail/0!", "resend", again(ask(mail, 3, 1, "state 4"))}, // the third was no answer
		{"srp pw mail/0! mail/1!", "", ask(mail, 2, 1, "state 3")},
		{"srp pw mail/0! mail/1", "", issue},
		{"srp pw", "resend", ask(mail, 1, 0, "")},
		{"srp pw mail/1!", "", fail(miscount)},
		{"srp pw mail/0! mail/2!", "", fail(miscount)},
		{"srp pw mail/0! mail/0! mail/2!", "", fail(miscount)},
		{"srp pw mail/0! mail/1! mail/0!", "", fail(miscount)},

		// Choosing.
		{"srp pw", "many", which},
		{"srp pw", "many mail", ask(mail, 1, 0, "")},
		{"srp pw", "many card", ask(card, 1, 0, "")},
		{"srp pw", "many riddle", which},
		{"srp pw _choosing/0!", "many", which},
		{"srp pw _choosing/0!", "many card", ask(card, 1, 0, "")},
		{"srp pw _choosing/0! _choosing/0!", "many card resend", ask(card, 1, 0, "")},
		{"srp pw _choosing/0! _choosing/0! _choosing/0!", "many", fail("no method was chosen")},
		{"srp pw _choosing/0! _choosing/0! _choosing/0!", "many mail", ask(mail, 1, 0, "")},
		{"srp pw _choosing/0! mail/0! mail/1!", "many", ask(mail, 2, 1, "state 4")},
		{"srp pw _choosing/0", "many card", fail("a choice counts as an answer")},
		{"srp pw mail/0!", "many card", ask(mail, 2, 0, "state 2")}, // settled
		{"srp pw card/0!", "many mail", trigger.Decision{Reason: "the attempts are used up", Method: "card"}},
		{"srp pw card/0! mail/0", "many", fail("the method has changed")},
		{"srp pw mail/0! _choosing/0! card/0", "many", fail("the method has changed")},
		{"srp pw card/0", "many", trigger.Decision{Outcome: trigger.IssueTokens, Method: "card"}},

		// Nobody takes the same way, to another end.
		{"srp", "unknown", password},
		{"srp pw", "unknown", ask(mail, 1, 0, "")},
		{"srp pw mail/0!", "unknown", ask(mail, 2, 0, "state 2")},
		{"srp pw mail/0! mail/0! mail/0!", "unknown", usedUp},
		{"srp pw mail/0", "unknown", fail("there is no such user")},
		{"mail/0", "unknown open", fail("there is no such user")},
	} {
		t.Run(tc.session+","+tc.said, func(t *testing.T) {
			t.Parallel()
			s := trigger.Situation{Rounds: session(tc.session)}
			p := trigger.Policy{Methods: []trigger.Step{mail}}
			for _, word := range strings.Fields(tc.said) {
				switch word {
				case "resend":
					s.Resend = true
				case "unknown":
					s.Unknown = true
				case "open":
					p.WithoutPassword = true
				case "many":
					p.Methods = append(p.Methods, card)
				default:
					s.Choice = word
				}
			}
			if diff := cmp.Diff(tc.want, p.Decide(s)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if d := (trigger.Policy{}).Decide(trigger.Situation{Rounds: session("srp pw")}); d.Outcome != trigger.Fail {
		t.Errorf("without methods: %+v", d)
	}
}

// lawful says, without asking the policy, why tokens may not follow a session.
func lawful(p trigger.Policy, s trigger.Situation) error {
	challenges := make([]string, len(s.Rounds))
	last := -1
	for i, r := range s.Rounds {
		challenges[i] = r.Challenge
		if r.Challenge == "CUSTOM_CHALLENGE" {
			last = i
		} else if !r.Correct {
			return fmt.Errorf("round %d was not passed", i)
		}
	}
	withPassword := len(challenges) >= 2 && challenges[0] == "SRP_A" && challenges[1] == "PASSWORD_VERIFIER"
	switch {
	case s.Unknown:
		return fmt.Errorf("there is no such user")
	case !withPassword && !p.WithoutPassword:
		return fmt.Errorf("the password was not proven")
	case !withPassword && (slices.Contains(challenges, "SRP_A") || slices.Contains(challenges, "PASSWORD_VERIFIER")):
		return fmt.Errorf("a password that is half proven")
	case last < 0 || !s.Rounds[last].Correct:
		return fmt.Errorf("the last factor is missing")
	case !slices.ContainsFunc(p.Methods, func(m trigger.Step) bool { return m.Method == s.Rounds[last].Method }):
		return fmt.Errorf("the last factor is not ours")
	}
	return nil
}

// Every session list of up to five rounds, of every kind of round there is.
func TestPolicyExhaustively(t *testing.T) {
	t.Parallel()
	kinds := session("srp srp! pw pw! SMS_MFA SMS_MFA! ADMIN_NO_SRP_AUTH PALM_READING CUSTOM_CHALLENGE " +
		"mail/0 mail/0! mail/1! card/0 card/0! _choosing/0 _choosing/0!")
	policies := []trigger.Policy{
		{Methods: []trigger.Step{mail}}, {Methods: []trigger.Step{mail, card}}, {Methods: []trigger.Step{mail, card}, WithoutPassword: true},
	}
	sessions, issued := 0, 0
	var walk func(rounds []trigger.Round)
	walk = func(rounds []trigger.Round) {
		for _, p := range policies {
			sessions++
			s := trigger.Situation{Rounds: rounds, Unknown: sessions%7 == 0, Resend: sessions%2 == 0, Choice: "card"}
			if p.Decide(s).Outcome != trigger.IssueTokens {
				continue
			}
			issued++
			if err := lawful(p, s); err != nil {
				t.Fatalf("tokens after %+v: %v", s, err)
			}
		}
		if len(rounds) < 4 {
			for _, k := range kinds {
				walk(append(slices.Clip(rounds), k))
			}
		}
	}
	walk(nil)
	walk(session("srp pw mail/0!"))
	if sessions < 200_000 || issued == 0 {
		t.Errorf("%d sessions, tokens after %d", sessions, issued)
	}
}

func FuzzPolicy(f *testing.F) {
	seeds := []string{
		"srp pw mail/0", "srp pw mail/0! mail/1! mail/1", "srp pw _choosing/0! card/0", "mail/0", "srp pw SMS_MFA mail/0",
		"srp pw! mail/0", "srp pw CUSTOM_CHALLENGE", "", "srp", "srp pw mail/-1 mail/99999999999999999999!",
	}
	if len(seeds) < 10 {
		f.Fatal("the seeds are gone")
	}
	for i, s := range seeds {
		f.Add(s, "card", uint8(i))
	}
	f.Fuzz(func(t *testing.T, line, choice string, flags uint8) {
		p := trigger.Policy{Methods: []trigger.Step{mail, card}[:1+flags&1], WithoutPassword: flags&2 != 0}
		s := trigger.Situation{Rounds: session(line), Choice: choice, Unknown: flags&4 != 0, Resend: flags&8 != 0}
		d := p.Decide(s)
		switch d.Outcome {
		case trigger.IssueTokens:
			if err := lawful(p, s); err != nil {
				t.Errorf("tokens: %v", err)
			}
		case trigger.AskTheQuestion:
			if d.Attempt < 1 || d.AttemptsLeft < 1 || d.Resends < 0 || d.ResendsLeft < 0 || d.Method == "" {
				t.Errorf("miscounted: %+v", d)
			}
		case trigger.Fail:
			if d.Reason == "" {
				t.Error("no reason")
			}
		}
	})
}
