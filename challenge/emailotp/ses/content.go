package ses

import (
	"fmt"
	htmltemplate "html/template"
	"strings"
	"text/template"
	"time"
	"unicode"

	"github.com/cognitomfa/cognitomfa/challenge/emailotp"
)

// Data is what the templates are executed with.
type Data struct {
	// Product is that of the Options, Code the code, Minutes its lifetime,
	// rounded down.
	Product, Code string
	Minutes       int

	message emailotp.Message
}

// Attribute returns an attribute of the user, such as {{.Attribute "locale"}}.
// It is what the user has put there: no link should be made of it.
func (d Data) Attribute(name string) string { return d.message.Attribute(name) }

// The mail says what to do with a code that nobody asked for: its arrival means
// that somebody has the password.
const (
	defaultSubject = `{{.Code}} is your code for {{.Product}}`

	defaultText = `Your code for {{.Product}} is

    {{.Code}}

It is good for {{.Minutes}} minutes. Nobody from {{.Product}} will ever ask you for it.
If you are not signing in just now, somebody else has your password: change it.
`

	defaultHTML = `<!DOCTYPE html>
<html lang="en"><body style="font-family:sans-serif">
<p>Your code for {{.Product}} is</p>
<p style="font-size:2em;letter-spacing:.15em"><b>{{.Code}}</b></p>
<p>It is good for {{.Minutes}} minutes. Nobody from {{.Product}} will ever ask you for it.</p>
<p>If you are not signing in just now, somebody else has your password: change it.</p>
</body></html>
`
)

// content holds the templates of a mail.
type content struct {
	subject, text *template.Template
	html          *htmltemplate.Template
}

// newContent parses the templates and tries them.
func newContent(o Options) (c content, err error) {
	if c.subject, err = template.New("subject").Parse(o.Subject); err != nil {
		return content{}, fmt.Errorf("ses: %w", err)
	}
	if c.text, err = template.New("text").Parse(o.Text); err != nil {
		return content{}, fmt.Errorf("ses: %w", err)
	}
	if c.html, err = htmltemplate.New("html").Parse(o.HTML); err != nil {
		return content{}, fmt.Errorf("ses: %w", err)
	}
	const code = "314159"
	subject, text, html, err := c.render(o.Product, emailotp.NewMessage("a@example.com", code, 5*time.Minute, nil))
	switch {
	case err != nil:
		return content{}, err
	case subject == "":
		return content{}, fmt.Errorf("ses: the subject is empty")
	case !strings.Contains(text, code) || !strings.Contains(html, code):
		return content{}, fmt.Errorf("ses: a body does not show the code")
	}
	return c, nil
}

// render makes the parts of a mail. An error names the template and its place,
// without the data.
func (c content) render(product string, m emailotp.Message) (subject, text, html string, err error) {
	data := Data{Product: product, Code: m.Code(), Minutes: int(m.Lifetime() / time.Minute), message: m}
	var s, t, h strings.Builder
	for _, part := range []struct {
		name    string
		execute func() error
	}{
		{"subject", func() error { return c.subject.Execute(&s, data) }},
		{"text", func() error { return c.text.Execute(&t, data) }},
		{"html", func() error { return c.html.Execute(&h, data) }},
	} {
		if part.execute() != nil {
			return "", "", "", fmt.Errorf("ses: the template of the %s does not execute", part.name)
		}
	}
	// A subject is a header: a line end in an attribute would end it.
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s.String()), t.String(), h.String(), nil
}
