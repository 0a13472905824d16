// Package srp is the client half of Amazon Cognito's Secure Remote Password
// exchange (SRP-6a, RFC 5054, with Cognito's own padding and key derivation), for
// users and for remembered devices.
//
// It does not talk to Cognito, and it does not know whether a password is right:
// values come in as Cognito sent them and go out as Cognito wants them. For a
// whole sign-in use package auth, which calls this one. One exchange is:
//
//	pool, err := srp.PoolName("eu-west-1_AbCdEf123")
//	h := srp.New()
//	// InitiateAuth USER_SRP_AUTH with USERNAME and SRP_A = h.A(); from the
//	// PASSWORD_VERIFIER that comes back:
//	proof, err := h.Prove(pool, password, srp.Challenge{
//		UserID:      parameters["USER_ID_FOR_SRP"],
//		Salt:        parameters["SALT"],
//		B:           parameters["SRP_B"],
//		SecretBlock: parameters["SECRET_BLOCK"],
//	}, time.Now())
//	// RespondToAuthChallenge with PASSWORD_CLAIM_SECRET_BLOCK as it came,
//	// PASSWORD_CLAIM_SIGNATURE = proof.Signature, TIMESTAMP = proof.Timestamp.
//
// # What is refused
//
// SRP_B that is 0 or not below N, a scrambling parameter u of 0, numbers that are
// not hexadecimal, a secret block that is not base64, and everything empty or
// oversized is a [*ParameterError]. Nothing a server sends makes this package
// panic.
//
// # What is constant time, and what is not
//
// On amd64, arm64, loong64, mips64, ppc64, riscv64 and s390x, and their
// little-endian or big-endian twins, the three exponentiations (2^a, 2^x and the
// premaster secret) make the same multiplications, squarings and table reads
// whatever a, x, a + u·x and the base are: no branch and no memory address depends
// on them. A test counts them. That holds for the Go code; whether a compiler keeps
// it, and a processor takes the same time for all operands, can only be measured,
// on one machine at a time: docs/timing.md has how, and what was seen.
//
// Not covered: the length of the password, user id and keys; whether A, S, u or
// the salt has leading zero bytes, because Cognito hashes numbers without them (a
// byte less of S, one time in 256, may show in the time); the decoding of what the
// server sent; the server's half in [NewDeviceSecret], which knows only the
// verifier. On other platforms, among them 386, arm and wasm, the exponentiations
// are math/big's, whose time depends on the secrets. Go does not let a program
// wipe its memory reliably, and this package does not try.
//
// # Compatibility
//
// The private exponent has 256 random bits, where other clients take 1024; Cognito
// sees only A and cannot tell. Vectors for clients in any language are in
// testdata. For those who come from github.com/alexrudd/cognito-srp the differences
// are in docs/migrating-from-cognito-srp.md.
package srp

//go:generate go run ./internal/vectors/gen
