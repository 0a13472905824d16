package cognitotest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/totp"
)

const (
	byPasskey = types.ChallengeNameTypeWebAuthn
	site      = "app.example"

	passkeyLapsed = "The challenge from StartWebAuthn registration has expired."
)

// withPasskeys is a pool of a site.
func withPasskeys() cognitotest.Config {
	return cognitotest.Config{
		FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeWebAuthn},
		WebAuthn:     types.WebAuthnConfigurationType{RelyingPartyId: ptr(site)},
	}
}

// member makes a user and signs it in.
func (d *driver) member(username string) *string {
	d.t.Helper()
	d.pool.AddUser(cognitotest.User{Username: username, Password: password})
	return must[*cip.InitiateAuthOutput](d.t)(d.byPassword(username, password)).AuthenticationResult.AccessToken
}

// startPasskey begins a registration and returns the options as a page gets them.
func (d *driver) startPasskey(token *string) []byte {
	d.t.Helper()
	out := must[*cip.StartWebAuthnRegistrationOutput](d.t)(
		d.sdk.StartWebAuthnRegistration(d.t.Context(), &cip.StartWebAuthnRegistrationInput{AccessToken: token}))
	return must[[]byte](d.t)(out.CredentialCreationOptions.MarshalSmithyDocument())
}

func (d *driver) completePasskey(token *string, credential []byte) error {
	d.t.Helper()
	var object map[string]any
	if err := json.Unmarshal(credential, &object); err != nil {
		d.t.Fatal(err)
	}
	_, err := d.sdk.CompleteWebAuthnRegistration(d.t.Context(), &cip.CompleteWebAuthnRegistrationInput{
		AccessToken: token, Credential: document.NewLazyDocument(object),
	})
	return err
}

// register gives a user a passkey.
func (d *driver) register(token *string, a *cognitotest.Authenticator) {
	d.t.Helper()
	if err := d.completePasskey(token, must[json.RawMessage](d.t)(a.Create(d.startPasskey(token)))); err != nil {
		d.t.Fatal(err)
	}
}

