package auth_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// Every operation that carries a secret hash, with a right one, a wrong one and
// none, for users who exist and who do not, with an app client that hides which
// and one that tells. A hash that is not right is the developer's affair whoever
// the user is.
func TestSecretHashes(t *testing.T) {
	t.Parallel()
	const legacy = types.PreventUserExistenceErrorTypesLegacy
	// existing is for a user who has signed up and not confirmed, where it is told
	// who exists; existingHidden for the same user where it is not.
	type outcome struct{ existing, existingHidden, hidden, told error }
	for name, op := range map[string]struct {
		call func(ctx context.Context, a *auth.Accounts, username string) error
		outcome
	}{
		"SignUp": {func(ctx context.Context, a *auth.Accounts, username string) error {
			_, err := a.SignUp(ctx, username, password, map[string]string{"email": email})
			return err
		}, outcome{existing: auth.ErrUserExists, existingHidden: auth.ErrUserExists}},
		"ConfirmSignUp": {func(ctx context.Context, a *auth.Accounts, username string) error {
			_, err := a.ConfirmSignUp(ctx, username, "nocode")
			return err
		}, outcome{existing: auth.ErrCode, existingHidden: auth.ErrCode, hidden: auth.ErrCodeExpired, told: auth.ErrCredentials}},
		"ResendConfirmationCode": {func(ctx context.Context, a *auth.Accounts, username string) error {
			_, err := a.ResendConfirmationCode(ctx, username)
			return err
		}, outcome{told: auth.ErrCredentials}},
		"ForgotPassword": {func(ctx context.Context, a *auth.Accounts, username string) error {
			_, err := a.ForgotPassword(ctx, username)
			return err
		}, outcome{existing: auth.ErrDenied, told: auth.ErrCredentials}},
		"ConfirmForgotPassword": {func(ctx context.Context, a *auth.Accounts, username string) error {
			return a.ConfirmForgotPassword(ctx, username, "nocode", password)
		}, outcome{existing: auth.ErrCodeExpired, existingHidden: auth.ErrCodeExpired, hidden: auth.ErrCode, told: auth.ErrCredentials}},
	} {
		for _, prevent := range []types.PreventUserExistenceErrorTypes{"", legacy} {
			for secretName, secret := range map[string]func(string) []func(*auth.Options){
				"right": func(s string) []func(*auth.Options) { return []func(*auth.Options){auth.ClientSecret(s)} },
				"wrong": func(s string) []func(*auth.Options) { return []func(*auth.Options){auth.ClientSecret(s + "x")} },
				"none":  func(string) []func(*auth.Options) { return nil },
			} {
				for _, who := range []string{username, "nobody"} {
					t.Run(fmt.Sprintf("%s/%s secret/%s/%q", name, secretName, who, prevent), func(t *testing.T) {
						t.Parallel()
						w := newWorld(t, cognitotest.Config{Client: cognitotest.ClientConfig{Secret: true, PreventUserExistenceErrors: prevent}}, !admin)
						if _, err := w.accounts.SignUp(t.Context(), username, password, map[string]string{"email": email}); err != nil {
							t.Fatal(err)
						}
						accounts, err := auth.NewAccounts(w.SDK(), w.Client().ID, secret(w.Client().Secret)...)
						if err != nil {
							t.Fatal(err)
						}
						want := auth.ErrConfig
						switch {
						case secretName != "right":
						case who == username && prevent == legacy:
							want = op.existing
						case who == username:
							want = op.existingHidden
						case prevent == legacy:
							want = op.told
						default:
							want = op.hidden
						}
						if err := op.call(t.Context(), accounts, who); err == nil {
							if want != nil {
								t.Errorf("accepted, want %v", want)
							}
						} else {
							wantReason(t, err, want)
						}
					})
				}
			}
		}
	}
}

// A hash for an app client that has no secret.
func TestSecretHashTooMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cognitotest.Config{}, !admin)
	accounts, err := auth.NewAccounts(w.SDK(), w.Client().ID, auth.ClientSecret("none"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = accounts.ForgotPassword(t.Context(), username)
	wantReason(t, err, auth.ErrConfig)
}
