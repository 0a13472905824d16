package auth

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/internal/redact"
	"github.com/cognitomfa/cognitomfa/srp"
)

// Devices remembers, lists and forgets the devices of signed-in users.
type Devices struct {
	caller
	api DeviceAPI
}

// NewDevices returns a Devices. Of the [Options] it uses Now and Observe. The
// error matches [ErrConfig]: a nil API.
func NewDevices(api DeviceAPI, optFns ...func(*Options)) (*Devices, error) {
	if api == nil {
		return nil, misconfigured("NewDevices", "the API is nil: pass a *cognitoidentityprovider.Client", nil)
	}
	return &Devices{caller: newCaller("", newOptions(optFns)), api: api}, nil
}

// Remember makes the device that has just signed in a remembered one, under a
// name that the user will know it by, which may be "". It makes a password for
// the device and tells Cognito its verifier, after a trial of its own that the
// two fit. Pass the Device in the next sign-in, from the same browser or machine.
//
// In a pool that leaves it to the user whether to remember a device, this is a
// second call; if that fails, the Device comes with the error, and signs in as
// a known one that is still asked for a second factor, until
// [Devices.SetRemembered] succeeds. The Device also comes with ErrOutcomeUnknown: keep it, since a sign-in goes on without it if Cognito
// does not know it.
//
// The error matches [ErrConfig] if there is no new device to remember: see
// [Tokens.HasNewDevice].
func (d *Devices) Remember(ctx context.Context, t *Tokens, name string) (Device, error) {
	op := operation{name: "ConfirmDevice", at: stageToken, consumes: true}
	if err := d.ready(op); err != nil {
		return Device{}, err
	}
	now := t.reveal().device
	if !now.isNew {
		return Device{}, op.fail(ErrConfig, "the tokens are not those of a new device", nil)
	}
	secret, err := srp.NewDeviceSecret(now.groupKey, now.key)
	if err != nil {
		return Device{}, op.fail(ErrMalformed, "the device cannot be given a password", err)
	}
	confirmed := Device{redact.New(device{groupKey: now.groupKey, key: now.key, password: secret.Password()})}
	ask, err := d.confirm(ctx, op, &cip.ConfirmDeviceInput{
		AccessToken: aws.String(t.Access()), DeviceKey: &now.key, DeviceName: optional(name),
		DeviceSecretVerifierConfig: &types.DeviceSecretVerifierConfigType{
			Salt: aws.String(secret.Salt()), PasswordVerifier: aws.String(secret.Verifier()),
		},
	})
	switch {
	case errors.Is(err, ErrOutcomeUnknown):
		return confirmed, err
	case err != nil:
		return Device{}, err
	case ask:
		// The pool leaves it to the user, who is asked by who calls Remember.
		return confirmed, d.SetRemembered(ctx, t, now.key, true)
	}
	return confirmed, nil
}

// SetRemembered says whether a device of the user, by its [Device.Key] or
// [KnownDevice].Key, signs in without a second factor, in a pool that leaves that
// to the user (UpdateDeviceStatus). It is what [Devices.Remember] does last, to be
// tried again if that failed, and the way back that keeps the device known. The
// error matches [ErrDevice] if the user has no such device.
func (d *Devices) SetRemembered(ctx context.Context, t *Tokens, key string, remembered bool) error {
	op := operation{name: "UpdateDeviceStatus", at: stageToken}
	bearer, err := d.bearer(op, t)
	if err != nil {
		return err
	}
	status := types.DeviceRememberedStatusTypeNotRemembered
	if remembered {
		status = types.DeviceRememberedStatusTypeRemembered
	}
	_, err = invoke(ctx, &d.caller, op, d.api.UpdateDeviceStatus, &cip.UpdateDeviceStatusInput{
		AccessToken: bearer, DeviceKey: &key, DeviceRememberedStatus: status,
	})
	return err
}

