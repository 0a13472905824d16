package auth_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/wire"
)

// testdata/sign-in-states.tsv says for each state of a sign-in what comes of each
// reply that a server can give there: the type of a challenge, tokens, an error,
// or in capitals the challenge that is answered inside. A star stands where
// Cognito is known to give that reply; the other cells are a server's mistakes, or
// its future.
const statesFile, diagramFile = "testdata/sign-in-states.tsv", "../docs/sign-in-states.md"

// stateReplies are the columns of the table: what InitiateAuth and
// RespondToAuthChallenge can say.
var stateReplies = map[string]cip.RespondToAuthChallengeOutput{
	"tokens": {AuthenticationResult: stateTokens}, "nothing": {}, "both": {ChallengeName: "SMS_MFA", AuthenticationResult: stateTokens},
	"SELECT_MFA_TYPE":   {ChallengeParameters: map[string]string{"MFAS_CAN_CHOOSE": `["SMS_MFA","SOFTWARE_TOKEN_MFA"]`}},
	"MFA_SETUP totp":    {ChallengeParameters: map[string]string{"MFAS_CAN_SETUP": `["SOFTWARE_TOKEN_MFA"]`}},
	"MFA_SETUP email":   {ChallengeParameters: map[string]string{"MFAS_CAN_SETUP": `["EMAIL_OTP"]`}},
	"MFA_SETUP choice":  {ChallengeParameters: map[string]string{"MFAS_CAN_SETUP": `["SOFTWARE_TOKEN_MFA","EMAIL_OTP"]`}},
	"MFA_SETUP none":    {ChallengeParameters: map[string]string{"MFAS_CAN_SETUP": `["SMS_MFA"]`}},
	"WEB_AUTHN":         {ChallengeParameters: map[string]string{"CREDENTIAL_REQUEST_OPTIONS": `{"challenge":"x"}`}},
	"PASSWORD_VERIFIER": {ChallengeParameters: goodVerifier}, "DEVICE_PASSWORD_VERIFIER": {ChallengeParameters: goodVerifier},
	"SMS_MFA": {}, "EMAIL_OTP": {}, "SOFTWARE_TOKEN_MFA": {}, "NEW_PASSWORD_REQUIRED": {}, "CUSTOM_CHALLENGE": {}, "SELECT_CHALLENGE": {},
	"SMS_OTP": {}, "PASSWORD": {}, "PASSWORD_SRP": {}, "DEVICE_SRP_AUTH": {}, "ADMIN_NO_SRP_AUTH": {}, "TOMORROW": {},
}

var stateTokens = &types.AuthenticationResultType{AccessToken: aws.String("access"), ExpiresIn: 3600}

// A stateOf says how a sign-in gets into a state: its first factor, and the
// replies up to there. Challenges among them are answered as the README's table
// has it.
type stateOf struct {
	first    auth.FirstFactor
	replies  []string
	noDevice bool
}

var (
	byPassword = auth.Password("u", "p")
	states     = map[string]stateOf{
		"USER_PASSWORD_AUTH":                  {first: byPassword},
		"USER_PASSWORD_AUTH without a device": {first: byPassword, noDevice: true},
		"USER_SRP_AUTH":                       {first: auth.SRP("u", "p")},
		"USER_SRP_AUTH elsewhere":             {first: auth.SRPPublic("u", "abcdef")},
		"CUSTOM_AUTH":                         {first: auth.Custom("u")},
		"CUSTOM_AUTH with SRP":                {first: auth.CustomSRP("u", "p")},
		"USER_AUTH":                           {first: auth.UserAuth("u")},
		"USER_AUTH with PASSWORD_SRP":         {first: auth.UserAuth("u", auth.PreferSRP("p"))},
		"USER_AUTH after the sign-up":         {}, // whose first factor a test has to make
		"PASSWORD_VERIFIER":                   {first: auth.SRP("u", "p"), replies: []string{"PASSWORD_VERIFIER"}},
		"DEVICE_SRP_AUTH":                     {first: byPassword, replies: []string{"DEVICE_SRP_AUTH"}},
		"DEVICE_PASSWORD_VERIFIER":            {first: byPassword, replies: []string{"DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"}},
		"TOTPCode":                            {first: byPassword, replies: []string{"SOFTWARE_TOKEN_MFA"}},
		"SMSCode":                             {first: byPassword, replies: []string{"SMS_MFA"}},
		"EmailCode":                           {first: byPassword, replies: []string{"EMAIL_OTP"}},
		"SelectMFA":                           {first: byPassword, replies: []string{"SELECT_MFA_TYPE"}},
		"SetUpTOTP":                           {first: byPassword, replies: []string{"MFA_SETUP totp"}},
		"SetUpEmail":                          {first: byPassword, replies: []string{"MFA_SETUP email"}},
		"NewPassword":                         {first: byPassword, replies: []string{"NEW_PASSWORD_REQUIRED"}},
		"SelectFirstFactor":                   {first: auth.UserAuth("u"), replies: []string{"SELECT_CHALLENGE"}},
		"Password":                            {first: auth.UserAuth("u"), replies: []string{"PASSWORD_SRP"}},
		"Passkey":                             {first: auth.UserAuth("u"), replies: []string{"WEB_AUTHN"}},
		"PasswordVerifier":                    {first: auth.SRPPublic("u", "abcdef"), replies: []string{"PASSWORD_VERIFIER"}},
		"Custom":                              {first: auth.Custom("u"), replies: []string{"CUSTOM_CHALLENGE"}},
		"Unknown":                             {first: byPassword, replies: []string{"TOMORROW"}},
	}
)

