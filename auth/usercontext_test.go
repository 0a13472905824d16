package auth_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/cognitomfa/cognitomfa/auth"
)

func TestUserContextOf(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		remote    string
		forwarded []string
		proxies   int
		want      string
	}{
		"no proxy":                  {"192.0.2.1:1234", nil, 0, "192.0.2.1"},
		"no proxy, header is a lie": {"192.0.2.1:1234", []string{"198.51.100.7"}, 0, "192.0.2.1"},
		"one proxy":                 {"10.0.0.1:1234", []string{"198.51.100.7"}, 1, "198.51.100.7"},
		"one proxy, and a lie":      {"10.0.0.1:1234", []string{"6.6.6.6, 198.51.100.7"}, 1, "198.51.100.7"},
		"two proxies":               {"10.0.0.1:1234", []string{"198.51.100.7, 10.0.0.2"}, 2, "198.51.100.7"},
		"two headers":               {"10.0.0.1:1234", []string{"6.6.6.6", "198.51.100.7, 10.0.0.2"}, 2, "198.51.100.7"},
		"past the proxy":            {"192.0.2.1:1234", nil, 1, "192.0.2.1"},
		"too few hops":              {"192.0.2.1:1234", []string{"6.6.6.6"}, 2, "192.0.2.1"},
		"garbage":                   {"192.0.2.1:1234", []string{"unknown"}, 1, "192.0.2.1"},
		"with a port":               {"10.0.0.1:1234", []string{"198.51.100.7:555"}, 1, "198.51.100.7"},
		"IPv6":                      {"[2001:db8::1]:1234", nil, 0, "2001:db8::1"},
		"IPv6 in brackets":          {"10.0.0.1:1", []string{"[2001:db8::1]:1234"}, 1, "2001:db8::1"},
		"IPv4 in IPv6":              {"[::ffff:192.0.2.1]:1", nil, 0, "192.0.2.1"},
		"no address":                {"pipe", nil, 0, ""},
		"negative":                  {"192.0.2.1:1", []string{"6.6.6.6"}, -1, "192.0.2.1"},
	} {
		r := httptest.NewRequest(http.MethodPost, "https://service.example/sign-in?x=y", nil)
		r.RemoteAddr = tt.remote
		r.Header["X-Forwarded-For"] = tt.forwarded
		r.Header.Set("User-Agent", "browser")
		r.Header.Set("Cookie", canary)
		r.Header.Set("Authorization", canary)
		c := auth.UserContextOf(r, tt.proxies)
		if c.IPAddress != tt.want {
			t.Errorf("%s: %q, want %q", name, c.IPAddress, tt.want)
		}
		if c.ServerName != "service.example" || c.ServerPath != "/sign-in" || len(c.Headers) != 1 || c.Headers.Get("User-Agent") != "browser" {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func TestUserContextIsSent(t *testing.T) {
	t.Parallel()
	seen := 0
	api := &script{initiate: func(in *cip.InitiateAuthInput) (*cip.InitiateAuthOutput, error) {
		if d := in.UserContextData; d == nil || *d.IpAddress != "192.0.2.1" || *d.EncodedData != "data" {
			t.Errorf("UserContextData is %+v", d)
		}
		seen++
		return raises("PASSWORD_VERIFIER", "", goodVerifier)(in)
	}}
	api.respond = func(in *cip.RespondToAuthChallengeInput) (*cip.RespondToAuthChallengeOutput, error) {
		if d := in.UserContextData; d == nil || *d.IpAddress != "192.0.2.1" {
			t.Errorf("UserContextData is %+v", d)
		}
		seen++
		return finishes(in)
	}
	_, _, err := newClient(t, api).Begin(t.Context(), auth.SRP("u", "p"), func(o *auth.CallOptions) {
		o.UserContext = &auth.UserContext{IPAddress: "192.0.2.1", EncodedData: "data"}
	})
	if err != nil || seen != 2 {
		t.Errorf("%d calls, %v", seen, err)
	}
}
