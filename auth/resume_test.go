package auth_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/srp"
	"github.com/cognitomfa/cognitomfa/totp"
)

// A leg is one step of a sign-in that another process takes: what it is given
// and, in the same order of ideas, what it hands on.
type leg struct {
	URL, PoolID, ClientID, Secret string
	Key                           [32]byte
	Now                           time.Time

	Token  string // the sealed challenge
	Answer string // for it, as the user would give it
}

type handedOn struct {
	Token    string // the next challenge, sealed
	Type     string // of the next challenge, as in its public view
	Username string // if there are tokens
	Reason   string // if there is an error
	Error    string // its text and its cause's
}

const legVariable = "COGNITOMFA_TEST_LEG"

// TestLeg is not a test but the other process: see runLeg.
func TestLeg(t *testing.T) {
	text := os.Getenv(legVariable)
	if text == "" {
		return
	}
	var l leg
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(l.take(t))
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("\nhanded on: " + base64.StdEncoding.EncodeToString(out) + "\n")
}

func (l leg) sealer(t *testing.T) *challenge.Sealer {
	t.Helper()
	s, err := challenge.NewSealer(l.Key)
	if err != nil {
		t.Fatal(err)
	}
	s.Now = func() time.Time { return l.Now }
	return s
}

// take opens the challenge, answers it, and seals what comes next.
func (l leg) take(t *testing.T) handedOn {
	client, err := auth.New(sdkFor(l.URL), l.PoolID, l.ClientID, auth.ClientSecret(l.Secret), func(o *auth.Options) {
		o.Now = func() time.Time { return l.Now }
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := l.sealer(t).Open(l.Token, browser)
	if err != nil {
		t.Fatal(err)
	}
	tokens, next, err := client.Respond(t.Context(), l.answer(t, c))
	exactlyOne(t, tokens, next, err)
	return l.handOn(t, tokens, next, err)
}

func (l leg) handOn(t *testing.T, tokens *auth.Tokens, next challenge.Challenge, err error) (h handedOn) {
	t.Helper()
	var failure *auth.Error
	if errors.As(err, &failure) {
		h.Reason = failure.Reason.Error()
		h.Error = fmt.Sprintf("%v; cause: %v", failure, failure.Err)
		next = failure.Challenge
	}
	if tokens != nil {
		h.Username = tokens.Username()
	}
	if next != nil {
		if h.Token, err = l.sealer(t).Seal(next, browser); err != nil {
			t.Fatal(err)
		}
		h.Type = typeOf(t, next)
	}
	return h
}

// answer answers any challenge from one text.
func (l leg) answer(t *testing.T, c challenge.Challenge) challenge.Answer {
	switch c := c.(type) {
	case challenge.Code:
		return c.Answer(l.Answer)
	case *challenge.SelectMFA:
		o, _ := c.Option(challenge.Factor(l.Answer))
		return o.Answer()
	case *challenge.SetUpMFA:
		o, _ := c.Option(challenge.Factor(l.Answer))
		return o.Answer()
	case *challenge.SelectFirstFactor:
		o, _ := c.Option(challenge.Factor(l.Answer))
		return o.Answer()
	case *challenge.SetUpTOTP:
		e, err := c.Enrollment("s", "a")
		if err != nil {
			t.Fatal(err)
		}
		code, err := totp.Code(e.Secret(), l.Now)
		if err != nil {
			t.Fatal(err)
		}
		if l.Answer == "wrong" {
			code = wrongTOTP(t, e.Secret(), l.Now)
		}
		return c.Answer(code, "phone")
	case *challenge.SetUpEmail:
		return c.Answer(l.Answer)
	case *challenge.NewPassword:
		return c.Answer(l.Answer, nil)
	case *challenge.Password:
		return c.Answer(l.Answer)
	case *challenge.Custom:
		return c.Answer(l.Answer)
	case *challenge.Passkey:
		return c.Answer(json.RawMessage(l.Answer))
	case *challenge.Unknown:
		key, value, _ := strings.Cut(l.Answer, " ")
		return c.Answer(map[string]string{key: value})
	case *challenge.PasswordVerifier:
		signature, timestamp, _ := strings.Cut(l.Answer, " ")
		return c.Answer(signature, timestamp)
	}
	t.Fatalf("no answer to a %T", c)
	return challenge.Answer{}
}

func typeOf(t *testing.T, c challenge.Challenge) string {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var view struct{ Type string }
	if err := json.Unmarshal(text, &view); err != nil {
		t.Fatal(err)
	}
	return view.Type
}

// runLeg runs one leg in another process.
func runLeg(t *testing.T, l leg) (h handedOn) {
	t.Helper()
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLeg$", "-test.count=1")
	cmd.Env = append(os.Environ(), legVariable+"="+string(text))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, rest, ok := bytes.Cut(out, []byte("handed on: "))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	raw, err := base64.StdEncoding.DecodeString(string(line))
	if !ok || err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := json.Unmarshal(raw, &h); err != nil {
		t.Fatal(err)
	}
	return h
}

// browser is what the tokens are bound to.
const browser = "browser"

// Sign-ins through every challenge, each step of which another process takes,
// with nothing in hand but a sealed token and its keys: right answers, wrong
// then right where Cognito allows it, and expired ones.
func TestResumedInAnotherProcess(t *testing.T) {
	t.Parallel()
	secret := totp.NewSecret()
	both := map[string]string{"email": email, "email_verified": "true", "phone_number": phone, "phone_number_verified": "true"}
	on := func(c cognitotest.Config) cognitotest.Config {
		c.MFA = types.UserPoolMfaTypeOn
		return c
	}
	// In an answer, TOTP stands for the code of the moment and SENT for the
	// one that was sent last; "!" before either for a wrong one.
	firstFactors := []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp, types.AuthFactorTypeSmsOtp}
	type step struct {
		asks   string // the type of the challenge
		answer string
		reason error // of the refusal; nil if it is accepted
	}
	tests := map[string]struct {
		config cognitotest.Config
		user   cognitotest.User
		first  auth.FirstFactor
		steps  []step
	}{
		"TOTP": {
			config: on(cognitotest.Config{TOTP: true}), user: cognitotest.User{TOTPSecret: secret}, first: auth.SRP(username, password),
			steps: []step{{"totp_code", "!TOTP", auth.ErrCode}, {"totp_code", "TOTP", nil}},
		},
		"set-up of TOTP": {
			config: on(cognitotest.Config{TOTP: true}), first: auth.SRP(username, password),
			steps: []step{{"set_up_totp", "wrong", auth.ErrCode}, {"set_up_totp", "right", nil}},
		},
		"choice of set-up, e-mail": {
			config: on(cognitotest.Config{TOTP: true, Email: true}), first: auth.SRP(username, password),
			steps: []step{{"set_up_mfa", "EMAIL_OTP", nil}, {"set_up_email", "nowhere", auth.ErrInput}, {"set_up_email", email, nil}, {"email_code", "!SENT", auth.ErrCode}, {"email_code", "SENT", nil}},
		},
		"choice of set-up, TOTP": {
			config: on(cognitotest.Config{TOTP: true, Email: true}), first: auth.SRP(username, password),
			steps: []step{{"set_up_mfa", "SOFTWARE_TOKEN_MFA", nil}, {"set_up_totp", "right", nil}},
		},
		"choice of SMS": {
			config: cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, SMS: true, Email: true}, first: auth.SRP(username, password),
			user:  cognitotest.User{Attributes: both, Factors: []types.ChallengeNameType{"SMS_MFA", "EMAIL_OTP"}},
			steps: []step{{"select_mfa", "NO_SUCH", auth.ErrConfig}},
		},
		"choice of e-mail": {
			config: cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, SMS: true, Email: true}, first: auth.SRP(username, password),
			user:  cognitotest.User{Attributes: both, Factors: []types.ChallengeNameType{"SMS_MFA", "EMAIL_OTP"}},
			steps: []step{{"select_mfa", "EMAIL_OTP", nil}, {"email_code", "!SENT", auth.ErrCode}, {"email_code", "SENT", nil}},
		},
		"SMS": {
			config: cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, SMS: true}, first: auth.Password(username, password),
			user:  cognitotest.User{Attributes: both, Factors: []types.ChallengeNameType{"SMS_MFA"}},
			steps: []step{{"sms_code", "!SENT", auth.ErrCode}, {"sms_code", "SENT", nil}},
		},
		"new password, then TOTP": {
			config: on(cognitotest.Config{TOTP: true}), user: cognitotest.User{Temporary: true, TOTPSecret: secret}, first: auth.SRP(username, password),
			steps: []step{{"new_password", "weak", auth.ErrNewPassword}, {"new_password", "Another-Horse-8", nil}, {"totp_code", "TOTP", nil}},
		},
		"custom": {
			config: cognitotest.Config{Triggers: new(riddle).triggers()}, first: auth.CustomSRP(username, password),
			steps: []step{{"custom", "friend", nil}, {"custom", "mellon", nil}},
		},
		"choice of a first factor, code": {
			config: cognitotest.Config{FirstFactors: firstFactors}, user: cognitotest.User{Attributes: both}, first: auth.UserAuth(username),
			steps: []step{{"select_first_factor", "EMAIL_OTP", nil}, {"email_code", "!SENT", auth.ErrCode}, {"email_code", "SENT", nil}},
		},
		"choice of a first factor, SMS": {
			config: cognitotest.Config{FirstFactors: firstFactors}, user: cognitotest.User{Attributes: both}, first: auth.UserAuth(username),
			steps: []step{{"select_first_factor", "SMS_OTP", nil}, {"sms_code", "SENT", nil}},
		},
		"choice of a first factor, password": {
			config: on(cognitotest.Config{FirstFactors: firstFactors, TOTP: true}), user: cognitotest.User{TOTPSecret: secret}, first: auth.UserAuth(username),
			steps: []step{{"select_first_factor", "PASSWORD_SRP", nil}, {"password", password, nil}, {"totp_code", "TOTP", nil}},
		},
		"choice of a first factor, password sent": {
			config: cognitotest.Config{FirstFactors: firstFactors}, first: auth.UserAuth(username),
			steps: []step{{"select_first_factor", "PASSWORD", nil}, {"password", "Wrong-Horse-7", auth.ErrCredentials}},
		},
		"expired": {
			config: on(cognitotest.Config{TOTP: true}), user: cognitotest.User{TOTPSecret: secret}, first: auth.SRP(username, password),
			steps: []step{{"totp_code", "LATE", auth.ErrStartOver}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.config.Client.Secret = true
			w := newWorld(t, tt.config, !admin)
			tt.user.Username, tt.user.Password = username, password
			w.AddUser(tt.user)
			l := leg{URL: w.URL(), PoolID: w.ID(), ClientID: w.Client().ID, Secret: w.Client().Secret, Now: w.Clock().Now()}
			rand.Read(l.Key[:])
			tokens, next, err := w.client.Begin(t.Context(), tt.first)
			exactlyOne(t, tokens, next, err)
			if err != nil {
				t.Fatal(err)
			}
			at := l.handOn(t, tokens, next, nil)
			for i, s := range tt.steps {
				if at.Type != s.asks {
					t.Fatalf("step %d asks %q, want %q", i, at.Type, s.asks)
				}
				l.Token, l.Answer = at.Token, s.answer
				switch s.answer {
				case "TOTP":
					l.Answer = w.totp(t, secret)
				case "!TOTP":
					l.Answer = w.wrongTOTP(t, secret)
				case "SENT":
					l.Answer = w.message(t, "ann")
				case "!SENT":
					l.Answer = wrong(w.message(t, "ann"))
				case "LATE":
					l.Answer = w.totp(t, secret)
					w.Clock().Advance(4 * time.Minute)
				}
				at = runLeg(t, l)
				reason := ""
				if s.reason != nil {
					reason = s.reason.Error()
				}
				if at.Reason != reason {
					t.Fatalf("step %d (%s): reason %q, want %q: %s", i, s.asks, at.Reason, reason, at.Error)
				}
			}
			if last := tt.steps[len(tt.steps)-1]; last.reason == nil && at.Username != "ann" {
				t.Errorf("signed in as %q", at.Username)
			}
		})
	}
}

