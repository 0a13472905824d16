package directory

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// Three kinds of pool tell users apart: by usernames alone, by usernames with
// verified attributes as aliases, and by an attribute, whose username is then
// the sub (developer guide, "Customizing sign-in attributes").

var (
	emailForm = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	phoneForm = regexp.MustCompile(`^\+[0-9]{2,15}$`)
)

// namesOf lists the names that sign a user in.
func (p *Pool) namesOf(u User) []string {
	names := []string{u.Username} // folded when it was made
	for _, value := range p.Aliases(u) {
		names = append(names, p.fold(value))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Aliases are the attributes that sign a user in, with their values.
func (p *Pool) Aliases(u User) map[string]string {
	aliases := make(map[string]string)
	add := func(attribute string) {
		if value := u.Attributes[attribute]; value != "" {
			aliases[attribute] = value
		}
	}
	for _, a := range p.Settings.UsernameAttributes {
		add(string(a))
	}
	for _, a := range p.Settings.AliasAttributes {
		// Only a proven address is an alias: two users may claim the same one
		// until then. A preferred username has nothing to prove.
		if a == types.AliasAttributeTypePreferredUsername || u.Verified(string(a)) {
			add(string(a))
		}
	}
	return aliases
}

// usernameAttribute tells which of the pool's username attributes a name is;
// none: empty.
func (p *Pool) usernameAttribute(name string) string {
	for _, a := range p.Settings.UsernameAttributes {
		if (a == types.UsernameAttributeTypeEmail && emailForm.MatchString(name)) ||
			(a == types.UsernameAttributeTypePhoneNumber && phoneForm.MatchString(name)) {
			return string(a)
		}
	}
	return ""
}

func (p *Pool) wantedUsername() string {
	switch {
	case len(p.Settings.UsernameAttributes) > 1:
		return "either an email or a phone number"
	case slices.Contains(p.Settings.UsernameAttributes, types.UsernameAttributeTypeEmail):
		return "an email"
	default:
		return "a phone number"
	}
}

// checkUsername refuses a username that looks like an alias: whose it is could
// change when somebody proves the address.
func (p *Pool) checkUsername(name string) error {
	switch {
	case name == "":
		return wire.InvalidParameter("Username should not be empty.")
	case slices.Contains(p.Settings.AliasAttributes, types.AliasAttributeTypeEmail) && emailForm.MatchString(name):
		return wire.InvalidParameter("Username cannot be of email format, since user pool is configured for email alias.")
	case slices.Contains(p.Settings.AliasAttributes, types.AliasAttributeTypePhoneNumber) && phoneForm.MatchString(name):
		return wire.InvalidParameter("Username cannot be of phone number format, since user pool is configured for phone number alias.")
	}
	return nil
}

// LooksLikePhone tells whether a name has the form of a phone number.
func (p *Pool) LooksLikePhone(name string) bool { return phoneForm.MatchString(name) }

// SimulatedAddress is where a code goes that is not sent, because nobody has that
// name: to what was typed, if that has the form of an address, or else to one
// made up from the simulated user. The mask must stay the same whoever asks.
func (p *Pool) SimulatedAddress(typed, attribute string) string {
	seed := p.Simulate(typed).Sub
	switch {
	case attribute == "email" && strings.Contains(typed, "@"), attribute == "phone_number" && strings.HasPrefix(typed, "+"):
		return typed
	case attribute == "email":
		return seed[:1] + "@" + seed[1:2]
	}
	// Four hexadecimal digits of a UUID are a number; a seed that is none
	// would make no difference to anybody.
	n, _ := strconv.ParseUint(seed[:4], 16, 16)
	return fmt.Sprintf("+1555555%04d", n%10000)
}
