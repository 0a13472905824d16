package auth

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/cognitomfa/cognitomfa/internal/redact"
	"github.com/cognitomfa/cognitomfa/internal/wire"
	"github.com/cognitomfa/cognitomfa/srp"
)

// A FirstFactor says who signs in, and how the sign-in begins. The functions
// of this package make them. It prints as the name of its flow, never as the
// password or the username.
type FirstFactor struct {
	first redact.Box[firstFactor]
}

type firstFactor struct {
	flow      string // the public AuthFlow; see authFlow
	username  string
	password  string
	srp       bool   // the password is proved, not sent
	public    bool   // SRPPublic: somebody else proves it
	srpA      string // of SRPPublic
	preferred string // of USER_AUTH: the challenge to begin with
	confirmed bool   // of AfterSignUp
	session   string // of AfterSignUp
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

// UserAuth lets the user choose among the first factors that the pool offers
// (USER_AUTH): Cognito answers with a [challenge.SelectFirstFactor]. The app
// client must allow ALLOW_USER_AUTH. With a preference, Cognito begins with that
// factor if the user has it, and else asks as without; at most one preference
// counts.
func UserAuth(username string, preferred ...Preference) FirstFactor {
	f := firstFactor{flow: wire.FlowUserAuth, username: username}
	for _, p := range preferred {
		first := p.first.Reveal()
		f.preferred, f.password, f.srp = first.preferred, first.password, first.srp
	}
	return newFirstFactor(f)
}

// A Preference is the first factor to begin [UserAuth] with. The Prefer
// functions make preferences. It prints as the name of the factor.
type Preference struct {
	first redact.Box[firstFactor]
}

// PreferSRP begins with the password, and proves it by SRP.
func PreferSRP(password string) Preference {
	return newPreference(firstFactor{preferred: wire.PasswordSRP, password: password, srp: true})
}

// PreferPassword begins with the password, and sends it.
func PreferPassword(password string) Preference {
	return newPreference(firstFactor{preferred: wire.Password, password: password})
}

// PreferEmailCode begins with a code by e-mail.
func PreferEmailCode() Preference { return newPreference(firstFactor{preferred: wire.EmailOTP}) }

// PreferSMSCode begins with a code by SMS.
func PreferSMSCode() Preference { return newPreference(firstFactor{preferred: wire.SMSOTP}) }

// PreferPasskey begins with a passkey.
func PreferPasskey() Preference { return newPreference(firstFactor{preferred: wire.WebAuthn}) }

func newPreference(f firstFactor) Preference { return Preference{redact.New(f)} }

// Format prints the name of the preferred factor, for every verb.
func (p Preference) Format(s fmt.State, _ rune) { io.WriteString(s, p.text()) }

// LogValue logs the name of the preferred factor.
func (p Preference) LogValue() slog.Value { return slog.StringValue(p.text()) }

// MarshalText makes encodings show the name of the preferred factor.
func (p Preference) MarshalText() ([]byte, error) { return []byte(p.text()), nil }

func (p Preference) text() string { return "preference(" + p.first.Reveal().preferred + ")" }

// AfterSignUp signs in a user who has just confirmed the sign-up, without asking
// for anything again (USER_AUTH with ConfirmSignUp's session). It works once,
// within the app client's session validity, and only if the app client allows
// ALLOW_USER_AUTH.
func AfterSignUp(c Confirmed) FirstFactor {
	confirmed := c.confirmed.Reveal()
	return newFirstFactor(firstFactor{flow: wire.FlowUserAuth, username: confirmed.username, confirmed: true, session: confirmed.session})
}

// SRPPublic begins SRP for somebody else: a client of this program that runs SRP
// itself, so that the password never gets here. srpA is its public value, in
// hexadecimal (SRP_A). Begin returns a [challenge.PasswordVerifier], whose
// answer is the client's proof.
func SRPPublic(username, srpA string) FirstFactor {
	return newFirstFactor(firstFactor{flow: wire.FlowUserSRP, username: username, public: true, srpA: srpA})
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
	switch {
	case f.flow == "":
		return op.fail(ErrConfig, "the first factor is a zero value: SRP, Password and their like make first factors", nil)
	case f.username == "":
		return op.fail(ErrCredentials, "the username is empty", nil)
	case f.public && f.srpA == "":
		return op.fail(ErrCredentials, "the public value of SRP is empty", nil)
	case f.needsPassword() && f.password == "":
		return op.fail(ErrCredentials, "the password is empty", nil)
	case f.flow == wire.FlowUserAuth && f.confirmed && f.session == "":
		return op.fail(ErrConfig, "Cognito gave no session for a sign-in after the sign-up: see Confirmed.CanSignIn", nil)
	case f.flow == wire.FlowAdminNoSRP && !admin:
		return op.fail(ErrConfig, "AdminNoSRP needs Options.Admin", nil)
	}
	return nil
}

func (f firstFactor) needsPassword() bool {
	switch f.flow {
	case wire.FlowCustom:
		return f.srp
	case wire.FlowUserAuth:
		return f.preferred == wire.Password || f.preferred == wire.PasswordSRP
	}
	return !f.public
}

// parameters are the AuthParameters, but for the username and its hash. The
// proof is not nil if the password is to be proved.
func (f firstFactor) parameters() (map[string]string, *proof) {
	params := make(map[string]string)
	set := func(key, value string) {
		if value != "" {
			params[key] = value
		}
	}
	set(wire.KeyPreferred, f.preferred)
	set(wire.KeySRPA, f.srpA)
	if !f.srp {
		set(wire.KeyPassword, f.password)
		return params, nil
	}
	if f.flow == wire.FlowCustom {
		set(wire.KeyChallengeName, wire.KeySRPA)
	}
	p := &proof{srp.New(), f.password}
	set(wire.KeySRPA, p.handshake.A())
	return params, p
}

// authFlow is the AuthFlow to ask for: the same word for both operations, but
// for the one that has two names.
func (f firstFactor) authFlow(admin bool) string {
	if admin && f.flow == wire.FlowUserPassword {
		return wire.FlowAdminPassword
	}
	return f.flow
}
