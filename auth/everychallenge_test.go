package auth_test

import (
	"crypto/rand"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"os"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
)

// A showing is a challenge in a flow of flowsUnderFault, or in the script below.
type showing struct {
	flow string
	// wrong makes an answer that is refused, for a reason; nil if there is none
	// to be made of this type. What holds its challenge is answered again.
	wrong  func(*play, *testing.T, challenge.Challenge) challenge.Answer
	reason error // nil if the refusal is another challenge
	holds  bool
	// late is the reason for an answer that comes too late, or twice.
	late error
}

// showings has every type of package challenge, by its name.
var showings = map[string]showing{
	"TOTPCode":  {"SRP, TOTP", wrongCode, auth.ErrCode, true, auth.ErrStartOver},
	"SMSCode":   {"password, SMS", wrongCode, auth.ErrCode, true, auth.ErrStartOver},
	"EmailCode": {"preferring e-mail", wrongCode, auth.ErrCode, true, auth.ErrStartOver},
	"SelectMFA": {"password, choice, SMS", nil, nil, false, auth.ErrStartOver},
	"SetUpMFA":  {"SRP, choice of set-up, TOTP", nil, nil, false, auth.ErrStartOver},
	"SetUpTOTP": {"password, set-up", wrongSetUp, auth.ErrCode, true, auth.ErrStartOver},
	"SetUpEmail": {"SRP, set-up by e-mail", func(_ *play, _ *testing.T, c challenge.Challenge) challenge.Answer {
		return c.(*challenge.SetUpEmail).Answer("nowhere")
	}, auth.ErrInput, true, auth.ErrStartOver},
	"NewPassword": {"SRP, new password, e-mail", func(_ *play, _ *testing.T, c challenge.Challenge) challenge.Answer {
		return c.(*challenge.NewPassword).Answer("weak", nil)
	}, auth.ErrNewPassword, true, auth.ErrStartOver},
	"SelectFirstFactor": {"choice, e-mail", nil, nil, false, auth.ErrStartOver},
	"Password": {"choice, SRP", func(_ *play, _ *testing.T, c challenge.Challenge) challenge.Answer {
		return c.(*challenge.Password).Answer("Wrong-Horse-7")
	}, auth.ErrCredentials, false, auth.ErrStartOver},
	"Passkey": {"preferring passkey", func(p *play, t *testing.T, c challenge.Challenge) challenge.Answer {
		elsewhere := p.key.Clone()
		elsewhere.Origin = "https://phishing.example"
		credential, err := elsewhere.Get(c.(*challenge.Passkey).Options())
		if err != nil {
			t.Fatal(err)
		}
		return c.(*challenge.Passkey).Answer(credential)
	}, auth.ErrStartOver, false, auth.ErrStartOver},
	"PasswordVerifier": {"SRP elsewhere", func(_ *play, _ *testing.T, c challenge.Challenge) challenge.Answer {
		return c.(*challenge.PasswordVerifier).Answer("AAAA", "Tue Feb 1 03:04:05 UTC 2000")
	}, auth.ErrCredentials, false, auth.ErrCredentials},
	"Custom": {"custom", func(_ *play, _ *testing.T, c challenge.Challenge) challenge.Answer {
		return c.(*challenge.Custom).Answer("friend")
	}, nil, false, auth.ErrStartOver},
	"Unknown": {late: auth.ErrStartOver}, // TestUnknownChallenge
}

func wrongCode(p *play, t *testing.T, c challenge.Challenge) challenge.Answer {
	if c, ok := c.(*challenge.TOTPCode); ok {
		return c.Answer(p.wrongTOTP(t, p.secret))
	}
	return c.(challenge.Code).Answer(wrong(p.message(t, "ann")))
}

func wrongSetUp(p *play, t *testing.T, c challenge.Challenge) challenge.Answer {
	e, err := c.(*challenge.SetUpTOTP).Enrollment("s", "a")
	if err != nil {
		t.Fatal(err)
	}
	return c.(*challenge.SetUpTOTP).Answer(p.wrongTOTP(t, e.Secret()), "")
}

func goType(c challenge.Challenge) string { return reflect.TypeOf(c).Elem().Name() }

// reach signs in as far as the challenge.
func (p *play) reach(t *testing.T, typ string) challenge.Challenge {
	t.Helper()
	_, c, err := p.client.Begin(t.Context(), p.first(p))
	for err == nil && c != nil && goType(c) != typ {
		_, c, err = p.client.Respond(t.Context(), p.solve(t, c))
	}
	if err != nil || c == nil {
		t.Fatalf("%s does not come: %v", typ, err)
	}
	return c
}

// finish answers until there are tokens.
func (p *play) finish(t *testing.T, c challenge.Challenge) {
	t.Helper()
	p.asked = c
	if err := signIn.do(t.Context(), t, p); err != nil {
		t.Fatal(err)
	}
}

// late answers right, and expects that the sign-in is over; where an answer makes
// no call, the one to the next question is refused.
func (p *play) late(t *testing.T, answer challenge.Answer, reason error) {
	t.Helper()
	tokens, next, err := p.client.Respond(t.Context(), answer)
	exactlyOne(t, tokens, next, err)
	if next != nil {
		tokens, next, err = p.client.Respond(t.Context(), p.solve(t, next))
		exactlyOne(t, tokens, next, err)
	}
	if e := wantReason(t, err, reason); e.Challenge != nil {
		t.Errorf("the error holds %v", e.Challenge)
	}
}

