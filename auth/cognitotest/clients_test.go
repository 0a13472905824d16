package cognitotest_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// A client that says nothing has the API's defaults, which are not those of the
// configuration; one that says everything is described as it was made.
func TestCreateUserPoolClient(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	p := d.createPool(&cip.CreateUserPoolInput{PoolName: aws.String("clients")})
	for name, row := range map[string]struct {
		in   cip.CreateUserPoolClientInput
		want types.UserPoolClientType
	}{
		"nothing said": {
			want: types.UserPoolClientType{
				ExplicitAuthFlows:          []types.ExplicitAuthFlowsType{"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"},
				PreventUserExistenceErrors: types.PreventUserExistenceErrorTypesLegacy,
				AuthSessionValidity:        aws.Int32(3), AccessTokenValidity: aws.Int32(1), IdTokenValidity: aws.Int32(1), RefreshTokenValidity: 30,
				EnableTokenRevocation: aws.Bool(true), AllowedOAuthFlowsUserPoolClient: aws.Bool(false),
			},
		},
		"everything said": {
			in: cip.CreateUserPoolClientInput{
				ExplicitAuthFlows:   []types.ExplicitAuthFlowsType{"ALLOW_USER_AUTH"},
				AuthSessionValidity: aws.Int32(15), AccessTokenValidity: aws.Int32(300), IdTokenValidity: aws.Int32(5), RefreshTokenValidity: 12,
				TokenValidityUnits: &types.TokenValidityUnitsType{
					AccessToken: types.TimeUnitsTypeSeconds, IdToken: types.TimeUnitsTypeMinutes, RefreshToken: types.TimeUnitsTypeHours,
				},
				PreventUserExistenceErrors: types.PreventUserExistenceErrorTypesEnabled, EnableTokenRevocation: aws.Bool(false),
				RefreshTokenRotation: &types.RefreshTokenRotationType{Feature: types.FeatureTypeEnabled, RetryGracePeriodSeconds: aws.Int32(60)},
				ReadAttributes:       []string{"email"}, WriteAttributes: []string{"name"},
				CallbackURLs: []string{"https://example.com/cb"}, AllowedOAuthScopes: []string{"openid"},
			},
			want: types.UserPoolClientType{
				ExplicitAuthFlows:   []types.ExplicitAuthFlowsType{"ALLOW_USER_AUTH"},
				AuthSessionValidity: aws.Int32(15), AccessTokenValidity: aws.Int32(300), IdTokenValidity: aws.Int32(5), RefreshTokenValidity: 12,
				TokenValidityUnits: &types.TokenValidityUnitsType{
					AccessToken: types.TimeUnitsTypeSeconds, IdToken: types.TimeUnitsTypeMinutes, RefreshToken: types.TimeUnitsTypeHours,
				},
				PreventUserExistenceErrors: types.PreventUserExistenceErrorTypesEnabled, EnableTokenRevocation: aws.Bool(false),
				RefreshTokenRotation: &types.RefreshTokenRotationType{Feature: types.FeatureTypeEnabled, RetryGracePeriodSeconds: aws.Int32(60)},
				ReadAttributes:       []string{"email"}, WriteAttributes: []string{"name"},
				CallbackURLs: []string{"https://example.com/cb"}, AllowedOAuthScopes: []string{"openid"},
				AllowedOAuthFlowsUserPoolClient: aws.Bool(false),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := p.createClient(&row.in)
			got := p.describeClient(c.ID)
			row.want.ClientId, row.want.ClientName, row.want.UserPoolId = &c.ID, aws.String("web"), &p.id
			row.want.CreationDate, row.want.LastModifiedDate = &morning, &morning
			if diff := cmp.Diff(&row.want, got, asIs); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func (p *createdPool) describeClient(id string) *types.UserPoolClientType {
	p.t.Helper()
	return must[*cip.DescribeUserPoolClientOutput](p.t)(p.sdk.DescribeUserPoolClient(p.t.Context(),
		&cip.DescribeUserPoolClientInput{UserPoolId: &p.id, ClientId: &id})).UserPoolClient
}

// Each row is one thing that AWS refuses.
func TestCreateUserPoolClientRefuses(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	p := d.createPool(&cip.CreateUserPoolInput{PoolName: aws.String("clients")})
	const out = "Invalid range for AccessTokenValidity: 5m0s to 24h0m0s."
	for name, row := range map[string]struct {
		in      cip.CreateUserPoolClientInput
		message string
	}{
		"flows of two generations": {cip.CreateUserPoolClientInput{ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"}},
			"ALLOW_ values cannot be used along with values without the ALLOW_ prefix in ExplicitAuthFlows."},
		"an unknown flow": {cip.CreateUserPoolClientInput{ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_ALL"}},
			"1 validation error detected: Value 'ALLOW_ALL' at 'explicitAuthFlows.1.member' failed to satisfy constraint: Member must satisfy enum value set: " +
				"[ADMIN_NO_SRP_AUTH, CUSTOM_AUTH_FLOW_ONLY, USER_PASSWORD_AUTH, ALLOW_ADMIN_USER_PASSWORD_AUTH, ALLOW_CUSTOM_AUTH, ALLOW_USER_PASSWORD_AUTH, ALLOW_USER_SRP_AUTH, ALLOW_REFRESH_TOKEN_AUTH, ALLOW_USER_AUTH]"},
		"sessions of two minutes":   {cip.CreateUserPoolClientInput{AuthSessionValidity: aws.Int32(2)}, "Invalid range for AuthSessionValidity: 3m0s to 15m0s."},
		"sessions of no minutes":    {cip.CreateUserPoolClientInput{AuthSessionValidity: aws.Int32(0)}, "Invalid range for AuthSessionValidity: 3m0s to 15m0s."},
		"sessions of 16 minutes":    {cip.CreateUserPoolClientInput{AuthSessionValidity: aws.Int32(16)}, "Invalid range for AuthSessionValidity: 3m0s to 15m0s."},
		"tokens for 25 hours":       {cip.CreateUserPoolClientInput{AccessTokenValidity: aws.Int32(25)}, out},
		"tokens for years":          {cip.CreateUserPoolClientInput{AccessTokenValidity: aws.Int32(math.MaxInt32)}, out},
		"tokens for less than none": {cip.CreateUserPoolClientInput{AccessTokenValidity: aws.Int32(-1)}, out},
		"refresh for ages": {cip.CreateUserPoolClientInput{RefreshTokenValidity: math.MaxInt32},
			"Invalid range for RefreshTokenValidity: 1h0m0s to 87600h0m0s."},
		"grace of two minutes": {cip.CreateUserPoolClientInput{RefreshTokenRotation: &types.RefreshTokenRotationType{Feature: "ENABLED", RetryGracePeriodSeconds: aws.Int32(120)}},
			"RetryGracePeriodSeconds is 0 to 60, and needs refresh token rotation."},
		"rotation with the flow it excludes": {cip.CreateUserPoolClientInput{
			ExplicitAuthFlows:    []types.ExplicitAuthFlowsType{"ALLOW_REFRESH_TOKEN_AUTH"},
			RefreshTokenRotation: &types.RefreshTokenRotationType{Feature: "ENABLED"},
		}, "ALLOW_REFRESH_TOKEN_AUTH cannot be used with refresh token rotation."},
		"two ways to a secret": {cip.CreateUserPoolClientInput{GenerateSecret: true, ClientSecret: aws.String("secret")}, "GenerateSecret and ClientSecret cannot be combined."},
		"reads what is not":    {cip.CreateUserPoolClientInput{ReadAttributes: []string{"custom:none"}}, "Invalid read attributes specified while creating a client"},
		"writes what is not":   {cip.CreateUserPoolClientInput{WriteAttributes: []string{"custom:none"}}, "Invalid write attributes specified while creating a client"},
		"writes proofs":        {cip.CreateUserPoolClientInput{WriteAttributes: []string{"email_verified"}}, "Invalid write attributes specified while creating a client"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row.in.UserPoolId, row.in.ClientName = &p.id, aws.String("web")
			_, err := d.sdk.CreateUserPoolClient(t.Context(), &row.in)
			wantError(t, err, "InvalidParameterException", row.message)
		})
	}
}

// An update forgets what it is not told again, but for the name and the secret,
// and holds from the next call on.
func TestUpdateUserPoolClient(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	p := d.createPool(&cip.CreateUserPoolInput{PoolName: aws.String("clients")})
	c := p.createClient(&cip.CreateUserPoolClientInput{
		GenerateSecret: true, AccessTokenValidity: aws.Int32(24), ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"USER_PASSWORD_AUTH"},
	})
	_, err := d.as(c).byPassword("ann", password)
	wantError(t, err, "UserNotFoundException", "User does not exist.")
	out := must[*cip.UpdateUserPoolClientOutput](t)(d.sdk.UpdateUserPoolClient(t.Context(), &cip.UpdateUserPoolClientInput{
		UserPoolId: &p.id, ClientId: &c.ID, PreventUserExistenceErrors: "ENABLED",
	})).UserPoolClient
	if *out.ClientName != "web" || *out.ClientSecret != c.Secret || *out.AccessTokenValidity != 1 || len(out.ExplicitAuthFlows) != 3 {
		t.Errorf("updated to %+v", out)
	}
	_, err = d.as(c).byPassword("ann", password)
	wantError(t, err, "InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client")

	must[*cip.DeleteUserPoolClientOutput](t)(d.sdk.DeleteUserPoolClient(t.Context(), &cip.DeleteUserPoolClientInput{UserPoolId: &p.id, ClientId: &c.ID}))
	_, err = d.sdk.DescribeUserPoolClient(t.Context(), &cip.DescribeUserPoolClientInput{UserPoolId: &p.id, ClientId: &c.ID})
	wantError(t, err, "ResourceNotFoundException", fmt.Sprintf("User pool client %s does not exist.", c.ID))
	// Another pool's client is not this one's.
	foreign := d.client.ID
	_, err = d.sdk.DeleteUserPoolClient(t.Context(), &cip.DeleteUserPoolClientInput{UserPoolId: &p.id, ClientId: &foreign})
	wantError(t, err, "ResourceNotFoundException", fmt.Sprintf("User pool client %s does not exist.", foreign))
}

func TestListUserPoolClients(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	p := d.createPool(&cip.CreateUserPoolInput{PoolName: aws.String("clients")})
	var want, got []string
	for range 5 {
		want = append(want, p.createClient(&cip.CreateUserPoolClientInput{}).ID)
	}
	slices.Sort(want)
	pages := cip.NewListUserPoolClientsPaginator(d.sdk, &cip.ListUserPoolClientsInput{UserPoolId: &p.id, MaxResults: aws.Int32(2)})
	for pages.HasMorePages() {
		for _, c := range must[*cip.ListUserPoolClientsOutput](t)(pages.NextPage(t.Context())).UserPoolClients {
			got = append(got, *c.ClientId)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// While a client has two secrets, the hashes of both are good.
func TestClientSecrets(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{Client: cognitotest.ClientConfig{Secret: true}})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	pool, client := d.pool.ID(), d.client.ID
	list := func() []types.ClientSecretDescriptorType {
		return must[*cip.ListUserPoolClientSecretsOutput](t)(d.sdk.ListUserPoolClientSecrets(t.Context(),
			&cip.ListUserPoolClientSecretsInput{UserPoolId: &pool, ClientId: &client})).ClientSecrets
	}
	remove := func(id *string) error {
		_, err := d.sdk.DeleteUserPoolClientSecret(t.Context(), &cip.DeleteUserPoolClientSecretInput{UserPoolId: &pool, ClientId: &client, ClientSecretId: id})
		return err
	}
	first := list()[0]
	wantError(t, remove(first.ClientSecretId), "InvalidParameterException", "The last secret of an app client cannot be deleted.")
	wantError(t, remove(aws.String("none")), "ResourceNotFoundException", "The client secret does not exist.")
	add := &cip.AddUserPoolClientSecretInput{UserPoolId: &pool, ClientId: &client}
	second := must[*cip.AddUserPoolClientSecretOutput](t)(d.sdk.AddUserPoolClientSecret(t.Context(), add)).ClientSecretDescriptor
	_, err := d.sdk.AddUserPoolClientSecret(t.Context(), add)
	wantError(t, err, "LimitExceededException", "An app client has at most 2 secrets.")
	for _, s := range list() {
		if s.ClientSecretValue != nil {
			t.Error("a listed secret is told")
		}
	}
	old, rotated := d, d.as(cognitotest.AppClient{ID: client, Secret: *second.ClientSecretValue})
	for _, by := range []*driver{old, rotated} {
		must[*cip.InitiateAuthOutput](t)(by.byPassword("ann", password))
	}
	if err := remove(first.ClientSecretId); err != nil {
		t.Fatal(err)
	}
	_, err = old.byPassword("ann", password)
	wantError(t, err, "NotAuthorizedException", "Unable to verify secret hash for client "+client)
	must[*cip.InitiateAuthOutput](t)(rotated.byPassword("ann", password))
	// One that the caller brought is not told back.
	add.ClientSecret = aws.String(strings.Repeat("s", 24))
	if s := must[*cip.AddUserPoolClientSecretOutput](t)(d.sdk.AddUserPoolClientSecret(t.Context(), add)).ClientSecretDescriptor; s.ClientSecretValue != nil {
		t.Error("a secret that was given is told back")
	}
	public := d.pool.AddClient(cognitotest.ClientConfig{}).ID
	_, err = d.sdk.AddUserPoolClientSecret(t.Context(), &cip.AddUserPoolClientSecretInput{UserPoolId: &pool, ClientId: &public})
	wantError(t, err, "InvalidParameterException", "The app client has no secret, so that none can be added.")
}

// A client sees and sets what it was allowed to; if nothing was said, the
// standard attributes.
func TestAttributePermissions(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	p := d.createPool(&cip.CreateUserPoolInput{
		PoolName: aws.String("permissions"), Schema: []types.SchemaAttributeType{{Name: aws.String("team"), AttributeDataType: "String"}},
	})
	flow := []types.ExplicitAuthFlowsType{"ALLOW_USER_PASSWORD_AUTH"}
	standard := p.createClient(&cip.CreateUserPoolClientInput{ExplicitAuthFlows: flow})
	narrow := p.createClient(&cip.CreateUserPoolClientInput{ExplicitAuthFlows: flow, ReadAttributes: []string{"custom:team"}, WriteAttributes: []string{"custom:team"}})
	must[*cip.AdminCreateUserOutput](t)(d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
		UserPoolId: &p.id, Username: aws.String("ann"), UserAttributes: attributes("name", "Ann", "custom:team", "red", "email", "ann@example.com"),
	}))
	must[*cip.AdminSetUserPasswordOutput](t)(d.sdk.AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{
		UserPoolId: &p.id, Username: aws.String("ann"), Password: aws.String(password), Permanent: true,
	}))
	for name, row := range map[string]struct {
		client      cognitotest.AppClient
		sees, blind string
		may, mayNot string
	}{
		"by default":  {standard, "name", "custom:team", "name", "custom:team"},
		"as was said": {narrow, "custom:team", "name", "custom:team", "name"},
	} {
		tokens := must[*cip.InitiateAuthOutput](t)(d.as(row.client).byPassword("ann", password)).AuthenticationResult
		user := must[*cip.GetUserOutput](t)(d.sdk.GetUser(t.Context(), &cip.GetUserInput{AccessToken: tokens.AccessToken}))
		seen := map[string]bool{}
		for _, a := range user.UserAttributes {
			seen[*a.Name] = true
		}
		told := claims(t, tokens.IdToken)
		if !seen[row.sees] || seen[row.blind] || !seen["sub"] || told[row.sees] == nil || told[row.blind] != nil {
			t.Errorf("%s: sees %v, claims %v", name, seen, told)
		}
		update := func(attribute string) error {
			_, err := d.sdk.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{AccessToken: tokens.AccessToken, UserAttributes: attributes(attribute, "new")})
			return err
		}
		if err := update(row.may); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		const refused = "A client attempted to write unauthorized attribute"
		wantError(t, update(row.mayNot), "NotAuthorizedException", refused)
		_, err := d.sdk.DeleteUserAttributes(t.Context(), &cip.DeleteUserAttributesInput{AccessToken: tokens.AccessToken, UserAttributeNames: []string{row.mayNot}})
		wantError(t, err, "NotAuthorizedException", refused)
		_, err = d.sdk.SignUp(t.Context(), &cip.SignUpInput{
			ClientId: &row.client.ID, Username: aws.String("bob"), Password: aws.String(password), UserAttributes: attributes(row.mayNot, "x"),
		})
		wantError(t, err, "NotAuthorizedException", refused)
	}
}

// attributes makes a list of names and values.
func attributes(namesAndValues ...string) (list []types.AttributeType) {
	for pair := range slices.Chunk(namesAndValues, 2) {
		list = append(list, types.AttributeType{Name: &pair[0], Value: &pair[1]})
	}
	return list
}

// Without revocation there is no origin_jti and nothing to revoke.
func TestTokenRevocationOff(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	pool := d.pool.ID()
	must[*cip.UpdateUserPoolClientOutput](t)(d.sdk.UpdateUserPoolClient(t.Context(), &cip.UpdateUserPoolClientInput{
		UserPoolId: &pool, ClientId: &d.client.ID, EnableTokenRevocation: aws.Bool(false),
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_USER_PASSWORD_AUTH"},
	}))
	tokens := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)).AuthenticationResult
	if told := claims(t, tokens.AccessToken); told["origin_jti"] != nil || told["jti"] == nil {
		t.Errorf("claims %v", told)
	}
	_, err := d.sdk.RevokeToken(t.Context(), &cip.RevokeTokenInput{ClientId: &d.client.ID, Token: tokens.RefreshToken})
	wantError(t, err, "UnsupportedOperationException", "Token revocation is not enabled for the client.")
}

