package cognitotest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// A knob is a row of testdata/knobs.tsv: a field of Config, or what is decided
// without one.
type knob struct{ kind, name, value, decides, why string }

// knobKinds are the tables of the page, in its order.
var knobKinds = []struct{ kind, title, about, first, second string }{
	{"unknown", "What AWS leaves unknown", "The sources are silent here, or they disagree. The default is the stricter choice, or the one that is documented.", "field", "default"},
	{"aws", "What AWS configures too", "", "field", "default"},
	{"pool", "What only a pool of your own has", "", "field", "default"},
	{"decided", "Decided without a field", "The sources are silent or disagree here too, but what a program does about it is the same, or something else says which it shall be.", "what", "here"},
}

func readKnobs(t *testing.T) []knob {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "knobs.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	var knobs []knob
	for _, line := range lines[1:] {
		row := strings.Split(line, "\t")
		if len(row) != 5 || slices.Contains(row, "") {
			t.Fatalf("a row must say five things: %q", line)
		}
		knobs = append(knobs, knob{row[0], row[1], row[2], row[3], row[4]})
	}
	return knobs
}

// configFields names the fields of Config, those of its first client with it.
func configFields() (names []string) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[cognitotest.Config]()) {
		if f.Type != reflect.TypeFor[cognitotest.ClientConfig]() {
			names = append(names, f.Name)
			continue
		}
		for _, of := range reflect.VisibleFields(f.Type) {
			names = append(names, f.Name+"."+of.Name)
		}
	}
	return names
}

// Every field has a row that says why its default is what it is, and every row a
// field.
func TestKnobsComplete(t *testing.T) {
	t.Parallel()
	rows := map[string]string{}
	for _, k := range readKnobs(t) {
		if _, twice := rows[k.name]; twice {
			t.Errorf("%s has two rows", k.name)
		}
		rows[k.name] = k.kind
	}
	fields := configFields()
	for _, name := range fields {
		if kind, ok := rows[name]; !ok || kind == "decided" {
			t.Errorf("Config.%s has no row in testdata/knobs.tsv: say what it decides, and why its default is what it is", name)
		}
	}
	for name, kind := range rows {
		if kind != "decided" && !slices.Contains(fields, name) {
			t.Errorf("there is no Config.%s", name)
		}
	}
}

