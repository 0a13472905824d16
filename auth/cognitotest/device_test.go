package cognitotest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/totp"
)

const (
	deviceSRP   = types.ChallengeNameTypeDeviceSrpAuth
	deviceProof = types.ChallengeNameTypeDevicePasswordVerifier
)

// A machine is a device that the pool knows, on the client's side.
type machine struct{ key, group string }

const devicePassword = "a device's own password"

// config makes the verifier of a device, over math/big.
func (m machine) config(t *testing.T) *types.DeviceSecretVerifierConfigType {
	t.Helper()
	salt := []byte{0, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff}
	inner := sha256.Sum256([]byte(m.group + m.key + ":" + devicePassword))
	x := sha256.Sum256(append(salt[:len(salt):len(salt)], inner[:]...))
	v := new(big.Int).Exp(big.NewInt(2), new(big.Int).SetBytes(x[:]), groupPrime(t))
	raw := v.FillBytes(make([]byte, v.BitLen()/8+1))
	return &types.DeviceSecretVerifierConfigType{
		Salt:             ptr(base64.StdEncoding.EncodeToString(salt)),
		PasswordVerifier: ptr(base64.StdEncoding.EncodeToString(raw)),
	}
}

func (d *driver) confirmDevice(tokens *types.AuthenticationResultType) (machine, *cip.ConfirmDeviceOutput) {
	d.t.Helper()
	if tokens == nil || tokens.NewDeviceMetadata == nil {
		d.t.Fatal("no new device")
	}
	m := machine{*tokens.NewDeviceMetadata.DeviceKey, *tokens.NewDeviceMetadata.DeviceGroupKey}
	return m, must[*cip.ConfirmDeviceOutput](d.t)(d.sdk.ConfirmDevice(d.t.Context(), &cip.ConfirmDeviceInput{
		AccessToken: tokens.AccessToken, DeviceKey: &m.key, DeviceName: ptr("laptop"), DeviceSecretVerifierConfig: m.config(d.t),
	}))
}

// startDevice answers DEVICE_SRP_AUTH.
func (d *driver) startDevice(session *string, username string, m machine) (*cip.RespondToAuthChallengeOutput, error) {
	return d.respond(deviceSRP, session, d.signed(map[string]string{
		"USERNAME": username, "DEVICE_KEY": m.key, "SRP_A": byHand.public(d.t),
	}))
}

// proof is the answer to DEVICE_PASSWORD_VERIFIER.
func (d *driver) proof(params map[string]string, m machine) map[string]string {
	const timestamp = "Tue Feb 3 09:04:05 UTC 2026"
	return d.signed(map[string]string{
		"USERNAME": params["USERNAME"], "DEVICE_KEY": m.key, "TIMESTAMP": timestamp,
		"PASSWORD_CLAIM_SECRET_BLOCK": params["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE":    byHand.signature(d.t, m.group, m.key, devicePassword, params, timestamp),
	})
}

// tracked makes a pool that remembers devices and asks for an authenticator's
// code, and a user who has signed in.
func tracked(t *testing.T, cfg cognitotest.Config) (*driver, string, *types.AuthenticationResultType) {
	t.Helper()
	cfg.MFA, cfg.TOTP = types.UserPoolMfaTypeOn, true
	if cfg.Devices == "" {
		cfg.Devices = cognitotest.DevicesAlways
	}
	d, secret := drive(t, cfg), totp.NewSecret()
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, TOTPSecret: secret})
	return d, secret, d.withCode(secret, nil)
}

// withCode signs ann in with password and code. params are more parameters of
// the first call.
func (d *driver) withCode(secret string, params map[string]string) *types.AuthenticationResultType {
	d.t.Helper()
	d.pool.Clock().Advance(time.Minute) // to a code that was not used
	all := d.signed(map[string]string{"USERNAME": "ann", "PASSWORD": password})
	maps.Copy(all, params)
	out := must[*cip.InitiateAuthOutput](d.t)(d.initiate(types.AuthFlowTypeUserPasswordAuth, all))
	return must[*cip.RespondToAuthChallengeOutput](d.t)(d.answerTOTP(out.Session, "ann", d.code(secret))).AuthenticationResult
}