// local are the steps that a sign-in makes without a reply of these two
// operations: between two questions of one challenge.
var local = [][2]string{{"SetUpMFA", "SetUpTOTP"}, {"SetUpMFA", "SetUpEmail"}, {"SelectFirstFactor", "Password"}}

// A cell is one pair of the table.
type cell struct {
	state, reply, outcome string
	known                 bool
}

// readStates reads the table.
func readStates(t *testing.T) []cell {
	t.Helper()
	text, err := os.ReadFile(statesFile)
	if err != nil {
		t.Fatal(err)
	}
	var cells []cell
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	columns := strings.Split(lines[0], "\t")
	for _, line := range lines[1:] {
		fields := strings.Split(line, "\t")
		if len(fields) != len(columns) {
			t.Fatalf("the row of %s has %d fields, and not %d", fields[0], len(fields), len(columns))
		}
		for i, outcome := range fields[1:] {
			name, known := strings.CutSuffix(outcome, "*")
			cells = append(cells, cell{fields[0], columns[i+1], name, known})
		}
	}
	return cells
}

// serving is an API that gives the replies one after the other, and then tokens.
func serving(replies []string) (api *script, asked *[]string) {
	asked = new([]string)
	next := func(name string) *cip.RespondToAuthChallengeOutput {
		*asked = append(*asked, name)
		out := stateReplies["tokens"]
		if len(replies) > 0 {
			out = stateReplies[replies[0]]
			if out.ChallengeName == "" && replies[0] != "tokens" && replies[0] != "nothing" {
				wireName, _, _ := strings.Cut(replies[0], " ")
				out.ChallengeName = types.ChallengeNameType(wireName)
			}
			replies = replies[1:]
		}
		out.Session = aws.String("session")
		return &out
	}
	return &script{
		initiate: func(in *cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
			out := next(string(in.AuthFlow))
			begun := &cip.InitiateAuthOutput{ChallengeName: out.ChallengeName, Session: out.Session, ChallengeParameters: out.ChallengeParameters, AuthenticationResult: out.AuthenticationResult}
			if out.ChallengeName == "SELECT_CHALLENGE" {
				begun.AvailableChallenges = []types.ChallengeNameType{"PASSWORD_SRP", "EMAIL_OTP"}
			}
			return begun, nil
		},
		respond: func(in *cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
			return next(string(in.ChallengeName)), nil
		},
		associate: func(*cip.AssociateSoftwareTokenInput) (*cip.AssociateSoftwareTokenOutput, error) {
			return &cip.AssociateSoftwareTokenOutput{SecretCode: aws.String("GEZDGNBVGY3TQOJQ"), Session: aws.String("s")}, nil
		},
		verify: func(*cip.VerifySoftwareTokenInput) (*cip.VerifySoftwareTokenOutput, error) {
			return &cip.VerifySoftwareTokenOutput{Status: types.VerifySoftwareTokenResponseTypeSuccess, Session: aws.String("s")}, nil
		},
	}, asked
}

