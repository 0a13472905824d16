package directory

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"
)

// A ledger is a Keeper of which every state can be restored.
type ledger struct {
	mu     sync.Mutex
	values map[string]json.RawMessage
}

func (l *ledger) Put(key string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.values[key] = text
}

func (l *ledger) Delete(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.values, key)
}

// restored is a directory of what the ledger has.
func (l *ledger) restored(t *testing.T) *Directory {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var d Directory
	if err := d.Restore(l.values, func(string, *Settings) error { return nil }); err != nil {
		t.Errorf("what is kept cannot be restored: %v", err)
	}
	return &d
}

// A request that has found a pool goes on while another deletes it. What it changes
// must not be kept: the state would not open any more.
func TestDeletedPoolIsNotKept(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	l := &ledger{values: make(map[string]json.RawMessage)}
	var d Directory
	d.Keep(l)
	p, err := d.AddPool(Settings{Region: "us-east-1"}, now)
	if err != nil {
		t.Fatal(err)
	}
	ann, err := p.NewUser("ann", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Add(ann, false); err != nil {
		t.Fatal(err)
	}
	if err := d.DeletePool(p.ID); err != nil {
		t.Fatal(err)
	}
	bob, err := p.NewUser("bob", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, late := range map[string]func() error{
		"Add": func() error { return p.Add(bob, false) },
		"Update": func() error {
			_, err := p.Update(ann.Sub, func(u *User) error { u.SignedIn = true; return nil })
			return err
		},
		"AddGroup": func() error { return p.AddGroup(Group{Name: "g"}) },
	} {
		if err := late(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if l.restored(t); len(l.values) > 0 {
		t.Errorf("kept: %v", l.values)
	}
}

// Everything at once, and what is kept is what there is.
func TestKeptIsWhatThereIs(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	l := &ledger{values: make(map[string]json.RawMessage)}
	var d Directory
	d.Keep(l)
	stays, err := d.AddPool(Settings{Region: "us-east-1"}, now)
	if err != nil {
		t.Fatal(err)
	}
	goes, err := d.AddPool(Settings{Region: "us-east-1"}, now)
	if err != nil {
		t.Fatal(err)
	}
	var busy sync.WaitGroup
	for worker := range 8 {
		busy.Go(func() {
			for i := range 60 {
				for _, p := range []*Pool{stays, goes} {
					// Errors are of what another worker did first.
					group := fmt.Sprint("g", i%3)
					u, err := p.NewUser(fmt.Sprint("u", worker, "-", i%7), map[string]string{"email": fmt.Sprint("e", i%5, "@example.com")})
					if err != nil {
						t.Error(err)
						return
					}
					_ = p.Add(u, i%2 == 0)
					_ = p.AddGroup(Group{Name: group, Created: now})
					found, ok := p.Find(fmt.Sprint("u", (worker+1)%8, "-", i%7))
					if !ok {
						continue
					}
					_ = p.Join(found.Sub, group)
					_, _ = p.UpdateTaking(found.Sub, func(u *User) error {
						u.Set(map[string]string{"email_verified": "true", "nickname": fmt.Sprint(worker, i)})
						return nil
					})
					switch i % 6 {
					case 1:
						_ = p.Leave(found.Sub, group)
					case 2:
						_ = p.Remove(found.Sub)
					case 3:
						_ = p.RemoveGroup(group)
					}
					_ = p.Memberships(found.Sub)
					c, err := d.AddClient(p, ClientSettings{}, now)
					if err == nil && i%2 == 0 {
						_, _ = d.UpdateClient(p.ID, c.ID, now, func(s *ClientSettings) error { s.Name = "n"; return nil })
					} else if err == nil {
						_ = d.DeleteClient(p.ID, c.ID)
					}
				}
				_, _ = d.UpdatePool(stays.ID, now, func(s *Settings) error { s.Name = fmt.Sprint(worker, i); return nil })
				if worker == 0 && i == 40 {
					_ = d.DeletePool(goes.ID)
				}
			}
		})
	}
	busy.Wait()
	again := l.restored(t)
	was, err := d.Pool(stays.ID)
	if err != nil {
		t.Fatal(err)
	}
	is, err := again.Pool(stays.ID)
	if err != nil {
		t.Fatal(err)
	}
	shown := func(p *Pool, d *Directory) string {
		p.mu.RLock()
		defer p.mu.RUnlock()
		users := map[string]any{}
		for sub, u := range p.users {
			users[sub] = userRecord{u, u.groups}
		}
		members := map[string]int{}
		for name, g := range p.groups {
			members[name] = len(g.members.numbers)
		}
		text, err := json.Marshal([]any{users, p.names, members, len(d.Clients(p)), p.Settings.Name})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if a, b := shown(was, &d), shown(is, again); a != b {
		t.Errorf("there is\n%s\nand kept is\n%s", a, b)
	}
	if len(again.Pools()) != 1 || is.Size() == 0 {
		t.Errorf("%d pools, %d users", len(again.Pools()), is.Size())
	}
}
