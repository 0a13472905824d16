package cognitotest_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

const lambda = "arn:aws:lambda:us-east-1:123456789012:function:f"

// asIs compares what goes over the wire.
var asIs = cmp.Options{
	cmpopts.IgnoreUnexported(types.UserPoolType{}, types.UserPoolPolicyType{}, types.PasswordPolicyType{}, types.SignInPolicyType{},
		types.SchemaAttributeType{}, types.StringAttributeConstraintsType{}, types.NumberAttributeConstraintsType{},
		types.LambdaConfigType{}, types.DeviceConfigurationType{}, types.AccountRecoverySettingType{}, types.RecoveryOptionType{},
		types.UserAttributeUpdateSettingsType{}, types.UsernameConfigurationType{}, types.AdminCreateUserConfigType{},
		types.SmsConfigurationType{}, types.EmailMfaConfigType{}, types.SmsMfaConfigType{}, types.SoftwareTokenMfaConfigType{},
		types.WebAuthnConfigurationType{}, types.UserPoolClientType{}, types.TokenValidityUnitsType{}, types.RefreshTokenRotationType{},
		types.GroupType{}, types.UserType{}, types.AttributeType{}),
}

// elaborate is a pool that says something about everything.
func elaborate() *cip.CreateUserPoolInput {
	return &cip.CreateUserPoolInput{
		PoolName:               aws.String("customers"),
		UsernameAttributes:     []types.UsernameAttributeType{"email"},
		UsernameConfiguration:  &types.UsernameConfigurationType{CaseSensitive: aws.Bool(false)},
		AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"},
		MfaConfiguration:       types.UserPoolMfaTypeOptional,
		SmsConfiguration:       &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::123456789012:role/sns")},
		Policies: &types.UserPoolPolicyType{
			PasswordPolicy: &types.PasswordPolicyType{MinimumLength: aws.Int32(10), RequireNumbers: true, TemporaryPasswordValidityDays: 3},
			SignInPolicy:   &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{"PASSWORD", "EMAIL_OTP"}},
		},
		Schema: []types.SchemaAttributeType{
			{Name: aws.String("email"), Required: aws.Bool(true), AttributeDataType: types.AttributeDataTypeString},
			{
				Name: aws.String("seats"), AttributeDataType: types.AttributeDataTypeNumber,
				NumberAttributeConstraints: &types.NumberAttributeConstraintsType{MinValue: aws.String("1"), MaxValue: aws.String("9")},
			},
			{
				Name: aws.String("tenant"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(false),
				StringAttributeConstraints: &types.StringAttributeConstraintsType{MinLength: aws.String("2"), MaxLength: aws.String("4")},
			},
		},
		LambdaConfig: &types.LambdaConfigType{PreSignUp: aws.String(lambda)},
		DeviceConfiguration: &types.DeviceConfigurationType{
			ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true,
		},
		AccountRecoverySetting: &types.AccountRecoverySettingType{RecoveryMechanisms: []types.RecoveryOptionType{
			{Name: "verified_phone_number", Priority: aws.Int32(2)}, {Name: "verified_email", Priority: aws.Int32(1)},
		}},
		UserAttributeUpdateSettings: &types.UserAttributeUpdateSettingsType{
			AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{"email"},
		},
		AdminCreateUserConfig: &types.AdminCreateUserConfigType{AllowAdminCreateUserOnly: true},
		UserPoolTags:          map[string]string{"team": "login"},
		DeletionProtection:    types.DeletionProtectionTypeActive,
	}
}

