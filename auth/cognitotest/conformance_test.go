package cognitotest_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// What is known of Cognito is a table, testdata/conformance.tsv: a situation, what
// comes of it, how that is known, and where from. Each row has an act here that
// brings the situation about, through the AWS SDK, and docs/conformance.md shows the
// table to readers.

// A fact is one row.
type fact struct{ Section, Situation, Result, Evidence, Source string }

// An act brings a situation about and returns the last answer. start makes its pool.
type act func(start startPool) (any, error)

type startPool = func(cognitotest.Config, ...cognitotest.User) *driver

// sections are the parts of the table in order, with their acts by situation.
var conformance = []struct {
	name string
	acts map[string]act
}{
	{"Errors", errorActs},
	{"The challenge after a correct password", decisionActs},
	{"Sessions", sessionActs},
	{"Flows", flowActs},
	{"Challenges", challengeActs},
}

// evidence is how the words of the column are explained.
var evidence = map[string]string{
	"documented": "AWS says so: the developer guide, the API reference or the SDK's documentation",
	"seen":       "recorded from the live service by others: a fixture, a test suite that runs on real pools, a pasted response",
	"client":     "read from the code of clients or emulators that work; not proof of what the service demands",
	"inferred":   "concluded by us",
}

func TestConformance(t *testing.T) {
	t.Parallel()
	facts := readFacts(t)
	for _, section := range conformance {
		var rows []string
		for _, f := range facts {
			if f.Section != section.name {
				continue
			}
			rows = append(rows, f.Situation)
			do := section.acts[f.Situation]
			if do == nil {
				t.Errorf("%s: no act brings about %q", section.name, f.Situation)
				continue
			}
			t.Run(section.name+"/"+f.Situation, func(t *testing.T) {
				t.Parallel()
				var last *driver
				out, err := do(func(cfg cognitotest.Config, users ...cognitotest.User) *driver {
					last = drive(t, cfg)
					for _, u := range users {
						last.pool.AddUser(u)
					}
					return last
				})
				if got := strings.ReplaceAll(result(out, err), last.client.ID, "{client}"); got != f.Result {
					t.Errorf("got  %s\nwant %s", got, f.Result)
				}
			})
		}
		slices.Sort(rows)
		if acts := slices.Sorted(maps.Keys(section.acts)); !slices.Equal(rows, acts) {
			t.Errorf("%s: %d acts for %d rows, or a row twice", section.name, len(acts), len(rows))
		}
	}
}

// result writes an answer as the table does: a refusal, tokens, or the challenge
// with the names of its parameters.
func result(out any, err error) string {
	var api smithy.APIError
	if err != nil {
		if errors.As(err, &api) {
			return strings.TrimSuffix(api.ErrorCode(), "Exception") + ": " + api.ErrorMessage()
		}
		return err.Error()
	}
	switch o := out.(type) {
	case *cip.InitiateAuthOutput:
		return reply(o.AuthenticationResult, o.ChallengeName, o.ChallengeParameters, o.Session, o.AvailableChallenges)
	case *cip.AdminInitiateAuthOutput:
		return result((*cip.InitiateAuthOutput)(o), nil)
	case *cip.RespondToAuthChallengeOutput:
		return reply(o.AuthenticationResult, o.ChallengeName, o.ChallengeParameters, o.Session, nil)
	case string:
		return o
	}
	return "success"
}

func reply(tokens *types.AuthenticationResultType, name types.ChallengeNameType, params map[string]string, session *string, offers []types.ChallengeNameType) string {
	if tokens != nil {
		text := "tokens"
		if tokens.RefreshToken == nil {
			text += " without a refresh token"
		}
		if tokens.NewDeviceMetadata != nil {
			text += " and a new device"
		}
		return text
	}
	text := string(name)
	if len(params) > 0 {
		text += " {" + strings.Join(slices.Sorted(maps.Keys(params)), ", ") + "}"
	}
	for _, list := range []string{"MFAS_CAN_CHOOSE", "MFAS_CAN_SETUP"} {
		if params[list] != "" {
			text += " " + params[list]
		}
	}
	if session == nil {
		text += " without a session"
	}
	if len(offers) > 0 {
		text += " offering " + strings.Trim(fmt.Sprint(offers), "[]")
	}
	return text
}

