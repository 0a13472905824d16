package auth_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
)

var update = flag.Bool("update", false, "write the tables of the README anew")

// A tableRow is what the README says of one of Cognito's challenges. The tests
// below hold each column against the library.
type tableRow struct {
	name   string
	typ    string // the Go type; "" if the challenge is answered inside
	answer string // the arguments of its Answer method, or of its options'
	calls  string // that Respond makes for the answer
	from   string // what it may follow
	then   string // what may follow it

	parameters map[string]string
	respond    func(challenge.Challenge) challenge.Answer
}

const (
	passwordProved = "the first factor"
	factorOrTokens = "tokens, a second factor, `MFA_SETUP`, `NEW_PASSWORD_REQUIRED`"
)

// table has the challenges in the order of the API's enumeration.
var table = []tableRow{
	{name: "SMS_MFA", typ: "SMSCode", answer: "code", calls: "1", from: passwordProved + ", `SELECT_MFA_TYPE`", then: "tokens", respond: answerCode},
	{name: "EMAIL_OTP", typ: "EmailCode", answer: "code", calls: "1", from: passwordProved + ", `SELECT_MFA_TYPE`, `SELECT_CHALLENGE`, `MFA_SETUP`, `USER_AUTH`", then: "tokens", respond: answerCode},
	{name: "SOFTWARE_TOKEN_MFA", typ: "TOTPCode", answer: "code", calls: "1", from: passwordProved + ", `SELECT_MFA_TYPE`", then: "tokens", respond: answerCode},
	{
		name: "SELECT_MFA_TYPE", typ: "SelectMFA", answer: "one of its options", calls: "1", from: passwordProved, then: "the chosen factor",
		parameters: map[string]string{"MFAS_CAN_CHOOSE": `["SMS_MFA","SOFTWARE_TOKEN_MFA"]`},
		respond:    func(c challenge.Challenge) challenge.Answer { return c.(*challenge.SelectMFA).Options()[0].Answer() },
	}, {
		name: "MFA_SETUP", typ: "SetUpTOTP", answer: "code, device name", calls: "2, and 1 before it for the secret", from: passwordProved + ", `NEW_PASSWORD_REQUIRED`", then: "tokens",
		parameters: map[string]string{"MFAS_CAN_SETUP": `["SOFTWARE_TOKEN_MFA"]`},
		respond:    func(c challenge.Challenge) challenge.Answer { return c.(*challenge.SetUpTOTP).Answer("123456", "") },
	}, {
		name: "MFA_SETUP", typ: "SetUpEmail", answer: "address", calls: "1", from: "the same", then: "`EMAIL_OTP`",
		parameters: map[string]string{"MFAS_CAN_SETUP": `["EMAIL_OTP"]`},
		respond:    func(c challenge.Challenge) challenge.Answer { return c.(*challenge.SetUpEmail).Answer("a@example.com") },
	}, {
		name: "MFA_SETUP", typ: "SetUpMFA", answer: "one of its options", calls: "1 for TOTP, 0 for e-mail", from: "the same, where there is a choice", then: "`SetUpTOTP`, `SetUpEmail`",
		parameters: map[string]string{"MFAS_CAN_SETUP": `["SOFTWARE_TOKEN_MFA","EMAIL_OTP","SMS_MFA"]`},
		respond:    func(c challenge.Challenge) challenge.Answer { return c.(*challenge.SetUpMFA).Options()[0].Answer() },
	},
	{name: "PASSWORD_VERIFIER", from: "`USER_SRP_AUTH`, `CUSTOM_AUTH` with SRP, `PASSWORD_SRP`", then: factorOrTokens + ", `CUSTOM_CHALLENGE`, `DEVICE_SRP_AUTH`"},
	{
		name: "CUSTOM_CHALLENGE", typ: "Custom", answer: "text", calls: "1", from: "`CUSTOM_AUTH`, `NEW_PASSWORD_REQUIRED`, itself", then: "itself, tokens, a second factor, `MFA_SETUP`, `DEVICE_SRP_AUTH`",
		respond: func(c challenge.Challenge) challenge.Answer { return c.(*challenge.Custom).Answer("x") },
	}, {
		name: "SELECT_CHALLENGE", typ: "SelectFirstFactor", answer: "one of its options", calls: "1; 0 for a password", from: "`USER_AUTH`", then: "the chosen factor; `Password`",
		respond: func(c challenge.Challenge) challenge.Answer {
			o, _ := c.(*challenge.SelectFirstFactor).Option(challenge.FactorEmail)
			return o.Answer()
		},
	},
	{name: "DEVICE_SRP_AUTH", from: "the first factor from a remembered device, `CUSTOM_CHALLENGE`", then: "`DEVICE_PASSWORD_VERIFIER`"},
	{name: "DEVICE_PASSWORD_VERIFIER", from: "`DEVICE_SRP_AUTH`", then: "tokens"},
	{
		name: "ADMIN_NO_SRP_AUTH", typ: "Unknown", answer: "refused: Cognito takes none", calls: "0", from: "nothing: a leftover in Cognito's list", then: "nothing",
		respond: func(c challenge.Challenge) challenge.Answer { return c.(*challenge.Unknown).Answer(nil) },
	}, {
		name: "NEW_PASSWORD_REQUIRED", typ: "NewPassword", answer: "password, required attributes", calls: "1", from: passwordProved + " with a temporary password", then: "tokens, a second factor, `MFA_SETUP`, `CUSTOM_CHALLENGE`",
		respond: func(c challenge.Challenge) challenge.Answer { return c.(*challenge.NewPassword).Answer("p", nil) },
	},
	{name: "SMS_OTP", typ: "SMSCode", answer: "code", calls: "1", from: "`SELECT_CHALLENGE`, `USER_AUTH`", then: "tokens", respond: answerCode},
	{
		name: "PASSWORD", typ: "Password", answer: "password", calls: "1", from: "`SELECT_CHALLENGE`", then: factorOrTokens,
		respond: func(c challenge.Challenge) challenge.Answer { return c.(*challenge.Password).Answer("p") },
	}, {
		name: "WEB_AUTHN", typ: "Passkey", answer: "credential, as JSON", calls: "1", from: "`SELECT_CHALLENGE`, `USER_AUTH`", then: "tokens",
		parameters: map[string]string{"CREDENTIAL_REQUEST_OPTIONS": `{"challenge":"x"}`},
		respond: func(c challenge.Challenge) challenge.Answer {
			return c.(*challenge.Passkey).Answer(json.RawMessage(`{}`))
		},
	}, {
		name: "PASSWORD_SRP", typ: "Password", answer: "password", calls: "2", from: "`SELECT_CHALLENGE`", then: factorOrTokens,
		respond: func(c challenge.Challenge) challenge.Answer { return c.(*challenge.Password).Answer("p") },
	},
	{name: "any other", typ: "Unknown", answer: "responses by Cognito's names", calls: "1", from: "tomorrow's Cognito", then: "whatever it says",
		respond: func(c challenge.Challenge) challenge.Answer {
			return c.(*challenge.Unknown).Answer(map[string]string{"A": "b"})
		},
	},
}