// byKey answers the WEB_AUTHN challenge.
func (d *driver) byKey(in *cip.InitiateAuthOutput, username string, a *cognitotest.Authenticator) (*cip.RespondToAuthChallengeOutput, error) {
	d.t.Helper()
	credential := must[json.RawMessage](d.t)(a.Get([]byte(in.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"])))
	return d.answer(byPasskey, in.Session, username, "CREDENTIAL", string(credential))
}

func newAuthenticator() *cognitotest.Authenticator {
	return &cognitotest.Authenticator{Origin: "https://" + site}
}

// with replaces a value somewhere in a JSON object.
func with(t *testing.T, object []byte, value any, path ...string) []byte {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(object, &root); err != nil {
		t.Fatal(err)
	}
	at := root
	for _, name := range path[:len(path)-1] {
		at = at[name].(map[string]any)
	}
	at[path[len(path)-1]] = value
	return must[[]byte](t)(json.Marshal(root))
}

// A passkey from its registration to its end.
func TestPasskey(t *testing.T) {
	t.Parallel()
	d := drive(t, withPasskeys())
	token := d.member("ann")
	a := newAuthenticator()
	d.register(token, a)

	list := must[*cip.ListWebAuthnCredentialsOutput](t)(
		d.sdk.ListWebAuthnCredentials(t.Context(), &cip.ListWebAuthnCredentialsInput{AccessToken: token})).Credentials
	if len(list) != 1 {
		t.Fatalf("%d passkeys", len(list))
	}
	got := fmt.Sprint(*list[0].FriendlyCredentialName, " ", *list[0].RelyingPartyId, " ", list[0].CreatedAt.Equal(morning),
		" ", *list[0].AuthenticatorAttachment, " ", list[0].AuthenticatorTransports)
	if got != "Passkey app.example true platform [internal]" {
		t.Errorf("listed as %s", got)
	}
	for range 2 {
		in := must[*cip.InitiateAuthOutput](t)(d.choose("ann", byPasskey, nil))
		if in.ChallengeName != byPasskey || !slices.Equal(in.AvailableChallenges, []types.ChallengeNameType{bySRP, byPlain, byPasskey}) {
			t.Fatalf("got %s of %v", in.ChallengeName, in.AvailableChallenges)
		}
		if out := must[*cip.RespondToAuthChallengeOutput](t)(d.byKey(in, "ann", a)); out.AuthenticationResult == nil {
			t.Fatalf("got %s, want tokens", out.ChallengeName)
		}
	}
	remove := &cip.DeleteWebAuthnCredentialInput{AccessToken: token, CredentialId: list[0].CredentialId}
	must[*cip.DeleteWebAuthnCredentialOutput](t)(d.sdk.DeleteWebAuthnCredential(t.Context(), remove))
	_, err := d.sdk.DeleteWebAuthnCredential(t.Context(), remove)
	wantError(t, err, "ResourceNotFoundException", "The passkey does not exist.")
	if in := must[*cip.InitiateAuthOutput](t)(d.choose("ann", byPasskey, nil)); in.ChallengeName != selectOne {
		t.Errorf("after the passkey was deleted: %s", in.ChallengeName)
	}
}

// The options have the form of the API reference's examples, and name the keys
// that the user has.
func TestPasskeyOptions(t *testing.T) {
	t.Parallel()
	d := drive(t, withPasskeys())
	token, a := d.member("ann"), newAuthenticator()
	d.register(token, a)
	shape := func(text []byte) (object map[string]any) {
		if err := json.Unmarshal(text, &object); err != nil {
			t.Fatal(err)
		}
		if challenge, _ := object["challenge"].(string); len(challenge) < 22 {
			t.Errorf("the challenge is %q", challenge)
		}
		object["challenge"] = ""
		return object
	}
	list := must[*cip.ListWebAuthnCredentialsOutput](t)(
		d.sdk.ListWebAuthnCredentials(t.Context(), &cip.ListWebAuthnCredentialsInput{AccessToken: token})).Credentials
	key := []any{map[string]any{"type": "public-key", "id": *list[0].CredentialId, "transports": []any{"internal"}}}
	create := shape(d.startPasskey(token))
	if user := create["user"].(map[string]any); user["name"] != "ann" || user["displayName"] != "ann" || user["id"] == "" {
		t.Errorf("the user is %v", user)
	}
	delete(create, "user")
	if diff := cmp.Diff(map[string]any{
		"challenge": "", "timeout": 60000.0, "rp": map[string]any{"id": site, "name": site}, "excludeCredentials": key,
		"pubKeyCredParams": []any{
			map[string]any{"type": "public-key", "alg": -7.0}, map[string]any{"type": "public-key", "alg": -257.0},
		},
		"authenticatorSelection": map[string]any{"requireResidentKey": true, "residentKey": "required", "userVerification": "preferred"},
	}, create); diff != "" {
		t.Error(diff)
	}
	in := must[*cip.InitiateAuthOutput](t)(d.choose("ann", byPasskey, nil))
	if diff := cmp.Diff(map[string]any{
		"challenge": "", "timeout": 180000.0, "rpId": site, "allowCredentials": key, "userVerification": "preferred",
	}, shape([]byte(in.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"]))); diff != "" {
		t.Error(diff)
	}
	if _, err := a.Create(d.startPasskey(token)); err == nil {
		t.Error("the authenticator made a key that was excluded")
	}
}

// A registration is one that was started and may be spoilt before it is completed.
type registration struct {
	*driver
	a       *cognitotest.Authenticator
	token   *string
	options []byte
}

func (r *registration) create() []byte {
	r.t.Helper()
	return must[json.RawMessage](r.t)(r.a.Create(r.options))
}

func (r *registration) challenge() string {
	r.t.Helper()
	var o struct {
		Challenge string `json:"challenge"`
	}
	if err := json.Unmarshal(r.options, &o); err != nil {
		r.t.Fatal(err)
	}
	return o.Challenge
}

// Each row spoils one registration. Right or wrong, what was asked for is used up.
func TestPasskeyRegistration(t *testing.T) {
	t.Parallel()
	const (
		malformed = "InvalidParameterException Credential data is not valid"
		lapsed    = "WebAuthnChallengeNotFoundException " + passkeyLapsed
		origin    = "WebAuthnOriginNotAllowedException The passkey credential's registration origin does not align with the user pool relying party id."
		party     = "WebAuthnRelyingPartyMismatchException The passkey credential is associated with a different relying party ID than the user pool relying party ID."
		client    = "WebAuthnClientMismatchException The access token is for a different client than the one in the original StartWebAuthnRegistration request."
		device    = "WebAuthnCredentialNotSupportedException The passkey credentials are from an unsupported device or provider."
	)
	from := func(origin string) func(*registration) []byte {
		return func(r *registration) []byte {
			r.a.Origin = origin
			return r.create()
		}
	}
	unverified := func(r *registration) []byte {
		r.a.Unverified = true
		return r.create()
	}
	for name, row := range map[string]struct {
		site     string // "app.example" if empty
		required bool   // user verification
		make     func(*registration) []byte
		want     string // the type and the text of the refusal; empty: registered
	}{
		"nothing":                   {make: (*registration).create},
		"below the site":            {make: from("https://login.app.example:8443")},
		"this machine":              {site: "localhost", make: from("http://localhost:3000")},
		"this machine, below":       {site: "localhost", make: from("http://app.localhost")},
		"another site":              {make: from("https://evil.example"), want: origin},
		"a site that ends the same": {make: from("https://evilapp.example"), want: origin},
		"above the site":            {make: from("https://example"), want: origin},
		"without TLS":               {make: from("http://app.example"), want: origin},
		"with a path":               {make: from("https://app.example/login"), want: origin},
		"no origin":                 {make: from("://"), want: origin},
		"another relying party": {make: func(r *registration) []byte {
			r.options = with(r.t, r.options, "evil.example", "rp", "id")
			return r.create()
		}, want: party},
		"another challenge": {make: func(r *registration) []byte {
			r.options = with(r.t, r.options, "AAAAAAAAAAAAAAAAAAAAAA", "challenge")
			return r.create()
		}, want: lapsed},
		"an older challenge": {make: func(r *registration) []byte {
			credential := r.create()
			r.startPasskey(r.token)
			return credential
		}, want: lapsed},
		"last second": {make: func(r *registration) []byte {
			r.pool.Clock().Advance(3*time.Minute - time.Second)
			return r.create()
		}},
		"too late": {make: func(r *registration) []byte {
			r.pool.Clock().Advance(3 * time.Minute)
			return r.create()
		}, want: lapsed},
		"another client": {make: func(r *registration) []byte {
			other := r.as(r.pool.AddClient(cognitotest.ClientConfig{}))
			r.token = must[*cip.InitiateAuthOutput](r.t)(other.byPassword("ann", password)).AuthenticationResult.AccessToken
			return r.create()
		}, want: client},
		"another user": {make: func(r *registration) []byte {
			r.token = r.member("bob")
			return r.create()
		}, want: lapsed},
		"unverified":               {make: unverified},
		"unverified, but required": {required: true, make: unverified, want: device},
		"empty":                    {make: func(*registration) []byte { return []byte(`{}`) }, want: malformed},
		"attestation cut short": {make: func(r *registration) []byte {
			return with(r.t, r.create(), "o2NmbXQ", "response", "attestationObject")
		}, want: malformed},
		"client data is no JSON": {make: func(r *registration) []byte {
			return with(r.t, r.create(), "AAAA", "response", "clientDataJSON")
		}, want: malformed},
		"client data of a sign-in": {make: func(r *registration) []byte {
			data := fmt.Sprintf(`{"type":"webauthn.get","challenge":%q,"origin":"https://app.example"}`, r.challenge())
			return with(r.t, r.create(), base64.RawURLEncoding.EncodeToString([]byte(data)), "response", "clientDataJSON")
		}, want: malformed},
		"another id": {make: func(r *registration) []byte {
			credential := with(r.t, r.create(), "AAAAAAAAAAAAAAAAAAAAAA", "rawId")
			return with(r.t, credential, "AAAAAAAAAAAAAAAAAAAAAA", "id")
		}, want: device},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := withPasskeys()
			if row.site != "" {
				cfg.WebAuthn.RelyingPartyId = &row.site
			}
			if row.required {
				cfg.WebAuthn.UserVerification = types.UserVerificationTypeRequired
			}
			r := &registration{driver: drive(t, cfg), a: newAuthenticator()}
			r.token = r.member("ann")
			r.options = r.startPasskey(r.token)
			credential := row.make(r)
			err := r.completePasskey(r.token, credential)
			if code, message, _ := strings.Cut(row.want, " "); code != "" {
				wantError(t, err, code, message)
			} else if err != nil {
				t.Fatalf("the good case failed: %v", err)
			}
			if row.want != client {
				wantError(t, r.completePasskey(r.token, credential), "WebAuthnChallengeNotFoundException", passkeyLapsed)
			}
		})
	}
}

// Each row spoils one sign-in. Right or wrong, its session is used up.
func TestPasskeySignIn(t *testing.T) {
	t.Parallel()
	type signIn struct {
		*driver
		token   *string
		a       *cognitotest.Authenticator
		options []byte
	}
	get := func(s *signIn) []byte { return must[json.RawMessage](s.t)(s.a.Get(s.options)) }
	from := func(origin string) func(*signIn) []byte {
		return func(s *signIn) []byte {
			s.a.Origin = origin
			return get(s)
		}
	}
	unverified := func(s *signIn) []byte {
		s.a.Unverified = true
		return get(s)
	}
	changed := func(value any, path ...string) func(*signIn) []byte {
		return func(s *signIn) []byte { return with(s.t, get(s), value, path...) }
	}
	for name, row := range map[string]struct {
		required bool
		make     func(*signIn) []byte
		fails    bool
	}{
		"nothing":        {make: get},
		"below the site": {make: from("https://login.app.example")},
		"another site":   {make: from("https://evil.example"), fails: true},
		"another challenge": {make: func(s *signIn) []byte {
			s.options = with(s.t, s.options, "AAAAAAAAAAAAAAAAAAAAAA", "challenge")
			return get(s)
		}, fails: true},
		"the last sign-in's answer": {make: func(s *signIn) []byte {
			in := must[*cip.InitiateAuthOutput](s.t)(s.choose("ann", byPasskey, nil))
			credential := must[json.RawMessage](s.t)(s.a.Get([]byte(in.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"])))
			must[*cip.RespondToAuthChallengeOutput](s.t)(s.answer(byPasskey, in.Session, "ann", "CREDENTIAL", string(credential)))
			return credential
		}, fails: true},
		"a copied key": {make: func(s *signIn) []byte {
			thief := s.a.Clone()
			in := must[*cip.InitiateAuthOutput](s.t)(s.choose("ann", byPasskey, nil))
			must[*cip.RespondToAuthChallengeOutput](s.t)(s.byKey(in, "ann", s.a))
			s.a = thief
			return get(s)
		}, fails: true},
		"a deleted key": {make: func(s *signIn) []byte {
			list := must[*cip.ListWebAuthnCredentialsOutput](s.t)(
				s.sdk.ListWebAuthnCredentials(s.t.Context(), &cip.ListWebAuthnCredentialsInput{AccessToken: s.token})).Credentials
			must[*cip.DeleteWebAuthnCredentialOutput](s.t)(s.sdk.DeleteWebAuthnCredential(s.t.Context(),
				&cip.DeleteWebAuthnCredentialInput{AccessToken: s.token, CredentialId: list[0].CredentialId}))
			return get(s)
		}, fails: true},
		"another key of the user": {make: func(s *signIn) []byte {
			credential := get(s)
			other := newAuthenticator()
			s.register(s.token, other)
			in := must[*cip.InitiateAuthOutput](s.t)(s.choose("ann", byPasskey, nil))
			foreign := must[json.RawMessage](s.t)(other.Get([]byte(in.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"])))
			var o struct {
				Response map[string]any `json:"response"`
			}
			if err := json.Unmarshal(foreign, &o); err != nil {
				s.t.Fatal(err)
			}
			return with(s.t, credential, o.Response["signature"], "response", "signature")
		}, fails: true},
		"another user's key": {make: func(s *signIn) []byte {
			token, other := s.member("bob"), newAuthenticator()
			s.register(token, other)
			in := must[*cip.InitiateAuthOutput](s.t)(s.choose("bob", byPasskey, nil))
			return must[json.RawMessage](s.t)(other.Get([]byte(in.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"])))
		}, fails: true},
		"unverified":                {make: unverified},
		"unverified, but required":  {required: true, make: unverified, fails: true},
		"empty":                     {make: func(*signIn) []byte { return []byte(`{}`) }, fails: true},
		"no JSON":                   {make: func(*signIn) []byte { return []byte(`passkey`) }, fails: true},
		"no signature":              {make: changed("", "response", "signature"), fails: true},
		"a short signature":         {make: changed("MAA", "response", "signature"), fails: true},
		"another user handle":       {make: changed("Ym9i", "response", "userHandle"), fails: true},
		"no user handle":            {make: changed("", "response", "userHandle")},
		"authenticator data is cut": {make: changed("AAAA", "response", "authenticatorData"), fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := withPasskeys()
			if row.required {
				cfg.WebAuthn.UserVerification = types.UserVerificationTypeRequired
			}
			s := &signIn{driver: drive(t, cfg), a: newAuthenticator()}
			s.token = s.member("ann")
			s.register(s.token, s.a)
			in := must[*cip.InitiateAuthOutput](t)(s.choose("ann", byPasskey, nil))
			s.options = []byte(in.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"])
			credential := string(row.make(s))
			out, err := s.answer(byPasskey, in.Session, "ann", "CREDENTIAL", credential)
			if row.fails {
				wantError(t, err, notAuthorized, incorrect)
			} else if err != nil || out.AuthenticationResult == nil {
				t.Fatalf("the good case failed: %v", err)
			}
			_, err = s.answer(byPasskey, in.Session, "ann", "CREDENTIAL", credential)
			wantError(t, err, notAuthorized, sessionUsed)
		})
	}
}

// A user with a second factor may use a passkey only in a pool that counts it for
// two, and only one that verifies its user.
func TestPasskeyMFA(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		counts       bool
		verification types.UserVerificationType
	}{
		{false, types.UserVerificationTypePreferred},
		{false, types.UserVerificationTypeRequired},
		{true, types.UserVerificationTypePreferred},
	} {
		cfg := withPasskeys()
		cfg.MFA, cfg.TOTP, cfg.WebAuthn.UserVerification = types.UserPoolMfaTypeOptional, true, row.verification
		if row.counts {
			cfg.WebAuthn.FactorConfiguration = types.WebAuthnFactorConfigurationTypeMultiFactorWithUserVerification
		}
		d := drive(t, cfg)
		token, a := d.member("ann"), newAuthenticator()
		d.register(token, a)
		secret := *must[*cip.AssociateSoftwareTokenOutput](t)(
			d.sdk.AssociateSoftwareToken(t.Context(), &cip.AssociateSoftwareTokenInput{AccessToken: token})).SecretCode
		must[*cip.VerifySoftwareTokenOutput](t)(d.sdk.VerifySoftwareToken(t.Context(), &cip.VerifySoftwareTokenInput{
			AccessToken: token, UserCode: ptr(must[string](t)(totp.Code(secret, d.pool.Clock().Now()))),
		}))
		begun := must[*cip.InitiateAuthOutput](t)(d.choose("ann", byPasskey, nil))
		early := must[*cip.InitiateAuthOutput](t)(d.choose("ann", byPasskey, nil))
		prefer := func(totp bool, passkey *types.WebAuthnMfaSettingsType) error {
			_, err := d.sdk.SetUserMFAPreference(t.Context(), &cip.SetUserMFAPreferenceInput{
				AccessToken: token, SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: totp}, WebAuthnMfaSettings: passkey,
			})
			return err
		}
		on := &types.WebAuthnMfaSettingsType{Enabled: true}
		// Another factor has to be on, in case the passkey gets lost.
		wantError(t, prefer(false, on), "InvalidParameterException", "User does not have delivery config set to turn on WEB_AUTHN")
		if err := prefer(true, nil); err != nil {
			t.Fatal(err)
		}
		// This one was asked for before the factor was enabled.
		_, err := d.byKey(begun, "ann", a)
		wantError(t, err, notAuthorized, incorrect)

		in := must[*cip.InitiateAuthOutput](t)(d.choose("ann", byPasskey, nil))
		if in.ChallengeName != selectOne || slices.Contains(in.AvailableChallenges, byPasskey) {
			t.Errorf("got %s of %v", in.ChallengeName, in.AvailableChallenges)
		}
		if !row.counts {
			wantError(t, prefer(true, on), "InvalidParameterException", "User does not have delivery config set to turn on WEB_AUTHN")
			continue
		}
		if err := prefer(true, on); err != nil {
			t.Fatal(err)
		}
		wantError(t, prefer(false, nil), "InvalidParameterException", "User does not have delivery config set to turn on WEB_AUTHN")
		// This one was asked for when the user need not be verified.
		a.Unverified = true
		_, err = d.byKey(early, "ann", a)
		wantError(t, err, notAuthorized, incorrect)
		a.Unverified = false
		in = must[*cip.InitiateAuthOutput](t)(d.choose("ann", byPasskey, nil))
		if out := must[*cip.RespondToAuthChallengeOutput](t)(d.byKey(in, "ann", a)); out.AuthenticationResult == nil {
			t.Errorf("got %s, want tokens", out.ChallengeName)
		}
		a.Unverified = true
		_, err = d.byKey(must[*cip.InitiateAuthOutput](t)(d.choose("ann", byPasskey, nil)), "ann", a)
		wantError(t, err, notAuthorized, incorrect)

		// A temporary password has to be replaced whatever else the user has.
		must[*cip.AdminSetUserPasswordOutput](t)(d.sdk.AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{
			UserPoolId: ptr(d.pool.ID()), Username: ptr("ann"), Password: ptr(password),
		}))
		if in := must[*cip.InitiateAuthOutput](t)(d.choose("ann", byPasskey, nil)); in.ChallengeName != selectOne {
			t.Errorf("with a temporary password: %s", in.ChallengeName)
		}
	}
}

// The choice of a passkey leads to its challenge. Its answer can come with the
// choice only in a pool that gives out something to answer.
func TestPasskeyChosen(t *testing.T) {
	t.Parallel()
	for _, inline := range []bool{false, true} {
		cfg := withPasskeys()
		cfg.InlinePasskeys = inline
		d := drive(t, cfg)
		a := newAuthenticator()
		d.register(d.member("ann"), a)
		began := must[*cip.InitiateAuthOutput](t)(d.choose("ann", "", nil))
		out := must[*cip.RespondToAuthChallengeOutput](t)(d.answer(selectOne, began.Session, "ann", "ANSWER", "WEB_AUTHN"))
		options := out.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"]
		out = must[*cip.RespondToAuthChallengeOutput](t)(
			d.answer(byPasskey, out.Session, "ann", "CREDENTIAL", string(must[json.RawMessage](t)(a.Get([]byte(options))))))
		if out.AuthenticationResult == nil {
			t.Errorf("got %s, want tokens", out.ChallengeName)
		}

		// InitiateAuth takes no credential: there is nothing yet that it could answer.
		early := must[*cip.InitiateAuthOutput](t)(d.choose("ann", byPasskey, map[string]string{"CREDENTIAL": "{}"}))
		if early.ChallengeName != byPasskey {
			t.Errorf("got %q, want WEB_AUTHN", early.ChallengeName)
		}

		began = must[*cip.InitiateAuthOutput](t)(d.choose("ann", "", nil))
		if offered := began.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"]; (offered != "") != inline {
			t.Errorf("inline %v: offered %q", inline, offered)
		} else if inline {
			options = offered
		}
		credential := string(must[json.RawMessage](t)(a.Get([]byte(options))))
		_, err := d.answer(selectOne, began.Session, "ann", "ANSWER", "WEB_AUTHN", "CREDENTIAL", credential)
		if inline && err != nil {
			t.Error(err)
		} else if !inline {
			wantError(t, err, notAuthorized, incorrect)
		}
	}
}

// How many passkeys a user may have, and how they are listed.
func TestPasskeyList(t *testing.T) {
	t.Parallel()
	d := drive(t, withPasskeys())
	token := d.member("ann")
	for range 20 {
		d.register(token, newAuthenticator())
	}
	_, err := d.sdk.StartWebAuthnRegistration(t.Context(), &cip.StartWebAuthnRegistrationInput{AccessToken: token})
	wantError(t, err, "LimitExceededException", "The user has as many passkeys as there may be.")
	seen := make(map[string]bool)
	page := &cip.ListWebAuthnCredentialsInput{AccessToken: token, MaxResults: ptr(int32(8))}
	pages := 0
	for ; pages == 0 || page.NextToken != nil; pages++ {
		out := must[*cip.ListWebAuthnCredentialsOutput](t)(d.sdk.ListWebAuthnCredentials(t.Context(), page))
		for _, c := range out.Credentials {
			seen[*c.CredentialId] = true
		}
		page.NextToken = out.NextToken
	}
	if pages != 3 || len(seen) != 20 {
		t.Errorf("%d passkeys on %d pages", len(seen), pages)
	}
	for _, size := range []int32{-1, 21} {
		_, err := d.sdk.ListWebAuthnCredentials(t.Context(), &cip.ListWebAuthnCredentialsInput{AccessToken: token, MaxResults: &size})
		wantError(t, err, invalidParameter, "1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must be between 0 and 20")
	}
	// With as many keys the session is longer than a client could send.
	in := must[*cip.InitiateAuthOutput](t)(d.choose("ann", byPasskey, nil))
	if len(*in.Session) > 4096 {
		t.Errorf("the session has %d characters", len(*in.Session))
	}
}

// Nothing is left out of a list whose first page was deleted before the second is
// asked for; and a passkey is listed for the site that it was made for.
func TestPasskeyListChanges(t *testing.T) {
	t.Parallel()
	d := drive(t, withPasskeys())
	token := d.member("ann")
	for range 6 {
		d.register(token, newAuthenticator())
	}
	list := func(next *string) *cip.ListWebAuthnCredentialsOutput {
		t.Helper()
		return must[*cip.ListWebAuthnCredentialsOutput](t)(d.sdk.ListWebAuthnCredentials(t.Context(),
			&cip.ListWebAuthnCredentialsInput{AccessToken: token, MaxResults: ptr(int32(3)), NextToken: next}))
	}
	first := list(nil)
	for _, c := range first.Credentials {
		must[*cip.DeleteWebAuthnCredentialOutput](t)(d.sdk.DeleteWebAuthnCredential(t.Context(),
			&cip.DeleteWebAuthnCredentialInput{AccessToken: token, CredentialId: c.CredentialId}))
	}
	if rest := list(first.NextToken).Credentials; len(rest) != 3 {
		t.Errorf("%d passkeys on the second page", len(rest))
	}
	must[*cip.SetUserPoolMfaConfigOutput](t)(d.sdk.SetUserPoolMfaConfig(t.Context(), &cip.SetUserPoolMfaConfigInput{
		UserPoolId: ptr(d.pool.ID()), WebAuthnConfiguration: &types.WebAuthnConfigurationType{RelyingPartyId: ptr("other.example")},
	}))
	for _, c := range list(nil).Credentials {
		if *c.RelyingPartyId != site {
			t.Errorf("made for %s", *c.RelyingPartyId)
		}
	}
}

func TestPasskeysOff(t *testing.T) {
	t.Parallel()
	noSite := withPasskeys()
	noSite.WebAuthn.RelyingPartyId = nil
	for name, row := range map[string]struct {
		cfg             cognitotest.Config
		start, complete string
	}{
		"no passkeys": {cognitotest.Config{}, "WebAuthnNotEnabledException Passkeys are not enabled for the user pool.",
			"WebAuthnNotEnabledException Passkeys are not enabled for the user pool."},
		"no site": {noSite, "WebAuthnConfigurationMissingException The user pool does not have a configured relying party id or a user pool domain.",
			"WebAuthnChallengeNotFoundException " + passkeyLapsed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, row.cfg)
			token := d.member("ann")
			_, err := d.sdk.StartWebAuthnRegistration(t.Context(), &cip.StartWebAuthnRegistrationInput{AccessToken: token})
			code, message, _ := strings.Cut(row.start, " ")
			wantError(t, err, code, message)
			code, message, _ = strings.Cut(row.complete, " ")
			wantError(t, d.completePasskey(token, []byte(`{}`)), code, message)
		})
	}
	for name, w := range map[string]types.WebAuthnConfigurationType{
		"no domain":            {RelyingPartyId: ptr("https://app.example")},
		"unknown verification": {UserVerification: "sometimes"},
		"unknown factor":       {FactorConfiguration: "TRIPLE"},
	} {
		if pool, err := cognitotest.New(cognitotest.Config{WebAuthn: w}); err == nil {
			pool.Close()
			t.Errorf("%s: accepted", name)
		}
	}
}

// Of many answers at once to one challenge, one gets the tokens; a key may be
// used from several sign-ins at once.
func TestPasskeyRace(t *testing.T) {
	t.Parallel()
	d := drive(t, withPasskeys())
	token, a := d.member("ann"), newAuthenticator()
	d.register(token, a)
	in := must[*cip.InitiateAuthOutput](t)(d.choose("ann", byPasskey, nil))
	credential := string(must[json.RawMessage](t)(a.Get([]byte(in.ChallengeParameters["CREDENTIAL_REQUEST_OPTIONS"]))))
	var wg sync.WaitGroup
	won := make(chan bool, 10)
	for range cap(won) {
		wg.Go(func() {
			_, err := d.answer(byPasskey, in.Session, "ann", "CREDENTIAL", credential)
			won <- err == nil
		})
	}
	wg.Wait()
	close(won)
	winners := 0
	for w := range won {
		if w {
			winners++
		}
	}
	if winners != 1 {
		t.Errorf("%d of the answers got tokens, want 1", winners)
	}
}
