package signin

import (
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A flow is one way to begin.
type flow struct {
	public, admin bool // the operations that may begin it
	settings      []types.ExplicitAuthFlowsType
	required      []string // of AuthParameters
	unnamed       bool     // the call does not say whose sign-in it is
	migrates      bool     // the call has the password that UserMigration wants
	// refusal is the text for a client on which the flow is not enabled; the
	// service has three.
	refusal string
	begin   func(*attempt) (*Reply, error)
}

// flows are the ways to begin. The legacy names of the settings enable the same
// as the new ones (SDK documentation of ExplicitAuthFlows).
var flows map[types.AuthFlowType]flow

// An answer is what a challenge takes.
type answer struct {
	required    []string // of ChallengeResponses, besides USERNAME
	sessionless bool     // found by something else than the Session
	check       func(*attempt) (*Reply, error)
}

// answers are the challenges that can be answered, ADMIN_NO_SRP_AUTH not among
// them: it is a leftover in the enumeration.
var answers map[types.ChallengeNameType]answer

// The tables are filled here because their functions lead back to them.
func init() {
	const srpRefusal = "USER_SRP_AUTH is not enabled for the client."
	admin := flow{
		admin: true,
		settings: []types.ExplicitAuthFlowsType{
			types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth, types.ExplicitAuthFlowsTypeAdminNoSrpAuth,
		},
		required: []string{"USERNAME", "PASSWORD"},
		migrates: true,
		refusal:  "Auth flow not enabled for this client",
		begin:    (*attempt).beginPassword,
	}
	refresh := flow{
		public: true, admin: true,
		// Among the legacy names there is none for this: it is always on.
		settings: []types.ExplicitAuthFlowsType{
			types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth, types.ExplicitAuthFlowsTypeAdminNoSrpAuth,
			types.ExplicitAuthFlowsTypeCustomAuthFlowOnly, types.ExplicitAuthFlowsTypeUserPasswordAuth,
		},
		required: []string{"REFRESH_TOKEN"},
		unnamed:  true,
		refusal:  "REFRESH_TOKEN_AUTH is not enabled for the client.",
		begin:    (*attempt).beginRefresh,
	}
	flows = map[types.AuthFlowType]flow{
		types.AuthFlowTypeUserSrpAuth: {
			public: true, admin: true,
			settings: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserSrpAuth},
			required: []string{"USERNAME", "SRP_A"},
			refusal:  srpRefusal,
			begin:    (*attempt).beginSRP,
		},
		types.AuthFlowTypeUserPasswordAuth: {
			public: true,
			settings: []types.ExplicitAuthFlowsType{
				types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, types.ExplicitAuthFlowsTypeUserPasswordAuth,
			},
			required: []string{"USERNAME", "PASSWORD"},
			migrates: true,
			refusal:  "USER_PASSWORD_AUTH flow not enabled for this client",
			begin:    (*attempt).beginPassword,
		},
		types.AuthFlowTypeAdminUserPasswordAuth: admin,
		types.AuthFlowTypeAdminNoSrpAuth:        admin,
		types.AuthFlowTypeCustomAuth: {
			public: true, admin: true,
			settings: []types.ExplicitAuthFlowsType{
				types.ExplicitAuthFlowsTypeAllowCustomAuth, types.ExplicitAuthFlowsTypeCustomAuthFlowOnly,
			},
			required: []string{"USERNAME"},
			refusal:  "CUSTOM_AUTH is not enabled for the client.",
			begin:    (*attempt).beginCustom,
		},
		types.AuthFlowTypeUserAuth: {
			public: true, admin: true,
			settings: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserAuth},
			required: []string{"USERNAME"},
			refusal:  "USER_AUTH is not enabled for the client.",
			begin:    (*attempt).beginChoice,
		},
		types.AuthFlowTypeRefreshTokenAuth: refresh,
		types.AuthFlowTypeRefreshToken:     refresh,
	}
	answers = map[types.ChallengeNameType]answer{
		types.ChallengeNameTypePasswordVerifier: {
			required:    []string{"PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP"},
			sessionless: true,
			check:       (*attempt).answerVerifier,
		},
		types.ChallengeNameTypeDeviceSrpAuth: {
			required: []string{"DEVICE_KEY", "SRP_A"}, sessionless: true, check: (*attempt).answerDeviceSRP,
		},
		types.ChallengeNameTypeDevicePasswordVerifier: {
			required:    []string{"DEVICE_KEY", "PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP"},
			sessionless: true,
			check:       (*attempt).answerDevice,
		},
		types.ChallengeNameTypeNewPasswordRequired: {required: []string{"NEW_PASSWORD"}, check: (*attempt).answerNewPassword},
		types.ChallengeNameTypeSoftwareTokenMfa:    {required: []string{"SOFTWARE_TOKEN_MFA_CODE"}, check: (*attempt).answerTOTP},
		types.ChallengeNameTypeSmsMfa:              {required: []string{"SMS_MFA_CODE"}, check: (*attempt).answerDelivered},
		types.ChallengeNameTypeEmailOtp:            {required: []string{"EMAIL_OTP_CODE"}, check: (*attempt).answerDelivered},
		types.ChallengeNameTypeSmsOtp:              {required: []string{"SMS_OTP_CODE"}, check: (*attempt).answerDelivered},
		types.ChallengeNameTypeSelectMfaType:       {required: []string{"ANSWER"}, check: (*attempt).answerSelect},
		types.ChallengeNameTypeMfaSetup:            {check: (*attempt).answerSetUp},
		types.ChallengeNameTypeSelectChallenge:     {required: []string{"ANSWER"}, check: (*attempt).answerChoice},
		types.ChallengeNameTypePassword:            {required: []string{"PASSWORD"}, check: (*attempt).answerFirst},
		types.ChallengeNameTypeWebAuthn:            {required: []string{"CREDENTIAL"}, check: (*attempt).answerPasskey},
		types.ChallengeNameTypePasswordSrp:         {required: []string{"SRP_A"}, check: (*attempt).answerFirst},
		types.ChallengeNameTypeCustomChallenge:     {required: []string{"ANSWER"}, check: (*attempt).answerCustom},
	}
}

// admit finds the flow and refuses it to an operation or a client that it is
// not for.
func (a *attempt) admit() (flow, error) {
	f, ok := flows[a.Flow]
	if !ok || a.Admin && !f.admin || !a.Admin && !f.public {
		return flow{}, wire.InvalidParameter("Initiate Auth method not supported.")
	}
	if !a.Client.Allows(f.settings...) {
		return flow{}, wire.InvalidParameter("%s", f.refusal)
	}
	return f, nil
}