// claims reads a token without verifying it, which TestTokens does.
func claims(t *testing.T, jwt *string) map[string]any {
	t.Helper()
	parts := strings.Split(aws.ToString(jwt), ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts of a token", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(payload, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// A remembered device proves itself in place of the code, however the sign-in
// began, and with or without a Session.
func TestDeviceInPlaceOfMFA(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^us-east-1_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	inPassword := func(flow types.AuthFlowType) func(*driver, machine) (types.ChallengeNameType, *string) {
		return func(d *driver, m machine) (types.ChallengeNameType, *string) {
			out := must[*cip.InitiateAuthOutput](d.t)(d.initiate(flow, d.signed(map[string]string{
				"USERNAME": "ann", "PASSWORD": password, "DEVICE_KEY": m.key,
			})))
			return out.ChallengeName, out.Session
		}
	}
	for name, begin := range map[string]func(*driver, machine) (types.ChallengeNameType, *string){
		"USER_PASSWORD_AUTH": inPassword(types.AuthFlowTypeUserPasswordAuth),
		"ADMIN_USER_PASSWORD_AUTH": func(d *driver, m machine) (types.ChallengeNameType, *string) {
			out := must[*cip.AdminInitiateAuthOutput](d.t)(d.sdk.AdminInitiateAuth(d.t.Context(), &cip.AdminInitiateAuthInput{
				AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth, UserPoolId: ptr(d.pool.ID()), ClientId: &d.client.ID,
				AuthParameters: d.signed(map[string]string{"USERNAME": "ann", "PASSWORD": password, "DEVICE_KEY": m.key}),
			}))
			return out.ChallengeName, out.Session
		},
		"USER_SRP_AUTH, named first": func(d *driver, m machine) (types.ChallengeNameType, *string) {
			c := d.stock("ann", password)
			params := c.GetAuthParams()
			params["DEVICE_KEY"] = m.key
			out := must[*cip.InitiateAuthOutput](d.t)(d.initiate(types.AuthFlowTypeUserSrpAuth, params))
			next := must[*cip.RespondToAuthChallengeOutput](d.t)(d.respond(out.ChallengeName, nil, d.claim(c, out.ChallengeParameters)))
			return next.ChallengeName, next.Session
		},
		"USER_SRP_AUTH, named in the answer": func(d *driver, m machine) (types.ChallengeNameType, *string) {
			out, responses := d.verifier("ann", password)
			responses["DEVICE_KEY"] = m.key
			next := must[*cip.RespondToAuthChallengeOutput](d.t)(d.respond(out.ChallengeName, nil, responses))
			return next.ChallengeName, next.Session
		},
		"CUSTOM_AUTH": func(d *driver, m machine) (types.ChallengeNameType, *string) {
			out := must[*cip.InitiateAuthOutput](d.t)(d.initiate(types.AuthFlowTypeCustomAuth, d.signed(map[string]string{
				"USERNAME": "ann", "DEVICE_KEY": m.key,
			})))
			next := must[*cip.RespondToAuthChallengeOutput](d.t)(d.answerCustom(out.Session, "ann", "42"))
			return next.ChallengeName, next.Session
		},
		"CUSTOM_AUTH, named in the answer, after SRP": func(d *driver, m machine) (types.ChallengeNameType, *string) {
			c := d.stock("ann", password)
			params := c.GetAuthParams()
			params["CHALLENGE_NAME"] = "SRP_A"
			out := must[*cip.InitiateAuthOutput](d.t)(d.initiate(types.AuthFlowTypeCustomAuth, params))
			responses := d.claim(c, out.ChallengeParameters)
			responses["DEVICE_KEY"] = m.key
			next := must[*cip.RespondToAuthChallengeOutput](d.t)(d.respond(out.ChallengeName, nil, responses))
			if next.ChallengeName != custom {
				d.t.Fatalf("got %s before the triggers have decided", next.ChallengeName)
			}
			next = must[*cip.RespondToAuthChallengeOutput](d.t)(d.answerCustom(next.Session, "ann", "42"))
			return next.ChallengeName, next.Session
		},
	} {
		for _, sessions := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d, _, tokens := tracked(t, cognitotest.Config{
					Triggers: riddle(), Client: cognitotest.ClientConfig{Secret: !sessions},
				})
				m, confirmed := d.confirmDevice(tokens)
				if confirmed.UserConfirmationNecessary || !form.MatchString(m.key) || !regexp.MustCompile(`^-[0-9a-zA-Z]{8}$`).MatchString(m.group) {
					t.Errorf("device %s of group %s, confirmed as %+v", m.key, m.group, confirmed)
				}
				if got := claims(t, tokens.AccessToken)["device_key"]; got != m.key {
					t.Errorf("the access token names device %v", got)
				}
				asked, session := begin(d, m)
				if asked != deviceSRP || session == nil {
					t.Fatalf("got %s, want DEVICE_SRP_AUTH with a Session", asked)
				}
				if !sessions {
					session = nil
				}
				next := must[*cip.RespondToAuthChallengeOutput](t)(d.startDevice(session, "ann", m))
				if next.ChallengeName != deviceProof || next.ChallengeParameters["DEVICE_KEY"] != m.key {
					t.Fatalf("got %s for device %s", next.ChallengeName, next.ChallengeParameters["DEVICE_KEY"])
				}
				d.pool.Clock().Advance(time.Minute)
				done := must[*cip.RespondToAuthChallengeOutput](t)(d.respond(deviceProof, next.Session, d.proof(next.ChallengeParameters, m)))
				if done.AuthenticationResult == nil || done.AuthenticationResult.NewDeviceMetadata != nil {
					t.Fatal("no tokens, or a new device for one that is known")
				}
				if got := claims(t, done.AuthenticationResult.AccessToken)["device_key"]; got != m.key {
					t.Errorf("the access token names device %v", got)
				}
				got := must[*cip.GetDeviceOutput](t)(d.sdk.GetDevice(t.Context(), &cip.GetDeviceInput{
					AccessToken: done.AuthenticationResult.AccessToken, DeviceKey: &m.key,
				}))
				if !got.Device.DeviceLastAuthenticatedDate.Equal(d.pool.Clock().Now()) || !got.Device.DeviceCreateDate.Equal(morning.Add(time.Minute)) {
					t.Errorf("created %s, used %s", got.Device.DeviceCreateDate, got.Device.DeviceLastAuthenticatedDate)
				}
			})
		}
	}
}

