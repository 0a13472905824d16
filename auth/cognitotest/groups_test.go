package cognitotest_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

const role = "arn:aws:iam::123456789012:role/"

// group makes a group; a precedence below zero is none.
func (d *driver) group(name, role string, precedence int32) {
	d.t.Helper()
	in := &cip.CreateGroupInput{UserPoolId: aws.String(d.pool.ID()), GroupName: &name}
	if role != "" {
		in.RoleArn = &role
	}
	if precedence >= 0 {
		in.Precedence = &precedence
	}
	must[*cip.CreateGroupOutput](d.t)(d.sdk.CreateGroup(d.t.Context(), in))
}

func (d *driver) join(user, group string) error {
	_, err := d.sdk.AdminAddUserToGroup(d.t.Context(), &cip.AdminAddUserToGroupInput{
		UserPoolId: aws.String(d.pool.ID()), Username: &user, GroupName: &group,
	})
	return err
}

func (d *driver) groupsOf(user string) (names []string) {
	d.t.Helper()
	pages := cip.NewAdminListGroupsForUserPaginator(d.sdk, &cip.AdminListGroupsForUserInput{
		UserPoolId: aws.String(d.pool.ID()), Username: &user, Limit: aws.Int32(2),
	})
	for pages.HasMorePages() {
		for _, g := range must[*cip.AdminListGroupsForUserOutput](d.t)(pages.NextPage(d.t.Context())).Groups {
			names = append(names, *g.GroupName)
		}
	}
	return names
}

func TestGroups(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	pool := d.pool.ID()
	d.group("staff", role+"staff", 3)
	want := &types.GroupType{
		GroupName: aws.String("staff"), UserPoolId: &pool, RoleArn: aws.String(role + "staff"), Precedence: aws.Int32(3),
		CreationDate: &morning, LastModifiedDate: &morning,
	}
	get := func(name string) (*cip.GetGroupOutput, error) {
		return d.sdk.GetGroup(t.Context(), &cip.GetGroupInput{UserPoolId: &pool, GroupName: &name})
	}
	if diff := cmp.Diff(want, must[*cip.GetGroupOutput](t)(get("staff")).Group, asIs); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	want.Description = aws.String("all of them")
	updated := must[*cip.UpdateGroupOutput](t)(d.sdk.UpdateGroup(t.Context(), &cip.UpdateGroupInput{
		UserPoolId: &pool, GroupName: want.GroupName, Description: want.Description,
	}))
	if diff := cmp.Diff(want, updated.Group, asIs); diff != "" {
		t.Errorf("updated (-want +got)\n%s", diff)
	}
	_, err := d.sdk.CreateGroup(t.Context(), &cip.CreateGroupInput{UserPoolId: &pool, GroupName: aws.String("staff")})
	wantError(t, err, "GroupExistsException", "A group with the name already exists.")
	_, err = d.sdk.CreateGroup(t.Context(), &cip.CreateGroupInput{UserPoolId: &pool, GroupName: aws.String("x"), Precedence: aws.Int32(-1)})
	wantError(t, err, "InvalidParameterException",
		"1 validation error detected: Value at 'precedence' failed to satisfy constraint: Member must have value greater than or equal to 0")

	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	if err := d.join("ann", "staff"); err != nil {
		t.Fatal(err)
	}
	wantError(t, d.join("ann", "none"), "ResourceNotFoundException", "Group not found.")
	wantError(t, d.join("bob", "staff"), "UserNotFoundException", "User does not exist.")
	must[*cip.DeleteGroupOutput](t)(d.sdk.DeleteGroup(t.Context(), &cip.DeleteGroupInput{UserPoolId: &pool, GroupName: aws.String("staff")}))
	_, err = get("staff")
	wantError(t, err, "ResourceNotFoundException", "Group not found.")
	if got := d.groupsOf("ann"); got != nil {
		t.Errorf("ann is in %v, which is gone", got)
	}
}

