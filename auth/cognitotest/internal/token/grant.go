package token

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"sync"
	"time"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// A Grant is what one completed sign-in allows: the tokens that were issued for
// it and the right to more of them, until it expires or is revoked.
type Grant struct {
	ID       string // the origin_jti of all its tokens
	ClientID string
	Sub      string
	Device   string    // the key of the device that signed in; empty: not tracked
	Began    time.Time // auth_time
	Expires  time.Time // of the refresh token, whichever of them is in use
}

// Grants are those of every sign-in. The zero Grants is ready for use.
type Grants struct {
	mu      sync.Mutex
	byID    map[string]*grant
	byToken map[handle]*refresh
	bySub   map[string]*grant // the newest of each user
	sweep   int               // how many tokens are worth a look for expired ones
	keeper  directory.Keeper  // nil: nobody
}

// A handle is the hash of a refresh token: nothing else is kept of it.
type handle [sha256.Size]byte

type grant struct {
	Grant
	revoked bool
	older   *grant // of the same user
}

type refresh struct {
	grant *grant
	until time.Time // of one that was replaced; zero: it is in use
}

const (
	// longestAccess is the longest validity of an access token: that long must
	// a grant be known whose refresh token has expired.
	longestAccess = 24 * time.Hour
	leastSweep    = 1024
)

// Begin makes the grant of a sign-in, gives it an id, and returns it with its
// refresh token.
func (g *Grants) Begin(of Grant, now time.Time) (Grant, string) {
	of.ID = directory.NewID()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byID == nil {
		g.init()
	}
	if len(g.byToken) >= g.sweep {
		g.forget(now)
	}
	kept := &grant{Grant: of}
	g.add(kept)
	g.keepGrant(kept)
	return of, g.issue(kept)
}

func (g *Grants) init() {
	g.byID, g.byToken, g.bySub = make(map[string]*grant), make(map[handle]*refresh), make(map[string]*grant)
	g.sweep = leastSweep
}

func (g *Grants) add(kept *grant) {
	g.byID[kept.ID] = kept
	kept.older, g.bySub[kept.Sub] = g.bySub[kept.Sub], kept
}

// forget drops the grants that nothing can be asked of any more.
func (g *Grants) forget(now time.Time) {
	var gone []string // after all their tokens, lest a crash leave a token without its grant
	for h, r := range g.byToken {
		if !now.Before(r.grant.Expires.Add(longestAccess)) {
			delete(g.byToken, h)
			g.dropToken(h)
			gone = append(gone, r.grant.ID)
		}
	}
	for _, id := range gone {
		if g.byID[id] != nil {
			delete(g.byID, id)
			g.dropGrant(id)
		}
	}
	clear(g.bySub)
	for _, kept := range g.byID {
		g.add(kept)
	}
	g.sweep = max(leastSweep, 2*len(g.byToken))
}

// issue makes a refresh token of a grant.
func (g *Grants) issue(of *grant) string {
	text := opaque()
	h := handle(sha256.Sum256([]byte(text)))
	g.byToken[h] = &refresh{grant: of}
	g.keepToken(h)
	return text
}

// Find returns the grant of a refresh token, usable or not.
func (g *Grants) Find(text string) (Grant, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.byToken[sha256.Sum256([]byte(text))]
	if r == nil {
		return Grant{}, false
	}
	return r.grant.Grant, true
}

// Use checks that a refresh token may be used now.
func (g *Grants) Use(text string, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, err := g.usable(text, now)
	return err
}

// Rotate uses a refresh token and replaces it by another of the same grant, and
// so of the same end. The old one goes on being usable for grace: a client whose
// reply was lost may ask again, and gets one more (API reference,
// RefreshTokenRotationType).
func (g *Grants) Rotate(text string, grace time.Duration, now time.Time) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, err := g.usable(text, now)
	if err != nil {
		return "", err
	}
	if r.until.IsZero() {
		r.until = now.Add(grace)
		g.keepToken(sha256.Sum256([]byte(text)))
	}
	return g.issue(r.grant), nil
}

func (g *Grants) usable(text string, now time.Time) (*refresh, error) {
	r := g.byToken[sha256.Sum256([]byte(text))]
	switch {
	case r == nil:
		return nil, wire.RefreshInvalid
	case r.grant.revoked:
		return nil, wire.RefreshRevoked
	case !now.Before(r.grant.Expires):
		return nil, wire.RefreshExpired
	case !r.until.IsZero() && !now.Before(r.until):
		return nil, wire.RefreshReused
	}
	return r, nil
}

// Revoke ends a grant.
func (g *Grants) Revoke(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if kept := g.byID[id]; kept != nil {
		g.revoke(kept)
	}
}

// SignOut ends every grant of a user.
func (g *Grants) SignOut(sub string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for kept := g.bySub[sub]; kept != nil; kept = kept.older {
		g.revoke(kept)
	}
}

func (g *Grants) revoke(of *grant) {
	if !of.revoked {
		of.revoked = true
		g.keepGrant(of)
	}
}

// Revoked tells whether the grant of a token was ended before its time.
func (g *Grants) Revoked(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	kept := g.byID[id]
	return kept != nil && kept.revoked
}

// opaque makes a refresh token. AWS's are encrypted JWTs that only the service
// can read, so that there need be nothing inside: five parts of a JWE in the
// lengths of real ones, about 1,800 characters, and random.
func opaque() string {
	parts := [][]byte{
		[]byte(`{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}`),
		make([]byte, 256), // the encrypted key
		make([]byte, 12),
		make([]byte, 1010),
		make([]byte, 16),
	}
	text := make([]string, len(parts))
	for i, part := range parts {
		if i > 0 {
			rand.Read(part)
		}
		text[i] = base64.RawURLEncoding.EncodeToString(part)
	}
	return strings.Join(text, ".")
}
