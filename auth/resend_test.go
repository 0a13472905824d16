package auth_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
)

// sdkFor is the real SDK client, with its own standard retryer, but for the
// pauses between attempts.
func sdkFor(url string, optFns ...func(*cip.Options)) *cip.Client {
	return cip.New(cip.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(url),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			o.RateLimiter = ratelimit.None
		}),
	}, append(optFns, listening.sdk)...)
}

// A fault is how the server treats the request that spends the answer.
type fault func(w http.ResponseWriter, r *http.Request)

func answers(status int, body string) fault {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.Header().Set("X-Amzn-Requestid", "request-1")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func exception(status int, name string) fault {
	return answers(status, `{"__type":"`+name+`","message":"Cognito's own words"}`)
}

func cutConnection(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

const (
	mfaReply   = `{"ChallengeName":"SOFTWARE_TOKEN_MFA","Session":"session-1","ChallengeParameters":{"USER_ID_FOR_SRP":"user"}}`
	setUpReply = `{"ChallengeName":"MFA_SETUP","Session":"session-1","ChallengeParameters":{"MFAS_CAN_SETUP":"[\"SOFTWARE_TOKEN_MFA\"]"}}`
	tokenReply = `{"ChallengeParameters":{},"AuthenticationResult":{"AccessToken":"a","ExpiresIn":3600,"TokenType":"Bearer"}}`
)

// cognitoWith answers each operation by its fault, and counts.
func cognitoWith(t *testing.T, faults map[string]fault) (url string, count func(op string) int64) {
	t.Helper()
	counts := make(map[string]*atomic.Int64)
	for op := range faults {
		counts[op] = new(atomic.Int64)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		f, ok := faults[op]
		if !ok {
			t.Errorf("unexpected %s", op)
			return
		}
		counts[op].Add(1)
		f(w, r)
	}))
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	return server.URL, func(op string) int64 { return counts[op].Load() }
}

// Every way in which the request that spends an answer can fail: how often it
// was sent, and what the caller is told.
func TestAnswersAreSentOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault  fault
		sent   int64
		reason error
		holds  bool
	}{
		"throttled":           {exception(400, "TooManyRequestsException"), 3, auth.ErrBackOff, true},
		"limit exceeded":      {exception(400, "LimitExceededException"), 1, auth.ErrLockedOut, false},
		"wrong code":          {exception(400, "CodeMismatchException"), 1, auth.ErrCode, true},
		"internal error":      {exception(500, "InternalErrorException"), 1, auth.ErrOutcomeUnknown, true},
		"a proxy's 429":       {answers(429, "<html>"), 1, auth.ErrBackOff, true},
		"bare 503":            {answers(503, "<html>"), 1, auth.ErrOutcomeUnknown, true},
		"connection cut":      {cutConnection, 1, auth.ErrOutcomeUnknown, true},
		"unreadable 200":      {answers(200, `{"ChallengeName":`), 1, auth.ErrOutcomeUnknown, true},
		"200 of a wrong type": {answers(200, `{"ChallengeParameters":{"a":{}}}`), 1, auth.ErrOutcomeUnknown, true},
		"unknown exception":   {exception(400, "TomorrowException"), 1, auth.ErrConfig, false},
		"403 without a body":  {answers(403, ""), 1, auth.ErrConfig, false},
		"session used":        {answers(400, `{"__type":"NotAuthorizedException","message":"Invalid session for the user, session can only be used once."}`), 1, auth.ErrStartOver, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, count := cognitoWith(t, map[string]fault{"InitiateAuth": answers(200, mfaReply), "RespondToAuthChallenge": tt.fault})
			var seen []auth.Call
			c := newClient(t, sdkFor(url), func(o *auth.Options) {
				o.Observe = func(_ context.Context, call auth.Call) { seen = append(seen, call) }
			})
			_, next, err := c.Begin(t.Context(), auth.Password("u", "p"))
			if err != nil {
				t.Fatal(err)
			}
			tokens, again, err := c.Respond(t.Context(), next.(challenge.Code).Answer("123456"))
			exactlyOne(t, tokens, again, err)
			e := wantReason(t, err, tt.reason)
			if got := count("RespondToAuthChallenge"); got != tt.sent {
				t.Errorf("sent %d times, want %d", got, tt.sent)
			}
			if tt.holds != (e.Challenge == next) {
				t.Errorf("holds %v; want the challenge: %v", e.Challenge, tt.holds)
			}
			for _, secret := range []string{"Cognito's own words", "<html>", "session-1", "123456"} {
				if strings.Contains(e.Error(), secret) {
					t.Errorf("the text quotes %q: %v", secret, e)
				}
			}
			last := seen[len(seen)-1]
			if last.Operation != "RespondToAuthChallenge" || last.Challenge != "SOFTWARE_TOKEN_MFA" ||
				last.Attempts != int(tt.sent) || last.Reason != tt.reason {
				t.Errorf("Observe saw %+v", last)
			}
		})
	}
}

