package ses_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp/ses"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
)

var creds = credentials.NewStaticCredentialsProvider("AKID", "SECRET", "")

const (
	from = "Example <no-reply@example.com>"
	to   = "ann@example.com"
	code = "042042"
)

// A service is SES as far as SendEmail: it checks the signature and keeps the
// bodies.
type service struct {
	*testing.T
	mu      sync.Mutex
	bodies  []string
	replies []string // "STATUS ERROR" for one request each; then 200
	hang    bool     // answers nothing until the client has gone
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bodies = append(s.bodies, string(body))
	if r.Method != http.MethodPost || r.URL.Path != "/v2/email/outbound-emails" || r.Header.Get("Content-Type") != "application/json" {
		s.Errorf("the request is %s %s of %s", r.Method, r.URL, r.Header.Get("Content-Type"))
	}
	s.signed(r, body)
	if s.hang {
		<-r.Context().Done()
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if len(s.replies) > 0 {
		status, name, _ := strings.Cut(s.replies[0], " ")
		s.replies = s.replies[1:]
		w.Header().Set("X-Amzn-Errortype", name)
		w.WriteHeader(map[string]int{"400": 400, "429": 429, "500": 500}[status])
		io.WriteString(w, `{"message":"Email address is not verified: `+to+`"}`)
		return
	}
	io.WriteString(w, `{"MessageId":"m-1"}`)
}

// signed recomputes the signature with what the request says was signed.
func (s *service) signed(r *http.Request, body []byte) {
	authorization := r.Header.Get("Authorization")
	_, list, _ := strings.Cut(authorization, "SignedHeaders=")
	list, _, _ = strings.Cut(list, ",")
	again, err := http.NewRequest(r.Method, "http://"+r.Host+r.URL.RequestURI(), nil)
	if err != nil {
		s.Error(err)
		return
	}
	again.ContentLength = r.ContentLength
	for _, name := range strings.Split(list, ";") {
		if value := r.Header.Get(name); value != "" && name != "content-length" {
			again.Header.Set(name, value)
		}
	}
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		s.Error(err)
		return
	}
	sum := sha256.Sum256(body)
	who, _ := creds.Retrieve(r.Context())
	if err := v4.NewSigner().SignHTTP(r.Context(), who, again, hex.EncodeToString(sum[:]), "ses", "eu-west-1", at); err != nil {
		s.Error(err)
		return
	}
	if want := again.Header.Get("Authorization"); authorization != want {
		s.Errorf("the signature is %s, want %s", authorization, want)
	}
}

func newSender(t *testing.T, s *service, optFns ...func(*ses.Options)) *ses.Sender {
	t.Helper()
	s.T = t
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	// What is passed on ends in time, however late the caller's context does.
	var left time.Duration
	api := apiFunc(func(ctx context.Context) {
		deadline, _ := ctx.Deadline()
		left = time.Until(deadline)
	})
	sender, err := ses.New(api, from)
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), message(nil)); err != nil || left <= 0 || left > 3*time.Second {
		t.Errorf("%s are left, %v", left, err)
	}
	sender, err = ses.New(sesv2.New(sesv2.Options{Region: "eu-west-1", BaseEndpoint: &srv.URL, Credentials: creds}), from, optFns...)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func message(attributes map[string]string) emailotp.Message {
	return emailotp.NewMessage(to, code, 5*time.Minute, attributes)
}