// A device proves itself at every sign-in, also where there is no second factor
// to replace.
func TestDeviceWithoutMFA(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{Devices: cognitotest.DevicesAlways})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	m, _ := d.confirmDevice(must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)).AuthenticationResult)
	out := must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeUserPasswordAuth, map[string]string{
		"USERNAME": "ann", "PASSWORD": password, "DEVICE_KEY": m.key,
	}))
	if out.ChallengeName != deviceSRP {
		t.Errorf("got %s", out.ChallengeName)
	}
	if again := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)); again.AuthenticationResult == nil ||
		*again.AuthenticationResult.NewDeviceMetadata.DeviceKey == m.key {
		t.Error("a sign-in that names no device does not get a new one")
	}
}

// A challenge without a Session is found for the client that it was put to, and
// is the newest.
func TestDeviceChallengeIsFound(t *testing.T) {
	t.Parallel()
	d, _, in := tracked(t, cognitotest.Config{})
	m, _ := d.confirmDevice(in)
	ask := func(d *driver) {
		t.Helper()
		out := must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeUserPasswordAuth, map[string]string{
			"USERNAME": "ann", "PASSWORD": password, "DEVICE_KEY": m.key,
		}))
		if out.ChallengeName != deviceSRP {
			t.Fatalf("got %s", out.ChallengeName)
		}
	}
	other := d.as(d.pool.AddClient(cognitotest.ClientConfig{}))
	ask(d)
	must[*cip.RespondToAuthChallengeOutput](t)(d.startDevice(nil, "ann", m))
	_, err := other.startDevice(nil, "ann", m)
	wantError(t, err, notAuthorized, "Invalid session for the user.")
	ask(d)
	ask(d)
	ask(other)
	must[*cip.RespondToAuthChallengeOutput](t)(d.startDevice(nil, "ann", m))
	must[*cip.RespondToAuthChallengeOutput](t)(other.startDevice(nil, "ann", m))
	_, err = d.startDevice(nil, "ann", m)
	wantError(t, err, notAuthorized, "Invalid session for the user, session can only be used once.")
}

