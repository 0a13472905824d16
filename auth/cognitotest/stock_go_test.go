package cognitotest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	cognitosrp "github.com/alexrudd/cognito-srp/v4"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
	"github.com/coreos/go-oidc/v3/oidc"
)

// goClient is the AWS SDK for Go with alexrudd/cognito-srp, going through the flows
// as the scripts do. It has no devices: cognito-srp cannot prove any.
type goClient struct{}

func (goClient) run(t *testing.T, o order, reply func(string, map[string]any) any) []string {
	s := &goSignIn{t: t, order: o, sdk: o.sdk, reply: reply}
	err := map[string]func() error{
		"signIn": func() error { return s.bySRP(types.AuthFlowTypeUserSrpAuth, nil) },
		"password": func() error {
			return s.begin(types.AuthFlowTypeUserPasswordAuth, map[string]string{"PASSWORD": o.Password})
		},
		"customAuth": func() error { return s.begin(types.AuthFlowTypeCustomAuth, nil) },
		"customSRP": func() error {
			return s.bySRP(types.AuthFlowTypeCustomAuth, map[string]string{"CHALLENGE_NAME": "SRP_A"})
		},
		"choice":  func() error { return s.begin(types.AuthFlowTypeUserAuth, nil) },
		"refresh": s.refresh,
		"signOut": s.signOut,
		"forgot":  s.forgot,
		"signUp":  s.signUp,
	}[o.Flow]()
	if err != nil {
		s.say("ended by " + refusal(err))
	}
	return s.story
}

func (goClient) broken() bool { return false }

// refusal is an error as the scripts print it.
func refusal(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	return err.Error()
}

// A goSignIn is one flow of the goClient.
type goSignIn struct {
	order
	t      *testing.T
	sdk    *cip.Client
	reply  func(string, map[string]any) any
	srp    *cognitosrp.CognitoSRP
	story  []string
	tokens *types.AuthenticationResultType
}

func (s *goSignIn) say(text string) { s.story = append(s.story, text) }

func (s *goSignIn) ask(question string, about map[string]any) string {
	s.say(question + "?")
	return s.reply(question, about).(string)
}

// persist repeats an answer until it is accepted.
func (s *goSignIn) persist(answer func() error) {
	for err := answer(); err != nil; err = answer() {
		s.say("refused: " + refusal(err))
	}
}

// hash is the stock client's secret hash; nil for a client without a secret.
func (s *goSignIn) hash() *string {
	if s.ClientSecret == "" {
		return nil
	}
	srp, err := cognitosrp.NewCognitoSRP(s.Username, s.Password, s.UserPoolID, s.ClientID, &s.ClientSecret)
	if err != nil {
		s.t.Fatal(err)
	}
	hash, err := srp.GetSecretHash(s.Username)
	if err != nil {
		s.t.Fatal(err)
	}
	return &hash
}

// with adds who signs in to the parameters of a call.
func (s *goSignIn) with(params map[string]string) map[string]string {
	all := map[string]string{"USERNAME": s.Username}
	for name, value := range params {
		all[name] = value
	}
	if hash := s.hash(); hash != nil {
		all["SECRET_HASH"] = *hash
	}
	return all
}

func (s *goSignIn) begin(flow types.AuthFlowType, params map[string]string) error {
	out, err := s.sdk.InitiateAuth(s.t.Context(), &cip.InitiateAuthInput{
		AuthFlow: flow, ClientId: &s.ClientID, AuthParameters: s.with(params),
	})
	if err != nil {
		return err
	}
	return s.finish(&cip.RespondToAuthChallengeOutput{
		AuthenticationResult: out.AuthenticationResult, ChallengeName: out.ChallengeName,
		ChallengeParameters: out.ChallengeParameters, Session: out.Session,
	})
}

func (s *goSignIn) bySRP(flow types.AuthFlowType, params map[string]string) (err error) {
	var secret *string
	if s.ClientSecret != "" {
		secret = &s.ClientSecret
	}
	if s.srp, err = cognitosrp.NewCognitoSRP(s.Username, s.Password, s.UserPoolID, s.ClientID, secret); err != nil {
		return err
	}
	begin := s.srp.GetAuthParams()
	for name, value := range params {
		begin[name] = value
	}
	return s.begin(flow, begin)
}

