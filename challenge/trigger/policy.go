package trigger

import "slices"

// A Policy says what comes next in a sign-in, as DefineAuthChallenge must. It
// is a pure function of what the sign-in has been through, and it fails closed:
// whatever it does not know, or does not expect at that place, ends the
// sign-in. Tokens are issued after a proven password and a right answer to the
// question of one of the Methods, in this order, and never otherwise.
//
// The [Handler] makes its own; it is exported to be read and tested.
type Policy struct {
	// Methods are the ways to answer, in the order in which they are offered.
	// If there is one, it is asked; among several the client chooses.
	Methods []Step
	// WithoutPassword lets a sign-in begin with the custom challenge, which is
	// then the only factor: whoever calls InitiateAuth decides whether to prove
	// the password. It is for passwordless sign-in and nothing else.
	WithoutPassword bool
}

// A Step is a method in a [Policy].
type Step struct {
	Method string // Method.Name
	Limits Limits // in one sign-in
}

// A Round is one entry of a trigger event's session list.
type Round struct {
	// Challenge is challengeName, and Correct challengeResult.
	Challenge string
	Correct   bool
	// Method, Resends and State are what the metadata of a CUSTOM_CHALLENGE
	// says. Method is empty if that is missing or was not written by the
	// Handler, and Choosing if the round asked which method to use. Resends
	// counts this method's rounds before this one in which the client asked
	// for resending, so that they are no attempts.
	Method  string
	Resends int
	State   string
}

// Choosing takes the place of a method's name in a round in which the client
// is to choose one.
const Choosing = "_choosing"

// maxChoosing is how often a client is asked to choose, since a client that
// cannot choose must not be asked for ever.
const maxChoosing = 3

// A Situation is what a [Policy] decides upon.
type Situation struct {
	// Rounds are those of this sign-in, oldest first.
	Rounds []Round
	// Unknown says that there is no such user (userNotFound).
	Unknown bool
	// Choice and Resend are what the client's metadata says: the method it
	// wants, and that it asks for resending in place of answering. Choice is
	// heard until a method is bound, Resend if the last round was its question.
	Choice string
	Resend bool
}

// An Outcome is the kind of a [Decision].
type Outcome int

// What may come next. The zero Outcome fails.
const (
	Fail           Outcome = iota // the sign-in is over, without tokens
	IssueTokens                   // the sign-in is over, with tokens
	AskPassword                   // Cognito asks for the password: PASSWORD_VERIFIER
	AskWhich                      // a custom challenge asks for the choice of a method
	AskTheQuestion                // a custom challenge asks the question of Decision.Method
)

// String returns the name of the constant.
func (o Outcome) String() string {
	return [...]string{"Fail", "IssueTokens", "AskPassword", "AskWhich", "AskTheQuestion"}[o]
}

// A Decision is what comes next.
type Decision struct {
	// Outcome is the kind; the other fields have meaning for some.
	Outcome Outcome
	// Reason says for the log why a sign-in fails.
	Reason string
	// Method is whose question is asked, whose right answer is why tokens are
	// issued, or whose attempts are used up.
	Method string
	// Attempt counts the answers to Method's questions, with that to the one
	// now asked; AttemptsLeft how many there may be, with that one.
	Attempt, AttemptsLeft int
	// Resend says that the question follows a request to resend. Resends
	// counts these requests, with this one; ResendsLeft those still allowed.
	Resend               bool
	Resends, ResendsLeft int
	// Previous is the State of the method's last round.
	Previous string
}

// Decide says what comes next.
func (p Policy) Decide(s Situation) Decision {
	d := p.decide(s)
	if d.Outcome == IssueTokens && s.Unknown {
		// Whoever does not exist gets as far as a user with wrong answers does.
		return failed("there is no such user")
	}
	return d
}

func failed(reason string) Decision { return Decision{Outcome: Fail, Reason: reason} }

