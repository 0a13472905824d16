// Package wire is the only door between the packages challenge and auth, and
// the only place where Cognito's wire names stand.
package wire

// The challenge names of the API's ChallengeNameType that this module treats by
// name. Source: the API reference of RespondToAuthChallenge.
const (
	SMSMFA              = "SMS_MFA"
	EmailOTP            = "EMAIL_OTP"
	SoftwareTokenMFA    = "SOFTWARE_TOKEN_MFA"
	SelectMFAType       = "SELECT_MFA_TYPE"
	MFASetup            = "MFA_SETUP"
	PasswordVerifier    = "PASSWORD_VERIFIER"
	CustomChallenge     = "CUSTOM_CHALLENGE"
	NewPasswordRequired = "NEW_PASSWORD_REQUIRED"
	AdminNoSRPAuth      = "ADMIN_NO_SRP_AUTH"

	SelectChallenge = "SELECT_CHALLENGE"
	SMSOTP          = "SMS_OTP"
	Password        = "PASSWORD"
	PasswordSRP     = "PASSWORD_SRP"
	WebAuthn        = "WEB_AUTHN"

	DeviceSRPAuth          = "DEVICE_SRP_AUTH"
	DevicePasswordVerifier = "DEVICE_PASSWORD_VERIFIER"
)

// The AuthFlow names of InitiateAuth and AdminInitiateAuth.
const (
	FlowUserSRP       = "USER_SRP_AUTH"
	FlowUserPassword  = "USER_PASSWORD_AUTH"
	FlowAdminPassword = "ADMIN_USER_PASSWORD_AUTH"
	FlowAdminNoSRP    = "ADMIN_NO_SRP_AUTH"
	FlowCustom        = "CUSTOM_AUTH"
	FlowUserAuth      = "USER_AUTH"
	FlowRefreshToken  = "REFRESH_TOKEN_AUTH"
)

// Keys of AuthParameters and ChallengeResponses: what a client sends.
const (
	KeyUsername      = "USERNAME"
	KeySecretHash    = "SECRET_HASH"
	KeyPassword      = "PASSWORD"
	KeySRPA          = "SRP_A"
	KeyChallengeName = "CHALLENGE_NAME"
	KeyPreferred     = "PREFERRED_CHALLENGE"
	KeyDeviceKey     = "DEVICE_KEY"
	KeyRefreshToken  = "REFRESH_TOKEN"

	KeyClaimSecretBlock = "PASSWORD_CLAIM_SECRET_BLOCK"
	KeyClaimSignature   = "PASSWORD_CLAIM_SIGNATURE"
	KeyTimestamp        = "TIMESTAMP"

	KeySMSCode           = "SMS_MFA_CODE"
	KeyEmailCode         = "EMAIL_OTP_CODE"
	KeySMSOTPCode        = "SMS_OTP_CODE"
	KeyCredential        = "CREDENTIAL"
	KeySoftwareTokenCode = "SOFTWARE_TOKEN_MFA_CODE"
	KeyAnswer            = "ANSWER"
	KeyEmail             = "EMAIL"
	KeyNewPassword       = "NEW_PASSWORD"

	// AttributePrefix stands before each attribute's name, in the required
	// attributes of NEW_PASSWORD_REQUIRED as in the answer to it.
	AttributePrefix = "userAttributes."
)

// Keys of ChallengeParameters: what Cognito sends. Every value is a string;
// lists and maps are JSON inside it.
const (
	KeyUserIDForSRP       = "USER_ID_FOR_SRP"
	KeySalt               = "SALT"
	KeySRPB               = "SRP_B"
	KeySecretBlock        = "SECRET_BLOCK"
	KeyDeliveryMedium     = "CODE_DELIVERY_DELIVERY_MEDIUM" // the word really stands twice
	KeyDestination        = "CODE_DELIVERY_DESTINATION"
	KeyFriendlyDeviceName = "FRIENDLY_DEVICE_NAME"
	KeyMFAsCanChoose      = "MFAS_CAN_CHOOSE"
	KeyMFAsCanSetUp       = "MFAS_CAN_SETUP"
	KeyRequiredAttributes = "requiredAttributes"
	KeyUserAttributes     = "userAttributes"
	KeyCredentialOptions  = "CREDENTIAL_REQUEST_OPTIONS"
)
