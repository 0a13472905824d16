//go:build unix

package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/srp"
	"github.com/cognitomfa/cognitomfa/totp"
)

// A signedIn is one completed sign-in of a user.
type signedIn struct {
	alive           belief[bool]
	client          *string
	rotates         bool
	access, refresh string // refresh is empty if the reply with the new one was lost
	spent           string // a refresh token that was rotated; empty: none was
	device, group   string // of the device that the tokens are bound to; no group: it was one that is known
}

// mostSignIns is how many sign-ins of a user are kept account of, and how many that
// have ended.
const mostSignIns = 3

// anyOf is one of the sign-ins of a user; nil if there is none.
func (w *worker) anyOf(u *user) *signedIn {
	if len(u.signIns) == 0 {
		return nil
	}
	return u.signIns[w.random.IntN(len(u.signIns))]
}

// signIn signs a user in, in one of the ways that there are.
func (w *worker) signIn(u *user) {
	s := &signedIn{alive: belief[bool]{known: true}, client: w.plain}
	if w.random.IntN(2) == 0 {
		s.client, s.rotates = w.rotating, true
	}
	if u.device.known == remembered && w.random.IntN(2) == 0 {
		s.device = u.machine.key
	}
	w.begin(u, s, u.password.known)
}

// begin tells by a whole sign-in whether a password is the user's.
func (w *worker) begin(u *user, s *signedIn, password string, expected ...string) outcome {
	parameters := map[string]string{"USERNAME": u.name(), "PASSWORD": password}
	if s.device != "" {
		parameters["DEVICE_KEY"] = s.device
	}
	w.grants++
	out, err := w.life.sdk.AdminInitiateAuth(w.life.ctx, &cip.AdminInitiateAuthInput{
		UserPoolId: w.pool, ClientId: s.client, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth, AuthParameters: parameters,
	})
	result := w.outcome(err, expected...)
	if result != done {
		return result
	}
	tokens := out.AuthenticationResult
	switch {
	case tokens != nil && s.device == "" && !u.mfa.allows(false):
		w.t.Errorf("%s is signed in without the second factor", u.name())
	case tokens != nil:
	case out.ChallengeName == types.ChallengeNameTypeSoftwareTokenMfa && u.mfa.allows(true):
		tokens = w.giveCode(u, s, out.Session)
	case out.ChallengeName == types.ChallengeNameTypeDeviceSrpAuth && s.device != "":
		tokens = w.proveDevice(u, s, out.Session)
	default:
		w.t.Errorf("%s: asked for %s", u.name(), out.ChallengeName)
	}
	if tokens == nil {
		return done
	}
	s.access, s.refresh = *tokens.AccessToken, *tokens.RefreshToken
	if m := tokens.NewDeviceMetadata; m != nil {
		s.device, s.group = *m.DeviceKey, *m.DeviceGroupKey
	}
	u.signIns = append(u.signIns, s)
	u.signIns = u.signIns[max(0, len(u.signIns)-mostSignIns):]
	w.done++
	return done
}

func (w *worker) respond(s *signedIn, name types.ChallengeNameType, session *string, responses map[string]string, expected ...string) (*cip.AdminRespondToAuthChallengeOutput, outcome) {
	out, err := w.life.sdk.AdminRespondToAuthChallenge(w.life.ctx, &cip.AdminRespondToAuthChallengeInput{
		UserPoolId: w.pool, ClientId: s.client, ChallengeName: name, Session: session, ChallengeResponses: responses,
	})
	return out, w.outcome(err, expected...)
}

const stepLength = 30 // seconds

// giveCode answers with a code that was not used, if there is one to be had, and
// else with the last that was, which must be refused for that alone.
func (w *worker) giveCode(u *user, s *signedIn, session *string) *types.AuthenticationResultType {
	now := time.Now().Unix() / stepLength
	last := slices.Max(append(u.steps.perhaps, u.steps.known))
	step := max(now, last+1)
	if step > now+1 { // which the pool does not take yet
		step = last
	}
	code, ok := w.code(u.authenticator.known, step)
	if !ok {
		return nil
	}
	out, result := w.respond(s, types.ChallengeNameTypeSoftwareTokenMfa, session, map[string]string{
		"USERNAME": u.name(), "SOFTWARE_TOKEN_MFA_CODE": code,
	}, "ExpiredCodeException")
	switch {
	case result == lost:
		u.steps.perhaps = append(u.steps.perhaps, step)
		return nil
	case result == refused && step > last:
		w.t.Errorf("%s: a code that was not used is used", u.name())
	case result == done && step <= u.steps.known:
		w.t.Errorf("%s: a code is good twice", u.name())
	}
	u.steps.seen(step)
	if result == refused {
		return nil
	}
	return out.AuthenticationResult
}

