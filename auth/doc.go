// Package auth signs users in to an Amazon Cognito user pool, through whatever
// challenges the pool raises.
//
// For most programs a sign-in is one call. [Client.SignIn] runs it and asks for
// codes by the functions in [Prompts]:
//
//	client, err := auth.New(cognitoidentityprovider.NewFromConfig(cfg), poolID, clientID)
//	…
//	tokens, err := client.SignIn(ctx, auth.SRP(username, password), auth.Prompts{
//		TOTPCode: func(ctx context.Context, c *challenge.TOTPCode) (string, error) {
//			return askUser("Code from your authenticator app: ")
//		},
//	})
//
// A web backend, which sees the user in one request after the other, takes the
// steps itself: [Client.Begin] and [Client.Respond] return tokens or the next
// [challenge.Challenge], whose Answer method makes what Respond takes. Between
// two requests a [challenge.Sealer] makes a text of the challenge, for a cookie.
// The two ways meet: an [*UnansweredError] of SignIn holds the challenge to go on
// with, and [Client.Continue] runs the rest of a sign-in that was begun in steps.
//
// # What happens inside
//
// What a machine can answer never surfaces: the proof of the password
// (PASSWORD_VERIFIER) is made inside Begin, and where a TOTP set-up is the only
// one that the pool offers, its secret is fetched at once. So a challenge that
// is kept between two requests never holds a password or the app client's
// secret. The username that Cognito goes by, which is not always the one that
// the user typed, is kept in the challenge and used in every call.
//
//	sign-in                                       calls to Cognito
//	SRP                                           2
//	SRP, then TOTP, SMS or e-mail code            3
//	SRP, then TOTP set-up                         5
//	Password, then TOTP, SMS or e-mail code       2
//	Password, then TOTP set-up                    4
//	choice of second factor                       1 more
//	new password                                  1 more
//	custom challenge                              1 more a round
//
// # Before and after
//
// [Accounts] makes, confirms and recovers accounts, and lets signed-in users
// change theirs. [Factors] sets authenticator apps and passkeys up after a
// sign-in, and says which second factors are asked for; [AdminFactors] is the help
// desk's.
//
// [Verifier] checks tokens where they are received. [Refresher] renews and revokes
// them, and [Keeper] keeps those of one user fresh, by rules of its Options
// (RotationGrace, RefreshBy). A web application that stores nothing puts them into
// cookies, by [Client.SealTokens].
//
// [Devices] remembers browsers and machines, which then sign in without a second
// factor: for a browser the device goes into its cookie, by [Client.SealDevice],
// and for a program with one person at it into a [FileDeviceStore].
//
// # Errors
//
// An error is an [*Error] that matches one of the Err values, each of which says
// what to do next, or an [*UnansweredError] of SignIn:
//
//	switch {
//	case errors.Is(err, auth.ErrCode):        // ask again: the Error holds the challenge
//	case errors.Is(err, auth.ErrCredentials): // wrong username or password
//	case errors.Is(err, auth.ErrStartOver):   // the session is over
//	…
//	}
//
// Their texts hold no secret and nothing that Cognito wrote. What Cognito's texts
// mean is a table in docs/troubleshooting.md. Options.Observe is told of each call,
// for logs and traces.
//
// # What is sent twice
//
// The AWS SDK resends a failed request up to three times. For requests that
// spend an answer that would do harm: a code that was accepted, and whose reply
// was lost, would come back as a used one. Such requests are resent only if
// Cognito cannot have applied them; else the error is [ErrOutcomeUnknown]. The
// pause between resends, and their number, are those of the SDK client's own
// retryer.
//
// An [API] that is not the SDK's client should hand the option functions on to
// it: through them this package sees what was sent.
//
// # Secrets
//
// First factors, tokens, challenges and answers print as their kind alone, in
// fmt with any verb, log/slog and encoding/json. The AWS SDK's inputs and
// outputs do print their secrets; this package neither logs nor wraps them.
//
// # What it does not do
//
// It keeps no state of a sign-in, shows no pages, and does not talk to the
// hosted login pages of Cognito.
package auth
