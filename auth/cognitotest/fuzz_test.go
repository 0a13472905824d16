package cognitotest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/totp"
)

// post sends one request past the network.
func post(pool *cognitotest.Pool, operation, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	r.Header.Set("X-Amz-Date", "20260203T090405Z")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20260203/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature="+strings.Repeat("0", 64))
	answer := httptest.NewRecorder()
	pool.ServeHTTP(answer, r)
	return answer
}

// Whatever is sent, the answer is a success or a refusal in the service's form:
// never a crash, and never an internal error.
func FuzzServeHTTP(f *testing.F) {
	pool, err := cognitotest.New(cognitotest.Config{
		MFA: types.UserPoolMfaTypeOptional, TOTP: true, SMS: true, Email: true, NoLockout: true, NoLimits: true, Triggers: riddle(),
		FirstFactors: types.AuthFactorType("").Values(), WebAuthn: withPasskeys().WebAuthn, Devices: cognitotest.DevicesAlways,
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { pool.Close() })
	pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	pool.AddUser(cognitotest.User{Username: "bob", Password: password, TOTPSecret: totp.NewSecret()})
	pool.AddUser(cognitotest.User{Username: "new", Password: password, Temporary: true})
	pool.AddUser(cognitotest.User{Username: "cyd", Password: password, Attributes: proven})
	seeds := slices.Concat(requestSeeds(f, pool), choiceSeeds(f, pool), controlSeeds(f, pool))
	if len(seeds) < 80 {
		f.Fatal("the seeds are gone")
	}
	for _, s := range seeds {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, operation, body string) {
		answer := post(pool, operation, body)
		var reply map[string]any
		if err := json.Unmarshal(answer.Body.Bytes(), &reply); err != nil || reply == nil {
			t.Fatalf("%s: the answer is no JSON object: %s", operation, answer.Body)
		}
		switch answer.Code {
		case http.StatusOK:
			if reply["__type"] != nil {
				t.Errorf("%s: success with an error type: %s", operation, answer.Body)
			}
		case http.StatusBadRequest:
			kind, _ := reply["__type"].(string)
			if kind == "" || reply["message"] == "" || answer.Header().Get("X-Amzn-Errortype") != kind+":" {
				t.Errorf("%s: a refusal of another form: %s", operation, answer.Body)
			}
		default:
			t.Errorf("%s: status %d: %s", operation, answer.Code, answer.Body)
		}
	})
}

// requestSeeds are well-formed requests, with sessions that are still open and
// tokens that are still valid, so that the fuzzer starts behind the first checks.
func requestSeeds(f *testing.F, pool *cognitotest.Pool) [][2]string {
	f.Helper()
	client, id := pool.Client().ID, pool.ID()
	login := func(username string) map[string]any {
		answer := post(pool, "InitiateAuth",
			`{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"`+client+`","AuthParameters":{"USERNAME":"`+username+`","PASSWORD":"`+password+`"}}`)
		var reply map[string]any
		if err := json.Unmarshal(answer.Body.Bytes(), &reply); err != nil || answer.Code != http.StatusOK {
			f.Fatalf("signing %s in: %s", username, answer.Body)
		}
		return reply
	}
	ann := login("ann")["AuthenticationResult"].(map[string]any)
	token := ann["AccessToken"].(string)
	mfa, fresh := login("bob")["Session"].(string), login("new")["Session"].(string)
	user := `{"UserPoolId":"` + id + `","Username":"ann"`
	respond := func(challenge, session, responses string) [2]string {
		return [2]string{"RespondToAuthChallenge", `{"ClientId":"` + client + `","ChallengeName":"` + challenge +
			`","Session":"` + session + `","ChallengeResponses":{` + responses + `}}`}
	}
	begin := func(flow, params string) [2]string {
		return [2]string{"InitiateAuth", `{"AuthFlow":"` + flow + `","ClientId":"` + client + `","AuthParameters":{` + params + `}}`}
	}
	return slices.Concat(accountSeeds(client, user, ann), accountSeeds(client, user, login("cyd")["AuthenticationResult"].(map[string]any)), [][2]string{
		begin("USER_SRP_AUTH", `"USERNAME":"ann","SRP_A":"abcdef"`),
		begin("USER_PASSWORD_AUTH", `"USERNAME":"ann","PASSWORD":"`+password+`"`),
		begin("CUSTOM_AUTH", `"USERNAME":"ann"`),
		begin("CUSTOM_AUTH", `"USERNAME":"ann","CHALLENGE_NAME":"SRP_A","SRP_A":"abcdef"`),
		begin("USER_AUTH", `"USERNAME":"ann"`),
		begin("REFRESH_TOKEN_AUTH", `"REFRESH_TOKEN":"x"`),
		{"AdminInitiateAuth", `{"AuthFlow":"ADMIN_NO_SRP_AUTH","ClientId":"` + client + `","UserPoolId":"` + id + `","AuthParameters":{"USERNAME":"ann","PASSWORD":"` + password + `"}}`},
		respond("SOFTWARE_TOKEN_MFA", mfa, `"USERNAME":"bob","SOFTWARE_TOKEN_MFA_CODE":"000000"`),
		respond("NEW_PASSWORD_REQUIRED", fresh, `"USERNAME":"new","NEW_PASSWORD":"`+password+`"`),
		respond("PASSWORD_VERIFIER", mfa, `"USERNAME":"ann","TIMESTAMP":"Tue Feb 3 09:04:05 UTC 2026","PASSWORD_CLAIM_SECRET_BLOCK":"AAAA","PASSWORD_CLAIM_SIGNATURE":"AAAA"`),
		respond("SELECT_MFA_TYPE", mfa, `"USERNAME":"bob","ANSWER":"SMS_MFA"`),
		respond("MFA_SETUP", mfa, `"USERNAME":"bob","EMAIL":"bob@example.com"`),
		respond("CUSTOM_CHALLENGE", mfa, `"USERNAME":"bob","ANSWER":"42"`),
		{"SignUp", `{"ClientId":"` + client + `","Username":"eve","Password":"` + password + `","UserAttributes":[{"Name":"email","Value":"eve@example.com"}]}`},
		{"ConfirmSignUp", `{"ClientId":"` + client + `","Username":"eve","ConfirmationCode":"123456"}`},
		{"ResendConfirmationCode", `{"ClientId":"` + client + `","Username":"eve"}`},
		{"GetUser", `{"AccessToken":"` + token + `"}`},
		{"AssociateSoftwareToken", `{"AccessToken":"` + token + `"}`},
		{"VerifySoftwareToken", `{"AccessToken":"` + token + `","UserCode":"123456"}`},
		{"VerifySoftwareToken", `{"Session":"` + mfa + `","UserCode":"123456"}`},
		{"SetUserMFAPreference", `{"AccessToken":"` + token + `","SMSMfaSettings":{"Enabled":true,"PreferredMfa":true}}`},
		{"AdminCreateUser", `{"UserPoolId":"` + id + `","Username":"tom","TemporaryPassword":"` + password + `"}`},
		{"AdminSetUserPassword", user + `,"Password":"` + password + `","Permanent":true}`},
		{"AdminGetUser", user + `}`},
		{"AdminConfirmSignUp", user + `}`},
		{"AdminUpdateUserAttributes", user + `,"UserAttributes":[{"Name":"phone_number","Value":"+15555551234"},{}]}`},
		{"AdminSetUserMFAPreference", user + `,"EmailMfaSettings":{"Enabled":true}}`},
		{"ListUsers", `{}`}, {"", ``}, {"InitiateAuth", `{`}, {"InitiateAuth", `[]`}, {"InitiateAuth", `null`},
	})
}

