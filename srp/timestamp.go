package srp

import "time"

// timestampLayout is Java's "EEE MMM d HH:mm:ss z yyyy" in English and UTC. The
// day is not padded and the hour runs from 00 to 23: Cognito formats what it has
// parsed again before it checks the signature, so any other spelling of the same
// time is answered with "Incorrect username or password."
const timestampLayout = "Mon Jan 2 15:04:05 UTC 2006"

// Timestamp returns t as Cognito's TIMESTAMP, in UTC whatever t's zone:
// "Tue May 6 00:09:40 UTC 2025". The form is that of the developer guide; see
// [RespondToAuthChallenge].
//
// [RespondToAuthChallenge]: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
func Timestamp(t time.Time) string {
	return string(appendTimestamp(nil, t))
}

func appendTimestamp(dst []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(dst, timestampLayout)
}
