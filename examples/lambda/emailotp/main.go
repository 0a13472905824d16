// Emailotp is a Lambda function that asks for a code sent by e-mail, after the
// password: the triggers DefineAuthChallenge, CreateAuthChallenge and
// VerifyAuthChallengeResponse of a user pool, and PreTokenGeneration where a guard
// is needed. The template beside it deploys it, and names its settings.
package main

import (
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
	"github.com/cognitomfa/cognitomfa/challenge/emailotp/ses"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/examples/lambda/internal/function"
)

func main() { function.Start(method) }

func method(s *function.Settings) function.Maker {
	sender, product := s.Text("EMAIL_SENDER"), s.Text("PRODUCT_NAME")
	length := s.Number("CODE_LENGTH")
	return func(b function.Backend) (trigger.Method, error) {
		mails, err := ses.New(sesv2.NewFromConfig(b.AWS), sender, func(o *ses.Options) { o.Product = product })
		if err != nil {
			return nil, err
		}
		return emailotp.New(b.Key, mails, b.Store, func(o *emailotp.Options) { o.Length = length })
	}
}
