package cognitotest

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
)

// Config says what user pool [Start] and [New] make. The zero Config is a pool
// of plain usernames, without MFA, whose one app client has no secret and may
// use every flow that is not a legacy one.
type Config struct {
	// Region is the first part of the pool's id; "us-east-1" if empty. The
	// pool is on this machine whatever it says.
	Region string
	// Issuer is the iss claim of the tokens, in which {poolId} stands for the
	// pool's id. If empty it is the pool's own URL and id, so that OIDC discovery
	// and key sets work. Set it to the AWS form,
	// "https://cognito-idp.us-east-1.amazonaws.com/{poolId}", for code that checks
	// the form and gets its keys elsewhere.
	Issuer string
	// Addr is where the pool listens, a loopback address; "127.0.0.1:0" if empty,
	// which is a free port. Exposed allows another address, and requests for a
	// host of any name, such as host.docker.internal: the pool takes anyone's word
	// for who is an administrator, unless there are AccessKeys.
	Addr    string
	Exposed bool
	// Other answers the GET requests that are not for the pool's own documents,
	// such as a page that shows the outbox to other processes; nil: nothing is
	// found there. Unlike the pool's answers, its own are not for pages of every
	// origin.
	Other http.Handler
	// Clock is the pool's time; nil is the machine's.
	Clock *Clock
	// State is a file in which the pool keeps itself, and what administrators
	// make besides: pools, clients, groups, users with their factors and devices,
	// refresh tokens and signing keys. Sessions and codes are not kept. Every
	// change is on the disk before its reply is sent. What the file holds comes
	// before the rest of this Config, but for functions, Clock and Issuer. It
	// holds the secrets of the users: only its owner can read it. One program at
	// a time can use it. If empty, nothing is kept.
	State string

	// MFA is OFF if empty. With OPTIONAL or ON at least one factor must be set.
	MFA types.UserPoolMfaType
	// TOTP, SMS and Email are the second factors that the pool offers.
	TOTP, SMS, Email bool
	// Recovery is the channel of account recovery: verified_email,
	// verified_phone_number, or admin_only, with which users cannot reset their
	// passwords themselves. AWS does not send second factors to the channel
	// that also resets the password when there is another. If empty, codes for a
	// new password go by SMS to a verified number and else by e-mail, AWS's
	// legacy behavior, and no channel is excluded from MFA.
	Recovery types.RecoveryOptionNameType

	// FirstFactors are what USER_AUTH may begin with, the AllowedFirstAuthFactors
	// of the pool's sign-in policy: PASSWORD, EMAIL_OTP, SMS_OTP, WEB_AUTHN.
	// PASSWORD alone if nil, as on AWS, which does not let it be left out. What a
	// user is offered is less: an address must be verified, and whoever
	// has to give a second factor begins with the password.
	FirstFactors []types.AuthFactorType
	// WebAuthn is about passkeys. Without a RelyingPartyId, the domain of the
	// site, nobody can register one; UserVerification is "preferred" if empty.
	// With FactorConfiguration MULTI_FACTOR_WITH_USER_VERIFICATION a passkey
	// takes the place of a second factor too, for users who have turned that on
	// by SetUserMFAPreference.
	WebAuthn types.WebAuthnConfigurationType
	// InlinePasskeys lets SELECT_CHALLENGE carry CREDENTIAL_REQUEST_OPTIONS, so
	// that its answer can hold the CREDENTIAL. The API documents that answer, but
	// not what the credential signs; by default it is refused.
	InlinePasskeys bool

	// Devices makes the pool track devices; the zero value does not. With it
	// every sign-in is bound to a device: tokens carry its key, and no
	// refresh works without it.
	Devices DeviceTracking

	// UsernameAttributes makes users sign in by e-mail address or phone number;
	// their canonical username is then their sub, a UUID.
	UsernameAttributes []types.UsernameAttributeType
	// AliasAttributes lets users sign in by a verified attribute besides their
	// username. It excludes UsernameAttributes.
	AliasAttributes []types.AliasAttributeType
	// CaseSensitive tells "Ann" from "ann". Pools made in the last years do
	// not, and lower-case the canonical username.
	CaseSensitive bool
	// RequiredAttributes are the standard attributes that every user has.
	RequiredAttributes []string
	// CustomAttributes are the names, without "custom:", of the pool's own
	// attributes. Others are refused, as AWS refuses what is not in its schema.
	CustomAttributes []string
	// AutoVerified says where SignUp sends its code; e-mail if nil, nowhere if
	// empty and not nil.
	AutoVerified []types.VerifiedAttributeType

	// PasswordPolicy holds for every password; if zero, AWS's default: 8
	// characters with upper and lower case, digit and symbol, temporary
	// passwords valid for 7 days.
	PasswordPolicy types.PasswordPolicyType

	// Triggers are the pool's Lambda functions.
	Triggers Triggers
	// TriggerTimeout is how long one try of a trigger may take; 5 seconds if
	// zero, as on AWS. Three tries are made. A try is over when that much time has
	// passed, or when [Clock.Advance] has moved the pool's clock on by it.
	TriggerTimeout time.Duration
	// Functions are what the ARNs in the LambdaConfig of CreateUserPool and
	// UpdateUserPool mean, by function name. One that is not among them can be
	// configured, and fails when it is run, as a function on AWS does that Cognito
	// has no permission for.
	Functions map[string]Trigger

	// AccessKeys are the secrets of administrators' access keys, by access key id.
	// If there are any, the operations that AWS wants signed are refused unless
	// Signature Version 4 verifies under one of them. Without, a signature must be
	// there and have its form, but whose it is does not matter. When it was made
	// matters in neither case.
	AccessKeys map[string]string

	// Client is the first app client. [Pool.AddClient] makes more.
	Client ClientConfig

	// NullMembers lets triggers return events with nulls where there was nothing,
	// as a struct of aws-lambda-go writes a clientMetadata that is missing. There are
	// reports that AWS refuses those with "Unrecognizable lambda output", and
	// programs that live by its taking them; by default they are refused.
	NullMembers bool

	// NoLockout lets anyone guess for ever. By default five wrong passwords or
	// codes lock the user for a second, and each further one twice as long, up
	// to 15 minutes.
	NoLockout bool
	// NoLimits lifts the limits on how often an hour one user's passwords are
	// reset or changed and codes are sent and tried. By default a sixth
	// ForgotPassword, say, is refused: AWS allows 5 to 20, depending on the risk.
	NoLimits bool
	// SRPFreshness refuses a TIMESTAMP of PASSWORD_VERIFIER that is further
	// than this from the pool's time. What AWS tolerates is unknown, and a
	// widespread Go client is twelve hours late every afternoon, so the zero
	// value checks only the form.
	SRPFreshness time.Duration
	// UnaskedSession lets ConfirmSignUp return a Session that USER_AUTH takes also
	// to a request that carried none. AWS documents it for requests with SignUp's
	// Session; Amplify for JavaScript sends none and hopes for one. What AWS does
	// is unverified.
	UnaskedSession bool
	// CustomAuthCoversSRP lets CUSTOM_AUTH begin with SRP_A on a client that
	// has ALLOW_CUSTOM_AUTH alone. What AWS does is unverified; by default the
	// client needs ALLOW_USER_SRP_AUTH too, so that a test that passes here
	// has asked for enough.
	CustomAuthCoversSRP bool
	// ReuseEndsSignIn lets a refresh token that was rotated, and is used again after
	// its grace period, revoke the sign-in that it is of, the token in its place
	// included, as RFC 9700, section 4.14.2, has servers do. No page of AWS says that
	// it does; by default only the use is refused.
	ReuseEndsSignIn bool
	// WrongTOTPEndsSession lets a wrong code of an authenticator spend the session of
	// SOFTWARE_TOKEN_MFA, so that the sign-in must begin anew. Authors of two
	// apps report that; by default the code may be given again, as others saw
	// (robor-systems/tokapi-beta#27).
	WrongTOTPEndsSession bool
	// DeviceProofOnlyForMFA asks a remembered device for its proof only where a
	// second factor is due. By default it comes "on every user sign-in with that
	// device" (developer guide, "Setting up remembered devices").
	DeviceProofOnlyForMFA bool
}

