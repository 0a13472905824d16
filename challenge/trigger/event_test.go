package trigger_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// An event as no encoder would write it: spaces, members nobody knows, numbers
// that a float64 does not hold, escapes, the response not last.
const oddEvent = "\n { \"version\" : \"1\",\t\"triggerSource\":\"DefineAuthChallenge_Authentication\", \"futureMember\": [1e400, 12345678901234567890, null],\n" +
	`"response" :  {"challengeName": null , "issueTokens":null,"failAuthentication":null}  , "region":"eu-west-1","userPoolId":"p",` +
	`"userName":"\u00e9\ud83d\udc8c<&>","callerContext":{"awsSdkVersion":"x","clientId":"c", "new":{}},"\u0000":"\ud800",` +
	`"request":{"userAttributes":{"sub":"s","odd":7},"session":[{"challengeName":"SRP_A","challengeResult":true,"challengeMetadata":null}],"userNotFound":false}}` + " \r\n"

func TestByteForByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	out, err := w.Invoke(t.Context(), []byte(oddEvent))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(oddEvent, `{"challengeName": null , "issueTokens":null,"failAuthentication":null}`,
		`{"challengeName":"PASSWORD_VERIFIER","issueTokens":false,"failAuthentication":false}`, 1)
	if diff := cmp.Diff(want, string(out)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// deviations from one good event.
func TestEvents(t *testing.T) {
	t.Parallel()
	const good = `{"version":"1","triggerSource":"DefineAuthChallenge_Authentication","region":"r","userPoolId":"p","userName":"u",` +
		`"callerContext":{"awsSdkVersion":"x","clientId":"c"},"request":{"userAttributes":{"sub":"s"},` +
		`"session":[{"challengeName":"SRP_A","challengeResult":true,"challengeMetadata":null}],"userNotFound":false},"response":{}}`
	type row struct{ old, new, want string } // want: "password", "failed", "malformed"
	for name, tc := range map[string]row{
		"good":                        {"", "", "password"},
		"null response":               {`"response":{}`, `"response":null`, "password"},
		"a number for a response":     {`"response":{}`, `"response":12`, "password"},
		"null attributes":             {`{"sub":"s"}`, `null`, "password"},
		"no attributes":               {`"userAttributes":{"sub":"s"},`, ``, "password"},
		"a list of attributes":        {`{"sub":"s"}`, `["sub"]`, "password"},
		"odd attributes":              {`{"sub":"s"}`, `{"sub":7,"x":{}}`, "password"},
		"null clientMetadata":         {`"userNotFound"`, `"clientMetadata":null,"userNotFound"`, "password"},
		"odd clientMetadata":          {`"userNotFound"`, `"clientMetadata":{"method":{},"action":7},"userNotFound"`, "password"},
		"null clientId":               {`"clientId":"c"`, `"clientId":null`, "password"},
		"null userNotFound":           {`"userNotFound":false`, `"userNotFound":null`, "password"},
		"no userNotFound":             {`,"userNotFound":false`, ``, "password"},
		"null region":                 {`"region":"r"`, `"region":null`, "password"},
		"an empty session":            {`[{"challengeName":"SRP_A","challengeResult":true,"challengeMetadata":null}]`, `[]`, "failed"},
		"a null session":              {`[{"challengeName":"SRP_A","challengeResult":true,"challengeMetadata":null}]`, `null`, "failed"},
		"no result":                   {`"challengeResult":true,`, ``, "failed"},
		"a null result":               {`"challengeResult":true`, `"challengeResult":null`, "failed"},
		"the name of another case":    {`"SRP_A"`, `"srp_a"`, "failed"},
		"member names of a case":      {`"challengeResult":true`, `"ChallengeResult":true`, "failed"},
		"no session":                  {`"session":`, `"sesion":`, "malformed"},
		"a session of another kind":   {`[{"challengeName":"SRP_A","challengeResult":true,"challengeMetadata":null}]`, `{}`, "malformed"},
		"a null round":                {`{"challengeName":"SRP_A","challengeResult":true,"challengeMetadata":null}`, `null`, "malformed"},
		"a round of another kind":     {`{"challengeName":"SRP_A","challengeResult":true,"challengeMetadata":null}`, `"SRP_A"`, "malformed"},
		"no name":                     {`"challengeName":"SRP_A",`, ``, "malformed"},
		"a null name":                 {`"challengeName":"SRP_A"`, `"challengeName":null`, "malformed"},
		"a result that is text":       {`"challengeResult":true`, `"challengeResult":"true"`, "malformed"},
		"a result that is a number":   {`"challengeResult":true`, `"challengeResult":1`, "malformed"},
		"userNotFound that is text":   {`"userNotFound":false`, `"userNotFound":"false"`, "malformed"},
		"no request":                  {`"request":`, `"requests":`, "malformed"},
		"no callerContext":            {`"callerContext":`, `"x":`, "malformed"},
		"null callerContext":          {`{"awsSdkVersion":"x","clientId":"c"}`, `null`, "malformed"},
		"no response":                 {`,"response":{}`, ``, "malformed"},
		"two responses":               {`"response":{}`, `"response":{},"respons\u0065":{}`, "malformed"},
		"two requests":                {`"response":{}`, `"response":{},"request":{"session":[]}`, "malformed"},
		"no userName":                 {`"userName":"u",`, ``, "malformed"},
		"an empty userName":           {`"userName":"u"`, `"userName":""`, "malformed"},
		"no pool":                     {`"userPoolId":"p",`, ``, "malformed"},
		"no source":                   {`"triggerSource":"DefineAuthChallenge_Authentication",`, ``, "malformed"},
		"another trigger":             {`DefineAuthChallenge_Authentication`, `PreSignUp_SignUp`, "malformed"},
		"the source of another case":  {`DefineAuthChallenge_Authentication`, `defineauthchallenge_authentication`, "malformed"},
		"a second value":              {`"response":{}}`, `"response":{}}{}`, "malformed"},
		"a tail":                      {`"response":{}}`, `"response":{}}x`, "malformed"},
		"an unfinished one":           {`"response":{}}`, `"response":{}`, "malformed"},
		"a name that is no text":      {`"version":"1"`, `1:"1"`, "malformed"},
		"deep":                        {`"response":{}`, `"response":` + strings.Repeat("[", 20000), "malformed"},
		"create for another":          {`DefineAuthChallenge`, `CreateAuthChallenge`, "malformed"},
		"create for a custom one now": {`DefineAuthChallenge_Authentication","region":"r","userPoolId":"p","userName":"u","callerContext":{"awsSdkVersion":"x","clientId":"c"},"request":{`, `CreateAuthChallenge_Authentication","region":"r","userPoolId":"p","userName":"u","callerContext":{"awsSdkVersion":"x","clientId":"c"},"request":{"challengeName":"CUSTOM_CHALLENGE",`, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			event := strings.Replace(good, tc.old, tc.new, 1)
			if name != "good" && event == good {
				t.Fatal("the row changes nothing")
			}
			out, err := newWorld(t, 1).Invoke(t.Context(), []byte(event))
			got := "malformed"
			switch {
			case err == nil && bytes.Contains(out, []byte(`{"challengeName":"PASSWORD_VERIFIER","issueTokens":false,"failAuthentication":false}`)):
				got = "password"
			case err == nil && bytes.Contains(out, []byte(`{"issueTokens":false,"failAuthentication":true}`)):
				got = "failed"
			case !errors.Is(err, trigger.ErrEvent):
				got = string(out)
			}
			if got != tc.want {
				t.Errorf("got %s, %v; want %s", got, err, tc.want)
			}
		})
	}
	for _, raw := range []string{"", "null", "[]", `"x"`, "{", "{}", "\x00", `{"a"`, `{"a":`} {
		if out, err := newWorld(t, 1).Invoke(t.Context(), []byte(raw)); !errors.Is(err, trigger.ErrEvent) || out != nil {
			t.Errorf("%q: %q, %v", raw, out, err)
		}
	}
}

