package auth_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/srp"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	var api auth.API = &script{}
	tests := map[string]struct {
		api            auth.API
		pool, client   string
		validityMinute int
	}{
		"nil API":                {nil, testPool, testClient, 3},
		"empty pool id":          {api, "", testClient, 3},
		"pool id without _":      {api, "useast1abcDEF123", testClient, 3},
		"pool id without name":   {api, "us-east-1_", testClient, 3},
		"pool id without region": {api, "_abcDEF123", testClient, 3},
		"empty client id":        {api, testPool, "", 3},
		"validity too short":     {api, testPool, testClient, 2},
		"validity too long":      {api, testPool, testClient, 16},
		"negative validity":      {api, testPool, testClient, -1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := auth.New(tt.api, tt.pool, tt.client, func(o *auth.Options) { o.SessionValidity = minutes(tt.validityMinute) })
			if c != nil {
				t.Error("a Client came with the error")
			}
			wantReason(t, err, auth.ErrConfig)
		})
	}
	if _, err := auth.NewAccounts(nil, testClient); !errors.Is(err, auth.ErrConfig) {
		t.Errorf("NewAccounts(nil): %v", err)
	}
	if _, err := auth.NewAccounts(&cip.Client{}, ""); !errors.Is(err, auth.ErrConfig) {
		t.Errorf("NewAccounts without client id: %v", err)
	}
}

func TestBeginRefusesWithoutACall(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		first  auth.FirstFactor
		reason error
	}{
		"zero first factor":         {auth.FirstFactor{}, auth.ErrConfig},
		"SRP, empty username":       {auth.SRP("", "p"), auth.ErrCredentials},
		"SRP, empty password":       {auth.SRP("u", ""), auth.ErrCredentials},
		"Password, empty username":  {auth.Password("", "p"), auth.ErrCredentials},
		"Password, empty password":  {auth.Password("u", ""), auth.ErrCredentials},
		"Custom, empty username":    {auth.Custom(""), auth.ErrCredentials},
		"CustomSRP, empty password": {auth.CustomSRP("u", ""), auth.ErrCredentials},
		"AdminNoSRP without Admin":  {auth.AdminNoSRP("u", "p"), auth.ErrConfig},
		"SRPPublic without SRP_A":   {auth.SRPPublic("u", ""), auth.ErrCredentials},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			api := &script{}
			tokens, next, err := newClient(t, api).Begin(t.Context(), tt.first)
			exactlyOne(t, tokens, next, err)
			wantReason(t, err, tt.reason)
			if len(api.calls) > 0 {
				t.Errorf("calls were made: %v", api.calls)
			}
		})
	}
}

func TestZeroValuesRefuse(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	api := &script{initiate: raises("SMS_MFA", "session", nil)}
	_, next, err := newClient(t, api).Begin(ctx, auth.Password("u", "p"))
	if err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func() error{
		"Begin": func() error { _, _, err := new(auth.Client).Begin(ctx, auth.SRP("u", "p")); return err },
		"Respond": func() error {
			_, _, err := new(auth.Client).Respond(ctx, next.(challenge.Code).Answer("1"))
			return err
		},
		"SignUp":   func() error { _, err := new(auth.Accounts).SignUp(ctx, "u", "p", nil); return err },
		"Confirm":  func() error { _, err := new(auth.Accounts).ConfirmSignUp(ctx, "u", "1"); return err },
		"Resend":   func() error { _, err := new(auth.Accounts).ResendConfirmationCode(ctx, "u"); return err },
		"Remember": func() error { _, err := new(auth.Devices).Remember(ctx, new(auth.Tokens), ""); return err },
		"Forget":   func() error { return new(auth.Devices).Forget(ctx, nil, "") },
		"Access":   func() error { _, err := new(auth.Verifier).Access(ctx, ""); return err },
	} {
		if err := call(); !errors.Is(err, auth.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := auth.NewDevices(nil); !errors.Is(err, auth.ErrConfig) {
		t.Errorf("NewDevices(nil): %v", err)
	}
}

func TestCancelledContextSendsNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	api := &script{initiate: raises("SOFTWARE_TOKEN_MFA", "session", nil)}
	c := newClient(t, api)
	_, next, err := c.Begin(ctx, auth.Password("u", "p"))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for name, step := range map[string]func() (*auth.Tokens, challenge.Challenge, error){
		"Begin": func() (*auth.Tokens, challenge.Challenge, error) { return c.Begin(ctx, auth.SRP("u", "p")) },
		"Respond": func() (*auth.Tokens, challenge.Challenge, error) {
			return c.Respond(ctx, next.(challenge.Code).Answer("123456"))
		},
	} {
		tokens, got, err := step()
		exactlyOne(t, tokens, got, err)
		e := wantReason(t, err, auth.ErrBackOff)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: the cause is lost: %v", name, err)
		}
		if name == "Respond" && e.Challenge != next {
			t.Errorf("%s: the challenge can be answered again, and is not held", name)
		}
	}
	if len(api.calls) != 1 {
		t.Errorf("calls: %v", api.calls)
	}
}

