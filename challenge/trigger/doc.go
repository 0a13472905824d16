// Package trigger is the Lambda side of Cognito's custom challenges: one
// Handler for the triggers DefineAuthChallenge, CreateAuthChallenge and
// VerifyAuthChallengeResponse, and the Method interface for what is asked.
package trigger
