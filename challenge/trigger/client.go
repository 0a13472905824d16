package trigger

import "strings"

// The public parameters that the [Handler] adds to those of a method. All are
// strings, as Cognito's parameters are.
const (
	// ParamMethod is the name of the method that asks.
	ParamMethod = "method"
	// ParamMethods lists, in the round that asks for a choice and in no other,
	// the names of the methods, separated by spaces. See [Methods].
	ParamMethods = "methods"
	// ParamAttemptsLeft is how many answers may still be given, this one
	// included, and ParamResendsLeft how often resending may still be asked for.
	ParamAttemptsLeft = "attemptsLeft"
	ParamResendsLeft  = "resendsLeft"
)

// What the client says in its metadata.
const (
	metaMethod = "method"
	metaAction = "action"
	resend     = "resend"
)

// Methods returns the names of the methods to choose from, of the public
// parameters of a challenge that asks for the choice; nil for those of others.
// Such a challenge is answered with any text, and with [Choose] as client
// metadata:
//
//	custom.Answer("choice").WithClientMetadata(trigger.Choose(methods[0]))
func Methods(parameters map[string]string) []string {
	if parameters[ParamMethods] == "" {
		return nil
	}
	return strings.Fields(parameters[ParamMethods])
}

// Choose makes the client metadata that chooses a method. It goes with the
// answer to the password, that is with the first call of an SRP sign-in, or
// with the answer to the challenge that asks for a choice. After that the
// method of the sign-in is settled.
func Choose(method string) map[string]string { return map[string]string{metaMethod: method} }

// Resend makes the client metadata that asks for the question to be sent
// again. The answer it goes with is not judged, whatever it is, and is no
// attempt. It may be asked for as often as [ParamResendsLeft] says; once more
// ends the sign-in.
func Resend() map[string]string { return map[string]string{metaAction: resend} }

func resending(metadata map[string]string) bool { return metadata[metaAction] == resend }
