package emailotp

import (
	"context"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// A destination is where a code goes.
type destination struct {
	address string // empty if it goes nowhere
	masked  string // what the client is shown
	why     string // it goes nowhere
}

// destination says where the user's codes go: to the address that the pool has
// verified, and never to one that the client names.
func (m *Method) destination(u trigger.User) destination {
	email := u.Attributes["email"]
	d := destination{masked: mask(email)}
	switch {
	case u.Unknown:
		return destination{masked: m.decoy(u), why: "there is no such user"}
	case email == "":
		return destination{masked: m.decoy(u), why: "the user has no address"}
	case !wellFormed(email):
		d.why = "the address is malformed"
	case !strings.EqualFold(u.Attributes["email_verified"], "true"):
		d.why = "the address is not verified"
	default:
		d.address = email
	}
	return d
}

// wellFormed refuses what cannot be an address, and what could end a header of
// a mail. Whether there is a mailbox, the sender finds out.
func wellFormed(email string) bool {
	local, domain, found := strings.Cut(email, "@")
	bad := func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c) || strings.ContainsRune(`<>,;:"()[]\`, c)
	}
	return found && local != "" && domain != "" && len(email) <= 254 &&
		!strings.Contains(domain, "@") && utf8.ValidString(email) && strings.IndexFunc(email, bad) < 0
}

// mask shows of an address what Cognito shows: the first letters of both parts.
func mask(email string) string {
	local, domain, _ := strings.Cut(email, "@")
	return first(local) + "***@" + first(domain) + "***"
}

// first returns the first letter, as it is.
func first(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError {
		return ""
	}
	return s[:size]
}

// decoy is the masked address of somebody who has none: the same each time, or
// asking twice would tell. In pools whose users sign in by address, it is that
// of the name, as it would be for a user.
func (m *Method) decoy(u trigger.User) string {
	if wellFormed(u.Name) {
		return mask(u.Name)
	}
	// Of the domains of people's addresses, few letters begin most.
	const locals, domains = "abcdefghijklmnoprstw", "gggghhooyyiamw"
	sum := m.keys[0].digest("decoy", u.PoolID, u.Name)
	return string(locals[int(sum[0])%len(locals)]) + "***@" + string(domains[int(sum[1])%len(domains)]) + "***"
}

// decoyDelay waits about as long as sending takes. It is to be unlike nothing,
// not to be unpredictable.
func decoyDelay(ctx context.Context) {
	t := time.NewTimer(100*time.Millisecond + rand.N(200*time.Millisecond))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