func TestCancelledAfterTheWrite(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	url, count := cognitoWith(t, map[string]fault{
		"InitiateAuth":           answers(200, mfaReply),
		"RespondToAuthChallenge": func(w http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() },
	})
	c := newClient(t, sdkFor(url))
	_, next, err := c.Begin(ctx, auth.Password("u", "p"))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = c.Respond(ctx, next.(challenge.Code).Answer("123456"))
	e := wantReason(t, err, auth.ErrOutcomeUnknown)
	if e.Challenge != next || !errors.Is(err, context.Canceled) {
		t.Errorf("holds %v, cause %v", e.Challenge, e.Err)
	}
	if count("RespondToAuthChallenge") != 1 {
		t.Errorf("sent %d times", count("RespondToAuthChallenge"))
	}
}

// Where nothing could be sent, it is sent again; and if that does not help the
// answer is still good.
func TestUnsentAnswersAreResent(t *testing.T) {
	t.Parallel()
	url, _ := cognitoWith(t, map[string]fault{"InitiateAuth": answers(200, mfaReply), "RespondToAuthChallenge": answers(200, tokenReply)})
	var refuse, dials atomic.Int64
	transport := &http.Transport{DisableKeepAlives: true}
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials.Add(1)
		if refuse.Add(-1) >= 0 {
			return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("refused")}
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	c := newClient(t, sdkFor(url, func(o *cip.Options) { o.HTTPClient = &http.Client{Transport: transport} }))
	_, next, err := c.Begin(t.Context(), auth.Password("u", "p"))
	if err != nil {
		t.Fatal(err)
	}

	dials.Store(0)
	refuse.Store(100)
	_, _, err = c.Respond(t.Context(), next.(challenge.Code).Answer("123456"))
	if e := wantReason(t, err, auth.ErrBackOff); e.Challenge != next {
		t.Errorf("holds %v", e.Challenge)
	}
	if dials.Load() != 3 {
		t.Errorf("dialled %d times", dials.Load())
	}

	refuse.Store(2)
	tokens, _, err := c.Respond(t.Context(), next.(challenge.Code).Answer("123456"))
	if err != nil || tokens == nil {
		t.Errorf("the third attempt did not sign in: %v", err)
	}
}

// A sign-up, and a sign-in by a session that works once, are no less spent.
func TestOtherRequestsSentOnce(t *testing.T) {
	t.Parallel()
	url, count := cognitoWith(t, map[string]fault{"SignUp": cutConnection, "ConfirmSignUp": answers(200, `{"Session":"s"}`), "InitiateAuth": cutConnection, "ConfirmDevice": cutConnection})
	accounts, err := auth.NewAccounts(sdkFor(url), testClient)
	if err != nil {
		t.Fatal(err)
	}
	_, err = accounts.SignUp(t.Context(), "u", "p", nil)
	wantReason(t, err, auth.ErrOutcomeUnknown)
	confirmed, err := accounts.ConfirmSignUp(t.Context(), "u", "123456")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = newClient(t, sdkFor(url)).Begin(t.Context(), auth.AfterSignUp(confirmed))
	wantReason(t, err, auth.ErrOutcomeUnknown)
	if count("SignUp") != 1 || count("InitiateAuth") != 1 {
		t.Errorf("SignUp was sent %d times, InitiateAuth %d", count("SignUp"), count("InitiateAuth"))
	}
}

