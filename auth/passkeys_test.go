package auth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
)

// create begins a registration and lets an authenticator answer it.
func (s self) create(t *testing.T, a *cognitotest.Authenticator) json.RawMessage {
	t.Helper()
	options, err := s.factors.StartPasskey(t.Context(), s.tokens)
	if err != nil {
		t.Fatal(err)
	}
	credential, err := a.Create(options)
	if err != nil {
		t.Fatal(err)
	}
	return credential
}

// list collects the user's passkeys.
func (s self) list(t *testing.T) []auth.Passkey {
	t.Helper()
	var all []auth.Passkey
	for p, err := range s.factors.Passkeys(t.Context(), s.tokens) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// The whole life of a passkey through the library: registered, listed, used to
// sign in, copied by a thief who is found out, deleted.
func TestPasskeyLife(t *testing.T) {
	t.Parallel()
	s := newSelf(t, passkeyPool, nil)
	ctx := t.Context()
	key := &cognitotest.Authenticator{Origin: site}
	credential := s.create(t, key)
	if err := s.factors.CompletePasskey(ctx, s.tokens, credential); err != nil {
		t.Fatal(err)
	}
	all := s.list(t)
	if len(all) != 1 {
		t.Fatalf("%d passkeys", len(all))
	}
	p := all[0]
	if p.ID == "" || p.Name == "" || p.RelyingParty != "app.example" || !p.Created.Equal(s.Clock().Now()) && p.Created.IsZero() ||
		p.Attachment != "platform" || fmt.Sprint(p.Transports) != "[internal]" {
		t.Errorf("listed as %+v", p)
	}
	signIn := func(with *cognitotest.Authenticator) error {
		t.Helper()
		ask := as[*challenge.Passkey](t, s.begin(t, auth.UserAuth(username, auth.PreferPasskey())))
		answer, err := with.Get(ask.Options())
		if err != nil {
			t.Fatal(err)
		}
		tokens, c, err := s.client.Respond(ctx, ask.Answer(answer))
		exactlyOne(t, tokens, c, err)
		return err
	}
	thief := key.Clone()
	for range 2 {
		if err := signIn(key); err != nil {
			t.Fatal(err)
		}
	}
	wantReason(t, signIn(thief), auth.ErrStartOver) // its counter is behind
	if err := signIn(key); err != nil {
		t.Errorf("after the thief: %v", err)
	}
	if err := s.factors.DeletePasskey(ctx, s.tokens, p.ID); err != nil {
		t.Fatal(err)
	}
	wantReason(t, s.factors.DeletePasskey(ctx, s.tokens, p.ID), auth.ErrInput)
	if all := s.list(t); len(all) != 0 {
		t.Errorf("%d passkeys after the deletion", len(all))
	}
	as[*challenge.SelectFirstFactor](t, s.begin(t, auth.UserAuth(username, auth.PreferPasskey())))
}

// Deviations from one good registration, each with its own reason, after which the
// good one is still possible.
func TestPasskeyRegistration(t *testing.T) {
	t.Parallel()
	change := func(t *testing.T, credential json.RawMessage, do func(root, response map[string]any)) json.RawMessage {
		t.Helper()
		var root map[string]any
		if err := json.Unmarshal(credential, &root); err != nil {
			t.Fatal(err)
		}
		do(root, root["response"].(map[string]any))
		changed, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		return changed
	}
	for name, tt := range map[string]struct {
		credential func(t *testing.T, s self) json.RawMessage
		reason     error
		code       string
	}{
		"as browsers make it": {func(t *testing.T, s self) json.RawMessage {
			return change(t, s.create(t, &cognitotest.Authenticator{Origin: site}), func(root, response map[string]any) {
				response["publicKeyAlgorithm"], root["authenticatorAttachment"] = -7, nil
			})
		}, nil, ""},
		"wrong origin": {func(t *testing.T, s self) json.RawMessage {
			return s.create(t, &cognitotest.Authenticator{Origin: "https://phishing.example"})
		}, auth.ErrConfig, "WebAuthnOriginNotAllowedException"},
		"wrong relying party": {func(t *testing.T, s self) json.RawMessage {
			options, err := s.factors.StartPasskey(t.Context(), s.tokens)
			if err != nil {
				t.Fatal(err)
			}
			options = change(t, []byte(`{"response":`+string(options)+`}`), func(_, options map[string]any) {
				options["rp"].(map[string]any)["id"] = "other.example"
			})
			var wrapped struct{ Response json.RawMessage }
			if err := json.Unmarshal(options, &wrapped); err != nil {
				t.Fatal(err)
			}
			credential, err := (&cognitotest.Authenticator{Origin: site}).Create(wrapped.Response)
			if err != nil {
				t.Fatal(err)
			}
			return credential
		}, auth.ErrConfig, "WebAuthnRelyingPartyMismatchException"},
		"replayed challenge": {func(t *testing.T, s self) json.RawMessage {
			credential := s.create(t, &cognitotest.Authenticator{Origin: site})
			if err := s.factors.CompletePasskey(t.Context(), s.tokens, credential); err != nil {
				t.Fatal(err)
			}
			return credential
		}, auth.ErrStartOver, "WebAuthnChallengeNotFoundException"},
		"challenge of an earlier start": {func(t *testing.T, s self) json.RawMessage {
			credential := s.create(t, &cognitotest.Authenticator{Origin: site})
			s.create(t, &cognitotest.Authenticator{Origin: site})
			return credential
		}, auth.ErrStartOver, "WebAuthnChallengeNotFoundException"},
		"too late": {func(t *testing.T, s self) json.RawMessage {
			credential := s.create(t, &cognitotest.Authenticator{Origin: site})
			s.Clock().Advance(10 * time.Minute)
			return credential
		}, auth.ErrStartOver, "WebAuthnChallengeNotFoundException"},
		"never begun": {func(t *testing.T, s self) json.RawMessage {
			return json.RawMessage(`{}`)
		}, auth.ErrStartOver, "WebAuthnChallengeNotFoundException"},
		"no credential": {func(t *testing.T, s self) json.RawMessage {
			s.create(t, &cognitotest.Authenticator{Origin: site})
			return json.RawMessage(`{"id":"x"}`)
		}, auth.ErrInput, "InvalidParameterException"},
		"an assertion": {func(t *testing.T, s self) json.RawMessage {
			key := s.register(t, s.tokens)
			s.create(t, &cognitotest.Authenticator{Origin: site})
			ask := as[*challenge.Passkey](t, s.begin(t, auth.UserAuth(username, auth.PreferPasskey())))
			credential, err := key.Get(ask.Options())
			if err != nil {
				t.Fatal(err)
			}
			return credential
		}, auth.ErrInput, "InvalidParameterException"},
		"not JSON":  {func(*testing.T, self) json.RawMessage { return json.RawMessage(`{`) }, auth.ErrInput, ""},
		"nothing":   {func(*testing.T, self) json.RawMessage { return nil }, auth.ErrInput, ""},
		"a string":  {func(*testing.T, self) json.RawMessage { return json.RawMessage(`"{}"`) }, auth.ErrInput, ""},
		"JSON null": {func(*testing.T, self) json.RawMessage { return json.RawMessage(`null`) }, auth.ErrInput, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSelf(t, passkeyPool, nil)
			credential := tt.credential(t, s)
			have := len(s.list(t))
			before := len(s.Calls())
			err := s.factors.CompletePasskey(t.Context(), s.tokens, credential)
			if tt.reason == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e := wantReason(t, err, tt.reason)
			if sent := len(s.Calls()) > before; e.Code != tt.code || sent != (tt.code != "") {
				t.Errorf("the exception is %q, sent: %v", e.Code, sent)
			}
			if n := len(s.list(t)); n != have {
				t.Errorf("%d passkeys, %d before", n, have)
			}
			if err := s.factors.CompletePasskey(t.Context(), s.tokens, s.create(t, &cognitotest.Authenticator{Origin: site})); err != nil {
				t.Errorf("a good one afterwards: %v", err)
			}
		})
	}
}

