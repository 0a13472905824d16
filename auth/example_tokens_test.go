package auth_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// exampleTokens are those of carol, who has no second factor, at an app client
// that rotates refresh tokens.
func exampleTokens() (*cognitotest.Pool, *auth.Refresher, *auth.Tokens) {
	pool, err := cognitotest.New(cognitotest.Config{Client: cognitotest.ClientConfig{RefreshTokenRotation: true, RotationGrace: time.Minute}})
	if err != nil {
		log.Fatal(err)
	}
	pool.AddUser(cognitotest.User{Username: "carol", Password: "Correct-Horse-7", Attributes: map[string]string{"email": "carol@example.com"}})
	client, err := auth.New(pool.SDK(), pool.ID(), pool.Client().ID)
	if err != nil {
		log.Fatal(err)
	}
	tokens, _, err := client.Begin(context.Background(), auth.SRP("carol", "Correct-Horse-7"))
	if err != nil {
		log.Fatal(err)
	}
	refresher, err := auth.NewRefresher(pool.SDK(), pool.Client().ID, func(o *auth.Options) { o.RotationGrace = time.Minute })
	if err != nil {
		log.Fatal(err)
	}
	return pool, refresher, tokens
}

// In an app client with rotation each refresh gives the next refresh token, which
// is to be stored before anything else.
func ExampleRefresher_Refresh() {
	pool, refresher, tokens := exampleTokens()
	defer pool.Close()

	fresh, err := refresher.Refresh(context.Background(), tokens)
	switch {
	case errors.Is(err, auth.ErrToken), errors.Is(err, auth.ErrTokenReused):
		log.Fatal("have the user sign in") // expired, revoked or replaced
	case err != nil:
		log.Fatal(err)
	}
	fmt.Println("the next refresh token:", fresh.Refresh() != tokens.Refresh())
	// Output: the next refresh token: true
}

// What was stored of a sign-in is enough to refresh, in another process.
func ExampleStoredTokens() {
	pool, refresher, tokens := exampleTokens()
	defer pool.Close()
	refreshToken, deviceKey := tokens.Refresh(), tokens.DeviceKey() // encrypt and store them

	fresh, err := refresher.Refresh(context.Background(), auth.StoredTokens(refreshToken, deviceKey))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("signed in:", fresh.Username())
	// Output: signed in: carol
}

// One sign-in ends: its refresh token is worth nothing from now on.
func ExampleRefresher_Revoke() {
	pool, refresher, tokens := exampleTokens()
	defer pool.Close()
	ctx := context.Background()

	if err := refresher.Revoke(ctx, tokens); err != nil {
		log.Fatal(err)
	}
	_, err := refresher.Refresh(ctx, tokens)
	fmt.Println(errors.Is(err, auth.ErrToken))
	// Output: true
}

// All sign-ins of the user end, for the button "sign out everywhere".
func ExampleRefresher_SignOutEverywhere() {
	pool, refresher, tokens := exampleTokens()
	defer pool.Close()
	ctx := context.Background()

	if err := refresher.SignOutEverywhere(ctx, tokens); err != nil {
		log.Fatal(err)
	}
	_, err := refresher.Refresh(ctx, tokens)
	fmt.Println(errors.Is(err, auth.ErrToken))
	// Output: true
}

// An administrator signs a user out everywhere, with AWS credentials.
func ExampleAdminSignOutEverywhere() {
	pool, refresher, tokens := exampleTokens()
	defer pool.Close()
	ctx := context.Background()

	if err := auth.AdminSignOutEverywhere(ctx, pool.SDK(), pool.ID(), "carol"); err != nil {
		log.Fatal(err)
	}
	_, err := refresher.Refresh(ctx, tokens)
	fmt.Println(errors.Is(err, auth.ErrToken))
	// Output: true
}

