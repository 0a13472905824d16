package cognitotest_test

import (
	"encoding/base64"
	"strings"
	"sync"
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/totp"
)

const (
	sessionInvalid = "Invalid session for the user."
	sessionExpired = "Invalid session for the user, session is expired."
	sessionUsed    = "Invalid session for the user, session can only be used once."
)

// Each row takes a right answer to SOFTWARE_TOKEN_MFA and spoils whose session
// it is or which.
func TestSessionRefused(t *testing.T) {
	t.Parallel()
	secret := totp.NewSecret()
	for name, row := range map[string]struct {
		spoil         func(d *driver, in *cip.RespondToAuthChallengeInput)
		code, message string
	}{
		"nothing": {func(*driver, *cip.RespondToAuthChallengeInput) {}, "", ""},
		"last second": {func(d *driver, in *cip.RespondToAuthChallengeInput) {
			d.pool.Clock().Advance(3*time.Minute - time.Second)
			in.ChallengeResponses["SOFTWARE_TOKEN_MFA_CODE"] = d.code(secret)
		}, "", ""},
		"expired": {func(d *driver, in *cip.RespondToAuthChallengeInput) {
			d.pool.Clock().Advance(3 * time.Minute)
		}, notAuthorized, sessionExpired},
		"absent": {func(_ *driver, in *cip.RespondToAuthChallengeInput) { in.Session = nil },
			"InvalidParameterException", "Missing required parameter Session"},
		"made up": {func(_ *driver, in *cip.RespondToAuthChallengeInput) {
			in.Session = ptr("AYABe" + strings.Repeat("made-up_", 190))
		}, notAuthorized, sessionInvalid},
		"too short": {func(_ *driver, in *cip.RespondToAuthChallengeInput) { in.Session = ptr("short") },
			"InvalidParameterException", "1 validation error detected: Value at 'session' failed to satisfy constraint: Member must have length greater than or equal to 20"},
		"altered": {func(_ *driver, in *cip.RespondToAuthChallengeInput) {
			raw, _ := base64.RawURLEncoding.DecodeString(*in.Session)
			raw[len(raw)/2] ^= 1
			in.Session = ptr(base64.RawURLEncoding.EncodeToString(raw))
		}, notAuthorized, sessionInvalid},
		"altered header": {func(_ *driver, in *cip.RespondToAuthChallengeInput) {
			in.Session = ptr("BYABe" + (*in.Session)[5:])
		}, notAuthorized, sessionInvalid},
		"cut short": {func(_ *driver, in *cip.RespondToAuthChallengeInput) {
			in.Session = ptr((*in.Session)[:1000])
		}, notAuthorized, sessionInvalid},
		"a secret block": {func(d *driver, in *cip.RespondToAuthChallengeInput) {
			out, _ := d.verifier("ann", password)
			block, _ := base64.StdEncoding.DecodeString(out.ChallengeParameters["SECRET_BLOCK"])
			in.Session = ptr(base64.RawURLEncoding.EncodeToString(block))
		}, notAuthorized, sessionInvalid},
		"another user's": {func(d *driver, in *cip.RespondToAuthChallengeInput) {
			in.Session = must[*cip.InitiateAuthOutput](d.t)(d.byPassword("bob", password)).Session
		}, notAuthorized, sessionInvalid},
		"another user": {func(_ *driver, in *cip.RespondToAuthChallengeInput) { in.ChallengeResponses["USERNAME"] = "bob" },
			notAuthorized, sessionInvalid},
		"nobody": {func(_ *driver, in *cip.RespondToAuthChallengeInput) { in.ChallengeResponses["USERNAME"] = "nobody" },
			notAuthorized, sessionInvalid},
		"another client": {func(d *driver, in *cip.RespondToAuthChallengeInput) {
			in.ClientId = ptr(d.pool.AddClient(cognitotest.ClientConfig{}).ID)
		}, notAuthorized, sessionInvalid},
		"another challenge": {func(_ *driver, in *cip.RespondToAuthChallengeInput) {
			in.ChallengeName = sms
			in.ChallengeResponses["SMS_MFA_CODE"] = "123456"
		}, notAuthorized, sessionInvalid},
		"no challenge to answer": {func(_ *driver, in *cip.RespondToAuthChallengeInput) {
			in.ChallengeName = types.ChallengeNameTypeAdminNoSrpAuth
		}, "InvalidParameterException", "ADMIN_NO_SRP_AUTH cannot be answered in this user pool."},
		"unknown challenge": {func(_ *driver, in *cip.RespondToAuthChallengeInput) { in.ChallengeName = "PALM" },
			"InvalidParameterException", "1 validation error detected: Value 'PALM' at 'challengeName' failed to satisfy constraint: Member must satisfy enum value set: [SMS_MFA, EMAIL_OTP, SOFTWARE_TOKEN_MFA, SELECT_MFA_TYPE, MFA_SETUP, PASSWORD_VERIFIER, CUSTOM_CHALLENGE, SELECT_CHALLENGE, DEVICE_SRP_AUTH, DEVICE_PASSWORD_VERIFIER, ADMIN_NO_SRP_AUTH, NEW_PASSWORD_REQUIRED, SMS_OTP, PASSWORD, WEB_AUTHN, PASSWORD_SRP]"},
		"disabled in between": {func(d *driver, _ *cip.RespondToAuthChallengeInput) {
			must[*cip.AdminDisableUserOutput](d.t)(d.sdk.AdminDisableUser(d.t.Context(), &cip.AdminDisableUserInput{
				UserPoolId: ptr(d.pool.ID()), Username: ptr("ann"),
			}))
		}, notAuthorized, "User is disabled."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true})
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, TOTPSecret: secret})
			d.pool.AddUser(cognitotest.User{Username: "bob", Password: password, TOTPSecret: secret})
			began := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
			if !strings.HasPrefix(*began.Session, "AYABe") {
				t.Errorf("the session begins with %.5s", *began.Session)
			}
			in := &cip.RespondToAuthChallengeInput{
				ClientId: &d.client.ID, ChallengeName: app, Session: began.Session,
				ChallengeResponses: map[string]string{"USERNAME": "ann", "SOFTWARE_TOKEN_MFA_CODE": d.code(secret)},
			}
			row.spoil(d, in)
			out, err := d.sdk.RespondToAuthChallenge(t.Context(), in)
			if row.code != "" {
				wantError(t, err, row.code, row.message)
			} else if err != nil || out.AuthenticationResult == nil {
				t.Errorf("the good case failed: %v", err)
			}
		})
	}
}

