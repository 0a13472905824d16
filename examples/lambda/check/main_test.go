package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// A setup says what a pool is like that is not as it should be.
type setup struct {
	client  *cognitotest.ClientConfig // in place of a good one
	lambdas *types.LambdaConfigType   // in place of the three triggers
	more    []cognitotest.ClientConfig
}

var function = aws.String("arn:aws:lambda:us-east-1:123456789012:function:challenges")

func triggers() *types.LambdaConfigType {
	return &types.LambdaConfigType{DefineAuthChallenge: function, CreateAuthChallenge: function, VerifyAuthChallengeResponse: function}
}

func withGuard() *types.LambdaConfigType {
	c := triggers()
	c.PreTokenGeneration = function
	return c
}

func newPool(t *testing.T, s setup) *cognitotest.Pool {
	t.Helper()
	client := good()
	if s.client != nil {
		client = *s.client
	}
	pool := cognitotest.Start(t, cognitotest.Config{Client: client})
	lambdas := triggers()
	if s.lambdas != nil {
		lambdas = s.lambdas
	}
	id := pool.ID()
	if _, err := pool.SDK().UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{UserPoolId: &id, LambdaConfig: lambdas}); err != nil {
		t.Fatal(err)
	}
	for _, c := range s.more {
		pool.AddClient(c)
	}
	return pool
}

func good(more ...types.ExplicitAuthFlowsType) cognitotest.ClientConfig {
	return cognitotest.ClientConfig{
		Flows: append([]types.ExplicitAuthFlowsType{
			types.ExplicitAuthFlowsTypeAllowCustomAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
		}, more...),
		SessionValidity: 10 * time.Minute,
	}
}

func TestCheck(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKID") // and so not parallel
	t.Setenv("AWS_SECRET_ACCESS_KEY", "SECRET")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	srp := good(types.ExplicitAuthFlowsTypeAllowUserSrpAuth)
	legacy := good()
	legacy.PreventUserExistenceErrors = types.PreventUserExistenceErrorTypesLegacy
	for name, row := range map[string]struct {
		setup
		args   []string
		status int
		want   []string // parts of the output
	}{
		"good":                 {want: []string{"1 app clients: nothing found"}},
		"SRP":                  {setup: setup{client: &srp}, status: bypassed, want: []string{"bypass: app client", "ALLOW_USER_SRP_AUTH"}},
		"legacy":               {setup: setup{client: &legacy}, want: []string{"note: app client", "PreventUserExistenceErrors"}},
		"another":              {setup: setup{more: []cognitotest.ClientConfig{srp}}, status: bypassed, want: []string{"bypass: app client"}},
		"many":                 {setup: setup{more: slices.Repeat([]cognitotest.ClientConfig{good()}, 70)}, want: []string{"71 app clients: nothing found"}},
		"guarded":              {setup: setup{client: &srp, lambdas: withGuard()}, args: []string{"-guarded"}, want: []string{"note: app client", "left to the guard"}},
		"guarded by nothing":   {setup: setup{client: &srp}, args: []string{"-guarded"}, status: bypassed, want: []string{"PreTokenGeneration", "bypass: app client"}},
		"a trigger for claims": {setup: setup{client: &srp, lambdas: withGuard()}, status: bypassed, want: []string{"bypass: app client"}},
		"no triggers": {setup: setup{lambdas: &types.LambdaConfigType{}}, want: []string{
			"note: the pool: DefineAuthChallenge", "note: the pool: CreateAuthChallenge", "note: the pool: VerifyAuthChallengeResponse",
		}},
		"no such client": {args: []string{"-client-id", "nobody"}, status: failed, want: []string{"describing app client nobody"}},
		"an argument":    {args: []string{"x"}, status: usage, want: []string{"-pool-id"}},
		"no such flag":   {args: []string{"-x"}, status: usage},
		"help":           {args: []string{"-h"}, want: []string{"-guarded"}},
	} {
		t.Run(name, func(t *testing.T) {
			pool := newPool(t, row.setup)
			var out strings.Builder
			args := append([]string{"-pool-id", pool.ID(), "-endpoint", pool.URL()}, row.args...)
			if status := run(t.Context(), args, &out, &out); status != row.status {
				t.Errorf("status %d, want %d", status, row.status)
			}
			for _, part := range row.want {
				if !strings.Contains(out.String(), part) {
					t.Errorf("it does not say %q:\n%s", part, out.String())
				}
			}
		})
	}
	// One client alone.
	pool := newPool(t, setup{more: []cognitotest.ClientConfig{srp}})
	var out strings.Builder
	if status := run(t.Context(), []string{"-pool-id", pool.ID(), "-endpoint", pool.URL(), "-client-id", pool.Client().ID}, &out, &out); status != fine {
		t.Errorf("status %d:\n%s", status, out.String())
	}
	// A pool that cannot be asked.
	if status := run(t.Context(), []string{"-pool-id", "us-east-1_Nobody", "-endpoint", pool.URL()}, &out, &out); status != failed {
		t.Errorf("a pool that there is not: status %d", status)
	}
	if status := run(t.Context(), nil, &out, &out); status != usage {
		t.Errorf("no pool: status %d", status)
	}
}
