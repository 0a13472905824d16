package auth

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"

	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// modelled are the SDK's exceptions that the operations of this package
// declare, as the SDK's deserializers list them.
var modelled = []smithy.APIError{
	&types.AliasExistsException{}, &types.CodeDeliveryFailureException{}, &types.CodeMismatchException{},
	&types.ConcurrentModificationException{}, &types.EnableSoftwareTokenMFAException{}, &types.ExpiredCodeException{},
	&types.ForbiddenException{}, &types.InternalErrorException{}, &types.InvalidEmailRoleAccessPolicyException{},
	&types.InvalidLambdaResponseException{}, &types.InvalidParameterException{}, &types.InvalidPasswordException{},
	&types.InvalidSmsRoleAccessPolicyException{}, &types.InvalidSmsRoleTrustRelationshipException{},
	&types.InvalidUserPoolConfigurationException{}, &types.LimitExceededException{}, &types.MFAMethodNotFoundException{},
	&types.NotAuthorizedException{}, &types.OperationNotEnabledException{}, &types.PasswordHistoryPolicyViolationException{},
	&types.PasswordResetRequiredException{}, &types.ResourceNotFoundException{}, &types.SoftwareTokenMFANotFoundException{},
	&types.TooManyFailedAttemptsException{}, &types.TooManyRequestsException{}, &types.UnexpectedLambdaException{},
	&types.UnsupportedOperationException{}, &types.UserLambdaValidationException{}, &types.UserNotConfirmedException{},
	&types.UserNotFoundException{}, &types.UsernameExistsException{},
	&types.WebAuthnChallengeNotFoundException{}, &types.WebAuthnClientMismatchException{},
	&types.WebAuthnConfigurationMissingException{}, &types.WebAuthnCredentialNotSupportedException{},
	&types.WebAuthnNotEnabledException{}, &types.WebAuthnOriginNotAllowedException{},
	&types.WebAuthnRelyingPartyMismatchException{},
}

// Each exception that can come has a row of its own, but for the one that never
// gets to the table: a fault of the server.
func TestEveryExceptionHasARow(t *testing.T) {
	t.Parallel()
	for _, e := range modelled {
		for _, at := range []stage{stagePassword, stageChallenge, stageNewPassword, stageSetUp, stageInput, stageDevice, stageAccount, stageToken, stageSelf} {
			says, _ := meaning(e.ErrorCode(), "some text", at)
			unknown := strings.Contains(says, "does not know")
			if want := e.ErrorFault() == smithy.FaultServer; unknown != want {
				t.Errorf("%s at stage %b: in the table: %v", e.ErrorCode(), at, !unknown)
			}
		}
	}
}

// The two exceptions with the most meanings.
const (
	na = "NotAuthorizedException"
	ip = "InvalidParameterException"
)