// An address that must be proven first stays the old one until then.
func TestVerifyBeforeUpdate(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	mail := []types.VerifiedAttributeType{"email"}
	pool := d.pool.ID()
	must[*cip.UpdateUserPoolOutput](t)(d.sdk.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{
		UserPoolId: &pool, AutoVerifiedAttributes: mail,
		UserAttributeUpdateSettings: &types.UserAttributeUpdateSettingsType{AttributesRequireVerificationBeforeUpdate: mail},
	}))
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: map[string]string{"email": "old@example.com", "email_verified": "true"}})
	token := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)).AuthenticationResult.AccessToken
	address := func() string {
		user := must[*cip.GetUserOutput](t)(d.sdk.GetUser(t.Context(), &cip.GetUserInput{AccessToken: token}))
		got := map[string]string{}
		for _, a := range user.UserAttributes {
			got[*a.Name] = *a.Value
		}
		return got["email"] + " " + got["email_verified"]
	}
	out := must[*cip.UpdateUserAttributesOutput](t)(d.sdk.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{
		AccessToken: token, UserAttributes: attributes("email", "new@sample.com", "name", "Ann"),
	}))
	if got := *out.CodeDeliveryDetailsList[0].Destination; got != "n***@s***" {
		t.Errorf("the code went to %s", got)
	}
	if got := address(); got != "old@example.com true" {
		t.Errorf("before the proof: %s", got)
	}
	// A second code goes to the new address too, and replaces the first.
	first, _ := d.pool.Outbox().Last("ann")
	must[*cip.GetUserAttributeVerificationCodeOutput](t)(d.sdk.GetUserAttributeVerificationCode(t.Context(),
		&cip.GetUserAttributeVerificationCodeInput{AccessToken: token, AttributeName: aws.String("email")}))
	second, _ := d.pool.Outbox().Last("ann")
	if first.Destination != "new@sample.com" || second.Destination != first.Destination {
		t.Errorf("codes went to %s and %s", first.Destination, second.Destination)
	}
	must[*cip.VerifyUserAttributeOutput](t)(d.sdk.VerifyUserAttribute(t.Context(), &cip.VerifyUserAttributeInput{
		AccessToken: token, AttributeName: aws.String("email"), Code: &second.Code,
	}))
	if got := address(); got != "new@sample.com true" {
		t.Errorf("after the proof: %s", got)
	}
}

