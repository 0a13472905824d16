package directory

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A Keeper is told of every change, under the locks that order the changes, so
// that what it is told last is what there is. It must not call back.
type Keeper interface {
	Put(key string, value any) // value is read before Put returns
	Delete(key string)
}

// nobody keeps nothing.
type nobody struct{}

func (nobody) Put(string, any) {}
func (nobody) Delete(string)   {}

// Keep has every change from now on told to a Keeper. It must be called before
// there are pools.
func (d *Directory) Keep(k Keeper) { d.keeper = k }

func (d *Directory) keeping() Keeper {
	if d.keeper == nil {
		return nobody{}
	}
	return d.keeper
}

// The kinds of keys. The parts that follow have no slash in them but the last.
const (
	keptPool   = "pool/"
	keptClient = "client/"
	keptGroup  = "group/"
	keptUser   = "user/"
)

// What is kept of each. A pool's functions are not: their ARNs are.
type (
	poolRecord struct {
		Name              string
		Settings          Settings
		Created, Modified time.Time
		Simulation        []byte
	}
	clientRecord struct {
		Pool              string
		Created, Modified time.Time
		Settings          ClientSettings
	}
	userRecord struct {
		User
		Groups []string
	}
)

func (d *Directory) keepPool(p *Pool) {
	d.keeping().Put(keptPool+p.ID, poolRecord{p.Name, p.Settings, p.Created, p.Modified, p.simulation})
}

func (d *Directory) keepClient(c *Client) {
	d.keeping().Put(keptClient+c.ID, clientRecord{c.Pool.ID, c.Created, c.Modified, c.ClientSettings})
}

func (p *Pool) keepGroup(g Group) { p.keeper.Put(keptGroup+p.ID+"/"+g.Name, g) }

// keepUser keeps a user without the codes that are on their way: who restarts a
// pool in the middle of a sign-up has another one sent.
func (p *Pool) keepUser(u User) {
	u.SignUpCode, u.SignUpCodeExpires, u.Reset, u.Proofs, u.Passkey = "", time.Time{}, Code{}, nil, nil
	p.keeper.Put(keptUser+p.ID+"/"+u.Sub, userRecord{u, u.groups})
}

// forgetAll deletes what is kept of a pool's users and groups. What requests that
// have found the pool before do to it from here on is not kept: nothing could be
// restored of what belongs to no pool.
func (p *Pool) forgetAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for sub := range p.users {
		p.keeper.Delete(keptUser + p.ID + "/" + sub)
	}
	for name := range p.groups {
		p.keeper.Delete(keptGroup + p.ID + "/" + name)
	}
	p.keeper = nobody{}
}

// Restore fills an empty directory with what a Keeper was told, by key; other keys
// are not its own. revive completes the settings of a pool with what cannot be
// kept.
func (d *Directory) Restore(values map[string]json.RawMessage, revive func(poolID string, s *Settings) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pools, d.clients = make(map[string]*Pool), make(map[string]*Client)
	// Pools before what belongs to them, and users in the order in which they
	// came: by time, as far as it tells.
	for _, restore := range []func(key string, value json.RawMessage) error{
		func(key string, value json.RawMessage) error { return d.restorePool(key, value, revive) },
		d.restoreClient, d.restoreGroup,
	} {
		for _, key := range slices.Sorted(maps.Keys(values)) {
			if err := restore(key, values[key]); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		}
	}
	return d.restoreUsers(values)
}

func (d *Directory) restorePool(key string, value json.RawMessage, revive func(string, *Settings) error) error {
	id, ok := strings.CutPrefix(key, keptPool)
	if !ok {
		return nil
	}
	var r poolRecord
	if err := json.Unmarshal(value, &r); err != nil {
		return err
	}
	if err := revive(id, &r.Settings); err != nil {
		return err
	}
	d.pools[id] = &Pool{
		ID: id, Name: r.Name, Settings: r.Settings, Created: r.Created, Modified: r.Modified,
		state: newState(r.Simulation, d.keeping()),
	}
	return nil
}

func (d *Directory) restoreClient(key string, value json.RawMessage) error {
	id, ok := strings.CutPrefix(key, keptClient)
	if !ok {
		return nil
	}
	var r clientRecord
	if err := json.Unmarshal(value, &r); err != nil {
		return err
	}
	p := d.pools[r.Pool]
	if p == nil {
		return fmt.Errorf("there is no pool %q", r.Pool)
	}
	d.clients[id] = &Client{ID: id, Pool: p, Created: r.Created, Modified: r.Modified, ClientSettings: r.Settings}
	return nil
}

// poolOf finds the pool of a key of a kind, and returns what follows in the key;
// no pool, and no error, if the key is of another kind.
func (d *Directory) poolOf(kind, key string) (p *Pool, rest string, err error) {
	of, ok := strings.CutPrefix(key, kind)
	if !ok {
		return nil, "", nil
	}
	id, rest, _ := strings.Cut(of, "/")
	if p = d.pools[id]; p == nil {
		return nil, "", fmt.Errorf("there is no pool %q", id)
	}
	return p, rest, nil
}

func (d *Directory) restoreGroup(key string, value json.RawMessage) error {
	p, name, err := d.poolOf(keptGroup, key)
	if p == nil || err != nil {
		return err
	}
	var g Group
	if err := json.Unmarshal(value, &g); err != nil {
		return err
	}
	if p.groups == nil {
		p.groups = make(map[string]*group)
	}
	p.groups[name] = &group{Group: g}
	return nil
}

func (d *Directory) restoreUsers(values map[string]json.RawMessage) error {
	type restored struct {
		pool *Pool
		user User
	}
	var all []restored
	for key, value := range values {
		p, _, err := d.poolOf(keptUser, key)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if p == nil {
			continue
		}
		var r userRecord
		if err := json.Unmarshal(value, &r); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		r.User.groups = r.Groups
		all = append(all, restored{p, r.User})
	}
	slices.SortFunc(all, func(a, b restored) int {
		if c := a.user.Created.Compare(b.user.Created); c != 0 {
			return c
		}
		return strings.Compare(a.user.Sub, b.user.Sub)
	})
	for _, r := range all {
		r.pool.users[r.user.Sub] = r.user
		for _, name := range r.pool.namesOf(r.user) {
			r.pool.names[name] = r.user.Sub
		}
		r.pool.order.add(r.user.Sub)
		for _, name := range r.user.groups {
			if g := r.pool.groups[name]; g != nil {
				g.members.add(r.user.Sub)
			}
		}
	}
	return nil
}
