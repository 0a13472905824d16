package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// A Seed is one pool of a -seed file, which is a JSON array of them. Pool, MFA,
// Clients and Groups are requests of the AWS API, as `aws cognito-idp
// --generate-cli-skeleton` prints them, without the ids.
type Seed struct {
	Pool    cip.CreateUserPoolInput         // CreateUserPool
	MFA     *cip.SetUserPoolMfaConfigInput  // SetUserPoolMfaConfig
	Clients []cip.CreateUserPoolClientInput // CreateUserPoolClient, one each
	Groups  []cip.CreateGroupInput          // CreateGroup, one each
	Users   []SeedUser
}

// A SeedUser is a confirmed user, or one with a temporary password.
type SeedUser struct {
	Username, Password string
	Temporary          bool
	Attributes         map[string]string // with email_verified, "true"
	Groups             []string
}

func readSeeds(path string) ([]Seed, error) {
	if path == "" {
		return nil, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	in := json.NewDecoder(bytes.NewReader(content))
	in.DisallowUnknownFields() // a misspelt setting would be missed much later
	var seeds []Seed
	if err := in.Decode(&seeds); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return seeds, nil
}

// plant makes the pool by the operations that any program would call.
func (s Seed) plant(ctx context.Context, sdk *cip.Client, out io.Writer) error {
	pool, err := sdk.CreateUserPool(ctx, &s.Pool)
	if err != nil {
		return err
	}
	id := pool.UserPool.Id
	fmt.Fprintf(out, "pool %s (%s)\n", *id, aws.ToString(s.Pool.PoolName))
	if s.MFA != nil {
		s.MFA.UserPoolId = id
		if _, err := sdk.SetUserPoolMfaConfig(ctx, s.MFA); err != nil {
			return err
		}
	}
	for _, c := range s.Clients {
		c.UserPoolId = id
		made, err := sdk.CreateUserPoolClient(ctx, &c)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "app client %s (%s)\n", *made.UserPoolClient.ClientId, aws.ToString(c.ClientName))
	}
	for _, g := range s.Groups {
		g.UserPoolId = id
		if _, err := sdk.CreateGroup(ctx, &g); err != nil {
			return err
		}
	}
	for _, u := range s.Users {
		if err := u.plant(ctx, sdk, id); err != nil {
			return fmt.Errorf("user %s: %w", u.Username, err)
		}
	}
	return nil
}

func (u SeedUser) plant(ctx context.Context, sdk *cip.Client, pool *string) error {
	var attributes []types.AttributeType
	for name, value := range u.Attributes {
		attributes = append(attributes, types.AttributeType{Name: aws.String(name), Value: aws.String(value)})
	}
	slices.SortFunc(attributes, func(a, b types.AttributeType) int { return bytes.Compare([]byte(*a.Name), []byte(*b.Name)) })
	in := &cip.AdminCreateUserInput{UserPoolId: pool, Username: &u.Username, UserAttributes: attributes, MessageAction: types.MessageActionTypeSuppress}
	if _, err := sdk.AdminCreateUser(ctx, in); err != nil {
		return err
	}
	_, err := sdk.AdminSetUserPassword(ctx, &cip.AdminSetUserPasswordInput{
		UserPoolId: pool, Username: &u.Username, Password: &u.Password, Permanent: !u.Temporary,
	})
	if err != nil {
		return err
	}
	for _, group := range u.Groups {
		if _, err := sdk.AdminAddUserToGroup(ctx, &cip.AdminAddUserToGroupInput{UserPoolId: pool, Username: &u.Username, GroupName: &group}); err != nil {
			return err
		}
	}
	return nil
}
