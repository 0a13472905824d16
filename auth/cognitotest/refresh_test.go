package cognitotest_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

const invalidRefresh = "Invalid Refresh Token."

type tokens = types.AuthenticationResultType

// refresh uses a refresh token by REFRESH_TOKEN_AUTH. more are more parameters,
// in pairs.
func (d *driver) refresh(token *string, more ...string) (*tokens, error) {
	params := map[string]string{"REFRESH_TOKEN": *token}
	for i := 0; i < len(more); i += 2 {
		params[more[i]] = more[i+1]
	}
	out, err := d.initiate(types.AuthFlowTypeRefreshTokenAuth, params)
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

// renew uses a refresh token by GetTokensFromRefreshToken.
func (d *driver) renew(token *string) (*tokens, error) {
	in := &cip.GetTokensFromRefreshTokenInput{ClientId: &d.client.ID, RefreshToken: token}
	if d.client.Secret != "" {
		in.ClientSecret = &d.client.Secret
	}
	out, err := d.sdk.GetTokensFromRefreshToken(d.t.Context(), in)
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

func (d *driver) signedIn(username string) *tokens {
	d.t.Helper()
	return must[*cip.InitiateAuthOutput](d.t)(d.byPassword(username, password)).AuthenticationResult
}

func (d *driver) getUser(access *string) error {
	_, err := d.sdk.GetUser(d.t.Context(), &cip.GetUserInput{AccessToken: access})
	return err
}

// Every way to refresh gives new tokens of the same sign-in. The hash is over the
// canonical username, which is not what the user typed.
func TestRefresh(t *testing.T) {
	t.Parallel()
	for name, refresh := range map[string]func(d *driver, token, canonical string) (*tokens, error){
		"REFRESH_TOKEN_AUTH": func(d *driver, token, canonical string) (*tokens, error) {
			return d.refresh(&token, "SECRET_HASH", d.hash(canonical))
		},
		"REFRESH_TOKEN": func(d *driver, token, canonical string) (*tokens, error) {
			out, err := d.initiate(types.AuthFlowTypeRefreshToken, map[string]string{
				"REFRESH_TOKEN": token, "SECRET_HASH": d.hash(canonical),
			})
			return out.AuthenticationResult, err
		},
		"AdminInitiateAuth": func(d *driver, token, canonical string) (*tokens, error) {
			out, err := d.sdk.AdminInitiateAuth(d.t.Context(), &cip.AdminInitiateAuthInput{
				AuthFlow: types.AuthFlowTypeRefreshTokenAuth, UserPoolId: ptr(d.pool.ID()), ClientId: &d.client.ID,
				AuthParameters: map[string]string{"REFRESH_TOKEN": token, "SECRET_HASH": d.hash(canonical)},
			})
			return out.AuthenticationResult, err
		},
		"GetTokensFromRefreshToken": func(d *driver, token, _ string) (*tokens, error) { return d.renew(&token) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{
				UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail},
				Client:             cognitotest.ClientConfig{Secret: true},
			})
			canonical := d.pool.AddUser(cognitotest.User{Username: "ann@example.com", Password: password})
			first := d.signedIn("ann@example.com")
			if n := len(*first.RefreshToken); n < 1700 || n > 1900 || strings.Count(*first.RefreshToken, ".") != 4 {
				t.Errorf("a refresh token of %d characters", n)
			}
			d.pool.Clock().Advance(time.Hour)
			wantError(t, d.getUser(first.AccessToken), notAuthorized, "Access Token has expired")
			second, err := refresh(d, *first.RefreshToken, canonical)
			if err != nil {
				t.Fatal(err)
			}
			if second.RefreshToken != nil || second.NewDeviceMetadata != nil || second.ExpiresIn != 3600 {
				t.Errorf("a new refresh token, or a device, or tokens for %d seconds", second.ExpiresIn)
			}
			if err := d.getUser(second.AccessToken); err != nil {
				t.Error(err)
			}
			for use, pair := range map[string][2]*string{"access": {first.AccessToken, second.AccessToken}, "id": {first.IdToken, second.IdToken}} {
				before, after := claims(t, pair[0]), claims(t, pair[1])
				for _, kept := range []string{"sub", "origin_jti", "auth_time", "iss", "token_use"} {
					if before[kept] == nil || before[kept] != after[kept] {
						t.Errorf("%s: %s was %v and is %v", use, kept, before[kept], after[kept])
					}
				}
				if before["jti"] == after["jti"] || after["iat"].(float64)-before["iat"].(float64) != 3600 {
					t.Errorf("%s: it is the same token", use)
				}
			}
		})
	}
}

