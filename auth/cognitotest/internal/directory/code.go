package directory

import (
	"maps"
	"time"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A Code was sent to a user and proves an address or allows a new password. The
// zero Code was never asked for.
type Code struct {
	Text    string
	Expires time.Time
	Pending string // the address that it proves, if the user does not have it yet
}

// NewCode makes one of six digits.
func NewCode(life time.Duration, now time.Time) Code {
	return Code{Text: factor.NewCode(6), Expires: now.Add(life)}
}

// Check holds what a user typed against the code. One that was not asked for
// and one that has expired are the same to the service.
func (c Code) Check(given string, now time.Time) error {
	switch {
	case c.Text == "" || !now.Before(c.Expires):
		return wire.SignUpCodeLapsed
	case !factor.Equal(c.Text, given):
		return wire.SignUpCodeWrong
	}
	return nil
}

// PutProof keeps the code that proves an attribute; the zero Code removes it.
func (u *User) PutProof(attribute string, c Code) {
	proofs := maps.Clone(u.Proofs)
	if proofs == nil {
		proofs = make(map[string]Code)
	}
	if c == (Code{}) {
		delete(proofs, attribute)
	} else {
		proofs[attribute] = c
	}
	u.Proofs = proofs
}

// Change sets attributes as [User.Set] does. An address that changes is no longer
// proven, unless the same change says so, and codes sent to the old one are void.
func (u *User) Change(attributes map[string]string) {
	for _, name := range []string{"email", "phone_number"} {
		value, given := attributes[name]
		if !given || value == u.Attributes[name] {
			continue
		}
		u.PutProof(name, Code{})
		u.Reset = Code{}
		switch _, vouched := attributes[name+"_verified"]; {
		case value == "":
			u.Set(map[string]string{name + "_verified": ""})
		case !vouched:
			u.Set(map[string]string{name + "_verified": "false"})
		}
	}
	u.Set(attributes)
}
