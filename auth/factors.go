package auth

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/totp"
)

// Factors are the ways in which a signed-in user may sign in: authenticator apps,
// codes by SMS and e-mail, passkeys. All methods need an access token with the
// scope aws.cognito.signin.user.admin, which every sign-in of this package gives.
type Factors struct {
	caller
	api FactorAPI
}

// NewFactors returns a Factors. Of the [Options] it uses Now and Observe. The
// error matches [ErrConfig]: a nil API.
func NewFactors(api FactorAPI, optFns ...func(*Options)) (*Factors, error) {
	if api == nil {
		return nil, misconfigured("NewFactors", "the API is nil: pass a *cognitoidentityprovider.Client", nil)
	}
	return &Factors{caller: newCaller("", newOptions(optFns)), api: api}, nil
}

// EnrollTOTP begins the set-up of an authenticator app, which will list the
// account under issuer (the service) and account (the user): see [totp.Enroll].
// Show the Enrollment, and pass the first code that the app shows to
// [Factors.VerifyTOTP], which may be in another request or process: Cognito keeps
// what is pending. An enrolment takes the place of a pending one; an authenticator
// that was verified before serves until this one is.
//
// The errors are ErrConfig (the pool does not have TOTP, or totp.ErrLabel for
// issuer or account), ErrToken and those of every call. After ErrOutcomeUnknown,
// begin once more.
func (f *Factors) EnrollTOTP(ctx context.Context, t *Tokens, issuer, account string) (totp.Enrollment, error) {
	// Sent once: were two requests applied in the wrong order, the user would
	// have a secret that is not the pending one, and every code would be wrong.
	op := operation{name: "AssociateSoftwareToken", at: stageSelf, consumes: true}
	access, err := f.bearer(op, t)
	if err != nil {
		return totp.Enrollment{}, err
	}
	if _, err := totp.Enroll(trialSecret, issuer, account); err != nil {
		return totp.Enrollment{}, op.fail(ErrConfig, "an authenticator app cannot show this issuer or account", err)
	}
	out, err := invoke(ctx, &f.caller, op, f.api.AssociateSoftwareToken, &cip.AssociateSoftwareTokenInput{AccessToken: access})
	if err != nil {
		return totp.Enrollment{}, err
	}
	enrollment, err := totp.Enroll(aws.ToString(out.SecretCode), issuer, account)
	if err != nil {
		return totp.Enrollment{}, op.fail(ErrMalformed, "the reply has no secret that an authenticator app takes", err)
	}
	return enrollment, nil
}

// trialSecret lets the labels of an enrolment be tried before one is begun. It is
// as long as Cognito's, since a QR code holds only so much.
const trialSecret = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// VerifyTOTP ends the set-up of an authenticator app, with the code that it shows
// and a name that the user will know the device by, which may be "". The code is
// used up by it: a sign-in needs the next one.
//
// A verified authenticator is not asked for yet, unless the pool demands a second
// factor: turn it on with [Factors.SetMFA].
//
// The errors are ErrCode (try again: the set-up goes on), ErrNotSetUp (no set-up
// was begun), ErrToken and those of every call. After ErrOutcomeUnknown, try again:
// ErrNotSetUp then says that the authenticator was verified.
func (f *Factors) VerifyTOTP(ctx context.Context, t *Tokens, code, deviceName string) error {
	op := operation{name: "VerifySoftwareToken", at: stageSelf, consumes: true}
	access, err := f.bearer(op, t)
	switch {
	case err != nil:
		return err
	case !isTOTPCode(code):
		return op.fail(ErrCode, "a code of an authenticator app has six digits", nil)
	}
	out, err := invoke(ctx, &f.caller, op, f.api.VerifySoftwareToken, &cip.VerifySoftwareTokenInput{
		AccessToken: access, UserCode: &code, FriendlyDeviceName: optional(deviceName),
	})
	if err != nil {
		return err
	}
	if out.Status != types.VerifySoftwareTokenResponseTypeSuccess {
		return op.fail(ErrCode, "Cognito did not accept the code", nil)
	}
	return nil
}

// isTOTPCode tells what Cognito would refuse by its form: UserCode in the API
// reference of VerifySoftwareToken.
func isTOTPCode(code string) bool {
	return len(code) == 6 && !slices.ContainsFunc([]byte(code), func(b byte) bool { return b < '0' || b > '9' })
}

// UserFactors say how a user may sign in.
type UserFactors struct {
	// Username is the user's canonical name in the pool.
	Username string
	// First are the factors that a sign-in with [UserAuth] may begin with:
	// challenge.FactorPassword, FactorEmail, FactorSMSOTP, FactorPasskey.
	First []challenge.Factor
	// MFA are the second factors that are turned on: challenge.FactorSMS,
	// FactorTOTP, FactorEmail. What Cognito adds to these one day is in the
	// list by its name there.
	MFA []challenge.Factor
	// Preferred is the second factor that a sign-in asks for if several are on;
	// "" if the user prefers none and chooses each time.
	Preferred challenge.Factor
}

// List returns the factors of the signed-in user (GetUserAuthFactors). The errors
// are ErrToken and those of every call.
func (f *Factors) List(ctx context.Context, t *Tokens) (UserFactors, error) {
	op := operation{name: "GetUserAuthFactors", at: stageSelf}
	access, err := f.bearer(op, t)
	if err != nil {
		return UserFactors{}, err
	}
	out, err := invoke(ctx, &f.caller, op, f.api.GetUserAuthFactors, &cip.GetUserAuthFactorsInput{AccessToken: access})
	if err != nil {
		return UserFactors{}, err
	}
	return UserFactors{
		Username: aws.ToString(out.Username), First: factorsNamed(out.ConfiguredUserAuthFactors),
		MFA: factorsNamed(out.UserMFASettingList), Preferred: challenge.Factor(aws.ToString(out.PreferredMfaSetting)),
	}, nil
}

// factorsNamed are Cognito's names, which are those of the challenges, as factors.
func factorsNamed[S ~string](names []S) []challenge.Factor {
	var factors []challenge.Factor
	for _, name := range names {
		factors = append(factors, challenge.Factor(name))
	}
	return factors
}
