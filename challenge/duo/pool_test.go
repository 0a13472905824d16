package duo_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cognitomfa/cognitomfa/challenge/duo"
	"github.com/cognitomfa/cognitomfa/challenge/internal/methodtest"
	"github.com/cognitomfa/cognitomfa/challenge/trigger"
	"github.com/cognitomfa/cognitomfa/internal/idptest"
)

// Whole sign-ins with Duo as the second factor.
func TestInThePool(t *testing.T) {
	t.Parallel()
	methodtest.Run(t, func(t *testing.T, store trigger.Store, now func() time.Time) methodtest.Far {
		d := idptest.NewDuo(clientID, clientSecret)
		d.Now = now
		server := httptest.NewServer(d)
		t.Cleanup(server.Close)
		client, err := duo.NewClient(newKeys(t, clientSecret, strings.TrimPrefix(server.URL, "http://")), callback, local,
			func(o *duo.ClientOptions) { o.Now = now })
		if err != nil {
			t.Fatal(err)
		}
		method, err := duo.NewMethod(client, store)
		if err != nil {
			t.Fatal(err)
		}
		return methodtest.Far{
			Method: method, CreateCalls: true, Down: func() { d.SetDown(true) },
			Answer: methodtest.Redirect, Transplant: methodtest.WithState,
		}
	})
}
