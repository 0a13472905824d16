package wire

import "time"

// A Step is where a sign-in stands: all that is needed to answer a challenge,
// on this machine or another. Package challenge keeps it out of every output.
type Step struct {
	Name       string            // ChallengeName
	Session    string            // Cognito's session: whoever has it may answer
	Username   string            // the canonical username: what USERNAME and SECRET_HASH are made of
	ClientID   string            // the app client that the session belongs to
	Arrived    time.Time         // when the challenge came
	Expires    time.Time         // an estimate, see challenge.Challenge
	Parameters map[string]string // ChallengeParameters as they came
	Available  []string          // AvailableChallenges, of SELECT_CHALLENGE

	// Chosen is the factor that was chosen of MFA_SETUP or SELECT_CHALLENGE,
	// each of which is one name for several questions; "" before the choice.
	Chosen     string
	SecretCode string // what AssociateSoftwareToken returned, once TOTP is chosen

	// LostDevice is the DEVICE_KEY that Cognito refused at the beginning, so
	// that the sign-in goes on without that device; "" as a rule.
	LostDevice string
}

// A Call says what an answer asks of auth.
type Call int

const (
	// Respond sends Reply.Responses with RespondToAuthChallenge.
	Respond Call = iota
	// Associate asks for a TOTP secret with AssociateSoftwareToken, which
	// makes the step a TOTP set-up.
	Associate
	// Verify sends Reply.Code with VerifySoftwareToken and, when that holds,
	// completes MFA_SETUP with the session that came back.
	Verify
	// Ask makes no call: the step, with its Chosen, asks the next question.
	Ask
	// Prove sends Reply.Responses with a fresh SRP_A, and proves
	// Reply.Password when PASSWORD_VERIFIER follows.
	Prove
)

// A Reply is an answer, opened.
type Reply struct {
	Challenge any // the challenge.Challenge that was answered
	Step      Step
	Call      Call
	Responses map[string]string // without USERNAME and SECRET_HASH, which auth adds

	Code       string // of Verify
	DeviceName string // of Verify; may be empty
	Password   string // of Prove

	// ClientMetadata goes to the pool's triggers with this answer.
	ClientMetadata map[string]string

	// Refused says why the answer is not worth sending, and is nil if it is.
	Refused *Refusal
}

// A Refusal is the reason for which an answer is not sent.
type Refusal struct {
	Kind   RefusalKind
	Reason string // a sentence about the answer's form, never its value
}

// A RefusalKind says who can mend an answer.
type RefusalKind int

const (
	// BadCode: whoever typed the code types it again.
	BadCode RefusalKind = iota
	// BadNewPassword: a password or a required attribute is missing.
	BadNewPassword
	// BadInput: another value that a user gave is missing.
	BadInput
	// Misuse: the program made no proper answer.
	Misuse
)

// Package challenge sets these two when it is initialised, so that auth alone
// can make challenges and read answers: an exported function would let any
// module read a session or forge an answer.
var (
	// NewChallenge makes the challenge.Challenge that a step asks. Its error
	// is a *challenge.MalformedError.
	NewChallenge func(Step) (any, error)
	// ReadAnswer opens a challenge.Answer. A zero answer gives a Reply whose
	// Refused is Misuse.
	ReadAnswer func(answer any) Reply
)
