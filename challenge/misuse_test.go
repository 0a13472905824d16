package challenge_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"

	// The programs import it: go test has it compiled, and runs the test again
	// when it changes.
	_ "github.com/cognitomfa/cognitomfa/auth"
)

// misuses are programs that must not compile. Each comes with its twin, which
// differs in the misuse alone and must compile: so no row can pass because of a
// misspelt name.
var misuses = []struct{ name, good, bad, fault string }{
	{
		"a string for an answer",
		`func f(c *challenge.TOTPCode) challenge.Answer { return c.Answer("123456") }`,
		`func f(c *challenge.TOTPCode) challenge.Answer { return "123456" }`,
		`cannot use "123456" (untyped string constant) as challenge.Answer value`,
	}, {
		"a string for a challenge",
		`func f(c challenge.Challenge) string { return c.Name() }; func g(c *challenge.SMSCode) { f(c) }`,
		`func f(c challenge.Challenge) string { return c.Name() }; func g(c *challenge.SMSCode) { f("SMS_MFA") }`,
		`string does not implement challenge.Challenge`,
	}, {
		"a challenge for an answer",
		`func f(ctx context.Context, c *auth.Client, next *challenge.SMSCode) { c.Respond(ctx, next.Answer("123456")) }`,
		`func f(ctx context.Context, c *auth.Client, next *challenge.SMSCode) { c.Respond(ctx, next) }`,
		`cannot use next (variable of type *challenge.SMSCode) as challenge.Answer value`,
	}, {
		"a password for a code",
		`func f(c *challenge.NewPassword) { c.Answer("password", map[string]string{}) }`,
		`func f(c *challenge.TOTPCode) { c.Answer("password", map[string]string{}) }`,
		`too many arguments in call to c.Answer`,
	}, {
		"a code for a password",
		`func f(c *challenge.TOTPCode) { c.Answer("123456") }`,
		`func f(c *challenge.NewPassword) { c.Answer("123456") }`,
		`not enough arguments in call to c.Answer`,
	}, {
		"a code for a choice",
		`func f(c *challenge.SelectMFA) { c.Options()[0].Answer() }`,
		`func f(c *challenge.SelectMFA) { c.Answer("SMS_MFA") }`,
		`c.Answer undefined`,
	}, {
		"a number for a code",
		`func f(c *challenge.SMSCode) { c.Answer("000001") }`,
		`func f(c *challenge.SMSCode) { c.Answer(1) }`,
		`cannot use 1 (untyped int constant) as string value`,
	}, {
		"a challenge that was not told apart",
		`func f(c challenge.Code) { c.Answer("123456") }`,
		`func f(c challenge.Challenge) { c.Answer("123456") }`,
		`c.Answer undefined`,
	}, {
		"a custom challenge for a code",
		`func f(c *challenge.EmailCode) challenge.Code { return c }`,
		`func f(c *challenge.Custom) challenge.Code { return c }`,
		`does not implement challenge.Code (missing method code)`,
	}, {
		"an address for a code",
		`func f(c *challenge.EmailCode) challenge.Code { return c }`,
		`func f(c *challenge.SetUpEmail) challenge.Code { return c }`,
		`does not implement challenge.Code (missing method code)`,
	}, {
		"a passkey as the preferred second factor",
		`var c = auth.MFAChanges{TOTP: auth.MFAPreferred, Passkey: auth.PasskeyMFAOn}`,
		`var c = auth.MFAChanges{Passkey: auth.MFAPreferred}`,
		`.PasskeyMFASetting value in struct literal`,
	}, {
		"a first factor for a second",
		`var c = auth.MFAChanges{SMS: auth.MFAOn}`,
		`var c = auth.MFAChanges{SMS: challenge.FactorSMSOTP}`,
		`.MFASetting value in struct literal`,
	}, {
		"a factor that is on and off",
		`var c = auth.MFAChanges{TOTP: auth.MFAOff}`,
		`var c = auth.MFAChanges{TOTP: auth.MFAOff, TOTP: auth.MFAPreferred}`,
		`duplicate field name TOTP in struct literal`,
	}, {
		"an answer out of nothing",
		`var a = challenge.Answer{}`,
		`var a = challenge.Answer{Responses: map[string]string{}}`,
		`unknown field Responses in struct literal of type challenge.Answer`,
	}, {
		"an answer with a reply of its own",
		`func f(a challenge.Answer) challenge.Answer { return a }`,
		`func f(a challenge.Answer) challenge.Answer { a.reply = a.reply; return a }`,
		`a.reply undefined (cannot refer to unexported field reply)`,
	}, {
		"an answer by position",
		`var a = challenge.Answer{}`,
		`var a = challenge.Answer{nil}`,
		`implicit assignment to unexported field reply in struct literal of type challenge.Answer`,
	}, {
		"a look into a challenge",
		`func f(c *challenge.SMSCode) any { return c.Destination() }`,
		`func f(c *challenge.SMSCode) any { return c.step }`,
		`c.step undefined (cannot refer to unexported field step)`,
	}, {
		"a challenge with fields",
		`var c = &challenge.SMSCode{}`,
		`var c = &challenge.SMSCode{Session: "session"}`,
		`unknown field Session in struct literal of type challenge.SMSCode`,
	}, {
		"an option with a factor",
		`var o = challenge.MFAOption{}`,
		`var o = challenge.MFAOption{factor: challenge.FactorSMS}`,
		`cannot refer to unexported field factor in struct literal of type challenge.MFAOption`,
	}, {
		"a factor for an option",
		`func f(c *challenge.SelectMFA) (challenge.MFAOption, bool) { return c.Option(challenge.FactorSMS) }`,
		`func f(c *challenge.SelectMFA) (challenge.MFAOption, bool) { return challenge.FactorSMS, true }`,
		`cannot use challenge.FactorSMS (constant "SMS_MFA" of string type challenge.Factor) as challenge.MFAOption value`,
	}, {
		"a set-up for a choice",
		`func f(c *challenge.SelectMFA) challenge.MFAOption { return c.Options()[0] }`,
		`func f(c *challenge.SetUpMFA) challenge.MFAOption { return c.Options()[0] }`,
		`of struct type challenge.SetUpOption) as challenge.MFAOption value`,
	}, {
		"a second factor for a first",
		`func f(c *challenge.SelectFirstFactor) challenge.FirstFactorOption { return c.Options()[0] }`,
		`func f(c *challenge.SelectMFA) challenge.FirstFactorOption { return c.Options()[0] }`,
		`of struct type challenge.MFAOption) as challenge.FirstFactorOption value`,
	}, {
		"a password where a proof is asked",
		`func f(c *challenge.Password) { c.Answer("password") }`,
		`func f(c *challenge.PasswordVerifier) { c.Answer("password") }`,
		`not enough arguments in call to c.Answer`,
	}, {
		"a password for a code",
		`func f(c *challenge.SMSCode) challenge.Code { return c }`,
		`func f(c *challenge.Password) challenge.Code { return c }`,
		`does not implement challenge.Code (missing method code)`,
	}, {
		"a set-up made a choice",
		`func f(o challenge.MFAOption) challenge.MFAOption { return challenge.MFAOption(o) }`,
		`func f(o challenge.SetUpOption) challenge.MFAOption { return challenge.MFAOption(o) }`,
		`cannot convert o (variable of struct type challenge.SetUpOption) to type challenge.MFAOption`,
	}, {
		"a challenge made another",
		`func f(c *challenge.Unknown) challenge.Answer { return (*challenge.Unknown)(c).Answer(nil) }`,
		`func f(c *challenge.TOTPCode) challenge.Answer { return (*challenge.Unknown)(c).Answer(nil) }`,
		`cannot convert c (variable of type *challenge.TOTPCode) to type *challenge.Unknown`,
	}, {
		"a choice made a set-up",
		`func f(c *challenge.SetUpMFA) *challenge.SetUpMFA { return (*challenge.SetUpMFA)(c) }`,
		`func f(c *challenge.SelectMFA) *challenge.SetUpMFA { return (*challenge.SetUpMFA)(c) }`,
		`cannot convert c (variable of type *challenge.SelectMFA) to type *challenge.SetUpMFA`,
	}, {
		"a home-made challenge",
		home + `func f() interface { Name() string; Expires() time.Time } { return mine{} }`,
		home + `func f() challenge.Challenge { return mine{} }`,
		`mine does not implement challenge.Challenge (missing method sealed)`,
	}, {
		"a home-made challenge with the seal",
		home + `func (mine) sealed() {}; func f() interface { sealed() } { return mine{} }`,
		home + `func (mine) sealed() {}; func f() challenge.Challenge { return mine{} }`,
		`mine does not implement challenge.Challenge (unexported method sealed)`,
	}, {
		"a prompt for another challenge",
		`var p = auth.Prompts{SMSCode: func(_ context.Context, c *challenge.SMSCode) (string, error) { return "", nil }}`,
		`var p = auth.Prompts{SMSCode: func(_ context.Context, c *challenge.EmailCode) (string, error) { return "", nil }}`,
		`as func(context.Context, *challenge.SMSCode) (string, error) value in struct literal`,
	}, {
		"a prompt that returns too little",
		`var p = auth.Prompts{SelectMFA: func(_ context.Context, c *challenge.SelectMFA) (challenge.MFAOption, error) { return c.Options()[0], nil }}`,
		`var p = auth.Prompts{SelectMFA: func(_ context.Context, c *challenge.SelectMFA) (string, error) { return "SMS_MFA", nil }}`,
		`as func(context.Context, *challenge.SelectMFA) (challenge.MFAOption, error) value in struct literal`,
	}, {
		"a password without attributes from a prompt",
		`var p = auth.Prompts{NewPassword: func(context.Context, *challenge.NewPassword) (string, map[string]string, error) { return "", nil, nil }}`,
		`var p = auth.Prompts{NewPassword: func(context.Context, *challenge.NewPassword) (string, error) { return "", nil }}`,
		`as func(context.Context, *challenge.NewPassword) (password string, attributes map[string]string, err error) value in struct literal`,
	}, {
		"a case without its star",
		`func f(c challenge.Challenge) { switch c.(type) { case *challenge.Custom: } }`,
		`func f(c challenge.Challenge) { switch c.(type) { case challenge.Custom: } }`,
		`impossible type switch case`,
	},
}

