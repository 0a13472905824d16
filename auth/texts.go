package auth

import "strings"

// A stage is the part of a flow in which an exception came: some exceptions
// mean different things in different parts.
type stage uint16

const (
	stagePassword    stage = 1 << iota // the first factor is being given
	stageChallenge                     // a later challenge is being answered
	stageNewPassword                   // NEW_PASSWORD_REQUIRED is being answered
	stageSetUp                         // a factor is being set up
	stageInput                         // what is answered is the user's own: an address, a credential
	stageDevice                        // the device proves itself
	stageAccount                       // sign-up and its like
	stageToken                         // a token or a device is managed
	stageSelf                          // a signed-in user changes the own account

	stageLater  = stageChallenge | stageNewPassword | stageSetUp | stageInput | stageDevice
	stageBearer = stageToken | stageSelf // an access token says for whom
	stageAny    = stagePassword | stageLater | stageAccount | stageBearer
)

// A row says what an exception means.
type row struct {
	code   string // the exception
	text   string // part of its message in lower case; "" for any
	at     stage
	reason error
	says   string
}

// rows are searched in order; the first that fits counts. Cognito gives
// NotAuthorizedException for nine different things, which only the message
// tells apart, and it documents none of these texts: each row names where its
// text can be seen. Texts are matched in part, since Cognito has reworded some.
var rows = []row{
	// Text: the response captured in github.com/aws/aws-sdk-net/issues/1441.
	{"NotAuthorizedException", "incorrect username or password", stagePassword, ErrCredentials, "begin again with the right ones"},
	// The proof of a device is that of a password to Cognito.
	{"NotAuthorizedException", "incorrect username or password", stageDevice, ErrDevice, "its proof is not accepted: begin again without it"},
	// A DefineAuthChallenge trigger that fails the sign-in gives the same text:
	// custom_auth_test.dart in github.com/aws-amplify/amplify-flutter.
	{"NotAuthorizedException", "incorrect username or password", stageLater, ErrStartOver, "Cognito ended the sign-in"},
	// ChangePassword: github.com/aws-amplify/amplify-js/issues/1580.
	{"NotAuthorizedException", "incorrect username or password", stageSelf, ErrCredentials, "the present password is another"},
	// Text: "Lockout for failed sign-in attempts" in the Cognito developer guide.
	{"NotAuthorizedException", "password attempts exceeded", stageAny, ErrLockedOut, "wait before the next attempt"},
	// Text: github.com/aws-amplify/amplify-js/issues/11069 and error tables of applications.
	{"NotAuthorizedException", "user is disabled", stageAny, ErrDenied, "the user is disabled"},
	// Text: error tables of applications; cause in the API reference of AdminCreateUser.
	{"NotAuthorizedException", "temporary password has expired", stageAny, ErrResetRequired, "the temporary password has expired: an administrator has to set a new one"},
	// Texts: github.com/aws-samples/amazon-cognito-passwordless-email-auth/issues/17,
	// github.com/aws-amplify/amplify-js/issues/10959 and 13123.
	{"NotAuthorizedException", "session can only be used once", stageAny, ErrStartOver, "the session was used before"},
	{"NotAuthorizedException", "session is expired", stageAny, ErrStartOver, "the session has expired"},
	{"NotAuthorizedException", "invalid session", stageAny, ErrStartOver, "the session is not valid"},
	// Text: github.com/aws-amplify/amplify-android/issues/2504.
	{"NotAuthorizedException", "secret_hash was not received", stageAny, ErrConfig, "the app client has a secret: set Options.ClientSecret"},
	// Texts: github.com/aws-amplify/amplify-android/issues/3111,
	// github.com/aws/aws-sdk-java/issues/1917, github.com/boto/boto3/issues/2736.
	{"NotAuthorizedException", "unable to verify secret hash", stageAny, ErrConfig, "the app client's secret is wrong"},
	{"NotAuthorizedException", "secrethash does not match", stageAny, ErrConfig, "the app client's secret is wrong"},
	// What Cognito says of the secret itself, which GetTokensFromRefreshToken
	// takes, is not published; what it says of the hash all has this word.
	{"NotAuthorizedException", "secret", stageToken, ErrConfig, "the app client's secret is missing or wrong: see Options.ClientSecret"},
	// Text: github.com/aws-samples/aws-saas-factory-bootcamp/issues/67.
	{"NotAuthorizedException", "already provided", stageNewPassword, ErrNewPassword, "an attribute that the user has cannot be given again"},
	// Text: github.com/amazon-archives/amazon-cognito-identity-js/issues/397.
	{"NotAuthorizedException", "unauthorized attribute", stageAny, ErrConfig, "the app client may not write an attribute"},
	// Texts: github.com/aws/aws-sdk-net/issues/925,
	// github.com/furaiev/amazon-cognito-identity-dart-2/issues/80.
	{"NotAuthorizedException", "status is not unconfirmed", stageAccount, ErrUserExists, "the account is confirmed: sign in"},
	{"NotAuthorizedException", "current status is confirmed", stageAccount, ErrUserExists, "the account is confirmed: sign in"},
	// Text: github.com/aws-amplify/amplify-flutter/issues/3048.
	{"NotAuthorizedException", "cannot be reset in the current state", stageAccount, ErrDenied, "the user has a temporary password, and signs in with that: an administrator can send another"},
	// Text: error tables of applications; cause in "RecoveryOptionType" in the API reference.
	{"NotAuthorizedException", "contact administrator", stageAccount, ErrDenied, "only an administrator can reset passwords in this pool"},
	// Text: github.com/aws-amplify/amplify-js/issues/1906 and 6444.
	{"NotAuthorizedException", "required scopes", stageBearer, ErrConfig, "the access token lacks the scope aws.cognito.signin.user.admin"},
	// What is not listed: the password is at fault while it is being proved,
	// the session later.
	{"NotAuthorizedException", "", stagePassword, ErrCredentials, "begin again with the right ones"},
	{"NotAuthorizedException", "", stageDevice, ErrDevice, "its proof is not accepted: begin again without it"},
	{"NotAuthorizedException", "", stageLater, ErrStartOver, "Cognito ended the sign-in"},
	{"NotAuthorizedException", "", stageAccount, ErrDenied, "Cognito refused it"},
	{"NotAuthorizedException", "", stageBearer, ErrToken, "refresh the tokens, or have the user sign in"},

	// Exceptions by name: the API references of the operations in api.go.
	{"RefreshTokenReuseException", "", stageToken, ErrTokenReused, "sign in again"},
	// Only RevokeToken has this one.
	{"UnauthorizedException", "", stageToken, ErrConfig, "the token is of another app client, or this one's secret is missing or wrong"},
	{"DeviceKeyExistsException", "", stageToken, ErrConfig, "the device was confirmed before: only a new sign-in without it gives another"},
	{"UnsupportedTokenTypeException", "", stageToken, ErrConfig, "only refresh tokens can be revoked"},
	{"UserNotFoundException", "", stageAny, ErrCredentials, "there is no such user"},
	{"UserNotConfirmedException", "", stageAny, ErrNotConfirmed, "ask for the code of the sign-up"},
	{"PasswordResetRequiredException", "", stageAny, ErrResetRequired, "reset it before the next sign-in"},

	{"CodeMismatchException", "", stageAny, ErrCode, "ask for another"},
	{"EnableSoftwareTokenMFAException", "", stageAny, ErrCode, "ask for another"},
	// Text: AuthIntegrationTests in github.com/aws-amplify/amplify-swift.
	{"ExpiredCodeException", "already been used", stageAny, ErrCode, "the code was used before: wait for the next one"},
	{"ExpiredCodeException", "", stageAccount | stageBearer, ErrCodeExpired, "have a new code sent"},
	{"ExpiredCodeException", "", stagePassword | stageLater, ErrStartOver, "the code has expired, and Cognito sends another only at a new sign-in"},

	{"InvalidPasswordException", "", stageAny, ErrNewPassword, "it does not conform with the pool's policy"},
	{"PasswordHistoryPolicyViolationException", "", stageAny, ErrNewPassword, "it was used before"},

	{"UsernameExistsException", "", stageAny, ErrUserExists, "sign in, or take another username"},
	{"AliasExistsException", "", stageAny, ErrUserExists, "the e-mail address or phone number belongs to another account"},

	{"TooManyRequestsException", "", stageAny, ErrBackOff, "Cognito's request rate is exceeded"},
	{"ThrottlingException", "", stageAny, ErrBackOff, "Cognito's request rate is exceeded"},
	{"ConcurrentModificationException", "", stageAny, ErrBackOff, "another change to the user is under way"},
	{"LimitExceededException", "", stageAny, ErrLockedOut, "wait before the next attempt"},
	{"TooManyFailedAttemptsException", "", stageAny, ErrLockedOut, "wait before the next attempt"},

	{"UserLambdaValidationException", "", stageAny, ErrDenied, "a Lambda trigger refused"},
	{"ForbiddenException", "", stageAny, ErrDenied, "a firewall rule of the pool refused"},

	{"InvalidLambdaResponseException", "", stageAny, ErrConfig, "a Lambda trigger returned something unusable"},
	{"UnexpectedLambdaException", "", stageAny, ErrConfig, "a Lambda trigger could not be run"},
	{"InvalidUserPoolConfigurationException", "", stageAny, ErrConfig, "the pool is set up wrong"},
	// Text: packages/auth in github.com/aws-amplify/amplify-js.
	{"ResourceNotFoundException", "device does not exist", stagePassword | stageLater, ErrDevice, "Cognito has forgotten it: begin again without it"},
	{"ResourceNotFoundException", "device does not exist", stageToken, ErrDevice, "Cognito does not know it: it was forgotten before"},
	{"ResourceNotFoundException", "", stageAny, ErrConfig, "the pool or the app client does not exist: check ids and region"},
	{"OperationNotEnabledException", "", stageAny, ErrConfig, "the pool does not have this operation"},
	{"UnsupportedOperationException", "", stageAny, ErrConfig, "the pool does not have this operation"},
	{"MFAMethodNotFoundException", "", stageAny, ErrConfig, "the pool does not have this factor"},
	{"CodeDeliveryFailureException", "", stageAny, ErrConfig, "Cognito could not deliver the code"},
	{"InvalidSmsRoleAccessPolicyException", "", stageAny, ErrConfig, "the pool may not send SMS"},
	{"InvalidSmsRoleTrustRelationshipException", "", stageAny, ErrConfig, "the pool may not send SMS"},
	{"InvalidEmailRoleAccessPolicyException", "", stageAny, ErrConfig, "the pool may not send e-mail"},
	// Texts: github.com/amazon-archives/amazon-cognito-identity-js/issues/630; the
	// other in the API reference of AssociateSoftwareToken.
	{"SoftwareTokenMFANotFoundException", "does not exist for the user", stageSelf, ErrNotSetUp, "begin the set-up of an authenticator first"},
	{"SoftwareTokenMFANotFoundException", "", stageSelf, ErrConfig, "the pool does not have TOTP"},
	{"SoftwareTokenMFANotFoundException", "", stageSetUp, ErrConfig, "the pool does not have TOTP"},
	{"SoftwareTokenMFANotFoundException", "", stageAny, ErrStartOver, "the user has no authenticator any more"},

	{"WebAuthnNotEnabledException", "", stageAny, ErrConfig, "the pool does not have passkeys"},
	{"WebAuthnConfigurationMissingException", "", stageAny, ErrConfig, "the pool has no relying party for passkeys"},
	{"WebAuthnClientMismatchException", "", stageAny, ErrConfig, "the passkey was begun with the tokens of another app client"},
	{"WebAuthnOriginNotAllowedException", "", stageAny, ErrConfig, "the page that made the passkey is not of the pool's relying party"},
	{"WebAuthnRelyingPartyMismatchException", "", stageAny, ErrConfig, "the passkey is for another relying party than the pool's"},
	{"WebAuthnCredentialNotSupportedException", "", stageAny, ErrInput, "Cognito does not take passkeys of this authenticator"},
	{"WebAuthnChallengeNotFoundException", "", stageAny, ErrStartOver, "the registration of the passkey has expired, was completed or never begun"},

	// What the form of a value gives away, before it is looked at: the patterns
	// are in the API references of the operations.
	{"InvalidParameterException", "'accesstoken' failed to satisfy", stageBearer, ErrToken, "the token has not the form of one"},
	{"InvalidParameterException", "'previouspassword' failed to satisfy", stageSelf, ErrCredentials, "the present password is another"},
	{"InvalidParameterException", "password' failed to satisfy", stageAccount | stageSelf, ErrNewPassword, "it has not the form of a password"},

	// Texts: github.com/aws-amplify/amplify-js/issues/944 and 7016,
	// github.com/aws/aws-sdk-js-v3/issues/4645, and amplify-js/issues/618.
	{"InvalidParameterException", "not set up software token", stageAccount | stageSelf, ErrNotSetUp, "the user has no authenticator"},
	{"InvalidParameterException", "not verified software token", stageAccount | stageSelf, ErrNotSetUp, "the user's authenticator is not verified"},
	{"InvalidParameterException", "delivery config set to turn on", stageAccount | stageSelf, ErrNotSetUp, "the user lacks what the factor needs, or the pool does not have it"},
	{"InvalidParameterException", "phone_number set to turn on", stageAccount | stageSelf, ErrNotSetUp, "the user has no phone number"},
	// Text: github.com/aws/aws-sdk-js-v3/issues/7101.
	{"InvalidParameterException", "cannot reset password", stageAccount, ErrDenied, "the user has no verified address for a code: an administrator has to help"},
	// Text: github.com/pmill/aws-cognito/pull/23.
	{"InvalidParameterException", "not configured for secret", stageAny, ErrConfig, "the app client has no secret: leave Options.ClientSecret out"},
	// Texts: "flow not enabled for this client" and "is not enabled for the
	// client" in many issues; "Attributes did not conform to the schema" and
	// "Invalid attributes given" in the forums.
	{"InvalidParameterException", "not enabled for", stageAny, ErrConfig, "the app client does not allow this flow"},
	{"InvalidParameterException", "attribute", stageNewPassword, ErrNewPassword, "an attribute is missing or does not conform"},
	{"InvalidParameterException", "", stageAccount | stageInput | stageSelf, ErrInput, "a value does not conform"},
	{"InvalidParameterException", "", stageAny, ErrConfig, "Cognito refused the request's form"},

	// AWS credentials of the Admin operations. Source: "Common errors" in the
	// API reference.
	{"AccessDeniedException", "", stageAny, ErrConfig, "the AWS credentials may not call this operation"},
	{"MissingAuthenticationTokenException", "", stageAny, ErrConfig, "the AWS credentials are missing"},
	{"MissingAuthenticationToken", "", stageAny, ErrConfig, "the AWS credentials are missing"},
	{"UnrecognizedClientException", "", stageAny, ErrConfig, "the AWS credentials are not valid"},
	{"InvalidSignatureException", "", stageAny, ErrConfig, "the AWS credentials are not valid"},
	{"IncompleteSignatureException", "", stageAny, ErrConfig, "the AWS credentials are not valid"},
	{"ExpiredTokenException", "", stageAny, ErrConfig, "the AWS credentials have expired"},
}

func (r row) fits(code, message string, at stage) bool {
	return r.code == code && r.at&at != 0 && strings.Contains(strings.ToLower(message), r.text)
}

// meaning looks an exception up. What is in no row is a matter for developers.
func meaning(code, message string, at stage) (says string, reason error) {
	for _, r := range rows {
		if r.fits(code, message, at) {
			return r.says, r.reason
		}
	}
	return "this library does not know the exception", ErrConfig
}