// The page for readers is the table.
func TestKnobsPage(t *testing.T) {
	t.Parallel()
	knobs := readKnobs(t)
	var page strings.Builder
	page.WriteString(`# What the embedded pool decides, and where you decide

Each field of ` + "`cognitotest.Config`" + `, and each choice of the pool's that has no field. Fields of the first kind are about behaviour of
AWS that is not known: a program that passes with both values does not depend on it. The table is
auth/cognitotest/testdata/knobs.tsv; a test holds it against the fields, and this page is written from it by
` + "`go test ./auth/cognitotest -run TestKnobsPage -update`" + `.
`)
	written := 0
	for _, of := range knobKinds {
		fmt.Fprintf(&page, "\n## %s\n", of.title)
		if of.about != "" {
			fmt.Fprintf(&page, "\n%s\n", of.about)
		}
		fmt.Fprintf(&page, "\n| %s | %s | what it decides | why, and the source |\n|---|---|---|---|\n", of.first, of.second)
		for _, k := range knobs {
			if k.kind != of.kind {
				continue
			}
			written++
			if k.kind != "decided" {
				k.name = cell(k.name)
			}
			fmt.Fprintf(&page, "| %s | %s | %s | %s |\n", k.name, k.value, k.decides, k.why)
		}
	}
	if written != len(knobs) {
		t.Errorf("%d rows of %d have a kind that there is", written, len(knobs))
	}
	file := filepath.Join("..", "..", "docs", "pool-knobs.md")
	if *update {
		if err := os.WriteFile(file, []byte(page.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != page.String() {
		t.Errorf("docs/pool-knobs.md is not what the table says (%v): go test -run TestKnobsPage -update", err)
	}
}

// eachWay runs a test with a knob as it is by default, and turned.
func eachWay(t *testing.T, test func(t *testing.T, turned bool)) {
	t.Parallel()
	for _, turned := range []bool{false, true} {
		t.Run(fmt.Sprint(turned), func(t *testing.T) {
			t.Parallel()
			test(t, turned)
		})
	}
}

const knobSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

func TestReuseEndsSignIn(t *testing.T) {
	eachWay(t, func(t *testing.T, turned bool) {
		d := drive(t, cognitotest.Config{
			ReuseEndsSignIn: turned, Client: cognitotest.ClientConfig{RefreshTokenRotation: true, RotationGrace: time.Minute},
		})
		d.pool.AddUser(ann)
		first, other := d.signedIn("ann"), d.signedIn("ann")
		must[*tokens](t)(d.renew(first.RefreshToken))
		second := must[*tokens](t)(d.renew(first.RefreshToken)) // within the grace period it is no reuse
		d.pool.Clock().Advance(time.Minute)
		_, err := d.renew(first.RefreshToken)
		wantError(t, err, "RefreshTokenReuseException", "The refresh token has been replaced by refresh token rotation.")
		_, err = d.renew(second.RefreshToken)
		if turned {
			wantError(t, err, notAuthorized, "Refresh Token has been revoked")
		} else if err != nil {
			t.Errorf("the token that is in use: %v", err)
		}
		if err := d.getUser(second.AccessToken); (err != nil) != turned {
			t.Errorf("its access token: %v", err)
		}
		must[*tokens](t)(d.renew(other.RefreshToken)) // another sign-in of the same user
	})
}

func TestWrongTOTPEndsSession(t *testing.T) {
	eachWay(t, func(t *testing.T, turned bool) {
		d := drive(t, cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, WrongTOTPEndsSession: turned})
		d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, TOTPSecret: knobSecret})
		in := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
		_, err := d.answerTOTP(in.Session, "ann", another(d.code(knobSecret)))
		wantError(t, err, "CodeMismatchException", "Invalid code received for user")
		_, err = d.answerTOTP(in.Session, "ann", d.code(knobSecret))
		if turned {
			wantError(t, err, notAuthorized, "Invalid session for the user, session can only be used once.")
			d.pool.Clock().Advance(30 * time.Second) // whose code was not used, but tried
			in = must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password))
			_, err = d.answerTOTP(in.Session, "ann", d.code(knobSecret))
		}
		if err != nil {
			t.Error(err)
		}
	})
}

func TestDeviceProofOnlyForMFA(t *testing.T) {
	eachWay(t, func(t *testing.T, turned bool) {
		d := drive(t, cognitotest.Config{
			Devices: cognitotest.DevicesAlways, DeviceProofOnlyForMFA: turned, MFA: types.UserPoolMfaTypeOptional, TOTP: true,
		})
		d.pool.AddUser(ann)
		d.pool.AddUser(cognitotest.User{Username: "bob", Password: password, TOTPSecret: knobSecret})
		from := func(username string, m machine) types.ChallengeNameType {
			t.Helper()
			return must[*cip.InitiateAuthOutput](t)(d.initiate(types.AuthFlowTypeUserPasswordAuth, map[string]string{
				"USERNAME": username, "PASSWORD": password, "DEVICE_KEY": m.key,
			})).ChallengeName
		}
		m, _ := d.confirmDevice(must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)).AuthenticationResult)
		want := deviceSRP
		if turned {
			want = "" // tokens
		}
		if got := from("ann", m); got != want {
			t.Errorf("without a second factor: got %q", got)
		}
		in := must[*cip.InitiateAuthOutput](t)(d.byPassword("bob", password))
		out := must[*cip.RespondToAuthChallengeOutput](t)(d.answerTOTP(in.Session, "bob", d.code(knobSecret)))
		m, _ = d.confirmDevice(out.AuthenticationResult)
		if got := from("bob", m); got != deviceSRP {
			t.Errorf("in place of a second factor: got %q", got)
		}
	})
}
