package auth_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/redact/redacttest"
	"github.com/cognitomfa/cognitomfa/totp"
)

func with1(d auth.Device) func(*auth.CallOptions) {
	return func(o *auth.CallOptions) { o.Device = d }
}

// deviceWorld is a pool that tracks devices, and a user with an authenticator
// who is signed in from a new one.
func deviceWorld(t *testing.T, tracking cognitotest.DeviceTracking, asAdmin bool, app cognitotest.ClientConfig) (world, string, *auth.Devices, *auth.Tokens) {
	t.Helper()
	secret := totp.NewSecret()
	w := newWorld(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, Devices: tracking, Client: app}, asAdmin)
	w.AddUser(cognitotest.User{Username: username, Password: password, TOTPSecret: secret})
	devices, err := auth.NewDevices(w.SDK())
	if err != nil {
		t.Fatal(err)
	}
	ask := as[*challenge.TOTPCode](t, w.begin(t, auth.SRP(username, password)))
	tokens := w.done(t, ask.Answer(w.totp(t, secret)))
	if !tokens.HasNewDevice() || tokens.DeviceKey() == "" {
		t.Fatal("the tokens have no new device")
	}
	return w, secret, devices, tokens
}

// A remembered device proves itself in place of the second factor, by every
// first factor; another browser is asked for it still.
func TestDevice(t *testing.T) {
	t.Parallel()
	for _, tracking := range []cognitotest.DeviceTracking{cognitotest.DevicesAlways, cognitotest.DevicesOptIn} {
		t.Run(string(tracking), func(t *testing.T) {
			t.Parallel()
			everyClient(t, func(t *testing.T, asAdmin bool, app cognitotest.ClientConfig) {
				w, _, devices, tokens := deviceWorld(t, tracking, asAdmin, app)
				device, err := devices.Remember(t.Context(), tokens, "laptop")
				if err != nil {
					t.Fatal(err)
				}
				if device.IsZero() || device.Key() != tokens.DeviceKey() {
					t.Errorf("the device's key is %q", device.Key())
				}
				for calls, first := range map[int]auth.FirstFactor{4: auth.SRP(username, password), 3: auth.Password(username, password)} {
					before := len(w.Calls())
					again, c, err := w.client.Begin(t.Context(), first, with1(device))
					if exactlyOne(t, again, c, err); again == nil {
						t.Fatalf("%v: %v, %v", first, c, err)
					}
					w.verified(t, again)
					if again.HasNewDevice() || again.DeviceKey() != device.Key() {
						t.Errorf("signed in from %q, new: %v", again.DeviceKey(), again.HasNewDevice())
					}
					if n := len(w.calls(before)); n != calls {
						t.Errorf("calls: %v", w.calls(before))
					}
				}
				as[*challenge.TOTPCode](t, w.begin(t, auth.SRP(username, password)))
				_, err = devices.Remember(t.Context(), again(t, w, device), "")
				wantReason(t, err, auth.ErrConfig) // known already
			})
		})
	}
}

func again(t *testing.T, w world, d auth.Device) *auth.Tokens {
	t.Helper()
	tokens, c, err := w.client.Begin(t.Context(), auth.SRP(username, password), with1(d))
	if exactlyOne(t, tokens, c, err); tokens == nil {
		t.Fatal(c, err)
	}
	return tokens
}

// If Cognito takes no proof twice, a sign-in whose device it has forgotten begins
// anew, and once: a password may be wrong as well.
func TestForgottenDeviceSpendsTheProof(t *testing.T) {
	t.Parallel()
	_, _, devices, signedIn := deviceWorld(t, cognitotest.DevicesAlways, !admin, cognitotest.ClientConfig{})
	device, err := devices.Remember(t.Context(), signedIn, "")
	if err != nil {
		t.Fatal(err)
	}
	spent := &types.NotAuthorizedException{Message: aws.String("Incorrect username or password.")}
	for name, tt := range map[string]struct {
		last error // of the third proof
		want error
	}{
		"right password": {nil, nil},
		"wrong password": {spent, auth.ErrCredentials},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var named []bool // whether each call named the device
			api := &script{}
			api.initiate = func(in *cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
				named = append(named, in.AuthParameters["DEVICE_KEY"] != "")
				return raises("PASSWORD_VERIFIER", "", goodVerifier)(in)
			}
			replies := []error{&types.ResourceNotFoundException{Message: aws.String("Device does not exist.")}, spent, tt.last}
			api.respond = func(in *cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
				named = append(named, in.ChallengeResponses["DEVICE_KEY"] != "")
				err := replies[0]
				if replies = replies[1:]; err != nil {
					return nil, err
				}
				return finishes(in)
			}
			_, _, err := newClient(t, api).Begin(t.Context(), auth.SRP(username, password), with1(device))
			if tt.want != nil {
				wantReason(t, err, tt.want)
			} else if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]bool{false, true, false, false, false}, named); diff != "" {
				t.Errorf("calls that name the device: %v", named)
			}
		})
	}
}