// What is described is what was asked for, with the defaults of what was not.
func TestCreateUserPool(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	in := elaborate()
	created := must[*cip.CreateUserPoolOutput](t)(d.sdk.CreateUserPool(t.Context(), in)).UserPool
	got := must[*cip.DescribeUserPoolOutput](t)(d.sdk.DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: created.Id})).UserPool
	if diff := cmp.Diff(created, got, asIs); diff != "" {
		t.Errorf("described otherwise than created:\n%s", diff)
	}
	slices.SortFunc(in.AccountRecoverySetting.RecoveryMechanisms, func(a, b types.RecoveryOptionType) int { return int(*a.Priority - *b.Priority) })
	want := &types.UserPoolType{
		Id: created.Id, Arn: aws.String("arn:aws:cognito-idp:us-east-1:123456789012:userpool/" + *created.Id), Name: in.PoolName,
		CreationDate: &morning, LastModifiedDate: &morning, UserPoolTier: types.UserPoolTierTypeEssentials,
		UsernameAttributes: in.UsernameAttributes, UsernameConfiguration: in.UsernameConfiguration,
		AutoVerifiedAttributes: in.AutoVerifiedAttributes, MfaConfiguration: in.MfaConfiguration, SmsConfiguration: in.SmsConfiguration,
		Policies: in.Policies, LambdaConfig: in.LambdaConfig, DeviceConfiguration: in.DeviceConfiguration,
		AccountRecoverySetting: in.AccountRecoverySetting, UserAttributeUpdateSettings: in.UserAttributeUpdateSettings,
		AdminCreateUserConfig: in.AdminCreateUserConfig, UserPoolTags: in.UserPoolTags, DeletionProtection: in.DeletionProtection,
	}
	if diff := cmp.Diff(want, got, asIs, cmpopts.IgnoreFields(types.UserPoolType{}, "SchemaAttributes")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	schema := make(map[string]types.SchemaAttributeType)
	for _, a := range got.SchemaAttributes {
		schema[*a.Name] = a
	}
	if a := schema["email"]; !*a.Required || !*a.Mutable || *a.StringAttributeConstraints.MaxLength != "2048" {
		t.Errorf("email: %+v", a)
	}
	if a := schema["custom:seats"]; *a.Required || !*a.Mutable || *a.NumberAttributeConstraints.MaxValue != "9" {
		t.Errorf("custom:seats: %+v", a)
	}
	if a := schema["custom:tenant"]; *a.Mutable || *a.StringAttributeConstraints.MinLength != "2" {
		t.Errorf("custom:tenant: %+v", a)
	}
	if len(schema) != 22 || *schema["sub"].Mutable || !*schema["sub"].Required {
		t.Errorf("%d attributes, sub: %+v", len(schema), schema["sub"])
	}
}

// Each row is the elaborate pool but for one thing that AWS refuses.
func TestCreateUserPoolRefuses(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	const invalid = "InvalidParameterException"
	attribute := func(a types.SchemaAttributeType) func(*cip.CreateUserPoolInput) {
		return func(in *cip.CreateUserPoolInput) { in.Schema = append(in.Schema, a) }
	}
	for name, row := range map[string]struct {
		change  func(*cip.CreateUserPoolInput)
		message string
	}{
		"aliases and attributes": {func(in *cip.CreateUserPoolInput) { in.AliasAttributes = []types.AliasAttributeType{"email"} },
			"Only one of the aliasAttributes or usernameAttributes can be set in a user pool."},
		"MFA without a factor": {func(in *cip.CreateUserPoolInput) { in.SmsConfiguration = nil },
			"MFA is OPTIONAL, but the pool offers no second factor."},
		"name of control characters": {func(in *cip.CreateUserPoolInput) { in.PoolName = aws.String("<>") },
			`1 validation error detected: Value at 'poolName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w\s+=,.@-]+`},
		"trigger that is no ARN": {func(in *cip.CreateUserPoolInput) {
			in.LambdaConfig.PreSignUp = aws.String("my-function-in-us-east-1")
		},
			`1 validation error detected: Value at 'lambdaConfig.preSignUp' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?`},
		"short passwords": {func(in *cip.CreateUserPoolInput) { in.Policies.PasswordPolicy.MinimumLength = aws.Int32(5) },
			"MinimumLength is 6 to 99."},
		"no password at all": {func(in *cip.CreateUserPoolInput) {
			in.Policies.SignInPolicy.AllowedFirstAuthFactors = []types.AuthFactorType{"EMAIL_OTP"}
		},
			"AllowedFirstAuthFactors must hold PASSWORD."},
		"custom and required": {attribute(types.SchemaAttributeType{Name: aws.String("vat"), Required: aws.Bool(true)}),
			"Required custom attributes are not supported currently."},
		"custom twice": {attribute(types.SchemaAttributeType{Name: aws.String("seats")}),
			"custom:seats: Existing attribute already has name custom:seats."},
		"limits upside down": {attribute(types.SchemaAttributeType{
			Name: aws.String("vat"), AttributeDataType: types.AttributeDataTypeString,
			StringAttributeConstraints: &types.StringAttributeConstraintsType{MinLength: aws.String("3"), MaxLength: aws.String("2")},
		}), "Invalid constraint for attribute custom:vat: the minimum is above the maximum."},
		"limit that is no number": {attribute(types.SchemaAttributeType{
			Name: aws.String("vat"), AttributeDataType: types.AttributeDataTypeString,
			StringAttributeConstraints: &types.StringAttributeConstraintsType{MinLength: aws.String("few")},
		}), "Invalid constraint for attribute custom:vat."},
		"verification of what is not verified": {func(in *cip.CreateUserPoolInput) { in.AutoVerifiedAttributes = nil },
			"AttributesRequireVerificationBeforeUpdate must be a subset of AutoVerifiedAttributes."},
		"two first recovery channels": {func(in *cip.CreateUserPoolInput) {
			in.AccountRecoverySetting.RecoveryMechanisms[0].Priority = aws.Int32(1)
		},
			"Two recovery mechanisms have the same priority."},
		"recovery by administrators and users": {func(in *cip.CreateUserPoolInput) {
			in.AccountRecoverySetting.RecoveryMechanisms[0].Name = "admin_only"
		},
			"admin_only cannot be combined with another recovery mechanism."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := elaborate()
			row.change(in)
			_, err := d.sdk.CreateUserPool(t.Context(), in)
			wantError(t, err, invalid, row.message)
		})
	}
}

