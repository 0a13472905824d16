package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/cognitomfa/cognitomfa/examples/internal/exitcode"
)

func TestText(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if code := run(t.Context(), nil, strings.NewReader(""), &out, &errs); code != exitcode.OK {
		t.Fatalf("exit code %d\n%s%s", code, out.String(), errs.String())
	}
	for _, want := range []string{
		"SignUp", "ConfirmSignUp", "asks PASSWORD_VERIFIER", "asks MFA_SETUP", "AssociateSoftwareToken", "VerifySoftwareToken",
		"asks SOFTWARE_TOKEN_MFA", "▀", "id token, signature verified", "access token, signature verified",
		`token_use          "id"`, `token_use          "access"`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	if strings.Contains(out.String(), password) || strings.Contains(out.String(), "eyJ") {
		t.Error("the output has a password or a token in it")
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"-json"}, strings.NewReader(""), &out, &errs); code != exitcode.OK {
		t.Fatalf("exit code %d\n%s%s", code, out.String(), errs.String())
	}
	var operations, uses []string
	for lines := bufio.NewScanner(&out); lines.Scan(); {
		var line struct {
			Event, Operation string
			Claims           map[string]any
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%v: %s", err, lines.Bytes())
		}
		switch line.Event {
		case "call":
			operations = append(operations, line.Operation)
		case "claims":
			uses = append(uses, line.Claims["token_use"].(string))
		}
	}
	want := "SignUp ConfirmSignUp " +
		"InitiateAuth RespondToAuthChallenge AssociateSoftwareToken VerifySoftwareToken RespondToAuthChallenge " +
		"InitiateAuth RespondToAuthChallenge RespondToAuthChallenge"
	if got := strings.Join(operations, " "); got != want {
		t.Errorf("calls:\n%s\nwant\n%s", got, want)
	}
	if got := strings.Join(uses, " "); got != "id access" {
		t.Errorf("token_use: %s", got)
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := map[string]struct {
		ctx   context.Context
		args  []string
		stdin io.Reader
		want  int
	}{
		"wrong flag":          {t.Context(), []string{"-nonsense"}, strings.NewReader(""), exitcode.Usage},
		"an argument":         {t.Context(), []string{"x"}, strings.NewReader(""), exitcode.Usage},
		"help":                {t.Context(), []string{"-h"}, strings.NewReader(""), exitcode.OK},
		"interrupted":         {cancelled, nil, strings.NewReader(""), exitcode.Interrupted},
		"nobody types":        {t.Context(), []string{"-interactive"}, strings.NewReader(""), exitcode.Unanswered},
		"five wrong codes":    {t.Context(), []string{"-interactive"}, strings.NewReader(strings.Repeat("12345x\n", 5)), 11},
		"too few wrong codes": {t.Context(), []string{"-interactive"}, strings.NewReader("12345x\n"), exitcode.Unanswered},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			if got := run(tt.ctx, tt.args, tt.stdin, &out, &errs); got != tt.want {
				t.Errorf("exit code %d, want %d\n%s%s", got, tt.want, out.String(), errs.String())
			}
		})
	}
}

// Ctrl-C while the program waits for a code.
func TestInterruptedPrompt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	typed, keyboard := io.Pipe()
	defer keyboard.Close()
	if got := run(ctx, []string{"-interactive"}, typed, interruptAt{"code of your", cancel}, io.Discard); got != exitcode.Interrupted {
		t.Errorf("exit code %d", got)
	}
}

// interruptAt is a screen before which somebody presses Ctrl-C.
type interruptAt struct {
	prompt    string
	interrupt func()
}

func (i interruptAt) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(i.prompt)) {
		i.interrupt()
	}
	return len(p), nil
}
