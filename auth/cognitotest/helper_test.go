package cognitotest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"testing"
	"time"

	cognitosrp "github.com/alexrudd/cognito-srp/v4"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

const (
	password      = "Correct-Horse-1"
	wrongPassword = "Wrong-Horse-1"
)

// morning is a time at which the stock SRP client, which writes twelve-hour
// clocks, is right.
var morning = time.Date(2026, 2, 3, 9, 4, 5, 0, time.UTC)

// A driver signs in through the AWS SDK and the stock SRP client: neither knows
// anything of this module.
type driver struct {
	t      *testing.T
	pool   *cognitotest.Pool
	sdk    *cip.Client
	client cognitotest.AppClient
}

func drive(t *testing.T, cfg cognitotest.Config) *driver {
	t.Helper()
	if cfg.Clock == nil {
		cfg.Clock = cognitotest.NewClock(morning)
	}
	pool := cognitotest.Start(t, cfg)
	return &driver{t, pool, pool.SDK(), pool.Client()}
}

// as returns the driver with another app client.
func (d *driver) as(c cognitotest.AppClient) *driver {
	return &driver{d.t, d.pool, d.sdk, c}
}

// signed adds the secret hash if the client has a secret, computed here.
func (d *driver) signed(params map[string]string) map[string]string {
	if d.client.Secret != "" {
		params["SECRET_HASH"] = d.hash(params["USERNAME"])
	}
	return params
}

func (d *driver) hash(username string) string {
	mac := hmac.New(sha256.New, []byte(d.client.Secret))
	mac.Write([]byte(username + d.client.ID))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (d *driver) initiate(flow types.AuthFlowType, params map[string]string) (*cip.InitiateAuthOutput, error) {
	return d.sdk.InitiateAuth(d.t.Context(), &cip.InitiateAuthInput{
		AuthFlow: flow, ClientId: &d.client.ID, AuthParameters: params,
	})
}

func (d *driver) respond(challenge types.ChallengeNameType, session *string, responses map[string]string) (*cip.RespondToAuthChallengeOutput, error) {
	return d.sdk.RespondToAuthChallenge(d.t.Context(), &cip.RespondToAuthChallengeInput{
		ChallengeName: challenge, ClientId: &d.client.ID, Session: session, ChallengeResponses: responses,
	})
}

// stock makes the stock SRP client.
func (d *driver) stock(username, password string) *cognitosrp.CognitoSRP {
	d.t.Helper()
	var secret *string
	if d.client.Secret != "" {
		secret = &d.client.Secret
	}
	c, err := cognitosrp.NewCognitoSRP(username, password, d.pool.ID(), d.client.ID, secret)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// verifier begins USER_SRP_AUTH and returns the challenge with the answer that
// the stock client gives to it.
func (d *driver) verifier(username, password string) (*cip.InitiateAuthOutput, map[string]string) {
	d.t.Helper()
	c := d.stock(username, password)
	out, err := d.initiate(types.AuthFlowTypeUserSrpAuth, c.GetAuthParams())
	if err != nil {
		d.t.Fatalf("InitiateAuth: %v", err)
	}
	return out, d.claim(c, out.ChallengeParameters)
}

func (d *driver) claim(c *cognitosrp.CognitoSRP, params map[string]string) map[string]string {
	d.t.Helper()
	responses, err := c.PasswordVerifierChallenge(params, d.pool.Clock().Now())
	if err != nil {
		d.t.Fatal(err)
	}
	return responses
}

// srp signs in as far as the password goes.
func (d *driver) srp(username, password string) (*cip.RespondToAuthChallengeOutput, error) {
	d.t.Helper()
	_, responses := d.verifier(username, password)
	return d.respond(types.ChallengeNameTypePasswordVerifier, nil, responses)
}

// byPassword signs in by USER_PASSWORD_AUTH as far as the password goes.
func (d *driver) byPassword(username, password string) (*cip.InitiateAuthOutput, error) {
	return d.initiate(types.AuthFlowTypeUserPasswordAuth, d.signed(map[string]string{
		"USERNAME": username, "PASSWORD": password,
	}))
}

// wantError checks the type and the text of a refusal, and that the operation is
// one that may be refused so: an exception that the service's model does not give
// to an operation comes out of the SDK as a generic one.
func wantError(t *testing.T, err error, code, message string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("got %v, want %s: %s", err, code, message)
	}
	var generic *smithy.GenericAPIError
	if errors.As(err, &generic) && !frontEnd[code] {
		t.Errorf("the model does not know %s of this operation: %v", generic.Code, err)
	}
	if api.ErrorCode() != code || api.ErrorMessage() != message {
		t.Errorf("got %s: %q, want %s: %q", api.ErrorCode(), api.ErrorMessage(), code, message)
	}
}

// frontEnd are the exceptions that come before any operation.
var frontEnd = map[string]bool{
	"MissingAuthenticationTokenException": true, "UnknownOperationException": true,
	"InvalidSignatureException": true, "UnrecognizedClientException": true,
}

// must stops the test if a step failed that it does not test.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ptr[T any](v T) *T { return &v }
