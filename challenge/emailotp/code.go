package emailotp

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// The lengths of a code in digits. Six are 20 bits, the least that NIST
// SP 800-63B (5.1.3.2) and ASVS 5.0 (6.5.4) allow.
const (
	minLength = 6
	maxLength = 10
)

// drawCode draws uniform digits. A byte modulo 10 would prefer 0 to 5, since
// 256 is no multiple of 10: bytes from 250 on are drawn again.
func drawCode(r io.Reader, length int) (string, error) {
	var code strings.Builder
	var b [1]byte
	// One byte of 43 is drawn again. That 1000 are not enough means that the
	// reader is no source of randomness.
	for range 1000 {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return "", fmt.Errorf("emailotp: drawing a code: %w", err)
		}
		if b[0] < 250 {
			code.WriteByte('0' + b[0]%10)
		}
		if code.Len() == length {
			return code.String(), nil
		}
	}
	return "", fmt.Errorf("emailotp: the source of randomness does not vary")
}

// normalize drops what people and mail programs put between digits. ok is false
// if there is anything else than digits, or too many of them; the code is then
// one that no ticket has.
func normalize(answer string) (code string, ok bool) {
	var digits strings.Builder
	for _, c := range answer {
		switch {
		case unicode.IsSpace(c), unicode.Is(unicode.Pd, c):
		case c >= '0' && c <= '9' && digits.Len() < maxLength:
			digits.WriteRune(c)
		default:
			return "", false
		}
	}
	return digits.String(), digits.Len() >= minLength
}
