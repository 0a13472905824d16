package auth

import (
	"context"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// API is what a sign-in needs of the AWS SDK. All four operations are public:
// they need no AWS credentials.
type API interface {
	InitiateAuth(context.Context, *cip.InitiateAuthInput, ...func(*cip.Options)) (*cip.InitiateAuthOutput, error)
	RespondToAuthChallenge(context.Context, *cip.RespondToAuthChallengeInput, ...func(*cip.Options)) (*cip.RespondToAuthChallengeOutput, error)
	AssociateSoftwareToken(context.Context, *cip.AssociateSoftwareTokenInput, ...func(*cip.Options)) (*cip.AssociateSoftwareTokenOutput, error)
	VerifySoftwareToken(context.Context, *cip.VerifySoftwareTokenInput, ...func(*cip.Options)) (*cip.VerifySoftwareTokenOutput, error)
}

// AdminAPI is what a sign-in by the Admin operations needs beside [API]. They
// are signed with AWS credentials that may call
// cognito-idp:AdminInitiateAuth and cognito-idp:AdminRespondToAuthChallenge.
type AdminAPI interface {
	AdminInitiateAuth(context.Context, *cip.AdminInitiateAuthInput, ...func(*cip.Options)) (*cip.AdminInitiateAuthOutput, error)
	AdminRespondToAuthChallenge(context.Context, *cip.AdminRespondToAuthChallengeInput, ...func(*cip.Options)) (*cip.AdminRespondToAuthChallengeOutput, error)
}

// AccountAPI is what [Accounts] needs. All operations are public: from ChangePassword
// on, an access token says whose account is meant.
type AccountAPI interface {
	SignUp(context.Context, *cip.SignUpInput, ...func(*cip.Options)) (*cip.SignUpOutput, error)
	ConfirmSignUp(context.Context, *cip.ConfirmSignUpInput, ...func(*cip.Options)) (*cip.ConfirmSignUpOutput, error)
	ResendConfirmationCode(context.Context, *cip.ResendConfirmationCodeInput, ...func(*cip.Options)) (*cip.ResendConfirmationCodeOutput, error)
	ForgotPassword(context.Context, *cip.ForgotPasswordInput, ...func(*cip.Options)) (*cip.ForgotPasswordOutput, error)
	ConfirmForgotPassword(context.Context, *cip.ConfirmForgotPasswordInput, ...func(*cip.Options)) (*cip.ConfirmForgotPasswordOutput, error)
	ChangePassword(context.Context, *cip.ChangePasswordInput, ...func(*cip.Options)) (*cip.ChangePasswordOutput, error)
	GetUser(context.Context, *cip.GetUserInput, ...func(*cip.Options)) (*cip.GetUserOutput, error)
	UpdateUserAttributes(context.Context, *cip.UpdateUserAttributesInput, ...func(*cip.Options)) (*cip.UpdateUserAttributesOutput, error)
	DeleteUserAttributes(context.Context, *cip.DeleteUserAttributesInput, ...func(*cip.Options)) (*cip.DeleteUserAttributesOutput, error)
	GetUserAttributeVerificationCode(context.Context, *cip.GetUserAttributeVerificationCodeInput, ...func(*cip.Options)) (*cip.GetUserAttributeVerificationCodeOutput, error)
	VerifyUserAttribute(context.Context, *cip.VerifyUserAttributeInput, ...func(*cip.Options)) (*cip.VerifyUserAttributeOutput, error)
	DeleteUser(context.Context, *cip.DeleteUserInput, ...func(*cip.Options)) (*cip.DeleteUserOutput, error)
}

// FactorAPI is what [Factors] needs. All operations are public; an access token
// says whose factors are meant.
type FactorAPI interface {
	AssociateSoftwareToken(context.Context, *cip.AssociateSoftwareTokenInput, ...func(*cip.Options)) (*cip.AssociateSoftwareTokenOutput, error)
	VerifySoftwareToken(context.Context, *cip.VerifySoftwareTokenInput, ...func(*cip.Options)) (*cip.VerifySoftwareTokenOutput, error)
	SetUserMFAPreference(context.Context, *cip.SetUserMFAPreferenceInput, ...func(*cip.Options)) (*cip.SetUserMFAPreferenceOutput, error)
	GetUserAuthFactors(context.Context, *cip.GetUserAuthFactorsInput, ...func(*cip.Options)) (*cip.GetUserAuthFactorsOutput, error)
	StartWebAuthnRegistration(context.Context, *cip.StartWebAuthnRegistrationInput, ...func(*cip.Options)) (*cip.StartWebAuthnRegistrationOutput, error)
	CompleteWebAuthnRegistration(context.Context, *cip.CompleteWebAuthnRegistrationInput, ...func(*cip.Options)) (*cip.CompleteWebAuthnRegistrationOutput, error)
	ListWebAuthnCredentials(context.Context, *cip.ListWebAuthnCredentialsInput, ...func(*cip.Options)) (*cip.ListWebAuthnCredentialsOutput, error)
	DeleteWebAuthnCredential(context.Context, *cip.DeleteWebAuthnCredentialInput, ...func(*cip.Options)) (*cip.DeleteWebAuthnCredentialOutput, error)
}

// AdminFactorAPI is what [AdminFactors] needs. It is signed with AWS credentials
// that may call cognito-idp:AdminSetUserMFAPreference.
type AdminFactorAPI interface {
	AdminSetUserMFAPreference(context.Context, *cip.AdminSetUserMFAPreferenceInput, ...func(*cip.Options)) (*cip.AdminSetUserMFAPreferenceOutput, error)
}

// DeviceAPI is what [Devices] needs. All operations are public; an access token
// says whose devices are meant.
type DeviceAPI interface {
	ConfirmDevice(context.Context, *cip.ConfirmDeviceInput, ...func(*cip.Options)) (*cip.ConfirmDeviceOutput, error)
	UpdateDeviceStatus(context.Context, *cip.UpdateDeviceStatusInput, ...func(*cip.Options)) (*cip.UpdateDeviceStatusOutput, error)
	ForgetDevice(context.Context, *cip.ForgetDeviceInput, ...func(*cip.Options)) (*cip.ForgetDeviceOutput, error)
	ListDevices(context.Context, *cip.ListDevicesInput, ...func(*cip.Options)) (*cip.ListDevicesOutput, error)
}

// AdminSignOutAPI is what [AdminSignOutEverywhere] needs. It is signed with AWS
// credentials that may call cognito-idp:AdminUserGlobalSignOut.
type AdminSignOutAPI interface {
	AdminUserGlobalSignOut(context.Context, *cip.AdminUserGlobalSignOutInput, ...func(*cip.Options)) (*cip.AdminUserGlobalSignOutOutput, error)
}

// TokenAPI is what [Refresher] needs. All operations are public; the tokens in the
// requests say whose they are.
type TokenAPI interface {
	GetTokensFromRefreshToken(context.Context, *cip.GetTokensFromRefreshTokenInput, ...func(*cip.Options)) (*cip.GetTokensFromRefreshTokenOutput, error)
	RevokeToken(context.Context, *cip.RevokeTokenInput, ...func(*cip.Options)) (*cip.RevokeTokenOutput, error)
	GlobalSignOut(context.Context, *cip.GlobalSignOutInput, ...func(*cip.Options)) (*cip.GlobalSignOutOutput, error)
}

var (
	_ API             = (*cip.Client)(nil)
	_ AdminAPI        = (*cip.Client)(nil)
	_ AccountAPI      = (*cip.Client)(nil)
	_ FactorAPI       = (*cip.Client)(nil)
	_ AdminFactorAPI  = (*cip.Client)(nil)
	_ DeviceAPI       = (*cip.Client)(nil)
	_ TokenAPI        = (*cip.Client)(nil)
	_ AdminSignOutAPI = (*cip.Client)(nil)
)
