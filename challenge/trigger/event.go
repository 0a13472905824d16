package trigger

import (
	"bytes"
	"encoding/json"
	"errors"
)

// An event is what Cognito calls a trigger with.
//
// Cognito refuses an event that comes back with members missing, or with null
// where there was nothing ("Unrecognizable lambda output"), which is what
// decoding into structs and encoding them again makes of it. So the bytes are
// kept, and only those of the response are replaced.
type event struct {
	raw        []byte
	start, end int // of the value of "response" in raw
	source     string
	user       User
	request    object
}

// An object has the members of a JSON object by their exact names: a decoder
// that folds case would let "ChallengeAnswer" replace "challengeAnswer".
type object map[string]json.RawMessage

// ErrEvent is returned for what is no event of a trigger that this Handler
// serves. Cognito shows the text to the client.
var ErrEvent = errors.New("trigger: the event is malformed or of a trigger that is not served here")

func parse(raw []byte) (*event, error) {
	e := &event{raw: raw}
	top, err := e.members()
	if err != nil {
		return nil, err
	}
	var caller object
	e.source, _ = top.text("triggerSource")
	e.user.Region, _ = top.text("region")
	e.user.PoolID, _ = top.text("userPoolId")
	e.user.Name, _ = top.text("userName")
	if e.request = top.object("request"); e.request == nil {
		return nil, ErrEvent
	}
	if caller = top.object("callerContext"); caller == nil {
		return nil, ErrEvent
	}
	e.user.ClientID, _ = caller.text("clientId")
	if e.source == "" || e.user.PoolID == "" || e.user.Name == "" {
		return nil, ErrEvent
	}
	e.user.Attributes = e.request.texts("userAttributes")
	if e.user.Unknown, err = e.request.flag("userNotFound"); err != nil {
		return nil, err
	}
	return e, nil
}

// members reads the top level and notes where the response lies.
func (e *event) members() (object, error) {
	d := json.NewDecoder(bytes.NewReader(e.raw))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, ErrEvent
	}
	top := object{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, ErrEvent
		}
		name, _ := key.(string) // a key is a string, or Token has failed
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, ErrEvent
		}
		if _, twice := top[name]; twice {
			return nil, ErrEvent // which of the two Cognito means nobody knows
		}
		top[name] = value
		if name == "response" {
			e.end = int(d.InputOffset())
			e.start = e.end - len(value)
		}
	}
	if _, err := d.Token(); err != nil || e.end == 0 || len(bytes.TrimSpace(e.raw[d.InputOffset():])) > 0 {
		return nil, ErrEvent
	}
	return top, nil
}

// reply returns the event with this response.
func (e *event) reply(response any) ([]byte, error) {
	filled, err := json.Marshal(response)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(e.raw)-(e.end-e.start)+len(filled))
	out = append(out, e.raw[:e.start]...)
	out = append(out, filled...)
	return append(out, e.raw[e.end:]...), nil
}

// text returns a member that is a string.
func (o object) text(name string) (string, bool) {
	var s *string
	if json.Unmarshal(o[name], &s) != nil || s == nil {
		return "", false
	}
	return *s, true
}

// object returns a member that is an object, or nil.
func (o object) object(name string) object {
	var v object
	if json.Unmarshal(o[name], &v) != nil {
		return nil
	}
	return v
}

// texts returns the members of an object that are strings. One that is none
// must not cost a user the sign-in: attributes are the pool's own business.
func (o object) texts(name string) map[string]string {
	members := o.object(name)
	texts := make(map[string]string, len(members))
	for k := range members {
		if s, ok := members.text(k); ok {
			texts[k] = s
		}
	}
	return texts
}

// flag returns a boolean, false if it is absent or null.
func (o object) flag(name string) (bool, error) {
	raw, ok := o[name]
	if !ok {
		return false, nil
	}
	var b bool
	if json.Unmarshal(raw, &b) != nil {
		return false, ErrEvent
	}
	return b, nil
}

// rounds returns the session list. What is there and cannot be read is an
// error: to skip it would be to decide upon another list.
func (e *event) rounds(k keys) ([]Round, error) {
	raw, ok := e.request["session"]
	if !ok {
		return nil, ErrEvent
	}
	var entries []object
	if json.Unmarshal(raw, &entries) != nil {
		return nil, ErrEvent
	}
	rounds := make([]Round, 0, len(entries))
	asked := 0
	for _, entry := range entries {
		name, ok := entry.text("challengeName")
		correct, err := entry.flag("challengeResult")
		if !ok || err != nil {
			return nil, ErrEvent
		}
		r := Round{Challenge: name, Correct: correct}
		if roles[name] == custom {
			metadata, _ := entry.text("challengeMetadata")
			if m, ok := k.read(metadata, inMetadata, e.user); ok && m.number == asked {
				r.Method, r.Resends, r.State = m.method, m.resends, m.state
			}
			asked++
		}
		rounds = append(rounds, r)
	}
	return rounds, nil
}
