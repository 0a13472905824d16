package cognitotest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/totp"
)

const custom = types.ChallengeNameTypeCustomChallenge

// respondWith returns a trigger that fills the response in and leaves the rest
// of the event byte for byte.
func respondWith(response func(event map[string]any) string) cognitotest.Trigger {
	return func(_ context.Context, event []byte) ([]byte, error) {
		var whole map[string]json.RawMessage
		var parsed map[string]any
		if err := errors.Join(json.Unmarshal(event, &whole), json.Unmarshal(event, &parsed)); err != nil {
			return nil, err
		}
		whole["response"] = json.RawMessage(response(parsed))
		return json.Marshal(whole)
	}
}

func rounds(event map[string]any) []any {
	return event["request"].(map[string]any)["session"].([]any)
}

// riddle is a custom challenge with three attempts, after SRP if that is how
// the sign-in began. The right answer is "42".
func riddle() cognitotest.Triggers {
	return cognitotest.Triggers{
		DefineAuthChallenge: respondWith(func(event map[string]any) string {
			wrong := 0
			for _, r := range rounds(event) {
				round := r.(map[string]any)
				switch {
				case round["challengeName"] != string(custom):
				case round["challengeResult"] == true:
					return `{"issueTokens":true,"failAuthentication":false}`
				default:
					wrong++
				}
			}
			switch {
			case wrong == 3:
				return `{"issueTokens":false,"failAuthentication":true}`
			case len(rounds(event)) == 1 && wrong == 0:
				return `{"challengeName":"PASSWORD_VERIFIER","issueTokens":false,"failAuthentication":false}`
			}
			return `{"challengeName":"CUSTOM_CHALLENGE","issueTokens":false,"failAuthentication":false}`
		}),
		CreateAuthChallenge: respondWith(func(map[string]any) string {
			return `{"publicChallengeParameters":{"question":"6 x 7"},"privateChallengeParameters":{"answer":"42"},"challengeMetadata":"RIDDLE"}`
		}),
		VerifyAuthChallengeResponse: respondWith(func(event map[string]any) string {
			request := event["request"].(map[string]any)
			if request["challengeAnswer"] == request["privateChallengeParameters"].(map[string]any)["answer"] {
				return `{"answerCorrect":true}`
			}
			return `{"answerCorrect":false}`
		}),
	}
}

// customSRP signs in as far as the first custom challenge, by way of SRP.
func (d *driver) customSRP(username, password string) (*cip.RespondToAuthChallengeOutput, error) {
	d.t.Helper()
	c := d.stock(username, password)
	params := c.GetAuthParams()
	params["CHALLENGE_NAME"] = "SRP_A"
	out, err := d.initiate(types.AuthFlowTypeCustomAuth, params)
	if err != nil {
		return nil, err
	}
	if out.ChallengeName != types.ChallengeNameTypePasswordVerifier {
		d.t.Fatalf("got %s, want PASSWORD_VERIFIER", out.ChallengeName)
	}
	return d.respond(out.ChallengeName, out.Session, d.claim(c, out.ChallengeParameters))
}

func (d *driver) answerCustom(session *string, username, answer string) (*cip.RespondToAuthChallengeOutput, error) {
	return d.respond(custom, session, d.signed(map[string]string{"USERNAME": username, "ANSWER": answer}))
}

func TestCustomAfterSRP(t *testing.T) {
	t.Parallel()
	for name, answers := range map[string][]string{
		"right": {"42"}, "wrong then right": {"1", "42"}, "last attempt": {"1", "2", "42"}, "exhausted": {"1", "2", "3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{Triggers: riddle()})
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
			out := must[*cip.RespondToAuthChallengeOutput](t)(d.customSRP("ann", password))
			for i, answer := range answers {
				want := map[string]string{"question": "6 x 7"} // no USERNAME, no private parameter
				if out.ChallengeName != custom || !cmp.Equal(out.ChallengeParameters, want) {
					t.Fatalf("round %d: got %s %v", i, out.ChallengeName, out.ChallengeParameters)
				}
				next, err := d.answerCustom(out.Session, "ann", answer)
				if name == "exhausted" && i == 2 {
					wantError(t, err, notAuthorized, incorrect)
				} else if err != nil {
					t.Fatal(err)
				}
				_, err = d.answerCustom(out.Session, "ann", answer)
				wantError(t, err, notAuthorized, "Invalid session for the user, session can only be used once.")
				if next != nil && next.Session != nil && *next.Session == *out.Session {
					t.Error("a round did not bring a new session")
				}
				out = next
			}
			if name != "exhausted" && out.AuthenticationResult == nil {
				t.Errorf("no tokens, but %s", out.ChallengeName)
			}
		})
	}
	d := drive(t, cognitotest.Config{Triggers: riddle()})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	_, err := d.customSRP("ann", wrongPassword)
	wantError(t, err, notAuthorized, incorrect)
}

