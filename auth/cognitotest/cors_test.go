package cognitotest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/cognitomfa/cognitomfa/auth/cognitotest"
)

// What a browser asks on behalf of a page, and what it lets the page see.
func TestCORS(t *testing.T) {
	t.Parallel()
	pool := cognitotest.Start(t, cognitotest.Config{})
	do := func(method, path, body string, headers map[string]string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, pool.URL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", "https://app.example")
		for name, value := range headers {
			req.Header.Set(name, value)
		}
		resp := must[*http.Response](t)(http.DefaultClient.Do(req))
		resp.Body.Close()
		if got := resp.Header.Get("Access-Control-Allow-Origin"); got != "*" {
			t.Errorf("%s %s is allowed to %q", method, path, got)
		}
		return resp
	}
	preflight := do(http.MethodOptions, "/", "", map[string]string{
		"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "cache-control,content-type,x-amz-target,x-amz-user-agent",
	})
	if preflight.StatusCode/100 != 2 {
		t.Errorf("preflight: status %d", preflight.StatusCode)
	}
	allowed := strings.ToLower(preflight.Header.Get("Access-Control-Allow-Headers"))
	for name, want := range map[string]bool{
		"cache-control": true, "content-type": true, "x-amz-target": true, "x-amz-user-agent": true,
		"authorization": false, "*": false,
	} {
		if strings.Contains(allowed, name) != want {
			t.Errorf("header %s is allowed: %t, want %t", name, !want, want)
		}
	}
	refused := do(http.MethodPost, "/", `{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"nobody"}`, map[string]string{
		"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
	})
	if refused.StatusCode != http.StatusBadRequest || !strings.Contains(refused.Header.Get("Access-Control-Expose-Headers"), "X-Amzn-Errortype") {
		t.Errorf("status %d, exposed %q", refused.StatusCode, refused.Header.Get("Access-Control-Expose-Headers"))
	}
	if keys := do(http.MethodGet, "/"+pool.ID()+"/.well-known/jwks.json", "", nil); keys.StatusCode != http.StatusOK {
		t.Errorf("keys: status %d", keys.StatusCode)
	}
	if got := len(pool.Calls()); got != 1 {
		t.Errorf("%d calls, want the one that was refused", got)
	}
}

// What the developer sees of the pool is not for the sites that the developer's
// browser has open: neither by CORS, nor by a name that was made to point here.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	outbox := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("code 123456")) })
	pool := cognitotest.Start(t, cognitotest.Config{Other: outbox})
	exposed := cognitotest.Start(t, cognitotest.Config{Other: outbox, Exposed: true})
	get := func(pool *cognitotest.Pool, method, host string) (int, string, http.Header) {
		t.Helper()
		req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), method, pool.URL()+"/_pool/messages", nil))
		req.Header.Set("Origin", "https://evil.example")
		if req.Host = host; host == "" {
			req.Host = req.URL.Host
		}
		resp := must[*http.Response](t)(http.DefaultClient.Do(req))
		defer resp.Body.Close()
		body := must[[]byte](t)(io.ReadAll(resp.Body))
		return resp.StatusCode, string(body), resp.Header
	}
	if status, body, header := get(pool, http.MethodGet, ""); status != http.StatusOK || body != "code 123456" || len(header.Values("Access-Control-Allow-Origin")) > 0 {
		t.Errorf("status %d, %q, allowed to %q", status, body, header.Values("Access-Control-Allow-Origin"))
	}
	for _, host := range []string{"evil.example", "evil.example:9229", "127.0.0.1.evil.example", "localhost.evil.example", "evillocalhost", "10.0.0.1", "0.0.0.0", "[::]:80", "127.0.0.1@evil.example"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
			status, body, header := get(pool, method, host)
			if status/100 != 4 || strings.Contains(body, "123456") || len(header.Values("Access-Control-Allow-Origin")) > 0 {
				t.Errorf("%s for %s: status %d, %q, allowed to %q", method, host, status, body, header.Values("Access-Control-Allow-Origin"))
			}
		}
	}
	for _, host := range []string{"localhost", "LOCALHOST:1", "app.localhost", "127.0.0.2:80", "[::1]:80"} {
		if status, _, _ := get(pool, http.MethodGet, host); status != http.StatusOK {
			t.Errorf("for %s: status %d", host, status)
		}
	}
	if status, _, _ := get(exposed, http.MethodGet, "pool.internal"); status != http.StatusOK {
		t.Errorf("an exposed pool: status %d", status)
	}
}