// A backend that may call nothing but AdminInitiateAuth refreshes by the flow
// REFRESH_TOKEN_AUTH. The hash of its secret is over the canonical username,
// which has to be stored with the refresh token.
func ExampleTokens_WithUsername() {
	pool, _, _ := exampleTokens()
	defer pool.Close()
	ctx := context.Background()
	app := pool.AddClient(cognitotest.ClientConfig{Secret: true}) // without rotation
	client, err := auth.New(pool.SDK(), pool.ID(), app.ID, auth.ClientSecret(app.Secret), func(o *auth.Options) { o.Admin = pool.SDK() })
	if err != nil {
		log.Fatal(err)
	}
	tokens, _, err := client.Begin(ctx, auth.Password("carol", "Correct-Horse-7"))
	if err != nil {
		log.Fatal(err)
	}

	refresher, err := auth.NewRefresher(pool.SDK(), app.ID, auth.ClientSecret(app.Secret), func(o *auth.Options) { o.RefreshBy = client })
	if err != nil {
		log.Fatal(err)
	}
	stored := auth.StoredTokens(tokens.Refresh(), tokens.DeviceKey()).WithUsername(tokens.Username())
	fresh, err := refresher.Refresh(ctx, stored)
	if err != nil {
		log.Fatal(err)
	}
	calls := pool.Calls()
	fmt.Println(calls[len(calls)-1].Operation, fresh.Username())
	// Output: AdminInitiateAuth carol
}

// Libraries that take an oauth2.TokenSource get tokens that are always fresh.
func ExampleKeeper_TokenSource() {
	pool, refresher, tokens := exampleTokens()
	defer pool.Close()

	keeper, err := auth.NewKeeper(refresher, tokens, func(o *auth.KeeperOptions) {
		o.Store = func(context.Context, *auth.Tokens) error { return nil } // encrypt and store them here
		o.Early = 5 * time.Minute
	})
	if err != nil {
		log.Fatal(err)
	}
	token, err := keeper.TokenSource(context.Background()).Token()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Type(), token.Valid())
	// Output: Bearer true
}

func ExampleIssuer() {
	fmt.Println(auth.Issuer("eu-west-1_AbCdEf123"))
	// Output: https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123
}

// An id token says who signed in, and what else the app client may read.
func ExampleClaims_Decode() {
	pool, _, tokens := exampleTokens()
	defer pool.Close()

	verifier, err := auth.NewVerifier(pool.Issuer(), []string{pool.Client().ID})
	if err != nil {
		log.Fatal(err)
	}
	claims, err := verifier.ID(context.Background(), tokens.ID())
	if err != nil {
		log.Fatal(err)
	}
	var profile struct {
		Email string `json:"email"`
	}
	if err := claims.Decode(&profile); err != nil {
		log.Fatal(err)
	}
	fmt.Println(claims.Username, profile.Email)
	// Output: carol carol@example.com
}

// claimsKey is what requireToken keeps the claims under.
type claimsKey struct{}

// requireToken lets through who shows an access token of the pool (RFC 6750), with
// its claims in the request's context. Every handler then still has to decide
// what that user, with those scopes and groups, may do.
func requireToken(v *auth.Verifier, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || token == "" {
			// Section 3.1: who has shown nothing is told no error.
			w.Header().Set("WWW-Authenticate", `Bearer realm="api"`)
			http.Error(w, "sign in", http.StatusUnauthorized)
			return
		}
		claims, err := v.Access(r.Context(), strings.TrimSpace(token))
		switch {
		case errors.Is(err, auth.ErrToken):
			w.Header().Set("WWW-Authenticate", `Bearer realm="api", error="invalid_token"`)
			http.Error(w, "sign in again", http.StatusUnauthorized)
		case err != nil: // ErrBackOff: the token may be good
			w.Header().Set("Retry-After", "10")
			http.Error(w, "try again", http.StatusServiceUnavailable)
		default:
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), claimsKey{}, claims)))
		}
	})
}

// A middleware for APIs: a bearer token in, its claims in the context, and what
// RFC 6750 says to everybody else.
func ExampleVerifier_middleware() {
	pool, _, tokens := exampleTokens()
	defer pool.Close()
	verifier, err := auth.NewVerifier(pool.Issuer(), []string{pool.Client().ID}) // one for the whole program
	if err != nil {
		log.Fatal(err)
	}
	api := requireToken(verifier, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims := r.Context().Value(claimsKey{}).(*auth.Claims)
		fmt.Fprintf(w, "hello, %s", claims.Username)
	}))

	for _, authorization := range []string{"", "Bearer " + tokens.Access(), "Bearer " + tokens.ID(), "Bearer junk"} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header.Set("Authorization", authorization)
		response := httptest.NewRecorder()
		api.ServeHTTP(response, request)
		fmt.Printf("%d [%s] %s\n", response.Code, response.Header().Get("WWW-Authenticate"), strings.TrimSpace(response.Body.String()))
	}
	// Output:
	// 401 [Bearer realm="api"] sign in
	// 200 [] hello, carol
	// 401 [Bearer realm="api", error="invalid_token"] sign in again
	// 401 [Bearer realm="api", error="invalid_token"] sign in again
}
