package token

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/wire"
)

// Changes are what PreTokenGeneration makes of the tokens of a sign-in. The zero
// Changes change nothing.
type Changes struct {
	ID, Access trigger.TokenChanges
	Groups     *trigger.Groups // nil: those that the user has
}

// ChangesV1 are those of an event of version 1, which is about ID tokens and, for
// the groups alone, access tokens.
func ChangesV1(r trigger.PreTokenResponseV1) (Changes, error) {
	d := r.Details
	if d == nil {
		return Changes{}, nil
	}
	groups, err := readGroups(d.Groups)
	id := trigger.TokenChanges{Add: make(map[string]any, len(d.Add)), Suppress: d.Suppress}
	for name, value := range d.Add {
		id.Add[name] = value
	}
	return Changes{ID: id, Groups: groups}, err
}

// ChangesV2 are those of an event of version 2.
func ChangesV2(r trigger.PreTokenResponseV2) (Changes, error) {
	d := r.Details
	if d == nil {
		return Changes{}, nil
	}
	groups, err := readGroups(d.Groups)
	c := Changes{Groups: groups}
	if d.ID != nil {
		c.ID = *d.ID
	}
	if d.Access != nil {
		c.Access = *d.Access
	}
	return c, err
}

// readGroups tells null and an empty object, which take the groups away, from
// nothing, which leaves them (developer guide, "Pre token generation Lambda
// trigger", groupOverrideDetails).
func readGroups(raw json.RawMessage) (*trigger.Groups, error) {
	if raw == nil {
		return nil, nil
	}
	groups := new(trigger.Groups)
	if !bytes.Equal(raw, []byte("null")) && json.Unmarshal(raw, groups) != nil {
		return nil, wire.LambdaOutput
	}
	return groups, nil
}

// fixed are the claims that no function changes (the same page, of both tokens),
// and neither any that begins with "cognito:" or "dev:": the groups have their own
// member, and so have the scopes.
var fixed = strings.Fields(`acr amr at_hash aud auth_time azp client_id device_key event_id exp iat identities iss
	jti nbf nonce origin_jti scope sub token_use username version`)

func mayChange(claim string) bool {
	return !slices.Contains(fixed, claim) && !strings.HasPrefix(claim, "cognito:") && !strings.HasPrefix(claim, "dev:")
}

// apply changes the claims of one token. What is both added and suppressed is
// suppressed.
func apply(claims map[string]any, c trigger.TokenChanges) {
	for name, value := range c.Add {
		if mayChange(name) {
			claims[name] = value
		}
	}
	if text, ok := claims["scope"].(string); ok {
		claims["scope"] = strings.Join(scopes(strings.Fields(text), c), " ")
	}
	for _, name := range c.Suppress {
		if mayChange(name) {
			delete(claims, name)
		}
	}
}

func scopes(before []string, c trigger.TokenChanges) []string {
	after := slices.DeleteFunc(before, func(s string) bool { return slices.Contains(c.SuppressScopes, s) })
	for _, s := range c.AddScopes {
		if !slices.Contains(after, s) && !slices.Contains(c.SuppressScopes, s) {
			after = append(after, s)
		}
	}
	return after
}

// groupClaims writes the groups into both tokens; the roles are the ID token's
// alone.
func groupClaims(id, access map[string]any, g trigger.Groups) {
	if len(g.Names) > 0 {
		id["cognito:groups"], access["cognito:groups"] = g.Names, g.Names
	}
	if len(g.Roles) > 0 {
		id["cognito:roles"] = g.Roles
	}
	if g.Preferred != nil {
		id["cognito:preferred_role"] = *g.Preferred
	}
}