// The validity is the client's.
func TestSessionValidity(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{
		MFA: types.UserPoolMfaTypeOn, Email: true,
		Client: cognitotest.ClientConfig{SessionValidity: 15 * time.Minute},
	})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: emailOnly})
	in := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
	message, _ := d.pool.Outbox().Last("ann")
	answer := map[string]string{"USERNAME": "ann", "EMAIL_OTP_CODE": message.Code}
	d.pool.Clock().Advance(15*time.Minute - time.Second)
	must[*cip.RespondToAuthChallengeOutput](t)(d.respond(email, in.Session, answer))
	d.pool.Clock().Advance(time.Second)
	_, err := d.respond(email, in.Session, answer)
	wantError(t, err, notAuthorized, sessionExpired) // spent, but nobody remembers that any longer
}

// Of many answers at once to one session, one gets the tokens.
func TestSessionRace(t *testing.T) {
	t.Parallel()
	d := drive(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, SMS: true})
	d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: phoneOnly})
	in := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
	message, _ := d.pool.Outbox().Last("ann")
	var wg sync.WaitGroup
	won := make(chan bool, 20)
	for range cap(won) {
		wg.Go(func() {
			_, err := d.respond(sms, in.Session, map[string]string{"USERNAME": "ann", "SMS_MFA_CODE": message.Code})
			won <- err == nil
		})
	}
	wg.Wait()
	close(won)
	winners := 0
	for w := range won {
		if w {
			winners++
		}
	}
	if winners != 1 {
		t.Errorf("%d of the answers got tokens, want 1", winners)
	}
}
