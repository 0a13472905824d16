package auth_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// What becomes of a refresh token, whose first use was good, in each of the ways
// that an app client can rotate.
func TestRotation(t *testing.T) {
	t.Parallel()
	type outcome struct {
		name string
		then func(t *testing.T, w world, r *auth.Refresher, first, second *auth.Tokens)
		off  error // without rotation
		none error // with rotation, without a grace period
		with error // with rotation and a grace period of a minute
	}
	after := func(d time.Duration) func(*testing.T, world, *auth.Refresher, *auth.Tokens, *auth.Tokens) {
		return func(_ *testing.T, w world, _ *auth.Refresher, _, _ *auth.Tokens) { w.Clock().Advance(d) }
	}
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	outcomes := []outcome{
		{"at once", after(0), nil, auth.ErrTokenReused, nil},
		{"within the grace", after(59 * time.Second), nil, auth.ErrTokenReused, nil},
		{"after it", after(time.Minute), nil, auth.ErrTokenReused, auth.ErrTokenReused},
		{"long after", after(24 * time.Hour), nil, auth.ErrTokenReused, auth.ErrTokenReused},
		{"after the sign-out", func(t *testing.T, _ world, r *auth.Refresher, _, second *auth.Tokens) {
			must(t, r.SignOutEverywhere(t.Context(), second))
		}, auth.ErrToken, auth.ErrToken, auth.ErrToken},
		{"after the administrator's", func(t *testing.T, w world, _ *auth.Refresher, _, second *auth.Tokens) {
			must(t, auth.AdminSignOutEverywhere(t.Context(), w.SDK(), w.ID(), second.Username()))
		}, auth.ErrToken, auth.ErrToken, auth.ErrToken},
		{"after the old one's revocation", func(t *testing.T, _ world, r *auth.Refresher, first, _ *auth.Tokens) {
			must(t, r.Revoke(t.Context(), first))
		}, auth.ErrToken, auth.ErrToken, auth.ErrToken},
		{"after the new one's revocation", func(t *testing.T, _ world, r *auth.Refresher, _, second *auth.Tokens) {
			must(t, r.Revoke(t.Context(), second))
		}, auth.ErrToken, auth.ErrToken, auth.ErrToken},
		{"at its end", after(31 * 24 * time.Hour), auth.ErrToken, auth.ErrToken, auth.ErrToken},
	}
	for _, secret := range []bool{false, true} {
		for _, tt := range outcomes {
			for name, app := range map[string]struct {
				rotate bool
				grace  time.Duration
				want   error
			}{
				"off": {false, 0, tt.off}, "on": {true, 0, tt.none}, "on, with grace": {true, time.Minute, tt.with},
			} {
				t.Run(fmt.Sprintf("%s, %s, secret %v", name, tt.name, secret), func(t *testing.T) {
					t.Parallel()
					w := rotatingWorld(t, app.rotate, app.grace, secret)
					r, first := w.refresher(t), w.signedIn(t)
					w.Clock().Advance(time.Hour)
					second, err := r.Refresh(t.Context(), first)
					must(t, err)
					w.verified(t, second)
					if rotated := second.Refresh() != first.Refresh(); rotated != app.rotate {
						t.Errorf("rotated: %v", rotated)
					}
					tt.then(t, w, r, first, second)
					third, err := r.Refresh(t.Context(), first)
					if app.want != nil {
						wantReason(t, err, app.want)
						return
					}
					must(t, err)
					w.verified(t, third)
				})
			}
		}
	}
}

func rotatingWorld(t *testing.T, rotate bool, grace time.Duration, secret bool) world {
	t.Helper()
	w := newWorld(t, cognitotest.Config{Client: cognitotest.ClientConfig{
		Secret: secret, RefreshTokenRotation: rotate, RotationGrace: grace,
	}}, !admin)
	w.AddUser(cognitotest.User{Username: username, Password: password})
	return w
}

