package challenge_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/srp"
	"github.com/cognitomfa/cognitomfa/totp"
)

// The examples run against a user pool in this process. begin gives the name and
// the password of a user, and returns what came of it: a challenge. In the
// examples Ann reads her mail and her phone through the pool's outbox.
func begin(cfg cognitotest.Config, ann cognitotest.User) (*cognitotest.Pool, *auth.Client, challenge.Challenge) {
	pool, err := cognitotest.New(cfg)
	if err != nil {
		log.Fatal(err)
	}
	ann.Username, ann.Password = "ann", "Correct-Horse-7"
	pool.AddUser(ann)
	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID, func(o *auth.Options) { o.Now = pool.Clock().Now })
	if err != nil {
		log.Fatal(err)
	}
	first := auth.SRP("ann", "Correct-Horse-7")
	switch {
	case cfg.Triggers.DefineAuthChallenge != nil:
		first = auth.Custom("ann")
	case cfg.FirstFactors != nil:
		first = auth.UserAuth("ann")
	}
	_, next, err := client.Begin(context.Background(), first)
	if err != nil {
		log.Fatal(err)
	}
	return pool, client, next
}

// respond sends an answer and says what came of it.
func respond(client *auth.Client, answer challenge.Answer) challenge.Challenge {
	tokens, next, err := client.Respond(context.Background(), answer)
	switch {
	case err != nil:
		log.Fatal(err)
	case tokens != nil:
		fmt.Println("signed in:", tokens.Username())
	default:
		fmt.Println("next:", next.Name())
	}
	return next
}

var (
	byEmail  = cognitotest.Config{MFA: types.UserPoolMfaTypeOn, Email: true}
	bySMS    = cognitotest.Config{MFA: types.UserPoolMfaTypeOn, SMS: true}
	byApp    = cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true}
	byChoice = cognitotest.Config{MFA: types.UserPoolMfaTypeOn, Email: true, TOTP: true}

	byCodeOrPassword = cognitotest.Config{FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp}}
	passwordOnly     = []types.AuthFactorType{types.AuthFactorTypePassword}

	annByEmail = cognitotest.User{Attributes: map[string]string{"email": "ann@example.com", "email_verified": "true"}}
	annByPhone = cognitotest.User{Attributes: map[string]string{"phone_number": "+15551231234"}}
	annByApp   = cognitotest.User{TOTPSecret: secret}
)

// Between two requests a sealed challenge waits in a cookie, bound to the browser's
// session, and any machine that has the key goes on.
func ExampleSealer() {
	pool, client, next := begin(byApp, annByApp)
	defer pool.Close()
	var key [32]byte
	if _, err := rand.Read(key[:]); err != nil { // from your configuration
		log.Fatal(err)
	}
	sealer, err := challenge.NewSealer(key)
	if err != nil {
		log.Fatal(err)
	}
	cookie, err := sealer.Seal(next, "browser-session-id")
	if err != nil {
		log.Fatal(err)
	}

	// In the next request:
	kept, err := sealer.Open(cookie, "browser-session-id")
	if err != nil {
		log.Fatal(err) // challenge.ErrOpen: start over
	}
	if c, ok := kept.(*challenge.TOTPCode); ok {
		code, _ := totp.Code(secret, time.Now())
		respond(client, c.Answer(code))
	}
	// Output: signed in: ann
}

