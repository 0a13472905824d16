package challenge

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// defaultDeviceValidity is what Cognito gives a refresh token by default
// (RefreshTokenValidity in the API reference of CreateUserPoolClient). Who may
// stay signed in for so long without any factor may as well sign in for so long
// with one.
const defaultDeviceValidity = 30 * 24 * time.Hour

// The form of a device inside a token is that of a step, see there.
const (
	tagDeviceGroup    = 1
	tagDeviceKey      = 2
	tagDevicePassword = 3
	tagDeviceSealed   = 4 // varint, seconds since 1970
)

var errNoSealer = errors.New("challenge: the Sealer is nil or a zero value: NewSealer makes one")

func init() {
	wire.SealDevice = func(sealer any, d wire.Device, to wire.Binding) (string, error) {
		s, _ := sealer.(*Sealer)
		if s == nil {
			return "", errNoSealer
		}
		return s.seal(marshalDevice(d, s.now()), sealedFor("device", to))
	}
	wire.OpenDevice = func(sealer any, token string, to wire.Binding) (wire.Device, error) {
		s, _ := sealer.(*Sealer)
		if s == nil || s.ciphers.IsZero() {
			return wire.Device{}, errNoSealer
		}
		return s.openDevice(token, to)
	}
}

func (s *Sealer) openDevice(token string, to wire.Binding) (wire.Device, error) {
	plain, err := s.unseal(token, sealedFor("device", to))
	if err != nil {
		return wire.Device{}, err
	}
	d, sealed, err := unmarshalDevice(plain)
	if err != nil {
		return wire.Device{}, ErrOpen
	}
	validity := s.DeviceValidity
	if validity == 0 {
		validity = defaultDeviceValidity
	}
	if s.now().Sub(sealed) > validity {
		return wire.Device{}, ErrOpen
	}
	return d, nil
}

func marshalDevice(d wire.Device, sealed time.Time) []byte {
	var b []byte
	b = appendField(b, tagDeviceGroup, d.GroupKey)
	b = appendField(b, tagDeviceKey, d.Key)
	b = appendField(b, tagDevicePassword, d.Password)
	return appendField(b, tagDeviceSealed, string(binary.AppendVarint(nil, sealed.Unix())))
}

// unmarshalDevice reads what marshalDevice wrote, each field once: another
// release of this module may have written something else.
func unmarshalDevice(b []byte) (d wire.Device, sealed time.Time, err error) {
	var seconds string
	fields := map[byte]*string{tagDeviceGroup: &d.GroupKey, tagDeviceKey: &d.Key, tagDevicePassword: &d.Password, tagDeviceSealed: &seconds}
	for len(b) > 0 {
		tag, value, rest, err := cutField(b)
		field := fields[tag]
		if err != nil || field == nil || *field != "" || value == "" {
			return wire.Device{}, time.Time{}, errStep
		}
		*field, b = value, rest
	}
	sealed, err = unmarshalTime(seconds)
	if err != nil || d.GroupKey == "" || d.Key == "" || d.Password == "" {
		return wire.Device{}, time.Time{}, errStep
	}
	return d, sealed, nil
}

// sealedFor is the data that is authenticated beside what is not a challenge. It
// begins with its purpose, as boundTo does, so that none opens as another; lengths
// stand before the values, so that none can pass for a part of the next.
func sealedFor(purpose string, to wire.Binding) []byte {
	b := []byte("cognitomfa " + purpose + " " + string(rune('0'+tokenVersion)) + "\x00")
	for _, value := range []string{to.PoolID, to.ClientID, to.Value} {
		b = append(binary.AppendUvarint(b, uint64(len(value))), value...)
	}
	return b
}