func (p Policy) decide(s Situation) Decision {
	var asked []Round // the custom challenges
	var srp, password bool
	for i, r := range s.Rounds {
		role := roles[r.Challenge]
		switch {
		case role == unsupported:
			return failed("a challenge that has no place in this sign-in")
		case role != custom && !r.Correct:
			return failed("a challenge of Cognito's own was not passed")
		case role == begins && i != 0:
			return failed("SRP_A is not the first round")
		case role == proves && (!srp || password):
			return failed("PASSWORD_VERIFIER is not the second round")
		case role != begins && role != proves && srp && !password:
			return failed("the password was asked for and not proven")
		}
		srp = srp || role == begins
		password = password || role == proves
		if role == custom {
			asked = append(asked, r)
		}
	}
	switch {
	case srp && !password:
		return Decision{Outcome: AskPassword}
	case !password && !p.WithoutPassword:
		return failed("the password was not proven")
	case len(p.Methods) == 0:
		return failed("there is no method")
	}
	if len(asked) > 0 && roles[s.Rounds[len(s.Rounds)-1].Challenge] != custom {
		s.Resend = false // it came with the answer to another challenge
	}
	return p.after(asked, s)
}

// after decides upon the custom challenges alone, the password being settled.
func (p Policy) after(asked []Round, s Situation) Decision {
	choosing := 0
	for choosing < len(asked) && asked[choosing].Method == Choosing {
		if asked[choosing].Correct {
			return failed("a choice counts as an answer")
		}
		choosing++
	}
	asked = asked[choosing:]
	if len(asked) == 0 {
		return p.first(s.Choice, choosing)
	}
	bound := slices.IndexFunc(p.Methods, func(m Step) bool { return m.Method == asked[0].Method })
	if bound < 0 {
		return failed("a custom challenge that is not ours")
	}
	resends := 0
	for i, r := range asked {
		switch {
		case r.Method != asked[0].Method:
			return failed("the method has changed")
		case r.Correct && i != len(asked)-1:
			return failed("a right answer was not the last")
		case r.Resends < resends || r.Resends > resends+1 || r.Resends > i:
			return failed("resending was miscounted")
		}
		resends = r.Resends
	}
	return p.Methods[bound].next(asked[len(asked)-1], len(asked)-resends, s.Resend)
}

// first decides before any method's question was asked.
func (p Policy) first(choice string, choosing int) Decision {
	step := p.Methods[0]
	if len(p.Methods) > 1 {
		chosen := slices.IndexFunc(p.Methods, func(m Step) bool { return m.Method == choice })
		switch {
		case chosen < 0 && choosing == maxChoosing:
			return failed("no method was chosen")
		case chosen < 0:
			return Decision{Outcome: AskWhich}
		}
		step = p.Methods[chosen]
	}
	return Decision{
		Outcome: AskTheQuestion, Method: step.Method, Attempt: 1,
		AttemptsLeft: step.Limits.Attempts, ResendsLeft: step.Limits.Resends,
	}
}

// next decides after a question of the method, with so many attempts made if
// the last round was one.
func (m Step) next(last Round, attempts int, resend bool) Decision {
	resends := last.Resends
	switch {
	case last.Correct:
		return Decision{Outcome: IssueTokens, Method: m.Method}
	case resend:
		attempts--
		if resends++; resends > m.Limits.Resends {
			return failed("resending was asked for too often")
		}
	case attempts >= m.Limits.Attempts:
		return Decision{Outcome: Fail, Reason: exhausted, Method: m.Method}
	}
	return Decision{
		Outcome: AskTheQuestion, Method: m.Method, Previous: last.State,
		Attempt: attempts + 1, AttemptsLeft: m.Limits.Attempts - attempts,
		Resend: resend, Resends: resends, ResendsLeft: m.Limits.Resends - resends,
	}
}

// exhausted is the reason that a user should hear of: somebody knows the
// password and not the second factor.
const exhausted = "the attempts are used up"
