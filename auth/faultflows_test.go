package auth_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/srp"
	"github.com/cognitomfa/cognitomfa/totp"
)

// A flow is what a user does by this package: a sign-in, or other deeds. A test
// can run it to the end, and again with something going wrong on the way.
type flow struct {
	config   cognitotest.Config
	user     cognitotest.User
	stranger bool             // the pool has no user
	only     []bool           // admin or !admin, where the flow is for one of them
	first    firstFactor      // of the sign-in
	choice   challenge.Factor // where there is one
	once     bool             // the first factor works once; then it is SRP
	before   []deed           // done without faults
	deeds    []deed           // in place of the sign-in
}

type firstFactor func(*play) auth.FirstFactor

// A deed is one call of this package.
type deed struct {
	do func(context.Context, *testing.T, *play) error
	// again is the error that says that the deed is done already; nil if doing
	// it twice is no error.
	again error
}

// A play is one run of a flow, and what the user has at hand in it.
type play struct {
	world
	flow
	devices   *auth.Devices
	refresher *auth.Refresher

	password, proposed string // what signs in; what may sign in after an answer of unknown outcome
	secret             string // of the authenticator
	far                *srp.Handshake
	key                *cognitotest.Authenticator
	device             auth.Device
	tokens             *auth.Tokens
	signedUp           *auth.SignedUp
	confirmed          auth.Confirmed

	at    int                 // the deed under way
	asked challenge.Challenge // what the last error holds
	spent bool                // of once: it was
	turns []turn
}

// A turn is one call of this package: how many calls to Cognito came before it.
type turn struct {
	calls           int
	signIn, answers bool
}

var (
	flowSecret = totp.NewSecret()
	newSecret  = "Another-Horse-8"
	reachable  = map[string]string{"email": email, "email_verified": "true", "phone_number": phone, "phone_number_verified": "true"}
	byWord     = func(p *play) auth.FirstFactor { return auth.Password(username, p.password) }
	bySRP      = func(p *play) auth.FirstFactor { return auth.SRP(username, p.password) }
	byChoice   = func(*play) auth.FirstFactor { return auth.UserAuth(username) }
	byCustom   = func(*play) auth.FirstFactor { return auth.Custom(username) }
	bySession  = func(p *play) auth.FirstFactor { return auth.AfterSignUp(p.confirmed) }
	preferring = func(make func(*play) auth.Preference) firstFactor {
		return func(p *play) auth.FirstFactor { return auth.UserAuth(username, make(p)) }
	}

	on         = cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true}
	either     = cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, Email: true, SMS: true}
	optional   = cognitotest.Config{MFA: types.UserPoolMfaTypeOptional, TOTP: true, SMS: true, Email: true}
	codes      = cognitotest.Config{FirstFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp, types.AuthFactorTypeSmsOtp}}
	riddles    = cognitotest.Config{Triggers: new(riddle).triggers()}
	legacy     = cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, Client: cognitotest.ClientConfig{Flows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAdminNoSrpAuth}}}
	tracked    = cognitotest.Config{MFA: types.UserPoolMfaTypeOn, TOTP: true, Devices: cognitotest.DevicesAlways, Client: cognitotest.ClientConfig{Secret: true}}
	asking     = cognitotest.Config{Devices: cognitotest.DevicesOptIn}
	rotatingIn = cognitotest.Config{Client: cognitotest.ClientConfig{Secret: true, RefreshTokenRotation: true, RotationGrace: minutes(1)}}

	withApp   = cognitotest.User{TOTPSecret: flowSecret}
	withPhone = cognitotest.User{Attributes: reachable, Factors: []types.ChallengeNameType{types.ChallengeNameTypeSmsMfa}}
	withBoth  = cognitotest.User{Attributes: reachable, Factors: []types.ChallengeNameType{types.ChallengeNameTypeSmsMfa, types.ChallengeNameTypeEmailOtp}}
	invited   = cognitotest.User{Temporary: true, Attributes: reachable, Factors: withBoth.Factors}
	known     = cognitotest.User{Attributes: reachable}
)