// finish goes through every challenge that there is.
func (s *goSignIn) finish(step *cip.RespondToAuthChallengeOutput) (err error) {
	for step.AuthenticationResult == nil {
		if step.ChallengeName == types.ChallengeNameTypePasswordVerifier {
			responses, err := s.srp.PasswordVerifierChallenge(step.ChallengeParameters, time.Now())
			if err != nil {
				return err
			}
			if step, err = s.respond(step, responses); err != nil {
				return err
			}
			s.Username = responses["USERNAME"] // what the pool calls the user
			continue
		}
		s.persist(func() error {
			next, err := s.answer(step)
			if err == nil {
				step = next
			}
			return err
		})
	}
	s.tokens = step.AuthenticationResult
	return s.verify()
}

func (s *goSignIn) respond(step *cip.RespondToAuthChallengeOutput, responses map[string]string) (*cip.RespondToAuthChallengeOutput, error) {
	return s.sdk.RespondToAuthChallenge(s.t.Context(), &cip.RespondToAuthChallengeInput{
		ClientId: &s.ClientID, ChallengeName: step.ChallengeName, Session: step.Session, ChallengeResponses: responses,
	})
}

// answer has the user answer a challenge.
func (s *goSignIn) answer(step *cip.RespondToAuthChallengeOutput) (*cip.RespondToAuthChallengeOutput, error) {
	responses := map[string]string{}
	switch step.ChallengeName {
	case types.ChallengeNameTypeSoftwareTokenMfa:
		responses["SOFTWARE_TOKEN_MFA_CODE"] = s.ask("totp", nil)
	case types.ChallengeNameTypeSmsMfa:
		responses["SMS_MFA_CODE"] = s.ask("sms", nil)
	case types.ChallengeNameTypeEmailOtp:
		responses["EMAIL_OTP_CODE"] = s.ask("email", nil)
	case types.ChallengeNameTypeSelectMfaType:
		responses["ANSWER"] = s.ask("choose", nil)
	case types.ChallengeNameTypeSelectChallenge:
		responses["ANSWER"] = s.ask("first factor", nil)
	case types.ChallengeNameTypeCustomChallenge:
		responses["ANSWER"] = s.ask("custom", nil)
	case types.ChallengeNameTypeNewPasswordRequired:
		responses["NEW_PASSWORD"] = s.ask("new password", nil)
		var missing []string
		if err := json.Unmarshal([]byte(step.ChallengeParameters["requiredAttributes"]), &missing); err != nil {
			s.t.Fatal(err)
		}
		for _, name := range missing {
			responses[name] = "Ann"
		}
	case types.ChallengeNameTypeMfaSetup:
		step = s.setUp(step)
	default:
		s.t.Fatalf("no answer to %s", step.ChallengeName)
	}
	return s.respond(step, s.with(responses))
}

// setUp enrols an authenticator, and returns the step with the session of that.
func (s *goSignIn) setUp(step *cip.RespondToAuthChallengeOutput) *cip.RespondToAuthChallengeOutput {
	given, err := s.sdk.AssociateSoftwareToken(s.t.Context(), &cip.AssociateSoftwareTokenInput{Session: step.Session})
	if err != nil {
		s.t.Fatal(err)
	}
	next := *step
	s.persist(func() error {
		code := s.ask("set up totp", map[string]any{"secret": *given.SecretCode})
		out, err := s.sdk.VerifySoftwareToken(s.t.Context(), &cip.VerifySoftwareTokenInput{Session: given.Session, UserCode: &code})
		if err == nil {
			next.Session = out.Session
		}
		return err
	})
	return &next
}