// The choice of a password is accepted, the proof that follows is throttled: the
// session is spent, so there is nothing to answer again.
func TestSecondCallOfAnAnswerFails(t *testing.T) {
	t.Parallel()
	for _, f := range []fault{exception(400, "TooManyRequestsException"), exception(500, "InternalErrorException"), cutConnection} {
		var calls atomic.Int64
		url, _ := cognitoWith(t, map[string]fault{
			"InitiateAuth": answers(200, `{"ChallengeName":"PASSWORD_SRP","Session":"s"}`),
			"RespondToAuthChallenge": func(w http.ResponseWriter, r *http.Request) {
				if calls.Add(1) > 1 {
					f(w, r)
					return
				}
				answers(200, `{"ChallengeName":"PASSWORD_VERIFIER","ChallengeParameters":{"USER_ID_FOR_SRP":"u","SALT":"ab","SRP_B":"abcd","SECRET_BLOCK":"AAAA"}}`)(w, r)
			},
		})
		c := newClient(t, sdkFor(url))
		_, next, err := c.Begin(t.Context(), auth.UserAuth("u"))
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = c.Respond(t.Context(), next.(*challenge.Password).Answer("p"))
		if e := wantReason(t, err, auth.ErrStartOver); e.Challenge != nil {
			t.Errorf("holds %v", e.Challenge)
		}
	}
}

