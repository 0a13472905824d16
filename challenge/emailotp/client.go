package emailotp

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// ErrOther is returned by [Parse] for a custom challenge that asks something
// else.
var ErrOther = errors.New("emailotp: the challenge is not of this method")

// A Challenge is the client's view of a question. It can be shown to the user,
// and be encoded as JSON for a front end; what must be kept to answer it is the
// challenge.Custom it was made of.
type Challenge struct {
	// Destination is the masked address, such as "a***@e***".
	Destination string `json:"destination"`
	// CodeLength is how many digits the code has.
	CodeLength int `json:"codeLength"`
	// AttemptsLeft is how many answers may still be given, this one included.
	AttemptsLeft int `json:"attemptsLeft"`
	// ResendsLeft is how often the code may still be sent again.
	ResendsLeft int `json:"resendsLeft"`
	// Expires is when the code ends, by the server's clock.
	Expires time.Time `json:"expires"`
	// ResendAfter is when asking for resending will make another mail; before,
	// it is counted, and none is sent.
	ResendAfter time.Time `json:"resendAfter"`

	custom *challenge.Custom
}

// Parse reads a custom challenge. The error is [ErrOther] if it is of another
// method; then ask another package, or look at trigger.Methods.
func Parse(c *challenge.Custom) (*Challenge, error) {
	if c == nil {
		return nil, ErrOther
	}
	parsed, err := parse(c.Parameters())
	if err != nil {
		return nil, err
	}
	parsed.custom = c
	return parsed, nil
}

// parse reads the parameters of a challenge, which come from a server that
// may be another than it seems.
func parse(params map[string]string) (*Challenge, error) {
	if params[trigger.ParamMethod] != Name {
		return nil, ErrOther
	}
	var broken error
	number := func(name string, least, most int64) int64 {
		n, err := strconv.ParseInt(params[name], 10, 64)
		if err != nil || n < least || n > most {
			broken = fmt.Errorf("emailotp: the parameter %s of the challenge is malformed", name)
		}
		return n
	}
	const endOfTime = 253402300799 // the year 9999, the last that JSON has
	parsed := &Challenge{
		Destination:  params[paramDestination],
		CodeLength:   int(number(paramCodeLength, minLength, maxLength)),
		AttemptsLeft: int(number(trigger.ParamAttemptsLeft, 1, 10)),
		ResendsLeft:  int(number(trigger.ParamResendsLeft, 0, 10)),
		Expires:      time.Unix(number(paramExpires, 0, endOfTime), 0).UTC(),
		ResendAfter:  time.Unix(number(paramResendAfter, 0, endOfTime), 0).UTC(),
	}
	if broken != nil {
		return nil, broken
	}
	return parsed, nil
}

// Answer makes the answer. Spaces and hyphens in the code do not matter. After
// a wrong one Cognito asks again, with one attempt fewer, or ends the sign-in.
func (c *Challenge) Answer(code string) challenge.Answer { return c.asked().Answer(code) }

// Resend makes the answer that asks for another code. What the triggers know it
// by is its client metadata: see trigger.Resend.
func (c *Challenge) Resend() challenge.Answer {
	// Not empty, lest Cognito take it for a missing ANSWER.
	return c.asked().Answer("resend").WithClientMetadata(trigger.Resend())
}

// asked returns what the Challenge was made of: of one that Parse did not
// make, a zero value, whose answers package auth refuses.
func (c *Challenge) asked() *challenge.Custom {
	if c.custom == nil {
		return new(challenge.Custom)
	}
	return c.custom
}
