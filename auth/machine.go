package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/redact"
	"github.com/cognitomfa/cognitomfa/internal/wire"
	"github.com/cognitomfa/cognitomfa/srp"
)

// A reply is what InitiateAuth and RespondToAuthChallenge, public or Admin,
// have in common.
type reply struct {
	op         operation
	name       string
	session    string
	parameters map[string]string
	available  []types.ChallengeNameType
	result     *types.AuthenticationResultType
}

// A run is one step of a sign-in: from a first factor or an answer, through
// whatever a machine can answer, to tokens or the next challenge.
type run struct {
	*Client
	options  CallOptions
	username string // what goes into USERNAME and SECRET_HASH: see canonical

	// proof is set while the password is at hand and not yet proved.
	proof *proof
	// surfaceVerifier: somebody else has the password.
	surfaceVerifier bool
	// deviceProved: the device gave its proof, which it does once.
	deviceProved bool
	// lostDevice is the key of a device that Cognito refused in this sign-in:
	// the caller passes it in each step, and it goes along in none.
	lostDevice string
	// answering: the step is Respond, not Begin.
	answering bool
}

type proof struct {
	handshake *srp.Handshake
	password  string
}

// initiate begins a sign-in.
func (r *run) initiate(ctx context.Context, flow, session string, params map[string]string) (reply, error) {
	op := r.initiation(flow, stagePassword)
	op.consumes = session != "" // a session can begin one sign-in only
	if err := r.identify(ctx, op, params); err != nil {
		return reply{}, err
	}
	if r.proof != nil {
		// As AWS's own clients have it, the device comes with the proof of the
		// password: so a device that Cognito has forgotten can still be left out.
		delete(params, wire.KeyDeviceKey)
	}
	return r.sendInitiate(ctx, op, session, params)
}

// initiation is the operation that a flow begins with.
func (r *run) initiation(flow string, at stage) operation {
	if r.admin != nil {
		return operation{name: "AdminInitiateAuth", challenge: flow, at: at, signed: true}
	}
	return operation{name: "InitiateAuth", challenge: flow, at: at}
}

// sendInitiate makes the call of an initiation.
func (r *run) sendInitiate(ctx context.Context, op operation, session string, params map[string]string) (reply, error) {
	flow := types.AuthFlowType(op.challenge)
	if r.admin != nil {
		out, err := invoke(ctx, &r.caller, op, r.admin.AdminInitiateAuth, &cip.AdminInitiateAuthInput{
			UserPoolId: &r.poolID, ClientId: &r.clientID, AuthFlow: flow, Session: optional(session),
			AuthParameters: params, ClientMetadata: r.options.ClientMetadata, ContextData: r.options.UserContext.admin(),
		})
		if err != nil {
			return reply{}, err
		}
		return reply{op, string(out.ChallengeName), aws.ToString(out.Session), out.ChallengeParameters, out.AvailableChallenges, out.AuthenticationResult}, nil
	}
	out, err := invoke(ctx, &r.caller, op, r.api.InitiateAuth, &cip.InitiateAuthInput{
		ClientId: &r.clientID, AuthFlow: flow, Session: optional(session),
		AuthParameters: params, ClientMetadata: r.options.ClientMetadata, UserContextData: r.options.UserContext.public(),
	})
	if err != nil {
		return reply{}, err
	}
	return reply{op, string(out.ChallengeName), aws.ToString(out.Session), out.ChallengeParameters, out.AvailableChallenges, out.AuthenticationResult}, nil
}

// respond answers a challenge.
func (r *run) respond(ctx context.Context, name, session string, responses map[string]string) (reply, error) {
	op := operation{name: "RespondToAuthChallenge", challenge: name, at: stageOf(name, responses), consumes: true}
	if r.admin != nil {
		op.name, op.signed = "AdminRespondToAuthChallenge", true
	}
	if err := r.identify(ctx, op, responses); err != nil {
		return reply{}, err
	}
	if r.admin != nil {
		out, err := invoke(ctx, &r.caller, op, r.admin.AdminRespondToAuthChallenge, &cip.AdminRespondToAuthChallengeInput{
			UserPoolId: &r.poolID, ClientId: &r.clientID, ChallengeName: types.ChallengeNameType(name), Session: optional(session),
			ChallengeResponses: responses, ClientMetadata: r.options.ClientMetadata, ContextData: r.options.UserContext.admin(),
		})
		if err != nil {
			return reply{}, err
		}
		return reply{op, string(out.ChallengeName), aws.ToString(out.Session), out.ChallengeParameters, nil, out.AuthenticationResult}, nil
	}
	out, err := invoke(ctx, &r.caller, op, r.api.RespondToAuthChallenge, &cip.RespondToAuthChallengeInput{
		ClientId: &r.clientID, ChallengeName: types.ChallengeNameType(name), Session: optional(session),
		ChallengeResponses: responses, ClientMetadata: r.options.ClientMetadata, UserContextData: r.options.UserContext.public(),
	})
	if err != nil {
		return reply{}, err
	}
	return reply{op, string(out.ChallengeName), aws.ToString(out.Session), out.ChallengeParameters, nil, out.AuthenticationResult}, nil
}

