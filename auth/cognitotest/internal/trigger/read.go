package trigger

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// read takes the response out of what a function returned. The service refuses
// an event that comes back without one of its members, or with a null where
// there was nothing: what structs with nil maps write. Reports of
// "Unrecognizable lambda output" come from there.
func read(event, out []byte, response any) error {
	var sent, got map[string]json.RawMessage
	if json.Unmarshal(event, &sent) != nil || json.Unmarshal(out, &got) != nil || got == nil {
		return wire.LambdaOutput
	}
	for member := range sent {
		if raw, ok := got[member]; !ok || isNull(raw) {
			return wire.LambdaOutput
		}
	}
	for _, member := range []string{"request", "callerContext"} {
		if addsNull(sent[member], got[member]) {
			return wire.LambdaOutput
		}
	}
	// A number for a string, a list for a map: null alone stands for absent.
	exact, err := only(sent["response"], got["response"])
	if err != nil || json.Unmarshal(exact, response) != nil {
		return wire.LambdaOutput
	}
	return nil
}

// only keeps the members of a response that the event has. encoding/json would
// take "AnswerCorrect" for "answerCorrect"; the service does not.
func only(sent, got json.RawMessage) ([]byte, error) {
	var known, given map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(sent, &known), json.Unmarshal(got, &given)); err != nil {
		return nil, err
	}
	for member := range given {
		if _, ok := known[member]; !ok {
			delete(given, member)
		}
	}
	return json.Marshal(given)
}

// addsNull tells whether a member is null in got that was not so in sent. It
// looks at one level: nothing deeper has optional members but the entries of
// the session, whose metadata may be null from the start.
func addsNull(sent, got json.RawMessage) bool {
	var before, after map[string]json.RawMessage
	if json.Unmarshal(sent, &before) != nil || json.Unmarshal(got, &after) != nil {
		return true
	}
	for member, raw := range after {
		if isNull(raw) && !isNull(before[member]) {
			return true
		}
	}
	return false
}

func isNull(raw json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(raw), []byte("null")) }