// A pool made by the API works like the first: its users sign in, and its tokens
// are verified by what it publishes.
func TestCreatedPoolWorks(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{Clock: &cognitotest.Clock{}})
	second := d.createPool(&cip.CreateUserPoolInput{PoolName: aws.String("second")})
	client := second.createClient(&cip.CreateUserPoolClientInput{ExplicitAuthFlows: []types.ExplicitAuthFlowsType{
		types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowUserSrpAuth,
	}})
	must[*cip.AdminCreateUserOutput](t)(d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
		UserPoolId: &second.id, Username: aws.String("Ann"), MessageAction: types.MessageActionTypeSuppress,
	}))
	must[*cip.AdminSetUserPasswordOutput](t)(d.sdk.AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{
		UserPoolId: &second.id, Username: aws.String("Ann"), Password: aws.String(password), Permanent: true,
	}))
	out := must[*cip.InitiateAuthOutput](t)(d.as(client).byPassword("Ann", password))
	issuer := d.pool.URL() + "/" + second.id
	provider := must[*oidc.Provider](t)(oidc.NewProvider(oidc.ClientContext(t.Context(), http.DefaultClient), issuer))
	token := must[*oidc.IDToken](t)(provider.Verifier(&oidc.Config{ClientID: client.ID}).Verify(t.Context(), *out.AuthenticationResult.IdToken))
	if token.Issuer != issuer {
		t.Errorf("the issuer is %s", token.Issuer)
	}
	// Case counts in a pool that says nothing of it, and users are the pool's own.
	_, err := d.as(client).byPassword("ann", password)
	wantError(t, err, "UserNotFoundException", "User does not exist.")
	_, err = d.byPassword("Ann", password)
	wantError(t, err, "NotAuthorizedException", "Incorrect username or password.")

	must[*cip.DeleteUserPoolOutput](t)(d.sdk.DeleteUserPool(t.Context(), &cip.DeleteUserPoolInput{UserPoolId: &second.id}))
	_, err = d.as(client).byPassword("Ann", password)
	wantError(t, err, "ResourceNotFoundException", fmt.Sprintf("User pool client %s does not exist.", client.ID))
	_, err = d.sdk.GetUser(t.Context(), &cip.GetUserInput{AccessToken: out.AuthenticationResult.AccessToken})
	wantError(t, err, "NotAuthorizedException", "Invalid Access Token")
	_, err = d.sdk.DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: &second.id})
	wantError(t, err, "ResourceNotFoundException", fmt.Sprintf("User pool %s does not exist.", second.id))
}

