package signin

import (
	"encoding/json"
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/session"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// beginPassword is every flow that sends the password itself.
func (a *attempt) beginPassword() (*Reply, error) {
	if err := a.checkStatus(); err != nil {
		return nil, err
	}
	err := a.guarded("password", wire.IncorrectPassword, func() error {
		right := a.user.Verifier.Check(a.pool.Name, a.user.Username, a.Params["PASSWORD"])
		return unless(right && !a.user.Simulated, wire.IncorrectPassword)
	})
	if err != nil {
		return nil, err
	}
	return a.passwordProven()
}

// beginSRP gives the password challenge. A user that does not exist gets one
// too, with the same salt each time.
func (a *attempt) beginSRP() (*Reply, error) {
	handshake, err := a.user.Verifier.Begin(a.Params["SRP_A"])
	if err != nil {
		return nil, wire.InvalidParameter("SRP_A is not a valid value.")
	}
	const challenge = types.ChallengeNameTypePasswordVerifier
	block := a.seal(session.SecretBlock, challenge, func(s *session.State) { s.Handshake = &handshake })
	return &Reply{
		Challenge: challenge,
		Params: map[string]string{
			"SALT":            a.user.Verifier.Salt(),
			"SECRET_BLOCK":    block,
			"SRP_B":           handshake.B.Text(16),
			"USERNAME":        a.user.Username,
			"USER_ID_FOR_SRP": a.srpID(),
		},
	}, nil
}

// srpID is the canonical username; for a user that does not exist a UUID, as
// the developer guide says of simulated answers.
func (a *attempt) srpID() string {
	if a.user.Simulated {
		return a.user.Sub
	}
	return a.user.Username
}

// answerVerifier checks a password by SRP.
func (a *attempt) answerVerifier() (*Reply, error) {
	const challenge = types.ChallengeNameTypePasswordVerifier
	if err := a.openClaim(challenge); err != nil {
		return nil, err
	}
	claim := a.state
	if err := a.checkClaim("password", a.user.Verifier, a.pool.Name, a.srpID()); err != nil {
		return nil, err
	}
	if a.custom() {
		a.state.Rounds = append(a.state.Rounds, session.Round{Challenge: challenge, Result: true})
	}
	reply, err := a.passwordProven()
	if err == wire.DeviceNotFound {
		// amazon-cognito-identity-js and Amplify send the same answer again then,
		// without the device. (The password was right.)
		a.Sessions.Restore(claim)
	}
	return reply, err
}

// openClaim resumes the SRP challenge that an answer is to. Its secret block
// takes the place of a session: the service accepts these answers without one.
// Right or wrong, the block is used up, but for a device that does not exist.
func (a *attempt) openClaim(challenge types.ChallengeNameType) error {
	timestamp := a.Params["TIMESTAMP"]
	at, canonical, err := factor.Timestamp(timestamp)
	if err != nil {
		return wire.InvalidParameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")
	}
	if err := a.resume(session.SecretBlock, a.Params["PASSWORD_CLAIM_SECRET_BLOCK"], challenge); err != nil {
		if err == wire.UserDisabled || err == wire.DeviceKeyInvalid {
			return err
		}
		// Altered, foreign, expired, used: the service does not say which.
		return wire.IncorrectPassword
	}
	if err := a.spend(); err != nil {
		return wire.IncorrectPassword
	}
	if err := a.checkStatus(); err != nil {
		return err
	}
	// The service signs the instant as it writes it itself, so a wrong weekday
	// or a padded day fails as a wrong password does.
	limit := a.pool.Settings.SRPFreshness
	if canonical != timestamp || limit > 0 && a.Now().Sub(at).Abs() > limit {
		return wire.IncorrectPassword
	}
	return nil
}

// checkClaim checks the signature of an SRP answer under the lockout. group and
// id are the names that were hashed with the password.
func (a *attempt) checkClaim(kind string, ver factor.Verifier, group, id string) error {
	return a.guarded(kind, wire.IncorrectPassword, func() error {
		right := ver.CheckClaim(*a.state.Handshake, group, id,
			session.SecretBlock.Raw(a.Params["PASSWORD_CLAIM_SECRET_BLOCK"]), a.Params["TIMESTAMP"], a.Params["PASSWORD_CLAIM_SIGNATURE"])
		return unless(right && !a.user.Simulated, wire.IncorrectPassword)
	})
}

// passwordProven goes on after a right password: a temporary one must be
// replaced before anything else.
func (a *attempt) passwordProven() (*Reply, error) {
	if a.user.Status != types.UserStatusTypeForceChangePassword {
		return a.afterPassword()
	}
	if !a.Now().Before(a.user.TemporaryExpires) {
		return nil, wire.TemporaryExpired
	}
	missing := a.pool.Missing(a.user.Attributes)
	for i, name := range missing {
		missing[i] = "userAttributes." + name
	}
	required, err := json.Marshal(append([]string{}, missing...))
	if err != nil {
		return nil, wire.Internal(err)
	}
	attributes, err := json.Marshal(a.user.Attributes)
	if err != nil {
		return nil, wire.Internal(err)
	}
	return a.ask(types.ChallengeNameTypeNewPasswordRequired, map[string]string{
		"USER_ID_FOR_SRP":    a.user.Username,
		"requiredAttributes": string(required),
		"userAttributes":     string(attributes),
	}, nil), nil
}

// answerNewPassword replaces a temporary password. One that breaks the policy
// leaves the session usable.
func (a *attempt) answerNewPassword() (*Reply, error) {
	attributes := prefixed(a.Params, "userAttributes.")
	if err := factor.CheckPassword(a.pool.Settings.PasswordPolicy, a.Params["NEW_PASSWORD"]); err != nil {
		return nil, err
	}
	if err := a.checkLateAttributes(attributes); err != nil {
		return nil, err
	}
	verifier := factor.NewVerifier(a.pool.Name, a.user.Username, a.Params["NEW_PASSWORD"])
	if err := a.spend(); err != nil {
		return nil, err
	}
	err := a.update(func(u *directory.User) error {
		u.Set(attributes)
		u.Verifier, u.Status, u.Modified = verifier, types.UserStatusTypeConfirmed, a.Now()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a.afterPassword()
}

// checkLateAttributes refuses what NEW_PASSWORD_REQUIRED may not set: less than
// all required attributes, one that has a value, a flag that vouches for one.
func (a *attempt) checkLateAttributes(attributes map[string]string) error {
	if err := a.pool.CheckAttributes(attributes); err != nil {
		return err
	}
	for _, name := range a.pool.Settings.Schema.Required() {
		if attributes[name] != "" && a.user.Attributes[name] != "" {
			return wire.NotAuthorized("Cannot modify an already provided %s", name)
		}
	}
	if err := a.Client.CheckWrite(attributes); err != nil {
		return err
	}
	all := maps.Clone(attributes)
	maps.Copy(all, a.user.Attributes)
	if missing := a.pool.Missing(all); len(missing) > 0 {
		return wire.InvalidParameter("Invalid attributes given, %s is missing", missing[0])
	}
	return nil
}

// afterPassword asks for the second factor if one is due; otherwise CUSTOM_AUTH
// goes on with its triggers, and any other flow ends in tokens. A remembered
// device, which would replace the factor, comes after the triggers.
func (a *attempt) afterPassword() (*Reply, error) {
	if device, err := a.device(); err == nil && device.Remembered && a.custom() {
		return a.define()
	}
	reply, err := a.secondFactor()
	if reply != nil || err != nil {
		return reply, err
	}
	if a.custom() {
		return a.define()
	}
	return a.finish()
}