// accountSeeds are what a signed-in user may ask for, and what ends the sign-in.
func accountSeeds(client, user string, in map[string]any) [][2]string {
	token, refresh := in["AccessToken"].(string), in["RefreshToken"].(string)
	device := in["NewDeviceMetadata"].(map[string]any)["DeviceKey"].(string)
	mine := `{"AccessToken":"` + token + `"`
	anybody := `{"ClientId":"` + client + `"`
	named := anybody + `,"Username":"cyd"`
	respond := func(challenge, responses string) [2]string {
		return [2]string{"RespondToAuthChallenge", anybody + `,"ChallengeName":"` + challenge + `","ChallengeResponses":{` + responses + `}}`}
	}
	return [][2]string{
		{"ConfirmDevice", mine + `,"DeviceKey":"` + device + `","DeviceSecretVerifierConfig":{"Salt":"AQ==","PasswordVerifier":"Ag=="}}`},
		{"ListDevices", mine + `,"Limit":1}`},
		{"GetDevice", mine + `,"DeviceKey":"` + device + `"}`},
		{"UpdateDeviceStatus", mine + `,"DeviceKey":"` + device + `","DeviceRememberedStatus":"remembered"}`},
		{"InitiateAuth", anybody + `,"AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"cyd","PASSWORD":"` + password + `","DEVICE_KEY":"` + device + `"}}`},
		respond("DEVICE_SRP_AUTH", `"USERNAME":"cyd","DEVICE_KEY":"`+device+`","SRP_A":"abcdef"`),
		respond("DEVICE_PASSWORD_VERIFIER", `"USERNAME":"cyd","DEVICE_KEY":"`+device+`","TIMESTAMP":"Tue Feb 3 09:04:05 UTC 2026","PASSWORD_CLAIM_SECRET_BLOCK":"AAAA","PASSWORD_CLAIM_SIGNATURE":"AAAA"`),
		{"ForgetDevice", mine + `,"DeviceKey":"` + device + `"}`},
		{"InitiateAuth", anybody + `,"AuthFlow":"REFRESH_TOKEN_AUTH","AuthParameters":{"REFRESH_TOKEN":"` + refresh + `","DEVICE_KEY":"` + device + `"}}`},
		{"GetTokensFromRefreshToken", anybody + `,"RefreshToken":"` + refresh + `","DeviceKey":"` + device + `"}`},
		{"GetUserAuthFactors", mine + `}`},
		{"ForgotPassword", named + `}`},
		{"ConfirmForgotPassword", named + `,"ConfirmationCode":"123456","Password":"` + password + `"}`},
		{"ChangePassword", mine + `,"PreviousPassword":"` + password + `","ProposedPassword":"` + password + `"}`},
		{"GetUserAttributeVerificationCode", mine + `,"AttributeName":"email"}`},
		{"VerifyUserAttribute", mine + `,"AttributeName":"email","Code":"123456"}`},
		{"UpdateUserAttributes", mine + `,"UserAttributes":[{"Name":"email","Value":"new@example.com"},{}]}`},
		{"DeleteUserAttributes", mine + `,"UserAttributeNames":["phone_number",""]}`},
		{"AdminResetUserPassword", user + `}`},
		{"RevokeToken", anybody + `,"Token":"` + refresh + `"}`},
		{"GlobalSignOut", mine + `}`},
		{"AdminUserGlobalSignOut", user + `}`},
		{"DeleteUser", mine + `}`},
	}
}
