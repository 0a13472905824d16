package auth_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/totp"
)

// riddle is a factor of three triggers, as a team would write them: the answer
// is "mellon", three rounds at most, after the password if it was proved.
type riddle struct {
	mu       sync.Mutex
	metadata []map[string]string // the client metadata that each verification saw
}

type round struct {
	ChallengeName   string
	ChallengeResult bool
}

const maxRiddles = 3

func (r *riddle) triggers() cognitotest.Triggers {
	return cognitotest.Triggers{
		DefineAuthChallenge:         answering(r.define),
		CreateAuthChallenge:         answering(r.create),
		VerifyAuthChallengeResponse: answering(r.verify),
	}
}

type request struct {
	Session         []round
	ChallengeAnswer string
	ClientMetadata  map[string]string
}

// answering makes a trigger: it fills in the response and leaves the rest of the
// event alone.
func answering(f func(request) map[string]any) cognitotest.Trigger {
	return func(_ context.Context, event []byte) ([]byte, error) {
		var whole map[string]json.RawMessage
		var in struct{ Request request }
		if err := json.Unmarshal(event, &whole); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(event, &in); err != nil {
			return nil, err
		}
		response, err := json.Marshal(f(in.Request))
		if err != nil {
			return nil, err
		}
		whole["response"] = response
		return json.Marshal(whole)
	}
}

func (r *riddle) define(in request) map[string]any {
	rounds := in.Session
	if len(rounds) > 0 && rounds[0].ChallengeName == "SRP_A" {
		if len(rounds) == 1 {
			return map[string]any{"challengeName": "PASSWORD_VERIFIER", "issueTokens": false, "failAuthentication": false}
		}
		rounds = rounds[2:]
	}
	solved := len(rounds) > 0 && rounds[len(rounds)-1].ChallengeResult
	return map[string]any{
		"challengeName": "CUSTOM_CHALLENGE", "issueTokens": solved, "failAuthentication": !solved && len(rounds) == maxRiddles,
	}
}

func (r *riddle) create(request) map[string]any {
	return map[string]any{
		"publicChallengeParameters":  map[string]string{"riddle": "speak, friend, and enter"},
		"privateChallengeParameters": map[string]string{"answer": "mellon"},
	}
}

func (r *riddle) verify(in request) map[string]any {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.metadata = append(r.metadata, in.ClientMetadata)
	return map[string]any{"answerCorrect": in.ChallengeAnswer == "mellon"}
}

func TestCustomChallenge(t *testing.T) {
	t.Parallel()
	everyClient(t, func(t *testing.T, asAdmin bool, app cognitotest.ClientConfig) {
		w := newWorld(t, cognitotest.Config{Triggers: new(riddle).triggers(), Client: app}, asAdmin)
		w.AddUser(cognitotest.User{Username: username, Password: password})
		for name, first := range map[string]auth.FirstFactor{
			"after SRP": auth.CustomSRP(username, password), "alone": auth.Custom(username),
		} {
			t.Run(name, func(t *testing.T) {
				ask := as[*challenge.Custom](t, w.begin(t, first))
				if diff := cmp.Diff(map[string]string{"riddle": "speak, friend, and enter"}, ask.Parameters()); diff != "" {
					t.Errorf("parameters (-want +got):\n%s", diff)
				}
				w.done(t, ask.Answer("mellon"))

				ask = as[*challenge.Custom](t, w.begin(t, first))
				again := as[*challenge.Custom](t, w.next(t, ask.Answer("friend")))
				w.refused(t, ask.Answer("mellon"), auth.ErrStartOver, false) // that round is over
				w.done(t, again.Answer("mellon"))

				ask = as[*challenge.Custom](t, w.begin(t, first))
				for range maxRiddles - 1 {
					ask = as[*challenge.Custom](t, w.next(t, ask.Answer("friend")))
				}
				w.refused(t, ask.Answer("friend"), auth.ErrStartOver, false)
				w.refused(t, ask.Answer("mellon"), auth.ErrStartOver, false)
			})
		}
		_, _, err := w.client.Begin(t.Context(), auth.CustomSRP(username, "Wrong-Horse-7"))
		wantReason(t, err, auth.ErrCredentials)
	})
}

// Cognito puts its own second factor in place of the triggers' once the user
// has one.
func TestCustomWithMFA(t *testing.T) {
	t.Parallel()
	secret := totp.NewSecret()
	w := newWorld(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, TOTP: true, Triggers: new(riddle).triggers()}, !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password, TOTPSecret: secret})
	ask := as[*challenge.TOTPCode](t, w.begin(t, auth.CustomSRP(username, password)))
	w.done(t, ask.Answer(w.totp(t, secret)))
}

// An answer has metadata of its own, which neither the next answer nor whoever
// shares the options sees.
func TestClientMetadataOfOneAnswer(t *testing.T) {
	t.Parallel()
	everyClient(t, func(t *testing.T, asAdmin bool, app cognitotest.ClientConfig) {
		r := new(riddle)
		w := newWorld(t, cognitotest.Config{Triggers: r.triggers(), Client: app}, asAdmin)
		w.AddUser(cognitotest.User{Username: username, Password: password})
		answers := []func(*challenge.Custom) challenge.Answer{
			func(c *challenge.Custom) challenge.Answer {
				return c.Answer("friend").WithClientMetadata(map[string]string{"action": "resend", "device": "telephone"})
			},
			func(c *challenge.Custom) challenge.Answer { return c.Answer("friend") },
			func(c *challenge.Custom) challenge.Answer {
				return c.Answer("mellon").WithClientMetadata(map[string]string{"action": "a"}).WithClientMetadata(map[string]string{"action": "b"})
			},
		}
		options := map[string]string{"device": "kiosk"}
		tokens, err := w.client.SignIn(t.Context(), auth.CustomSRP(username, password), auth.Prompts{
			Custom: func(_ context.Context, c *challenge.Custom) (challenge.Answer, error) {
				answer := answers[0](c)
				answers = answers[1:]
				return answer, nil
			},
		}, func(o *auth.CallOptions) { o.ClientMetadata = options })
		if err != nil {
			t.Fatal(err)
		}
		w.verified(t, tokens)
		want := []map[string]string{{"action": "resend", "device": "telephone"}, {"device": "kiosk"}, {"action": "b", "device": "kiosk"}}
		if diff := cmp.Diff(want, r.metadata); diff != "" {
			t.Errorf("metadata (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]string{"device": "kiosk"}, options); diff != "" {
			t.Errorf("the caller's options changed (-want +got):\n%s", diff)
		}
	})
}

func TestClientMetadataReachesTheTriggers(t *testing.T) {
	t.Parallel()
	r := new(riddle)
	w := newWorld(t, cognitotest.Config{Triggers: r.triggers()}, !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password})
	tokens, err := w.client.SignIn(t.Context(), auth.CustomSRP(username, password), auth.Prompts{
		Custom: func(_ context.Context, c *challenge.Custom) (challenge.Answer, error) { return c.Answer("mellon"), nil },
	}, func(o *auth.CallOptions) { o.ClientMetadata = map[string]string{"device": "kiosk"} })
	if err != nil {
		t.Fatal(err)
	}
	w.verified(t, tokens)
	if diff := cmp.Diff([]map[string]string{{"device": "kiosk"}}, r.metadata); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
}