// Each row spoils one thing between the password and the tokens.
func TestDeviceRefuses(t *testing.T) {
	t.Parallel()
	const invalid = "Invalid session for the user."
	type scene struct {
		*driver
		m, other machine // both ann's, both remembered
		tokens   *types.AuthenticationResultType
	}
	forget := func(s *scene) {
		must[*cip.ForgetDeviceOutput](s.t)(s.sdk.ForgetDevice(s.t.Context(), &cip.ForgetDeviceInput{
			AccessToken: s.tokens.AccessToken, DeviceKey: &s.m.key,
		}))
	}
	for name, row := range map[string]struct {
		start         func(s *scene, in *cip.RespondToAuthChallengeInput) // spoils DEVICE_SRP_AUTH
		proof         func(s *scene, r map[string]string)                 // spoils DEVICE_PASSWORD_VERIFIER
		code, message string
	}{
		"nothing": {},
		"not asked for": {start: func(s *scene, in *cip.RespondToAuthChallengeInput) {
			in.Session, in.ChallengeResponses["DEVICE_KEY"] = nil, s.other.key
		}, code: notAuthorized, message: invalid},
		"another device": {start: func(s *scene, in *cip.RespondToAuthChallengeInput) { in.ChallengeResponses["DEVICE_KEY"] = s.other.key }, code: invalidParameter, message: "Invalid device key given."},
		"nobody's": {start: func(_ *scene, in *cip.RespondToAuthChallengeInput) {
			in.Session, in.ChallengeResponses["USERNAME"] = nil, "nobody"
		}, code: notAuthorized, message: invalid},
		"another user's":  {start: func(_ *scene, in *cip.RespondToAuthChallengeInput) { in.ChallengeResponses["USERNAME"] = "bob" }, code: notAuthorized, message: invalid},
		"made-up session": {start: func(_ *scene, in *cip.RespondToAuthChallengeInput) { in.Session = ptr(strings.Repeat("A", 40)) }, code: notAuthorized, message: invalid},
		"SRP_A of zero":   {start: func(_ *scene, in *cip.RespondToAuthChallengeInput) { in.ChallengeResponses["SRP_A"] = "0" }, code: invalidParameter, message: "SRP_A is not a valid value."},
		"no SRP_A":        {start: func(_ *scene, in *cip.RespondToAuthChallengeInput) { delete(in.ChallengeResponses, "SRP_A") }, code: invalidParameter, message: "Missing required parameter SRP_A"},
		"too late": {start: func(s *scene, in *cip.RespondToAuthChallengeInput) {
			in.Session = nil
			s.pool.Clock().Advance(3 * time.Minute)
		}, code: notAuthorized, message: "Invalid session for the user, session is expired."},
		"forgotten": {start: func(s *scene, _ *cip.RespondToAuthChallengeInput) { forget(s) }, code: "ResourceNotFoundException", message: "Device does not exist."},
		"wrong signature": {proof: func(_ *scene, r map[string]string) {
			r["PASSWORD_CLAIM_SIGNATURE"] = base64.StdEncoding.EncodeToString(make([]byte, 32))
		}, code: notAuthorized, message: incorrect},
		"another's key":    {proof: func(s *scene, r map[string]string) { r["DEVICE_KEY"] = s.other.key }, code: invalidParameter, message: "Invalid device key given."},
		"bad key":          {proof: func(_ *scene, r map[string]string) { r["DEVICE_KEY"] = "laptop" }, code: invalidParameter, message: "Invalid device key given."},
		"ISO timestamp":    {proof: func(_ *scene, r map[string]string) { r["TIMESTAMP"] = "2026-02-03T09:04:05Z" }, code: invalidParameter, message: "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english."},
		"forgotten at end": {proof: func(s *scene, _ map[string]string) { forget(s) }, code: "ResourceNotFoundException", message: "Device does not exist."},
		"late at end":      {proof: func(s *scene, _ map[string]string) { s.pool.Clock().Advance(3 * time.Minute) }, code: notAuthorized, message: incorrect},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, secret, tokens := tracked(t, cognitotest.Config{})
			d.pool.AddUser(cognitotest.User{Username: "bob", Password: password})
			s := &scene{driver: d, tokens: tokens}
			s.m, _ = d.confirmDevice(tokens)
			s.other, _ = d.confirmDevice(d.withCode(secret, nil))
			asked := must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeUserPasswordAuth, map[string]string{
				"USERNAME": "ann", "PASSWORD": password, "DEVICE_KEY": s.m.key,
			}))
			in := &cip.RespondToAuthChallengeInput{
				ChallengeName: deviceSRP, ClientId: &d.client.ID, Session: asked.Session,
				ChallengeResponses: map[string]string{"USERNAME": "ann", "DEVICE_KEY": s.m.key, "SRP_A": byHand.public(t)},
			}
			if row.start != nil {
				row.start(s, in)
			}
			next, err := d.sdk.RespondToAuthChallenge(t.Context(), in)
			if row.start != nil {
				wantError(t, err, row.code, row.message)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			right := d.proof(next.ChallengeParameters, s.m)
			spoiled := maps.Clone(right)
			if row.proof != nil {
				row.proof(s, spoiled)
			}
			done, err := d.respond(deviceProof, next.Session, spoiled)
			if row.code != "" {
				wantError(t, err, row.code, row.message)
				return
			}
			if err != nil || done.AuthenticationResult == nil {
				t.Fatalf("the good case failed: %v", err)
			}
			_, err = d.respond(deviceProof, next.Session, right)
			wantError(t, err, notAuthorized, incorrect)
			_, err = d.startDevice(asked.Session, "ann", s.m)
			wantError(t, err, notAuthorized, "Invalid session for the user, session can only be used once.")
			_, err = d.startDevice(nil, "ann", s.m)
			wantError(t, err, notAuthorized, "Invalid session for the user, session can only be used once.")
		})
	}
}

