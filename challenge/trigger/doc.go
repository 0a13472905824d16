// Package trigger is the Lambda side of Amazon Cognito's custom challenges. A
// [Handler] serves the triggers DefineAuthChallenge, CreateAuthChallenge and
// VerifyAuthChallengeResponse; what is asked, a [Method] says:
//
//	handler, err := trigger.New(key, store, []trigger.Method{codes})
//	if err != nil {
//		return err
//	}
//	lambda.Start(handler)
//
// Methods are in the packages challenge/emailotp, challenge/duo and
// challenge/stepup, and are easily written: the example of a magic link is one,
// of a hundred lines. A [Store] remembers what outlives one sign-in;
// challenge/trigger/dynamo keeps it in DynamoDB.
//
// # What the Handler sees to
//
//   - Tokens are issued after a proven password and a right answer, in this
//     order: [Policy] is the whole of that decision, and fails closed.
//   - The method is settled in the first round, by the client's choice among
//     several, and stays: it travels in Cognito's session, under a MAC.
//   - Attempts are counted for each method by its own rounds, and wrong answers
//     for each user over all sign-ins. A request to resend is no attempt, has
//     a limit of its own, and its answer is never judged.
//   - Who does not exist is asked the same as who does, and gets no tokens.
//   - An event comes back byte for byte, with its response filled in.
//   - Errors tell the client nothing, and the log no secret. A panic of a
//     Method is an error like others.
//
// # What it cannot see to
//
// The client picks the flow: on an app client that allows USER_SRP_AUTH,
// USER_PASSWORD_AUTH or USER_AUTH, none of the triggers runs, and a password is
// enough. [CheckClient] finds such clients, and a [Guard] stands in where one
// cannot be avoided. Nor do these triggers run in managed login.
//
// Where the user has a second factor of the pool itself, Cognito asks for that
// after the password and, as has been observed, then not for ours
// (aws-amplify/amplify-js issue 3876): give users the one or the other.
package trigger
