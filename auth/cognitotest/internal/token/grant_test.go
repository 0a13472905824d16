package token

import (
	"strings"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// Grants are forgotten when nothing can be asked of them: an access token that
// was issued at the last moment may outlive its refresh token by a day, and must
// be known as revoked until then.
func TestGrantsForget(t *testing.T) {
	t.Parallel()
	var g Grants
	now := time.Unix(1_800_000_000, 0)
	begin := func() (Grant, string) {
		return g.Begin(Grant{Sub: "ann", Expires: now.Add(time.Hour)}, now)
	}
	old, text := begin()
	g.Revoke(old.ID)
	fill := func() {
		for range leastSweep {
			begin()
		}
	}
	now = now.Add(time.Hour + longestAccess - time.Second)
	fill()
	if !g.Revoked(old.ID) {
		t.Error("forgotten a second early")
	}
	if err := g.Use(text, now); err != wire.RefreshRevoked {
		t.Errorf("got %v", err)
	}
	now = now.Add(time.Second)
	for range 2 * leastSweep {
		begin()
	}
	if _, known := g.Find(text); known || g.Revoked(old.ID) {
		t.Error("kept for ever")
	}
	if len(g.byID) != len(g.byToken) {
		t.Errorf("%d grants of %d tokens", len(g.byID), len(g.byToken))
	}
}

// What was never begun is not there, and the zero Grants has nothing.
func TestGrantsZero(t *testing.T) {
	t.Parallel()
	var g Grants
	g.Revoke("")
	g.SignOut("ann")
	if _, err := g.Rotate("text", 0, time.Now()); err != wire.RefreshInvalid || g.Revoked("") {
		t.Errorf("got %v", err)
	}
}

// A user is signed out of everything, and nobody else of anything, also when the
// grants of others were forgotten in between.
func TestSignOutOfMany(t *testing.T) {
	t.Parallel()
	var g Grants
	now := time.Unix(1_800_000_000, 0)
	begin := func(sub string, life time.Duration) Grant {
		made, _ := g.Begin(Grant{Sub: sub, Expires: now.Add(life)}, now)
		return made
	}
	var ann []Grant
	for range 10 {
		ann = append(ann, begin("ann", 1000*time.Hour))
		begin("ann", time.Hour)
	}
	bob := begin("bob", 1000*time.Hour)
	now = now.Add(time.Hour + longestAccess)
	for range leastSweep {
		begin("crowd", time.Hour)
	}
	if len(g.byID) >= leastSweep+21 {
		t.Fatal("nothing was forgotten")
	}
	g.SignOut("ann")
	for _, made := range ann {
		if !g.Revoked(made.ID) {
			t.Error("a sign-in of ann's is left")
		}
	}
	if g.Revoked(bob.ID) {
		t.Error("bob is signed out")
	}
}

// An eraser is a keeper that tells what is left after each deletion, as a crash
// would leave it.
type eraser struct {
	kept    map[string]bool
	deleted func(kept map[string]bool)
}

func (e *eraser) Put(key string, _ any) { e.kept[key] = true }
func (e *eraser) Delete(key string)     { delete(e.kept, key); e.deleted(e.kept) }

// However far the deletion of what has expired gets, no token is left without its
// grant: a state with one does not open.
func TestGrantsForgetInOrder(t *testing.T) {
	t.Parallel()
	var g Grants
	now := time.Unix(1_800_000_000, 0)
	broken := 0
	g.Keep(&eraser{kept: make(map[string]bool), deleted: func(kept map[string]bool) {
		grants, tokens := 0, 0
		for key := range kept {
			if strings.HasPrefix(key, keptGrant) {
				grants++
			} else {
				tokens++
			}
		}
		if grants == 0 && tokens > 0 {
			broken++
		}
	}})
	_, text := g.Begin(Grant{Sub: "ann", Expires: now.Add(time.Hour)}, now)
	for range 9 {
		next, err := g.Rotate(text, time.Minute, now)
		if err != nil {
			t.Fatal(err)
		}
		text = next
	}
	g.mu.Lock()
	g.forget(now.Add(time.Hour + longestAccess))
	g.mu.Unlock()
	if len(g.byID) > 0 || len(g.byToken) > 0 || broken > 0 {
		t.Errorf("%d grants and %d tokens are left; %d times a crash would have left tokens alone", len(g.byID), len(g.byToken), broken)
	}
}
