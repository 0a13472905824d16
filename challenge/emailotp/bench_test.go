package emailotp_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// BenchmarkRound is one question and its answer as the triggers see them: Define
// asks for the custom challenge, Create sends a code, Verify takes it, Define
// issues the tokens. What Cognito does between the four events is not counted,
// nor is what a mail server does.
func BenchmarkRound(b *testing.B) {
	now := time.Unix(1_700_000_000, 0)
	box, store := new(mailbox), trigger.NewMemory(func() time.Time { return now })
	method, err := emailotp.New(testKey, box, store)
	if err != nil {
		b.Fatal(err)
	}
	handler, err := trigger.New(testKey, store, []trigger.Method{method}, func(o *trigger.Options) {
		o.Now, o.Logger = func() time.Time { return now }, slog.New(slog.NewJSONHandler(io.Discard, nil))
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		now = now.Add(24 * time.Hour) // no cooldown and no limit of another round
		box.mails = box.mails[:0]
		b.StartTimer()
		if !round(b, handler, box) {
			b.Fatal("no tokens")
		}
	}
}

// round is Cognito and the user; it reports whether tokens were issued.
func round(b *testing.B, h *trigger.Handler, box *mailbox) bool {
	type object map[string]any
	judged := func(name, metadata string) object {
		return object{"challengeName": name, "challengeResult": true, "challengeMetadata": metadata}
	}
	var response struct {
		ChallengeName              string
		PrivateChallengeParameters map[string]string
		ChallengeMetadata          string
		AnswerCorrect, IssueTokens bool
	}
	invoke := func(source string, request object) {
		b.StopTimer()
		request["userAttributes"] = object{"sub": "sub-of-ann", "email": email, "email_verified": "true"}
		event, err := json.Marshal(object{
			"version": "1", "triggerSource": source + "_Authentication", "region": "eu-west-1", "userPoolId": "eu-west-1_Pool",
			"userName": username, "callerContext": object{"awsSdkVersion": "x", "clientId": "client"}, "request": request, "response": object{},
		})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		out, err := h.Invoke(context.Background(), event)
		b.StopTimer()
		whole := struct{ Response any }{&response}
		if err != nil || json.Unmarshal(out, &whole) != nil {
			b.Fatalf("%s: %v, %s", source, err, out)
		}
		b.StartTimer()
	}
	session := []object{judged("SRP_A", ""), judged("PASSWORD_VERIFIER", "")}
	invoke("DefineAuthChallenge", object{"session": session})
	invoke("CreateAuthChallenge", object{"session": session, "challengeName": response.ChallengeName})
	session = append(session, judged("CUSTOM_CHALLENGE", response.ChallengeMetadata))
	invoke("VerifyAuthChallengeResponse", object{"privateChallengeParameters": response.PrivateChallengeParameters, "challengeAnswer": box.mails[0].Code()})
	if !response.AnswerCorrect {
		b.Fatal("the code is wrong")
	}
	invoke("DefineAuthChallenge", object{"session": session})
	return response.IssueTokens
}
