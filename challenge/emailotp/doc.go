// Package emailotp asks for a code that was sent to the user's e-mail address,
// as a custom challenge of Amazon Cognito.
//
// In the Lambda function:
//
//	codes, err := emailotp.New(key, sender, store)
//	handler, err := trigger.New(key, store, []trigger.Method{codes})
//
// In the program that signs the user in, with a *challenge.Custom:
//
//	asked, err := emailotp.Parse(custom)
//	answer := asked.Answer(typed) // or asked.Resend()
//
// [Method] is the Lambda side, a trigger.Method: it sends through a [Sender], of
// which package emailotp/ses is one. [Parse] is the client's side: it makes a
// typed [Challenge] of the challenge that package auth returns. Importing the
// package brings no AWS client.
//
// A code is of 6 to 10 uniform digits, is good for ten minutes at most, once,
// and only for the user and the app client it was made for. Neither Cognito's
// session nor the [trigger.Store] ever holds it, only an HMAC of it under a key
// that stays in the functions. Wrong answers leave the code as it is; asking
// for resending makes another. Whoever does not exist sees the same, with an
// address that is made up.
//
// # When a mail is not sent
//
// After a mail there is none for the same user and client for a minute
// ([Options].Cooldown), and ten an hour at most. Within the minute, a sign-in
// begun anew, and a request to resend, ask for the code that was sent: so
// parallel sign-ins neither fill a mailbox nor make codes to guess at. It also
// is the answer to Cognito's repeating CreateAuthChallenge when the function
// takes more than five seconds: there is one mail, and its code is good.
//
// # What it is not
//
// E-mail is a weak second factor, and NIST (SP 800-63B, 5.1.3.1) does not take
// it for an out-of-band authenticator at all, since reading a mailbox may take
// no more than another password. OWASP's ASVS 5.0 (6.3.6) excludes it at level
// 3. Offer an authenticator app or a passkey first. If it is the second factor,
// it must not also reset the password: set the pool's account recovery to
// another channel.
package emailotp