// Recovery goes the first way of the pool's that reaches the user.
func TestRecoveryInOrder(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	pool := d.pool.ID()
	must[*cip.UpdateUserPoolOutput](t)(d.sdk.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{
		UserPoolId: &pool, AccountRecoverySetting: &types.AccountRecoverySettingType{RecoveryMechanisms: []types.RecoveryOptionType{
			{Name: "verified_email", Priority: aws.Int32(1)}, {Name: "verified_phone_number", Priority: aws.Int32(2)},
		}},
	}))
	phone := map[string]string{"phone_number": "+15555550123", "phone_number_verified": "true"}
	both := map[string]string{"email": "ann@example.com", "email_verified": "true", "phone_number": "+15555550124", "phone_number_verified": "true"}
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: both})
	d.pool.AddUser(cognitotest.User{Username: "bob", Password: password, Attributes: phone})
	for user, medium := range map[string]types.DeliveryMediumType{"ann": "EMAIL", "bob": "SMS"} {
		out := must[*cip.ForgotPasswordOutput](t)(d.sdk.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{ClientId: &d.client.ID, Username: &user}))
		if out.CodeDeliveryDetails.DeliveryMedium != medium {
			t.Errorf("%s: by %s", user, out.CodeDeliveryDetails.DeliveryMedium)
		}
	}
}