// Each row spoils one thing in a refresh that is right.
func TestRefreshRefuses(t *testing.T) {
	t.Parallel()
	ordinary := func(d *driver, in *tokens) error {
		_, err := d.refresh(in.RefreshToken, "SECRET_HASH", d.hash("ann"))
		return err
	}
	for name, row := range map[string]struct {
		refresh       func(d *driver, in *tokens) error
		code, message string // for both operations, unless the row makes its own call
	}{
		"nothing": {ordinary, "", ""},
		"made up": {func(d *driver, in *tokens) error { in.RefreshToken = ptr("eyJ.a.b.c.d"); return ordinary(d, in) }, notAuthorized, invalidRefresh},
		"an access token": {func(d *driver, in *tokens) error { in.RefreshToken = in.AccessToken; return ordinary(d, in) },
			notAuthorized, invalidRefresh},
		"another client": {func(d *driver, in *tokens) error {
			d.client = d.pool.AddClient(cognitotest.ClientConfig{Secret: true})
			return ordinary(d, in)
		}, notAuthorized, invalidRefresh},
		"last second": {func(d *driver, in *tokens) error {
			d.pool.Clock().Advance(2*time.Hour - time.Second)
			return ordinary(d, in)
		}, "", ""},
		"expired": {func(d *driver, in *tokens) error { d.pool.Clock().Advance(2 * time.Hour); return ordinary(d, in) },
			notAuthorized, "Refresh Token has expired"},
		"disabled": {func(d *driver, in *tokens) error {
			must[*cip.AdminDisableUserOutput](d.t)(d.sdk.AdminDisableUser(d.t.Context(), &cip.AdminDisableUserInput{
				UserPoolId: ptr(d.pool.ID()), Username: ptr("ann"),
			}))
			return ordinary(d, in)
		}, notAuthorized, "User is disabled."},
		"no hash": {func(d *driver, in *tokens) error { _, err := d.refresh(in.RefreshToken); return err },
			notAuthorized, "Client CLIENT is configured with secret but SECRET_HASH was not received"},
		"another's hash": {func(d *driver, in *tokens) error {
			_, err := d.refresh(in.RefreshToken, "SECRET_HASH", d.hash("bob"))
			return err
		}, notAuthorized, "SecretHash does not match for the client: CLIENT"},
		"no token": {func(d *driver, in *tokens) error { _, err := d.refresh(ptr("")); return err },
			invalidParameter, "Missing required parameter REFRESH_TOKEN"},
		"no secret": {func(d *driver, in *tokens) error {
			_, err := d.sdk.GetTokensFromRefreshToken(d.t.Context(), &cip.GetTokensFromRefreshTokenInput{ClientId: &d.client.ID, RefreshToken: in.RefreshToken})
			return err
		}, notAuthorized, "Client CLIENT is configured with secret but secret was not received"},
		"wrong secret": {func(d *driver, in *tokens) error {
			d.client.Secret += "x"
			_, err := d.renew(in.RefreshToken)
			return err
		},
			notAuthorized, "Unable to verify the secret of client CLIENT"},
		"a secret too many": {func(d *driver, in *tokens) error {
			d.client = d.pool.AddClient(cognitotest.ClientConfig{})
			d.client.Secret = "secret"
			_, err := d.renew(in.RefreshToken)
			return err
		}, notAuthorized, "Client CLIENT is not configured for secret but secret was received"},
		"unknown client": {func(d *driver, in *tokens) error {
			d.client.ID = "unknown"
			_, err := d.renew(in.RefreshToken)
			return err
		},
			"ResourceNotFoundException", "User pool client CLIENT does not exist."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{Client: cognitotest.ClientConfig{Secret: true, RefreshTokenValidity: 2 * time.Hour}})
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
			in := d.signedIn("ann")
			err := row.refresh(d, in)
			if row.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			message := strings.ReplaceAll(row.message, "CLIENT", d.client.ID)
			wantError(t, err, row.code, message)
			switch row.message {
			case invalidRefresh, "Refresh Token has expired", "User is disabled.":
				_, err := d.renew(in.RefreshToken)
				wantError(t, err, row.code, message)
			}
		})
	}
}

