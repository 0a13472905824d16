package trigger

import (
	"context"
	"time"
)

// A Method is one kind of custom challenge: it makes a question and judges the
// answer. The [Handler] does what all methods have in common (order, attempts,
// resending, unknown users, the form of the events), so a Method knows neither
// events nor sessions.
//
// A Method is called by several goroutines at once. It must return well inside
// Cognito's five seconds, which the context's deadline says, and must reckon
// with being called again for the same round: Cognito repeats a trigger that it
// thinks lost.
//
// An error ends the sign-in and is written to the log, so it must hold neither
// secret, address nor response body. The client sees a text that says nothing.
type Method interface {
	// Name tells the method from others: in the client's choice, in the
	// metadata of a round, in the log. 1 to 32 of a-z, 0-9 and "-"; it must
	// not change while sign-ins are under way.
	Name() string
	// Create makes the question of one round. For a User that is Unknown it
	// does the same work, makes a question of the same form, the same one each
	// time, and sends nothing.
	Create(context.Context, CreateInput) (Question, error)
	// Verify judges an answer. A wrong, malformed, late or used one is a
	// Verdict, not an error: errors are for what the user cannot help. The
	// Handler calls it for Unknown users too, for the same work, and ignores
	// what it says of them.
	Verify(context.Context, VerifyInput) (Verdict, error)
}

// A Limiter is a [Method] that says how often it may be answered and its
// question be sent again in one sign-in. Others have [DefaultLimits].
type Limiter interface {
	Limits() Limits
}

// Limits bound the rounds of one method in one sign-in.
type Limits struct {
	// Attempts is how many answers are judged: 1 to 10.
	Attempts int
	// Resends is how often the client may ask for the question to be sent
	// again, which is no attempt: 0 to 10.
	Resends int
}

// DefaultLimits are the limits of a method that is no [Limiter].
var DefaultLimits = Limits{Attempts: 3, Resends: 0}

// A User is who signs in, as the event describes them.
type User struct {
	// Name is the canonical username: a UUID in pools whose users sign in by
	// address.
	Name string
	// Attributes are the user's, with "sub", and with "email_verified" and
	// "phone_number_verified" as "true" or "false". Few or none if Unknown.
	// Never nil, and not to be changed.
	Attributes map[string]string
	// Unknown says that there is no such user, and Cognito hides it
	// (userNotFound): whatever is answered, there will be no tokens.
	Unknown bool
	// PoolID, ClientID and Region say where the user signs in. Bind secrets to
	// the first two, so that none serves elsewhere.
	PoolID, ClientID, Region string
}

// CreateInput is what [Method.Create] is told.
type CreateInput struct {
	// User is who signs in.
	User User
	// Attempt counts the answers of this method in this sign-in, the one to
	// this question included: 1 at first.
	Attempt int
	// Previous is the State that this method left in its last round of this
	// sign-in; empty in the first one. It is authentic: the Handler has
	// checked its MAC.
	Previous string
	// Resend says that the client has asked, instead of answering, for the
	// question to be sent again.
	Resend bool
	// Round names this round, and no other, by 16 random bytes in base64url.
	// Verify is told the same. When Cognito repeats a Create it is another.
	Round string
	// ClientMetadata is what the client sent with the answer that led here.
	// It is the client's word: never an address to send to. Never nil.
	ClientMetadata map[string]string
	// Now is the time of the call.
	Now time.Time
}

// A Question is what [Method.Create] makes.
type Question struct {
	// Public goes to the client. The Handler adds its own parameters
	// ([ParamMethod] and the others named Param…), which replace any of that
	// name.
	Public map[string]string
	// Private goes to the Verify of this round and to nobody else. Names that
	// begin with "_" are the Handler's.
	Private map[string]string
	// State goes to the Create of this method's next round, as Previous. It
	// travels in challengeMetadata, which all triggers of the pool see and
	// many log: no secret, nothing that a code can be derived from without a
	// key. At most 1 KiB.
	State string
	// Reason is for the log, if there is something to say, such as that nothing was sent.
	Reason string
}

// VerifyInput is what [Method.Verify] is told. Verify sees no session: all that
// it needs must be in Private.
type VerifyInput struct {
	// User is who signs in.
	User User
	// Private is the Question's of this round, without what the Handler added.
	// Never nil.
	Private map[string]string
	// Answer is the client's, at most [MaxAnswer] bytes and otherwise anything.
	Answer string
	// Round is the CreateInput's of this round. Cognito lets a round be
	// answered once, but repeats a Verify that it thinks lost; a mark that is
	// claimed with the round as its value lets that repetition succeed:
	//
	//	held, _, err := store.Claim(ctx, key, in.Round, until)
	//	used := held != in.Round
	Round string
	// ClientMetadata came with the answer. It is the client's word. Never nil.
	ClientMetadata map[string]string
	// Now is the time of the call.
	Now time.Time
}

// A Verdict is what [Method.Verify] says of an answer.
type Verdict struct {
	// Correct lets the user in, if it is known and the rest of the sign-in is
	// in order.
	Correct bool
	// Reason is for the log: why the answer is wrong ("expired", "used"), in
	// the method's words and never in the client's.
	Reason string
}

// MaxAnswer is the greatest length in bytes of an answer that a method is
// asked about; longer ones are wrong. It has room for the signed responses and
// codes of identity providers, which are the longest answers there are.
const MaxAnswer = 16 << 10
