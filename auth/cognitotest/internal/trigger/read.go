package trigger

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// read takes the response out of what a function returned. The service refuses
// an event that comes back without one of its members, or with a null where
// there was nothing: what structs with nil maps write. Reports of
// "Unrecognizable lambda output" come from there.
func (r Runner) read(event, out []byte, response any) error {
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
		if !r.NullMembers && addsNull(sent[member], got[member]) {
			return wire.LambdaOutput
		}
	}
	// A number for a string, a list for a map: null alone stands for absent.
	if exactly(got["response"], reflect.ValueOf(response).Elem()) != nil {
		return wire.LambdaOutput
	}
	return nil
}

// exactly fills out a struct, those within it too, from the members of just the
// names in its tags. encoding/json would take "AnswerCorrect" for "answerCorrect";
// the service does not. A json.RawMessage is told null from nothing.
func exactly(raw json.RawMessage, v reflect.Value) error {
	switch {
	case v.Type() == reflect.TypeFor[json.RawMessage]():
		v.SetBytes(raw)
		return nil
	case isNull(raw):
		return nil
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return exactly(raw, v.Elem())
	case v.Kind() != reflect.Struct:
		return json.Unmarshal(raw, v.Addr().Interface())
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	for i := range v.NumField() {
		member, ok := members[v.Type().Field(i).Tag.Get("json")]
		if !ok {
			continue
		}
		if err := exactly(member, v.Field(i)); err != nil {
			return err
		}
	}
	return nil
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
