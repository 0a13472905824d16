package cognitotest_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// choiceSeeds are requests of choice-based sign-ins that stand at each of its
// challenges, and of a passkey that was asked for.
func choiceSeeds(f *testing.F, pool *cognitotest.Pool) [][2]string {
	f.Helper()
	pool.AddUser(cognitotest.User{Username: "eve", Password: password, Attributes: proven})
	type object = map[string]any
	body := func(o object) string {
		text, err := json.Marshal(o)
		if err != nil {
			f.Fatal(err)
		}
		return string(text)
	}
	send := func(operation string, o object) (reply object) {
		answer := post(pool, operation, body(o))
		if err := json.Unmarshal(answer.Body.Bytes(), &reply); err != nil || answer.Code != http.StatusOK {
			f.Fatalf("%s: %s", operation, answer.Body)
		}
		return reply
	}
	client := pool.Client().ID
	begin := func(params object) object {
		params["USERNAME"] = "eve"
		return object{"AuthFlow": "USER_AUTH", "ClientId": client, "AuthParameters": params}
	}
	respond := func(challenge string, session any, responses object) [2]string {
		responses["USERNAME"] = "eve"
		return [2]string{"RespondToAuthChallenge", body(object{
			"ClientId": client, "ChallengeName": challenge, "Session": session, "ChallengeResponses": responses,
		})}
	}
	at := func(preferred string) object {
		return send("InitiateAuth", begin(object{"PREFERRED_CHALLENGE": preferred}))
	}
	token := send("InitiateAuth", begin(object{"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": password}))["AuthenticationResult"].(object)["AccessToken"]

	a := newAuthenticator()
	create := func(a *cognitotest.Authenticator) object {
		options, err := json.Marshal(send("StartWebAuthnRegistration", object{"AccessToken": token})["CredentialCreationOptions"])
		if err != nil {
			f.Fatal(err)
		}
		credential, err := a.Create(options)
		if err != nil {
			f.Fatal(err)
		}
		return object{"AccessToken": token, "Credential": credential}
	}
	send("CompleteWebAuthnRegistration", create(a))
	asked := at("WEB_AUTHN")
	options := asked["ChallengeParameters"].(object)["CREDENTIAL_REQUEST_OPTIONS"].(string)
	credential, err := a.Get([]byte(options))
	if err != nil {
		f.Fatal(err)
	}
	choice := send("InitiateAuth", begin(object{}))["Session"]
	signUp := send("SignUp", object{
		"ClientId": client, "Username": "kim", "Password": password,
		"UserAttributes": []object{{"Name": "email", "Value": "kim@example.com"}},
	})["Session"]
	return [][2]string{
		{"InitiateAuth", body(begin(object{"PREFERRED_CHALLENGE": "EMAIL_OTP"}))},
		{"InitiateAuth", body(begin(object{"PREFERRED_CHALLENGE": "PASSWORD_SRP", "SRP_A": "abcdef"}))},
		{"InitiateAuth", body(object{"AuthFlow": "USER_AUTH", "ClientId": client, "Session": signUp, "AuthParameters": object{"USERNAME": "kim"}})},
		{"ConfirmSignUp", body(object{"ClientId": client, "Username": "kim", "ConfirmationCode": "123456", "Session": signUp})},
		respond("SELECT_CHALLENGE", choice, object{"ANSWER": "PASSWORD_SRP", "SRP_A": "abcdef"}),
		respond("SELECT_CHALLENGE", choice, object{"ANSWER": "WEB_AUTHN", "CREDENTIAL": string(credential)}),
		respond("PASSWORD", at("PASSWORD")["Session"], object{"PASSWORD": password}),
		respond("PASSWORD_SRP", at("PASSWORD_SRP")["Session"], object{"SRP_A": "abcdef"}),
		respond("EMAIL_OTP", at("EMAIL_OTP")["Session"], object{"EMAIL_OTP_CODE": "12345678"}),
		respond("SMS_OTP", at("SMS_OTP")["Session"], object{"SMS_OTP_CODE": "12345678"}),
		respond("WEB_AUTHN", asked["Session"], object{"CREDENTIAL": string(credential)}),
		{"StartWebAuthnRegistration", body(object{"AccessToken": token})},
		{"CompleteWebAuthnRegistration", body(create(newAuthenticator()))},
		{"ListWebAuthnCredentials", body(object{"AccessToken": token, "MaxResults": 1, "NextToken": "1"})},
		{"DeleteWebAuthnCredential", body(object{"AccessToken": token, "CredentialId": "AAAA"})},
	}
}