// flowsUnderFault are all that this package does. Sign-ins go by the public and
// by the Admin operations.
var flowsUnderFault = map[string]flow{
	"SRP, TOTP":                     {config: on, user: withApp, first: bySRP},
	"password, set-up":              {config: on, first: byWord},
	"SRP, choice of set-up, TOTP":   {config: either, first: bySRP, choice: challenge.FactorTOTP},
	"SRP, choice of set-up, e-mail": {config: either, first: bySRP, choice: challenge.FactorEmail},
	"SRP, set-up by e-mail":         {config: cognitotest.Config{MFA: types.UserPoolMfaTypeOn, Email: true}, first: bySRP},
	"SRP, new password, e-mail":     {config: optional, first: bySRP, user: invited, choice: challenge.FactorEmail},
	"password, choice, SMS":         {config: optional, first: byWord, user: withBoth, choice: challenge.FactorSMS},
	"password, SMS":                 {config: optional, first: byWord, user: withPhone},
	"ADMIN_NO_SRP_AUTH":             {config: legacy, user: withApp, only: []bool{admin}, first: func(p *play) auth.FirstFactor { return auth.AdminNoSRP(username, p.password) }},
	"SRP elsewhere": {config: on, user: withApp, first: func(p *play) auth.FirstFactor {
		p.far = srp.New()
		return auth.SRPPublic(username, p.far.A())
	}},

	"custom":           {config: riddles, first: byCustom},
	"custom after SRP": {config: riddles, first: func(p *play) auth.FirstFactor { return auth.CustomSRP(username, p.password) }},

	"preferring SRP":      {config: on, user: withApp, first: preferring(func(p *play) auth.Preference { return auth.PreferSRP(p.password) })},
	"preferring password": {config: on, user: withApp, first: preferring(func(p *play) auth.Preference { return auth.PreferPassword(p.password) })},
	"preferring e-mail":   {config: codes, user: known, first: preferring(func(*play) auth.Preference { return auth.PreferEmailCode() })},
	"preferring SMS":      {config: codes, user: known, first: preferring(func(*play) auth.Preference { return auth.PreferSMSCode() })},
	"preferring passkey":  {config: passkeyPool, before: []deed{signIn, passkey}, first: preferring(func(*play) auth.Preference { return auth.PreferPasskey() })},
	"choice, SRP":         {config: codes, first: byChoice, choice: challenge.FactorPasswordSRP},
	"choice, password":    {config: codes, first: byChoice, choice: challenge.FactorPassword},
	"choice, e-mail":      {config: codes, user: known, first: byChoice, choice: challenge.FactorEmail},
	"choice, SMS":         {config: codes, user: known, first: byChoice, choice: challenge.FactorSMSOTP},
	"choice, passkey":     {config: passkeyPool, before: []deed{signIn, passkey}, first: byChoice, choice: challenge.FactorPasskey},
	"after sign-up":       {stranger: true, before: []deed{signUp, confirm}, first: bySession, once: true},

	"device":                {config: tracked, user: withApp, before: []deed{signIn, remember}, first: bySRP},
	"device after a choice": {config: tracked, user: withApp, before: []deed{signIn, remember}, first: byChoice, choice: challenge.FactorPasswordSRP},
	"device after custom": {
		config: cognitotest.Config{Triggers: new(riddle).triggers(), Devices: cognitotest.DevicesAlways},
		before: []deed{signIn, remember}, first: byCustom,
	},

	"account":             {stranger: true, deeds: []deed{signUp, resend, confirm}},
	"devices, always":     {config: tracked, user: withApp, before: []deed{signIn}, deeds: []deed{remember, listed, forget}},
	"devices, if asked":   {config: asking, before: []deed{signIn}, deeds: []deed{remember, forget}},
	"refreshed":           {config: rotatingIn, before: []deed{signIn}, deeds: []deed{refresh, revoke}},
	"refreshed by flow":   {config: cognitotest.Config{Client: cognitotest.ClientConfig{Secret: true}}, before: []deed{signIn}, deeds: []deed{refreshByFlow}},
	"signed out by admin": {before: []deed{signIn}, deeds: []deed{signOutByAdmin}},
	"signed out":          {before: []deed{signIn}, deeds: []deed{signOut}},
}

// ways are the operations that the flow goes by.
func (f flow) ways() []bool {
	switch {
	case f.only != nil:
		return f.only
	case f.deeds != nil:
		return []bool{!admin}
	}
	return []bool{!admin, admin}
}

// start makes the flow's world, with the SDK's own retryer, and does what comes
// before.
func (f flow) start(t *testing.T, asAdmin bool) *play {
	t.Helper()
	f.config.NoLimits = true
	w := newWorld(t, f.config, asAdmin)
	sdk := w.sdk()
	options := func(o *auth.Options) {
		o.Now, o.Observe = w.Clock().Now, listening.observe
		if w.Client().Secret != "" {
			auth.ClientSecret(w.Client().Secret)(o)
		}
		if asAdmin {
			o.Admin = sdk
		}
	}
	p := &play{world: w, flow: f, password: password, secret: flowSecret}
	var errs [4]error
	p.client, errs[0] = auth.New(sdk, w.ID(), w.Client().ID, options)
	p.accounts, errs[1] = auth.NewAccounts(sdk, w.Client().ID, options)
	p.devices, errs[2] = auth.NewDevices(sdk, options)
	p.refresher, errs[3] = auth.NewRefresher(sdk, w.Client().ID, options)
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	if !f.stranger {
		user := f.user
		user.Username, user.Password = username, password
		w.AddUser(user)
	}
	p.flow.first, p.deeds = bySRP, f.before
	if err := p.run(t.Context(), t); err != nil {
		t.Fatalf("before: %v", err)
	}
	p.flow, p.at, p.turns = f, 0, nil
	if f.deeds == nil {
		p.deeds = []deed{signIn}
	}
	return p
}