// recorder keeps the events that triggers are given.
type recorder struct {
	mu     sync.Mutex
	events []string
}

func (r *recorder) record(next cognitotest.Trigger) cognitotest.Trigger {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		r.mu.Lock()
		r.events = append(r.events, string(event))
		r.mu.Unlock()
		return next(ctx, event)
	}
}

// The events, member for member, of a sign-in without SRP with one wrong
// answer. ClientMetadata of InitiateAuth reaches no trigger.
func TestTriggerEvents(t *testing.T) {
	t.Parallel()
	var seen recorder
	triggers := riddle()
	triggers.DefineAuthChallenge = seen.record(triggers.DefineAuthChallenge)
	triggers.CreateAuthChallenge = seen.record(triggers.CreateAuthChallenge)
	triggers.VerifyAuthChallengeResponse = seen.record(triggers.VerifyAuthChallengeResponse)
	d := drive(t, cognitotest.Config{Triggers: triggers, AliasAttributes: []types.AliasAttributeType{types.AliasAttributeTypeEmail}})
	d.pool.AddUser(cognitotest.User{Username: "Ann", Password: password, Attributes: map[string]string{
		"email": "ann@example.com", "email_verified": "true",
	}})
	metadata := map[string]string{"trace": "7"}
	in := must[*cip.InitiateAuthOutput](t)(d.sdk.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
		AuthFlow: types.AuthFlowTypeCustomAuth, ClientId: &d.client.ID, ClientMetadata: metadata,
		AuthParameters: map[string]string{"USERNAME": "ann@example.com"},
	}))
	if want := map[string]string{"question": "6 x 7", "USERNAME": "ann"}; !cmp.Equal(in.ChallengeParameters, want) {
		t.Errorf("parameters are %v, want the canonical username among them", in.ChallengeParameters)
	}
	must[*cip.RespondToAuthChallengeOutput](t)(d.sdk.RespondToAuthChallenge(t.Context(), &cip.RespondToAuthChallengeInput{
		ChallengeName: custom, ClientId: &d.client.ID, Session: in.Session, ClientMetadata: metadata,
		ChallengeResponses: map[string]string{"USERNAME": "ann", "ANSWER": "1"},
	}))

	sub := d.attribute("ann", "sub")
	event := func(source, request, response string) string {
		return `{"version":"1","triggerSource":"` + source + `_Authentication","region":"us-east-1","userPoolId":"` + d.pool.ID() +
			`","userName":"ann","callerContext":{"awsSdkVersion":"aws-sdk-unknown-unknown","clientId":"` + d.client.ID + `"},
			"request":{"userAttributes":{"sub":"` + sub + `","email":"ann@example.com","email_verified":"true",
			"cognito:user_status":"CONFIRMED","cognito:email_alias":"ann@example.com"},"userNotFound":false,` + request + `},"response":` + response + `}`
	}
	const (
		defineResponse = `{"challengeName":null,"issueTokens":null,"failAuthentication":null}`
		createResponse = `{"publicChallengeParameters":null,"privateChallengeParameters":null,"challengeMetadata":null}`
		oneRound       = `"session":[{"challengeName":"CUSTOM_CHALLENGE","challengeResult":false,"challengeMetadata":"RIDDLE"}]`
		withMetadata   = `,"clientMetadata":{"trace":"7"}`
	)
	want := []string{
		event("DefineAuthChallenge", `"session":[]`, defineResponse),
		event("CreateAuthChallenge", `"session":[],"challengeName":"CUSTOM_CHALLENGE"`, createResponse),
		event("VerifyAuthChallengeResponse",
			`"privateChallengeParameters":{"answer":"42"},"challengeAnswer":"1"`+withMetadata, `{"answerCorrect":null}`),
		event("DefineAuthChallenge", oneRound+withMetadata, defineResponse),
		event("CreateAuthChallenge", oneRound+withMetadata+`,"challengeName":"CUSTOM_CHALLENGE"`, createResponse),
	}
	if len(seen.events) != len(want) {
		t.Fatalf("%d events, want %d", len(seen.events), len(want))
	}
	for i, w := range want {
		var got, expected any
		if err := errors.Join(json.Unmarshal([]byte(seen.events[i]), &got), json.Unmarshal([]byte(w), &expected)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Errorf("event %d (-want +got):\n%s", i, diff)
		}
	}
}