// form says what a page has to ask for. A type switch such as this one covers
// all that Cognito asks, now and later.
func form(c challenge.Challenge) string {
	switch c := c.(type) {
	case *challenge.TOTPCode:
		return "six digits from " + c.DeviceName()
	case *challenge.SMSCode:
		return "the code sent to " + c.Destination()
	case *challenge.EmailCode:
		return "the code sent to " + c.Destination()
	case *challenge.SelectMFA:
		return fmt.Sprint("one of ", c.Options())
	case *challenge.SetUpMFA:
		return fmt.Sprint("one of ", c.Options(), " to set up")
	case *challenge.SetUpTOTP:
		return "six digits from an app that has read the QR code"
	case *challenge.SetUpEmail:
		return "an e-mail address"
	case *challenge.NewPassword:
		return fmt.Sprint("a new password and ", c.RequiredAttributes())
	case *challenge.SelectFirstFactor:
		return fmt.Sprint("one of ", c.Options())
	case *challenge.Password:
		return "the password"
	case *challenge.Passkey:
		return "a passkey, by " + string(c.Options())
	case *challenge.PasswordVerifier:
		return "a proof made with " + c.B()
	case *challenge.Custom:
		return c.Parameters()["question"]
	case *challenge.Unknown:
		return "something that this program does not know: " + c.Name()
	default: // another type, of a later version of the library
		return "an update of this program"
	}
}

func ExampleChallenge() {
	pool, _, next := begin(byEmail, annByEmail)
	defer pool.Close()

	fmt.Println("ask for", form(next))
	// Output: ask for the code sent to a***@e***
}

// A challenge marshals to what a front end needs to show a form, and to nothing
// secret. It logs as its name.
func ExampleChallenge_json() {
	cfg := byEmail
	cfg.Clock = cognitotest.NewClock(time.Date(2030, time.January, 2, 3, 4, 5, 0, time.UTC))
	pool, _, next := begin(cfg, annByEmail)
	defer pool.Close()

	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	if err := enc.Encode(next); err != nil {
		log.Fatal(err)
	}
	fmt.Println(next)
	// Output:
	// {
	//   "type": "email_code",
	//   "name": "EMAIL_OTP",
	//   "expires": "2030-01-02T03:07:05Z",
	//   "medium": "EMAIL",
	//   "destination": "a***@e***"
	// }
	// challenge(EMAIL_OTP)
}

// One case for the three kinds of codes.
func ExampleCode() {
	pool, client, next := begin(bySMS, annByPhone)
	defer pool.Close()
	message, _ := pool.Outbox().Last("ann")
	typed := message.Code[:3] + " " + message.Code[3:] // as people type it

	if c, ok := next.(challenge.Code); ok {
		respond(client, c.Answer(typed))
	}
	// Output: signed in: ann
}

func ExampleTOTPCode() {
	pool, client, next := begin(byApp, annByApp)
	defer pool.Close()

	if c, ok := next.(*challenge.TOTPCode); ok {
		typed, _ := totp.Code(secret, pool.Clock().Now()) // Ann reads it from her app
		respond(client, c.Answer(typed))
	}
	// Output: signed in: ann
}

func ExampleSMSCode() {
	pool, client, next := begin(bySMS, annByPhone)
	defer pool.Close()

	if c, ok := next.(*challenge.SMSCode); ok {
		fmt.Println("a code was sent to", c.Destination())
		message, _ := pool.Outbox().Last("ann")
		respond(client, c.Answer(message.Code))
	}
	// Output:
	// a code was sent to +*******1234
	// signed in: ann
}

func ExampleEmailCode() {
	pool, client, next := begin(byEmail, annByEmail)
	defer pool.Close()

	if c, ok := next.(*challenge.EmailCode); ok {
		fmt.Println("a code was sent to", c.Destination())
		message, _ := pool.Outbox().Last("ann")
		respond(client, c.Answer(message.Code))
	}
	// Output:
	// a code was sent to a***@e***
	// signed in: ann
}

// A page offers the options; the form that comes back has the name of a factor.
func ExampleSelectMFA_Option() {
	pool, client, next := begin(byChoice, cognitotest.User{
		TOTPSecret: secret, Attributes: map[string]string{"email": "ann@example.com"},
	})
	defer pool.Close()

	if c, ok := next.(*challenge.SelectMFA); ok {
		fmt.Println("offered:", c.Options())
		chosen := challenge.Factor("EMAIL_OTP") // from the form: not to be trusted
		option, offered := c.Option(chosen)
		if !offered {
			log.Fatal("that factor was not offered")
		}
		respond(client, option.Answer())
	}
	// Output:
	// offered: [SOFTWARE_TOKEN_MFA EMAIL_OTP]
	// next: EMAIL_OTP
}