// optional leaves an empty value out: PASSWORD_VERIFIER comes without a session
// and is answered without one.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func stageOf(challengeName string, responses map[string]string) stage {
	switch challengeName {
	case wire.PasswordVerifier, wire.Password, wire.PasswordSRP:
		return stagePassword
	case wire.SelectChallenge:
		if responses[wire.KeyPassword] != "" || responses[wire.KeySRPA] != "" {
			return stagePassword
		}
	case wire.NewPasswordRequired:
		return stageNewPassword
	case wire.MFASetup:
		if responses[wire.KeyEmail] != "" {
			return stageInput
		}
		return stageSetUp
	case wire.WebAuthn:
		return stageInput
	case wire.DeviceSRPAuth, wire.DevicePasswordVerifier:
		return stageDevice
	}
	return stageChallenge
}

// identify adds what every request names its user by.
func (r *run) identify(ctx context.Context, op operation, params map[string]string) error {
	if err := r.ready(op); err != nil {
		return err
	}
	params[wire.KeyUsername] = r.username
	if key := r.options.Device.Key(); key != "" {
		params[wire.KeyDeviceKey] = key
	}
	hash, err := r.secretHash(ctx, op, r.username)
	if hash != "" {
		params[wire.KeySecretHash] = hash
	}
	return err
}

// canonical decides what the user is called from this reply on: as Cognito
// says, and until it says, as before. What the user typed may be an alias,
// which Cognito takes at the beginning only, and SECRET_HASH is made of the
// name that the same request has in USERNAME.
func (r *run) canonical(got reply, initiated bool) string {
	keys := []string{wire.KeyUserIDForSRP, wire.KeyUsername}
	if got.name == wire.CustomChallenge {
		// The parameters are the trigger's own, but for the USERNAME that
		// InitiateAuth adds.
		keys = nil
		if initiated {
			keys = []string{wire.KeyUsername}
		}
	}
	for _, key := range keys {
		if name := got.parameters[key]; name != "" && len(name) <= maxUsername {
			return name
		}
	}
	return r.username
}

// maxUsername bounds the name that Cognito gives the user; 128 is the true
// limit, by the API reference of SignUp.
const maxUsername = 2048

// advance goes from a reply to tokens or to a challenge for the user.
func (r *run) advance(ctx context.Context, got reply, initiated bool) (*Tokens, challenge.Challenge, error) {
	r.username = r.canonical(got, initiated)
	switch {
	case got.result != nil && got.name == "":
		tokens, err := r.tokens(got)
		return tokens, nil, err
	case got.result != nil || got.name == "":
		return nil, nil, got.op.fail(ErrMalformed, "the reply has not exactly one of tokens and a challenge", nil)
	case got.name == wire.PasswordVerifier && !r.surfaceVerifier:
		next, err := r.prove(ctx, got)
		if err != nil {
			return nil, nil, r.cutShort(err)
		}
		return r.advance(ctx, next, false)
	case got.name == wire.DeviceSRPAuth:
		next, err := r.proveDevice(ctx, got)
		if err != nil {
			return nil, nil, r.cutShort(err)
		}
		return r.advance(ctx, next, false)
	case got.name == wire.DevicePasswordVerifier: // its place is in proveDevice
		return nil, nil, got.op.fail(ErrMalformed, "Cognito asks for a proof of the device out of turn", nil)
	}
	step := wire.Step{Name: got.name, Session: got.session, Parameters: got.parameters}
	if got.name == wire.SelectChallenge {
		for _, name := range got.available {
			step.Available = append(step.Available, string(name))
		}
	}
	c, err := r.ask(got.op, step)
	if setUp, ok := c.(*challenge.SetUpMFA); ok && err == nil {
		return r.chooseSetUp(ctx, got.op, setUp)
	}
	return nil, c, err
}

// cutShort restates the error of a call that follows an answer inside Respond:
// the answer is spent, so what was not applied cannot be tried again.
func (r *run) cutShort(err error) error {
	if r.answering && (errors.Is(err, ErrBackOff) || errors.Is(err, ErrOutcomeUnknown)) {
		return restated(err, ErrStartOver, "the answer was accepted, but the sign-in could not be completed")
	}
	return err
}