// What comes in is hostile: an error, or the same bytes but for the response;
// and tokens only for a session list that an independent reader finds in order.
func FuzzInvoke(f *testing.F) {
	w := newWorld(f, 2)
	begun := w.srp("ann", trigger.Choose("mail"))
	metadata, private := begun.metadata, begun.private
	round := func(name string, correct bool, metadata any) fields {
		return fields{"challengeName": name, "challengeResult": correct, "challengeMetadata": metadata}
	}
	proven := []any{round("SRP_A", true, nil), round("PASSWORD_VERIFIER", true, nil)}
	events := [][]byte{
		[]byte(oddEvent), []byte("{}"), nil,
		begun.event("DefineAuthChallenge", nil, fields{"session": []any{}}),
		begun.event("DefineAuthChallenge", nil, fields{"session": proven}),
		begun.event("DefineAuthChallenge", nil, fields{"session": append(proven, round("CUSTOM_CHALLENGE", true, metadata))}),
		begun.event("DefineAuthChallenge", trigger.Resend(), fields{"session": append(proven, round("CUSTOM_CHALLENGE", false, metadata))}),
		begun.event("DefineAuthChallenge", nil, fields{"session": []any{round("CUSTOM_CHALLENGE", true, metadata)}}),
		begun.event("CreateAuthChallenge", trigger.Choose("card"), fields{"session": proven, "challengeName": "CUSTOM_CHALLENGE"}),
		begun.event("VerifyAuthChallengeResponse", nil, fields{"privateChallengeParameters": private, "challengeAnswer": "42"}),
		begun.event("VerifyAuthChallengeResponse", nil, fields{"privateChallengeParameters": private, "challengeAnswer": []int{42}}),
	}
	if len(events) < 10 {
		f.Fatal("the seeds are gone")
	}
	for _, e := range events {
		f.Add(e)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, err := newWorld(t, 2).Invoke(t.Context(), raw)
		if err != nil {
			if !errors.Is(err, trigger.ErrEvent) && !errors.Is(err, trigger.ErrUnavailable) {
				t.Errorf("another error: %v", err)
			}
			return
		}
		var before, after map[string]json.RawMessage
		if err := errors.Join(json.Unmarshal(raw, &before), json.Unmarshal(out, &after)); err != nil {
			t.Fatal(err)
		}
		response := after["response"]
		delete(before, "response")
		delete(after, "response")
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("the event has changed (-before +after):\n%s", diff)
		}
		var d struct{ IssueTokens bool }
		if json.Unmarshal(response, &d) != nil || !d.IssueTokens {
			return
		}
		var e struct {
			Request struct {
				UserNotFound bool
				Session      []struct {
					ChallengeName     string
					ChallengeResult   bool
					ChallengeMetadata string
				}
			}
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		s := e.Request.Session
		if e.Request.UserNotFound || len(s) < 3 || s[0].ChallengeName != "SRP_A" || s[1].ChallengeName != "PASSWORD_VERIFIER" ||
			!s[1].ChallengeResult || !strings.HasPrefix(s[2].ChallengeMetadata, "v1;") {
			t.Errorf("tokens for %s", raw)
		}
	})
}