// seen are texts as they were seen, or made up where none was, and what each has
// to mean.
var seen = []struct {
	code, message string
	at            stage
	want          error
}{
	{na, "Incorrect username or password.", stagePassword, ErrCredentials},
	{na, "Incorrect username or password.", stageChallenge, ErrStartOver},
	{na, "Password attempts exceeded", stagePassword, ErrLockedOut},
	{na, "Password attempts exceeded", stageChallenge, ErrLockedOut},
	{na, "User is disabled.", stagePassword, ErrDenied},
	{na, "Temporary password has expired and must be reset by an administrator.", stagePassword, ErrResetRequired},
	{na, "Invalid session for the user, session can only be used once.", stageChallenge, ErrStartOver},
	{na, "Invalid session for the user, session is expired.", stageSetUp, ErrStartOver},
	{na, "Invalid session for the user.", stagePassword, ErrStartOver},
	{na, "Client abc is configured with secret but SECRET_HASH was not received", stagePassword, ErrConfig},
	{na, "Unable to verify secret hash for client abc", stageAccount, ErrConfig},
	{na, "SecretHash does not match for the client: abc", stagePassword, ErrConfig},
	{na, "a text of tomorrow", stagePassword, ErrCredentials},
	{na, "a text of tomorrow", stageNewPassword, ErrStartOver},
	{na, "a text of tomorrow", stageAccount, ErrDenied},
	{"UserNotFoundException", "User does not exist.", stagePassword, ErrCredentials},
	{"UserNotConfirmedException", "User is not confirmed.", stagePassword, ErrNotConfirmed},
	{"PasswordResetRequiredException", "Password reset required for the user", stagePassword, ErrResetRequired},
	{"CodeMismatchException", "Invalid code received for user", stageChallenge, ErrCode},
	{"CodeMismatchException", "Invalid verification code provided, please try again.", stageAccount, ErrCode},
	{"EnableSoftwareTokenMFAException", "Code mismatch", stageSetUp, ErrCode},
	{"ExpiredCodeException", "Your software token has already been used once.", stageChallenge, ErrCode},
	{"ExpiredCodeException", "Invalid code provided, please request a code again.", stageAccount, ErrCodeExpired},
	{"ExpiredCodeException", "Invalid code provided, please request a code again.", stageChallenge, ErrStartOver},
	{"InvalidPasswordException", "Password did not conform with policy: Password not long enough", stageNewPassword, ErrNewPassword},
	{"UsernameExistsException", "User already exists", stageAccount, ErrUserExists},
	{"AliasExistsException", "An account with the email already exists.", stageAccount, ErrUserExists},
	{"LimitExceededException", "Attempt limit exceeded, please try after some time.", stageAccount, ErrLockedOut},
	{"TooManyRequestsException", "Rate exceeded", stagePassword, ErrBackOff},
	{"UserLambdaValidationException", "PreAuthentication failed with error no.", stagePassword, ErrDenied},
	{"InvalidLambdaResponseException", "Unrecognizable lambda output", stagePassword, ErrConfig},
	{"UnexpectedLambdaException", "PreSignUp invocation failed due to error AccessDeniedException.", stageAccount, ErrConfig},
	{"ResourceNotFoundException", "User pool client abc does not exist.", stagePassword, ErrConfig},
	{"SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool", stageSetUp, ErrConfig},
	{"SoftwareTokenMFANotFoundException", "Software Token MFA does not exist for the user.", stageChallenge, ErrStartOver},
	{ip, "USER_PASSWORD_AUTH flow not enabled for this client", stagePassword, ErrConfig},
	{ip, "USER_SRP_AUTH is not enabled for the client.", stagePassword, ErrConfig},
	{ip, "Auth flow not enabled for this client", stagePassword, ErrConfig},
	{ip, "Custom auth lambda trigger is not configured for the user pool.", stagePassword, ErrConfig},
	{ip, "Invalid attributes given, given_name is missing", stageNewPassword, ErrNewPassword},
	{ip, "Attributes did not conform to the schema: email: The attribute is required", stageAccount, ErrInput},
	{na, "Cannot modify an already provided email", stageNewPassword, ErrNewPassword},
	{na, "A client attempted to write unauthorized attribute", stageAccount, ErrConfig},
	{na, "User cannot confirm because user status is not UNCONFIRMED.", stageAccount, ErrUserExists},
	{na, "User cannot be confirmed. Current status is CONFIRMED", stageAccount, ErrUserExists},
	{na, "Access Token has expired", stageToken, ErrToken},
	{na, "Access Token has been revoked", stageToken, ErrToken},
	{na, "Invalid Refresh Token.", stageToken, ErrToken},
	{na, "a text of tomorrow about the client secret", stageToken, ErrConfig},
	{na, "SecretHash does not match for the client: abc", stageToken, ErrConfig},
	{"UnauthorizedException", "a text of tomorrow", stageToken, ErrConfig},
	{"ResourceNotFoundException", "Device does not exist.", stageChallenge, ErrDevice},
	{"ResourceNotFoundException", "Device does not exist.", stagePassword, ErrDevice},
	{"ResourceNotFoundException", "Device does not exist.", stageToken, ErrDevice},
	{na, "Incorrect username or password.", stageDevice, ErrDevice},
	{na, "a text of tomorrow", stageDevice, ErrDevice},
	{na, "Invalid session for the user, session is expired.", stageDevice, ErrStartOver},
	{na, "Password attempts exceeded", stageDevice, ErrLockedOut},
	{ip, "Invalid email address format.", stageInput, ErrInput},
	{na, "Incorrect username or password.", stageSelf, ErrCredentials},
	{na, "Access Token has expired", stageSelf, ErrToken},
	{na, "Access Token does not have required scopes", stageSelf, ErrConfig},
	{na, "Access Token does not have required scopes", stageToken, ErrConfig},
	{na, "User is disabled.", stageSelf, ErrDenied},
	{na, "User password cannot be reset in the current state.", stageAccount, ErrDenied},
	{na, "Contact administrator to reset password.", stageAccount, ErrDenied},
	{ip, "Cannot reset password for the user as there is no registered/verified email or phone_number", stageAccount, ErrDenied},
	{"UserNotFoundException", "Username/client id combination not found.", stageAccount, ErrCredentials},
	{"PasswordHistoryPolicyViolationException", "x", stageSelf, ErrNewPassword},
	{ip, "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9-_=.]+", stageSelf, ErrToken},
	{ip, "1 validation error detected: Value at 'previousPassword' failed to satisfy constraint: Member must satisfy regular expression pattern: x", stageSelf, ErrCredentials},
	{ip, "1 validation error detected: Value at 'proposedPassword' failed to satisfy constraint: Member must satisfy regular expression pattern: x", stageSelf, ErrNewPassword},
	{ip, "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: x", stageAccount, ErrNewPassword},
	{ip, "User has not set up software token mfa", stageSelf, ErrNotSetUp},
	{ip, "User has not verified software token mfa", stageSelf, ErrNotSetUp},
	{ip, "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA", stageAccount, ErrNotSetUp},
	{ip, "User does not have delivery config set to turn on SMS_MFA", stagePassword, ErrConfig},
	{ip, "User does not have a phone_number set to turn on SMS MFA", stageSelf, ErrNotSetUp},
	{ip, "Credential data is not valid", stageSelf, ErrInput},
	{"ExpiredCodeException", "Invalid code provided, please request a code again.", stageSelf, ErrCodeExpired},
	{"CodeMismatchException", "Invalid verification code provided, please try again.", stageSelf, ErrCode},
	{"EnableSoftwareTokenMFAException", "Code mismatch", stageSelf, ErrCode},
	{"SoftwareTokenMFANotFoundException", "Software Token MFA does not exist for the user.", stageSelf, ErrNotSetUp},
	{"SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool", stageSelf, ErrConfig},
	{"WebAuthnChallengeNotFoundException", "x", stageSelf, ErrStartOver},
	{"WebAuthnOriginNotAllowedException", "x", stageSelf, ErrConfig},
	{ip, "App client abc is not configured for secret but secret hash was received", stageAccount, ErrConfig},
	{"TomorrowException", "x", stageChallenge, ErrConfig},
}