func TestSecretThatCannotBeHad(t *testing.T) {
	t.Parallel()
	cause := errors.New("vault is sealed")
	for name, secret := range map[string]func(context.Context) (string, error){
		"error": func(context.Context) (string, error) { return "", cause },
		"empty": func(context.Context) (string, error) { return "", nil },
	} {
		api := &script{}
		c := newClient(t, api, func(o *auth.Options) { o.ClientSecret = secret })
		_, _, err := c.Begin(t.Context(), auth.SRP("u", "p"))
		if name == "error" {
			wantReason(t, err, auth.ErrBackOff)
		} else {
			wantReason(t, err, auth.ErrConfig)
		}
		if name == "error" && !errors.Is(err, cause) {
			t.Errorf("the cause is lost: %v", err)
		}
		if len(api.calls) > 0 {
			t.Errorf("%s: calls were made: %v", name, api.calls)
		}
	}
}

// goodVerifier are well-formed parameters of PASSWORD_VERIFIER.
var goodVerifier = map[string]string{
	"USERNAME": canonical, "USER_ID_FOR_SRP": canonical, "SALT": "f1e2d3", "SRP_B": "abcdef0123", "SECRET_BLOCK": "c2VjcmV0",
}

func with(m map[string]string, key, value string) map[string]string {
	m = maps.Clone(m)
	m[key] = value
	return m
}

func without(m map[string]string, key string) map[string]string {
	m = maps.Clone(m)
	delete(m, key)
	return m
}

func TestMalformedReplies(t *testing.T) {
	t.Parallel()
	noTokens := func(result *types.AuthenticationResultType, name types.ChallengeNameType) func(*cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
		return func(*cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
			return &cip.InitiateAuthOutput{AuthenticationResult: result, ChallengeName: name, Session: aws.String("session")}, nil
		}
	}
	good := &types.AuthenticationResultType{AccessToken: aws.String("a"), ExpiresIn: 3600}
	n := strings.Repeat("F", 768)
	tests := map[string]struct {
		initiate func(*cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error)
		field    string // of the SRP or challenge error, if there is one
	}{
		"nil reply":                   {initiate: func(*cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) { return nil, nil }},
		"empty reply":                 {initiate: noTokens(nil, "")},
		"tokens and a challenge":      {initiate: noTokens(good, "SMS_MFA")},
		"no access token":             {initiate: noTokens(&types.AuthenticationResultType{ExpiresIn: 3600}, "")},
		"empty access token":          {initiate: noTokens(&types.AuthenticationResultType{AccessToken: aws.String(""), ExpiresIn: 1}, "")},
		"no expiry":                   {initiate: noTokens(&types.AuthenticationResultType{AccessToken: aws.String("a")}, "")},
		"verifier, no parameters":     {initiate: raises("PASSWORD_VERIFIER", "", nil)},
		"verifier, no SRP_B":          {raises("PASSWORD_VERIFIER", "", without(goodVerifier, "SRP_B")), "SRP_B"},
		"verifier, B no hex":          {raises("PASSWORD_VERIFIER", "", with(goodVerifier, "SRP_B", "xyz")), "SRP_B"},
		"verifier, B = 0":             {raises("PASSWORD_VERIFIER", "", with(goodVerifier, "SRP_B", "0")), "SRP_B"},
		"verifier, B >= N":            {raises("PASSWORD_VERIFIER", "", with(goodVerifier, "SRP_B", n)), "SRP_B"},
		"verifier, no SALT":           {raises("PASSWORD_VERIFIER", "", without(goodVerifier, "SALT")), "SALT"},
		"verifier, no SECRET_BLOCK":   {raises("PASSWORD_VERIFIER", "", without(goodVerifier, "SECRET_BLOCK")), "SECRET_BLOCK"},
		"verifier, block no base64":   {raises("PASSWORD_VERIFIER", "", with(goodVerifier, "SECRET_BLOCK", "%%%")), "SECRET_BLOCK"},
		"verifier, no user id":        {raises("PASSWORD_VERIFIER", "", without(goodVerifier, "USER_ID_FOR_SRP")), "USER_ID_FOR_SRP"},
		"challenge without session":   {raises("SOFTWARE_TOKEN_MFA", "", nil), "Session"},
		"unknown name, no session":    {raises("TOMORROW", "", nil), "Session"},
		"session of a megabyte":       {raises("SMS_MFA", strings.Repeat("s", 1<<20), nil), "Session"},
		"name of a megabyte":          {raises(strings.Repeat("n", 1<<20), "session", nil), "ChallengeName"},
		"choice without a list":       {raises("SELECT_MFA_TYPE", "session", nil), "MFAS_CAN_CHOOSE"},
		"choice of a wrong type":      {raises("SELECT_MFA_TYPE", "session", map[string]string{"MFAS_CAN_CHOOSE": `{"a":1}`}), "MFAS_CAN_CHOOSE"},
		"set-up without a list":       {raises("MFA_SETUP", "session", map[string]string{"MFAS_CAN_SETUP": "null"}), "MFAS_CAN_SETUP"},
		"set-up of numbers":           {raises("MFA_SETUP", "session", map[string]string{"MFAS_CAN_SETUP": "[1]"}), "MFAS_CAN_SETUP"},
		"attributes of a wrong type":  {raises("NEW_PASSWORD_REQUIRED", "session", map[string]string{"userAttributes": `[]`}), "userAttributes"},
		"required of a wrong type":    {raises("NEW_PASSWORD_REQUIRED", "session", map[string]string{"requiredAttributes": `7`}), "requiredAttributes"},
		"required attribute is empty": {raises("NEW_PASSWORD_REQUIRED", "session", map[string]string{"requiredAttributes": `[""]`}), "requiredAttributes"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := &script{initiate: tt.initiate}
			tokens, next, err := newClient(t, api).Begin(t.Context(), auth.SRP("typed", "password"))
			exactlyOne(t, tokens, next, err)
			e := wantReason(t, err, auth.ErrMalformed)
			if len(api.calls) != 1 {
				t.Errorf("calls: %v", api.calls)
			}
			if len(e.Error()) > 1000 {
				t.Errorf("the error text has %d bytes", len(e.Error()))
			}
			if tt.field == "" {
				return
			}
			var parameter *srp.ParameterError
			var malformed *challenge.MalformedError
			switch {
			case errors.As(err, &parameter):
				if parameter.Field != tt.field {
					t.Errorf("field %q, want %q", parameter.Field, tt.field)
				}
			case errors.As(err, &malformed):
				if malformed.Field != tt.field {
					t.Errorf("field %q, want %q", malformed.Field, tt.field)
				}
			default:
				t.Errorf("no typed cause: %v", e.Err)
			}
		})
	}
}