// run does the deeds from the one under way to the last, or to an error.
func (p *play) run(ctx context.Context, t *testing.T) error {
	t.Helper()
	for ; p.at < len(p.deeds); p.at++ {
		if err := p.deeds[p.at].do(ctx, t, p); err != nil {
			return err
		}
	}
	return nil
}

// turn notes that a call of this package begins.
func (p *play) turn(signIn, answers bool) {
	p.turns = append(p.turns, turn{len(p.Calls()), signIn, answers})
}

// heed does what an error says, as far as it is about the next call.
func (p *play) heed(e *auth.Error) {
	p.asked = e.Challenge
	switch {
	case e.Reason == auth.ErrDevice:
		p.device = auth.Device{}
	case p.once && e.Challenge == nil && e.Reason == auth.ErrStartOver:
		p.spent = true
	case e.Reason == auth.ErrCredentials && p.proposed != "":
		p.password, p.proposed = p.proposed, ""
	}
	if again := p.deeds[p.at].again; again != nil && e.Reason == again {
		p.at++
	}
}

// expects reports whether an error may come of going on: what went before was
// applied.
func (p *play) expects(e *auth.Error) bool {
	switch e.Reason {
	case auth.ErrStartOver:
		return p.asked != nil || p.once && !p.spent || p.deeds[p.at].again == e.Reason
	case auth.ErrCredentials:
		return p.proposed != "" || p.deeds[p.at].again == e.Reason
	}
	return p.deeds[p.at].again == e.Reason
}

var signIn = deed{do: func(ctx context.Context, t *testing.T, p *play) error {
	device := with1(p.device)
	var err error
	next := p.asked
	p.tokens = nil
	if next == nil {
		first := p.first
		if p.spent {
			first = bySRP
		}
		factor := first(p)
		p.turn(true, false)
		p.tokens, next, err = p.client.Begin(ctx, factor, device)
		exactlyOne(t, p.tokens, next, err)
		listening.show(factor, p.tokens, next, err)
	}
	for range 10 {
		switch {
		case err != nil:
			return err
		case p.tokens != nil:
			p.verified(t, p.tokens)
			p.asked = nil
			return nil
		}
		answer := p.solve(t, next)
		p.turn(true, true)
		p.tokens, next, err = p.client.Respond(ctx, answer, device)
		exactlyOne(t, p.tokens, next, err)
		listening.show(answer, p.tokens, next, err)
	}
	t.Fatal("no end")
	return nil
}}

// solve gives the right answer to any challenge of the flows.
func (p *play) solve(t *testing.T, c challenge.Challenge) challenge.Answer {
	t.Helper()
	switch c := c.(type) {
	case *challenge.TOTPCode:
		p.Clock().Advance(totp.Period)
		return c.Answer(p.totp(t, p.secret))
	case challenge.Code:
		return c.Answer(p.message(t, "ann"))
	case *challenge.SetUpMFA:
		if o, ok := c.Option(p.choice); ok {
			return o.Answer()
		}
		return c.Options()[0].Answer()
	case *challenge.SetUpEmail:
		return c.Answer(email)
	case *challenge.SetUpTOTP:
		e, err := c.Enrollment("s", "a")
		if err != nil {
			t.Fatal(err)
		}
		p.secret = e.Secret()
		return c.Answer(p.totp(t, p.secret), "")
	case *challenge.NewPassword:
		p.proposed = newSecret
		return c.Answer(newSecret, nil)
	case *challenge.SelectMFA:
		o, _ := c.Option(p.choice)
		return o.Answer()
	case *challenge.SelectFirstFactor:
		o, _ := c.Option(p.choice)
		return o.Answer()
	case *challenge.Password:
		return c.Answer(p.password)
	case *challenge.Passkey:
		credential, err := p.key.Get(c.Options())
		if err != nil {
			t.Fatal(err)
		}
		return c.Answer(credential)
	case *challenge.PasswordVerifier:
		name, err := srp.PoolName(p.ID())
		if err != nil {
			t.Fatal(err)
		}
		proof, err := p.far.Prove(name, p.password, srp.Challenge{UserID: c.UserID(), Salt: c.Salt(), B: c.B(), SecretBlock: c.SecretBlock()}, p.Clock().Now())
		if err != nil {
			t.Fatal(err)
		}
		return c.Answer(proof.Signature, proof.Timestamp)
	case *challenge.Custom:
		return c.Answer("mellon")
	}
	t.Fatalf("no answer to a %T", c)
	return challenge.Answer{}
}
