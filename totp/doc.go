// Package totp is the time-based one-time password of an authenticator app, in
// the one form Amazon Cognito uses: HMAC-SHA-1, six digits, 30 seconds.
//
// A program that signs users in needs [Enroll]: it turns the SecretCode of
// AssociateSoftwareToken into what an authenticator app reads.
//
//	enrollment, err := totp.Enroll(secretCode, "Example Ltd", "alice@example.com")
//	if err != nil {
//		return err
//	}
//	png, err := enrollment.PNG(320)      // for a web page
//	text, err := enrollment.Terminal()   // for a command line
//
// [Code] computes what the app would show, for tests and for machines that sign
// in as users. [NewSecret] and [Validate] are the verifier's half, for programs
// that keep their own secrets; Cognito does that work for a user pool.
//
// The package does no network and keeps no state. In particular it does not
// remember which codes were used: see [Validate].
//
// # Sources
//
// RFC 6238 (TOTP), RFC 4226 (HOTP), RFC 4648 section 6 (base32), the Key URI
// Format (https://github.com/google/google-authenticator/wiki/Key-Uri-Format),
// and the API page of AssociateSoftwareToken
// (https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AssociateSoftwareToken.html).
//
// # Security
//
// A secret is as good as every code the user will ever type. An [Enrollment]
// does not show it in fmt, slog or encoding/json; the string that
// [Enrollment.URI] returns, the image and the terminal text all contain it, and
// belong in no log and no cache.
package totp
