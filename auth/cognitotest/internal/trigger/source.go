package trigger

import (
	"maps"
	"slices"
)

// A Name is that of a trigger, as errors and LambdaConfig write it.
type Name string

// The triggers that the pool has. The two custom senders are not among them: what
// they are given is encrypted by KMS.
const (
	PreSignUp          Name = "PreSignUp"
	PostConfirmation   Name = "PostConfirmation"
	PreAuthentication  Name = "PreAuthentication"
	PostAuthentication Name = "PostAuthentication"
	PreTokenGeneration Name = "PreTokenGeneration"
	UserMigration      Name = "UserMigration"
	CustomMessage      Name = "CustomMessage"
	Define             Name = "DefineAuthChallenge"
	Create             Name = "CreateAuthChallenge"
	Verify             Name = "VerifyAuthChallengeResponse"
)

// A Source is a value of triggerSource: which trigger runs, and why.
type Source string

// The sources (developer guide, "Connecting Lambda triggers to user pool functional
// operations"), but for those of hosted sign-in pages and federated users.
const (
	SignUp                Source = "PreSignUp_SignUp"
	AdminCreateUser       Source = "PreSignUp_AdminCreateUser"
	ConfirmSignUp         Source = "PostConfirmation_ConfirmSignUp"
	ConfirmForgotPassword Source = "PostConfirmation_ConfirmForgotPassword"
	BeforeSignIn          Source = "PreAuthentication_Authentication"
	AfterSignIn           Source = "PostAuthentication_Authentication"

	DefineChallenge Source = "DefineAuthChallenge_Authentication"
	CreateChallenge Source = "CreateAuthChallenge_Authentication"
	VerifyChallenge Source = "VerifyAuthChallengeResponse_Authentication"

	TokenAuthentication Source = "TokenGeneration_Authentication"
	TokenNewPassword    Source = "TokenGeneration_NewPasswordChallenge"
	TokenDevice         Source = "TokenGeneration_AuthenticateDevice"
	TokenRefresh        Source = "TokenGeneration_RefreshTokens"

	MigrateSignIn         Source = "UserMigration_Authentication"
	MigrateForgotPassword Source = "UserMigration_ForgotPassword"

	MessageSignUp          Source = "CustomMessage_SignUp"
	MessageAdminCreateUser Source = "CustomMessage_AdminCreateUser"
	MessageResendCode      Source = "CustomMessage_ResendCode"
	MessageForgotPassword  Source = "CustomMessage_ForgotPassword"
	MessageUpdateAttribute Source = "CustomMessage_UpdateUserAttribute"
	MessageVerifyAttribute Source = "CustomMessage_VerifyUserAttribute"
	MessageAuthentication  Source = "CustomMessage_Authentication"
)

// triggers tells which trigger runs for a source.
var triggers = map[Source]Name{
	SignUp: PreSignUp, AdminCreateUser: PreSignUp,
	ConfirmSignUp: PostConfirmation, ConfirmForgotPassword: PostConfirmation,
	BeforeSignIn: PreAuthentication, AfterSignIn: PostAuthentication,
	DefineChallenge: Define, CreateChallenge: Create, VerifyChallenge: Verify,
	TokenAuthentication: PreTokenGeneration, TokenNewPassword: PreTokenGeneration,
	TokenDevice: PreTokenGeneration, TokenRefresh: PreTokenGeneration,
	MigrateSignIn: UserMigration, MigrateForgotPassword: UserMigration,
	MessageSignUp: CustomMessage, MessageAdminCreateUser: CustomMessage, MessageResendCode: CustomMessage,
	MessageForgotPassword: CustomMessage, MessageUpdateAttribute: CustomMessage,
	MessageVerifyAttribute: CustomMessage, MessageAuthentication: CustomMessage,
}

// Trigger returns the trigger that runs for a source.
func (s Source) Trigger() Name { return triggers[s] }

// Names lists the triggers there are.
func Names() []Name {
	names := slices.Sorted(maps.Values(triggers))
	return slices.Compact(names)
}