// A registration belongs to the app client that began it.
func TestPasskeyOtherClient(t *testing.T) {
	t.Parallel()
	s := newSelf(t, passkeyPool, nil)
	other, err := auth.New(s.SDK(), s.ID(), s.AddClient(cognitotest.ClientConfig{}).ID)
	if err != nil {
		t.Fatal(err)
	}
	tokens, _, err := other.Begin(t.Context(), auth.Password(username, password))
	if err != nil {
		t.Fatal(err)
	}
	credential := s.create(t, &cognitotest.Authenticator{Origin: site})
	e := wantReason(t, s.factors.CompletePasskey(t.Context(), tokens, credential), auth.ErrConfig)
	if e.Code != "WebAuthnClientMismatchException" {
		t.Errorf("the exception is %s", e.Code)
	}
}

// Pools in which no passkey can be made, and a user who has as many as there may
// be.
func TestStartPasskeyRefused(t *testing.T) {
	t.Parallel()
	noSite := passkeyPool
	noSite.WebAuthn = types.WebAuthnConfigurationType{}
	for name, cfg := range map[string]cognitotest.Config{"no passkeys": {}, "no relying party": noSite} {
		s := newSelf(t, cfg, nil)
		if _, err := s.factors.StartPasskey(t.Context(), s.tokens); err == nil {
			t.Errorf("%s: begun", name)
		} else {
			wantReason(t, err, auth.ErrConfig)
		}
	}
	s := newSelf(t, passkeyPool, nil)
	for range 20 {
		s.register(t, s.tokens)
	}
	if n := len(s.list(t)); n != 20 {
		t.Errorf("%d passkeys listed", n)
	}
	_, err := s.factors.StartPasskey(t.Context(), s.tokens)
	wantReason(t, err, auth.ErrInput)
}

