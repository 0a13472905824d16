package auth_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// A verdict is what has to come of a request in trouble.
type verdict struct {
	sent   int   // how often it leaves
	reason error // of what the caller is told; nil if all goes well in the end
}

// A trouble is what can happen to a request. What comes of it depends on the
// request: one that spends an answer is sent once; one that spends nothing is
// resent by the SDK; and a few are made once more by this package, which can
// tell afterwards whether the first one counted.
type trouble struct {
	effect cognitotest.Effect
	times  int
	cancel bool // the caller gives up once the request was sent

	spends, free, repeated verdict
}

var (
	unknown = verdict{1, auth.ErrOutcomeUnknown}
	twice   = verdict{2, nil}
	harm    = func(effect cognitotest.Effect) trouble {
		return trouble{effect: effect, spends: unknown, free: twice, repeated: twice}
	}
	refusal = func(effect cognitotest.Effect, v verdict) trouble {
		return trouble{effect: effect, times: -1, spends: v, free: v, repeated: v}
	}
)

var troubles = map[string]trouble{
	"throttled":       refusal(cognitotest.Throttled, verdict{3, auth.ErrBackOff}),
	"limit exceeded":  refusal(cognitotest.LimitExceeded, verdict{1, auth.ErrLockedOut}),
	"throttled once":  {effect: cognitotest.Throttled, spends: twice, free: twice, repeated: twice},
	"fault before":    harm(cognitotest.InternalError),
	"fault after":     harm(cognitotest.InternalErrorAfter),
	"cut before":      harm(cognitotest.CutBefore),
	"cut after":       harm(cognitotest.CutAfter),
	"unreadable":      {effect: cognitotest.Unreadable, spends: unknown, free: verdict{1, auth.ErrMalformed}, repeated: twice},
	"cancelled":       {effect: cognitotest.Delayed, cancel: true, spends: unknown, free: verdict{1, auth.ErrBackOff}, repeated: unknown},
	"session expired": {effect: cognitotest.SessionExpired, spends: verdict{1, auth.ErrStartOver}, free: verdict{1, nil}, repeated: verdict{1, nil}},
}

// adminTroubles are those that the Admin operations meet with -short, one for each
// kind of end: they differ in how a request is made, not in what becomes of it.
var adminTroubles = []string{"throttled", "cut after", "session expired"}

// spending are the requests that may be applied once; repeated those of them
// that this package makes once more. InitiateAuth is one if it brings a session.
var (
	spending = []string{
		"RespondToAuthChallenge", "AdminRespondToAuthChallenge", "AssociateSoftwareToken", "VerifySoftwareToken",
		"SignUp", "ConfirmSignUp", "GlobalSignOut", "ForgetDevice",
	}
	repeated = []string{"ConfirmDevice", "GetTokensFromRefreshToken"}
)

// A place is a request of a flow and where it stands there.
type place struct {
	cognitotest.Call
	nth     int    // how many of its kind came before
	total   int    // how many of its kind the flow makes
	signIn  bool   // Begin or Respond made it
	answers bool   // Respond made it
	after   string // the operation before it within the same function; "" if it is the first
}

// verdict is what has to come of a trouble at this place.
func (tr trouble) verdict(f flow, p place) verdict {
	begins := strings.HasSuffix(p.Operation, "InitiateAuth")
	v := tr.free
	switch {
	case slices.Contains(repeated, p.Operation):
		v = tr.repeated
	case slices.Contains(spending, p.Operation), begins && f.once:
		v = tr.spends
	}
	passing := v.reason == auth.ErrBackOff || v.reason == auth.ErrOutcomeUnknown
	switch {
	case tr.effect == cognitotest.SessionExpired:
		return expired(p, v)
	case tr.effect == cognitotest.Unreadable && p.Operation == "ForgetDevice":
		return verdict{1, nil} // its reply has nothing to say, and the SDK does not read it
	case v.reason == auth.ErrOutcomeUnknown && p.answers && p.Step == "PASSWORD_VERIFIER":
		v.reason = auth.ErrStartOver // a proof that was used is no better than a wrong one
	case v.reason != nil && p.after == "VerifySoftwareToken":
		v.reason = auth.ErrStartOver // the authenticator is set up already
	case passing && p.answers && p.after != "" && p.Operation != "AssociateSoftwareToken":
		v.reason = auth.ErrStartOver // the answer before it is spent
	}
	return v
}