// A passkey, and a proof that a client of this program makes: their answers are
// made of what the challenge shows in public.
func TestPublicAnswersInAnotherProcess(t *testing.T) {
	t.Parallel()
	config := passkeyPool
	config.Client.Secret = true
	w := newWorld(t, config, !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password})
	key := w.register(t, w.signedIn(t))
	name, err := srp.PoolName(w.ID())
	if err != nil {
		t.Fatal(err)
	}
	l := leg{URL: w.URL(), PoolID: w.ID(), ClientID: w.Client().ID, Secret: w.Client().Secret, Now: w.Clock().Now()}
	rand.Read(l.Key[:])
	far := srp.New()
	for _, first := range []auth.FirstFactor{auth.UserAuth(username, auth.PreferPasskey()), auth.SRPPublic(username, far.A())} {
		c := w.begin(t, first)
		view, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var public struct {
			CredentialRequest json.RawMessage
			Parameters        map[string]string
		}
		if err := json.Unmarshal(view, &public); err != nil {
			t.Fatal(err)
		}
		if public.CredentialRequest != nil {
			credential, err := key.Get(public.CredentialRequest)
			if err != nil {
				t.Fatal(err)
			}
			l.Answer = string(credential)
		} else {
			p := public.Parameters
			proof, err := far.Prove(name, password, srp.Challenge{
				UserID: p["USER_ID_FOR_SRP"], Salt: p["SALT"], B: p["SRP_B"], SecretBlock: p["SECRET_BLOCK"],
			}, l.Now)
			if err != nil {
				t.Fatal(err)
			}
			l.Answer = proof.Signature + " " + proof.Timestamp
		}
		l.Token = l.handOn(t, nil, c, nil).Token
		if at := runLeg(t, l); at.Username != "ann" {
			t.Errorf("%v: %+v", first, at)
		}
	}
}
