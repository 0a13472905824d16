// Package idptest has identity providers to test against and to try examples
// with: Duo's Universal Prompt, an OpenID Connect provider, and 1Kosmos BlockID.
// They check what is sent to them as the real ones document it, sign for real,
// and ask their users for consent on a small page, which a person can click and
// [Visit] can drive.
//
// They know no passwords: whoever opens the page may be any of their users. They
// are for tests and for programs on one machine.
package idptest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"
)

// A visit is a user on the page, on the way from a client and back to it.
type visit struct {
	Provider string
	Users    []string // who the visitor may be; the first is preselected
	redirect string
	state    string
	code     string // the name of the redirect's parameter
	extra    url.Values
	grant    func(user string) any // what the code stands for
}

// desk keeps the visits under way, and the codes not yet redeemed.
type desk struct {
	mu     sync.Mutex
	visits map[string]visit
	codes  map[string]any
}

// maxKept bounds what is kept of visitors who never come back.
const maxKept = 10000

func keep[V any](m *map[string]V, v V) string {
	if *m == nil || len(*m) >= maxKept {
		*m = make(map[string]V)
	}
	id := rand.Text()
	(*m)[id] = v
	return id
}

var page = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{.Provider}}, simulated</title>
<h1>{{.Provider}}, simulated</h1>
<form method="post">
<input type="hidden" name="visit" value="{{.ID}}">
<p><label>You are <select name="user" id="user">{{range .Users}}<option>{{.}}</option>{{end}}</select></label></p>
<p><button name="decision" value="allow" id="allow">It is me</button> <button name="decision" value="deny" id="deny">Deny</button></p>
</form>
`))

// receive shows the page of a new visit.
func (d *desk) receive(w http.ResponseWriter, v visit) {
	d.mu.Lock()
	id := keep(&d.visits, v)
	d.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	page.Execute(w, struct {
		visit
		ID string
	}{v, id}) // the browser is gone if it fails
}

// decide takes the page's form and sends the browser back.
func (d *desk) decide(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, ok := d.visits[r.PostFormValue("visit")]
	user := r.PostFormValue("user")
	if !ok || !slices.Contains(v.Users, user) {
		http.Error(w, "no such visit", http.StatusBadRequest)
		return
	}
	delete(d.visits, r.PostFormValue("visit"))
	u, err := url.Parse(v.redirect)
	if err != nil {
		http.Error(w, "no such redirect URI", http.StatusBadRequest)
		return
	}
	q := u.Query()
	q.Set("state", v.state)
	for k, values := range v.extra {
		q[k] = values
	}
	if r.PostFormValue("decision") == "allow" {
		q.Set(v.code, keep(&d.codes, v.grant(user)))
	} else {
		q.Set("error", "access_denied")
	}
	u.RawQuery = q.Encode()
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

// redeem takes a code, once.
func (d *desk) redeem(code string) (grant any, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	grant, ok = d.codes[code]
	delete(d.codes, code)
	return grant, ok
}

// A Visitor says who opens the page and what they do there.
type Visitor struct {
	// User is one of the provider's; the preselected one if empty.
	User string
	// Deny presses the other button.
	Deny bool
}

var (
	visitID  = regexp.MustCompile(`name="visit" value="([^"]+)"`)
	selected = regexp.MustCompile(`<option>([^<]+)</option>`)
)

// Visit opens the page at an address as a browser would, decides, and returns
// where the browser is sent, without going there.
func Visit(ctx context.Context, client *http.Client, address string, who Visitor) (*url.URL, error) {
	staying := *client
	staying.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	form, err := open(ctx, &staying, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	defer form.Body.Close()
	body, err := io.ReadAll(form.Body)
	if err != nil {
		return nil, err
	}
	id, user := visitID.FindSubmatch(body), selected.FindSubmatch(body)
	if form.StatusCode != http.StatusOK || id == nil || user == nil {
		return nil, fmt.Errorf("idptest: no page, but status %d: %.200s", form.StatusCode, body)
	}
	fields := url.Values{"visit": {string(id[1])}, "user": {html.UnescapeString(string(user[1]))}, "decision": {"allow"}}
	if who.User != "" {
		fields.Set("user", who.User)
	}
	if who.Deny {
		fields.Set("decision", "deny")
	}
	res, err := open(ctx, &staying, http.MethodPost, address, fields)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		return nil, errors.New("idptest: the page sent the browser nowhere")
	}
	return res.Location()
}