func TestMeaning(t *testing.T) {
	t.Parallel()
	for _, tt := range seen {
		if _, got := meaning(tt.code, tt.message, tt.at); got != tt.want {
			t.Errorf("%s %q at stage %b: %v, want %v", tt.code, tt.message, tt.at, got, tt.want)
		}
	}
}

// No row may be hidden by an earlier one.
func TestEveryRowCanBeReached(t *testing.T) {
	t.Parallel()
	for i, r := range rows {
		reached := false
		for at := stage(1); at <= stageSelf; at <<= 1 {
			if r.at&at == 0 {
				continue
			}
			hidden := false
			for _, earlier := range rows[:i] {
				if earlier.code == r.code && earlier.at&at != 0 && strings.Contains(r.text, earlier.text) {
					hidden = true
				}
			}
			reached = reached || !hidden
		}
		if !reached {
			t.Errorf("row %d (%s %q) is hidden by earlier rows", i, r.code, r.text)
		}
		if r.says == "" || r.reason == nil || r.text != strings.ToLower(r.text) {
			t.Errorf("row %d (%s %q) is incomplete", i, r.code, r.text)
		}
	}
}

// The wire names are those of the SDK's model.
func TestWireNames(t *testing.T) {
	t.Parallel()
	challenges := make(map[string]bool)
	for _, n := range types.ChallengeNameType("").Values() {
		challenges[string(n)] = true
	}
	for _, n := range []string{
		wire.SMSMFA, wire.EmailOTP, wire.SoftwareTokenMFA, wire.SelectMFAType, wire.MFASetup,
		wire.PasswordVerifier, wire.CustomChallenge, wire.NewPasswordRequired, wire.AdminNoSRPAuth,
		wire.SelectChallenge, wire.SMSOTP, wire.Password, wire.PasswordSRP, wire.WebAuthn, wire.DeviceSRPAuth, wire.DevicePasswordVerifier,
	} {
		if !challenges[n] {
			t.Errorf("%s is not among the SDK's challenge names", n)
		}
	}
	flows := make(map[string]bool)
	for _, n := range types.AuthFlowType("").Values() {
		flows[string(n)] = true
	}
	for _, n := range []string{wire.FlowUserSRP, wire.FlowUserPassword, wire.FlowAdminPassword, wire.FlowAdminNoSRP, wire.FlowCustom, wire.FlowUserAuth} {
		if !flows[n] {
			t.Errorf("%s is not among the SDK's flows", n)
		}
	}
}

// reasons lists the sentinels once each, and none says the same as another.
func TestReasons(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, r := range reasons {
		if seen[r.Error()] {
			t.Errorf("%q stands twice", r)
		}
		seen[r.Error()] = true
	}
	for _, r := range rows {
		if !errors.Is(errors.Join(reasons...), r.reason) {
			t.Errorf("%v is not among the reasons", r.reason)
		}
	}
}
