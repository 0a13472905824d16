// Check looks for app clients of a user pool that let users past the custom
// challenge, for a pipeline that deploys:
//
//	go run ./examples/lambda/check -pool-id eu-west-1_EXAMPLE
//
// It ends with status 1 if there is a way round, with 2 if its flags are wrong,
// with 3 if AWS could not be asked, and with 0 otherwise, whatever else it has to
// say. It needs cognito-idp:DescribeUserPool, ListUserPoolClients and
// DescribeUserPoolClient on the user pool, and changes nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/challenge/trigger"
)

// The program's status.
const (
	fine     = 0
	bypassed = 1
	usage    = 2
	failed   = 3
)

// options are the flags.
type options struct {
	poolID, clientID          string
	guarded                   bool
	region, profile, endpoint string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return fine
	case err != nil:
		fmt.Fprintln(stderr, err)
		return usage
	}
	pool, clients, err := o.describe(ctx)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return failed
	}
	findings := o.judge(pool, clients)
	status := fine
	for _, f := range findings {
		kind := "note"
		if f.Bypass {
			kind, status = "bypass", bypassed
		}
		fmt.Fprintf(stdout, "%s: %s: %s: %s\n", kind, f.where, f.Setting, f.Text)
	}
	if len(findings) == 0 {
		fmt.Fprintf(stdout, "%d app clients: nothing found\n", len(clients))
	}
	return status
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("check", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.poolID, "pool-id", "", "user pool, such as eu-west-1_EXAMPLE")
	f.StringVar(&o.clientID, "client-id", "", "app client; without it, all of the pool")
	f.BoolVar(&o.guarded, "guarded", false, "a guard (trigger.Guard) serves PreTokenGeneration, so that a flow without the challenge gives no tokens")
	f.StringVar(&o.region, "region", "", "AWS region; by default the user pool's")
	f.StringVar(&o.profile, "profile", "", "profile of the AWS configuration files")
	f.StringVar(&o.endpoint, "endpoint", "", "URL of a Cognito other than AWS's, such as http://127.0.0.1:9229")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.region == "" {
		o.region, _, _ = strings.Cut(o.poolID, "_")
	}
	if o.poolID == "" || f.NArg() > 0 {
		return o, errors.New("check takes flags only, and needs -pool-id")
	}
	return o, nil
}

// describe asks AWS for the pool and its clients.
func (o options) describe(ctx context.Context) (*types.UserPoolType, []*types.UserPoolClientType, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(o.region), config.WithSharedConfigProfile(o.profile))
	if err != nil {
		return nil, nil, fmt.Errorf("the AWS configuration: %w", err)
	}
	api := cip.NewFromConfig(cfg, func(c *cip.Options) {
		if o.endpoint != "" {
			c.BaseEndpoint = aws.String(o.endpoint)
		}
	})
	out, err := api.DescribeUserPool(ctx, &cip.DescribeUserPoolInput{UserPoolId: &o.poolID})
	if err != nil {
		return nil, nil, fmt.Errorf("describing the user pool: %w", err)
	}
	ids, err := o.clientIDs(ctx, api)
	if err != nil {
		return nil, nil, err
	}
	var clients []*types.UserPoolClientType
	for _, id := range ids {
		out, err := api.DescribeUserPoolClient(ctx, &cip.DescribeUserPoolClientInput{UserPoolId: &o.poolID, ClientId: &id})
		if err != nil {
			return nil, nil, fmt.Errorf("describing app client %s: %w", id, err)
		}
		clients = append(clients, out.UserPoolClient)
	}
	return out.UserPool, clients, nil
}

func (o options) clientIDs(ctx context.Context, api *cip.Client) ([]string, error) {
	if o.clientID != "" {
		return []string{o.clientID}, nil
	}
	var ids []string
	pages := cip.NewListUserPoolClientsPaginator(api, &cip.ListUserPoolClientsInput{UserPoolId: &o.poolID, MaxResults: aws.Int32(60)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing the app clients: %w", err)
		}
		for _, c := range page.UserPoolClients {
			ids = append(ids, aws.ToString(c.ClientId))
		}
	}
	return ids, nil
}

// A finding is a warning about the pool or one of its clients.
type finding struct {
	where string
	trigger.Warning
}

// judge is what there is to say, the pool first.
func (o options) judge(pool *types.UserPoolType, clients []*types.UserPoolClientType) []finding {
	lambdas := pool.LambdaConfig
	if lambdas == nil {
		lambdas = &types.LambdaConfigType{}
	}
	var found []finding
	for _, t := range []struct {
		name string
		arn  *string
	}{
		{"DefineAuthChallenge", lambdas.DefineAuthChallenge}, {"CreateAuthChallenge", lambdas.CreateAuthChallenge},
		{"VerifyAuthChallengeResponse", lambdas.VerifyAuthChallengeResponse},
	} {
		if aws.ToString(t.arn) == "" {
			found = append(found, finding{"the pool", trigger.Warning{Setting: t.name, Text: "no function, without which no custom challenge is asked"}})
		}
	}
	guarded := o.guarded && (aws.ToString(lambdas.PreTokenGeneration) != "" || lambdas.PreTokenGenerationConfig != nil)
	if o.guarded && !guarded {
		found = append(found, finding{"the pool", trigger.Warning{Setting: "PreTokenGeneration", Bypass: true, Text: "no function, so there is no guard"}})
	}
	for _, c := range clients {
		for _, w := range trigger.CheckClient(appClient(c)) {
			if w.Bypass && guarded {
				w.Bypass, w.Text = false, w.Text+" (left to the guard)"
			}
			found = append(found, finding{"app client " + aws.ToString(c.ClientId), w})
		}
	}
	return found
}

// appClient is what AWS says of a client, in the words of package trigger.
func appClient(c *types.UserPoolClientType) trigger.AppClient {
	a := trigger.AppClient{
		PreventUserExistenceErrors:      string(c.PreventUserExistenceErrors),
		AuthSessionValidity:             int(aws.ToInt32(c.AuthSessionValidity)),
		AllowedOAuthFlowsUserPoolClient: aws.ToBool(c.AllowedOAuthFlowsUserPoolClient),
	}
	for _, f := range c.ExplicitAuthFlows {
		a.ExplicitAuthFlows = append(a.ExplicitAuthFlows, string(f))
	}
	return a
}
