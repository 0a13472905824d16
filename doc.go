// Package cognitomfa is the root of a library that signs users in to Amazon
// Cognito user pools through every challenge that the pool raises. It has no
// code of its own; most programs begin with package auth:
//
//	client, err := auth.New(cognitoidentityprovider.NewFromConfig(cfg), poolID, clientID)
//	…
//	tokens, err := client.SignIn(ctx, auth.SRP(username, password), auth.Prompts{
//		TOTPCode: func(ctx context.Context, c *challenge.TOTPCode) (string, error) {
//			return askUser("Code from your authenticator app: ")
//		},
//	})
//
// The packages are
//
//   - [github.com/cognitomfa/cognitomfa/auth]: sign-in in one call or step by
//     step; accounts, factors and devices of users; verification and refresh of
//     tokens; errors by what to do next
//   - [github.com/cognitomfa/cognitomfa/challenge]: a type for each challenge,
//     with the one method that answers it
//   - [github.com/cognitomfa/cognitomfa/srp]: the proof of the password, and of
//     the device, without AWS or network
//   - [github.com/cognitomfa/cognitomfa/totp]: the set-up of authenticator
//     apps, their codes and the checking of them
//   - [github.com/cognitomfa/cognitomfa/challenge/trigger]: the Lambda side of
//     custom challenges, with the methods of
//     [github.com/cognitomfa/cognitomfa/challenge/emailotp],
//     [github.com/cognitomfa/cognitomfa/challenge/duo] and
//     [github.com/cognitomfa/cognitomfa/challenge/stepup], of which the last two
//     have their client's half in
//     [github.com/cognitomfa/cognitomfa/challenge/redirect]
//   - [github.com/cognitomfa/cognitomfa/auth/cognitotest]: a user pool inside
//     the process, for tests
//
// docs/guides has a page for each task, and examples has programs to run.
//
// # Compatibility
//
// The module follows semantic versioning. Until version 1 a minor release may
// change the API; the changelog says how. That a challenge which was an Unknown
// gets a type of its own is a minor change at any time, and so is a new error
// text; the Err values of package auth are what programs should test.
package cognitomfa
