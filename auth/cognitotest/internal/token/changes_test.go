package token

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest/internal/trigger"
)

// Whatever a function answers, it is refused or leaves the claims that are fixed,
// and what comes of it can be signed.
func FuzzChanges(f *testing.F) {
	seeds := []string{
		`null`, `{}`, `[]`, `{"claimsOverrideDetails":null}`, `{"claimsOverrideDetails":{"claimsToAddOrOverride":{"sub":"x","a":"b"},"claimsToSuppress":["aud","email"]}}`,
		`{"claimsOverrideDetails":{"groupOverrideDetails":{"groupsToOverride":["a"],"iamRolesToOverride":["r"],"preferredRole":"p"}}}`,
		`{"claimsAndScopeOverrideDetails":{"idTokenGeneration":{"claimsToAddOrOverride":{"a":{"b":[1]}}},"accessTokenGeneration":{"scopesToAdd":["s"," "],"scopesToSuppress":["t"]}}}`,
		`{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"claimsToAddOrOverride":{"scope":1},"scopesToAdd":["s"]},"groupOverrideDetails":null}}`,
	}
	if len(seeds) < 8 {
		f.Fatal("the seeds are gone")
	}
	for _, s := range seeds {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, response []byte, version2 bool) {
		c, err := changed(response, version2)
		if err != nil {
			return
		}
		before := make(map[string]any)
		for _, name := range fixed {
			before[name] = "fixed"
		}
		after := maps.Clone(before)
		after["scope"], after["email"] = Scope, "ann@example.com"
		apply(after, c.ID)
		apply(after, c.Access)
		if _, text := after["scope"].(string); !text {
			t.Errorf("the scopes became %v", after["scope"])
		}
		delete(after, "scope")
		delete(before, "scope")
		for name := range before {
			if !reflect.DeepEqual(after[name], before[name]) {
				t.Errorf("%s became %v", name, after[name])
			}
		}
		if c.Groups != nil {
			groupClaims(after, after, *c.Groups)
		}
		if _, err := json.Marshal(after); err != nil {
			t.Error(err)
		}
	})
}

// changed runs a function that gives this response.
func changed(response []byte, version2 bool) (Changes, error) {
	runner := trigger.Runner{Timeout: time.Minute, Configured: trigger.Configured{AccessTokens: version2}}
	runner.Functions = map[trigger.Name]trigger.Function{trigger.PreTokenGeneration: func(_ context.Context, event []byte) ([]byte, error) {
		var whole map[string]json.RawMessage
		if err := json.Unmarshal(event, &whole); err != nil {
			return nil, err
		}
		whole["response"] = response
		return json.Marshal(whole)
	}}
	env := trigger.Envelope{Source: trigger.TokenAuthentication}
	if version2 {
		var r trigger.PreTokenResponseV2
		if err := runner.Run(context.Background(), env, trigger.PreTokenRequest{}, &r); err != nil {
			return Changes{}, err
		}
		return ChangesV2(r)
	}
	var r trigger.PreTokenResponseV1
	if err := runner.Run(context.Background(), env, trigger.PreTokenRequest{}, &r); err != nil {
		return Changes{}, err
	}
	return ChangesV1(r)
}