// For every challenge, by the public and the Admin operations: it is answered
// right after a wrong answer, where Cognito allows that; by a client that knows
// nothing but what was sealed; and neither too late nor twice.
func TestEveryChallenge(t *testing.T) {
	t.Parallel()
	for typ, s := range showings {
		f, ok := flowsUnderFault[s.flow]
		if !ok {
			continue
		}
		for _, asAdmin := range []bool{!admin, admin} {
			way := typ
			if asAdmin {
				way += " by Admin"
			}
			t.Run(way+"/wrong, sealed, right", func(t *testing.T) {
				t.Parallel()
				p := f.start(t, asAdmin)
				c := p.reach(t, typ)
				if s.wrong != nil {
					c = s.mistake(t, p, c)
				}
				p.finish(t, sealedAndOpened(t, p.world, c))
			})
			t.Run(way+"/twice", func(t *testing.T) {
				t.Parallel()
				p := f.start(t, asAdmin)
				c := p.reach(t, typ)
				answer := p.solve(t, c)
				_, next, err := p.client.Respond(t.Context(), answer)
				if err != nil {
					t.Fatal(err)
				}
				if next != nil {
					p.finish(t, next)
				}
				p.late(t, answer, s.late)
			})
			t.Run(way+"/late", func(t *testing.T) {
				t.Parallel()
				p := f.start(t, asAdmin)
				answer := p.solve(t, p.reach(t, typ))
				p.Clock().Advance(minutes(4))
				p.late(t, answer, s.late)
			})
		}
	}
}

// mistake answers wrong, and returns the challenge to answer then.
func (s showing) mistake(t *testing.T, p *play, c challenge.Challenge) challenge.Challenge {
	t.Helper()
	tokens, next, err := p.client.Respond(t.Context(), s.wrong(p, t, c))
	exactlyOne(t, tokens, next, err)
	if s.reason == nil {
		return next
	}
	held := wantReason(t, err, s.reason).Challenge
	switch {
	case s.holds && held != c:
		t.Fatalf("the refusal holds %v", held)
	case !s.holds && held != nil:
		t.Errorf("the refusal holds %v", held)
	case !s.holds:
		return p.reach(t, goType(c))
	}
	return held
}

func sealedAndOpened(t *testing.T, w world, c challenge.Challenge) challenge.Challenge {
	t.Helper()
	sealer, err := challenge.NewSealer([32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	sealer.Now = w.Clock().Now
	text, err := sealer.Seal(c, browser)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := sealer.Open(text, browser)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// A challenge that no version of Cognito has yet, from a server that has it: also
// answered in another process, twice, and late.
func TestUnknownChallenge(t *testing.T) {
	t.Parallel()
	const spent = `{"__type":"NotAuthorizedException","message":"Invalid session for the user, session can only be used once."}`
	var answered atomic.Bool
	url, count := cognitoWith(t, map[string]fault{
		"InitiateAuth": answers(200, `{"ChallengeName":"PALM_READING","Session":"session-1","ChallengeParameters":{"HAND":"left"}}`),
		"RespondToAuthChallenge": func(w http.ResponseWriter, r *http.Request) {
			if answered.Swap(true) {
				answers(400, spent)(w, r)
				return
			}
			answers(200, tokenReply)(w, r)
		},
	})
	w := newWorld(t, cognitotest.Config{}, !admin)
	l := leg{URL: url, PoolID: testPool, ClientID: testClient, Secret: "secret", Now: w.Clock().Now(), Answer: "LINES short"}
	rand.Read(l.Key[:])
	client, err := auth.New(sdkFor(url), testPool, testClient, auth.ClientSecret("secret"), func(o *auth.Options) { o.Now = w.Clock().Now })
	if err != nil {
		t.Fatal(err)
	}
	tokens, next, err := client.Begin(t.Context(), auth.UserAuth("ann"))
	exactlyOne(t, tokens, next, err)
	if as[*challenge.Unknown](t, next).Parameters()["HAND"] != "left" {
		t.Errorf("parameters: %v", next)
	}
	l.Token = l.handOn(t, nil, next, nil).Token
	if at := runLeg(t, l); at.Username != "ann" || at.Reason != "" {
		t.Errorf("in another process: %+v", at)
	}
	_, _, err = client.Respond(t.Context(), next.(*challenge.Unknown).Answer(map[string]string{"LINES": "short"}))
	if e := wantReason(t, err, auth.ErrStartOver); e.Challenge != nil || count("RespondToAuthChallenge") != 2 {
		t.Errorf("holds %v after %d answers", e.Challenge, count("RespondToAuthChallenge"))
	}
}

// showings has every type of package challenge that is one: a struct with the
// state that all have in common. A new type has to be shown.
func TestEveryChallengeIsShown(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(os.DirFS("../challenge"), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), "../challenge/"+name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if structure, ok := spec.Type.(*ast.StructType); ok && embeds(structure, "asked") {
				found++
				if _, ok := showings[spec.Name.Name]; !ok {
					t.Errorf("challenge.%s is shown nowhere: give it a row in showings", spec.Name.Name)
				}
			}
			return true
		})
	}
	if found != len(showings) {
		t.Errorf("%d types of challenges, and %d rows", found, len(showings))
	}
	for typ, s := range showings {
		if _, ok := flowsUnderFault[s.flow]; !ok && typ != "Unknown" {
			t.Errorf("%s: there is no flow %q", typ, s.flow)
		}
	}
}

func embeds(s *ast.StructType, name string) bool {
	for _, f := range s.Fields.List {
		if id, ok := f.Type.(*ast.Ident); ok && len(f.Names) == 0 && id.Name == name {
			return true
		}
	}
	return false
}