// expired is the verdict on a request whose session has expired, if it has one.
func expired(p place, v verdict) verdict {
	switch {
	case p.Step == "PASSWORD_VERIFIER":
		return verdict{1, auth.ErrCredentials} // Cognito has one text for all that is wrong with a proof
	case p.Step == "DEVICE_PASSWORD_VERIFIER" && p.answers:
		return verdict{1, auth.ErrDevice} // the same
	case p.Step == "DEVICE_PASSWORD_VERIFIER":
		return verdict{1, nil} // Begin goes on without the device
	case p.Operation == "ConfirmSignUp":
		return verdict{2, nil} // the code is good without the session
	case !p.signIn:
		return verdict{1, nil}
	}
	return v
}

// Every request of every flow meets every trouble. A request that spends an
// answer is sent once unless it cannot have been applied; the error is the right
// one; and who does what it says gets to the end all the same.
func TestFaults(t *testing.T) {
	t.Parallel()
	struck := make(map[string]bool)
	cases := 0
	t.Run("matrix", func(t *testing.T) {
		for name, f := range flowsUnderFault {
			for _, asAdmin := range f.ways() {
				way := name
				if asAdmin {
					way += ", by Admin"
				}
				for i, p := range f.places(t, way, asAdmin) {
					struck[p.Operation], struck[p.Step] = true, true
					for name, tr := range troubles {
						if testing.Short() && asAdmin && !slices.Contains(adminTroubles, name) {
							continue
						}
						if cases++; testing.Short() && cases%4 != 0 {
							continue // of each kind, some
						}
						t.Run(fmt.Sprintf("%s/%d %s %s/%s", way, i+1, p.Operation, p.Step, name), func(t *testing.T) {
							t.Parallel()
							strike(t, f, asAdmin, p, tr)
						})
					}
				}
			}
		}
	})
	complete(t, struck)
}

// places runs the flow without faults.
func (f flow) places(t *testing.T, name string, asAdmin bool) []place {
	t.Helper()
	p := f.start(t, asAdmin)
	before := len(p.Calls())
	if err := p.run(t.Context(), t); err != nil {
		t.Fatalf("%s without faults: %v", name, err)
	}
	calls := p.Calls()
	same := func(a cognitotest.Call) func(cognitotest.Call) bool {
		return func(b cognitotest.Call) bool { return a.Operation == b.Operation && a.Step == b.Step }
	}
	var places []place
	for i := before; i < len(calls); i++ {
		at := place{Call: calls[i]}
		for j := range calls {
			if same(calls[i])(calls[j]) {
				at.total++
				if j < i {
					at.nth++
				}
			}
		}
		for _, turn := range p.turns {
			if turn.calls <= i {
				at.signIn, at.answers, at.after = turn.signIn, turn.answers, ""
				if turn.calls < i {
					at.after = calls[i-1].Operation
				}
			}
		}
		places = append(places, at)
	}
	return places
}

