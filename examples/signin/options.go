package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/cognitomfa/cognitomfa/auth"
)

// options are the flags.
type options struct {
	poolID, clientID, username string
	secretEnv                  string
	region, profile, endpoint  string
	flow                       string
	admin                      bool
	metadata                   map[string]string
	resume, keyFile            string
	trace, json, showTokens    bool
}

// A flow is a value of -flow.
type flow struct {
	name     string
	password bool // a password is asked for before the first call
	first    func(username, password string) auth.FirstFactor
}

var flows = []flow{
	{"srp", true, auth.SRP},
	{"password", true, auth.Password},
	{"custom-srp", true, auth.CustomSRP},
	{"custom", false, func(username, _ string) auth.FirstFactor { return auth.Custom(username) }},
	{"choice", false, func(username, _ string) auth.FirstFactor { return auth.UserAuth(username) }},
}

// flowNamed returns a flow by its name.
func flowNamed(name string) (flow, error) {
	var names []string
	for _, f := range flows {
		if f.name == name {
			return f, nil
		}
		names = append(names, f.name)
	}
	return flow{}, fmt.Errorf("-flow is none of %s", strings.Join(names, ", "))
}

// parse reads the flags. The error is flag.ErrHelp, or says what is wrong with
// them.
func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("signin", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.poolID, "pool-id", "", "user pool, such as us-east-1_EXAMPLE; without it, a pool inside this program")
	f.StringVar(&o.clientID, "client-id", "", "app client of the user pool")
	f.StringVar(&o.username, "username", "", "who signs in; asked for if left out")
	f.StringVar(&o.secretEnv, "client-secret-env", "", "environment variable with the app client's secret, if it has one")
	f.StringVar(&o.region, "region", "", "AWS region; by default the user pool's")
	f.StringVar(&o.profile, "profile", "", "profile of the AWS configuration files; for -admin")
	f.StringVar(&o.endpoint, "endpoint", "", "URL of a Cognito other than AWS's, such as http://127.0.0.1:9229")
	f.StringVar(&o.flow, "flow", "srp", "how the sign-in begins: srp, password, custom-srp, custom, choice")
	f.BoolVar(&o.admin, "admin", false, "use the Admin operations, with AWS credentials")
	f.Func("metadata", "`KEY=VALUE` for the pool's Lambda triggers; may be repeated", o.addMetadata)
	f.StringVar(&o.resume, "resume", "", "go on with the challenge of this token, which an earlier run printed")
	f.StringVar(&o.keyFile, "key-file", defaultKeyFile(), "file with the key that seals tokens for -resume; made if it is not there")
	f.BoolVar(&o.trace, "trace", false, "show each call with its time and outcome")
	f.BoolVar(&o.json, "json", false, "print a JSON object per line, for scripts")
	f.BoolVar(&o.showTokens, "show-tokens", false, "print the tokens, which are secrets")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, errors.New("signin -h lists the flags") // package flag has said what is wrong
	}
	return o, o.check(f.NArg())
}

func (o *options) addMetadata(s string) error {
	key, value, ok := strings.Cut(s, "=")
	if !ok || key == "" {
		return errors.New("not of the form KEY=VALUE")
	}
	if o.metadata == nil {
		o.metadata = make(map[string]string)
	}
	o.metadata[key] = value
	return nil
}

func (o options) check(arguments int) error {
	if _, err := flowNamed(o.flow); err != nil {
		return err
	}
	switch {
	case arguments > 0:
		return errors.New("signin takes flags only")
	case (o.poolID == "") != (o.clientID == ""):
		return errors.New("-pool-id and -client-id go together")
	case o.poolID == "" && (o.endpoint != "" || o.profile != "" || o.region != "" || o.secretEnv != "" || o.username != ""):
		return errors.New("the pool inside this program takes none of -endpoint, -profile, -region, -client-secret-env, -username: give -pool-id")
	case o.poolID == "" && o.resume != "":
		return errors.New("the pool inside this program ended with the earlier run: -resume needs -pool-id and -client-id")
	case o.secretEnv != "" && os.Getenv(o.secretEnv) == "":
		return fmt.Errorf("the environment variable %s is empty", o.secretEnv)
	}
	return nil
}

// auth are the options of the library.
func (o options) auth(p pool, show report) func(*auth.Options) {
	return func(a *auth.Options) {
		if o.secretEnv != "" {
			auth.ClientSecret(os.Getenv(o.secretEnv))(a)
		}
		if o.admin {
			a.Admin = p.api
		}
		if o.trace {
			a.Observe = func(_ context.Context, c auth.Call) { show.call(c) }
		}
	}
}

// firstFactor asks for what the chosen flow begins with.
func (o options) firstFactor(ctx context.Context, ask *asker, p pool) (auth.FirstFactor, error) {
	username := o.username
	if p.embedded {
		username = embeddedUser
	}
	var err error
	if username == "" {
		if username, err = ask.terminal.ask(ctx, "Username"); err != nil {
			return auth.FirstFactor{}, err
		}
	}
	ask.account = username
	f, err := flowNamed(o.flow)
	if err != nil {
		return auth.FirstFactor{}, err
	}
	password := ""
	if f.password {
		if password, err = ask.terminal.askSecret(ctx, "Password of "+username); err != nil {
			return auth.FirstFactor{}, err
		}
	}
	return f.first(username, password), nil
}

func defaultKeyFile() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "signin.key"
	}
	return filepath.Join(dir, "cognitomfa", "signin.key")
}