// verify checks both tokens under the keys that the pool publishes.
func (s *goSignIn) verify() error {
	issuer := "https://cognito-idp.us-east-1.amazonaws.com/" + s.UserPoolID
	keys := oidc.NewRemoteKeySet(context.WithoutCancel(s.t.Context()), s.Endpoint+"/"+s.UserPoolID+"/.well-known/jwks.json")
	if _, err := oidc.NewVerifier(issuer, keys, &oidc.Config{ClientID: s.ClientID}).Verify(s.t.Context(), *s.tokens.IdToken); err != nil {
		return err
	}
	// An access token has no audience.
	access, err := oidc.NewVerifier(issuer, keys, &oidc.Config{SkipClientIDCheck: true}).Verify(s.t.Context(), *s.tokens.AccessToken)
	if err != nil {
		return err
	}
	var claims struct{ Username string }
	if err := access.Claims(&claims); err != nil {
		return err
	}
	if claims.Username == access.Subject {
		claims.Username = "a sub"
	}
	s.say("tokens of " + claims.Username)
	return nil
}

func (s *goSignIn) refresh() error {
	if err := s.bySRP(types.AuthFlowTypeUserSrpAuth, nil); err != nil {
		return err
	}
	before := *s.tokens.AccessToken
	out, err := s.sdk.GetTokensFromRefreshToken(s.t.Context(), &cip.GetTokensFromRefreshTokenInput{
		ClientId: &s.ClientID, RefreshToken: s.tokens.RefreshToken,
	})
	if err != nil {
		return err
	}
	if s.tokens = out.AuthenticationResult; *s.tokens.AccessToken == before {
		return errors.New("the same token")
	}
	return s.verify()
}

func (s *goSignIn) signOut() error {
	if err := s.bySRP(types.AuthFlowTypeUserSrpAuth, nil); err != nil {
		return err
	}
	if _, err := s.sdk.GlobalSignOut(s.t.Context(), &cip.GlobalSignOutInput{AccessToken: s.tokens.AccessToken}); err != nil {
		return err
	}
	s.say("signed out")
	if _, err := s.sdk.GetUser(s.t.Context(), &cip.GetUserInput{AccessToken: s.tokens.AccessToken}); err != nil {
		s.say("refused: " + refusal(err))
	}
	return s.begin(types.AuthFlowTypeRefreshTokenAuth, map[string]string{"REFRESH_TOKEN": *s.tokens.RefreshToken})
}

func (s *goSignIn) forgot() error {
	out, err := s.sdk.ForgotPassword(s.t.Context(), &cip.ForgotPasswordInput{ClientId: &s.ClientID, Username: &s.Username, SecretHash: s.hash()})
	if err != nil {
		return err
	}
	s.say("code sent to " + *out.CodeDeliveryDetails.Destination)
	s.Password = s.ask("new password", nil)
	s.persist(func() error {
		code := s.ask("reset code", nil)
		_, err := s.sdk.ConfirmForgotPassword(s.t.Context(), &cip.ConfirmForgotPasswordInput{
			ClientId: &s.ClientID, Username: &s.Username, SecretHash: s.hash(), ConfirmationCode: &code, Password: &s.Password,
		})
		return err
	})
	return s.bySRP(types.AuthFlowTypeUserSrpAuth, nil)
}

func (s *goSignIn) signUp() error {
	out, err := s.sdk.SignUp(s.t.Context(), &cip.SignUpInput{
		ClientId: &s.ClientID, Username: &s.Username, Password: &s.Password, SecretHash: s.hash(),
		UserAttributes: []types.AttributeType{{Name: ptr("email"), Value: &s.Email}},
	})
	if err != nil {
		return err
	}
	s.say(fmt.Sprintf("%s, code sent to %s", map[bool]string{true: "confirmed", false: "not confirmed"}[out.UserConfirmed], *out.CodeDeliveryDetails.Destination))
	s.persist(func() error {
		code := s.ask("confirmation code", nil)
		_, err := s.sdk.ConfirmSignUp(s.t.Context(), &cip.ConfirmSignUpInput{
			ClientId: &s.ClientID, Username: &s.Username, SecretHash: s.hash(), ConfirmationCode: &code,
		})
		return err
	})
	return s.bySRP(types.AuthFlowTypeUserSrpAuth, nil)
}