// A device that the pool does not know is refused after the password and not
// before, so that the refusal tells nobody who exists. The client forgets it and
// begins again.
func TestUnknownDevice(t *testing.T) {
	t.Parallel()
	d, secret, tokens := tracked(t, cognitotest.Config{})
	const unknown = "us-east-1_11111111-2222-3333-4444-555555555555"
	try := func(username, password, key string) error {
		_, err := d.initiate(types.AuthFlowTypeUserPasswordAuth, map[string]string{
			"USERNAME": username, "PASSWORD": password, "DEVICE_KEY": key,
		})
		return err
	}
	wantError(t, try("ann", password, unknown), "ResourceNotFoundException", "Device does not exist.")
	wantError(t, try("ann", wrongPassword, unknown), notAuthorized, incorrect)
	wantError(t, try("nobody", password, unknown), notAuthorized, incorrect)
	wantError(t, try("ann", password, "laptop"), invalidParameter, "Invalid device key given.")
	// Named, but never confirmed.
	wantError(t, try("ann", password, *tokens.NewDeviceMetadata.DeviceKey), "ResourceNotFoundException", "Device does not exist.")

	// Named with a proof by SRP: the proof is good once more, without the device.
	// A wrong one is not.
	for _, right := range []bool{true, false} {
		challenge, responses := d.verifier("ann", password)
		if !right {
			challenge, responses = d.verifier("ann", wrongPassword)
		}
		responses["DEVICE_KEY"] = unknown
		_, err := d.respond(challenge.ChallengeName, nil, responses)
		if !right {
			wantError(t, err, notAuthorized, incorrect)
		} else {
			wantError(t, err, "ResourceNotFoundException", "Device does not exist.")
			delete(responses, "DEVICE_KEY")
			if out := must[*cip.RespondToAuthChallengeOutput](t)(d.respond(challenge.ChallengeName, nil, responses)); out.ChallengeName != app {
				t.Errorf("got %q without the device, want SOFTWARE_TOKEN_MFA", out.ChallengeName)
			}
		}
		_, err = d.respond(challenge.ChallengeName, nil, responses)
		wantError(t, err, notAuthorized, incorrect)
	}

	// Named with the code: the sign-in is over then.
	d.pool.Clock().Advance(time.Minute)
	out := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
	_, err := d.respond(out.ChallengeName, out.Session, map[string]string{
		"USERNAME": "ann", "SOFTWARE_TOKEN_MFA_CODE": d.code(secret), "DEVICE_KEY": unknown,
	})
	wantError(t, err, "ResourceNotFoundException", "Device does not exist.")

	// Known and named with the code: no new one.
	m, _ := d.confirmDevice(d.withCode(secret, nil))
	d.pool.Clock().Advance(time.Minute)
	out = must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
	done := must[*cip.RespondToAuthChallengeOutput](t)(d.respond(out.ChallengeName, out.Session, map[string]string{
		"USERNAME": "ann", "SOFTWARE_TOKEN_MFA_CODE": d.code(secret), "DEVICE_KEY": m.key,
	}))
	if done.AuthenticationResult.NewDeviceMetadata != nil {
		t.Error("a new device for one that is known")
	}
}