// A passkey stands for two factors for those who turned that on.
func TestPasskeyAsMFA(t *testing.T) {
	t.Parallel()
	cfg := everything()
	cfg.WebAuthn.FactorConfiguration = types.WebAuthnFactorConfigurationTypeMultiFactorWithUserVerification
	s := newSelf(t, cfg, proven)
	key := s.register(t, s.tokens)
	ctx := t.Context()
	wantReason(t, s.factors.SetMFA(ctx, s.tokens, auth.MFAChanges{Passkey: auth.PasskeyMFAOn}), auth.ErrNotSetUp)
	if err := s.factors.SetMFA(ctx, s.tokens, auth.MFAChanges{Email: auth.MFAOn}); err != nil {
		t.Fatal(err)
	}
	as[*challenge.SelectFirstFactor](t, s.begin(t, auth.UserAuth(username, auth.PreferPasskey())))
	if err := s.factors.SetMFA(ctx, s.tokens, auth.MFAChanges{Passkey: auth.PasskeyMFAOn}); err != nil {
		t.Fatal(err)
	}
	ask := as[*challenge.Passkey](t, s.begin(t, auth.UserAuth(username, auth.PreferPasskey())))
	answer, err := key.Get(ask.Options())
	if err != nil {
		t.Fatal(err)
	}
	s.done(t, ask.Answer(answer))
	wantReason(t, s.factors.SetMFA(ctx, s.tokens, auth.MFAChanges{Email: auth.MFAOff}), auth.ErrNotSetUp)
	if err := s.factors.SetMFA(ctx, s.tokens, auth.MFAChanges{Email: auth.MFAOff, Passkey: auth.PasskeyMFAOff}); err != nil {
		t.Error(err)
	}
}

// passkeyPages is a FactorAPI that answers with a list of pages.
type passkeyPages struct {
	auth.FactorAPI
	pages []*cip.ListWebAuthnCredentialsOutput
	asked []string
}

