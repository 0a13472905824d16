package main

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"
	"time"
)

// A page is what the frame around every page shows.
type page struct {
	Title    string
	Notice   *notice
	SignedIn bool
	Embedded bool      // the pool is inside this program
	Mailbox  []message // what it would have sent to this user
	Content  any       // the page's own
}

// A notice is a line above the page, told once.
type notice struct {
	Text string
	Bad  bool
}

// parsePages reads the templates: each page with the frame around it.
func parsePages() (map[string]*template.Template, error) {
	names, err := files.ReadDir("pages")
	if err != nil {
		return nil, err
	}
	pages := make(map[string]*template.Template)
	for _, f := range names {
		name := strings.TrimSuffix(f.Name(), path.Ext(f.Name()))
		if name == "frame" {
			continue
		}
		t, err := template.New("frame.html").Funcs(template.FuncMap{"clock": clock, "minutes": minutes, "count": count}).
			ParseFS(files, "pages/frame.html", "pages/"+f.Name())
		if err != nil {
			return nil, err
		}
		pages[name] = t
	}
	return pages, nil
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05 UTC") }

// minutes is the time left, in words.
func minutes(until time.Time) string {
	left := int(time.Until(until).Round(time.Minute) / time.Minute)
	switch {
	case left < 1:
		return "less than a minute"
	case left == 1:
		return "one minute"
	}
	return fmt.Sprintf("%d minutes", left)
}

// count puts a number before what it counts.
func count(n int, what string) string {
	if n == 1 {
		return "One " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// show writes a page. username, if known, is whose messages the pool inside this
// program shows.
func (s *site) show(w http.ResponseWriter, r *http.Request, status int, name, title, username string, content any) error {
	p := page{Title: title, Content: content, Embedded: s.pool.mailbox != nil}
	_, err := s.session(w, r)
	p.SignedIn = err == nil
	var told notice
	if forReader(r) && s.cookies.get(r, noticeCookie, &told) {
		p.Notice = &told
		s.cookies.clear(w, r, noticeCookie)
	}
	if s.pool.mailbox != nil && username != "" {
		p.Mailbox = s.pool.mailbox(username)
		p.Mailbox = p.Mailbox[:min(len(p.Mailbox), 3)]
	}
	// Into a buffer first: a page that fails half-way must not look whole.
	var b bytes.Buffer
	if err := s.pages[name].Execute(&b, p); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes()) // the browser is gone if it fails
	return nil
}

// tell has the next page say something.
func (s *site) tell(w http.ResponseWriter, r *http.Request, bad bool, text string) error {
	return s.cookies.put(w, r, noticeCookie, notice{text, bad}, time.Minute)
}

// forReader reports whether the reply is a page that somebody looks at. What a
// browser fetches by itself, such as an icon that is not there, must not take the
// line that the next page is to show.
func forReader(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "", "document":
		return true
	}
	return false
}
