package srp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"github.com/cognitomfa/cognitomfa/internal/redact"
	"github.com/cognitomfa/cognitomfa/srp/internal/modp"
)

// The lengths in bytes of what a device secret is made from: those of AWS's own
// clients.
const (
	devicePasswordSize = 40
	deviceSaltSize     = 16
)

// errRoundTrip cannot come from any input. It means that the arithmetic of this
// build is wrong, and that the device would be locked out if it were confirmed.
var errRoundTrip = errors.New("srp: the device's new verifier does not accept its own password; do not confirm the device, report this")

// A DeviceSecret is the password of a new device with its verifier. It prints
// nowhere. Keep the password where only this device, or this browser, can use
// it: together with the user's password it stands for the second factor.
type DeviceSecret struct {
	parts redact.Box[deviceParts]
}

type deviceParts struct{ password, salt, verifier string }

// Password returns the device's password, to be kept for [Handshake.ProveDevice].
func (d DeviceSecret) Password() string { return d.parts.Reveal().password }

// Salt returns Salt of DeviceSecretVerifierConfig, for ConfirmDevice: base64.
func (d DeviceSecret) Salt() string { return d.parts.Reveal().salt }

// Verifier returns PasswordVerifier of DeviceSecretVerifierConfig, for
// ConfirmDevice: base64.
func (d DeviceSecret) Verifier() string { return d.parts.Reveal().verifier }

// NewDeviceSecret makes the password and the verifier for the device that
// Cognito named in NewDeviceMetadata. Before it returns them it signs in with
// them against a server of its own: a wrong verifier would only show at the next
// sign-in, as a wrong password. A missing or oversized key is a
// [*ParameterError].
func NewDeviceSecret(groupKey, deviceKey string) (DeviceSecret, error) {
	var password [devicePasswordSize]byte
	var salt [modp.Size]byte
	rand.Read(password[:])
	rand.Read(salt[len(salt)-deviceSaltSize:])
	id := identity{groupKey, deviceKey, base64.StdEncoding.EncodeToString(password[:])}
	verifier := id.verifier(&salt)
	if err := tryDevice(id, &salt, &verifier); err != nil { // refuses bad keys too
		return DeviceSecret{}, err
	}
	return newDeviceSecret(id.password, &salt, &verifier), nil
}

func newDeviceSecret(password string, salt, verifier *[modp.Size]byte) DeviceSecret {
	return DeviceSecret{redact.New(deviceParts{
		password: password,
		salt:     base64.StdEncoding.EncodeToString(appendPadded(nil, salt[:])),
		verifier: base64.StdEncoding.EncodeToString(appendPadded(nil, verifier[:])),
	})}
}

func checkDevice(groupKey, deviceKey string) error {
	if err := checkName("DeviceGroupKey", groupKey); err != nil {
		return err
	}
	return checkName("DEVICE_KEY", deviceKey)
}

// verifier returns g^x mod N.
func (id identity) verifier(salt *[modp.Size]byte) [modp.Size]byte {
	x := id.privateKey(salt)
	return modp.PowG(x[:])
}

// tryDevice runs the sign-in of a device against a server that knows only the
// verifier, and compares the two proofs. The server's arithmetic is math/big, so
// on 64-bit platforms the two sides share none.
func tryDevice(id identity, salt, verifier *[modp.Size]byte) error {
	h := New()
	var b [sha256.Size]byte
	rand.Read(b[:])
	public := modp.ServerPublic(verifier, b[:])
	c := Challenge{Salt: formatHex(salt), B: formatHex(&public), SecretBlock: "AA=="}
	now := time.Unix(0, 0) // any time: nobody else sees this proof
	got, err := h.ProveDevice(id.realm, id.name, id.password, c, now)
	if err != nil {
		return err
	}
	keys := h.keys.Reveal()
	u := scrambler(&keys.public, &public)
	s := modp.ServerPremaster(&keys.public, verifier, u[:], b[:])
	want, err := id.sign(sessionKey(&s, &u), c.SecretBlock, now)
	if err != nil {
		return err
	}
	if got != want {
		return errRoundTrip
	}
	return nil
}
