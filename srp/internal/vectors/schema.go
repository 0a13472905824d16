// Package vectors is the form of the test vectors in srp/testdata, which the
// README there documents. It imports nothing, so that the generator and the tests
// share the form and no more.
package vectors

// A File is one file of vectors.
type File[C any] struct {
	Description string `json:"description"`
	Cases       []C    `json:"cases"`
}

// An Outcome begins every case.
type Outcome struct {
	Name   string `json:"name"`
	Result string `json:"result"`           // Valid or Invalid
	Field  string `json:"field,omitempty"`  // of an invalid case: the parameter at fault
	Reason string `json:"reason,omitempty"` // and what is wrong with it
}

// The results.
const (
	Valid   = "valid"
	Invalid = "invalid"
)

// The reasons for an invalid case.
const (
	Empty      = "empty"        // missing
	NotHex     = "not-hex"      // not hexadecimal
	NotBase64  = "not-base64"   // not standard, padded base64
	OutOfRange = "not-in-range" // B is 0, or N and above
	ZeroU      = "u-is-zero"    // the scrambling parameter is 0
	Oversize   = "oversize"     // longer than any correct value
	NotPoolID  = "not-a-pool-id"
)

// A Proof is the answer to PASSWORD_VERIFIER or DEVICE_PASSWORD_VERIFIER.
type Proof struct {
	Outcome
	Realm       string `json:"realm"`    // pool name, or device group key
	Username    string `json:"username"` // USER_ID_FOR_SRP, or device key
	Password    string `json:"password"`
	PrivateA    string `json:"a"`           // hexadecimal
	Salt        string `json:"salt"`        // as Cognito sends it
	B           string `json:"srpB"`        // as Cognito sends it
	SecretBlock string `json:"secretBlock"` // as Cognito sends it
	Time        string `json:"time"`        // RFC 3339

	// Of a valid case; hexadecimal without leading zeros unless it says so.
	A         string `json:"srpA,omitempty"`
	U         string `json:"u,omitempty"`
	X         string `json:"x,omitempty"`
	S         string `json:"s,omitempty"`
	K         string `json:"k,omitempty"` // 32 digits
	Timestamp string `json:"timestamp,omitempty"`
	Signature string `json:"signature,omitempty"` // base64

	// Of the cases with a server: its private b and what it computes B from.
	PrivateB string `json:"b,omitempty"`
	Verifier string `json:"v,omitempty"`
}

// A Premaster is S alone, out of numbers that no exchange has to have produced.
type Premaster struct {
	Outcome
	PrivateA string `json:"a"`
	B        string `json:"srpB"`
	U        string `json:"u"`
	X        string `json:"x"`
	S        string `json:"s,omitempty"`
}

// A Verifier is what ConfirmDevice takes.
type Verifier struct {
	Outcome
	GroupKey  string `json:"deviceGroupKey"`
	DeviceKey string `json:"deviceKey"`
	Password  string `json:"password"`
	SaltHex   string `json:"saltHex"`                    // 16 bytes
	Salt      string `json:"salt,omitempty"`             // base64 of the padded number
	Verifier  string `json:"passwordVerifier,omitempty"` // base64 of the padded number
}

// A SecretHash is SECRET_HASH.
type SecretHash struct {
	Outcome
	Username     string `json:"username"`
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	SecretHash   string `json:"secretHash"`
}

// A Timestamp is TIMESTAMP.
type Timestamp struct {
	Outcome
	Time      string `json:"time"` // RFC 3339, in any zone
	Timestamp string `json:"timestamp"`
}

// A PoolName is what SRP hashes of a pool id.
type PoolName struct {
	Outcome
	PoolID   string `json:"userPoolId"`
	PoolName string `json:"poolName,omitempty"`
}
