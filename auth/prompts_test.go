package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
)

func mismatch(*cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
	return nil, &types.CodeMismatchException{Message: aws.String("x")}
}

func TestPromptIsAskedFiveTimes(t *testing.T) {
	t.Parallel()
	api := &script{initiate: raises("SOFTWARE_TOKEN_MFA", "session", nil), respond: mismatch}
	asked, told := 0, 0
	_, err := newClient(t, api).SignIn(t.Context(), auth.Password("u", "p"), auth.Prompts{
		TOTPCode: func(context.Context, *challenge.TOTPCode) (string, error) { asked++; return "123456", nil },
		Rejected: func(_ context.Context, e *auth.Error) bool { told++; return errors.Is(e, auth.ErrCode) },
	})
	if e := wantReason(t, err, auth.ErrCode); e.Challenge == nil {
		t.Error("the last error does not hold the challenge")
	}
	if asked != 5 || told != 4 || len(api.calls) != 6 {
		t.Errorf("asked %d times, told %d times, calls %v", asked, told, api.calls)
	}
}

func TestRejectedMayStop(t *testing.T) {
	t.Parallel()
	api := &script{initiate: raises("EMAIL_OTP", "session", nil), respond: mismatch}
	_, err := newClient(t, api).SignIn(t.Context(), auth.Password("u", "p"), auth.Prompts{
		EmailCode: func(context.Context, *challenge.EmailCode) (string, error) { return "123456", nil },
		Rejected:  func(context.Context, *auth.Error) bool { return false },
	})
	wantReason(t, err, auth.ErrCode)
	if len(api.calls) != 2 {
		t.Errorf("calls: %v", api.calls)
	}
}

// The count of answers begins anew with each challenge.
func TestAnswersAreCountedPerChallenge(t *testing.T) {
	t.Parallel()
	api := &script{initiate: raises("SMS_MFA", "session", nil)}
	responses := 0
	api.respond = func(in *cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
		switch responses++; {
		case responses%4 != 0:
			return mismatch(in)
		case responses == 12:
			return finishes(in)
		}
		return &cip.RespondToAuthChallengeOutput{ChallengeName: "SMS_MFA", Session: aws.String("next")}, nil
	}
	tokens, err := newClient(t, api).SignIn(t.Context(), auth.Password("u", "p"), auth.Prompts{
		SMSCode: func(context.Context, *challenge.SMSCode) (string, error) { return "123456", nil },
	})
	if err != nil || tokens == nil || responses != 12 {
		t.Errorf("%v after %d responses", err, responses)
	}
}

func TestChainWithoutEnd(t *testing.T) {
	t.Parallel()
	api := &script{initiate: raises("CUSTOM_CHALLENGE", "session", nil)}
	api.respond = func(*cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
		return &cip.RespondToAuthChallengeOutput{ChallengeName: "CUSTOM_CHALLENGE", Session: aws.String("next")}, nil
	}
	_, err := newClient(t, api).SignIn(t.Context(), auth.Custom("u"), auth.Prompts{
		Custom: func(_ context.Context, c *challenge.Custom) (challenge.Answer, error) { return c.Answer("x"), nil },
	})
	wantReason(t, err, auth.ErrStartOver)
	rounds := len(api.calls) - 1
	if rounds > 1000 {
		t.Errorf("%d rounds", rounds)
	}

	// The last answer of those that it gives brings tokens.
	api.calls = nil
	endless := api.respond
	api.respond = func(in *cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
		if len(api.calls)-1 == rounds {
			return finishes(in)
		}
		return endless(in)
	}
	tokens, err := newClient(t, api).SignIn(t.Context(), auth.Custom("u"), auth.Prompts{
		Custom: func(_ context.Context, c *challenge.Custom) (challenge.Answer, error) { return c.Answer("x"), nil },
	})
	if err != nil || tokens == nil {
		t.Errorf("after %d rounds: %v", rounds, err)
	}
}

