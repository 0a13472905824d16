package operation

import (
	"context"
	"maps"
	"slices"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// ConfirmDevice makes the device that has just signed in one of the user's. In
// a pool that asks the user first, it is not yet remembered.
func (s *Service) ConfirmDevice(_ context.Context, in *cip.ConfirmDeviceInput) (*cip.ConfirmDeviceOutput, error) {
	client, user, claims, err := s.bearerClaims(in.AccessToken)
	if err != nil {
		return nil, err
	}
	// Only the sign-in that made the key may confirm it: another's could not be
	// told from one that a client made up.
	key := str(in.DeviceKey)
	if key != claims.Device {
		return nil, wire.DeviceKeyInvalid
	}
	config := in.DeviceSecretVerifierConfig
	if config == nil {
		return nil, wire.InvalidParameter("DeviceSecretVerifierConfig is required: a device without a verifier cannot prove itself.")
	}
	verifier, err := factor.DeviceVerifier(str(config.Salt), str(config.PasswordVerifier))
	if err != nil {
		return nil, wire.InvalidParameter("Invalid DeviceSecretVerifierConfig: %s.", err)
	}
	tracking := client.Pool.Settings.Devices
	_, err = client.Pool.Update(user.Sub, func(u *directory.User) error {
		if _, exists := u.Devices[key]; exists {
			return wire.Errorf("DeviceKeyExistsException", "Device already exists.")
		}
		now := s.Now()
		u.PutDevice(directory.Device{
			Key: key, Name: str(in.DeviceName), Verifier: verifier, Remembered: tracking == directory.DevicesAlways,
			Created: now, Modified: now, Used: now,
		})
		return nil
	})
	return &cip.ConfirmDeviceOutput{UserConfirmationNecessary: tracking == directory.DevicesOptIn}, err
}

// UpdateDeviceStatus remembers a device, or stops remembering it without
// forgetting its key.
func (s *Service) UpdateDeviceStatus(_ context.Context, in *cip.UpdateDeviceStatusInput) (*cip.UpdateDeviceStatusOutput, error) {
	err := s.changeBearer(in.AccessToken, func(_ *directory.Client, u *directory.User) error {
		d, ok := u.Devices[str(in.DeviceKey)]
		if !ok {
			return wire.DeviceNotFound
		}
		if in.DeviceRememberedStatus != "" {
			d.Remembered = in.DeviceRememberedStatus == types.DeviceRememberedStatusTypeRemembered
		}
		d.Modified = s.Now()
		u.PutDevice(d)
		return nil
	})
	return &cip.UpdateDeviceStatusOutput{}, err
}

// ForgetDevice removes a device.
func (s *Service) ForgetDevice(_ context.Context, in *cip.ForgetDeviceInput) (*cip.ForgetDeviceOutput, error) {
	err := s.changeBearer(in.AccessToken, func(_ *directory.Client, u *directory.User) error {
		if !u.ForgetDevice(str(in.DeviceKey)) {
			return wire.DeviceNotFound
		}
		return nil
	})
	return &cip.ForgetDeviceOutput{}, err
}

// GetDevice describes a device.
func (s *Service) GetDevice(_ context.Context, in *cip.GetDeviceInput) (*cip.GetDeviceOutput, error) {
	_, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	d, ok := user.Devices[str(in.DeviceKey)]
	if !ok {
		return nil, wire.DeviceNotFound
	}
	described := describeDevice(d)
	return &cip.GetDeviceOutput{Device: &described}, nil
}

// mostDevices is the largest page of ListDevices, and the size of one that does
// not say.
const mostDevices = 60

// ListDevices lists the devices of a user in pages. A page goes on after the key
// that the one before ended with.
func (s *Service) ListDevices(_ context.Context, in *cip.ListDevicesInput) (*cip.ListDevicesOutput, error) {
	_, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	limit := mostDevices
	if in.Limit != nil && *in.Limit > 0 {
		limit = int(*in.Limit)
	}
	if limit > mostDevices || in.Limit != nil && *in.Limit < 0 {
		return nil, wire.InvalidParameter("Limit must be 0 to %d.", mostDevices)
	}
	out := &cip.ListDevicesOutput{Devices: []types.DeviceType{}}
	for _, key := range slices.Sorted(maps.Keys(user.Devices)) {
		if key <= str(in.PaginationToken) {
			continue
		}
		if len(out.Devices) == limit {
			out.PaginationToken = out.Devices[limit-1].DeviceKey
			break
		}
		out.Devices = append(out.Devices, describeDevice(user.Devices[key]))
	}
	return out, nil
}

// describeDevice writes a device with the attributes of AWS's own example that
// say something of this pool (AWS CLI reference, admin-get-device).
func describeDevice(d directory.Device) types.DeviceType {
	status := types.DeviceRememberedStatusTypeNotRemembered
	if d.Remembered {
		status = types.DeviceRememberedStatusTypeRemembered
	}
	var attributes []types.AttributeType
	for _, a := range []struct{ name, value string }{
		{"device_status", "valid"},
		{"device_name", d.Name},
		{"dev:device_remembered_status", string(status)},
	} {
		if a.value != "" {
			attributes = append(attributes, types.AttributeType{Name: &a.name, Value: &a.value})
		}
	}
	at := func(t time.Time) *time.Time { return &t }
	return types.DeviceType{
		DeviceKey: &d.Key, DeviceAttributes: attributes, DeviceCreateDate: at(d.Created),
		DeviceLastModifiedDate: at(d.Modified), DeviceLastAuthenticatedDate: at(d.Used),
	}
}
