// Package farends simulates what custom challenges need besides the user pool, for
// the example programs and their tests: a mailbox, a Duo, a 1Kosmos BlockID, and
// the pool's triggers that use them. It is for one machine.
package farends

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge/duo"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/challenge/stepup"
	"github.com/cognitomfa/cognitomfa/challenge/stepup/blockid"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/internal/idptest"
)

// FarEnds are the sites that custom challenges send users to: a Duo and a
// BlockID, at an origin of their own, as the real ones are. They know no
// passwords: whoever comes may be any of their users.
type FarEnds struct {
	duo      *idptest.Duo
	blockID  *idptest.BlockID
	server   *http.Server
	host     string
	callback string
}

// The program's secrets there. Real ones come from a secret store.
const (
	DuoSecret     = "the client secret at the simulated Duo.."
	BlockIDSecret = "the client secret at the simulated BlockID"
)

// What the program is called there.
const (
	duoID                    = "DISIMULATED000000000"
	blockIDName, blockIDRoot = "example", "/oauth2/community/default/v1"
)

// Start serves them on the loopback interface, until Close. They send browsers
// back to callback.
func Start(callback string) (*FarEnds, error) {
	// By number: for a site that is at a name, a redirect from here is one between
	// two sites, and carries the cookies that a real one would.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &FarEnds{
		duo: idptest.NewDuo(duoID, DuoSecret), blockID: idptest.NewBlockID("default", blockIDName, BlockIDSecret, callback),
		host: listener.Addr().String(), callback: callback,
	}
	// Whoever signs up at the pool is known there at once.
	f.blockID.Expected = func(hint string) idptest.Person { return idptest.Person{Subject: hint, Username: hint} }
	f.server = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/oauth/v1/") {
				f.duo.ServeHTTP(w, r)
				return
			}
			f.blockID.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: 10 * time.Second,
	}
	go f.server.Serve(listener) // until close
	return f, nil
}

// Close stops serving.
func (f *FarEnds) Close() error { return f.server.Close() }

// Triggers are the pool's Lambda functions: the user chooses among a code by
// e-mail, Duo and BlockID. validity is that of Cognito's sessions, now the clock
// of the three.
func (f *FarEnds) Triggers(sender emailotp.Sender, validity time.Duration, now func() time.Time) (cognitotest.Triggers, error) {
	key := make([]byte, trigger.MinKey)
	rand.Read(key) // never fails: crypto/rand
	store := trigger.NewMemory(now)
	var failed [4]error
	var codes, duoMethod, blockIDMethod trigger.Method
	codes, failed[0] = emailotp.New(key, sender, store, func(o *emailotp.Options) {
		o.Lifetime = min(validity, 10*time.Minute)
		o.DecoyDelay = func(context.Context) {} // sending takes no time here
	})
	duoMethod, failed[1] = f.duoMethod(store, validity, now)
	blockIDMethod, failed[2] = blockid.New(f.blockIDConfig(validity, now), store)
	handler, err := trigger.New(key, store, []trigger.Method{codes, duoMethod, blockIDMethod}, func(o *trigger.Options) {
		o.Now, o.Logger = now, slog.New(slog.DiscardHandler)
	})
	failed[3] = err
	if err := errors.Join(failed[:]...); err != nil {
		return cognitotest.Triggers{}, err
	}
	return cognitotest.Triggers{
		DefineAuthChallenge: handler.Invoke, CreateAuthChallenge: handler.Invoke, VerifyAuthChallengeResponse: handler.Invoke,
	}, nil
}

func (f *FarEnds) duoMethod(store trigger.Store, validity time.Duration, now func() time.Time) (*duo.Method, error) {
	keys, err := duo.NewKeys(duoID, DuoSecret, f.host)
	if err != nil {
		return nil, err
	}
	client, err := duo.NewClient(keys, f.callback, func(o *duo.ClientOptions) { o.AllowLoopback, o.Now = true, now })
	if err != nil {
		return nil, err
	}
	return duo.NewMethod(client, store, func(o *duo.MethodOptions) { o.Validity = validity })
}

func (f *FarEnds) blockIDConfig(validity time.Duration, now func() time.Time) blockid.Config {
	origin := "http://" + f.host
	return blockid.Config{
		Tenant: f.host, Community: "default",
		Issuer: origin, KeysURL: origin + blockIDRoot + idptest.BlockIDKeys,
		AuthURL: origin + blockIDRoot + "/authorize", TokenURL: origin + blockIDRoot + "/token", RedirectURL: f.callback,
		ClientID: blockIDName, ClientSecret: stepup.Secret(BlockIDSecret),
		Claim: "preferred_username", Attribute: "cognito:username",
		ACR:      []string{blockid.LiveIDPush},
		Validity: validity, AllowLoopback: true, Now: now,
	}
}
