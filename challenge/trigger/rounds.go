package trigger

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"strings"
)

// The responses, each with all of its members and no null: a function that
// leaves one out looks as if it had not decided.
type (
	defined struct {
		Challenge string `json:"challengeName,omitempty"`
		Issue     bool   `json:"issueTokens"`
		Fail      bool   `json:"failAuthentication"`
	}
	created struct {
		Public   map[string]string `json:"publicChallengeParameters"`
		Private  map[string]string `json:"privateChallengeParameters"`
		Metadata string            `json:"challengeMetadata"`
	}
	verified struct {
		Correct bool `json:"answerCorrect"`
	}
)

// privateMark is the private parameter that holds the mark.
const privateMark = "_round"

// decide reads the session list and asks the policy.
func (c *call) decide() (Decision, int, error) {
	rounds, err := c.rounds(c.keys)
	if err != nil {
		return Decision{}, 0, err
	}
	asked := 0
	for _, r := range rounds {
		if roles[r.Challenge] == custom {
			asked++
		}
	}
	said := c.request.texts("clientMetadata")
	d := c.policy.Decide(Situation{
		Rounds: rounds, Unknown: c.user.Unknown, Choice: said[metaMethod], Resend: resending(said),
	})
	c.note("outcome", d.Outcome.String())
	if d.Method != "" {
		c.note("method", d.Method)
		c.note("attempt", d.Attempt)
	}
	if d.Reason != "" {
		c.note("reason", d.Reason)
	}
	return d, asked, nil
}

func (c *call) define(ctx context.Context) (any, error) {
	d, _, err := c.decide()
	if err != nil {
		return nil, err
	}
	switch d.Outcome {
	case AskPassword:
		return defined{Challenge: "PASSWORD_VERIFIER"}, nil
	case AskWhich, AskTheQuestion:
		failures, err := c.store.Add(ctx, c.failures(), 0, c.now)
		if err != nil {
			return nil, c.unavailable("reading the failures", err)
		}
		if failures >= c.o.MaxFailures {
			c.note("locked", failures)
			return defined{Fail: true}, nil
		}
		return defined{Challenge: "CUSTOM_CHALLENGE"}, nil
	case IssueTokens:
		if c.o.Guarded {
			if err := leavePass(ctx, c.store, c.user, c.now); err != nil {
				return nil, c.unavailable("leaving the guard's mark", err)
			}
		}
		return defined{Issue: true}, nil
	}
	if d.Reason == exhausted && c.o.Exhausted != nil && !c.user.Unknown {
		c.o.Exhausted(ctx, c.user, d.Method)
	}
	return defined{Fail: true}, nil
}

func (c *call) create(ctx context.Context) (any, error) {
	if name, _ := c.request.text("challengeName"); name != "CUSTOM_CHALLENGE" {
		return nil, ErrEvent
	}
	d, asked, err := c.decide()
	if err != nil {
		return nil, err
	}
	round, err := c.random()
	if err != nil {
		return nil, c.unavailable("drawing random bytes", err)
	}
	m := mark{number: asked, round: round}
	var q Question
	switch d.Outcome {
	case AskWhich:
		m.method = Choosing
		q.Public = map[string]string{ParamMethods: c.names()}
	case AskTheQuestion:
		m.method, m.resends = d.Method, d.Resends
		q, err = c.question(ctx, d, round)
		m.state = q.State
	default: // Define would not have led here
		return nil, ErrEvent
	}
	if err != nil {
		return nil, err
	}
	out := created{Public: nonNil(q.Public), Private: nonNil(q.Private), Metadata: c.keys.write(m, inMetadata, c.user)}
	out.Private[privateMark] = c.keys.write(m, inPrivate, c.user)
	return out, nil
}

// question has the method make one, and adds what all methods tell the client.
func (c *call) question(ctx context.Context, d Decision, round string) (Question, error) {
	q, err := c.methods[d.Method].Create(ctx, CreateInput{
		User: c.user, Attempt: d.Attempt, Previous: d.Previous, Resend: d.Resend, Round: round,
		ClientMetadata: c.request.texts("clientMetadata"), Now: c.now,
	})
	if err != nil {
		return Question{}, c.unavailable("making the question", err)
	}
	if q.Reason != "" {
		c.note("question", q.Reason)
	}
	if !validState(q.State) {
		return Question{}, c.unavailable("making the question", errors.New("the state is longer than 1 KiB or not UTF-8"))
	}
	for name := range q.Private {
		if strings.HasPrefix(name, "_") {
			return Question{}, c.unavailable("making the question", errors.New("the name of a private parameter begins with _"))
		}
	}
	q.Public = nonNil(q.Public)
	q.Public[ParamMethod] = d.Method
	q.Public[ParamAttemptsLeft] = strconv.Itoa(d.AttemptsLeft)
	q.Public[ParamResendsLeft] = strconv.Itoa(d.ResendsLeft)
	return q, nil
}

func (c *call) verify(ctx context.Context) (any, error) {
	private := c.request.texts("privateChallengeParameters")
	m, ok := c.keys.read(private[privateMark], inPrivate, c.user)
	said := c.request.texts("clientMetadata")
	switch {
	case !ok:
		return c.wrong("the round has no mark of ours")
	case c.methods[m.method] == nil:
		return c.wrong("a method was chosen, or it is not served any more")
	case resending(said):
		return c.wrong("resending was asked for") // whatever the answer is: the policy will not count it
	}
	c.note("method", m.method)

	// Counted before it is judged: of many answers at the same time, all would
	// else be judged before the first is counted.
	failures, err := c.store.Add(ctx, c.failures(), 1, c.now.Add(c.o.FailureWindow))
	if err != nil {
		return nil, c.unavailable("counting the attempt", err)
	}
	answer, isText := c.request.text("challengeAnswer")
	switch {
	case failures > c.o.MaxFailures:
		return c.wrong("locked")
	case !isText || len(answer) > MaxAnswer:
		return c.wrong("the answer is no text, or too long")
	}
	maps.DeleteFunc(private, func(name, _ string) bool { return strings.HasPrefix(name, "_") })
	v, err := c.methods[m.method].Verify(ctx, VerifyInput{
		User: c.user, Private: private, Answer: answer, Round: m.round, ClientMetadata: said, Now: c.now,
	})
	switch {
	case err != nil:
		return nil, c.unavailable("judging the answer", err)
	case !v.Correct:
		return c.wrong(v.Reason)
	case c.user.Unknown:
		return c.wrong("there is no such user")
	}
	if _, _, err := c.store.Take(ctx, c.failures()); err != nil {
		return nil, c.unavailable("forgetting the failures", err)
	}
	c.note("correct", true)
	return verified{Correct: true}, nil
}

func (c *call) wrong(reason string) (any, error) {
	c.note("correct", false)
	c.note("reason", reason)
	return verified{}, nil
}

// failures is the key of the user's wrong answers: one for all methods and
// clients of the pool, because each is a way to the same account.
func (c *call) failures() string { return Key("failures", c.user.PoolID, c.user.Name) }

// names lists the methods as ParamMethods does.
func (c *call) names() string {
	var names []string
	for _, m := range c.policy.Methods {
		names = append(names, m.Method)
	}
	return strings.Join(names, " ")
}

// nonNil returns a copy, so that nothing is written into a method's own map.
func nonNil(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return maps.Clone(m)
}