// Where the user is asked first, a confirmed device is not yet remembered.
func TestDeviceOptIn(t *testing.T) {
	t.Parallel()
	d, secret, tokens := tracked(t, cognitotest.Config{Devices: cognitotest.DevicesOptIn})
	m, confirmed := d.confirmDevice(tokens)
	if !confirmed.UserConfirmationNecessary {
		t.Error("the user is not to be asked")
	}
	set := func(status types.DeviceRememberedStatusType) {
		t.Helper()
		must[*cip.UpdateDeviceStatusOutput](t)(d.sdk.UpdateDeviceStatus(t.Context(), &cip.UpdateDeviceStatusInput{
			AccessToken: tokens.AccessToken, DeviceKey: &m.key, DeviceRememberedStatus: status,
		}))
		got := must[*cip.GetDeviceOutput](t)(d.sdk.GetDevice(t.Context(), &cip.GetDeviceInput{
			AccessToken: tokens.AccessToken, DeviceKey: &m.key,
		}))
		if attribute(got.Device.DeviceAttributes, "dev:device_remembered_status") != string(status) ||
			attribute(got.Device.DeviceAttributes, "device_name") != "laptop" {
			t.Errorf("after %s: %v", status, got.Device.DeviceAttributes)
		}
	}
	asked := func(want types.ChallengeNameType) {
		t.Helper()
		out := must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeUserPasswordAuth, map[string]string{
			"USERNAME": "ann", "PASSWORD": password, "DEVICE_KEY": m.key,
		}))
		if out.ChallengeName != want {
			t.Errorf("got %s, want %s", out.ChallengeName, want)
		}
	}
	asked(app)
	if again := d.withCode(secret, map[string]string{"DEVICE_KEY": m.key}); again.NewDeviceMetadata != nil {
		t.Error("a new device for one that is confirmed")
	}
	set(types.DeviceRememberedStatusTypeRemembered)
	asked(deviceSRP)
	set(types.DeviceRememberedStatusTypeNotRemembered)
	asked(app)
}

