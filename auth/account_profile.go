package auth

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// A Profile is what Cognito tells a signed-in user about the own account. It is
// personal data, so it prints as "profile"; the methods hand it out. The zero
// Profile is nobody's.
type Profile struct {
	profile redact.Box[profile]
}

type profile struct {
	username   string
	attributes map[string]string
	mfa        []challenge.Factor
	preferred  challenge.Factor
}

// Username is the user's canonical name in the pool: see [Tokens.Username].
func (p Profile) Username() string { return p.profile.Reveal().username }

// Sub is the user's UUID, which never changes and is never given to another
// user. "" if the app client may not read it.
func (p Profile) Sub() string { return p.Attribute("sub") }

// Attribute returns an attribute by its name, such as "email" or
// "custom:department"; "" if the user does not have it, or the app client may not
// read it. The verified flags are the texts "true" and "false".
func (p Profile) Attribute(name string) string { return p.profile.Reveal().attributes[name] }

// Attributes returns all attributes by their names, in a map of the caller's own.
func (p Profile) Attributes() map[string]string { return maps.Clone(p.profile.Reveal().attributes) }

// Email returns the e-mail address, and whether the user has proved it.
func (p Profile) Email() (address string, verified bool) { return p.address("email") }

// PhoneNumber returns the phone number, in the form +15551231234, and whether the
// user has proved it.
func (p Profile) PhoneNumber() (number string, verified bool) { return p.address("phone_number") }

func (p Profile) address(attribute string) (string, bool) {
	// One report has the flag as "True": github.com/aws-amplify/amplify-js/issues/5834.
	return p.Attribute(attribute), strings.EqualFold(p.Attribute(attribute+"_verified"), "true")
}

// MFA lists the second factors that are turned on for the user; see
// [Factors.List] for the first factors too.
func (p Profile) MFA() []challenge.Factor { return slices.Clone(p.profile.Reveal().mfa) }

// PreferredMFA is the second factor that a sign-in asks for if several are on; ""
// if the user prefers none.
func (p Profile) PreferredMFA() challenge.Factor { return p.profile.Reveal().preferred }

const profileText = "profile"

// Format prints "profile", for every verb.
func (p Profile) Format(s fmt.State, _ rune) { io.WriteString(s, profileText) }

// LogValue logs "profile".
func (p Profile) LogValue() slog.Value { return slog.StringValue(profileText) }

// MarshalText makes encodings show "profile".
func (p Profile) MarshalText() ([]byte, error) { return []byte(profileText), nil }

// GetUser returns the account of the signed-in user. Unlike an id token, it is
// what the account is now. The errors are ErrToken and those of every call.
func (a *Accounts) GetUser(ctx context.Context, t *Tokens) (Profile, error) {
	op := operation{name: "GetUser", at: stageSelf}
	access, err := a.bearer(op, t)
	if err != nil {
		return Profile{}, err
	}
	out, err := invoke(ctx, &a.caller, op, a.api.GetUser, &cip.GetUserInput{AccessToken: access})
	if err != nil {
		return Profile{}, err
	}
	p := profile{
		username: aws.ToString(out.Username), attributes: make(map[string]string, len(out.UserAttributes)),
		mfa: factorsNamed(out.UserMFASettingList), preferred: challenge.Factor(aws.ToString(out.PreferredMfaSetting)),
	}
	if p.username == "" {
		return Profile{}, op.fail(ErrMalformed, "the reply does not name the user", nil)
	}
	for _, attribute := range out.UserAttributes {
		if attribute.Name != nil {
			p.attributes[*attribute.Name] = aws.ToString(attribute.Value)
		}
	}
	return Profile{redact.New(p)}, nil
}

// Delete deletes the account of the signed-in user for good. Nobody can sign in to
// it any more; access tokens that were issued are refused by Cognito, and by
// those who check the signature alone when they have expired.
//
// The errors are ErrToken and those of every call. After ErrOutcomeUnknown,
// [Accounts.GetUser] tells whether there still is such a user.
func (a *Accounts) Delete(ctx context.Context, t *Tokens) error {
	// Sent once: of a user who is gone, Cognito says that there never was one.
	op := operation{name: "DeleteUser", at: stageSelf, consumes: true}
	access, err := a.bearer(op, t)
	if err != nil {
		return err
	}
	_, err = invoke(ctx, &a.caller, op, a.api.DeleteUser, &cip.DeleteUserInput{AccessToken: access})
	return err
}