// Where the user was asked and the answer got lost, it can be given again.
func TestSetRemembered(t *testing.T) {
	t.Parallel()
	w, _, devices, tokens := deviceWorld(t, cognitotest.DevicesOptIn, !admin, cognitotest.ClientConfig{})
	fault := w.Plant(cognitotest.Fault{Operation: "UpdateDeviceStatus", Effect: cognitotest.LimitExceeded, Times: -1})
	device, err := devices.Remember(t.Context(), tokens, "laptop")
	if wantReason(t, err, auth.ErrLockedOut); device.IsZero() {
		t.Fatal("the device is lost")
	}
	_, next, err := w.client.Begin(t.Context(), auth.SRP(username, password), with1(device))
	if err != nil {
		t.Fatal(err)
	}
	as[*challenge.TOTPCode](t, next) // known, and no more
	err = devices.SetRemembered(t.Context(), tokens, device.Key(), true)
	wantReason(t, err, auth.ErrLockedOut)

	fault.Remove()
	if err := devices.SetRemembered(t.Context(), tokens, device.Key(), true); err != nil {
		t.Fatal(err)
	}
	again(t, w, device)
	wantReason(t, devices.SetRemembered(t.Context(), tokens, "us-east-1_00000000-0000-4000-8000-000000000000", true), auth.ErrDevice)
	wantReason(t, devices.SetRemembered(t.Context(), nil, device.Key(), true), auth.ErrToken)
	wantReason(t, new(auth.Devices).SetRemembered(t.Context(), tokens, device.Key(), true), auth.ErrConfig)
}

// The caller passes the device in every step, since it cannot know that the first
// found it forgotten; and so does SignIn. The sign-in goes on without it, also
// in another process.
func TestForgottenDeviceIsPassedOn(t *testing.T) {
	t.Parallel()
	everyClient(t, func(t *testing.T, asAdmin bool, app cognitotest.ClientConfig) {
		w, secret, devices, tokens := deviceWorld(t, cognitotest.DevicesAlways, asAdmin, app)
		device, err := devices.Remember(t.Context(), tokens, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := devices.Forget(t.Context(), tokens, device.Key()); err != nil {
			t.Fatal(err)
		}
		w.Clock().Advance(totp.Period)
		tokens, err = w.client.SignIn(t.Context(), auth.SRP(username, password), auth.Prompts{
			TOTPCode: func(context.Context, *challenge.TOTPCode) (string, error) { return w.totp(t, secret), nil },
		}, with1(device))
		if err != nil {
			t.Fatal(err)
		}
		if !tokens.HasNewDevice() {
			t.Error("the sign-in has no new device")
		}

		_, next, err := w.client.Begin(t.Context(), auth.SRP(username, password), with1(device))
		if err != nil {
			t.Fatal(err)
		}
		sealer, err := challenge.NewSealer([32]byte{1})
		if err != nil {
			t.Fatal(err)
		}
		sealer.Now = w.Clock().Now
		sealed, err := sealer.Seal(next, "browser")
		if err != nil {
			t.Fatal(err)
		}
		kept, err := sealer.Open(sealed, "browser")
		if err != nil {
			t.Fatal(err)
		}
		w.Clock().Advance(totp.Period)
		ask := as[*challenge.TOTPCode](t, kept)
		_, _, err = w.client.Respond(t.Context(), ask.Answer(w.wrongTOTP(t, secret)), with1(device))
		held := as[*challenge.TOTPCode](t, wantReason(t, err, auth.ErrCode).Challenge)
		if tokens, _, err = w.client.Respond(t.Context(), held.Answer(w.totp(t, secret)), with1(device)); err != nil {
			t.Fatal(err)
		}
		w.verified(t, tokens)
	})
}

// Where the password is no part of Begin, it is Respond that finds the device
// forgotten, and there is no way back: the error says to delete it.
func TestForgottenDeviceInRespond(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{Devices: cognitotest.DevicesAlways, Triggers: new(riddle).triggers()}, !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password})
	devices, err := auth.NewDevices(w.SDK())
	if err != nil {
		t.Fatal(err)
	}
	tokens := w.signedIn(t)
	device, err := devices.Remember(t.Context(), tokens, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := devices.Forget(t.Context(), tokens, device.Key()); err != nil {
		t.Fatal(err)
	}
	_, next, err := w.client.Begin(t.Context(), auth.Custom(username), with1(device))
	if err != nil {
		t.Fatal(err)
	}
	got, next, err := w.client.Respond(t.Context(), as[*challenge.Custom](t, next).Answer("mellon"), with1(device))
	exactlyOne(t, got, next, err)
	if e := wantReason(t, err, auth.ErrDevice); e.Challenge != nil {
		t.Errorf("the error holds %v", e.Challenge)
	}
	w.done(t, as[*challenge.Custom](t, w.begin(t, auth.Custom(username))).Answer("mellon"))
}