// Each challenge without its prompt, and with a prompt that fails: SignIn ends
// with the challenge in hand, and the sign-in goes on in step style.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	cause := errors.New("the user went home")
	failing := auth.Prompts{
		TOTPCode:  func(context.Context, *challenge.TOTPCode) (string, error) { return "", cause },
		SMSCode:   func(context.Context, *challenge.SMSCode) (string, error) { return "", cause },
		EmailCode: func(context.Context, *challenge.EmailCode) (string, error) { return "", cause },
		SelectMFA: func(context.Context, *challenge.SelectMFA) (challenge.MFAOption, error) {
			return challenge.MFAOption{}, cause
		},
		SetUpMFA: func(context.Context, *challenge.SetUpMFA) (challenge.SetUpOption, error) {
			return challenge.SetUpOption{}, cause
		},
		SetUpTOTP:  func(context.Context, *challenge.SetUpTOTP) (string, string, error) { return "", "", cause },
		SetUpEmail: func(context.Context, *challenge.SetUpEmail) (string, error) { return "", cause },
		NewPassword: func(context.Context, *challenge.NewPassword) (string, map[string]string, error) {
			return "", nil, cause
		},
		SelectFirstFactor: func(context.Context, *challenge.SelectFirstFactor) (challenge.FirstFactorOption, error) {
			return challenge.FirstFactorOption{}, cause
		},
		Password: func(context.Context, *challenge.Password) (string, error) { return "", cause },
		Passkey:  func(context.Context, *challenge.Passkey) (json.RawMessage, error) { return nil, cause },
		PasswordVerifier: func(context.Context, *challenge.PasswordVerifier) (string, string, error) {
			return "", "", cause
		},
		Custom:  func(context.Context, *challenge.Custom) (challenge.Answer, error) { return challenge.Answer{}, cause },
		Unknown: func(context.Context, *challenge.Unknown) (challenge.Answer, error) { return challenge.Answer{}, cause },
	}
	list := func(names string) map[string]string {
		return map[string]string{"MFAS_CAN_CHOOSE": names, "MFAS_CAN_SETUP": names}
	}
	for name, parameters := range map[string]map[string]string{
		"SOFTWARE_TOKEN_MFA": nil, "SMS_MFA": nil, "EMAIL_OTP": nil, "CUSTOM_CHALLENGE": nil, "TOMORROW": nil, "NEW_PASSWORD_REQUIRED": nil,
		"SELECT_MFA_TYPE": list(`["SMS_MFA","EMAIL_OTP"]`), "MFA_SETUP": list(`["SOFTWARE_TOKEN_MFA","EMAIL_OTP"]`),
		"SMS_OTP": nil, "PASSWORD": nil, "PASSWORD_SRP": nil, "WEB_AUTHN": {"CREDENTIAL_REQUEST_OPTIONS": `{"challenge":"x"}`}, "SELECT_CHALLENGE": nil,
		"MFA_SETUP TOTP": list(`["SOFTWARE_TOKEN_MFA"]`), "MFA_SETUP email": list(`["EMAIL_OTP"]`),
	} {
		for _, prompts := range []auth.Prompts{{}, failing} {
			wireName, _, _ := strings.Cut(name, " ")
			api := &script{initiate: raises(wireName, "session", parameters)}
			api.associate = func(*cip.AssociateSoftwareTokenInput) (*cip.AssociateSoftwareTokenOutput, error) {
				return &cip.AssociateSoftwareTokenOutput{SecretCode: aws.String("GEZDGNBVGY3TQOJQ"), Session: aws.String("next")}, nil
			}
			tokens, err := newClient(t, api).SignIn(t.Context(), auth.Password("u", "p"), prompts)
			var unanswered *auth.UnansweredError
			if tokens != nil || !errors.As(err, &unanswered) || unanswered.Challenge == nil || unanswered.Challenge.Name() != wireName {
				t.Errorf("%s: %v, %v", name, tokens, err)
				continue
			}
			if want := prompts.TOTPCode != nil; errors.Is(err, cause) != want || strings.Contains(err.Error(), cause.Error()) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// A prompt that returns the zero option or answer is a bug of the program.
func TestZeroAnswerFromAPrompt(t *testing.T) {
	t.Parallel()
	api := &script{initiate: raises("SELECT_MFA_TYPE", "session", map[string]string{"MFAS_CAN_CHOOSE": `["SMS_MFA","EMAIL_OTP"]`})}
	_, err := newClient(t, api).SignIn(t.Context(), auth.Password("u", "p"), auth.Prompts{
		SelectMFA: func(context.Context, *challenge.SelectMFA) (challenge.MFAOption, error) {
			return challenge.MFAOption{}, nil
		},
	})
	wantReason(t, err, auth.ErrConfig)
}

// Continue is SignIn without its beginning.
func TestContinue(t *testing.T) {
	t.Parallel()
	api := &script{initiate: raises("SOFTWARE_TOKEN_MFA", "session", nil), respond: finishes}
	client := newClient(t, api)
	_, asked, err := client.Begin(t.Context(), auth.Password("u", "p"))
	if err != nil {
		t.Fatal(err)
	}
	var unanswered *auth.UnansweredError
	if _, err := client.Continue(t.Context(), asked, auth.Prompts{}); !errors.As(err, &unanswered) || unanswered.Challenge != asked {
		t.Errorf("without a prompt: %v", err)
	}
	tokens, err := client.Continue(t.Context(), asked, auth.Prompts{
		TOTPCode: func(context.Context, *challenge.TOTPCode) (string, error) { return "123456", nil },
	})
	if err != nil || tokens == nil || len(api.calls) != 2 {
		t.Errorf("%v after %v", err, api.calls)
	}
	_, err = client.Continue(t.Context(), nil, auth.Prompts{})
	wantReason(t, err, auth.ErrConfig)
}