// What ConfirmDevice refuses; each row spoils one thing.
func TestConfirmDeviceRefuses(t *testing.T) {
	t.Parallel()
	encode := base64.StdEncoding.EncodeToString
	shortest := "Invalid DeviceSecretVerifierConfig: not the shortest form of a positive number."
	size := "Invalid DeviceSecretVerifierConfig: not base64 of a number of that size."
	for name, row := range map[string]struct {
		spoil         func(in *cip.ConfirmDeviceInput)
		code, message string
	}{
		"nothing": {func(*cip.ConfirmDeviceInput) {}, "", ""},
		"another key": {func(in *cip.ConfirmDeviceInput) { in.DeviceKey = ptr("us-east-1_11111111-2222-3333-4444-555555555555") },
			invalidParameter, "Invalid device key given."},
		"no verifier": {func(in *cip.ConfirmDeviceInput) { in.DeviceSecretVerifierConfig = nil },
			invalidParameter, "DeviceSecretVerifierConfig is required: a device without a verifier cannot prove itself."},
		"salt in hexadecimal": {func(in *cip.ConfirmDeviceInput) { in.DeviceSecretVerifierConfig.Salt = ptr("f0f1f") }, invalidParameter, size},
		"negative salt":       {func(in *cip.ConfirmDeviceInput) { in.DeviceSecretVerifierConfig.Salt = ptr(encode([]byte{0xf0})) }, invalidParameter, shortest},
		"padded salt":         {func(in *cip.ConfirmDeviceInput) { in.DeviceSecretVerifierConfig.Salt = ptr(encode([]byte{0, 1})) }, invalidParameter, shortest},
		"no salt":             {func(in *cip.ConfirmDeviceInput) { in.DeviceSecretVerifierConfig.Salt = nil }, invalidParameter, shortest},
		"long salt":           {func(in *cip.ConfirmDeviceInput) { in.DeviceSecretVerifierConfig.Salt = ptr(encode(make([]byte, 65))) }, invalidParameter, size},
		"verifier 1": {func(in *cip.ConfirmDeviceInput) {
			in.DeviceSecretVerifierConfig.PasswordVerifier = ptr(encode([]byte{1}))
		},
			invalidParameter, "Invalid DeviceSecretVerifierConfig: the verifier is not a value of the group."},
		"verifier N": {func(in *cip.ConfirmDeviceInput) {
			in.DeviceSecretVerifierConfig.PasswordVerifier = ptr(encode(append([]byte{0}, groupPrime(t).Bytes()...)))
		}, invalidParameter, "Invalid DeviceSecretVerifierConfig: the verifier is not a value of the group."},
		"long verifier": {func(in *cip.ConfirmDeviceInput) {
			in.DeviceSecretVerifierConfig.PasswordVerifier = ptr(encode(make([]byte, 386)))
		}, invalidParameter, size},
		"ID token": {func(in *cip.ConfirmDeviceInput) { in.AccessToken = ptr("a.b.c") }, notAuthorized, "Invalid Access Token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, _, tokens := tracked(t, cognitotest.Config{})
			m := machine{*tokens.NewDeviceMetadata.DeviceKey, *tokens.NewDeviceMetadata.DeviceGroupKey}
			in := &cip.ConfirmDeviceInput{AccessToken: tokens.AccessToken, DeviceKey: &m.key, DeviceSecretVerifierConfig: m.config(t)}
			row.spoil(in)
			_, err := d.sdk.ConfirmDevice(t.Context(), in)
			if row.code != "" {
				wantError(t, err, row.code, row.message)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = d.sdk.ConfirmDevice(t.Context(), in)
			wantError(t, err, "DeviceKeyExistsException", "Device already exists.")
		})
	}
}

