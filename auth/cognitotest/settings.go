package cognitotest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/signin"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
	"github.com/cognitomfa/cognitomfa/totp"
)

// settings are a configuration in the words of the directory, with the defaults
// of Config's documentation.
func (cfg Config) settings(url string, runner trigger.Runner) directory.Settings {
	if cfg.AutoVerified == nil {
		cfg.AutoVerified = []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail}
	}
	issuer := func(poolID string) string {
		return cmp.Or(strings.ReplaceAll(cfg.Issuer, "{poolId}", poolID), url+"/"+poolID)
	}
	return directory.Settings{
		Name:   "cognitotest",
		Region: cmp.Or(cfg.Region, "us-east-1"),
		Issuer: issuer,
		MFA:    cfg.MFA, TOTP: cfg.TOTP, SMS: cfg.SMS, Email: cfg.Email,
		Recovery:           recovery(cfg.Recovery),
		UsernameAttributes: cfg.UsernameAttributes,
		AliasAttributes:    cfg.AliasAttributes,
		CaseSensitive:      cfg.CaseSensitive,
		Schema:             cfg.schema(),
		AutoVerified:       cfg.AutoVerified,
		PasswordPolicy:     cfg.PasswordPolicy,
		FirstFactors:       slices.Clone(cfg.FirstFactors),
		WebAuthn:           cfg.WebAuthn,
		Triggers:           runner,
		Devices:            directory.DeviceTracking(cfg.Devices),
		Knobs: directory.Knobs{
			NoLockout: cfg.NoLockout, NoLimits: cfg.NoLimits, SRPFreshness: cfg.SRPFreshness,
			InlinePasskeys: cfg.InlinePasskeys, UnaskedSession: cfg.UnaskedSession, CustomAuthCoversSRP: cfg.CustomAuthCoversSRP,
			ReuseEndsSignIn: cfg.ReuseEndsSignIn, WrongTOTPEndsSession: cfg.WrongTOTPEndsSession, DeviceProofOnlyForMFA: cfg.DeviceProofOnlyForMFA,
		},
	}
}

// base is what pools have in common with the first that CreateUserPool makes on
// this server.
func (cfg Config) base(s directory.Settings) directory.Settings {
	runner := s.Triggers
	runner.Configured, runner.Own = trigger.Configured{}, trigger.Configured{}
	return directory.Settings{Region: s.Region, Issuer: s.Issuer, Triggers: runner, Knobs: s.Knobs}
}

func recovery(channel types.RecoveryOptionNameType) []types.RecoveryOptionNameType {
	if channel == "" {
		return nil
	}
	return []types.RecoveryOptionNameType{channel}
}

// schema lists the attributes that the configuration names.
func (cfg Config) schema() directory.Schema {
	var s directory.Schema
	yes := true
	for _, name := range cfg.RequiredAttributes {
		s = append(s, types.SchemaAttributeType{Name: &name, Required: &yes})
	}
	for _, name := range cfg.CustomAttributes {
		s = append(s, types.SchemaAttributeType{Name: &name})
	}
	return s
}

// flows are those of an app client that says nothing of them.
var flows = []types.ExplicitAuthFlowsType{
	types.ExplicitAuthFlowsTypeAllowUserAuth,
	types.ExplicitAuthFlowsTypeAllowUserSrpAuth,
	types.ExplicitAuthFlowsTypeAllowUserPasswordAuth,
	types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth,
	types.ExplicitAuthFlowsTypeAllowCustomAuth,
	types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
}

// settings are an app client in the words of the directory. It may see and set
// all attributes of its pool.
func (cfg ClientConfig) settings(p *directory.Pool, now time.Time) directory.ClientSettings {
	if cfg.Flows == nil {
		cfg.Flows = flows
	}
	s := directory.ClientSettings{
		Name:                       "cognitotest",
		Flows:                      slices.Clone(cfg.Flows),
		PreventUserExistenceErrors: cmp.Or(cfg.PreventUserExistenceErrors, types.PreventUserExistenceErrorTypesEnabled),
		SessionValidity:            cfg.SessionValidity,
		AccessToken:                cfg.AccessTokenValidity,
		IDToken:                    cfg.IDTokenValidity,
		RefreshToken:               cfg.RefreshTokenValidity,
		Rotation:                   cfg.RefreshTokenRotation,
		RotationGrace:              cfg.RotationGrace,
		Read:                       p.Settings.Schema.Names(),
		Write:                      p.Settings.Schema.Writable(),
	}
	if cfg.Secret {
		s.Secrets = []directory.Secret{directory.NewSecret("", now)}
	}
	return s
}