// A user without a second factor, in a pool that demands one.
func ExampleSetUpMFA() {
	pool, client, next := begin(byChoice, cognitotest.User{})
	defer pool.Close()

	if c, ok := next.(*challenge.SetUpMFA); ok {
		fmt.Println("offered:", c.Options())
		if option, offered := c.Option(challenge.FactorTOTP); offered {
			respond(client, option.Answer())
		}
	}
	// Output:
	// offered: [SOFTWARE_TOKEN_MFA EMAIL_OTP]
	// next: MFA_SETUP
}

// The user scans a QR code and types what the app shows.
func ExampleSetUpTOTP_Enrollment() {
	pool, client, next := begin(byApp, cognitotest.User{})
	defer pool.Close()

	if c, ok := next.(*challenge.SetUpTOTP); ok {
		enrollment, err := c.Enrollment("Example Ltd", "ann@example.com")
		if err != nil {
			log.Fatal(err)
		}
		var screen io.Writer = io.Discard     // here; os.Stdout in a program
		picture, err := enrollment.Terminal() // or PNG, for a web page
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprint(screen, picture)
		link, _, _ := strings.Cut(enrollment.URI(), "?") // the rest has the secret in it
		fmt.Println(link)

		typed, _ := totp.Code(enrollment.Secret(), pool.Clock().Now()) // Ann reads it from her app
		respond(client, c.Answer(typed, "Ann's phone"))
	}
	// Output:
	// otpauth://totp/Example%20Ltd:ann%40example.com
	// signed in: ann
}

// The user gives an address, gets a code there, and types it.
func ExampleSetUpEmail() {
	pool, client, next := begin(byChoice, cognitotest.User{})
	defer pool.Close()

	if c, ok := next.(*challenge.SetUpMFA); ok {
		option, _ := c.Option(challenge.FactorEmail)
		next = respond(client, option.Answer())
	}
	if c, ok := next.(*challenge.SetUpEmail); ok {
		next = respond(client, c.Answer("ann@example.com"))
	}
	if c, ok := next.(*challenge.EmailCode); ok {
		message, _ := pool.Outbox().Last("ann")
		respond(client, c.Answer(message.Code))
	}
	// Output:
	// next: MFA_SETUP
	// next: EMAIL_OTP
	// signed in: ann
}

// An administrator made the account, with a temporary password.
func ExampleNewPassword() {
	pool, client, next := begin(cognitotest.Config{RequiredAttributes: []string{"given_name"}}, cognitotest.User{Temporary: true})
	defer pool.Close()

	if c, ok := next.(*challenge.NewPassword); ok {
		fmt.Println("known:", len(c.Attributes()), "required:", c.RequiredAttributes())
		respond(client, c.Answer("Battery-Staple-8", map[string]string{"given_name": "Ann"}))
	}
	// Output:
	// known: 0 required: [given_name]
	// signed in: ann
}

// The question and the check of the answer are those of the pool's own triggers.
func ExampleCustom() {
	pool, client, next := begin(cognitotest.Config{Triggers: colourQuestion}, cognitotest.User{})
	defer pool.Close()

	if c, ok := next.(*challenge.Custom); ok {
		fmt.Println(c.Parameters()["question"])
		respond(client, c.Answer("blue"))
	}
	// Output:
	// What colour is the sky?
	// signed in: ann
}

// An answer brings the triggers a word that is no part of it: here, which language
// the user speaks. SignIn passes it on as Respond does.
func ExampleAnswer_WithClientMetadata() {
	triggers := colourQuestion
	triggers.VerifyAuthChallengeResponse = func(ctx context.Context, event []byte) ([]byte, error) {
		var in struct {
			Request struct{ ClientMetadata map[string]string }
		}
		if err := json.Unmarshal(event, &in); err != nil {
			return nil, err
		}
		fmt.Println("the trigger was told", in.Request.ClientMetadata)
		return colourQuestion.VerifyAuthChallengeResponse(ctx, event)
	}
	pool, client, next := begin(cognitotest.Config{Triggers: triggers}, cognitotest.User{})
	defer pool.Close()

	if c, ok := next.(*challenge.Custom); ok {
		respond(client, c.Answer("blue").WithClientMetadata(map[string]string{"language": "cy"}))
	}
	// Output:
	// the trigger was told map[language:cy]
	// signed in: ann
}