// code is that of a time step, unless it is that of another one near by too.
func (w *worker) code(secret string, step int64) (code string, ok bool) {
	for _, k := range []int64{0, -2, -1, 1, 2} {
		near, err := totp.Code(secret, time.Unix((step+k)*stepLength, 0))
		switch {
		case err != nil:
			w.t.Error(err)
			return "", false
		case k == 0:
			code = near
		case near == code:
			return "", false
		}
	}
	return code, true
}

// changeMFA sets an authenticator up, or turns it on or off.
func (w *worker) changeMFA(u *user) {
	if u.authenticator.known == "" {
		w.enrol(u)
		return
	}
	on := !u.mfa.known
	w.change(func() error { return w.preferMFA(u, on) }, set(&u.mfa, on))
}

func (w *worker) preferMFA(u *user, on bool) error {
	_, err := w.life.sdk.AdminSetUserMFAPreference(w.life.ctx, &cip.AdminSetUserMFAPreferenceInput{
		UserPoolId: w.pool, Username: aws.String(u.name()), SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: on},
	})
	return err
}

func (w *worker) enrol(u *user) {
	s := w.anyOf(u)
	if s == nil {
		return
	}
	out, err := w.life.sdk.AssociateSoftwareToken(w.life.ctx, &cip.AssociateSoftwareTokenInput{AccessToken: &s.access})
	if w.outcome(err) != done {
		return
	}
	step := time.Now().Unix() / stepLength
	if code, ok := w.code(*out.SecretCode, step); ok {
		w.change(func() error {
			_, err := w.life.sdk.VerifySoftwareToken(w.life.ctx, &cip.VerifySoftwareTokenInput{AccessToken: &s.access, UserCode: &code})
			return err
		}, set(&u.authenticator, *out.SecretCode), set(&u.steps, step))
	}
}

// refresh uses a refresh token.
func (w *worker) refresh(u *user) {
	if s := w.anyOf(u); s != nil && s.refresh != "" {
		w.use(s)
		w.done++
	}
}

func (w *worker) use(s *signedIn) outcome {
	w.grants++
	old := s.refresh
	out, err := w.tokensFor(s, old)
	result := w.outcome(err)
	switch {
	case result == done && s.rotates:
		s.spent, s.refresh = old, *out.AuthenticationResult.RefreshToken
		fallthrough
	case result == done:
		s.access = *out.AuthenticationResult.AccessToken
	case result == lost && s.rotates:
		s.refresh = "" // spent, perhaps, for one that nobody has
	}
	return result
}

func (w *worker) tokensFor(s *signedIn, refresh string) (*cip.GetTokensFromRefreshTokenOutput, error) {
	return w.life.sdk.GetTokensFromRefreshToken(w.life.ctx, &cip.GetTokensFromRefreshTokenInput{
		ClientId: s.client, RefreshToken: &refresh, DeviceKey: &s.device,
	})
}

// revoke ends one sign-in.
func (w *worker) revoke(u *user) {
	s := w.anyOf(u)
	if s == nil || s.refresh == "" {
		return
	}
	w.change(func() error {
		_, err := w.life.sdk.RevokeToken(w.life.ctx, &cip.RevokeTokenInput{ClientId: s.client, Token: &s.refresh})
		return err
	}, set(&s.alive, false))
	u.bury()
}

// signOut ends all, those that nobody keeps account of too.
func (w *worker) signOut(u *user) {
	s := w.anyOf(u)
	if s == nil {
		return
	}
	var claims []claim
	for _, each := range u.signIns {
		claims = append(claims, set(&each.alive, false))
	}
	w.change(func() error {
		_, err := w.life.sdk.GlobalSignOut(w.life.ctx, &cip.GlobalSignOutInput{AccessToken: &s.access})
		return err
	}, claims...)
	u.bury()
}

// bury puts the sign-ins that have ended aside.
func (u *user) bury() {
	var living []*signedIn
	for _, s := range u.signIns {
		if s.alive.sure() && !s.alive.known {
			u.ended = append(u.ended, s)
		} else {
			living = append(living, s)
		}
	}
	u.signIns, u.ended = living, u.ended[max(0, len(u.ended)-mostSignIns):]
}