// A client that may not refresh, and one whose flows have the old names, which
// may: there is no old name for it.
func TestRefreshFlow(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		flow    types.ExplicitAuthFlowsType
		allowed bool
	}{
		"not enabled": {types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, false},
		"legacy":      {types.ExplicitAuthFlowsTypeUserPasswordAuth, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{Client: cognitotest.ClientConfig{Flows: []types.ExplicitAuthFlowsType{row.flow}}})
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
			_, err := d.refresh(d.signedIn("ann").RefreshToken)
			if !row.allowed {
				wantError(t, err, invalidParameter, "REFRESH_TOKEN_AUTH is not enabled for the client.")
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// Where devices are tracked, a refresh needs the key of the one that signed in,
// confirmed or not.
func TestRefreshNeedsDevice(t *testing.T) {
	t.Parallel()
	d, secret, first := tracked(t, cognitotest.Config{})
	fresh := *first.NewDeviceMetadata.DeviceKey
	m, _ := d.confirmDevice(first)
	other := *d.withCode(secret, nil).NewDeviceMetadata.DeviceKey
	for name, more := range map[string][]string{"none": nil, "another": {"DEVICE_KEY", other}} {
		_, err := d.refresh(first.RefreshToken, more...)
		wantError(t, err, notAuthorized, invalidRefresh)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	again := must[*tokens](t)(d.refresh(first.RefreshToken, "DEVICE_KEY", fresh))
	if claims(t, again.AccessToken)["device_key"] != m.key {
		t.Error("the new access token is of another device")
	}
	_, err := d.renew(first.RefreshToken)
	wantError(t, err, notAuthorized, invalidRefresh)
	must[*cip.GetTokensFromRefreshTokenOutput](t)(d.sdk.GetTokensFromRefreshToken(t.Context(), &cip.GetTokensFromRefreshTokenInput{
		ClientId: &d.client.ID, RefreshToken: first.RefreshToken, DeviceKey: &fresh,
	}))
}

func TestRotation(t *testing.T) {
	t.Parallel()
	const reuse = "RefreshTokenReuseException"
	const reused = "The refresh token has been replaced by refresh token rotation."
	for name, grace := range map[string]time.Duration{"at once": 0, "with a grace period": time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{Client: cognitotest.ClientConfig{
				RefreshTokenRotation: true, RotationGrace: grace, RefreshTokenValidity: 2 * time.Hour,
			}})
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
			first := d.signedIn("ann")
			_, err := d.refresh(first.RefreshToken)
			wantError(t, err, invalidParameter, "Refresh token rotation is enabled for the client: use GetTokensFromRefreshToken.")
			d.pool.Clock().Advance(time.Hour)
			second := must[*tokens](t)(d.renew(first.RefreshToken))
			if second.RefreshToken == nil || *second.RefreshToken == *first.RefreshToken {
				t.Fatal("the refresh token was not replaced")
			}
			if grace > 0 {
				d.pool.Clock().Advance(grace - time.Second)
				third := must[*tokens](t)(d.renew(first.RefreshToken))
				must[*tokens](t)(d.renew(third.RefreshToken))
				// The second use does not make the grace period any longer.
				d.pool.Clock().Advance(time.Second)
			}
			_, err = d.renew(first.RefreshToken)
			wantError(t, err, reuse, reused)
			// What came of it stays good, until the first would have expired.
			second = must[*tokens](t)(d.renew(second.RefreshToken))
			d.pool.Clock().Advance(time.Hour)
			_, err = d.renew(second.RefreshToken)
			wantError(t, err, notAuthorized, "Refresh Token has expired")
		})
	}
}

