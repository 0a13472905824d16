package signin

import (
	"cmp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/session"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// delivered are the challenges whose code goes to an address of the user.
var delivered = map[types.ChallengeNameType]struct {
	code      string // its name among the responses
	attribute string // where the address is kept
	medium    types.DeliveryMediumType
}{
	types.ChallengeNameTypeSmsMfa:   {"SMS_MFA_CODE", "phone_number", types.DeliveryMediumTypeSms},
	types.ChallengeNameTypeSmsOtp:   {"SMS_OTP_CODE", "phone_number", types.DeliveryMediumTypeSms},
	types.ChallengeNameTypeEmailOtp: {"EMAIL_OTP_CODE", "email", types.DeliveryMediumTypeEmail},
}

// codeDigits is the length of a second factor's code, firstDigits that of one
// which is all there is to prove.
const codeDigits, firstDigits = 6, 8

// challenge asks for a second factor. The service names the user in it unless
// the user has just chosen it by SELECT_MFA_TYPE.
func (a *attempt) challenge(f types.ChallengeNameType, named bool) (*Reply, error) {
	params := map[string]string{}
	if named {
		params["USER_ID_FOR_SRP"] = a.srpID()
	}
	if f == types.ChallengeNameTypeSoftwareTokenMfa {
		if name := a.user.MFA.TOTP.Name; name != "" {
			params["FRIENDLY_DEVICE_NAME"] = name
		}
		return a.ask(f, params, nil), nil
	}
	return a.deliver(f, a.user.Attributes[delivered[f].attribute], codeDigits, params, nil)
}

// deliver sends a code, which lives as long as the session that knows it.
// Nothing goes to a user that does not exist, but the client is not told.
func (a *attempt) deliver(f types.ChallengeNameType, destination string, digits int,
	params map[string]string, with func(*session.State)) (*Reply, error) {
	code, medium := factor.NewCode(digits), delivered[f].medium
	if !a.user.Simulated {
		err := a.send(factor.Message{
			Username: a.user.Username, Medium: medium, Destination: destination, Code: code, Purpose: factor.Authentication,
		})
		if err != nil {
			return nil, err
		}
	}
	params["CODE_DELIVERY_DELIVERY_MEDIUM"] = string(medium)
	params["CODE_DELIVERY_DESTINATION"] = factor.Mask(medium, destination)
	return a.ask(f, params, func(s *session.State) {
		s.Code = code
		if with != nil {
			with(s)
		}
	}), nil
}

// answerDelivered checks a code that was sent. A wrong one leaves the session
// usable; a right one proves that the address is the user's.
func (a *attempt) answerDelivered() (*Reply, error) {
	if a.state.First {
		return a.answerFirstCode()
	}
	err := a.guarded("code", wire.CodeMismatch, a.checkCode)
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
		u.Set(map[string]string{delivered[a.Challenge].attribute + "_verified": "true"})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a.finish()
}

// checkCode holds the answer against what was sent. A user that does not exist
// was sent nothing, so no answer is right.
func (a *attempt) checkCode() error {
	right := factor.Equal(a.Params[delivered[a.Challenge].code], a.state.Code)
	return unless(right && !a.user.Simulated, wire.CodeMismatch)
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
	if err == wire.TOTPMismatch && a.pool.Settings.WrongTOTPEndsSession {
		err = cmp.Or(a.spend(), err)
	}
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
	return a.deliver(types.ChallengeNameTypeEmailOtp, address, codeDigits,
		map[string]string{"USER_ID_FOR_SRP": a.srpID()}, func(s *session.State) { s.NewEmail = address })
}