// A Trigger is a Lambda function of the pool: the event as JSON in, the whole
// event with its response filled out. An error it returns is what the function
// threw. It runs without any lock held, so it may call the pool.
type Trigger func(ctx context.Context, event []byte) ([]byte, error)

// Triggers are the pool's Lambda functions; nil ones are not configured. Each is
// called for the sources that the developer guide lists in "Connecting Lambda
// triggers to user pool functional operations", those of hosted pages and federated
// users excepted. A function that returns an error refuses what the user was about
// to do, with UserLambdaValidationException.
type Triggers struct {
	// PreSignUp is asked before SignUp and AdminCreateUser make a user. It may
	// confirm the user and verify the addresses, but not of AdminCreateUser.
	PreSignUp Trigger
	// PostConfirmation is told of users who were confirmed, and of those who have
	// set a new password with a code.
	PostConfirmation Trigger
	// PreAuthentication is asked when a sign-in begins, before anything is proven.
	PreAuthentication Trigger
	// PostAuthentication is told before the tokens of a sign-in are issued.
	PostAuthentication Trigger
	// PreTokenGeneration changes the claims and groups of ID tokens, at refreshes
	// too. Its events are those of version 1, or, with AccessTokens, of version 2,
	// by which it changes the claims and scopes of access tokens too.
	PreTokenGeneration Trigger
	AccessTokens       bool
	// UserMigration is asked for users whom the pool does not have, when they sign
	// in with a flow that sends the password, and when they forgot it.
	UserMigration Trigger
	// CustomMessage writes the texts of messages with a code.
	CustomMessage Trigger

	// CUSTOM_AUTH needs the three of them.
	DefineAuthChallenge, CreateAuthChallenge, VerifyAuthChallengeResponse Trigger
}

