package trigger_test

import (
	"fmt"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// What comes after the password, after a wrong answer, and after an answer to a
// question that nobody of ours asked.
func ExamplePolicy_Decide() {
	policy := trigger.Policy{Methods: []trigger.Step{{Method: "email-otp", Limits: trigger.DefaultLimits}}}
	proven := []trigger.Round{{Challenge: "SRP_A", Correct: true}, {Challenge: "PASSWORD_VERIFIER", Correct: true}}

	d := policy.Decide(trigger.Situation{Rounds: proven})
	fmt.Println(d.Outcome, d.Method, d.AttemptsLeft)

	wrong := trigger.Round{Challenge: "CUSTOM_CHALLENGE", Method: "email-otp"}
	d = policy.Decide(trigger.Situation{Rounds: append(proven, wrong)})
	fmt.Println(d.Outcome, d.Method, d.AttemptsLeft)

	foreign := trigger.Round{Challenge: "CUSTOM_CHALLENGE", Correct: true}
	d = policy.Decide(trigger.Situation{Rounds: append(proven, foreign)})
	fmt.Println(d.Outcome, d.Reason)
	// Output:
	// AskTheQuestion email-otp 3
	// AskTheQuestion email-otp 2
	// Fail a custom challenge that is not ours
}

// An app client as many templates make it: whoever has a password needs nothing
// else.
func ExampleCheckClient() {
	for _, w := range trigger.CheckClient(trigger.AppClient{
		ExplicitAuthFlows:          []string{"ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
		PreventUserExistenceErrors: "ENABLED",
		AuthSessionValidity:        10,
	}) {
		fmt.Println(w.Setting, w.Bypass, w.Text)
	}
	// Output:
	// ExplicitAuthFlows true ALLOW_USER_SRP_AUTH: a password is enough by USER_SRP_AUTH; remove it, or use a Guard
}

// The client metadata of a choice goes with the call that proves the password;
// that of a request to resend in place of an answer.
func ExampleChoose() {
	fmt.Println(trigger.Choose("email-otp"))
	fmt.Println(trigger.Resend())
	fmt.Println(trigger.Methods(map[string]string{"methods": "email-otp duo"}))
	// Output:
	// map[method:email-otp]
	// map[action:resend]
	// [email-otp duo]
}