// outcome plays a state and the reply that comes in it.
func (s stateOf) outcome(t *testing.T, reply string) string {
	t.Helper()
	api, asked := serving(append(slices.Clone(s.replies), reply))
	client := newClient(t, api)
	device := func(*auth.CallOptions) {}
	if !s.noDevice {
		device = with1(deviceOfState(t, client))
	}
	tokens, next, err := client.Begin(t.Context(), s.first, device)
	exactlyOne(t, tokens, next, err)
	until := len(s.replies) + 1
	if err == nil && len(*asked) < until {
		tokens, next, err = client.Respond(t.Context(), answerOfState(t, next), device)
		exactlyOne(t, tokens, next, err)
	}
	if len(*asked) < until {
		t.Fatalf("%v were asked, and %q was not reached: %v, %v", *asked, reply, next, err)
	}
	switch {
	case len(*asked) > until:
		return (*asked)[until] // it was answered inside
	case tokens != nil:
		return "tokens"
	case next != nil:
		return reflect.TypeOf(next).Elem().Name()
	case errors.Is(err, auth.ErrMalformed):
		return "ErrMalformed"
	case errors.Is(err, auth.ErrConfig):
		return "ErrConfig"
	}
	return err.Error()
}

// answerOfState answers as the README's table has it.
func answerOfState(t *testing.T, c challenge.Challenge) challenge.Answer {
	t.Helper()
	if c, ok := c.(*challenge.PasswordVerifier); ok { // which has no row
		return c.Answer("c2lnbmF0dXJl", "Tue Feb 1 03:04:05 UTC 2000")
	}
	for _, row := range table {
		if row.typ == reflect.TypeOf(c).Elem().Name() && row.name != "ADMIN_NO_SRP_AUTH" {
			return row.respond(c)
		}
	}
	t.Fatalf("no answer to a %T", c)
	return challenge.Answer{}
}

