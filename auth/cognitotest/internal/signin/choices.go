package signin

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
)

// firstFactors are what USER_AUTH can begin with, in the order in which the
// service lists them (API reference, InitiateAuth, example of USER_AUTH).
// SMS_OTP is not in the example; its place here is a guess.
var firstFactors = []struct {
	challenge types.ChallengeNameType
	allowed   types.AuthFactorType // in the pool's sign-in policy
	has       func(*directory.Pool, directory.User) bool
}{
	{types.ChallengeNameTypePasswordSrp, types.AuthFactorTypePassword, hasPassword},
	{types.ChallengeNameTypePassword, types.AuthFactorTypePassword, hasPassword},
	{types.ChallengeNameTypeEmailOtp, types.AuthFactorTypeEmailOtp, hasProven("email")},
	{types.ChallengeNameTypeSmsOtp, types.AuthFactorTypeSmsOtp, hasProven("phone_number")},
	{types.ChallengeNameTypeWebAuthn, types.AuthFactorTypeWebAuthn, hasPasskey},
}

// Choices lists what a user may begin USER_AUTH with.
func Choices(p *directory.Pool, u directory.User) []types.ChallengeNameType {
	var offered []types.ChallengeNameType
	for _, f := range firstFactors {
		if slices.Contains(p.Settings.FirstFactors, f.allowed) && f.has(p, u) {
			offered = append(offered, f.challenge)
		}
	}
	return offered
}

// isFirstFactor tells whether a challenge can be asked for by name.
func isFirstFactor(name types.ChallengeNameType) bool {
	for _, f := range firstFactors {
		if f.challenge == name {
			return true
		}
	}
	return false
}

func hasPassword(_ *directory.Pool, u directory.User) bool { return !u.Verifier.None() }

// hasProven asks for a verified address: a code to an unproven one could sign a
// stranger in. A user that does not exist is offered whatever the pool has.
func hasProven(attribute string) func(*directory.Pool, directory.User) bool {
	return func(p *directory.Pool, u directory.User) bool {
		return mayDoWithout(p, u) && (u.Simulated || u.Verified(attribute) && u.Attributes[attribute] != "")
	}
}

// hasPasskey is about users who registered one. A user that does not exist has
// none: which ones to ask for could not be made up.
func hasPasskey(p *directory.Pool, u directory.User) bool {
	isFactor := mayDoWithout(p, u) || passkeyIsMFA(p, u) && u.Status != types.UserStatusTypeForceChangePassword
	return len(u.Passkeys) > 0 && isFactor
}

// passkeyIsMFA tells whether a user's passkey counts as two factors: the pool lets
// it, and the user has turned it on (API reference, WebAuthnMfaSettingsType).
func passkeyIsMFA(p *directory.Pool, u directory.User) bool { return p.PasskeyIsMFA() && u.MFA.Passkey }

// mustVerify tells whether a passkey must verify its user, and not only find one
// present: where it stands for two factors, and for users who have turned that on.
func mustVerify(p *directory.Pool, u directory.User) bool {
	return !mayDoWithout(p, u) || passkeyIsMFA(p, u)
}

// mayDoWithout tells whether a user may sign in without a password: not while a
// temporary one waits to be replaced, and not if a second factor is due after
// it. Codes and passkeys cannot be combined with one (developer guide,
// "Authentication with user pools", on MFA and passwordless sign-in).
func mayDoWithout(p *directory.Pool, u directory.User) bool {
	due := decide(assess(p, u))
	return u.Status != types.UserStatusTypeForceChangePassword && len(due.ask) == 0 && !due.setUp && !due.refused
}
