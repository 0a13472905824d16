package auth_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
)

// script is an API whose replies a test writes down. It is for what the real
// service never sends; flows are tested against the pool of cognitotest.
type script struct {
	initiate  func(*cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error)
	respond   func(*cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error)
	associate func(*cip.AssociateSoftwareTokenInput) (*cip.AssociateSoftwareTokenOutput, error)
	verify    func(*cip.VerifySoftwareTokenInput) (*cip.VerifySoftwareTokenOutput, error)
	calls     []string
}

func (s *script) InitiateAuth(_ context.Context, in *cip.InitiateAuthInput, _ ...func(*cip.Options)) (*cip.InitiateAuthOutput, error) {
	s.calls = append(s.calls, "InitiateAuth")
	return s.initiate(in)
}

func (s *script) RespondToAuthChallenge(_ context.Context, in *cip.RespondToAuthChallengeInput, _ ...func(*cip.Options)) (*cip.RespondToAuthChallengeOutput, error) {
	s.calls = append(s.calls, "RespondToAuthChallenge")
	return s.respond(in)
}

func (s *script) AssociateSoftwareToken(_ context.Context, in *cip.AssociateSoftwareTokenInput, _ ...func(*cip.Options)) (*cip.AssociateSoftwareTokenOutput, error) {
	s.calls = append(s.calls, "AssociateSoftwareToken")
	return s.associate(in)
}

func (s *script) VerifySoftwareToken(_ context.Context, in *cip.VerifySoftwareTokenInput, _ ...func(*cip.Options)) (*cip.VerifySoftwareTokenOutput, error) {
	s.calls = append(s.calls, "VerifySoftwareToken")
	return s.verify(in)
}

const (
	testPool   = "us-east-1_abcDEF123"
	testClient = "client"
	canonical  = "11111111-2222-3333-4444-555555555555"
)

// raises is an InitiateAuth reply with a challenge.
func raises(name, session string, parameters map[string]string) func(*cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
	return func(*cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
		out := &cip.InitiateAuthOutput{ChallengeName: types.ChallengeNameType(name), ChallengeParameters: parameters}
		if name == "SELECT_CHALLENGE" {
			out.AvailableChallenges = []types.ChallengeNameType{"PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "WEB_AUTHN"}
		}
		if session != "" {
			out.Session = aws.String(session)
		}
		return out, nil
	}
}

// finishes is a RespondToAuthChallenge reply with tokens.
func finishes(*cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
	return &cip.RespondToAuthChallengeOutput{
		AuthenticationResult: &types.AuthenticationResultType{AccessToken: aws.String("access"), ExpiresIn: 3600},
		ResultMetadata:       middleware.Metadata{},
	}, nil
}

func newClient(t *testing.T, api auth.API, optFns ...func(*auth.Options)) *auth.Client {
	t.Helper()
	c, err := auth.New(api, testPool, testClient, optFns...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// exactlyOne checks what Begin and Respond promise of their results.
func exactlyOne(t *testing.T, tokens *auth.Tokens, next challenge.Challenge, err error) {
	t.Helper()
	n := 0
	for _, set := range []bool{tokens != nil, next != nil, err != nil} {
		if set {
			n++
		}
	}
	if n != 1 {
		t.Fatalf("want exactly one of tokens, challenge and error; got %v, %v, %v", tokens, next, err)
	}
}

// wantReason checks that err is an Error which matches one reason and no other.
func wantReason(t *testing.T, err, reason error) *auth.Error {
	t.Helper()
	var e *auth.Error
	if !errors.As(err, &e) {
		t.Fatalf("want an *auth.Error for %v, got %T %v", reason, err, err)
	}
	for _, r := range allReasons {
		if errors.Is(err, r) != (r == reason) {
			t.Errorf("errors.Is(err, %q) = %v; want the reason %q: %v (cause: %v)", r, errors.Is(err, r), reason, err, e.Err)
		}
	}
	return e
}

var allReasons = []error{
	auth.ErrCode, auth.ErrCodeExpired, auth.ErrNewPassword, auth.ErrCredentials, auth.ErrInput, auth.ErrUserExists,
	auth.ErrStartOver, auth.ErrBackOff, auth.ErrLockedOut, auth.ErrNotConfirmed, auth.ErrResetRequired, auth.ErrNotSetUp, auth.ErrDenied,
	auth.ErrToken, auth.ErrTokenReused, auth.ErrDevice, auth.ErrConfig, auth.ErrMalformed, auth.ErrOutcomeUnknown,
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

// confirming is an AccountAPI that confirms every sign-up, and gives a session
// to who has one.
type confirming struct{ auth.AccountAPI }

func (confirming) ConfirmSignUp(_ context.Context, in *cip.ConfirmSignUpInput, _ ...func(*cip.Options)) (*cip.ConfirmSignUpOutput, error) {
	if in.Session == nil {
		return &cip.ConfirmSignUpOutput{}, nil
	}
	return &cip.ConfirmSignUpOutput{Session: aws.String(*in.Session + " confirmed")}, nil
}
