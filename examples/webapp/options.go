package main

import (
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// options are the flags.
type options struct {
	addr, public           string
	poolID, clientID       string
	secretEnv, region      string
	endpoint, mfa, keyFile string
	key                    [32]byte
	origin                 string // what browsers see, without a path
	sessionMinutes         int
	custom                 bool
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("webapp", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.addr, "addr", "127.0.0.1:0", "address to listen on")
	f.StringVar(&o.public, "public-url", "", "what browsers see, such as https://app.example; by default http://localhost and the port")
	f.StringVar(&o.poolID, "pool-id", "", "user pool, such as us-east-1_EXAMPLE; without it, a pool inside this program")
	f.StringVar(&o.clientID, "client-id", "", "app client of the user pool")
	f.StringVar(&o.secretEnv, "client-secret-env", "", "environment variable with the app client's secret, if it has one")
	f.StringVar(&o.region, "region", "", "AWS region; by default the user pool's")
	f.StringVar(&o.endpoint, "endpoint", "", "URL of a Cognito other than AWS's")
	f.StringVar(&o.mfa, "mfa", "optional", "second factors in the pool inside this program: off, optional or on")
	f.StringVar(&o.keyFile, "key-file", "", "file of 32 random bytes that seal the cookies; by default a key for this run")
	f.BoolVar(&o.custom, "custom", false, "the pool has triggers for custom challenges: sign in by CUSTOM_AUTH, after the password")
	f.IntVar(&o.sessionMinutes, "session-validity", 3, "minutes that the app client gives a challenge: 3 to 15")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	switch {
	case f.NArg() > 0:
		return o, errors.New("webapp takes flags only")
	case (o.poolID == "") != (o.clientID == ""):
		return o, errors.New("-pool-id and -client-id go together")
	case o.custom && o.poolID == "":
		return o, errors.New("-custom is for -pool-id: the pool inside this program has an app client for each way")
	case o.mfa != "off" && o.mfa != "optional" && o.mfa != "on":
		return o, errors.New("-mfa is off, optional or on")
	case o.secretEnv != "" && os.Getenv(o.secretEnv) == "":
		return o, fmt.Errorf("the environment variable %s is empty", o.secretEnv)
	}
	return o, o.readKey()
}

func (o *options) readKey() error {
	if o.keyFile == "" {
		rand.Read(o.key[:]) // never fails: crypto/rand
		return nil
	}
	content, err := os.ReadFile(o.keyFile)
	if err != nil {
		return err
	}
	if len(content) != len(o.key) {
		return fmt.Errorf("%s does not hold %d bytes", o.keyFile, len(o.key))
	}
	o.key = [32]byte(content)
	return nil
}
