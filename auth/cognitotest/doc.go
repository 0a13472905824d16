// Package cognitotest is an Amazon Cognito user pool inside a test: what
// net/http/httptest is to an HTTP client, for code that signs users in.
//
//	pool := cognitotest.Start(t, cognitotest.Config{})
//	pool.AddUser(cognitotest.User{Username: "ann", Password: "Correct-Horse-1"})
//	client := pool.SDK() // the AWS SDK's own client, over HTTP
//
// It is for tests and development only. It does not keep anything when the
// process ends, it believes every signature of an administrator, it hands out
// the codes it sends, and it listens on the loopback interface alone.
//
// What a user proves is verified for real: SRP, authenticator codes, secret
// hashes, password policy, single use and expiry of sessions, and the tokens
// are signed with RS256 under keys that [Pool.Issuer] publishes by OIDC
// discovery. Errors have the types and texts of the service where those are
// known. Where the service's behaviour is unknown there is a field in [Config],
// strict by default.
package cognitotest
