package auth

import "time"

// A Call is one finished call to Cognito, as [Options].Observe sees it. Nothing
// in it is secret.
type Call struct {
	Operation string        // such as RespondToAuthChallenge
	Challenge string        // the challenge that was answered, or the AuthFlow asked for; else ""
	Next      string        // the challenge that Cognito answered with; "" if there is none
	Duration  time.Duration // resends and the waits between them included
	Attempts  int           // requests sent; 0 if none left, or if the API is not the AWS SDK's client
	RequestID string        // Cognito's, for a support case; "" if unknown
	Reason    error         // nil if the call succeeded, else one of this package's Err values
}
