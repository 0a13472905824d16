package auth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
	"github.com/cognitomfa/cognitomfa/totp"
)

func newSealer(t *testing.T) *challenge.Sealer {
	t.Helper()
	s, err := challenge.NewSealer([32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A browser's cookie signs in, at a client of the same pool and app client and
// nowhere else.
func TestSealedDevice(t *testing.T) {
	t.Parallel()
	w, device := remembered(t)
	s := newSealer(t)
	s.Now = w.Clock().Now
	cookie, err := w.client.SealDevice(s, device, username)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("a sealed device has %d characters", len(cookie))
	opened, err := w.client.OpenDevice(s, cookie, username)
	if err != nil {
		t.Fatal(err)
	}
	if opened.Key() != device.Key() {
		t.Errorf("opened %q", opened.Key())
	}
	redacttest.Check(t, opened, device.Key())
	w.verified(t, again(t, w, opened))

	other, err := auth.New(w.SDK(), w.ID(), w.AddClient(cognitotest.ClientConfig{}).ID)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := auth.New(w.SDK(), "us-east-1_another", w.Client().ID)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		client *auth.Client
		bind   string
	}{
		"another user": {w.client, "bob"}, "another app client": {other, username}, "another pool": {elsewhere, username},
	} {
		d, err := tt.client.OpenDevice(s, cookie, tt.bind)
		if wantReason(t, err, auth.ErrDevice); !errors.Is(err, challenge.ErrOpen) || !d.IsZero() {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.Clock().Advance(30*24*time.Hour + time.Second)
	stale, err := w.client.OpenDevice(s, cookie, username)
	wantReason(t, err, auth.ErrDevice)
	// What could not be opened is no device, and the sign-in goes on without.
	_, next, err := w.client.Begin(t.Context(), auth.SRP(username, password), with1(stale))
	if err != nil {
		t.Fatal(err)
	}
	ask := as[*challenge.TOTPCode](t, next)

	// Neither passes for the other.
	sealed, err := s.Seal(ask, username)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.client.OpenDevice(s, sealed, username)
	wantReason(t, err, auth.ErrDevice)
	if c, err := s.Open(cookie, username); c != nil || err != challenge.ErrOpen {
		t.Errorf("%v, %v", c, err)
	}

	for name, err := range map[string]error{
		"no device":          second(w.client.SealDevice(s, auth.Device{}, "")),
		"no Sealer":          second(w.client.SealDevice(nil, device, "")),
		"zero Sealer":        second(w.client.SealDevice(new(challenge.Sealer), device, "")),
		"zero Client":        second(new(auth.Client).SealDevice(s, device, "")),
		"no Sealer, open":    second(w.client.OpenDevice(nil, cookie, username)),
		"zero Client, open":  second(new(auth.Client).OpenDevice(s, cookie, username)),
		"zero Sealer, open":  second(w.client.OpenDevice(new(challenge.Sealer), cookie, username)),
		"zero Sealer, empty": second(w.client.OpenDevice(new(challenge.Sealer), "", username)),
	} {
		t.Log(name)
		wantReason(t, err, auth.ErrConfig)
	}
}

func second[T any](_ T, err error) error { return err }

// The devices of a user over several pages, from the pool's own store.
func TestListDevices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{Devices: cognitotest.DevicesOptIn}, !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password})
	devices, err := auth.NewDevices(w.SDK())
	if err != nil {
		t.Fatal(err)
	}
	var tokens *auth.Tokens
	var keys []string
	const n = 63 // one page and some
	for i := range n {
		if tokens, _, err = w.client.Begin(t.Context(), auth.Password(username, password)); err != nil {
			t.Fatal(err)
		}
		d, err := devices.Remember(t.Context(), tokens, fmt.Sprint("device ", i))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, d.Key())
	}
	before := len(w.Calls())
	var listed []string
	for d, err := range devices.List(t.Context(), tokens) {
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.Index(keys, d.Key); i < 0 || d.Name != fmt.Sprint("device ", i) || !d.Remembered ||
			!d.Created.Equal(d.LastUsed) || d.Created.IsZero() || d.Modified.IsZero() {
			t.Errorf("%+v", d)
		}
		listed = append(listed, d.Key)
	}
	slices.Sort(keys)
	slices.Sort(listed)
	if calls := w.calls(before); !slices.Equal(keys, listed) || len(calls) != 2 {
		t.Errorf("%d of %d devices in %v", len(listed), n, calls)
	}
	// Who stops early asks for no more.
	before = len(w.Calls())
	for range devices.List(t.Context(), tokens) {
		break
	}
	if calls := w.calls(before); len(calls) != 1 {
		t.Errorf("%v", calls)
	}

	if err := devices.Forget(t.Context(), tokens, keys[0]); err != nil {
		t.Fatal(err)
	}
	wantReason(t, devices.Forget(t.Context(), tokens, keys[0]), auth.ErrDevice)
	left := 0
	for d, err := range devices.List(t.Context(), tokens) {
		if err != nil || d.Key == keys[0] {
			t.Errorf("%q, %v", d.Key, err)
		}
		left++
	}
	if left != n-1 {
		t.Errorf("%d devices are left", left)
	}
	// Tokens that were never refreshed have no access token to list with.
	for d, err := range devices.List(t.Context(), auth.StoredTokens("refresh", "")) {
		if wantReason(t, err, auth.ErrToken); d != (auth.KnownDevice{}) {
			t.Errorf("%+v", d)
		}
	}
	wantReason(t, devices.Forget(t.Context(), nil, keys[1]), auth.ErrToken)
	for _, err := range new(auth.Devices).List(t.Context(), tokens) {
		wantReason(t, err, auth.ErrConfig)
	}
}

