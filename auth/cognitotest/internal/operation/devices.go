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
		return s.remember(u, in.DeviceKey, in.DeviceRememberedStatus)
	})
	return &cip.UpdateDeviceStatusOutput{}, err
}

// AdminUpdateDeviceStatus does the same for any user.
func (s *Service) AdminUpdateDeviceStatus(_ context.Context, in *cip.AdminUpdateDeviceStatusInput) (*cip.AdminUpdateDeviceStatusOutput, error) {
	err := s.change(in.UserPoolId, in.Username, func(_ *directory.Pool, u *directory.User) error {
		return s.remember(u, in.DeviceKey, in.DeviceRememberedStatus)
	})
	return &cip.AdminUpdateDeviceStatusOutput{}, err
}

func (s *Service) remember(u *directory.User, key *string, status types.DeviceRememberedStatusType) error {
	d, ok := u.Devices[str(key)]
	if !ok {
		return wire.DeviceNotFound
	}
	if status != "" {
		d.Remembered = status == types.DeviceRememberedStatusTypeRemembered
	}
	d.Modified = s.Now()
	u.PutDevice(d)
	return nil
}

// ForgetDevice removes a device.
func (s *Service) ForgetDevice(_ context.Context, in *cip.ForgetDeviceInput) (*cip.ForgetDeviceOutput, error) {
	err := s.changeBearer(in.AccessToken, func(_ *directory.Client, u *directory.User) error {
		return forget(u, in.DeviceKey)
	})
	return &cip.ForgetDeviceOutput{}, err
}

// AdminForgetDevice removes a device of any user.
func (s *Service) AdminForgetDevice(_ context.Context, in *cip.AdminForgetDeviceInput) (*cip.AdminForgetDeviceOutput, error) {
	err := s.change(in.UserPoolId, in.Username, func(_ *directory.Pool, u *directory.User) error {
		return forget(u, in.DeviceKey)
	})
	return &cip.AdminForgetDeviceOutput{}, err
}

func forget(u *directory.User, key *string) error {
	if !u.ForgetDevice(str(key)) {
		return wire.DeviceNotFound
	}
	return nil
}

// GetDevice describes a device.
func (s *Service) GetDevice(_ context.Context, in *cip.GetDeviceInput) (*cip.GetDeviceOutput, error) {
	_, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	d, err := deviceOf(user, in.DeviceKey)
	return &cip.GetDeviceOutput{Device: d}, err
}

// AdminGetDevice describes a device of any user.
func (s *Service) AdminGetDevice(_ context.Context, in *cip.AdminGetDeviceInput) (*cip.AdminGetDeviceOutput, error) {
	_, user, err := s.named(in.UserPoolId, in.Username)
	if err != nil {
		return nil, err
	}
	d, err := deviceOf(user, in.DeviceKey)
	return &cip.AdminGetDeviceOutput{Device: d}, err
}

func deviceOf(u directory.User, key *string) (*types.DeviceType, error) {
	d, ok := u.Devices[str(key)]
	if !ok {
		return nil, wire.DeviceNotFound
	}
	described := describeDevice(d)
	return &described, nil
}

// ListDevices lists the devices of a user in pages.
func (s *Service) ListDevices(_ context.Context, in *cip.ListDevicesInput) (*cip.ListDevicesOutput, error) {
	_, user, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	devices, next, err := devicePage(user, in.Limit, in.PaginationToken)
	return &cip.ListDevicesOutput{Devices: devices, PaginationToken: next}, err
}

// AdminListDevices lists the devices of any user.
func (s *Service) AdminListDevices(_ context.Context, in *cip.AdminListDevicesInput) (*cip.AdminListDevicesOutput, error) {
	_, user, err := s.named(in.UserPoolId, in.Username)
	if err != nil {
		return nil, err
	}
	devices, next, err := devicePage(user, in.Limit, in.PaginationToken)
	return &cip.AdminListDevicesOutput{Devices: devices, PaginationToken: next}, err
}

func devicePage(u directory.User, size *int32, token *string) (devices []types.DeviceType, next *string, err error) {
	limit, err := pageSize("Limit", size, 0)
	if err != nil {
		return nil, nil, err
	}
	keys, next := page(slices.Sorted(maps.Keys(u.Devices)), func(key string) string { return key }, token, limit)
	devices = []types.DeviceType{}
	for _, key := range keys {
		devices = append(devices, describeDevice(u.Devices[key]))
	}
	return devices, next, nil
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