func strike(t *testing.T, f flow, asAdmin bool, at place, tr trouble) {
	p := f.start(t, asAdmin)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	earlier := 0
	for _, c := range p.Calls() {
		if c.Operation == at.Operation && c.Step == at.Step {
			earlier++
		}
	}
	fault := cognitotest.Fault{Operation: at.Operation, Step: at.Step, Skip: at.nth - earlier, Times: tr.times, Effect: tr.effect}
	if tr.cancel {
		fault.Hold = func(ctx context.Context) { cancel(); <-ctx.Done() }
	}
	planted := p.Plant(fault)
	err := p.run(ctx, t)
	if planted.Struck() == 0 {
		t.Fatal("the fault did not strike")
	}
	planted.Remove()
	if err := planted.Wait(t.Context()); err != nil { // of what was cancelled the pool may be told late
		t.Fatal(err)
	}

	want := tr.verdict(f, at)
	sent, applied := 0, 0
	for _, c := range p.Calls() {
		if c.Operation == at.Operation && c.Step == at.Step {
			if sent++; c.Handled && c.Code == "" {
				applied++
			}
		}
	}
	others := at.nth
	if want.reason == nil {
		others = at.total - 1 // the flow went on to its end
	}
	if sent != others+want.sent {
		t.Errorf("sent %d times, want %d", sent-others, want.sent)
	}
	if slices.Contains(spending, at.Operation) && applied > others+1 {
		t.Errorf("applied %d times", applied-others)
	}
	if want.reason == nil {
		if err != nil {
			t.Fatalf("want success in the end, got %v", err)
		}
		return
	}
	p.goOn(t, wantReason(t, err, want.reason))
}

// notStruck are the operations that this package calls, and the challenges that
// there are, which meet no trouble, each with the reason.
var notStruck = map[string]string{
	"ADMIN_NO_SRP_AUTH challenge": "cannot be answered",
	"PASSWORD":                    "is sent with the choice, in SELECT_CHALLENGE; TestSecondCallOfAnAnswerFails answers it by its own name",
	"PASSWORD_SRP":                "the same",
}

// complete compares what was struck with what this package can call, by its own
// API interfaces, and with the challenges of the SDK's model.
func complete(t *testing.T, struck map[string]bool) {
	t.Helper()
	for _, c := range chores { // which TestSelfFaults strikes
		struck[c.operation] = true
	}
	want := operationsOf(t)
	for _, name := range types.ChallengeNameType("").Values() {
		want = append(want, string(name))
	}
	var missing []string
	for _, name := range want {
		if !struck[name] && notStruck[name] == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) != 0 {
		t.Errorf("no flow meets trouble at %v: add one to flowsUnderFault, or a reason to notStruck", missing)
	}
	for name, reason := range notStruck {
		if struck[name] {
			t.Errorf("%s is struck, and notStruck says of it: %s", name, reason)
		}
	}
}

// operationsOf reads the methods of the API interfaces from the package's source.
func operationsOf(t *testing.T) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), "api.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	operations := make(map[string]bool)
	ast.Inspect(parsed, func(n ast.Node) bool {
		if i, ok := n.(*ast.InterfaceType); ok {
			for _, m := range i.Methods.List {
				operations[m.Names[0].Name] = true
			}
		}
		return true
	})
	return slices.Sorted(maps.Keys(operations))
}

// The tables name operations of this package, each once.
func TestFaultTables(t *testing.T) {
	t.Parallel()
	all := operationsOf(t)
	seen := make(map[string]bool)
	for _, name := range slices.Concat(spending, repeated) {
		if !slices.Contains(all, name) || seen[name] {
			t.Errorf("%s stands twice, or is no operation of this package", name)
		}
		seen[name] = true
	}
	for _, name := range adminTroubles {
		if _, ok := troubles[name]; !ok {
			t.Errorf("there is no trouble %q", name)
		}
	}
}

// goOn does what the error says, until the flow is at its end.
func (p *play) goOn(t *testing.T, failure *auth.Error) {
	t.Helper()
	for range 4 {
		p.heed(failure)
		err := p.run(t.Context(), t)
		if err == nil {
			return
		}
		if !errors.As(err, &failure) {
			t.Fatal(err)
		}
		if !p.expects(failure) {
			t.Fatalf("going on: %v (cause: %v)", failure, failure.Err)
		}
	}
	t.Fatalf("four times on, and still %v", failure)
}