// Somebody signs up in the browser of another user: the device is not theirs, and
// must not cost the session that signs them in without a password.
func TestAnothersDeviceAfterSignUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{Devices: cognitotest.DevicesAlways}, !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password})
	devices, err := auth.NewDevices(w.SDK())
	if err != nil {
		t.Fatal(err)
	}
	device, err := devices.Remember(t.Context(), w.signedIn(t), "")
	if err != nil {
		t.Fatal(err)
	}
	signedUp, err := w.accounts.SignUp(t.Context(), "bob", password, map[string]string{"email": "bob@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	confirmed, err := w.accounts.ConfirmSignUp(t.Context(), "bob", w.message(t, "bob"), func(o *auth.CallOptions) { o.SignUpSession = signedUp.Session() })
	if err != nil {
		t.Fatal(err)
	}
	tokens, next, err := w.client.Begin(t.Context(), auth.AfterSignUp(confirmed), with1(device))
	if exactlyOne(t, tokens, next, err); tokens == nil {
		t.Fatal(next, err)
	}
	if tokens.Username() != "bob" || !tokens.HasNewDevice() {
		t.Errorf("%q, new device: %v", tokens.Username(), tokens.HasNewDevice())
	}
}

// Remember with a lost reply: the device works whether or not Cognito has it.
func TestRememberWithALostReply(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]cognitotest.Fault{
		"once":         {Effect: cognitotest.CutAfter},
		"both times":   {Effect: cognitotest.CutAfter, Times: 2},
		"never got it": {Effect: cognitotest.CutBefore, Times: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, secret, _, tokens := deviceWorld(t, cognitotest.DevicesAlways, !admin, cognitotest.ClientConfig{})
			devices, err := auth.NewDevices(w.sdk())
			if err != nil {
				t.Fatal(err)
			}
			f.Operation = "ConfirmDevice"
			w.Plant(f)
			device, err := devices.Remember(t.Context(), tokens, "")
			if f.Times == 0 && err != nil {
				t.Fatal(err)
			}
			if f.Times != 0 {
				wantReason(t, err, auth.ErrOutcomeUnknown)
			}
			w.Clock().Advance(totp.Period)
			got, next, err := w.client.Begin(t.Context(), auth.SRP(username, password), with1(device))
			if exactlyOne(t, got, next, err); err != nil {
				t.Fatal(err)
			}
			if known := f.Effect == cognitotest.CutAfter; known != (got != nil) {
				t.Fatalf("tokens at once: %v", got != nil)
			}
			if next != nil {
				w.done(t, as[*challenge.TOTPCode](t, next).Answer(w.totp(t, secret)))
			}
		})
	}
}

