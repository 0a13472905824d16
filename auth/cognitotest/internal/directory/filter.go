package directory

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A Filter is what ListUsers looks for. The zero Filter lets everybody through.
type Filter struct {
	attribute, value string
	prefix           bool // or else the whole value
}

// searchable are the attributes that there are indexes of (API reference,
// ListUsers, Filter).
var searchable = []string{
	"username", "email", "phone_number", "name", "given_name", "family_name", "preferred_username",
	"cognito:user_status", "status", "sub",
}

// filterForm is: a name, a sign, a value in quotes; in it a backslash
// stands before a quote or another backslash.
var filterForm = regexp.MustCompile(`^\s*([\w:]+)\s*(\^?=)\s*"((?:[^"\\]|\\["\\])*)"\s*$`)

// ParseFilter reads a filter. One for an attribute that has no index is refused.
func ParseFilter(text string) (Filter, error) {
	if strings.TrimSpace(text) == "" {
		return Filter{}, nil
	}
	parts := filterForm.FindStringSubmatch(text)
	switch {
	case parts == nil:
		return Filter{}, wire.InvalidParameter("Error while parsing filter")
	case !slices.Contains(searchable, parts[1]):
		return Filter{}, wire.InvalidParameter("Invalid search attribute: %s", parts[1])
	}
	value := strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(parts[3])
	return Filter{parts[1], value, parts[2] == "^="}, nil
}

// matches tells whether a user is looked for.
func (f Filter) matches(u User) bool {
	if f.attribute == "" {
		return true
	}
	have, want := u.searched(f.attribute), f.value
	if f.attribute == "cognito:user_status" {
		have, want = strings.ToLower(have), strings.ToLower(want)
	}
	if f.prefix {
		return strings.HasPrefix(have, want)
	}
	return have == want
}

// searched is a value under the name that filters have for it.
func (u *User) searched(name string) string {
	switch {
	case name == "username":
		return u.Username
	case name == "sub":
		return u.Sub
	case name == "cognito:user_status":
		return string(u.Status)
	case name == "status" && u.Disabled:
		return "Disabled"
	case name == "status":
		return "Enabled"
	}
	return u.Attributes[name]
}

// List returns one page of the users whom a filter looks for, in the order in
// which they were made, and the token of the next page; empty: there is none. A
// filter for one whole username or sub is not a search.
func (p *Pool) List(f Filter, token string, limit int) (users []User, next string, err error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if !f.prefix && (f.attribute == "username" || f.attribute == "sub") {
		u, ok := p.users[f.value]
		if f.attribute == "username" {
			u, ok = p.users[p.names[p.fold(f.value)]]
		}
		if ok && f.matches(u) {
			users = []User{u}
		}
		return users, "", nil
	}
	return p.page(&p.order, token, limit, f.matches)
}

// page reads one page of an order of subs. The pool is locked.
func (p *Pool) page(of *order, token string, limit int, want func(User) bool) (users []User, next string, err error) {
	subs, next, ok := of.page(token, limit, func(sub string) bool { return want(p.users[sub]) })
	if !ok {
		return nil, "", wire.InvalidParameter("Invalid pagination token.")
	}
	for _, sub := range subs {
		users = append(users, p.users[sub])
	}
	return users, next, nil
}
