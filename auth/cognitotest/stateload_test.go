package cognitotest_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// census is what an administrator sees of a pool, in one text.
func (d *driver) census() string {
	d.t.Helper()
	pool, ctx := ptr(d.pool.ID()), d.t.Context()
	var lines []string
	add := func(values ...any) { lines = append(lines, string(must[[]byte](d.t)(json.Marshal(values)))) }
	for _, u := range must[*cip.ListUsersOutput](d.t)(d.sdk.ListUsers(ctx, &cip.ListUsersInput{UserPoolId: pool})).Users {
		user := must[*cip.AdminGetUserOutput](d.t)(d.sdk.AdminGetUser(ctx, &cip.AdminGetUserInput{UserPoolId: pool, Username: u.Username}))
		groups := d.groupsOf(*u.Username)
		slices.Sort(groups)
		add(u.Username, user.Enabled, user.UserStatus, user.UserAttributes, user.UserMFASettingList, groups)
	}
	groups := must[*cip.ListGroupsOutput](d.t)(d.sdk.ListGroups(ctx, &cip.ListGroupsInput{UserPoolId: pool})).Groups
	for _, g := range groups {
		add(g.GroupName, g.Description)
	}
	clients := must[*cip.ListUserPoolClientsOutput](d.t)(d.sdk.ListUserPoolClients(ctx, &cip.ListUserPoolClientsInput{UserPoolId: pool})).UserPoolClients
	for _, c := range clients {
		add(c.ClientId, c.ClientName)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Administrators and users at the same time, on the same things, one pool deleted
// in the middle: what a restart finds is what there was.
func TestStateUnderLoad(t *testing.T) {
	t.Parallel()
	cfg := cognitotest.Config{
		State: filepath.Join(t.TempDir(), "state"), Clock: cognitotest.NewClock(morning), NoLockout: true, NoLimits: true,
		MFA: types.UserPoolMfaTypeOptional, TOTP: true, Email: true, Recovery: types.RecoveryOptionNameTypeVerifiedPhoneNumber,
	}
	d := drive(t, cfg)
	ctx := t.Context()
	doomed := must[*cip.CreateUserPoolOutput](t)(d.sdk.CreateUserPool(ctx, &cip.CreateUserPoolInput{PoolName: ptr("doomed")})).UserPool.Id
	var busy sync.WaitGroup
	for worker := range 6 {
		busy.Go(func() {
			for i := range 25 {
				name, group := ptr(fmt.Sprint("u", (worker+i)%5)), ptr(fmt.Sprint("g", i%3))
				for _, pool := range []*string{ptr(d.pool.ID()), doomed} {
					// Errors are of what another worker has done before.
					_, _ = d.sdk.AdminCreateUser(ctx, &cip.AdminCreateUserInput{UserPoolId: pool, Username: name, UserAttributes: []types.AttributeType{
						{Name: ptr("email"), Value: ptr(*name + "@example.com")}, {Name: ptr("email_verified"), Value: ptr("true")},
					}})
					_, _ = d.sdk.AdminSetUserPassword(ctx, &cip.AdminSetUserPasswordInput{UserPoolId: pool, Username: name, Password: ptr(password), Permanent: true})
					_, _ = d.sdk.CreateGroup(ctx, &cip.CreateGroupInput{UserPoolId: pool, GroupName: group})
					_, _ = d.sdk.AdminAddUserToGroup(ctx, &cip.AdminAddUserToGroupInput{UserPoolId: pool, Username: name, GroupName: group})
					client, err := d.sdk.CreateUserPoolClient(ctx, &cip.CreateUserPoolClientInput{UserPoolId: pool, ClientName: ptr("c")})
					switch i % 5 {
					case 0:
						_, _ = d.sdk.AdminDeleteUser(ctx, &cip.AdminDeleteUserInput{UserPoolId: pool, Username: name})
					case 1:
						_, _ = d.sdk.DeleteGroup(ctx, &cip.DeleteGroupInput{UserPoolId: pool, GroupName: group})
					case 2:
						_, _ = d.sdk.AdminDisableUser(ctx, &cip.AdminDisableUserInput{UserPoolId: pool, Username: name})
					case 3:
						_, _ = d.sdk.UpdateGroup(ctx, &cip.UpdateGroupInput{UserPoolId: pool, GroupName: group, Description: ptr(fmt.Sprint(worker, i))})
					}
					if err == nil && i%6 > 0 {
						_, _ = d.sdk.DeleteUserPoolClient(ctx, &cip.DeleteUserPoolClientInput{UserPoolId: pool, ClientId: client.UserPoolClient.ClientId})
					}
				}
				if signedIn, err := d.initiate(types.AuthFlowTypeUserPasswordAuth, map[string]string{"USERNAME": *name, "PASSWORD": password}); err == nil && signedIn.AuthenticationResult != nil {
					token := signedIn.AuthenticationResult.AccessToken
					_, _ = d.sdk.UpdateUserAttributes(ctx, &cip.UpdateUserAttributesInput{AccessToken: token, UserAttributes: []types.AttributeType{
						{Name: ptr("nickname"), Value: ptr(fmt.Sprint(worker, i))},
					}})
					_, _ = d.sdk.SetUserMFAPreference(ctx, &cip.SetUserMFAPreferenceInput{
						AccessToken: token, EmailMfaSettings: &types.EmailMfaSettingsType{Enabled: i%2 == 0},
					})
					_, _ = d.sdk.GlobalSignOut(ctx, &cip.GlobalSignOutInput{AccessToken: token})
				}
				if worker == 0 && i == 12 {
					_, _ = d.sdk.DeleteUserPool(ctx, &cip.DeleteUserPoolInput{UserPoolId: doomed})
				}
			}
		})
	}
	busy.Wait()
	before := d.census()
	d = d.reopened(cfg)
	if after := d.census(); after != before || strings.Count(before, "example.com") == 0 {
		t.Errorf("there was\n%s\nand there is\n%s", before, after)
	}
}
