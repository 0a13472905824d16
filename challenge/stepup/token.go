package stepup

import (
	"context"
	"crypto/subtle"
	"slices"
	"time"

	"golang.org/x/oauth2"

	"github.com/cognitomfa/cognitomfa/challenge/internal/round"
)

// skew is what the provider's clock may differ from ours.
const skew = time.Minute

// moreClaims are those that go-oidc leaves to its caller.
type moreClaims struct {
	Party    string `json:"azp"`
	ACR      string `json:"acr"`
	AuthTime *int64 `json:"auth_time"`
}

// judge says why a token does not prove the second factor; "" if it does.
func (m *Method) judge(ctx context.Context, token *oauth2.Token, r round.Round) string {
	c := m.config
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return "the reply has no id token"
	}
	verified, err := m.verifier.Verify(ctx, raw)
	if err != nil {
		return "the id token's signature, issuer, audience or time is not right, or the provider's keys could not be fetched"
	}
	var more moreClaims
	all := map[string]any{}
	if verified.Claims(&more) != nil || verified.Claims(&all) != nil {
		return "the id token's claims have other types"
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(verified.Nonce), []byte(r.Nonce)) != 1:
		return "the id token belongs to another round"
	case len(verified.Audience) != 1 && more.Party == "" || more.Party != "" && more.Party != c.ClientID:
		return "the id token was given to another client"
	case verified.AccessTokenHash != "" && verified.VerifyAccessToken(token.AccessToken) != nil:
		return "the access token does not belong to the id token"
	case len(c.ACR) > 0 && !slices.Contains(c.ACR, more.ACR):
		return "the authentication class is none of those required"
	case slices.ContainsFunc(c.AMR, func(a string) bool { return !names(all["amr"], a) }):
		return "a required authentication method is missing"
	case c.MaxAge >= 0 && !recent(more.AuthTime, r.Created.Add(-c.MaxAge), c.Now()):
		return "the user authenticated too long ago, or it is not known when"
	case claim(all, c.Claim) != r.Subject:
		return "the id token is somebody else's"
	}
	return ""
}

// recent reports whether a time is in between two, by clocks that differ.
func recent(unix *int64, from, to time.Time) bool {
	if unix == nil {
		return false
	}
	t := time.Unix(*unix, 0)
	return !t.Before(from.Add(-skew)) && !t.After(to.Add(skew))
}

// names reports whether a claim that is a list of texts has one of them.
func names(list any, text string) bool {
	values, _ := list.([]any)
	return slices.Contains(values, any(text))
}

// claim is the text of the claim that says who passed; "", which no user has, if
// there is none. An address that the provider has not verified is whatever its
// user typed there. Some providers send the flag as text.
func claim(all map[string]any, name string) string {
	text, _ := all[name].(string)
	if name == "email" || name == "phone_number" {
		if v := all[name+"_verified"]; v != true && v != "true" {
			return ""
		}
	}
	return text
}
