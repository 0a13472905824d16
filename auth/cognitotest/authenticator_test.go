package cognitotest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// A user registers a passkey and signs in with it.
func ExampleAuthenticator() {
	ctx := context.Background()
	pool, err := cognitotest.New(cognitotest.Config{ // in a test: Start(t, ...)
		FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeWebAuthn},
		WebAuthn:     types.WebAuthnConfigurationType{RelyingPartyId: aws.String("app.example")},
	})
	check(err)
	defer pool.Close()
	pool.AddUser(cognitotest.User{Username: "ann", Password: "Correct-Horse-1"})
	client, clientID := pool.SDK(), aws.String(pool.Client().ID)
	key := &cognitotest.Authenticator{Origin: "https://app.example"}
	begin := func(params map[string]string) *cip.InitiateAuthOutput {
		out, err := client.InitiateAuth(ctx, &cip.InitiateAuthInput{
			AuthFlow: types.AuthFlowTypeUserAuth, ClientId: clientID, AuthParameters: params,
		})
		check(err)
		return out
	}

	token := begin(map[string]string{
		"USERNAME": "ann", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": "Correct-Horse-1",
	}).AuthenticationResult.AccessToken
	started, err := client.StartWebAuthnRegistration(ctx, &cip.StartWebAuthnRegistrationInput{AccessToken: token})
	check(err)
	options, err := started.CredentialCreationOptions.MarshalSmithyDocument()
	check(err)
	created, err := key.Create(options)
	check(err)
	var credential map[string]any // the SDK sends a document, not JSON
	check(json.Unmarshal(created, &credential))
	_, err = client.CompleteWebAuthnRegistration(ctx, &cip.CompleteWebAuthnRegistrationInput{
		AccessToken: token, Credential: document.NewLazyDocument(credential),
	})
	check(err)

	asked := begin(map[string]string{"USERNAME": "ann", "PREFERRED_CHALLENGE": "WEB_AUTHN"})
	signed, err := key.Get([]byte(asked.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"]))
	check(err)
	out, err := client.RespondToAuthChallenge(ctx, &cip.RespondToAuthChallengeInput{
		ClientId: clientID, Session: asked.Session, ChallengeName: asked.ChallengeName,
		ChallengeResponses: map[string]string{"USERNAME": "ann", "CREDENTIAL": string(signed)},
	})
	check(err)
	fmt.Println(asked.ChallengeName, out.AuthenticationResult != nil)
	// Output: WEB_AUTHN true
}

// check ends an example that went wrong.
func check(err error) {
	if err != nil {
		panic(err)
	}
}

func TestAuthenticatorRefuses(t *testing.T) {
	t.Parallel()
	good := []byte(`{"challenge":"AAAA","rp":{"id":"app.example"},"user":{"id":"YW5u"},"pubKeyCredParams":[{"alg":-257},{"alg":-7}]}`)
	a := newAuthenticator()
	must[json.RawMessage](t)(a.Create(good))
	for name, options := range map[string][]byte{
		"no JSON":          []byte(`{`),
		"no challenge":     with(t, good, "", "challenge"),
		"no relying party": with(t, good, "", "rp", "id"),
		"no user":          with(t, good, "=", "user", "id"),
		"another kind":     with(t, good, []any{map[string]any{"alg": -257}}, "pubKeyCredParams"),
	} {
		if _, err := a.Create(options); err == nil {
			t.Errorf("Create, %s: accepted", name)
		}
	}
	for name, options := range map[string]string{
		"no JSON":     `{`,
		"no keys":     `{"challenge":"AAAA","rpId":"app.example"}`,
		"another key": `{"challenge":"AAAA","rpId":"app.example","allowCredentials":[{"id":"AAAA"}]}`,
	} {
		if _, err := a.Get([]byte(options)); err == nil {
			t.Errorf("Get, %s: accepted", name)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v %s", a, a, a, a); strings.Count(text, "authenticator at https://app.example") != 4 {
		t.Errorf("it prints as %s", text)
	}
}