// DeviceTracking says whether a pool remembers devices, in the words of the AWS
// console.
type DeviceTracking string

// The ways to track devices. A device becomes one of the user's by ConfirmDevice;
// a remembered one proves itself by DEVICE_SRP_AUTH in place of a second factor.
const (
	DevicesAlways DeviceTracking = DeviceTracking(directory.DevicesAlways) // remembered as soon as they are confirmed
	DevicesOptIn  DeviceTracking = DeviceTracking(directory.DevicesOptIn)  // remembered by UpdateDeviceStatus, when the user has agreed
)

// ClientConfig describes an app client. Its zero value has no secret, all flows
// but the legacy ones, and AWS's default validities.
type ClientConfig struct {
	// Secret gives the client a secret, so that every call needs a secret hash.
	Secret bool
	// Flows are the client's ExplicitAuthFlows. If nil, ALLOW_USER_AUTH,
	// ALLOW_USER_SRP_AUTH, ALLOW_USER_PASSWORD_AUTH,
	// ALLOW_ADMIN_USER_PASSWORD_AUTH, ALLOW_CUSTOM_AUTH and
	// ALLOW_REFRESH_TOKEN_AUTH: more than AWS's default, which is too little to
	// test with. Legacy names cannot be mixed with ALLOW_ ones.
	Flows []types.ExplicitAuthFlowsType
	// PreventUserExistenceErrors is ENABLED if empty, as the AWS console sets
	// it; the AWS API's own default is LEGACY.
	PreventUserExistenceErrors types.PreventUserExistenceErrorTypes
	// SessionValidity is how long a challenge may be answered: 3 minutes, which
	// is the zero value, to 15.
	SessionValidity time.Duration
	// RefreshTokenValidity is an hour to 3650 days; 30 days if zero.
	RefreshTokenValidity time.Duration
	// RefreshTokenRotation replaces a refresh token whenever it is used, which
	// only GetTokensFromRefreshToken does then: REFRESH_TOKEN_AUTH is refused.
	RefreshTokenRotation bool
	// RotationGrace is how long a replaced refresh token may still be used, for
	// clients whose reply was lost: up to 60 seconds, RetryGracePeriodSeconds on
	// AWS.
	RotationGrace time.Duration
	// AccessTokenValidity and IDTokenValidity are 5 minutes to a day; an hour
	// if zero.
	AccessTokenValidity, IDTokenValidity time.Duration
}

// An AppClient names an app client to the code under test. Secret is empty if
// it has none. It is plain text, like the passwords and codes in this package's
// types: they are the test's own, and protect nothing.
type AppClient struct{ ID, Secret string }

// A User is what [Pool.AddUser] makes, without a sign-up.
type User struct {
	// Username is what the user signs in with: in a pool with
	// UsernameAttributes, the e-mail address or phone number.
	Username string
	// Password must satisfy the pool's policy. It may be empty if the pool's
	// FirstFactors have EMAIL_OTP or SMS_OTP: such a user has no password.
	Password string
	// Temporary makes the password one that the first sign-in must replace.
	Temporary bool
	// Attributes are the user's, with "email_verified" and
	// "phone_number_verified" as "true" or "false".
	Attributes map[string]string
	// TOTPSecret, in base32, is that of an authenticator already verified and
	// enabled.
	TOTPSecret string
	// Factors are the second factors enabled besides: SMS_MFA, EMAIL_OTP.
	Factors []types.ChallengeNameType
	// Preferred is the factor asked for when several are enabled. It is
	// enabled if it was not.
	Preferred types.ChallengeNameType
	// Unconfirmed leaves out what ConfirmSignUp does; Disabled does what
	// AdminDisableUser does.
	Unconfirmed, Disabled bool
}