// What a function may do wrong, and what the client is told. The sign-in ends,
// and its session is invalid, not merely used.
func TestTriggerFailures(t *testing.T) {
	t.Parallel()
	const unrecognizable = "Unrecognizable lambda output"
	replace := func(old, new string) cognitotest.Trigger {
		return func(_ context.Context, event []byte) ([]byte, error) {
			out := bytes.ReplaceAll(event, []byte(`{"answerCorrect":null}`), []byte(`{"answerCorrect":true}`))
			if !bytes.Contains(out, []byte(old)) {
				return nil, errors.New("nothing to replace")
			}
			return bytes.ReplaceAll(out, []byte(old), []byte(new)), nil
		}
	}
	constant := func(out string, err error) cognitotest.Trigger {
		return func(context.Context, []byte) ([]byte, error) { return []byte(out), err }
	}
	// Silence lasts by the clock, however busy the machine is; the machine's own
	// time only ends a test that hangs.
	const patience = 30 * time.Second
	silent := cognitotest.NewClock(morning)
	for name, row := range map[string]struct {
		trigger       cognitotest.Trigger
		code, message string
	}{
		"throws": {constant("", errors.New("no such table")), "UserLambdaValidationException",
			"VerifyAuthChallengeResponse failed with error no such table."},
		"panics": {func(context.Context, []byte) ([]byte, error) { panic("nil map") }, "UserLambdaValidationException",
			"VerifyAuthChallengeResponse failed with error nil map."},
		"is silent": {func(ctx context.Context, _ []byte) ([]byte, error) {
			silent.Advance(patience)
			<-ctx.Done()
			return nil, ctx.Err()
		},
			"UnexpectedLambdaException", "VerifyAuthChallengeResponse invocation failed due to error Socket timeout while invoking Lambda function."},
		"returns nothing":        {constant("", nil), "InvalidLambdaResponseException", unrecognizable},
		"returns null":           {constant("null", nil), "InvalidLambdaResponseException", unrecognizable},
		"returns a list":         {constant("[]", nil), "InvalidLambdaResponseException", unrecognizable},
		"returns response alone": {constant(`{"response":{"answerCorrect":true}}`, nil), "InvalidLambdaResponseException", unrecognizable},
		"drops callerContext":    {replace(`"callerContext"`, `"x"`), "InvalidLambdaResponseException", unrecognizable},
		"PascalCase":             {replace(`"callerContext"`, `"CallerContext"`), "InvalidLambdaResponseException", unrecognizable},
		"null clientMetadata": {replace(`"request":{`, `"request":{"clientMetadata":null,`),
			"InvalidLambdaResponseException", unrecognizable},
		"null clientId":           {replace(`"clientId":"`, `"clientId":null,"x":"`), "InvalidLambdaResponseException", unrecognizable},
		"string for boolean":      {replace(`{"answerCorrect":true}`, `{"answerCorrect":"true"}`), "InvalidLambdaResponseException", unrecognizable},
		"null response":           {replace(`{"answerCorrect":true}`, `null`), "InvalidLambdaResponseException", unrecognizable},
		"nothing wrong":           {replace(`{"answerCorrect":true}`, `{"answerCorrect":true,"extra":1}`), "", ""},
		"PascalCase is no answer": {replace(`{"answerCorrect":true}`, `{"AnswerCorrect":true}`), notAuthorized, incorrect},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			triggers := riddle()
			triggers.DefineAuthChallenge = respondWith(func(event map[string]any) string {
				if len(rounds(event)) == 0 {
					return `{"challengeName":"CUSTOM_CHALLENGE"}`
				}
				if rounds(event)[0].(map[string]any)["challengeResult"] == true {
					return `{"issueTokens":true}`
				}
				return `{"failAuthentication":true,"issueTokens":true}` // failing wins
			})
			triggers.VerifyAuthChallengeResponse = row.trigger
			cfg := cognitotest.Config{Triggers: triggers, TriggerTimeout: patience}
			if name == "is silent" {
				cfg.Clock = silent
			}
			d := drive(t, cfg)
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
			in := must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeCustomAuth, map[string]string{"USERNAME": "ann"}))
			out, err := d.answerCustom(in.Session, "ann", "42")
			if row.code == "" {
				if err != nil || out.AuthenticationResult == nil {
					t.Errorf("the good case failed: %v", err)
				}
				return
			}
			wantError(t, err, row.code, row.message)
			_, err = d.answerCustom(in.Session, "ann", "42")
			if row.code == notAuthorized {
				wantError(t, err, notAuthorized, "Invalid session for the user, session can only be used once.")
			} else {
				wantError(t, err, notAuthorized, "Invalid session for the user.")
			}
		})
	}
}

// Define leaving everything open is a failure like any other.
func TestDefineUndecided(t *testing.T) {
	t.Parallel()
	triggers := riddle()
	triggers.DefineAuthChallenge = respondWith(func(event map[string]any) string {
		if len(rounds(event)) == 0 {
			return `{"challengeName":"CUSTOM_CHALLENGE"}`
		}
		return `{"challengeName":null,"issueTokens":false,"failAuthentication":false}`
	})
	d := drive(t, cognitotest.Config{Triggers: triggers})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	in := must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeCustomAuth, map[string]string{"USERNAME": "ann"}))
	_, err := d.answerCustom(in.Session, "ann", "42")
	wantError(t, err, "InvalidLambdaResponseException", "Unrecognizable lambda output")
	_, err = d.answerCustom(in.Session, "ann", "42")
	wantError(t, err, notAuthorized, sessionInvalid)
}

