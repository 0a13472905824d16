package wire

// A Device is what package challenge seals of a remembered device, for auth.
type Device struct {
	GroupKey string // DeviceGroupKey
	Key      string // DEVICE_KEY
	Password string // the device's own: whoever has it passes for the second factor
}

// A Binding is what a sealed device, or a user's tokens, can be opened with, and
// is not in them.
type Binding struct {
	PoolID, ClientID string // where the user signs in
	Value            string // the caller's
}

// Package challenge, which has the keys, sets these two when it is initialised;
// auth, which makes devices, calls them. The sealer is a *challenge.Sealer, and
// the errors are that package's.
var (
	SealDevice func(sealer any, d Device, to Binding) (string, error)
	OpenDevice func(sealer any, token string, to Binding) (Device, error)
)
