// Package round is the Lambda's half of custom challenges that send the user to
// another site: what one round remembers from its question to its answer, and
// how a code that came back is redeemed once.
package round

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/redirect"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// The private parameters of a round. Cognito keeps them from the client and
// gives them to the Verify of this round alone.
const (
	keyState    = "state"
	keyNonce    = "nonce"
	keyVerifier = "pkce_verifier"
	keySubject  = "subject"
	keyCreated  = "created_at"
	keyExpires  = "expires_at"
)

// Reasons of a wrong answer that all such methods share, for the log.
const (
	ReasonPrivate   = "the private parameters are not this method's"
	ReasonMalformed = "the answer is not an object with a code and a state"
	ReasonExpired   = "expired"
	ReasonState     = "another state"
	ReasonDeclined  = "declined"
	ReasonUsed      = "the code was used before"
)

// A Round is what a question must remember for its answer.
type Round struct {
	State    string // compared before the code is spent
	Nonce    string // inside the token that the code is exchanged for
	Verifier string // of PKCE; empty if the method has none
	Subject  string // who must come back, in the words of the other site
	Created  time.Time
	Expires  time.Time
}

// New makes the round of a question.
func New(subject string, now time.Time, validity time.Duration) Round {
	return Round{State: random(), Nonce: random(), Subject: subject, Created: now, Expires: now.Add(validity)}
}

// random returns 256 bits in 43 characters, which are within the lengths that
// Duo takes for a state (22 to 1024) and a nonce (16 to 1024).
func random() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// Public are the parameters for the client.
func (r Round) Public(url string) map[string]string {
	return map[string]string{
		redirect.ParamURL: url, redirect.ParamState: r.State, redirect.ParamExpires: seconds(r.Expires),
	}
}

// Private are the parameters for Verify.
func (r Round) Private() map[string]string {
	p := map[string]string{
		keyState: r.State, keyNonce: r.Nonce, keySubject: r.Subject,
		keyCreated: seconds(r.Created), keyExpires: seconds(r.Expires),
	}
	if r.Verifier != "" {
		p[keyVerifier] = r.Verifier
	}
	return p
}

func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// read is the reverse of Private.
func read(p map[string]string) (Round, bool) {
	created, err := strconv.ParseInt(p[keyCreated], 10, 64)
	if err != nil {
		return Round{}, false
	}
	expires, err := strconv.ParseInt(p[keyExpires], 10, 64)
	if err != nil {
		return Round{}, false
	}
	r := Round{
		State: p[keyState], Nonce: p[keyNonce], Verifier: p[keyVerifier], Subject: p[keySubject],
		Created: time.Unix(created, 0).UTC(), Expires: time.Unix(expires, 0).UTC(),
	}
	// Nothing here may be empty, or an empty answer would equal it.
	return r, r.State != "" && r.Nonce != "" && r.Subject != ""
}

// An Answer is what the client brought back.
type Answer struct {
	Code   string `json:"code"`
	State  string `json:"state"`
	Issuer string `json:"iss"`
}

const (
	maxCode   = 8 << 10
	maxIssuer = 2 << 10
)

// Open reads a round and its answer and compares them. The reason is "" if the
// code is worth redeeming.
func Open(in trigger.VerifyInput) (r Round, a Answer, reason string) {
	r, ok := read(in.Private)
	if !ok {
		return Round{}, Answer{}, ReasonPrivate
	}
	if json.Unmarshal([]byte(in.Answer), &a) != nil || len(a.Code) > maxCode || len(a.Issuer) > maxIssuer {
		return Round{}, Answer{}, ReasonMalformed
	}
	switch {
	case !in.Now.Before(r.Expires):
		reason = ReasonExpired
	case subtle.ConstantTimeCompare([]byte(a.State), []byte(r.State)) != 1:
		reason = ReasonState
	case a.Code == "":
		reason = ReasonDeclined
	}
	return r, a, reason
}