// prove answers PASSWORD_VERIFIER. It takes the proof away, so that the
// password is proved once and a server that keeps asking gets an error.
func (r *run) prove(ctx context.Context, got reply) (reply, error) {
	p := r.proof
	if p == nil {
		return reply{}, got.op.fail(ErrMalformed, "Cognito asks for a proof of the password out of turn", nil)
	}
	r.proof = nil
	signed, err := p.handshake.Prove(r.poolName, p.password, srp.Challenge{
		UserID:      got.parameters[wire.KeyUserIDForSRP],
		Salt:        got.parameters[wire.KeySalt],
		B:           got.parameters[wire.KeySRPB],
		SecretBlock: got.parameters[wire.KeySecretBlock],
	}, r.now())
	if err != nil {
		return reply{}, got.op.fail(ErrMalformed, "the parameters of PASSWORD_VERIFIER are no SRP values", err)
	}
	answer := func() (reply, error) {
		return r.respond(ctx, wire.PasswordVerifier, got.session, map[string]string{
			wire.KeyClaimSecretBlock: got.parameters[wire.KeySecretBlock],
			wire.KeyClaimSignature:   signed.Signature,
			wire.KeyTimestamp:        signed.Timestamp,
		})
	}
	next, err := answer()
	if !r.deviceIsStale(err) {
		return next, err
	}
	// Cognito looks for the device when the password is proved. Its own clients
	// send the same proof once more then, without the device.
	// Source: CognitoUser.authenticateUserDefaultAuth in amazon-cognito-identity-js,
	// and retryOnResourceNotFoundException in aws-amplify/amplify-js.
	device := r.options.Device
	r.lose(device.Key())
	switch next, again := answer(); {
	case errors.Is(again, ErrCredentials), errors.Is(again, ErrStartOver):
		// Was the proof used up, or is the password wrong? A new beginning tells.
		r.options.Device = device
		return reply{}, err
	default:
		return next, again
	}
}

// ask makes the challenge of a step.
func (r *run) ask(op operation, s wire.Step) (challenge.Challenge, error) {
	s.Username, s.ClientID, s.LostDevice = r.username, r.clientID, r.lostDevice
	if s.Arrived.IsZero() {
		s.Arrived = r.now()
		s.Expires = s.Arrived.Add(r.validity)
	}
	c, err := wire.NewChallenge(s)
	if err != nil {
		return nil, op.fail(ErrMalformed, err.Error(), err)
	}
	return c.(challenge.Challenge), nil
}

// chooseSetUp answers MFA_SETUP's first question where there is no choice.
func (r *run) chooseSetUp(ctx context.Context, op operation, c *challenge.SetUpMFA) (*Tokens, challenge.Challenge, error) {
	switch options := c.Options(); len(options) {
	case 0:
		return nil, nil, op.fail(ErrConfig,
			"the user must have a second factor, and the pool offers none that a sign-in can set up: give the user a phone number", nil)
	case 1:
		return r.answer(ctx, options[0].Answer())
	}
	return nil, c, nil
}

// tokens makes Tokens of a reply.
func (r *run) tokens(got reply) (*Tokens, error) {
	result := got.result
	if aws.ToString(result.AccessToken) == "" || result.ExpiresIn <= 0 {
		return nil, got.op.fail(ErrMalformed, "the reply has no access token, or one without expiry", nil)
	}
	if name := usernameIn(aws.ToString(result.AccessToken)); name != "" {
		r.username = name
	}
	return &Tokens{redact.New(tokens{
		id:       aws.ToString(result.IdToken),
		access:   aws.ToString(result.AccessToken),
		refresh:  aws.ToString(result.RefreshToken),
		expires:  r.now().Add(secondsOf(result.ExpiresIn)),
		username: r.username,
		device:   deviceOf(r.options.Device, result.NewDeviceMetadata),
	})}, nil
}

// usernameIn reads the canonical username out of an access token, which is the
// only place where a sign-in without any challenge shows it. The token came
// from Cognito itself, so its signature need not be checked for this; what is
// no JWT gives "".
func usernameIn(accessToken string) string {
	_, rest, _ := strings.Cut(accessToken, ".")
	payload, _, _ := strings.Cut(rest, ".")
	text, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return ""
	}
	var claims struct {
		Username string `json:"username"`
	}
	if json.Unmarshal(text, &claims) != nil || len(claims.Username) > maxUsername {
		return ""
	}
	return claims.Username
}
