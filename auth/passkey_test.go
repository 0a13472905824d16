package auth_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
)

const site = "https://app.example"

var passkeyPool = cognitotest.Config{
	FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeWebAuthn},
	WebAuthn:     types.WebAuthnConfigurationType{RelyingPartyId: aws.String("app.example")},
}

// register gives the signed-in user a passkey, by the SDK alone.
func (w world) register(t *testing.T, tokens *auth.Tokens) *cognitotest.Authenticator {
	t.Helper()
	started, err := w.SDK().StartWebAuthnRegistration(t.Context(), &cip.StartWebAuthnRegistrationInput{AccessToken: aws.String(tokens.Access())})
	if err != nil {
		t.Fatal(err)
	}
	options, err := started.CredentialCreationOptions.MarshalSmithyDocument()
	if err != nil {
		t.Fatal(err)
	}
	key := &cognitotest.Authenticator{Origin: site}
	text, err := key.Create(options)
	if err != nil {
		t.Fatal(err)
	}
	var credential map[string]any
	if err := json.Unmarshal(text, &credential); err != nil {
		t.Fatal(err)
	}
	_, err = w.SDK().CompleteWebAuthnRegistration(t.Context(), &cip.CompleteWebAuthnRegistrationInput{
		AccessToken: aws.String(tokens.Access()), Credential: document.NewLazyDocument(credential),
	})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// A passkey signs in, by choice and by preference, by every kind of client; a
// wrong origin, another key and an answer given before are refused.
func TestPasskey(t *testing.T) {
	t.Parallel()
	everyClient(t, func(t *testing.T, asAdmin bool, app cognitotest.ClientConfig) {
		config := passkeyPool
		config.Client = app
		w := newWorld(t, config, asAdmin)
		w.AddUser(cognitotest.User{Username: username, Password: password})
		key := w.register(t, w.signedIn(t))
		sign := func(c *challenge.Passkey) challenge.Answer {
			t.Helper()
			credential, err := key.Get(c.Options())
			if err != nil {
				t.Fatal(err)
			}
			return c.Answer(credential)
		}

		option, ok := as[*challenge.SelectFirstFactor](t, w.begin(t, auth.UserAuth(username))).Option(challenge.FactorPasskey)
		if !ok {
			t.Fatal("the passkey is not offered")
		}
		w.done(t, sign(as[*challenge.Passkey](t, w.next(t, option.Answer()))))
		preferred := as[*challenge.Passkey](t, w.begin(t, auth.UserAuth(username, auth.PreferPasskey())))
		answer := sign(preferred)
		w.done(t, answer)
		w.refused(t, answer, auth.ErrStartOver, false)

		late := as[*challenge.Passkey](t, w.begin(t, auth.UserAuth(username, auth.PreferPasskey())))
		answer = sign(late)
		w.Clock().Advance(4 * time.Minute)
		w.refused(t, answer, auth.ErrStartOver, false)

		elsewhere := key.Clone()
		elsewhere.Origin = "https://phishing.example"
		ask := as[*challenge.Passkey](t, w.begin(t, auth.UserAuth(username, auth.PreferPasskey())))
		credential, err := elsewhere.Get(ask.Options())
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.client.Respond(t.Context(), ask.Answer(credential)); err == nil {
			t.Error("a wrong origin signs in")
		}
	})
}