// UpdateUserPool forgets what it is not told again, but for what it cannot be
// told and for what SetUserPoolMfaConfig has set.
func TestUpdateUserPool(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	p := d.createPool(elaborate())
	_, err := d.sdk.DeleteUserPool(t.Context(), &cip.DeleteUserPoolInput{UserPoolId: &p.id})
	wantError(t, err, "InvalidParameterException",
		"The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")
	must[*cip.SetUserPoolMfaConfigOutput](t)(d.sdk.SetUserPoolMfaConfig(t.Context(), &cip.SetUserPoolMfaConfigInput{
		UserPoolId: &p.id, MfaConfiguration: types.UserPoolMfaTypeOn,
		SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: true},
	}))
	before := p.describe()
	must[*cip.UpdateUserPoolOutput](t)(d.sdk.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{
		UserPoolId: &p.id, MfaConfiguration: types.UserPoolMfaTypeOptional,
	}))
	yes, eight := aws.Bool(true), aws.Int32(8)
	want := &types.UserPoolType{
		Id: before.Id, Arn: before.Arn, Name: before.Name, CreationDate: &morning, LastModifiedDate: &morning,
		UserPoolTier: types.UserPoolTierTypeEssentials, MfaConfiguration: types.UserPoolMfaTypeOptional,
		UsernameAttributes: before.UsernameAttributes, UsernameConfiguration: before.UsernameConfiguration,
		SchemaAttributes: before.SchemaAttributes, DeletionProtection: types.DeletionProtectionTypeInactive,
		UserAttributeUpdateSettings: &types.UserAttributeUpdateSettingsType{},
		Policies: &types.UserPoolPolicyType{
			PasswordPolicy: &types.PasswordPolicyType{
				MinimumLength: eight, TemporaryPasswordValidityDays: 7,
				RequireLowercase: *yes, RequireUppercase: *yes, RequireNumbers: *yes, RequireSymbols: *yes,
			},
			SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{"PASSWORD"}},
		},
	}
	if diff := cmp.Diff(want, p.describe(), asIs); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	mfa := must[*cip.GetUserPoolMfaConfigOutput](t)(d.sdk.GetUserPoolMfaConfig(t.Context(), &cip.GetUserPoolMfaConfigInput{UserPoolId: &p.id}))
	if !mfa.SoftwareTokenMfaConfiguration.Enabled {
		t.Error("UpdateUserPool has turned TOTP off")
	}
	// A refused update changes nothing.
	_, err = d.sdk.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{
		UserPoolId: &p.id, Policies: &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{MinimumLength: aws.Int32(100)}},
	})
	wantError(t, err, "InvalidParameterException", "MinimumLength is 6 to 99.")
	if diff := cmp.Diff(want, p.describe(), asIs); diff != "" {
		t.Errorf("a refused update changed the pool (-want +got)\n%s", diff)
	}
	must[*cip.DeleteUserPoolOutput](t)(d.sdk.DeleteUserPool(t.Context(), &cip.DeleteUserPoolInput{UserPoolId: &p.id}))
}

// The first pool, too, is changed by the API, and its clients see it at once.
func TestUpdateFirstPool(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	id := d.pool.ID()
	must[*cip.UpdateUserPoolOutput](t)(d.sdk.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{
		UserPoolId: &id, Policies: &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{MinimumLength: aws.Int32(20)}},
	}))
	_, err := d.sdk.SignUp(t.Context(), &cip.SignUpInput{ClientId: &d.client.ID, Username: aws.String("ann"), Password: aws.String(password)})
	wantError(t, err, "InvalidPasswordException", "Password did not conform with policy: Password not long enough")
	d.pool.AddUser(cognitotest.User{Username: "bob", Password: "twenty characters are enough"})
}

