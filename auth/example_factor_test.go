package auth_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/srp"
)

// choicePool is a pool with choice-based sign-in, and a client of it.
func choicePool() (*cognitotest.Pool, *auth.Client) {
	pool, err := cognitotest.New(cognitotest.Config{
		FirstFactors: []types.AuthFactorType{
			types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp, types.AuthFactorTypeSmsOtp, types.AuthFactorTypeWebAuthn,
		},
		WebAuthn: types.WebAuthnConfigurationType{RelyingPartyId: aws.String("app.example")},
	})
	if err != nil {
		log.Fatal(err)
	}
	pool.AddUser(cognitotest.User{Username: "ann", Password: "Correct-Horse-7", Attributes: map[string]string{
		"email": "ann@example.com", "email_verified": "true", "phone_number": "+15555550100", "phone_number_verified": "true",
	}})
	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID)
	if err != nil {
		log.Fatal(err)
	}
	return pool, client
}

// A preference saves the user the choice, where the user has that factor.
func ExamplePreference() {
	pool, client := choicePool()
	defer pool.Close()

	for _, preferred := range []auth.Preference{
		auth.PreferSRP("Correct-Horse-7"), auth.PreferPassword("Correct-Horse-7"), auth.PreferEmailCode(), auth.PreferSMSCode(), auth.PreferPasskey(),
	} {
		tokens, asked, err := client.Begin(context.Background(), auth.UserAuth("ann", preferred))
		switch {
		case err != nil:
			log.Fatal(err)
		case tokens != nil:
			fmt.Println(preferred, "signed in")
		default:
			fmt.Println(preferred, "asks", asked.Name())
		}
	}
	// Output:
	// preference(PASSWORD_SRP) signed in
	// preference(PASSWORD) signed in
	// preference(EMAIL_OTP) asks EMAIL_OTP
	// preference(SMS_OTP) asks SMS_OTP
	// preference(WEB_AUTHN) asks SELECT_CHALLENGE
}

// Who has just confirmed a sign-up need not sign in.
func ExampleAfterSignUp() {
	pool, client := choicePool()
	defer pool.Close()
	accounts, err := auth.NewAccounts(pool.SDK(), pool.Client().ID)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()

	made, err := accounts.SignUp(ctx, "ben", "Correct-Horse-7", map[string]string{"email": "ben@example.com"})
	if err != nil {
		log.Fatal(err)
	}
	message, _ := pool.Outbox().Last("ben")
	confirmed, err := accounts.ConfirmSignUp(ctx, "ben", message.Code, func(o *auth.CallOptions) { o.SignUpSession = made.Session() })
	if err != nil {
		log.Fatal(err)
	}
	if !confirmed.CanSignIn() {
		log.Fatal("ask for the password")
	}
	tokens, _, err := client.Begin(ctx, auth.AfterSignUp(confirmed))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("signed in:", tokens.Username())
	// Output: signed in: ben
}

// A backend whose client runs SRP itself never sees the password.
func ExampleSRPPublic() {
	pool, client := examplePool()
	defer pool.Close()
	ctx := context.Background()

	// In the user's app:
	handshake := srp.New()
	srpA := handshake.A()

	// In the backend:
	_, asked, err := client.Begin(ctx, auth.SRPPublic("ann", srpA))
	if err != nil {
		log.Fatal(err)
	}
	verifier := asked.(*challenge.PasswordVerifier)

	// In the app again:
	name, err := srp.PoolName(pool.ID())
	if err != nil {
		log.Fatal(err)
	}
	proof, err := handshake.Prove(name, "Correct-Horse-7", srp.Challenge{
		UserID: verifier.UserID(), Salt: verifier.Salt(), B: verifier.B(), SecretBlock: verifier.SecretBlock(),
	}, time.Now())
	if err != nil {
		log.Fatal(err)
	}

	// And in the backend:
	_, asked, err = client.Respond(ctx, verifier.Answer(proof.Signature, proof.Timestamp))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the password is proved; Cognito asks", asked.Name())
	// Output: the password is proved; Cognito asks SOFTWARE_TOKEN_MFA
}

// An app client that lists its flows by the names without ALLOW_ has this one for
// administrators.
func ExampleAdminNoSRP() {
	pool, _ := examplePool()
	defer pool.Close()
	app := pool.AddClient(cognitotest.ClientConfig{Flows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAdminNoSrpAuth}})
	client, err := auth.New(pool.SDK(), pool.ID(), app.ID, func(o *auth.Options) { o.Admin = pool.SDK() })
	if err != nil {
		log.Fatal(err)
	}
	_, asked, err := client.Begin(context.Background(), auth.AdminNoSRP("ann", "Correct-Horse-7"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("Cognito asks", asked.Name())
	// Output: Cognito asks SOFTWARE_TOKEN_MFA
}

// Behind one proxy of one's own, the user's address is the last that it has
// written down.
func ExampleUserContextOf() {
	r := httptest.NewRequest("POST", "https://app.example/signin", nil)
	r.RemoteAddr = "10.0.0.7:41234" // the proxy
	r.Header.Set("X-Forwarded-For", "203.0.113.9")

	user := auth.UserContextOf(r, 1)
	fmt.Println(user.IPAddress)
	// Output: 203.0.113.9
}

// A web application that keeps nothing on its servers has the tokens in cookies.
func ExampleClient_SealTokens() {
	pool, client := choicePool()
	defer pool.Close()
	ctx := context.Background()
	sealer, err := challenge.NewSealer([32]byte([]byte("a key of 32 bytes from a secret.")))
	if err != nil {
		log.Fatal(err)
	}
	tokens, _, err := client.Begin(ctx, auth.SRP("ann", "Correct-Horse-7"))
	if err != nil {
		log.Fatal(err)
	}
	const browser = "the random name of a browser, in a cookie of its own"
	sealed, err := client.SealTokens(sealer, tokens, browser)
	if err != nil {
		log.Fatal(err)
	}

	// In another request, perhaps at another instance:
	opened, err := client.OpenTokens(sealer, sealed, browser)
	if err != nil {
		log.Fatal(err) // ErrToken: sign in
	}
	if time.Until(opened.Expires()) < time.Minute {
		log.Fatal("refresh them")
	}
	fmt.Println("signed in:", opened.Username())
	_, err = client.OpenTokens(sealer, sealed, "another browser")
	fmt.Println(err)
	// Output:
	// signed in: ann
	// auth: OpenTokens: token is not valid: the sealed tokens cannot be opened: sign in
}

// What Cognito tells a user about the own account.
func ExampleProfile() {
	pool, client := choicePool()
	defer pool.Close()
	ctx := context.Background()
	accounts, err := auth.NewAccounts(pool.SDK(), pool.Client().ID)
	if err != nil {
		log.Fatal(err)
	}
	tokens, _, err := client.Begin(ctx, auth.SRP("ann", "Correct-Horse-7"))
	if err != nil {
		log.Fatal(err)
	}
	profile, err := accounts.GetUser(ctx, tokens)
	if err != nil {
		log.Fatal(err)
	}
	email, verified := profile.Email()
	fmt.Println(profile.Username(), email, verified)
	number, verified := profile.PhoneNumber()
	fmt.Println(number, verified)
	fmt.Println(len(profile.Attributes()), "attributes; the sub is a UUID:", len(profile.Sub()) == 36)
	fmt.Printf("second factors %v, preferred %q\n", profile.MFA(), profile.PreferredMFA())
	// Output:
	// ann ann@example.com true
	// +15555550100 true
	// 5 attributes; the sub is a UUID: true
	// second factors [], preferred ""
}
