package doctest

import (
	"context"
	"log"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/totp"
)

// What the guides' programs have in common: ann, with or without an authenticator
// app, in a pool of this process.
const (
	password = "Correct-Horse-7"
	appKey   = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
)

// must ends the example.
func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// newPool makes a pool with ann in it, and a client of the pool. An app key is
// the secret of her authenticator app; "" is none.
func newPool(cfg cognitotest.Config, app string) (*cognitotest.Pool, *auth.Client) {
	if cfg.MFA == "" {
		cfg.MFA, cfg.TOTP = types.UserPoolMfaTypeOptional, true
	}
	attributes := map[string]string{"email": "ann@example.com", "email_verified": "true"}
	for _, name := range cfg.CustomAttributes {
		attributes["custom:"+name] = "sub-ann" // her name at the simulated identity provider
	}
	if cfg.Triggers.DefineAuthChallenge != nil {
		slog.SetLogLoggerLevel(slog.LevelError) // a trigger.Handler logs a line for each event
	}
	pool := must(cognitotest.New(cfg))
	pool.AddUser(cognitotest.User{Username: "ann", Password: password, TOTPSecret: app, Attributes: attributes})
	return pool, must(auth.New(pool.SDK(), pool.ID(), pool.Client().ID))
}

// annsApp shows the code of ann's authenticator app.
func annsApp(context.Context, *challenge.TOTPCode) (string, error) {
	return totp.Code(appKey, time.Now())
}

func newSealer() *challenge.Sealer { return must(challenge.NewSealer([32]byte{'k', 'e', 'y'})) }

// served are the triggers of a pool that one handler serves.
func served(h *trigger.Handler) cognitotest.Triggers {
	return cognitotest.Triggers{DefineAuthChallenge: h.Invoke, CreateAuthChallenge: h.Invoke, VerifyAuthChallengeResponse: h.Invoke}
}
