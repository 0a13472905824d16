package doctest

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// A way is a row of the table of app client settings.
type way struct {
	call    string
	flow    string // Cognito's
	allows  types.ExplicitAuthFlowsType
	admin   bool
	factor  auth.FirstFactor
	remarks string
}

var ways = []way{
	{"`SRP`", "`USER_SRP_AUTH`", types.ExplicitAuthFlowsTypeAllowUserSrpAuth, false, auth.SRP("ann", password), ""},
	{"`Password`", "`USER_PASSWORD_AUTH`", types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, false, auth.Password("ann", password), "a UserMigration trigger needs it"},
	{"`UserAuth`", "`USER_AUTH`", types.ExplicitAuthFlowsTypeAllowUserAuth, false, auth.UserAuth("ann", auth.PreferSRP(password)), "Essentials plan or higher"},
	{"`Custom`", "`CUSTOM_AUTH`", types.ExplicitAuthFlowsTypeAllowCustomAuth, false, auth.Custom("ann"), "the three triggers"},
	{"`SRP`", "`USER_SRP_AUTH`", types.ExplicitAuthFlowsTypeAllowUserSrpAuth, true, auth.SRP("ann", password), ""},
	{"`Password`", "`ADMIN_USER_PASSWORD_AUTH`", types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth, true, auth.Password("ann", password), ""},
	{"`AdminNoSRP`", "`ADMIN_NO_SRP_AUTH`", types.ExplicitAuthFlowsTypeAdminNoSrpAuth, true, auth.AdminNoSRP("ann", password), "for app clients with the older names alone"},
}

func (w way) row() string {
	operations := "no AWS credentials"
	if w.admin {
		operations = "`cognito-idp:AdminInitiateAuth`, `cognito-idp:AdminRespondToAuthChallenge`"
	}
	return "| " + w.call + " | " + w.flow + " | `" + string(w.allows) + "` | " + operations + " | " + w.remarks + " |\n"
}

// Each row is the least that the sign-in needs: with it there is no error, and
// with another flow in its place Cognito refuses.
func TestWaysNeedTheirFlow(t *testing.T) {
	t.Parallel()
	store := trigger.NewMemory(nil)
	codes := must(emailotp.New(make([]byte, trigger.MinKey), new(mailbox), store))
	handler := must(trigger.New(make([]byte, trigger.MinKey), store, []trigger.Method{codes}, func(o *trigger.Options) {
		o.WithoutPassword, o.Logger = true, slog.New(slog.DiscardHandler)
	}))
	pool := cognitotest.Start(t, cognitotest.Config{Triggers: served(handler)})
	pool.AddUser(cognitotest.User{Username: "ann", Password: password})
	for _, w := range ways {
		other := types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth
		if w.allows == types.ExplicitAuthFlowsTypeAdminNoSrpAuth {
			other = types.ExplicitAuthFlowsTypeUserPasswordAuth // older names stand alone
		}
		for _, flow := range []types.ExplicitAuthFlowsType{w.allows, other} {
			app := pool.AddClient(cognitotest.ClientConfig{Flows: []types.ExplicitAuthFlowsType{flow}})
			client, err := auth.New(pool.SDK(), pool.ID(), app.ID, func(o *auth.Options) {
				if w.admin {
					o.Admin = pool.SDK()
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			tokens, next, err := client.Begin(t.Context(), w.factor)
			if flow == w.allows && err != nil {
				t.Errorf("%s with %s: %v", w.call, flow, err)
			}
			if flow != w.allows && !errors.Is(err, auth.ErrConfig) {
				t.Errorf("%s with %s: tokens %v, challenge %v, error %v", w.call, flow, tokens, next, err)
			}
		}
	}
}

const permissions = "docs/guides/permissions.md"

// The guide's table is this one.
func TestTableOfWays(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	table.WriteString("| first factor | flow | app client allows | IAM | remarks |\n|---|---|---|---|---|\n")
	for _, w := range ways {
		table.WriteString(w.row())
	}
	written(t, permissions, "ways", table.String())
}

// written demands that a page has a text between two comments of a name, or with
// -update writes it there.
func written(t *testing.T, name, section, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), "<!-- "+section+" -->\n")
	present, after, ok2 := strings.Cut(rest, "<!-- /"+section+" -->")
	switch {
	case !ok || !ok2:
		t.Errorf("%s has no section %s", name, section)
	case present == text:
	case !*update:
		t.Errorf("%s: the section %s is not up to date: go test ./internal/doctest -update", name, section)
	default:
		if err := os.WriteFile(path, []byte(before+"<!-- "+section+" -->\n"+text+"<!-- /"+section+" -->"+after), 0o644); err != nil {
			t.Error(err)
		}
	}
}
