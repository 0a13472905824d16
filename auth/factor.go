package auth

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/cognitomfa/cognitomfa/internal/redact"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// A FirstFactor says who signs in, and how the sign-in begins. The functions
// of this package make them. It prints as the name of its flow, never as the
// password or the username.
type FirstFactor struct {
	first redact.Box[firstFactor]
}

type firstFactor struct {
	flow     string // the public AuthFlow; see adminFlow
	username string
	password string
	srp      bool // the password is proved, not sent
}

// SRP proves the password by the Secure Remote Password protocol and never
// sends it (USER_SRP_AUTH). Prefer it: nobody between here and Cognito, and no
// log on the way, can see the password. The app client must allow
// ALLOW_USER_SRP_AUTH.
func SRP(username, password string) FirstFactor {
	return newFirstFactor(firstFactor{flow: wire.FlowUserSRP, username: username, password: password, srp: true})
}

// Password sends the password (USER_PASSWORD_AUTH, or ADMIN_USER_PASSWORD_AUTH
// with [Options].Admin). A user-migration trigger needs it. The app client must
// allow ALLOW_USER_PASSWORD_AUTH or ALLOW_ADMIN_USER_PASSWORD_AUTH.
func Password(username, password string) FirstFactor {
	return newFirstFactor(firstFactor{flow: wire.FlowUserPassword, username: username, password: password})
}

// AdminNoSRP sends the password by the older name of the Admin flow
// (ADMIN_NO_SRP_AUTH), for app clients that list their flows by the names
// without ALLOW_. It needs [Options].Admin.
func AdminNoSRP(username, password string) FirstFactor {
	return newFirstFactor(firstFactor{flow: wire.FlowAdminNoSRP, username: username, password: password})
}

// Custom begins with the pool's own Lambda triggers and no password
// (CUSTOM_AUTH). The app client must allow ALLOW_CUSTOM_AUTH.
func Custom(username string) FirstFactor {
	return newFirstFactor(firstFactor{flow: wire.FlowCustom, username: username})
}

// CustomSRP proves the password by SRP and goes on with the pool's own Lambda
// triggers (CUSTOM_AUTH with SRP_A). The DefineAuthChallenge trigger has to
// answer PASSWORD_VERIFIER first.
func CustomSRP(username, password string) FirstFactor {
	return newFirstFactor(firstFactor{flow: wire.FlowCustom, username: username, password: password, srp: true})
}

func newFirstFactor(f firstFactor) FirstFactor { return FirstFactor{redact.New(f)} }

// Format prints the name of the flow, for every verb.
func (f FirstFactor) Format(s fmt.State, _ rune) { io.WriteString(s, f.text()) }

// LogValue logs the name of the flow.
func (f FirstFactor) LogValue() slog.Value { return slog.StringValue(f.text()) }

// MarshalText makes encodings show the name of the flow.
func (f FirstFactor) MarshalText() ([]byte, error) { return []byte(f.text()), nil }

func (f FirstFactor) text() string { return "firstfactor(" + f.first.Reveal().flow + ")" }

// check refuses what Cognito would refuse, before anything is sent.
func (f firstFactor) check(op operation, admin bool) error {
	needsPassword := f.srp || f.flow != wire.FlowCustom
	switch {
	case f.flow == "":
		return op.fail(ErrConfig, "the first factor is a zero value: SRP, Password and their like make first factors", nil)
	case f.username == "":
		return op.fail(ErrCredentials, "the username is empty", nil)
	case needsPassword && f.password == "":
		return op.fail(ErrCredentials, "the password is empty", nil)
	case f.flow == wire.FlowAdminNoSRP && !admin:
		return op.fail(ErrConfig, "AdminNoSRP needs Options.Admin", nil)
	}
	return nil
}

// authFlow is the AuthFlow to ask for: the same word for both operations, but
// for the one that has two names.
func (f firstFactor) authFlow(admin bool) string {
	if admin && f.flow == wire.FlowUserPassword {
		return wire.FlowAdminPassword
	}
	return f.flow
}