func TestUnreadableReplyToBegin(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"ChallengeName":`, "<html>", `{"ChallengeParameters":{"a":{}}}`} {
		url, _ := cognitoWith(t, map[string]fault{"InitiateAuth": answers(200, body)})
		_, _, err := newClient(t, sdkFor(url)).Begin(t.Context(), auth.Password("u", "p"))
		wantReason(t, err, auth.ErrMalformed)
	}
}

// Requests that spend nothing keep the SDK's behaviour.
func TestBeginIsResent(t *testing.T) {
	t.Parallel()
	url, count := cognitoWith(t, map[string]fault{"InitiateAuth": exception(500, "InternalErrorException")})
	_, _, err := newClient(t, sdkFor(url)).Begin(t.Context(), auth.Password("u", "p"))
	wantReason(t, err, auth.ErrBackOff)
	if count("InitiateAuth") != 3 {
		t.Errorf("sent %d times", count("InitiateAuth"))
	}
}

// The authenticator is set up and the last call fails: whatever the failure, the
// answer is spent.
func TestHalfDoneSetUp(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fault{
		"internal error": exception(500, "InternalErrorException"),
		"throttled":      exception(400, "TooManyRequestsException"),
		"connection cut": cutConnection,
		"refused":        exception(400, "NotAuthorizedException"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, count := cognitoWith(t, map[string]fault{
				"InitiateAuth":           answers(200, setUpReply),
				"AssociateSoftwareToken": answers(200, `{"SecretCode":"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ","Session":"session-2"}`),
				"VerifySoftwareToken":    answers(200, `{"Status":"SUCCESS","Session":"session-3"}`),
				"RespondToAuthChallenge": f,
			})
			c := newClient(t, sdkFor(url))
			_, next, err := c.Begin(t.Context(), auth.Password("u", "p"))
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = c.Respond(t.Context(), next.(*challenge.SetUpTOTP).Answer("123456", ""))
			e := wantReason(t, err, auth.ErrStartOver)
			if e.Challenge != nil || !strings.Contains(e.Error(), "authenticator is set up") {
				t.Errorf("holds %v, says %v", e.Challenge, e)
			}
			if count("VerifySoftwareToken") != 1 {
				t.Errorf("verified %d times", count("VerifySoftwareToken"))
			}
		})
	}
}

// Without credentials the SDK's client would send Admin requests unsigned.
func TestAdminWithoutCredentials(t *testing.T) {
	t.Parallel()
	url, count := cognitoWith(t, map[string]fault{"AdminInitiateAuth": answers(200, tokenReply)})
	for name, tt := range map[string]struct {
		credentials aws.CredentialsProvider
		ok          bool
	}{
		"none":      {nil, false},
		"anonymous": {aws.AnonymousCredentials{}, false},
		"failing": {aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{}, errors.New("no role")
		}), false},
		"static": {credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""), true},
	} {
		t.Run(name, func(t *testing.T) {
			before := count("AdminInitiateAuth")
			sdk := sdkFor(url, func(o *cip.Options) { o.Credentials = tt.credentials })
			c := newClient(t, sdk, func(o *auth.Options) { o.Admin = sdk })
			tokens, next, err := c.Begin(t.Context(), auth.Password("u", "p"))
			exactlyOne(t, tokens, next, err)
			sent := count("AdminInitiateAuth") - before
			if tt.ok {
				if err != nil || sent != 1 {
					t.Errorf("sent %d times, %v", sent, err)
				}
				return
			}
			wantReason(t, err, auth.ErrConfig)
			if sent != 0 {
				t.Errorf("sent %d times", sent)
			}
		})
	}
}

// An API that is not the SDK's client tells nothing of what it sent.
func TestForeignAPI(t *testing.T) {
	t.Parallel()
	api := &script{
		initiate: raises("SOFTWARE_TOKEN_MFA", "session", nil),
		respond: func(*cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
			return nil, io.ErrUnexpectedEOF
		},
	}
	c := newClient(t, api)
	_, next, err := c.Begin(t.Context(), auth.Password("u", "p"))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = c.Respond(t.Context(), next.(challenge.Code).Answer("123456"))
	wantReason(t, err, auth.ErrOutcomeUnknown)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
	api.respond = func(*cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
		return nil, &types.CodeMismatchException{Message: aws.String("x")}
	}
	_, _, err = c.Respond(t.Context(), next.(challenge.Code).Answer("123456"))
	wantReason(t, err, auth.ErrCode)
	var mismatch *types.CodeMismatchException
	if !errors.As(err, &mismatch) {
		t.Error("the SDK's type is lost")
	}
}

// bodies is an HTTP client that looks at each request's body on its way.
type bodies struct {
	http.Client
	seen func(io.ReadCloser)
}

func (b *bodies) Do(r *http.Request) (*http.Response, error) {
	b.seen(r.Body)
	return b.Client.Do(r)
}

// A body with a WriteTo method can cost the reply: see withoutWriterTo. The
// SDK's own has one, which is what this package hides from net/http; each
// attempt still sends the whole body.
func TestBodiesCanOnlyBeRead(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	url, _ := cognitoWith(t, map[string]fault{"InitiateAuth": func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength < 50 {
			t.Errorf("the body has %d bytes", r.ContentLength)
		}
		if calls.Add(1) < 3 {
			exception(400, "TooManyRequestsException")(w, r)
			return
		}
		answers(200, tokenReply)(w, r)
	}})
	writerTo := 0
	client := &bodies{seen: func(body io.ReadCloser) {
		if _, ok := body.(io.WriterTo); ok {
			writerTo++
		}
	}}
	sdk := sdkFor(url, func(o *cip.Options) { o.HTTPClient = client })
	if _, _, err := newClient(t, sdk).Begin(t.Context(), auth.Password("u", "p")); err != nil {
		t.Fatal(err)
	}
	if writerTo != 0 || calls.Load() != 3 {
		t.Errorf("%d of %d bodies have WriteTo", writerTo, calls.Load())
	}
	_, err := sdk.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
		AuthFlow: types.AuthFlowTypeUserPasswordAuth, ClientId: aws.String("c"), AuthParameters: map[string]string{"USERNAME": "u", "PASSWORD": "a password that fills the body"},
	})
	if err != nil || writerTo != 1 {
		t.Errorf("%v; the SDK's own bodies have no WriteTo any more: withoutWriterTo may go", err)
	}
}