// What Cognito adds after this version of the library was made is answered by
// the names in Cognito's API reference. The server here is one of tomorrow.
func ExampleUnknown() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".InitiateAuth") {
			io.WriteString(w, `{"ChallengeName": "PALM_READING", "Session": "…", "ChallengeParameters": {"HAND": "left"}}`)
			return
		}
		body, _ := io.ReadAll(r.Body)
		var in struct{ ChallengeResponses map[string]string }
		if err := json.Unmarshal(body, &in); err != nil {
			log.Fatal(err)
		}
		fmt.Println("Cognito got", in.ChallengeResponses)
		io.WriteString(w, `{"AuthenticationResult": {"AccessToken": "…", "ExpiresIn": 3600}}`)
	}))
	defer server.Close()
	client, err := auth.New(cognitoidentityprovider.New(cognitoidentityprovider.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL,
	}), "us-east-1_example", "client-id")
	if err != nil {
		log.Fatal(err)
	}
	_, next, err := client.Begin(context.Background(), auth.SRPPublic("ann", "a1b2c3"))
	if err != nil {
		log.Fatal(err)
	}
	if c, ok := next.(*challenge.Unknown); ok {
		fmt.Println(c.Name(), c.Parameters())
		respond(client, c.Answer(map[string]string{"LINES": "short"})) // Respond adds USERNAME
	}
	// Output:
	// PALM_READING map[HAND:left]
	// Cognito got map[LINES:short USERNAME:ann]
	// signed in: ann
}

// A choice-based sign-in offers what the user has.
func ExampleSelectFirstFactor() {
	pool, client, next := begin(byCodeOrPassword, annByEmail)
	defer pool.Close()

	if c, ok := next.(*challenge.SelectFirstFactor); ok {
		fmt.Println("offered:", c.Options())
		if option, offered := c.Option(challenge.FactorEmail); offered {
			next = respond(client, option.Answer())
		}
	}
	if c, ok := next.(*challenge.EmailCode); ok {
		message, _ := pool.Outbox().Last("ann")
		respond(client, c.Answer(message.Code))
	}
	// Output:
	// offered: [PASSWORD_SRP PASSWORD EMAIL_OTP]
	// next: EMAIL_OTP
	// signed in: ann
}

// The password after that choice. Here it is proved, and not sent.
func ExamplePassword() {
	pool, client, next := begin(byCodeOrPassword, annByEmail)
	defer pool.Close()

	if c, ok := next.(*challenge.SelectFirstFactor); ok {
		if option, offered := c.Option(challenge.FactorPasswordSRP); offered {
			next = respond(client, option.Answer()) // makes no call
		}
	}
	if c, ok := next.(*challenge.Password); ok {
		respond(client, c.Answer("Correct-Horse-7")) // proves it
	}
	// Output:
	// next: PASSWORD_SRP
	// signed in: ann
}

// The browser signs: the options go there, and the credential comes back. Here a
// software authenticator stands for the browser and its security key.
func ExamplePasskey() {
	pool, client, _ := begin(byPasskey, cognitotest.User{})
	defer pool.Close()
	browser := registered(pool, client)

	_, next, err := client.Begin(context.Background(), auth.UserAuth("ann", auth.PreferPasskey()))
	if err != nil {
		log.Fatal(err)
	}
	if c, ok := next.(*challenge.Passkey); ok {
		// navigator.credentials.get({publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options)})
		credential, err := browser.Get(c.Options())
		if err != nil {
			log.Fatal(err)
		}
		respond(client, c.Answer(credential))
	}
	// Output: signed in: ann
}

