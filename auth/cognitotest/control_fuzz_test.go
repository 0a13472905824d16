package cognitotest_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// controlSeeds are what administrators ask for: on a pool of their own, so that the
// first one stays as it is for the other seeds.
func controlSeeds(f *testing.F, pool *cognitotest.Pool) [][2]string {
	f.Helper()
	create := func(operation, body string) map[string]any {
		answer := post(pool, operation, body)
		var reply map[string]any
		if err := json.Unmarshal(answer.Body.Bytes(), &reply); err != nil || answer.Code != http.StatusOK {
			f.Fatalf("%s: %s", operation, answer.Body)
		}
		return reply
	}
	const wholePool = `{"PoolName":"p","UsernameAttributes":["email"],"UsernameConfiguration":{"CaseSensitive":false},` +
		`"AutoVerifiedAttributes":["email"],"MfaConfiguration":"OPTIONAL","SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::123456789012:role/sns"},` +
		`"Policies":{"PasswordPolicy":{"MinimumLength":10},"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD"]}},` +
		`"Schema":[{"Name":"n","AttributeDataType":"Number","NumberAttributeConstraints":{"MinValue":"1"}},{"Name":"email","Required":true}],` +
		`"LambdaConfig":{"CustomMessage":"arn:aws:lambda:us-east-1:123456789012:function:f"},"DeviceConfiguration":{},` +
		`"AccountRecoverySetting":{"RecoveryMechanisms":[{"Name":"verified_email","Priority":1}]},"UserPoolTags":{"a":"b"}}`
	id := create("CreateUserPool", wholePool)["UserPool"].(map[string]any)["Id"].(string)
	in := `{"UserPoolId":"` + id + `"`
	client := create("CreateUserPoolClient", in+`,"ClientName":"c","GenerateSecret":true}`)["UserPoolClient"].(map[string]any)["ClientId"].(string)
	secret := create("AddUserPoolClientSecret", in+`,"ClientId":"`+client+`"}`)["ClientSecretDescriptor"].(map[string]any)["ClientSecretId"].(string)
	create("AdminCreateUser", in+`,"Username":"ann@example.com","MessageAction":"SUPPRESS"}`)
	create("CreateGroup", in+`,"GroupName":"g"}`)
	user := in + `,"Username":"ann@example.com"`
	return [][2]string{
		{"CreateUserPool", wholePool},
		{"DescribeUserPool", in + `}`},
		{"UpdateUserPool", in + `,"MfaConfiguration":"OFF","UserAttributeUpdateSettings":{"AttributesRequireVerificationBeforeUpdate":[]}}`},
		{"ListUserPools", `{"MaxResults":2,"NextToken":"us-east-1_0"}`},
		{"SetUserPoolMfaConfig", in + `,"MfaConfiguration":"ON","SoftwareTokenMfaConfiguration":{"Enabled":true},"EmailMfaConfiguration":{},` +
			`"SmsMfaConfiguration":{"SmsConfiguration":{}},"WebAuthnConfiguration":{"RelyingPartyId":"example.com"}}`},
		{"GetUserPoolMfaConfig", in + `}`},
		{"AddCustomAttributes", in + `,"CustomAttributes":[{"Name":"x","AttributeDataType":"DateTime","StringAttributeConstraints":{"MaxLength":"-1"}}]}`},
		{"CreateUserPoolClient", in + `,"ClientName":"c","ExplicitAuthFlows":["ALLOW_USER_AUTH"],"AccessTokenValidity":2147483647,` +
			`"TokenValidityUnits":{"AccessToken":"days","IdToken":"seconds","RefreshToken":"hours"},"IdTokenValidity":-1,"AuthSessionValidity":3,` +
			`"RefreshTokenRotation":{"Feature":"ENABLED","RetryGracePeriodSeconds":60},"ReadAttributes":["custom:n"],"WriteAttributes":["email"]}`},
		{"DescribeUserPoolClient", in + `,"ClientId":"` + client + `"}`},
		{"UpdateUserPoolClient", in + `,"ClientId":"` + client + `","EnableTokenRevocation":false}`},
		{"ListUserPoolClients", in + `,"MaxResults":1}`},
		{"ListUserPoolClientSecrets", in + `,"ClientId":"` + client + `"}`},
		{"AddUserPoolClientSecret", in + `,"ClientId":"` + client + `","ClientSecret":"abc"}`},
		{"DeleteUserPoolClientSecret", in + `,"ClientId":"` + client + `","ClientSecretId":"` + secret + `"}`},
		{"CreateGroup", in + `,"GroupName":"h","Precedence":-1,"RoleArn":"arn:aws:iam::123456789012:role/r"}`},
		{"GetGroup", in + `,"GroupName":"g"}`},
		{"UpdateGroup", in + `,"GroupName":"g","Description":"d","Precedence":1}`},
		{"ListGroups", in + `,"Limit":1,"NextToken":"g"}`},
		{"AdminAddUserToGroup", user + `,"GroupName":"g"}`},
		{"AdminListGroupsForUser", user + `,"Limit":1}`},
		{"ListUsersInGroup", in + `,"GroupName":"g","Limit":1,"NextToken":"1"}`},
		{"AdminRemoveUserFromGroup", user + `,"GroupName":"g"}`},
		{"DeleteGroup", in + `,"GroupName":"g"}`},
		{"ListUsers", in + `,"Filter":"email ^= \"ann\\\"\"","AttributesToGet":["email"],"Limit":1}`},
		{"ListUsers", in + `,"Filter":"cognito:user_status = \"confirmed\"","PaginationToken":"9223372036854775807"}`},
		{"AdminDeleteUserAttributes", user + `,"UserAttributeNames":["custom:n","email"]}`},
		{"AdminListDevices", user + `,"Limit":0}`},
		{"AdminGetDevice", user + `,"DeviceKey":"us-east-1_0a"}`},
		{"AdminForgetDevice", user + `,"DeviceKey":"us-east-1_0a"}`},
		{"AdminUpdateDeviceStatus", user + `,"DeviceKey":"us-east-1_0a","DeviceRememberedStatus":"remembered"}`},
		{"DeleteUserPoolClient", in + `,"ClientId":"` + client + `"}`},
		{"DeleteUserPool", in + `}`},
	}
}
