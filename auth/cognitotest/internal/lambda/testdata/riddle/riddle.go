// Package riddle is a Lambda function for the triggers of custom challenges, whose
// tests run it in their own process and as an executable. The right answer is "42".
package riddle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

type event struct {
	Source  string `json:"triggerSource"`
	User    string `json:"userName"`
	Request struct {
		Session []struct {
			Name   string `json:"challengeName"`
			Result bool   `json:"challengeResult"`
		} `json:"session"`
		Answer  string            `json:"challengeAnswer"`
		Private map[string]string `json:"privateChallengeParameters"`
	} `json:"request"`
}

// Invoke answers an event. A sign-in that may not be is refused by the user's name.
func Invoke(_ context.Context, payload []byte) ([]byte, error) {
	var e event
	var whole map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(payload, &e), json.Unmarshal(payload, &whole)); err != nil {
		return nil, err
	}
	if e.User == "eve" {
		return nil, fmt.Errorf("%s is not welcome", e.User)
	}
	if response, ok := answer(e); ok {
		whole["response"] = json.RawMessage(response)
	}
	return json.Marshal(whole)
}

func answer(e event) (response string, ok bool) {
	switch e.Source {
	case "DefineAuthChallenge_Authentication":
		last := len(e.Request.Session) - 1
		switch {
		case last >= 0 && e.Request.Session[last].Result:
			return `{"issueTokens":true,"failAuthentication":false}`, true
		case last >= 2:
			return `{"issueTokens":false,"failAuthentication":true}`, true
		}
		return `{"challengeName":"CUSTOM_CHALLENGE","issueTokens":false,"failAuthentication":false}`, true
	case "CreateAuthChallenge_Authentication":
		return `{"publicChallengeParameters":{"question":"6 x 7"},"privateChallengeParameters":{"answer":"42"},"challengeMetadata":"RIDDLE"}`, true
	case "VerifyAuthChallengeResponse_Authentication":
		return fmt.Sprintf(`{"answerCorrect":%t}`, e.Request.Answer == e.Request.Private["answer"]), true
	}
	return "", false
}
