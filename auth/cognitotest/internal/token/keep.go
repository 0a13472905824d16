package token

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/directory"
)

// The kinds of keys under which grants, refresh tokens and signing keys are kept.
const (
	keptGrant  = "grant/"
	keptToken  = "refresh/" // with the hash of the token, in hexadecimal
	keptKeySet = "keys"
)

type (
	grantRecord struct {
		Grant
		Revoked bool `json:",omitempty"`
	}
	tokenRecord struct {
		Grant string
		Until time.Time `json:",omitzero"` // of one that was replaced
	}
)

// Keep has every change from now on told to a keeper. It must be called before the
// first sign-in.
func (g *Grants) Keep(k directory.Keeper) { g.keeper = k }

func (g *Grants) keepGrant(of *grant) {
	if g.keeper != nil {
		g.keeper.Put(keptGrant+of.ID, grantRecord{of.Grant, of.revoked})
	}
}

func (g *Grants) keepToken(h handle) {
	if g.keeper != nil {
		r := g.byToken[h]
		g.keeper.Put(keptToken+hex.EncodeToString(h[:]), tokenRecord{r.grant.ID, r.until})
	}
}

func (g *Grants) dropToken(h handle) {
	if g.keeper != nil {
		g.keeper.Delete(keptToken + hex.EncodeToString(h[:]))
	}
}

func (g *Grants) dropGrant(id string) {
	if g.keeper != nil {
		g.keeper.Delete(keptGrant + id)
	}
}

// Restore fills empty grants with what a keeper was told, by key; other keys are
// not their own.
func (g *Grants) Restore(values map[string]json.RawMessage) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.init()
	for key, value := range values {
		if !strings.HasPrefix(key, keptGrant) {
			continue
		}
		var r grantRecord
		if err := json.Unmarshal(value, &r); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		g.add(&grant{Grant: r.Grant, revoked: r.Revoked})
	}
	for key, value := range values {
		text, ok := strings.CutPrefix(key, keptToken)
		if !ok {
			continue
		}
		var r tokenRecord
		raw, err := hex.DecodeString(text)
		if err == nil {
			err = json.Unmarshal(value, &r)
		}
		switch of := g.byID[r.Grant]; {
		case err != nil:
			return fmt.Errorf("%s: %w", key, err)
		case len(raw) != sha256.Size || of == nil:
			return fmt.Errorf("%s: not a token of a grant", key)
		default:
			g.byToken[handle(raw)] = &refresh{grant: of, until: r.Until}
		}
	}
	return nil
}

// RestoreKeys makes the signing keys that a keeper was told those of this process,
// so that tokens go on being good over a restart; if there are none, those of this
// process are told. Pools of one process share the keys, so programs with a state
// have one pool.
func RestoreKeys(values map[string]json.RawMessage, k directory.Keeper) error {
	value, ok := values[keptKeySet]
	if !ok {
		now := current()
		k.Put(keptKeySet, []jose.JSONWebKey{now.id, now.access})
		return nil
	}
	var kept []jose.JSONWebKey
	if err := json.Unmarshal(value, &kept); err != nil || len(kept) != 2 || !kept[0].Valid() || !kept[1].Valid() {
		return fmt.Errorf("%s: not two signing keys", keptKeySet)
	}
	replaced.Store(&keys{kept[0], kept[1]})
	return nil
}
