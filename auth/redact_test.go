package auth_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
)

const canary = "canary-4711-secret"

func TestFirstFactorsDoNotPrint(t *testing.T) {
	t.Parallel()
	for _, f := range []auth.FirstFactor{
		auth.SRP(canary, canary), auth.Password(canary, canary), auth.AdminNoSRP(canary, canary),
		auth.Custom(canary), auth.CustomSRP(canary, canary),
	} {
		redacttest.Check(t, f, canary)
		redacttest.Check(t, &f, canary)
	}
}

func TestTokensDoNotPrint(t *testing.T) {
	t.Parallel()
	api := &script{initiate: func(*cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
		return &cip.InitiateAuthOutput{AuthenticationResult: &types.AuthenticationResultType{
			AccessToken: aws.String(canary), IdToken: aws.String(canary), RefreshToken: aws.String(canary), ExpiresIn: 60,
		}}, nil
	}}
	tokens, _, err := newClient(t, api).Begin(t.Context(), auth.Password(canary, "p"))
	if err != nil {
		t.Fatal(err)
	}
	if tokens.Access() != canary || tokens.ID() != canary || tokens.Refresh() != canary || tokens.Username() != canary {
		t.Error("the accessors do not hand the tokens out")
	}
	redacttest.Check(t, tokens, canary)
	redacttest.Check(t, *tokens, canary)
	var none *auth.Tokens
	if none.Access() != "" || fmt.Sprint(none) == "" {
		t.Error("nil Tokens are not empty")
	}
}

func TestClientDoesNotPrint(t *testing.T) {
	t.Parallel()
	c := newClient(t, &script{}, auth.ClientSecret(canary))
	redacttest.Check(t, c, canary)
	var o auth.Options
	auth.ClientSecret(canary)(&o)
	redacttest.Check(t, o, canary)
}

// An error prints neither Cognito's words nor anything of the request.
func TestErrorsDoNotPrint(t *testing.T) {
	t.Parallel()
	api := &script{
		initiate: raises("SOFTWARE_TOKEN_MFA", canary, map[string]string{"USER_ID_FOR_SRP": canary}),
		respond: func(*cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
			return nil, &types.CodeMismatchException{Message: aws.String(canary)}
		},
	}
	c := newClient(t, api, auth.ClientSecret(canary))
	_, next, err := c.Begin(t.Context(), auth.Password(canary, canary))
	if err != nil {
		t.Fatal(err)
	}
	redacttest.Check(t, next, canary)
	_, _, err = c.Respond(t.Context(), next.(challenge.Code).Answer("123456"))
	e := wantReason(t, err, auth.ErrCode)
	redacttest.Check(t, e, canary)
	redacttest.Check(t, *e, canary)
	redacttest.Check(t, err, canary)
	if text := e.Error(); text != "auth: RespondToAuthChallenge SOFTWARE_TOKEN_MFA: CodeMismatchException: wrong or used code: ask for another" {
		t.Errorf("the text is %q", text)
	}
	out, err := json.Marshal(e)
	if err != nil || !strings.Contains(string(out), `"reason":"wrong or used code"`) || !strings.Contains(string(out), `"type":"totp_code"`) {
		t.Errorf("JSON is %s, %v", out, err)
	}

	unanswered := &auth.UnansweredError{Challenge: next, Err: errors.New("cause")}
	redacttest.Check(t, unanswered, canary)
	redacttest.Check(t, &auth.UnansweredError{}, canary)
}

func TestWhatSurroundsASignInDoesNotPrint(t *testing.T) {
	t.Parallel()
	for _, p := range []auth.Preference{auth.PreferSRP(canary), auth.PreferPassword(canary)} {
		redacttest.Check(t, p, canary)
		redacttest.Check(t, auth.UserAuth(canary, p), canary)
	}
	redacttest.Check(t, auth.SRPPublic(canary, canary), canary)
	redacttest.Check(t, auth.StoredTokens(canary, canary), canary)
	redacttest.Check(t, &auth.StoreError{Tokens: auth.StoredTokens(canary, canary), Err: errors.New("cause")}, canary)
	accounts, err := auth.NewAccounts(confirming{}, testClient, auth.ClientSecret(canary))
	if err != nil {
		t.Fatal(err)
	}
	redacttest.Check(t, accounts, canary)
	confirmed, err := accounts.ConfirmSignUp(t.Context(), canary, "123456", func(o *auth.CallOptions) { o.SignUpSession = canary })
	if err != nil || !confirmed.CanSignIn() {
		t.Fatal(err)
	}
	redacttest.Check(t, confirmed, canary)
	redacttest.Check(t, auth.AfterSignUp(confirmed), canary)
}

// A profile is personal data, and an enrolment a secret; Accounts and Factors hold
// an app client's secret and nothing else.
func TestAccountsDoNotPrint(t *testing.T) {
	t.Parallel()
	url, _ := cognitoWith(t, map[string]fault{
		"GetUser":                answers(200, `{"Username":"`+canary+`","UserAttributes":[{"Name":"email","Value":"`+canary+`"}],"PreferredMfaSetting":"`+canary+`"}`),
		"AssociateSoftwareToken": answers(200, `{"SecretCode":"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}`),
		"ConfirmForgotPassword":  answers(400, `{"__type":"CodeMismatchException","message":"`+canary+`"}`),
		"ChangePassword":         answers(400, `{"__type":"NotAuthorizedException","message":"`+canary+`"}`),
		"VerifySoftwareToken":    answers(400, `{"__type":"EnableSoftwareTokenMFAException","message":"`+canary+`"}`),
	})
	ctx := t.Context()
	accounts, err := auth.NewAccounts(sdkFor(url), testClient, auth.ClientSecret(canary))
	if err != nil {
		t.Fatal(err)
	}
	tokens, factors := scriptedTokens(t), scriptedFactors(t, url)
	p, err := accounts.GetUser(ctx, tokens)
	if address, _ := p.Email(); err != nil || address != canary || p.Username() != canary {
		t.Fatal(address, err)
	}
	redacttest.Check(t, p, canary)
	redacttest.Check(t, &p, canary)
	if text := fmt.Sprintf("%v %s %+v %#v", p, p, p, p); text != "profile profile profile profile" {
		t.Errorf("it prints as %s", text)
	}
	e, err := factors.EnrollTOTP(ctx, tokens, "S", "ann")
	if err != nil {
		t.Fatal(err)
	}
	redacttest.Check(t, e, e.Secret())
	redacttest.Check(t, accounts, canary)
	redacttest.Check(t, factors, canary)
	for _, err := range []error{
		accounts.ConfirmForgotPassword(ctx, canary, canary, canary), accounts.ChangePassword(ctx, tokens, canary, canary),
		factors.VerifyTOTP(ctx, tokens, "123456", canary), factors.VerifyTOTP(ctx, tokens, canary, canary),
		accounts.ConfirmForgotPassword(ctx, canary, " "+canary, canary), accounts.DeleteAttributes(ctx, nil, canary),
		factors.CompletePasskey(ctx, tokens, []byte(canary)), factors.DeletePasskey(ctx, nil, canary),
	} {
		var failure *auth.Error
		if !errors.As(err, &failure) {
			t.Fatalf("want an *auth.Error, got %v", err)
		}
		redacttest.Check(t, failure, canary)
		redacttest.Check(t, err, canary)
	}
}