const home = `type mine struct{}; func (mine) Name() string { return "" }; func (mine) Expires() time.Time { return time.Time{} }; `

const header = `package program

import (
	"context"
	"time"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/challenge"
)

var (
	_ context.Context
	_ time.Time
	_ auth.Tokens
	_ challenge.Answer
)

`

func TestMisuseDoesNotCompile(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	from := importer.ForCompiler(fset, "gc", exportData(t))
	for _, m := range misuses {
		// One after the other: an importer is not for concurrent use.
		if err := check(fset, from, m.good); err != nil {
			t.Errorf("%s: the twin does not compile: %v", m.name, err)
		}
		switch err := check(fset, from, m.bad); {
		case err == nil:
			t.Errorf("%s: compiles:\n%s", m.name, m.bad)
		case !strings.Contains(err.Error(), m.fault):
			t.Errorf("%s: does not compile, but for another reason:\n got %v\nwant %s", m.name, err, m.fault)
		}
	}
}

// check compiles the body of a program as far as the types go.
func check(fset *token.FileSet, from types.Importer, body string) error {
	file, err := parser.ParseFile(fset, "program.go", header+body+"\n", 0)
	if err != nil {
		return err
	}
	_, err = (&types.Config{Importer: from}).Check("program", fset, []*ast.File{file}, nil)
	return err
}

// exportData finds what the go command has compiled of the packages that the
// programs import, and compiles what it has not.
func exportData(t *testing.T) importer.Lookup {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}
	if raceEnabled() {
		args = append(args, "-race") // those of this build are at hand; others take a minute
	}
	cmd := exec.CommandContext(t.Context(), "go", append(args, "github.com/cognitomfa/cognitomfa/auth")...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, stderr.Bytes())
	}
	files := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		files[path] = file
	}
	return func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("the go command lists no export data of %s", path)
		}
		return os.Open(files[path])
	}
}

func raceEnabled() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return false
	}
	for _, s := range info.Settings {
		if s.Key == "-race" && s.Value == "true" {
			return true
		}
	}
	return false
}