func (p *passkeyPages) ListWebAuthnCredentials(_ context.Context, in *cip.ListWebAuthnCredentialsInput, _ ...func(*cip.Options)) (*cip.ListWebAuthnCredentialsOutput, error) {
	p.asked = append(p.asked, aws.ToString(in.NextToken))
	return p.pages[min(len(p.asked), len(p.pages))-1], nil
}

func passkeyPage(next string, ids ...string) *cip.ListWebAuthnCredentialsOutput {
	out := &cip.ListWebAuthnCredentialsOutput{}
	if next != "" {
		out.NextToken = &next
	}
	for _, id := range ids {
		out.Credentials = append(out.Credentials, types.WebAuthnCredentialDescription{CredentialId: aws.String(id)})
	}
	return out
}

// Pages are asked for as they are read; a list without an end has one.
func TestPasskeyPages(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		pages  []*cip.ListWebAuthnCredentialsOutput
		stop   int // after that many
		want   string
		asked  string
		reason error
	}{
		"none":         {[]*cip.ListWebAuthnCredentialsOutput{passkeyPage("")}, 9, "[]", "[]", nil},
		"three pages":  {[]*cip.ListWebAuthnCredentialsOutput{passkeyPage("b", "1", "2"), passkeyPage("c"), passkeyPage("", "3")}, 9, "[1 2 3]", "[ b c]", nil},
		"stopped":      {[]*cip.ListWebAuthnCredentialsOutput{passkeyPage("b", "1", "2"), passkeyPage("c")}, 2, "[1 2]", "[]", nil},
		"without id":   {[]*cip.ListWebAuthnCredentialsOutput{passkeyPage("", "1", "")}, 9, "[1]", "[]", auth.ErrMalformed},
		"without end":  {[]*cip.ListWebAuthnCredentialsOutput{passkeyPage("a")}, 9, "[]", "[" + strings.Repeat(" a", 99) + "]", auth.ErrMalformed},
		"without page": {[]*cip.ListWebAuthnCredentialsOutput{nil}, 9, "[]", "[]", auth.ErrMalformed},
	} {
		api := &passkeyPages{pages: tt.pages}
		factors, err := auth.NewFactors(api)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		var failed error
		for p, err := range factors.Passkeys(t.Context(), scriptedTokens(t)) {
			if err != nil {
				failed = err
				continue
			}
			if got = append(got, p.ID); len(got) == tt.stop {
				break
			}
		}
		if fmt.Sprint(got) != tt.want || fmt.Sprint(api.asked) != tt.asked {
			t.Errorf("%s: got %v by asking %q", name, got, api.asked)
		}
		if (failed == nil) != (tt.reason == nil) {
			t.Errorf("%s: %v", name, failed)
		} else if failed != nil {
			wantReason(t, failed, tt.reason)
		}
	}
}

// Options that are none, whatever the server sends.
func TestStartPasskeyMalformed(t *testing.T) {
	t.Parallel()
	for _, reply := range []string{`{}`, `{"CredentialCreationOptions":null}`, `{"CredentialCreationOptions":"{}"}`, `{"CredentialCreationOptions":[1]}`, `{"CredentialCreationOptions":7}`} {
		url, _ := cognitoWith(t, map[string]fault{"StartWebAuthnRegistration": answers(http.StatusOK, reply)})
		options, err := scriptedFactors(t, url).StartPasskey(t.Context(), scriptedTokens(t))
		if err == nil {
			t.Fatalf("%s: options %s", reply, options)
		}
		wantReason(t, err, auth.ErrMalformed)
	}
	url, _ := cognitoWith(t, map[string]fault{"StartWebAuthnRegistration": answers(http.StatusOK, `{"CredentialCreationOptions":{"timeout":60000,"pubKeyCredParams":[{"alg":-7}],"big":12345678901234567890}}`)})
	options, err := scriptedFactors(t, url).StartPasskey(t.Context(), scriptedTokens(t))
	if err != nil || string(options) != `{"big":12345678901234567890,"pubKeyCredParams":[{"alg":-7}],"timeout":60000}` {
		t.Errorf("options %s, %v", options, err)
	}
}
