package cognitotest_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/totp"
)

// reopened ends a pool and starts one from the same state file.
func (d *driver) reopened(cfg cognitotest.Config) *driver {
	d.t.Helper()
	if err := d.pool.Close(); err != nil {
		d.t.Fatal(err)
	}
	next := drive(d.t, cfg)
	if next.pool.ID() != d.pool.ID() || next.client != d.client {
		d.t.Errorf("pool %s, client %s; before: %s, %s", next.pool.ID(), next.client.ID, d.pool.ID(), d.client.ID)
	}
	return next
}

// A pool goes on where it ended: users with their factors and devices, groups,
// other pools, refresh tokens and signatures.
func TestState(t *testing.T) {
	t.Parallel()
	cfg := withPasskeys()
	cfg.State = filepath.Join(t.TempDir(), "state")
	cfg.Clock = cognitotest.NewClock(morning)
	cfg.MFA, cfg.TOTP, cfg.Devices = types.UserPoolMfaTypeOptional, true, cognitotest.DevicesAlways
	cfg.Client = cognitotest.ClientConfig{Secret: true, RefreshTokenRotation: true}
	cfg.Issuer = "https://cognito-idp.us-east-1.amazonaws.com/{poolId}" // the port of the next one is another
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	d := drive(t, cfg)
	ctx := t.Context()

	sub := d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, TOTPSecret: secret})
	d.pool.AddUser(cognitotest.User{Username: "gone", Password: password})
	d.pool.AddUser(cognitotest.User{Username: "key", Password: password})
	d.group("readers", "", 1)
	must[*cip.AdminAddUserToGroupOutput](t)(nil, d.join("ann", "readers"))
	must[*cip.AdminDeleteUserOutput](t)(d.sdk.AdminDeleteUser(ctx, &cip.AdminDeleteUserInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("gone")}))
	other := must[*cip.CreateUserPoolOutput](t)(d.sdk.CreateUserPool(ctx, &cip.CreateUserPoolInput{
		PoolName: ptr("other"), Schema: []types.SchemaAttributeType{{Name: ptr("shoe"), AttributeDataType: types.AttributeDataTypeNumber}},
	})).UserPool
	dropped := must[*cip.CreateUserPoolOutput](t)(d.sdk.CreateUserPool(ctx, &cip.CreateUserPoolInput{PoolName: ptr("dropped")})).UserPool
	must[*cip.DeleteUserPoolOutput](t)(d.sdk.DeleteUserPool(ctx, &cip.DeleteUserPoolInput{UserPoolId: dropped.Id}))

	code := func() string { return must[string](t)(totp.Code(secret, cfg.Clock.Now())) }
	signIn := func(d *driver) (*cip.RespondToAuthChallengeOutput, error) {
		asked, err := d.srp("ann", password)
		if err != nil {
			return nil, err
		}
		return d.respond(types.ChallengeNameTypeSoftwareTokenMfa, asked.Session, d.signed(map[string]string{
			"USERNAME": "ann", "SOFTWARE_TOKEN_MFA_CODE": code(),
		}))
	}
	tokens := must[*cip.RespondToAuthChallengeOutput](t)(signIn(d)).AuthenticationResult
	device, _ := d.confirmDevice(tokens)
	authenticator := newAuthenticator()
	member := must[*cip.RespondToAuthChallengeOutput](t)(d.srp("key", password)).AuthenticationResult
	d.register(member.AccessToken, authenticator)

	for range 2 { // from what was written, and from what was rewritten
		d = d.reopened(cfg)
		user := must[*cip.AdminGetUserOutput](t)(d.sdk.AdminGetUser(ctx, &cip.AdminGetUserInput{UserPoolId: ptr(d.pool.ID()), Username: ptr("ann")}))
		if *user.Username != sub || !slices.Contains(user.UserMFASettingList, "SOFTWARE_TOKEN_MFA") {
			t.Errorf("%+v", user)
		}
		if got := d.groupsOf("ann"); !slices.Equal(got, []string{"readers"}) {
			t.Errorf("groups: %v", got)
		}
		_, err := d.srp("gone", password)
		wantError(t, err, "NotAuthorizedException", "Incorrect username or password.")

		// The code of this half minute was used before the restart.
		_, err = signIn(d)
		wantError(t, err, "ExpiredCodeException", "Your software token has already been used once.")

		// The access token is still one, and the refresh token is worth another.
		must[*cip.GetUserOutput](t)(d.sdk.GetUser(ctx, &cip.GetUserInput{AccessToken: tokens.AccessToken}))
		refresh := func(token *string) (*cip.GetTokensFromRefreshTokenOutput, error) {
			return d.sdk.GetTokensFromRefreshToken(ctx, &cip.GetTokensFromRefreshTokenInput{
				ClientId: &d.client.ID, ClientSecret: &d.client.Secret, RefreshToken: token, DeviceKey: &device.key,
			})
		}
		renewed := must[*cip.GetTokensFromRefreshTokenOutput](t)(refresh(tokens.RefreshToken)).AuthenticationResult
		d = d.reopened(cfg)
		_, err = refresh(tokens.RefreshToken)
		wantError(t, err, "RefreshTokenReuseException", "The refresh token has been replaced by refresh token rotation.")
		tokens.RefreshToken = renewed.RefreshToken

		// The remembered device stands for the second factor, the passkey for all.
		started := must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeUserPasswordAuth, d.signed(map[string]string{
			"USERNAME": "ann", "PASSWORD": password, "DEVICE_KEY": device.key,
		})))
		if started.ChallengeName != types.ChallengeNameTypeDeviceSrpAuth {
			t.Errorf("the device is forgotten: %s", started.ChallengeName)
		}
		asked := must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeUserAuth, d.signed(map[string]string{
			"USERNAME": "key", "PREFERRED_CHALLENGE": "WEB_AUTHN",
		})))
		must[*cip.RespondToAuthChallengeOutput](t)(d.byKey(asked, "key", authenticator))

		described := must[*cip.DescribeUserPoolOutput](t)(d.sdk.DescribeUserPool(ctx, &cip.DescribeUserPoolInput{UserPoolId: other.Id})).UserPool
		if !slices.ContainsFunc(described.SchemaAttributes, func(a types.SchemaAttributeType) bool { return *a.Name == "custom:shoe" }) {
			t.Error("the other pool has lost its schema")
		}
		listed := must[*cip.ListUserPoolsOutput](t)(d.sdk.ListUserPools(ctx, &cip.ListUserPoolsInput{MaxResults: ptr[int32](60)})).UserPools
		if len(listed) != 2 {
			t.Errorf("%d pools", len(listed))
		}
	}
}

