package cognitotest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// A filter finds by equality and by the beginning, in the attributes that can be
// searched and in no others.
func TestListUsersFilter(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{CustomAttributes: []string{"team"}, CaseSensitive: true})
	pool := d.pool.ID()
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: map[string]string{
		"email": "ann@example.com", "given_name": "Ann", "name": `Ann "the \ first"`, "custom:team": "red",
	}})
	d.pool.AddUser(cognitotest.User{Username: "anton", Password: password, Disabled: true, Attributes: map[string]string{"given_name": "Anton"}})
	d.pool.AddUser(cognitotest.User{Username: "Bea", Password: password, Temporary: true, Attributes: map[string]string{"phone_number": "+15555550123"}})
	users := must[*cip.ListUsersOutput](t)(d.sdk.ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: &pool}))
	if len(users.Users) != 3 || *users.Users[0].Username != "ann" || len(users.Users[0].Attributes) != 5 {
		t.Errorf("without a filter: %+v", users.Users)
	}
	sub := *users.Users[0].Attributes[slices.IndexFunc(users.Users[0].Attributes, func(a types.AttributeType) bool { return *a.Name == "sub" })].Value
	for filter, want := range map[string]string{
		``: "ann anton Bea", `  `: "ann anton Bea",
		`username = "ann"`: "ann", `username="ann"`: "ann", ` username   =   "ann" `: "ann", `username = "Ann"`: "",
		`username ^= "an"`: "ann anton", `username ^= ""`: "ann anton Bea", `username = "bea"`: "", `username = "Bea"`: "Bea",
		`given_name = "Ann"`: "ann", `given_name ^= "Ant"`: "anton", `given_name = "ann"`: "",
		`email = "ann@example.com"`: "ann", `email ^= "ann@"`: "ann", `email = "ann@"`: "", `phone_number ^= "+1555"`: "Bea",
		`name = "Ann \"the \\ first\""`: "ann", `family_name = ""`: "ann anton Bea",
		`sub = "` + sub + `"`: "ann", `sub ^= "` + sub[:30] + `"`: "ann", `sub = "x"`: "",
		`cognito:user_status = "CONFIRMED"`: "ann anton", `cognito:user_status = "force_change_password"`: "Bea",
		`status = "Enabled"`: "ann Bea", `status = "Disabled"`: "anton", `status = "enabled"`: "",
	} {
		out := must[*cip.ListUsersOutput](t)(d.sdk.ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: &pool, Filter: &filter}))
		var names []string
		for _, u := range out.Users {
			names = append(names, *u.Username)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: got %q, want %q", filter, got, want)
		}
	}
	for filter, message := range map[string]string{
		`username`:            "Error while parsing filter",
		`username = ann`:      "Error while parsing filter",
		`username = 'ann'`:    "Error while parsing filter",
		`username == "ann"`:   "Error while parsing filter",
		`username = "a" "b"`:  "Error while parsing filter",
		`username = "a\x"`:    "Error while parsing filter",
		`username = "a"b"`:    "Error while parsing filter",
		`username $= "a"`:     "Error while parsing filter",
		`= "a"`:               "Error while parsing filter",
		`custom:team = "red"`: "Invalid search attribute: custom:team",
		`nickname = "a"`:      "Invalid search attribute: nickname",
	} {
		_, err := d.sdk.ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: &pool, Filter: &filter})
		wantError(t, err, "InvalidParameterException", message)
	}
}

// Pages hold every user once, also when users go between two pages.
func TestListUsersPages(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	pool := d.pool.ID()
	var want []string
	for i := range 20 {
		name := fmt.Sprintf("user%02d", i)
		d.pool.AddUser(cognitotest.User{Username: name, Password: password})
		want = append(want, name)
	}
	gone := []string{"user03", "user06", "user13", "user14", "user15", "user16", "user17", "user18", "user19", "user12", "user11"}
	var got []string
	in := &cip.ListUsersInput{UserPoolId: &pool, Limit: aws.Int32(7), Filter: aws.String(`username ^= "user"`)}
	pages := cip.NewListUsersPaginator(d.sdk, in)
	for pages.HasMorePages() {
		page := must[*cip.ListUsersOutput](t)(pages.NextPage(t.Context())).Users
		for _, u := range page {
			got = append(got, *u.Username)
		}
		for _, name := range gone {
			must[*cip.AdminDeleteUserOutput](t)(d.sdk.AdminDeleteUser(t.Context(), &cip.AdminDeleteUserInput{UserPoolId: &pool, Username: &name}))
		}
		gone = nil
	}
	want = append(want[:7], "user07", "user08", "user09", "user10")
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, token := range []string{"x", "-1", "0", "1000", "1.5", ""} {
		_, err := d.sdk.ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: &pool, PaginationToken: &token})
		if token == "" {
			continue // the same as none
		}
		wantError(t, err, "InvalidParameterException", "Invalid pagination token.")
	}
	_, err := d.sdk.ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: &pool, Limit: aws.Int32(61)})
	wantError(t, err, "InvalidParameterException",
		"1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must be between 0 and 60")
}

func TestListUsersAttributes(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	pool := d.pool.ID()
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: map[string]string{"name": "Ann", "locale": "de"}})
	list := func(names ...string) (*cip.ListUsersOutput, error) {
		return d.sdk.ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: &pool, AttributesToGet: names})
	}
	out := must[*cip.ListUsersOutput](t)(list("name"))
	if a := out.Users[0].Attributes; len(a) != 1 || *a[0].Name != "name" || *a[0].Value != "Ann" {
		t.Errorf("got %+v", a)
	}
	_, err := list("name", "email")
	wantError(t, err, "InvalidParameterException", "One or more requested attributes do not exist.")
}

// An administrator removes attributes, but none that users must have or that are
// fixed.
func TestAdminDeleteUserAttributes(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	p := d.createPool(&cip.CreateUserPoolInput{PoolName: aws.String("attributes"), Schema: []types.SchemaAttributeType{
		{Name: aws.String("email"), Required: aws.Bool(true)}, {Name: aws.String("id"), Mutable: aws.Bool(false)},
	}})
	must[*cip.AdminCreateUserOutput](t)(d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
		UserPoolId: &p.id, Username: aws.String("ann"), UserAttributes: attributes("email", "ann@example.com", "name", "Ann", "custom:id", "7"),
	}))
	remove := func(name string) error {
		_, err := d.sdk.AdminDeleteUserAttributes(t.Context(), &cip.AdminDeleteUserAttributesInput{
			UserPoolId: &p.id, Username: aws.String("ann"), UserAttributeNames: []string{name},
		})
		return err
	}
	if err := remove("name"); err != nil {
		t.Error(err)
	}
	wantError(t, remove("email"), "InvalidParameterException", "Attributes did not conform to the schema: email: The attribute is required")
	wantError(t, remove("custom:id"), "InvalidParameterException", "user.custom:id: Attribute cannot be updated.")
	got := must[*cip.AdminGetUserOutput](t)(d.sdk.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &p.id, Username: aws.String("ann")}))
	if len(got.UserAttributes) != 3 {
		t.Errorf("left are %d attributes", len(got.UserAttributes))
	}
}
