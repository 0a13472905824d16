package srp

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"github.com/cognitomfa/cognitomfa/srp/internal/modp"
)

// The bounds on what is accepted, in bytes of the value as sent. Each is far
// above what Cognito sends; they only keep a hostile server from making the
// client hash without end.
const (
	// MaxSecretBlock bounds SECRET_BLOCK in base64. Cognito's has about 1,600
	// characters.
	MaxSecretBlock = 16 << 10
	// MaxName bounds a user id, a pool name, a device key and a device group
	// key. Cognito's longest is a username of 128 characters.
	MaxName = 1 << 10
	// MaxHex bounds SRP_B and SALT with redundant zeros. Without them neither
	// may have more than the 768 digits of N; Cognito's salt has at most 32.
	MaxHex = 4 << 10
)

// A ParameterError reports a value that no correct server sends, or that the
// caller left out. Sign in afresh; if the error comes back, what answers is not
// Cognito, or the pool id or the device record is wrong. It never holds the
// value.
type ParameterError struct {
	Field  string // the parameter as Cognito names it, for example "SRP_B"; or "pool name", "Handshake"
	Reason string // what is wrong with it
}

func (e *ParameterError) Error() string { return "srp: " + e.Field + " " + e.Reason }

// poolID is the form of UserPoolId in the API reference of DescribeUserPool.
var poolID = regexp.MustCompile(`^[\w-]{1,53}_([0-9a-zA-Z]+)$`)

// maxPoolID is its greatest length, from the same page.
const maxPoolID = 55

// PoolName returns the part of a user pool id after its last underscore, which
// is what SRP hashes: "AbCdEf123" for "eu-west-1_AbCdEf123". Anything that is
// not a pool id is a [*ParameterError].
func PoolName(id string) (string, error) {
	m := poolID.FindStringSubmatch(id)
	if m == nil || len(id) > maxPoolID {
		return "", &ParameterError{"UserPoolId", "is not a user pool id of the form region_name"}
	}
	return m[1], nil
}

// checkName refuses names that are missing or absurdly long: a proof over an
// empty name would only come back from Cognito as a wrong password.
func checkName(field, name string) error {
	switch {
	case name == "":
		return &ParameterError{field, "is missing"}
	case len(name) > MaxName:
		return &ParameterError{field, "is too long"}
	}
	return nil
}

// parseHex reads a non-negative number of at most [modp.Size] bytes. The number
// decides and not the string: case, odd length and redundant zeros make no
// difference, as for every other client of Cognito.
func parseHex(field, s string) (n [modp.Size]byte, err error) {
	if s == "" {
		return n, &ParameterError{field, "is missing"}
	}
	if len(s) > MaxHex {
		return n, &ParameterError{field, "is too long"}
	}
	s = strings.TrimLeft(s, "0")
	if len(s) > 2*modp.Size {
		return n, &ParameterError{field, "is too long"}
	}
	for i := range len(s) {
		digit, ok := hexDigit(s[len(s)-1-i])
		if !ok {
			return n, &ParameterError{field, "is not hexadecimal"}
		}
		n[modp.Size-1-i/2] |= digit << (i % 2 * 4)
	}
	return n, nil
}

// formatHex is the reverse: lower case, without leading zeros.
func formatHex(n *[modp.Size]byte) string {
	var text [2 * modp.Size]byte
	hex.Encode(text[:], n[:])
	return string(bytes.TrimLeft(text[:], "0"))
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// parseB reads SRP_B. A multiple of N would let a server that does not know the
// verifier choose the premaster secret (RFC 5054 section 2.5.4), so zero is
// refused; and all others of N and above with it, for Cognito reduces its B.
func parseB(s string) ([modp.Size]byte, error) {
	b, err := parseHex("SRP_B", s)
	if err == nil && !modp.InRange(&b) {
		err = &ParameterError{"SRP_B", "is not between 0 and N"}
	}
	return b, err
}

// appendSecretBlock appends the decoded SECRET_BLOCK to dst.
func appendSecretBlock(dst []byte, s string) ([]byte, error) {
	switch {
	case s == "":
		return nil, &ParameterError{"SECRET_BLOCK", "is missing"}
	case len(s) > MaxSecretBlock:
		return nil, &ParameterError{"SECRET_BLOCK", "is too long"}
	}
	start, size := len(dst), base64.StdEncoding.DecodedLen(len(s))
	dst = slices.Grow(dst, size)[:start+size]
	n, err := base64.StdEncoding.Decode(dst[start:], []byte(s))
	if err != nil {
		return nil, &ParameterError{"SECRET_BLOCK", "is not base64"}
	}
	return dst[:start+n], nil
}

// appendPadded appends a number in the only form in which Cognito hashes
// numbers, that of Java's BigInteger.toByteArray: no leading zero bytes, except
// one where the top bit is set, and a single one for the number 0.
func appendPadded(dst, number []byte) []byte {
	for len(number) > 0 && number[0] == 0 {
		number = number[1:]
	}
	if len(number) == 0 || number[0] >= 0x80 {
		dst = append(dst, 0)
	}
	return append(dst, number...)
}
