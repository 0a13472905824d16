package factor

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// SecretHash is what a client with a secret sends with every call:
// base64(HMAC-SHA256(secret, username + client id)).
func SecretHash(secret, username, clientID string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(username + clientID))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Equal compares two secrets in a time that does not tell where they differ.
func Equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// NewCode makes a code of that many digits.
func NewCode(digits int) string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	n, err := rand.Int(rand.Reader, limit)
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return fmt.Sprintf("%0*d", digits, n)
}

// A Message is a code on its way to a user.
type Message struct {
	Pool        string // the id
	Username    string
	Medium      types.DeliveryMediumType
	Destination string
	Code        string
	Purpose     string // one of those below
	// Subject, of an e-mail alone, and Text are what the user reads.
	Subject, Text string
}

// BySMS tells whether a message goes to a phone.
func (m Message) BySMS() bool { return m.Medium == types.DeliveryMediumTypeSms }

// MessageTo is an empty message to a user's phone or mailbox; none if the user has
// no such address.
func MessageTo(attributes map[string]string, medium types.DeliveryMediumType) []Message {
	addresses := map[types.DeliveryMediumType]string{
		types.DeliveryMediumTypeSms: attributes["phone_number"], types.DeliveryMediumTypeEmail: attributes["email"],
	}
	if to := addresses[medium]; to != "" {
		return []Message{{Medium: medium, Destination: to}}
	}
	return nil
}

// The purposes of a message.
const (
	SignUp         = "SignUp"
	Invitation     = "Invitation" // with a temporary password for a code
	Welcome        = "Welcome"    // of a migrated user, without a code
	Authentication = "Authentication"
	PasswordReset  = "PasswordReset"
	Verification   = "Verification"
)

// Mask returns a destination as clients see it: "+*******1234", "t***@e***".
func Mask(medium types.DeliveryMediumType, destination string) string {
	if medium == types.DeliveryMediumTypeSms {
		digits := strings.TrimPrefix(destination, "+")
		hidden := max(len(digits)-4, 0)
		return "+" + strings.Repeat("*", hidden) + digits[hidden:]
	}
	name, domain, _ := strings.Cut(destination, "@")
	return first(name) + "***@" + first(domain) + "***"
}

func first(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// symbols are what AWS counts as such: the developer guide, "Adding user pool
// password requirements". A space counts inside a password only.
const symbols = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`=+"

// CheckPassword holds a password against a policy.
func CheckPassword(policy types.PasswordPolicyType, password string) error {
	has := func(f func(rune) bool) bool { return strings.ContainsFunc(password, f) }
	switch {
	case policy.MinimumLength != nil && len([]rune(password)) < int(*policy.MinimumLength):
		return wire.InvalidPassword("Password not long enough")
	case policy.RequireLowercase && !has(unicode.IsLower):
		return wire.InvalidPassword("Password must have lowercase characters")
	case policy.RequireUppercase && !has(unicode.IsUpper):
		return wire.InvalidPassword("Password must have uppercase characters")
	case policy.RequireNumbers && !has(unicode.IsDigit):
		return wire.InvalidPassword("Password must have numeric characters")
	case policy.RequireSymbols && !has(func(r rune) bool { return strings.ContainsRune(symbols, r) }) &&
		!strings.Contains(strings.Trim(password, " "), " "):
		return wire.InvalidPassword("Password must have symbol characters")
	}
	return nil
}
