package directory

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/factor"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A Pool is one user pool as it is configured at one time. All values of one
// pool share its users.
type Pool struct {
	ID                string
	Name              string // the part of the id after "_", which SRP hashes
	Settings          Settings
	Created, Modified time.Time
	*state
}

// A state is what becomes of a pool by its use.
type state struct {
	Lockout factor.Lockout
	Limits  factor.Limits

	simulation []byte // the key that users who do not exist are made from

	mu    sync.RWMutex
	users map[string]User   // by sub
	names map[string]string // every name that signs in, to the sub
	order order             // of the subs
	// groups by name.
	groups map[string]*group
	keeper Keeper
}

func newPool(s Settings, k Keeper, now time.Time) *Pool {
	name := randomText(lowerDigits+upper, 9)
	return &Pool{
		ID: s.Region + "_" + name, Name: name, Settings: s, Created: now, Modified: now,
		state: newState([]byte(rand.Text()), k),
	}
}

func newState(simulation []byte, k Keeper) *state {
	return &state{simulation: simulation, users: make(map[string]User), names: make(map[string]string), keeper: k}
}

// Issuer returns the iss claim of the pool's tokens.
func (p *Pool) Issuer() string { return p.Settings.Issuer(p.ID) }

// Find returns the user that a name signs in: the canonical username, or what
// the pool takes instead of it.
func (p *Pool) Find(name string) (User, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	sub, ok := p.names[p.fold(name)]
	return p.users[sub], ok
}

// Get returns a user by sub.
func (p *Pool) Get(sub string) (User, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	u, ok := p.users[sub]
	return u, ok
}

// Size tells how many users there are.
func (p *Pool) Size() int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return len(p.users)
}

// Simulate makes up a user that does not exist: the same id and salt each time,
// and a password that nobody knows.
func (p *Pool) Simulate(name string) User {
	mac := hmac.New(sha256.New, p.simulation)
	mac.Write([]byte(p.fold(name)))
	seed := mac.Sum(nil)
	u := User{
		Username: p.fold(name), Sub: uuid(seed), Status: types.UserStatusTypeConfirmed,
		Verifier: factor.SimulatedVerifier(seed), Simulated: true,
	}
	if len(p.Settings.UsernameAttributes) > 0 {
		u.Username = u.Sub
	}
	return u
}

// NewUser prepares a user under the pool's rules for names, with a fresh sub.
// It is not in the pool before [Pool.Add].
func (p *Pool) NewUser(name string, attributes map[string]string) (User, error) {
	u := User{Sub: NewID()}
	u.Set(attributes)
	switch attribute := p.usernameAttribute(name); {
	case len(p.Settings.UsernameAttributes) == 0:
		if err := p.checkUsername(name); err != nil {
			return User{}, err
		}
		u.Username = p.fold(name)
	case attribute == "":
		return User{}, wire.InvalidParameter("Username should be %s.", p.wantedUsername())
	case u.Attributes[attribute] != "" && p.fold(u.Attributes[attribute]) != p.fold(name):
		return User{}, wire.InvalidParameter("Attribute value for %s must not differ from the username.", attribute)
	default:
		u.Username = u.Sub
		u.Set(map[string]string{attribute: p.fold(name)})
	}
	return u, p.CheckAttributes(u.Attributes)
}

// Add puts a new user into the pool. With takeAliases, it takes e-mail address
// and phone number from whoever had them as an alias.
func (p *Pool) Add(u User, takeAliases bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, taken := p.names[u.Username]; taken {
		return wire.UsernameExists
	}
	if err := p.claim(u, takeAliases); err != nil {
		if len(p.Settings.UsernameAttributes) > 0 {
			return wire.UsernameExists // the address is the username
		}
		return err
	}
	p.put(u)
	p.order.add(u.Sub)
	return nil
}

// Update changes a user as one step: what change is given is a copy, which
// replaces the user if it returns no error. change must not call the pool.
func (p *Pool) Update(sub string, change func(*User) error) (User, error) {
	return p.update(sub, false, change)
}

// UpdateTaking is Update, but takes aliases as Add does.
func (p *Pool) UpdateTaking(sub string, change func(*User) error) (User, error) {
	return p.update(sub, true, change)
}

func (p *Pool) update(sub string, takeAliases bool, change func(*User) error) (User, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old, ok := p.users[sub]
	if !ok {
		return User{}, wire.UserNotFound
	}
	u := old
	if err := change(&u); err != nil {
		return old, err
	}
	if err := p.claim(u, takeAliases); err != nil {
		return old, err
	}
	p.remove(old)
	p.put(u)
	return u, nil
}

// claim makes sure that nobody else has an alias of this user's. What can be taken
// is a proven address, and never the attribute that is a pool's username.
func (p *Pool) claim(u User, take bool) error {
	owners := make(map[string]User) // of each attribute
	for attribute, value := range p.Aliases(u) {
		sub, taken := p.names[p.fold(value)]
		if !taken || sub == u.Sub {
			continue
		}
		owner := p.users[sub]
		if !take || !owner.Verified(attribute) || len(p.Settings.UsernameAttributes) > 0 {
			return wire.Errorf("AliasExistsException", "An account with the %s already exists.", attribute)
		}
		owners[attribute] = owner
	}
	for attribute, owner := range owners {
		owner = p.users[owner.Sub] // another attribute may have changed it
		p.remove(owner)
		owner.Set(map[string]string{attribute + "_verified": "false"})
		p.put(owner)
	}
	return nil
}

func (p *Pool) remove(u User) {
	delete(p.users, u.Sub)
	for _, name := range p.namesOf(u) {
		delete(p.names, name)
	}
}

// Remove deletes a user.
func (p *Pool) Remove(sub string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	u, ok := p.users[sub]
	if !ok {
		return wire.UserNotFound
	}
	for _, name := range p.namesOf(u) {
		delete(p.names, name)
	}
	for _, name := range u.groups {
		p.groups[name].members.remove(sub)
	}
	delete(p.users, sub)
	p.order.remove(sub)
	p.keeper.Delete(keptUser + p.ID + "/" + sub)
	return nil
}

func (p *Pool) put(u User) {
	p.users[u.Sub] = u
	for _, name := range p.namesOf(u) {
		p.names[name] = u.Sub
	}
	p.keepUser(u)
}

// fold makes names equal that mean the same user.
func (p *Pool) fold(name string) string {
	if p.Settings.CaseSensitive {
		return name
	}
	return strings.ToLower(name)
}

const (
	lowerDigits = "abcdefghijklmnopqrstuvwxyz0123456789"
	upper       = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func randomText(alphabet string, n int) string {
	text := make([]byte, n)
	for i := range text {
		k, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		if err != nil {
			panic(err) // crypto/rand does not fail
		}
		text[i] = alphabet[k.Int64()]
	}
	return string(text)
}

// uuid shapes the hash of a seed as a version 4 UUID.
func uuid(seed []byte) string {
	b := sha256.Sum256(seed)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// NewID makes a UUID that nobody can guess.
func NewID() string { return uuid([]byte(rand.Text())) }
