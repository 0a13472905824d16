package auth_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// A self is a user who has signed in and sees to the own account. Its functions
// use an SDK client that sends again without a pause.
type self struct {
	world
	accounts *auth.Accounts
	factors  *auth.Factors
	tokens   *auth.Tokens
}

// everything is a pool in which a user may have every factor.
func everything() cognitotest.Config {
	c := passkeyPool
	c.MFA, c.TOTP, c.SMS, c.Email = types.UserPoolMfaTypeOptional, true, true, true
	return c
}

// proven are the attributes of a user with a verified e-mail address.
var proven = map[string]string{"email": email, "email_verified": "true"}

// newSelf starts a pool and signs a user in.
func newSelf(t *testing.T, cfg cognitotest.Config, attributes map[string]string) self {
	t.Helper()
	w := newWorld(t, cfg, !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password, Attributes: attributes})
	sdk := w.sdk()
	factors, err := auth.NewFactors(sdk)
	if err != nil {
		t.Fatal(err)
	}
	var options []func(*auth.Options)
	if secret := w.Client().Secret; secret != "" {
		options = append(options, auth.ClientSecret(secret))
	}
	accounts, err := auth.NewAccounts(sdk, w.Client().ID, options...)
	if err != nil {
		t.Fatal(err)
	}
	return self{world: w, accounts: accounts, factors: factors, tokens: w.byPassword(t, password)}
}

// byPassword signs the user in with nothing but a password.
func (w world) byPassword(t *testing.T, password string) *auth.Tokens {
	t.Helper()
	tokens, c, err := w.client.Begin(t.Context(), auth.Password(username, password))
	if exactlyOne(t, tokens, c, err); tokens == nil {
		t.Fatal(c, err)
	}
	return tokens
}

// witness is what the SDK alone says of the user.
func (s self) witness(t *testing.T) (attributes map[string]string, preferred string, mfa []string) {
	t.Helper()
	out, err := s.SDK().GetUser(t.Context(), &cip.GetUserInput{AccessToken: aws.String(s.tokens.Access())})
	if err != nil {
		t.Fatal(err)
	}
	attributes = make(map[string]string)
	for _, a := range out.UserAttributes {
		attributes[*a.Name] = *a.Value
	}
	return attributes, aws.ToString(out.PreferredMfaSetting), out.UserMFASettingList
}

// preferences is an AdminFactorAPI that keeps what it was sent.
type preferences struct {
	got *cip.AdminSetUserMFAPreferenceInput
}

func (p *preferences) AdminSetUserMFAPreference(_ context.Context, in *cip.AdminSetUserMFAPreferenceInput, _ ...func(*cip.Options)) (*cip.AdminSetUserMFAPreferenceOutput, error) {
	p.got = in
	return &cip.AdminSetUserMFAPreferenceOutput{}, nil
}
