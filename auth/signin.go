package auth

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/challenge"
	"github.com/cognitomfa/cognitomfa/internal/wire"
	"github.com/cognitomfa/cognitomfa/srp"
)

// Begin starts a sign-in. Exactly one of the results is not nil: the tokens, if
// the user is signed in; the challenge, if Cognito asks for more; or the error,
// an [*Error]. It makes one call to Cognito, and one more each for the proof of
// the password (SRP, CustomSRP and PreferSRP) and for the secret of a TOTP set-up that the
// pool demands, and two more for the proof of a remembered device.
func (c *Client) Begin(ctx context.Context, f FirstFactor, optFns ...func(*CallOptions)) (*Tokens, challenge.Challenge, error) {
	first := f.first.Reveal()
	if err := first.check(operation{name: "Begin"}, c.admin != nil); err != nil {
		return nil, nil, err
	}
	o := newCallOptions(optFns)
	r := &run{Client: c, options: o}
	if first.confirmed {
		// Who never signed in has no device: it is that of another user of the
		// same browser, and to find that out would cost the session.
		r.lose(o.Device.Key())
	}
	tokens, next, err := r.begin(ctx, first)
	if r.deviceIsStale(err) {
		r = &run{Client: c, options: o}
		r.lose(o.Device.Key())
		return r.begin(ctx, first)
	}
	return tokens, next, err
}

// begin makes the calls of Begin.
func (r *run) begin(ctx context.Context, first firstFactor) (*Tokens, challenge.Challenge, error) {
	r.username, r.surfaceVerifier = first.username, first.public
	params, proof := first.parameters()
	r.proof = proof
	got, err := r.initiate(ctx, first.authFlow(r.admin != nil), first.session, params)
	if err != nil {
		return nil, nil, err
	}
	return r.advance(ctx, got, true)
}

// Respond answers a challenge. Exactly one of the results is not nil, as with
// [Client.Begin]. It makes one call to Cognito, but two for a [challenge.SetUpTOTP]
// (the code is verified, then the set-up completed), none for a choice of
// e-mail in [challenge.SetUpMFA], and none for an answer that cannot be right,
// such as a code with letters in it. One more comes where Cognito goes on to a
// TOTP set-up.
//
// After an error that holds its challenge, the challenge may be answered again:
// see [Error].
func (c *Client) Respond(ctx context.Context, a challenge.Answer, optFns ...func(*CallOptions)) (*Tokens, challenge.Challenge, error) {
	r := &run{Client: c, options: newCallOptions(optFns), answering: true}
	return r.answer(ctx, a)
}

// answer sends an answer and goes on from the reply.
func (r *run) answer(ctx context.Context, a challenge.Answer) (*Tokens, challenge.Challenge, error) {
	in := wire.ReadAnswer(a)
	asked, _ := in.Challenge.(challenge.Challenge)
	if err := r.check(in); err != nil {
		return nil, nil, holding(err, asked)
	}
	r.username = in.Step.Username
	r.tell(in.ClientMetadata)
	r.lose(in.Step.LostDevice)
	var got reply
	var err error
	switch in.Call {
	case wire.Ask:
		next, err := r.ask(operation{name: "Respond", challenge: in.Step.Name}, in.Step)
		return nil, next, err
	case wire.Associate:
		next, err := r.associate(ctx, in.Step)
		return nil, next, holding(err, asked)
	case wire.Verify:
		got, err = r.verify(ctx, in)
	case wire.Prove:
		r.proof = &proof{srp.New(), in.Password}
		in.Responses[wire.KeySRPA] = r.proof.handshake.A()
		got, err = r.respond(ctx, in.Step.Name, in.Step.Session, in.Responses)
	default:
		got, err = r.respond(ctx, in.Step.Name, in.Step.Session, in.Responses)
	}
	if in.Step.Name == wire.PasswordVerifier && errors.Is(err, ErrOutcomeUnknown) {
		err = restated(err, ErrStartOver, "the proof may have been used, and to Cognito a used one is a wrong one")
	}
	if err != nil {
		return nil, nil, holding(err, asked)
	}
	return r.advance(ctx, got, false)
}

// tell adds an answer's metadata to that of the step. The map of the options is
// the caller's, and serves other sign-ins too.
func (r *run) tell(metadata map[string]string) {
	if len(metadata) == 0 {
		return
	}
	all := make(map[string]string, len(metadata)+len(r.options.ClientMetadata))
	maps.Copy(all, r.options.ClientMetadata)
	maps.Copy(all, metadata)
	r.options.ClientMetadata = all
}

// check refuses an answer that is not worth sending.
func (r *run) check(in wire.Reply) error {
	op := operation{name: "Respond", challenge: in.Step.Name}
	if in.Refused != nil {
		reason := map[wire.RefusalKind]error{
			wire.BadCode: ErrCode, wire.BadNewPassword: ErrNewPassword, wire.BadInput: ErrInput, wire.Misuse: ErrConfig,
		}[in.Refused.Kind]
		return op.fail(reason, in.Refused.Reason, nil)
	}
	if in.Step.ClientID != r.clientID {
		return op.fail(ErrConfig, "the challenge belongs to another app client", nil)
	}
	return nil
}

// associate asks for the secret of a new authenticator.
func (r *run) associate(ctx context.Context, s wire.Step) (challenge.Challenge, error) {
	op := operation{name: "AssociateSoftwareToken", challenge: s.Name, at: stageSetUp, consumes: true}
	out, err := invoke(ctx, &r.caller, op, r.api.AssociateSoftwareToken, &cip.AssociateSoftwareTokenInput{Session: &s.Session})
	if err != nil {
		return nil, err
	}
	s.Session, s.SecretCode = aws.ToString(out.Session), aws.ToString(out.SecretCode)
	s.Arrived = time.Time{} // the new session has a clock of its own
	return r.ask(op, s)
}

// verify proves the new authenticator and completes the set-up with the session
// that came back: the tokens follow in the same sign-in.
func (r *run) verify(ctx context.Context, in wire.Reply) (reply, error) {
	op := operation{name: "VerifySoftwareToken", challenge: in.Step.Name, at: stageSetUp, consumes: true}
	out, err := invoke(ctx, &r.caller, op, r.api.VerifySoftwareToken, &cip.VerifySoftwareTokenInput{
		Session: &in.Step.Session, UserCode: &in.Code, FriendlyDeviceName: optional(in.DeviceName),
	})
	if err != nil {
		return reply{}, err
	}
	if out.Status != types.VerifySoftwareTokenResponseTypeSuccess {
		return reply{}, op.fail(ErrCode, "Cognito did not accept the code", nil)
	}
	got, err := r.respond(ctx, wire.MFASetup, aws.ToString(out.Session), make(map[string]string))
	if err != nil {
		// The answer is spent and the authenticator counts from here on, so
		// there is nothing to answer again, whatever went wrong.
		return reply{}, restated(err, ErrStartOver,
			"the authenticator is set up, but the sign-in could not be completed: begin again, with a new code from it")
	}
	return got, nil
}

func secondsOf(n int32) time.Duration { return time.Duration(n) * time.Second }
