package directory

import (
	"crypto/hmac"
	"crypto/sha256"
	"maps"
	"time"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// DeviceTracking says whether a pool remembers devices.
type DeviceTracking string

// The choices of the AWS console besides "Don't remember", which is the zero
// value.
const (
	DevicesAlways DeviceTracking = "Always"
	DevicesOptIn  DeviceTracking = "User opt-in"
)

func (t DeviceTracking) validate() error {
	switch t {
	case "", DevicesAlways, DevicesOptIn:
		return nil
	}
	return wire.InvalidParameter("Devices cannot be %q.", string(t))
}

// A Device is one that a user has confirmed. One that was only named in a
// sign-in is kept nowhere but in the tokens of that sign-in: most clients never
// confirm.
type Device struct {
	Key, Name string
	Verifier  factor.Verifier
	// Remembered devices prove themselves in place of a second factor.
	Remembered              bool
	Created, Modified, Used time.Time
}

// NewDeviceKey makes the name of a device: the region and a UUID.
func (p *Pool) NewDeviceKey() string { return p.Settings.Region + "_" + NewID() }

// DeviceGroup returns the group key of a device, "-" and 8 characters. It is
// derived from the device's, so that there is nothing to keep for a device that
// is never confirmed.
func (p *Pool) DeviceGroup(key string) string {
	mac := hmac.New(sha256.New, p.simulation)
	mac.Write([]byte("device group " + key))
	const alphabet = lowerDigits + upper
	group := []byte("-")
	for _, b := range mac.Sum(nil)[:8] {
		group = append(group, alphabet[int(b)%len(alphabet)])
	}
	return string(group)
}

// PutDevice adds a device or replaces the one of the same key.
func (u *User) PutDevice(d Device) {
	devices := maps.Clone(u.Devices)
	if devices == nil {
		devices = make(map[string]Device)
	}
	devices[d.Key] = d
	u.Devices = devices
}

// ForgetDevice removes a device, and tells whether there was one.
func (u *User) ForgetDevice(key string) bool {
	_, ok := u.Devices[key]
	devices := maps.Clone(u.Devices)
	delete(devices, key)
	u.Devices = devices
	return ok
}