// A server that keeps asking for the proof gets one.
func TestPasswordIsProvedOnce(t *testing.T) {
	t.Parallel()
	api := &script{
		initiate: raises("PASSWORD_VERIFIER", "", goodVerifier),
		respond: func(*cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
			return &cip.RespondToAuthChallengeOutput{ChallengeName: "PASSWORD_VERIFIER", ChallengeParameters: goodVerifier}, nil
		},
	}
	_, _, err := newClient(t, api).Begin(t.Context(), auth.SRP("typed", "password"))
	wantReason(t, err, auth.ErrMalformed)
	if len(api.calls) != 2 {
		t.Errorf("calls: %v", api.calls)
	}
	api = &script{initiate: raises("PASSWORD_VERIFIER", "", goodVerifier)}
	_, _, err = newClient(t, api).Begin(t.Context(), auth.Password("typed", "password"))
	wantReason(t, err, auth.ErrMalformed)
	if len(api.calls) != 1 {
		t.Errorf("calls: %v", api.calls)
	}
}

func TestSetUpThatASignInCannotDo(t *testing.T) {
	t.Parallel()
	api := &script{initiate: raises("MFA_SETUP", "session", map[string]string{"MFAS_CAN_SETUP": `["SMS_MFA"]`})}
	_, _, err := newClient(t, api).Begin(t.Context(), auth.Password("u", "p"))
	wantReason(t, err, auth.ErrConfig)
}

