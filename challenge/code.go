package challenge

import (
	"strings"
	"unicode"

	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// TOTPCode asks for a code from the user's authenticator app
// (SOFTWARE_TOKEN_MFA). Cognito accepts the codes of 30 seconds around its own
// time, each once.
type TOTPCode struct {
	_ [0]*TOTPCode // see asked
	asked
}

// DeviceName is the name that the user gave the authenticator at set-up, or "".
func (c *TOTPCode) DeviceName() string { return c.parameter(wire.KeyFriendlyDeviceName) }

func (*TOTPCode) code() {}

// Answer makes the answer from the six digits that the app shows. White space
// and hyphens do not count.
func (c *TOTPCode) Answer(code string) Answer {
	digits, ok := digitsOf(code)
	if !ok || len(digits) != totpDigits {
		return refuse(c.reply(c), wire.BadCode, "the code of an authenticator app is six digits")
	}
	return c.respond(c, wire.KeySoftwareTokenCode, digits)
}

// SMSCode asks for a code that Cognito sent by SMS: as second factor (SMS_MFA),
// six digits, or in place of the password (SMS_OTP). Cognito cannot send it
// again within the same sign-in: who got none starts over.
type SMSCode struct {
	_ [0]*SMSCode // see asked
	asked
}

// Destination is where the code went, masked by Cognito: +*******1234. It is
// "" where Cognito did not say.
func (c *SMSCode) Destination() string { return c.parameter(wire.KeyDestination) }

func (*SMSCode) code() {}

// Answer makes the answer from the digits of the message. White space and
// hyphens do not count.
func (c *SMSCode) Answer(code string) Answer {
	if c.Name() == wire.SMSOTP {
		return c.deliveredCode(c, wire.KeySMSOTPCode, code)
	}
	return c.deliveredCode(c, wire.KeySMSCode, code)
}

// EmailCode asks for a code that Cognito sent by e-mail (EMAIL_OTP): as second
// factor, six digits, or in place of the password, eight. Cognito cannot send it
// again within the same sign-in: who got none starts over.
type EmailCode struct {
	_ [0]*EmailCode // see asked
	asked
}

// Destination is where the code went, masked by Cognito: t***@e***. It is ""
// where Cognito did not say.
func (c *EmailCode) Destination() string { return c.parameter(wire.KeyDestination) }

func (*EmailCode) code() {}

// Answer makes the answer from the digits of the message. White space and
// hyphens do not count.
func (c *EmailCode) Answer(code string) Answer { return c.deliveredCode(c, wire.KeyEmailCode, code) }

const (
	// totpDigits is the length of Cognito's TOTP codes, which the API
	// reference of VerifySoftwareToken demands of UserCode.
	totpDigits = 6
	// maxDeliveredDigits bounds a delivered code generously: Cognito sends six
	// digits as second factor and eight as first.
	maxDeliveredDigits = 16
)

func (a asked) deliveredCode(c Challenge, key, code string) Answer {
	digits, ok := digitsOf(code)
	if !ok || len(digits) > maxDeliveredDigits {
		return refuse(a.reply(c), wire.BadCode, "a code that was sent is a few digits")
	}
	return a.respond(c, key, digits)
}

// digitsOf drops what people and their word processors put between the digits
// of a code: white space and dashes, of Unicode's many kinds. It reports
// false if anything but digits is left, or nothing: Cognito refuses such a
// code before it looks at it, so it need not be sent.
func digitsOf(code string) (string, bool) {
	var digits strings.Builder
	for _, r := range code {
		switch {
		case r >= '0' && r <= '9':
			digits.WriteRune(r)
		case unicode.IsSpace(r) || unicode.Is(unicode.Pd, r):
		default:
			return "", false
		}
	}
	return digits.String(), digits.Len() > 0
}
