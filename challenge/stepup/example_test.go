package stepup_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/cognitomfa/cognitomfa/challenge/stepup"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/internal/idptest"
)

// One round with a provider: the question in CreateAuthChallenge, the user at
// the provider, the answer in VerifyAuthChallengeResponse.
func ExampleNew() {
	provider := idptest.NewOIDC("cognito", "secret", "https://app.example/callback")
	provider.Now = still
	server := httptest.NewServer(provider)
	defer server.Close()

	method, err := stepup.New(stepup.Config{
		Issuer: server.URL, AuthURL: server.URL + "/authorize", TokenURL: server.URL + "/token", KeysURL: server.URL + "/keys",
		ClientID: "cognito", ClientSecret: stepup.Secret("secret"), RedirectURL: "https://app.example/callback",
		Claim: "sub", Attribute: "custom:idp_sub", // whose token it must be
		ACR: []string{"mfa"},
		// For this example, whose provider is on this machine and whose clock stands.
		AllowLoopback: true, Now: still,
	}, trigger.NewMemory(still)) // on Lambda: package challenge/trigger/dynamo
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, who := range []string{"ann", "bob"} {
		// The handler of package trigger makes these calls.
		question, err := method.Create(context.Background(), trigger.CreateInput{User: ann, Now: now})
		if err != nil {
			fmt.Println(err)
			return
		}
		back, err := idptest.Visit(context.Background(), http.DefaultClient, question.Public["auth_url"], idptest.Visitor{User: who})
		if err != nil {
			fmt.Println(err)
			return
		}
		verdict, err := method.Verify(context.Background(), trigger.VerifyInput{
			User: ann, Private: question.Private, Answer: answerOf(back.Query()), Round: "round of " + who, Now: now,
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s passed at the provider: %t %q\n", who, verdict.Correct, verdict.Reason)
	}
	// Output:
	// ann passed at the provider: true ""
	// bob passed at the provider: false "the id token is somebody else's"
}