func readFacts(t *testing.T) []fact {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "conformance.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(raw))
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 100 || strings.Join(rows[0], ",") != "section,situation,result,evidence,source" {
		t.Fatalf("%d rows under %q", len(rows), rows[0])
	}
	var facts []fact
	for _, row := range rows[1:] {
		f := fact{row[0], row[1], row[2], row[3], row[4]}
		if !slices.ContainsFunc(conformance, func(s struct {
			name string
			acts map[string]act
		}) bool {
			return s.name == f.Section
		}) {
			t.Errorf("no section %q", f.Section)
		}
		if evidence[f.Evidence] == "" || f.Source == "" && f.Evidence != "inferred" {
			t.Errorf("%s: evidence %q, source %q", f.Situation, f.Evidence, f.Source)
		}
		facts = append(facts, f)
	}
	return facts
}

// The page for readers is the table.
func TestConformancePage(t *testing.T) {
	t.Parallel()
	facts := readFacts(t)
	var page strings.Builder
	page.WriteString(`# What the embedded pool is held to

` + "`go test ./auth/cognitotest -run TestConformance`" + ` brings each of these situations about, through the AWS SDK and against the
pool, and compares the answer. The table is auth/cognitotest/testdata/conformance.tsv, and this page is written from it by
` + "`go test ./auth/cognitotest -run TestConformancePage -update`" + `. None of it could be checked against AWS itself here. What each row
rests on is said with it:

`)
	for _, name := range []string{"documented", "seen", "client", "inferred"} {
		fmt.Fprintf(&page, "- **%s**: %s.\n", name, evidence[name])
	}
	page.WriteString("\nExceptions are named without the word Exception. {client} is the id of the app client; braces after a challenge hold the names of its parameters.\n")
	for _, section := range conformance {
		fmt.Fprintf(&page, "\n## %s\n\n| situation | result | evidence | source |\n|---|---|---|---|\n", section.name)
		for _, f := range facts {
			if f.Section == section.name {
				fmt.Fprintf(&page, "| %s | %s | %s | %s |\n", f.Situation, cell(f.Result), f.Evidence, f.Source)
			}
		}
	}
	file := filepath.Join("..", "..", "docs", "conformance.md")
	if *update {
		if err := os.WriteFile(file, []byte(page.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != page.String() {
		t.Errorf("docs/conformance.md is not what the table says (%v): go test -run TestConformancePage -update", err)
	}
}

// cell sets off what is literal.
func cell(s string) string { return "`" + strings.ReplaceAll(s, "|", `\|`) + "`" }

// ann is the user of most situations.
var ann = cognitotest.User{Username: "ann", Password: password}

// has returns ann with attributes, verified where there is a flag for it.
func has(pairs ...string) cognitotest.User {
	u := ann
	u.Attributes = map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		u.Attributes[pairs[i]] = pairs[i+1]
	}
	return u
}

var (
	legacy  = cognitotest.ClientConfig{PreventUserExistenceErrors: types.PreventUserExistenceErrorTypesLegacy}
	secured = cognitotest.ClientConfig{Secret: true}
	byApp2  = cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true}
	bySMS   = cognitotest.Config{MFA: types.UserPoolMfaTypeOn, SMS: true}
	phone   = has("phone_number", "+15555551234")
	mailbox = has("email", "ann@example.com", "email_verified", "true")
)

func only(flows ...types.ExplicitAuthFlowsType) cognitotest.Config {
	return cognitotest.Config{Client: cognitotest.ClientConfig{Flows: flows}}
}

// params makes a map of a flow's or a challenge's parameters.
func params(pairs ...string) map[string]string {
	m := make(map[string]string)
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// answerTo answers the challenge of a reply for ann.
func (d *driver) answerTo(in *cip.InitiateAuthOutput, pairs ...string) (*cip.RespondToAuthChallengeOutput, error) {
	return d.respond(in.ChallengeName, in.Session, d.signed(but(map[string]string{"USERNAME": "ann"}, pairs...)))
}

// at signs ann in by password as far as it goes.
func (d *driver) at() *cip.InitiateAuthOutput {
	d.t.Helper()
	return must[*cip.InitiateAuthOutput](d.t)(d.byPassword("ann", password))
}

// then goes on from a reply of RespondToAuthChallenge.
func then(out *cip.RespondToAuthChallengeOutput) *cip.InitiateAuthOutput {
	return &cip.InitiateAuthOutput{ChallengeName: out.ChallengeName, ChallengeParameters: out.ChallengeParameters, Session: out.Session}
}
