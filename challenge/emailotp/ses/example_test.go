package ses_test

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/cognitomfa/cognitomfa/challenge/emailotp/ses"
)

// In a Lambda function the client comes of the function's own configuration,
// sesv2.NewFromConfig. The templates choose a language by the user's locale.
func ExampleNew() {
	client := sesv2.New(sesv2.Options{Region: "eu-west-1"})
	_, err := ses.New(client, "Example <no-reply@example.com>", func(o *ses.Options) {
		o.Product = "Example"
		o.Subject = `{{if eq (.Attribute "locale") "fr"}}Votre code{{else}}Your code{{end}}: {{.Code}}`
	})
	fmt.Println(err)

	_, err = ses.New(client, "no-reply@example.com", func(o *ses.Options) { o.Text = "Welcome back!" })
	fmt.Println(err)
	// Output:
	// <nil>
	// ses: a body does not show the code
}