// deviceOfState is a device that Cognito has seen.
func deviceOfState(t *testing.T, c *auth.Client) auth.Device {
	t.Helper()
	s, err := challenge.NewSealer([32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := wire.SealDevice(s, wire.Device{GroupKey: "group", Key: "device", Password: "p"},
		wire.Binding{PoolID: testPool, ClientID: testClient})
	if err != nil {
		t.Fatal(err)
	}
	device, err := c.OpenDevice(s, sealed, "")
	if err != nil {
		t.Fatal(err)
	}
	return device
}

// Every pair of a state and a reply comes out as the table says, and the table has
// every pair.
func TestStates(t *testing.T) {
	t.Parallel()
	accounts, err := auth.NewAccounts(confirming{}, testClient)
	if err != nil {
		t.Fatal(err)
	}
	confirmed, err := accounts.ConfirmSignUp(t.Context(), "u", "123456", func(o *auth.CallOptions) { o.SignUpSession = "s" })
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[[2]string]bool)
	for _, c := range readStates(t) {
		seen[[2]string{c.state, c.reply}] = true
		state, ok := states[c.state]
		if _, ok2 := stateReplies[c.reply]; !ok || !ok2 {
			t.Fatalf("there is no state %q, or no reply %q", c.state, c.reply)
		}
		if state.first == (auth.FirstFactor{}) {
			state.first = auth.AfterSignUp(confirmed)
		}
		if got := state.outcome(t, c.reply); got != c.outcome {
			t.Errorf("%s, %s: %s, and the table says %s", c.state, c.reply, got, c.outcome)
		}
	}
	if want := len(states) * len(stateReplies); len(seen) != want {
		t.Errorf("the table has %d pairs, want %d", len(seen), want)
	}
}

// All challenges of the SDK's model and all types of package challenge are in the
// table, and every state can be reached by what Cognito is known to do.
func TestStatesAreReachable(t *testing.T) {
	t.Parallel()
	for _, name := range types.ChallengeNameType("").Values() {
		found := false
		for reply := range stateReplies {
			wireName, _, _ := strings.Cut(reply, " ")
			found = found || wireName == string(name)
		}
		if !found {
			t.Errorf("no reply is a %s", name)
		}
	}
	cells := readStates(t)
	reached, given := map[string]bool{"Unknown": true}, make(map[string]bool) // of tomorrow's Cognito
	for name, s := range states {
		reached[name] = reached[name] || len(s.replies) == 0 // where sign-ins begin
	}
	for range len(states) {
		for _, c := range cells {
			if c.known && reached[c.state] {
				reached[c.outcome], given[c.reply] = true, true
			}
		}
		for _, step := range local {
			reached[step[1]] = reached[step[1]] || reached[step[0]]
		}
	}
	for name := range states {
		if !reached[name] {
			t.Errorf("nothing leads to %s", name)
		}
	}
	for name := range showings { // every type of package challenge
		if !reached[name] {
			t.Errorf("nothing leads to a %s", name)
		}
	}
	// What Cognito is not known to say: mistakes, a leftover of its list, two names
	// that stand for a choice and are answered in SELECT_CHALLENGE, and what comes
	// where no factor can be set up.
	unknown := []string{"nothing", "both", "TOMORROW", "ADMIN_NO_SRP_AUTH", "PASSWORD", "PASSWORD_SRP", "MFA_SETUP none"}
	for reply := range stateReplies {
		if given[reply] == slices.Contains(unknown, reply) {
			t.Errorf("%s is given: %v", reply, given[reply])
		}
	}
}

// docs/sign-in-states.md draws the table. Run with -update to write it.
func TestStatesDiagram(t *testing.T) {
	t.Parallel()
	want := diagram(readStates(t))
	got, err := os.ReadFile(diagramFile)
	switch {
	case err == nil && string(got) == want:
	case *update:
		if err := os.WriteFile(diagramFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error("the page is not this one: run go test ./auth -run TestStatesDiagram -update")
	}
}

func diagram(cells []cell) string {
	var b strings.Builder
	b.WriteString(`# The states of a sign-in

Drawn by a test from the table in ` + "`auth/testdata/sign-in-states.tsv`" + `, which another test plays against package auth: each of
` + fmt.Sprint(len(cells)) + ` pairs of a state and a reply. Here is only what Cognito is known to do; every other pair is an error, or the challenge as
it comes. In capitals: the flow that a sign-in begins with, and the challenges that are answered inside ` + "`Begin` and `Respond`" + `.
All else are types of package challenge. An error leads nowhere and is not drawn: a wrong code leaves the state as it is.

` + "```mermaid\nstateDiagram-v2\n")
	edges := make(map[string]bool)
	add := func(from, to string) {
		id := func(name string) string { return strings.NewReplacer(" ", "_", "-", "_").Replace(name) }
		if strings.Contains(from, " ") {
			fmt.Fprintf(&b, "    state \"%s\" as %s\n", from, id(from))
		}
		if to == "tokens" {
			to = "[*]"
		}
		edges["    "+id(from)+" --> "+id(to)+"\n"] = true
	}
	for _, c := range cells {
		if len(states[c.state].replies) == 0 {
			edges["    [*] --> "+strings.NewReplacer(" ", "_", "-", "_").Replace(c.state)+"\n"] = true
		}
		if c.known {
			add(c.state, c.outcome)
		}
	}
	for _, step := range local {
		add(step[0], step[1])
	}
	names := strings.Split(b.String(), "    state ")
	head, names := names[0], names[1:]
	slices.Sort(names)
	b.Reset()
	b.WriteString(head)
	for _, name := range slices.Compact(names) {
		b.WriteString("    state " + name)
	}
	for _, edge := range slices.Sorted(maps.Keys(edges)) {
		b.WriteString(edge)
	}
	b.WriteString("```\n")
	return b.String()
}

// VerifySoftwareToken can say no without an exception: the set-up goes no further.
func TestSetUpIsNotAccepted(t *testing.T) {
	t.Parallel()
	for _, status := range []types.VerifySoftwareTokenResponseType{types.VerifySoftwareTokenResponseTypeError, ""} {
		api, _ := serving([]string{"MFA_SETUP totp"})
		api.verify = func(*cip.VerifySoftwareTokenInput) (*cip.VerifySoftwareTokenOutput, error) {
			return &cip.VerifySoftwareTokenOutput{Status: status, Session: aws.String("s")}, nil
		}
		client := newClient(t, api)
		_, c, err := client.Begin(t.Context(), byPassword)
		if err != nil {
			t.Fatal(err)
		}
		tokens, next, err := client.Respond(t.Context(), answerOfState(t, c))
		exactlyOne(t, tokens, next, err)
		if e := wantReason(t, err, auth.ErrCode); e.Challenge != c {
			t.Errorf("status %q: the error holds %v", status, e.Challenge)
		}
		if got := api.calls[len(api.calls)-1]; got != "VerifySoftwareToken" {
			t.Errorf("status %q: %s came after it", status, got)
		}
	}
}