var byPasskey = cognitotest.Config{
	FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeWebAuthn},
	WebAuthn:     types.WebAuthnConfigurationType{RelyingPartyId: aws.String("app.example")},
}

// registered gives Ann a passkey.
func registered(pool *cognitotest.Pool, client *auth.Client) *cognitotest.Authenticator {
	ctx := context.Background()
	tokens, _, err := client.Begin(ctx, auth.SRP("ann", "Correct-Horse-7"))
	if err != nil {
		log.Fatal(err)
	}
	factors, err := auth.NewFactors(pool.SDK())
	if err != nil {
		log.Fatal(err)
	}
	options, err := factors.StartPasskey(ctx, tokens)
	if err != nil {
		log.Fatal(err)
	}
	browser := &cognitotest.Authenticator{Origin: "https://app.example"}
	credential, err := browser.Create(options)
	if err != nil {
		log.Fatal(err)
	}
	if err := factors.CompletePasskey(ctx, tokens, credential); err != nil {
		log.Fatal(err)
	}
	return browser
}

// A client that runs SRP itself began with its SRP_A; it needs these values, and
// sends back the proof. This program never has the password.
func ExamplePasswordVerifier() {
	pool, client, _ := begin(cognitotest.Config{FirstFactors: passwordOnly}, cognitotest.User{})
	defer pool.Close()

	far := srp.New() // in the client, which has the password
	_, next, err := client.Begin(context.Background(), auth.SRPPublic("ann", far.A()))
	if err != nil {
		log.Fatal(err)
	}
	if c, ok := next.(*challenge.PasswordVerifier); ok {
		// To the client and back:
		name, _ := srp.PoolName(pool.ID())
		proof, err := far.Prove(name, "Correct-Horse-7", srp.Challenge{
			UserID: c.UserID(), Salt: c.Salt(), B: c.B(), SecretBlock: c.SecretBlock(),
		}, pool.Clock().Now())
		if err != nil {
			log.Fatal(err)
		}
		respond(client, c.Answer(proof.Signature, proof.Timestamp))
	}
	// Output: signed in: ann
}

// colourQuestion are the three triggers of a pool, which one Lambda function
// serves as a rule.
var colourQuestion = cognitotest.Triggers{
	DefineAuthChallenge: func(_ context.Context, event []byte) ([]byte, error) {
		var in struct {
			Request struct {
				Session []struct{ ChallengeResult bool }
			}
		}
		if err := json.Unmarshal(event, &in); err != nil {
			return nil, err
		}
		asked := in.Request.Session
		return fill(event, map[string]any{
			"challengeName":      "CUSTOM_CHALLENGE",
			"issueTokens":        len(asked) > 0 && asked[0].ChallengeResult,
			"failAuthentication": len(asked) > 0 && !asked[0].ChallengeResult,
		})
	},
	CreateAuthChallenge: func(_ context.Context, event []byte) ([]byte, error) {
		return fill(event, map[string]any{
			"publicChallengeParameters":  map[string]string{"question": "What colour is the sky?"},
			"privateChallengeParameters": map[string]string{"answer": "blue"},
		})
	},
	VerifyAuthChallengeResponse: func(_ context.Context, event []byte) ([]byte, error) {
		var in struct {
			Request struct {
				ChallengeAnswer            string
				PrivateChallengeParameters map[string]string
			}
		}
		if err := json.Unmarshal(event, &in); err != nil {
			return nil, err
		}
		right := in.Request.PrivateChallengeParameters["answer"]
		return fill(event, map[string]any{"answerCorrect": right != "" && in.Request.ChallengeAnswer == right})
	},
}

// fill puts a trigger's response into its event.
func fill(event []byte, response map[string]any) ([]byte, error) {
	var whole map[string]any
	if err := json.Unmarshal(event, &whole); err != nil {
		return nil, err
	}
	whole["response"] = response
	return json.Marshal(whole)
}
