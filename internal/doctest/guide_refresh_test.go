package doctest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// A vault keeps refresh tokens, encrypted. In an app client with a rotation, what
// was kept last is the only one that works.
type vault interface {
	Keep(ctx context.Context, username, refreshToken, deviceKey string) error
	Fetch(ctx context.Context, username string) (refreshToken, deviceKey string, err error)
}

// keeperOf goes on with what was kept of a user's sign-in. One Keeper for each
// user in a process: it refreshes once, however many ask.
func keeperOf(ctx context.Context, r *auth.Refresher, v vault, username string) (*auth.Keeper, error) {
	refreshToken, deviceKey, err := v.Fetch(ctx, username)
	if err != nil {
		return nil, err
	}
	return auth.NewKeeper(r, auth.StoredTokens(refreshToken, deviceKey), func(o *auth.KeeperOptions) {
		o.Store = func(ctx context.Context, t *auth.Tokens) error {
			return v.Keep(ctx, username, t.Refresh(), t.DeviceKey())
		}
	})
}

// actFor calls something on behalf of the user.
func actFor(ctx context.Context, k *auth.Keeper, call func(accessToken string) error) error {
	tokens, err := k.Tokens(ctx)
	var unkept *auth.StoreError
	switch {
	case errors.As(err, &unkept):
		tokens = unkept.Tokens // good, but lost if the process ends now: tell operations
	case errors.Is(err, auth.ErrToken), errors.Is(err, auth.ErrTokenReused):
		return fmt.Errorf("the user has to sign in: %w", err)
	case err != nil:
		return err
	}
	return call(tokens.Access())
}

// memory is a vault for the example.
type memory struct{ refreshToken, deviceKey string }

func (m *memory) Keep(_ context.Context, _, refreshToken, deviceKey string) error {
	m.refreshToken, m.deviceKey = refreshToken, deviceKey
	return nil
}

func (m *memory) Fetch(context.Context, string) (string, string, error) {
	return m.refreshToken, m.deviceKey, nil
}

func Example_guideRefresh() {
	pool, client := newPool(cognitotest.Config{Client: cognitotest.ClientConfig{RefreshTokenRotation: true, RotationGrace: time.Minute}}, "")
	defer pool.Close()
	ctx := context.Background()
	tokens, _, err := client.Begin(ctx, auth.SRP("ann", password))
	if err != nil {
		fmt.Println(err)
		return
	}
	v := &memory{tokens.Refresh(), tokens.DeviceKey()}
	refresher := must(auth.NewRefresher(pool.SDK(), pool.Client().ID, func(o *auth.Options) { o.RotationGrace = time.Minute }))
	keeper := must(keeperOf(ctx, refresher, v, "ann"))
	for range 3 {
		if err := actFor(ctx, keeper, func(string) error { return nil }); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println("refreshed:", pool.Count("GetTokensFromRefreshToken"), "kept:", v.refreshToken != tokens.Refresh())

	if err := refresher.SignOutEverywhere(ctx, must(keeper.Tokens(ctx))); err != nil {
		fmt.Println(err)
	}
	err = actFor(ctx, must(keeperOf(ctx, refresher, v, "ann")), func(string) error { return nil })
	fmt.Println("signed out:", errors.Is(err, auth.ErrToken))
	// Output:
	// refreshed: 1 kept: true
	// signed out: true
}
