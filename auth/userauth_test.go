package auth_test

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
	"github.com/cognitomfa/cognitomfa/srp"
)

// What InitiateAuth is sent for each first factor: exactly these parameters.
// SRP_A is random and shows as "…".
func TestInitiateParameters(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		first auth.FirstFactor
		flow  string
		want  map[string]string
	}{
		"SRP":             {auth.SRP("u", "p"), "USER_SRP_AUTH", map[string]string{"SRP_A": "…"}},
		"Password":        {auth.Password("u", "p"), "USER_PASSWORD_AUTH", map[string]string{"PASSWORD": "p"}},
		"Custom":          {auth.Custom("u"), "CUSTOM_AUTH", map[string]string{}},
		"CustomSRP":       {auth.CustomSRP("u", "p"), "CUSTOM_AUTH", map[string]string{"SRP_A": "…", "CHALLENGE_NAME": "SRP_A"}},
		"SRPPublic":       {auth.SRPPublic("u", "abc"), "USER_SRP_AUTH", map[string]string{"SRP_A": "abc"}},
		"UserAuth":        {auth.UserAuth("u"), "USER_AUTH", map[string]string{}},
		"PreferSRP":       {auth.UserAuth("u", auth.PreferSRP("p")), "USER_AUTH", map[string]string{"PREFERRED_CHALLENGE": "PASSWORD_SRP", "SRP_A": "…"}},
		"PreferPassword":  {auth.UserAuth("u", auth.PreferPassword("p")), "USER_AUTH", map[string]string{"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": "p"}},
		"PreferEmailCode": {auth.UserAuth("u", auth.PreferEmailCode()), "USER_AUTH", map[string]string{"PREFERRED_CHALLENGE": "EMAIL_OTP"}},
		"PreferSMSCode":   {auth.UserAuth("u", auth.PreferSMSCode()), "USER_AUTH", map[string]string{"PREFERRED_CHALLENGE": "SMS_OTP"}},
		"PreferPasskey":   {auth.UserAuth("u", auth.PreferPasskey()), "USER_AUTH", map[string]string{"PREFERRED_CHALLENGE": "WEB_AUTHN"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := &script{initiate: func(in *cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
				if string(in.AuthFlow) != tt.flow || *in.ClientId != testClient || in.Session != nil {
					t.Errorf("%s for %s, session %v", in.AuthFlow, *in.ClientId, in.Session)
				}
				if a := in.AuthParameters["SRP_A"]; len(a) > 700 {
					in.AuthParameters["SRP_A"] = "…"
				}
				tt.want["USERNAME"] = "u"
				if diff := cmp.Diff(tt.want, in.AuthParameters); diff != "" {
					t.Errorf("parameters (-want +got):\n%s", diff)
				}
				return raises("SMS_MFA", "session", nil)(in)
			}}
			tokens, c, err := newClient(t, api).Begin(t.Context(), tt.first)
			exactlyOne(t, tokens, c, err)
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// What RespondToAuthChallenge is sent after SELECT_CHALLENGE, for each choice.
func TestChoiceResponses(t *testing.T) {
	t.Parallel()
	tests := map[challenge.Factor]struct {
		name string
		want map[string]string
	}{
		challenge.FactorPassword:    {"SELECT_CHALLENGE", map[string]string{"ANSWER": "PASSWORD", "PASSWORD": "p"}},
		challenge.FactorPasswordSRP: {"SELECT_CHALLENGE", map[string]string{"ANSWER": "PASSWORD_SRP", "SRP_A": "…"}},
		challenge.FactorEmail:       {"SELECT_CHALLENGE", map[string]string{"ANSWER": "EMAIL_OTP"}},
		challenge.FactorPasskey:     {"SELECT_CHALLENGE", map[string]string{"ANSWER": "WEB_AUTHN"}},
	}
	for factor, tt := range tests {
		t.Run(string(factor), func(t *testing.T) {
			t.Parallel()
			api := &script{initiate: raises("SELECT_CHALLENGE", "session", nil)}
			api.respond = func(in *cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
				if len(in.ChallengeResponses["SRP_A"]) > 700 {
					in.ChallengeResponses["SRP_A"] = "…"
				}
				tt.want["USERNAME"] = "u"
				if diff := cmp.Diff(tt.want, in.ChallengeResponses); diff != "" || string(in.ChallengeName) != tt.name || *in.Session != "session" {
					t.Errorf("%s (-want +got):\n%s", in.ChallengeName, diff)
				}
				return finishes(in)
			}
			c := newClient(t, api)
			_, next, err := c.Begin(t.Context(), auth.UserAuth("u"))
			if err != nil {
				t.Fatal(err)
			}
			choose := as[*challenge.SelectFirstFactor](t, next)
			if _, ok := choose.Option(challenge.FactorSMSOTP); ok || len(choose.Options()) != 4 {
				t.Errorf("the options are %v", choose.Options())
			}
			option, ok := choose.Option(factor)
			if !ok {
				t.Fatal("not offered")
			}
			answer := option.Answer()
			if factor == challenge.FactorPassword || factor == challenge.FactorPasswordSRP {
				tokens, next, err := c.Respond(t.Context(), answer)
				exactlyOne(t, tokens, next, err)
				ask := as[*challenge.Password](t, next)
				if len(api.calls) != 1 || ask.Name() != string(factor) {
					t.Errorf("%v after %v", ask, api.calls)
				}
				_, _, err = c.Respond(t.Context(), ask.Answer(""))
				wantReason(t, err, auth.ErrInput)
				answer = ask.Answer("p")
			}
			tokens, _, err := c.Respond(t.Context(), answer)
			if err != nil || tokens == nil || len(api.calls) != 2 {
				t.Errorf("%v after %v", err, api.calls)
			}
		})
	}
}

// A preference that the user does not have is no error: Cognito offers what
// there is, and the password that was given for the preference is forgotten.
func TestPreferenceThatIsNotThere(t *testing.T) {
	t.Parallel()
	api := &script{initiate: raises("SELECT_CHALLENGE", "session", nil)}
	c := newClient(t, api)
	_, next, err := c.Begin(t.Context(), auth.UserAuth("u", auth.PreferSRP("p")))
	if err != nil {
		t.Fatal(err)
	}
	as[*challenge.SelectFirstFactor](t, next)
	_, _, err = c.Begin(t.Context(), auth.UserAuth("u", auth.PreferSRP("")))
	wantReason(t, err, auth.ErrCredentials)
	_, _, err = c.Begin(t.Context(), auth.UserAuth("", auth.PreferPasskey()))
	wantReason(t, err, auth.ErrCredentials)
	_, _, err = c.Begin(t.Context(), auth.AfterSignUp(auth.Confirmed{}))
	wantReason(t, err, auth.ErrCredentials)
}

func TestPasskeyResponses(t *testing.T) {
	t.Parallel()
	api := &script{initiate: raises("WEB_AUTHN", "session", map[string]string{"CREDENTIAL_REQUEST_OPTIONS": `{"challenge":"x","rpId":"example.com"}`})}
	api.respond = func(in *cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
		if diff := cmp.Diff(map[string]string{"USERNAME": "u", "CREDENTIAL": `{"id":"y"}`}, in.ChallengeResponses); diff != "" {
			t.Errorf("responses (-want +got):\n%s", diff)
		}
		return finishes(in)
	}
	c := newClient(t, api)
	_, next, err := c.Begin(t.Context(), auth.UserAuth("u", auth.PreferPasskey()))
	if err != nil {
		t.Fatal(err)
	}
	ask := as[*challenge.Passkey](t, next)
	if string(ask.Options()) != `{"challenge":"x","rpId":"example.com"}` {
		t.Errorf("options: %s", ask.Options())
	}
	for _, bad := range []string{"", "null", "[]", `"x"`, "{"} {
		_, _, err := c.Respond(t.Context(), ask.Answer(json.RawMessage(bad)))
		wantReason(t, err, auth.ErrInput)
	}
	if _, _, err := c.Respond(t.Context(), ask.Answer(json.RawMessage(`{"id":"y"}`))); err != nil || len(api.calls) != 2 {
		t.Errorf("%v after %v", err, api.calls)
	}
}

// The client has the password, this program has not.
func TestSRPPublicSurfacesTheVerifier(t *testing.T) {
	t.Parallel()
	api := &script{initiate: raises("PASSWORD_VERIFIER", "", goodVerifier)}
	api.respond = func(in *cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
		want := map[string]string{
			"USERNAME": canonical, "PASSWORD_CLAIM_SECRET_BLOCK": goodVerifier["SECRET_BLOCK"],
			"PASSWORD_CLAIM_SIGNATURE": "signature", "TIMESTAMP": "timestamp",
		}
		if diff := cmp.Diff(want, in.ChallengeResponses); diff != "" || in.Session != nil {
			t.Errorf("session %v, responses (-want +got):\n%s", in.Session, diff)
		}
		return finishes(in)
	}
	c := newClient(t, api)
	_, next, err := c.Begin(t.Context(), auth.SRPPublic("alias", "abc"))
	if err != nil {
		t.Fatal(err)
	}
	ask := as[*challenge.PasswordVerifier](t, next)
	if ask.UserID() != canonical || ask.Salt() != goodVerifier["SALT"] || ask.B() != goodVerifier["SRP_B"] || ask.SecretBlock() != goodVerifier["SECRET_BLOCK"] {
		t.Error("the accessors do not give the parameters")
	}
	_, _, err = c.Respond(t.Context(), ask.Answer("", "timestamp"))
	wantReason(t, err, auth.ErrInput)
	if _, _, err := c.Respond(t.Context(), ask.Answer("signature", "timestamp")); err != nil {
		t.Fatal(err)
	}
	for key := range goodVerifier {
		if key == "USERNAME" {
			continue
		}
		api := &script{initiate: raises("PASSWORD_VERIFIER", "", without(goodVerifier, key))}
		_, _, err := newClient(t, api).Begin(t.Context(), auth.SRPPublic("alias", "abc"))
		wantReason(t, err, auth.ErrMalformed)
	}
}

func TestAfterSignUpSendsTheSession(t *testing.T) {
	t.Parallel()
	accounts, err := auth.NewAccounts(confirming{}, testClient)
	if err != nil {
		t.Fatal(err)
	}
	confirmed, err := accounts.ConfirmSignUp(t.Context(), "u", "123456", func(o *auth.CallOptions) { o.SignUpSession = "sign-up" })
	if err != nil || !confirmed.CanSignIn() {
		t.Fatal(confirmed.CanSignIn(), err)
	}
	api := &script{initiate: func(in *cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
		if diff := cmp.Diff(map[string]string{"USERNAME": "u"}, in.AuthParameters); diff != "" || aws.ToString(in.Session) != "sign-up confirmed" {
			t.Errorf("session %q, parameters (-want +got):\n%s", aws.ToString(in.Session), diff)
		}
		return raises("SMS_MFA", "session", nil)(in)
	}}
	if _, _, err := newClient(t, api).Begin(t.Context(), auth.AfterSignUp(confirmed)); err != nil {
		t.Error(err)
	}
	confirmed, err = accounts.ConfirmSignUp(t.Context(), "u", "123456")
	if err != nil || confirmed.CanSignIn() {
		t.Fatal(confirmed.CanSignIn(), err)
	}
	_, _, err = newClient(t, api).Begin(t.Context(), auth.AfterSignUp(confirmed))
	wantReason(t, err, auth.ErrConfig)
}

// Choice-based sign-in in the pool, by each first factor, with and without a
// preference, by every kind of client.
func TestUserAuth(t *testing.T) {
	t.Parallel()
	all := []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp, types.AuthFactorTypeSmsOtp}
	reachable := map[string]string{"email": email, "email_verified": "true", "phone_number": phone, "phone_number_verified": "true"}
	everyClient(t, func(t *testing.T, asAdmin bool, app cognitotest.ClientConfig) {
		w := newWorld(t, cognitotest.Config{Client: app, FirstFactors: all}, asAdmin)
		w.AddUser(cognitotest.User{Username: username, Password: password, Attributes: reachable})

		for _, factor := range []challenge.Factor{challenge.FactorPassword, challenge.FactorPasswordSRP} {
			option, ok := as[*challenge.SelectFirstFactor](t, w.begin(t, auth.UserAuth(username))).Option(factor)
			if !ok {
				t.Fatalf("%s is not offered", factor)
			}
			w.done(t, as[*challenge.Password](t, w.next(t, option.Answer())).Answer(password))

			option, _ = as[*challenge.SelectFirstFactor](t, w.begin(t, auth.UserAuth(username))).Option(factor)
			ask := as[*challenge.Password](t, w.next(t, option.Answer()))
			w.refused(t, ask.Answer("Wrong-Horse-7"), auth.ErrCredentials, false)
		}
		for _, factor := range []challenge.Factor{challenge.FactorEmail, challenge.FactorSMSOTP} {
			option, ok := as[*challenge.SelectFirstFactor](t, w.begin(t, auth.UserAuth(username))).Option(factor)
			if !ok {
				t.Fatalf("%s is not offered", factor)
			}
			ask := as[challenge.Code](t, w.next(t, option.Answer()))
			code := w.message(t, "ann")
			w.refused(t, ask.Answer(wrong(code)), auth.ErrCode, true)
			w.done(t, ask.Answer(code))
			w.refused(t, ask.Answer(code), auth.ErrStartOver, false)
		}

		for name, first := range map[string]auth.FirstFactor{
			"SRP": auth.UserAuth(username, auth.PreferSRP(password)), "password": auth.UserAuth(username, auth.PreferPassword(password)),
		} {
			tokens, c, err := w.client.Begin(t.Context(), first)
			if exactlyOne(t, tokens, c, err); tokens == nil {
				t.Fatalf("%s: %v, %v", name, c, err)
			}
			w.verified(t, tokens)
		}
		_, _, err := w.client.Begin(t.Context(), auth.UserAuth(username, auth.PreferSRP("Wrong-Horse-7")))
		wantReason(t, err, auth.ErrCredentials)
		w.done(t, as[*challenge.EmailCode](t, w.begin(t, auth.UserAuth(username, auth.PreferEmailCode()))).Answer(w.message(t, "ann")))
		w.done(t, as[*challenge.SMSCode](t, w.begin(t, auth.UserAuth(username, auth.PreferSMSCode()))).Answer(w.message(t, "ann")))
		// A preference that this user does not have.
		as[*challenge.SelectFirstFactor](t, w.begin(t, auth.UserAuth(username, auth.PreferPasskey())))
	})
}

// A client of this program runs SRP, here by this module's own package srp.
func TestSRPPublic(t *testing.T) {
	t.Parallel()
	everyClient(t, func(t *testing.T, asAdmin bool, app cognitotest.ClientConfig) {
		w := newWorld(t, cognitotest.Config{Client: app}, asAdmin)
		w.AddUser(cognitotest.User{Username: username, Password: password})
		name, err := srp.PoolName(w.ID())
		if err != nil {
			t.Fatal(err)
		}
		for _, typed := range []string{password, "Wrong-Horse-7"} {
			far := srp.New()
			ask := as[*challenge.PasswordVerifier](t, w.begin(t, auth.SRPPublic(username, far.A())))
			proof, err := far.Prove(name, typed, srp.Challenge{UserID: ask.UserID(), Salt: ask.Salt(), B: ask.B(), SecretBlock: ask.SecretBlock()}, w.Clock().Now())
			if err != nil {
				t.Fatal(err)
			}
			if typed == password {
				w.done(t, ask.Answer(proof.Signature, proof.Timestamp))
			} else {
				w.refused(t, ask.Answer(proof.Signature, proof.Timestamp), auth.ErrCredentials, false)
			}
		}
	})
}

// From the sign-up to tokens without a sign-in.
func TestAfterSignUp(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string]bool{"public": false, "secret": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, cognitotest.Config{Client: cognitotest.ClientConfig{Secret: secret}}, !admin)
			signedUp, err := w.accounts.SignUp(t.Context(), username, password, map[string]string{"email": email})
			if err != nil {
				t.Fatal(err)
			}
			if signedUp.Session() == "" {
				t.Fatal("the sign-up has no session")
			}
			redacttest.Check(t, signedUp, signedUp.Session())
			confirmed, err := w.accounts.ConfirmSignUp(t.Context(), username, w.message(t, "ann"), func(o *auth.CallOptions) { o.SignUpSession = signedUp.Session() })
			if err != nil {
				t.Fatal(err)
			}
			tokens, c, err := w.client.Begin(t.Context(), auth.AfterSignUp(confirmed))
			if exactlyOne(t, tokens, c, err); tokens == nil {
				t.Fatal(c, err)
			}
			w.verified(t, tokens)
			_, _, err = w.client.Begin(t.Context(), auth.AfterSignUp(confirmed)) // it works once
			wantReason(t, err, auth.ErrStartOver)
		})
	}
}
