//go:build unix

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

var (
	staff      = aws.String("staff")
	byEmail    = []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail}
	optIn      = &types.DeviceConfigurationType{DeviceOnlyRememberedOnUserPrompt: true}
	plainFlows = []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth}
)

func policies(length int32) *types.UserPoolPolicyType {
	return &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{MinimumLength: &length}}
}

// makeWorld makes a pool in which there is everything that can be changed, and
// the workers that change it.
func makeWorld(t *testing.T, p *process, seed uint64, workers int) []*worker {
	t.Helper()
	ctx, sdk := t.Context(), newLife(t.Context(), p.url).sdk
	made, err := sdk.CreateUserPool(ctx, &cip.CreateUserPoolInput{
		PoolName: aws.String("load"), Policies: policies(8), AutoVerifiedAttributes: byEmail, DeviceConfiguration: optIn,
	})
	if err != nil {
		t.Fatal(err)
	}
	pool := made.UserPool.Id
	if _, err := sdk.SetUserPoolMfaConfig(ctx, &cip.SetUserPoolMfaConfigInput{
		UserPoolId: pool, MfaConfiguration: types.UserPoolMfaTypeOptional, SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: true},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := sdk.CreateGroup(ctx, &cip.CreateGroupInput{UserPoolId: pool, GroupName: staff}); err != nil {
		t.Fatal(err)
	}
	var all []*worker
	for i := range workers {
		w := &worker{t: t, random: rand.New(rand.NewPCG(seed, uint64(i))), pool: pool}
		w.plain = makeClient(ctx, t, sdk, &cip.CreateUserPoolClientInput{UserPoolId: pool, ClientName: aws.String("plain"), ExplicitAuthFlows: plainFlows, AccessTokenValidity: aws.Int32(1)})
		w.rotating = makeClient(ctx, t, sdk, &cip.CreateUserPoolClientInput{
			UserPoolId: pool, ClientName: aws.String("rotating"), ExplicitAuthFlows: plainFlows[:1],
			RefreshTokenRotation: &types.RefreshTokenRotationType{Feature: types.FeatureTypeEnabled},
		})
		w.hours.known = 1
		if i == 0 {
			w.length = &belief[int32]{known: 8}
		}
		for k := range usersPerWorker {
			w.users = append(w.users, &user{stem: fmt.Sprintf("w%d-%d", i, k)})
		}
		all = append(all, w)
	}
	return all
}

func makeClient(ctx context.Context, t *testing.T, sdk *cip.Client, in *cip.CreateUserPoolClientInput) *string {
	t.Helper()
	made, err := sdk.CreateUserPoolClient(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	return made.UserPoolClient.ClientId
}
