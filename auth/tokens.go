package auth

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/internal/redact"
)

// Tokens are what a sign-in ends with. They print as "tokens", whatever the
// verb or handler; the methods hand the secrets out.
type Tokens struct {
	tokens redact.Box[tokens]
}

type tokens struct {
	id, access, refresh string
	expires             time.Time
	username            string
	device              signedInDevice
}

// A signedInDevice is the device that the user signed in with: one that was
// passed, or one that Cognito has not seen before and has given a name.
type signedInDevice struct {
	groupKey, key string
	isNew         bool
}

func deviceOf(passed Device, named *types.NewDeviceMetadataType) signedInDevice {
	if named != nil && aws.ToString(named.DeviceKey) != "" {
		return signedInDevice{aws.ToString(named.DeviceGroupKey), aws.ToString(named.DeviceKey), true}
	}
	d := passed.device.Reveal()
	return signedInDevice{d.groupKey, d.key, false}
}

// ID is the id token: a JWT about the user, for this application. It says who
// signed in; [Verifier.ID] checks it. "" if Cognito sent none.
func (t *Tokens) ID() string { return t.reveal().id }

// Access is the access token: a JWT to send as Bearer to APIs, and what
// Cognito's own user operations take. [Verifier.Access] checks it.
func (t *Tokens) Access() string { return t.reveal().access }

// Refresh is the refresh token: opaque, long-lived, to be kept like a password.
// "" if Cognito sent none.
func (t *Tokens) Refresh() string { return t.reveal().refresh }

// Expires is when the access and id tokens end: their arrival plus ExpiresIn.
func (t *Tokens) Expires() time.Time { return t.reveal().expires }

// Username is the user's canonical name in the pool, which is not always what
// the user typed: in a pool with e-mail sign-in it is a UUID.
func (t *Tokens) Username() string { return t.reveal().username }

// WithUsername returns the same tokens with the user's canonical name, which
// [StoredTokens] do not know before they are refreshed. Only a refresh by
// [Options].RefreshBy needs it, and only in an app client with a secret.
func (t *Tokens) WithUsername(canonical string) *Tokens {
	named := t.reveal()
	named.username = canonical
	return &Tokens{redact.New(named)}
}

// DeviceKey is Cognito's name of the device that signed in, which a refresh has to
// give where the pool tracks devices; "" if it does not.
func (t *Tokens) DeviceKey() string { return t.reveal().device.key }

// HasNewDevice reports whether the pool tracks devices and has not seen this one
// before: [Devices.Remember] can make it a remembered one.
func (t *Tokens) HasNewDevice() bool { return t.reveal().device.isNew }

func (t *Tokens) reveal() tokens {
	if t == nil {
		return tokens{}
	}
	return t.tokens.Reveal()
}

const tokensText = "tokens"

// Format prints "tokens", for every verb.
func (t Tokens) Format(s fmt.State, _ rune) { io.WriteString(s, tokensText) }

// LogValue logs "tokens".
func (t Tokens) LogValue() slog.Value { return slog.StringValue(tokensText) }

// MarshalText makes encodings show "tokens".
func (t Tokens) MarshalText() ([]byte, error) { return []byte(tokensText), nil }