func TestAnswersThatAreNotSent(t *testing.T) {
	t.Parallel()
	api := &script{initiate: raises("SOFTWARE_TOKEN_MFA", "session", nil)}
	c := newClient(t, api)
	_, next, err := c.Begin(t.Context(), auth.Password("u", "p"))
	if err != nil {
		t.Fatal(err)
	}
	code := next.(*challenge.TOTPCode)
	foreign, err := auth.New(api, testPool, "another client")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		client *auth.Client
		answer challenge.Answer
		reason error
		holds  bool
	}{
		"zero answer":           {c, challenge.Answer{}, auth.ErrConfig, false},
		"zero challenge":        {c, new(challenge.TOTPCode).Answer("123456"), auth.ErrConfig, false},
		"zero option":           {c, challenge.MFAOption{}.Answer(), auth.ErrConfig, false},
		"empty code":            {c, code.Answer(""), auth.ErrCode, true},
		"letters":               {c, code.Answer("12345a"), auth.ErrCode, true},
		"five digits":           {c, code.Answer("12345"), auth.ErrCode, true},
		"of another app client": {foreign, code.Answer("123456"), auth.ErrConfig, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tokens, got, err := tt.client.Respond(t.Context(), tt.answer)
			exactlyOne(t, tokens, got, err)
			e := wantReason(t, err, tt.reason)
			if tt.holds != (e.Challenge == challenge.Challenge(code)) {
				t.Errorf("holds %v", e.Challenge)
			}
			if len(api.calls) != 1 {
				t.Errorf("calls: %v", api.calls)
			}
		})
	}
}

// The user's canonical name goes into USERNAME and SECRET_HASH of every call
// after the one that revealed it, whatever was typed.
func TestCanonicalUsername(t *testing.T) {
	t.Parallel()
	const secret = "client-secret"
	hash := func(username string) string { return srp.SecretHash(username, testClient, secret) }
	tests := map[string]struct {
		name       string
		parameters map[string]string
		want       string
	}{
		"MFA challenge":          {"SOFTWARE_TOKEN_MFA", map[string]string{"USER_ID_FOR_SRP": canonical}, canonical},
		"custom, from the start": {"CUSTOM_CHALLENGE", map[string]string{"USERNAME": canonical}, canonical},
		"custom, a forged id":    {"CUSTOM_CHALLENGE", map[string]string{"USERNAME": canonical, "USER_ID_FOR_SRP": "mallory"}, canonical},
		"both, they differ":      {"SMS_MFA", map[string]string{"USERNAME": "alias", "USER_ID_FOR_SRP": canonical}, canonical},
		"nothing said":           {"EMAIL_OTP", nil, "typed@example.com"},
		"a name of a megabyte":   {"EMAIL_OTP", map[string]string{"USERNAME": strings.Repeat("x", 1<<19)}, "typed@example.com"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := &script{initiate: func(in *cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
				if got := in.AuthParameters; got["USERNAME"] != "typed@example.com" || got["SECRET_HASH"] != hash("typed@example.com") {
					t.Errorf("InitiateAuth got USERNAME %q", got["USERNAME"])
				}
				return raises(tt.name, "session", tt.parameters)(in)
			}}
			api.respond = func(in *cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
				if got := in.ChallengeResponses; got["USERNAME"] != tt.want || got["SECRET_HASH"] != hash(tt.want) {
					t.Errorf("RespondToAuthChallenge got USERNAME %q, want %q, and a hash that is right: %v",
						got["USERNAME"], tt.want, got["SECRET_HASH"] == hash(tt.want))
				}
				return finishes(in)
			}
			c := newClient(t, api, auth.ClientSecret(secret))
			_, next, err := c.Begin(t.Context(), auth.Password("typed@example.com", "p"))
			if err != nil {
				t.Fatal(err)
			}
			var answer challenge.Answer
			switch next := next.(type) {
			case challenge.Code:
				answer = next.Answer("123456")
			case *challenge.Custom:
				answer = next.Answer("x")
			}
			tokens, _, err := c.Respond(t.Context(), answer)
			if err != nil {
				t.Fatal(err)
			}
			if tokens.Username() != tt.want {
				t.Errorf("Tokens.Username() = %q", tokens.Username())
			}
		})
	}
}

// A custom challenge after the first call brings the trigger's own parameters,
// which are no word of Cognito's about the user.
func TestTriggerCannotRenameTheUser(t *testing.T) {
	t.Parallel()
	api := &script{initiate: raises("PASSWORD_VERIFIER", "", goodVerifier)}
	api.respond = func(in *cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
		if got := in.ChallengeResponses["USERNAME"]; got != canonical {
			t.Errorf("USERNAME is %q", got)
		}
		if in.ChallengeName == "CUSTOM_CHALLENGE" {
			return finishes(in)
		}
		return &cip.RespondToAuthChallengeOutput{ChallengeName: "CUSTOM_CHALLENGE", Session: aws.String("session"),
			ChallengeParameters: map[string]string{"USERNAME": "somebody", "USER_ID_FOR_SRP": "else"}}, nil
	}
	c := newClient(t, api)
	_, next, err := c.Begin(t.Context(), auth.CustomSRP("typed", "password"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Respond(t.Context(), next.(*challenge.Custom).Answer("x")); err != nil {
		t.Fatal(err)
	}
}
