// Package challenge has a type for each question that Amazon Cognito asks
// before it issues tokens, with one method that answers it: a wrong kind of
// answer does not compile.
//
// It makes no calls. Package auth's Begin, Respond and SignIn return the
// challenges; the application asks the user, makes the answer, and hands it
// back:
//
//	switch c := next.(type) {
//	case challenge.Code: // TOTP, SMS or e-mail
//		return c.Answer(typed), nil
//	case *challenge.NewPassword:
//		return c.Answer(password, nil), nil
//	…
//	}
//
// # What a challenge holds
//
// A challenge holds Cognito's session and the user's canonical name, and the
// one of [SetUpTOTP] the new TOTP secret; whoever has the value itself may
// answer it. It never holds a password or the app client's secret. None of it
// prints: fmt and log/slog show the challenge's name, encoding/json a public
// view that is meant for a front end, with the fields
//
//	type, name, expires               of every challenge
//	medium, destination               of sms_code and email_code
//	deviceName                        of totp_code
//	options                           of select_mfa, set_up_mfa and select_first_factor
//	requiredAttributes                of new_password
//	parameters                        of custom and password_verifier
//	credentialRequest                 of passkey
//
// These fields are stable: some may be added, none is renamed.
//
// # Keeping a challenge
//
// A [Sealer] makes a token of a challenge, for a cookie or a database. With a
// session of 1,600 characters, which is usual for Cognito, a token has
//
//	totp_code, sms_code, email_code        1,800 to 1,900 characters
//	select_mfa, set_up_mfa, set_up_totp    1,750 to 1,900
//	set_up_email, password, unknown        1,700 to 1,800
//	select_first_factor                    1,800
//	new_password                           2,000 and the user's attributes
//	custom, passkey, password_verifier     1,750 to 1,900, and their parameters
//
// and in parameters three characters become four. Browsers keep cookies of some
// 4,000 characters: what is larger is split over several, or kept on the server
// under a random name of which the browser gets the name. "go test
// ./challenge -run TestTokenSizes -v" prints the sizes.
//
// # Server input
//
// What the server sends is parsed strictly, by sizes and JSON types; what does
// not fit is a [MalformedError] and never a panic. A challenge whose name is
// new becomes an [Unknown].
package challenge