// The reply is lost and the second call refused: the device may be confirmed all
// the same, so it comes with the error, and it works.
func TestRememberWithALostReplyAndARefusal(t *testing.T) {
	t.Parallel()
	for _, refusal := range []cognitotest.Effect{cognitotest.LimitExceeded, cognitotest.Throttled} {
		w, _, _, tokens := deviceWorld(t, cognitotest.DevicesAlways, !admin, cognitotest.ClientConfig{})
		devices, err := auth.NewDevices(w.sdk())
		if err != nil {
			t.Fatal(err)
		}
		w.Plant(cognitotest.Fault{Operation: "ConfirmDevice", Effect: cognitotest.CutAfter})
		w.Plant(cognitotest.Fault{Operation: "ConfirmDevice", Effect: refusal, Times: -1})
		device, err := devices.Remember(t.Context(), tokens, "")
		wantReason(t, err, auth.ErrOutcomeUnknown)
		if device.IsZero() {
			t.Fatal("no device comes with the error")
		}
		again(t, w, device)
	}
}

func TestDeviceOutOfTurn(t *testing.T) {
	t.Parallel()
	api := &script{initiate: raises("DEVICE_SRP_AUTH", "session", nil)}
	_, _, err := newClient(t, api).Begin(t.Context(), auth.Password("u", "p"))
	wantReason(t, err, auth.ErrMalformed)
	if len(api.calls) != 1 {
		t.Errorf("calls: %v", api.calls)
	}
}

// What the device's two challenges are answered with, and a server that does not
// keep to their order.
func TestDeviceResponses(t *testing.T) {
	t.Parallel()
	_, _, devices, tokens := deviceWorld(t, cognitotest.DevicesAlways, !admin, cognitotest.ClientConfig{})
	device, err := devices.Remember(t.Context(), tokens, "")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	api := &script{initiate: func(in *cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
		if in.AuthParameters["DEVICE_KEY"] != device.Key() && in.AuthParameters["DEVICE_KEY"] != "" {
			t.Errorf("DEVICE_KEY is %q", in.AuthParameters["DEVICE_KEY"])
		}
		return raises("DEVICE_SRP_AUTH", "s1", nil)(in)
	}}
	verifier := without(goodVerifier, "USER_ID_FOR_SRP")
	api.respond = func(in *cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
		names = append(names, string(in.ChallengeName))
		if in.ChallengeResponses["DEVICE_KEY"] != device.Key() || in.ChallengeResponses["USERNAME"] != "u" {
			t.Errorf("%s: %q, %q", in.ChallengeName, in.ChallengeResponses["DEVICE_KEY"], in.ChallengeResponses["USERNAME"])
		}
		if in.ChallengeName == "DEVICE_SRP_AUTH" {
			return &cip.RespondToAuthChallengeOutput{ChallengeName: "DEVICE_PASSWORD_VERIFIER", Session: aws.String("s2"), ChallengeParameters: without(verifier, "USERNAME")}, nil
		}
		return finishes(in)
	}
	if _, _, err = newClient(t, api).Begin(t.Context(), auth.Password("u", "p"), with1(device)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"}, names); diff != "" {
		t.Errorf("responses (-want +got):\n%s", diff)
	}

	for name, next := range map[string]*cip.RespondToAuthChallengeOutput{
		"the same again":  {ChallengeName: "DEVICE_SRP_AUTH", Session: aws.String("s")},
		"garbage values":  {ChallengeName: "DEVICE_PASSWORD_VERIFIER", Session: aws.String("s"), ChallengeParameters: with(verifier, "SRP_B", "xyz")},
		"other challenge": {ChallengeName: "SMS_MFA", Session: aws.String("s")},
	} {
		api.calls = nil
		api.respond = func(*cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) { return next, nil }
		_, _, err := newClient(t, api).Begin(t.Context(), auth.Password("u", "p"), with1(device))
		wantReason(t, err, auth.ErrMalformed)
		if len(api.calls) != 2 {
			t.Errorf("%s: calls: %v", name, api.calls)
		}
	}

	// The proof is refused: once more without the device, and no third time.
	api.calls = nil
	api.respond = func(in *cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
		return nil, &types.NotAuthorizedException{Message: aws.String("Incorrect username or password.")}
	}
	_, _, err = newClient(t, api).Begin(t.Context(), auth.Password("u", "p"), with1(device))
	var failure *auth.Error
	if !errors.As(err, &failure) || len(api.calls) != 3 {
		t.Errorf("%v after %v", err, api.calls)
	}
	redacttest.Check(t, device, device.Key())
	redacttest.Check(t, auth.CallOptions{Device: device}, device.Key())
}