// confirm makes a device known, and reports whether the user has to be asked if
// it shall be remembered. If the outcome of the call is unknown it is made once
// more with the same verifier: that the device then exists says that the first
// call was applied, whose answer to the question is lost. Remembering a device
// that is remembered already changes nothing.
func (d *Devices) confirm(ctx context.Context, op operation, in *cip.ConfirmDeviceInput) (ask bool, err error) {
	out, err := invoke(ctx, &d.caller, op, d.api.ConfirmDevice, in)
	if errors.Is(err, ErrOutcomeUnknown) && ctx.Err() == nil {
		out, err = invoke(ctx, &d.caller, op, d.api.ConfirmDevice, in)
		var exists *types.DeviceKeyExistsException
		if errors.As(err, &exists) {
			return true, nil
		}
		if err != nil { // of the second: it says nothing about the first
			err = restated(err, ErrOutcomeUnknown, "a first call may have been applied, and a second one failed")
		}
	}
	if err != nil {
		return false, err
	}
	return out.UserConfirmationNecessary, nil
}

// Forget makes Cognito forget a device of the user, by its [Device.Key] or
// [KnownDevice].Key. The next sign-in from it is asked for a second factor again.
// The error matches [ErrDevice] if the user has no such device.
// After ErrOutcomeUnknown, try again: ErrDevice then says that it is forgotten.
func (d *Devices) Forget(ctx context.Context, t *Tokens, key string) error {
	// Sent once: of a device that is gone, Cognito says that there is none.
	op := operation{name: "ForgetDevice", at: stageToken, consumes: true}
	bearer, err := d.bearer(op, t)
	if err != nil {
		return err
	}
	_, err = invoke(ctx, &d.caller, op, d.api.ForgetDevice, &cip.ForgetDeviceInput{
		AccessToken: bearer, DeviceKey: &key,
	})
	return err
}

// A KnownDevice is a device of a user as Cognito lists it. It is a description:
// to sign in from a device takes its [Device].
type KnownDevice struct {
	Key        string    // DEVICE_KEY, for [Devices.Forget]
	Name       string    // as it was given to [Devices.Remember]; "" if none was
	LastIP     string    // the address of its last sign-in, as Cognito saw it; "" if Cognito does not say
	Remembered bool      // signs in without a second factor; false: it is known, and no more
	Created    time.Time // when it was remembered; zero if Cognito does not say, as of the next two
	Modified   time.Time // when its status changed
	LastUsed   time.Time // when the user last signed in from it
}

// devicesPerPage is the most that Cognito gives at once.
// Source: Limit in the API reference of ListDevices.
const devicesPerPage = 60

// mostPages is where a list counts as one that does not end: 60,000 devices.
const mostPages = 1000

// List goes through the devices of the user, for a page on which each can be
// forgotten. It makes one call for each 60 devices, when they are come to, and
// none for those that the loop does not come to. An error is the last thing that
// it gives.
func (d *Devices) List(ctx context.Context, t *Tokens) iter.Seq2[KnownDevice, error] {
	return func(yield func(KnownDevice, error) bool) {
		op := operation{name: "ListDevices", at: stageToken}
		bearer, err := d.bearer(op, t)
		if err != nil {
			yield(KnownDevice{}, err)
			return
		}
		in := &cip.ListDevicesInput{AccessToken: bearer, Limit: aws.Int32(devicesPerPage)}
		for range mostPages {
			out, err := invoke(ctx, &d.caller, op, d.api.ListDevices, in)
			if err != nil {
				yield(KnownDevice{}, err)
				return
			}
			for _, listed := range out.Devices {
				if !yield(knownDevice(listed), nil) {
					return
				}
			}
			next := aws.ToString(out.PaginationToken)
			if next == "" {
				return
			}
			if next == aws.ToString(in.PaginationToken) {
				break
			}
			in.PaginationToken = &next
		}
		yield(KnownDevice{}, op.fail(ErrMalformed, "the list of devices does not come to an end", nil))
	}
}

// knownDevice reads a device by the names of the attributes in AWS's own
// example. Source: admin-get-device in the AWS CLI reference.
func knownDevice(listed types.DeviceType) KnownDevice {
	known := KnownDevice{
		Key:     aws.ToString(listed.DeviceKey),
		Created: aws.ToTime(listed.DeviceCreateDate), Modified: aws.ToTime(listed.DeviceLastModifiedDate),
		LastUsed: aws.ToTime(listed.DeviceLastAuthenticatedDate),
	}
	for _, a := range listed.DeviceAttributes {
		switch value := aws.ToString(a.Value); aws.ToString(a.Name) {
		case "device_name":
			known.Name = value
		case "last_ip_used":
			known.LastIP = value
		case "dev:device_remembered_status":
			known.Remembered = value == string(types.DeviceRememberedStatusTypeRemembered)
		}
	}
	return known
}
