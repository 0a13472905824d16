package challenge

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// The form of a step inside a token: fields, each a tag, the length of the value
// as a varint, and the value; fields with nothing in them are left out. A
// tag that is not below makes the token one of another release, which does not
// open.
const (
	tagName          = 1
	tagSession       = 2 // as text
	tagSessionBase64 = 3 // decoded, to be shorter
	tagUsername      = 4
	tagClientID      = 5
	tagArrived       = 6 // varint, seconds since 1970
	tagExpires       = 7 // varint, seconds since 1970
	tagChosen        = 8
	tagSecretCode    = 9
	tagKey           = 10 // of a parameter; its value follows in
	tagValue         = 11
)

func marshalStep(s wire.Step) []byte {
	size := len(s.Name) + len(s.Session) + len(s.Username) + len(s.ClientID) + len(s.SecretCode) + 64
	for k, v := range s.Parameters {
		size += len(k) + len(v) + 8
	}
	b := make([]byte, 0, size)
	b = appendField(b, tagName, s.Name)
	// Cognito's sessions are URL-safe base64, a third longer than what they
	// encode; but only what decodes and encodes to the same text again is
	// stored in the shorter form.
	raw, err := base64.RawURLEncoding.DecodeString(s.Session)
	if err == nil && base64.RawURLEncoding.EncodeToString(raw) == s.Session {
		b = appendField(b, tagSessionBase64, string(raw))
	} else {
		b = appendField(b, tagSession, s.Session)
	}
	b = appendField(b, tagUsername, s.Username)
	b = appendField(b, tagClientID, s.ClientID)
	b = appendField(b, tagArrived, string(binary.AppendVarint(nil, s.Arrived.Unix())))
	b = appendField(b, tagExpires, string(binary.AppendVarint(nil, s.Expires.Unix())))
	b = appendField(b, tagChosen, s.Chosen)
	b = appendField(b, tagSecretCode, s.SecretCode)
	for _, key := range slices.Sorted(maps.Keys(s.Parameters)) {
		b = binary.AppendUvarint(append(b, tagKey), uint64(len(key)))
		b = append(b, key...)
		b = appendField(b, tagValue, s.Parameters[key])
	}
	return b
}

func appendField(b []byte, tag byte, value string) []byte {
	if value == "" {
		return b
	}
	b = binary.AppendUvarint(append(b, tag), uint64(len(value)))
	return append(b, value...)
}

var errStep = errors.New("challenge: malformed step")

// unmarshalStep reads what marshalStep wrote. It is careful although its input
// was authenticated: another release of this module, or another program with
// the same key, may have written it.
func unmarshalStep(b []byte) (wire.Step, error) {
	var s wire.Step
	var key string
	for len(b) > 0 {
		tag := b[0]
		size, n := binary.Uvarint(b[1:])
		if n <= 0 || size > uint64(len(b)-1-n) {
			return wire.Step{}, errStep
		}
		value := string(b[1+n : 1+n+int(size)])
		b = b[1+n+int(size):]
		var err error
		switch tag {
		case tagName:
			s.Name = value
		case tagSession:
			s.Session = value
		case tagSessionBase64:
			s.Session = base64.RawURLEncoding.EncodeToString([]byte(value))
		case tagUsername:
			s.Username = value
		case tagClientID:
			s.ClientID = value
		case tagArrived:
			s.Arrived, err = unmarshalTime(value)
		case tagExpires:
			s.Expires, err = unmarshalTime(value)
		case tagChosen:
			s.Chosen = value
		case tagSecretCode:
			s.SecretCode = value
		case tagKey, tagValue:
			// A parameter may be empty, and then its tagValue is not there.
			if s.Parameters == nil {
				s.Parameters = make(map[string]string)
			}
			if tag == tagKey {
				key, value = value, ""
			}
			s.Parameters[key] = value
		default:
			err = errStep
		}
		if err != nil {
			return wire.Step{}, err
		}
	}
	return s, nil
}

func unmarshalTime(value string) (time.Time, error) {
	seconds, n := binary.Varint([]byte(value))
	if n <= 0 || n != len(value) {
		return time.Time{}, errStep
	}
	return time.Unix(seconds, 0).UTC(), nil
}