// A pool of administrators takes no sign-ups, and temporary passwords live as
// long as the policy says.
func TestAdminCreateUserConfig(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	p := d.createPool(&cip.CreateUserPoolInput{
		PoolName:              aws.String("staff"),
		AdminCreateUserConfig: &types.AdminCreateUserConfigType{AllowAdminCreateUserOnly: true, UnusedAccountValidityDays: 2},
	})
	c := p.createClient(&cip.CreateUserPoolClientInput{ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_USER_PASSWORD_AUTH"}})
	_, err := d.sdk.SignUp(t.Context(), &cip.SignUpInput{ClientId: &c.ID, Username: aws.String("ann"), Password: aws.String(password)})
	wantError(t, err, "NotAuthorizedException", "SignUp is not permitted for this user pool")
	must[*cip.AdminCreateUserOutput](t)(d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
		UserPoolId: &p.id, Username: aws.String("ann"), TemporaryPassword: aws.String(password),
	}))
	d.pool.Clock().Advance(48*time.Hour - time.Second)
	must[*cip.InitiateAuthOutput](t)(d.as(c).byPassword("ann", password))
	d.pool.Clock().Advance(time.Second)
	_, err = d.as(c).byPassword("ann", password)
	wantError(t, err, "NotAuthorizedException", "Temporary password has expired and must be reset by an administrator.")
}
