package trigger

// A role is what an entry of the session list means for the policy.
type role int

const (
	unsupported role = iota // ends the sign-in
	begins                  // the client has begun SRP; nothing is proven yet
	proves                  // the password
	custom                  // a question of one of our methods
	besides                 // something of Cognito's, passed besides: it neither proves the password nor replaces our factor
)

// roles lists the challenge names that a session list is known to hold
// (Amazon Cognito developer guide, "Define auth challenge Lambda trigger", and
// ChallengeNameType of the API). A name that is not in it is unsupported: what
// AWS adds tomorrow must be understood before it lets anyone in.
//
// Cognito gives these results itself. What counts besides is that none is
// false.
var roles = map[string]role{
	"SRP_A":             begins,
	"PASSWORD_VERIFIER": proves,
	"CUSTOM_CHALLENGE":  custom,

	// The pool's own second factors and the set-up of them, after the password.
	"SMS_MFA":            besides,
	"SOFTWARE_TOKEN_MFA": besides,
	"EMAIL_OTP":          besides,
	"SELECT_MFA_TYPE":    besides,
	"MFA_SETUP":          besides,
	// A temporary password that was replaced, after it was proven.
	"NEW_PASSWORD_REQUIRED": besides,
	// A remembered device. Here it spares nobody the custom factor.
	"DEVICE_SRP_AUTH":          besides,
	"DEVICE_PASSWORD_VERIFIER": besides,

	// A password without SRP comes from ADMIN_USER_PASSWORD_AUTH, not from
	// CUSTOM_AUTH; that some list mentions the name is no reason to take it for
	// a proof.
	"ADMIN_NO_SRP_AUTH": unsupported,
	// USER_AUTH never reaches these triggers.
	"SELECT_CHALLENGE": unsupported,
	"PASSWORD":         unsupported,
	"PASSWORD_SRP":     unsupported,
	"SMS_OTP":          unsupported,
	"WEB_AUTHN":        unsupported,
}