// pages is a DeviceAPI whose list a test writes down.
type pages struct {
	auth.DeviceAPI
	calls int
	page  func(call int) *cip.ListDevicesOutput
}

func (p *pages) ListDevices(context.Context, *cip.ListDevicesInput, ...func(*cip.Options)) (*cip.ListDevicesOutput, error) {
	p.calls++
	return p.page(p.calls), nil
}

// scripted are tokens of a sign-in from a device that Cognito named so.
func scripted(t *testing.T, device *types.NewDeviceMetadataType) *auth.Tokens {
	t.Helper()
	api := &script{initiate: func(*cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
		return &cip.InitiateAuthOutput{AuthenticationResult: &types.AuthenticationResultType{
			AccessToken: aws.String("access"), ExpiresIn: 60, NewDeviceMetadata: device,
		}}, nil
	}}
	tokens, _, err := newClient(t, api).Begin(t.Context(), auth.Password("u", "p"))
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// Lists that no pool should send: each comes to an end, and none to a panic.
func TestListDevicesMalformed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		page   func(int) *cip.ListDevicesOutput
		calls  int
		reason error
	}{
		"the same page for ever": {func(int) *cip.ListDevicesOutput {
			return &cip.ListDevicesOutput{PaginationToken: aws.String("x")}
		}, 2, auth.ErrMalformed},
		"ever more pages": {func(call int) *cip.ListDevicesOutput {
			return &cip.ListDevicesOutput{PaginationToken: aws.String(fmt.Sprint(call))}
		}, 1000, auth.ErrMalformed},
		"an empty page between": {func(call int) *cip.ListDevicesOutput {
			if call == 1 {
				return &cip.ListDevicesOutput{PaginationToken: aws.String("x")}
			}
			return &cip.ListDevicesOutput{Devices: []types.DeviceType{{}, {DeviceAttributes: []types.AttributeType{{}}}}}
		}, 2, nil},
		"nothing": {func(int) *cip.ListDevicesOutput { return nil }, 1, auth.ErrMalformed},
	} {
		api := &pages{page: tt.page}
		devices, err := auth.NewDevices(api)
		if err != nil {
			t.Fatal(err)
		}
		var last error
		for _, err := range devices.List(t.Context(), scripted(t, &types.NewDeviceMetadataType{})) {
			last = err
		}
		if api.calls != tt.calls {
			t.Errorf("%s: %d calls", name, api.calls)
		}
		if tt.reason == nil {
			if last != nil {
				t.Errorf("%s: %v", name, last)
			}
			continue
		}
		wantReason(t, last, tt.reason)
	}
}

