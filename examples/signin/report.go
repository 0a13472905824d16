package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/examples/internal/exitcode"
	"github.com/cognitomfa/cognitomfa/examples/internal/show"
)

// A report tells what happened, to a person or to a script.
type report interface {
	call(auth.Call)
	signedIn(context.Context, pool, *auth.Tokens) error
	unanswered(options, pool, keeper, challenge.Challenge) error
	failed(error)
}

func newReport(o options, stdout, stderr io.Writer) report {
	if o.json {
		return &jsonLines{json.NewEncoder(stdout), o.showTokens}
	}
	return &text{stdout, stderr, o.showTokens}
}

// verified checks both tokens against the pool's published keys.
func verified(ctx context.Context, p pool, t *auth.Tokens) (id, access *auth.Claims, err error) {
	verifier, err := auth.NewVerifier(p.issuer, []string{p.clientID})
	if err != nil {
		return nil, nil, err
	}
	if id, err = verifier.ID(ctx, t.ID()); err != nil {
		return nil, nil, err
	}
	access, err = verifier.Access(ctx, t.Access())
	return id, access, err
}

// text is for a person.
type text struct {
	out, err   io.Writer
	showTokens bool
}

func (r *text) call(c auth.Call) { show.Call(r.err, c) }

func (r *text) signedIn(ctx context.Context, p pool, t *auth.Tokens) error {
	id, access, err := verified(ctx, p, t)
	if err != nil {
		return err
	}
	fmt.Fprintf(r.out, "Signed in as %s, until %s.\n", id.Username, t.Expires().Local().Format("15:04:05"))
	for _, c := range []*auth.Claims{id, access} {
		if err := show.Claims(r.out, c); err != nil {
			return err
		}
	}
	if r.showTokens {
		fmt.Fprintf(r.out, "id\t%s\naccess\t%s\nrefresh\t%s\n", t.ID(), t.Access(), t.Refresh())
	}
	return nil
}

func (r *text) unanswered(o options, p pool, k keeper, c challenge.Challenge) error {
	token, err := k.seal(c)
	if err != nil {
		return err
	}
	command := "signin -pool-id " + p.id + " -client-id " + p.clientID
	for name, value := range map[string]string{"-endpoint": o.endpoint, "-client-secret-env": o.secretEnv} {
		if value != "" {
			command += " " + name + " " + value
		}
	}
	if o.admin {
		command += " -admin"
	}
	fmt.Fprintf(r.err, "\n%s is left unanswered. To go on:\n", c.Name())
	fmt.Fprintf(r.out, "%s -resume %s\n", command, token)
	return nil
}

func (r *text) failed(err error) { fmt.Fprintf(r.err, "\n%s\n", sentence(err)) }

// jsonLines is for a script: an object per line, whose "event" is call, claims,
// signed-in, unanswered or error.
type jsonLines struct {
	out        *json.Encoder
	showTokens bool
}

func (r *jsonLines) call(c auth.Call) { r.out.Encode(show.CallEvent(c)) }

func (r *jsonLines) signedIn(ctx context.Context, p pool, t *auth.Tokens) error {
	id, access, err := verified(ctx, p, t)
	if err != nil {
		return err
	}
	for _, c := range []*auth.Claims{id, access} {
		event, err := show.ClaimsEvent(c)
		if err != nil {
			return err
		}
		r.out.Encode(event)
	}
	event := map[string]any{"event": "signed-in", "username": id.Username, "expires": t.Expires()}
	if r.showTokens {
		event["tokens"] = map[string]string{"id": t.ID(), "access": t.Access(), "refresh": t.Refresh()}
	}
	return r.out.Encode(event)
}

func (r *jsonLines) unanswered(_ options, _ pool, k keeper, c challenge.Challenge) error {
	token, err := k.seal(c)
	if err != nil {
		return err
	}
	return r.out.Encode(map[string]any{"event": "unanswered", "challenge": c, "resume": token})
}

func (r *jsonLines) failed(err error) {
	r.out.Encode(map[string]any{"event": "error", "message": sentence(err), "exit": exitcode.Of(err)})
}

// sentence is the first line of an error's text: what is joined to it is told
// elsewhere.
func sentence(err error) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}
