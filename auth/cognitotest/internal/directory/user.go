package directory

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
)

// A User is one user of a pool, or one that does not exist and must seem to.
type User struct {
	Username string // canonical: what SRP hashes and tokens carry
	Sub      string
	Status   types.UserStatusType
	Disabled bool
	// Attributes do not hold the sub. Replace with [User.Set], never change.
	Attributes        map[string]string
	Created, Modified time.Time

	Verifier         factor.Verifier
	TemporaryExpires time.Time // of a password that must be replaced

	SignUpCode        string // empty: none was asked for
	SignUpCodeExpires time.Time
	SignUpAttribute   string // "email" or "phone_number": where the code went

	Reset Code // of ForgotPassword
	// Proofs are the codes that prove attributes, by attribute. Replace with
	// [User.PutProof].
	Proofs map[string]Code

	MFA MFA
	// Devices are the confirmed ones, by key. Replace with [User.PutDevice].
	Devices map[string]Device
	// Passkeys are the registered ones. Replace the list, never change it.
	Passkeys []factor.Passkey
	Passkey  *Registration // one that was begun; nil if none was
	// groups are the names of those that the user is in. [Pool.Join] and its like
	// replace them.
	groups []string
	// SignedIn is set by the first sign-in.
	SignedIn bool
	// Simulated is set if the user does not exist.
	Simulated bool
}

// A Registration is a passkey between StartWebAuthnRegistration and
// CompleteWebAuthnRegistration, which name no session.
type Registration struct {
	Ceremony factor.Ceremony
	Client   string // that began it
	Expires  time.Time
}

// Holder is the user as authenticators know it.
func (u *User) Holder() factor.Holder {
	return factor.Holder{Sub: u.Sub, Username: u.Username, Passkeys: u.Passkeys}
}

// PutPasskey adds a passkey, or replaces the one with its id.
func (u *User) PutPasskey(p factor.Passkey) {
	next := slices.Clone(u.Passkeys)
	i := slices.IndexFunc(next, func(q factor.Passkey) bool { return bytes.Equal(q.ID, p.ID) })
	if i < 0 {
		i, next = len(next), append(next, factor.Passkey{})
	}
	next[i] = p
	u.Passkeys = next
}

// DeletePasskey removes a passkey and tells whether there was one.
func (u *User) DeletePasskey(id []byte) bool {
	before := len(u.Passkeys)
	u.Passkeys = slices.DeleteFunc(slices.Clone(u.Passkeys), func(p factor.Passkey) bool { return bytes.Equal(p.ID, id) })
	return len(u.Passkeys) < before
}

// MFA is what a user has done about second factors.
type MFA struct {
	TOTP      *factor.Authenticator // verified; nil if there is none
	Pending   string                // a secret that AssociateSoftwareToken gave out
	Enabled   map[types.ChallengeNameType]bool
	Preferred types.ChallengeNameType
	// Passkey makes a passkey that verifies the user count as two factors, where
	// the pool lets it.
	Passkey bool
}

// Set replaces attributes; an empty value removes one.
func (u *User) Set(attributes map[string]string) {
	next := maps.Clone(u.Attributes)
	if next == nil {
		next = make(map[string]string)
	}
	for name, value := range attributes {
		if value == "" {
			delete(next, name)
		} else {
			next[name] = value
		}
	}
	u.Attributes = next
}

// Verified tells whether an attribute, "email" or "phone_number", was proven to
// be the user's.
func (u *User) Verified(attribute string) bool { return u.Attributes[attribute+"_verified"] == "true" }

// Enable turns a second factor on or off, and makes it the preferred one or
// not. One is preferred at most, and one that is off is not.
func (u *User) Enable(f types.ChallengeNameType, on, preferred bool) {
	enabled := maps.Clone(u.MFA.Enabled)
	if enabled == nil {
		enabled = make(map[types.ChallengeNameType]bool)
	}
	if on {
		enabled[f] = true
	} else {
		delete(enabled, f)
	}
	u.MFA.Enabled = enabled
	switch {
	case on && preferred:
		u.MFA.Preferred = f
	case u.MFA.Preferred == f:
		u.MFA.Preferred = ""
	}
}

// AllAttributes returns the attributes with the sub, which is one of them to
// the clients.
func (u *User) AllAttributes() map[string]string {
	all := maps.Clone(u.Attributes)
	if all == nil {
		all = make(map[string]string)
	}
	if !u.Simulated {
		all["sub"] = u.Sub
	}
	return all
}