// A reply is lost on its way: what the second call gives, and where there is
// none.
func TestLostRefresh(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	for name, tt := range map[string]struct {
		rotate bool
		grace  time.Duration // the app client's
		told   time.Duration // Options.RotationGrace
		took   time.Duration // until the loss was noticed
		effect cognitotest.Effect
		times  int
		calls  int
		want   error
	}{
		"off":                       {false, 0, 0, 0, cognitotest.CutAfter, 1, 2, nil},
		"on, never arrived":         {true, 0, 0, 0, cognitotest.CutBefore, 1, 2, nil},
		"on":                        {true, 0, 0, 0, cognitotest.CutAfter, 1, 2, auth.ErrTokenReused},
		"on, grace":                 {true, minute, 0, 0, cognitotest.CutAfter, 1, 2, nil},
		"on, grace, told":           {true, minute, minute, 59 * time.Second, cognitotest.CutAfter, 1, 2, nil},
		"on, grace, told, too late": {true, minute, minute, minute, cognitotest.CutAfter, 1, 1, auth.ErrOutcomeUnknown},
		"on, grace, too late":       {true, minute, 0, minute, cognitotest.CutAfter, 1, 2, auth.ErrTokenReused},
		"on, grace, server fault":   {true, minute, minute, 0, cognitotest.InternalErrorAfter, 1, 2, nil},
		"on, grace, half a reply":   {true, minute, minute, 0, cognitotest.Unreadable, 1, 2, nil},
		"on, grace, lost twice":     {true, minute, minute, 0, cognitotest.CutAfter, 2, 2, auth.ErrOutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := rotatingWorld(t, tt.rotate, tt.grace, true)
			r := w.refresher(t, func(o *auth.Options) { o.RotationGrace = tt.told })
			first := w.signedIn(t)
			w.Plant(cognitotest.Fault{
				Operation: "GetTokensFromRefreshToken", Effect: tt.effect, Times: tt.times,
				Hold: func(context.Context) { w.Clock().Advance(tt.took) },
			})
			before := len(w.Calls())
			second, err := r.Refresh(t.Context(), first)
			if calls := w.calls(before); len(calls) != tt.calls {
				t.Errorf("%v", calls)
			}
			if tt.want != nil {
				wantReason(t, err, tt.want)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			w.verified(t, second)
			if _, err := r.Refresh(t.Context(), second); err != nil {
				t.Errorf("what the second call gave does not refresh: %v", err)
			}
		})
	}
}

// What a second call is told does not make the first one's outcome known: who waits
// as long as throttling asks for may wait for longer than the grace period.
func TestLostRefreshPutOff(t *testing.T) {
	t.Parallel()
	for _, effect := range []cognitotest.Effect{cognitotest.Throttled, cognitotest.LimitExceeded} {
		w := rotatingWorld(t, true, time.Minute, true)
		r, first := w.refresher(t), w.signedIn(t)
		w.Plant(cognitotest.Fault{Operation: "GetTokensFromRefreshToken", Effect: cognitotest.CutAfter})
		refusals := w.Plant(cognitotest.Fault{Operation: "GetTokensFromRefreshToken", Effect: effect, Times: -1})
		_, err := r.Refresh(t.Context(), first)
		wantReason(t, err, auth.ErrOutcomeUnknown)
		if refusals.Struck() == 0 {
			t.Errorf("%s: there was no second call", effect)
		}
		refusals.Remove()
		if _, err := r.Refresh(t.Context(), first); err != nil {
			t.Errorf("%s, in the grace period: %v", effect, err)
		}
	}
}