// A forgotten device costs the one call in which Cognito says so, be it the first or
// the proof of the password. Both end signed in.
func TestForgottenDevice(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		first auth.FirstFactor
		extra int
	}{
		"password": {auth.Password(username, password), 1},
		"SRP":      {auth.SRP(username, password), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, secret, devices, tokens := deviceWorld(t, cognitotest.DevicesAlways, !admin, cognitotest.ClientConfig{})
			device, err := devices.Remember(t.Context(), tokens, "")
			if err != nil {
				t.Fatal(err)
			}
			if err := devices.Forget(t.Context(), tokens, device.Key()); err != nil {
				t.Fatal(err)
			}
			count := func(optFns ...func(*auth.CallOptions)) int {
				w.Clock().Advance(totp.Period)
				before := len(w.Calls())
				_, next, err := w.client.Begin(t.Context(), tt.first, optFns...)
				if err != nil {
					t.Fatal(err)
				}
				calls := len(w.Calls()) - before
				if !w.done(t, as[*challenge.TOTPCode](t, next).Answer(w.totp(t, secret))).HasNewDevice() {
					t.Error("there is no new device to remember")
				}
				return calls
			}
			if without, with := count(), count(with1(device)); with-without != tt.extra {
				t.Errorf("%d calls without the device, %d with it", without, with)
			}
		})
	}
}

// While one browser is remembered, another with the right password is asked for
// the second factor, and a device of another user is none.
func TestAnotherBrowserIsAsked(t *testing.T) {
	t.Parallel()
	w, secret, devices, tokens := deviceWorld(t, cognitotest.DevicesAlways, !admin, cognitotest.ClientConfig{})
	device, err := devices.Remember(t.Context(), tokens, "")
	if err != nil {
		t.Fatal(err)
	}
	w.verified(t, again(t, w, device))
	as[*challenge.TOTPCode](t, w.begin(t, auth.SRP(username, password)))
	as[*challenge.TOTPCode](t, w.begin(t, auth.Password(username, password)))

	w.AddUser(cognitotest.User{Username: "bob", Password: password, TOTPSecret: secret})
	_, next, err := w.client.Begin(t.Context(), auth.SRP("bob", password), with1(device))
	if err != nil {
		t.Fatal(err)
	}
	as[*challenge.TOTPCode](t, next)
	// The wrong password is wrong, remembered device or not.
	_, _, err = w.client.Begin(t.Context(), auth.SRP(username, "Wrong-Horse-7"), with1(device))
	wantReason(t, err, auth.ErrCredentials)
}

// confirms is a DeviceAPI that counts what is confirmed, and can spoil it.
type confirms struct {
	auth.DeviceAPI
	calls int
	spoil func(*types.DeviceSecretVerifierConfigType)
}

func (c *confirms) ConfirmDevice(ctx context.Context, in *cip.ConfirmDeviceInput, optFns ...func(*cip.Options)) (*cip.ConfirmDeviceOutput, error) {
	c.calls++
	if c.spoil != nil {
		c.spoil(in.DeviceSecretVerifierConfig)
	}
	return c.DeviceAPI.ConfirmDevice(ctx, in, optFns...)
}

// No verifier leaves the process whose own trial failed; that the trial is worth
// something shows in what a wrong verifier would have led to.
func TestNoWrongVerifierLeaves(t *testing.T) {
	t.Parallel()
	w, secret, _, tokens := deviceWorld(t, cognitotest.DevicesAlways, !admin, cognitotest.ClientConfig{})
	api := &confirms{DeviceAPI: w.SDK()}
	devices, err := auth.NewDevices(api)
	if err != nil {
		t.Fatal(err)
	}
	// A device whose group Cognito did not name cannot be hashed with: the trial
	// fails before the call.
	_, err = devices.Remember(t.Context(), scripted(t, &types.NewDeviceMetadataType{DeviceKey: aws.String("us-east-1_1")}), "")
	wantReason(t, err, auth.ErrMalformed)
	if api.calls != 0 {
		t.Errorf("%d verifiers left", api.calls)
	}

	// Spoilt on its way, a verifier shows at the next sign-in: the device is
	// refused, once, and the user is asked for the second factor.
	api.spoil = func(c *types.DeviceSecretVerifierConfigType) {
		salt, err := base64.StdEncoding.DecodeString(*c.Salt)
		if err != nil {
			t.Error(err)
			return
		}
		salt[len(salt)-1] ^= 1
		c.Salt = aws.String(base64.StdEncoding.EncodeToString(salt))
	}
	device, err := devices.Remember(t.Context(), tokens, "")
	if err != nil {
		t.Fatal(err)
	}
	w.Clock().Advance(totp.Period)
	_, next, err := w.client.Begin(t.Context(), auth.SRP(username, password), with1(device))
	if err != nil {
		t.Fatal(err)
	}
	w.done(t, as[*challenge.TOTPCode](t, next).Answer(w.totp(t, secret)))
}