// The request, member for member.
func TestSend(t *testing.T) {
	t.Parallel()
	var s service
	sender := newSender(t, &s, func(o *ses.Options) {
		o.Product, o.ReplyTo, o.ConfigurationSet = "R&D <Lab>", []string{"help@example.com"}, "codes"
	})
	if err := sender.Send(t.Context(), message(nil)); err != nil {
		t.Fatal(err)
	}
	var got any
	if err := json.Unmarshal([]byte(s.bodies[0]), &got); err != nil {
		t.Fatal(err)
	}
	part := func(data string) map[string]any { return map[string]any{"Data": data, "Charset": "UTF-8"} }
	want := map[string]any{
		"FromEmailAddress": from, "ReplyToAddresses": []any{"help@example.com"}, "ConfigurationSetName": "codes",
		"Destination": map[string]any{"ToAddresses": []any{to}},
		"Content": map[string]any{"Simple": map[string]any{
			"Subject": part("042042 is your code for R&D <Lab>"),
			"Body": map[string]any{
				"Text": part("Your code for R&D <Lab> is\n\n    042042\n\nIt is good for 5 minutes. Nobody from R&D <Lab> will ever ask you for it.\n" +
					"If you are not signing in just now, somebody else has your password: change it.\n"),
				"Html": part("<!DOCTYPE html>\n<html lang=\"en\"><body style=\"font-family:sans-serif\">\n<p>Your code for R&amp;D &lt;Lab&gt; is</p>\n" +
					"<p style=\"font-size:2em;letter-spacing:.15em\"><b>042042</b></p>\n" +
					"<p>It is good for 5 minutes. Nobody from R&amp;D &lt;Lab&gt; will ever ask you for it.</p>\n" +
					"<p>If you are not signing in just now, somebody else has your password: change it.</p>\n</body></html>\n"),
			},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A user's attributes can choose a language; they cannot end a header or write
// HTML.
func TestTemplates(t *testing.T) {
	t.Parallel()
	var s service
	sender := newSender(t, &s, func(o *ses.Options) {
		o.Subject = `{{if eq (.Attribute "locale") "de"}}Ihr Code{{else}}Your code{{end}} {{.Attribute "given_name"}}`
		o.HTML = `<p title="{{.Attribute "given_name"}}">{{.Code}}</p>`
	})
	if err := sender.Send(t.Context(), message(map[string]string{"locale": "de", "given_name": "\"><b>A\r\nBcc: x"})); err != nil {
		t.Fatal(err)
	}
	var sent sesv2.SendEmailInput
	if err := json.Unmarshal([]byte(s.bodies[0]), &sent); err != nil {
		t.Fatal(err)
	}
	simple := sent.Content.Simple
	if want := `Ihr Code "><b>A  Bcc: x`; *simple.Subject.Data != want {
		t.Errorf("the subject is %q, want %q", *simple.Subject.Data, want)
	}
	if strings.Contains(*simple.Body.Html.Data, `"><b>`) {
		t.Errorf("the body is %q", *simple.Body.Html.Data)
	}
}

// What SES refuses is asked again where that may help, so often and no more;
// the error shows neither address nor code.
func TestErrors(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		replies []string
		asked   int
		want    string // the text of the error
	}{
		"rejected": {[]string{"400 MessageRejected"}, 1,
			"ses: MessageRejected: check that the sender is verified, and outside the sandbox"},
		"throttled once":   {[]string{"429 TooManyRequestsException"}, 2, ""},
		"throttled":        {[]string{"429 TooManyRequestsException", "429 TooManyRequestsException", ""}, 2, "ses: TooManyRequestsException"},
		"failed once":      {[]string{"500 InternalFailure"}, 2, ""},
		"no account":       {[]string{"400 AccountSuspendedException"}, 1, "ses: AccountSuspendedException"},
		"not of this kind": {[]string{"400 "}, 1, "ses: UnknownError"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := service{replies: row.replies}
			err := newSender(t, &s).Send(t.Context(), message(nil))
			got := ""
			if err != nil {
				got = err.Error()
				redacttest.Check(t, err, to)
				redacttest.Check(t, err, code)
			}
			if got != row.want || len(s.bodies) != row.asked {
				t.Errorf("%q after %d requests, want %q after %d", got, len(s.bodies), row.want, row.asked)
			}
			var typed *ses.Error
			if err != nil && (!errors.As(err, &typed) || typed.Unwrap() == nil) {
				t.Errorf("the error is a %T", err)
			}
		})
	}
	var rejected *types.MessageRejected
	s := service{replies: []string{"400 MessageRejected"}}
	if err := newSender(t, &s).Send(t.Context(), message(nil)); !errors.As(err, &rejected) {
		t.Errorf("the SDK's error cannot be had of %v", err)
	}
}

// Nothing outlives the time-out.
func TestTimeout(t *testing.T) {
	t.Parallel()
	s := service{hang: true}
	err := newSender(t, &s, func(o *ses.Options) { o.Timeout = 30 * time.Millisecond }).Send(t.Context(), message(nil))
	if !errors.Is(err, context.DeadlineExceeded) || err.Error() != "ses: no reply in time" {
		t.Errorf("got %v", err)
	}
	// What is passed on ends in time, however late the caller's context does.
	var left time.Duration
	api := apiFunc(func(ctx context.Context) {
		deadline, _ := ctx.Deadline()
		left = time.Until(deadline)
	})
	sender, err := ses.New(api, from)
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), message(nil)); err != nil || left <= 0 || left > 3*time.Second {
		t.Errorf("%s are left, %v", left, err)
	}
	sender, err = ses.New(sesv2.New(sesv2.Options{
		Region: "eu-west-1", BaseEndpoint: aws.String("http://127.0.0.1:1"), Credentials: creds,
	}), from, func(o *ses.Options) { o.Attempts = 1 })
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), message(nil)); err == nil || err.Error() != "ses: SES could not be reached" {
		t.Errorf("got %v", err)
	}
}

type apiFunc func(context.Context)

func (f apiFunc) SendEmail(ctx context.Context, _ *sesv2.SendEmailInput, _ ...func(*sesv2.Options)) (*sesv2.SendEmailOutput, error) {
	f(ctx)
	return &sesv2.SendEmailOutput{}, nil
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	api := sesv2.New(sesv2.Options{})
	for name, row := range map[string]struct {
		option func(*ses.Options)
		want   string
	}{
		"subject that does not parse":   {func(o *ses.Options) { o.Subject = "{{" }, "unclosed"},
		"text that does not parse":      {func(o *ses.Options) { o.Text = "{{.Code" }, "unclosed"},
		"HTML that does not parse":      {func(o *ses.Options) { o.HTML = "{{end}}" }, "unexpected"},
		"text that does not execute":    {func(o *ses.Options) { o.Text = "{{.Cod}}" }, "template of the text"},
		"HTML that does not execute":    {func(o *ses.Options) { o.HTML = "<a href='{{.Code}}" }, "template of the html"},
		"subject that does not execute": {func(o *ses.Options) { o.Subject = "{{.X}}" }, "template of the subject"},
		"empty subject":                 {func(o *ses.Options) { o.Subject = "{{/* */}}" }, "subject is empty"},
		"text without the code":         {func(o *ses.Options) { o.Text = "hello" }, "does not show the code"},
		"HTML without the code":         {func(o *ses.Options) { o.HTML = "hello" }, "does not show the code"},
		"timeout that is too long":      {func(o *ses.Options) { o.Timeout = 5 * time.Second }, "timeout"},
		"negative timeout":              {func(o *ses.Options) { o.Timeout = -1 }, "timeout"},
		"negative attempts":             {func(o *ses.Options) { o.Attempts = -1 }, "attempts"},
		"too many attempts":             {func(o *ses.Options) { o.Attempts = 4 }, "attempts"},
	} {
		if s, err := ses.New(api, from, row.option); err == nil || s != nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ses.New(nil, from); err == nil {
		t.Error("a sender without a client")
	}
	if _, err := ses.New(api, ""); err == nil {
		t.Error("a sender without an address")
	}
}
