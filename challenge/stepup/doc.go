// Package stepup makes a sign-in at an OpenID Connect provider a custom
// challenge: after the password, the user's browser goes to the provider, which
// asks for whatever second factor it has, and comes back with a code that the
// VerifyAuthChallengeResponse trigger exchanges for an id token.
//
//	method, err := stepup.New(stepup.Config{
//		Issuer: "https://idp.example", AuthURL: "https://idp.example/authorize",
//		TokenURL: "https://idp.example/token", KeysURL: "https://idp.example/keys",
//		ClientID: "cognito", ClientSecret: stepup.Secret(secret), RedirectURL: "https://app.example/callback",
//		Claim: "sub", Attribute: "custom:idp_sub",
//		ACR: []string{"urn:example:mfa"},
//	}, store)
//
// and method goes to the handler of package challenge/trigger. The program that
// signs the user in reads the challenge with package challenge/redirect. Package
// blockid is the preset for 1Kosmos BlockID.
//
// # What is checked
//
// The state before the code is spent; that the code was not used before; by
// go-oidc the token's signature (by the algorithms that are configured), issuer,
// audience and expiry; here its nonce, azp, at_hash, acr, amr and auth_time, and
// the issuer in the redirect (RFC 9207). PKCE ties the code to this round.
//
// And whose token it is: a claim must equal an attribute of the Cognito user.
// Without that, whoever knows a password could pass the second factor as
// themselves. Best is a custom attribute that holds the provider's sub and that
// app clients cannot write (OWASP ASVS 5.0, 6.8.1); an e-mail address counts only
// if both sides have verified it.
//
// Every failure of these is a wrong answer.
//
// # What it does not do
//
// No discovery: the endpoints are configured, because a Lambda function has five
// seconds from its cold start. No call when it is made: keys are fetched with the
// first token. It does not support HS256, and so no provider that signs with the
// client secret.
package stepup
