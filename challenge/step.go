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
// as a varint, and the value; fields with nothing in them are left out. A tag
// that is not below makes the token one of another release, which does not open.
const (
	tagName       = 1
	tagSession    = 2
	tagUsername   = 3
	tagClientID   = 4
	tagArrived    = 5 // varint, seconds since 1970
	tagExpires    = 6 // varint, seconds since 1970
	tagChosen     = 7
	tagSecretCode = 8
	tagAvailable  = 9  // one entry
	tagKey        = 10 // of a parameter; its value follows in
	tagValue      = 11
	tagLostDevice = 12
)

// Cognito's sessions and secret blocks are base64 and its numbers hexadecimal,
// which is base64 to the decoder: a third longer than what they encode. Where a
// value decodes and encodes to the same text again, it is stored decoded, and
// the top bits of its tag say how. Others are stored as text.
var encodings = []struct {
	bits   byte
	base64 *base64.Encoding
}{
	{0x40, base64.RawURLEncoding},
	{0x80, base64.StdEncoding},
	{0xc0, base64.RawStdEncoding},
}

const encodingBits = 0xc0

func marshalStep(s wire.Step) []byte {
	var b []byte
	b = appendField(b, tagName, s.Name)
	b = appendField(b, tagSession, s.Session)
	b = appendField(b, tagUsername, s.Username)
	b = appendField(b, tagClientID, s.ClientID)
	b = appendField(b, tagArrived, string(binary.AppendVarint(nil, s.Arrived.Unix())))
	b = appendField(b, tagExpires, string(binary.AppendVarint(nil, s.Expires.Unix())))
	b = appendField(b, tagChosen, s.Chosen)
	b = appendField(b, tagSecretCode, s.SecretCode)
	b = appendField(b, tagLostDevice, s.LostDevice)
	for _, name := range s.Available {
		b = appendField(b, tagAvailable, name)
	}
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
	for _, e := range encodings {
		raw, err := e.base64.DecodeString(value)
		if err == nil && e.base64.EncodeToString(raw) == value {
			tag, value = tag|e.bits, string(raw)
			break
		}
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
		tag, value, rest, err := cutField(b)
		if err != nil {
			return wire.Step{}, err
		}
		b = rest
		switch tag {
		case tagName:
			s.Name = value
		case tagSession:
			s.Session = value
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
		case tagLostDevice:
			s.LostDevice = value
		case tagAvailable:
			if value == "" { // which marshalStep leaves out
				err = errStep
			}
			s.Available = append(s.Available, value)
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

// cutField takes the first field off.
func cutField(b []byte) (tag byte, value string, rest []byte, err error) {
	size, n := binary.Uvarint(b[1:])
	if n <= 0 || size > uint64(len(b)-1-n) {
		return 0, "", nil, errStep
	}
	raw, rest := b[1+n:1+n+int(size)], b[1+n+int(size):]
	for _, e := range encodings {
		if b[0]&encodingBits == e.bits {
			return b[0] &^ encodingBits, e.base64.EncodeToString(raw), rest, nil
		}
	}
	return b[0], string(raw), rest, nil
}

func unmarshalTime(value string) (time.Time, error) {
	seconds, n := binary.Varint([]byte(value))
	if n <= 0 || n != len(value) {
		return time.Time{}, errStep
	}
	return time.Unix(seconds, 0).UTC(), nil
}
