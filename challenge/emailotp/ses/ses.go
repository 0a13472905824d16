// Package ses sends the codes of package emailotp by Amazon SES.
//
// [New] makes the Sender. SES must have verified the address or domain it sends
// from; in its sandbox, also those it sends to. The function that creates the
// challenge needs ses:SendEmail on that identity, and on nothing else:
//
//	Effect: Allow
//	Action: ses:SendEmail
//	Resource: arn:aws:ses:eu-west-1:123456789012:identity/example.com
//	Condition: {StringEquals: {"ses:FromAddress": "no-reply@example.com"}}
package ses

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"

	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// API is what is used of an [sesv2.Client].
type API interface {
	SendEmail(context.Context, *sesv2.SendEmailInput, ...func(*sesv2.Options)) (*sesv2.SendEmailOutput, error)
}

var _ API = (*sesv2.Client)(nil)

// A Sender is an emailotp.Sender over SES.
type Sender struct {
	api     API
	from    string
	o       Options
	content content
}

var _ emailotp.Sender = (*Sender)(nil)

// Options are the settings of a [Sender] that have defaults.
type Options struct {
	// Product is what the mail calls the service; "your account" if empty.
	Product string
	// Subject and Text are templates of text/template, HTML one of
	// html/template, which escapes; each executed with a [Data]. The defaults
	// are short and in English.
	Subject, Text, HTML string
	// ReplyTo are addresses for answers; none if nil.
	ReplyTo []string
	// ConfigurationSet is SES's, for its events and metrics; none if empty.
	ConfigurationSet string
	// Timeout is how long one mail may take, with its retries; 3 seconds if
	// zero, 4 at most: Cognito waits for five, in which more is to be done.
	Timeout time.Duration
	// Attempts is how often SES is asked, where asking again may help; 2 if
	// zero, 3 at most. SES knows no idempotence: after a lost reply, a mail may
	// arrive twice, with the same code.
	Attempts int
}

// New makes a Sender of mails from an address, such as
// "Example <no-reply@example.com>". It executes the templates once, so that
// one that cannot work is found here.
func New(api API, from string, optFns ...func(*Options)) (*Sender, error) {
	var o Options
	for _, f := range optFns {
		f(&o)
	}
	o.Product = cmp.Or(o.Product, "your account")
	o.Subject = cmp.Or(o.Subject, defaultSubject)
	o.Text = cmp.Or(o.Text, defaultText)
	o.HTML = cmp.Or(o.HTML, defaultHTML)
	o.Timeout = cmp.Or(o.Timeout, 3*time.Second)
	o.Attempts = cmp.Or(o.Attempts, 2)
	switch {
	case api == nil || from == "":
		return nil, errors.New("ses: a sender needs a client and an address to send from")
	case o.Timeout < 0 || o.Timeout > 4*time.Second:
		return nil, fmt.Errorf("ses: a timeout of %s; 4s at most are allowed", o.Timeout)
	case o.Attempts < 1 || o.Attempts > 3:
		return nil, fmt.Errorf("ses: %d attempts; 1 to 3 are allowed", o.Attempts)
	}
	c, err := newContent(o)
	if err != nil {
		return nil, err
	}
	return &Sender{api, from, o, c}, nil
}

// Send sends a mail. Its error is an [*Error], or the context's.
func (s *Sender) Send(ctx context.Context, m emailotp.Message) error {
	subject, text, html, err := s.content.render(s.o.Product, m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	in := &sesv2.SendEmailInput{
		FromEmailAddress: &s.from,
		Destination:      &types.Destination{ToAddresses: []string{m.To()}},
		ReplyToAddresses: s.o.ReplyTo,
		Content: &types.EmailContent{Simple: &types.Message{
			Subject: utf8(subject),
			Body:    &types.Body{Text: utf8(text), Html: utf8(html)},
		}},
	}
	if s.o.ConfigurationSet != "" {
		in.ConfigurationSetName = &s.o.ConfigurationSet
	}
	if _, err := s.api.SendEmail(ctx, in, s.bounded); err != nil {
		return newError(err)
	}
	return nil
}

// bounded keeps the client's own retryer, with its judgement of what to send
// again, and takes away its patience.
func (s *Sender) bounded(o *sesv2.Options) {
	if o.Retryer == nil {
		o.Retryer = retry.NewStandard()
	}
	o.Retryer = retry.AddWithMaxAttempts(o.Retryer, s.o.Attempts)
	o.Retryer = retry.AddWithMaxBackoffDelay(o.Retryer, maxBackoff)
}

// maxBackoff leaves a second attempt its time.
const maxBackoff = 500 * time.Millisecond

func utf8(data string) *types.Content {
	return &types.Content{Data: &data, Charset: aws.String("UTF-8")}
}

// An Error says which of SES's errors it was. SES's own text is not shown: it
// quotes addresses.
type Error struct {
	// Code is the name of SES's error, such as "MessageRejected", or empty if
	// SES could not be reached.
	Code  string
	cause redact.Box[error]
}

func newError(err error) error {
	e := &Error{cause: redact.New(err)}
	var api smithy.APIError
	if errors.As(err, &api) {
		e.Code = api.ErrorCode()
	}
	return e
}

// Error names the error and says what to look at.
func (e *Error) Error() string {
	switch {
	case errors.Is(e.Unwrap(), context.DeadlineExceeded):
		return "ses: no reply in time"
	case e.Code == "":
		return "ses: SES could not be reached"
	case e.Code == "MessageRejected" || e.Code == "MailFromDomainNotVerifiedException":
		return "ses: " + e.Code + ": check that the sender is verified, and outside the sandbox"
	}
	return "ses: " + e.Code
}

// Unwrap returns the SDK's error, whose text may quote the address.
func (e *Error) Unwrap() error { return e.cause.Reveal() }