// The user's own list of devices.
func TestListDevices(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{Devices: cognitotest.DevicesAlways})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	var access *string
	want := make(map[string]bool)
	for range 5 {
		tokens := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)).AuthenticationResult
		m, _ := d.confirmDevice(tokens)
		want[m.key], access = true, tokens.AccessToken
	}
	list := func(limit int32, from *string) *cip.ListDevicesOutput {
		t.Helper()
		return must[*cip.ListDevicesOutput](t)(d.sdk.ListDevices(t.Context(), &cip.ListDevicesInput{
			AccessToken: access, Limit: &limit, PaginationToken: from,
		}))
	}
	for limit, pages := range map[int32]int{0: 1, 1: 5, 2: 3, 5: 1, 60: 1} {
		left, from, got := maps.Clone(want), (*string)(nil), 0
		for ; got == 0 || from != nil && got < len(want); got++ {
			page := list(limit, from)
			for _, device := range page.Devices {
				if !left[*device.DeviceKey] {
					t.Errorf("limit %d: %s is listed twice", limit, *device.DeviceKey)
				}
				delete(left, *device.DeviceKey)
			}
			from = page.PaginationToken
		}
		if len(left) != 0 || got != pages {
			t.Errorf("limit %d: %d pages, %d devices missing", limit, got, len(left))
		}
	}
	_, err := d.sdk.ListDevices(t.Context(), &cip.ListDevicesInput{AccessToken: access, Limit: ptr[int32](61)})
	wantError(t, err, invalidParameter, "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must be between 0 and 60")
	for key := range want {
		must[*cip.ForgetDeviceOutput](t)(d.sdk.ForgetDevice(t.Context(), &cip.ForgetDeviceInput{AccessToken: access, DeviceKey: &key}))
		_, err = d.sdk.ForgetDevice(t.Context(), &cip.ForgetDeviceInput{AccessToken: access, DeviceKey: &key})
		wantError(t, err, "ResourceNotFoundException", "Device does not exist.")
		_, err = d.sdk.GetDevice(t.Context(), &cip.GetDeviceInput{AccessToken: access, DeviceKey: &key})
		wantError(t, err, "ResourceNotFoundException", "Device does not exist.")
		_, err = d.sdk.UpdateDeviceStatus(t.Context(), &cip.UpdateDeviceStatusInput{AccessToken: access, DeviceKey: &key})
		wantError(t, err, "ResourceNotFoundException", "Device does not exist.")
	}
	if n := len(list(0, nil).Devices); n != 0 {
		t.Errorf("%d devices after all were forgotten", n)
	}
}

// A pool that does not track devices says nothing of them and hears nothing.
func TestDevicesOff(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	out := must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeUserPasswordAuth, map[string]string{
		"USERNAME": "ann", "PASSWORD": password, "DEVICE_KEY": "us-east-1_11111111-2222-3333-4444-555555555555",
	}))
	tokens := out.AuthenticationResult
	if tokens == nil || tokens.NewDeviceMetadata != nil || claims(t, tokens.AccessToken)["device_key"] != nil {
		t.Fatalf("%s, or a device", out.ChallengeName)
	}
	m := machine{"us-east-1_11111111-2222-3333-4444-555555555555", "-group"}
	_, err := d.sdk.ConfirmDevice(t.Context(), &cip.ConfirmDeviceInput{
		AccessToken: tokens.AccessToken, DeviceKey: &m.key, DeviceSecretVerifierConfig: m.config(t),
	})
	wantError(t, err, invalidParameter, "Invalid device key given.")
	if _, err := cognitotest.New(cognitotest.Config{Devices: "sometimes"}); err == nil {
		t.Error("a third way to track devices was accepted")
	}
}
