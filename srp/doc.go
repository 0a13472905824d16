// Package srp is the client half of Amazon Cognito's Secure Remote Password
// exchange, for users and for remembered devices.
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
//go:generate go run ./internal/vectors/gen
package srp
