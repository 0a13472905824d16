// Package duo makes Duo's Universal Prompt a custom challenge: the user's browser
// goes to Duo, and comes back with a code that the VerifyAuthChallengeResponse
// trigger exchanges for Duo's word on who passed.
//
// In the Lambda function:
//
//	keys, err := duo.NewKeys(clientID, clientSecret, "api-1234abcd.duosecurity.com")
//	client, err := duo.NewClient(keys, "https://example.com/duo/callback")
//	method, err := duo.NewMethod(client, store)
//
// and method goes to the handler of package challenge/trigger. Package
// challenge/duo/secrets keeps the keys in Secrets Manager. The program that signs
// the user in reads the challenge with package challenge/redirect.
//
// # What is checked
//
// The state is compared before the code is spent, a code is taken once, and the
// token that Duo gives for it must be signed by HS512 with the client secret, be
// fresh, be meant for this application and this round (nonce), say "allow", and
// name the Duo user that this Cognito user was sent there as: a colleague's
// approval does not count. Duo's own SDKs do not compare auth_result. Everything
// else is a wrong answer; with Duo out of reach nobody gets in, unless
// [MethodOptions].InsecureFailOpen says otherwise.
//
// Sources: "Duo OIDC Auth API" (https://duo.com/docs/oauthapi) and Duo's clients
// on GitHub, duosecurity/duo_universal_golang, _python and _nodejs.
//
// # What it does not do
//
// It does not show Duo in an iframe, which Duo forbids; package websdk2 has the
// old iframe. It does not pin Duo's certificate authorities: pins outlived by
// Duo's certificates have locked users out. It does not enrol users.
package duo
