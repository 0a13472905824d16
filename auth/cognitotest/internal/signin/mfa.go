package signin

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/session"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// codeDigits is the length of a second factor's code.
const codeDigits = 6

// challenge asks for a second factor. The service names the user in it unless
// the user has just chosen it by SELECT_MFA_TYPE.
func (a *attempt) challenge(f types.ChallengeNameType, named bool) (*Reply, error) {
	params := map[string]string{}
	if named {
		params["USER_ID_FOR_SRP"] = a.srpID()
	}
	switch f {
	case types.ChallengeNameTypeSoftwareTokenMfa:
		if name := a.user.MFA.TOTP.Name; name != "" {
			params["FRIENDLY_DEVICE_NAME"] = name
		}
		return a.ask(f, params, nil), nil
	case types.ChallengeNameTypeSmsMfa:
		return a.deliver(f, types.DeliveryMediumTypeSms, a.user.Attributes["phone_number"], params, nil), nil
	case types.ChallengeNameTypeEmailOtp:
		return a.deliver(f, types.DeliveryMediumTypeEmail, a.user.Attributes["email"], params, nil), nil
	}
	return nil, wire.InvalidParameter("%s is not a second factor.", f)
}

// deliver sends a code, which lives as long as the session that knows it.
func (a *attempt) deliver(f types.ChallengeNameType, medium types.DeliveryMediumType, destination string,
	params map[string]string, with func(*session.State)) *Reply {
	code := factor.NewCode(codeDigits)
	a.Send(factor.Message{
		Username: a.user.Username, Medium: medium, Destination: destination, Code: code, Purpose: factor.Authentication,
	})
	params["CODE_DELIVERY_DELIVERY_MEDIUM"] = string(medium)
	params["CODE_DELIVERY_DESTINATION"] = factor.Mask(medium, destination)
	return a.ask(f, params, func(s *session.State) {
		s.Code = code
		if with != nil {
			with(s)
		}
	})
}

// answerDelivered checks a code that was sent. A wrong one leaves the session
// usable; a right one proves that the address is the user's.
func (a *attempt) answerDelivered() (*Reply, error) {
	given, attribute := a.Params["SMS_MFA_CODE"], "phone_number"
	if a.Challenge == types.ChallengeNameTypeEmailOtp {
		given, attribute = a.Params["EMAIL_OTP_CODE"], "email"
	}
	err := a.guarded("code", wire.CodeMismatch, func() error {
		return unless(factor.Equal(given, a.state.Code), wire.CodeMismatch)
	})
	if err != nil {
		return nil, err
	}
	if err := a.spend(); err != nil {
		return nil, err
	}
	err = a.update(func(u *directory.User) error {
		if a.state.NewEmail != "" {
			u.Set(map[string]string{"email": a.state.NewEmail})
		}
		u.Set(map[string]string{attribute + "_verified": "true"})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a.finish()
}

// answerTOTP checks a code of the user's authenticator, which counts once.
func (a *attempt) answerTOTP() (*Reply, error) {
	err := a.guarded("code", wire.TOTPMismatch, func() error {
		return a.update(func(u *directory.User) error {
			if u.MFA.TOTP == nil {
				return wire.TOTPNotFound
			}
			next, verdict := u.MFA.TOTP.Try(a.Params["SOFTWARE_TOKEN_MFA_CODE"], a.Now())
			switch verdict {
			case factor.Wrong:
				return wire.TOTPMismatch
			case factor.Reused:
				return wire.TOTPReused
			}
			u.MFA.TOTP = &next
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	if err := a.spend(); err != nil {
		return nil, err
	}
	return a.finish()
}

// answerSelect asks for the factor that was chosen.
func (a *attempt) answerSelect() (*Reply, error) {
	choice := types.ChallengeNameType(a.Params["ANSWER"])
	if !slices.Contains(a.state.Options, choice) || !Has(a.user, choice) {
		return nil, wire.InvalidParameter("ANSWER must be one of the offered MFA types.")
	}
	if err := a.spend(); err != nil {
		return nil, err
	}
	return a.challenge(choice, false)
}

// answerSetUp ends MFA_SETUP: with an address, to which a code goes, or after
// VerifySoftwareToken, whose session says that the authenticator works.
func (a *attempt) answerSetUp() (*Reply, error) {
	if address := a.Params["EMAIL"]; address != "" && !a.state.Verified {
		return a.setUpEmail(address)
	}
	if !a.state.Verified {
		return nil, wire.TOTPNotVerified
	}
	if err := a.spend(); err != nil {
		return nil, err
	}
	return a.finish()
}

// setUpEmail sends a code to a new address. The address becomes the user's with
// the right code and not before, or anyone with the password could take an
// account over by guessing an unproven address.
func (a *attempt) setUpEmail(address string) (*Reply, error) {
	if !a.pool.Settings.Email {
		return nil, wire.InvalidParameter("Email MFA has not been enabled by the user pool.")
	}
	if err := a.pool.CheckAttributes(map[string]string{"email": address}); err != nil {
		return nil, err
	}
	if err := a.spend(); err != nil {
		return nil, err
	}
	return a.deliver(types.ChallengeNameTypeEmailOtp, types.DeliveryMediumTypeEmail, address,
		map[string]string{"USER_ID_FOR_SRP": a.srpID()}, func(s *session.State) { s.NewEmail = address }), nil
}