func answerCode(c challenge.Challenge) challenge.Answer { return c.(challenge.Code).Answer("123456") }

func TestChallengeTableIsComplete(t *testing.T) {
	t.Parallel()
	rows := make(map[string]int)
	for _, r := range table {
		rows[r.name]++
	}
	for _, name := range types.ChallengeNameType("").Values() {
		if rows[string(name)] == 0 {
			t.Errorf("%s has no row", name)
		}
		delete(rows, string(name))
	}
	if len(rows) != 1 || rows["any other"] != 1 {
		t.Errorf("rows for what is no challenge: %v", rows)
	}
}

// Each row's type and number of calls, through Begin and Respond.
func TestChallengeTable(t *testing.T) {
	t.Parallel()
	for _, r := range table {
		if r.typ == "" {
			continue // PASSWORD_VERIFIER and the device's: TestCallsPerFlow, TestDevice
		}
		t.Run(r.name+" "+r.typ, func(t *testing.T) {
			t.Parallel()
			name := r.name
			if name == "any other" {
				name = "TOMORROW"
			}
			api := &script{initiate: raises(name, "session", r.parameters)}
			api.respond = func(in *cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
				if in.ChallengeResponses["SRP_A"] != "" {
					return &cip.RespondToAuthChallengeOutput{ChallengeName: "PASSWORD_VERIFIER", ChallengeParameters: goodVerifier}, nil
				}
				return finishes(in)
			}
			api.associate = func(*cip.AssociateSoftwareTokenInput) (*cip.AssociateSoftwareTokenOutput, error) {
				return &cip.AssociateSoftwareTokenOutput{SecretCode: aws.String("GEZDGNBVGY3TQOJQ"), Session: aws.String("s")}, nil
			}
			api.verify = func(*cip.VerifySoftwareTokenInput) (*cip.VerifySoftwareTokenOutput, error) {
				return &cip.VerifySoftwareTokenOutput{Status: types.VerifySoftwareTokenResponseTypeSuccess, Session: aws.String("s")}, nil
			}
			client := newClient(t, api)
			_, c, err := client.Begin(t.Context(), auth.Password("u", "p"))
			if err != nil {
				t.Fatal(err)
			}
			if got := reflect.TypeOf(c).Elem().Name(); got != r.typ {
				t.Errorf("it is a %s", got)
			}
			before := len(api.calls)
			_, _, err = client.Respond(t.Context(), r.respond(c))
			if refused := strings.HasPrefix(r.answer, "refused"); refused != (err != nil) {
				t.Errorf("refused: %v", err)
			}
			if got := fmt.Sprint(len(api.calls) - before); !strings.HasPrefix(r.calls, got) {
				t.Errorf("%s calls, and the table says %s", got, r.calls)
			}
		})
	}
}

// The README has the table as it is here. Run with -update to write it.
func TestReadmeTable(t *testing.T) {
	t.Parallel()
	const file, begin, end = "../README.md", "<!-- challenges -->\n", "<!-- /challenges -->"
	readme, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(readme), begin)
	got, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the README has no place for the table")
	}
	var want strings.Builder
	want.WriteString("| Cognito's challenge | type | answered with | calls | may come from | may be followed by |\n|---|---|---|---|---|---|\n")
	for _, r := range table {
		name, typ := "`"+r.name+"`", "`"+r.typ+"`"
		if r.name == "any other" {
			name = r.name
		}
		if r.typ == "" {
			typ = "*answered inside*"
		}
		fmt.Fprintf(&want, "| %s | %s | %s | %s | %s | %s |\n", name, typ, r.answer, r.calls, r.from, r.then)
	}
	switch {
	case got == want.String():
	case *update:
		if err := os.WriteFile(file, []byte(head+begin+want.String()+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error("the README's table is not this one: run go test ./auth -run TestReadmeTable -update")
	}
}
