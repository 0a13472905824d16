package lambda_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/challenge/trigger/dynamo"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// The users sign in by address, as in the templates.
const (
	ann      = "ann@example.com"
	bob      = "bob@example.com"
	password = "Correct-Horse-1"
)

// patience is how long a function may take on a busy machine. Only a test that moves
// the pool's clock has Cognito begin again.
const patience = time.Minute

// A farEnd is what a function asks beside AWS, and the user's way through it.
type farEnd struct {
	function string            // its directory
	env      map[string]string // what its template would set
	secret   string            // its far end's, in Secrets Manager
	// answer is what the user's program answers after somebody passed.
	answer func(w *world, c *challenge.Custom, who string) challenge.Answer
	// chooses says that whoever goes there may pass as anybody; unbound that an
	// answer is tied to the user, and not to the question.
	chooses, unbound bool
	// transplant puts an answer to another challenge into the form of one to c.
	transplant func(t *testing.T, c *challenge.Custom, answer string) string
	// method is the function's own method, in this process.
	method func(w *world, store trigger.Store) (trigger.Method, error)
	// rootCA, if there is one, is a file with the certificate of the far end.
	rootCA string
}

// A world is a user pool whose triggers are a function's executable.
type world struct {
	*testing.T
	farEnd
	cloud    *cloud
	function *cognitotest.LambdaFunction
	pool     *cognitotest.Pool
	client   *auth.Client
	log      syncBuffer

	mu sync.Mutex
	// around, if not nil, is called in place of the executable.
	around func(ctx context.Context, event []byte, next cognitotest.Trigger) ([]byte, error)
}

// syncBuffer is written by a process and read by the test.
type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

type setting func(env map[string]string, c *cognitotest.Config)

func newWorld(t *testing.T, f farEnd, settings ...setting) *world {
	t.Helper()
	path := executable(t, f.function)
	w := &world{T: t, farEnd: f, cloud: newCloud(t, readTemplate(t, f.function).actions(), f.secret)}
	cfg := cognitotest.Config{
		UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail}, CustomAttributes: []string{"blockid_sub"},
		CustomAuthCoversSRP: true, TriggerTimeout: patience,
		Client: cognitotest.ClientConfig{
			Flows:           []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowCustomAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
			SessionValidity: 10 * time.Minute,
		},
		Triggers: cognitotest.Triggers{DefineAuthChallenge: w.invoke, CreateAuthChallenge: w.invoke, VerifyAuthChallengeResponse: w.invoke},
	}
	env := w.environment()
	for _, change := range settings {
		change(env, &cfg)
	}
	w.function = cognitotest.Lambda(path, func(o *cognitotest.LambdaOptions) {
		o.Name, o.Region, o.Output, o.Env = f.function, "eu-west-1", &w.log, pairs(env)
		o.Timeout, o.InitTimeout = patience, patience
	})
	t.Cleanup(func() {
		if err := w.function.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the function's log:\n%s", w.log.String())
		}
	})
	w.pool = cognitotest.Start(t, cfg)
	for _, name := range []string{ann, bob} {
		who, _, _ := strings.Cut(name, "@")
		w.pool.AddUser(cognitotest.User{Username: name, Password: password, Attributes: map[string]string{
			"email_verified": "true", "custom:blockid_sub": "sub-" + who,
		}})
	}
	var err error
	if w.client, err = auth.New(w.pool.SDK(), w.pool.ID(), w.pool.Client().ID); err != nil {
		t.Fatal(err)
	}
	return w
}

// environment is the function's: what its template sets, and where the cloud is.
func (w *world) environment() map[string]string {
	env := map[string]string{
		"TABLE_NAME": tableName, "KEY_SECRET_ARN": keyARN, "GUARDED": "false",
		"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "SECRET", "AWS_ENDPOINT_URL": w.cloud.URL,
	}
	if w.rootCA != "" {
		env["SSL_CERT_FILE"] = w.rootCA
	}
	for name, value := range w.env {
		env[name] = value
	}
	return env
}

func pairs(env map[string]string) []string {
	var list []string
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}

func (w *world) invoke(ctx context.Context, event []byte) ([]byte, error) {
	w.mu.Lock()
	around := w.around
	w.mu.Unlock()
	if around == nil {
		return w.function.Invoke(ctx, event)
	}
	return around(ctx, event, w.function.Invoke)
}

func (w *world) surround(f func(ctx context.Context, event []byte, next cognitotest.Trigger) ([]byte, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.around = f
}

// isFor tells whose trigger an event is.
func isFor(event []byte, trigger string) bool {
	return strings.Contains(string(event), `"triggerSource":"`+trigger+`_`)
}

// store is the function's store, with another clock.
func (w *world) store(now func() time.Time) trigger.Store {
	w.Helper()
	s, err := dynamo.New(dynamodb.New(dynamodb.Options{
		Region: "eu-west-1", BaseEndpoint: &w.cloud.URL, Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", ""),
	}), tableName, now)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// begin gives the password, and returns the question.
func (w *world) begin(username string) *challenge.Custom {
	w.Helper()
	tokens, next, err := w.client.Begin(w.Context(), auth.CustomSRP(username, password))
	c, ok := next.(*challenge.Custom)
	if !ok {
		w.Fatalf("got tokens %t, challenge %v, error %v, want a custom challenge", tokens != nil, next, err)
	}
	return c
}

// passes demands tokens for an answer.
func (w *world) passes(a challenge.Answer) {
	w.Helper()
	tokens, next, err := w.client.Respond(w.Context(), a)
	if tokens == nil {
		w.Fatalf("no tokens, but %v, %v", next, err)
	}
}

// fails demands that an answer is wrong, and returns the question that follows.
func (w *world) fails(a challenge.Answer) *challenge.Custom {
	w.Helper()
	tokens, next, err := w.client.Respond(w.Context(), a)
	c, ok := next.(*challenge.Custom)
	if !ok {
		w.Fatalf("got tokens %t, challenge %v, error %v, want another attempt", tokens != nil, next, err)
	}
	return c
}

// ends demands that an answer ends the sign-in.
func (w *world) ends(a challenge.Answer) {
	w.Helper()
	tokens, next, err := w.client.Respond(w.Context(), a)
	if tokens != nil || next != nil || !errors.Is(err, auth.ErrStartOver) {
		w.Fatalf("got tokens %t, challenge %v, error %v, want auth.ErrStartOver", tokens != nil, next, err)
	}
}

// pass is the answer of who passes as somebody at the far end.
func (w *world) pass(c *challenge.Custom, who string) challenge.Answer {
	w.Helper()
	return w.answer(w, c, who)
}

// transplanted makes an answer to c of one to another challenge.
func (w *world) transplanted(c *challenge.Custom, answer string) challenge.Answer {
	if w.transplant != nil {
		answer = w.transplant(w.T, c, answer)
	}
	return c.Answer(answer)
}

// text is what an answer sends.
func text(a challenge.Answer) string { return wire.ReadAnswer(a).Responses[wire.KeyAnswer] }
