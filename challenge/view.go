package challenge

import (
	"encoding/json"
	"time"

	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// view is the public view of a challenge: what a front end may see. Its JSON is
// stable: fields are added, never renamed. It never has the session, the
// username or a secret in it.
type view struct {
	// Type tells which Go type the challenge has, in snake case.
	Type    string    `json:"type"`
	Name    string    `json:"name"`
	Expires time.Time `json:"expires"`

	Medium             string            `json:"medium,omitempty"`             // SMSCode, EmailCode: SMS or EMAIL
	Destination        string            `json:"destination,omitempty"`        // SMSCode, EmailCode
	DeviceName         string            `json:"deviceName,omitempty"`         // TOTPCode
	Options            []Factor          `json:"options,omitempty"`            // SelectMFA, SetUpMFA, SelectFirstFactor
	RequiredAttributes []string          `json:"requiredAttributes,omitempty"` // NewPassword
	Parameters         map[string]string `json:"parameters,omitempty"`         // Custom, PasswordVerifier
	CredentialRequest  json.RawMessage   `json:"credentialRequest,omitempty"`  // Passkey
}

func (a asked) view(typ string) view {
	return view{Type: typ, Name: a.Name(), Expires: a.Expires()}
}

func (a asked) deliveredView(typ string) ([]byte, error) {
	v := a.view(typ)
	v.Medium = a.parameter(wire.KeyDeliveryMedium)
	v.Destination = a.parameter(wire.KeyDestination)
	return json.Marshal(v)
}

// MarshalJSON gives the public view: type "totp_code", name, expires,
// deviceName.
func (c *TOTPCode) MarshalJSON() ([]byte, error) {
	v := c.view("totp_code")
	v.DeviceName = c.DeviceName()
	return json.Marshal(v)
}

// MarshalJSON gives the public view: type "sms_code", name, expires, medium,
// destination.
func (c *SMSCode) MarshalJSON() ([]byte, error) { return c.deliveredView("sms_code") }

// MarshalJSON gives the public view: type "email_code", name, expires, medium,
// destination.
func (c *EmailCode) MarshalJSON() ([]byte, error) { return c.deliveredView("email_code") }

// MarshalJSON gives the public view: type "select_mfa", name, expires, options.
func (c *SelectMFA) MarshalJSON() ([]byte, error) {
	v := c.view("select_mfa")
	v.Options = c.factors
	return json.Marshal(v)
}

// MarshalJSON gives the public view: type "set_up_mfa", name, expires, options.
func (c *SetUpMFA) MarshalJSON() ([]byte, error) {
	v := c.view("set_up_mfa")
	v.Options = c.factors
	return json.Marshal(v)
}

// MarshalJSON gives the public view: type "set_up_totp", name, expires. The
// secret is not in it: [SetUpTOTP.Enrollment] hands it out.
func (c *SetUpTOTP) MarshalJSON() ([]byte, error) { return json.Marshal(c.view("set_up_totp")) }

// MarshalJSON gives the public view: type "set_up_email", name, expires.
func (c *SetUpEmail) MarshalJSON() ([]byte, error) { return json.Marshal(c.view("set_up_email")) }

// MarshalJSON gives the public view: type "new_password", name, expires,
// requiredAttributes. The user's present attributes are not in it.
func (c *NewPassword) MarshalJSON() ([]byte, error) {
	v := c.view("new_password")
	v.RequiredAttributes = c.required
	return json.Marshal(v)
}

// MarshalJSON gives the public view: type "select_first_factor", name, expires,
// options.
func (c *SelectFirstFactor) MarshalJSON() ([]byte, error) {
	v := c.view("select_first_factor")
	v.Options = c.factors
	return json.Marshal(v)
}

// MarshalJSON gives the public view: type "password", name, expires.
func (c *Password) MarshalJSON() ([]byte, error) { return json.Marshal(c.view("password")) }

// MarshalJSON gives the public view: type "passkey", name, expires,
// credentialRequest.
func (c *Passkey) MarshalJSON() ([]byte, error) {
	v := c.view("passkey")
	v.CredentialRequest = c.Options()
	return json.Marshal(v)
}

// MarshalJSON gives the public view: type "password_verifier", name, expires,
// parameters: USER_ID_FOR_SRP, SALT, SRP_B and SECRET_BLOCK, which whoever makes
// the proof needs. It is the one view that has a name of the user in it.
func (c *PasswordVerifier) MarshalJSON() ([]byte, error) {
	v := c.view("password_verifier")
	v.Parameters = make(map[string]string)
	for _, key := range verifierKeys {
		if value := c.parameter(key); value != "" {
			v.Parameters[key] = value
		}
	}
	return json.Marshal(v)
}

// MarshalJSON gives the public view: type "custom", name, expires, parameters
// (public by Cognito's definition).
func (c *Custom) MarshalJSON() ([]byte, error) {
	v := c.view("custom")
	v.Parameters = c.parameters()
	return json.Marshal(v)
}

// MarshalJSON gives the public view: type "unknown", name, expires. Nobody can
// say whether the parameters are public, so they are not in it.
func (c *Unknown) MarshalJSON() ([]byte, error) { return json.Marshal(c.view("unknown")) }
