package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/cognitomfa/cognitomfa/auth"
	"github.com/cognitomfa/cognitomfa/examples/internal/show"
	"github.com/cognitomfa/cognitomfa/totp"
)

// A display shows the story to a person or to a machine.
type display interface {
	begins(poolID string)
	chapter(title string)
	note(text string)
	prompt(what string)
	call(auth.Call)
	enroll(totp.Enrollment) error
	claims(*auth.Claims) error
	failed(error)
}

// text is for a person.
type text struct{ w io.Writer }

func (d *text) begins(poolID string) {
	fmt.Fprintf(d.w, "A user pool inside this program: %s\n", poolID)
}

func (d *text) chapter(title string) { fmt.Fprintf(d.w, "\n== %s\n", title) }

func (d *text) note(s string) { fmt.Fprintf(d.w, "   %s\n", s) }

func (d *text) prompt(what string) { fmt.Fprintf(d.w, "   %s: ", what) }

func (d *text) call(c auth.Call) { show.Call(d.w, c) }

func (d *text) enroll(e totp.Enrollment) error {
	qr, err := e.Terminal()
	if err != nil {
		return err
	}
	fmt.Fprintf(d.w, "\n%s\n   scan it, or type %s\n\n", qr, e.Secret())
	return nil
}

func (d *text) claims(c *auth.Claims) error { return show.Claims(d.w, c) }

func (d *text) failed(err error) { fmt.Fprintf(d.w, "\n%v\n", err) }

// jsonLines is for a machine: an object per line, whose "event" is call, claims
// or error. The new secret is not shown.
type jsonLines struct{ out *json.Encoder }

func newJSONLines(w io.Writer) *jsonLines { return &jsonLines{json.NewEncoder(w)} }

func (*jsonLines) begins(string)  {}
func (*jsonLines) chapter(string) {}
func (*jsonLines) note(string)    {}
func (*jsonLines) prompt(string)  {}

func (d *jsonLines) call(c auth.Call) { d.out.Encode(show.CallEvent(c)) }

func (*jsonLines) enroll(totp.Enrollment) error { return nil }

func (d *jsonLines) claims(c *auth.Claims) error {
	event, err := show.ClaimsEvent(c)
	if err != nil {
		return err
	}
	return d.out.Encode(event)
}

func (d *jsonLines) failed(err error) {
	d.out.Encode(map[string]any{"event": "error", "message": err.Error()})
}
