package trigger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// A Guard serves the trigger PreTokenGeneration: it lets tokens be made only
// for who has just passed the custom challenge.
//
// The client picks the flow. On an app client that allows USER_SRP_AUTH besides
// CUSTOM_AUTH, whoever has the password signs in with that alone, and the three
// challenge triggers never run. The remedy is an app client without such flows;
// [CheckClient] looks for them. Where that cannot be had, a [Handler] with
// Options.Guarded leaves a mark in the Store when it has tokens issued, valid
// for a minute, and the Guard takes it away.
//
// The mark belongs to a user and a client, not to a sign-in, because events do
// not say which sign-in they are of. Who has the password can still win a race:
// in the moment between a user's right answer and their tokens, a sign-in by
// another flow gets these, and the user has to begin again.
type Guard struct {
	store   Store
	clients []string
	logger  *slog.Logger
}

// ErrDenied is what a [Guard] refuses tokens with. Cognito shows the text to
// the client.
var ErrDenied = errors.New("this way of signing in is not allowed")

// NewGuard makes a Guard for some app clients of the pool, over the Store that
// the [Handler] has. Tokens for other clients pass: they are for something
// else, and whoever accepts tokens checks the client. Without any ids it guards
// every client: in CloudFormation a function cannot be told those of a pool
// whose trigger it is, since the client needs the pool, and the pool the
// function. A nil logger is [slog.Default].
func NewGuard(store Store, clientIDs []string, logger *slog.Logger) (*Guard, error) {
	if store == nil || slices.Contains(clientIDs, "") {
		return nil, errors.New("trigger: a guard needs a store, and no id of a client may be empty")
	}
	if logger == nil {
		logger = slog.Default()
	}
	return &Guard{store, slices.Clone(clientIDs), logger}, nil
}

// passFor is the life of a mark: Cognito makes the tokens at once.
const passFor = time.Minute

func passKey(u User) string { return Key("passed", u.PoolID, u.ClientID, u.Name) }

func leavePass(ctx context.Context, s Store, u User, now time.Time) error {
	// An older mark would keep the new one out, and end sooner.
	if _, _, err := s.Take(ctx, passKey(u)); err != nil {
		return err
	}
	_, _, err := s.Claim(ctx, passKey(u), "passed", now.Add(passFor))
	return err
}

// Invoke answers one PreTokenGeneration event with the same bytes, or with
// [ErrDenied], [ErrUnavailable] or [ErrEvent]. A function that also wants to
// change claims calls it first.
//
// Refreshing passes (TokenGeneration_RefreshTokens): the refresh token came
// from a guarded sign-in, or was there before. All else needs the mark, managed
// login among it, which cannot ask custom challenges.
func (g *Guard) Invoke(ctx context.Context, raw []byte) ([]byte, error) {
	e, err := parse(raw)
	if err != nil || !strings.HasPrefix(e.source, "TokenGeneration_") {
		return nil, ErrEvent
	}
	if e.source == "TokenGeneration_RefreshTokens" || !g.guards(e.user.ClientID) {
		return raw, nil
	}
	_, passed, err := g.store.Take(ctx, passKey(e.user))
	log := g.logger.With("trigger", e.source, "client", e.user.ClientID, "user", pseudonym(e.user))
	switch {
	case err != nil:
		log.ErrorContext(ctx, "guard", "error", fmt.Errorf("taking the mark: %w", err))
		return nil, ErrUnavailable
	case !passed:
		log.WarnContext(ctx, "guard", "reason", "tokens without the custom challenge")
		return nil, ErrDenied
	}
	return raw, nil
}

// guards holds an event that names no client for one of a guarded client.
func (g *Guard) guards(clientID string) bool {
	return len(g.clients) == 0 || clientID == "" || slices.Contains(g.clients, clientID)
}