// Lists come in pages: groups by name, those of a user by precedence, members as
// they joined. Who leaves, or is deleted, is in none.
func TestGroupLists(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	pool := d.pool.ID()
	d.group("c", "", 1)
	d.group("b", "", -1)
	d.group("a", "", 2)
	d.group("d", "", 1)
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	for _, g := range []string{"a", "b", "c", "d", "a"} {
		if err := d.join("ann", g); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := d.groupsOf("ann"), []string{"c", "d", "a", "b"}; !slices.Equal(got, want) {
		t.Errorf("ann is in %v, want %v", got, want)
	}
	var all []string
	pages := cip.NewListGroupsPaginator(d.sdk, &cip.ListGroupsInput{UserPoolId: &pool, Limit: aws.Int32(3)})
	for pages.HasMorePages() {
		for _, g := range must[*cip.ListGroupsOutput](t)(pages.NextPage(t.Context())).Groups {
			all = append(all, *g.GroupName)
		}
	}
	if want := []string{"a", "b", "c", "d"}; !slices.Equal(all, want) {
		t.Errorf("got %v, want %v", all, want)
	}
	var want []string
	for i := range 5 {
		name := fmt.Sprint("user", i)
		d.pool.AddUser(cognitotest.User{Username: name, Password: password})
		if err := d.join(name, "b"); err != nil {
			t.Fatal(err)
		}
		want = append(want, name)
	}
	leave := &cip.AdminRemoveUserFromGroupInput{UserPoolId: &pool, Username: aws.String("ann"), GroupName: aws.String("b")}
	must[*cip.AdminRemoveUserFromGroupOutput](t)(d.sdk.AdminRemoveUserFromGroup(t.Context(), leave))
	must[*cip.AdminRemoveUserFromGroupOutput](t)(d.sdk.AdminRemoveUserFromGroup(t.Context(), leave))
	must[*cip.AdminDeleteUserOutput](t)(d.sdk.AdminDeleteUser(t.Context(), &cip.AdminDeleteUserInput{UserPoolId: &pool, Username: aws.String("user2")}))
	want = slices.Delete(want, 2, 3)
	var members []string
	in := cip.NewListUsersInGroupPaginator(d.sdk, &cip.ListUsersInGroupInput{UserPoolId: &pool, GroupName: aws.String("b"), Limit: aws.Int32(3)})
	for in.HasMorePages() {
		for _, u := range must[*cip.ListUsersInGroupOutput](t)(in.NextPage(t.Context())).Users {
			members = append(members, *u.Username)
		}
	}
	if !slices.Equal(members, want) {
		t.Errorf("members %v, want %v", members, want)
	}
}

// Tokens carry the groups, those that say most first; ID tokens the roles, and
// the one that is preferred, too. A refresh sees what has changed.
func TestGroupsInTokens(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.group("plain", "", 0)
	d.group("staff", role+"staff", 5)
	d.group("late", role+"late", -1)
	d.group("lead", role+"lead", 1)
	d.group("twin", role+"twin", 1)
	d.group("same", role+"lead", 1)
	for name, row := range map[string]struct {
		in            []string
		groups, roles []any
		preferred     any
	}{
		"nobody": {},
		"norole": {in: []string{"plain"}, groups: []any{"plain"}},
		"one":    {[]string{"staff"}, []any{"staff"}, []any{role + "staff"}, role + "staff"},
		"none is last": {[]string{"late", "staff"}, []any{"staff", "late"},
			[]any{role + "staff", role + "late"}, role + "staff"},
		"no role has no say": {[]string{"staff", "plain"}, []any{"plain", "staff"}, []any{role + "staff"}, role + "staff"},
		"two of one rank": {[]string{"staff", "twin", "lead"}, []any{"lead", "twin", "staff"},
			[]any{role + "lead", role + "twin", role + "staff"}, nil},
		"two of one rank and role": {[]string{"same", "lead"}, []any{"lead", "same"}, []any{role + "lead"}, role + "lead"},
	} {
		user := "user-" + fmt.Sprintf("%x", name)
		d.pool.AddUser(cognitotest.User{Username: user, Password: password})
		first := must[*cip.InitiateAuthOutput](t)(d.byPassword(user, password)).AuthenticationResult
		for _, g := range row.in {
			if err := d.join(user, g); err != nil {
				t.Fatal(err)
			}
		}
		later := must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeRefreshTokenAuth, map[string]string{"REFRESH_TOKEN": *first.RefreshToken}))
		claim := func(token *string, name string) any { return claims(t, token)[name] }
		list := func(want []any) any {
			if want == nil {
				return nil
			}
			return want
		}
		access, id := later.AuthenticationResult.AccessToken, later.AuthenticationResult.IdToken
		got := []any{claim(access, "cognito:groups"), claim(id, "cognito:groups"), claim(id, "cognito:roles"), claim(id, "cognito:preferred_role"), claim(access, "cognito:roles")}
		want := []any{list(row.groups), list(row.groups), list(row.roles), row.preferred, nil}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
		if claim(first.IdToken, "cognito:groups") != nil {
			t.Errorf("%s: groups before the first was joined", name)
		}
	}
}