// Of many who use one refresh token at the same time, one gets the next.
func TestRotationRace(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{Client: cognitotest.ClientConfig{RefreshTokenRotation: true}})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	first := d.signedIn("ann")
	var all sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		all.Go(func() { _, errs[i] = d.renew(first.RefreshToken) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		var reuse *types.RefreshTokenReuseException
		switch {
		case err == nil:
			won++
		case !errors.As(err, &reuse):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d of them got one", won)
	}
}

func TestRotationConfig(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]cognitotest.ClientConfig{
		"long grace":     {RefreshTokenRotation: true, RotationGrace: 61 * time.Second},
		"negative grace": {RefreshTokenRotation: true, RotationGrace: -1},
		"no rotation":    {RotationGrace: time.Second},
		"short validity": {RefreshTokenValidity: 59 * time.Minute},
		"long validity":  {RefreshTokenValidity: 3651 * 24 * time.Hour},
	} {
		if _, err := cognitotest.New(cognitotest.Config{Client: client}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Revoking a refresh token, an old one included, ends its sign-in and no other.
func TestRevokeToken(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{Client: cognitotest.ClientConfig{Secret: true, RefreshTokenRotation: true}})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	first, other := d.signedIn("ann"), d.signedIn("ann")
	second := must[*tokens](t)(d.renew(first.RefreshToken))
	foreign := d.pool.AddClient(cognitotest.ClientConfig{})
	revoke := func(client cognitotest.AppClient, token *string) error {
		in := &cip.RevokeTokenInput{ClientId: &client.ID, Token: token}
		if client.Secret != "" {
			in.ClientSecret = &client.Secret
		}
		_, err := d.sdk.RevokeToken(t.Context(), in)
		return err
	}
	const unauthorized = "The client is not authorized to revoke the token."
	for _, client := range []cognitotest.AppClient{foreign, {ID: d.client.ID}, {ID: "unknown"}, {ID: d.client.ID, Secret: "wrong"}} {
		wantError(t, revoke(client, first.RefreshToken), "UnauthorizedException", unauthorized)
	}
	wantError(t, revoke(d.client, first.AccessToken), "UnsupportedTokenTypeException", "The token is not a refresh token.")
	if err := d.getUser(first.AccessToken); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it may be revoked again
		if err := revoke(d.client, first.RefreshToken); err != nil {
			t.Fatal(err)
		}
	}
	for _, in := range []*tokens{first, second} {
		_, err := d.renew(in.RefreshToken)
		wantError(t, err, notAuthorized, "Refresh Token has been revoked")
		wantError(t, d.getUser(in.AccessToken), notAuthorized, "Access Token has been revoked")
	}
	if err := d.getUser(other.AccessToken); err != nil {
		t.Error(err)
	}
	must[*tokens](t)(d.renew(other.RefreshToken))
}

// Signing out everywhere ends every sign-in of one user, by the user or by an
// administrator.
func TestGlobalSignOut(t *testing.T) {
	t.Parallel()
	for name, signOut := range map[string]func(d *driver, in *tokens) error{
		"GlobalSignOut": func(d *driver, in *tokens) error {
			_, err := d.sdk.GlobalSignOut(d.t.Context(), &cip.GlobalSignOutInput{AccessToken: in.AccessToken})
			return err
		},
		"AdminUserGlobalSignOut": func(d *driver, _ *tokens) error {
			_, err := d.sdk.AdminUserGlobalSignOut(d.t.Context(), &cip.AdminUserGlobalSignOutInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("ann")})
			return err
		},
		"AdminDisableUser, enabled again": func(d *driver, _ *tokens) error {
			must[*cip.AdminDisableUserOutput](d.t)(d.sdk.AdminDisableUser(d.t.Context(), &cip.AdminDisableUserInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("ann")}))
			_, err := d.sdk.AdminEnableUser(d.t.Context(), &cip.AdminEnableUserInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("ann")})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{})
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
			d.pool.AddUser(cognitotest.User{Username: "bob", Password: password})
			anns, bobs := []*tokens{d.signedIn("ann"), d.signedIn("ann")}, d.signedIn("bob")
			if err := signOut(d, anns[0]); err != nil {
				t.Fatal(err)
			}
			for _, in := range anns {
				_, err := d.refresh(in.RefreshToken)
				wantError(t, err, notAuthorized, "Refresh Token has been revoked")
				wantError(t, d.getUser(in.AccessToken), notAuthorized, "Access Token has been revoked")
			}
			if err := d.getUser(bobs.AccessToken); err != nil {
				t.Error(err)
			}
			if err := d.getUser(d.signedIn("ann").AccessToken); err != nil { // in the same second
				t.Error(err)
			}
		})
	}
}
