package totp_test

import (
	"fmt"
	"os"
	"time"

	"github.com/cognitomfa/cognitomfa/totp"
)

// A user sets up an authenticator app: the secret comes from Cognito, the page
// shows the code, and the user types what the app says.
func ExampleEnroll() {
	const secretCode = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // from AssociateSoftwareToken

	enrollment, err := totp.Enroll(secretCode, "Example Ltd", "alice@example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(enrollment.URI())
	fmt.Println(enrollment) // a log does not get the secret
	// Output:
	// otpauth://totp/Example%20Ltd:alice%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example%20Ltd
	// [redacted]
}

func ExampleEnrollment_PNG() {
	enrollment, err := totp.Enroll(totp.NewSecret(), "Example Ltd", "alice@example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	picture, err := enrollment.PNG(320)
	if err != nil {
		fmt.Println(err)
		return
	}
	// In an http.Handler: Content-Type image/png and Cache-Control no-store.
	fmt.Printf("%q\n", picture[:4])
	// Output: "\x89PNG"
}

func ExampleEnrollment_Terminal() {
	enrollment, err := totp.Enroll(totp.NewSecret(), "Example Ltd", "alice@example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := enrollment.Terminal()
	if err != nil {
		fmt.Println(err)
		return
	}
	// On standard error, so that the output of the program can be piped.
	fmt.Fprint(os.Stderr, text)
}

// A machine that signs in as a user computes the code itself.
func ExampleCode() {
	at := time.Unix(1111111109, 0) // time.Now(), outside an example
	code, err := totp.Code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", at)
	fmt.Println(code, err)
	// Output: 081804 <nil>
}

// A verifier accepts each code once: it keeps the last step per user.
func ExampleValidate() {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	at := time.Unix(1111111109, 0)
	lastStep := int64(0) // in the user's record

	for range 2 {
		step, ok := totp.Validate(secret, "081804", at, 1)
		switch {
		case !ok:
			fmt.Println("wrong code")
		case step <= lastStep:
			fmt.Println("code used before")
		default:
			lastStep = step // in one atomic update with the comparison
			fmt.Println("welcome")
		}
	}
	// Output:
	// welcome
	// code used before
}

// Codes live for a step of 30 seconds; the secret is what the user may type in
// place of scanning.
func ExampleStep() {
	enrollment, err := totp.Enroll("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "Example Ltd", "alice@example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	at := time.Unix(1111111109, 0)
	ends := time.Unix((totp.Step(at)+1)*int64(totp.Period/time.Second), 0)
	fmt.Println(enrollment.Secret(), "shows the next code in", ends.Sub(at))
	// Output: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ shows the next code in 1s
}