// Where MFA takes its place among custom challenges: instead of them after SRP,
// behind them without.
func TestCustomAndMFA(t *testing.T) {
	t.Parallel()
	secret := totp.NewSecret()
	triggers := riddle()
	triggers.DefineAuthChallenge = respondWith(func(event map[string]any) string {
		switch n := len(rounds(event)); {
		case n == 0:
			return `{"challengeName":"CUSTOM_CHALLENGE"}`
		case rounds(event)[0].(map[string]any)["challengeName"] == "SRP_A" && n == 1:
			return `{"challengeName":"PASSWORD_VERIFIER"}`
		case rounds(event)[n-1].(map[string]any)["challengeName"] == "PASSWORD_VERIFIER":
			return `{"challengeName":"CUSTOM_CHALLENGE"}`
		}
		return `{"issueTokens":true}`
	})
	d := drive(t, cognitotest.Config{Triggers: triggers, MFA: types.UserPoolMfaTypeOptional, TOTP: true})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, TOTPSecret: secret})
	after := must[*cip.RespondToAuthChallengeOutput](t)(d.customSRP("ann", password))
	if after.ChallengeName != app {
		t.Fatalf("got %s after SRP", after.ChallengeName)
	}
	out := must[*cip.RespondToAuthChallengeOutput](t)(d.answerTOTP(after.Session, "ann", d.code(secret)))
	if out.AuthenticationResult == nil {
		t.Errorf("got %s after the code", out.ChallengeName)
	}
	in := must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeCustomAuth, map[string]string{
		"USERNAME": "ann", "CHALLENGE_NAME": "CUSTOM_CHALLENGE",
	}))
	out = must[*cip.RespondToAuthChallengeOutput](t)(d.answerCustom(in.Session, "ann", "42"))
	if out.ChallengeName != app {
		t.Errorf("got %q behind the custom challenge", out.ChallengeName)
	}
}

// Without a user, the triggers run and are told so, and no answer of theirs
// issues tokens.
func TestCustomUnknownUser(t *testing.T) {
	t.Parallel()
	var seen recorder
	triggers := riddle()
	triggers.DefineAuthChallenge = seen.record(respondWith(func(event map[string]any) string {
		if len(rounds(event)) == 0 {
			return `{"challengeName":"CUSTOM_CHALLENGE"}`
		}
		return `{"issueTokens":true}`
	}))
	d := drive(t, cognitotest.Config{Triggers: triggers})
	in := must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeCustomAuth, map[string]string{"USERNAME": "Nobody"}))
	if !strings.Contains(seen.events[0], `"userNotFound":true`) || !strings.Contains(seen.events[0], `"userName":"nobody"`) {
		t.Errorf("the event is %s", seen.events[0])
	}
	_, err := d.answerCustom(in.Session, in.ChallengeParameters["USERNAME"], "42")
	wantError(t, err, notAuthorized, incorrect)
}

func TestCustomRefused(t *testing.T) {
	t.Parallel()
	none := drive(t, cognitotest.Config{})
	none.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	_, err := none.initiate(types.AuthFlowTypeCustomAuth, map[string]string{"USERNAME": "ann"})
	wantError(t, err, "InvalidParameterException", "Custom auth lambda trigger is not configured for the user pool.")

	onlyCustom := cognitotest.ClientConfig{Flows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowCustomAuth}}
	for covers, want := range map[bool]string{false: "USER_SRP_AUTH is not enabled for the client.", true: ""} {
		d := drive(t, cognitotest.Config{Triggers: riddle(), Client: onlyCustom, CustomAuthCoversSRP: covers})
		d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
		_, err = d.customSRP("ann", password)
		if want != "" {
			wantError(t, err, "InvalidParameterException", want)
		} else if err != nil {
			t.Error(err)
		}
	}
	for name, define := range map[string]string{
		"nothing decided": `{}`, "unknown challenge": `{"challengeName":"PALM_READING"}`,
		"password without SRP_A": `{"challengeName":"PASSWORD_VERIFIER"}`,
	} {
		triggers := riddle()
		triggers.DefineAuthChallenge = respondWith(func(map[string]any) string { return define })
		d := drive(t, cognitotest.Config{Triggers: triggers})
		d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
		_, err := d.initiate(types.AuthFlowTypeCustomAuth, map[string]string{"USERNAME": "ann"})
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		wantError(t, err, "InvalidLambdaResponseException", "Unrecognizable lambda output")
	}
}
