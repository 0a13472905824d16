package cognitotest_test

import (
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
