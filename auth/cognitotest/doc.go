// Package cognitotest is an Amazon Cognito user pool inside a test: what
// net/http/httptest is to an HTTP client, for code that signs users in.
//
//	pool := cognitotest.Start(t, cognitotest.Config{})
//	pool.AddUser(cognitotest.User{Username: "ann", Password: "Correct-Horse-1"})
//	client := pool.SDK() // the AWS SDK's own client, over HTTP
//
// It is for tests and development only: it believes every signature of an
// administrator unless [Config].AccessKeys says whose are good, and it hands out
// the codes it sends. So it listens on the loopback interface (Config.Addr), unless
// Config.Exposed is set, and keeps nothing when the process ends but in a file that
// Config.State names.
//
// # What is real
//
// What a user proves is verified: SRP, a device's SRP, authenticator codes,
// delivered codes, passkeys, secret hashes and the password policy. An
// [Authenticator] is the passkey of a test. A session is sealed, belongs to one
// user and one client, expires by the pool's [Clock] and is used up by a right
// answer. Tokens are signed with RS256 under keys that [Pool.Issuer] publishes by
// OIDC discovery. Errors have the types and texts of the service where those are
// known. Where the service's behaviour is unknown there is a field in [Config],
// strict by default.
//
// # What goes wrong
//
// [Pool.Plant] lets a [Fault] lie in wait for a request: it is throttled, refused
// with status 500, or cut off before or after the change was made; its session
// expires, its reply cannot be read, its trigger fails. [Pool.Calls] tells what the
// pool saw of it.
//
// # Triggers
//
// [Triggers] are the Lambda functions of a pool, by name: Go functions, the very
// executable that goes to AWS ([Lambda]), or a function behind Lambda's Invoke API
// ([InvokeEndpoint]). [Config.Functions] are those that the ARNs of a LambdaConfig
// mean. An event has the members of the service's, each try has five seconds, and
// what a function throws or answers wrongly is told in the service's words. The two
// custom senders are missing: what they are given is encrypted by KMS.
//
// # What a test can do
//
// [Clock.Advance] lets time pass, for sessions, codes, tokens and triggers that are
// running. [Outbox.Wait] waits for a message, [Pool.Hold] for a request,
// [Pool.Count] counts them. A [Fault] with the effect [Replied] answers with any
// challenge, be it one that no Cognito knows.
//
// # What it answers
//
// SignUp and what confirms it; InitiateAuth with USER_AUTH, USER_SRP_AUTH,
// USER_PASSWORD_AUTH and CUSTOM_AUTH, AdminInitiateAuth also with
// ADMIN_USER_PASSWORD_AUTH and ADMIN_NO_SRP_AUTH; every challenge that follows
// from those, of remembered devices too; refresh with and without rotation,
// revocation and sign-out; what users do with their own accounts: authenticators,
// MFA preferences, passkeys, devices, passwords forgotten and changed, attributes and what
// verifies them; and what administrators do: with pools, app clients and their
// secrets, users, devices and groups. A server holds many pools: CreateUserPool makes
// one that works like the first, under an issuer of its own. An operation that it
// does not have is refused with UnknownOperationException.
//
// The pool shares no code with the client packages of this module but that of
// authenticator codes: its SRP is written over math/big, and it builds the events
// of its triggers itself. A mistake in one is not hidden by the other.
package cognitotest
