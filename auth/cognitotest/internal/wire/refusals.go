package wire

// The refusals that more than one operation gives, in the words that were seen
// from the service. Clients tell them apart by nothing else: nine different
// situations share the type NotAuthorizedException.
var (
	// IncorrectPassword also hides that a user does not exist, that a secret
	// block was altered and that a custom challenge failed.
	IncorrectPassword = NotAuthorized("Incorrect username or password.")
	UserDisabled      = NotAuthorized("User is disabled.")
	Lockout           = NotAuthorized("Password attempts exceeded")
	TemporaryExpired  = NotAuthorized("Temporary password has expired and must be reset by an administrator.")

	SessionInvalid = NotAuthorized("Invalid session for the user.")
	SessionUsed    = NotAuthorized("Invalid session for the user, session can only be used once.")
	SessionExpired = NotAuthorized("Invalid session for the user, session is expired.")

	UserNotFound     = Errorf("UserNotFoundException", "User does not exist.")
	UserNotConfirmed = Errorf("UserNotConfirmedException", "User is not confirmed.")
	ResetRequired    = Errorf("PasswordResetRequiredException", "Password reset required for the user")
	UsernameExists   = Errorf("UsernameExistsException", "User already exists")

	CodeMismatch     = Errorf("CodeMismatchException", "Invalid code or auth state for the user.")
	TOTPMismatch     = Errorf("CodeMismatchException", "Invalid code received for user")
	TOTPReused       = Errorf("ExpiredCodeException", "Your software token has already been used once.")
	TOTPSetUp        = Errorf("EnableSoftwareTokenMFAException", "Code mismatch")
	TOTPNotInPool    = Errorf("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool")
	TOTPNotFound     = Errorf("SoftwareTokenMFANotFoundException", "Software Token MFA does not exist for the user.")
	TOTPNotSetUp     = InvalidParameter("User has not set up software token mfa")
	TOTPNotVerified  = InvalidParameter("User has not verified software token mfa")
	SignUpCodeWrong  = Errorf("CodeMismatchException", "Invalid verification code provided, please try again.")
	SignUpCodeLapsed = Errorf("ExpiredCodeException", "Invalid code provided, please request a code again.")

	RefreshInvalid = NotAuthorized("Invalid Refresh Token.")
	RefreshExpired = NotAuthorized("Refresh Token has expired")
	RefreshRevoked = NotAuthorized("Refresh Token has been revoked")
	RefreshReused  = Errorf("RefreshTokenReuseException", "The refresh token has been replaced by refresh token rotation.")
	Unauthorized   = Errorf("UnauthorizedException", "The client is not authorized to revoke the token.")
	AccessRevoked  = NotAuthorized("Access Token has been revoked")
	AccessScope    = NotAuthorized("Access Token does not have required scopes")

	DeviceNotFound   = Errorf("ResourceNotFoundException", "Device does not exist.")
	DeviceKeyInvalid = InvalidParameter("Invalid device key given.")

	LimitExceeded = Errorf("LimitExceededException", "Attempt limit exceeded, please try after some time.")

	CustomAuthMissing = InvalidParameter("Custom auth lambda trigger is not configured for the user pool.")
	LambdaOutput      = Errorf("InvalidLambdaResponseException", "Unrecognizable lambda output")

	// The types are those of the SDK's model, the texts its descriptions but for
	// CredentialMalformed, which was seen (github.com/aws/aws-sdk-net/issues/4386).
	CredentialMalformed = InvalidParameter("Credential data is not valid")
	PasskeysOff         = Errorf("WebAuthnNotEnabledException", "Passkeys are not enabled for the user pool.")
	PasskeyPartyMissing = Errorf("WebAuthnConfigurationMissingException", "The user pool does not have a configured relying party id or a user pool domain.")
	PasskeyChallenge    = Errorf("WebAuthnChallengeNotFoundException", "The challenge from StartWebAuthn registration has expired.")
	PasskeyClient       = Errorf("WebAuthnClientMismatchException", "The access token is for a different client than the one in the original StartWebAuthnRegistration request.")
	PasskeyOrigin       = Errorf("WebAuthnOriginNotAllowedException", "The passkey credential's registration origin does not align with the user pool relying party id.")
	PasskeyParty        = Errorf("WebAuthnRelyingPartyMismatchException", "The passkey credential is associated with a different relying party ID than the user pool relying party ID.")
	PasskeyUnsupported  = Errorf("WebAuthnCredentialNotSupportedException", "The passkey credentials are from an unsupported device or provider.")
	PasskeyLimit        = Errorf("LimitExceededException", "The user has as many passkeys as there may be.")
	PasskeyUnknown      = Errorf("ResourceNotFoundException", "The passkey does not exist.")

	Throttled = Errorf("TooManyRequestsException", "Rate exceeded")

	// Unsigned is what AWS's front end says of an operation that needs
	// credentials. It comes before the service has looked at the request.
	Unsigned = Errorf("MissingAuthenticationTokenException", "Missing Authentication Token")
)

// MissingParameter says that a map of parameters lacks a key.
func MissingParameter(name string) *Error {
	return InvalidParameter("Missing required parameter %s", name)
}

// NoDeliveryConfig says that a second factor cannot be turned on, be it for the
// user or for the pool (github.com/aws/aws-sdk-js-v3/issues/4645).
func NoDeliveryConfig[F ~string](factor F) *Error {
	return InvalidParameter("User does not have delivery config set to turn on %s", factor)
}

// UnknownClient and UnknownPool say that an id names nothing.
func UnknownClient(id string) *Error {
	return Errorf("ResourceNotFoundException", "User pool client %s does not exist.", id)
}

func UnknownPool(id string) *Error {
	return Errorf("ResourceNotFoundException", "User pool %s does not exist.", id)
}

// InvalidPassword names the first rule of the policy that a password breaks.
func InvalidPassword(rule string) *Error {
	return Errorf("InvalidPasswordException", "Password did not conform with policy: %s", rule)
}
