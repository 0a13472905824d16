package challenge

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// The form of tokens inside a token is that of a step, see there. The tags of
// the three tokens are repeated, once for each part between dots: parts are
// base64, whose text need not be kept.
const (
	tagID          = 1
	tagAccess      = 2
	tagRefresh     = 3
	tagTokenEnd    = 4 // varint, seconds since 1970
	tagUser        = 5
	tagGroupKey    = 6
	tagDeviceName  = 7
	tagNewDevice   = 8
	yes            = "y"
	tokenSeparator = "."
)

func init() {
	wire.SealTokens = func(sealer any, t wire.Tokens, to wire.Binding) (string, error) {
		s, _ := sealer.(*Sealer)
		if s == nil {
			return "", errNoSealer
		}
		return s.seal(marshalTokens(t), sealedFor("tokens", to))
	}
	wire.OpenTokens = func(sealer any, token string, to wire.Binding) (wire.Tokens, error) {
		s, _ := sealer.(*Sealer)
		if s == nil || s.ciphers.IsZero() {
			return wire.Tokens{}, errNoSealer
		}
		plain, err := s.unseal(token, sealedFor("tokens", to))
		if err != nil {
			return wire.Tokens{}, err
		}
		t, err := unmarshalTokens(plain)
		if err != nil {
			return wire.Tokens{}, ErrOpen
		}
		return t, nil
	}
}

func marshalTokens(t wire.Tokens) []byte {
	var b []byte
	for tag, token := range map[byte]string{tagID: t.ID, tagAccess: t.Access, tagRefresh: t.Refresh} {
		parts := strings.Split(token, tokenSeparator)
		if slices.Contains(parts, "") {
			parts = []string{token} // an empty field is no field
		}
		for _, part := range parts {
			b = appendField(b, tag, part)
		}
	}
	b = appendField(b, tagTokenEnd, string(binary.AppendVarint(nil, t.Expires.Unix())))
	b = appendField(b, tagUser, t.Username)
	b = appendField(b, tagGroupKey, t.DeviceGroup)
	b = appendField(b, tagDeviceName, t.DeviceKey)
	if t.NewDevice {
		b = appendField(b, tagNewDevice, yes)
	}
	return b
}

// unmarshalTokens reads what marshalTokens wrote.
func unmarshalTokens(b []byte) (wire.Tokens, error) {
	fields := make(map[byte][]string)
	for len(b) > 0 {
		tag, value, rest, err := cutField(b)
		if err != nil || tag < tagID || tag > tagNewDevice || value == "" {
			return wire.Tokens{}, errStep
		}
		fields[tag] = append(fields[tag], value)
		b = rest
	}
	for tag, values := range fields {
		if tag > tagRefresh && len(values) > 1 {
			return wire.Tokens{}, errStep
		}
	}
	text := func(tag byte) string { return strings.Join(fields[tag], tokenSeparator) }
	end, err := unmarshalTime(text(tagTokenEnd))
	if err != nil {
		return wire.Tokens{}, errStep
	}
	return wire.Tokens{
		ID: text(tagID), Access: text(tagAccess), Refresh: text(tagRefresh), Expires: end, Username: text(tagUser),
		DeviceGroup: text(tagGroupKey), DeviceKey: text(tagDeviceName), NewDevice: text(tagNewDevice) == yes,
	}, nil
}
