package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/redact"
	"github.com/cognitomfa/cognitomfa/internal/wire"
	"github.com/cognitomfa/cognitomfa/srp"
)

// A Device is a browser or a machine that Cognito remembers: after the password
// it takes the device's own proof in place of a second factor. [Devices.Remember]
// makes one after a sign-in; the next sign-in passes it by
// [CallOptions].Device, in every step.
//
// A Device belongs to one browser or one machine, never to a user. A server
// that stored devices by user would turn the second factor off for anybody who
// has the password: give it to the browser, sealed ([Client.SealDevice]), in a
// cookie. A program with one person at it has [FileDeviceStore].
//
// It prints as "device". The zero Device is none.
type Device struct {
	device redact.Box[device]
}

type device struct{ groupKey, key, password string }

// Key is Cognito's name of the device (DEVICE_KEY), by which it can be listed
// and forgotten. It is no secret. "" if there is no device.
func (d Device) Key() string { return d.device.Reveal().key }

// IsZero reports whether d is no device.
func (d Device) IsZero() bool { return d.device.IsZero() }

const deviceText = "device"

// Format prints "device", for every verb.
func (d Device) Format(s fmt.State, _ rune) { io.WriteString(s, deviceText) }

// LogValue logs "device".
func (d Device) LogValue() slog.Value { return slog.StringValue(deviceText) }

// MarshalText makes encodings show "device".
func (d Device) MarshalText() ([]byte, error) { return []byte(deviceText), nil }

// SealDevice makes a token of a remembered device, for a cookie of the browser
// that it stands for: URL-safe base64 text of some 180 characters, which tells
// its holder nothing. It opens only with a key of the Sealer, at a Client of the
// same user pool and app client, with the same bind, and for the Sealer's
// DeviceValidity. Bind it to what that browser's next sign-in has too, such as
// the username as it was typed; the session of the present sign-in is gone by
// then. No token of a challenge opens as a device, nor the other way round.
//
// The token replaces the second factor: the cookie should be HttpOnly, Secure
// and SameSite. The error matches [ErrConfig]: no device, or no Sealer.
func (c *Client) SealDevice(s *challenge.Sealer, d Device, bind string) (string, error) {
	op := operation{name: "SealDevice"}
	if err := c.ready(op); err != nil {
		return "", err
	}
	if d.IsZero() {
		return "", op.fail(ErrConfig, "there is no device to seal", nil)
	}
	device := d.device.Reveal()
	token, err := wire.SealDevice(s, wire.Device{GroupKey: device.groupKey, Key: device.key, Password: device.password}, c.binding(bind))
	if err != nil {
		return "", op.fail(ErrConfig, "the Sealer cannot seal", err)
	}
	return token, nil
}

// OpenDevice makes the device of a token again. The error matches [ErrDevice] and
// [challenge.ErrOpen], whatever is wrong with the token, or [ErrConfig] if the
// Sealer is a zero value. The Device is none then, so a sign-in can go on with it
// all the same: the user is asked for the second factor.
func (c *Client) OpenDevice(s *challenge.Sealer, token, bind string) (Device, error) {
	op := operation{name: "OpenDevice"}
	if err := c.ready(op); err != nil {
		return Device{}, err
	}
	opened, err := wire.OpenDevice(s, token, c.binding(bind))
	switch {
	case errors.Is(err, challenge.ErrOpen):
		return Device{}, op.fail(ErrDevice, "the token cannot be opened: sign in without it", err)
	case err != nil:
		return Device{}, op.fail(ErrConfig, "the Sealer cannot open", err)
	}
	return Device{redact.New(device{groupKey: opened.GroupKey, key: opened.Key, password: opened.Password})}, nil
}

func (c *Client) binding(bind string) wire.Binding {
	return wire.Binding{PoolID: c.poolID, ClientID: c.clientID, Value: bind}
}

// proveDevice answers DEVICE_SRP_AUTH and the DEVICE_PASSWORD_VERIFIER that
// follows, and returns what follows that. Cognito takes both without a session;
// the latest goes along where there is one.
// Source: "Signing in with a device" in the Cognito developer guide.
func (r *run) proveDevice(ctx context.Context, got reply) (reply, error) {
	d := r.options.Device.device.Reveal()
	if d.key == "" || r.deviceProved {
		return reply{}, got.op.fail(ErrMalformed, "Cognito asks for a proof of the device out of turn", nil)
	}
	r.deviceProved = true
	handshake := srp.New()
	next, err := r.respond(ctx, wire.DeviceSRPAuth, got.session, map[string]string{wire.KeySRPA: handshake.A()})
	if err != nil {
		return reply{}, err
	}
	if next.name != wire.DevicePasswordVerifier {
		return reply{}, next.op.fail(ErrMalformed, "DEVICE_PASSWORD_VERIFIER did not follow", nil)
	}
	signed, err := handshake.ProveDevice(d.groupKey, d.key, d.password, srp.Challenge{
		Salt:        next.parameters[wire.KeySalt],
		B:           next.parameters[wire.KeySRPB],
		SecretBlock: next.parameters[wire.KeySecretBlock],
	}, r.now())
	if err != nil {
		return reply{}, next.op.fail(ErrMalformed, "the parameters of DEVICE_PASSWORD_VERIFIER are no SRP values", err)
	}
	return r.respond(ctx, wire.DevicePasswordVerifier, next.session, map[string]string{
		wire.KeyClaimSecretBlock: next.parameters[wire.KeySecretBlock],
		wire.KeyClaimSignature:   signed.Signature,
		wire.KeyTimestamp:        signed.Timestamp,
	})
}

// deviceIsStale reports whether a sign-in failed for its device: Cognito does
// not know it any more, or does not accept its proof. Its text for a device
// that it does not know is not documented, so any ResourceNotFoundException
// counts; where it is about something else, one more call shows it again.
func (r *run) deviceIsStale(err error) bool {
	if r.options.Device.IsZero() {
		return false
	}
	var gone *types.ResourceNotFoundException
	return errors.Is(err, ErrDevice) || errors.As(err, &gone)
}

// lose makes the sign-in go on without the device of that key, whether or not
// the caller, who does not know, still passes it.
func (r *run) lose(key string) {
	r.lostDevice = key
	if key != "" && r.options.Device.Key() == key {
		r.options.Device = Device{}
	}
}