// A context that has ended makes no second call.
func TestLostRefreshOfNobody(t *testing.T) {
	t.Parallel()
	w := rotatingWorld(t, true, time.Minute, false)
	r, first := w.refresher(t), w.signedIn(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.Plant(cognitotest.Fault{Operation: "GetTokensFromRefreshToken", Effect: cognitotest.CutAfter, Hold: func(context.Context) { cancel() }})
	before := len(w.Calls())
	_, err := r.Refresh(ctx, first)
	wantReason(t, err, auth.ErrOutcomeUnknown)
	if _, err := r.Refresh(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if calls := w.calls(before); len(calls) > 2 { // fewer, while the pool is not done with the first
		t.Errorf("%v", calls)
	}
}

// REFRESH_TOKEN_AUTH by both doors, with every kind of app client and of name,
// from a device that the pool tracks.
func TestRefreshByFlow(t *testing.T) {
	t.Parallel()
	everyClient(t, func(t *testing.T, asAdmin bool, app cognitotest.ClientConfig) {
		w := newWorld(t, cognitotest.Config{
			UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail},
			Devices:            cognitotest.DevicesAlways, Client: app,
		}, asAdmin)
		canonical := w.AddUser(cognitotest.User{Username: email, Password: password})
		var seen []auth.Call
		r := w.refresher(t, func(o *auth.Options) {
			o.RefreshBy = w.client
			o.Observe = func(_ context.Context, c auth.Call) { seen = append(seen, c) }
		})
		first, _, err := w.client.Begin(t.Context(), auth.Password(email, password))
		if err != nil {
			t.Fatal(err)
		}
		if first.Username() != canonical || canonical == email {
			t.Fatalf("the user is called %q and %q", canonical, first.Username())
		}
		before := len(w.Calls())
		second, err := r.Refresh(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		w.verified(t, second)
		last := w.Calls()[len(w.Calls())-1]
		if want := map[bool]string{false: "InitiateAuth", true: "AdminInitiateAuth"}[asAdmin]; last.Operation != want || last.Step != "REFRESH_TOKEN_AUTH" || len(w.calls(before)) != 1 {
			t.Errorf("%+v in %v", last, w.calls(before))
		}
		if second.Refresh() != first.Refresh() || second.DeviceKey() != first.DeviceKey() || second.Username() != canonical || len(seen) != 0 {
			t.Errorf("the new tokens are not complete, or %v was told to the wrong Observe", seen)
		}

		// Kept and taken up again: the hash is over the canonical name alone.
		kept := auth.StoredTokens(first.Refresh(), first.DeviceKey())
		for name, tt := range map[string]struct {
			tokens *auth.Tokens
			want   error
		}{
			"canonical name": {kept.WithUsername(canonical), nil},
			"no name":        {kept, auth.ErrConfig},
			"e-mail address": {kept.WithUsername(email), auth.ErrConfig},
			"no device":      {auth.StoredTokens(first.Refresh(), "").WithUsername(canonical), auth.ErrToken},
			"nothing":        {nil, auth.ErrToken},
			"made up":        {auth.StoredTokens("eyJ.x.x.x.x", first.DeviceKey()).WithUsername(canonical), auth.ErrToken},
		} {
			got, err := r.Refresh(t.Context(), tt.tokens)
			switch {
			case tt.want == auth.ErrConfig && !app.Secret: // the name does not matter
				fallthrough
			case tt.want == nil:
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				w.verified(t, got)
			default:
				wantReason(t, err, tt.want)
			}
		}
		// A lost reply is no matter where nothing rotates: the SDK sends it again.
		lost := w.Plant(cognitotest.Fault{Step: "REFRESH_TOKEN_AUTH", Effect: cognitotest.CutAfter})
		if _, err := r.Refresh(t.Context(), first); err != nil || lost.Struck() != 1 {
			t.Errorf("%v after %d lost", err, lost.Struck())
		}
		if err := r.Revoke(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		_, err = r.Refresh(t.Context(), first)
		wantReason(t, err, auth.ErrToken)
	})
}

// An app client with rotation has one way to refresh, and a reply that is none
// is refused.
func TestRefreshByFlowRefuses(t *testing.T) {
	t.Parallel()
	w := rotatingWorld(t, true, time.Minute, false)
	by := func(o *auth.Options) { o.RefreshBy = w.client }
	_, err := w.refresher(t, by).Refresh(t.Context(), w.signedIn(t))
	wantReason(t, err, auth.ErrConfig)

	_, err = auth.NewRefresher(w.SDK(), "another client", by)
	wantReason(t, err, auth.ErrConfig)
	for _, grace := range []time.Duration{-1, time.Minute + 1} {
		_, err = auth.NewRefresher(w.SDK(), w.Client().ID, func(o *auth.Options) { o.RotationGrace = grace })
		wantReason(t, err, auth.ErrConfig)
	}
	for _, reply := range []func(*cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error){
		raises("SMS_MFA", "session", nil),
		func(*cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) { return &cip.InitiateAuthOutput{}, nil },
		func(*cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
			return &cip.InitiateAuthOutput{AuthenticationResult: &types.AuthenticationResultType{AccessToken: aws.String("a")}}, nil
		},
	} {
		r, err := auth.NewRefresher(newRotating(), testClient, func(o *auth.Options) { o.RefreshBy = newClient(t, &script{initiate: reply}) })
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Refresh(t.Context(), auth.StoredTokens("refresh", ""))
		wantReason(t, err, auth.ErrMalformed)
	}
}

// The app client's secret: wrong, missing, one too many, and one that cannot be
// had, in each operation that shows it or a hash of it.
func TestRefreshSecrets(t *testing.T) {
	t.Parallel()
	secret := func(value string, err error) func(*auth.Options) {
		return func(o *auth.Options) {
			o.ClientSecret = func(context.Context) (string, error) { return value, err }
		}
	}
	none := func(o *auth.Options) { o.ClientSecret = nil }
	for _, has := range []bool{false, true} {
		w := rotatingWorld(t, false, 0, has)
		tokens := w.signedIn(t)
		for name, tt := range map[string]struct {
			option func(*auth.Options)
			want   error
		}{
			"right":          {secret(w.Client().Secret, nil), nil},
			"wrong":          {secret("wrong", nil), auth.ErrConfig},
			"none":           {none, auth.ErrConfig},
			"empty":          {secret("", nil), auth.ErrConfig},
			"cannot be had":  {secret("", errors.New("the secrets manager is down")), auth.ErrBackOff},
			"had with error": {secret(w.Client().Secret, errors.New("the secrets manager is down")), auth.ErrBackOff},
		} {
			if !has {
				switch name {
				case "right", "none":
					tt.option, tt.want = none, nil
				}
			}
			client, err := auth.New(w.SDK(), w.ID(), w.Client().ID, tt.option)
			if err != nil {
				t.Fatal(err)
			}
			byAdmin, err := auth.New(w.SDK(), w.ID(), w.Client().ID, tt.option, func(o *auth.Options) { o.Admin = w.SDK() })
			if err != nil {
				t.Fatal(err)
			}
			r := w.refresher(t, tt.option)
			by := func(c *auth.Client) *auth.Refresher {
				return w.refresher(t, tt.option, func(o *auth.Options) { o.RefreshBy = c })
			}
			spare := w.signedIn(t)
			for op, err := range map[string]error{
				"Refresh":                 second(r.Refresh(t.Context(), tokens)),
				"Refresh by a flow":       second(by(client).Refresh(t.Context(), tokens)),
				"Refresh by Admin's flow": second(by(byAdmin).Refresh(t.Context(), tokens)),
				"Revoke":                  r.Revoke(t.Context(), spare),
			} {
				t.Logf("secret %v, %s, %s: %v", has, name, op, err)
				if tt.want == nil {
					if err != nil {
						t.Error(err)
					}
					continue
				}
				wantReason(t, err, tt.want)
			}
		}
	}
}

func TestAdminSignOutEverywhereRefuses(t *testing.T) {
	t.Parallel()
	w := rotatingWorld(t, false, 0, false)
	var seen []string
	observe := func(o *auth.Options) {
		o.Observe = func(_ context.Context, c auth.Call) { seen = append(seen, c.Operation) }
	}
	unsigned := cip.New(cip.Options{Region: "us-east-1", BaseEndpoint: aws.String(w.URL())})
	ctx := t.Context()
	wantReason(t, auth.AdminSignOutEverywhere(ctx, nil, w.ID(), username), auth.ErrConfig)
	wantReason(t, auth.AdminSignOutEverywhere(ctx, w.SDK(), "nowhere", username), auth.ErrConfig)
	wantReason(t, auth.AdminSignOutEverywhere(ctx, w.SDK(), w.ID(), ""), auth.ErrInput)
	wantReason(t, auth.AdminSignOutEverywhere(ctx, w.SDK(), "us-east-1_nowhere", username), auth.ErrConfig)
	wantReason(t, auth.AdminSignOutEverywhere(ctx, w.SDK(), w.ID(), "nobody", observe), auth.ErrCredentials)
	wantReason(t, auth.AdminSignOutEverywhere(ctx, unsigned, w.ID(), username), auth.ErrConfig)
	if len(seen) != 1 || seen[0] != "AdminUserGlobalSignOut" {
		t.Errorf("Observe was told of %v", seen)
	}
}
