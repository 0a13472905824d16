package wire

import "time"

// Tokens are what package challenge seals of a signed-in user's tokens, for auth.
type Tokens struct {
	ID, Access, Refresh string
	Expires             time.Time // of the first two
	Username            string    // canonical
	DeviceGroup         string    // DeviceGroupKey; with DeviceKey, the device that signed in
	DeviceKey           string
	NewDevice           bool // Cognito has not seen that device before
}

// Set by package challenge and called by auth, as SealDevice and OpenDevice are.
var (
	SealTokens func(sealer any, t Tokens, to Binding) (string, error)
	OpenTokens func(sealer any, token string, to Binding) (Tokens, error)
)