// runner runs the triggers of the configuration.
func (p *Pool) runner(cfg Config) trigger.Runner {
	own := trigger.Configured{Functions: cfg.Triggers.functions(), AccessTokens: cfg.Triggers.AccessTokens}
	return trigger.Runner{
		Configured: own, Own: own, NullMembers: cfg.NullMembers,
		Timeout: cmp.Or(cfg.TriggerTimeout, 5*time.Second), Elapse: p.clock.elapse, Around: p.faults.around,
	}
}

// functions are the triggers by name; a nil one counts as not configured.
func (t Triggers) functions() map[trigger.Name]trigger.Function {
	return map[trigger.Name]trigger.Function{
		trigger.PreSignUp:          trigger.Function(t.PreSignUp),
		trigger.PostConfirmation:   trigger.Function(t.PostConfirmation),
		trigger.PreAuthentication:  trigger.Function(t.PreAuthentication),
		trigger.PostAuthentication: trigger.Function(t.PostAuthentication),
		trigger.PreTokenGeneration: trigger.Function(t.PreTokenGeneration),
		trigger.UserMigration:      trigger.Function(t.UserMigration),
		trigger.CustomMessage:      trigger.Function(t.CustomMessage),
		trigger.Define:             trigger.Function(t.DefineAuthChallenge),
		trigger.Create:             trigger.Function(t.CreateAuthChallenge),
		trigger.Verify:             trigger.Function(t.VerifyAuthChallengeResponse),
	}
}

// registry are the functions that ARNs can mean.
func (cfg Config) registry() trigger.Registry {
	functions := make(trigger.Registry, len(cfg.Functions))
	for name, f := range cfg.Functions {
		functions[name] = trigger.Function(f)
	}
	return functions
}

// makeUser prepares a user of the pool, and refuses what could not have come
// about on AWS.
func (p *Pool) makeUser(u User) (directory.User, error) {
	pool := p.own()
	user, err := pool.NewUser(u.Username, maps.Clone(u.Attributes))
	if err != nil {
		return directory.User{}, err
	}
	if user.Verifier, err = pool.NewVerifier(user.Username, u.Password); err != nil {
		return directory.User{}, err
	}
	now := p.clock.Now()
	user.Created, user.Modified, user.Disabled = now, now, u.Disabled
	user.Status = types.UserStatusTypeConfirmed
	switch {
	case u.Temporary && user.Verifier.None():
		return directory.User{}, fmt.Errorf("a temporary password cannot be empty")
	case u.Temporary && u.Unconfirmed:
		return directory.User{}, fmt.Errorf("a user with a temporary password cannot be unconfirmed")
	case u.Unconfirmed:
		user.Status = types.UserStatusTypeUnconfirmed
	case u.Temporary:
		user.Status = types.UserStatusTypeForceChangePassword
		user.TemporaryExpires = now.AddDate(0, 0, int(pool.Settings.PasswordPolicy.TemporaryPasswordValidityDays))
	}
	return user, p.addFactors(&user, u)
}

// addFactors gives a user the second factors that AddUser was asked for.
func (p *Pool) addFactors(user *directory.User, u User) error {
	factors := u.Factors
	if u.TOTPSecret != "" {
		if _, err := totp.Code(u.TOTPSecret, p.clock.Now()); err != nil {
			return fmt.Errorf("TOTPSecret: %w", err)
		}
		user.MFA.TOTP = &factor.Authenticator{Secret: u.TOTPSecret}
		factors = append([]types.ChallengeNameType{types.ChallengeNameTypeSoftwareTokenMfa}, factors...)
	}
	if u.Preferred != "" {
		factors = append(factors[:len(factors):len(factors)], u.Preferred)
	}
	for _, f := range factors {
		if err := signin.MayEnable(p.own(), *user, f); err != nil {
			return err
		}
		user.Enable(f, true, f == u.Preferred)
	}
	return nil
}
