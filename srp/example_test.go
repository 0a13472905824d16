package srp_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/cognitomfa/cognitomfa/srp"
)

// What Cognito sends with PASSWORD_VERIFIER.
var parameters = map[string]string{
	"USERNAME":        "5e9b1f0c-7a34-4d0e-9a53-6f1c2b7d8e90",
	"USER_ID_FOR_SRP": "5e9b1f0c-7a34-4d0e-9a53-6f1c2b7d8e90",
	"SALT":            "f1e2d3c4b5a69788796a5b4c3d2e1f",
	"SRP_B":           "33c90c5d57970f3b02ebf86bef695ab0",
	"SECRET_BLOCK":    "c2VjcmV0LWJsb2NrLWJ5dGVz",
}

var now = time.Date(2025, 5, 6, 15, 4, 5, 0, time.UTC) // time.Now() in a program

// One sign-in. In between the two calls go to Cognito.
func Example() {
	pool, err := srp.PoolName("eu-west-1_AbCdEf123")
	if err != nil {
		fmt.Println(err)
		return
	}
	h := srp.New()
	// InitiateAuth with AuthFlow USER_SRP_AUTH.
	request := map[string]string{"USERNAME": "user@example.com", "SRP_A": h.A()}
	fmt.Println(len(request["SRP_A"]) > 700)

	proof, err := h.Prove(pool, "Correct-Horse-7", srp.Challenge{
		UserID:      parameters["USER_ID_FOR_SRP"],
		Salt:        parameters["SALT"],
		B:           parameters["SRP_B"],
		SecretBlock: parameters["SECRET_BLOCK"],
	}, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	// RespondToAuthChallenge with ChallengeName PASSWORD_VERIFIER.
	answer := map[string]string{
		"USERNAME":                    parameters["USER_ID_FOR_SRP"],
		"PASSWORD_CLAIM_SECRET_BLOCK": parameters["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE":    proof.Signature,
		"TIMESTAMP":                   proof.Timestamp,
	}
	fmt.Println(answer["TIMESTAMP"])
	// Output:
	// true
	// Tue May 6 15:04:05 UTC 2025
}

// For those who come from cognito-srp: the map that PasswordVerifierChallenge
// returned, made by this package.
func Example_migration() {
	const clientID, clientSecret = "18u8119jgbpr464n28s1itk2mq", "secret"
	h := srp.New() // before: NewCognitoSRP(username, password, poolID, clientID, &clientSecret)

	passwordVerifierChallenge := func(password string, parameters map[string]string, now time.Time) (map[string]string, error) {
		proof, err := h.Prove("AbCdEf123", password, srp.Challenge{
			UserID:      parameters["USER_ID_FOR_SRP"],
			Salt:        parameters["SALT"],
			B:           parameters["SRP_B"],
			SecretBlock: parameters["SECRET_BLOCK"],
		}, now)
		if err != nil {
			return nil, err
		}
		return map[string]string{
			"TIMESTAMP":                   proof.Timestamp,
			"USERNAME":                    parameters["USERNAME"],
			"PASSWORD_CLAIM_SECRET_BLOCK": parameters["SECRET_BLOCK"],
			"PASSWORD_CLAIM_SIGNATURE":    proof.Signature,
			"SECRET_HASH":                 srp.SecretHash(parameters["USERNAME"], clientID, clientSecret),
		}, nil
	}
	answer, err := passwordVerifierChallenge("Correct-Horse-7", parameters, now)
	fmt.Println(len(answer), answer["TIMESTAMP"], err)
	// Output: 5 Tue May 6 15:04:05 UTC 2025 <nil>
}

func ExamplePoolName() {
	name, err := srp.PoolName("eu-west-1_AbCdEf123")
	fmt.Println(name, err)
	_, err = srp.PoolName("AbCdEf123")
	fmt.Println(err)
	// Output:
	// AbCdEf123 <nil>
	// srp: UserPoolId is not a user pool id of the form region_name
}

func ExampleHandshake_Prove_badServer() {
	_, err := srp.New().Prove("AbCdEf123", "Correct-Horse-7", srp.Challenge{
		UserID: "user", Salt: "f1e2d3", B: "0", SecretBlock: "AAAA",
	}, now)
	var wrong *srp.ParameterError
	if errors.As(err, &wrong) {
		fmt.Println(wrong.Field, wrong.Reason)
	}
	// Output: SRP_B is not between 0 and N
}

// A new device is confirmed once and proves itself at later sign-ins.
func ExampleNewDeviceSecret() {
	// NewDeviceMetadata of the sign-in.
	const groupKey, deviceKey = "-wt2ha1Zd", "eu-west-1_0c3e7a52-1f0b-4c55-8c5d-2f6d7a3b9e10"
	secret, err := srp.NewDeviceSecret(groupKey, deviceKey)
	if err != nil {
		fmt.Println(err)
		return
	}
	// ConfirmDevice with DeviceSecretVerifierConfig.
	config := map[string]string{"Salt": secret.Salt(), "PasswordVerifier": secret.Verifier()}
	fmt.Println(len(config["Salt"]) > 0, len(config["PasswordVerifier"]) > 500)

	// The next sign-in: DEVICE_SRP_AUTH with SRP_A, then DEVICE_PASSWORD_VERIFIER.
	h := srp.New()
	proof, err := h.ProveDevice(groupKey, deviceKey, secret.Password(), srp.Challenge{
		Salt:        parameters["SALT"],
		B:           parameters["SRP_B"],
		SecretBlock: parameters["SECRET_BLOCK"],
	}, now)
	fmt.Println(proof.Timestamp, err)
	// Output:
	// true true
	// Tue May 6 15:04:05 UTC 2025 <nil>
}

func ExampleSecretHash() {
	fmt.Println(srp.SecretHash("a2c2e290-6d0f-4a08-a5ca-f0162935f3a6", "18u8119jgbpr464n28s1itk2mq",
		"ps50nb7hd1umdnmlt1xa9nwiscqvdvzy5ijw63vcacd09yihc2b"))
	// Output: QW3YkSgjkc9VNMtbTkuQflK54A6+9GS8ZiRDj0mSvPI=
}

func ExampleTimestamp() {
	fmt.Println(srp.Timestamp(time.Date(2025, 5, 7, 2, 9, 40, 0, time.FixedZone("CEST", 7200))))
	// Output: Wed May 7 00:09:40 UTC 2025
}
