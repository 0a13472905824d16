package cognitotest_test

import (
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// What PreTokenGeneration makes of both tokens, by its answer. Only what changes is
// listed; nil is a claim that is gone.
func TestPreTokenGeneration(t *testing.T) {
	t.Parallel()
	const everything = `"acr":"x","aud":"x","cognito:username":"x","cognito:anything":"x","exp":1,"iss":"x","jti":"x","origin_jti":"x","sub":"x","token_use":"x"`
	type changes map[string]any
	for name, row := range map[string]struct {
		version2   bool
		response   string
		refused    bool
		id, access changes
	}{
		"nothing":       {false, `{"claimsOverrideDetails":null}`, false, nil, nil},
		"no details":    {false, `{}`, false, nil, nil},
		"empty details": {false, `{"claimsOverrideDetails":{}}`, false, nil, nil},
		"adds": {false, `{"claimsOverrideDetails":{"claimsToAddOrOverride":{"tier":"gold","email":"x@example.com"}}}`, false,
			changes{"tier": "gold", "email": "x@example.com"}, nil},
		"suppresses": {false, `{"claimsOverrideDetails":{"claimsToSuppress":["email","nobody"]}}`, false, changes{"email": nil}, nil},
		"both adds and suppresses": {false, `{"claimsOverrideDetails":{"claimsToAddOrOverride":{"email":"x@example.com"},"claimsToSuppress":["email"]}}`,
			false, changes{"email": nil}, nil},
		"what is fixed":     {false, `{"claimsOverrideDetails":{"claimsToAddOrOverride":{"acr":"x","sub":"x","cognito:groups":"x"},"claimsToSuppress":["sub","aud"]}}`, false, nil, nil},
		"groups":            {false, `{"claimsOverrideDetails":{"groupOverrideDetails":{"groupsToOverride":["a","b"],"iamRolesToOverride":["arn:r"],"preferredRole":"arn:p"}}}`, false, changes{"cognito:groups": []any{"a", "b"}, "cognito:roles": []any{"arn:r"}, "cognito:preferred_role": "arn:p"}, changes{"cognito:groups": []any{"a", "b"}}},
		"no groups":         {false, `{"claimsOverrideDetails":{"groupOverrideDetails":null}}`, false, nil, nil},
		"a number in V1":    {false, `{"claimsOverrideDetails":{"claimsToAddOrOverride":{"tier":1}}}`, true, nil, nil},
		"groups as a list":  {false, `{"claimsOverrideDetails":{"groupOverrideDetails":[]}}`, true, nil, nil},
		"details as a list": {false, `{"claimsOverrideDetails":[]}`, true, nil, nil},
		"V2's answer in V1": {false, `{"claimsAndScopeOverrideDetails":{"idTokenGeneration":{"claimsToAddOrOverride":{"tier":"gold"}}}}`, false, nil, nil},

		"V2: nothing": {true, `{"claimsAndScopeOverrideDetails":null}`, false, nil, nil},
		"V2: both tokens": {true, `{"claimsAndScopeOverrideDetails":{
			"idTokenGeneration":{"claimsToAddOrOverride":{"tier":{"n":1}},"claimsToSuppress":["email"]},
			"accessTokenGeneration":{"claimsToAddOrOverride":{"admin":true,"teams":["a","b"]},"scopesToAdd":["orders:read","orders:read"],"scopesToSuppress":["none"]}}}`, false,
			changes{"tier": map[string]any{"n": 1.0}, "email": nil},
			changes{"admin": true, "teams": []any{"a", "b"}, "scope": "aws.cognito.signin.user.admin orders:read"}},
		"V2: scopes taken away": {true, `{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":["a"],"scopesToSuppress":["aws.cognito.signin.user.admin"]}}}`,
			false, nil, changes{"scope": "a"}},
		"V2: groups":            {true, `{"claimsAndScopeOverrideDetails":{"groupOverrideDetails":{"groupsToOverride":["a"]}}}`, false, changes{"cognito:groups": []any{"a"}}, changes{"cognito:groups": []any{"a"}}},
		"V2: what is fixed":     {true, `{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"claimsToAddOrOverride":{` + everything + `,"username":"x","client_id":"x"},"claimsToSuppress":["client_id","username"]},"idTokenGeneration":{"claimsToAddOrOverride":{` + everything + `}}}}`, false, nil, nil},
		"V2: scopes are a text": {true, `{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":"a b"}}}`, true, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var j journal
			triggers := cognitotest.Triggers{PreTokenGeneration: j.trigger, AccessTokens: row.version2}
			d := drive(t, cognitotest.Config{Triggers: triggers})
			d.pool.AddUser(cognitotest.User{Username: "ann", Password: password, Attributes: map[string]string{"email": "ann@example.com"}})
			before := must[*cip.InitiateAuthOutput](t)(d.byPassword("ann", password)).AuthenticationResult
			j.set("TokenGeneration_Authentication", row.response)
			out, err := d.byPassword("ann", password)
			if row.refused {
				wantError(t, err, lambdaOutput, unrecognizable)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			after := out.AuthenticationResult
			for _, token := range []struct {
				name          string
				before, after *string
				changes       changes
			}{{"ID", before.IdToken, after.IdToken, row.id}, {"access", before.AccessToken, after.AccessToken, row.access}} {
				want := claims(t, token.before)
				for claim, value := range token.changes {
					if want[claim] = value; value == nil {
						delete(want, claim)
					}
				}
				got := claims(t, token.after)
				for _, each := range []string{"jti", "origin_jti", "event_id"} {
					if got[each] == want[each] || got[each] == "x" {
						t.Errorf("%s token: %s is %v", token.name, each, got[each])
					}
					delete(got, each)
					delete(want, each)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("the %s token (-want +got):\n%s", token.name, diff)
				}
			}
			if name == "V2: scopes taken away" {
				_, err := d.sdk.GetUser(t.Context(), &cip.GetUserInput{AccessToken: after.AccessToken})
				wantError(t, err, notAuthorized, "Access Token does not have required scopes")
			}
			if row.version2 {
				d.golden("V2 TokenGeneration_Authentication", j.take()[1])
			}
		})
	}
}