// changeDevice confirms a device, has it remembered or not, or forgets it.
func (w *worker) changeDevice(u *user) {
	pool, name := w.pool, aws.String(u.name())
	status := types.DeviceRememberedStatusTypeRemembered
	switch lot := w.random.IntN(6); {
	case u.device.known == "":
		w.confirmDevice(u)
	case lot == 0:
		w.change(func() error {
			_, err := w.life.sdk.AdminForgetDevice(w.life.ctx, &cip.AdminForgetDeviceInput{UserPoolId: pool, Username: name, DeviceKey: &u.machine.key})
			return err
		}, set(&u.device, ""))
	case lot == 1:
		status = types.DeviceRememberedStatusTypeNotRemembered
		fallthrough
	case u.device.known == forgettable:
		w.change(func() error {
			_, err := w.life.sdk.AdminUpdateDeviceStatus(w.life.ctx, &cip.AdminUpdateDeviceStatusInput{
				UserPoolId: pool, Username: name, DeviceKey: &u.machine.key, DeviceRememberedStatus: status,
			})
			return err
		}, set(&u.device, string(status)))
	default:
		w.signIn(u)
	}
}

// confirmDevice makes the device of a sign-in that has a new one the user's.
func (w *worker) confirmDevice(u *user) {
	s := w.anyOf(u)
	if s == nil || s.group == "" {
		w.signIn(u)
		return
	}
	secret, err := srp.NewDeviceSecret(s.group, s.device)
	if err != nil {
		w.t.Error(err)
		return
	}
	u.machine = machine{s.group, s.device, secret}
	s.group = "" // a key is confirmed once
	salt, verifier := secret.Salt(), secret.Verifier()
	w.change(func() error {
		_, err := w.life.sdk.ConfirmDevice(w.life.ctx, &cip.ConfirmDeviceInput{
			AccessToken: &s.access, DeviceKey: &s.device, DeviceSecretVerifierConfig: &types.DeviceSecretVerifierConfigType{Salt: &salt, PasswordVerifier: &verifier},
		})
		return err
	}, set(&u.device, forgettable))
}

// proveDevice signs in from a remembered device.
func (w *worker) proveDevice(u *user, s *signedIn, session *string) *types.AuthenticationResultType {
	handshake := srp.New()
	out, result := w.respond(s, types.ChallengeNameTypeDeviceSrpAuth, session, map[string]string{
		"USERNAME": u.name(), "DEVICE_KEY": s.device, "SRP_A": handshake.A(),
	})
	if result != done {
		return nil
	}
	given := out.ChallengeParameters
	proof, err := handshake.ProveDevice(u.machine.group, u.machine.key, u.machine.secret.Password(), srp.Challenge{
		Salt: given["SALT"], B: given["SRP_B"], SecretBlock: given["SECRET_BLOCK"],
	}, time.Now())
	if err != nil {
		w.t.Error(err)
		return nil
	}
	out, result = w.respond(s, types.ChallengeNameTypeDevicePasswordVerifier, out.Session, map[string]string{
		"USERNAME": u.name(), "DEVICE_KEY": s.device, "TIMESTAMP": proof.Timestamp,
		"PASSWORD_CLAIM_SIGNATURE": proof.Signature, "PASSWORD_CLAIM_SECRET_BLOCK": given["SECRET_BLOCK"],
	})
	if result != done {
		return nil
	}
	return out.AuthenticationResult
}

// confirm ends a sign-up, by its code or without. Codes are not kept over a
// restart.
func (w *worker) confirm(u *user) {
	name := aws.String(u.name())
	code, ok := w.mailed(u)
	if !ok {
		return
	}
	result := done
	if code == "" {
		result = w.change(func() error {
			_, err := w.life.sdk.ResendConfirmationCode(w.life.ctx, &cip.ResendConfirmationCodeInput{ClientId: w.plain, Username: name})
			return err
		})
	} else {
		result = w.change(func() error {
			_, err := w.life.sdk.ConfirmSignUp(w.life.ctx, &cip.ConfirmSignUpInput{ClientId: w.plain, Username: name, ConfirmationCode: &code})
			return err
		}, set(&u.status, confirmed))
	}
	if result == refused { // so many in an hour
		w.change(func() error {
			_, err := w.life.sdk.AdminConfirmSignUp(w.life.ctx, &cip.AdminConfirmSignUpInput{UserPoolId: w.pool, Username: name})
			return err
		}, set(&u.status, confirmed))
	}
}

// mailed is the code that was mailed to a user last; empty if there was none.
func (w *worker) mailed(u *user) (code string, ok bool) {
	request, err := http.NewRequestWithContext(w.life.ctx, http.MethodGet, w.life.url+"/_pool/messages?username="+url.QueryEscape(u.name()), nil)
	if err != nil {
		w.t.Error(err)
		return "", false
	}
	reply, err := w.life.http.Do(request)
	if err != nil {
		return "", false
	}
	defer reply.Body.Close()
	var all []message
	if err := json.NewDecoder(reply.Body).Decode(&all); err != nil {
		return "", false
	}
	if len(all) == 0 {
		return "", true
	}
	return all[len(all)-1].Code, true
}
