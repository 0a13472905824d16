package auth

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/internal/redact"
	"github.com/cognitomfa/cognitomfa/srp"
)

// Devices remembers and forgets the devices of signed-in users.
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
// a known one that is still asked for a second factor.
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
	out, err := invoke(ctx, &d.caller, op, d.api.ConfirmDevice, &cip.ConfirmDeviceInput{
		AccessToken: aws.String(t.Access()), DeviceKey: &now.key, DeviceName: optional(name),
		DeviceSecretVerifierConfig: &types.DeviceSecretVerifierConfigType{
			Salt: aws.String(secret.Salt()), PasswordVerifier: aws.String(secret.Verifier()),
		},
	})
	if err != nil {
		return Device{}, err
	}
	confirmed := Device{redact.New(device{groupKey: now.groupKey, key: now.key, password: secret.Password()})}
	if out.UserConfirmationNecessary {
		// The pool leaves it to the user, who is asked by who calls Remember.
		_, err := invoke(ctx, &d.caller, operation{name: "UpdateDeviceStatus", at: stageToken}, d.api.UpdateDeviceStatus, &cip.UpdateDeviceStatusInput{
			AccessToken: aws.String(t.Access()), DeviceKey: &now.key, DeviceRememberedStatus: types.DeviceRememberedStatusTypeRemembered,
		})
		if err != nil {
			return confirmed, err
		}
	}
	return confirmed, nil
}

// Forget makes Cognito forget a device of the user, by its [Device.Key]. The next
// sign-in from it is asked for a second factor again.
func (d *Devices) Forget(ctx context.Context, t *Tokens, key string) error {
	op := operation{name: "ForgetDevice", at: stageToken}
	if err := d.ready(op); err != nil {
		return err
	}
	_, err := invoke(ctx, &d.caller, op, d.api.ForgetDevice, &cip.ForgetDeviceInput{
		AccessToken: aws.String(t.Access()), DeviceKey: &key,
	})
	return err
}
