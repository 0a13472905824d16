package signin

import (
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/session"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// Factors are the second factors in the order in which the service lists them.
var Factors = []types.ChallengeNameType{
	types.ChallengeNameTypeSmsMfa, types.ChallengeNameTypeSoftwareTokenMfa, types.ChallengeNameTypeEmailOtp,
}

// A situation is what the decision about a second factor is made from.
type situation struct {
	mode      types.UserPoolMfaType
	offered   []types.ChallengeNameType // by the pool
	eligible  []types.ChallengeNameType // what this user could answer right now
	enabled   []types.ChallengeNameType // what the user has turned on, of those
	preferred types.ChallengeNameType   // the preferred one, of those
}

// An outcome says what comes after the password.
type outcome struct {
	ask     []types.ChallengeNameType // one: its challenge; several: SELECT_MFA_TYPE
	setUp   bool                      // MFA_SETUP
	refused bool                      // nobody can go on
}

// decisions are AWS's list of what follows a right password (developer guide,
// "Adding MFA to a user pool"), first match first.
var decisions = []struct {
	when string
	is   func(situation) bool
	then func(situation) outcome
}{
	{"MFA is off", func(s situation) bool { return s.mode == types.UserPoolMfaTypeOff },
		func(s situation) outcome { return outcome{} }},
	{"one factor is preferred", func(s situation) bool { return s.preferred != "" },
		func(s situation) outcome { return outcome{ask: []types.ChallengeNameType{s.preferred}} }},
	{"MFA is optional: whatever the user enabled, if anything", func(s situation) bool { return s.mode == types.UserPoolMfaTypeOptional },
		func(s situation) outcome { return outcome{ask: s.enabled} }},
	{"MFA is on: whatever the user could answer", func(s situation) bool { return len(s.eligible) > 0 },
		func(s situation) outcome { return outcome{ask: s.eligible} }},
	{"MFA is on, and a factor can be set up during sign-in", canSetUp,
		func(s situation) outcome { return outcome{setUp: true} }},
	{"MFA is on, and only an administrator can help", func(situation) bool { return true },
		func(s situation) outcome { return outcome{refused: true} }},
}

// canSetUp tells whether the pool offers a factor that needs no phone number:
// an SMS factor is listed in MFA_SETUP, but cannot be set up there.
func canSetUp(s situation) bool {
	return slices.Contains(s.offered, types.ChallengeNameTypeSoftwareTokenMfa) ||
		slices.Contains(s.offered, types.ChallengeNameTypeEmailOtp)
}

func decide(s situation) outcome {
	for _, d := range decisions {
		if d.is(s) {
			return d.then(s)
		}
	}
	panic("the last row of the decisions holds always")
}

// assess finds out what a user's situation is.
func assess(p *directory.Pool, u directory.User) situation {
	set := p.Settings
	s := situation{mode: set.MFA, offered: Offered(p)}
	usable := func(f types.ChallengeNameType) bool { return slices.Contains(s.offered, f) && Has(u, f) }
	for _, f := range Factors {
		if usable(f) {
			s.eligible = append(s.eligible, f)
		}
		if usable(f) && u.MFA.Enabled[f] {
			s.enabled = append(s.enabled, f)
		}
	}
	// The channel that resets the password is no second factor if there is
	// another: one mailbox would be both.
	if excluded := recoveryFactor(set.Recovery); excluded != "" && len(s.eligible) > 1 {
		s.eligible = slices.DeleteFunc(s.eligible, func(f types.ChallengeNameType) bool { return f == excluded })
	}
	if usable(u.MFA.Preferred) {
		s.preferred = u.MFA.Preferred
	}
	return s
}

// recoveryFactor is the factor that goes the way of the first recovery channel.
func recoveryFactor(channels []types.RecoveryOptionNameType) types.ChallengeNameType {
	switch {
	case len(channels) == 0:
		return ""
	case channels[0] == types.RecoveryOptionNameTypeVerifiedEmail:
		return types.ChallengeNameTypeEmailOtp
	case channels[0] == types.RecoveryOptionNameTypeVerifiedPhoneNumber:
		return types.ChallengeNameTypeSmsMfa
	}
	return ""
}

// Offered lists the second factors of a pool.
func Offered(p *directory.Pool) []types.ChallengeNameType {
	on := map[types.ChallengeNameType]bool{
		types.ChallengeNameTypeSmsMfa:           p.Settings.SMS,
		types.ChallengeNameTypeSoftwareTokenMfa: p.Settings.TOTP,
		types.ChallengeNameTypeEmailOtp:         p.Settings.Email,
	}
	return slices.DeleteFunc(slices.Clone(Factors), func(f types.ChallengeNameType) bool { return !on[f] })
}

// Has tells whether a user has what a factor needs. A phone number or address
// need not be verified: answering the challenge verifies it.
func Has(u directory.User, f types.ChallengeNameType) bool {
	switch f {
	case types.ChallengeNameTypeSmsMfa:
		return u.Attributes["phone_number"] != ""
	case types.ChallengeNameTypeEmailOtp:
		return u.Attributes["email"] != ""
	case types.ChallengeNameTypeSoftwareTokenMfa:
		return u.MFA.TOTP != nil
	}
	return false
}

// MayEnable refuses a factor that the pool does not offer or the user could not
// answer, the first in the words that are for the second: both were seen
// (github.com/aws/aws-sdk-js-v3/issues/4645).
func MayEnable(p *directory.Pool, u directory.User, f types.ChallengeNameType) error {
	if !slices.Contains(Offered(p), f) || !Has(u, f) {
		return wire.NoDeliveryConfig(f)
	}
	return nil
}

// MayChange refuses any setting of an authenticator that the user does not have: it
// cannot even be turned off (github.com/aws-amplify/amplify-js/issues/944 and 7016).
func MayChange(u directory.User, f types.ChallengeNameType) error {
	switch {
	case f != types.ChallengeNameTypeSoftwareTokenMfa || u.MFA.TOTP != nil:
		return nil
	case u.MFA.Pending == "":
		return wire.TOTPNotSetUp
	}
	return wire.TOTPNotVerified
}

// secondFactor asks for what the decision says; nil and no error if nothing is
// due. A remembered device proves itself instead, and also if there is nothing to
// replace: at every sign-in, says the developer guide ("Setting up remembered
// devices"), and Config.DeviceProofOnlyForMFA otherwise.
func (a *attempt) secondFactor() (*Reply, error) {
	device, err := a.device()
	if err != nil {
		return nil, err
	}
	s := assess(a.pool, a.user)
	decision := decide(s)
	switch {
	case decision.refused:
		return nil, wire.NoDeliveryConfig(types.ChallengeNameTypeSmsMfa)
	case decision.setUp:
		return a.ask(types.ChallengeNameTypeMfaSetup, map[string]string{
			"MFAS_CAN_SETUP": list(s.offered), "USER_ID_FOR_SRP": a.srpID(),
		}, nil), nil
	case device.Remembered && provesItself(a.pool.Settings, len(decision.ask) > 0):
		return a.askDevice(device), nil
	case len(decision.ask) == 0:
		return nil, nil
	case len(decision.ask) == 1:
		return a.challenge(decision.ask[0], true)
	}
	return a.ask(types.ChallengeNameTypeSelectMfaType, map[string]string{
		"MFAS_CAN_CHOOSE": list(decision.ask), "USER_ID_FOR_SRP": a.srpID(),
	}, func(s *session.State) { s.Options = decision.ask }), nil
}

// provesItself tells whether a remembered device is asked for its proof.
func provesItself(s directory.Settings, factorDue bool) bool {
	if factorDue {
		return !s.DevicesKeepMFA
	}
	return !s.DeviceProofOnlyForMFA
}

// list writes names as the service does: JSON inside a string.
func list(names []types.ChallengeNameType) string {
	text, err := json.Marshal(names)
	if err != nil {
		panic(err) // strings cannot fail
	}
	return string(text)
}
