package directory

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A Group is a name that tokens of its members carry, with a role.
type Group struct {
	Name, Description string
	Role              string // an ARN; empty: none
	Precedence        *int32 // the lower, the more it says; nil: below all others
	Created, Modified time.Time
}

// A group is a Group with its members.
type group struct {
	Group
	members order // of subs
}

// mostGroups is how many groups a pool may have, and a user may be in (developer
// guide, "Quotas").
const mostGroups = 10_000

// AddGroup makes a group.
func (p *Pool) AddGroup(g Group) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.groups[g.Name] != nil:
		return wire.Errorf("GroupExistsException", "A group with the name already exists.")
	case len(p.groups) >= mostGroups:
		return wire.Errorf("LimitExceededException", "The user pool has as many groups as there may be.")
	}
	if p.groups == nil {
		p.groups = make(map[string]*group)
	}
	p.groups[g.Name] = &group{Group: g}
	p.keepGroup(g)
	return nil
}

// Group finds a group.
func (p *Pool) Group(name string) (Group, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	g, err := p.group(name)
	if err != nil {
		return Group{}, err
	}
	return g.Group, nil
}

func (p *Pool) group(name string) (*group, error) {
	if g := p.groups[name]; g != nil {
		return g, nil
	}
	return nil, wire.Errorf("ResourceNotFoundException", "Group not found.")
}

// Groups lists the groups in order of their names.
func (p *Pool) Groups() []Group {
	p.mu.RLock()
	defer p.mu.RUnlock()
	all := make([]Group, 0, len(p.groups))
	for _, g := range p.groups {
		all = append(all, g.Group)
	}
	slices.SortFunc(all, byName)
	return all
}

func byName(a, b Group) int { return strings.Compare(a.Name, b.Name) }

// UpdateGroup changes a group as one step.
func (p *Pool) UpdateGroup(name string, change func(*Group)) (Group, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, err := p.group(name)
	if err != nil {
		return Group{}, err
	}
	change(&g.Group)
	p.keepGroup(g.Group)
	return g.Group, nil
}

// RemoveGroup deletes a group, and with it all memberships.
func (p *Pool) RemoveGroup(name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, err := p.group(name)
	if err != nil {
		return err
	}
	for sub := range g.members.numbers {
		p.leave(sub, name)
	}
	delete(p.groups, name)
	p.keeper.Delete(keptGroup + p.ID + "/" + name)
	return nil
}

// Join puts a user into a group. One who is in it already stays.
func (p *Pool) Join(sub, name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, err := p.group(name)
	if err != nil {
		return err
	}
	u, ok := p.users[sub]
	switch {
	case !ok:
		return wire.UserNotFound
	case slices.Contains(u.groups, name):
		return nil
	}
	g.members.add(sub)
	u.groups = append(slices.Clip(u.groups), name)
	p.users[sub] = u
	p.keepUser(u)
	return nil
}

// Leave takes a user out of a group. One who is not in it stays out.
func (p *Pool) Leave(sub, name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, err := p.group(name)
	if err != nil {
		return err
	}
	g.members.remove(sub)
	p.leave(sub, name)
	return nil
}

// leave changes the user's side of a membership.
func (p *Pool) leave(sub, name string) {
	u, ok := p.users[sub]
	if !ok {
		return
	}
	u.groups = slices.DeleteFunc(slices.Clone(u.groups), func(have string) bool { return have == name })
	p.users[sub] = u
	p.keepUser(u)
}

// Memberships lists the groups of a user, those that say most first: in order of
// precedence, and of names where that is the same.
func (p *Pool) Memberships(sub string) []Group {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var of []Group
	for _, name := range p.users[sub].groups {
		of = append(of, p.groups[name].Group)
	}
	slices.SortFunc(of, func(a, b Group) int { return cmp.Or(cmp.Compare(a.rank(), b.rank()), byName(a, b)) })
	return of
}

func (g Group) rank() int64 {
	if g.Precedence == nil {
		return math.MaxInt64
	}
	return int64(*g.Precedence)
}

// Members returns one page of the members of a group, as [Pool.List] does.
func (p *Pool) Members(name, token string, limit int) (users []User, next string, err error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	g, err := p.group(name)
	if err != nil {
		return nil, "", err
	}
	return p.page(&g.members, token, limit, func(User) bool { return true })
}

// GroupsOf are the groups that tokens name, with the roles, and the preferred one:
// that of the lowest precedence, unless two groups of the same one have different
// roles (API reference, CreateGroup, Precedence). Groups without a role have no
// say. The lists are empty, not nil: triggers see them.
func (p *Pool) GroupsOf(u User) trigger.Groups {
	named := trigger.Groups{Names: []string{}, Roles: []string{}}
	var first Group
	for _, g := range p.Memberships(u.Sub) {
		named.Names = append(named.Names, g.Name)
		switch {
		case g.Role == "":
			continue
		case first.Role == "":
			first, named.Preferred = g, &g.Role
		case g.rank() == first.rank() && g.Role != first.Role:
			named.Preferred = nil
		}
		if !slices.Contains(named.Roles, g.Role) {
			named.Roles = append(named.Roles, g.Role)
		}
	}
	return named
}