// Users of one name in two pools get each their own messages.
func TestOutboxOfTwoPools(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	second := d.createPool(&cip.CreateUserPoolInput{PoolName: aws.String("second")}).id
	for _, id := range []string{d.pool.ID(), second} {
		must[*cip.AdminCreateUserOutput](t)(d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
			UserPoolId: &id, Username: aws.String("ann"), UserAttributes: attributes("phone_number", "+15555550123"),
		}))
	}
	all := d.pool.Outbox().All("ann")
	if len(all) != 2 || all[0].PoolID != d.pool.ID() || all[1].PoolID != second {
		t.Errorf("sent %+v", all)
	}
}

func TestListUserPools(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	want := []string{d.pool.ID()}
	for i := range 6 {
		want = append(want, d.createPool(&cip.CreateUserPoolInput{PoolName: aws.String(fmt.Sprint("pool ", i))}).id)
	}
	slices.Sort(want)
	var got []string
	pages := cip.NewListUserPoolsPaginator(d.sdk, &cip.ListUserPoolsInput{MaxResults: aws.Int32(3)})
	for pages.HasMorePages() {
		page := must[*cip.ListUserPoolsOutput](t)(pages.NextPage(t.Context()))
		if len(page.UserPools) > 3 {
			t.Errorf("a page of %d", len(page.UserPools))
		}
		for _, p := range page.UserPools {
			got = append(got, *p.Id)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	_, err := d.sdk.ListUserPools(t.Context(), &cip.ListUserPoolsInput{MaxResults: aws.Int32(0)})
	wantError(t, err, "InvalidParameterException",
		"1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must be between 1 and 60")
}

// Every factor can be turned on and off; what a request does not name goes off if
// the request sets the mode, and stays if it does not.
func TestSetUserPoolMfaConfig(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	p := d.createPool(&cip.CreateUserPoolInput{PoolName: aws.String("factors")})
	sns := &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::123456789012:role/sns")}
	totp := &types.SoftwareTokenMfaConfigType{Enabled: true}
	mail := &types.EmailMfaConfigType{Subject: aws.String("Your code"), Message: aws.String("It is {####}")}
	site := &types.WebAuthnConfigurationType{
		RelyingPartyId: aws.String("example.com"), UserVerification: types.UserVerificationTypeRequired,
		FactorConfiguration: types.WebAuthnFactorConfigurationTypeSingleFactor,
	}
	off := &types.SoftwareTokenMfaConfigType{}
	for _, step := range []struct {
		name string
		in   cip.SetUserPoolMfaConfigInput
		want cip.GetUserPoolMfaConfigOutput
	}{
		{"SMS alone",
			cip.SetUserPoolMfaConfigInput{MfaConfiguration: "ON", SmsMfaConfiguration: &types.SmsMfaConfigType{SmsConfiguration: sns}},
			cip.GetUserPoolMfaConfigOutput{MfaConfiguration: "ON", SmsMfaConfiguration: &types.SmsMfaConfigType{SmsConfiguration: sns}, SoftwareTokenMfaConfiguration: off}},
		{"all three, and passkeys",
			cip.SetUserPoolMfaConfigInput{
				MfaConfiguration: "OPTIONAL", SmsMfaConfiguration: &types.SmsMfaConfigType{}, SoftwareTokenMfaConfiguration: totp,
				EmailMfaConfiguration: mail, WebAuthnConfiguration: site,
			},
			cip.GetUserPoolMfaConfigOutput{
				MfaConfiguration: "OPTIONAL", SmsMfaConfiguration: &types.SmsMfaConfigType{SmsConfiguration: sns}, SoftwareTokenMfaConfiguration: totp,
				EmailMfaConfiguration: mail, WebAuthnConfiguration: site,
			}},
		{"TOTP off without a mode",
			cip.SetUserPoolMfaConfigInput{SoftwareTokenMfaConfiguration: off},
			cip.GetUserPoolMfaConfigOutput{
				MfaConfiguration: "OPTIONAL", SmsMfaConfiguration: &types.SmsMfaConfigType{SmsConfiguration: sns}, SoftwareTokenMfaConfiguration: off,
				EmailMfaConfiguration: mail, WebAuthnConfiguration: site,
			}},
		{"off",
			cip.SetUserPoolMfaConfigInput{MfaConfiguration: "OFF"},
			cip.GetUserPoolMfaConfigOutput{MfaConfiguration: "OFF", SoftwareTokenMfaConfiguration: off, WebAuthnConfiguration: site}},
	} {
		step.in.UserPoolId = &p.id
		set := must[*cip.SetUserPoolMfaConfigOutput](t)(d.sdk.SetUserPoolMfaConfig(t.Context(), &step.in))
		got := must[*cip.GetUserPoolMfaConfigOutput](t)(d.sdk.GetUserPoolMfaConfig(t.Context(), &cip.GetUserPoolMfaConfigInput{UserPoolId: &p.id}))
		ignore := cmpopts.IgnoreFields(cip.GetUserPoolMfaConfigOutput{}, "ResultMetadata")
		unexported := cmpopts.IgnoreUnexported(cip.GetUserPoolMfaConfigOutput{})
		said := cip.GetUserPoolMfaConfigOutput(*set)
		if diff := cmp.Diff(&said, got, asIs, ignore, unexported); diff != "" {
			t.Errorf("%s: got otherwise than set:\n%s", step.name, diff)
		}
		if diff := cmp.Diff(&step.want, got, asIs, ignore, unexported); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", step.name, diff)
		}
	}
	_, err := d.sdk.SetUserPoolMfaConfig(t.Context(), &cip.SetUserPoolMfaConfigInput{UserPoolId: &p.id, MfaConfiguration: "ON"})
	wantError(t, err, "InvalidParameterException", "MFA is ON, but the pool offers no second factor.")
}

// A pool takes more attributes at any time, and none that it has.
func TestAddCustomAttributes(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	p := d.createPool(&cip.CreateUserPoolInput{PoolName: aws.String("schema")})
	add := func(name string) error {
		_, err := d.sdk.AddCustomAttributes(t.Context(), &cip.AddCustomAttributesInput{
			UserPoolId: &p.id, CustomAttributes: []types.SchemaAttributeType{{Name: &name, AttributeDataType: types.AttributeDataTypeBoolean}},
		})
		return err
	}
	if err := add("vip"); err != nil {
		t.Fatal(err)
	}
	wantError(t, add("vip"), "InvalidParameterException", "custom:vip: Existing attribute already has name custom:vip.")
	create := func(name, vip string) error {
		_, err := d.sdk.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
			UserPoolId: &p.id, Username: &name, UserAttributes: []types.AttributeType{{Name: aws.String("custom:vip"), Value: &vip}},
		})
		return err
	}
	wantError(t, create("ann", "perhaps"), "InvalidParameterException",
		"Attributes did not conform to the schema: custom:vip: the value is not a Boolean in the limits of the schema")
	if err := create("ann", "true"); err != nil {
		t.Error(err)
	}
}

// A created pool of a driver.
type createdPool struct {
	*driver
	id string
}

func (d *driver) createPool(in *cip.CreateUserPoolInput) *createdPool {
	d.t.Helper()
	out := must[*cip.CreateUserPoolOutput](d.t)(d.sdk.CreateUserPool(d.t.Context(), in))
	return &createdPool{d, *out.UserPool.Id}
}

func (p *createdPool) describe() *types.UserPoolType {
	p.t.Helper()
	return must[*cip.DescribeUserPoolOutput](p.t)(p.sdk.DescribeUserPool(p.t.Context(), &cip.DescribeUserPoolInput{UserPoolId: &p.id})).UserPool
}

// createClient makes a client of the pool, named "web".
func (p *createdPool) createClient(in *cip.CreateUserPoolClientInput) cognitotest.AppClient {
	p.t.Helper()
	in.UserPoolId, in.ClientName = &p.id, aws.String("web")
	c := must[*cip.CreateUserPoolClientOutput](p.t)(p.sdk.CreateUserPoolClient(p.t.Context(), in)).UserPoolClient
	return cognitotest.AppClient{ID: *c.ClientId, Secret: aws.ToString(c.ClientSecret)}
}
