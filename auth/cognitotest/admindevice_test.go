package cognitotest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// An administrator sees a user's devices as the user does, and may forget them.
func TestAdminDevices(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{Devices: cognitotest.DevicesAlways})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	pool, ann := d.pool.ID(), aws.String("ann")
	m, _ := d.confirmDevice(must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)).AuthenticationResult)
	other, _ := d.confirmDevice(must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)).AuthenticationResult)
	update := func(key string) error {
		_, err := d.sdk.AdminUpdateDeviceStatus(t.Context(), &cip.AdminUpdateDeviceStatusInput{
			UserPoolId: &pool, Username: ann, DeviceKey: &key, DeviceRememberedStatus: types.DeviceRememberedStatusTypeNotRemembered,
		})
		return err
	}
	get := func(key string) (*cip.AdminGetDeviceOutput, error) {
		return d.sdk.AdminGetDevice(t.Context(), &cip.AdminGetDeviceInput{UserPoolId: &pool, Username: ann, DeviceKey: &key})
	}
	if err := update(m.key); err != nil {
		t.Fatal(err)
	}
	status := map[string]string{}
	for _, a := range must[*cip.AdminGetDeviceOutput](t)(get(m.key)).Device.DeviceAttributes {
		status[*a.Name] = *a.Value
	}
	if status["dev:device_remembered_status"] != "not_remembered" || status["device_name"] != "laptop" {
		t.Errorf("the device is %v", status)
	}
	seen := map[string]bool{}
	in := &cip.AdminListDevicesInput{UserPoolId: &pool, Username: ann, Limit: aws.Int32(1)}
	for range 2 {
		page := must[*cip.AdminListDevicesOutput](t)(d.sdk.AdminListDevices(t.Context(), in))
		seen[*page.Devices[0].DeviceKey], in.PaginationToken = true, page.PaginationToken
	}
	if !seen[m.key] || !seen[other.key] || in.PaginationToken != nil {
		t.Errorf("listed %v, and more: %v", seen, in.PaginationToken != nil)
	}
	forget := &cip.AdminForgetDeviceInput{UserPoolId: &pool, Username: ann, DeviceKey: &m.key}
	must[*cip.AdminForgetDeviceOutput](t)(d.sdk.AdminForgetDevice(t.Context(), forget))
	const notFound, gone = "ResourceNotFoundException", "Device does not exist."
	_, err := d.sdk.AdminForgetDevice(t.Context(), forget)
	wantError(t, err, notFound, gone)
	_, err = get(m.key)
	wantError(t, err, notFound, gone)
	wantError(t, update(m.key), notFound, gone)
}

// A device replaces the second factor where the pool says so, and not otherwise.
func TestDeviceKeepsMFA(t *testing.T) {
	t.Parallel()
	for _, replaces := range []bool{true, false} {
		d, secret, tokens := tracked(t, cognitotest.Config{})
		pool := d.pool.ID()
		must[*cip.UpdateUserPoolOutput](t)(d.sdk.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{
			UserPoolId: &pool, MfaConfiguration: types.UserPoolMfaTypeOn,
			DeviceConfiguration: &types.DeviceConfigurationType{ChallengeRequiredOnNewDevice: replaces},
		}))
		m, _ := d.confirmDevice(tokens)
		out := must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeUserPasswordAuth, map[string]string{
			"USERNAME": "ann", "PASSWORD": password, "DEVICE_KEY": m.key,
		}))
		if got := out.ChallengeName == types.ChallengeNameTypeDeviceSrpAuth; got != replaces {
			t.Errorf("ChallengeRequiredOnNewDevice %v: asked for %s", replaces, out.ChallengeName)
		}
		if !replaces {
			d.withCode(secret, map[string]string{"DEVICE_KEY": m.key})
		}
	}
}

// An invitation goes where it was asked to go, if there is an address; an alias is
// taken from another user only by force.
func TestAdminCreateUserDelivery(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{AliasAttributes: []types.AliasAttributeType{"email"}})
	create := func(name string, force bool, mediums ...types.DeliveryMediumType) error {
		_, err := d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
			UserPoolId: ptr(d.pool.ID()), Username: &name, DesiredDeliveryMediums: mediums, ForceAliasCreation: force,
			UserAttributes: attributes("email", "ann@example.com", "email_verified", "true", "phone_number", "+15555550123"),
		})
		return err
	}
	if err := create("ann", false, "SMS", "EMAIL"); err != nil {
		t.Fatal(err)
	}
	sent := d.pool.Outbox().All("ann")
	if len(sent) != 2 || sent[0].Medium != "SMS" || sent[1].Destination != "ann@example.com" || sent[0].Code != sent[1].Code {
		t.Errorf("sent %+v", sent)
	}
	if err := create("bob", true, "EMAIL"); err != nil {
		t.Fatal(err)
	}
	if m, ok := d.pool.Outbox().Last("bob"); !ok || m.Medium != "EMAIL" {
		t.Errorf("bob got %+v", m)
	}
	if got := d.attribute("ann", "email_verified"); got != "false" {
		t.Errorf("ann's address is verified: %s", got)
	}
}