// A sign-in that is under way and a code that is on its way do not survive, and
// can be begun anew.
func TestStateForgetsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	cfg := cognitotest.Config{State: filepath.Join(t.TempDir(), "state"), Clock: cognitotest.NewClock(morning)}
	d := drive(t, cfg)
	must[*cip.SignUpOutput](t)(d.sdk.SignUp(t.Context(), &cip.SignUpInput{
		ClientId: &d.client.ID, Username: ptr("ann"), Password: ptr(password),
		UserAttributes: []types.AttributeType{{Name: ptr("email"), Value: ptr("ann@example.com")}},
	}))
	sent, _ := d.pool.Outbox().Last("ann")
	content := string(must[[]byte](t)(os.ReadFile(cfg.State)))
	if strings.Contains(content, sent.Code) || strings.Contains(content, password) {
		t.Error("the file holds a code or a password")
	}
	d = d.reopened(cfg)
	_, err := d.sdk.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{ClientId: &d.client.ID, Username: ptr("ann"), ConfirmationCode: &sent.Code})
	wantError(t, err, "ExpiredCodeException", "Invalid code provided, please request a code again.")
	must[*cip.ResendConfirmationCodeOutput](t)(d.sdk.ResendConfirmationCode(t.Context(), &cip.ResendConfirmationCodeInput{ClientId: &d.client.ID, Username: ptr("ann")}))
	sent, _ = d.pool.Outbox().Last("ann")
	must[*cip.ConfirmSignUpOutput](t)(d.sdk.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{ClientId: &d.client.ID, Username: ptr("ann"), ConfirmationCode: &sent.Code}))
}

func TestStateRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inUse := filepath.Join(dir, "used")
	drive(t, cognitotest.Config{State: inUse})
	damaged := filepath.Join(dir, "damaged")
	must[any](t)(nil, os.WriteFile(damaged, []byte("something else\n"), 0o600))
	for name, cfg := range map[string]cognitotest.Config{
		"in use":      {State: inUse},
		"damaged":     {State: damaged},
		"a directory": {State: dir},
		"exposed":     {Addr: "0.0.0.0:0"},
		"no address":  {Addr: "nonsense"},
	} {
		if pool, err := cognitotest.New(cfg); err == nil {
			t.Errorf("%s: taken", name)
			pool.Close()
		}
	}
	pool := must[*cognitotest.Pool](t)(cognitotest.New(cognitotest.Config{Addr: "0.0.0.0:0", Exposed: true}))
	must[any](t)(nil, pool.Close())
	left := must[[]os.DirEntry](t)(os.ReadDir(dir))
	if names := slices.Sorted(maps.Keys(entries(left))); len(names) != 4 { // two files and their locks
		t.Errorf("left behind: %v", names)
	}
}

func entries(all []os.DirEntry) map[string]bool {
	names := make(map[string]bool)
	for _, e := range all {
		names[e.Name()] = true
	}
	return names
}
