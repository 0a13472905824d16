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

// standardAttributes are those of OpenID Connect that every pool has.
var standardAttributes = func() map[string]bool {
	set := make(map[string]bool)
	for _, name := range strings.Fields(`address birthdate email email_verified family_name gender given_name
		locale middle_name name nickname phone_number phone_number_verified picture preferred_username
		profile updated_at website zoneinfo`) {
		set[name] = true
	}
	return set
}()

// checkNames refuses attributes that the pool does not have.
func (p *Pool) checkNames(attributes map[string]string) error {
	for name := range attributes {
		custom, isCustom := strings.CutPrefix(name, "custom:")
		if standardAttributes[name] || isCustom && slices.Contains(p.Settings.CustomAttributes, custom) {
			continue
		}
		return wire.InvalidParameter("Attributes did not conform to the schema: Type for attribute {%s} could not be determined", name)
	}
	return nil
}

// CheckAttributes refuses attributes that the pool does not have, and values of
// another form than theirs.
func (p *Pool) CheckAttributes(attributes map[string]string) error {
	if err := p.checkNames(attributes); err != nil {
		return err
	}
	if v := attributes["email"]; v != "" && !emailForm.MatchString(v) {
		return wire.InvalidParameter("Invalid email address format.")
	}
	if v := attributes["phone_number"]; v != "" && !phoneForm.MatchString(v) {
		return wire.InvalidParameter("Invalid phone number format.")
	}
	return nil
}

// Missing lists the required attributes that a user lacks.
func (p *Pool) Missing(attributes map[string]string) []string {
	var missing []string
	for _, name := range p.Settings.RequiredAttributes {
		if attributes[name] == "" {
			missing = append(missing, name)
		}
	}
	return missing
}

// CheckRequired refuses a sign-up without a required attribute.
func (p *Pool) CheckRequired(attributes map[string]string) error {
	if missing := p.Missing(attributes); len(missing) > 0 {
		return wire.InvalidParameter("Attributes did not conform to the schema: %s: The attribute is required", missing[0])
	}
	return nil
}

// CheckUnproven refuses what only the pool itself may say of a user: that an
// address was proven, and which sub there is.
func CheckUnproven(attributes map[string]string) error {
	for _, name := range []string{"email_verified", "phone_number_verified"} {
		if _, ok := attributes[name]; ok {
			return wire.NotAuthorized("A client attempted to write unauthorized attribute")
		}
	}
	return nil
}
